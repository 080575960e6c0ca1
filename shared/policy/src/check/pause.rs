//! What a person paused, read anew from what was stored and from the switch: a mistake of the planner must not end a pause.

use jiff::Timestamp;

use super::findings::Findings;
use super::invariant;
use crate::history::History;
use crate::pause::Paused;
use crate::plan::Action;

/// Which directions are paused at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) struct PausedNow {
    /// Nothing is added.
    pub(in crate::check) additions: bool,
    /// Nothing is removed.
    pub(in crate::check) removals: bool,
}

impl PausedNow {
    pub(in crate::check) fn new(history: &History, switch: Option<Paused>, now: Timestamp) -> Self {
        let commanded = match &history.orders.pause {
            Some(pause) if pause.until > now => Some(pause.what),
            Some(_) | None => None,
        };
        let any = |other: Paused| {
            [switch, commanded].into_iter().flatten().any(|what| what == Paused::All || what == other)
        };
        Self { additions: any(Paused::Out), removals: any(Paused::In) }
    }

    /// Refuses an action by which way it moves capacity.
    pub(in crate::check) fn judge(self, action: &Action, adds: bool, removes: bool, findings: &mut Findings) {
        if adds && self.additions {
            findings.refuse(invariant::PAUSED, format!("{action}, although additions are paused"));
        }
        if removes && self.removals {
            findings.refuse(invariant::PAUSED, format!("{action}, although removals are paused"));
        }
    }
}
