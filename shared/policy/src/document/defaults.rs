//! Every value that a person may leave out, in one place.

use jiff::SignedDuration;

use crate::policy::{Drain, OnDeadline, PerDirection, RateLimit};
use crate::units::{Count, Percent};

/// `owner`.
pub(super) const OWNER: &str = "tidegate";
/// `lag_bound`: far above what replication does at rest, far below what readers would call stale.
pub(super) const LAG_BOUND: SignedDuration = SignedDuration::from_secs(30);
/// `pool_lifetime`: as long as a cold replica needs to warm up, so that pools hand over no more than it can take.
pub(super) const POOL_LIFETIME: SignedDuration = SignedDuration::from_mins(5);
/// `creations_per_day`: one in two hours. More is a policy that flaps, and each one is paid for.
pub(super) const CREATIONS_PER_DAY: Count = Count(12);
/// `replace_after`: a reboot, a recovery and the catching up after it take minutes; what takes an hour seldom ends by itself.
pub(super) const REPLACE_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// `drain`.
pub(super) const DRAIN: Drain = Drain {
    deadline: SignedDuration::from_mins(45),
    quiet_points: 4,
    idle_connections: 0,
    on_deadline: OnDeadline::Cancel,
};
/// `evaluate_every`.
pub(super) const EVALUATE_EVERY: SignedDuration = SignedDuration::from_mins(5);
/// `cooldown` of replicas: out as long as pools take to find a new replica, in six times as careful.
pub(super) const COOLDOWN_OF_REPLICAS: PerDirection<SignedDuration> =
    PerDirection { out: SignedDuration::from_mins(5), in_: SignedDuration::from_mins(30) };
/// `cooldown` of a service: a task serves within a minute, and going without it is cheap to try slowly.
pub(super) const COOLDOWN_OF_SERVICES: PerDirection<SignedDuration> =
    PerDirection { out: SignedDuration::from_secs(60), in_: SignedDuration::from_secs(300) };
/// `cooldown` of Redis nodes: what ElastiCache's own scaling waits (ElastiCache user guide, "Auto Scaling Valkey and Redis OSS clusters").
pub(super) const COOLDOWN_OF_NODES: PerDirection<SignedDuration> =
    PerDirection { out: SignedDuration::from_mins(10), in_: SignedDuration::from_mins(15) };
/// `stabilization`: out at once, in only after five minutes of the same opinion (Kubernetes' defaults).
pub(super) const STABILIZATION: PerDirection<SignedDuration> =
    PerDirection { out: SignedDuration::ZERO, in_: SignedDuration::from_mins(5) };
/// `at_maximum_for`.
pub(super) const AT_MAXIMUM_FOR: SignedDuration = SignedDuration::from_mins(15);
/// `margin`.
pub(super) const MARGIN: Percent = Percent(10.0);
/// `spot.retry_after`: Spot capacity that is gone stays away for a while.
pub(super) const SPOT_RETRY_AFTER: SignedDuration = SignedDuration::from_mins(30);
/// `override_for`.
pub(super) const OVERRIDE_FOR: SignedDuration = SignedDuration::from_hours(1);
/// `start_within`: an image is pulled and a health check passed in a few minutes.
pub(super) const START_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// `change_within`: a node is made in a quarter of an hour, and keys move between shards for longer.
pub(super) const CHANGE_WITHIN: SignedDuration = SignedDuration::from_hours(1);
/// `requests_per_task` of an event, in a minute.
pub(super) const REQUESTS_PER_TASK: u32 = 500;
/// `buffer` of an event.
pub(super) const BUFFER: Percent = Percent(20.0);
/// `lead` of an event.
pub(super) const LEAD: SignedDuration = SignedDuration::from_hours(1);
/// `descent` of an event.
pub(super) const DESCENT: RateLimit = RateLimit { members: Count(2), period: SignedDuration::from_mins(10) };
/// `warm_requests` of an event.
pub(super) const WARM_REQUESTS: u32 = 50;

/// `prefix` of the target `name`.
pub(super) fn prefix(name: &str) -> String {
    format!("tg-{name}-")
}

/// CloudWatch shows a point after 1 to 3 minutes, and the newest is left out until it has settled.
pub(super) const METRICS_LATE: SignedDuration = SignedDuration::from_mins(5);
