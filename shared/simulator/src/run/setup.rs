//! What a simulation is made of, and what is heard of it while it goes on.

use std::time::Duration;

use jiff::Timestamp;
use tidegate_policy::policy::Target;

use crate::account::{GroupStart, ServiceStart};
use crate::demand::Demand;
use crate::document::TimelineEntry;
use crate::world::ScriptedEvent;

use super::minute::TargetMinute;

/// How a simulation is set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The policy file, as it was named.
    pub policy_name: String,
    /// Reproduces the run.
    pub seed: u64,
    /// What happens besides demand. On an account of several targets it happens to each of them.
    pub world: Vec<ScriptedEvent>,
    /// Whether CloudWatch has one 20-minute blackout and one batch out of order of every target.
    pub blackout: bool,
    /// How services stand before the run; says nothing of the others.
    pub service: ServiceStart,
    /// How replication groups stand before the run; says nothing of the others.
    pub group: GroupStart,
    /// Whether every minute of every target is reported as it ends.
    pub every_minute: bool,
}

impl Setup {
    /// A day on which nothing happens but demand and CloudWatch's own mishaps. Change what is to be otherwise by `..Setup::new(..)`.
    pub fn new(policy_name: &str, seed: u64) -> Self {
        Self {
            policy_name: policy_name.to_owned(),
            seed,
            world: Vec::new(),
            blackout: true,
            service: ServiceStart::plain(),
            group: GroupStart::plain(),
            every_minute: false,
        }
    }
}

/// One target of an account: what is asked of it, and what happens to it.
#[derive(Clone, Debug)]
pub struct Story<'a> {
    /// The target.
    pub target: &'a Target,
    /// What is asked of it. All demands of an account begin together and are of one length.
    pub demand: &'a Demand,
    /// What happens to it besides. What can only strike the whole account, such as a throttle burst, does.
    pub world: Vec<ScriptedEvent>,
}

/// How far a simulation is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The start of the minute that is over now.
    pub at: Timestamp,
    /// Its place in the run, from 0.
    pub minute: usize,
    /// How many minutes the run has.
    pub total: usize,
    /// What was added to the timelines in this minute, target by target.
    pub entries: &'a [TimelineEntry],
    /// How the targets stood at its end, in their order; empty unless the setup asks for every minute.
    pub targets: &'a [TargetMinute],
    /// How long its attempts took on this machine, the simulated account's answers included.
    pub took: Duration,
}
