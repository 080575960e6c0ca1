//! Settle: what is remembered once the outcomes are known. Every action has its place: a new one does not compile without.

mod ecs_service;
mod rds_replicas;
mod redis_nodes;

use jiff::Timestamp;

use super::outcome::Outcome;
use crate::history::History;
use crate::plan::Action;

/// The memory after `outcomes`, starting from what the plan remembered.
#[must_use]
pub fn settle(mut history: History, outcomes: &[(Action, Outcome)], now: Timestamp) -> History {
    for (action, outcome) in outcomes {
        match action {
            Action::RdsReplicas(action) => rds_replicas::settle(&mut history, action, outcome, now),
            Action::EcsService(action) => ecs_service::settle(&mut history, action, outcome, now),
            Action::RedisNodes(action) => redis_nodes::settle(&mut history, action, outcome, now),
        }
    }
    history
}
