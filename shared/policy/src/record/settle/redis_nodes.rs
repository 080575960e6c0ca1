//! What is remembered of calls about a replication group.

use jiff::Timestamp;

use crate::history::History;
use crate::record::Outcome;

/// Any change of its shape.
pub(super) fn changed(history: &mut History, outcome: &Outcome, now: Timestamp) {
    match outcome {
        Outcome::Applied { .. } => {
            // What AWS took and does not do is a failure, however soon it gives it up.
            if let Some(asked) = &mut history.group.changing {
                asked.begun = true;
            }
        }
        Outcome::Stale { .. } => not_made(history, now),
        Outcome::Failed { class, .. } if class.lasts() => {
            let asked = history.group.changing.clone();
            not_made(history, now);
            if let Some(asked) = asked {
                history.group.refuse(&asked, now);
            }
        }
        // What became of a lost answer is not known: what is found next tells.
        Outcome::Failed { .. } | Outcome::AlreadySatisfied => {}
    }
}

fn not_made(history: &mut History, now: Timestamp) {
    history.changes.retain(|change| change.at != now);
    history.group.changing = None;
}
