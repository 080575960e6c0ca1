//! Plays seeds side by side until all are played, the time is over, or a person interrupts.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use tidegate_fuzz::{Case, Options, Outcome, Violation, run};

/// What is played.
pub(crate) struct Budget {
    pub(crate) seeds: Range<u64>,
    /// No longer than this.
    pub(crate) lasting: Option<Duration>,
    /// So many at a time.
    pub(crate) jobs: usize,
    pub(crate) interrupted: Arc<AtomicBool>,
}

/// One seed that broke a law.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    pub(crate) seed: u64,
    /// The first that it broke.
    pub(crate) violation: Violation,
}

/// What was played.
#[derive(Debug, Default)]
pub(crate) struct Played {
    /// The first seed, and the first that was not begun.
    pub(crate) seeds: Range<u64>,
    pub(crate) count: u64,
    pub(crate) minutes: u64,
    pub(crate) attempts: u64,
    pub(crate) calls: u64,
    pub(crate) took: Duration,
    /// In ascending order of seeds.
    pub(crate) failed: Vec<Failed>,
    /// How many minutes after the calm the last target of each seed was at rest, in ascending order.
    pub(crate) rests: Vec<usize>,
    /// Of the logs of decisions of all seeds, in their order.
    pub(crate) hash: u64,
    /// Whether a person ended it.
    pub(crate) interrupted: bool,
}

/// Plays them.
pub(crate) fn play(budget: &Budget, options: Options) -> Played {
    let begun = Instant::now();
    let next = AtomicU64::new(budget.seeds.start);
    let outcomes: Mutex<Vec<(u64, Result<Outcome, String>)>> = Mutex::default();
    let bar = bar(budget);
    // A panic is a breach, with a report of its own.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    std::thread::scope(|scope| {
        for _ in 0..budget.jobs {
            scope.spawn(|| {
                loop {
                    let over = budget.lasting.is_some_and(|lasting| begun.elapsed() >= lasting);
                    if over || budget.interrupted.load(Ordering::Relaxed) {
                        break;
                    }
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= budget.seeds.end {
                        break;
                    }
                    let outcome = Case::drawn(seed, options).map(|case| run(&case));
                    outcomes.lock().unwrap_or_else(PoisonError::into_inner).push((seed, outcome));
                    bar.inc(1);
                }
            });
        }
    });
    std::panic::set_hook(hook);
    bar.finish_and_clear();
    let outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    let interrupted = budget.interrupted.load(Ordering::Relaxed);
    Played { took: begun.elapsed(), interrupted, ..counted(budget.seeds.start, outcomes) }
}

fn bar(budget: &Budget) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = if budget.lasting.is_some() {
        ProgressBar::no_length()
    } else {
        ProgressBar::new(budget.seeds.end - budget.seeds.start)
    };
    if let Ok(style) = ProgressStyle::with_template("{pos} seeds {wide_bar} {per_sec} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}

fn counted(from: u64, mut outcomes: Vec<(u64, Result<Outcome, String>)>) -> Played {
    outcomes.sort_by_key(|(seed, _)| *seed);
    let mut played = Played { seeds: from..from, hash: 0xcbf2_9ce4_8422_2325, ..Played::default() };
    for (seed, outcome) in outcomes {
        played.count += 1;
        played.seeds.end = seed + 1;
        match outcome {
            Ok(outcome) => {
                played.minutes += u64::try_from(outcome.minutes).unwrap_or_default();
                played.attempts += outcome.attempts;
                played.calls += outcome.calls;
                played.rests.extend(outcome.rest);
                played.hash = (played.hash ^ outcome.hash).wrapping_mul(0x0000_0100_0000_01b3);
                let first = outcome.violations.into_iter().next();
                played.failed.extend(first.map(|violation| Failed { seed, violation }));
            }
            Err(document) => {
                played.failed.push(Failed { seed, violation: Violation::of_the_generator(document) });
            }
        }
    }
    played.rests.sort_unstable();
    played
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(seeds: Range<u64>, jobs: usize) -> Budget {
        Budget { seeds, lasting: None, jobs, interrupted: Arc::default() }
    }

    #[test]
    fn the_same_seeds_have_the_same_hash_however_many_are_played_at_a_time() {
        let one = play(&budget(3..6, 1), Options::default());
        let two = play(&budget(3..6, 2), Options::default());
        assert_eq!((one.hash, one.attempts, one.seeds), (two.hash, two.attempts, 3..6));
        let others = play(&budget(4..7, 2), Options::default());
        assert_ne!(one.hash, others.hash);
    }

    #[test]
    fn what_was_played_until_an_interruption_is_counted() {
        let budget = budget(0..1_000_000, 1);
        budget.interrupted.store(true, Ordering::Relaxed);
        let played = play(&budget, Options::default());
        assert_eq!((played.count, played.seeds, played.interrupted), (0, 0..0, true));
    }
}
