//! Requests over all target groups, derived anew: a group without a healthy task that shows none says nothing of the service.

use std::collections::{BTreeMap, BTreeSet};

use super::case::{Case, Step};
use super::taken::Taken;
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::observation::reading::{FRESH_FOR, STALE_FOR};
use crate::observation::{Minute, Reading};
use crate::policy::{ServiceMetric, Signal};

/// Those that stay have to carry what came in so many minutes.
const CARRIED_MINUTES: i64 = 10;

type Points = BTreeMap<Minute, f64>;

/// What each target group says of one metric.
fn by_group(case: &Case<'_>, metric: ServiceMetric) -> Vec<Points> {
    let groups = std::iter::once(&case.seen.signals).chain(case.seen.other_groups.values());
    let points = |reading: Option<&Reading>| match reading {
        Some(Reading::Fresh(series) | Reading::Stale(series)) => {
            series.points().iter().map(|point| (point.minute, point.value)).collect()
        }
        Some(Reading::Missing) | None => Points::new(),
    };
    groups.map(|signals| points(signals.get(&metric))).collect()
}

/// Requests of the minutes in which some group had any, or had none and a healthy task. `None` where the newest of them is too old.
pub(super) fn known(case: &Case<'_>) -> Option<Points> {
    let mut known = Points::new();
    let healthy = by_group(case, ServiceMetric::HealthyHosts);
    for (requests, healthy) in by_group(case, ServiceMetric::Requests).iter().zip(&healthy) {
        let minutes: BTreeSet<_> = requests.keys().chain(healthy.keys()).copied().collect();
        for minute in minutes {
            let count = requests.get(&minute).copied().unwrap_or(0.0);
            if count > 0.0 || healthy.get(&minute).is_some_and(|tasks| *tasks >= 1.0) {
                *known.entry(minute).or_default() += count;
            }
        }
    }
    let newest = known.keys().next_back().and_then(|minute| minute.end())?;
    (case.now.duration_since(newest) <= FRESH_FOR).then_some(known)
}

/// Whether each group that had requests answered some since: silence is good only as long as there were none.
pub(super) fn answered(case: &Case<'_>) -> bool {
    let oldest = Minute::containing(case.now.saturating_sub(STALE_FOR).unwrap_or(case.now));
    let fresh = |minute: Minute| minute.end().is_some_and(|end| case.now.duration_since(end) <= FRESH_FOR);
    let latency = by_group(case, ServiceMetric::Latency);
    by_group(case, ServiceMetric::Requests).iter().zip(&latency).all(|(requests, latency)| {
        let newest = latency.keys().next_back().copied().unwrap_or(oldest);
        let since = requests.iter().filter(|(minute, count)| **minute > newest && **count > 0.0);
        fresh(newest) || since.count() == 0
    })
}

/// Tasks that go at once for what signals say leave enough for the requests of all groups, by every limit of the policy.
pub(super) fn judge(step: &Step<'_>, findings: &mut Findings) {
    let case = step.case;
    let Some(left) = Taken::by(step).and_then(|taken| taken.tasks) else { return };
    if left >= case.in_force.max {
        return;
    }
    let limits = case.scaling.scale_out.iter().map(|rule| (rule.signal, rule.threshold));
    let limits = limits.chain(case.scaling.track.iter().map(|rule| (rule.signal, rule.target)));
    let limits = limits.filter(|(signal, _)| *signal == Signal::RequestsPerTarget);
    // What is not known was refused for want of data.
    let (Some(limit), Some(known)) = (limits.map(|(_, limit)| limit).min_by(f64::total_cmp), known(case))
    else {
        return;
    };
    let Some((newest, _)) = known.last_key_value() else { return };
    let lately: Vec<f64> = known
        .iter()
        .filter(|(minute, _)| minute.0 > newest.0 - CARRIED_MINUTES)
        .map(|(_, requests)| *requests)
        .collect();
    let mean = lately.iter().sum::<f64>() / lately.len() as f64;
    if mean > limit * f64::from(left.0) {
        let action = step.action;
        let detail = format!(
            "{action}, although {mean:.0} requests a minute come, and {limit:.0} a task are the most"
        );
        findings.refuse(invariant::REQUESTS, detail);
    }
}
