//! What `tidegate fuzz --json` prints. Its fields are a stable interface.

use serde::Serialize;
use tidegate_fuzz::Shrunk;
use tidegate_policy::kind::Kind;

use super::play::{Failed, Played};

/// The whole.
#[derive(Debug, Serialize)]
pub(crate) struct Document {
    first_seed: u64,
    /// The first that was not played.
    end_seed: u64,
    kind: Option<&'static str>,
    seeds: u64,
    simulated_minutes: u64,
    attempts: u64,
    calls: u64,
    seconds: f64,
    interrupted: bool,
    /// Of the logs of decisions, in hexadecimal.
    hash: String,
    /// Minutes after the faults until every target was at rest: of half of the seeds, and the most.
    rest_median: Option<usize>,
    rest_most: Option<usize>,
    failed: Vec<FailedSeed>,
    /// The first of them, made small.
    small: Option<Small>,
}

#[derive(Debug, Serialize)]
struct FailedSeed {
    seed: u64,
    minute: usize,
    target: String,
    law: &'static str,
    detail: String,
    again: String,
}

#[derive(Debug, Serialize)]
struct Small {
    seed: u64,
    events: Vec<String>,
    policy: String,
}

/// Of a run.
pub(crate) fn of(played: &Played, shrunk: Option<&Shrunk>, kind: Option<Kind>) -> Document {
    let option = kind.map_or_else(String::new, |kind| format!(" --kind {kind}"));
    let failed = |Failed { seed, violation }: &Failed| FailedSeed {
        seed: *seed,
        minute: violation.minute,
        target: violation.target.clone(),
        law: violation.law.name(),
        detail: violation.detail.clone(),
        again: format!("tidegate fuzz --seeds {seed}..{}{option}", seed + 1),
    };
    Document {
        first_seed: played.seeds.start,
        end_seed: played.seeds.end,
        kind: kind.map(Kind::name),
        seeds: played.count,
        simulated_minutes: played.minutes,
        attempts: played.attempts,
        calls: played.calls,
        seconds: (played.took.as_secs_f64() * 10.0).round() / 10.0,
        interrupted: played.interrupted,
        hash: format!("{:016x}", played.hash),
        rest_median: played.rests.get(played.rests.len() / 2).copied(),
        rest_most: played.rests.last().copied(),
        failed: played.failed.iter().map(failed).collect(),
        small: shrunk.map(|shrunk| Small {
            seed: shrunk.case.seed,
            events: shrunk
                .case
                .script
                .iter()
                .map(|(place, event)| format!("{} {place} {}", event.after, event.event.code()))
                .collect(),
            policy: shrunk.case.document.clone(),
        }),
    }
}
