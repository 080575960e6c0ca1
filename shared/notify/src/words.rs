//! How an event is worded for a person: the same headline, numbers and times in every channel.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use tidegate_policy::number::{Number, Unit};

use crate::event::{Event, EventKind};
use crate::text::{cut, first_of, grouped, in_one_line};

/// How many numbers a message shows; the event itself has all of them.
const SHOWN: usize = 10;

/// In seconds.
const MINUTE: f64 = 60.0;

/// What it is, in a few words: `ALARM critical: production sessions no_memory_lever`.
pub(crate) fn headline(event: &Event) -> String {
    let Event { stage, target, reason, severity, .. } = event;
    let headline = match event.kind {
        EventKind::Alert => format!("ALARM {severity}: {stage} {target} {reason}"),
        EventKind::Recovery => format!("OK: {stage} {target} {reason}"),
        EventKind::Decision => format!("Decision: {stage} {target} {reason}"),
        EventKind::Step => format!("Step: {stage} {target} {reason}"),
    };
    in_one_line(&headline)
}

/// The sentence, and of a recovery how long it had lasted.
pub(crate) fn sentence(event: &Event) -> String {
    let sentence = in_one_line(&event.sentence);
    match event.kind {
        EventKind::Recovery => {
            format!("{sentence} It lasted {}.", lasted(event.at.duration_since(event.since)))
        }
        EventKind::Alert | EventKind::Decision | EventKind::Step => sentence,
    }
}

/// The numbers, one a line.
pub(crate) fn numbers(event: &Event) -> Vec<String> {
    first_of(&event.numbers, SHOWN, number)
}

/// One number with what it is compared with: `memory 91% > 75%`. Some rules begin at their bound and others above it, so at the bound no sign stands:
/// `failed tasks 3, the bound is 3`. What looks the same is at the bound.
pub(crate) fn number(number: &Number) -> String {
    let Number { name, value, unit, bound } = number;
    let name = cut(&in_one_line(name), 100);
    let measured = quantity(*value, *unit);
    let compared = bound.map_or(String::new(), |bound| {
        let limit = quantity(bound, *unit);
        if limit == measured {
            return format!(", the bound is {limit}");
        }
        match value.partial_cmp(&bound) {
            Some(Ordering::Greater) => format!(" > {limit}"),
            Some(Ordering::Less) => format!(" < {limit}"),
            Some(Ordering::Equal) | None => format!(", the bound is {limit}"),
        }
    });
    format!("{name} {measured}{compared}")
}

fn quantity(value: f64, unit: Unit) -> String {
    let figure = figure(value);
    match unit {
        Unit::Percent => format!("{figure}%"),
        Unit::Seconds => in_time(value).unwrap_or_else(|| format!("{figure}s")),
        Unit::PerMinute => format!("{figure}/min"),
        Unit::Count | Unit::Other => figure,
    }
}

/// Seconds from a minute on as people write them, in two parts at most: `1m 30s`, `15m`, `1h 43m`. Shorter ones keep their decimals.
fn in_time(seconds: f64) -> Option<String> {
    if seconds < MINUTE {
        return None;
    }
    let whole = SignedDuration::try_from_secs_f64(seconds.round()).ok()?;
    let (minutes, rest) = (whole.as_mins(), whole.as_secs() % 60);
    Some(if minutes < 60 && rest > 0 { format!("{minutes}m {rest}s") } else { lasted(whole) })
}

/// Two decimals where they say something, and thousands set apart.
fn figure(value: f64) -> String {
    if !value.is_finite() || value.abs() >= 1e15 {
        return format!("{value:e}");
    }
    let text = format!("{:.2}", value.abs());
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, "00"));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), grouped);
    let decimals = decimals.trim_end_matches('0');
    let point = if decimals.is_empty() { "" } else { "." };
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}{whole}{point}{decimals}")
}

/// A time as people write it, in UTC: `2026-03-02 08:56 UTC`.
pub(crate) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// How long: `15m`, `1h 44m`, `3d 2h`. Below a minute it is seconds.
pub(crate) fn lasted(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, minutes) => format!("{minutes}m"),
        (0, hours, 0) => format!("{hours}h"),
        (0, hours, minutes) => format!("{hours}h {minutes}m"),
        (days, 0, _) => format!("{days}d"),
        (days, hours, _) => format!("{days}d {hours}h"),
    }
}

/// The most frequent first; of equals by the alphabet.
pub(crate) fn ranked(counts: &BTreeMap<String, u64>) -> Vec<(&str, u64)> {
    let mut ranked: Vec<(&str, u64)> = counts.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    ranked.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(other.0)));
    ranked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_exact_enough() {
        let figures = [0.0, 91.0, 1_043.0, 0.126, 73.5, -2.0, 1e300, f64::NAN].map(figure);
        assert_eq!(figures, ["0", "91", "1,043", "0.13", "73.5", "-2", "1e300", "NaN"]);
    }

    fn compared(value: f64, unit: Unit, bound: f64) -> String {
        number(&Number::new("it", value, unit).against(bound))
    }

    #[test]
    fn a_number_at_its_bound_does_not_read_as_all_clear() {
        let shown = [
            compared(3.0, Unit::Count, 3.0),
            compared(900.0, Unit::Seconds, 900.0),
            compared(75.001, Unit::Percent, 75.0),
            compared(f64::NAN, Unit::Count, 3.0),
        ];
        let bounds = ["it 3, the bound is 3", "it 15m, the bound is 15m", "it 75%, the bound is 75%"];
        assert_eq!(shown[..3], bounds);
        assert_eq!(shown[3], "it NaN, the bound is 3");
        assert_eq!(compared(91.0, Unit::Percent, 75.0), "it 91% > 75%");
        assert_eq!(compared(0.2, Unit::PerMinute, 1.0), "it 0.2/min < 1/min");
    }

    #[test]
    fn a_number_of_seconds_reads_as_a_time() {
        let shown = [0.0, 0.25, 59.9, 60.0, 90.0, 90.4, 900.0, 6_180.0, 266_400.0, -90.0, 1e300]
            .map(|seconds| quantity(seconds, Unit::Seconds));
        let expected =
            ["0s", "0.25s", "59.9s", "1m", "1m 30s", "1m 30s", "15m", "1h 43m", "3d 2h", "-90s", "1e300s"];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_duration_has_two_parts_at_most() {
        let lasted = [-5, 42, 900, 3_600, 6_240, 86_400, 266_400].map(SignedDuration::from_secs).map(lasted);
        assert_eq!(lasted, ["0s", "42s", "15m", "1h", "1h 44m", "1d", "3d 2h"]);
    }
}
