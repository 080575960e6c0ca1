//! Capacity windows: which bounds hold now. Levels, not edges: a missed wake-up is caught up at the next, and an ended window restores by itself.

use jiff::Timestamp;

use crate::number::Number;
use crate::policy::{CapacityWindow, Scaling};
use crate::reason::{Explanation, Reason};
use crate::units::{Count, friendly};

/// The bounds of a moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) min: Count,
    pub(crate) max: Count,
    /// The open window that set `min`, where one did.
    pub(crate) min_by: Option<String>,
    /// The open window that set `max`, or the min that outranks it, where one did.
    pub(crate) max_by: Option<String>,
}

impl Bounds {
    /// A min outranks a max, and then it is what sets both.
    pub(crate) fn raise_max_to_min(&mut self) {
        if self.min > self.max {
            self.max = self.min;
            self.max_by.clone_from(&self.min_by);
        }
    }

    /// Why there must be more than `current`.
    pub(crate) fn below_minimum(&self, current: Count) -> Explanation {
        let by = self.min_by.as_deref().unwrap_or("the policy");
        let detail = format!("{current} is below the minimum of {} set by {by}", self.min);
        Explanation::new(Reason::ScaleOutMinimum, detail).with(Number::count("minimum", self.min))
    }
}

/// The bounds at `now`. Of overlapping windows the largest min and the largest max win; the target's own bounds hold all along,
/// and a min outranks a max: too much capacity costs money, too little costs an outage.
pub(crate) fn bounds_at(scaling: &Scaling, now: Timestamp) -> Bounds {
    let mut bounds = Bounds { min: scaling.min, max: scaling.max, min_by: None, max_by: None };
    let mut widest: Option<(Count, &CapacityWindow)> = None;
    for window in &scaling.windows {
        let held = held_since(window, now);
        let risen = window.min.zip(held).map(|(min, since)| risen(window, scaling.min, min, since, now));
        let is_open = opened_at(window, now).is_some();
        if let Some(min) = risen.filter(|min| *min > bounds.min) {
            bounds.min = min;
            let ahead = if is_open { String::new() } else { format!(", {} ahead", friendly(window.lead)) };
            bounds.min_by = Some(format!("{}{ahead}", window.text));
        }
        if let Some(max) =
            window.max.filter(|_| is_open).filter(|max| widest.is_none_or(|(widest, _)| *max > widest))
        {
            widest = Some((max, window));
        }
    }
    if let Some((max, window)) = widest.filter(|(max, _)| *max < scaling.max) {
        bounds.max = max;
        bounds.max_by = Some(window.text.clone());
        bounds.raise_max_to_min();
    }
    bounds
}

/// Since when the minimum of a window holds: from as long before it opens as its capacity needs to come, until it closes.
fn held_since(window: &CapacityWindow, now: Timestamp) -> Option<Timestamp> {
    let opened = opened_at(window, now).or_else(|| {
        // Also one that is shorter than its lead.
        opens_within(window, now, now.checked_add(window.lead).ok()?)
    });
    opened.and_then(|opened| opened.checked_sub(window.lead).ok())
}

/// The first opening after `now` and not after `until`, which is within a day of it.
fn opens_within(window: &CapacityWindow, now: Timestamp, until: Timestamp) -> Option<Timestamp> {
    let dates = [now, until].map(|at| at.to_zoned(window.zone.clone()).date());
    let opens = dates.into_iter().filter(|date| window.days.contains(*date)).filter_map(|date| {
        date.to_datetime(window.from).to_zoned(window.zone.clone()).ok().map(|at| at.timestamp())
    });
    opens.filter(|at| *at > now && *at <= until).min()
}

/// When the window that is open now was opened. Both ends are instants of the window's own day, so that a day of 23 or 25 hours opens and closes once:
/// a time that the spring gap skips is taken after the gap, one that autumn repeats is taken at its first occurrence.
fn opened_at(window: &CapacityWindow, now: Timestamp) -> Option<Timestamp> {
    let local = now.to_zoned(window.zone.clone());
    let date = local.date();
    if !window.days.contains(date) {
        return None;
    }
    let instant = |date: jiff::civil::Date, time| {
        date.to_datetime(time).to_zoned(window.zone.clone()).map(|at| at.timestamp())
    };
    let from = instant(date, window.from);
    let to = match window.to {
        Some(to) => instant(date, to),
        None => date.tomorrow().and_then(|tomorrow| instant(tomorrow, jiff::civil::Time::midnight())),
    };
    // Only the very ends of representable time cannot be converted.
    match (from, to) {
        (Ok(from), Ok(to)) if from <= now && now < to => Some(from),
        _ => None,
    }
}

/// A ramp spreads a large step: so much of the way from `below` to `min` is there, and the first task of it at once.
fn risen(window: &CapacityWindow, below: Count, min: Count, since: Timestamp, now: Timestamp) -> Count {
    if window.over.is_zero() || min <= below {
        return min;
    }
    let share = now.duration_since(since).as_secs_f64() / window.over.as_secs_f64();
    let step = f64::from(min.minus(below).0);
    min.min(below.plus(Count::ceil(step * share).max(Count::ONE)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::policy::WindowDays;
    use jiff::civil::Weekday;

    fn window(from: &str, to: Option<&str>, zone: &str) -> CapacityWindow {
        CapacityWindow {
            days: WindowDays::Weekdays { on: vec![Weekday::Sunday], except: Arc::default() },
            from: from.parse().unwrap(),
            to: to.map(|to| to.parse().unwrap()),
            zone: jiff::tz::TimeZone::get(zone).unwrap(),
            min: Some(Count(2)),
            max: None,
            lead: jiff::SignedDuration::ZERO,
            over: jiff::SignedDuration::ZERO,
            text: String::new(),
        }
    }

    fn open_minutes(window: &CapacityWindow, day: &str) -> (usize, String, String) {
        let start: Timestamp = format!("{day}T00:00:00Z").parse().unwrap();
        let minutes = (-600..2_400).map(|minute| start + jiff::SignedDuration::from_mins(minute));
        let open: Vec<Timestamp> = minutes.filter(|at| opened_at(window, *at).is_some()).collect();
        let last = *open.last().unwrap() + jiff::SignedDuration::from_mins(1);
        (open.len(), open[0].to_string(), last.to_string())
    }

    #[test]
    fn a_day_of_23_hours_opens_after_the_gap_and_closes_by_the_local_clock() {
        let madrid = window("02:30", Some("08:00"), "Europe/Madrid");
        assert_eq!(
            open_minutes(&madrid, "2026-03-29"),
            (270, "2026-03-29T01:30:00Z".into(), "2026-03-29T06:00:00Z".into())
        );
    }

    #[test]
    fn a_day_of_25_hours_opens_once_at_the_first_occurrence() {
        let new_york = window("01:30", Some("03:00"), "America/New_York");
        assert_eq!(
            open_minutes(&new_york, "2026-11-01"),
            (150, "2026-11-01T05:30:00Z".into(), "2026-11-01T08:00:00Z".into())
        );
    }

    /// Minutes of a day of UTC at which the minimum of a window of Sundays holds, as first and last.
    fn held(window: &CapacityWindow) -> (String, String, usize) {
        let start: Timestamp = "2026-03-07T00:00:00Z".parse().unwrap();
        let minutes = (0..3 * 1_440).map(|minute| start + jiff::SignedDuration::from_mins(minute));
        let held: Vec<Timestamp> = minutes.filter(|at| held_since(window, *at).is_some()).collect();
        (held[0].to_string(), held[held.len() - 1].to_string(), held.len())
    }

    #[test]
    fn a_minimum_holds_ahead_of_its_window_across_midnight_too_and_a_maximum_does_not() {
        let ahead = |from: &str, to: &str, minutes| {
            let lead = jiff::SignedDuration::from_mins(minutes);
            CapacityWindow { lead, ..window(from, Some(to), "UTC") }
        };
        let plain = held(&ahead("08:00", "10:00", 0));
        assert_eq!(plain, ("2026-03-08T08:00:00Z".into(), "2026-03-08T09:59:00Z".into(), 120));
        let led = held(&ahead("08:00", "10:00", 25));
        assert_eq!(led, ("2026-03-08T07:35:00Z".into(), "2026-03-08T09:59:00Z".into(), 145));
        let midnight = held(&ahead("00:10", "10:00", 25));
        assert_eq!(midnight, ("2026-03-07T23:45:00Z".into(), "2026-03-08T09:59:00Z".into(), 615));
        let short = held(&ahead("08:00", "08:05", 25));
        assert_eq!(short, ("2026-03-08T07:35:00Z".into(), "2026-03-08T08:04:00Z".into(), 30));
    }

    #[test]
    fn midnight_ends_the_day_in_the_windows_own_zone() {
        let madrid = window("20:00", None, "Europe/Madrid");
        assert_eq!(
            open_minutes(&madrid, "2026-07-05"),
            (240, "2026-07-05T18:00:00Z".into(), "2026-07-05T22:00:00Z".into())
        );
    }
}
