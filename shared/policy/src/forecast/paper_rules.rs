//! The rules on paper: what the policy's rules on CPU would have done with the same work on a fleet of their own.

use std::collections::VecDeque;

use super::codec::{Reader, SnapshotError, Writer};
use super::fleet::LifeTimes;
use super::paper::Paper;

/// Minutes that rules on paper look back on at most.
const LOOKBACK: usize = 60;
/// The recent past whose mean is projected onto fewer.
const PROJECTED: usize = 10;
/// Target tracking: minutes above before it adds, minutes clearly below before it removes, and what is clearly below.
const TRACKED: (usize, usize, f64) = (3, 15, 0.9);
/// Removals at a time.
const LEAVING_AT_MOST: usize = 2;

/// The rules on CPU, in shares of capacity and minutes.
#[derive(Clone, Debug, PartialEq)]
pub struct PaperRules {
    /// More, by so many, after so many minutes above.
    pub out: Vec<Threshold>,
    /// One fewer after so many minutes below all of these.
    pub in_: Vec<Threshold>,
    /// The level that target tracking keeps.
    pub track: Vec<f64>,
    /// Minutes after an addition served before the next.
    pub cooldown_out: i64,
    /// Minutes after an action before a removal.
    pub cooldown_in: i64,
    /// Minutes for which a removal must have been right.
    pub stabilization_in: u32,
    /// What must remain below every level of the way out.
    pub margin: f64,
}

/// One threshold rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// Share of capacity.
    pub level: f64,
    /// Minutes.
    pub minutes: u32,
    /// Units, on the way out.
    pub step: u32,
}

/// A fleet on paper under rules.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ruled {
    pub(super) paper: Paper,
    /// Work and capacity of the newest minutes, in units.
    minutes: VecDeque<(f32, f32)>,
    /// When it last acted, and by how much it last added.
    acted_at: i64,
    served_at: i64,
    added: u32,
}

impl Ruled {
    pub(super) fn of(serving: u32) -> Ruled {
        Ruled { paper: Paper::of(serving), ..Ruled::default() }
    }

    /// Lets a minute pass whose work is known.
    pub(super) fn see(&mut self, work: f64, capacity: u32, minute: i64) {
        #[expect(clippy::cast_possible_truncation, reason = "kept in f32")]
        self.minutes.push_back((work as f32, f64::from(capacity.max(1)) as f32));
        if self.minutes.len() > LOOKBACK {
            self.minutes.pop_front();
        }
        if self.paper.is_growing() {
            self.served_at = minute;
        }
    }

    /// The use of the newest `minutes`, as CloudWatch would have shown it: never more than all. `None` where fewer are known.
    fn newest(&self, minutes: usize) -> Option<impl Iterator<Item = f64> + '_> {
        let minutes = minutes.clamp(1, LOOKBACK);
        let from = self.minutes.len().checked_sub(minutes)?;
        Some(self.minutes.range(from..).map(|(work, capacity)| f64::from(work / capacity).min(1.0)))
    }

    /// Work of the newest minutes as far as it was served.
    fn mean_work(&self, minutes: usize) -> f64 {
        let from = self.minutes.len().saturating_sub(minutes);
        let served = self.minutes.range(from..).map(|(work, capacity)| f64::from(work.min(*capacity)));
        served.sum::<f64>() / (self.minutes.len() - from).max(1) as f64
    }

    /// What the rules do now.
    pub(super) fn decide(&mut self, rules: &PaperRules, bounds: (u32, u32), minute: i64, times: &LifeTimes) {
        let above = |rule: &&Threshold| {
            self.newest(rule.minutes as usize).is_some_and(|mut cpu| cpu.all(|cpu| cpu > rule.level))
        };
        let ordered = self.paper.ordered();
        let cooling = self.paper.is_growing() || minute - self.served_at < rules.cooldown_out;
        let step = rules.out.iter().filter(above).map(|rule| rule.step).max();
        let tracked = rules.track.iter().filter_map(|level| {
            let out = self.newest(TRACKED.0)?.all(|cpu| cpu > *level);
            out.then(|| ceil(self.mean_work(TRACKED.0) / level))
        });
        let wanted = match step {
            Some(step) if cooling => ordered.saturating_add(step.saturating_sub(self.added)),
            Some(step) => ordered.saturating_add(step),
            None => 0,
        };
        let wanted = tracked.fold(wanted, u32::max).max(bounds.0).min(bounds.1);
        if wanted > ordered {
            // Of a step on top of another the whole counts.
            self.added = if cooling { step.unwrap_or(0).max(self.added) } else { wanted - ordered };
            self.acted_at = minute;
            self.served_at = minute;
            self.paper.order(wanted - ordered, minute, times);
        } else if step.is_none() && !self.paper.is_growing() && self.paper.leaving() < LEAVING_AT_MOST {
            let fewer = self.fewer(rules).max(bounds.0);
            if fewer < self.paper.serving && minute - self.acted_at.max(self.served_at) >= rules.cooldown_in {
                self.acted_at = minute;
                self.paper.remove(self.paper.serving - fewer, minute, times);
            }
        }
    }

    /// How many the rules on the way in would leave.
    fn fewer(&self, rules: &PaperRules) -> u32 {
        let serving = self.paper.serving;
        if rules.in_.is_empty() && rules.track.is_empty() {
            return serving;
        }
        let below = |rule: &Threshold| {
            let minutes = rule.minutes.saturating_add(rules.stabilization_in) as usize;
            self.newest(minutes).is_some_and(|mut cpu| cpu.all(|cpu| cpu < rule.level))
        };
        let tracked = |level: &f64| {
            self.newest(TRACKED.1).is_some_and(|mut cpu| cpu.all(|cpu| cpu < TRACKED.2 * level))
        };
        let remaining = f64::from(serving.saturating_sub(1));
        let limit = rules.out.iter().map(|rule| rule.level).fold(1.0, f64::min) * (1.0 - rules.margin);
        let carries = remaining > 0.0 && self.mean_work(PROJECTED) / remaining < limit;
        let agree = rules.in_.iter().all(below) && rules.track.iter().all(tracked);
        if agree && carries { serving - 1 } else { serving }
    }

    pub(super) fn encode(&self, to: &mut Writer) {
        self.paper.encode(to);
        to.u8(u8::try_from(self.minutes.len()).unwrap_or(u8::MAX));
        for (work, capacity) in &self.minutes {
            to.f32(*work);
            to.f32(*capacity);
        }
        to.i64(self.acted_at);
        to.i64(self.served_at);
        to.u32(self.added);
    }

    pub(super) fn decode(from: &mut Reader<'_>) -> Result<Ruled, SnapshotError> {
        let paper = Paper::decode(from)?;
        let count = usize::from(from.u8()?);
        if count > LOOKBACK {
            return Err(SnapshotError::Impossible("look-back of rules"));
        }
        let mut minutes = VecDeque::with_capacity(LOOKBACK + 1);
        for _ in 0..count {
            minutes.push_back((from.f32("work on paper")?, from.f32("capacity on paper")?));
        }
        Ok(Ruled { paper, minutes, acted_at: from.i64()?, served_at: from.i64()?, added: from.u32()? })
    }
}

fn ceil(units: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
    let units = (units - 1e-9).ceil().max(0.0) as u32;
    units
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::delays::Delay;

    const TIMES: LifeTimes =
        LifeTimes { half_share: Delay { median: 10.0, sigma: 0.2 }, billed_before: 5.0, billed_after: 5.0 };

    fn rules() -> PaperRules {
        PaperRules {
            out: vec![
                Threshold { level: 0.75, minutes: 2, step: 1 },
                Threshold { level: 0.9, minutes: 2, step: 2 },
            ],
            in_: vec![Threshold { level: 0.5, minutes: 10, step: 1 }],
            track: Vec::new(),
            cooldown_out: 5,
            cooldown_in: 5,
            stabilization_in: 0,
            margin: 0.05,
        }
    }

    /// Lives through minutes of this work; how many are ordered after each.
    fn lives(ruled: &mut Ruled, rules: &PaperRules, from: i64, work: &[f64]) -> Vec<u32> {
        let minutes = (from..).zip(work);
        let after = minutes.map(|(minute, work)| {
            let passed = ruled.paper.pass(minute);
            ruled.see(*work, passed.serving, minute);
            ruled.decide(rules, (1, 8), minute, &TIMES);
            ruled.paper.ordered()
        });
        after.collect()
    }

    #[test]
    fn a_rule_orders_once_and_a_larger_one_on_top() {
        let mut ruled = Ruled::of(2);
        // 80% of two for two minutes: one more; then 95%: a step of two asks for one more than is coming.
        assert_eq!(lives(&mut ruled, &rules(), 100, &[1.6, 1.6, 1.6, 1.9, 1.9, 1.9]), [2, 3, 3, 3, 4, 4]);
    }

    #[test]
    fn fewer_go_only_where_the_rest_carries_the_load() {
        let mut ruled = Ruled::of(2);
        assert_eq!(lives(&mut ruled, &rules(), 100, &[0.9; 12]).last(), Some(&2), "90% of one is too much");
        let mut ruled = Ruled::of(2);
        assert_eq!(lives(&mut ruled, &rules(), 100, &[0.4; 9]).last(), Some(&2), "ten minutes are asked for");
        assert_eq!(lives(&mut ruled, &rules(), 109, &[0.4; 2]).last(), Some(&1));
    }

    #[test]
    fn tracking_asks_for_as_many_as_the_work_needs() {
        let tracking = PaperRules { out: Vec::new(), in_: Vec::new(), track: vec![0.6], ..rules() };
        let mut ruled = Ruled::of(2);
        assert_eq!(lives(&mut ruled, &tracking, 100, &[1.9, 1.9, 1.9]).last(), Some(&4));
    }
}
