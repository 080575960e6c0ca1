//! The work of each minute of the last 15 days: exact sums, so that a mean has the same bits whether the process was warm or was restored.

use std::sync::Arc;

use super::thresholds::{STEPS, Thresholds};

/// Minutes of a day.
pub const DAY: i64 = 1440;
/// Days that are kept, today's among them: a day item each.
pub const DAYS: i64 = 15;
/// Minutes for which the last known one stands in.
const CARRIED: u32 = 15;
const RING: usize = 21_600;

/// Work by absolute minute (minutes since the Unix epoch). The oldest of 15 calendar days goes at midnight UTC.
#[derive(Clone, Debug)]
pub(super) struct Minutes {
    thresholds: Arc<Thresholds>,
    first: i64,
    end: i64,
    log: Vec<i16>,
    known: Vec<bool>,
    need: Vec<u8>,
    /// Sum of all fixed-point logarithms before the minute: only differences mean something.
    before: Vec<i64>,
    total: i64,
    /// Unknown minutes at the end.
    unknown: u32,
    count: usize,
}

fn slot(minute: i64) -> usize {
    usize::try_from(minute.rem_euclid(DAY * DAYS)).unwrap_or(0)
}

/// One minute as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) steps: i16,
    pub(super) known: bool,
}

impl Minutes {
    pub(super) fn empty(thresholds: Arc<Thresholds>) -> Minutes {
        Minutes {
            thresholds,
            first: 0,
            end: 0,
            log: vec![0; RING],
            known: vec![false; RING],
            need: vec![1; RING],
            before: vec![0; RING],
            total: 0,
            unknown: 0,
            count: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first == self.end
    }

    /// The first minute that is kept.
    pub(super) fn first(&self) -> i64 {
        self.first
    }

    /// The minute after the last.
    pub(super) fn end(&self) -> i64 {
        self.end
    }

    /// Minutes that are kept, known or filled.
    pub(super) fn length(&self) -> i64 {
        self.end - self.first
    }

    /// Minutes that are known.
    pub(super) fn count_known(&self) -> usize {
        self.count
    }

    /// Unknown minutes since the last known one.
    pub(super) fn unknown_at_the_end(&self) -> u32 {
        self.unknown
    }

    pub(super) fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    /// Begins at this minute, with nothing.
    pub(super) fn begin(&mut self, minute: i64) {
        (self.first, self.end, self.total, self.unknown, self.count) = (minute, minute, 0, 0, 0);
    }

    /// What stands for the next minute: what is known of it, else the last for 15 minutes, then the same minute of the day before.
    pub(super) fn stand_in(&self, known: Option<i16>) -> Kept {
        if let Some(steps) = known {
            return Kept { steps, known: true };
        }
        let yesterday = self.end - DAY;
        let carried = if self.unknown >= CARRIED && yesterday >= self.first && self.known[slot(yesterday)] {
            yesterday
        } else {
            self.end - 1
        };
        Kept { steps: self.log[slot(carried)], known: false }
    }

    /// Appends one minute. At midnight the oldest day goes.
    pub(super) fn append(&mut self, kept: Kept) {
        let day_of = |minute: i64| minute.div_euclid(DAY);
        let oldest = (day_of(self.end) - DAYS + 1) * DAY;
        while self.first < oldest && self.first < self.end {
            self.count -= usize::from(self.known[slot(self.first)]);
            self.first += 1;
        }
        let place = slot(self.end);
        self.log[place] = kept.steps;
        self.known[place] = kept.known;
        self.need[place] = self.thresholds.need(kept.steps);
        self.before[place] = self.total;
        self.total += i64::from(kept.steps);
        self.unknown = if kept.known { 0 } else { self.unknown.saturating_add(1) };
        self.count += usize::from(kept.known);
        self.end += 1;
    }

    fn sum_before(&self, minute: i64) -> i64 {
        if minute >= self.end { self.total } else { self.before[slot(minute)] }
    }

    /// Mean of ln work over `from..to`, of what is kept of it; the nearest minute if that is nothing.
    pub(super) fn mean(&self, from: i64, to: i64) -> f64 {
        let (from, to) = (from.max(self.first), to.min(self.end));
        if to <= from {
            return self.log(from.min(self.end - 1));
        }
        (self.sum_before(to) - self.sum_before(from)) as f64 / ((to - from) as f64 * STEPS)
    }

    /// ln of the work of one minute.
    pub(super) fn log(&self, minute: i64) -> f64 {
        f64::from(self.log[slot(minute)]) / STEPS
    }

    /// The level of need of one minute.
    pub(super) fn need(&self, minute: i64) -> usize {
        usize::from(self.need[slot(minute)])
    }

    pub(super) fn kept(&self, minute: i64) -> Kept {
        Kept { steps: self.log[slot(minute)], known: self.known[slot(minute)] }
    }

    /// All of `from..to` was kept and known.
    pub(super) fn all_known(&self, from: i64, to: i64) -> bool {
        from >= self.first && to <= self.end && (from..to).all(|minute| self.known[slot(minute)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::settings::Shape;

    fn minutes() -> Minutes {
        let mut minutes = Minutes::empty(Arc::new(Thresholds::of(Shape::default())));
        minutes.begin(DAY * 20_000);
        minutes
    }

    fn push(minutes: &mut Minutes, work: Option<f64>) {
        let known = work.and_then(|work| minutes.thresholds().admit(work));
        let kept = minutes.stand_in(known);
        minutes.append(kept);
    }

    #[test]
    fn a_mean_is_of_what_is_kept() {
        let mut minutes = minutes();
        for work in [1.0, 2.0, 4.0] {
            push(&mut minutes, Some(work));
        }
        let from = minutes.first();
        let two = 2.0_f64.ln();
        assert!((minutes.mean(from, from + 3) - two).abs() < 1e-3);
        assert!((minutes.mean(from - 50, from + 50) - two).abs() < 1e-3);
        assert!((minutes.mean(from + 9, from + 20) - 2.0 * two).abs() < 1e-3);
    }

    #[test]
    fn the_oldest_day_goes_at_midnight_and_the_means_stay_exact() {
        let mut minutes = minutes();
        let begun = minutes.first();
        for minute in 0..DAY * 16 + 1 {
            push(&mut minutes, Some(if minute % 2 == 0 { 2.0 } else { 3.0 }));
        }
        assert_eq!(minutes.first(), begun + 2 * DAY);
        assert_eq!(minutes.length(), 14 * DAY + 1);
        assert_eq!(minutes.count_known(), usize::try_from(14 * DAY + 1).unwrap());
        let end = minutes.end();
        assert_eq!(minutes.mean(end - 4, end).to_bits(), minutes.mean(end - 4004, end - 4000).to_bits());
    }

    #[test]
    fn a_hole_is_carried_for_a_quarter_of_an_hour_and_then_as_it_was_yesterday() {
        let mut minutes = minutes();
        for minute in 0..DAY {
            push(&mut minutes, Some(if minute < 60 { 5.0 } else { 1.0 }));
        }
        for _ in 0..20 {
            push(&mut minutes, None);
        }
        let at = |ago: i64| (minutes.log(minutes.end() - ago).exp() * 10.0).round() / 10.0;
        assert_eq!((at(20), at(6), at(5), at(1)), (1.0, 1.0, 5.0, 5.0));
        assert_eq!(minutes.unknown_at_the_end(), 20);
        assert!(!minutes.all_known(minutes.end() - 5, minutes.end()));
        assert!(minutes.all_known(minutes.end() - 40, minutes.end() - 20));
    }
}
