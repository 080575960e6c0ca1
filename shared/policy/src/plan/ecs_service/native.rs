//! Peace with Application Auto Scaling: its scheduled actions write bounds, and a predictive policy lifts capacity above them.
//!
//! Which action wrote what is registered, AWS does not tell, and its schedules are not ours to evaluate. So nothing is lowered below the
//! largest value of an action that what is registered reaches: whatever it raised stays until it writes again. Not known is as if any might have.

use crate::decide::{Decision, Direction};
use crate::evaluate::ecs_service::ServiceBounds;
use crate::observation::{CapacityBounds, NativeScaling, ScalableTarget, ScheduledAction, ServiceLook};
use crate::reason::{Explanation, Reason};
use crate::units::Count;

use super::Draft;

/// What of a scalable target is not ours to lower.
#[derive(Debug, Default)]
pub(super) struct Native<'a> {
    /// What is registered, where there is anything.
    registered: Option<CapacityBounds>,
    /// `None`: it could not be read.
    known: Option<&'a NativeScaling>,
    /// A person says fewer, and means it.
    commanded: bool,
    /// The clock's minimum without it.
    least: Count,
}

impl<'a> Native<'a> {
    pub(super) fn of(look: &'a ServiceLook, clock: &ServiceBounds<'_>) -> Self {
        Self {
            registered: look.scalable.as_ref().map(|scalable| scalable.bounds),
            known: look.native.as_ref().map(|fact| &fact.value),
            commanded: clock.order.is_some_and(|order| order.max.is_some()),
            least: clock.bounds.min,
        }
    }

    /// Whether a direct command outranks it.
    pub(super) fn commanded(&self) -> bool {
        self.commanded
    }

    /// The registered bounds, where native scaling has a say in them.
    fn theirs(&self) -> Option<CapacityBounds> {
        self.registered.filter(|_| !self.commanded)
    }

    /// The scheduled action with the largest minimum that the registered one reaches.
    fn floor(&self) -> Option<(Count, &'a ScheduledAction)> {
        let registered = self.theirs()?;
        largest(self.known?, |action| action.min, registered.min)
    }

    /// The same of maxima.
    fn ceiling(&self) -> Option<(Count, &'a ScheduledAction)> {
        let registered = self.theirs()?;
        largest(self.known?, |action| action.max, registered.max)
    }

    fn lifts(&self) -> bool {
        self.theirs().is_some() && self.known.is_some_and(|native| native.lifts_maximum)
    }

    /// The bounds of the clock, with what a scheduled action raised as their minimum, within their maximum.
    pub(super) fn frame<'c>(&self, mut clock: ServiceBounds<'c>) -> ServiceBounds<'c> {
        if let Some((floor, action)) = self.floor() {
            let floor = floor.min(clock.bounds.max);
            if floor > clock.bounds.min {
                clock.bounds.min = floor;
                clock.bounds.min_by = Some(format!("the scheduled action \"{}\"", action.name));
            }
        }
        clock
    }

    /// What to remember as raised by signals of a minimum that a scheduled action holds up too: without the action they would have to agree.
    /// What is no more than the clock's minimum now stays remembered as well: a window may end before the action writes again.
    pub(super) fn raised_by_signals(&self, before: Option<Count>, min: Count) -> Option<Count> {
        before.map(|floor| floor.min(min)).filter(|_| min > self.least)
    }

    /// Bounds of ours, no lower than native scaling leaves them.
    pub(super) fn keep(&self, from: CapacityBounds, to: CapacityBounds) -> CapacityBounds {
        if self.theirs().is_none() {
            return to;
        }
        if self.known.is_none() {
            return CapacityBounds { min: to.min.max(from.min), max: to.max.max(from.max) };
        }
        let min = self.floor().map_or(to.min, |(floor, _)| to.min.max(floor));
        let max = self.ceiling().map_or(to.max, |(ceiling, _)| to.max.max(ceiling));
        let max = if self.lifts() { max.max(from.max) } else { max };
        CapacityBounds { min, max: max.max(min) }
    }

    /// Whether registering these bounds would take tasks away that native scaling wants: whatever is registered pulls the count into its range.
    pub(super) fn forbids_pull(&self, desired: Count, to: CapacityBounds) -> bool {
        desired > to.max && self.theirs().is_some() && (self.known.is_none() || self.lifts())
    }

    /// A decision for fewer of which nothing can be brought about.
    pub(super) fn reach(&self, decision: Decision, clock: &ServiceBounds<'_>) -> Decision {
        let Some(registered) = self.theirs() else { return decision };
        if decision.direction() != Some(Direction::In) {
            return decision;
        }
        let (current, max) = (decision.current, clock.bounds.max);
        let why = if self.known.is_none() {
            Some((Reason::NativeUnknown, UNKNOWN.to_owned()))
        } else if current > max && self.lifts() {
            let detail = format!(
                "{current} are there, above the maximum of {max}: a predictive policy of the scalable target may lift it (IncreaseMaxCapacity), and what it forecasts stays"
            );
            Some((Reason::PredictiveCapacity, detail))
        } else if current > max {
            self.ceiling().filter(|(ceiling, _)| *ceiling > max).map(|(ceiling, action)| {
                let detail = format!(
                    "{current} are there, above the maximum of {max}: the scheduled action \"{}\" allows {ceiling}, and {registered} is registered",
                    action.name
                );
                (Reason::BothSchedule, detail)
            })
        } else {
            None
        };
        let Some((reason, detail)) = why else { return decision };
        Decision {
            desired: decision.current,
            explanation: Explanation::new(reason, detail),
            limited_by: Some(reason),
            next_eligible: None,
            ..decision
        }
    }

    /// What a person should know.
    pub(super) fn look_around(&self, draft: &mut Draft) {
        let Some(registered) = self.registered else { return };
        let Some(native) = self.known else {
            draft.alert("native scaling that could not be read", Reason::NativeUnknown, UNKNOWN);
            return;
        };
        if !native.actions.is_empty() {
            let told: Vec<String> = native.actions.iter().map(told).collect();
            let detail = format!(
                "scheduled actions set the bounds of the scalable target too ({registered} now): {}. What they raise is not lowered until they write again; make them windows of the policy and delete them, so that one schedules",
                told.join(", ")
            );
            draft.alert("the scheduled actions of the scalable target", Reason::BothSchedule, detail);
        }
        if native.lifts_maximum {
            draft.note(
                Reason::PredictiveCapacity,
                "a predictive policy of the scalable target may lift capacity above the maximum (IncreaseMaxCapacity): it is not pulled down",
            );
        }
    }
}

/// Told as a hold and as an alert.
const UNKNOWN: &str = "the scheduled actions and predictive policies of the scalable target could not be read: its bounds are not lowered until \
                       they can be; the role needs application-autoscaling:DescribeScheduledActions and DescribeScalingPolicies";

fn told(action: &ScheduledAction) -> String {
    let bound = |word: &str, count: Option<Count>| count.map(|count| format!("{word} {count}"));
    let bounds: Vec<String> =
        [bound("min", action.min), bound("max", action.max)].into_iter().flatten().collect();
    format!("\"{}\" ({})", action.name, bounds.join(", "))
}

fn largest(
    native: &NativeScaling,
    bound: fn(&ScheduledAction) -> Option<Count>,
    reached: Count,
) -> Option<(Count, &ScheduledAction)> {
    let set = native.actions.iter().filter_map(|action| Some((bound(action)?, action)));
    set.filter(|(count, _)| *count <= reached).max_by_key(|(count, _)| *count)
}

/// Whether what signals raised is no more than what a scheduled action raised too: then it goes as the action says.
pub(super) fn is_an_actions(native: Option<&NativeScaling>, floor: Count) -> bool {
    native.is_some_and(|native| native.actions.iter().any(|action| action.min == Some(floor)))
}

/// Whose doing bounds are that we did not ask for, where native scaling itself can have written them: no quarrel.
pub(super) fn writer(
    native: Option<&NativeScaling>,
    asked: CapacityBounds,
    scalable: &ScalableTarget,
) -> Option<String> {
    let (native, found) = (native?, scalable.bounds);
    let fits =
        |set: Option<Count>, found: Count, asked: Count| set.map_or(found == asked, |set| set == found);
    let by_action = native
        .actions
        .iter()
        .find(|action| fits(action.min, found.min, asked.min) && fits(action.max, found.max, asked.max));
    if let Some(action) = by_action {
        return Some(format!("the scheduled action \"{}\"", action.name));
    }
    let lifted = native.lifts_maximum && found.min == asked.min && found.max > asked.max;
    lifted.then(|| "a predictive policy".to_owned())
}
