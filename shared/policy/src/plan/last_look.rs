//! The last look before a destructive call: what it may come to, and whom to ask.

use super::action::Action;
use super::{ecs_service, redis_nodes};
use crate::observation::Look;
use crate::policy::Target;

/// What a fresh look says of a deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LastLook {
    /// It may be made.
    Go,
    /// It is already so: the instance is gone or going.
    AlreadyGone,
    /// The world is not as planned: the next wake-up plans again.
    Stop(String),
}

/// Whether something may still be taken away or replaced, by a look made right before the call.
pub fn may_still_change(target: &Target, action: &Action, seen: &Look) -> LastLook {
    match seen {
        Look::Service(look) => ecs_service::may_still_change(target, action, look),
        Look::Group(look) => redis_nodes::may_still_change(target, action, look),
    }
}
