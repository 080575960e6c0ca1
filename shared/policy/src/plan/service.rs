//! The tasks of a service: an ordered list of methods, of which the first that acts wins.

use jiff::Timestamp;

use super::{Action, LastLook, Plan};
use crate::history::History;
use crate::observation::{EcsObservation, ServiceLook};
use crate::policy::{EcsService, Target};

/// Whether capacity may still be taken away, by a look made right before the call.
pub fn may_still_change(target: &Target, action: &Action, seen: &ServiceLook) -> LastLook {
    let _ = (target, action, seen);
    LastLook::Stop("not built yet".to_owned())
}

pub(super) fn plan(
    target: &Target,
    service: &EcsService,
    seen: &EcsObservation,
    history: &History,
    now: Timestamp,
) -> Plan {
    let _ = (service, seen, now);
    super::mismatched(target, history)
}
