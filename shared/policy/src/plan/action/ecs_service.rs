//! What can be done to an ECS service.

use std::fmt;

use crate::names::{ClusterName, ServiceName};
use crate::observation::{CapacityBounds, StrategyItem};
use crate::units::Count;

/// One mutation of a service.
#[derive(Clone, Debug, PartialEq)]
pub enum EcsServiceAction {
    /// UpdateService, its desired count alone. Expects the service without a scalable target.
    SetDesiredCount(SetDesiredCount),
    /// RegisterScalableTarget, its bounds alone. Expects that the scalable target exists: the call would create one.
    SetBounds(SetBounds),
    /// UpdateService, its capacity-provider strategy with `forceNewDeployment`: AWS takes none without.
    SetStrategy(SetStrategy),
    /// Requests to a warm-up address. Changes nothing of AWS.
    Warm(WarmUp),
}

impl EcsServiceAction {
    /// Whether it takes capacity away.
    pub(in crate::plan) fn is_destructive(&self) -> bool {
        match self {
            Self::SetDesiredCount(set) => set.to < set.from,
            // A maximum below what is wanted pulls tasks down at once; a lower minimum allows the native policies to.
            Self::SetBounds(set) => set.pulls_down || set.to.max < set.from.max || set.to.min < set.from.min,
            // AWS takes a new strategy only with a forced deployment, which replaces every task.
            Self::SetStrategy(_) => true,
            Self::Warm(_) => false,
        }
    }

    /// Whether it may take capacity away: whatever is registered pulls the count into its range, and the count is not ours alone to move.
    pub(super) fn may_take_away(&self) -> bool {
        self.is_destructive() || matches!(self, Self::SetBounds(_))
    }
}

/// How many tasks a service is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetDesiredCount {
    /// Its cluster.
    pub cluster: ClusterName,
    /// Whose.
    pub service: ServiceName,
    /// What it must still be.
    pub from: Count,
    /// What it is to be.
    pub to: Count,
}

/// Within which bounds Application Auto Scaling keeps a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetBounds {
    /// The service's cluster.
    pub cluster: ClusterName,
    /// Whose.
    pub service: ServiceName,
    /// What they must still be.
    pub from: CapacityBounds,
    /// What they are to be; the same as `from` where the capacity is outside and is to be pulled in.
    pub to: CapacityBounds,
    /// Whether the desired count is above the maximum of `to`: registering takes those tasks away, whatever `from` was.
    pub pulls_down: bool,
    /// Whether a direct command with a maximum stands: it outranks what scheduled actions and predictive policies did.
    pub by_command: bool,
}

/// On what a service's new tasks run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetStrategy {
    /// Its cluster.
    pub cluster: ClusterName,
    /// Whose.
    pub service: ServiceName,
    /// What it must still be.
    pub from: Vec<StrategyItem>,
    /// What it is to be.
    pub to: Vec<StrategyItem>,
}

/// A bounded number of requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarmUp {
    /// The planned event that they precede.
    pub event: String,
    /// Where.
    pub url: String,
    /// How many at most.
    pub requests: u32,
}

impl fmt::Display for EcsServiceAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetDesiredCount(set) => {
                write!(f, "desired count of {}/{}: {} -> {}", set.cluster, set.service, set.from, set.to)
            }
            Self::SetBounds(set) => {
                write!(f, "bounds of {}/{}: {} -> {}", set.cluster, set.service, set.from, set.to)
            }
            Self::SetStrategy(set) => {
                write!(f, "capacity providers of {}/{}:", set.cluster, set.service)?;
                for item in &set.to {
                    write!(f, " {} weight {} base {}", item.provider, item.weight, item.base)?;
                }
                write!(f, " (with a forced deployment)")
            }
            Self::Warm(warm) => {
                write!(f, "{} requests to {} before {}", warm.requests, warm.url, warm.event)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(min: u32, max: u32) -> CapacityBounds {
        CapacityBounds { min: Count(min), max: Count(max) }
    }

    #[test]
    fn a_call_that_takes_capacity_away_is_destructive_and_no_other() {
        let set_bounds = |to: CapacityBounds, pulls_down: bool| {
            EcsServiceAction::SetBounds(SetBounds {
                cluster: ClusterName::new("prod"),
                service: ServiceName::new("api"),
                from: bounds(2, 10),
                to,
                pulls_down,
                by_command: false,
            })
        };
        for (to, destructive) in [
            (bounds(2, 10), false),
            (bounds(3, 11), false),
            (bounds(1, 10), true),
            (bounds(2, 9), true),
            (bounds(1, 9), true),
            (bounds(3, 9), true),
            (bounds(1, 11), true),
        ] {
            let set = set_bounds(to, false);
            assert_eq!(set.is_destructive(), destructive, "{to}");
            assert!(set.may_take_away(), "somebody may have raised the count since: {to}");
        }
        assert!(set_bounds(bounds(2, 10), true).is_destructive(), "the same bounds pull a higher count down");
        for (to, destructive) in [(3, true), (4, false), (5, false)] {
            let set = SetDesiredCount {
                cluster: ClusterName::new("prod"),
                service: ServiceName::new("api"),
                from: Count(4),
                to: Count(to),
            };
            let set = EcsServiceAction::SetDesiredCount(set);
            assert_eq!((set.is_destructive(), set.may_take_away()), (destructive, destructive), "{to}");
        }
    }
}
