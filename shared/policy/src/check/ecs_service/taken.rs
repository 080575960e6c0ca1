//! What an action takes away from a service.

use super::case::Step;
use crate::units::Count;

/// What an action takes away.
pub(super) struct Taken {
    /// Tasks that go at once: so many stay.
    pub(super) tasks: Option<Count>,
    /// A lower minimum lets native policies take tasks away; this is what it becomes.
    pub(super) min: Option<Count>,
    /// A lower maximum.
    pub(super) max: Option<Count>,
}

impl Taken {
    /// `None`: it takes nothing away.
    pub(super) fn by(step: &Step<'_>) -> Option<Taken> {
        let taken = if let Some(set) = step.desired() {
            Taken { tasks: (set.to < step.service.desired).then_some(set.to), min: None, max: None }
        } else if let Some((set, registered)) = step.bounds() {
            let (from, to) = (registered.bounds, set.to);
            Taken {
                // Registering pulls the capacity into the bounds, whether or not they changed.
                tasks: (to.max < step.service.desired).then_some(to.max),
                min: (to.min < from.min).then_some(to.min),
                max: (to.max < from.max).then_some(to.max),
            }
        } else {
            return None;
        };
        (taken.tasks.is_some() || taken.min.is_some() || taken.max.is_some()).then_some(taken)
    }
}
