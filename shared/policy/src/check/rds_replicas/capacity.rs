//! What a class carries, and the full weight that follows from it. Derived anew: it must not inherit a mistake of the planner's.

use crate::names::InstanceClass;

/// The full weight of the largest class among ours; no weight is ever above it.
pub(super) const FULL_AT_MOST: u8 = 64;

/// In quarters of a vCPU, so that all of it is whole numbers; only ratios matter.
pub(super) fn capacity(class: &InstanceClass) -> u64 {
    const LARGE: u64 = 8;
    const XLARGE: u64 = 16;
    match class.as_str().rsplit_once('.').map_or(class.as_str(), |(_, size)| size) {
        "micro" => 1,
        "small" => 2,
        "medium" => 4,
        "large" => LARGE,
        "xlarge" => XLARGE,
        size => {
            let times = size.strip_suffix("xlarge").filter(|times| times.bytes().all(|b| b.is_ascii_digit()));
            let times = times.and_then(|times| times.parse::<u32>().ok()).filter(|times| *times > 0);
            times.map_or(LARGE, |times| XLARGE * u64::from(times))
        }
    }
}

/// The full weight of a replica of this capacity where the largest has `largest`.
pub(super) fn full(capacity: u64, largest: u64) -> u8 {
    if capacity >= largest {
        return FULL_AT_MOST;
    }
    // Rounded to the nearest, halves up.
    let doubled = 2 * u64::from(FULL_AT_MOST) * capacity + largest;
    u8::try_from(doubled / (2 * largest)).unwrap_or(FULL_AT_MOST).clamp(1, FULL_AT_MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full_beside(class: &str, largest: &str) -> u8 {
        full(capacity(&InstanceClass::new(class)), capacity(&InstanceClass::new(largest)))
    }

    #[test]
    fn full_weights_follow_the_sizes() {
        for (class, largest, weight) in [
            ("db.t3.micro", "db.t3.small", 32),
            ("db.t3.small", "db.t3.medium", 32),
            ("db.t3.medium", "db.t3.large", 32),
            ("db.r6g.large", "db.r6g.xlarge", 32),
            ("db.r6g.xlarge", "db.r6g.4xlarge", 16),
            ("db.r6g.2xlarge", "db.r6g.12xlarge", 11),
            ("db.t3.micro", "db.r6g.24xlarge", 1),
            ("db.r6g.24xlarge", "db.t3.micro", 64),
            ("db.m5.metal", "db.r6g.xlarge", 32),
        ] {
            assert_eq!(full_beside(class, largest), weight, "{class} beside {largest}");
        }
    }

    #[test]
    fn odd_classes_count_as_large() {
        for odd in
            ["", ".", "db.", "db.x1.0xlarge", "db.x1.-2xlarge", "db.x1.99999999999999999999xlarge", "é"]
        {
            assert_eq!(full_beside(odd, "db.t3.large"), 64, "{odd}");
            assert_eq!(full_beside(odd, "db.t3.xlarge"), 32, "{odd}");
        }
        assert_eq!(full_beside("db.x1.4294967295xlarge", "db.x1.4294967294xlarge"), 64);
        assert_eq!(full(0, 0), 64);
    }
}
