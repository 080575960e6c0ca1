//! What an attempt adds to the counts of its week.

use jiff::Timestamp;

use super::figures::Figures;
use super::outcome::Outcome;
use crate::history::{Found, History};
use crate::plan::{Action, Plan};
use crate::reason::Reason;

/// Counts what an attempt found, decided and called, in the memory that it is about to write.
pub fn count(
    history: &mut History,
    before: &History,
    plan: &Plan,
    figures: &Figures,
    outcomes: &[(Action, Outcome)],
    now: Timestamp,
) {
    let decision = &plan.decision;
    let decided = plan.history.decisions > before.decisions;
    let knows = plan.history.evaluated_at == Some(now);
    let last = history.tally.found();
    let at_maximum = decision.limited_by == Some(Reason::AlreadyAtMaxCapacity)
        && decision.recommended > decision.desired
        && decision.desired <= decision.current;
    let found = Found {
        members: figures.current,
        max: figures.max,
        classes: figures.classes.clone(),
        // A look that bought no signals knows nothing newer of either.
        at_maximum: if knows { at_maximum } else { last.is_some_and(|last| last.at_maximum) },
        short: figures.serving < figures.desired,
        hold: match &plan.step {
            Some(_) => None,
            None if decided => None,
            None if knows => Some(decision.explanation.reason),
            None => last.and_then(|last| last.hold),
        },
    };
    history.tally.look(found, now);
    let week = history.tally.week(now);
    week.changes += u64::from(decided);
    for (_, outcome) in outcomes {
        // What was stale was not called.
        week.calls += u64::from(!matches!(outcome, Outcome::Stale { .. }));
        week.failed_calls += u64::from(matches!(outcome, Outcome::Failed { .. }));
    }
}
