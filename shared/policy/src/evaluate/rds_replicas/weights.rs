//! Weights: the full share of a replica by the capacity of its class, and the steps that lead to it.

use crate::names::InstanceClass;
use crate::units::Weight;

/// The full weight of the largest class in the group. The ramp's first steps (1, 4, 16) are then 1.5%, 6% and 20% of one equal.
pub(crate) const FULL: Weight = Weight(64);

/// What a replica climbs before its full weight: a cold cache gets a trickle first.
const STEPS: [u8; 3] = [1, 4, 16];

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

/// The weight after `now` on the way to `full`.
pub(crate) fn next(now: Weight, full: Weight) -> Weight {
    if now >= full {
        return full;
    }
    STEPS.into_iter().map(Weight).find(|step| *step > now && *step < full).unwrap_or(full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ramp_has_four_steps_and_ends_at_the_full_weight() {
        let mut weight = Weight::ZERO;
        let mut climbed = vec![];
        while weight != FULL {
            weight = next(weight, FULL);
            climbed.push(weight.0);
        }
        assert_eq!(climbed, [1, 4, 16, 64]);
        assert_eq!(next(Weight(200), FULL), FULL);
        assert_eq!(next(Weight(4), Weight(8)), Weight(8));
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
