//! Numbers with their units, so that a percentage never meets a count.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A share of a hundred, as CloudWatch reports CPU: 0 is idle, 100 is all of it.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Percent(pub f64);

impl Percent {
    /// This share of `whole`.
    pub fn of(self, whole: f64) -> f64 {
        whole * self.0 / 100.0
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One decimal where it carries something, none where it does not: "70%", "71.3%". In whole numbers, since every hold prints some.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "shares of a hundred are small, and a cast saturates"
        )]
        let tenths = (self.0 * 10.0).round() as i64;
        let sign = if tenths < 0 { "-" } else { "" };
        let (whole, tenth) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
        if tenth == 0 { write!(f, "{sign}{whole}%") } else { write!(f, "{sign}{whole}.{tenth}%") }
    }
}

/// A number of members of a target: replicas, tasks, nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Count(pub u32);

impl Count {
    /// None at all.
    pub const ZERO: Count = Count(0);
    /// A single member.
    pub const ONE: Count = Count(1);

    /// The number of elements of a collection.
    pub fn of_len(len: usize) -> Count {
        Count(u32::try_from(len).unwrap_or(u32::MAX))
    }

    /// The least whole number that is not below `value`; a value that is no number is none. Where arithmetic on members rounds.
    pub fn ceil(value: f64) -> Count {
        // A billionth below counts as there: 1.2 x 10 is 12.000000000000002 in binary, and 13 tasks nowhere.
        let rounded = (value - 1e-9).ceil().clamp(0.0, f64::from(u32::MAX));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to the range of u32; a NaN casts to 0"
        )]
        Count(rounded as u32)
    }

    /// This many more.
    #[must_use]
    pub fn plus(self, more: Count) -> Count {
        Count(self.0.saturating_add(more.0))
    }

    /// This many fewer, not below zero.
    #[must_use]
    pub fn minus(self, fewer: Count) -> Count {
        Count(self.0.saturating_sub(fewer.0))
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The fewest and the most members: of a window, a scalable target (`MinCapacity`, `MaxCapacity`), a shard or a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapacityBounds {
    /// Never fewer.
    pub min: Count,
    /// Never more.
    pub max: Count,
}

impl fmt::Display for CapacityBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.min, self.max)
    }
}

/// The weight of a Route 53 weighted record, 0 to 255; its share of the answers is weight / sum of the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Weight(pub u8);

impl Weight {
    /// Never answered, unless the whole group is at zero: then all are equally likely.
    pub const ZERO: Weight = Weight(0);

    /// Whether the record is answered in its own right.
    pub fn is_positive(self) -> bool {
        self.0 > 0
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The time a resolver may keep an answer, in whole seconds as DNS carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TtlSeconds(pub u32);

impl TtlSeconds {
    /// As a duration.
    pub fn duration(self) -> jiff::SignedDuration {
        jiff::SignedDuration::from_secs(i64::from(self.0))
    }
}

impl fmt::Display for TtlSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0)
    }
}

/// The clock wakes an attempt each minute, some seconds early or late. What is due, or over, within half of that is so now: it would wait for a whole
/// tick, or a whole evaluation, more.
pub const HALF_A_TICK: jiff::SignedDuration = jiff::SignedDuration::from_secs(30);

/// A duration as a person writes it in a policy: `90s`, `10m`, `1h30m`, `2d`.
pub fn friendly(duration: jiff::SignedDuration) -> String {
    let mut seconds = duration.as_secs();
    if seconds == 0 {
        return "0s".to_owned();
    }
    let sign = if seconds < 0 { "-" } else { "" };
    seconds = seconds.abs();
    let mut text = sign.to_owned();
    for (size, unit) in [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")] {
        if seconds >= size {
            text.push_str(&format!("{}{unit}", seconds / size));
            seconds %= size;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_prints_a_decimal_only_where_it_carries_something() {
        assert_eq!(Percent(70.0).to_string(), "70%");
        assert_eq!(Percent(71.26).to_string(), "71.3%");
        assert_eq!(Percent(-0.5).to_string(), "-0.5%");
        assert_eq!(Percent(99.96).to_string(), "100%");
    }

    #[test]
    fn durations_print_as_people_write_them() {
        for (seconds, text) in
            [(0, "0s"), (90, "1m30s"), (600, "10m"), (5_400, "1h30m"), (172_800, "2d"), (-60, "-1m")]
        {
            assert_eq!(friendly(jiff::SignedDuration::from_secs(seconds)), text);
        }
    }
}
