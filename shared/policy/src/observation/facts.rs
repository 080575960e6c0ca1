//! What rarely changes and costs calls to learn: read once a day, and kept in the ledger in between.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::names::{DnsName, ZoneId};
use crate::units::Count;

/// How long a fact is believed. A zone never changes its name; a parameter rarely changes, and where it does (MySQL takes a new
/// `max_connections` without a restart) the percentages follow within a day, or at once by the policy's own `max_connections`.
const BELIEVED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// What a fleet learned of one target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The reader's hosted zone.
    pub zone: Option<ZoneFact>,
    /// What each parameter group in use says of `max_connections`: a number or a formula, as RDS writes it; by the group's name.
    pub max_connections: BTreeMap<String, Fact<String>>,
    /// What Application Auto Scaling does to a service's scalable target by itself.
    pub native: Option<Fact<NativeScaling>>,
}

/// What Application Auto Scaling does to a scalable target by itself (DescribeScheduledActions, DescribeScalingPolicies).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NativeScaling {
    /// Scheduled actions that set a minimum or a maximum, by name. What they set stays when they end: AWS restores nothing.
    pub actions: Vec<ScheduledAction>,
    /// Whether a predictive policy scales, and above the registered maximum: `Mode` is `ForecastAndScale` and `MaxCapacityBreachBehavior`
    /// `IncreaseMaxCapacity`.
    pub lifts_maximum: bool,
}

/// A scheduled action of Application Auto Scaling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledAction {
    /// `ScheduledActionName`.
    pub name: String,
    /// `ScalableTargetAction.MinCapacity`; left out it leaves the minimum.
    pub min: Option<Count>,
    /// `ScalableTargetAction.MaxCapacity`.
    pub max: Option<Count>,
}

/// A hosted zone and its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ZoneFact {
    /// Whose name it is: a policy may come to name another zone.
    pub zone: ZoneId,
    /// The name that all its records end in.
    pub name: Fact<DnsName>,
}

/// Something that was read at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact<T> {
    /// What was read.
    pub value: T,
    /// When.
    pub read_at: Timestamp,
}

impl<T> Fact<T> {
    /// Whether it may be used at `now` without reading it again. A fact from the future is one of a clock that went back.
    pub fn is_believed(&self, now: Timestamp) -> bool {
        self.read_at <= now && now.duration_since(self.read_at) < BELIEVED_FOR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_believed_for_a_day() {
        let read_at: Timestamp = "2026-03-02T08:00:00Z".parse().unwrap();
        let fact = Fact { value: 1, read_at };
        let after = |hours| read_at + SignedDuration::from_hours(hours);
        assert!(fact.is_believed(after(0)) && fact.is_believed(after(23)));
        assert!(!fact.is_believed(after(24)) && !fact.is_believed(after(-1)));
    }
}
