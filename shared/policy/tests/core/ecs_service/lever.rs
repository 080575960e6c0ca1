//! The lever: the desired count, or the bounds where a scalable target is registered; and what keeps hands off both.

use tidegate_policy::history::{Asked, ScaledOut};
use tidegate_policy::observation::{
    CapacityBounds, Deployment, DeploymentController, Rollout, Scheduling, ServiceStatus, Suspended,
};
use tidegate_policy::order::{Order, take};
use tidegate_policy::plan::{Action, EcsServiceAction, LastLook, may_still_change};
use tidegate_policy::policy::{RateLimit, ServiceMetric, Spot};
use tidegate_policy::reason::Reason;
use tidegate_policy::record::{FailureClass, Outcome, settle};
use tidegate_policy::units::{Count, Percent};

use super::fixture::{World, deployment, minutes, window};

fn busy(tasks: u32) -> World {
    let mut world = World::steady(tasks);
    world.signal(ServiceMetric::Cpu, 85.0);
    world
}

#[test]
fn without_a_scalable_target_the_desired_count_moves() {
    assert_eq!(busy(3).says(), "3 -> 4 scale_out_threshold: desired count of production/api: 3 -> 4");
    assert_eq!(World::idle(3).says(), "3 -> 2 scale_in_thresholds: desired count of production/api: 3 -> 2");
    assert_eq!(World::steady(3).says(), "3 -> 3 within_thresholds: nothing");
}

#[test]
fn with_a_scalable_target_its_bounds_move_and_never_the_desired_count() {
    let says = |world: World| world.says();
    assert_eq!(
        says(busy(3).registered(2, 10)),
        "3 -> 4 scale_out_threshold: bounds of production/api: 2..10 -> 4..10"
    );
    assert_eq!(says(World::idle(5).registered(2, 10)), "5 -> 5 native_scale_in: nothing");
    assert_eq!(
        says(World::steady(3).registered(1, 20)),
        "3 -> 3 within_thresholds: bounds of production/api: 1..20 -> 2..10"
    );
}

#[test]
fn a_minimum_that_signals_raised_comes_down_when_they_agree() {
    let mut world = busy(3).registered(2, 10);
    let _ = world.step();
    assert_eq!(world.history.ecs_service.signal_floor, Some(Count(4)));
    let _ = world.step();
    let mut idle = World::idle(4);
    idle.history = world.history.clone();
    let mut world = idle.registered(4, 10);
    world.go_to(world.now + minutes(30));
    assert_eq!(world.says(), "4 -> 3 scale_in_thresholds: bounds of production/api: 4..10 -> 3..10");
    let _ = world.step();
    assert_eq!(world.history.ecs_service.signal_floor, Some(Count(3)));
    world.go_to(world.now + minutes(10));
    let _ = world.step();
    assert_eq!((world.scalable().bounds.min, world.history.ecs_service.signal_floor), (Count(2), None));
}

#[test]
fn a_count_below_the_minimum_is_pulled_in_by_registering_again() {
    let mut world = World::steady(1).registered(2, 10);
    assert_eq!(world.says(), "1 -> 2 scale_out_minimum: bounds of production/api: 2..10 -> 2..10");
    // Not every minute: what does not help is not done again at once.
    world.history.ecs_service.asked = Some(Asked::Bounds(CapacityBounds { min: Count(2), max: Count(10) }));
    world.history.ecs_service.asked_at = Some(world.now - minutes(1));
    assert_eq!(world.says(), "1 -> 2 scale_out_minimum: nothing");
}

#[test]
fn what_a_person_suspended_stays_suspended() {
    let suspend = |world: World, scaling_in, scaling_out, scheduled| {
        let mut world = world;
        world.scalable().suspended = Suspended { scaling_in, scaling_out, scheduled };
        world.says()
    };
    assert_eq!(suspend(busy(3).registered(2, 10), false, true, false), "3 -> 3 scaling_suspended: nothing");
    let mut lowered = World::idle(4).registered(4, 10);
    lowered.history.ecs_service.signal_floor = Some(Count(4));
    assert_eq!(suspend(lowered, true, false, false), "4 -> 4 scaling_suspended: nothing");
    // The clock's bounds are scheduled scaling.
    assert_eq!(
        suspend(World::steady(3).registered(1, 10), false, false, true),
        "3 -> 3 within_thresholds: nothing"
    );
    assert_eq!(
        suspend(World::steady(3).registered(1, 20), true, false, false),
        "3 -> 3 within_thresholds: bounds of production/api: 1..20 -> 2..20"
    );
}

#[test]
fn nothing_is_taken_away_during_a_rollout_and_more_may_come() {
    let rolling = |world: World| {
        let mut world = world;
        world.service().deployments.push(deployment("ecs-svc/2", true, Rollout::InProgress));
        world.service().deployments[0].primary = false;
        world
    };
    assert_eq!(rolling(World::idle(4)).says(), "4 -> 4 rollout_in_progress: nothing");
    assert_eq!(
        rolling(busy(4)).says(),
        "4 -> 5 scale_out_threshold: desired count of production/api: 4 -> 5"
    );
    assert_eq!(
        rolling(World::steady(4).registered(3, 10)).says(),
        "4 -> 4 within_thresholds: nothing",
        "a lower minimum waits too"
    );
}

#[test]
fn two_task_sets_are_not_counted_twice() {
    // Blue and green run four each; there are to be four.
    let mut world = busy(4);
    world.service().controller = DeploymentController::CodeDeploy;
    world.service().running = Count(8);
    world.service().deployments.push(deployment("ecs-svc/2", false, Rollout::InProgress));
    assert_eq!(world.says(), "4 -> 5 scale_out_threshold: desired count of production/api: 4 -> 5");
}

#[test]
fn the_failed_and_the_unknown_rollout_forbid_removal_and_a_classic_load_balancer_does_not() {
    let with = |rollout, running| {
        let mut world = World::idle(4);
        world.service().deployments[0].rollout = rollout;
        world.service().running = Count(running);
        world.says()
    };
    assert_eq!(with(Rollout::Failed, 4), "4 -> 4 rollout_in_progress: nothing");
    assert_eq!(with(Rollout::Unknown, 3), "4 -> 4 rollout_in_progress: nothing");
    assert_eq!(
        with(Rollout::Unknown, 4),
        "4 -> 3 scale_in_thresholds: desired count of production/api: 4 -> 3"
    );
}

/// A circuit breaker without rollback: the newer deployment failed, with so many tasks left; the older one has four.
fn failed(mut world: World, left: u32) -> World {
    let reason = "ECS deployment circuit breaker: tasks failed to start.";
    let newer = Deployment {
        tasks: Count(left),
        failure: Some(reason.to_owned()),
        ..deployment("ecs-svc/2", true, Rollout::Failed)
    };
    world.service().deployments[0].primary = false;
    world.service().deployments.insert(0, newer);
    world
}

#[test]
fn a_failed_deployment_beside_the_one_that_serves_is_named_and_scaled_around() {
    let idle = failed(World::idle(4), 0);
    assert_eq!(idle.says(), "4 -> 3 scale_in_thresholds: desired count of production/api: 4 -> 3");
    let alert = "the deployment ecs-svc/2 failed (ECS deployment circuit breaker: tasks failed to start.): the one that completed has all the tasks, and they are scaled as ever; deploy again, or go back";
    assert_eq!(idle.plan().alerts[0].explanation.detail, alert);
    assert!(!failed(World::steady(4), 0).plan().history.in_transition);
    let out = "4 -> 5 scale_out_threshold: desired count of production/api: 4 -> 5";
    for left in [0, 2] {
        assert_eq!(failed(busy(4), left).says(), out);
    }
    let [action] = &idle.plan().actions[..] else { panic!() };
    assert_eq!(may_still_change(&idle.target, action, &idle.look()), LastLook::Go);

    // The one that failed still has a task; the other one is not complete, has not all of them, or is to be replaced as well.
    let held = |change: &dyn Fn(&mut World)| {
        let mut world = failed(World::idle(4), 0);
        change(&mut world);
        assert_eq!(world.says(), "4 -> 4 rollout_in_progress: nothing");
        assert!(!world.plan().history.in_transition);
        assert!(matches!(may_still_change(&world.target, action, &world.look()), LastLook::Stop(_)));
    };
    held(&|world| world.service().deployments[0].tasks = Count(1));
    held(&|world| world.service().deployments[1].tasks = Count(3));
    held(&|world| world.service().deployments[1].rollout = Rollout::InProgress);
    held(&|world| world.service().deployments[1].rollout = Rollout::Unknown);
    held(&|world| world.service().deployments.push(deployment("ecs-svc/0", false, Rollout::Completed)));
    held(&|world| world.service().pending = Count(1));
    held(&|world| world.service().running = Count(5));
    // All that runs is of the deployment that failed: the older one has drained, or there is none any more.
    held(&|world| {
        world.service().deployments[0].tasks = Count(4);
        world.service().deployments[1].tasks = Count::ZERO;
    });
    held(&|world| {
        world.service().deployments.truncate(1);
        world.service().deployments[0].tasks = Count(4);
    });
}

#[test]
fn a_deployment_that_was_rolled_back_holds_removal_until_its_last_task_is_gone() {
    let back = |left| {
        let mut world = failed(World::idle(4), left);
        world.service().deployments[0].primary = false;
        world.service().deployments[1].primary = true;
        world
    };
    assert_eq!(back(0).says(), "4 -> 3 scale_in_thresholds: desired count of production/api: 4 -> 3");
    assert_eq!(back(1).says(), "4 -> 4 rollout_in_progress: nothing");
    assert!(back(1).plan().history.in_transition && back(1).plan().alerts.len() == 1);
}

#[test]
fn a_deployment_that_failed_is_not_forced_again_for_its_strategy() {
    let mut world = World::steady(4);
    world.ecs().spot = Some(Spot {
        share: Percent(50.0),
        base: Count::ZERO,
        retry_after: minutes(30),
        force_deployment: true,
    });
    assert!(
        matches!(world.plan().actions[..], [Action::EcsService(EcsServiceAction::SetStrategy(_))]),
        "{}",
        world.plan()
    );
    assert_eq!(failed(world, 0).plan().actions, []);
}

#[test]
fn while_tasks_are_pending_nothing_goes_and_a_step_counts_from_where_it_began() {
    let mut world = World::idle(4);
    world.service().running = Count(3);
    assert_eq!(world.says(), "4 -> 4 tasks_pending: nothing");
    // So hot that four would be too few.
    let mut world = busy(3);
    world.signal(ServiceMetric::Cpu, 97.0);
    let _ = world.step();
    world.service().running = Count(3);
    world.service().pending = Count(1);
    assert_eq!(world.says(), "4 -> 4 within_thresholds: nothing");
    assert_eq!(world.plan().step.unwrap().reason, Reason::AwaitTasks);
    // Once they run, the cooldown counts from there.
    world.service().running = Count(4);
    let plan = world.step();
    assert_eq!(plan.decision.explanation.reason, Reason::CooldownOut);
    assert!(matches!(world.history.scaled_out, Some(ScaledOut { from: Count(3), to: Count(4), .. })));
}

#[test]
fn bounds_are_not_lowered_while_tasks_come_up() {
    let coming_up = |running| {
        let mut world = World::steady(4).registered(1, 20);
        world.service().running = Count(running);
        world.service().pending = Count(4 - running);
        world.says()
    };
    assert_eq!(coming_up(3), "4 -> 4 within_thresholds: bounds of production/api: 1..20 -> 2..20");
    assert_eq!(coming_up(4), "4 -> 4 within_thresholds: bounds of production/api: 1..20 -> 2..10");
}

#[test]
fn tasks_that_do_not_start_are_told_with_what_ecs_says() {
    let mut world = busy(3);
    let _ = world.step();
    world.service().running = Count(3);
    world.service().unplaced_at = Some(world.now);
    world.go_to(world.now + minutes(11));
    let told = world.plan().alerts.into_iter().map(|alert| alert.explanation.to_string()).collect::<Vec<_>>();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("tasks_not_starting: 3 of 4 tasks run 12m after 4 were asked for"),
        "{told:?}"
    );
    assert!(told[0].contains("could place no task"), "{told:?}");
}

#[test]
fn a_service_that_is_not_ours_to_scale_is_left_alone_and_told() {
    let told = |change: &dyn Fn(&mut World)| {
        let mut world = busy(3);
        change(&mut world);
        let plan = world.plan();
        assert!(plan.actions.is_empty() && plan.alerts.len() == 1, "{plan}");
        plan.alerts[0].explanation.reason
    };
    assert_eq!(told(&|world| world.seen.look.service = None), Reason::ServiceMissing);
    assert_eq!(told(&|world| world.service().status = ServiceStatus::Draining), Reason::ServiceNotActive);
    assert_eq!(told(&|world| world.service().status = ServiceStatus::Inactive), Reason::ServiceNotActive);
    assert_eq!(
        told(&|world| world.service().controller = DeploymentController::External),
        Reason::ExternalController
    );
    assert_eq!(told(&|world| world.service().scheduling = Scheduling::Daemon), Reason::DaemonService);
    assert_eq!(
        told(&|world| {
            *world = world.clone().registered(2, 10);
            world.scalable().dimension = "ecs:service:Other".to_owned();
        }),
        Reason::ForeignDimension
    );
}

/// Goal: the ledger item stays small whatever a service does. Method: tasks crash in a loop, and each of them wakes us.
#[test]
fn tasks_that_crash_in_a_loop_do_not_fill_the_ledger() {
    let mut world = World::steady(4);
    for nth in 0..3_000 {
        world.service().running = Count(3 + nth % 2);
        world.history = world.plan().history;
        world.now += jiff::SignedDuration::from_secs(5);
    }
    let kept = world.history.ecs_service.running.len();
    assert!(kept <= 182, "{kept}");
}

/// Plans for so many minutes while AWS answers every call with `class`; how many calls were made.
fn refused(world: &mut World, class: FailureClass, for_minutes: u32) -> usize {
    let mut calls = 0;
    for _ in 0..for_minutes {
        let plan = world.plan();
        let failed = || Outcome::Failed { class, message: "not authorized".to_owned() };
        let outcomes: Vec<_> = plan.actions.iter().map(|action| (action.clone(), failed())).collect();
        calls += outcomes.len();
        world.history = settle(plan.history, &outcomes, world.now);
        world.go_to(world.now + minutes(1));
    }
    calls
}

#[test]
fn a_change_that_only_a_person_can_help_is_tried_ever_more_rarely() {
    let mut world = busy(3);
    assert_eq!(refused(&mut world, FailureClass::PersonNeeded, 60), 6);
    let plan = world.plan();
    assert_eq!(plan.step.as_ref().unwrap().reason, Reason::CallFailed);
    insta::assert_snapshot!(plan.step.unwrap().detail, @"desired count of production/api: 3 -> 4 is put off: the last 6 such calls failed for what only a person can mend, and the next is made at 2026-03-04T13:01:00Z");
    let order = Order::Hold { min: Some(Count(5)), max: None, until: None, sent_at: None };
    take(&world.target, &mut world.history, &order, world.now).unwrap();
    let _ = world.step();
    assert_eq!(world.service().desired, Count(5), "a command is tried at once");
    assert_eq!((world.history.ecs_service.refusals, world.history.ecs_service.retry_at), (0, None));
}

/// A throttled call must not cost the quarter of an hour that the rate limit looks back.
#[test]
fn an_addition_that_failed_uses_up_no_rate_limit() {
    let mut world = busy(3);
    world.target.scaling.rate_limit.out = Some(RateLimit { members: Count(1), period: minutes(15) });
    assert_eq!(refused(&mut world, FailureClass::RetryNextWake, 3), 3);
    assert_eq!(world.says(), "3 -> 4 scale_out_threshold: desired count of production/api: 3 -> 4");
}

#[test]
fn a_deployment_that_failed_is_no_reason_to_look_every_minute() {
    let mut world = World::steady(4);
    world.service().deployments[0].rollout = Rollout::Failed;
    assert!(!world.plan().history.in_transition);
    world.service().deployments[0].rollout = Rollout::InProgress;
    assert!(world.plan().history.in_transition);
}

#[test]
fn a_foreign_write_is_told_once_and_taken_as_it_is() {
    let mut world = World::idle(4);
    world.history.ecs_service.asked = Some(Asked::Desired(Count(3)));
    world.history.ecs_service.asked_at = Some(world.now - minutes(1));
    // ECS may still show the old value.
    assert!(world.plan().alerts.is_empty());
    world.go_to(world.now + minutes(5));
    let plan = world.step();
    assert_eq!(plan.alerts[0].explanation.reason, Reason::ForeignWrite);
    // The way in waits as after a change of ours.
    assert_eq!(plan.decision.explanation.reason, Reason::CooldownIn);
    assert!(world.step().alerts.is_empty());
    world.go_to(world.now + minutes(5));
    assert_eq!(world.says(), "4 -> 3 scale_in_thresholds: desired count of production/api: 4 -> 3");
}

#[test]
fn bounds_that_somebody_else_wrote_are_told_and_the_policys_hold_again() {
    let mut world = World::steady(3).registered(1, 4);
    world.history.ecs_service.asked = Some(Asked::Bounds(CapacityBounds { min: Count(2), max: Count(10) }));
    world.history.ecs_service.asked_at = Some(world.now - minutes(60));
    let plan = world.step();
    assert_eq!(plan.alerts[0].explanation.reason, Reason::ForeignWrite);
    assert_eq!(world.scalable().bounds, CapacityBounds { min: Count(2), max: Count(10) });
}

/// An on-call raises the minimum in the console: that is not undone in the same minute, but comes down when signals agree.
#[test]
fn a_minimum_that_somebody_else_raised_is_not_fought() {
    let mut world = World::steady(6).registered(2, 10);
    let _ = world.step();
    world.go_to(world.now + minutes(10));
    world.scalable().bounds.min = Count(6);
    let plan = world.step();
    assert_eq!((plan.alerts[0].explanation.reason, plan.actions.len()), (Reason::ForeignWrite, 0));
    world.go_to(world.now + minutes(60));
    assert_eq!(world.says(), "6 -> 6 within_thresholds: nothing");
    world.signal(ServiceMetric::Cpu, 5.0);
    world.signal(ServiceMetric::Memory, 20.0);
    assert_eq!(world.says(), "6 -> 5 scale_in_thresholds: bounds of production/api: 6..10 -> 5..10");
    // Back where it was: that is taken as it is too.
    world.scalable().bounds.min = Count(2);
    let plan = world.step();
    assert_eq!((plan.alerts[0].explanation.reason, plan.actions.len()), (Reason::ForeignWrite, 0));
}

/// The same where only a schedule says how many: nothing there would tell whether the on-call still needs them.
#[test]
fn what_somebody_else_raised_above_a_schedule_stays_for_an_hour() {
    let mut world = World::idle(2).schedule_only();
    let _ = world.step();
    (world.service().desired, world.service().running) = (Count(6), Count(6));
    let plan = world.step();
    assert_eq!(plan.decision.explanation.reason, Reason::ForeignWrite);
    assert_eq!((plan.alerts.len(), plan.actions.len()), (1, 0));
    world.go_to(world.now + minutes(30));
    insta::assert_snapshot!(world.plan().decision.explanation.detail, @"somebody else changed the capacity: the 6 there are stay until 2026-03-04T13:01:00Z, although the schedule's minimum is 2; a direct command sets another number, or holds this one for longer");
    let mut commanded = world.clone();
    let order = Order::Hold { min: Some(Count(3)), max: Some(Count(3)), until: None, sent_at: None };
    take(&commanded.target, &mut commanded.history, &order, commanded.now).unwrap();
    assert_eq!(commanded.plan().decision.desired, Count(3));
    world.go_to(world.now + minutes(30));
    assert_eq!(world.says(), "6 -> 2 scale_in_schedule: desired count of production/api: 6 -> 2");

    let mut world = World::idle(2).schedule_only().registered(2, 10);
    let _ = world.step();
    world.scalable().bounds.min = Count(6);
    (world.service().desired, world.service().running) = (Count(6), Count(6));
    world.go_to(world.now + minutes(5));
    assert!(world.step().actions.is_empty());
    world.go_to(world.now + minutes(60));
    assert_eq!(world.says(), "6 -> 6 within_thresholds: bounds of production/api: 6..10 -> 2..10");
}

#[test]
fn a_minimum_that_signals_raised_is_not_left_behind() {
    let raised = |tasks: u32| {
        let mut world = World::idle(tasks).registered(tasks, 10);
        world.history.ecs_service.signal_floor = Some(Count(8));
        world
    };
    // The rules were taken out of the policy: nothing else would lower it.
    let world = raised(8).schedule_only();
    assert_eq!(world.says(), "8 -> 8 within_thresholds: bounds of production/api: 8..10 -> 2..10");
    // Signals raised it while the schedule was suspended.
    let mut world = raised(8);
    world.scalable().suspended.scheduled = true;
    assert_eq!(world.says(), "8 -> 7 scale_in_thresholds: bounds of production/api: 8..10 -> 7..10");
    // It was deregistered, and registered anew.
    let mut world = raised(2);
    world.history.ecs_service.asked = Some(Asked::Desired(Count(2)));
    assert_eq!(world.says(), "2 -> 2 already_at_min_capacity: nothing");
}

#[test]
fn a_count_below_a_minimum_that_was_raised_does_not_lower_it() {
    let mut world = World::steady(1).registered(10, 10);
    world.history.ecs_service.signal_floor = Some(Count(10));
    world.seen.signals.clear();
    let plan = world.plan();
    assert!(
        matches!(&plan.actions[..], [Action::EcsService(EcsServiceAction::SetBounds(set))] if set.to.min == Count(10)),
        "{plan}"
    );
    // A command of fewer at most takes it down with it.
    let order = Order::Hold { min: None, max: Some(Count(8)), until: None, sent_at: None };
    take(&world.target, &mut world.history, &order, world.now).unwrap();
    let plan = world.plan();
    assert!(
        matches!(&plan.actions[..], [Action::EcsService(EcsServiceAction::SetBounds(set))] if set.to.min == Count(8)),
        "{plan}"
    );
}

#[test]
fn two_writers_that_take_turns_are_told_and_we_stand_back_until_it_is_quiet() {
    let mut world = busy(3);
    world.history.ecs_service.foreign_writes =
        (1..=3).map(|nth| world.now - minutes(nth * 10)).rev().collect();
    assert_eq!(world.says(), "3 -> 3 writers_fight: nothing");
    let mut registered = World::steady(3).registered(1, 10);
    registered.history = world.history.clone();
    assert_eq!(registered.says(), "3 -> 3 within_thresholds: nothing");
    assert_eq!(registered.plan().alerts[0].explanation.reason, Reason::WritersFight);
    world.go_to(world.now + minutes(51));
    assert_eq!(world.says(), "3 -> 4 scale_out_threshold: desired count of production/api: 3 -> 4");
}

#[test]
fn a_scalable_target_that_comes_or_goes_changes_the_lever() {
    let mut world = busy(3);
    let _ = world.step();
    let mut world = world.registered(1, 10);
    world.go_to(world.now + minutes(10));
    let plan = world.plan();
    assert!(matches!(plan.actions[..], [Action::EcsService(EcsServiceAction::SetBounds(_))]), "{plan}");
    assert_eq!(plan.alerts[0].explanation.reason, Reason::ForeignWrite);
}

/// Goal: the call that takes tasks away is not made when the world has moved on. Method: one thing at a time is other than planned.
#[test]
fn the_last_look_stops_every_removal_that_should_not_be() {
    let scene = World::idle(4);
    let plan = scene.plan();
    let [action] = &plan.actions[..] else { panic!("{plan}") };
    let look = |change: &dyn Fn(&mut World)| {
        let mut world = scene.clone();
        change(&mut world);
        match may_still_change(&world.target, action, &world.look()) {
            LastLook::Go => "go".to_owned(),
            LastLook::AlreadyGone => "already so".to_owned(),
            LastLook::Stop(why) => why.split_once("made: ").unwrap().1.to_owned(),
        }
    };
    assert_eq!(look(&|_| {}), "go");
    assert_eq!(look(&|world| world.service().desired = Count(3)), "already so");
    assert_eq!(look(&|world| world.service().desired = Count(6)), "the desired count is 6 by now");
    assert_eq!(look(&|world| world.seen.look.service = None), "the service is gone");
    assert_eq!(
        look(&|world| world.service().status = ServiceStatus::Draining),
        "the service is no longer active"
    );
    assert_eq!(
        look(&|world| *world = world.clone().registered(2, 10)),
        "a scalable target with the bounds 2..10 was registered"
    );
    assert_eq!(
        look(&|world| world.service().deployments.push(deployment("2", true, Rollout::InProgress))),
        "2 deployments are under way"
    );
    assert_eq!(
        look(&|world| world.service().controller = DeploymentController::External),
        "its number of tasks is not ours to move"
    );
    assert_eq!(
        look(&|world| world.ecs().service = tidegate_policy::names::ServiceName::new("other")),
        "the call is about another service"
    );
}

#[test]
fn the_last_look_stops_bounds_that_should_not_be_lowered() {
    let mut scene = World::steady(3).registered(4, 20).schedule_only();
    scene.target.scaling.windows.push(window("00:00", "24:00", "UTC", None, Some(2)));
    let plan = scene.plan();
    let [action @ Action::EcsService(EcsServiceAction::SetBounds(set))] = &plan.actions[..] else {
        panic!("{plan}")
    };
    assert!(action.is_destructive() && set.to.max == Count(2), "{plan}");
    let look = |change: &dyn Fn(&mut World)| {
        let mut world = scene.clone();
        change(&mut world);
        matches!(may_still_change(&world.target, action, &world.look()), LastLook::Go)
    };
    assert!(look(&|_| {}));
    // As asked for already, and nothing above them: the call was made.
    let mut done = scene.clone();
    done.scalable().bounds = set.to;
    done.service().desired = set.to.max;
    assert_eq!(may_still_change(&done.target, action, &done.look()), LastLook::AlreadyGone);
    done.service().desired = set.to.max.plus(Count::ONE);
    assert!(matches!(may_still_change(&done.target, action, &done.look()), LastLook::Stop(_)));
    assert!(!look(&|world| world.seen.look.scalable = None), "the call would create one");
    assert!(!look(&|world| world.scalable().bounds.min = Count(1)));
    assert!(!look(&|world| world.scalable().suspended.scaling_in = true));
    assert!(!look(&|world| world.scalable().dimension = "ecs:service:Other".to_owned()));
    assert!(!look(&|world| world.service().deployments[0].rollout = Rollout::InProgress));
}
