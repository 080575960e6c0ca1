//! Virtual time in whole milliseconds: what the plant computes in, where a time stamp's arithmetic would be too slow.

use std::ops::{Add, Sub};

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::observation::Minute;

/// A moment since the Unix epoch, or a span, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Millis(pub(crate) i64);

impl Millis {
    pub(crate) const SECOND: Millis = Millis(1_000);
    pub(crate) const MINUTE: Millis = Millis(60_000);
    /// Later than everything.
    pub(crate) const NEVER: Millis = Millis(i64::MAX);

    pub(crate) fn of(at: Timestamp) -> Millis {
        Millis(at.as_millisecond())
    }

    pub(crate) fn of_duration(span: SignedDuration) -> Millis {
        Millis(i64::try_from(span.as_millis()).unwrap_or(i64::MAX / 4))
    }

    /// Rounded to the nearest millisecond.
    pub(crate) fn of_minutes(minutes: f64) -> Millis {
        Millis(whole(minutes * 60_000.0))
    }

    /// As the ports say it. Beyond the range of time stamps, which no run reaches, the epoch.
    pub(crate) fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    pub(crate) fn minute(self) -> Minute {
        Minute(self.0.div_euclid(60_000))
    }

    pub(crate) fn start_of(minute: Minute) -> Millis {
        Millis(minute.0 * 60_000)
    }

    pub(crate) fn in_minutes(self) -> f64 {
        self.0 as f64 / 60_000.0
    }
}

impl Add for Millis {
    type Output = Millis;
    fn add(self, span: Millis) -> Millis {
        Millis(self.0.saturating_add(span.0))
    }
}

impl Sub for Millis {
    type Output = Millis;
    fn sub(self, span: Millis) -> Millis {
        Millis(self.0.saturating_sub(span.0))
    }
}

/// To the nearest whole number.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and NaN becomes 0: both are bounded")]
pub(crate) fn whole(value: f64) -> i64 {
    value.round() as i64
}
