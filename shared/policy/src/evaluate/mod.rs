//! Evaluate: what each rule of the policy says of an observation, before anybody decides.

mod alert;
mod lag;
pub(crate) mod nodes;
pub(crate) mod projection;
mod recommendation;
mod series;
pub(crate) mod service;
mod threshold;
mod tracking;
mod window;

pub(crate) use alert::Alerts;
pub(crate) use lag::{LagStanding, keeps_up, lag_standing, newest_lag, standing_of};
pub use nodes::{larger_types_matter, node_metrics_needed};
pub use recommendation::{Recommendation, Vote};
pub use service::target_groups;
pub(crate) use window::{Bounds, bounds_at};

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::history::History;
use crate::observation::{CapacityBounds, RdsObservation};
use crate::policy::{RdsReplicas, ServiceMetric, Signal, Target, TargetKind};
use crate::roster::Roster;
use crate::units::Count;
use series::Members;
use threshold::Verdict;

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

/// Whether the clock sets the same bounds at two moments, by windows, planned events and a direct command.
pub fn same_bounds(target: &Target, history: &History, one: Timestamp, other: Timestamp) -> bool {
    let at = |moment| match &target.kind {
        TargetKind::RdsReplicas(_) | TargetKind::RedisNodes(_) => bounds_at(&target.scaling, moment),
        TargetKind::EcsService(ecs) => service::service_bounds(target, ecs, history, moment).bounds,
    };
    at(one) == at(other)
}

/// The bounds that the clock sets at a moment, by windows, planned events and a direct command: what a chart draws.
pub fn bounds_in_force(target: &Target, history: &History, now: Timestamp) -> CapacityBounds {
    let bounds = match &target.kind {
        TargetKind::RdsReplicas(_) | TargetKind::RedisNodes(_) => bounds_at(&target.scaling, now),
        TargetKind::EcsService(ecs) => service::service_bounds(target, ecs, history, now).bounds,
    };
    CapacityBounds { min: bounds.min, max: bounds.max }
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

/// What the rules say.
pub(crate) struct Evaluation {
    /// From `scale_out`.
    pub(crate) out: Vec<Recommendation>,
    /// From `scale_in`.
    pub(crate) in_: Vec<Recommendation>,
    /// From `track`.
    pub(crate) track: Vec<Recommendation>,
    /// Bounds of this moment.
    pub(crate) bounds: Bounds,
    /// From `alert`, and what of the load a person should know.
    pub(crate) alerts: Alerts,
    /// Until when the scale-out cooldown runs, if it does: steps are counted from where the last addition began.
    pub(crate) cooling_until: Option<Timestamp>,
    /// Whether no signal is asked at all: the capacity then follows the schedule's minimum down as well as up.
    pub(crate) only_schedule: bool,
}

/// Evaluates every rule. Votes are absolute counts: a wake-up that is delivered twice says the same twice.
pub(crate) fn evaluate(
    target: &Target,
    rds: &RdsReplicas,
    observation: &RdsObservation,
    roster: &Roster<'_>,
    history: &History,
    now: Timestamp,
) -> Evaluation {
    let members = Members::new(rds, observation, roster);
    let scaling = &target.scaling;
    let current = roster.current();
    // While the scale-out cooldown runs, a step counts from where the last addition began: only a larger step asks for more.
    let cooling = history.scaled_out.filter(|last| now.duration_since(last.at) < scaling.cooldown.out);
    let step_base = cooling.map_or(current, |last| last.from);
    let out = scaling.scale_out.iter().map(|rule| {
        let (verdict, mut detail) = threshold::judge(rule, &members.of(rule.signal), Some(rds.engine));
        if cooling.is_some() && verdict == Verdict::Holds {
            detail.push_str(&format!(", counted from the {step_base} where the last addition began"));
        }
        let vote = match verdict {
            Verdict::Holds => Vote::Out(step_base.plus(rule.step)),
            Verdict::Fails => Vote::Stay,
            Verdict::Unknown(why) => Vote::Unknown { why },
        };
        Recommendation { rule: rule.text.clone(), vote, detail }
    });
    let in_ = scaling.scale_in.iter().map(|rule| {
        let (verdict, detail) = threshold::judge(rule, &members.of(rule.signal), Some(rds.engine));
        let vote = match verdict {
            Verdict::Holds => Vote::In(current.minus(Count::ONE)),
            Verdict::Fails => Vote::Stay,
            Verdict::Unknown(why) => Vote::Unknown { why },
        };
        Recommendation { rule: rule.text.clone(), vote, detail }
    });
    let alerts =
        Alerts::of(&scaling.alert, |rule| threshold::judge(rule, &members.of(rule.signal), Some(rds.engine)));
    Evaluation {
        out: out.collect(),
        in_: in_.collect(),
        track: scaling
            .track
            .iter()
            .map(|rule| tracking::judge(rule, &members.of(rule.signal), members.readers(), current))
            .collect(),
        bounds: bounds_at(scaling, now),
        alerts,
        cooling_until: cooling.and_then(|last| last.at.checked_add(scaling.cooldown.out).ok()),
        only_schedule: false,
    }
}
