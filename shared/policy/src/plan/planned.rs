//! The plan itself: what an attempt does to one target, and what it remembers.

use std::collections::BTreeMap;
use std::fmt;

use jiff::SignedDuration;

use super::action::Action;
use crate::decide::Decision;
use crate::history::{History, Read};
use crate::names::TargetName;
use crate::reason::{Alert, Explanation, Reason};

/// What this attempt does to one target, and what it remembers. It leaves no choice to execution.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Plan {
    /// Whose.
    pub target: TargetName,
    /// How many members there should be, and why.
    pub decision: Decision,
    /// The step of the life cycle that this attempt takes or waits for; `None` when the target rests.
    pub step: Option<Explanation>,
    /// Nothing, one mutation, or one batch of creations.
    pub actions: Vec<Action>,
    /// What the ledger must hold once this plan is made.
    pub history: History,
    /// Whether `history` must be in the ledger *before* the actions run: an intent precedes its first call.
    pub write_ahead: bool,
    /// What a person should know now.
    pub alerts: Vec<Alert>,
    /// The keys of alerts of which this attempt cannot say whether they are over: those that stood still stand, for all that is known.
    pub unjudged: Vec<String>,
    /// What was read of alerts that are about readings and were not found, by their keys.
    pub read: BTreeMap<String, Read>,
    /// What was seen and left alone.
    pub notes: Vec<Explanation>,
    /// How often the target is evaluated while it rests.
    pub evaluate_every: SignedDuration,
}

impl Plan {
    /// Why the target cannot be scaled at all as it stands, if so: nobody's command can be followed then.
    pub fn out_of_reach(&self) -> Option<&Explanation> {
        let why = &self.decision.explanation;
        let out_of_reach = matches!(
            why.reason,
            Reason::ServiceMissing
                | Reason::ServiceNotActive
                | Reason::ExternalController
                | Reason::DaemonService
                | Reason::ForeignDimension
                | Reason::GroupMissing
                | Reason::NotAGroup
                | Reason::ClusterModeMismatch
                | Reason::NativeScaling
        );
        out_of_reach.then_some(why)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Decision { current, desired, explanation, limited_by, .. } = &self.decision;
        write!(f, "{current} -> {desired} {explanation}")?;
        if let Some(limit) = limited_by.filter(|limit| *limit != explanation.reason) {
            write!(f, " [limited by {limit}]")?;
        }
        if let Some(step) = &self.step {
            write!(f, "\nstep {step}")?;
        }
        for action in &self.actions {
            write!(f, "\n  {action}")?;
        }
        for alert in &self.alerts {
            write!(f, "\nalert {}", alert.explanation)?;
        }
        for note in &self.notes {
            write!(f, "\nnote {note}")?;
        }
        Ok(())
    }
}
