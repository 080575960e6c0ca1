//! Predictive scaling as AWS describes it: an hourly forecast from 14 days of history, taken as a minimum, beside target tracking.
//!
//! "Scales out only": a forecast never takes capacity away, which is left to target tracking, and the higher of both holds. Units are launched
//! `SchedulingBufferTime` ahead of their hour. AWS' model is not public. Here an hour is the mean of the same hour of past days, recent
//! ones and those of the same weekday weighing more.

use crate::compare::seen::{Move, Rule, Seen, mean, whole_units};

use super::target_tracking::TargetTracking;

const HOUR: usize = 60;
const DAYS: usize = 14;
/// What a day weighs less than the day after it.
const FADE: f64 = 0.93;
/// What the same weekday weighs more.
const SAME_WEEKDAY: f64 = 3.0;

pub(super) struct AwsPredictive {
    tracking: TargetTracking,
    target: f64,
    /// Minutes ahead of the hour.
    buffer: usize,
    /// The hour whose forecast is in force, from the first of the trace, and its units.
    hour: Option<(usize, u32)>,
}

impl AwsPredictive {
    /// Utilisation is kept at `target`; units are launched `buffer` minutes ahead.
    pub(super) fn new(target: f64, buffer: usize, blocked: bool) -> Self {
        Self { tracking: TargetTracking::new(target, blocked), target, buffer, hour: None }
    }

    fn forecast(&mut self, seen: &Seen<'_>) -> u32 {
        let hour = (seen.minute + self.buffer) / HOUR;
        match self.hour {
            Some((of, units)) if of == hour => units,
            _ => {
                let units = whole_units(past(seen.work, hour) / self.target).min(seen.most);
                self.hour = Some((hour, units));
                units
            }
        }
    }
}

/// The weighted mean of work in this hour of past days; 0 without history.
fn past(work: &[f64], hour: usize) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    let mut fade = 1.0;
    for day in 1..=DAYS {
        fade *= FADE;
        let Some(first) = hour.checked_sub(24 * day).map(|hour| hour * HOUR) else { break };
        let Some(minutes) = work.get(first..first + HOUR) else { continue };
        let weight = if day % 7 == 0 { SAME_WEEKDAY * fade } else { fade };
        sum += weight * mean(minutes);
        weights += weight;
    }
    if weights > 0.0 { sum / weights } else { 0.0 }
}

impl Rule for AwsPredictive {
    fn decide(&mut self, seen: &Seen<'_>) -> Move {
        let (forecast, units) = (self.forecast(seen), seen.units());
        match self.tracking.decide(seen) {
            Move::Add(more) => Move::Add(more.max(forecast.saturating_sub(units))),
            _ if units < forecast => Move::Add(forecast - units),
            Move::Remove(fewer) => match fewer.min(units - forecast) {
                0 => Move::Stay,
                fewer => Move::Remove(fewer),
            },
            Move::Stay => Move::Stay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::rivals::situations::seen_of_work;

    const DAY: usize = 1440;
    const NOON: usize = 12 * 60;

    /// Days of one unit of work, with three from noon to one o'clock.
    fn work(minutes: usize) -> Vec<f64> {
        (0..minutes).map(|minute| if minute % DAY / HOUR == 12 { 3.0 } else { 1.0 }).collect()
    }

    fn decide(minutes: usize, serving: u32, buffer: usize) -> Move {
        AwsPredictive::new(0.6, buffer, true).decide(&seen_of_work(work(minutes), serving).seen())
    }

    #[test]
    fn named_situations() {
        let cases = [
            ("without history it is target tracking", decide(NOON - 5, 2, 20), Move::Stay),
            ("twenty minutes ahead of noon", decide(2 * DAY + NOON - 20, 2, 20), Move::Add(3)),
            ("with a buffer of five not yet", decide(2 * DAY + NOON - 20, 2, 5), Move::Stay),
            ("five minutes ahead of noon", decide(2 * DAY + NOON - 5, 2, 5), Move::Add(3)),
            ("idle, but the forecast is a minimum", decide(2 * DAY + NOON - 20, 7, 20), Move::Remove(2)),
            ("idle, and the forecast is low", decide(2 * DAY + NOON - 60, 7, 20), Move::Remove(5)),
        ];
        for (what, found, expected) in cases {
            assert_eq!(found, expected, "{what}");
        }
    }

    #[test]
    fn the_higher_of_the_forecast_and_of_tracking_holds() {
        for (busy, expected) in [(1.0, Move::Add(3)), (2.0, Move::Add(3)), (4.0, Move::Add(5))] {
            let mut load = work(2 * DAY + NOON - 20);
            let last = load.len() - 15;
            load[last..].fill(busy);
            // Two units at 2.0 are saturated, and ask for 4; of 4.0 tracking asks for 7.
            let serving = 2;
            let moved = AwsPredictive::new(0.6, 20, true).decide(&seen_of_work(load, serving).seen());
            assert_eq!(moved, expected, "{busy}");
        }
    }

    #[test]
    fn the_same_weekday_weighs_more() {
        let mut week = vec![1.0; 8 * DAY];
        week[..DAY].fill(4.0);
        // Six days of 1, and the seventh, three times as heavy, of 4.
        let weights: Vec<f64> = (1..=7).map(|day| FADE.powi(day)).collect();
        let others: f64 = weights[..6].iter().sum();
        let expected = (others + 3.0 * weights[6] * 4.0) / (others + 3.0 * weights[6]);
        assert!((past(&week[..7 * DAY], 7 * 24 + 3) - expected).abs() < 1e-9);
    }
}
