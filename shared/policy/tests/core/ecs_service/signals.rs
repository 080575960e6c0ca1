//! Signals: what each says, what is missing, and what many of them come to together.

use tidegate_policy::observation::{Minute, Point, Reading};
use tidegate_policy::plan::{Action, EcsServiceAction};
use tidegate_policy::policy::{Comparison, ServiceMetric, Signal};
use tidegate_policy::reason::Reason;
use tidegate_policy::record::{ActivityKind, plan_told};
use tidegate_policy::units::Count;

use super::fixture::{World, level, minutes, rule, series, track};

fn tracking(tasks: u32, signal: Signal, target: f64, metric: ServiceMetric, value: f64) -> World {
    let mut world = World::steady(tasks);
    world.target.scaling.scale_out.clear();
    world.target.scaling.scale_in.clear();
    world.target.scaling.track = vec![track(signal, target)];
    world.signal(metric, value);
    world
}

#[test]
fn requests_per_target_are_tracked_as_a_total() {
    let says = |tasks, requests| {
        tracking(tasks, Signal::RequestsPerTarget, 1_000.0, ServiceMetric::Requests, requests).says()
    };
    assert_eq!(says(2, 5_200.0), "2 -> 6 scale_out_tracking: desired count of production/api: 2 -> 6");
    assert_eq!(says(6, 5_200.0), "6 -> 6 within_thresholds: nothing");
    assert_eq!(says(6, 2_500.0), "6 -> 3 scale_in_tracking: desired count of production/api: 6 -> 3");
    // 2,950 would fit on three at 1,000 each, but not with the margin.
    assert_eq!(says(6, 2_950.0), "6 -> 4 scale_in_tracking: desired count of production/api: 6 -> 4");
}

#[test]
fn on_the_way_down_to_a_minimum_the_signals_are_the_reason() {
    let mut world = tracking(6, Signal::RequestsPerTarget, 1_000.0, ServiceMetric::Requests, 2_500.0);
    world.target.scaling.min = Count(4);
    let decision = world.plan().decision;
    assert_eq!(
        (decision.desired, decision.explanation.reason, decision.limited_by),
        (Count(4), Reason::ScaleInTracking, Some(Reason::AlreadyAtMinCapacity))
    );
}

#[test]
fn a_mean_over_tasks_is_multiplied_by_the_tasks_that_ran_in_its_minute() {
    // Two tasks at 90% until five minutes ago, four at 45% since: the work is 1.8 tasks all along, and four are enough.
    let mut world = tracking(4, Signal::Cpu, 50.0, ServiceMetric::Cpu, 0.0);
    let now = world.now;
    world.seen.signals.insert(ServiceMetric::Cpu, series(|ago| if ago < 4 { 45.0 } else { 90.0 }, now));
    world.history.ecs_service.running = vec![
        tidegate_policy::history::RunningSince { at: now - minutes(200), count: Count(2) },
        tidegate_policy::history::RunningSince { at: now - minutes(6), count: Count(4) },
    ];
    assert_eq!(world.says(), "4 -> 4 within_thresholds: nothing");
    world.history.ecs_service.running.clear();
    assert_eq!(
        world.plan().decision.desired,
        Count(4),
        "and without memory nothing is concluded from the past"
    );
}

#[test]
fn what_fewer_tasks_measured_asks_for_no_more_and_what_more_tasks_measured_lets_nobody_go() {
    // Three at 85% until a minute ago; on four that is 64%.
    let mut world = World::steady(4);
    world.signal(ServiceMetric::Cpu, 85.0);
    let now = world.now;
    let ran =
        |count, ago| tidegate_policy::history::RunningSince { at: now - minutes(ago), count: Count(count) };
    world.history.ecs_service.running = vec![ran(3, 200), ran(4, 1)];
    assert_eq!(world.says(), "4 -> 4 within_thresholds: nothing");
    // Eight at 30%, but for the last minute; the same work is near 60% on four.
    let mut world = World::idle(4);
    world.signal(ServiceMetric::Cpu, 30.0);
    world.history.ecs_service.running = vec![ran(8, 200), ran(4, 1)];
    assert_eq!(world.says(), "4 -> 4 within_thresholds: nothing");
    let detail = world.plan().decision.explanation.detail;
    assert!(detail.contains("cpu of the same work on 4 tasks is 58.8% on average"), "{detail}");
}

#[test]
fn a_signal_that_tasks_do_not_share_counts_from_the_last_addition_until_its_minutes_came_after_it() {
    let mut world = World::steady(4);
    world.target.scaling.scale_out = vec![rule(Signal::Latency, Comparison::Above, 1.0, 5)];
    world.signal(ServiceMetric::Requests, 900.0);
    world.signal(ServiceMetric::Latency, 3.0);
    let grown = |ago| tidegate_policy::history::ScaledOut {
        at: world.now - minutes(ago),
        from: Count(3),
        to: Count(4),
    };
    let with = |ago| {
        let mut world = world.clone();
        world.history.scaled_out = Some(grown(ago));
        world.plan().decision.desired.0
    };
    assert_eq!([with(1), with(4), with(5)], [4, 4, 5]);
}

#[test]
fn tasks_that_are_starting_count_as_there() {
    let mut world = tracking(2, Signal::RequestsPerTarget, 1_000.0, ServiceMetric::Requests, 5_200.0);
    let _ = world.step();
    world.service().running = Count(2);
    assert_eq!(world.says(), "6 -> 6 within_thresholds: nothing");
}

/// Goal: one task that crashes for days does not keep nine that are overloaded from getting help. Method: minute by minute; what is asked for
/// does not come either, and is asked for at the pace of `start_within`, up to the maximum.
#[test]
fn tasks_that_never_start_keep_nobody_from_asking_for_others() {
    for tracked in [false, true] {
        let mut world = World::steady(4);
        if tracked {
            world.target.scaling.scale_out.clear();
            world.target.scaling.track.push(track(Signal::Cpu, 70.0));
        }
        (world.service().running, world.service().pending) = (Count(3), Count(1));
        world.signal(ServiceMetric::Cpu, 90.0);
        let mut asked = Vec::new();
        let began = world.now;
        while world.now < began + minutes(45) {
            let plan = world.plan();
            world.history = plan.history.clone();
            if let [Action::EcsService(EcsServiceAction::SetDesiredCount(set))] = &plan.actions[..] {
                asked.push((world.now.duration_since(began).as_mins(), set.to.0));
                world.service().desired = set.to;
            }
            world.go_to(world.now + minutes(1));
        }
        assert_eq!(asked, [(10, 5), (20, 6), (30, 7), (40, 8)], "tracked: {tracked}");
        assert!(!world.history.in_transition, "and it is looked at no more often than at rest");
    }
}

#[test]
fn several_signals_out_if_any_in_if_all() {
    let mut world = World::idle(4);
    world.target.scaling.track = vec![track(Signal::RequestsPerTarget, 1_000.0)];
    world.signal(ServiceMetric::Requests, 100.0);
    assert_eq!(world.plan().decision.desired, Count(3), "all agree");
    world.signal(ServiceMetric::Requests, 3_900.0);
    assert_eq!(world.says(), "4 -> 4 within_thresholds: nothing");
    world.signal(ServiceMetric::Requests, 4_500.0);
    assert_eq!(world.plan().decision.desired, Count(5), "any is enough");
    world.signal(ServiceMetric::Memory, 95.0);
    world.signal(ServiceMetric::Requests, 100.0);
    assert_eq!(world.plan().decision.explanation.reason, Reason::ScaleOutThreshold);
}

#[test]
fn missing_and_stale_signals_forbid_removal_and_allow_addition() {
    for reading in [Reading::Missing, stale(&World::idle(4))] {
        let why = if reading == Reading::Missing { "signal_missing" } else { "signal_stale" };
        let mut world = World::idle(4);
        world.seen.signals.insert(ServiceMetric::Memory, reading.clone());
        assert_eq!(world.says(), format!("4 -> 4 {why}: nothing"));
        world.signal(ServiceMetric::Cpu, 85.0);
        assert_eq!(world.plan().decision.desired, Count(5));
    }
}

fn stale(world: &World) -> Reading {
    let Reading::Fresh(points) = level(5.0, world.now - minutes(10)) else { panic!("fresh") };
    Reading::new(points.points().to_vec(), None, world.now)
}

#[test]
fn errors_hold_what_is_there_and_add_only_what_load_explains() {
    let failing = |cpu: f64| {
        let mut world = World::idle(4);
        world.target.scaling.scale_out.push(rule(Signal::ErrorRate, Comparison::Above, 1.0, 5));
        world.signal(ServiceMetric::Requests, 1_000.0);
        world.signal(ServiceMetric::Errors, 50.0);
        world.signal(ServiceMetric::Latency, 0.2);
        world.signal(ServiceMetric::Cpu, cpu);
        world
    };
    let calm = failing(5.0);
    assert_eq!(calm.says(), "4 -> 4 errors_unexplained: nothing");
    assert_eq!(calm.plan().alerts[0].explanation.reason, Reason::ErrorsUnexplained);
    let loaded = failing(60.0);
    assert_eq!(loaded.says(), "4 -> 5 scale_out_threshold: desired count of production/api: 4 -> 5");
    let detail = loaded.plan().decision.explanation.detail;
    assert!(
        detail.contains("error rate of the service is 5% on average") && detail.contains("cpu of 60%"),
        "{detail}"
    );
    // Few requests failed: nothing is the matter, though AWS publishes no zero.
    let mut fine = failing(5.0);
    fine.seen.signals.insert(ServiceMetric::Errors, Reading::Missing);
    assert_eq!(fine.plan().decision.desired, Count(3));
    // Requests come and no target answers: what the load balancer says for them is no error of a target, and nothing is known of them.
    fine.seen.signals.insert(ServiceMetric::Latency, Reading::Missing);
    assert_eq!(fine.says(), "4 -> 4 signal_missing: nothing");
}

#[test]
fn latency_counts_where_there_were_requests() {
    let slow = |requests: f64, latency: Reading| {
        let mut world = World::idle(4);
        world.target.scaling.scale_out.push(rule(Signal::Latency, Comparison::Above, 1.0, 5));
        world.signal(ServiceMetric::Requests, requests);
        world.seen.signals.insert(ServiceMetric::Latency, latency);
        world.says()
    };
    let now = World::idle(1).now;
    assert_eq!(
        slow(500.0, level(1.4, now)),
        "4 -> 5 scale_out_threshold: desired count of production/api: 4 -> 5"
    );
    assert_eq!(slow(500.0, Reading::Missing), "4 -> 4 signal_missing: nothing");
    assert_eq!(
        slow(0.0, Reading::Missing),
        "4 -> 3 scale_in_thresholds: desired count of production/api: 4 -> 3"
    );
}

/// Requests ended twenty minutes ago. Where the last of them were answered as far as is known, the silence is good news; else the checker refuses
/// what is taken away.
#[test]
fn silence_after_requests_that_nobody_answered_is_no_good_news() {
    let silent = |answered_until: i64| {
        let mut world = World::idle(4);
        world.target.scaling.scale_out.push(rule(Signal::Latency, Comparison::Above, 1.0, 5));
        let now = world.now;
        let minute = Minute::containing(now).0;
        let until = |last: i64, value: f64| {
            let ago = (last..30).map(|ago| Point { minute: Minute(minute - ago), value });
            Reading::new(ago.collect(), None, now)
        };
        // With tasks that are healthy all along.
        world.signal(ServiceMetric::Requests, 0.0);
        world.seen.signals.insert(ServiceMetric::Requests, until(20, 500.0));
        world.seen.signals.insert(ServiceMetric::Latency, until(answered_until, 0.1));
        world.says()
    };
    assert_eq!(silent(20), "4 -> 3 scale_in_thresholds: desired count of production/api: 4 -> 3");
    assert_eq!(silent(21), "4 -> 4 signal_stale: nothing");
}

fn workers(tasks: u32, depth: f64) -> World {
    let mut world = World::idle(tasks);
    world.queue();
    world.target.scaling.min = Count::ZERO;
    world.target.scaling.scale_out = vec![rule(Signal::QueueDepth, Comparison::Above, 100.0, 5)];
    world.target.scaling.scale_in = Vec::new();
    world.target.scaling.track = vec![track(Signal::BacklogPerTask, 50.0)];
    world.signal(ServiceMetric::QueueDepth, depth);
    world.signal(ServiceMetric::QueueInFlight, 0.0);
    world
}

#[test]
fn tasks_at_work_on_what_nobody_sees_stay() {
    let mut world = workers(5, 0.0);
    world.signal(ServiceMetric::QueueInFlight, 5.0);
    assert_eq!(world.says(), "5 -> 5 work_in_flight: nothing");
    // By a threshold, and by CPU of workers that wait for others, likewise.
    world.target.scaling.track.clear();
    for signal in [Signal::QueueDepth, Signal::BacklogPerTask, Signal::Cpu] {
        world.target.scaling.scale_in = vec![rule(signal, Comparison::Below, 50.0, 10)];
        assert_eq!(world.says(), "5 -> 5 work_in_flight: nothing", "{signal:?}");
    }
    world.signal(ServiceMetric::QueueInFlight, 2.0);
    world.target.scaling.scale_in = Vec::new();
    world.target.scaling.track = vec![track(Signal::BacklogPerTask, 50.0)];
    assert_eq!(world.says(), "5 -> 2 scale_in_tracking: desired count of production/api: 5 -> 2");
    assert_eq!(world.plan().decision.limited_by, Some(Reason::WorkInFlight));
}

#[test]
fn what_waits_and_what_is_in_flight_have_to_be_few_together_before_a_task_goes() {
    let mut world = workers(4, 60.0);
    assert_eq!(world.says(), "4 -> 2 scale_in_tracking: desired count of production/api: 4 -> 2");
    world.signal(ServiceMetric::QueueInFlight, 130.0);
    assert_eq!(world.says(), "4 -> 4 within_thresholds: nothing");
    world.target.scaling.track.clear();
    world.target.scaling.scale_in = vec![rule(Signal::QueueDepth, Comparison::Below, 70.0, 10)];
    assert_eq!(world.says(), "4 -> 4 within_thresholds: nothing");
    // More tasks are asked for by what waits alone: what is in flight has a task.
    world.target.scaling.scale_in.clear();
    world.target.scaling.track = vec![track(Signal::BacklogPerTask, 10.0)];
    world.signal(ServiceMetric::QueueDepth, 30.0);
    assert_eq!(world.says(), "4 -> 4 within_thresholds: nothing");
}

#[test]
fn the_last_task_goes_once_nothing_waits_and_nothing_is_in_flight() {
    let mut world = workers(1, 0.0);
    world.target.scaling.track.clear();
    world.target.scaling.scale_in = vec![rule(Signal::QueueDepth, Comparison::Below, 5.0, 10)];
    assert_eq!(world.says(), "1 -> 0 scale_in_thresholds: desired count of production/api: 1 -> 0");
    for (metric, other) in [
        (ServiceMetric::QueueDepth, ServiceMetric::QueueInFlight),
        (ServiceMetric::QueueInFlight, ServiceMetric::QueueDepth),
    ] {
        world.signal(other, 0.0);
        world.signal(metric, 1.0);
        assert_eq!(world.says(), "1 -> 1 work_in_flight: nothing", "{metric:?}");
        world.signal(metric, 0.0);
        // It came a minute ago, and may be there still.
        let now = world.now;
        world.seen.signals.insert(metric, series(|ago| if ago == 0 { 1.0 } else { 0.0 }, now));
        assert_eq!(world.says(), "1 -> 1 work_in_flight: nothing", "{metric:?}");
        for nothing in [Reading::Missing, stale(&world)] {
            world.seen.signals.insert(metric, nothing);
            assert_eq!(world.plan().actions, [], "{metric:?}");
        }
    }
}

#[test]
fn without_messages_in_flight_known_a_worker_is_not_taken_for_idle() {
    let mut world = workers(5, 0.0);
    world.seen.signals.insert(ServiceMetric::QueueInFlight, Reading::Missing);
    assert_eq!(world.says(), "5 -> 5 signal_missing: nothing");
    // By CPU alone too, where a queue asks for more; and more come all the same.
    world.target.scaling.track.clear();
    world.target.scaling.scale_in = vec![rule(Signal::Cpu, Comparison::Below, 50.0, 10)];
    assert_eq!(world.says(), "5 -> 5 signal_missing: nothing");
    world.signal(ServiceMetric::QueueDepth, 180.0);
    assert_eq!(world.says(), "5 -> 6 scale_out_threshold: desired count of production/api: 5 -> 6");
    // What is above the maximum goes down to it.
    world.signal(ServiceMetric::QueueDepth, 0.0);
    world.target.scaling.max = Count(4);
    assert_eq!(world.says(), "5 -> 4 scale_in_thresholds: desired count of production/api: 5 -> 4");
}

#[test]
fn workers_come_up_from_zero_and_go_back() {
    let mut world = workers(0, 180.0);
    world.seen.signals.remove(&ServiceMetric::Cpu);
    assert_eq!(world.says(), "0 -> 4 scale_out_tracking: desired count of production/api: 0 -> 4");
    let world = workers(4, 0.0);
    assert_eq!(world.says(), "4 -> 0 scale_in_tracking: desired count of production/api: 4 -> 0");
    assert_eq!(workers(0, 0.0).says(), "0 -> 0 within_thresholds: nothing");
}

#[test]
fn the_cpu_of_a_task_without_work_keeps_nobody_from_going_to_none() {
    let mut world = workers(1, 0.0);
    world.target.scaling.scale_in = vec![rule(Signal::Cpu, Comparison::Below, 50.0, 10)];
    assert_eq!(world.says(), "1 -> 0 scale_in_thresholds: desired count of production/api: 1 -> 0");
    // But work does, also where no rule says how much is too much.
    let mut world = workers(4, 0.0);
    world.target.scaling.scale_in = vec![rule(Signal::Cpu, Comparison::Below, 80.0, 10)];
    world.signal(ServiceMetric::Cpu, 70.0);
    assert_eq!(world.says(), "4 -> 4 projected_load_too_high: nothing");
}

#[test]
fn a_service_without_tasks_is_known_and_not_missing() {
    let mut world = World::idle(0);
    world.seen.signals.clear();
    assert_eq!(world.says(), "0 -> 2 scale_out_minimum: desired count of production/api: 0 -> 2");
    world.target.scaling.min = Count::ZERO;
    assert_eq!(world.says(), "0 -> 0 within_thresholds: nothing");
}

#[test]
fn what_remains_carries_the_load_below_every_threshold() {
    let mut world = World::steady(4);
    world.target.scaling.scale_in = vec![rule(Signal::Cpu, Comparison::Below, 55.0, 25)];
    world.signal(ServiceMetric::Cpu, 50.0);
    // Three would run at 67%, and 63% is the most that leaves 10% below 70%.
    assert_eq!(world.says(), "4 -> 4 projected_load_too_high: nothing");
    let detail = world.plan().decision.explanation.detail;
    assert!(detail.contains("66.7%") && detail.contains("63%"), "{detail}");
    world.signal(ServiceMetric::Cpu, 45.0);
    assert_eq!(world.plan().decision.desired, Count(3));
}

#[test]
fn cooldowns_are_the_missions() {
    let mut world = World::steady(3);
    world.signal(ServiceMetric::Cpu, 97.0);
    let _ = world.step();
    assert_eq!(world.plan().decision.explanation.reason, Reason::CooldownOut);
    let _ = world.step();
    // 60 s after the tasks ran, the same rule may ask again.
    assert_eq!(world.step().decision.desired, Count(5));
    let mut world = World::idle(5);
    let _ = world.step();
    let mut removals = Vec::new();
    for minute in 1..=12 {
        if world.step().decision.desired < world.service().desired.plus(Count(1))
            && world.history.scaled_in_at.is_some()
        {
            let last = world.history.scaled_in_at.unwrap();
            if removals.last() != Some(&last) {
                removals.push(last);
            }
        }
        assert!(minute <= 12);
    }
    let gaps: Vec<i64> = removals.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_mins()).collect();
    assert_eq!(gaps, [5, 5], "{removals:?}");
}

#[test]
fn an_alert_stands_until_the_tasks_that_were_asked_for_carry_the_work() {
    // Two tasks at 95%, and ten are on their way: on ten it would be 19%.
    let mut world = World::steady(10);
    world.service().running = Count(2);
    world.target.scaling.alert = vec![rule(Signal::Cpu, Comparison::Above, 80.0, 10)];
    world.signal(ServiceMetric::Cpu, 95.0);
    world.history.ecs_service.running =
        vec![tidegate_policy::history::RunningSince { at: world.now - minutes(200), count: Count(2) }];
    let plan = world.plan();
    assert_eq!(plan.decision.desired, Count(10));
    assert_eq!(
        plan.alerts[0].explanation.to_string(),
        "alert_threshold: cpu of the service is 95% on average and above 80% in 10 of the last 10 minutes"
    );
}

#[test]
fn an_alert_rule_tells_and_changes_nothing() {
    let mut world = World::steady(3);
    world.target.scaling.alert = vec![rule(Signal::Cpu, Comparison::Above, 50.0, 10)];
    let plan = world.plan();
    assert_eq!(
        (plan.decision.desired, plan.alerts[0].explanation.reason),
        (Count(3), Reason::AlertThreshold)
    );
}

/// What cannot be looked at is not over.
#[test]
fn an_alert_of_a_service_that_went_missing_still_stands() {
    let mut world = World::steady(3);
    world.target.scaling.alert = vec![rule(Signal::Cpu, Comparison::Above, 50.0, 10)];
    let told = |world: &mut World| -> Vec<Reason> {
        let plan = world.plan();
        let mut after = plan.history.clone();
        let log = plan_told(&plan, &world.history, &mut after, world.now);
        world.history = after;
        let alerts = log.iter().filter(|line| line.kind == ActivityKind::Alert);
        alerts.map(|line| line.reason).collect()
    };
    assert_eq!(told(&mut world), [Reason::AlertThreshold]);
    let service = world.seen.look.service.take();
    assert_eq!(told(&mut world), [Reason::ServiceMissing]);
    world.seen.look.service = service;
    assert_eq!(told(&mut world), []);
    assert_eq!(told(&mut world), []);
    assert_eq!(told(&mut world), [Reason::AlertCleared], "it is there again, and as busy as before");
}
