//! Target groups: deployments move the requests of a service from one to another, and one without any says nothing of the service.

use std::collections::BTreeSet;

use tidegate_policy::evaluate::target_groups;
use tidegate_policy::observation::{Reading, Rollout};
use tidegate_policy::policy::{Comparison, ServiceMetric, Signal};
use tidegate_policy::reason::Reason;
use tidegate_policy::units::Count;

use super::fixture::{BLUE, GREEN, World, deployment, level, rule, series, track};

/// Tasks by their requests alone, a thousand each, and by latency.
fn by_requests(tasks: u32) -> World {
    let mut world = World::steady(tasks);
    let scaling = &mut world.target.scaling;
    scaling.max = Count(20);
    scaling.scale_out = vec![rule(Signal::Latency, Comparison::Above, 1.0, 5)];
    scaling.scale_in = Vec::new();
    scaling.track = vec![track(Signal::RequestsPerTarget, 1_000.0)];
    world.seen.signals.insert(ServiceMetric::Latency, Reading::Missing);
    world
}

/// Blue has no request and no task any more; green has all of them.
fn shifted(tasks: u32, requests: f64) -> World {
    let mut world = by_requests(tasks);
    world.signal(ServiceMetric::Requests, 0.0);
    world.seen.signals.insert(ServiceMetric::HealthyHosts, Reading::Missing);
    world.green(ServiceMetric::Requests, requests);
    world.green(ServiceMetric::Latency, 0.2);
    world.green(ServiceMetric::HealthyHosts, f64::from(tasks));
    world
}

#[test]
fn at_full_load_the_old_group_without_requests_takes_no_task_away() {
    assert_eq!(shifted(10, 9_500.0).says(), "10 -> 10 within_thresholds: nothing");
    assert_eq!(
        shifted(10, 4_000.0).says(),
        "10 -> 5 scale_in_tracking: desired count of production/api: 10 -> 5"
    );
    assert_eq!(
        shifted(10, 12_500.0).says(),
        "10 -> 13 scale_out_tracking: desired count of production/api: 10 -> 13"
    );
    // The old group may have its tasks still, and yet carries nothing.
    let mut baking = shifted(10, 9_500.0);
    baking.signal(ServiceMetric::Requests, 0.0);
    assert_eq!(baking.says(), "10 -> 10 within_thresholds: nothing");
}

#[test]
fn where_the_other_group_is_not_known_nothing_is() {
    for hosts in [Reading::Missing, level(0.0, World::idle(1).now)] {
        let mut world = shifted(10, 9_500.0);
        world.seen.other_groups.clear();
        world.seen.signals.insert(ServiceMetric::HealthyHosts, hosts);
        assert_eq!(world.says(), "10 -> 10 signal_missing: nothing");
    }
}

#[test]
fn during_a_shift_the_requests_of_both_groups_count() {
    let mut world = by_requests(4);
    world.signal(ServiceMetric::Requests, 2_600.0);
    world.signal(ServiceMetric::Latency, 0.2);
    world.green(ServiceMetric::Requests, 2_600.0);
    world.green(ServiceMetric::Latency, 0.2);
    world.green(ServiceMetric::HealthyHosts, 4.0);
    world.service().deployments.push(deployment("ecs-svc/2", true, Rollout::InProgress));
    assert_eq!(world.says(), "4 -> 6 scale_out_tracking: desired count of production/api: 4 -> 6");
    // Before the shift one had them, after it the other: every minute counts for what it was.
    let now = world.now;
    let mut world = shifted(6, 0.0);
    let half = |is_old: bool| series(move |ago| if (ago >= 8) == is_old { 5_600.0 } else { 0.0 }, now);
    world.seen.signals.insert(ServiceMetric::Requests, half(true));
    world.seen.other_groups.get_mut(GREEN).unwrap().insert(ServiceMetric::Requests, half(false));
    assert_eq!(world.says(), "6 -> 6 within_thresholds: nothing");
}

#[test]
fn latency_is_that_of_the_group_with_the_traffic_and_errors_are_of_all() {
    let mut world = shifted(4, 3_500.0);
    world.signal(ServiceMetric::Latency, 3.0);
    world.target.scaling.scale_out.push(rule(Signal::ErrorRate, Comparison::Above, 1.0, 5));
    world.seen.signals.insert(ServiceMetric::Errors, Reading::Missing);
    world.green(ServiceMetric::Errors, 1.0);
    assert_eq!(world.says(), "4 -> 4 within_thresholds: nothing");
    world.green(ServiceMetric::Latency, 1.5);
    assert_eq!(world.says(), "4 -> 5 scale_out_threshold: desired count of production/api: 4 -> 5");
    world.green(ServiceMetric::Latency, 0.2);
    world.signal(ServiceMetric::Requests, 100.0);
    world.signal(ServiceMetric::Errors, 60.0);
    assert!(world.says().starts_with("4 -> 5 scale_out_threshold"), "{}", world.says());
    // A group that answers none of its requests leaves the rate unknown.
    world.seen.signals.insert(ServiceMetric::Latency, Reading::Missing);
    world.target.scaling.track.clear();
    world.target.scaling.scale_in = vec![rule(Signal::RequestsPerTarget, Comparison::Below, 2_000.0, 5)];
    assert_eq!(world.says(), "4 -> 4 signal_missing: nothing");
}

#[test]
fn a_group_that_the_policy_does_not_name_is_read_and_named() {
    let world = shifted(10, 9_500.0);
    let note = "the service is behind 2 target groups in turn, and the policy names 1: the requests of all of them count, but alarms and dashboards watch those of the policy alone; write target_group = [\"targetgroup/api/2\", \"targetgroup/api-green/3\"]";
    let notes = |world: &World| {
        let notes = world.plan().notes.into_iter();
        let unnamed = notes.filter(|note| note.reason == Reason::TargetGroupUnnamed);
        unnamed.map(|note| note.detail).collect::<Vec<_>>()
    };
    assert_eq!(notes(&world), [note]);
    let mut named = world.clone();
    named.ecs().load_balancer.as_mut().unwrap().target_groups.push(GREEN.to_owned());
    assert_eq!(notes(&named), Vec::<String>::new());
    assert_eq!(named.says(), world.says());
}

#[test]
fn of_several_load_balancers_only_what_alternates_with_a_named_group_is_read() {
    let mut world = World::steady(4);
    let groups = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let mut read = |alternating: &[&[&str]]| {
        world.service().target_groups = alternating.iter().map(|names| groups(names)).collect();
        let ecs = world.ecs().clone();
        target_groups(&ecs, world.service())
    };
    assert_eq!(read(&[]), [BLUE]);
    assert_eq!(read(&[&[BLUE]]), [BLUE]);
    assert_eq!(read(&[&[BLUE, GREEN], &["targetgroup/other/4"]]), [BLUE, GREEN]);
    assert_eq!(read(&[&[GREEN]]), [BLUE, GREEN], "it moved to the only group that there is");
    assert_eq!(read(&[&[GREEN], &["targetgroup/other/4"]]), [BLUE]);
}

#[test]
fn a_night_without_requests_is_idle_where_tasks_are_healthy_and_unknown_where_not() {
    let mut world = by_requests(10);
    world.signal(ServiceMetric::Requests, 0.0);
    world.seen.signals.insert(ServiceMetric::Requests, Reading::Missing);
    assert_eq!(world.says(), "10 -> 2 scale_in_tracking: desired count of production/api: 10 -> 2");
    let now = world.now;
    let old = series(|ago| if ago < 10 { f64::NAN } else { 4.0 }, now);
    for hosts in [Reading::Missing, level(0.0, now), old] {
        world.seen.signals.insert(ServiceMetric::HealthyHosts, hosts);
        assert_eq!(world.plan().actions, [], "{}", world.plan());
        assert_eq!(world.plan().decision.desired, Count(10));
    }
}

#[test]
fn a_point_that_is_late_or_lost_in_a_busy_hour_is_no_minute_without_requests() {
    let mut world = by_requests(4);
    world.signal(ServiceMetric::Requests, 0.0);
    world.signal(ServiceMetric::Latency, 0.2);
    // The newest minute is not there yet, and two of the last ten never come.
    let now = world.now;
    let missing = |ago: i64| [0, 4, 5].contains(&ago);
    world
        .seen
        .signals
        .insert(ServiceMetric::Requests, series(|ago| if missing(ago) { f64::NAN } else { 5_000.0 }, now));
    world.target.scaling.track.clear();
    world.target.scaling.scale_out = vec![rule(Signal::RequestsPerTarget, Comparison::Above, 1_000.0, 3)];
    world.target.scaling.scale_in = vec![rule(Signal::Cpu, Comparison::Below, 40.0, 25)];
    assert_eq!(world.says(), "4 -> 5 scale_out_threshold: desired count of production/api: 4 -> 5");
}
