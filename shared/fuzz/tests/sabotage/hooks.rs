//! A variant as a few closures over what passes the ports.

use jiff::Timestamp;
use tidegate_fuzz::tamper::Tamper;
use tidegate_policy::history::{History, Notice};
use tidegate_policy::observation::{Look, Observation, Point, Reading};
use tidegate_policy::plan::Action;
use tidegate_policy::policy::Target;
use tidegate_policy::record::Outcome;
use tidegate_reconcile::port::LedgerItem;

type Seen = Box<dyn Fn(&Target, Observation, Timestamp) -> Observation>;
type Looked = Box<dyn Fn(&Target, Look) -> Look>;
type Published = fn(&[Notice]) -> Vec<Notice>;
type Asked = Box<dyn Fn(&Target, &Action) -> Vec<Action>>;

/// What is changed; the rest passes.
#[derive(Default)]
pub(crate) struct Hooks {
    pub(crate) seen: Option<Seen>,
    pub(crate) looked: Option<Looked>,
    pub(crate) asked: Option<Asked>,
    pub(crate) answered: Option<fn(&Action, Outcome) -> Outcome>,
    pub(crate) loaded: Option<fn(LedgerItem) -> LedgerItem>,
    pub(crate) stored: Option<fn(History) -> History>,
    pub(crate) published: Option<Published>,
    pub(crate) heeds_nobody: bool,
}

impl Tamper for Hooks {
    fn seen(&self, target: &Target, seen: Observation, now: Timestamp) -> Observation {
        match &self.seen {
            Some(hook) => hook(target, seen, now),
            None => seen,
        }
    }

    fn looked(&self, target: &Target, look: Look, _: &Action) -> Look {
        match &self.looked {
            Some(hook) => hook(target, look),
            None => look,
        }
    }

    fn asked(&self, target: &Target, action: &Action) -> Vec<Action> {
        match &self.asked {
            Some(hook) => hook(target, action),
            None => vec![action.clone()],
        }
    }

    fn answered(&self, action: &Action, outcome: Outcome) -> Outcome {
        match self.answered {
            Some(hook) => hook(action, outcome),
            None => outcome,
        }
    }

    fn loaded(&self, _: &Target, item: LedgerItem) -> LedgerItem {
        match self.loaded {
            Some(hook) => hook(item),
            None => item,
        }
    }

    fn stored(&self, _: &Target, history: &History) -> Option<History> {
        self.stored.map(|hook| hook(history.clone()))
    }

    fn heeds_leases(&self) -> bool {
        !self.heeds_nobody
    }

    fn published(&self, notices: &[Notice]) -> Vec<Notice> {
        match self.published {
            Some(hook) => hook(notices),
            None => notices.to_vec(),
        }
    }
}

/// The same reading with other values.
pub(crate) fn with_values(reading: &Reading, value: f64, now: Timestamp) -> Reading {
    let (Reading::Fresh(series) | Reading::Stale(series)) = reading else { return reading.clone() };
    let points = series.points().iter().map(|point| Point { value, ..*point }).collect();
    Reading::new(points, None, now)
}

/// Asks for what the closure makes of it.
pub(crate) fn asks(hook: impl Fn(&Target, &Action) -> Vec<Action> + 'static) -> Box<dyn Tamper> {
    Box::new(Hooks { asked: Some(Box::new(hook)), ..Hooks::default() })
}

/// Asks for one thing instead of another; `None` leaves it as it is.
pub(crate) fn asks_instead(hook: impl Fn(&Target, &Action) -> Option<Action> + 'static) -> Box<dyn Tamper> {
    asks(move |target, action| vec![hook(target, action).unwrap_or_else(|| action.clone())])
}
