//! The planner and the fleet are at odds about a target's kind: a defect of ours, and nothing is done.

use tidegate_policy::policy::Target;
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_reconcile::port::FleetError;

/// Of a look.
pub(super) fn another_kind(target: &Target) -> FleetError {
    let message = format!("target \"{}\" is of kind {}: please report it", target.name, target.kind.name());
    FleetError { operation: "look", class: FailureClass::PersonNeeded, message }
}

/// Of an action.
pub(super) fn another_action(target: &Target) -> Outcome {
    let kind = target.kind.name();
    Outcome::Stale { why: format!("target \"{}\" is of kind {kind}, which has no such action", target.name) }
}
