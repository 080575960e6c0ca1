//! The shadow: rules and forecast on paper, on the same work, day by day; and whether the forecast has proven itself.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use super::codec::{Reader, SnapshotError, Writer};
use super::fleet::{Fleet, LifeTimes, Wish};
use super::guard;
use super::minutes::DAY;
use super::need::NeedAhead;
use super::paper::Paper;
use super::paper_rules::{PaperRules, Ruled};
use super::planner::{Agreed, plan};
use super::settings::Settings;

/// Days that are kept, the running one included.
const DAYS: usize = 8;
/// Predictions that wait for their outcome: an hour of them.
const WAITING: usize = 13;
/// P from where each bin of the calibration begins; below the first nothing is counted.
pub const BINS: [f64; 3] = [0.02, 0.1, 0.4];
/// Hours of minutes that must be kept before it acts.
const PROVEN_MINUTES: i64 = 48 * 60;
/// Of them, those that must be known.
const PROVEN_KNOWN: f64 = 0.9;
/// Days on paper that must be over.
const PROVEN_DAYS: usize = 2;
/// A day on paper with fewer minutes is none.
const DAY_AT_LEAST: u16 = 1_200;
/// What came may be so many times what was said. A forecast that says too little is short of capacity when it matters.
const MORE_CAME: f64 = 2.0;
/// What was said may be so many times what came,
const MORE_WAS_SAID: f64 = 2.0;
/// or so much more than it. Who says 0.05 where 0.01 comes keeps a little more than is needed, which the comparison with the rules shows: on the
/// tuning traces forecasts that are a fifth cheaper than the rules do.
const LITTLE_MORE: f64 = 0.1;
/// Minutes that a bin must have before it says anything.
const BIN_AT_LEAST: f32 = 200.0;
/// Its place is lost when it costs so much more than the rules over three days.
const LOST_AT: f64 = 1.1;
const LOST_OVER: usize = 3;

/// What one side cost in a day.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Units that were billed, times minutes.
    pub unit_minutes: f64,
    /// Minutes of shortage.
    pub violations: f64,
}

impl Cost {
    /// In unit-minutes, with `price` for each minute of shortage.
    pub fn at(&self, price: f64) -> f64 {
        self.unit_minutes + price * self.violations
    }
}

/// One day on paper.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Day {
    /// Days since the Unix epoch.
    day: i64,
    minutes: u16,
    rules: Cost,
    ahead: Cost,
    bins: [Bin; BINS.len()],
}

/// What was said and what came, of predictions of one bin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Bin {
    count: f32,
    said: f32,
    came: f32,
}

/// A prediction whose outcome is not known yet.
#[derive(Clone, Debug, PartialEq)]
struct Waiting {
    /// The first minute of the bucket that it is about.
    from: i64,
    /// P(need > n) for n = 1.., in 255ths.
    odds: Vec<u8>,
}

/// What the days say together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scores {
    /// Days that are over, and count.
    pub days: usize,
    /// What the rules would have cost in them.
    pub rules: Cost,
    /// What the forecast would have cost in them.
    pub ahead: Cost,
}

/// What was said and what came of the predictions of one bin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    /// The probability that was said, on average.
    pub said: f64,
    /// The share of the minutes in which it came.
    pub came: f64,
    /// Minutes that were predicted, each once for every level of need whose probability lies in the bin.
    pub minutes: f64,
}

/// Rules and forecast on paper.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shadow {
    started: bool,
    rules: Ruled,
    ahead: Paper,
    agreed: Agreed,
    days: VecDeque<Day>,
    waiting: VecDeque<Waiting>,
    proven: bool,
    /// It was, and is not any more.
    lost: bool,
    /// The day on which that was last judged.
    judged: i64,
}

/// Why a forecast does not act yet, or no longer.
#[derive(Clone, Debug, PartialEq)]
pub enum NotProven {
    /// So many hours of minutes are kept, and 48 are wanted.
    Young(i64),
    /// Of the minutes this share is known, and 0.9 is wanted.
    Holes(f64),
    /// So many days on paper are over, and two are wanted.
    Days(usize),
    /// It would have cost more than the rules.
    Dearer(Scores),
    /// What it said with this probability came in this share of the minutes.
    Uncalibrated(f64, f64),
}

impl Shadow {
    /// Lets one minute pass on paper; of a minute whose work is not known only time passes.
    pub(super) fn pass(&mut self, minute: i64, work: Option<f64>, serving: u32, objective: f64) {
        if !self.started {
            self.started = true;
            self.rules = Ruled::of(serving);
            self.ahead = Paper::of(serving);
        }
        let rules = self.rules.paper.pass(minute);
        let ahead = self.ahead.pass(minute);
        let Some(work) = work else { return };
        self.rules.see(work, rules.serving, minute);
        let day = self.day(minute.div_euclid(DAY));
        day.minutes = day.minutes.saturating_add(1);
        for (cost, passed) in [(&mut day.rules, rules), (&mut day.ahead, ahead)] {
            cost.unit_minutes += f64::from(passed.billed);
            cost.violations += f64::from(u8::from(work > objective * f64::from(passed.serving) + 1e-9));
        }
    }

    /// Lets both sides decide.
    pub(super) fn decide(
        &mut self,
        need: &NeedAhead,
        floor: usize,
        times: &LifeTimes,
        settings: &Settings,
        rules: &PaperRules,
        bounds: (u32, u32),
    ) {
        let now = need.end;
        self.rules.decide(rules, bounds, now, times);
        let ages = self.ahead.ages(now);
        let fleet = Fleet { serving: self.ahead.serving, coming: &ages, leaving: &[] };
        let mut agreed = self.agreed;
        let planned = plan(need, &fleet, times, settings, &mut agreed);
        self.agreed = agreed;
        match guard::hold(planned.wish, floor, &fleet, need.shape, settings) {
            Wish::Order(units) => {
                let room = bounds.1.saturating_sub(self.ahead.ordered());
                self.ahead.order(units.min(room), now, times);
            }
            Wish::Remove(units) => {
                let spare = self.ahead.serving.saturating_sub(bounds.0.max(1));
                self.ahead.remove(units.min(spare), now, times);
            }
            Wish::Stay => {}
        }
        if now.rem_euclid(5) == 0 && self.waiting.len() < WAITING {
            let lead = times.lead();
            let levels = 1..=need.shape.levels();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "255ths of a probability"
            )]
            let odds = levels.map(|level| (need.odds(lead, level) * 255.0).round() as u8).collect();
            let from = now + 5 * i64::try_from(lead).unwrap_or(0);
            self.waiting.push_back(Waiting { from, odds });
        }
    }

    /// Holds what was said against what came. `needs` gives the need of a minute that is known.
    pub(super) fn compare(&mut self, end: i64, needs: impl Fn(i64) -> Option<usize>) {
        while self.waiting.front().is_some_and(|waiting| waiting.from + 5 <= end) {
            let Some(Waiting { from, odds }) = self.waiting.pop_front() else { return };
            let came: Vec<usize> = (from..from + 5).filter_map(&needs).collect();
            if came.len() < 5 {
                continue;
            }
            let day = self.day(from.div_euclid(DAY));
            for (level, odds) in (1..).zip(odds) {
                let said = f64::from(odds) / 255.0;
                let Some(bin) = BINS.iter().rposition(|least| said >= *least) else { continue };
                let above = came.iter().filter(|need| **need > level).count();
                day.bins[bin].count += 5.0;
                #[expect(clippy::cast_possible_truncation, reason = "kept in f32")]
                let said = said as f32;
                day.bins[bin].said += 5.0 * said;
                day.bins[bin].came += f32::from(u8::try_from(above).unwrap_or(u8::MAX));
            }
        }
    }

    fn day(&mut self, day: i64) -> &mut Day {
        if self.days.back().is_none_or(|newest| newest.day < day) {
            self.days.push_back(Day { day, ..Day::default() });
            if self.days.len() > DAYS {
                self.days.pop_front();
            }
        }
        let place = self.days.iter().rposition(|kept| kept.day <= day).unwrap_or(0);
        &mut self.days[place]
    }

    /// The newest `count` days that are over.
    fn over(&self, today: i64, count: usize) -> impl Iterator<Item = &Day> {
        let over = self.days.iter().rev().filter(move |day| day.day < today && day.minutes >= DAY_AT_LEAST);
        over.take(count)
    }

    /// What the newest `count` days that are over cost.
    fn scores_of(&self, today: i64, count: usize) -> Scores {
        self.over(today, count).fold(Scores::default(), |sum, day| {
            let plus = |one: Cost, other: Cost| Cost {
                unit_minutes: one.unit_minutes + other.unit_minutes,
                violations: one.violations + other.violations,
            };
            Scores {
                days: sum.days + 1,
                rules: plus(sum.rules, day.rules),
                ahead: plus(sum.ahead, day.ahead),
            }
        })
    }

    /// What the last week cost on paper.
    pub fn scores(&self, end: i64) -> Scores {
        self.scores_of(end.div_euclid(DAY), DAYS - 1)
    }

    /// What was said and what came in the last week, for each bin; `None` where too little was said.
    pub fn calibration(&self, end: i64) -> [Option<Calibration>; BINS.len()] {
        let today = end.div_euclid(DAY);
        let mut bins = [Bin::default(); BINS.len()];
        for day in self.over(today, DAYS - 1) {
            for (sum, bin) in bins.iter_mut().zip(&day.bins) {
                sum.count += bin.count;
                sum.said += bin.said;
                sum.came += bin.came;
            }
        }
        bins.map(|bin| {
            let share = |of: f32| f64::from(of / bin.count);
            (bin.count >= BIN_AT_LEAST).then(|| Calibration {
                said: share(bin.said),
                came: share(bin.came),
                minutes: f64::from(bin.count),
            })
        })
    }

    /// Whether it may act: judged once a day, and again while it may not.
    ///
    /// # Errors
    /// Why it may not.
    pub(super) fn judge(&mut self, end: i64, kept: i64, known: usize, price: f64) -> Result<(), NotProven> {
        let today = end.div_euclid(DAY);
        if self.proven {
            if self.judged < today {
                self.judged = today;
                let lately = self.scores_of(today, LOST_OVER);
                self.proven = lately.ahead.at(price) <= LOST_AT * lately.rules.at(price);
                self.lost = !self.proven;
            }
            if self.proven {
                return Ok(());
            }
        }
        let proof = self.proof(end, kept, known, price);
        self.proven = proof.is_ok();
        self.lost &= !self.proven;
        self.judged = today;
        proof
    }

    /// One that was proven, and then cost a fifth more than the rules on the three days before `today`.
    #[cfg(test)]
    pub(crate) fn that_lost_its_place(today: i64) -> Shadow {
        let cost = |unit_minutes| Cost { unit_minutes, violations: 0.0 };
        let day = |day| Day { day, minutes: 1440, rules: cost(100.0), ahead: cost(120.0), ..Day::default() };
        let days = (today - 3..today).map(day).collect();
        Shadow { started: true, lost: true, judged: today, days, ..Shadow::default() }
    }

    /// Whether it had proven itself, and became too dear since.
    pub fn is_lost(&self) -> bool {
        self.lost
    }

    fn proof(&self, end: i64, kept: i64, known: usize, price: f64) -> Result<(), NotProven> {
        if kept < PROVEN_MINUTES {
            return Err(NotProven::Young(kept / 60));
        }
        let share = known as f64 / kept as f64;
        if share < PROVEN_KNOWN {
            return Err(NotProven::Holes(share));
        }
        let scores = self.scores(end);
        if scores.days < PROVEN_DAYS {
            return Err(NotProven::Days(scores.days));
        }
        if scores.ahead.at(price) > scores.rules.at(price) {
            return Err(NotProven::Dearer(scores));
        }
        for Calibration { said, came, .. } in self.calibration(end).into_iter().flatten() {
            let too_little = came > MORE_CAME * said;
            let too_much = said > MORE_WAS_SAID * came && said - came > LITTLE_MORE;
            if too_little || too_much {
                return Err(NotProven::Uncalibrated(said, came));
            }
        }
        Ok(())
    }

    pub(super) fn encode(&self, to: &mut Writer) {
        to.u8(u8::from(self.started) | u8::from(self.proven) << 1 | u8::from(self.lost) << 2);
        to.i64(self.judged);
        self.rules.encode(to);
        self.ahead.encode(to);
        self.agreed.encode(to);
        to.u8(u8::try_from(self.days.len()).unwrap_or(u8::MAX));
        for day in &self.days {
            to.i64(day.day);
            to.u16(day.minutes);
            for cost in [day.rules, day.ahead] {
                to.f64(cost.unit_minutes);
                to.f64(cost.violations);
            }
            for bin in day.bins {
                [bin.count, bin.said, bin.came].into_iter().for_each(|value| to.f32(value));
            }
        }
        to.u8(u8::try_from(self.waiting.len()).unwrap_or(u8::MAX));
        for waiting in &self.waiting {
            to.i64(waiting.from);
            to.bytes(&waiting.odds);
        }
    }

    pub(super) fn decode(from: &mut Reader<'_>, levels: usize) -> Result<Shadow, SnapshotError> {
        let flags = from.u8()?;
        let judged = from.i64()?;
        let rules = Ruled::decode(from)?;
        let ahead = Paper::decode(from)?;
        let agreed = Agreed::decode(from)?;
        let mut days = VecDeque::with_capacity(DAYS + 1);
        let count = usize::from(from.u8()?);
        if count > DAYS {
            return Err(SnapshotError::Impossible("number of days on paper"));
        }
        for _ in 0..count {
            let (day, minutes) = (from.i64()?, from.u16()?);
            let mut cost = || -> Result<Cost, SnapshotError> {
                Ok(Cost { unit_minutes: from.f64("cost on paper")?, violations: from.f64("cost on paper")? })
            };
            let (rules, ahead) = (cost()?, cost()?);
            let mut bins = [Bin::default(); BINS.len()];
            for bin in &mut bins {
                *bin = Bin { count: from.f32("bin")?, said: from.f32("bin")?, came: from.f32("bin")? };
            }
            days.push_back(Day { day, minutes, rules, ahead, bins });
        }
        let count = usize::from(from.u8()?);
        if count > WAITING {
            return Err(SnapshotError::Impossible("number of waiting predictions"));
        }
        let mut waiting = VecDeque::with_capacity(WAITING + 1);
        for _ in 0..count {
            waiting.push_back(Waiting { from: from.i64()?, odds: from.slice(levels)?.to_vec() });
        }
        Ok(Shadow {
            started: flags & 1 == 1,
            proven: flags & 2 == 2,
            lost: flags & 4 == 4,
            judged,
            rules,
            ahead,
            agreed,
            days,
            waiting,
        })
    }
}
