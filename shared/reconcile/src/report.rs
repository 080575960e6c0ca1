//! What one attempt did, target by target: what is logged, printed and counted.

use jiff::Timestamp;
use tidegate_policy::names::TargetName;
use tidegate_policy::plan::{Action, Plan};
use tidegate_policy::policy::Target;
use tidegate_policy::reason::{Explanation, Reason};
use tidegate_policy::record::{Activity, Figures, Outcome};

/// What one attempt did.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct RunReport {
    /// The attempt's `now`.
    pub at: Timestamp,
    /// Whether nothing was to be changed.
    pub dry_run: bool,
    /// One for each target of the policy that was asked for, in the policy's order.
    pub targets: Vec<TargetReport>,
}

impl RunReport {
    /// The targets whose attempt did not come to its end.
    pub fn failures(&self) -> impl Iterator<Item = &TargetReport> {
        self.targets.iter().filter(|target| {
            matches!(target.result, TargetResult::Failed(_) | TargetResult::Unrecorded { .. })
        })
    }
}

/// What one attempt did to one target.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetReport {
    /// Whose.
    pub target: TargetName,
    /// How it went.
    pub result: TargetResult,
    /// What was written to the target's log.
    pub activities: Vec<Activity>,
    /// What was found and decided; `None` when it was not looked at.
    pub figures: Option<Figures>,
    /// The alerts that stand after it, of one that was looked at or failed. What is standing of a target that rests is not told again.
    pub standing: Vec<Reason>,
    /// How many notices of the outbox still wait, and why they were not published; `None` when none does. The next minute tries again.
    pub unpublished: Option<String>,
}

impl TargetReport {
    /// Of a target that was not looked at, or of which nothing could be told.
    pub(crate) fn without_a_look(target: &Target, result: TargetResult) -> Self {
        Self {
            target: target.name.clone(),
            result,
            activities: Vec::new(),
            figures: None,
            standing: Vec::new(),
            unpublished: None,
        }
    }
}

/// How an attempt went for one target.
#[derive(Clone, Debug, PartialEq)]
pub enum TargetResult {
    /// It was left alone: nothing is due, another attempt is at work, or the time was over.
    Skipped(Explanation),
    /// It was observed and planned, and the plan's actions were made (none in a dry run).
    Planned {
        /// What was planned.
        plan: Box<Plan>,
        /// What became of each action, in order; shorter than the plan's actions when one was stale or failed.
        outcomes: Vec<(Action, Outcome)>,
    },
    /// The plan's actions were made, and could not be recorded. The next attempt finds them in the account.
    Unrecorded {
        /// What was planned.
        plan: Box<Plan>,
        /// What became of each action.
        outcomes: Vec<(Action, Outcome)>,
        /// Why it is not recorded.
        why: Explanation,
    },
    /// It could not be observed or planned, or its intent could not be written; nothing was done to it.
    Failed(Explanation),
}
