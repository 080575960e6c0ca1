//! The lever: the desired count, or the bounds of a scalable target where native auto scaling moves the desired count within them.

use crate::decide::{Decision, Direction};
use crate::evaluate::ecs_service::ServiceBounds;
use crate::history::History;
use crate::observation::{CapacityBounds, ScalableTarget};
use crate::reason::{Explanation, Reason};
use crate::units::Count;

/// What may be moved.
pub(super) enum Lever<'a> {
    /// No scalable target: the desired count.
    DesiredCount,
    /// A scalable target: its bounds, and never the desired count.
    Bounds {
        scalable: &'a ScalableTarget,
        /// The minimum that signals or somebody else raised, where it is above the schedule's.
        signal_floor: Option<Count>,
    },
}

impl<'a> Lever<'a> {
    pub(super) fn of(
        scalable: Option<&'a ScalableTarget>,
        schedule_only: bool,
        clock: &ServiceBounds<'_>,
        history: &History,
    ) -> Lever<'a> {
        match scalable {
            None => Lever::DesiredCount,
            Some(scalable) => {
                let floor = history.ecs_service.signal_floor.map(|floor| floor.min(clock.bounds.max));
                // Where no rule is left, nothing would ever take it down again.
                let floor = floor.filter(|floor| !schedule_only && *floor > clock.bounds.min);
                Lever::Bounds { scalable, signal_floor: floor }
            }
        }
    }

    /// What of a decision this lever can bring about. With a scalable target fewer tasks are native auto scaling's to choose: all we have is
    /// to lower a minimum that we raised, and a maximum that is below what runs.
    pub(super) fn reach(&self, decision: Decision, clock: &ServiceBounds<'_>) -> Decision {
        let Lever::Bounds { signal_floor, .. } = self else { return decision };
        if decision.desired >= decision.current
            || decision.current > clock.bounds.max
            || signal_floor.is_some()
        {
            return decision;
        }
        let detail = format!(
            "{} would do ({}); the minimum is {} already, and what is above it is native auto scaling's to take away",
            decision.desired, decision.explanation.detail, clock.bounds.min
        );
        Decision {
            desired: decision.current,
            explanation: Explanation::new(Reason::NativeScaleIn, detail),
            limited_by: Some(Reason::NativeScaleIn),
            next_eligible: None,
            ..decision
        }
    }
}

/// The bounds that a scalable target is to have, and the floor to remember with them.
pub(super) fn bounds_for(
    signal_floor: Option<Count>,
    decision: &Decision,
    clock: &ServiceBounds<'_>,
) -> (CapacityBounds, Option<Count>) {
    let (least, max) = (clock.bounds.min, clock.bounds.max);
    let floor = match decision.direction() {
        // What is below a minimum that was raised comes up to it; more tasks are no reason to lower it.
        Some(Direction::Out) => Some(decision.desired.max(signal_floor.unwrap_or(Count::ZERO))),
        None => signal_floor,
        // Down to a maximum no signal was asked: what they raised stays, as far as it fits.
        Some(Direction::In) if decision.explanation.reason == Reason::ScaleInMaximum => signal_floor,
        // One step of the floor for one step of the decision: what runs above it is not ours to count.
        Some(Direction::In) => {
            signal_floor.map(|floor| floor.minus(decision.current.minus(decision.desired)))
        }
    };
    let floor = floor.map(|floor| floor.min(max)).filter(|floor| *floor > least);
    (CapacityBounds { min: floor.unwrap_or(least), max }, floor)
}
