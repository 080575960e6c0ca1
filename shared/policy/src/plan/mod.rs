//! Plan: at most one safe step of the life cycle towards what was decided.

pub mod action;
mod draft;
mod ecs_service;
mod last_look;
mod orders;
mod planned;
mod rds_replicas;
mod redis_nodes;
mod spine;
mod step;
mod watch;

pub use action::{
    Action, ChangeRecords, CreateReplica, DecreaseReplicas, DeleteReplica, EcsServiceAction, Ending,
    IncreaseReplicas, RdsReplicasAction, RecordChange, RedisNodesAction, SetBounds, SetDesiredCount,
    SetNodeType, SetShards, SetStrategy, ShardReplicas, WarmUp,
};
pub use last_look::LastLook;
pub use planned::Plan;
pub use rds_replicas::HASH_DIGITS;

use jiff::Timestamp;

use self::ecs_service::EcsService;
use self::rds_replicas::RdsReplicas;
use self::redis_nodes::RedisNodes;
use self::spine::Given;
use crate::forecast::outlook::Outlook;
use crate::history::History;
use crate::observation::{Look, Past};
use crate::observed::{Observed, OfKind};
use crate::policy::{Target, TargetKind};

/// Plans one attempt at one target: the whole core in one call. Pure, and the same for the same arguments.
pub fn plan(observed: Observed<'_>, history: &History, now: Timestamp) -> Plan {
    plan_ahead(observed, history, None, &Past::Whole, now)
}

/// The same with what was learned of the target's load, which learns on, first from the past that it lacks. It is used where the policy asks for a
/// forecast.
pub fn plan_ahead(
    observed: Observed<'_>,
    history: &History,
    outlook: Option<&mut Outlook>,
    past: &Past,
    now: Timestamp,
) -> Plan {
    let (target, switch) = (observed.target(), observed.switch());
    match observed.of() {
        OfKind::RdsReplicas(policy, seen) => {
            spine::plan::<RdsReplicas>(Given { target, policy, seen, switch, now }, history, outlook, past)
        }
        OfKind::EcsService(policy, seen) => {
            spine::plan::<EcsService>(Given { target, policy, seen, switch, now }, history, outlook, past)
        }
        OfKind::RedisNodes(policy, seen) => {
            spine::plan::<RedisNodes>(Given { target, policy, seen, switch, now }, history, outlook, past)
        }
    }
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
