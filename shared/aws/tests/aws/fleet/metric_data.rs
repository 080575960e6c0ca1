//! Metrics of many: what GetMetricData is asked in how many calls, its pages, its codes, and results that are not as they should be.

use std::collections::BTreeSet;

use tidegate_policy::history::History;
use tidegate_policy::observation::Reading;
use tidegate_policy::record::FailureClass;

use super::account::Instance;
use super::answers::{at, queries, range};
use super::metrics::{Way, minute, points, series};
use super::scene::{Scene, document, observe, replica, target, target_of};

const GET: &str = "GetMetricData";

#[tokio::test(start_paused = true)]
async fn each_query_of_a_call_has_an_id_of_its_own() {
    let scene = Scene::new();
    Way::Data.look(&scene).await;
    let calls = scene.account.calls(GET);
    assert_eq!(calls.len(), 1);
    let asked = queries(&calls[0]);
    let ids: BTreeSet<_> = asked.iter().map(|query| query.id.as_str()).collect();
    assert_eq!((asked.len(), ids.len()), (108, 108));
    assert!(ids.iter().all(|id| id.starts_with('m')));
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
    let seen = Way::Data.look(&scene).await;
    let calls = scene.account.calls(GET);
    let tokens: Vec<_> =
        calls.iter().map(|call| at(&call.cbor, "NextToken").and_then(|token| token.as_text())).collect();
    assert_eq!(tokens.len(), 36, "108 series");
    assert_eq!(tokens[..3], [None, Some("3"), Some("6")]);
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
    let seen = Way::Data.look(&scene).await;
    assert_eq!(points(&seen.source.unwrap().signals.cpu), [(41, 99.0), (4, 1.0), (3, 2.0)]);
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
    let starts: Vec<_> = calls.iter().map(|call| range(call).0).collect();
    assert_eq!(starts, [minute(41), minute(191)], "500 series of half an hour, 20 of three hours");
    let length = |nth: usize| points(&seen[nth].as_ref().unwrap().source.as_ref().unwrap().signals.cpu).len();
    assert_eq!((length(0), length(259)), (190, 40));
}

#[tokio::test(start_paused = true)]
async fn forbidden_metrics_name_the_permission() {
    let scene = Scene::new();
    let key = ("tg-orders-2".to_owned(), "ReplicaLag".to_owned());
    scene.account.state().codes.insert(key, "Forbidden".to_owned());
    let error = Way::Data.observe(&scene).await.expect_err("the whole look");
    assert_eq!((error.operation, error.class), (GET, FailureClass::PersonNeeded));
    assert!(error.message.contains("cloudwatch:GetMetricData"), "{}", error.message);
}

#[tokio::test(start_paused = true)]
async fn an_error_of_one_series_is_missing_and_the_others_go_on() {
    let scene = Scene::new();
    let key = ("tg-orders-2".to_owned(), "CPUUtilization".to_owned());
    scene.account.state().codes.insert(key, "InternalError".to_owned());
    let seen = Way::Data.look(&scene).await;
    assert_eq!(replica(&seen, "tg-orders-2").signals.cpu, Reading::Missing);
    assert!(replica(&seen, "tg-orders-2").signals.connections.fresh().is_some());
    assert!(replica(&seen, "tg-orders-1").signals.cpu.fresh().is_some());
}

#[tokio::test(start_paused = true)]
async fn results_that_nobody_asked_for_are_passed_over() {
    let scene = Scene::new();
    for id in ["m108", "m99999999999999999999999", "x0", "m", "", "m-1"] {
        scene.account.state().stray.push(id.to_owned());
    }
    let seen = Way::Data.look(&scene).await;
    let source = seen.source.as_ref().unwrap();
    for signals in seen.replicas.iter().map(|replica| &replica.signals).chain([&source.signals]) {
        for reading in [&signals.cpu, &signals.connections, &signals.lag] {
            assert!(points(reading).iter().all(|(_, value)| *value < 99.0));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn pages_without_end_end() {
    let scene = Scene::new();
    // Nothing comes, and more is promised each time.
    scene.account.state().results_a_page = 0;
    let seen = Way::Data.look(&scene).await;
    assert_eq!(seen.source.unwrap().signals.cpu, Reading::Missing);
    assert_eq!(scene.account.calls(GET).len(), 100);
}
