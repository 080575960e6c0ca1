//! A direct command: what begins while one stands stays within what it says.

use super::case::{Case, additions, removal};
use crate::check::clock;
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::units::Count;

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    let standing = case.history.orders.bounds.as_ref();
    let Some(order) = standing.filter(|order| case.now < order.until) else { return };
    let now = clock::in_force(case.scaling, &[], Some(order), case.now);
    // What an intent counts from is judged elsewhere (`dead`).
    for intent in case.intents_begun() {
        let left = intent.from.minus(Count::ONE);
        let more = intent.from.plus(Count::of_len(additions(intent).len()));
        if removal(intent).is_some() && left < now.min {
            findings.refuse(
                invariant::COMMANDED,
                format!("a removal would leave {left}, and the least that is commanded is {}", now.min),
            );
        } else if removal(intent).is_none() && more > now.max {
            findings.refuse(
                invariant::COMMANDED,
                format!("an addition would make {more}, and the most that is commanded is {}", now.max),
            );
        }
    }
}
