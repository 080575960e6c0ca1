//! The values that rules compare signals with: `70%`, `30s`, `800ms`, `1000`, each only where it is meant.

use jiff::SignedDuration;

use super::duration;
use super::percent::{self, plain_number};
use super::text::Fault;
use crate::policy::{Signal, Unit};
use crate::units::Percent;

/// The threshold of a rule on `signal`, in its unit.
///
/// # Errors
/// What was most likely meant.
pub(super) fn threshold(value: &str, signal: Signal) -> Result<f64, Fault> {
    let compared = compared(signal);
    let fault = |message: String| Err(Fault::new(0, message));
    match signal.unit() {
        Unit::Percent => match percent::parse(value) {
            Ok(Percent(percent)) if percent > 0.0 && percent <= 100.0 => Ok(percent),
            Ok(percent) => {
                let mend = if signal == Signal::ErrorRate { "1%" } else { "70%" };
                fault(format!(
                    "{compared} compared with a percentage above 0% and up to 100%, and {percent} is not one: write \"{mend}\""
                ))
            }
            Err(meant) => {
                // Of errors 1 is one in a hundred, and not all of them.
                let meant = match plain_number(value) {
                    Some(share) if signal == Signal::ErrorRate && share >= 1.0 => Percent(share).to_string(),
                    None if signal == Signal::ErrorRate => "1%".to_owned(),
                    _ => meant,
                };
                fault(format!("{compared} compared with a percentage: write \"{meant}\""))
            }
        },
        Unit::Seconds => match duration_of(value, signal) {
            Ok(duration) if duration.is_zero() => {
                let least = if is_fine(signal) { "1ms" } else { "1s" };
                fault(format!("{compared} never below zero: write {least} or more"))
            }
            Ok(duration) => Ok(duration.as_secs_f64()),
            Err(_) => {
                let mend = duration_meant(value, signal);
                fault(format!("{compared} compared with a duration: write \"{mend}\""))
            }
        },
        Unit::Number => number(value, signal),
    }
}

/// The target of a tracking rule on `signal`, in its unit.
///
/// # Errors
/// What was most likely meant.
pub(super) fn target(value: &str, signal: Signal) -> Result<f64, Fault> {
    if signal.unit() == Unit::Number {
        return number(value, signal);
    }
    match percent::parse(value) {
        Ok(percent) if (10.0..=95.0).contains(&percent.0) => Ok(percent.0),
        Ok(percent) => Err(Fault::new(0, format!("{percent} cannot be kept: write a target of 10% to 95%"))),
        Err(meant) => Err(Fault::new(0, format!("a target is a percentage: write \"{meant}\""))),
    }
}

/// A value of `signal` as a rule writes it.
pub(super) fn written(signal: Signal, value: f64) -> String {
    match signal.unit() {
        Unit::Percent => Percent(value).to_string(),
        Unit::Seconds => {
            let duration = SignedDuration::try_from_secs_f64(value).unwrap_or_default();
            duration::friendly_fine(duration)
        }
        Unit::Number => value.to_string(),
    }
}

/// The signal as the beginning of a sentence.
fn compared(signal: Signal) -> &'static str {
    match signal {
        Signal::PrimaryCpu | Signal::ReplicaCpu | Signal::Cpu => "cpu is",
        Signal::PrimaryConnections
        | Signal::ReplicaConnections
        | Signal::Connections
        | Signal::NodeConnections => "connections are",
        Signal::Lag => "lag is",
        Signal::PrimaryReadLatency | Signal::ReplicaReadLatency => "read latency is",
        Signal::PrimaryDiskQueue | Signal::ReplicaDiskQueue => "the disk queue is",
        Signal::Memory => "memory is",
        Signal::RequestsPerTarget => "requests per target are",
        Signal::Latency => "latency is",
        Signal::ErrorRate => "the error rate is",
        Signal::QueueDepth => "the queue's depth is",
        Signal::QueueAge => "the queue's age is",
        Signal::BacklogPerTask => "the backlog per task is",
        Signal::Evictions => "evictions are",
    }
}

/// Only latency is a matter of less than a second: CloudWatch reports the others in whole ones.
fn is_fine(signal: Signal) -> bool {
    signal == Signal::Latency || signal.is_read_latency()
}

fn duration_of(value: &str, signal: Signal) -> Result<SignedDuration, Fault> {
    if is_fine(signal) { duration::parse_fine(value) } else { duration::parse(value) }
}

/// A bare number means seconds, as CloudWatch reports them; of a disk, which nobody lets wait for so long, 1 and more are milliseconds.
fn duration_meant(value: &str, signal: Signal) -> String {
    let in_seconds = |value: f64| if signal.is_read_latency() && value >= 1.0 { value / 1e3 } else { value };
    let seconds =
        plain_number(value).map(in_seconds).and_then(|value| SignedDuration::try_from_secs_f64(value).ok());
    let meant = seconds
        .map(duration::friendly_fine)
        .filter(|meant| duration_of(meant, signal).is_ok_and(|duration| !duration.is_zero()));
    meant.unwrap_or_else(|| match signal {
        Signal::Latency => "800ms".to_owned(),
        Signal::PrimaryReadLatency | Signal::ReplicaReadLatency => "20ms".to_owned(),
        Signal::QueueAge => "5m".to_owned(),
        _ => "30s".to_owned(),
    })
}

/// A number that somebody may mean, where nothing can be read.
fn usual(signal: Signal) -> &'static str {
    match signal {
        Signal::RequestsPerTarget | Signal::NodeConnections => "1000",
        Signal::PrimaryDiskQueue | Signal::ReplicaDiskQueue => "10",
        _ => "100",
    }
}

fn number(value: &str, signal: Signal) -> Result<f64, Fault> {
    let compared = compared(signal);
    match plain_number(value) {
        Some(number) if number > 0.0 => Ok(number),
        Some(_) => Err(Fault::new(0, format!("{compared} never below zero: write a number above 0"))),
        None => {
            let digits: String = value.chars().filter(|c| !matches!(c, ' ' | ',' | '_' | '%')).collect();
            let meant = plain_number(&digits)
                .filter(|number| *number > 0.0)
                .map_or_else(|| usual(signal).to_owned(), |number| number.to_string());
            Err(Fault::new(0, format!("{compared} compared with a plain number: write \"{meant}\"")))
        }
    }
}
