//! `tidegate backtest`: what a forecast would have been worth to one target, on its own load, before it acts.

mod document;
mod figures;
mod told;
mod words;

use std::path::PathBuf;

use clap::ArgGroup;
use tidegate_policy::policy::{Forecast, Policy, Target};
use tidegate_policy::units::friendly;
use tidegate_simulator::compare::backtest::Backtest;
use tidegate_simulator::compare::{Kind, Played, Rival, units};
use tidegate_simulator::demand::minutes_of_days;

use crate::compare::{parse_rival, watched};
use crate::ending::Ending;
use crate::error::{Failure, RunError, names};
use crate::{load, terminal};

use told::Told;

/// A trace of so many days or more has its first week unscored.
const DAYS_WITH_A_WEEK: u32 = 10;
const WEEK_MINUTES: usize = 7 * 24 * 60;

/// `tidegate backtest`.
#[derive(clap::Args)]
#[command(group(ArgGroup::new("history").required(true).args(["trace"])))]
pub(crate) struct Arguments {
    /// The policy file.
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// The target of the policy that is played [default: its only one].
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// The target's own load, as `simulate --trace` reads it; the last 60 days are played, the first 7 of them unscored (3 of a trace of up
    /// to 9).
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Only the last days of the trace, those that are not scored included.
    #[arg(long, value_name = "N", value_parser = load::parse_days)]
    days: Option<f64>,
    /// The 99.5th percentile of the load, in capacities of one replica, task or node [default: as `compare` has it, 5.6, of Redis 2.1].
    #[arg(long, value_name = "X", value_parser = load::parse_units)]
    peak_units: Option<f64>,
    /// One rival of `compare` beside it, on the same life cycle and with the policy's maximum.
    #[arg(long, value_name = "NAME", value_parser = parse_rival)]
    against: Option<Rival>,
    /// Seeds of each policy; the figures are those of the run with the median cost.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    seeds: u64,
    /// What a replica, task or node costs per hour, for the column USD.
    #[arg(long, value_name = "USD", value_parser = parse_price)]
    usd_per_hour: Option<f64>,
    /// Print one JSON document and nothing else.
    #[arg(long)]
    json: bool,
}

/// Plays the target's load and tells what a forecast would have been worth.
pub(crate) fn backtest(arguments: &Arguments) -> Result<Ending, Failure> {
    replay(arguments).map_err(|failure| Failure::Told(Box::new(failure)))
}

fn replay(arguments: &Arguments) -> Result<Ending, Failure> {
    let policy = load::policy(&arguments.policy)?;
    let target = target(&policy, arguments)?;
    let forecast = forecast(target)?;
    let peak_units = arguments.peak_units.unwrap_or_else(|| Kind::of(target).peak_units());
    let played = read(arguments, peak_units)?;
    tell_what_to_know(&played, target);
    let backtest = Backtest { target, forecast, against: arguments.against, seeds: arguments.seeds };
    let all = watched(target.name.as_str(), backtest.runs(), |on_done| backtest.run(&played, on_done))
        .map_err(|source| RunError::new(target.name.as_str(), source))?;
    let told = Told {
        file: &arguments.policy,
        target,
        played: &played,
        peak_units,
        seeds: arguments.seeds,
        usd_per_hour: arguments.usd_per_hour,
        forecast,
        all: &all,
    };
    if arguments.json {
        terminal::print(serde_json::to_string_pretty(&document::of(&told)).map_err(Failure::Json)?)?;
    } else {
        terminal::print(figures::report(&told))?;
    }
    let lines = [&all.rules, &all.shadow, &all.act];
    Ok(if lines.iter().any(|line| line.invariant_violations > 0) {
        Ending::InvariantBroken
    } else if told.lost() {
        Ending::Missed
    } else {
        Ending::Sound
    })
}

/// The one that is named, or the only one.
fn target<'a>(policy: &'a Policy, arguments: &Arguments) -> Result<&'a Target, Failure> {
    match (&arguments.target, policy.targets.as_slice()) {
        (Some(name), _) => load::target(policy, &arguments.policy, name),
        (None, [only]) => Ok(only),
        (None, several) => Err(Failure::WhichTarget {
            path: arguments.policy.clone(),
            names: names(several.iter().map(|target| target.name.as_str())),
        }),
    }
}

/// The target's forecast, or the usual one where it has none.
fn forecast(target: &Target) -> Result<Forecast, Failure> {
    match target.scaling.forecast {
        Some(forecast) => Ok(forecast),
        None if target.scaling.has_floor() => Ok(Forecast::USUAL),
        None => Err(Failure::NoFloor {
            name: target.name.to_string(),
            example: match Kind::of(target) {
                Kind::Rds => "primary cpu > 90% for 2m",
                Kind::Ecs | Kind::Redis => "cpu > 90% for 2m",
            },
        }),
    }
}

/// The load that is played.
fn read(arguments: &Arguments, peak_units: f64) -> Result<Played, Failure> {
    // Another source of history will be one more member of the group.
    let path = arguments.trace.clone().unwrap_or_default();
    let (mut demand, filled) = load::trace(&path, 0, None, peak_units)?;
    if let Some(filled) = filled {
        terminal::complain(format!("note: {filled}"));
    }
    if let Some(days) = arguments.days {
        let asked = minutes_of_days(days).unwrap_or(1);
        let has = demand.units.len();
        let Some(cut) = has.checked_sub(asked) else {
            let has = friendly(jiff::SignedDuration::from_mins(i64::try_from(has).unwrap_or(i64::MAX)));
            return Err(Failure::ShortTrace { path, has, asked: days });
        };
        demand.begin_at(cut);
    }
    Ok(Played::new(&demand, peak_units)?)
}

/// What the figures should be read with.
fn tell_what_to_know(played: &Played, target: &Target) {
    let Played { trace, scored_from, .. } = played;
    if *scored_from < WEEK_MINUTES {
        let days = scored_from / (24 * 60);
        terminal::complain(format!(
            "note: {trace}: {days} days warm up, and a forecast knows a week only after 7: take a trace of {DAYS_WITH_A_WEEK} days or more"
        ));
    }
    let max = target.scaling.max;
    let beyond = played.beyond(units(target, max));
    if beyond > 0 {
        terminal::complain(format!(
            "note: {trace}: {beyond} of {} scored minutes ask for more than the policy's max of {max} carries: raise it, or say --peak-units",
            played.scored().len()
        ));
    }
}

/// `--usd-per-hour`: above 0, at most 1,000.
fn parse_price(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(usd) if usd > 0.0 && usd <= 1_000.0 => Ok(usd),
        _ => Err("write a price in USD above 0 and at most 1000, such as 0.068".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_a_number_of_usd() {
        assert_eq!(parse_price("0.068"), Ok(0.068));
        for text in ["0", "-1", "1001", "NaN", "$1", ""] {
            assert!(parse_price(text).is_err(), "{text}");
        }
    }
}
