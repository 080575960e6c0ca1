//! The command line as scripts see it: exit codes, what goes to which stream, and messages that say what to do.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository: paths in messages are as a person names them from there.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

struct Told {
    code: Option<i32>,
    out: String,
    err: String,
}

fn tidegate(arguments: &[&str]) -> Told {
    let output =
        Command::new(env!("CARGO_BIN_EXE_tidegate")).args(arguments).current_dir(root()).output().unwrap();
    Told {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

const PRODUCTION: &str = "infra/policies/production.toml";

#[test]
fn the_policies_of_the_repository_are_sound() {
    let told = tidegate(&["validate", PRODUCTION, "infra/policies/staging.toml"]);
    assert_eq!(told.err, "");
    assert_eq!(
        told.out,
        "infra/policies/production.toml: 1 target, sound\ninfra/policies/staging.toml: 1 target, sound\n"
    );
    assert_eq!(told.code, Some(0));
}

#[test]
fn validate_tells_all_problems_of_all_files() {
    let folder = scratch("validate");
    let unsound = folder.join("unsound.toml");
    let text = std::fs::read_to_string(root().join(PRODUCTION)).unwrap();
    std::fs::write(&unsound, text.replace("min = 1\n", "min = 9\n").replace("> 70%", "> 700%")).unwrap();
    let unsound = unsound.to_str().unwrap();

    let told = tidegate(&["validate", unsound, PRODUCTION, "nowhere.toml"]);
    assert_eq!(told.code, Some(1));
    assert_eq!(told.out, "infra/policies/production.toml: 1 target, sound\n");
    let lines: Vec<&str> = told.err.lines().collect();
    assert!(
        lines.iter().filter(|line| line.starts_with(&format!("{unsound}:"))).count() >= 2,
        "{}",
        told.err
    );
    assert!(lines.iter().any(|line| line.starts_with("nowhere.toml: cannot be read: ")), "{}", told.err);
}

#[test]
fn what_cannot_be_used_is_told_with_what_can() {
    let folder = scratch("bad-input");
    let trace = folder.join("bad.csv");
    std::fs::write(&trace, "timestamp,value\n2026-03-02T08:00:00Z,1\n2026-03-02T08:01:00Z,-1\nx,2\n")
        .unwrap();
    let trace = trace.to_str().unwrap();
    let cases: [(&[&str], &str); 6] = [
        (
            &["--policy", PRODUCTION, "--target", "order-readers", "--shape", "mission"],
            "infra/policies/production.toml: there is no target `order-readers`; its targets are: orders-readers\n",
        ),
        (
            &["--policy", PRODUCTION, "--target", "orders-readers", "--shape", "sine"],
            "there is no shape `sine`; the shapes are: steady, daily, ramp, spike, sustained, fall, step, growth, mission\n",
        ),
        (
            &["--policy", "nowhere.toml", "--target", "orders-readers", "--shape", "mission"],
            "nowhere.toml: cannot be read: No such file or directory (os error 2)\n",
        ),
        (
            &["--policy", PRODUCTION, "--target", "orders-readers", "--trace", "nowhere.csv"],
            "nowhere.csv: cannot be read: No such file or directory (os error 2)\n",
        ),
        (
            &[
                "--policy",
                PRODUCTION,
                "--target",
                "orders-readers",
                "--shape",
                "mission",
                "--html",
                "no/where.html",
            ],
            "no/where.html: cannot be written: No such file or directory (os error 2)\n",
        ),
        (
            &["--policy", PRODUCTION, "--target", "orders-readers", "--trace", trace],
            &format!(
                "{trace}:3: the value `-1` is negative, and load never is: mend or leave out the row\n\
                 {trace}:4: `x` is no time with a zone: write it as 2026-03-02T08:00:00Z\n"
            ),
        ),
    ];
    for (arguments, message) in cases {
        let told = tidegate(&[&["simulate"], arguments].concat());
        assert_eq!((told.code, told.err.as_str(), told.out.as_str()), (Some(1), message, ""));
    }
}

#[test]
fn a_command_line_that_makes_no_sense_is_claps() {
    let base = ["simulate", "--policy", PRODUCTION, "--target", "orders-readers"];
    let cases: [&[&str]; 6] = [
        &[],
        &["--shape", "mission", "--trace", "x.csv"],
        &["--shape", "mission", "--days", "0"],
        &["--shape", "mission", "--days", "401"],
        &["--shape", "mission", "--speed", "fast"],
        &["--shape", "mission", "--peak-units", "-1"],
    ];
    for arguments in cases {
        let told = tidegate(&[&base, arguments].concat());
        assert_eq!(told.code, Some(2), "{arguments:?}: {}", told.err);
        assert_eq!(told.out, "");
    }
    assert_eq!(tidegate(&["validate"]).code, Some(2));
}
