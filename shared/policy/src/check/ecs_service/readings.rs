//! Missing data is never low: what must be known before fewer tasks are concluded from signals, and which silence says something.

use std::collections::BTreeSet;

use super::case::Case;
use super::traffic;
use crate::observation::{Minute, Reading, Service};
use crate::policy::ServiceMetric;
use crate::units::{Count, friendly};

/// Every reading that the rules need and that says nothing. Rules that only alert decide nothing, so they need none.
pub(super) fn unknown(case: &Case<'_>, service: &Service) -> Vec<String> {
    let rules = case.scaling.scale_out.iter().chain(&case.scaling.scale_in).map(|rule| rule.signal);
    let signals = rules.chain(case.scaling.track.iter().map(|rule| rule.signal));
    let needed: BTreeSet<ServiceMetric> =
        signals.flat_map(|signal| signal.service_metrics().iter().copied()).collect();
    needed.into_iter().filter_map(|metric| doubt(case, service, metric)).collect()
}

fn doubt(case: &Case<'_>, service: &Service, metric: ServiceMetric) -> Option<String> {
    // It only says whether a group without requests is idle.
    if metric == ServiceMetric::HealthyHosts {
        return None;
    }
    // Nobody runs, so nobody uses anything.
    if matches!(metric, ServiceMetric::Cpu | ServiceMetric::Memory) && service.running == Count::ZERO {
        return None;
    }
    let Some(reading) = case.seen.signals.get(&metric) else {
        return Some(format!("{metric:?} was not read"));
    };
    // What target groups say, they say together.
    if metric.is_of_a_group() {
        return of_groups(case, metric);
    }
    let why = match reading {
        Reading::Fresh(_) => return None,
        Reading::Stale(series) => {
            let age = series.newest().minute.end().map(|end| case.now.duration_since(end));
            format!("{metric:?} is {} old", age.map_or_else(String::new, friendly))
        }
        Reading::Missing => format!("{metric:?} has no points"),
    };
    (!silence_is_expected(case, metric)).then_some(why)
}

/// Metrics that AWS publishes only when there is something to count.
fn silence_is_expected(case: &Case<'_>, metric: ServiceMetric) -> bool {
    match metric {
        // Nothing waits, so nothing is old.
        ServiceMetric::QueueAge => fresh(case, ServiceMetric::QueueDepth)
            .and_then(|points| points.last().copied())
            .is_some_and(|newest| newest.1 <= 0.0),
        ServiceMetric::Cpu
        | ServiceMetric::Memory
        | ServiceMetric::QueueDepth
        | ServiceMetric::QueueInFlight
        | ServiceMetric::Requests
        | ServiceMetric::Latency
        | ServiceMetric::Errors
        | ServiceMetric::HealthyHosts => false,
    }
}

/// The points of a reading that may be acted on.
fn fresh(case: &Case<'_>, metric: ServiceMetric) -> Option<Vec<(Minute, f64)>> {
    match case.seen.signals.get(&metric) {
        Some(Reading::Fresh(series)) => {
            Some(series.points().iter().map(|point| (point.minute, point.value)).collect())
        }
        _ => None,
    }
}

/// Why the target groups leave it unknown. A load balancer that tells of requests would have told of errors too; requests without a response
/// time are requests that nobody answered.
fn of_groups(case: &Case<'_>, metric: ServiceMetric) -> Option<String> {
    if traffic::known(case).is_none() {
        return Some(format!("{metric:?}: no target group says how many requests came lately"));
    }
    let silent = metric == ServiceMetric::Latency && !traffic::answered(case);
    silent.then(|| format!("{metric:?} has no points since requests came"))
}
