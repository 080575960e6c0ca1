//! The work of a service, minute by minute: the forecast learns from it.

use jiff::Timestamp;

use super::signals::Signals;
use crate::evaluate::ahead::{Took, Usual, Workforce, is_censored, uncensored};
use crate::forecast::delays::Delay;
use crate::history::EcsServiceMemory;
use crate::observation::{Minute, PastMinutes, Point, Reading, Worked};
use crate::policy::Signal;

/// A task carries its share as soon as it runs, and is billed until it stops.
const USUAL: Usual =
    Usual { half_share: Delay::ECS, billed_before: 1.0, gone: Delay { median: 1.0, sigma: 0.3 } };

/// Tasks that were asked for all run now.
pub(crate) fn took(before: &EcsServiceMemory, after: &EcsServiceMemory, now: Timestamp) -> Vec<Took> {
    let started = before.starting.filter(|starting| starting.to > starting.from && after.starting.is_none());
    started.map(|starting| Took::HalfShare(Took::minutes(starting.since, now))).into_iter().collect()
}

/// Who works for the service, and what was worked since `since`, or as far back as is known: CPU, a mean over tasks, times those that ran.
pub(crate) fn workforce(
    signals: &Signals<'_>,
    memory: &EcsServiceMemory,
    since: Option<i64>,
    now: Timestamp,
) -> Workforce {
    let points = match signals.reading(Signal::Cpu) {
        Reading::Fresh(series) | Reading::Stale(series) => series.points(),
        Reading::Missing => &[],
    };
    let worked =
        |point: &Point| uncensored(signals.work(Signal::Cpu, point) / 100.0, is_censored(point.value));
    let oldest = points.first().map_or(0, |point| point.minute.0);
    let from = since.unwrap_or(oldest).max(oldest);
    let new = points.iter().filter(|point| point.minute.0 >= from);
    let work = new.map(|point| (Minute(point.minute.0), Some(worked(point)))).collect();
    let coming = memory.starting.iter().flat_map(|starting| {
        let age = now.duration_since(starting.since).as_secs_f64() / 60.0;
        let lacking = signals.desired().minus(signals.running());
        std::iter::repeat_n(age, lacking.0 as usize)
    });
    Workforce {
        work,
        reads_on: false,
        beside: 0,
        coming: coming.collect(),
        leaving: Vec::new(),
        usual: USUAL,
    }
}

/// What was worked in minutes that were read afterwards.
pub(crate) fn worked(past: &PastMinutes) -> Vec<(Minute, Option<f64>)> {
    let Worked::Together { cpu, members } = &past.worked else { return Vec::new() };
    let in_range = cpu.iter().filter(|point| past.from <= point.minute && point.minute < past.until);
    let work = in_range.map(|point| {
        let at = members.binary_search_by_key(&point.minute, |members| members.minute).ok();
        let work = at.map(|at| point.value / 100.0 * members[at].value);
        (point.minute, work.map(|work| uncensored(work, is_censored(point.value))))
    });
    work.collect()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::history::Starting;
    use crate::units::Count;

    #[test]
    fn tasks_took_until_all_of_them_ran() {
        let now = Minute(20_000 * 1440).start().unwrap();
        let starting = |from: u32, to: u32| {
            let since = now - SignedDuration::from_mins(3);
            let starting = Some(Starting { since, from: Count(from), to: Count(to) });
            let mut memory = EcsServiceMemory::default();
            memory.starting = starting;
            memory
        };
        let all_run = EcsServiceMemory::default();
        assert_eq!(took(&starting(2, 4), &all_run, now), [Took::HalfShare(3.0)]);
        assert_eq!(took(&starting(4, 2), &all_run, now), []);
        assert_eq!(took(&starting(2, 4), &starting(2, 4), now), []);
        assert_eq!(took(&all_run, &all_run, now), []);
    }
}
