//! The alarms of the targets: critical ones and warnings, which also wake the function that can do something about them.
//!
//! | alarm | of | when | topic |
//! |---|---|---|---|
//! | `cpu-critical` | services | CPU > 90% for 10 minutes | critical |
//! | `cpu-warning` | services | CPU > 80% for 15 minutes | warning |
//! | `unhealthy` | services with a load balancer | no healthy task for 3 minutes | critical |
//! | `no-tasks` | services without one that never rest at none | no task for 5 minutes | critical |
//! | `errors` | services with a load balancer | more than 1% of requests and ten of them answered 5XX, by tasks or the load balancer, for 10 minutes | warning |
//! | `primary-cpu` | read replicas | CPU of the primary > 90% for 10 minutes | critical |
//! | `replica-lag` | read replicas | lag > 5 s at two of three looks | critical |
//! | `connections` | read replicas | connections > 80% of `max_connections` at two of three looks | warning |
//! | `hit-rate`, `hit-rate-more` | Redis nodes, five each | hit rate < 70% of 1,000 lookups or more, for 15 minutes | warning |
//! | `*-rule` | all | a `scale_out` or `track` level of the policy, for a minute, where the rule may hold before the next look | the function's alone |
//!
//! Whatever the policy's own rules say, all but the last are the numbers at which a person should know. An alarm cannot follow a changing set of
//! replicas, so lag and connections are watched as the function publishes them.

mod alarm;
mod ecs_service;
mod rds_replicas;
mod redis_nodes;
mod wake;

use std::collections::BTreeSet;

use tidegate_policy::policy::{Policy, Target, TargetKind};

use crate::resource::Resource;
use alarm::Alarm;

/// One alarm a figure and target, in the order of the policy.
pub fn resources(policy: &Policy) -> Vec<Resource> {
    let mut taken = BTreeSet::new();
    all(policy).iter().map(|alarm| alarm.resource(&mut taken)).collect()
}

/// How many alarm metrics CloudWatch bills for: one an alarm, and of metric math each metric that it reads ("Amazon CloudWatch pricing",
/// standard resolution, $0.10 each a month).
pub fn billed(policy: &Policy) -> usize {
    all(policy).iter().map(Alarm::metrics).sum()
}

/// The names of the alarms that a person is told of, without the stack's before them.
pub(crate) fn names(policy: &Policy) -> Vec<String> {
    all(policy).iter().filter(|alarm| alarm.severity.is_some()).map(Alarm::name).collect()
}

fn all<'a>(policy: &'a Policy) -> Vec<Alarm<'a>> {
    let of_target = |target: &'a Target| {
        let mut alarms = match &target.kind {
            TargetKind::RdsReplicas(kind) => rds_replicas::alarms(target, kind),
            TargetKind::EcsService(kind) => ecs_service::alarms(target, kind),
            TargetKind::RedisNodes(kind) => redis_nodes::alarms(target, kind),
        };
        alarms.extend(wake::alarms(target));
        alarms
    };
    policy.targets.iter().flat_map(of_target).collect()
}

#[cfg(test)]
mod tests;
