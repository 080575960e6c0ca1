//! Every value that a person may leave out, in one place.

use jiff::SignedDuration;

use crate::policy::{Drain, OnDeadline, PerDirection};
use crate::units::{Count, Percent};

/// `owner`.
pub(super) const OWNER: &str = "tidegate";
/// `lag_bound`: far above what replication does at rest, far below what readers would call stale.
pub(super) const LAG_BOUND: SignedDuration = SignedDuration::from_secs(30);
/// `pool_lifetime`.
pub(super) const POOL_LIFETIME: SignedDuration = SignedDuration::from_mins(10);
/// `creations_per_day`: one in two hours. More is a policy that flaps, and each one is paid for.
pub(super) const CREATIONS_PER_DAY: Count = Count(12);
/// `drain`.
pub(super) const DRAIN: Drain = Drain {
    deadline: SignedDuration::from_mins(45),
    quiet_points: 4,
    idle_connections: 0,
    on_deadline: OnDeadline::Cancel,
};
/// `evaluate_every`.
pub(super) const EVALUATE_EVERY: SignedDuration = SignedDuration::from_mins(5);
/// `cooldown`: out as long as pools take to find a new replica, in three times as careful.
pub(super) const COOLDOWN: PerDirection<SignedDuration> =
    PerDirection { out: SignedDuration::from_mins(10), in_: SignedDuration::from_mins(30) };
/// `stabilization`: out at once, in only after five minutes of the same opinion (Kubernetes' defaults).
pub(super) const STABILIZATION: PerDirection<SignedDuration> =
    PerDirection { out: SignedDuration::ZERO, in_: SignedDuration::from_mins(5) };
/// `margin`.
pub(super) const MARGIN: Percent = Percent(10.0);

/// `prefix` of the target `name`.
pub(super) fn prefix(name: &str) -> String {
    format!("tg-{name}-")
}

/// CloudWatch shows a point after 1 to 3 minutes, and the newest is left out until it has settled.
pub(super) const METRICS_LATE: SignedDuration = SignedDuration::from_mins(5);
