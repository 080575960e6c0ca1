//! The plant that rivals run on: units that take their time to come and to go, minute by minute, in integer milliseconds.

use crate::account::OBJECTIVE;
use crate::random::Key;
use crate::split::{Split, Standing, cause};

use super::life_cycle::{FULL, LifeCycle, minutes};
use super::seen::{LEAST, Move};

const MINUTE: i64 = 60_000;
/// Pools that live longer are taken for pools of an hour and four minutes.
const LONGEST_POOL: usize = 64;
/// An action this soon after the last one is a reversal if that went the other way.
const REVERSAL_WITHIN: i64 = 60 * MINUTE;

/// Actions, and those of them that undo the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Actions {
    pub(super) all: u64,
    pub(super) reversals: u64,
    last: Option<(Way, i64)>,
}

/// Towards more units, or fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Out,
    In,
}

impl Actions {
    /// Counts anew; the last action stays the last one.
    pub(super) fn restart(&mut self) {
        *self = Actions { last: self.last, ..Actions::default() };
    }

    /// One action, at this millisecond.
    pub(super) fn count(&mut self, way: Way, now: i64) {
        let undone = self.last.is_some_and(|(last, at)| last != way && now - at <= REVERSAL_WITHIN);
        self.reversals += u64::from(undone);
        self.all += 1;
        self.last = Some((way, now));
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Until then it is created; then it catches up until `joined`.
    Coming { available: i64 },
    /// It has had a weight since then, and is at the end of the ladder or not.
    Joined { since: i64, full: bool },
    /// It leaves since then; before, it had joined then.
    Leaving { since: i64, joined: i64 },
}

#[derive(Clone, Debug)]
struct Unit {
    phase: Phase,
    /// Its weights of the pools' last lifetime, at minute modulo lifetime, and their sum.
    weights: [u8; LONGEST_POOL],
    sum: u32,
}

/// What is counted of the minutes that are scored.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tally {
    pub(super) unit_minutes: u64,
    pub(super) violations: u64,
    pub(super) severe: u64,
    pub(super) split: Split,
    pub(super) actions: Actions,
}

/// The plant. Every minute is published as it ends.
pub(super) struct Plant<'a> {
    cycle: &'a LifeCycle,
    creations: Key,
    created: u64,
    /// The pools' lifetime in minutes; 0 where a weight moves load at once.
    pool: usize,
    units: Vec<Unit>,
    minute: usize,
    backlog: f64,
    /// Additions wait for those that were under way when the last minute ended.
    adding: bool,
    pub(super) utilisation: Vec<f64>,
    pub(super) work: Vec<f64>,
    pub(super) tally: Tally,
}

impl<'a> Plant<'a> {
    /// A plant with so many units, warm for long. The nth creation takes the same time whoever asks for it.
    pub(super) fn new(cycle: &'a LifeCycle, units: u32, creations: Key) -> Self {
        let pool = usize::try_from(minutes_of(millis(cycle.pool))).unwrap_or(0).min(LONGEST_POOL);
        let full = u8::try_from(FULL).unwrap_or(u8::MAX);
        let unit = |nth: u32| Unit {
            // The first in this order leaves first.
            phase: Phase::Joined { since: i64::from(nth) - MINUTE * 1_000, full: true },
            weights: [full; LONGEST_POOL],
            sum: FULL * u32::try_from(pool).unwrap_or(0),
        };
        Self {
            cycle,
            creations,
            created: 0,
            pool,
            units: (0..units).map(unit).collect(),
            minute: 0,
            backlog: 0.0,
            adding: false,
            utilisation: Vec::new(),
            work: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// What was counted until now is not scored; the last action stays the last one.
    pub(super) fn forget_tally(&mut self) {
        let mut actions = self.tally.actions;
        actions.restart();
        self.tally = Tally { actions, ..Tally::default() };
    }

    /// Units at their full weight.
    pub(super) fn serving(&self) -> u32 {
        self.count(|phase| matches!(phase, Phase::Joined { full: true, .. }))
    }

    /// Units that are being created, catch up or climb.
    pub(super) fn coming(&self) -> u32 {
        self.count(|phase| matches!(phase, Phase::Coming { .. } | Phase::Joined { full: false, .. }))
    }

    fn leaving(&self) -> u32 {
        self.count(|phase| matches!(phase, Phase::Leaving { .. }))
    }

    fn count(&self, is: impl Fn(&Phase) -> bool) -> u32 {
        u32::try_from(self.units.iter().filter(|unit| is(&unit.phase)).count()).unwrap_or(u32::MAX)
    }

    fn now(&self) -> i64 {
        i64::try_from(self.minute).unwrap_or(i64::MAX / MINUTE) * MINUTE
    }

    /// Lets a minute of this demand pass.
    pub(super) fn pass(&mut self, demand: f64) {
        let now = self.now();
        self.settle(now);
        let capacity = self.capacity(now).max(1e-3);
        self.adding = self.coming() > 0;
        let load = demand + self.backlog;
        let done = load.min(capacity);
        // What waits for more than a minute times out.
        self.backlog = (load - done).min(capacity);
        self.work.push(done);
        self.utilisation.push(done / capacity);
        self.tally.unit_minutes += self.units.len() as u64;
        if demand > OBJECTIVE * capacity + 1e-9 {
            self.tally.violations += 1;
            self.tally.severe += u64::from(demand > capacity);
            self.tally.split.count(cause(demand, &self.standing(now)));
        }
        self.minute += 1;
    }

    /// Does what a rival wants, as far as bounds and life cycle allow it.
    pub(super) fn act(&mut self, wanted: Move) {
        match wanted {
            Move::Stay | Move::Add(0) | Move::Remove(0) => {}
            Move::Add(units) => self.add(units),
            Move::Remove(units) => self.remove(units),
        }
    }

    fn settle(&mut self, now: i64) {
        let (join, drain) = (millis(self.cycle.join), millis(self.cycle.drain));
        let ladder = millis(self.cycle.climb()) - join;
        self.units.retain(|unit| !matches!(unit.phase, Phase::Leaving { since, .. } if now - since >= drain));
        for unit in &mut self.units {
            match &mut unit.phase {
                Phase::Coming { available } if now >= *available + join => {
                    unit.phase = Phase::Joined { since: now, full: ladder == 0 };
                }
                Phase::Joined { since, full } if now - *since >= ladder => *full = true,
                Phase::Coming { .. } | Phase::Joined { .. } | Phase::Leaving { .. } => {}
            }
        }
    }

    fn capacity(&mut self, now: i64) -> f64 {
        let place = self.minute % self.pool.max(1);
        let mut weights = 0;
        for unit in &mut self.units {
            let weight = weight(self.cycle, unit.phase, now);
            if self.pool == 0 {
                weights += weight;
                continue;
            }
            unit.sum -= u32::from(unit.weights[place]);
            unit.weights[place] = u8::try_from(weight).unwrap_or(u8::MAX);
            unit.sum += u32::from(unit.weights[place]);
            weights += unit.sum;
        }
        f64::from(weights) / (f64::from(FULL) * self.pool.max(1) as f64)
    }

    fn standing(&self, now: i64) -> Standing {
        let creating = self.count(|phase| matches!(phase, Phase::Coming { available } if now < *available));
        let coming = self.coming();
        Standing {
            most: self.cycle.most,
            up: self.serving() + coming - creating,
            ramping: coming - creating,
            creating,
            draining: self.leaving(),
            faulty: false,
        }
    }

    fn add(&mut self, units: u32) {
        if self.cycle.one_at_a_time && self.adding {
            return;
        }
        let back = self.take_back(units);
        let mut asked = 0;
        if !(self.cycle.one_at_a_time && self.leaving() > 0) {
            let draining = if self.cycle.draining_counts { self.leaving() } else { 0 };
            let room = self.cycle.most.saturating_sub(self.serving() + self.coming() + draining);
            asked = (units - back).min(room);
            for _ in 0..asked {
                self.create();
            }
        }
        if back + asked > 0 {
            self.tally.actions.count(Way::Out, self.now());
        }
    }

    /// Those whose removal can still be taken back, the newest first.
    fn take_back(&mut self, units: u32) -> u32 {
        let Some(before) = self.cycle.taken_back_before else { return 0 };
        let (now, until) = (self.now(), millis(self.cycle.drain) - millis(before));
        let mut back = 0;
        while back < units {
            let newest = self
                .units
                .iter_mut()
                .filter_map(|unit| match unit.phase {
                    Phase::Leaving { since, joined } if now - since < until => Some((since, joined, unit)),
                    _ => None,
                })
                .max_by_key(|(since, _, _)| *since);
            let Some((_, joined, unit)) = newest else { break };
            unit.phase = Phase::Joined { since: joined, full: true };
            back += 1;
        }
        back
    }

    fn create(&mut self) {
        let median = minutes(self.cycle.creation);
        let took = self.creations.member(self.created).lognormal(median, self.cycle.sigma);
        self.created += 1;
        #[expect(clippy::cast_possible_truncation, reason = "at most three times the median")]
        let took = (took * MINUTE as f64).round() as i64;
        let phase = Phase::Coming { available: self.now() + took };
        self.units.push(Unit { phase, weights: [0; LONGEST_POOL], sum: 0 });
    }

    fn remove(&mut self, units: u32) {
        let mut units = units.min(self.serving().saturating_sub(LEAST));
        if self.cycle.one_at_a_time {
            if self.coming() + self.leaving() > 0 {
                return;
            }
            units = units.min(1);
        }
        if let Some(most) = self.cycle.leaving_at_most {
            let room = if self.coming() > 0 { 0 } else { most.saturating_sub(self.leaving()) };
            units = units.min(room);
        }
        let now = self.now();
        for _ in 0..units {
            let oldest = self.units.iter_mut().filter_map(|unit| match unit.phase {
                Phase::Joined { since, full: true } => Some((since, unit)),
                _ => None,
            });
            if let Some((joined, unit)) = oldest.min_by_key(|(since, _)| *since) {
                unit.phase = Phase::Leaving { since: now, joined };
            }
        }
        if units > 0 {
            self.tally.actions.count(Way::In, now);
        }
    }
}

/// The weight that the unit's record has.
fn weight(cycle: &LifeCycle, phase: Phase, now: i64) -> u32 {
    match phase {
        Phase::Coming { .. } | Phase::Leaving { .. } => 0,
        Phase::Joined { full: true, .. } => FULL,
        Phase::Joined { since, full: false } => {
            let dwell = millis(cycle.dwell);
            let step = if dwell > 0 { (now - since) / dwell } else { i64::MAX };
            let step = usize::try_from(step).unwrap_or(usize::MAX);
            cycle.ladder.get(step).or(cycle.ladder.last()).copied().unwrap_or(FULL)
        }
    }
}

fn millis(duration: jiff::SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn minutes_of(millis: i64) -> i64 {
    millis / MINUTE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::life_cycle::Kind;
    use crate::random::Streams;
    use jiff::SignedDuration;

    fn key() -> Key {
        Streams::new(1).key("plant", "creation")
    }

    /// A creation takes exactly its median.
    fn exact(cycle: LifeCycle) -> LifeCycle {
        LifeCycle { sigma: 0.0, ..cycle }
    }

    fn with_ramp() -> LifeCycle {
        LifeCycle {
            join: SignedDuration::from_mins(2),
            ladder: vec![16, 64],
            dwell: SignedDuration::from_mins(3),
            drain: SignedDuration::from_mins(20),
            taken_back_before: Some(SignedDuration::from_mins(5)),
            draining_counts: true,
            ..exact(LifeCycle::plain(Kind::Rds))
        }
    }

    /// Utilisation times capacity is work.
    fn capacities(plant: &Plant<'_>) -> Vec<f64> {
        plant.work.iter().zip(&plant.utilisation).map(|(work, used)| work / used).collect()
    }

    fn pass(plant: &mut Plant<'_>, minutes: usize) {
        for _ in 0..minutes {
            plant.pass(0.5);
        }
    }

    fn assert_close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
            assert!((found - expected).abs() < 1e-9, "{place}: {found} for {expected}");
        }
    }

    #[test]
    fn on_the_plain_plant_a_unit_serves_at_once_and_is_gone_at_once() {
        let cycle = exact(LifeCycle::plain(Kind::Rds));
        let mut plant = Plant::new(&cycle, 1, key());
        pass(&mut plant, 1);
        plant.act(Move::Add(1));
        pass(&mut plant, 14);
        plant.act(Move::Remove(1));
        pass(&mut plant, 6);
        let mut expected = vec![1.0; 14];
        expected.push(2.0);
        expected.extend([1.0; 6]);
        assert_close(&capacities(&plant), &expected);
        // One throughout, one from its order until five minutes after its removal.
        assert_eq!(plant.tally.unit_minutes, 21 + 14 + 5);
        assert_eq!((plant.tally.actions.all, plant.tally.actions.reversals), (2, 1));
    }

    #[test]
    fn a_unit_climbs_the_ladder_after_it_has_joined() {
        let cycle = with_ramp();
        let mut plant = Plant::new(&cycle, 1, key());
        plant.act(Move::Add(1));
        pass(&mut plant, 20);
        let mut expected = vec![1.0; 15];
        expected.extend([1.25, 1.25, 1.25, 2.0, 2.0]);
        assert_close(&capacities(&plant), &expected);
        assert_eq!((plant.serving(), plant.coming()), (2, 0));
    }

    #[test]
    fn pools_follow_a_weight_over_their_lifetime() {
        let cycle = LifeCycle { pool: SignedDuration::from_mins(4), ..exact(LifeCycle::plain(Kind::Rds)) };
        let mut plant = Plant::new(&cycle, 1, key());
        plant.act(Move::Add(1));
        pass(&mut plant, 18);
        assert_close(&capacities(&plant)[12..], &[1.0, 1.25, 1.5, 1.75, 2.0, 2.0]);
        plant.act(Move::Remove(1));
        pass(&mut plant, 4);
        assert_close(&capacities(&plant)[18..], &[1.75, 1.5, 1.25, 1.0]);
    }

    #[test]
    fn an_order_takes_back_what_still_drains() {
        let cycle = with_ramp();
        for (after, coming) in [(14, 0), (15, 1)] {
            let mut plant = Plant::new(&cycle, 3, key());
            pass(&mut plant, 1);
            plant.act(Move::Remove(1));
            pass(&mut plant, after);
            plant.act(Move::Add(1));
            assert_eq!((plant.serving(), plant.coming()), (3 - coming, coming), "after {after} minutes");
        }
    }

    #[test]
    fn two_leave_at_most_and_none_while_another_comes() {
        let cycle = LifeCycle { leaving_at_most: Some(2), taken_back_before: None, ..with_ramp() };
        let mut plant = Plant::new(&cycle, 6, key());
        pass(&mut plant, 1);
        plant.act(Move::Remove(1));
        plant.act(Move::Remove(3));
        assert_eq!((plant.serving(), plant.leaving()), (4, 2));
        plant.act(Move::Add(1));
        assert_eq!((plant.coming(), plant.leaving()), (1, 2), "an addition waits for no removal");
        let mut plant = Plant::new(&cycle, 6, key());
        plant.act(Move::Add(1));
        plant.act(Move::Remove(1));
        assert_eq!((plant.coming(), plant.leaving()), (1, 0));
    }

    #[test]
    fn where_one_thing_happens_at_a_time_others_wait() {
        let cycle = LifeCycle { one_at_a_time: true, taken_back_before: None, ..with_ramp() };
        let mut plant = Plant::new(&cycle, 5, key());
        pass(&mut plant, 1);
        plant.act(Move::Remove(3));
        assert_eq!((plant.serving(), plant.leaving()), (4, 1));
        plant.act(Move::Remove(1));
        plant.act(Move::Add(1));
        assert_eq!((plant.serving(), plant.coming(), plant.leaving()), (4, 0, 1));
        pass(&mut plant, 21);
        plant.act(Move::Add(2));
        pass(&mut plant, 1);
        plant.act(Move::Add(1));
        plant.act(Move::Remove(1));
        assert_eq!((plant.serving(), plant.coming(), plant.leaving()), (4, 2, 0));
    }

    #[test]
    fn bounds_are_kept() {
        let cycle = with_ramp();
        let mut plant = Plant::new(&cycle, 3, key());
        plant.act(Move::Remove(9));
        assert_eq!((plant.serving(), plant.leaving()), (1, 2));
        let mut plant = Plant::new(&cycle, 3, key());
        plant.act(Move::Add(99));
        assert_eq!(plant.serving() + plant.coming(), 15);
    }

    #[test]
    fn use_is_censored_and_what_waits_for_more_than_a_minute_times_out() {
        let cycle = exact(LifeCycle::plain(Kind::Rds));
        let mut plant = Plant::new(&cycle, 2, key());
        for demand in [1.0, 1.8, 9.0, 1.0, 1.0] {
            plant.pass(demand);
        }
        assert_close(&plant.utilisation, &[0.5, 0.9, 1.0, 1.0, 1.0]);
        // 7 of 9 were not served in their minute, 2 of these waited.
        assert_close(&plant.work, &[1.0, 1.8, 2.0, 2.0, 2.0]);
        assert_eq!((plant.tally.violations, plant.tally.severe), (2, 1));
    }

    #[test]
    fn the_nth_creation_takes_the_same_time_whoever_asks_and_whenever() {
        let cycle = LifeCycle::plain(Kind::Rds);
        let took = |orders: &[u32]| {
            let mut plant = Plant::new(&cycle, 1, key());
            for order in orders {
                plant.act(Move::Add(*order));
            }
            let mut available: Vec<i64> = plant
                .units
                .iter()
                .filter_map(|unit| match unit.phase {
                    Phase::Coming { available } => Some(available),
                    _ => None,
                })
                .collect();
            available.sort_unstable();
            available
        };
        assert_eq!(took(&[3]), took(&[1, 2]));
        assert_ne!(took(&[3])[0], took(&[3])[2]);
    }
}
