//! What no plan of a replication group may do: a wrong call drops keys or fails over, and ElastiCache takes none back.

mod bounds;
mod case;
mod cause;
mod cores;
mod departure;
mod expected;
mod memory;
mod node_type;
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

use jiff::Timestamp;

use super::Findings;
use crate::history::History;
use crate::observation::RedisObservation;
use crate::plan::Plan;
use crate::policy::{RedisNodes, Target};

pub(super) fn judge(
    target: &Target,
    redis: &RedisNodes,
    seen: &RedisObservation,
    history: &History,
    plan: &Plan,
    now: Timestamp,
    findings: &mut Findings,
) {
    let case = case::Case::new(target, redis, seen, history, plan, now);
    memory::judge(&case, findings);
    scope::judge(&case, findings);
    // Without a group that may be touched there is nothing to hold the actions against, and they are refused already.
    let Some(group) = scope::touchable(&case) else { return };
    relief::remembered(&case, group, findings);
    for action in &plan.actions {
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
        ] {
            judge(&step, findings);
        }
    }
}
