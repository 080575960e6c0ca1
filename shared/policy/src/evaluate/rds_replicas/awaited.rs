//! Additions whose effect is not seen yet: what was ordered is not ordered again, and a larger step comes on top of it.

use crate::history::{History, ScaledOut};
use crate::units::Count;

/// What was ordered and did not take effect yet: on its way in, or served for less than the scale-out cooldown.
pub(super) struct Awaited {
    /// From how many to how many, each decision for itself.
    steps: Vec<(Count, Count)>,
    /// Whether some of it is still on its way in.
    pub(super) coming: bool,
}

impl Awaited {
    /// `cooling` is the last addition that ended, while the cooldown runs.
    pub(super) fn new(history: &History, cooling: Option<ScaledOut>) -> Self {
        let intents = history.rds_replicas.intents.iter();
        let coming = intents.filter(|intent| intent.additions().iter().any(|addition| addition.is_coming()));
        let mut steps: Vec<_> = coming.map(|intent| (intent.from, intent.to)).collect();
        let coming = !steps.is_empty();
        steps.extend(cooling.map(|last| (last.from, last.to)));
        Self { steps, coming }
    }

    /// Whether anything is awaited.
    pub(super) fn any(&self) -> bool {
        !self.steps.is_empty()
    }

    /// What a step counts from: from what there will be if it is larger than every step that is awaited, and else from where the first of them began.
    pub(super) fn base_of(&self, step: Count, current: Count) -> Count {
        let largest = self.steps.iter().map(|(from, to)| to.minus(*from)).max();
        let first = self.steps.iter().map(|(from, _)| *from).min();
        match (largest, first) {
            (Some(largest), Some(first)) if step <= largest => first.min(current),
            _ => current,
        }
    }
}
