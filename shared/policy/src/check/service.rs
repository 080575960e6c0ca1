//! What no plan of a service may do.

use jiff::Timestamp;

use super::Findings;
use crate::history::History;
use crate::observation::EcsObservation;
use crate::plan::Plan;
use crate::policy::{EcsService, Target};

pub(super) fn judge(
    _target: &Target,
    _ecs: &EcsService,
    _seen: &EcsObservation,
    _history: &History,
    _plan: &Plan,
    _now: Timestamp,
    _findings: &mut Findings,
) {
}
