//! The requests of a service over all its target groups: deployments move them from one group to another, and a group that has none of
//! them says nothing of the service.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::observation::{EcsObservation, Minute, Point, Reading};
use crate::policy::ServiceMetric;

/// A minute without a point, so near to one with so many requests, is late or lost: with ten a minute, one without any comes once in weeks.
const NEAR_MINUTES: i64 = 2;
const BUSY: f64 = 10.0;

/// What all target groups say together.
pub(super) struct Traffic {
    /// Requests a minute.
    pub(super) requests: Reading,
    /// Of the group with the most requests in the minute, seconds. Nothing is late where nothing came.
    pub(super) latency: Reading,
    /// Percent of the requests. Unknown where a group had requests and answered none.
    pub(super) error_rate: Reading,
}

/// The points of one target group.
struct Group<'a> {
    requests: &'a [Point],
    latency: &'a [Point],
    errors: &'a [Point],
    healthy: &'a [Point],
}

impl<'a> Group<'a> {
    fn of(signals: &'a BTreeMap<ServiceMetric, Reading>) -> Self {
        let points = |metric| match signals.get(&metric) {
            Some(Reading::Fresh(series) | Reading::Stale(series)) => series.points(),
            Some(Reading::Missing) | None => &[],
        };
        Self {
            requests: points(ServiceMetric::Requests),
            latency: points(ServiceMetric::Latency),
            errors: points(ServiceMetric::Errors),
            healthy: points(ServiceMetric::HealthyHosts),
        }
    }

    /// How many requests it had; `None` where it says nothing. AWS publishes no count of a minute without requests, and so does a group that
    /// lost its tasks: it had none where it had a healthy task, which shows that CloudWatch answers for the minute.
    fn requests_in(&self, minute: Minute) -> Option<f64> {
        let said = said(self.requests, minute);
        if let Some(requests) = said.filter(|requests| *requests > 0.0) {
            return Some(requests);
        }
        let has_tasks = said_at_least_one(self.healthy, minute);
        (has_tasks && (said.is_some() || !self.is_busy_near(minute))).then_some(0.0)
    }

    fn is_busy_near(&self, minute: Minute) -> bool {
        let near = self.requests.partition_point(|point| point.minute.0 < minute.0 - NEAR_MINUTES);
        let near = self.requests[near..].iter().take_while(|point| point.minute.0 <= minute.0 + NEAR_MINUTES);
        near.map(|point| point.value).any(|requests| requests > BUSY)
    }
}

impl Traffic {
    pub(super) fn of(seen: &EcsObservation, now: Timestamp) -> Self {
        let groups: Vec<_> =
            std::iter::once(&seen.signals).chain(seen.other_groups.values()).map(Group::of).collect();
        let all = groups.iter().flat_map(|group| group.requests.iter().chain(group.healthy));
        let minutes: BTreeSet<Minute> = all.map(|point| point.minute).collect();
        let (mut requests, mut latency, mut error_rate) = (Vec::new(), Vec::new(), Vec::new());
        let mut unanswered = vec![false; groups.len()];
        for minute in minutes {
            let point = |value| Point { minute, value };
            for (group, unanswered) in groups.iter().zip(&mut unanswered) {
                if group.requests_in(minute).is_some_and(|requests| requests > 0.0) {
                    *unanswered = said(group.latency, minute).is_none();
                }
            }
            let carried: Vec<_> =
                groups.iter().filter_map(|group| Some((group, group.requests_in(minute)?))).collect();
            if carried.is_empty() {
                continue;
            }
            let total: f64 = carried.iter().map(|(_, requests)| requests).sum();
            requests.push(point(total));
            if total <= 0.0 {
                // Silence after requests that nobody answered, as far as is known, is no good news.
                if !unanswered.contains(&true) {
                    latency.push(point(0.0));
                }
                error_rate.push(point(0.0));
                continue;
            }
            let busiest = carried.iter().max_by(|one, other| one.1.total_cmp(&other.1));
            latency.extend(busiest.and_then(|(group, _)| said(group.latency, minute)).map(point));
            let served = || carried.iter().filter(|(_, requests)| *requests > 0.0).map(|(group, _)| group);
            if served().all(|group| said(group.latency, minute).is_some()) {
                let errors: f64 = served().filter_map(|group| said(group.errors, minute)).sum();
                error_rate.push(point(100.0 * errors / total));
            }
        }
        let reading = |points| Reading::new(points, None, now);
        Self { requests: reading(requests), latency: reading(latency), error_rate: reading(error_rate) }
    }
}

fn said(points: &[Point], minute: Minute) -> Option<f64> {
    let index = points.binary_search_by_key(&minute, |point| point.minute).ok()?;
    points.get(index).map(|point| point.value)
}

fn said_at_least_one(points: &[Point], minute: Minute) -> bool {
    said(points, minute).is_some_and(|count| count >= 1.0)
}
