//! The numbers that one look at a target gave: what is published as metrics.

use jiff::{SignedDuration, Timestamp};

use crate::decide::Decision;
use crate::history::Transition;
use crate::observation::{Availability, Group, Observation};
use crate::plan::Plan;
use crate::policy::{Target, TargetKind};
use crate::roster::Roster;
use crate::units::Count;

/// What one look at a target found and decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// Members there are, those on their way in and the one on its way out too.
    pub current: Count,
    /// Members there should be.
    pub desired: Count,
    /// Members that clients are sent to.
    pub serving: Count,
    /// The largest newest lag of the members that clients are sent to, seconds; `None` when no fresh one says.
    pub lag_seconds: Option<f64>,
    /// How long the member on its way out has been draining.
    pub draining_for: Option<SignedDuration>,
}

/// The figures of a plan and what it was made from.
pub fn figures(target: &Target, observation: &Observation, plan: &Plan, now: Timestamp) -> Figures {
    let Decision { current, desired, .. } = plan.decision;
    let (serving, lag_seconds, draining_for) = match (&target.kind, observation) {
        (TargetKind::RdsReplicas(rds), Observation::RdsReplicas(seen)) => {
            let roster = Roster::new(target, rds, seen, &plan.history);
            let lags = roster.readers().filter_map(|member| member.replica.signals.lag.fresh());
            let lags = lags.map(|series| series.newest().value).filter(|lag| *lag >= 0.0);
            let draining_since = match plan.history.intent.as_ref().map(|intent| &intent.transition) {
                Some(Transition::Remove(removal)) => removal.draining_since,
                Some(Transition::Add(_)) | None => None,
            };
            let serving = Count::of_len(roster.readers().count());
            (serving, lags.reduce(f64::max), draining_since.map(|since| now.duration_since(since)))
        }
        (_, Observation::EcsService(seen)) => {
            (seen.look.service.as_ref().map_or(Count::ZERO, |service| service.running), None, None)
        }
        (_, Observation::RedisNodes(seen)) => {
            let nodes = seen.look.group().into_iter().flat_map(Group::nodes);
            let serving = nodes.filter(|node| node.status == Availability::Available).count();
            (Count::of_len(serving), None, None)
        }
        (TargetKind::EcsService(_) | TargetKind::RedisNodes(_), Observation::RdsReplicas(_)) => {
            (Count::ZERO, None, None)
        }
    };
    Figures { current, desired, serving, lag_seconds, draining_for }
}
