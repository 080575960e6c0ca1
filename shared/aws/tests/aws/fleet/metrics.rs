//! Metrics: what is bought, in how many calls, and which points are believed.

use std::collections::BTreeSet;

use tidegate_policy::history::History;
use tidegate_policy::observation::Reading;
use tidegate_policy::record::FailureClass;

use super::account::Instance;
use super::answers::{at, queries, seconds};
use super::scene::{Scene, document, kind, now, observe, replica, target, target_of};
use super::wire::Mishap;

const GET: &str = "GetMetricData";

/// The start of the minute that is so many minutes before the one that runs.
fn minute(before: i64) -> i64 {
    now().as_second().div_euclid(60) * 60 - before * 60
}

fn series(scene: &Scene, instance: &str, metric: &str, points: &[(i64, f64)]) {
    let points = points.iter().map(|(before, value)| (minute(*before), *value)).collect();
    scene.account.state().series.insert((instance.to_owned(), metric.to_owned()), points);
}

/// Minutes before the one that runs, and values.
fn points(reading: &Reading) -> Vec<(i64, f64)> {
    let (Reading::Fresh(series) | Reading::Stale(series)) = reading else { return Vec::new() };
    let points = series.points().iter();
    points.map(|point| ((minute(0) - point.minute.0 * 60) / 60, point.value)).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_is_what_the_rules_need() {
    let scene = Scene::new();
    scene.look().await;
    let calls = scene.account.calls(GET);
    assert_eq!(calls.len(), 1);
    let asked = queries(&calls[0]);
    let what: Vec<_> = asked
        .iter()
        .map(|query| {
            let of: Vec<_> = query.dimensions.iter().map(|(key, value)| format!("{key}={value}")).collect();
            (of.join(","), query.metric.as_str(), query.stat.as_str())
        })
        .collect();
    let of = |id: &str| format!("DBInstanceIdentifier={id}");
    assert_eq!(
        what,
        [
            (of("orders-primary"), "CPUUtilization", "Average"),
            (of("orders-primary"), "DatabaseConnections", "Maximum"),
            (of("tg-orders-1"), "CPUUtilization", "Average"),
            (of("tg-orders-1"), "DatabaseConnections", "Maximum"),
            (of("tg-orders-1"), "ReplicaLag", "Maximum"),
            (of("tg-orders-2"), "CPUUtilization", "Average"),
            (of("tg-orders-2"), "DatabaseConnections", "Maximum"),
            (of("tg-orders-2"), "ReplicaLag", "Maximum"),
        ],
        "the source has no lag"
    );
    assert!(asked.iter().all(|query| query.period == 60 && query.namespace == "AWS/RDS"));
    let ids: BTreeSet<_> = asked.iter().map(|query| query.id.as_str()).collect();
    assert_eq!(ids.len(), asked.len());
    assert!(ids.iter().all(|id| id.starts_with('m')));
    // The longest rule looks at 30 minutes, ten more are for points that come late, and one for rounding.
    assert_eq!(seconds(at(&calls[0].cbor, "StartTime").unwrap()), minute(41));
    assert_eq!(
        seconds(at(&calls[0].cbor, "EndTime").unwrap()),
        minute(0),
        "exclusive: not the minute that runs"
    );
}

#[tokio::test(start_paused = true)]
async fn six_hundred_targets_share_calls_of_five_hundred_queries() {
    let scene = Scene::new();
    let names: Vec<_> = (0..600).map(|nth| format!("t{nth:03}")).collect();
    {
        let mut state = scene.account.state();
        state.instances = names.iter().map(|name| Instance::named(&format!("{name}-primary"))).collect();
        // The first and the last series of all, so that none is lost at an edge.
        for (name, value) in [("t000", 11.0), ("t249", 12.0), ("t250", 13.0), ("t599", 14.0)] {
            let key = (format!("{name}-primary"), "CPUUtilization".to_owned());
            state.series.insert(key, vec![(minute(3), value)]);
        }
    }
    let targets: Vec<_> = names.iter().map(|name| target(name)).collect();
    let history = History::default();
    let asked: Vec<_> = targets.iter().map(|target| (target, &history)).collect();
    let seen = observe(&scene.fleet, &asked).await.unwrap();
    let sizes: Vec<_> = scene.account.calls(GET).iter().map(|call| queries(call).len()).collect();
    assert_eq!(sizes, [500, 500, 200], "two series of each of 600 sources");
    let cpu = |nth: usize| points(&seen[nth].as_ref().unwrap().source.as_ref().unwrap().signals.cpu);
    for (nth, value) in [(0, 11.0), (249, 12.0), (250, 13.0), (599, 14.0)] {
        assert_eq!(cpu(nth), [(3, value)], "target {nth}");
    }
    assert_eq!(cpu(100).len(), 40, "the newest minute is left out");
}

#[tokio::test(start_paused = true)]
async fn one_hundred_and_twenty_targets_with_a_replica_each_are_six_hundred_series_in_two_calls() {
    let scene = Scene::new();
    let names: Vec<_> = (0..120).map(|nth| format!("t{nth:03}")).collect();
    {
        let mut state = scene.account.state();
        state.instances.clear();
        for name in &names {
            state.instances.push(Instance::named(&format!("{name}-primary")));
            state.instances.push(Instance::replica(&format!("tg-{name}-1"), name));
        }
    }
    let targets: Vec<_> = names.iter().map(|name| target(name)).collect();
    let history = History::default();
    let asked: Vec<_> = targets.iter().map(|target| (target, &history)).collect();
    for seen in observe(&scene.fleet, &asked).await.unwrap() {
        let seen = seen.unwrap();
        let readings = [
            &seen.source.as_ref().unwrap().signals.cpu,
            &seen.source.as_ref().unwrap().signals.connections,
            &seen.replicas[0].signals.cpu,
            &seen.replicas[0].signals.connections,
            &seen.replicas[0].signals.lag,
        ];
        let newest: Vec<_> = readings.map(|reading| reading.fresh().unwrap().newest().value).to_vec();
        assert_eq!(newest, [50.0, 40.0, 50.0, 40.0, 0.0], "each metric in its own place");
    }
    assert_eq!(scene.account.calls(GET).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn pages_of_one_call_are_put_together() {
    let scene = Scene::new();
    scene.account.state().results_a_page = 3;
    series(&scene, "tg-orders-2", "ReplicaLag", &[(3, 7.0)]);
    let seen = scene.look().await;
    let calls = scene.account.calls(GET);
    let tokens: Vec<_> =
        calls.iter().map(|call| at(&call.cbor, "NextToken").and_then(|token| token.as_text())).collect();
    assert_eq!(tokens, [None, Some("3"), Some("6")]);
    assert!(
        calls.windows(2).all(|pair| queries(&pair[0]) == queries(&pair[1])),
        "the same question each time"
    );
    for id in ["tg-orders-1", "tg-orders-2"] {
        let signals = &replica(&seen, id).signals;
        assert!(signals.cpu.fresh().is_some() && signals.connections.fresh().is_some());
    }
    assert_eq!(points(&replica(&seen, "tg-orders-2").signals.lag), [(3, 7.0)]);
}

#[tokio::test(start_paused = true)]
async fn one_series_across_two_pages_is_one_series() {
    let scene = Scene::new();
    // Every page has the result `m0` once more, with a point of its own.
    scene.account.state().results_a_page = 4;
    scene.account.state().stray.push("m0".to_owned());
    series(&scene, "orders-primary", "CPUUtilization", &[(4, 1.0), (3, 2.0)]);
    let seen = scene.look().await;
    assert_eq!(points(&seen.source.unwrap().signals.cpu), [(41, 99.0), (4, 1.0), (3, 2.0)]);
}

#[tokio::test(start_paused = true)]
async fn disorder_and_repeats_are_put_right() {
    let scene = Scene::new();
    series(
        &scene,
        "orders-primary",
        "CPUUtilization",
        &[(3, 3.0), (6, 6.0), (4, 4.0), (6, 66.0), (5, f64::NAN), (2, f64::INFINITY)],
    );
    let seen = scene.look().await;
    assert_eq!(points(&seen.source.unwrap().signals.cpu), [(6, 66.0), (4, 4.0), (3, 3.0)]);
}

#[tokio::test(start_paused = true)]
async fn the_newest_minute_is_incomplete_and_left_out() {
    let scene = Scene::new();
    series(&scene, "orders-primary", "CPUUtilization", &[(3, 3.0), (2, 2.0), (1, 1.0), (0, 0.0)]);
    let seen = scene.look().await;
    assert_eq!(points(&seen.source.unwrap().signals.cpu), [(3, 3.0), (2, 2.0)]);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_used_again_does_not_inherit_points() {
    let scene = Scene::new();
    scene.instance("tg-orders-1", |one| one.created = Some("2026-03-04T11:55:10Z".to_owned()));
    series(&scene, "tg-orders-1", "CPUUtilization", &[(20, 90.0), (6, 90.0), (5, 5.0), (3, 3.0)]);
    let seen = scene.look().await;
    assert_eq!(points(&replica(&seen, "tg-orders-1").signals.cpu), [(5, 5.0), (3, 3.0)]);
}

#[tokio::test(start_paused = true)]
async fn an_old_series_is_stale_and_no_series_is_missing() {
    let scene = Scene::new();
    series(&scene, "orders-primary", "CPUUtilization", &[(12, 5.0), (10, 6.0)]);
    series(&scene, "orders-primary", "DatabaseConnections", &[]);
    let signals = scene.look().await.source.unwrap().signals;
    assert!(matches!(signals.cpu, Reading::Stale(_)));
    assert_eq!(points(&signals.cpu), [(12, 5.0), (10, 6.0)]);
    assert_eq!(signals.connections, Reading::Missing);
}

#[tokio::test(start_paused = true)]
async fn minus_one_of_a_broken_replication_stays_minus_one() {
    let scene = Scene::new();
    series(&scene, "tg-orders-1", "ReplicaLag", &[(3, -1.0), (2, -1.0)]);
    assert_eq!(points(&replica(&scene.look().await, "tg-orders-1").signals.lag), [(3, -1.0), (2, -1.0)]);
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_two_targets_mean_is_asked_for_once() {
    let scene = Scene::new();
    // A replica of `orders` whose name begins as those of `billing`.
    scene.account.state().instances.push(Instance::replica("tg-billing-1", "orders"));
    let (billing, history) = (target("billing"), History::default());
    let seen = observe(&scene.fleet, &[(&scene.target, &history), (&billing, &history)]).await.unwrap();
    for seen in seen {
        let seen = seen.unwrap();
        assert!(replica(&seen, "tg-billing-1").signals.cpu.fresh().is_some());
    }
    let asked = queries(&scene.account.calls(GET)[0]);
    assert_eq!(
        asked.iter().filter(|query| query.dimensions["DBInstanceIdentifier"] == "tg-billing-1").count(),
        3
    );
    assert_eq!(asked.len(), 2 + 3 + 3 + 3);
}

#[tokio::test(start_paused = true)]
async fn targets_that_look_far_do_not_make_the_others_look_far() {
    let scene = Scene::new();
    let names: Vec<_> = (0..260).map(|nth| format!("t{nth:03}")).collect();
    scene.account.state().instances =
        names.iter().map(|name| Instance::named(&format!("{name}-primary"))).collect();
    let far = "alert = [\"primary cpu > 90% for 3h\"]\nmax_connections = 100";
    let targets: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(nth, name)| {
            let more = if nth < 10 { far } else { "max_connections = 100" };
            target_of(&document(name, "Z1", "example.com", more))
        })
        .collect();
    let history = History::default();
    let asked: Vec<_> = targets.iter().map(|target| (target, &history)).collect();
    let seen = observe(&scene.fleet, &asked).await.unwrap();
    let calls = scene.account.calls(GET);
    let starts: Vec<_> = calls.iter().map(|call| seconds(at(&call.cbor, "StartTime").unwrap())).collect();
    assert_eq!(starts, [minute(41), minute(191)], "500 series of half an hour, 20 of three hours");
    let length = |nth: usize| points(&seen[nth].as_ref().unwrap().source.as_ref().unwrap().signals.cpu).len();
    assert_eq!((length(0), length(259)), (190, 40));
}

#[tokio::test(start_paused = true)]
async fn forbidden_metrics_name_the_permission() {
    let scene = Scene::new();
    let key = ("tg-orders-2".to_owned(), "ReplicaLag".to_owned());
    scene.account.state().codes.insert(key, "Forbidden".to_owned());
    let error = scene.observe().await.expect_err("the whole look");
    assert_eq!((error.operation, error.class), (GET, FailureClass::PersonNeeded));
    assert!(error.message.contains("cloudwatch:GetMetricData"), "{}", error.message);
}

#[tokio::test(start_paused = true)]
async fn a_refused_call_names_the_permission() {
    for code in ["AccessDenied", "AccessDeniedException"] {
        let scene = Scene::new();
        scene.account.mishap(GET, Mishap::Refused(403, code, "not authorized"));
        let error = scene.observe().await.expect_err("the whole look");
        assert_eq!((error.operation, error.class), (GET, FailureClass::PersonNeeded), "{code}");
        assert!(error.message.ends_with("(cloudwatch:GetMetricData)"), "{}", error.message);
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_inside_cloudwatch_is_missing_and_the_others_go_on() {
    let scene = Scene::new();
    let key = ("tg-orders-2".to_owned(), "CPUUtilization".to_owned());
    scene.account.state().codes.insert(key, "InternalError".to_owned());
    let seen = scene.look().await;
    assert_eq!(replica(&seen, "tg-orders-2").signals.cpu, Reading::Missing);
    assert!(replica(&seen, "tg-orders-2").signals.connections.fresh().is_some());
    assert!(replica(&seen, "tg-orders-1").signals.cpu.fresh().is_some());
}

#[tokio::test(start_paused = true)]
async fn results_that_nobody_asked_for_are_passed_over() {
    let scene = Scene::new();
    for id in ["m8", "m99999999999999999999999", "x0", "m", "", "m-1"] {
        scene.account.state().stray.push(id.to_owned());
    }
    let seen = scene.look().await;
    let source = seen.source.as_ref().unwrap();
    for signals in seen.replicas.iter().map(|replica| &replica.signals).chain([&source.signals]) {
        for reading in [&signals.cpu, &signals.connections, &signals.lag] {
            assert!(points(reading).iter().all(|(_, value)| *value < 99.0));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_has_no_result_is_missing() {
    let scene = Scene::new();
    scene.account.state().passed_over.push("tg-orders-1".to_owned());
    let seen = scene.look().await;
    let one = &replica(&seen, "tg-orders-1").signals;
    assert_eq!([&one.cpu, &one.connections, &one.lag], [&Reading::Missing; 3]);
    let two = &replica(&seen, "tg-orders-2").signals;
    assert!([&two.cpu, &two.connections, &two.lag].iter().all(|reading| reading.fresh().is_some()));
}

#[tokio::test(start_paused = true)]
async fn pages_without_end_end() {
    let scene = Scene::new();
    // Nothing comes, and more is promised each time.
    scene.account.state().results_a_page = 0;
    let seen = scene.look().await;
    assert_eq!(seen.source.unwrap().signals.cpu, Reading::Missing);
    assert_eq!(scene.account.calls(GET).len(), 100);
}

#[tokio::test(start_paused = true)]
async fn what_goes_wrong_on_the_way_is_tried_again_and_then_left_for_the_next_wake_up() {
    for mishap in [
        Mishap::Refused(400, "Throttling", "Rate exceeded"),
        Mishap::Refused(500, "InternalServiceFault", "inside"),
        Mishap::Reset,
        Mishap::Silence,
        Mishap::Cut,
    ] {
        let scene = Scene::new();
        scene.account.mishap(GET, mishap.clone());
        assert!(scene.look().await.source.unwrap().signals.cpu.fresh().is_some(), "{mishap:?}");
        assert_eq!(scene.account.calls(GET).len(), 2, "{mishap:?}");
        scene.account.mishap_at_every_try(GET, &mishap);
        assert_eq!(scene.look().await.source.unwrap().signals.cpu, Reading::Missing, "{mishap:?}");
        assert_eq!(scene.account.calls(GET).len(), 5, "{mishap:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_lag_of_what_is_no_replica_is_not_bought() {
    let mut scene = Scene::new();
    scene.instance("tg-orders-1", |one| one.source = None);
    kind(&mut scene.target).max_connections = Some(77);
    let seen = scene.look().await;
    let one = &replica(&seen, "tg-orders-1").signals;
    assert_eq!((&one.lag, one.max_connections), (&Reading::Missing, Some(77)));
    assert_eq!(queries(&scene.account.calls(GET)[0]).len(), 7);
}

#[tokio::test(start_paused = true)]
async fn without_cloudwatch_a_dead_replica_is_still_seen() {
    let scene = Scene::new();
    scene.instance("tg-orders-1", |one| one.status = "failed".to_owned());
    scene.account.mishap_at_every_try(GET, &Mishap::Refused(500, "InternalServiceFault", "inside"));
    let seen = scene.look().await;
    assert_eq!(replica(&seen, "tg-orders-1").status.0, "failed");
    assert_eq!(replica(&seen, "tg-orders-2").signals.cpu, Reading::Missing);
    assert!(!seen.signals_read, "they are bought again at the next wake-up");
}
