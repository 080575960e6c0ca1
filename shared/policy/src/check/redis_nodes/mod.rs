//! What no plan of a replication group may do: a wrong call drops keys or fails over, and ElastiCache takes none back.

mod bounds;
mod case;
mod cause;
mod cores;
mod departure;
mod expected;
mod memory;
mod node_type;
mod pause;
mod projection;
mod readings;
mod reduction;
mod relief;
mod scope;
mod settled;
mod shards;
#[cfg(test)]
mod tests;
mod tiers;

use super::Findings;
use super::judged::Judged;
use crate::observation::RedisObservation;
use crate::policy::RedisNodes;

pub(super) fn judge(
    judged: Judged<'_>,
    redis: &RedisNodes,
    seen: &RedisObservation,
    findings: &mut Findings,
) {
    let case = case::Case::new(judged, redis, seen);
    memory::judge(&case, findings);
    scope::judge(&case, findings);
    // Without a group that may be touched there is nothing to hold the actions against, and they are refused already.
    let Some(group) = scope::touchable(&case) else { return };
    relief::remembered(&case, group, findings);
    for action in &judged.plan.actions {
        let step = case::Step { case: &case, group, action };
        for judge in [
            scope::names,
            expected::judge,
            settled::judge,
            bounds::judge,
            cause::judge,
            relief::judge,
            departure::judge,
            shards::judge,
            node_type::judge,
            reduction::judge,
            projection::judge,
            pause::judge,
        ] {
            judge(&step, findings);
        }
    }
}
