//! Check: an independent judge of plans. It shares no code with the planner, so that one mistake is not made twice.
//!
//! It reads what a plan *does* (its actions, and the memory that it writes), never why the planner says it does so. It looks at
//! one step only: that the steps together lead anywhere is the planner's affair.

mod clock;
mod ecs_service;
mod event;
mod findings;
pub mod invariant;
mod judged;
mod orders;
mod pause;
mod rds_replicas;
mod redis_nodes;

pub use findings::Violation;

use jiff::Timestamp;

use self::findings::Findings;
use self::judged::Judged;
use self::pause::PausedNow;
use crate::history::History;
use crate::observed::{Observed, OfKind};
use crate::plan::Plan;

/// Judges a plan against the observation and the history that it was made from.
///
/// # Errors
/// Every violation found.
pub fn check(
    observed: Observed<'_>,
    history: &History,
    plan: &Plan,
    now: Timestamp,
) -> Result<(), Vec<Violation>> {
    let mut findings = Findings::default();
    let paused = PausedNow::new(history, observed.switch(), now);
    let judged = Judged { target: observed.target(), history, plan, paused, now };
    orders::judge(&judged, &mut findings);
    match observed.of() {
        OfKind::RdsReplicas(rds, seen) => rds_replicas::judge(judged, rds, seen, &mut findings),
        OfKind::EcsService(ecs, seen) => ecs_service::judge(judged, ecs, seen, &mut findings),
        OfKind::RedisNodes(redis, seen) => redis_nodes::judge(judged, redis, seen, &mut findings),
    }
    findings.verdict()
}
