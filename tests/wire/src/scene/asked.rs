//! A command at the scene's account: what a person runs, who has no Lambda around it.

use std::process::{Command, Stdio};

use super::Scene;
use crate::function::preflight;

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its exit code; none when it was killed.
    pub code: Option<i32>,
    /// All that it printed.
    pub text: String,
}

impl<L> Scene<L> {
    /// Runs `tidegate-preflight VERB` with the scene's environment and policy; `more` are arguments behind those.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn ask_before(&self, verb: &str, more: &[&str]) -> Said {
        let output = Command::new(preflight())
            .arg(verb)
            .args(["--stage", "test", "--policy"])
            .arg(self.folder.path().join("policy.toml"))
            .args(more)
            .env_clear()
            // Else it would look for a Region and for credentials where a virtual machine has them.
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(self.variables.iter().map(|(key, value)| (*key, value.as_str())))
            .stdin(Stdio::null())
            .output()
            .expect("a binary that is there can be started");
        let text = [output.stdout, output.stderr].concat();
        Said { code: output.status.code(), text: String::from_utf8_lossy(&text).into_owned() }
    }
}
