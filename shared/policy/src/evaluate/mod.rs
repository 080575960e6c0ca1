//! Evaluate: what each rule of the policy says of an observation, before anybody decides.

mod ahead;
mod alert;
mod between_looks;
mod command;
pub(crate) mod ecs_service;
mod measured;
mod pause;
pub(crate) mod rds_replicas;
mod recommendation;
pub(crate) mod redis_nodes;
mod saw_tooth;
mod series;
mod threshold;
mod window;

pub use ahead::lacking;
pub(crate) use ahead::{Ahead, LOST as FORECAST_LOST, Took, Workforce, recommend as recommend_ahead};
pub(crate) use alert::Alerts;
pub use between_looks::levels_between_looks;
pub(crate) use command::bounds_with_command;
pub use ecs_service::target_groups;
pub(crate) use pause::{Held, Pauses};
pub use rds_replicas::{DiskOf, disk_metrics_needed};
pub(crate) use rds_replicas::{
    LagStanding, catches_up, has_caught_up, keeps_up, lag_standing, newest_lag, standing_of,
};
pub use recommendation::{Recommendation, Vote};
pub use redis_nodes::{larger_types_matter, node_cpu_metric, node_metrics_needed};
pub(crate) use window::Bounds;

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::history::History;
use crate::observation::CapacityBounds;
use crate::policy::{Scaling, ServiceMetric, Signal, Target, TargetKind};

/// The fewest minutes of points that a fleet should read: drains, lag and tracking look at the recent past even without rules.
const LOOKBACK_AT_LEAST_MINUTES: u32 = 20;
/// Points arrive late, and PostgreSQL's lag is a minimum over six minutes.
const LOOKBACK_EXTRA_MINUTES: u32 = 10;

/// How many minutes of points a fleet must read so that every rule of `target` can be evaluated.
pub fn lookback_minutes(target: &Target) -> u32 {
    let scaling = &target.scaling;
    let rules = scaling.scale_out.iter().chain(&scaling.scale_in).chain(&scaling.alert);
    let longest = rules.map(|rule| rule.points.of()).max().unwrap_or(0);
    longest.max(LOOKBACK_AT_LEAST_MINUTES) + LOOKBACK_EXTRA_MINUTES
}

/// Whether the clock sets the same bounds at two moments, by windows, planned events and a direct command, and a pause stands at both or neither.
pub fn same_bounds(target: &Target, history: &History, one: Timestamp, other: Timestamp) -> bool {
    let at = |moment| (bounds_by_clock(target, history, moment), history.orders.pause_at(moment));
    at(one) == at(other)
}

/// The bounds that the clock sets at a moment, by windows, planned events and a direct command: what a chart draws.
pub fn bounds_in_force(target: &Target, history: &History, now: Timestamp) -> CapacityBounds {
    let bounds = bounds_by_clock(target, history, now);
    CapacityBounds { min: bounds.min, max: bounds.max }
}

fn bounds_by_clock(target: &Target, history: &History, moment: Timestamp) -> Bounds {
    match &target.kind {
        TargetKind::RdsReplicas(_) | TargetKind::RedisNodes(_) => {
            bounds_with_command(&target.scaling, &history.orders, moment)
        }
        TargetKind::EcsService(ecs) => ecs_service::service_bounds(target, ecs, history, moment).bounds,
    }
}

/// What is bought of a service: what its rules need. Messages in flight only hold removals, so that a rule which only alerts needs none.
pub fn metrics_needed(target: &Target) -> BTreeSet<ServiceMetric> {
    let scaling = &target.scaling;
    let of = |signal: Signal| signal.service_metrics().iter().copied();
    let scales = scaling.scale_out.iter().chain(&scaling.scale_in).map(|rule| rule.signal);
    let scales = scales.chain(scaling.track.iter().map(|rule| rule.signal)).flat_map(of);
    let alerts = scaling.alert.iter().flat_map(|rule| of(rule.signal));
    scales.chain(alerts.filter(|metric| *metric != ServiceMetric::QueueInFlight)).collect()
}

/// Each level at which something is added, with its signal.
fn levels_out(scaling: &Scaling) -> impl Iterator<Item = (Signal, f64)> {
    let out = scaling.scale_out.iter().map(|rule| (rule.signal, rule.threshold));
    out.chain(scaling.track.iter().map(|rule| (rule.signal, rule.target)))
}

/// What the rules say.
pub(crate) struct Evaluation {
    /// From `scale_out`.
    pub(crate) out: Vec<Recommendation>,
    /// From `scale_in`.
    pub(crate) in_: Vec<Recommendation>,
    /// From `track`.
    pub(crate) track: Vec<Recommendation>,
    /// From `forecast`.
    pub(crate) ahead: Option<Ahead>,
    /// Bounds of this moment.
    pub(crate) bounds: Bounds,
    /// From `alert`, and what of the load a person should know.
    pub(crate) alerts: Alerts,
    /// Until when the scale-out cooldown runs, if it does: steps are counted from where the last addition began.
    pub(crate) cooling_until: Option<Timestamp>,
    /// Whether a signal is so near to a level at which something is added that the next minute is looked at.
    pub(crate) near: bool,
    /// Whether what was ordered is still on its way in.
    pub(crate) coming: bool,
    /// Whether no signal is asked at all: the capacity then follows the schedule's minimum down as well as up.
    pub(crate) only_schedule: bool,
}
