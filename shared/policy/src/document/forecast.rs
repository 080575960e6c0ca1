//! The table `forecast`: what a forecast of the next hour may do, and what shortage and actions are worth.

use jiff::SignedDuration;

use super::duration::{self, Allowed};
use super::facts::Facts;
use super::percent;
use super::problems::Problems;
use super::table::{Entry, Key};
use crate::policy::{Forecast, ForecastMode, Scaling};
use crate::units::Percent;

/// The key.
pub(super) const FORECAST: Key = Key { name: "forecast", example: "{ mode = \"shadow\" }" };

const MODE: Key = Key { name: "mode", example: "\"shadow\"" };
const PRICE: Key = Key { name: "price", example: "27" };
const OBJECTIVE: Key = Key { name: "objective", example: "\"85%\"" };
const HORIZON: Key = Key { name: "horizon", example: "\"60m\"" };
const START_COST: Key = Key { name: "start_cost", example: "8" };

/// The forecaster sees an hour ahead, and a planner that sees less than twenty minutes sees nothing that it could still order for.
const HORIZONS: Allowed = Allowed {
    least: SignedDuration::from_mins(20),
    most: SignedDuration::from_mins(60),
    step: SignedDuration::from_mins(1),
    why_not_more: "nothing is known of what comes after an hour, so ",
};

/// Reads it.
pub(super) fn read(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<Forecast> {
    let mut table = entry.table(problems)?;
    let usual = Forecast::USUAL;
    let mode = table.find(MODE).map_or(Some(usual.mode), |entry| read_mode(&entry, problems));
    let number = |entry: Option<Entry<'_>>, least, most, default, problems: &mut Problems<'_>| match entry {
        Some(entry) => entry.number(least, most, problems).map(|number| f64::from(number.value)),
        None => Some(default),
    };
    let price = number(table.find(PRICE), 5, 500, usual.price, problems);
    let objective =
        table.find(OBJECTIVE).map_or(Some(usual.objective), |entry| read_objective(&entry, problems));
    let horizon =
        table.find(HORIZON).map_or(Some(usual.horizon), |entry| duration::read(&entry, &HORIZONS, problems));
    let start_cost = number(table.find(START_COST), 0, 200, usual.start_cost, problems);
    table.tell_unknown_keys(problems);
    Some(Forecast {
        mode: mode?,
        price: price?,
        objective: objective?,
        horizon: horizon?,
        start_cost: start_cost?,
    })
}

fn read_mode(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<ForecastMode> {
    let text = entry.text("\"shadow\" or \"act\"", problems)?;
    match text.value {
        "shadow" => Some(ForecastMode::Shadow),
        "act" => Some(ForecastMode::Act),
        other => {
            let path = &entry.path;
            problems.tell(text.at, format!("{path}: {other:?} is no mode: write \"shadow\", which recommends, or \"act\", which acts once it is proven"));
            None
        }
    }
}

fn read_objective(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<Percent> {
    let text = entry.text("a percentage in quotes", problems)?;
    let complaint = match percent::parse(text.value) {
        Ok(share) if (50.0..=95.0).contains(&share.0) => return Some(share),
        Ok(share) => format!("{share} leaves too little or too much room: write 50% to 95%"),
        Err(meant) => format!("an objective is a percentage: write \"{meant}\""),
    };
    problems.tell(text.at, format!("{}: {complaint}", entry.path));
    None
}

/// Tells a forecast without a rule that looks at what it learns from: the floor that acts when it is wrong.
pub(super) fn tell_without_floor(
    scaling: &Scaling,
    facts: &Facts,
    at: usize,
    title: &str,
    problems: &mut Problems<'_>,
) {
    let example = match facts {
        Facts::RdsReplicas { .. } => "primary cpu > 90% for 2m",
        Facts::EcsService { .. } | Facts::RedisNodes { .. } => "cpu > 90% for 2m",
    };
    if scaling.forecast.is_some() && !scaling.has_floor() {
        problems.tell_of_whole(at, format!("{title} has a forecast and no scale_out rule on cpu, which acts when the forecast is wrong, and whose points it learns from: add one, as \"{example}\""));
    }
}
