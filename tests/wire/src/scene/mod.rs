//! A scenario's stage: an account, a clock, the shim, a load, and the binary under test, all of the scenario's own; in a file for each kind of
//! target what it begins with.

mod asked;
mod ecs_service;
mod rds_replicas;
mod redis_nodes;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;

use crate::account::{Account, REGION, TABLE};
use crate::clock::Clock;
use crate::event;
use crate::faults::Faults;
use crate::function::{Function, Invocation};
use crate::plant::{Load, Plant};
use crate::shim::Shim;
use crate::stand_ins::ministack;

pub use asked::Said;
pub use ecs_service::{API, service_policy};
pub use rds_replicas::{Rest, TARGET, policy};
pub use redis_nodes::{CACHE, nodes_policy, shards_policy};

/// Lambda's time-out of the function.
pub const TIMEOUT: Duration = Duration::from_secs(30);
/// Seconds into the minute at which the schedule wakes the function.
const WAKES_AT: i64 = 20;

/// See the module's first line.
pub struct Scene<L = Load> {
    /// Straight to the stand-ins: what a scenario does and sees there is no call of the binary.
    pub account: Account,
    /// Moved by `tick`.
    pub clock: Arc<Clock>,
    /// Between the binary and ministack.
    pub shim: Shim,
    /// In front of the shim, in scenarios with faults.
    pub faults: Option<Faults>,
    /// What there is to do from now on.
    pub load: L,
    /// The binary's environment, beside Lambda's own; later entries win, and `unset` takes one away.
    variables: Vec<(&'static str, String)>,
    folder: TempDir,
    function: Option<Function>,
    program: PathBuf,
}

impl<L: Plant> Scene<L> {
    /// An account in which nothing is scaled yet, and a binary that was not started yet.
    fn on_stage(program: PathBuf, load: L) -> Self {
        let clock = Arc::new(Clock::start());
        let account = Account::new();
        let shim = Shim::start(ministack(), clock.clone());
        let folder = TempDir::with_prefix("tidegate-scene-").expect("a folder for the policy");
        let variables = Vec::new();
        let mut scene =
            Self { account, clock, shim, faults: None, load, variables, folder, function: None, program };
        let key = scene.account.key().to_owned();
        scene.set("AWS_ENDPOINT_URL", &scene.shim.url());
        scene.set("AWS_REGION", REGION);
        scene.set("AWS_ACCESS_KEY_ID", &key);
        scene.set("AWS_SECRET_ACCESS_KEY", "secret");
        scene.set("TIDEGATE_LEDGER_TABLE", TABLE);
        scene
    }

    /// Puts the points of the hour until now, as if it had always been so.
    fn measure_the_hour_before(&self) {
        let until = self.this_minute();
        let minutes: Vec<_> = (1..=60).map(|minutes| until - SignedDuration::from_mins(minutes)).collect();
        self.load.measure(&self.account, &self.shim, &minutes);
    }

    /// Puts microburst between the binary and the shim.
    #[must_use]
    pub fn with_faults(mut self) -> Self {
        let faults = Faults::start(&self.shim.url());
        self.set("AWS_ENDPOINT_URL", faults.url());
        self.faults = Some(faults);
        self
    }

    /// The faults.
    ///
    /// # Panics
    /// In a scene without.
    pub fn faults(&self) -> &Faults {
        self.faults.as_ref().expect("the scene was made `with_faults`")
    }

    /// A variable of the binary's environment, from its next start.
    pub fn set(&mut self, name: &'static str, value: &str) {
        self.unset(name);
        self.variables.push((name, value.to_owned()));
    }

    /// Takes one away, from the binary's next start.
    pub fn unset(&mut self, name: &str) {
        self.variables.retain(|(known, _)| *known != name);
    }

    /// Another policy document, from the binary's next start.
    pub fn set_policy(&mut self, document: &str) {
        let path = self.folder.path().join("policy.toml");
        std::fs::write(&path, document).expect("the policy's file can be written");
        self.set("TIDEGATE_POLICY", &format!("file:{}", path.display()));
    }

    /// A new process of the binary, with this scene's environment; the scene does not hold it.
    pub fn another(&self) -> Function {
        let variables: Vec<(&str, String)> = self.variables.clone();
        Function::spawn(&self.program, &self.clock, &variables)
    }

    /// The scene's process, started if there is none.
    pub fn function(&mut self) -> &mut Function {
        if self.function.as_ref().is_some_and(|function| !function.is_running()) {
            self.function = None;
        }
        let new = if self.function.is_none() { Some(self.another()) } else { None };
        self.function.get_or_insert_with(|| new.expect("made where there was none"))
    }

    /// Ends the scene's process; the next event starts a new one, as a cold start does.
    pub fn restart(&mut self) {
        self.function = None;
    }

    /// Hands this event to the scene's process.
    pub fn invoke(&mut self, event: &str) -> Invocation {
        self.invoke_within(event, TIMEOUT)
    }

    /// Hands this event to the scene's process, which has this long for it.
    pub fn invoke_within(&mut self, event: &str, timeout: Duration) -> Invocation {
        let clock = self.clock.clone();
        self.function().invoke(&clock, event, timeout)
    }

    /// Lets a minute pass: its points come, and the clock stands 20 seconds into the next.
    pub fn pass(&mut self) -> Timestamp {
        self.load.measure(&self.account, &self.shim, &[self.this_minute()]);
        self.clock.next_minute(WAKES_AT)
    }

    /// Lets a minute pass, and lets the schedule wake the function.
    pub fn tick(&mut self) -> Invocation {
        let now = self.pass();
        self.invoke(&event::schedule(now))
    }

    /// Ticks until `done`.
    ///
    /// # Panics
    /// When it is not done after `minutes`, and when an attempt fails on the way.
    pub fn tick_until(&mut self, minutes: usize, what: &str, done: impl Fn(&Self) -> bool) -> usize {
        let mut told = Vec::new();
        for minute in 0..minutes {
            if done(self) {
                return minute;
            }
            told.push(summary(&self.tick()));
        }
        assert!(
            done(self),
            "not after {minutes} minutes: {what}; {}; the attempts:\n{}",
            self.load.look(&self.account, &self.shim),
            told.join("\n")
        );
        minutes
    }

    fn this_minute(&self) -> Timestamp {
        let now = self.clock.now();
        now - SignedDuration::from_secs(now.as_second().rem_euclid(60))
    }
}

/// An invocation in a line, for the message of a test that fails.
pub fn summary(invocation: &Invocation) -> String {
    match invocation {
        Invocation::Response(report) => {
            let of = |target: &Value| {
                let field = |name: &str| target[name].as_str().unwrap_or_default().to_owned();
                let actions = target["actions"].to_string();
                format!("{} {} {} {actions}", field("result"), field("reason"), field("detail"))
            };
            let targets: Vec<String> = report["targets"].as_array().into_iter().flatten().map(of).collect();
            format!("{}: {}", report["at"].as_str().unwrap_or_default(), targets.join("; "))
        }
        other => format!("{other:?}"),
    }
}
