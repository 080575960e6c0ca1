//! `tidegate fuzz`: random policies on hostile accounts, seed by seed, until a law is broken or the budget is spent.

mod document;
mod play;
mod told;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tidegate_fuzz::tamper::Untouched;
use tidegate_fuzz::{Case, Options, shrink};
use tidegate_policy::kind::Kind;

use crate::ending::Ending;
use crate::error::{Failure, names};
use crate::terminal;

use play::{Budget, play};

/// How many seeds are played where nobody says.
const SEEDS: Range<u64> = 0..100;
/// A failing seed is made small within so many runs.
const SHRINK_RUNS: usize = 80;

/// `tidegate fuzz`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  tidegate fuzz --seeds 0..1000\n  tidegate fuzz --minutes 3              fresh seeds for three minutes; the first is printed\n  \
                  tidegate fuzz --seeds 87..88           one seed again, with its time line if it fails\n\nExit codes: 0 no law was broken, 1 bad input, 3 a law was broken."
)]
pub(crate) struct Arguments {
    /// The seeds: from the first, to below the last [default: 0..100; with --minutes fresh ones].
    #[arg(long, value_name = "A..B", value_parser = seeds)]
    seeds: Option<Range<u64>>,
    /// Play for so many minutes, and no longer.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1440))]
    minutes: Option<u32>,
    /// Targets of this kind alone: rds-replicas, ecs-service or redis-nodes [default: all].
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Option<Kind>,
    /// How many seeds are played at a time [default: one for each processor].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Print one JSON document and nothing else.
    #[arg(long)]
    json: bool,
}

fn seeds(text: &str) -> Result<Range<u64>, String> {
    let number = |text: &str| text.trim().replace('_', "").parse::<u64>().ok();
    let range = text.split_once("..").and_then(|(from, to)| Some(number(from)?..number(to)?));
    match range {
        None => Err("seeds are two whole numbers with two dots between, as 0..1000".to_owned()),
        Some(range) if range.is_empty() => Err(format!(
            "there is no seed in {text}: the second number is the first that is not played, as 5..6 for seed 5"
        )),
        Some(range) => Ok(range),
    }
}

fn kind(text: &str) -> Result<Kind, String> {
    let found = Kind::ALL.into_iter().find(|kind| kind.name() == text);
    found.ok_or_else(|| {
        format!("there is no kind `{text}`; the kinds are: {}", names(Kind::ALL.map(Kind::name)))
    })
}

/// Plays the seeds and reports what was broken.
pub(crate) fn fuzz(arguments: &Arguments) -> Result<Ending, Failure> {
    let options = Options { kind: arguments.kind };
    let seeds = match (&arguments.seeds, arguments.minutes) {
        (Some(seeds), _) => seeds.clone(),
        (None, None) => SEEDS,
        (None, Some(_)) => fresh()..u64::MAX,
    };
    let budget = Budget {
        seeds: seeds.clone(),
        lasting: arguments.minutes.map(|minutes| Duration::from_secs(u64::from(minutes) * 60)),
        jobs: arguments.jobs.map_or_else(processors, usize::from),
        interrupted: interrupted(),
    };
    if !arguments.json {
        terminal::print(told::beginning(&budget, arguments.kind))?;
    }
    let played = play(&budget, options);
    let shrunk = played.failed.first().and_then(|first| {
        let case = Case::drawn(first.seed, options).ok()?;
        shrink(&case, &Untouched, SHRINK_RUNS)
    });
    if arguments.json {
        let document = document::of(&played, shrunk.as_ref(), arguments.kind);
        terminal::print(serde_json::to_string_pretty(&document).map_err(Failure::Json)?)?;
    } else {
        for line in told::end(&played, shrunk.as_ref(), arguments.kind) {
            terminal::print(line)?;
        }
    }
    Ok(if played.failed.is_empty() { Ending::Sound } else { Ending::InvariantBroken })
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// A first seed that no run has begun with: 40 bits, so that it is read and typed with ease.
fn fresh() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    // The standard library keys each of these anew from the system's source of randomness.
    RandomState::new().hash_one(std::process::id()) >> 24
}

/// Set once a person interrupts: what was played until then is reported.
fn interrupted() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    // Where no handler can be set, the run ends without its report, as any other would.
    let _ = ctrlc::set_handler(move || set.store(true, Ordering::Relaxed));
    flag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_a_range_that_is_not_empty() {
        assert_eq!(seeds("5..8"), Ok(5..8));
        assert_eq!(seeds("0..100_000"), Ok(0..100_000));
        for bad in ["", "5", "a..b", "-1..3", "1...3", "..", "5..99999999999999999999"] {
            assert!(seeds(bad).unwrap_err().contains("two whole numbers"), "{bad}");
        }
        for empty in ["5..5", "8..5"] {
            assert!(seeds(empty).unwrap_err().contains("no seed in"), "{empty}");
        }
    }

    #[test]
    fn a_kind_that_does_not_exist_is_answered_with_those_that_do() {
        assert_eq!(kind("redis-nodes"), Ok(Kind::RedisNodes));
        let said = kind("redis").unwrap_err();
        assert_eq!(said, "there is no kind `redis`; the kinds are: rds-replicas, ecs-service, redis-nodes");
    }
}
