//! What a person reads of a run of the fuzzer, within 80 columns but for sentences.

use tidegate_fuzz::{Recorded, Shrunk};
use tidegate_policy::kind::Kind;

use super::play::{Budget, Failed, Played};

/// So many failing seeds are listed.
const LISTED: usize = 20;
/// So many lines of a time line, the last ones, and of the last so many minutes.
const LINES: usize = 60;
const MINUTES: usize = 180;

/// The line before it begins.
pub(crate) fn beginning(budget: &Budget, kind: Option<Kind>) -> String {
    let Budget { seeds, jobs, lasting, .. } = budget;
    let kinds =
        kind.map_or_else(|| "targets of all kinds".to_owned(), |kind| format!("targets of kind {kind}"));
    let seeds = match lasting {
        Some(lasting) => format!("seeds from {} on, for {} minutes", seeds.start, lasting.as_secs() / 60),
        None => format!("seeds {}..{}", seeds.start, seeds.end),
    };
    format!("{seeds}, {jobs} at a time, {kinds}")
}

/// What is printed at the end.
pub(crate) fn end(played: &Played, shrunk: Option<&Shrunk>, kind: Option<Kind>) -> Vec<String> {
    let mut lines = Vec::new();
    for Failed { seed, violation } in played.failed.iter().take(LISTED) {
        let law = violation.law.name();
        lines.push(format!(
            "seed {seed}: minute {}, {}, {law}: {}",
            violation.minute, violation.target, violation.detail
        ));
    }
    if played.failed.len() > LISTED {
        lines.push(format!("and {} seeds more", played.failed.len() - LISTED));
    }
    if let Some(shrunk) = shrunk {
        lines.extend(small(shrunk, kind));
    }
    let Played { count, minutes, attempts, calls, took, failed, rests, hash, interrupted, seeds } = played;
    let per_second = *count as f64 / took.as_secs_f64().max(1e-3);
    if *interrupted {
        lines.push("interrupted; until then:".to_owned());
    }
    lines.push(format!(
        "{count} seeds ({}..{}) in {:.0} s, {per_second:.1} per second",
        seeds.start,
        seeds.end,
        took.as_secs_f64()
    ));
    lines.push(format!("{minutes} simulated minutes, {attempts} attempts, {calls} calls"));
    if let (Some(half), Some(most)) = (rests.get(rests.len() / 2), rests.last()) {
        lines.push(format!("at rest after the faults: {half} minutes in half of the seeds, {most} at most"));
    }
    lines.push(format!("hash of the decisions: {hash:016x}"));
    lines.push(match failed.len() {
        0 => "no law was broken".to_owned(),
        1 => "1 seed broke a law".to_owned(),
        failed => format!("{failed} seeds broke a law"),
    });
    lines
}

/// The first failing seed, made small.
fn small(shrunk: &Shrunk, kind: Option<Kind>) -> Vec<String> {
    let Shrunk { case, outcome, events_before, runs } = shrunk;
    let mut lines = vec![
        String::new(),
        format!(
            "seed {}, made small in {runs} runs: {} of {events_before} events are left",
            case.seed,
            case.script.len()
        ),
        String::new(),
        case.document.trim().to_owned(),
        String::new(),
    ];
    if let Some((_, fault)) = &case.lasting {
        lines.push(format!("one fault lasts: {}", fault.code()));
    }
    let last = outcome.violations.first();
    let whose = last.map(|violation| violation.target.clone()).unwrap_or_default();
    let until = last.map_or(outcome.minutes, |violation| violation.minute);
    let of_it = |line: &&Recorded| {
        let about = line.target == whose || matches!(line.kind, "world" | "attempt");
        about && line.minute + MINUTES >= until
    };
    let all: Vec<&Recorded> = outcome.recorded.iter().filter(of_it).collect();
    let left_out = all.len().saturating_sub(LINES);
    if left_out > 0 {
        lines.push(format!("{left_out} lines before these"));
    }
    for Recorded { minute, target, kind, code, detail } in all.into_iter().skip(left_out) {
        lines.push(format!("{minute:5} {target:12} {kind:8} {code} {detail}"));
    }
    if let Some(violation) = last {
        lines.push(format!(
            "{:5} {:12} broken   {} {}",
            violation.minute,
            violation.target,
            violation.law.name(),
            violation.detail
        ));
    }
    let kind = kind.map_or_else(String::new, |kind| format!(" --kind {kind}"));
    lines.push(format!("again: tidegate fuzz --seeds {}..{}{kind}", case.seed, case.seed + 1));
    lines.push(String::new());
    lines
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_run_in_which_nothing_broke_says_what_was_covered() {
        let played = Played {
            seeds: 5..105,
            count: 100,
            minutes: 250_000,
            attempts: 400_000,
            calls: 2_000_000,
            took: Duration::from_secs(25),
            rests: vec![1, 2, 46],
            hash: 0xabc,
            ..Played::default()
        };
        assert_eq!(
            end(&played, None, None),
            [
                "100 seeds (5..105) in 25 s, 4.0 per second",
                "250000 simulated minutes, 400000 attempts, 2000000 calls",
                "at rest after the faults: 2 minutes in half of the seeds, 46 at most",
                "hash of the decisions: 0000000000000abc",
                "no law was broken",
            ]
        );
        let interrupted = Played { interrupted: true, ..played };
        assert_eq!(end(&interrupted, None, None)[0], "interrupted; until then:");
    }
}
