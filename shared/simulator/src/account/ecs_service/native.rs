//! Application Auto Scaling in virtual time: registered bounds, and a target-tracking policy of its own that really acts.
//!
//! Facts: the Application Auto Scaling user guide and API reference.

use std::collections::VecDeque;

use tidegate_policy::observation::ecs_service::DESIRED_COUNT;
use tidegate_policy::observation::{
    CapacityBounds, NativeScaling, ScalableTarget, ScheduledAction, Suspended,
};
use tidegate_policy::units::Count;

use crate::account::clock::Millis;

/// One-minute points above the target before it scales out.
const POINTS_OUT: usize = 3;
/// One-minute points well below the target before it scales in.
const POINTS_IN: usize = 15;
/// Well below: under this share of the target.
const WELL_BELOW: f64 = 0.9;
/// The default of ECS services, both ways.
const COOLDOWN: Millis = Millis(300_000);

/// A scalable target that somebody registered for the service.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Native {
    /// Never fewer.
    pub min: u32,
    /// Never more.
    pub max: u32,
    /// The CPU, in percent, that its target-tracking policy keeps; `None`: it has bounds and no policy.
    pub cpu: Option<f64>,
}

/// What is registered.
#[derive(Debug)]
pub(super) struct Registered {
    pub(super) bounds: CapacityBounds,
    pub(super) suspended: Suspended,
    cpu: Option<f64>,
    /// The newest is the last; `None` of a minute without a point.
    points: VecDeque<Option<f64>>,
    /// When it last scaled out, and to how many.
    out: Option<(Millis, u32)>,
    in_: Option<Millis>,
    actions: Vec<Scheduled>,
    forecast: Option<Forecast>,
}

/// A scheduled action, and when it is next due.
#[derive(Debug)]
struct Scheduled {
    action: ScheduledAction,
    every: Millis,
    next: Millis,
}

/// What a predictive policy with `IncreaseMaxCapacity` wants, and until when.
#[derive(Clone, Copy, Debug)]
struct Forecast {
    tasks: u32,
    until: Millis,
}

impl Registered {
    pub(super) fn new(native: Native) -> Self {
        Self {
            bounds: CapacityBounds { min: Count(native.min), max: Count(native.max) },
            suspended: Suspended::default(),
            cpu: native.cpu,
            points: VecDeque::new(),
            out: None,
            in_: None,
            actions: Vec::new(),
            forecast: None,
        }
    }

    /// DescribeScheduledActions and DescribeScalingPolicies, as far as they matter.
    pub(super) fn scales_natively(&self) -> NativeScaling {
        let actions = self.actions.iter().map(|scheduled| scheduled.action.clone()).collect();
        NativeScaling { actions, lifts_maximum: self.forecast.is_some() }
    }

    /// PutScheduledAction.
    pub(super) fn schedule(&mut self, min: u32, max: Option<u32>, every: Millis, now: Millis) {
        let name = format!("action-{}", self.actions.len() + 1);
        let action = ScheduledAction { name, min: Some(Count(min)), max: max.map(Count) };
        self.actions.push(Scheduled { action, every, next: now + every });
    }

    /// A predictive policy, which stays when its forecast is over.
    pub(super) fn predict(&mut self, tasks: u32, until: Millis) {
        self.forecast = Some(Forecast { tasks, until });
    }

    /// How many tasks a forecast wants at present.
    pub(super) fn predicted(&self, now: Millis) -> Option<u32> {
        self.forecast
            .filter(|forecast| now < forecast.until && !self.suspended.scaling_out)
            .map(|forecast| forecast.tasks)
    }

    /// Lets the scheduled actions act that are due; whether one did. They replace what they name, and restore nothing.
    pub(super) fn act(&mut self, now: Millis) -> bool {
        let mut acted = false;
        for scheduled in self.actions.iter_mut().filter(|scheduled| scheduled.next <= now) {
            while scheduled.next <= now {
                scheduled.next = scheduled.next + scheduled.every;
            }
            if self.suspended.scheduled {
                continue;
            }
            let min = scheduled.action.min.unwrap_or(self.bounds.min);
            let max = scheduled.action.max.unwrap_or(self.bounds.max);
            // Application Auto Scaling refuses an action that would cross the bounds.
            if min <= max {
                self.bounds = CapacityBounds { min, max };
                acted = true;
            }
        }
        acted
    }

    /// DescribeScalableTargets.
    pub(super) fn described(&self) -> ScalableTarget {
        ScalableTarget { dimension: DESIRED_COUNT.to_owned(), bounds: self.bounds, suspended: self.suspended }
    }

    /// What registering does to a capacity: it is pulled into the bounds at once.
    pub(super) fn pulled(&self, desired: u32) -> u32 {
        desired.clamp(self.bounds.min.0, self.bounds.max.0.max(self.bounds.min.0))
    }

    /// A minute is over, in which so many tasks ran on average: the capacity that the policy now asks for, if it asks for another.
    pub(super) fn minute(
        &mut self,
        cpu: Option<f64>,
        running: f64,
        desired: u32,
        deploying: bool,
        now: Millis,
    ) -> Option<u32> {
        self.points.push_back(cpu);
        if self.points.len() > POINTS_IN {
            self.points.pop_front();
        }
        let target = self.cpu?;
        let newest = cpu?;
        let all = |count: usize, holds: &dyn Fn(f64) -> bool| {
            self.points.len() >= count
                && self.points.iter().rev().take(count).all(|point| point.is_some_and(holds))
        };
        // The metric is of the tasks that run; those on their way are not asked for again.
        let wanted = Count::ceil(running * newest / target).0;
        let CapacityBounds { min: Count(min), max: Count(max) } = self.bounds;
        if all(POINTS_OUT, &|point| point > target) && !self.suspended.scaling_out {
            let wanted = wanted.clamp(min, max.max(min));
            // While it cools down only a larger scale-out acts.
            let cooling = self.out.filter(|(at, _)| now - *at < COOLDOWN);
            if wanted > desired && cooling.is_none_or(|(_, to)| wanted > to) {
                self.out = Some((now, wanted));
                // A scale-out ends the cooldown of a scale-in.
                self.in_ = None;
                return Some(wanted);
            }
            return None;
        }
        let cooled = self.in_.is_none_or(|at| now - at >= COOLDOWN)
            && self.out.is_none_or(|(at, _)| now - at >= COOLDOWN);
        // Application Auto Scaling turns scale-in off while ECS deploys.
        let allowed = !self.suspended.scaling_in && !deploying && cooled;
        let low = all(POINTS_IN, &|point| point < WELL_BELOW * target);
        // A capacity below the minimum stays until something scales out.
        let wanted = wanted.max(min);
        if low && allowed && wanted < desired {
            self.in_ = Some(now);
            return Some(wanted);
        }
        None
    }
}
