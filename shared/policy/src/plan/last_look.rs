//! The last look before a destructive call, for all kinds: what it may come to, and which kind judges it.

use super::action::Action;
use super::{ecs_service, rds_replicas, redis_nodes};
use crate::observation::Look;
use crate::policy::{Target, TargetKind};

/// What a fresh look says of a call that takes something away or replaces it.
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
    match (&target.kind, action, seen) {
        (TargetKind::RdsReplicas(rds), Action::RdsReplicas(action), Look::RdsReplicas(seen)) => {
            rds_replicas::may_still_change(target, rds, action, seen)
        }
        (TargetKind::EcsService(ecs), Action::EcsService(action), Look::EcsService(seen)) => {
            ecs_service::may_still_change(ecs, action, seen)
        }
        (TargetKind::RedisNodes(redis), Action::RedisNodes(action), Look::RedisNodes(seen)) => {
            redis_nodes::may_still_change(redis, action, seen)
        }
        // A defect of ours: nothing is done.
        (_, _, _) => {
            LastLook::Stop(format!("{action} is not made: the target is of kind {}", target.kind.name()))
        }
    }
}
