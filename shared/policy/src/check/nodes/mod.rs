//! What no plan of a replication group may do.

use jiff::Timestamp;

use super::{Findings, invariant};
use crate::history::History;
use crate::observation::RedisObservation;
use crate::plan::Plan;
use crate::policy::{RedisNodes, Target};

pub(super) fn judge(
    _target: &Target,
    _redis: &RedisNodes,
    _seen: &RedisObservation,
    _history: &History,
    plan: &Plan,
    _now: Timestamp,
    findings: &mut Findings,
) {
    if !plan.actions.is_empty() {
        findings.refuse(invariant::KIND, "no plan of a replication group is judged yet".to_owned());
    }
}
