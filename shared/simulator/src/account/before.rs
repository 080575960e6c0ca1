//! Who worked before the run: a fleet that followed its load, so that CloudWatch has something to show of it.

use std::ops::RangeInclusive;

use tidegate_policy::observation::Minute;

use crate::random::Draws;

/// The share of capacity that it was used to.
const USED: f64 = 0.7;
/// It was there so many minutes before the load, and stayed as long after it.
const AROUND: usize = 30;

/// An account begins as it stood for so many minutes.
const STOOD: i64 = 60;

/// The minutes before a run: what was asked for in each, and who was there.
pub(super) struct Before<'a> {
    load: &'a [f64],
    /// The first minute of the run.
    until: Minute,
}

/// One minute of a fleet.
pub(super) struct Past<'a> {
    pub(super) minute: Minute,
    /// What was asked for, in unit capacities.
    pub(super) load: f64,
    /// The names of those who shared it, in the order in which they came.
    pub(super) units: &'a [String],
}

impl<'a> Before<'a> {
    pub(super) fn new(load: &'a [f64], until: Minute) -> Self {
        Self { load, until }
    }

    /// Every minute with so many units as the load around it asked for. Those who were there all along have these names, and stay; whoever
    /// comes has a name of its own, `{prefix}past7`, as everybody that AWS makes.
    pub(super) fn each(
        &self,
        stay: Vec<String>,
        bounds: RangeInclusive<usize>,
        prefix: &str,
        mut of: impl FnMut(Past<'_>),
    ) {
        let mut units = stay;
        let least = units.len().max(*bounds.start());
        let mut made = 0;
        let first = self.until.0 - i64::try_from(self.load.len()).unwrap_or(0);
        for (minute, (place, load)) in (first..).zip(self.load.iter().enumerate()) {
            // The run begins with those who stay, and has stood so for a while.
            let over = minute >= self.until.0 - STOOD;
            let count = if over { least } else { self.needed(place).clamp(least, least.max(*bounds.end())) };
            units.truncate(count);
            while units.len() < count {
                made += 1;
                units.push(format!("{prefix}past{made}"));
            }
            of(Past { minute: Minute(minute), load: *load, units: &units });
        }
    }

    fn needed(&self, place: usize) -> usize {
        let around = &self.load[place.saturating_sub(AROUND)..self.load.len().min(place + AROUND)];
        let most = around.iter().copied().fold(0.0, f64::max);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and a cast saturates"
        )]
        let needed = (most / USED).ceil() as usize;
        needed
    }
}

/// CPU as it is measured of one who has this share of its capacity to do, in percent.
pub(super) fn cpu(share: f64, idle: f64, draws: &mut Draws) -> f64 {
    (100.0 * share + draws.between(-1.5, 1.5)).clamp(idle, 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fleet_is_there_before_its_load_and_whoever_comes_back_has_another_name() {
        let load: Vec<f64> = (0..400).map(|minute| if minute / 100 % 2 == 1 { 2.0 } else { 0.2 }).collect();
        let mut seen = Vec::new();
        let names = vec!["primary".to_owned()];
        Before::new(&load, Minute(1_000)).each(names, 1..=8, "tg-", |past| {
            seen.push((past.minute.0, past.units.join(" ")));
        });
        assert_eq!(seen.len(), 400);
        let at = |minute: usize| (seen[minute].0, seen[minute].1.as_str());
        assert_eq!(at(0), (600, "primary"));
        assert_eq!(at(100), (700, "primary tg-past1 tg-past2"));
        assert_eq!((at(71).1, at(70).1), ("primary tg-past1 tg-past2", "primary"));
        assert_eq!(at(230).1, "primary");
        assert_eq!((at(339).1, at(340)), ("primary tg-past3 tg-past4", (940, "primary")));
    }

    #[test]
    fn it_keeps_its_bounds() {
        for (load, expected) in [(50.0, 4), (0.0, 2)] {
            let mut units = Vec::new();
            Before::new(&[load; 70], Minute(70))
                .each(Vec::new(), 2..=4, "", |past| units.push(past.units.len()));
            assert_eq!((units[0], units[9], units[10], units[69]), (expected, expected, 2, 2));
        }
    }
}
