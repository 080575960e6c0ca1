//! The glance at a target that rests: whether there is anything that cannot wait until its signals are due.

use jiff::Timestamp;
use tidegate_policy::observation::Observation;
use tidegate_policy::plan::plan;

use crate::due::Due;
use crate::port::FleetError;

/// Whether the target is to be looked at in full now: something is to be done, is under way, or is to be told to a person.
///
/// Nothing of the glance itself is kept: without signals a hold is no news, and a decision no decision. One that failed finds nothing, since the
/// look that is due within minutes fails as loudly.
pub(crate) fn finds_something(due: &Due<'_>, seen: Result<Observation, FleetError>, now: Timestamp) -> bool {
    let Ok(observation) = seen else { return false };
    let plan = plan(due.target, &observation, &due.history, now);
    let is_told = |key: &String| due.history.alerting.contains(key);
    !plan.actions.is_empty()
        || plan.history.intent != due.history.intent
        || plan.history.in_transition
        || plan.alerts.iter().any(|alert| !alert.key.as_ref().is_some_and(is_told))
}
