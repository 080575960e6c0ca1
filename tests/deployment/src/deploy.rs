//! `make deploy` and `make destroy`, run as a person runs them, against the stand-in.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tidegate_stack::function::binaries;
use tidegate_wire::form::{self, CLOUDFORMATION};
use tidegate_wire::stand_ins::{built, ministack};
use xmltree::Element;

use crate::account::Stage;

/// The stage of samconfig.toml that the stand-in is.
pub const STAGE: &str = "local";
/// The stack of that stage.
pub const STACK: &str = "tidegate-local";

/// The project's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("two folders below the root")
        .to_path_buf()
}

/// The functions as cargo built them for this machine, laid out in `folder` as cargo-lambda lays them out.
///
/// # Panics
/// When they were not built.
pub fn packages(folder: &Path) {
    for function in binaries() {
        let package = folder.join(function);
        std::fs::create_dir_all(&package).expect("a folder for the package");
        let (from, to) = (built().join(function), package.join("bootstrap"));
        assert!(
            from.exists(),
            "{} was not built: cargo build --workspace --lib --bins --tests",
            from.display()
        );
        // What gdb needs is most of it, and is copied and zipped for nothing.
        let stripped = Command::new("strip").arg("-o").args([&to, &from]).status();
        if !stripped.is_ok_and(|status| status.success()) {
            std::fs::copy(&from, &to).expect("the binary can be copied");
        }
    }
}

/// Runs `make GOAL` with these variables of make, in the stage's account.
pub fn make(stage: &Stage, goal: &str, settings: &[(&str, &str)]) -> Output {
    let mut command = Command::new("make");
    command.arg("--no-print-directory").arg(goal).arg(format!("STAGE={STAGE}"));
    command.args(settings.iter().map(|(name, value)| format!("{name}={value}")));
    // As they were built with everything else: alone, cargo would build them once more.
    for (name, binary) in [("TIDEGATE", "tidegate"), ("PREFLIGHT", "tidegate-preflight")] {
        command.arg(format!("{name}={}", built().join(binary).display()));
    }
    // The variables of a make or a cargo around this one are not for it.
    for (name, _) in std::env::vars_os() {
        let ours = name.to_string_lossy();
        if ours.starts_with("AWS_") || ours.starts_with("MAKE") || ours.starts_with("CARGO_") {
            command.env_remove(&name);
        }
    }
    command.current_dir(root()).envs(stage.variables()).env("SAM_CLI_TELEMETRY", "0");
    command.output().expect("make can be started")
}

/// What a command said, both ways.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The stack as CloudFormation describes it; `None` if there is none.
pub fn stack(stage: &Stage) -> Option<Element> {
    let fields = [("StackName", STACK)];
    let answer =
        form::ask(CLOUDFORMATION, ministack(), stage.account.key(), "DescribeStacks", &fields).ok()?;
    answer.get_child("DescribeStacksResult")?.get_child("Stacks")?.get_child("member").cloned()
}

/// The stack's status, as `CREATE_COMPLETE`; nothing if there is no stack.
pub fn status(stage: &Stage) -> Option<String> {
    Some(stack(stage)?.get_child("StackStatus")?.get_text()?.into_owned())
}

/// A tool of `make`'s virtual environment for deploying.
///
/// # Panics
/// When there is none.
pub fn deployer(tool: &str) -> PathBuf {
    let target =
        built().parent().map(Path::to_path_buf).expect("a profile's folder lies in the target folder");
    let folder = target.join("deployer");
    assert!(
        folder.join("ready").exists(),
        "what deploys and lints is not in {}: run `make tools` (it needs python3, 3.10 or newer, with venv)",
        folder.display()
    );
    folder.join("bin").join(tool)
}
