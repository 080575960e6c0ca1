//! Weights: the full share of a replica by the capacity of its class, and the steps that lead to it.

use jiff::SignedDuration;

use crate::names::InstanceClass;
use crate::units::Weight;

/// The full weight of the largest class in the group.
pub(crate) const FULL: Weight = Weight(64);

/// What is left to a replica that lags and that nobody could take over from.
pub(crate) const TRICKLE: Weight = Weight(1);

/// A replica joins with this part of its full weight: 6% of one equal's share, while it proves that it is fit.
const JOINS_AT: u8 = 16;
/// Where pools turn over quickly it climbs by this part of its full weight before it takes all of it.
const CLIMBS_AT: u8 = 4;
/// Pools that keep a connection for so long are the ramp. Some `t` minutes after a weight rose, only `t / pool_lifetime` of what it gives has come.
/// A cold replica takes 30% of a warm one's load, and 14% more each minute (the simulator's plant). With 5 minutes it is never asked for more.
const POOLS_ARE_THE_RAMP: SignedDuration = SignedDuration::from_mins(5);

/// Capacity of a class in vCPUs; only ratios matter.
///
/// Sizes double from `large` on (Amazon RDS instance classes); everything below `large` has two vCPUs with less memory
/// and burst, so each step down counts half. An unknown size counts as `large`.
pub(crate) fn capacity(class: &InstanceClass) -> f64 {
    match class.as_str().rsplit('.').next().unwrap_or_default() {
        "micro" => 0.25,
        "small" => 0.5,
        "medium" => 1.0,
        "xlarge" => 4.0,
        size => match size.strip_suffix("xlarge").and_then(|times| times.parse::<f64>().ok()) {
            Some(times) => 4.0 * times,
            None => 2.0,
        },
    }
}

/// Memory of a class in GiB, roughly; only comparisons matter. By family (Amazon RDS instance classes): twice, four, eight or sixteen GiB a vCPU.
pub(crate) fn memory(class: &InstanceClass) -> f64 {
    let family = class.as_str().strip_prefix("db.").and_then(|rest| rest.chars().next());
    let of_vcpu = match family {
        Some('c') => 2.0,
        Some('r' | 'z') => 8.0,
        Some('x') => 16.0,
        _ => 4.0,
    };
    capacity(class) * of_vcpu
}

/// The full weight of a member of this capacity where the largest has `largest`.
pub(crate) fn full(capacity: f64, largest: f64) -> Weight {
    if capacity >= largest || largest <= 0.0 {
        return FULL;
    }
    let share = (f64::from(FULL.0) * capacity / largest).round().clamp(1.0, f64::from(FULL.0));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=64")]
    Weight(share as u8)
}

/// The weight with which a replica joins.
pub(crate) fn first(full: Weight, pool_lifetime: SignedDuration) -> Weight {
    next(Weight::ZERO, full, pool_lifetime)
}

/// The weight after `now` on the way to `full`, where clients keep a connection for `pool_lifetime`.
pub(crate) fn next(now: Weight, full: Weight, pool_lifetime: SignedDuration) -> Weight {
    let part = |of: u8| Weight((full.0 / of).max(1));
    let quick = pool_lifetime < POOLS_ARE_THE_RAMP;
    let steps = [Some(part(JOINS_AT)), quick.then(|| part(CLIMBS_AT))];
    steps.into_iter().flatten().find(|step| *step > now && *step < full).unwrap_or(full)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every weight from the first to the full one.
    fn climbed(full: u8, pools: SignedDuration) -> Vec<u8> {
        let mut weight = Weight::ZERO;
        let mut climbed = vec![];
        while weight != Weight(full) {
            weight = next(weight, Weight(full), pools);
            climbed.push(weight.0);
        }
        climbed
    }

    #[test]
    fn slow_pools_are_the_ramp_and_quick_ones_get_a_step_more() {
        let slow = SignedDuration::from_mins(5);
        let quick = SignedDuration::from_secs(299);
        assert_eq!(climbed(64, slow), [4, 64]);
        assert_eq!(climbed(64, quick), [4, 16, 64]);
        assert_eq!(climbed(32, quick), [2, 8, 32]);
        assert_eq!(climbed(11, quick), [1, 2, 11]);
        assert_eq!(climbed(1, quick), [1]);
    }

    #[test]
    fn the_ramp_goes_on_from_any_weight_and_never_beyond_the_full_one() {
        let slow = SignedDuration::from_mins(10);
        for (now, to) in [(1, 4), (3, 4), (4, 64), (16, 64), (64, 64), (200, 64)] {
            assert_eq!(next(Weight(now), FULL, slow), Weight(to), "from {now}");
        }
    }

    #[test]
    fn memory_follows_family_and_size() {
        let memory = |name| memory(&InstanceClass::new(name));
        assert!(memory("db.t4g.medium") < memory("db.r6g.large"));
        assert!(memory("db.m6g.large") < memory("db.r6g.large"));
        assert!(memory("db.c6gd.xlarge") < memory("db.m6g.xlarge"));
        assert!(memory("db.r6g.xlarge") < memory("db.x2g.xlarge"));
        assert!((memory("db.t3.large") - memory("db.m6i.large")).abs() < f64::EPSILON);
    }

    #[test]
    fn weights_follow_capacity() {
        let class = |name| capacity(&InstanceClass::new(name));
        assert_eq!(full(class("db.t3.medium"), class("db.t3.medium")), FULL);
        assert_eq!(full(class("db.t3.medium"), class("db.t3.large")), Weight(32));
        assert_eq!(full(class("db.r6g.xlarge"), class("db.r6g.4xlarge")), Weight(16));
        assert_eq!(full(class("db.t3.micro"), class("db.r6g.24xlarge")), Weight(1));
    }
}
