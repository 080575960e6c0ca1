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
            Action::CreateReplica(create) => rds_replicas::created(&mut history, create, outcome, now),
            Action::ChangeRecords(batch) => rds_replicas::changed(&mut history, batch, outcome, now),
            Action::DeleteReplica(delete) => rds_replicas::deleted(&mut history, delete, outcome, now),
            Action::SetDesiredCount(_) | Action::SetBounds(_) => {
                ecs_service::capacity_set(&mut history, outcome, now);
            }
            Action::SetStrategy(_) => ecs_service::strategy_set(&mut history, outcome, now),
            Action::Warm(warm) => ecs_service::warmed(&mut history, warm, outcome),
            Action::IncreaseReplicas(_)
            | Action::DecreaseReplicas(_)
            | Action::SetShards(_)
            | Action::SetNodeType(_) => redis_nodes::changed(&mut history, outcome, now),
        }
    }
    history
}
