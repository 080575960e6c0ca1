//! Metrics: what is bought, in which of the two ways, and which points are believed whichever it is.

use tidegate_policy::history::History;
use tidegate_policy::observation::{RdsObservation, Reading};
use tidegate_policy::policy::{ServiceMetric, Signal};
use tidegate_policy::record::FailureClass;
use tidegate_reconcile::port::FleetError;

use super::account::Instance;
use super::answers::{queries, range};
use super::scene::{Scene, document, kind, now, observe, replica, target, target_of};
use super::service_answers::service;
use super::service_scene::{self, ServiceScene, full_target, key};
use super::wire::Mishap;

/// A way to buy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Way {
    /// A hundred series at most.
    Statistics,
    /// More.
    Data,
}

pub(super) const WAYS: [Way; 2] = [Way::Statistics, Way::Data];

impl Way {
    pub(super) fn operation(self) -> &'static str {
        match self {
            Way::Statistics => "GetMetricStatistics",
            Way::Data => "GetMetricData",
        }
    }

    /// Looks at the target of the scene, alone, or in the company of fifty others with a source each, which stand behind it.
    pub(super) async fn observe(
        self,
        scene: &Scene,
    ) -> Result<Result<RdsObservation, FleetError>, FleetError> {
        let others: Vec<_> = match self {
            Way::Statistics => Vec::new(),
            Way::Data => (0..50).map(|nth| target(&format!("z{nth:02}"))).collect(),
        };
        for other in &others {
            let source = format!("{}-primary", other.name);
            let instances = &mut scene.account.state().instances;
            if !instances.iter().any(|instance| instance.id == source) {
                instances.push(Instance::named(&source));
            }
        }
        let history = History::default();
        let mut asked = vec![(&scene.target, &scene.history)];
        asked.extend(others.iter().map(|other| (other, &history)));
        Ok(observe(&scene.fleet, &asked).await?.remove(0))
    }

    /// The same, which must go well, and in this way alone.
    pub(super) async fn look(self, scene: &Scene) -> RdsObservation {
        let seen = self.observe(scene).await.expect("the fleet").expect("the target");
        let other = if self == Way::Data { Way::Statistics } else { Way::Data };
        assert_eq!(scene.account.calls(other.operation()).len(), 0);
        seen
    }
}

/// The start of the minute that is so many minutes before the one that runs.
pub(super) fn minute(before: i64) -> i64 {
    now().as_second().div_euclid(60) * 60 - before * 60
}

pub(super) fn series(scene: &Scene, instance: &str, metric: &str, points: &[(i64, f64)]) {
    let points = points.iter().map(|(before, value)| (minute(*before), *value)).collect();
    scene.account.state().series.insert((instance.to_owned(), metric.to_owned()), points);
}

/// Minutes before the one that runs, and values.
pub(super) fn points(reading: &Reading) -> Vec<(i64, f64)> {
    let (Reading::Fresh(series) | Reading::Stale(series)) = reading else { return Vec::new() };
    let points = series.points().iter();
    points.map(|point| ((minute(0) - point.minute.0 * 60) / 60, point.value)).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_is_what_the_rules_need() {
    for way in WAYS {
        let scene = Scene::new();
        way.look(&scene).await;
        let asked = scene.account.series_asked();
        let of_the_target = |of: &str| of == "orders-primary" || of.starts_with("tg-orders-");
        let what: Vec<_> = asked
            .iter()
            .map(|query| {
                assert_eq!(
                    (query.period, query.namespace.as_str(), query.dimensions.len()),
                    (60, "AWS/RDS", 1)
                );
                let of = query.dimensions["DBInstanceIdentifier"].as_str();
                (of, query.metric.as_str(), query.stat.as_str())
            })
            .filter(|(of, ..)| of_the_target(of))
            .collect();
        assert_eq!(
            what,
            [
                ("orders-primary", "CPUUtilization", "Average"),
                ("orders-primary", "DatabaseConnections", "Maximum"),
                ("tg-orders-1", "CPUUtilization", "Average"),
                ("tg-orders-1", "DatabaseConnections", "Maximum"),
                ("tg-orders-1", "ReplicaLag", "Maximum"),
                ("tg-orders-2", "CPUUtilization", "Average"),
                ("tg-orders-2", "DatabaseConnections", "Maximum"),
                ("tg-orders-2", "ReplicaLag", "Maximum"),
            ],
            "{way:?}: the source has no lag"
        );
        // The longest rule looks at 30 minutes, ten more are for points that come late, and one for rounding. The end is exclusive: not the
        // minute that runs.
        for call in scene.account.calls(way.operation()) {
            assert_eq!(range(&call), (minute(41), minute(0)), "{way:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_disk_is_bought_where_a_rule_compares_it_and_of_nobody_else() {
    let rules = "alert = [\"primary read latency > 20ms for 5m\", \"replica disk queue > 10 for 5m\"]\nmax_connections = 100";
    for way in WAYS {
        let mut scene = Scene::new();
        scene.target = target_of(&document("orders", "Z1", "example.com", rules));
        series(&scene, "orders-primary", "ReadLatency", &[(3, 0.012), (2, 0.034)]);
        series(&scene, "tg-orders-1", "DiskQueueDepth", &[(3, 1.5), (2, 12.0)]);
        let seen = way.look(&scene).await;
        let asked = scene.account.series_asked();
        let of_disks: Vec<_> = asked
            .iter()
            .filter(|query| matches!(query.metric.as_str(), "ReadLatency" | "DiskQueueDepth"))
            .map(|query| {
                (
                    query.dimensions["DBInstanceIdentifier"].as_str(),
                    query.metric.as_str(),
                    query.stat.as_str(),
                )
            })
            .collect();
        assert_eq!(
            of_disks,
            [
                ("orders-primary", "ReadLatency", "Average"),
                ("tg-orders-1", "DiskQueueDepth", "Average"),
                ("tg-orders-2", "DiskQueueDepth", "Average"),
            ],
            "{way:?}"
        );
        let source = &seen.source.as_ref().unwrap().signals;
        assert_eq!(points(&source.read_latency), [(3, 0.012), (2, 0.034)], "{way:?}");
        assert_eq!(source.disk_queue, Reading::Missing, "{way:?}");
        let one = seen.replicas.iter().find(|replica| replica.id.as_str() == "tg-orders-1").unwrap();
        assert_eq!(points(&one.signals.disk_queue), [(3, 1.5), (2, 12.0)], "{way:?}");
        assert_eq!(one.signals.read_latency, Reading::Missing, "{way:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hundred_series_are_bought_one_by_one_and_more_together() {
    for (replicas, series, expected) in [(0, 100, (100, 0)), (1, 101, (0, 1))] {
        let scene = Scene::new();
        let names: Vec<_> = (0..50 - replicas).map(|nth| format!("t{nth:02}")).collect();
        {
            let mut state = scene.account.state();
            state.instances = names.iter().map(|name| Instance::named(&format!("{name}-primary"))).collect();
            state.instances.extend((0..replicas).map(|_| Instance::replica("tg-t00-1", "t00")));
        }
        let targets: Vec<_> = names.iter().map(|name| target(name)).collect();
        let history = History::default();
        let asked: Vec<_> = targets.iter().map(|target| (target, &history)).collect();
        for seen in observe(&scene.fleet, &asked).await.unwrap() {
            assert_eq!(points(&seen.unwrap().source.unwrap().signals.cpu).len(), 40);
        }
        assert_eq!(scene.account.series_asked().len(), series);
        let calls = WAYS.map(|way| scene.account.calls(way.operation()).len());
        assert_eq!((calls[0], calls[1]), expected);
    }
}

/// Gaps, disorder, repeats, what is no number, what is too new, too old, or was another instance's.
fn mess(scene: &Scene) {
    scene.instance("tg-orders-1", |one| one.created = Some("2026-03-04T11:52:10Z".to_owned()));
    let nan = f64::NAN;
    series(
        scene,
        "orders-primary",
        "CPUUtilization",
        &[(3, 3.0), (6, 6.0), (4, 4.0), (6, 66.0), (5, nan), (6, nan)],
    );
    series(
        scene,
        "orders-primary",
        "DatabaseConnections",
        &[(41, 1.0), (40, 2.0), (2, 7.0), (1, 8.0), (0, 9.0)],
    );
    series(scene, "tg-orders-1", "CPUUtilization", &[(20, 90.0), (9, 90.0), (8, 5.0), (3, 3.0)]);
    series(scene, "tg-orders-1", "ReplicaLag", &[(12, -1.0), (10, 6.5)]);
    series(scene, "tg-orders-2", "ReplicaLag", &[]);
    series(scene, "tg-orders-2", "DatabaseConnections", &[(60, 5.0), (45, 5.0)]);
}

#[tokio::test(start_paused = true)]
async fn both_ways_read_the_same_of_the_same_points() {
    let scene = Scene::new();
    mess(&scene);
    let alone = Way::Statistics.look(&scene).await;
    assert_eq!(points(&alone.source.as_ref().unwrap().signals.cpu), [(6, 66.0), (4, 4.0), (3, 3.0)]);
    let scene = Scene::new();
    mess(&scene);
    assert_eq!(Way::Data.look(&scene).await, alone);
    // In one call with a target that looks six times as far.
    let far =
        document("a", "Z1", "example.com", "alert = [\"primary cpu > 90% for 3h\"]\nmax_connections = 100");
    let (far, history) = (target_of(&far), History::default());
    let others: Vec<_> = (0..50).map(|nth| target(&format!("z{nth:02}"))).collect();
    {
        let mut state = scene.account.state();
        state.calls.clear();
        state.instances.push(Instance::named("a-primary"));
    }
    let mut asked = vec![(&scene.target, &scene.history), (&far, &history)];
    asked.extend(others.iter().map(|other| (other, &history)));
    let seen = observe(&scene.fleet, &asked).await.unwrap();
    let calls = scene.account.calls("GetMetricData");
    assert_eq!((calls.len(), range(&calls[0]).0), (1, minute(191)));
    assert_eq!(seen[0].as_ref().unwrap(), &alone, "what was bought for others is not read");
    assert_eq!(points(&seen[1].as_ref().unwrap().source.as_ref().unwrap().signals.cpu).len(), 190);
}

#[tokio::test(start_paused = true)]
async fn both_ways_read_the_same_percentiles_and_sums() {
    let scene = ServiceScene::new();
    let balancer = "app/web/50dc6c495c0c9188 targetgroup/api/73e2d6bc24d8a067".to_owned();
    for (metric, value) in [("TargetResponseTime", 0.25), ("RequestCount", 900.0)] {
        let points = [5, 3, 4].map(|before| (minute(before), value * before as f64)).to_vec();
        scene.account.state().series.insert((balancer.clone(), metric.to_owned()), points);
    }
    let api = full_target("api", &Signal::OF_SERVICE);
    let alone = service_scene::observe(&scene.fleet, &[&api]).await.remove(0).unwrap();
    let calls = scene.account.calls("GetMetricStatistics");
    assert_eq!(calls.len(), 9);
    assert_eq!(points(&alone.signals[&ServiceMetric::Latency]), [(5, 1.25), (4, 1.0), (3, 0.75)]);
    assert_eq!(points(&alone.signals[&ServiceMetric::Requests]), [(5, 4_500.0), (4, 3_600.0), (3, 2_700.0)]);
    let names: Vec<_> = (0..100).map(|nth| format!("s{nth:03}")).collect();
    for name in &names {
        scene.account.state().ecs.services.insert(key(name), service("prod", name));
    }
    let others: Vec<_> = names.iter().map(|name| service_scene::target(name, &[Signal::Cpu])).collect();
    let all: Vec<_> = std::iter::once(&api).chain(&others).collect();
    let among = service_scene::observe(&scene.fleet, &all).await.remove(0).unwrap();
    assert_eq!(scene.account.calls("GetMetricStatistics").len(), 9, "as before");
    assert_eq!(queries(&scene.account.calls("GetMetricData")[0]).len(), 109);
    assert_eq!(among, alone);
}

#[tokio::test(start_paused = true)]
async fn the_newest_minute_is_incomplete_and_left_out() {
    for way in WAYS {
        let scene = Scene::new();
        series(&scene, "orders-primary", "CPUUtilization", &[(3, 3.0), (2, 2.0), (1, 1.0), (0, 0.0)]);
        let seen = way.look(&scene).await;
        assert_eq!(points(&seen.source.unwrap().signals.cpu), [(3, 3.0), (2, 2.0)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_used_again_does_not_inherit_points() {
    for way in WAYS {
        let scene = Scene::new();
        scene.instance("tg-orders-1", |one| one.created = Some("2026-03-04T11:55:10Z".to_owned()));
        series(&scene, "tg-orders-1", "CPUUtilization", &[(20, 90.0), (6, 90.0), (5, 5.0), (3, 3.0)]);
        let seen = way.look(&scene).await;
        assert_eq!(points(&replica(&seen, "tg-orders-1").signals.cpu), [(5, 5.0), (3, 3.0)]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_old_series_is_stale_and_no_series_is_missing() {
    for way in WAYS {
        let scene = Scene::new();
        series(&scene, "orders-primary", "CPUUtilization", &[(12, 5.0), (10, 6.0)]);
        series(&scene, "orders-primary", "DatabaseConnections", &[]);
        let signals = way.look(&scene).await.source.unwrap().signals;
        assert!(matches!(signals.cpu, Reading::Stale(_)));
        assert_eq!(points(&signals.cpu), [(12, 5.0), (10, 6.0)]);
        assert_eq!(signals.connections, Reading::Missing);
    }
}

#[tokio::test(start_paused = true)]
async fn minus_one_of_a_broken_replication_stays_minus_one() {
    for way in WAYS {
        let scene = Scene::new();
        series(&scene, "tg-orders-1", "ReplicaLag", &[(3, -1.0), (2, -1.0)]);
        let seen = way.look(&scene).await;
        assert_eq!(points(&replica(&seen, "tg-orders-1").signals.lag), [(3, -1.0), (2, -1.0)]);
    }
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
    let asked = scene.account.series_asked();
    assert_eq!(
        asked.iter().filter(|query| query.dimensions["DBInstanceIdentifier"] == "tg-billing-1").count(),
        3
    );
    assert_eq!(asked.len(), 2 + 3 + 3 + 3);
}

#[tokio::test(start_paused = true)]
async fn a_refused_call_names_the_permission() {
    for way in WAYS {
        for code in ["AccessDenied", "AccessDeniedException"] {
            let scene = Scene::new();
            scene.account.mishap(way.operation(), Mishap::Refused(403, code, "not authorized"));
            let error = way.observe(&scene).await.expect_err("the whole look");
            assert_eq!(
                (error.operation, error.class),
                (way.operation(), FailureClass::PersonNeeded),
                "{code}"
            );
            let permission = format!("(cloudwatch:{})", way.operation());
            assert!(error.message.ends_with(&permission), "{}", error.message);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_has_no_points_is_missing() {
    for way in WAYS {
        let scene = Scene::new();
        scene.account.state().passed_over.push("tg-orders-1".to_owned());
        let seen = way.look(&scene).await;
        let one = &replica(&seen, "tg-orders-1").signals;
        assert_eq!([&one.cpu, &one.connections, &one.lag], [&Reading::Missing; 3]);
        let two = &replica(&seen, "tg-orders-2").signals;
        assert!([&two.cpu, &two.connections, &two.lag].iter().all(|reading| reading.fresh().is_some()));
    }
}

#[tokio::test(start_paused = true)]
async fn what_goes_wrong_on_the_way_is_tried_again_and_then_left_for_the_next_wake_up() {
    for (way, calls) in [(Way::Statistics, 8), (Way::Data, 1)] {
        for mishap in [
            Mishap::Refused(400, "Throttling", "Rate exceeded"),
            Mishap::Refused(500, "InternalServiceFault", "inside"),
            Mishap::Reset,
            Mishap::Silence,
            Mishap::Cut,
        ] {
            let scene = Scene::new();
            scene.account.mishap(way.operation(), mishap.clone());
            let seen = way.look(&scene).await;
            assert!(seen.source.unwrap().signals.cpu.fresh().is_some(), "{way:?}: {mishap:?}");
            let so_far = scene.account.calls(way.operation()).len();
            assert_eq!(so_far, calls + 1, "{way:?}: {mishap:?}");
            scene.account.lasting_mishap(way.operation(), Some(mishap.clone()));
            let seen = way.look(&scene).await;
            assert_eq!(seen.source.unwrap().signals.cpu, Reading::Missing, "{way:?}: {mishap:?}");
            assert!(!seen.signals_read, "they are bought again at the next wake-up");
            // The first that fails for good ends it.
            let more = scene.account.calls(way.operation()).len() - so_far;
            assert!((3..=3 * calls).contains(&more), "{way:?}: {mishap:?}: {more} calls");
        }
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
    assert_eq!(scene.account.series_asked().len(), 7);
}

#[tokio::test(start_paused = true)]
async fn without_cloudwatch_a_dead_replica_is_still_seen() {
    for way in WAYS {
        let scene = Scene::new();
        scene.instance("tg-orders-1", |one| one.status = "failed".to_owned());
        let mishap = Mishap::Refused(500, "InternalServiceFault", "inside");
        scene.account.lasting_mishap(way.operation(), Some(mishap));
        let seen = way.look(&scene).await;
        assert_eq!(replica(&seen, "tg-orders-1").status.0, "failed");
        assert_eq!(replica(&seen, "tg-orders-2").signals.cpu, Reading::Missing);
        assert!(!seen.signals_read, "they are bought again at the next wake-up");
    }
}
