//! What became of a person's direct command and pause: each ends by its time, and a pause is told again while it lasts.

use jiff::{SignedDuration, Timestamp};

use super::draft::Draft;
use crate::evaluate::Pauses;
use crate::history::History;
use crate::names::TargetName;
use crate::reason::{Explanation, Reason};
use crate::units::friendly;

/// Whoever paused a target may have gone home.
const REMINDED_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// What an alert about the switch of the whole stack is known by.
const SWITCHED: &str = "the stack's parameter Paused";

/// Ends what is over, and reminds of what lasts; returns what is to be told.
pub(super) fn follow(target: &TargetName, history: &mut History, now: Timestamp) -> Vec<Explanation> {
    let orders = &mut history.orders;
    let mut told = Vec::new();
    if let Some(order) = orders.bounds.take_if(|order| order.until <= now) {
        let detail =
            format!("the direct command of {} ended at {}; the schedule holds again", order.at, order.until);
        told.push(Explanation::new(Reason::OrderOver, detail));
    }
    if let Some(pause) = orders.pause.take_if(|pause| pause.until <= now) {
        let detail = format!(
            "the pause of {} ended at {}: {} no longer, and what is wanted follows at once",
            pause.at,
            pause.until,
            pause.what.words()
        );
        told.push(Explanation::new(Reason::PauseEnded, detail));
    }
    if let Some(pause) = &mut orders.pause
        && now.duration_since(pause.told_at) >= REMINDED_EVERY
    {
        pause.told_at = now;
        let detail = format!(
            "{} since {}, for {} by now, and until {}: send {{\"target\": \"{}\", \"resume\": true}} if that is no longer meant",
            pause.what.words(),
            pause.at,
            friendly(now.duration_since(pause.at)),
            pause.until,
            target
        );
        told.push(Explanation::new(Reason::PauseReminder, detail));
    }
    told
}

/// Says what stands.
pub(super) fn look(pauses: &Pauses, draft: &mut Draft, now: Timestamp) {
    let stands = draft.history.orders.bounds_at(now);
    let stands =
        stands.map(|order| format!("the direct command of {} stands until {}", order.at, order.until));
    if let Some(stands) = stands {
        draft.note(Reason::OrderStands, stands);
    }
    // A command is an alert from when it is taken; the switch is found by whoever looks.
    if let Some(held) = pauses.by_switch() {
        draft.alert(SWITCHED, Reason::PauseBegan, held.words.as_str());
    }
    for words in pauses.words() {
        draft.note(Reason::Paused, words);
    }
}
