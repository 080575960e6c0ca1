//! Metrics of few: how GetMetricStatistics is asked, how many calls at a time, and that one which fails fails them all.

use std::time::Duration;

use tidegate_policy::history::History;
use tidegate_policy::observation::Reading;
use tidegate_policy::policy::Signal;
use tidegate_policy::record::FailureClass;
use tokio::time::Instant;

use super::account::Instance;
use super::answers::at;
use super::metrics::Way;
use super::scene::{Scene, observe, replica, target};
use super::service_scene::{self, ServiceScene, full_target};

const GET: &str = "GetMetricStatistics";

#[tokio::test(start_paused = true)]
async fn a_percentile_is_an_extended_statistic_and_nothing_else_is() {
    let scene = ServiceScene::new();
    let api = full_target("api", &Signal::OF_SERVICE);
    service_scene::observe(&scene.fleet, &[&api]).await.remove(0).unwrap();
    let calls = scene.account.calls(GET);
    assert_eq!(calls.len(), 9);
    for call in calls {
        let metric = at(&call.cbor, "MetricName").unwrap().as_text().unwrap();
        let list = |name: &str| {
            let list = at(&call.cbor, name).and_then(|list| list.as_array());
            list.map(|list| list.iter().map(|one| one.as_text().unwrap()).collect::<Vec<_>>())
        };
        let expected = match metric {
            "TargetResponseTime" => (None, Some(vec!["p95"])),
            "RequestCount" | "HTTPCode_Target_5XX_Count" => (Some(vec!["Sum"]), None),
            "CPUUtilization" | "MemoryUtilization" => (Some(vec!["Average"]), None),
            _ => (Some(vec!["Maximum"]), None),
        };
        assert_eq!((list("Statistics"), list("ExtendedStatistics")), expected, "{metric}");
    }
}

#[tokio::test(start_paused = true)]
async fn eight_calls_are_under_way_at_a_time() {
    let scene = Scene::new();
    let names: Vec<_> = (0..50).map(|nth| format!("t{nth:02}")).collect();
    {
        let mut state = scene.account.state();
        state.instances = names.iter().map(|name| Instance::named(&format!("{name}-primary"))).collect();
        state.delays.insert(GET.to_owned(), Duration::from_millis(100));
    }
    let targets: Vec<_> = names.iter().map(|name| target(name)).collect();
    let history = History::default();
    let asked: Vec<_> = targets.iter().map(|target| (target, &history)).collect();
    let began = Instant::now();
    assert!(observe(&scene.fleet, &asked).await.unwrap().iter().all(Result::is_ok));
    assert_eq!(scene.account.calls(GET).len(), 100);
    let took = began.elapsed();
    // Thirteen rounds of eight; the clock of these tests counts by the millisecond.
    assert!((1_300..1_400).contains(&took.as_millis()), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_series_that_cannot_be_had_leaves_none() {
    let scene = Scene::new();
    let key = ("tg-orders-2".to_owned(), "CPUUtilization".to_owned());
    scene.account.state().codes.insert(key, "InternalError".to_owned());
    let seen = Way::Statistics.look(&scene).await;
    for id in ["tg-orders-1", "tg-orders-2"] {
        let signals = &replica(&seen, id).signals;
        assert_eq!([&signals.cpu, &signals.connections, &signals.lag], [&Reading::Missing; 3]);
    }
    assert!(!seen.signals_read, "they are bought again at the next wake-up");
}

#[tokio::test(start_paused = true)]
async fn a_series_that_is_forbidden_names_the_permission() {
    let scene = Scene::new();
    let key = ("tg-orders-2".to_owned(), "ReplicaLag".to_owned());
    scene.account.state().codes.insert(key, "Forbidden".to_owned());
    let error = Way::Statistics.observe(&scene).await.expect_err("the whole look");
    assert_eq!((error.operation, error.class), (GET, FailureClass::PersonNeeded));
    assert!(error.message.ends_with("(cloudwatch:GetMetricStatistics)"), "{}", error.message);
}
