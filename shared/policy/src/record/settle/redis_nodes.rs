//! What is remembered of calls about a replication group.

use jiff::Timestamp;

use crate::history::History;
use crate::plan::RedisNodesAction;
use crate::record::Outcome;

pub(super) fn settle(history: &mut History, action: &RedisNodesAction, outcome: &Outcome, now: Timestamp) {
    match action {
        RedisNodesAction::IncreaseReplicas(_)
        | RedisNodesAction::DecreaseReplicas(_)
        | RedisNodesAction::SetShards(_)
        | RedisNodesAction::SetNodeType(_) => changed(history, outcome, now),
    }
}

/// Any change of its shape.
fn changed(history: &mut History, outcome: &Outcome, now: Timestamp) {
    match outcome {
        Outcome::Applied { .. } => {
            // What AWS took and does not do is a failure, however soon it gives it up.
            if let Some(asked) = &mut history.redis_nodes.changing {
                asked.begun = true;
            }
        }
        Outcome::Stale { .. } => not_made(history, now),
        Outcome::Failed { class, .. } if class.lasts() => {
            let asked = history.redis_nodes.changing.clone();
            not_made(history, now);
            if let Some(asked) = asked {
                history.redis_nodes.refuse(&asked, now);
            }
        }
        // What became of a lost answer is not known: what is found next tells.
        Outcome::Failed { .. } | Outcome::AlreadySatisfied => {}
    }
}

fn not_made(history: &mut History, now: Timestamp) {
    history.changes.retain(|change| change.at != now);
    history.redis_nodes.changing = None;
}
