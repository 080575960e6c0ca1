//! What lasts and changes nothing: a person is told of it, once when it has lasted and once when it is over.

use jiff::{SignedDuration, Timestamp};

use super::draft::Draft;
use crate::decide::{Decision, Direction};
use crate::evaluate::Vote;
use crate::history::{History, Lasting, Turn};
use crate::number::{Number, Sentence};
use crate::policy::Target;
use crate::reason::Reason;
use crate::units::{Count, friendly};

/// What is over for a shorter time is not over: load near a level goes up and down.
const OVER_AFTER: SignedDuration = SignedDuration::from_mins(5);
/// A removal that is wanted for so long, and that something other than clocks and load keeps from being made, is for a person.
const BLOCKED_FOR: SignedDuration = SignedDuration::from_hours(1);
/// So many changes of direction within this time are too many.
const FLAPPING: usize = 3;
const FLAPPING_WITHIN: SignedDuration = SignedDuration::from_hours(2);

const AT_MAXIMUM: &str = "more is wanted than the maximum";
const BLOCKED: &str = "fewer are wanted, and nothing may be removed";
const TO_AND_FRO: &str = "capacity goes up and down and up";

/// Watches what was decided. Of an attempt that read no signals nothing is said.
pub(super) fn watch(
    target: &Target,
    signals_read: bool,
    before: &History,
    draft: &mut Draft,
    now: Timestamp,
) {
    if !signals_read {
        [AT_MAXIMUM, BLOCKED, TO_AND_FRO].into_iter().for_each(|key| draft.unjudged(key));
        return;
    }
    at_maximum(target, draft, now);
    blocked(draft, now);
    flapping(before, draft, now);
}

fn at_maximum(target: &Target, draft: &mut Draft, now: Timestamp) {
    let Decision { current, recommended, desired, limited_by, explanation, .. } = &draft.decision;
    let is_there =
        limited_by == &Some(Reason::AlreadyAtMaxCapacity) && recommended > desired && desired <= current;
    let (most, told_after) = (*desired, target.scaling.at_maximum_for);
    let why = explanation.said().with(Number::count("wanted", *recommended).against_count(most));
    if !is_there
        && knows_nothing(&draft.decision)
        && let Some(lasting) = &mut draft.history.watched.at_maximum
    {
        // Nobody knows that it is over, so the time without it does not begin.
        lasting.seen_at = now;
        draft.unjudged(AT_MAXIMUM);
        return;
    }
    let (lasting, told) = follow(draft.history.watched.at_maximum, is_there, told_after, now);
    draft.history.watched.at_maximum = lasting;
    tell(draft, (told, told_after), AT_MAXIMUM, Reason::AtMaximumFor, why, now);
}

/// Whether no rule could be judged: what nobody measures is no all-clear.
fn knows_nothing(decision: &Decision) -> bool {
    let mut said = decision.recommendations.iter();
    said.len() > 0 && said.all(|said| matches!(said.vote, Vote::Unknown { .. }))
}

fn blocked(draft: &mut Draft, now: Timestamp) {
    let Decision { current, recommended, desired, limited_by, explanation, .. } = &draft.decision;
    let is_blocked = recommended < current && desired == current && limited_by.is_some_and(|by| !passes(by));
    let why = explanation.said().with(Number::count("current", *current).against_count(*recommended));
    let (lasting, told) = follow(draft.history.watched.blocked, is_blocked, BLOCKED_FOR, now);
    draft.history.watched.blocked = lasting;
    tell(draft, (told, BLOCKED_FOR), BLOCKED, Reason::ScaleInBlocked, why, now);
}

/// What holds a removal back and passes by itself, or is the load.
fn passes(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::AlreadyAtMinCapacity
            | Reason::CooldownIn
            | Reason::Stabilizing
            | Reason::RateLimited
            | Reason::ProjectedLoadTooHigh
            | Reason::WorkInFlight
            | Reason::TransitionInProgress
            | Reason::NativeScaleIn
            | Reason::PredictiveCapacity
            | Reason::EventInProgress
            // A person knows of it, and is reminded each day.
            | Reason::Paused
    )
}

/// What is to be said of something that lasts.
#[derive(Clone, Copy)]
enum Told {
    Nothing,
    /// Since then, and still.
    Since(Timestamp),
    /// It stands if it stood: nobody knows yet whether it is over.
    AsBefore,
}

fn follow(
    lasting: Option<Lasting>,
    is_so: bool,
    told_after: SignedDuration,
    now: Timestamp,
) -> (Option<Lasting>, Told) {
    let lasting = match lasting {
        Some(lasting) if is_so => Some(Lasting { seen_at: now, ..lasting }),
        None if is_so => Some(Lasting { since: now, seen_at: now }),
        Some(lasting) if now.duration_since(lasting.seen_at) < OVER_AFTER => Some(lasting),
        Some(_) | None => None,
    };
    let told = match lasting {
        None => Told::Nothing,
        Some(_) if !is_so => Told::AsBefore,
        Some(lasting) if now.duration_since(lasting.since) < told_after => Told::Nothing,
        Some(lasting) => Told::Since(lasting.since),
    };
    (lasting, told)
}

fn tell(
    draft: &mut Draft,
    (told, told_after): (Told, SignedDuration),
    key: &str,
    reason: Reason,
    why: Sentence,
    now: Timestamp,
) {
    match told {
        Told::Nothing => {}
        Told::AsBefore => draft.unjudged(key),
        Told::Since(since) => {
            let lasts = now.duration_since(since);
            let said = why.reworded(|why| format!("since {since} ({}): {why}", friendly(lasts)));
            let said = said.with(Number::lasting("lasts", lasts).against_time(told_after));
            draft.alert_since(key, reason, said, since);
        }
    }
}

fn flapping(before: &History, draft: &mut Draft, now: Timestamp) {
    let watched = &mut draft.history.watched;
    watched.turns.retain(|turn| now.duration_since(turn.at) < FLAPPING_WITHIN);
    if draft.history.decisions > before.decisions
        && let Some(direction) = draft.decision.direction()
    {
        let out = direction == Direction::Out;
        // Of those in one direction the last: what counts is how often it turns.
        if draft.history.watched.turns.last().is_some_and(|last| last.out == out) {
            draft.history.watched.turns.pop();
        }
        draft.history.watched.turns.push(Turn { at: now, out });
    }
    let turns = &draft.history.watched.turns;
    if turns.len() > FLAPPING {
        let word = |turn: &Turn| format!("{} at {}", if turn.out { "more" } else { "fewer" }, turn.at);
        let told: Vec<_> = turns.iter().map(word).collect();
        let detail =
            format!("{} turns within {}: {}", turns.len() - 1, friendly(FLAPPING_WITHIN), told.join(", "));
        let turned = Number::of_len("turns", turns.len() - 1).against_count(Count::of_len(FLAPPING));
        draft.alert(TO_AND_FRO, Reason::Flapping, Sentence::from(detail).with(turned));
    }
}
