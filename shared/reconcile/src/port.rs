//! The two ports. A fleet is what is scaled; a ledger is what is remembered. Each has two implementations: AWS and the simulator.

use jiff::Timestamp;
use tidegate_policy::forecast::outlook::Outlook;
use tidegate_policy::history::{History, Notice};
use tidegate_policy::names::TargetName;
use tidegate_policy::observation::{Lacking, Look, Observation, PastMinutes, Worked};
use tidegate_policy::plan::Action;
use tidegate_policy::policy::Target;
use tidegate_policy::record::{Activity, FailureClass, Outcome};

/// What is scaled.
#[expect(async_fn_in_trait, reason = "static dispatch only: the caller's executor decides on Send")]
pub trait Fleet {
    /// Reads all these targets in as few calls as they allow. One answer a request, in order.
    ///
    /// # Errors
    /// The outer error is for all of them; an inner one is for one target, and the others go on.
    async fn observe(
        &self,
        requests: &[ObserveRequest<'_>],
        now: Timestamp,
    ) -> Result<Vec<Result<Observation, FleetError>>, FleetError>;

    /// Reads minutes of `lacking` for a forecast, from the first of which anything is known, and a day of them at most. A fleet that keeps none of
    /// them has nothing to say of any.
    ///
    /// # Errors
    /// When they could not be read; the next attempt asks again.
    async fn past(
        &self,
        target: &Target,
        seen: &Observation,
        lacking: Lacking,
    ) -> Result<PastMinutes, FleetError> {
        let _ = (target, seen);
        let Lacking { from, until } = lacking;
        Ok(PastMinutes { from: from.unwrap_or(until), until, worked: Worked::Members(Vec::new()) })
    }

    /// Reads afresh what `action` takes something away from: one replica and the reader name's records, one service or one replication group and
    /// what is registered on it.
    ///
    /// # Errors
    /// When any of it could not be read; the call is then not made.
    async fn look_again(&self, target: &Target, action: &Action, now: Timestamp) -> Result<Look, FleetError>;

    /// Does one action, whose expectations the fleet holds AWS to. It has no choice left, and it never waits for a state.
    async fn apply(&self, target: &Target, action: &Action) -> Outcome;
}

/// What to read of one target.
#[derive(Clone, Copy, Debug)]
pub struct ObserveRequest<'a> {
    /// Whose.
    pub target: &'a Target,
    /// Says which record change to ask for and whether a removal is under way.
    pub history: &'a History,
    /// Whether its metrics are bought.
    pub signals: Signals,
}

impl<'a> ObserveRequest<'a> {
    /// Everything of this target.
    pub fn new(target: &'a Target, history: &'a History) -> Self {
        Self { target, history, signals: Signals::Buy }
    }
}

/// Whether metrics are bought. All else that is read costs nothing but the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signals {
    /// They are.
    Buy,
    /// They are not: every reading is missing, and the observation says so (`signals_read`).
    Leave,
}

/// A read that failed, or found what cannot be scaled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {message}")]
pub struct FleetError {
    /// The AWS operation.
    pub operation: &'static str,
    /// Who can mend it, and when.
    pub class: FailureClass,
    /// What AWS said, and the fix where we know it.
    pub message: String,
}

/// What is remembered, and told outside: one item a target, and the activities.
#[expect(async_fn_in_trait, reason = "static dispatch only: the caller's executor decides on Send")]
pub trait Ledger {
    /// Reads these targets' items, in order. A target that was never written has version 0 and an empty history.
    ///
    /// # Errors
    /// The outer error is for all of them: nothing is then changed anywhere. An inner one is an item that is there and cannot be read, which
    /// is never taken for an empty one: its target is left alone, and the others go on.
    async fn load(&self, targets: &[TargetName])
    -> Result<Vec<Result<LedgerItem, LedgerError>>, LedgerError>;

    /// Takes the lease, if the item still has `version` and no other owner holds an unexpired lease at `now`, and notes `now` as when it was
    /// attempted. Returns the new version.
    ///
    /// # Errors
    /// `Conflict` when another attempt was faster. A call that repeats this owner's last one word for word may be taken for it.
    async fn claim(
        &self,
        target: &TargetName,
        version: u64,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<u64, LedgerError>;

    /// Writes the item, if it still has `version` and the lease is `write.owner`'s, and appends the activities. Returns the new version.
    ///
    /// # Errors
    /// `Conflict` when the lease was lost. A call that repeats this owner's last one word for word may be taken for it.
    async fn store(
        &self,
        target: &TargetName,
        version: u64,
        write: LedgerWrite<'_>,
    ) -> Result<u64, LedgerError>;

    /// Tells these notices of one target outside, in their order: each at least once, and the same again after a crash. Returns how many of the
    /// first were taken; the others stay, and are handed in again.
    ///
    /// # Errors
    /// `Unpublished` when none of them was taken, or nobody knows.
    async fn publish(&self, target: &TargetName, notices: &[Notice]) -> Result<usize, LedgerError>;

    /// What was learned of these targets' load, in order; each is handed out until it is given back. A ledger that keeps none of it loses no more
    /// than a forecast.
    async fn outlooks(&self, targets: &[&TargetName]) -> Vec<Learned> {
        targets.iter().map(|_| Learned::Nothing).collect()
    }

    /// Gives one back. Only what `learned` more since is written, by whoever holds the lease.
    async fn give_back(&self, target: &TargetName, outlook: Outlook, learned: bool) {
        let _ = (target, outlook, learned);
    }
}

/// What a ledger has of what was learned of a target's load.
#[derive(Clone, Debug)]
pub enum Learned {
    /// This.
    Known(Box<Outlook>),
    /// Nothing, or nothing of use: it is learned anew.
    Nothing,
    /// Nobody knows: it could not be read. What would be learned now would take the place of what may be there.
    Unread,
}

/// One target's item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LedgerItem {
    /// Goes up with every write; 0 before the first.
    pub version: u64,
    /// Who is at work on the target, until when.
    pub lease: Option<Lease>,
    /// The target's memory.
    pub history: History,
    /// When an attempt last claimed it, whatever became of that attempt: who was taken up the longest ago comes first.
    pub attempted_at: Option<Timestamp>,
}

/// The right to change a target, for longer than one attempt can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// One attempt, unique.
    pub owner: String,
    /// From then on anyone may take it.
    pub until: Timestamp,
}

/// What is written in one conditional write.
#[derive(Clone, Copy, Debug)]
pub struct LedgerWrite<'a> {
    /// Must hold the lease.
    pub owner: &'a str,
    /// The new memory.
    pub history: &'a History,
    /// Appended to the log.
    pub activities: &'a [Activity],
    /// Whether the lease is kept for more work or given back.
    pub lease: AfterWrite,
}

/// What becomes of the lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterWrite {
    /// More follows in this attempt.
    Keep,
    /// The attempt is over.
    Release,
}

/// A ledger call that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The condition did not hold: another attempt holds the lease or wrote in between.
    #[error("the ledger item of target \"{target}\" is held by another attempt")]
    Conflict {
        /// Whose item.
        target: TargetName,
    },
    /// What waits could not be told outside.
    #[error("nothing could be published: {message}")]
    Unpublished {
        /// What was answered, and the fix where we know it.
        message: String,
    },
    /// The ledger could not be reached or refused.
    #[error("the ledger cannot be used: {message}")]
    Unreachable {
        /// What it said, and the fix where we know it.
        message: String,
    },
}
