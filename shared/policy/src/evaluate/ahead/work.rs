//! The work of minutes, as members of a kind without a total of its own show it: the sum of what each did.

use jiff::Timestamp;

use crate::observation::{Minute, PastMinutes, Point};

/// CloudWatch shows points after one to three minutes: a minute that some member still lacks after so many is taken as it is. To take half of them at
/// once makes the newest minute noisier, and costs more than the minute is worth.
const WAITS_MINUTES: i64 = 3;
/// Percent of CPU above which a member serves less than it is asked for.
const CENSORED_ABOVE: f64 = 97.0;
/// By how much a censored minute's work is taken to be more than what was measured. Source: the specification of the forecast.
const CENSORED: f64 = 1.25;

/// One who works: its CPU, and its capacity where a member of the policy's class has 1.
pub(crate) struct Worker<'a> {
    pub(crate) cpu: &'a [Point],
    pub(crate) capacity: f64,
    /// Whether it was asked for work all along; of another one that says nothing nothing is assumed.
    pub(crate) answers: bool,
    /// Whether it is still there after its last point.
    pub(crate) stays: bool,
}

/// Whether a member with this CPU serves less than it is asked for.
pub(crate) fn is_censored(cpu: f64) -> bool {
    cpu > CENSORED_ABOVE
}

/// The work that is taken for what was measured.
pub(crate) fn uncensored(work: f64, censored: bool) -> f64 {
    if censored { work * CENSORED } else { work }
}

/// The work of each minute that is over: of what one of them lacks, as much as the others do on average. Begins at `since`, or as far
/// back as is known.
pub(crate) fn work(workers: &[Worker<'_>], since: Option<i64>, now: Timestamp) -> Vec<(Minute, Option<f64>)> {
    let newest = workers.iter().filter_map(|worker| worker.cpu.last()).map(|point| point.minute.0).max();
    let oldest = workers.iter().filter_map(|worker| worker.cpu.first()).map(|point| point.minute.0).min();
    let (Some(newest), Some(oldest)) = (newest, oldest) else { return Vec::new() };
    let whole_until = Minute::containing(now).0 - 1 - WAITS_MINUTES;
    summed(workers, since.unwrap_or(oldest).max(oldest), newest, whole_until)
}

/// The work of past minutes: members came and went, and what one lacks will not come any more.
pub(crate) fn worked(workers: &[Worker<'_>], past: &PastMinutes) -> Vec<(Minute, Option<f64>)> {
    summed(workers, past.from.0, past.until.0 - 1, past.until.0)
}

fn summed(workers: &[Worker<'_>], oldest: i64, newest: i64, whole_until: i64) -> Vec<(Minute, Option<f64>)> {
    let mut work = Vec::new();
    for minute in oldest..=newest {
        let (mut sum, mut of_others) = (0.0, 0.0);
        let (mut present, mut lacking) = (0.0, 0.0);
        let mut censored = false;
        for worker in workers {
            match worker.cpu.binary_search_by_key(&minute, |point| point.minute.0) {
                Ok(at) => {
                    let cpu = worker.cpu[at].value;
                    let work = cpu / 100.0 * worker.capacity;
                    if worker.answers {
                        sum += work;
                        present += worker.capacity;
                        censored |= is_censored(cpu);
                    } else {
                        // Who leaves has what its last clients ask for, which says nothing of the others.
                        of_others += work;
                    }
                }
                Err(at) if worker.answers && at > 0 && (worker.stays || at < worker.cpu.len()) => {
                    lacking += worker.capacity;
                }
                Err(_) => {}
            }
        }
        if lacking > 0.0 && minute > whole_until {
            break;
        }
        let known = present > 0.0 && present >= lacking;
        let whole = sum * (present + lacking) / present.max(f64::MIN_POSITIVE) + of_others;
        work.push((Minute(minute), known.then_some(uncensored(whole, censored))));
    }
    work
}
