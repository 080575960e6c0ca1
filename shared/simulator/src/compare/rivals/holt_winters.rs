//! A predictive HPA: the additive method of Holt and Winters with a season of a day, beside the HPA; the higher recommendation is taken.
//!
//! As the Predictive Horizontal Pod Autoscaler has it: seasons of equal length, the forecast looked up as far ahead as a unit takes to serve.
//! Smoothed over five minutes, with level 0.3, trend 0.01 and season 0.3; the first day makes the first season.

use crate::compare::seen::{LEAST, Move, Rule, Seen, mean, whole_units};

use super::hpa::Hpa;

/// Minutes of a bucket.
const BUCKET: usize = 5;
const SEASON: usize = 24 * 60 / BUCKET;
const ALPHA: f64 = 0.3;
const BETA: f64 = 0.01;
const GAMMA: f64 = 0.3;
/// Minutes of the HPA's stabilization.
const WINDOW: usize = 5;

pub(super) struct HoltWinters {
    hpa: Hpa,
    target: f64,
    /// Buckets that are forecast.
    ahead: usize,
    /// Buckets that were learned from.
    learned: usize,
    level: f64,
    trend: f64,
    season: Vec<f64>,
}

impl HoltWinters {
    /// Utilisation is kept at `target` over the next `lead` minutes.
    pub(super) fn new(target: f64, lead: usize) -> Self {
        Self {
            hpa: Hpa::new(target, WINDOW),
            target,
            ahead: lead / BUCKET + 1,
            learned: 0,
            level: 0.0,
            trend: 0.0,
            season: Vec::with_capacity(SEASON),
        }
    }

    fn learn(&mut self, work: f64) {
        if self.learned < SEASON {
            self.season.push(work);
            if self.season.len() == SEASON {
                self.level = mean(&self.season);
                for value in &mut self.season {
                    *value -= self.level;
                }
            }
        } else {
            let season = &mut self.season[self.learned % SEASON];
            let before = self.level;
            self.level = ALPHA * (work - *season) + (1.0 - ALPHA) * (before + self.trend);
            self.trend = BETA * (self.level - before) + (1.0 - BETA) * self.trend;
            *season = GAMMA * (work - self.level) + (1.0 - GAMMA) * *season;
        }
        self.learned += 1;
    }

    /// The highest work of the buckets ahead; `None` before a season is known.
    fn forecast(&self) -> Option<f64> {
        if self.learned < SEASON {
            return None;
        }
        let bucket = |ahead: usize| {
            let season = self.season[(self.learned - 1 + ahead) % SEASON];
            self.level + ahead as f64 * self.trend + season
        };
        Some((1..=self.ahead).map(bucket).fold(0.0, f64::max))
    }
}

impl Rule for HoltWinters {
    fn decide(&mut self, seen: &Seen<'_>) -> Move {
        while let Some(bucket) = seen.work.get(self.learned * BUCKET..(self.learned + 1) * BUCKET) {
            self.learn(mean(bucket));
        }
        let ahead = self.forecast().map_or(0, |work| whole_units(work / self.target).clamp(LEAST, seen.most));
        self.hpa.decide_with(ahead, seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::rivals::situations::seen_of_work;

    /// Days of one unit of work, with three from noon to one o'clock.
    fn work(minutes: usize) -> Vec<f64> {
        (0..minutes).map(|minute| if minute % 1440 / 60 == 12 { 3.0 } else { 1.0 }).collect()
    }

    fn decide(minutes: usize, serving: u32, lead: usize) -> Move {
        HoltWinters::new(0.6, lead).decide(&seen_of_work(work(minutes), serving).seen())
    }

    const DAY: usize = 1440;
    const NOON: usize = 12 * 60;

    #[test]
    fn named_situations() {
        // Two units do 1.0 at 50%, which is below 60% of two; five are wanted at noon.
        let cases = [
            ("before a day is known it is the HPA", decide(NOON - 5, 2, 20), Move::Stay),
            ("a lead before noon of the second day", decide(DAY + NOON - 20, 2, 20), Move::Add(3)),
            ("long before noon", decide(DAY + NOON - 60, 2, 20), Move::Stay),
            ("with a shorter lead not yet", decide(DAY + NOON - 20, 2, 5), Move::Stay),
            ("in the afternoon the morning's units go", decide(DAY + NOON + 120, 5, 20), Move::Remove(3)),
        ];
        for (what, found, expected) in cases {
            assert_eq!(found, expected, "{what}");
        }
    }

    #[test]
    fn a_level_that_stays_is_followed_within_hours() {
        for (minutes, low, high) in [(0, 0.9, 1.1), (10, 1.3, 1.7), (180, 1.9, 2.1)] {
            let mut work = vec![1.0; DAY];
            work.extend(vec![2.0; minutes]);
            let mut rule = HoltWinters::new(0.6, 20);
            rule.decide(&seen_of_work(work, 4).seen());
            let forecast = rule.forecast().unwrap();
            assert!((low..high).contains(&forecast), "{minutes} minutes: {forecast}");
        }
    }
}
