//! The forecast as one more recommendation: it learns from the work of each minute, and the one step that is due becomes a vote.

mod lacking;
mod learn;
mod members;
mod stale;
#[cfg(test)]
mod tests;
mod words;
mod work;

pub use lacking::lacking;
pub(crate) use words::LOST;
pub(crate) use work::{Worker, is_censored, uncensored, work, worked};

use jiff::Timestamp;

use super::window::bounds_at;
use super::{Bounds, Recommendation, Vote};
use crate::forecast::delays::Delay;
use crate::forecast::fleet::{Fleet, LifeTimes, Wish};
use crate::forecast::guard;
use crate::forecast::need::Expected;
use crate::forecast::outlook::Outlook;
use crate::forecast::planner::plan;
use crate::forecast::settings::{MAX_LEVELS, Settings, Shape};
use crate::forecast::shadow::Scores;
use crate::observation::{Minute, PastMinutes};
use crate::policy::{Forecast, ForecastMode, Scaling};
use crate::reason::{Alert, Explanation, Reason};
use crate::units::Count;
use learn::{OnPaper, learn, paper_rules};
use members::units;
use stale::Clock;

/// How a rule would be called.
const RULE: &str = "forecast";
/// The levels that most fleets fit into: a state of 15 levels stays valid while the policy's maximum moves below it.
const USUAL_LEVELS: u32 = 15;
/// In this share of days more was needed than what is usual.
const RARELY_EXCEEDED: f64 = 0.1;
/// An order that takes longer than so many times what nine of ten take is not counted on: another one takes its place.
const OVERDUE: f64 = 2.0;
/// From here on one decision is enough for a removal: so many minutes have passed since the one before.
const SLOW_LOOKS_MINUTES: i64 = 5;
/// Decisions in a row that must agree to a removal, with looks every minute.
const CONFIRMED_BY: u8 = 3;
/// What an order costs less where looks are slow: it is a little late already.
const SLOW_LOOKS_SAVE: f64 = 3.0;

/// Who works for a target, and what was worked. Units are the capacity of one member of the policy's class.
#[derive(Clone, Debug)]
pub(crate) struct Workforce {
    /// The work of minutes, in ascending order; of one that is over and not known, `None`.
    pub(crate) work: Vec<(Minute, Option<f64>)>,
    /// Whether minutes between those of `work` and now are read in the next attempts.
    pub(crate) reads_on: bool,
    /// Units that are no members, as a primary that takes its share of the reads; below zero: members that are no units, as a group's primary.
    pub(crate) beside: i64,
    /// Since when members are on their way in, in minutes.
    pub(crate) coming: Vec<f64>,
    /// Since when members leave that can be taken back, in minutes.
    pub(crate) leaving: Vec<f64>,
    /// How long orders and removals take, before anything was learned.
    pub(crate) usual: Usual,
}

impl Workforce {
    /// Lets past minutes come first. Those of now follow only where nothing is lacking in between.
    pub(crate) fn begins_with(&mut self, past: &PastMinutes, worked: Vec<(Minute, Option<f64>)>) {
        let follows = self.work.first().is_some_and(|(minute, _)| *minute <= past.until);
        let now = std::mem::take(&mut self.work).into_iter();
        let now = now.filter(|(minute, _)| follows && *minute >= past.until);
        let unknown = Some((Minute(past.until.0 - 1), None));
        let end = unknown.filter(|(last, _)| worked.last().is_none_or(|(minute, _)| minute < last));
        self.reads_on = !follows;
        self.work = worked.into_iter().chain(end).chain(now).collect();
    }
}

/// How long a kind's orders and removals usually take, in minutes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usual {
    /// From an order until it carries half of its share.
    pub(crate) half_share: Delay,
    /// For how long an order is billed before it is of use.
    pub(crate) billed_before: f64,
    /// From a removal's decision until nothing is billed.
    pub(crate) gone: Delay,
}

/// How long something took that came about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Took {
    /// From an order until it carried half of its share, in minutes.
    HalfShare(f64),
    /// From a removal's decision until it was gone, in minutes.
    Gone(f64),
}

impl Took {
    /// From then to then.
    pub(crate) fn minutes(since: Timestamp, until: Timestamp) -> f64 {
        until.duration_since(since).as_secs_f64() / 60.0
    }

    /// Learns it.
    pub(crate) fn remember(self, outlook: &mut Outlook) {
        match self {
            Took::HalfShare(minutes) => outlook.creations.record(minutes),
            Took::Gone(minutes) => outlook.drains.record(minutes),
        }
    }
}

/// What the forecast says, and whether it acts.
#[derive(Clone, Debug)]
pub(crate) struct Ahead {
    pub(crate) said: Recommendation,
    pub(crate) acts: bool,
    /// Why it does not act although it is to, and what the days before would have cost: told when they change.
    pub(crate) notes: Vec<Explanation>,
    /// It acted, and does not any more: a person is told.
    pub(crate) lost: Option<Alert>,
    /// What the days before would have cost, with the rules and with the forecast.
    pub(crate) on_paper: Scores,
    /// What it expects of the minutes for which an order of now is in time.
    pub(crate) expected: Option<Expected>,
}

/// The shape of the state for a target of this policy with so many units beside its members.
fn shape(scaling: &Scaling, forecast: &Forecast, beside: i64) -> Shape {
    let most = units(scaling.max, beside).0.max(1);
    let most_levels = u32::try_from(MAX_LEVELS).unwrap_or(u32::MAX);
    let (levels, step) = match most {
        ..=USUAL_LEVELS => (USUAL_LEVELS, 1.0),
        _ if most <= most_levels => (most_levels, 1.0),
        _ => (most_levels, f64::from(most.div_ceil(most_levels))),
    };
    Shape::new(u8::try_from(levels).unwrap_or(u8::MAX), step, forecast.objective.of(1.0)).unwrap_or_default()
}

/// Learns what became known, and recommends. `outlook` is replaced by an empty one where it is of another shape.
pub(crate) fn recommend(
    scaling: &Scaling,
    forecast: &Forecast,
    workforce: &Workforce,
    bounds: &Bounds,
    current: Count,
    outlook: &mut Outlook,
    now: Timestamp,
) -> Ahead {
    let beside = workforce.beside;
    let shape = shape(scaling, forecast, beside);
    let is_reshaped = outlook.shape() != shape;
    let knew_something = outlook.end().is_some();
    if is_reshaped {
        let passed = outlook.passed_over();
        *outlook = outlook.reshaped(shape);
        passed.into_iter().for_each(|until| outlook.pass_over(until));
    }
    let times = life_times(&workforce.usual, outlook);
    let serving_and_coming = units(current, beside).0;
    let in_units =
        |bounds: &Bounds| (units(bounds.min, beside).0, units(bounds.max.max(bounds.min), beside).0);
    let settings = settings(scaling, forecast).within(shape, in_units(bounds));
    let on_paper = OnPaper {
        rules: paper_rules(scaling),
        bounds: &|minute| match Minute(minute).start() {
            Some(then) if then < now => in_units(&bounds_at(scaling, then)),
            Some(_) | None => in_units(bounds),
        },
        serving: serving_and_coming,
    };
    let keep = |why, detail: String| Ahead {
        said: Recommendation::new(RULE, Vote::Unknown { why }, detail),
        acts: false,
        notes: Vec::new(),
        lost: None,
        on_paper: Scores::default(),
        expected: None,
    };
    if is_reshaped && knew_something {
        // Of what is read now only the newest half hour would be known: its history comes first, in the next attempts.
        let detail = "the objective or the maximum is another one: its history is read again".to_owned();
        return keep(Reason::SignalMissing, detail);
    }
    learn(&workforce.work, outlook, &settings, &times, &on_paper);
    let Some(need) = outlook.predict(&settings) else {
        let known = outlook.known_minutes();
        let detail = format!("{known} minutes of work are known, and it begins with 65");
        return keep(Reason::SignalMissing, detail);
    };
    if !workforce.work.is_empty() {
        outlook.decide_on_paper(&need, &times, &settings, &on_paper.rules, in_units(bounds));
    }
    let may_act = forecast.mode == ForecastMode::Act;
    let proof = outlook.judge(forecast.price);
    let acts = may_act && proof.is_ok();
    let on_paper = outlook.shadow.scores(need.end);
    let not_proven = proof.err().filter(|_| may_act).map(|why| words::not_proven(&why, forecast.price));
    let lost = not_proven.as_ref().filter(|_| outlook.shadow.is_lost()).map(words::lost);
    let notes = not_proven.into_iter().chain(words::compared(&on_paper, forecast.price)).collect();
    let told = |said| Ahead { said, acts, notes, lost, on_paper, expected: None };
    let clock = Clock {
        minute: Minute::containing(now).0,
        newest: need.end - i64::from(outlook.unknown_at_the_end()),
    };
    let usual = |minute| units(Count(shape.units(outlook.usual_need(minute, RARELY_EXCEEDED))), -beside);
    if let Some((vote, detail)) = clock.objects(workforce.reads_on, current, usual) {
        return told(Recommendation::new(RULE, vote, detail));
    }
    let is_overdue = |age: &f64| *age > OVERDUE * times.half_share.p90();
    let coming: Vec<f64> = workforce.coming.iter().copied().take(serving_and_coming as usize).collect();
    let counted_on: Vec<f64> = coming.iter().copied().filter(|age| !is_overdue(age)).collect();
    let fleet = Fleet {
        serving: serving_and_coming - u32::try_from(coming.len()).unwrap_or(serving_and_coming),
        coming: &counted_on,
        leaving: &workforce.leaving,
    };
    let mut agreed = outlook.agreed;
    // Up to the minimum it is the bounds that order, with their own reason.
    let least = settings.within(shape, (serving_and_coming, serving_and_coming)).least;
    let above = Settings { least: settings.least.min(least), ..settings };
    let planned = plan(&need, &fleet, &times, &above, &mut agreed);
    outlook.agreed = agreed;
    let floor = outlook.floor();
    let wish = guard::hold(planned.wish, floor, &fleet, shape, &settings);
    let vote = match wish {
        Wish::Order(units) => Vote::Out(current.plus(Count(units))),
        Wish::Remove(units) if coming.is_empty() => Vote::In(current.minus(Count(units))),
        Wish::Remove(_) | Wish::Stay => Vote::Stay,
    };
    let detail = match wish {
        Wish::Order(more) if wish != planned.wish => {
            words::at_once(current.plus(Count(more)), units(Count(shape.units(floor)), -beside))
        }
        _ => words::sentence(&planned, wish, &need, current, beside),
    };
    let expected = Some(need.expected(planned.lead));
    Ahead { expected, ..told(Recommendation::new(RULE, vote, detail)) }
}

fn settings(scaling: &Scaling, forecast: &Forecast) -> Settings {
    let slow = scaling.evaluate_every.as_mins() >= SLOW_LOOKS_MINUTES;
    let horizon = forecast.horizon.as_mins().clamp(20, 60);
    Settings {
        price: forecast.price,
        start_extra: (forecast.start_cost - if slow { SLOW_LOOKS_SAVE } else { 0.0 }).max(0.0),
        confirm: if slow { 1 } else { CONFIRMED_BY },
        horizon: u8::try_from(horizon).unwrap_or(60),
        ..Settings::default()
    }
}

fn life_times(usual: &Usual, outlook: &Outlook) -> LifeTimes {
    LifeTimes {
        half_share: outlook.creations.estimate(usual.half_share),
        billed_before: usual.billed_before,
        billed_after: outlook.drains.estimate(usual.gone).median,
    }
}
