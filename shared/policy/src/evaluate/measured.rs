//! A value of a signal as a number of a sentence, for machines.

use crate::number::{Number, Unit};
use crate::policy::{self, Signal};

/// So much of it was measured, at `member` as explanations call it.
pub(super) fn measured(signal: Signal, member: &str, value: f64) -> Number {
    Number::new(format!("{} of {member}", signal.name()), value, unit(signal))
}

fn unit(signal: Signal) -> Unit {
    match signal.unit() {
        policy::Unit::Percent => Unit::Percent,
        policy::Unit::Seconds => Unit::Seconds,
        // CloudWatch's sums of a minute.
        policy::Unit::Number if matches!(signal, Signal::RequestsPerTarget | Signal::Evictions) => {
            Unit::PerMinute
        }
        policy::Unit::Number => Unit::Count,
    }
}
