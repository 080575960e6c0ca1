//! Each behaviour of a simulated service that a scaler's safety hangs on, as a named situation.
//!
//! Goal: a fake that contradicts the real services makes every test above it worthless. Method: act through the ports, look at the truth.

use futures_util::FutureExt;
use jiff::SignedDuration;
use tidegate_policy::names::{ClusterName, ServiceName};
use tidegate_policy::observation::{EcsObservation, Observation, Reading, Rollout as Told, ServiceStatus};
use tidegate_policy::plan::{Action, EcsServiceAction, SetBounds, SetDesiredCount, SetStrategy};
use tidegate_policy::policy::{CapacityWindow, ServiceMetric, Spot, Target, WindowDays};
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_policy::units::Percent;
use tidegate_reconcile::port::{Fleet, ObserveRequest};

use super::*;
use crate::account::faults::{Fault, Operation};
use crate::account::{Account, Beginning, GroupStart};
use crate::fixture::{by_requests, minutes, sale, service, service_mut, start, workers};

/// An account, the target it was made for, and the minute it is in.
struct Scene {
    account: Account,
    target: Target,
    minute: i64,
}

impl Scene {
    fn new(target: Target, service: ServiceStart) -> Scene {
        let beginning = Beginning {
            seed: 11,
            start: start(),
            lasting: minutes(1_440),
            blackout: false,
            service,
            group: GroupStart::plain(),
        };
        Scene { account: Account::new(&target, &beginning), target, minute: 0 }
    }

    /// A service of one to ten tasks, of which so many are desired.
    fn plain(desired: u32) -> Scene {
        Scene::new(service(1, 10), ServiceStart { desired: Some(desired), ..ServiceStart::plain() })
    }

    fn native(desired: u32, native: Native) -> Scene {
        let start = ServiceStart { desired: Some(desired), ..ServiceStart::plain() };
        Scene::new(service(1, 10), start.registered(native))
    }

    /// Lives through this many minutes at this demand.
    fn live(&mut self, for_minutes: i64, demand: f64) -> Served {
        let mut last = None;
        for _ in 0..for_minutes {
            self.minute += 1;
            self.account.advance_to(start() + minutes(self.minute));
            last = Some(self.account.end_minute(demand));
        }
        last.unwrap()
    }

    fn later(&self, seconds: i64) {
        self.account.advance_to(self.account.now() + SignedDuration::from_secs(seconds));
    }

    fn now(&self) -> TaskSet {
        self.account.state.borrow().service().unwrap().task_set()
    }

    fn observe(&self) -> EcsObservation {
        let history = History::default();
        let requests = [ObserveRequest::new(&self.target, &history)];
        let seen = self.account.observe(&requests, self.account.now()).now_or_never().unwrap().unwrap();
        let seen = seen.into_iter().next().unwrap().unwrap();
        let Observation::EcsService(seen) = seen else { panic!("not of a service: {seen:?}") };
        seen
    }

    fn apply(&self, action: &Action) -> Outcome {
        self.account.apply(&self.target, action).now_or_never().unwrap()
    }

    fn desire(&self, from: u32, to: u32) -> Outcome {
        self.apply(&Action::EcsService(EcsServiceAction::SetDesiredCount(SetDesiredCount {
            cluster: ClusterName::new("production"),
            service: ServiceName::new("api"),
            from: Count(from),
            to: Count(to),
        })))
    }

    fn bound(&self, from: (u32, u32), to: (u32, u32)) -> Outcome {
        let bounds = |(min, max)| CapacityBounds { min: Count(min), max: Count(max) };
        self.apply(&Action::EcsService(EcsServiceAction::SetBounds(SetBounds {
            cluster: ClusterName::new("production"),
            service: ServiceName::new("api"),
            from: bounds(from),
            to: bounds(to),
            pulls_down: false,
            by_command: false,
        })))
    }

    fn befall(&self, event: WorldEvent) -> String {
        self.account.befall(&event)
    }

    fn breaches(&self) -> Vec<&'static str> {
        self.account.take_breaches().into_iter().map(|breach| breach.invariant).collect()
    }

    fn rollouts(&self) -> Vec<Told> {
        // Past the time for which an answer may be old.
        let service = self.observe().look.service.unwrap();
        service.deployments.iter().map(|deployment| deployment.rollout).collect()
    }
}

const APPLIED: Outcome = Outcome::Applied { change: None };

fn newest(seen: &EcsObservation, metric: ServiceMetric) -> Option<f64> {
    match seen.signals.get(&metric)? {
        Reading::Fresh(series) => Some(series.newest().value),
        Reading::Stale(_) | Reading::Missing => None,
    }
}

// Tasks.

#[test]
fn a_task_is_pending_first_and_runs_within_minutes() {
    let mut scene = Scene::plain(2);
    assert_eq!((scene.now().running, scene.now().pending), (2, 0));
    assert_eq!(scene.desire(2, 6), APPLIED);
    assert_eq!((scene.now().running, scene.now().pending), (2, 4));
    scene.later(30);
    assert_eq!(scene.now().running, 2, "no task starts within half a minute");
    scene.live(6, 1.0);
    assert_eq!((scene.now().running, scene.now().pending), (6, 0));
}

#[test]
fn a_task_that_is_stopped_stops_counting_at_once_and_is_billed_until_it_is_gone() {
    let mut scene = Scene::plain(4);
    scene.live(60, 1.0);
    assert!((scene.account.unit_hours() - 4.0).abs() < 1e-9);
    assert_eq!(scene.desire(4, 2), APPLIED);
    assert_eq!((scene.now().desired, scene.now().running), (2, 2));
    scene.live(60, 1.0);
    let expected = 4.0 + 2.0 + 2.0 * 30.0 / 3_600.0;
    assert!((scene.account.unit_hours() - expected).abs() < 1e-9, "{}", scene.account.unit_hours());
}

#[test]
fn a_task_that_fails_to_start_is_started_again() {
    let mut scene = Scene::plain(1);
    // Of some hundred starts one or so fails; all are there in the end.
    assert_eq!(scene.desire(1, 300), APPLIED);
    scene.live(12, 1.0);
    assert_eq!(scene.now().running, 300);
    let starts = scene.account.state.borrow().service().unwrap().tasks.starts();
    assert!((300..310).contains(&starts), "{starts}");
}

#[test]
fn what_was_asked_for_from_another_count_is_stale_and_what_is_so_already_is_no_change() {
    let scene = Scene::plain(2);
    assert!(matches!(scene.desire(3, 4), Outcome::Stale { .. }));
    assert_eq!(scene.desire(1, 2), Outcome::AlreadySatisfied);
    assert_eq!(scene.now().desired, 2);
}

#[test]
fn an_answer_that_is_lost_had_its_effect() {
    let scene = Scene::plain(2);
    scene.account.fail_next(Operation::UpdateService, Fault::AnswerLost);
    assert!(matches!(scene.desire(2, 3), Outcome::Failed { class: FailureClass::RetryNextWake, .. }));
    assert_eq!(scene.now().desired, 3);
    scene.account.fail_next(Operation::UpdateService, Fault::Throttled);
    assert!(matches!(scene.desire(3, 4), Outcome::Failed { .. }));
    assert_eq!(scene.now().desired, 3);
}

#[test]
fn a_description_may_be_some_seconds_old_and_no_older() {
    let scene = Scene::plain(2);
    scene.later(60);
    assert_eq!(scene.desire(2, 3), APPLIED);
    let desired = |scene: &Scene| scene.observe().look.service.unwrap().desired.0;
    scene.later(2);
    let soon: Vec<u32> = (0..200).map(|_| desired(&scene)).collect();
    assert!(soon.contains(&2) && soon.iter().filter(|count| **count == 3).count() > 150);
    scene.later(10);
    assert!((0..200).all(|_| desired(&scene) == 3));
}

// Signals.

#[test]
fn cpu_is_what_tasks_serve_and_never_shows_more_than_all_of_it() {
    let mut scene = Scene::plain(2);
    scene.live(10, 1.4);
    let cpu = newest(&scene.observe(), ServiceMetric::Cpu).unwrap();
    assert!((68.0..72.0).contains(&cpu), "{cpu}");
    let served = scene.live(10, 6.0);
    assert!(served.severe && served.violation);
    assert!((98.0..=100.0).contains(&newest(&scene.observe(), ServiceMetric::Cpu).unwrap()));
}

#[test]
fn a_thousand_requests_a_task_are_about_seventy_percent_of_cpu() {
    let mut scene = Scene::plain(2);
    scene.live(1, 2_000.0 / REQUESTS_A_MINUTE);
    let seen = scene.now();
    assert_eq!(seen.requests, Some(2_000.0));
    assert!((70.0..73.0).contains(&seen.cpu.unwrap()), "{seen:?}");
}

#[test]
fn latency_rises_steeply_near_full_load_and_errors_come_only_beyond() {
    let mut scene = Scene::plain(2);
    let mut at = |demand: f64| {
        scene.live(3, demand);
        let seen = scene.now();
        (seen.latency.unwrap(), seen.errors)
    };
    assert!(at(0.4).0 < 0.2);
    assert!((0.3..1.0).contains(&at(1.4).0));
    assert!(at(1.9).0 > 1.5);
    assert_eq!(at(1.9).1, None);
    let (latency, errors) = at(3.0);
    assert!(latency > 20.0 && errors.unwrap() > 1_000.0, "{latency} {errors:?}");
}

#[test]
fn a_broken_release_fails_requests_whatever_the_load() {
    let mut scene = Scene::plain(2);
    scene.befall(WorldEvent::BrokenRelease { errors: 0.05, lasting: minutes(10) });
    scene.live(5, 0.5);
    assert_eq!(scene.now().errors, Some(35.0));
    scene.live(6, 0.5);
    assert_eq!(scene.now().errors, None);
}

#[test]
fn memory_follows_load_slowly() {
    let mut scene = Scene::plain(2);
    scene.live(5, 2.0);
    assert!(scene.now().memory.unwrap() < 42.0);
    scene.live(180, 2.0);
    assert!(scene.now().memory.unwrap() > 60.0);
}

#[test]
fn without_a_task_nothing_but_the_queue_is_measured_and_backlog_is_carried_over() {
    let mut scene = Scene::new(workers(0, 10), ServiceStart::plain());
    scene.live(10, 0.5);
    let seen = scene.now();
    assert_eq!((seen.cpu, seen.memory, seen.queue_depth), (None, None, Some(300.0)));
    assert_eq!(seen.queue_age, Some(600.0));
    let action = |from, to| {
        Action::EcsService(EcsServiceAction::SetDesiredCount(SetDesiredCount {
            cluster: ClusterName::new("production"),
            service: ServiceName::new("worker"),
            from: Count(from),
            to: Count(to),
        }))
    };
    assert_eq!(scene.apply(&action(0, 2)), APPLIED);
    scene.live(20, 0.0);
    let seen = scene.now();
    assert_eq!((seen.queue_depth, seen.queue_age), (Some(0.0), Some(0.0)));
    // An idle queue falls asleep after six hours.
    scene.live(361, 0.0);
    assert_eq!(scene.now().queue_depth, None);
}

#[test]
fn signals_come_late_and_not_at_all_in_a_blackout() {
    let mut scene = Scene::plain(2);
    scene.live(30, 1.0);
    let seen = scene.observe();
    let Reading::Fresh(series) = &seen.signals[&ServiceMetric::Cpu] else { panic!("{seen:?}") };
    let age = scene.minute - 1 - (series.newest().minute.0 - start().as_second() / 60);
    assert!((1..=4).contains(&age), "{age}");
    scene.befall(WorldEvent::MetricBlackout { lasting: minutes(40) });
    scene.live(10, 1.0);
    assert!(matches!(scene.observe().signals[&ServiceMetric::Cpu], Reading::Stale(_)));
    scene.live(30, 1.0);
    assert_eq!(scene.observe().signals[&ServiceMetric::Cpu], Reading::Missing);
}

#[test]
fn metrics_that_cannot_be_read_are_missing_and_the_service_is_seen() {
    let mut scene = Scene::plain(2);
    scene.live(30, 1.0);
    scene.account.fail_next(Operation::GetMetricData, Fault::Throttled);
    let seen = scene.observe();
    assert!(!seen.signals_read && seen.look.service.is_some());
    assert!(seen.signals.values().all(|reading| *reading == Reading::Missing));
}

#[test]
fn a_task_at_work_on_a_long_job_shows_in_flight_and_nowhere_else() {
    let mut scene = Scene::new(workers(0, 8), ServiceStart { desired: Some(2), ..ServiceStart::plain() });
    scene.befall(WorldEvent::LongJobs { jobs: 3, lasting: minutes(60) });
    scene.live(12, 0.0);
    let of = |seen: &EcsObservation| {
        let shown = |metric| newest(seen, metric).unwrap();
        [ServiceMetric::QueueInFlight, ServiceMetric::QueueDepth].map(shown)
    };
    let seen = scene.observe();
    assert_eq!(of(&seen), [2.0, 1.0]);
    assert!(newest(&seen, ServiceMetric::Cpu).unwrap() < 3.0);
    // A task that is taken away leaves its job to start over.
    scene.befall(WorldEvent::ForeignDesired { count: 1 });
    scene.live(12, 0.0);
    assert_eq!(of(&scene.observe()), [1.0, 2.0]);
    scene.befall(WorldEvent::ForeignDesired { count: 3 });
    scene.live(20, 0.0);
    assert_eq!(of(&scene.observe()), [3.0, 0.0]);
    scene.live(70, 0.0);
    assert_eq!(of(&scene.observe()), [0.0, 0.0]);
}

#[test]
fn without_requests_nothing_is_counted_of_them_and_tasks_stay_healthy() {
    let mut scene =
        Scene::new(by_requests(1, 10), ServiceStart { desired: Some(4), ..ServiceStart::plain() });
    scene.live(20, 2.0);
    scene.befall(WorldEvent::NoRequests { lasting: minutes(60) });
    scene.live(50, 2.0);
    let seen = scene.observe();
    let since = Minute(scene.account.now().as_second().div_euclid(60) - 45);
    let points = |metric| {
        let (Reading::Fresh(series) | Reading::Stale(series)) = &seen.signals[&metric] else { return 0 };
        series.points().iter().filter(|point| point.minute >= since).count()
    };
    assert_eq!(points(ServiceMetric::Requests), 0);
    assert_eq!(points(ServiceMetric::Latency), 0);
    assert!(points(ServiceMetric::HealthyHosts) > 8);
    assert_eq!(scene.now().requests, None);
    scene.live(20, 2.0);
    assert_eq!(scene.now().requests, Some(2_800.0), "it is over");
}

#[test]
fn a_service_without_a_load_balancer_gets_no_requests_to_be_without() {
    let scene = Scene::new(workers(1, 10), ServiceStart::plain());
    let told = scene.befall(WorldEvent::NoRequests { lasting: minutes(60) });
    assert_eq!(told, "no load balancer to be without requests");
}

#[test]
fn requests_shift_to_the_other_target_group_and_the_old_one_is_left_without_a_task() {
    let mut scene =
        Scene::new(by_requests(1, 10), ServiceStart { desired: Some(4), ..ServiceStart::plain() });
    scene.live(10, 2.0);
    assert!(scene.observe().other_groups.is_empty());
    scene.befall(WorldEvent::TargetGroupShift { lasting: minutes(10) });
    scene.live(30, 2.0);
    let seen = scene.observe();
    let groups = seen.look.service.as_ref().unwrap().target_groups.clone();
    let groups: Vec<_> = groups.into_iter().flatten().collect();
    assert_eq!(groups, ["targetgroup/api/2e", "targetgroup/api/2e0"]);
    let other = EcsObservation { signals: seen.other_groups[&groups[1]].clone(), ..seen.clone() };
    assert_eq!(newest(&seen, ServiceMetric::Requests), Some(0.0));
    assert_eq!(newest(&seen, ServiceMetric::HealthyHosts), None);
    assert_eq!(newest(&other, ServiceMetric::Requests), Some(2_800.0));
    assert!(newest(&other, ServiceMetric::HealthyHosts).unwrap() >= 4.0);
    scene.befall(WorldEvent::TargetGroupShift { lasting: minutes(10) });
    scene.live(30, 2.0);
    assert_eq!(newest(&scene.observe(), ServiceMetric::Requests), Some(2_800.0));
}

// Deployments.

#[test]
fn a_deployment_runs_up_to_twice_the_tasks_and_never_fewer_than_are_desired() {
    let mut scene = Scene::plain(4);
    scene.live(5, 1.0);
    scene.befall(WorldEvent::Deploy { lasting: minutes(8), rollout: Rollout::Completes });
    let (mut most, mut least) = (0, u32::MAX);
    for second in (0..8 * 60).step_by(10) {
        scene.account.advance_to(start() + minutes(5) + SignedDuration::from_secs(second));
        most = most.max(scene.now().running + scene.now().pending);
        least = least.min(scene.now().running);
        assert!(second < 20 || scene.rollouts().len() == 2, "{second}");
    }
    assert_eq!((least, most), (4, 8));
    scene.minute = 8 + 5;
    scene.live(1, 1.0);
    assert_eq!(scene.rollouts(), [Told::Completed]);
    assert_eq!(scene.now().running, 4);
}

#[test]
fn a_failed_deployment_stays_and_the_last_one_goes_on_serving() {
    let mut scene = Scene::plain(3);
    scene.befall(WorldEvent::Deploy { lasting: minutes(10), rollout: Rollout::Fails });
    scene.live(9, 1.0);
    assert_eq!(scene.rollouts(), [Told::InProgress, Told::Completed]);
    assert_eq!(scene.now().running, 3);
    scene.live(60, 1.0);
    assert_eq!(scene.rollouts(), [Told::Failed, Told::Completed]);
    assert_eq!(scene.desire(3, 5), APPLIED);
    scene.live(6, 1.0);
    assert_eq!((scene.now().running, scene.now().deploying), (5, true));
    // The next deployment mends it.
    scene.befall(WorldEvent::Deploy { lasting: minutes(2), rollout: Rollout::Completes });
    scene.live(10, 1.0);
    assert_eq!((scene.rollouts(), scene.now().running), (vec![Told::Completed], 5));
}

#[test]
fn a_failed_deployment_says_why_and_has_no_task() {
    let mut scene = Scene::plain(3);
    scene.befall(WorldEvent::Deploy { lasting: minutes(10), rollout: Rollout::Fails });
    scene.live(12, 1.0);
    let service = scene.observe().look.service.unwrap();
    let tasks = |nth: usize| service.deployments[nth].tasks;
    assert_eq!((tasks(0), tasks(1)), (Count(0), Count(3)));
    let why = "ECS deployment circuit breaker: tasks failed to start.";
    assert_eq!(service.deployments[0].failure.as_deref(), Some(why));
    assert_eq!(service.deployments[1].failure, None);
}

#[test]
fn a_circuit_breaker_goes_back_to_the_last_deployment() {
    let mut scene = Scene::plain(3);
    scene.befall(WorldEvent::Deploy { lasting: minutes(10), rollout: Rollout::RollsBack });
    scene.live(11, 1.0);
    assert_eq!(scene.rollouts(), [Told::InProgress]);
    scene.live(6, 1.0);
    assert_eq!((scene.rollouts(), scene.now().running), (vec![Told::Completed], 3));
}

// Application Auto Scaling.

const NATIVE: Native = Native { min: 2, max: 8, cpu: Some(60.0) };

#[test]
fn a_native_policy_scales_out_after_three_points_to_what_the_ratio_asks_for() {
    let mut scene = Scene::native(2, NATIVE);
    scene.live(2, 1.7);
    assert_eq!(scene.now().desired, 2);
    scene.live(1, 1.7);
    // 2 x 85% / 60%.
    assert_eq!(scene.now().desired, 3);
    // Those on their way are not asked for again.
    scene.live(4, 1.7);
    assert_eq!(scene.now().desired, 3);
    scene.live(30, 20.0);
    assert_eq!(scene.now().desired, 8, "never above its maximum");
}

#[test]
fn a_native_policy_scales_in_after_fifteen_low_points_and_not_during_a_deployment() {
    let mut scene = Scene::native(6, NATIVE);
    scene.live(14, 1.0);
    assert_eq!(scene.now().desired, 6);
    scene.live(1, 1.0);
    assert_eq!(scene.now().desired, 2);

    let mut scene = Scene::native(6, NATIVE);
    scene.befall(WorldEvent::Deploy { lasting: minutes(41), rollout: Rollout::Completes });
    scene.live(40, 1.0);
    assert_eq!(scene.now().desired, 6);
    scene.live(20, 1.0);
    assert_eq!(scene.now().desired, 2);
}

#[test]
fn a_native_policy_that_is_suspended_or_blind_does_nothing() {
    let mut scene = Scene::native(6, NATIVE);
    scene.befall(WorldEvent::Suspend { scaling_in: true, scaling_out: false, scheduled: false });
    scene.live(30, 1.0);
    assert_eq!(scene.now().desired, 6);
    scene.befall(WorldEvent::Suspend { scaling_in: false, scaling_out: true, scheduled: false });
    scene.live(3, 6.0);
    assert_eq!(scene.now().desired, 6);
    let told = scene.observe().look.scalable.unwrap();
    assert!(told.suspended.scaling_out && !told.suspended.scaling_in);

    let mut blind = Scene::native(6, NATIVE);
    blind.befall(WorldEvent::MetricBlackout { lasting: minutes(60) });
    blind.live(60, 0.5);
    assert_eq!(blind.now().desired, 6);
}

#[test]
fn registering_pulls_the_count_into_the_bounds_at_once() {
    let scene = Scene::native(4, Native { min: 2, max: 8, cpu: None });
    assert_eq!(scene.bound((2, 8), (6, 8)), APPLIED);
    assert_eq!(scene.now().desired, 6);
    assert_eq!(scene.bound((6, 8), (1, 3)), APPLIED);
    assert_eq!(scene.now().desired, 3);
    assert!(matches!(scene.bound((6, 8), (1, 5)), Outcome::Stale { .. }));
    assert!(matches!(scene.bound((1, 3), (5, 4)), Outcome::Failed { class: FailureClass::PersonNeeded, .. }));
}

#[test]
fn a_count_below_the_minimum_stays_until_something_scales_out() {
    let mut scene = Scene::native(4, Native { min: 4, max: 8, cpu: Some(60.0) });
    scene.befall(WorldEvent::ForeignDesired { count: 1 });
    scene.live(30, 0.3);
    assert_eq!(scene.now().desired, 1);
    scene.live(3, 0.9);
    assert_eq!(scene.now().desired, 4);
}

// Spot.

fn on_spot() -> Scene {
    let mut target = service(4, 10);
    service_mut(&mut target).spot =
        Some(Spot { share: Percent(50.0), base: Count(2), retry_after: minutes(30), force_deployment: true });
    Scene::new(target, ServiceStart::plain())
}

#[test]
fn the_strategy_places_its_base_first_and_then_by_weight() {
    let mut scene = on_spot();
    assert_eq!(scene.now().on_spot, 1, "a base of two, and one each of the other two");
    assert_eq!(scene.desire(4, 10), APPLIED);
    scene.live(6, 1.0);
    assert_eq!((scene.now().running, scene.now().on_spot), (10, 4));
}

#[test]
fn a_task_that_spot_takes_has_two_minutes_and_is_replaced() {
    let mut scene = on_spot();
    scene.live(1, 1.0);
    assert_eq!(scene.befall(WorldEvent::SpotInterruption { tasks: 5 }), "Spot takes 1 task away");
    assert_eq!((scene.now().running, scene.now().pending), (4, 1));
    scene.later(119);
    assert!(scene.now().running >= 4);
    scene.minute += 2;
    scene.live(4, 1.0);
    assert_eq!((scene.now().running, scene.now().on_spot), (4, 1));
}

#[test]
fn a_drought_leaves_tasks_unplaced_and_ecs_says_so_until_it_is_over() {
    let mut scene = on_spot();
    scene.befall(WorldEvent::SpotDrought { lasting: minutes(20) });
    scene.live(1, 1.0);
    assert_eq!(scene.desire(4, 10), APPLIED);
    scene.live(10, 1.0);
    assert_eq!((scene.now().running, scene.now().pending), (7, 0));
    let seen = scene.observe().look.service.unwrap();
    let ago = scene.account.now().duration_since(seen.unplaced_at.unwrap());
    assert!(ago <= minutes(1), "{ago:?}");
    scene.live(15, 1.0);
    assert_eq!((scene.now().running, scene.now().on_spot), (10, 4));
}

#[test]
fn a_new_strategy_comes_with_a_deployment_of_every_task() {
    let mut scene = on_spot();
    let from = scene.observe().look.service.unwrap().strategy;
    let to = vec![StrategyItem { provider: FARGATE.to_owned(), weight: 1, base: 0 }];
    let set = SetStrategy {
        cluster: ClusterName::new("production"),
        service: ServiceName::new("api"),
        from,
        to: to.clone(),
    };
    assert_eq!(scene.apply(&Action::EcsService(EcsServiceAction::SetStrategy(set))), APPLIED);
    assert!(scene.now().deploying);
    scene.live(10, 1.0);
    assert_eq!((scene.now().running, scene.now().on_spot, scene.now().deploying), (4, 0, false));
    assert_eq!(scene.observe().look.service.unwrap().strategy, to);
}

// The end.

#[test]
fn a_service_that_is_deleted_drains_is_inactive_and_is_forgotten() {
    let mut scene = Scene::plain(3);
    scene.live(1, 1.0);
    scene.befall(WorldEvent::DeleteService);
    scene.later(11);
    assert_eq!(scene.observe().look.service.unwrap().status, ServiceStatus::Draining);
    assert!(matches!(scene.desire(0, 3), Outcome::Failed { class: FailureClass::PersonNeeded, .. }));
    assert_eq!(scene.breaches(), ["hands_off"]);
    scene.minute += 1;
    scene.live(3, 1.0);
    assert_eq!(scene.observe().look.service.unwrap().status, ServiceStatus::Inactive);
    scene.live(70, 1.0);
    assert_eq!(scene.observe().look.service, None);
}

// The watcher.

#[test]
fn counts_beyond_the_policy_are_breaches_and_steps_back_are_not() {
    let scene = Scene::plain(2);
    assert_eq!(scene.desire(2, 11), APPLIED);
    assert_eq!(scene.breaches(), ["bounds"]);
    scene.befall(WorldEvent::ForeignDesired { count: 30 });
    assert_eq!(scene.desire(30, 20), APPLIED);
    assert_eq!(scene.desire(20, 0), APPLIED);
    assert_eq!(scene.breaches(), ["bounds"]);
}

#[test]
fn taking_away_during_a_deployment_is_a_breach_and_adding_is_not() {
    let mut scene = Scene::plain(4);
    scene.befall(WorldEvent::Deploy { lasting: minutes(10), rollout: Rollout::Completes });
    scene.later(20);
    assert_eq!(scene.desire(4, 5), APPLIED);
    assert_eq!(scene.breaches(), Vec::<&str>::new());
    assert_eq!(scene.desire(5, 3), APPLIED);
    assert_eq!(scene.breaches(), ["rollout"]);
    scene.live(20, 1.0);
    assert_eq!(scene.desire(3, 2), APPLIED);
    assert_eq!(scene.breaches(), Vec::<&str>::new());
}

#[test]
fn taking_away_beside_a_failed_deployment_is_none_once_the_other_has_all_tasks() {
    let mut scene = Scene::plain(4);
    scene.befall(WorldEvent::Deploy { lasting: minutes(10), rollout: Rollout::Fails });
    scene.live(9, 1.0);
    assert_eq!(scene.desire(4, 3), APPLIED);
    assert_eq!(scene.breaches(), ["rollout"]);
    scene.live(3, 1.0);
    assert_eq!(scene.desire(3, 2), APPLIED);
    assert_eq!(scene.breaches(), Vec::<&str>::new());
}

#[test]
fn taking_away_what_the_load_has_long_needed_is_a_breach() {
    let mut scene = Scene::plain(6);
    scene.live(25, 3.5);
    assert_eq!(scene.desire(6, 4), APPLIED);
    assert_eq!(scene.breaches(), Vec::<&str>::new());
    assert_eq!(scene.desire(4, 3), APPLIED);
    assert_eq!(scene.breaches(), ["load"]);
}

#[test]
fn taking_a_task_from_a_long_job_is_a_breach_once_it_can_be_seen() {
    let start = ServiceStart { desired: Some(5), ..ServiceStart::plain() };
    let mut scene = Scene::new(workers(0, 8), start);
    scene.befall(WorldEvent::LongJobs { jobs: 4, lasting: minutes(60) });
    scene.live(12, 0.0);
    assert_eq!(scene.desire(5, 4), APPLIED);
    assert_eq!(scene.breaches(), Vec::<&str>::new());
    assert_eq!(scene.desire(4, 3), APPLIED);
    assert_eq!(scene.breaches(), ["work"]);
}

#[test]
fn taking_away_during_a_planned_event_is_a_breach() {
    let mut target = service(2, 10);
    service_mut(&mut target).events.push(sale(start() + minutes(90)));
    let mut scene = Scene::new(target, ServiceStart { desired: Some(9), ..ServiceStart::plain() });
    scene.live(20, 1.0);
    assert_eq!(scene.desire(9, 8), APPLIED);
    assert_eq!(scene.breaches(), Vec::<&str>::new());
    // The lead began.
    scene.live(20, 1.0);
    assert_eq!(scene.desire(8, 7), APPLIED);
    assert_eq!(scene.breaches(), ["event"]);
    scene.live(180, 1.0);
    assert_eq!(scene.desire(7, 6), APPLIED);
    assert_eq!(scene.breaches(), Vec::<&str>::new());
}

#[test]
fn taking_away_in_the_dark_is_a_breach() {
    let mut scene = Scene::plain(4);
    scene.live(10, 1.0);
    scene.befall(WorldEvent::MetricBlackout { lasting: minutes(20) });
    scene.live(10, 1.0);
    assert_eq!(scene.desire(4, 3), APPLIED);
    assert_eq!(scene.breaches(), ["dark"]);
    scene.live(15, 1.0);
    assert_eq!(scene.desire(3, 2), APPLIED);
    assert_eq!(scene.breaches(), Vec::<&str>::new());
}

#[test]
fn a_count_beside_a_scalable_target_and_a_target_of_ones_own_are_breaches() {
    let scene = Scene::native(4, Native { min: 2, max: 8, cpu: None });
    assert_eq!(scene.desire(4, 5), APPLIED);
    assert_eq!(scene.breaches(), ["writers"]);
    let scene = Scene::plain(4);
    assert_eq!(scene.bound((2, 8), (2, 9)), APPLIED);
    assert_eq!(scene.breaches(), ["register"]);
    assert_eq!(scene.now().registered, Some(CapacityBounds { min: Count(2), max: Count(9) }));
}

#[test]
fn a_service_that_is_not_ours_to_scale_is_not_touched() {
    let external = ServiceStart { controller: DeploymentController::External, ..ServiceStart::plain() };
    let scene = Scene::new(service(2, 10), external);
    assert!(matches!(scene.desire(2, 3), Outcome::Failed { .. }));
    assert_eq!(scene.bound((2, 3), (2, 4)), APPLIED);
    assert_eq!(scene.breaches(), ["hands_off", "hands_off", "register"]);
}

#[test]
fn back_to_the_maximum_needs_no_signal() {
    let mut scene = Scene::plain(4);
    scene.befall(WorldEvent::MetricBlackout { lasting: minutes(60) });
    scene.befall(WorldEvent::ForeignDesired { count: 14 });
    scene.live(20, 1.0);
    assert_eq!(scene.desire(14, 10), APPLIED);
    assert_eq!(scene.breaches(), Vec::<&str>::new());
    assert_eq!(scene.desire(10, 9), APPLIED);
    assert_eq!(scene.breaches(), ["dark"]);
}

#[test]
fn down_to_the_maximum_of_an_open_window_needs_no_signal() {
    let mut target = service(1, 10);
    target.scaling.windows.push(CapacityWindow {
        days: WindowDays::Weekdays { on: vec![jiff::civil::Weekday::Monday], except: Default::default() },
        from: jiff::civil::Time::midnight(),
        to: Some(jiff::civil::time(0, 20, 0, 0)),
        zone: jiff::tz::TimeZone::UTC,
        min: None,
        max: Some(Count(3)),
        lead: SignedDuration::ZERO,
        over: SignedDuration::ZERO,
        text: String::new(),
    });
    let mut scene = Scene::new(target, ServiceStart { desired: Some(5), ..ServiceStart::plain() });
    scene.befall(WorldEvent::MetricBlackout { lasting: minutes(60) });
    scene.live(10, 1.0);
    assert_eq!(scene.desire(5, 3), APPLIED);
    assert_eq!(scene.breaches(), Vec::<&str>::new());
    assert_eq!(scene.desire(3, 2), APPLIED);
    assert_eq!(scene.breaches(), ["dark"]);
    // It closed.
    scene.live(15, 1.0);
    assert_eq!(scene.desire(2, 5), APPLIED);
    assert_eq!(scene.desire(5, 3), APPLIED);
    assert_eq!(scene.breaches(), ["dark"]);
}
