//! A run: the simulated account, at full speed behind a bar or at a person's pace with the log live.

use std::time::{Duration, Instant};

use tidegate_policy::policy::Target;
use tidegate_simulator::demand::Demand;
use tidegate_simulator::document::{Simulation, Simulations};
use tidegate_simulator::run::{Progress, Setup, Story, simulate, simulate_account};

use crate::error::{Failure, RunError};
use crate::{terminal, timeline};

/// How fast a run is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Speed {
    /// As fast as it goes; the log comes at the end.
    Max,
    /// So many simulated minutes a second, with the log live.
    MinutesPerSecond(f64),
}

/// `--speed`: `max`, or a number of minutes a second.
pub(crate) fn parse_speed(text: &str) -> Result<Speed, String> {
    match text.parse::<f64>() {
        _ if text == "max" => Ok(Speed::Max),
        Ok(minutes) if (0.01..=1e9).contains(&minutes) => Ok(Speed::MinutesPerSecond(minutes)),
        _ => Err("write `max`, or how many simulated minutes pass in a second, such as 10".to_owned()),
    }
}

/// What a run is shown with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Show {
    /// How fast.
    pub(crate) speed: Speed,
    /// Whether the log is printed while it is made; never where standard output is for a document.
    pub(crate) live_log: bool,
}

/// What a run left: the simulation, and whether its live log could be printed. A log that could not is no reason to lose the page.
pub(crate) struct Ran {
    /// What happened.
    pub(crate) simulation: Simulation,
    /// The first line that could not be printed.
    pub(crate) printed: Result<(), Failure>,
}

/// Runs `target` through `demand`.
pub(crate) fn run(target: &Target, demand: &Demand, setup: &Setup, show: Show) -> Result<Ran, RunError> {
    let bar = terminal::bar(demand.units.len());
    bar.set_message(target.name.to_string());
    let began = Instant::now();
    let days = demand.days();
    let mut printed = Ok(());
    let mut on_minute = |progress: Progress<'_>| {
        let minutes_done = progress.minute + 1;
        bar.set_position(u64::try_from(minutes_done).unwrap_or(u64::MAX));
        if show.live_log && !progress.entries.is_empty() && printed.is_ok() {
            bar.suspend(|| printed = timeline::print(progress.entries, days));
        }
        // Nobody watches a log that cannot be printed: what is left is the ending.
        let watched = !show.live_log || (printed.is_ok() && !terminal::unread());
        if let Speed::MinutesPerSecond(minutes) = show.speed
            && watched
        {
            let due = Duration::try_from_secs_f64(minutes_done as f64 / minutes).unwrap_or(Duration::MAX);
            std::thread::sleep(due.saturating_sub(began.elapsed()));
        }
    };
    let simulation = simulate(target, demand, setup, &mut on_minute);
    bar.finish_and_clear();
    match simulation {
        Ok(simulation) => Ok(Ran { simulation, printed }),
        Err(source) => Err(RunError { what: target.name.to_string(), source }),
    }
}

/// Runs every target of one account, as fast as it goes.
pub(crate) fn run_account(stories: &[Story<'_>], setup: &Setup) -> Result<Simulations, RunError> {
    let bar = terminal::bar(stories.first().map_or(0, |story| story.demand.units.len()));
    let names: Vec<String> = stories.iter().map(|story| story.target.name.to_string()).collect();
    let what = names.join(", ");
    bar.set_message(what.clone());
    let mut on_minute = |progress: Progress<'_>| {
        bar.set_position(u64::try_from(progress.minute + 1).unwrap_or(u64::MAX));
    };
    let simulations = simulate_account(stories, setup, &mut on_minute);
    bar.finish_and_clear();
    simulations.map_err(|source| RunError { what, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_max_or_a_number_of_minutes() {
        assert_eq!(parse_speed("max"), Ok(Speed::Max));
        assert_eq!(parse_speed("10"), Ok(Speed::MinutesPerSecond(10.0)));
        for text in ["0", "-1", "inf", "NaN", "fast", ""] {
            assert!(parse_speed(text).is_err(), "{text}");
        }
    }
}
