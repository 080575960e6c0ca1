//! The command line as scripts see it: exit codes, what goes to which stream, and messages that say what to do.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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

/// What is told of the shipped policies whatever the date is: their planned events grow old.
fn without_notes(out: &str) -> String {
    out.split_inclusive('\n').filter(|line| !line.contains(": note: event ")).collect()
}

const PRODUCTION: &str = "infra/policies/production.toml";

#[test]
fn the_policies_of_the_repository_are_sound() {
    let told = tidegate(&["validate", PRODUCTION, "infra/policies/staging.toml"]);
    assert_eq!(told.err, "");
    assert_eq!(
        without_notes(&told.out),
        "infra/policies/production.toml: 4 targets, sound\ninfra/policies/staging.toml: 3 targets, sound\n"
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
    assert_eq!(without_notes(&told.out), "infra/policies/production.toml: 4 targets, sound\n");
    let lines: Vec<&str> = told.err.lines().collect();
    assert!(
        lines.iter().filter(|line| line.starts_with(&format!("{unsound}:"))).count() >= 2,
        "{}",
        told.err
    );
    assert!(lines.iter().any(|line| line.starts_with("nowhere.toml: cannot be read: ")), "{}", told.err);
}

#[test]
fn validate_tells_events_that_are_over_and_reads_the_calendars_beside_the_policy() {
    let folder = scratch("calendars");
    let policy = folder.join("policy.toml");
    let text = "[[target]]\nname = 'api'\nkind = 'ecs-service'\ncluster = 'prod'\nservice = 'api'\nmin = 1\nmax = 5\n\
        windows = [{ on = 'spain', from = '08:00', to = '22:00', zone = 'UTC', min = 2 }]\n\
        [calendars]\nspain = { files = ['spain.ics'] }\n\
        [[event]]\nname = 'sale'\ntarget = 'api'\nfrom = 2020-11-27T18:00:00Z\nto = 2020-11-27T22:00:00Z\nrequests_per_minute = 500\n";
    std::fs::write(&policy, text).unwrap();
    let calendar = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261225\nEND:VEVENT\nEND:VCALENDAR\n";
    std::fs::write(folder.join("spain.ics"), calendar).unwrap();
    let name = policy.to_str().unwrap();

    let told = tidegate(&["validate", name]);
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
    assert_eq!(
        told.out,
        format!(
            "{name}: 1 target, sound\n{name}: note: event \"sale\" of target \"api\" was over at 2020-11-27T22:00:00Z: \
             remove it, or write its next time\n"
        )
    );

    std::fs::write(folder.join("spain.ics"), "BEGIN:VCALENDAR\nEND:VCALENDAR\n").unwrap();
    let told = tidegate(&["validate", name]);
    assert_eq!(told.code, Some(1));
    assert!(
        told.err.starts_with(&format!("{name}:10:20: calendars.spain.files: spain.ics:1: ")),
        "{}",
        told.err
    );
    std::fs::remove_file(folder.join("spain.ics")).unwrap();
    let told = tidegate(&["validate", name]);
    assert!(told.err.contains("\"spain.ics\" cannot be read: No such file or directory"), "{}", told.err);
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
            "infra/policies/production.toml: there is no target `order-readers`; its targets are: orders-readers, api, workers, sessions\n",
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
                 {trace}:4: `x` is no RFC 3339 time with a zone: write it as 2026-03-02T08:00:00Z\n"
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
    let cases: [&[&str]; 10] = [
        &[],
        &["--shape", "mission", "--history", "15d"],
        &["--shape", "mission", "--history", "0d"],
        &["--shape", "mission", "--history", "90s"],
        &["--shape", "mission", "--history", "long"],
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
    for seed in ["x", "-1", "1.5"] {
        let told = tidegate(&["demo", "--seed", seed]);
        assert_eq!(told.code, Some(2));
        let mend = "write a whole number from 0 to 18446744073709551615, such as 7";
        assert!(told.err.contains(mend), "{}", told.err);
    }
    assert!(tidegate(&["simulate", "--help"]).out.contains("RFC 3339 with a zone"));
}

const SIMULATE: [&str; 5] = ["simulate", "--policy", PRODUCTION, "--target", "orders-readers"];

#[test]
fn json_is_one_document_and_nothing_else() {
    let run = || tidegate(&[&SIMULATE[..], &["--shape", "mission", "--seed", "7", "--json"]].concat());
    let told = run();
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
    let document: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    for field in [
        "scenario",
        "policy",
        "target",
        "seed",
        "days",
        "unit_hours",
        "violation_minutes",
        "severe_minutes",
        "violation_causes",
        "actions",
        "reversals",
        "invariant_violations",
        "announcements",
        "api_calls",
        "timeline",
    ] {
        assert!(document.get(field).is_some(), "{field}");
    }
    assert_eq!(document["scenario"], "mission");
    assert_eq!(document["policy"], PRODUCTION);
    assert_eq!(document["seed"], 7);
    assert_eq!(document["days"], 1.0);
    assert_eq!(document["invariant_violations"], 0);
    assert_eq!(told.out, run().out, "the same seed gives the same document");
}

#[test]
fn a_run_is_a_log_then_a_table_then_the_page() {
    let page = scratch("simulate").join("page.html");
    let path = page.to_str().unwrap();
    // What an earlier, longer page left behind must not trail the new one.
    std::fs::write(&page, "x".repeat(3_000_000)).unwrap();
    let told = tidegate(&[&SIMULATE[..], &["--shape", "ramp", "--days", "0.25", "--html", path]].concat());
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
    let lines: Vec<&str> = told.out.lines().collect();
    assert!(lines[0].starts_with("00:0"), "{}", told.out);
    assert!(told.out.contains("  decision   scale_out_threshold  "), "{}", told.out);
    assert!(told.out.contains("│ violation minutes "), "{}", told.out);
    assert_eq!(lines.last(), Some(&path));
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(html.starts_with("<!DOCTYPE html>") && html.ends_with("</html>"));
}

#[test]
fn a_watched_run_prints_its_log_while_it_runs() {
    let shown = |speed: &str| {
        tidegate(&[&SIMULATE[..], &["--shape", "spike", "--days", "0.2", "--speed", speed]].concat())
    };
    let (watched, fast) = (shown("2000"), shown("max"));
    assert_eq!(watched.code, Some(0));
    assert_eq!(watched.out, fast.out);
}

#[test]
fn what_was_filled_in_a_trace_is_told() {
    let trace = scratch("trace").join("gap.csv");
    let rows: String = (0..60)
        .filter(|minute| *minute != 30)
        .map(|minute| format!("2026-03-02T08:{minute:02}:00Z,{}\n", minute + 1))
        .collect();
    std::fs::write(&trace, format!("timestamp,value\n{rows}")).unwrap();
    let path = trace.to_str().unwrap();
    let told = tidegate(&[&SIMULATE[..], &["--trace", path, "--json"]].concat());
    assert_eq!(
        told.err,
        format!(
            "{path}: 1 row missing in 1 gap, filled with straight lines; the first gap ends at line 32\n"
        )
    );
    let document: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(document["scenario"], "gap.csv");

    let longer = tidegate(&[&SIMULATE[..], &["--trace", path, "--days", "1"]].concat());
    assert_eq!(longer.code, Some(1));
    assert_eq!(
        longer.err,
        format!(
            "{path}: the trace is 1h, less than the --days 1 asked for: leave --days out or ask for less\n"
        )
    );
}

#[test]
fn the_beginning_of_a_trace_is_its_history() {
    let trace = scratch("history").join("load.csv");
    let rows = (0..60).map(|hour| format!("2026-03-{:02}T{:02}:00:00Z,{hour}\n", 2 + hour / 24, hour % 24));
    std::fs::write(&trace, format!("timestamp,value\n{}", rows.collect::<String>())).unwrap();
    let path = trace.to_str().unwrap();
    let run = |history: &str| {
        tidegate(&[&SIMULATE[..], &["--trace", path, "--history", history, "--json"]].concat())
    };
    let told = run("2d");
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
    let document: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(document["days"], 0.5);
    let first = document["timeline"][0]["at"].as_str().unwrap();
    assert!(first.starts_with("2026-03-04T00:0"), "{first}");
    let told = run("60h");
    assert_eq!((told.code, told.out.as_str()), (Some(1), ""));
    let why =
        "the trace is 2d12h, and --history 2d12h leaves nothing of it: leave --history out or ask for less";
    assert_eq!(told.err, format!("{path}: {why}\n"));
}

#[test]
fn with_a_history_a_forecast_is_proven_on_its_first_day() {
    let policy = "infra/policies/forecast.toml";
    let base =
        ["simulate", "--policy", policy, "--target", "sessions", "--shape", "daily", "--days", "1", "--json"];
    let run = |history: &[&str]| {
        let told = tidegate(&[&base[..], history].concat());
        assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
        told.out
    };
    let by_forecast = |told: &str| told.matches("\"scale_out_forecast\"").count();
    assert!(by_forecast(&run(&["--history", "14d"])) > 0);
    let young = run(&[]);
    assert!(by_forecast(&young) == 0 && young.contains("forecast_not_proven"));
}

#[test]
fn the_demo_writes_what_it_says() {
    let folder = scratch("demo");
    let out = folder.to_str().unwrap();
    let told = tidegate(&["demo", "--out", out]);
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
    let last: Vec<&str> = told.out.lines().rev().take(2).collect();
    assert_eq!(last, [format!("{out}/report.json"), format!("{out}/report.html")]);
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("report.json")).unwrap()).unwrap();
    let targets = report["targets"].as_array().unwrap();
    let named: Vec<_> = targets.iter().map(|target| target["target"].as_str().unwrap()).collect();
    assert_eq!(named, ["orders-readers", "api", "workers", "sessions"]);
    let scalers = report["account"]["scalers"].as_array().unwrap();
    let kinds: Vec<_> = scalers.iter().map(|scaler| scaler["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["rds-replicas", "ecs-service", "redis-nodes"]);
    for scaler in scalers {
        assert_ne!(scaler["actions"], 0, "{} has nothing to do", scaler["kind"]);
    }
    // Rules and forecast lived through the same day; the workers have no rule on CPU.
    let alone = report["rules_alone"]["targets"].as_array().unwrap();
    for (rules, ahead) in alone.iter().zip(targets) {
        let by_forecast = |of: &serde_json::Value| of.to_string().contains("\"scale_out_forecast\"");
        assert!(!by_forecast(rules));
        assert_eq!(by_forecast(ahead), ahead["target"] != "workers", "{}", ahead["target"]);
    }
    assert!(told.out.lines().all(|line| line.chars().count() <= 80 || line.starts_with('/')), "{}", told.out);
    let days = [
        &["throttle_burst", "fail_next_creation", "lag_spike"][..],
        &["throttle_burst", "deploy"][..],
        &["throttle_burst", "deploy", "spot_interruption"][..],
        &["throttle_burst", "node_failover", "refuse_next_change", "memory_surge"][..],
    ];
    for (target, day) in targets.iter().zip(days) {
        assert_eq!(target["invariant_violations"], 0);
        let happened: Vec<&str> = target["timeline"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|entry| entry["kind"] == "world")
            .filter_map(|entry| entry["reason"].as_str())
            .collect();
        assert_eq!(happened, day, "{}", target["target"]);
    }
}

/// Runs with one of the streams somewhere else.
fn with_stdout(arguments: &[&str], stdout: impl Into<Stdio>) -> Told {
    let child = Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .args(arguments)
        .current_dir(root())
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn();
    let output = child.unwrap().wait_with_output().unwrap();
    Told { code: output.status.code(), out: String::new(), err: String::from_utf8(output.stderr).unwrap() }
}

/// A pipe that nobody reads.
fn unread() -> std::io::PipeWriter {
    let (_, writer) = std::io::pipe().unwrap();
    writer
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_ending_with_a_message() {
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let simulate =
        |more: &[&'static str]| [&SIMULATE[..], &["--shape", "ramp", "--days", "0.2"], more].concat();
    let cases = [
        vec!["validate", PRODUCTION],
        simulate(&["--json"]),
        simulate(&[]),
        simulate(&["--speed", "1000000"]),
    ];
    for arguments in cases {
        let told = with_stdout(&arguments, full());
        assert_eq!(
            (told.code, told.err.as_str()),
            (Some(1), "standard output cannot be written: No space left on device (os error 28)\n"),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_reader_that_went_away_changes_no_ending() {
    let told = with_stdout(&["validate", PRODUCTION, "nowhere.toml"], unread());
    assert_eq!(told.code, Some(1));
    assert!(told.err.starts_with("nowhere.toml: cannot be read: "), "{}", told.err);
    let told = with_stdout(&[&SIMULATE[..], &["--shape", "ramp", "--days", "0.2"]].concat(), unread());
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
    // Slowly this would take an hour; nobody watches, so that it does not.
    let slow = [&SIMULATE[..], &["--shape", "ramp", "--days", "0.2", "--speed", "0.1"]].concat();
    assert_eq!(with_stdout(&slow, unread()).code, Some(0));
}

#[test]
fn messages_that_nobody_reads_do_not_change_the_ending() {
    let status = Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .args(["validate", "nowhere.toml"])
        .stderr(unread())
        .status();
    assert_eq!(status.unwrap().code(), Some(1));
}

#[test]
fn the_demo_writes_its_reports_even_if_nobody_reads_its_table() {
    let folder = scratch("demo-unread");
    let told = with_stdout(&["demo", "--out", folder.to_str().unwrap()], unread());
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
    for report in ["report.html", "report.json"] {
        assert!(std::fs::metadata(folder.join(report)).unwrap().len() > 10_000, "{report}");
    }
}

#[test]
fn a_page_never_replaces_what_it_is_made_of() {
    let folder = scratch("over-input");
    let (policy, trace, link) =
        (folder.join("policy.toml"), folder.join("load.csv"), folder.join("link.csv"));
    std::fs::copy(root().join(PRODUCTION), &policy).unwrap();
    std::fs::write(&trace, "timestamp,value\n2026-03-02T08:00:00Z,1\n2026-03-02T08:01:00Z,1\n").unwrap();
    let _ = std::fs::remove_file(&link);
    std::os::unix::fs::symlink(&trace, &link).unwrap();
    let [policy, trace, link] = [&policy, &trace, &link].map(|path| path.to_str().unwrap());
    let roundabout = format!("{}/../over-input/policy.toml", folder.display());
    for (page, input) in [(policy, policy), (&roundabout, policy), (trace, trace), (link, trace)] {
        let before = std::fs::read(page).unwrap();
        let told = tidegate(&[
            "simulate",
            "--policy",
            policy,
            "--target",
            "orders-readers",
            "--trace",
            trace,
            "--html",
            page,
        ]);
        let message =
            format!("{page}: the page would be written over the input {input}: name another file\n");
        assert_eq!((told.code, told.err, told.out.as_str()), (Some(1), message, ""));
        assert_eq!(std::fs::read(page).unwrap(), before);
    }
}

#[test]
fn a_page_goes_through_a_link_and_leaves_nothing_else_behind() {
    let folder = scratch("link");
    let (page, link) = (folder.join("page.html"), folder.join("link.html"));
    std::fs::write(&page, "old").unwrap();
    let _ = std::fs::remove_file(&link);
    std::os::unix::fs::symlink(&page, &link).unwrap();
    let run = |html: &str| {
        tidegate(&[&SIMULATE[..], &["--shape", "ramp", "--days", "0.1", "--html", html]].concat())
    };
    assert_eq!(run(link.to_str().unwrap()).code, Some(0));
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert!(std::fs::read_to_string(&page).unwrap().starts_with("<!DOCTYPE html>"));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
    // A folder is no file.
    let told = run(folder.to_str().unwrap());
    assert_eq!(told.code, Some(1), "{}", told.err);
}

#[test]
#[cfg(target_os = "linux")]
fn a_page_does_not_mix_with_the_results() {
    let told = tidegate(&[&SIMULATE[..], &["--shape", "ramp", "--html", "/dev/stdout"]].concat());
    assert_eq!(told.code, Some(1));
    assert_eq!(
        told.err,
        "/dev/stdout: this is where the results are printed, which would mix with the page: name a file\n"
    );
    // Another stream than the results' is fine.
    let told =
        tidegate(&[&SIMULATE[..], &["--shape", "ramp", "--days", "0.1", "--html", "/dev/stderr"]].concat());
    assert_eq!(told.code, Some(0));
    assert!(told.err.starts_with("<!DOCTYPE html>") && told.err.ends_with("</html>"));
}

#[test]
fn a_service_is_simulated_on_the_day_of_its_event() {
    let on = |day: &str| {
        let told = tidegate(&[
            "simulate", "--policy", PRODUCTION, "--target", "api", "--shape", "daily", "--days", "1",
            "--start", day,
        ]);
        assert_eq!((told.code, told.err.as_str()), (Some(0), ""), "{day}");
        told.out
    };
    let asked = "10 -> 12: 10 is below the minimum of 12 set by the event \"black friday\"";
    assert!(on("2027-11-26").contains(asked));
    assert!(!on("2027-11-25").contains(asked));
    let told = tidegate(&[
        "simulate", "--policy", PRODUCTION, "--target", "api", "--shape", "daily", "--start", "tomorrow",
    ]);
    assert_eq!(told.code, Some(2));
    assert!(told.err.contains("write a day, such as 2026-03-29"), "{}", told.err);
}

#[test]
fn cost_tells_what_tidegate_costs_and_what_it_rests_on() {
    let told = tidegate(&["cost", "--policy", PRODUCTION, "--replicas", "2"]);
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
    assert!(told.out.starts_with("4 targets, 22 series a look, metrics `sparse`, "), "{}", told.out);
    for part in
        ["CloudWatch GetMetricStatistics", "224,840 requests", "$0.01 per 1,000 requests", "us-east-1"]
    {
        assert!(told.out.contains(part), "{part}: {}", told.out);
    }

    let total = |metrics: &str| {
        let told = tidegate(&["cost", "--policy", PRODUCTION, "--metrics", metrics, "--json"]);
        assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
        serde_json::from_str::<serde_json::Value>(&told.out).unwrap()["total_list_usd"].as_f64().unwrap()
    };
    // 27 metrics that stand, at $0.30.
    assert!((total("all") - total("sparse") - 8.10).abs() < 0.001);

    let told = tidegate(&["cost", "--policy", "nowhere.toml"]);
    assert_eq!((told.code, told.out.as_str()), (Some(1), ""));
    assert!(told.err.contains("nowhere.toml"), "{}", told.err);
    assert_eq!(tidegate(&["cost", "--policy", PRODUCTION, "--replicas", "0"]).code, Some(2));
}

/// So many days of load that doubles for forty minutes every three hours.
fn trace(name: &str, days: usize) -> PathBuf {
    let start: i64 = 1_767_225_600;
    let rows: String = (0..days * 288)
        .map(|row| {
            let second = start + 300 * i64::try_from(row).unwrap();
            let value = if row % 36 < 8 { 2.0 } else { 1.0 } + (row % 288) as f64 / 288.0;
            format!("{},{value}\n", jiff::Timestamp::from_second(second).unwrap())
        })
        .collect();
    let path = scratch("compare").join(name);
    std::fs::write(&path, format!("timestamp,value\n{rows}")).unwrap();
    path
}

#[test]
fn compare_is_a_list_of_rows_and_the_page() {
    let (load, page) = (trace("load.csv", 4), scratch("compare").join("page.html"));
    let (load, page) = (load.to_str().unwrap(), page.to_str().unwrap());
    let told = tidegate(&[
        "compare",
        "--trace",
        load,
        "--rivals",
        "step,clairvoyant",
        "--seeds",
        "2",
        "--json",
        "--html",
        page,
    ]);
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
    let rows: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    let told: Vec<(&str, &str)> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["policy"].as_str().unwrap(), row["plant"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("tidegate-rules", "account"),
            ("tidegate-forecast", "account"),
            ("step", "plain"),
            ("step", "life_cycle"),
            ("clairvoyant", "plain"),
            ("clairvoyant", "life_cycle")
        ]
    );
    for field in [
        "trace",
        "policy",
        "plant",
        "seeds",
        "unit_hours",
        "ratio",
        "violation_minutes_per_day",
        "severe_minutes_per_day",
        "actions_per_day",
        "reversals_per_day",
        "q",
        "q_low",
        "q_high",
        "q_of_life_cycle",
        "decision_p50_us",
        "decision_p99_us",
        "causes",
        "order_to_half_minutes",
        "decision_to_gone_minutes",
        "invariant_violations",
    ] {
        assert!(rows[0].get(field).is_some(), "{field}");
    }
    assert_eq!((&rows[0]["trace"], &rows[0]["seeds"]), (&"load.csv".into(), &2.into()));
    assert_eq!(rows[4]["q"], 1.0);
    assert!(std::fs::read_to_string(page).unwrap().contains("Tidegate scores "));
}

#[test]
fn compare_says_what_cannot_be_compared() {
    let (short, load) = (trace("short.csv", 3), trace("load-of-four.csv", 4));
    let (short, load) = (short.to_str().unwrap(), load.to_str().unwrap());
    let told = tidegate(&["compare", "--trace", short]);
    assert_eq!(told.code, Some(1));
    assert_eq!(
        told.err,
        "short.csv: the trace is 3d, and its first 3d are not scored: take one of at least 4d\n"
    );
    let told = tidegate(&["compare", "--trace", load, "--rivals", "hpa-71"]);
    assert_eq!(told.code, Some(2));
    assert!(told.err.contains("there is no rival `hpa-71`; the rivals are: static, step, "), "{}", told.err);
    let told = tidegate(&["compare", "--trace", load, "--rivals", "none", "--rivals-only"]);
    assert_eq!(told.code, Some(1), "{}", told.err);
    assert!(told.err.contains("leave one of them out"), "{}", told.err);
    let policy = ["compare", "--trace", load, "--rivals", "none", "--policy", PRODUCTION, "--target"];
    let told = tidegate(&[&policy[..], &["orders-readers", "--kind", "ecs"]].concat());
    assert_eq!((told.code, told.out.as_str()), (Some(1), ""));
    assert_eq!(
        told.err,
        "target `orders-readers` is of kind rds, and --kind asks for ecs: leave --kind out\n"
    );
    // Six units carry 5.1, and the peak is above.
    let told = tidegate(&[&policy[..], &["orders-readers"]].concat());
    assert_eq!(told.code, Some(0));
    assert!(
        told.err.starts_with("load-of-four.csv: ") && told.err.contains(" 6 units carry less "),
        "{}",
        told.err
    );
    assert!(told.err.contains("(the policy's max of 5)"), "{}", told.err);
}

#[test]
fn compare_prints_a_table_of_eighty_columns_for_each_kind() {
    let load = trace("kinds.csv", 4);
    for kind in ["rds", "ecs", "redis"] {
        let told =
            tidegate(&["compare", "--trace", load.to_str().unwrap(), "--rivals", "hpa-70", "--kind", kind]);
        assert_eq!((told.code, told.err.as_str()), (Some(0), ""), "{kind}");
        assert!(told.out.contains("│ tidegate-rules "), "{}", told.out);
        assert!(told.out.lines().all(|line| line.chars().count() <= 80), "{}", told.out);
    }
}
