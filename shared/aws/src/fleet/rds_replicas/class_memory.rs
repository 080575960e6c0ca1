//! How much memory an instance class leaves to the database: what `DBInstanceClassMemory` stands for, estimated.

use tidegate_policy::names::InstanceClass;

const MIB: u64 = 1024 * 1024;

/// The bytes that formulas know as `DBInstanceClassMemory`: the class's memory without what the operating system and RDS keep.
///
/// An estimate: RDS does not tell, and says itself that it varies with class and engine. Kept back are 150 MB and a twentieth, and
/// 260 MB at least. Of the `max_connections` seen on PostgreSQL (2 GiB 198, 4 GiB 413, 8 GiB 856) this gives 198, 412 and 840; the
/// twentieth is more than large classes keep (3 to 4% of 16 GiB), so that the estimate errs below. `None` for an unknown class.
pub(super) fn database_memory(class: &InstanceClass) -> Option<u64> {
    let whole = nominal_memory(class)?;
    let kept_back = (150_000_000 + whole / 20).max(260_000_000);
    whole.checked_sub(kept_back)
}

/// The memory of a class as AWS lists it, in bytes: a family has so much per `large`, and a size is a multiple of that.
/// Source: the hardware specifications under <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.html>.
fn nominal_memory(class: &InstanceClass) -> Option<u64> {
    let mut parts = class.as_str().split('.');
    let (Some("db"), Some(family), Some(size), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let large = mib_of_a_large(family)?.checked_mul(MIB)?;
    match size {
        // Only burstable classes come that small.
        "micro" if family.starts_with('t') => Some(large / 8),
        "small" if family.starts_with('t') => Some(large / 4),
        "medium" => Some(large / 2),
        "large" => Some(large),
        "xlarge" => large.checked_mul(2),
        _ => {
            let times: u64 = size.strip_suffix("xlarge")?.parse().ok()?;
            // The largest is 48xlarge today; far above it stands a slip, not a class.
            (2..=112).contains(&times).then(|| large.checked_mul(2 * times))?
        }
    }
}

/// The MiB of a family's `large`, which for families that begin above it is what a `large` would have.
fn mib_of_a_large(family: &str) -> Option<u64> {
    let x = match family {
        "x1" => Some(31_232),
        "x1e" => Some(62_464),
        "x2g" | "x2idn" => Some(32_768),
        "x2iedn" | "x2iezn" => Some(65_536),
        _ => None,
    };
    if x.is_some() {
        return x;
    }
    // A letter, a generation, and what processor, disk and network it has: `r6gd`. Only the first two say how much memory.
    let mut letters = family.chars();
    let (kind, generation) = (letters.next()?, letters.next()?.to_digit(10)?);
    if !letters.as_str().chars().all(|letter| letter.is_ascii_lowercase()) {
        return None;
    }
    match (kind, generation) {
        ('t', 2..=4) | ('m', 4..=8) => Some(8_192),
        ('m', 3) => Some(7_680),
        ('r', 3..=4) => Some(15_616),
        ('r', 5..=8) | ('z', 1) => Some(16_384),
        ('c', 6) => Some(4_096),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_have_the_memory_that_aws_lists() {
        let gib = |class: &str| nominal_memory(&InstanceClass::new(class)).map(|bytes| bytes / MIB);
        for (class, mib) in [
            ("db.t2.micro", 1_024),
            ("db.t3.small", 2_048),
            ("db.t4g.medium", 4_096),
            ("db.t4g.2xlarge", 32_768),
            ("db.m3.medium", 3_840),
            ("db.m4.10xlarge", 163_840),
            ("db.m5.large", 8_192),
            ("db.m5d.24xlarge", 393_216),
            ("db.m6idn.xlarge", 16_384),
            ("db.m8g.48xlarge", 786_432),
            ("db.r3.large", 15_616),
            ("db.r4.16xlarge", 499_712),
            ("db.r5b.large", 16_384),
            ("db.r6gd.4xlarge", 131_072),
            ("db.r8g.48xlarge", 1_572_864),
            ("db.c6gd.medium", 2_048),
            ("db.x1.32xlarge", 1_998_848),
            ("db.x1e.xlarge", 124_928),
            ("db.x2g.large", 32_768),
            ("db.x2idn.32xlarge", 2_097_152),
            ("db.x2iedn.xlarge", 131_072),
            ("db.x2iezn.2xlarge", 262_144),
            ("db.z1d.large", 16_384),
        ] {
            assert_eq!(gib(class), Some(mib), "{class}");
        }
    }

    #[test]
    fn an_unknown_class_has_no_memory() {
        for class in [
            "",
            "db",
            "db.t3",
            "t3.medium",
            "db.t9.medium",
            "db.m5.micro",
            "db.m5.nano",
            "db.m5.0xlarge",
            "db.m5.1000xlarge",
            "db.m5.-2xlarge",
            "db.m5.metal",
            "db.r5.large.tpc1.mem2x",
            "db.serverless",
            "db.é5.large",
            "db.q5.large",
        ] {
            assert_eq!(database_memory(&InstanceClass::new(class)), None, "{class}");
        }
    }
}
