//! A value of a signal as a number of a sentence, for machines.

use crate::number::{Number, Unit};
use crate::policy::Signal;

/// So much of it was measured, at `member` as explanations call it.
pub(super) fn measured(signal: Signal, member: &str, value: f64) -> Number {
    Number::new(format!("{} of {member}", signal.name()), value, unit(signal))
}

fn unit(signal: Signal) -> Unit {
    match signal {
        Signal::PrimaryCpu
        | Signal::ReplicaCpu
        | Signal::PrimaryConnections
        | Signal::ReplicaConnections
        | Signal::Connections
        | Signal::Cpu
        | Signal::Memory
        | Signal::ErrorRate => Unit::Percent,
        Signal::Lag
        | Signal::Latency
        | Signal::QueueAge
        | Signal::PrimaryReadLatency
        | Signal::ReplicaReadLatency => Unit::Seconds,
        // CloudWatch's sums of a minute.
        Signal::RequestsPerTarget | Signal::Evictions => Unit::PerMinute,
        Signal::QueueDepth
        | Signal::BacklogPerTask
        | Signal::PrimaryDiskQueue
        | Signal::ReplicaDiskQueue
        | Signal::NodeConnections => Unit::Count,
    }
}
