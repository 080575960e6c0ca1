//! What a plan remembers of a person's orders: only a person begins one, or ends it before its time.

use jiff::{SignedDuration, Timestamp};

use super::findings::Findings;
use super::invariant;
use super::judged::Judged;
use crate::history::{StandingOrder, StandingPause};

/// A reminder each minute would be heeded by nobody.
const REMINDED_AFTER: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn judge(judged: &Judged<'_>, findings: &mut Findings) {
    let (before, after) = (&judged.history.orders, &judged.plan.history.orders);
    for (what, sent, kept) in [
        ("direct command", before.bounds_sent_at, after.bounds_sent_at),
        ("pause", before.pause_sent_at, after.pause_sent_at),
    ] {
        if sent != kept {
            findings.refuse(
                invariant::STANDING_ORDER,
                format!(
                    "the newest {what} would be remembered as sent at {} instead of {}: a late one could replace it",
                    told(kept),
                    told(sent)
                ),
            );
        }
    }
    bounds(judged, before.bounds.as_ref(), after.bounds.as_ref(), findings);
    pause(judged, before.pause.as_ref(), after.pause.as_ref(), findings);
}

fn bounds(
    judged: &Judged<'_>,
    before: Option<&StandingOrder>,
    after: Option<&StandingOrder>,
    findings: &mut Findings,
) {
    let over = before.is_some_and(|order| order.until <= judged.now);
    if before == after || (over && after.is_none()) {
        return;
    }
    let until = |order: Option<&StandingOrder>| order.map(|order| order.until);
    differs("direct command", until(before), until(after), findings);
}

fn pause(
    judged: &Judged<'_>,
    before: Option<&StandingPause>,
    after: Option<&StandingPause>,
    findings: &mut Findings,
) {
    let over = before.is_some_and(|pause| pause.until <= judged.now);
    let reminded = |before: &StandingPause, after: &StandingPause| {
        let due = judged.now.duration_since(before.told_at) >= REMINDED_AFTER;
        due && *after == StandingPause { told_at: judged.now, ..before.clone() }
    };
    let sound = match (before, after) {
        (Some(_), None) => over,
        (Some(before), Some(after)) => before == after || reminded(before, after),
        (None, after) => after.is_none(),
    };
    if !sound {
        let until = |pause: Option<&StandingPause>| pause.map(|pause| pause.until);
        differs("pause", until(before), until(after), findings);
    }
}

fn differs(what: &str, before: Option<Timestamp>, after: Option<Timestamp>, findings: &mut Findings) {
    let until = |at: Option<Timestamp>| at.map_or("none".to_owned(), |at| format!("one until {at}"));
    findings.refuse(
        invariant::STANDING_ORDER,
        format!("the {what} would be {} instead of {}", until(after), until(before)),
    );
}

fn told(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "none".to_owned(), |at| at.to_string())
}
