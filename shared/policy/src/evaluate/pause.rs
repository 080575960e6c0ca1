//! What is paused now: by a person's command, and by the switch of the whole stack.

use jiff::Timestamp;

use crate::history::OrdersMemory;
use crate::pause::Paused;
use crate::policy::PerDirection;
use crate::reason::{Explanation, Reason};

/// What keeps a direction from being taken.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Held {
    /// What is paused, until when, and how it is ended.
    pub(crate) words: String,
    /// When it ends by itself; `None` for the switch, which a person turns.
    pub(crate) until: Option<Timestamp>,
}

impl Held {
    /// Why nothing is done although it is wanted.
    pub(crate) fn explain(&self, wanted: &str) -> Explanation {
        Explanation::new(Reason::Paused, format!("{wanted}: {}", self.words))
    }
}

/// What is paused now, by direction.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pauses(PerDirection<Option<Held>>);

impl Pauses {
    /// Of a target with these orders, where the stack's switch stands so. The switch comes first: it ends by no time.
    pub(crate) fn of(orders: &OrdersMemory, switch: Option<Paused>, now: Timestamp) -> Self {
        let by_switch = switch.map(|what| {
            let words = format!(
                "{} by the stack's parameter Paused={what}, until a person deploys Paused=none",
                what.words()
            );
            (what, Held { words, until: None })
        });
        let by_command = orders.pause_at(now).map(|pause| {
            let words = format!(
                "{} until {} by the command of {}; a command with \"resume\": true ends that now",
                pause.what.words(),
                pause.until,
                pause.at
            );
            (pause.what, Held { words, until: Some(pause.until) })
        });
        let held = |holds: fn(Paused) -> bool| {
            let mut both = by_switch.iter().chain(&by_command);
            both.find(|(what, _)| holds(*what)).map(|(_, held)| held.clone())
        };
        Self(PerDirection { out: held(Paused::holds_out), in_: held(Paused::holds_in) })
    }

    /// Why nothing is added, if so.
    pub(crate) fn out(&self) -> Option<&Held> {
        self.0.out.as_ref()
    }

    /// Why nothing is removed, if so.
    pub(crate) fn in_(&self) -> Option<&Held> {
        self.0.in_.as_ref()
    }

    /// Why nothing is replaced, if so: that adds and removes.
    pub(crate) fn any(&self) -> Option<&Held> {
        self.out().or(self.in_())
    }

    /// The pause by the switch of the stack, if there is one.
    pub(crate) fn by_switch(&self) -> Option<&Held> {
        [self.out(), self.in_()].into_iter().flatten().find(|held| held.until.is_none())
    }

    /// Each pause once, in words.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        let out = self.out().map(|held| held.words.as_str());
        let in_ = self.in_().map(|held| held.words.as_str()).filter(|words| out != Some(words));
        out.into_iter().chain(in_)
    }
}
