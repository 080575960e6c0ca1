//! The planner: of the course that costs least, the one step that is due now.

use super::codec::{Reader, SnapshotError, Writer};
use super::course::{Course, Terms, levels_between};
use super::fleet::{Fleet, LifeTimes, Wish};
use super::need::{Leading, NeedAhead};
use super::settings::Settings;

/// Unit-minutes that are no saving.
const NO_SAVING: f64 = 1e-9;

/// Decisions in a row that asked for a removal, of one and the same fleet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreed {
    /// How many.
    pub(super) decisions: u8,
    /// The units that serve in that fleet. Once others do, the removal was made, or something else was.
    pub(super) serving: u32,
}

impl Agreed {
    /// One decision more.
    fn count(&mut self, asks: bool, serving: u32) {
        let before = if self.serving == serving { self.decisions } else { 0 };
        *self = Agreed { decisions: if asks { before.saturating_add(1) } else { 0 }, serving };
    }

    pub(super) fn encode(self, to: &mut Writer) {
        to.u8(self.decisions);
        to.u32(self.serving);
    }

    pub(super) fn decode(from: &mut Reader<'_>) -> Result<Agreed, SnapshotError> {
        Ok(Agreed { decisions: from.u8()?, serving: from.u32()? })
    }
}

/// A wish and the numbers behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The step that is due.
    pub wish: Wish,
    /// The first bucket that an order can serve.
    pub lead: usize,
    /// Levels that will be there at the lead, without the wish.
    pub there: usize,
    /// Levels that are wanted at the lead.
    pub wanted: usize,
    /// P(need > [`Plan::there`]) at the lead.
    pub odds: f64,
    /// Unit-minutes per minute that one more level costs: the units of a level.
    pub one_more: f64,
    /// Unit-minutes per minute that lacking it costs: the scaled price x the odds x the units of a level.
    pub lacking: f64,
    /// Who is followed most at the lead.
    pub leading: Leading,
    /// Median minutes until an order carries half of its share.
    pub order_takes: f64,
    /// Units of an order that are to be taken back at once, of those that leave.
    pub back: u32,
    /// A smaller fleet that is better to keep now, agreed upon or not.
    pub removal: Option<Removal>,
}

/// Why fewer will do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Removal {
    /// Levels that are kept.
    pub keep: usize,
    /// The bucket in which more are planned again; none within the hour.
    pub until: Option<usize>,
    /// The highest P(need > [`Removal::keep`]) until then.
    pub odds: f64,
    /// Unit-minutes that the removal costs: what is billed afterwards, and the extra price.
    pub costs: f64,
    /// Unit-minutes that it saves over the plan.
    pub saves: f64,
}

/// The step that is due now. `agreed` counts the decisions in a row that ask for a removal: it is kept from one decision to the next.
pub fn plan(
    need: &NeedAhead,
    fleet: &Fleet<'_>,
    times: &LifeTimes,
    settings: &Settings,
    agreed: &mut Agreed,
) -> Plan {
    let terms = Terms::of(need, fleet, times, settings);
    let course = Course::of(need, &terms);
    let shape = terms.shape;
    let now = shape.whole_levels(fleet.serving);
    let start = best_start(&terms, &course, now, &taken_back(&terms, fleet, times, settings));
    let before = course.at(start, terms.lead - 1);
    let there = terms.joined(before, terms.lead);
    let wanted = course.next[terms.lead - 1][before];

    let kept = if start == now { fleet.serving } else { shape.units(start) };
    let back = kept.saturating_sub(fleet.serving);
    let lacking = if wanted > there {
        shape.units(wanted).saturating_sub(kept.saturating_add(terms.arrived[terms.lead]))
    } else {
        0
    };
    let is_removal = start < now && fleet.coming.is_empty();
    agreed.count(is_removal, fleet.serving);
    let wish = if !is_removal {
        Wish::order(back.saturating_add(lacking).max(below_least(&terms, fleet)))
    } else if agreed.decisions >= settings.confirm {
        // Until it is made: whoever takes its time with it asks again.
        Wish::remove(fleet.serving.saturating_sub(kept))
    } else {
        Wish::Stay
    };
    let odds = need.odds(terms.lead, there);
    Plan {
        wish,
        lead: terms.lead,
        there,
        wanted,
        odds,
        one_more: shape.step(),
        lacking: terms.price * odds * shape.step(),
        leading: need.leading(terms.lead, there),
        order_takes: times.half_share.median,
        back,
        removal: (start < now).then(|| removal(need, &terms, &course, now, start)),
    }
}

/// What it costs to take back one level more, two and so on, of those that leave. Each is billed until it is gone in any case: that is credited.
fn taken_back(terms: &Terms, fleet: &Fleet<'_>, times: &LifeTimes, settings: &Settings) -> Vec<f64> {
    let (shape, now) = (terms.shape, terms.shape.whole_levels(fleet.serving));
    let mut ages = fleet.leaving.to_vec();
    ages.sort_unstable_by(f64::total_cmp);
    let mut left = ages.into_iter().map(|age| (times.billed_after - age).max(0.0) / shape.step());
    let mut costs = Vec::new();
    let (mut units, mut cost) = (fleet.serving, 0.0);
    for level in now + 1..=terms.most {
        while units < shape.units(level) {
            let Some(credit) = left.next() else { return costs };
            cost -= credit;
            units += 1;
        }
        cost += settings.stop_extra;
        costs.push(cost);
    }
    costs
}

/// The fleet that is best at once: fewer, not below the least, or more, of those that leave.
fn best_start(terms: &Terms, course: &Course, now: usize, back: &[f64]) -> usize {
    let mut best = (course.value[now], now);
    let fewer = (terms.least..now).rev().map(|level| (level, levels_between(level, now) * terms.down));
    let more = (now + 1..).zip(back.iter().copied());
    for (level, price) in fewer.chain(more) {
        let cost = course.value[level] + price;
        if cost < best.0 - NO_SAVING {
            best = (cost, level);
        }
    }
    best.1
}

/// Units that the least level lacks.
fn below_least(terms: &Terms, fleet: &Fleet<'_>) -> u32 {
    terms.shape.units(terms.least).saturating_sub(fleet.serving.saturating_add(fleet.coming_units()))
}

fn removal(need: &NeedAhead, terms: &Terms, course: &Course, now: usize, keep: usize) -> Removal {
    let until = (1..terms.buckets).find(|bucket| course.at(keep, *bucket) > keep);
    let odds = (0..until.unwrap_or(terms.buckets)).map(|bucket| need.odds(bucket, keep)).fold(0.0, f64::max);
    let step = terms.shape.step();
    Removal {
        keep,
        until,
        odds,
        costs: levels_between(keep, now) * terms.down * step,
        saves: (course.value[now] - course.value[keep]) * step,
    }
}
