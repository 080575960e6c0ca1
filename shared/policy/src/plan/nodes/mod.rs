//! The nodes of a replication group.

use jiff::Timestamp;

use super::Plan;
use crate::history::History;
use crate::observation::{GroupLook, RedisObservation};
use crate::plan::{Action, LastLook};
use crate::policy::{RedisNodes, Target};

pub(super) fn plan(
    target: &Target,
    _redis: &RedisNodes,
    _seen: &RedisObservation,
    history: &History,
    _now: Timestamp,
) -> Plan {
    super::mismatched(target, history)
}

/// Whether a group may still be changed, by a look made right before the call.
pub(super) fn may_still_change(_target: &Target, action: &Action, _seen: &GroupLook) -> LastLook {
    LastLook::Stop(format!("{action} is not made"))
}
