//! Each invariant of a service by its name, in every way in which it can be broken, and nothing else refused beside it.

use jiff::SignedDuration;

use super::fixture::{Mistaken, World, aged, line, on_demand, points, share};
use crate::check::invariant;
use crate::history::{Asked, CapacityChange, Fallback, StandingOrder, Starting, Warmed};
use crate::names::{ClusterName, InstanceId, ResourceId, ServiceName};
use crate::observation::{DeploymentController, NativeScaling, Reading, Rollout, Scheduling, ServiceStatus};
use crate::plan::{Action, DeleteReplica, EcsServiceAction, Ending, Plan, RdsReplicasAction};
use crate::policy::{PlannedEvent, ServiceMetric, Signal};
use crate::units::{Count, Percent};

fn delete() -> Action {
    Action::RdsReplicas(RdsReplicasAction::DeleteReplica(DeleteReplica {
        id: InstanceId::new("tg-orders-a"),
        resource_id: ResourceId::new("db-a"),
        source: InstanceId::new("orders"),
        ending: Ending::Drained,
    }))
}

#[test]
fn kind() {
    let world = World::new();
    world.refuses(&world.plan(delete()), invariant::KIND);
}

#[test]
fn untouchable() {
    let spoil: [fn(&mut World); 6] = [
        |world| world.seen.look.service = None,
        |world| world.service().status = ServiceStatus::Draining,
        |world| world.service().status = ServiceStatus::Inactive,
        |world| world.service().status = ServiceStatus::Other("PAUSED".to_owned()),
        |world| world.service().controller = DeploymentController::External,
        |world| world.service().scheduling = Scheduling::Daemon,
    ];
    for spoil in spoil {
        let mut world = World::new().on_demand().event(10, Some(12));
        spoil(&mut world);
        for plan in [world.desired(6), world.desired(2), world.strategy(share()), world.warm()] {
            world.refuses(&plan, invariant::UNTOUCHABLE);
        }
        world.accepts(&world.rests());
    }
    let mut world = World::native(2, 10).event(10, Some(12));
    world.seen.look.scalable.as_mut().unwrap().dimension = "ecs:service:Other".to_owned();
    for plan in [world.bounds(4, 10), world.desired(6), world.warm()] {
        world.refuses(&plan, invariant::UNTOUCHABLE);
    }
}

#[test]
fn one_call() {
    let world = World::new();
    let twice = world.desired(6).mistaken(|plan| plan.actions.push(plan.actions[0].clone()));
    world.refuses(&twice, invariant::ONE_CALL);
}

#[test]
fn lever() {
    let world = World::native(2, 10);
    for to in [2, 3, 6, 99] {
        world.refuses(&world.desired(to), invariant::LEVER);
    }
    let world = World::new();
    world.refuses(&world.bounds(2, 10), invariant::LEVER);
}

#[test]
fn expectation() {
    let world = World::native(2, 10);
    let other = world.bounds(3, 10).with_action(|action| {
        let Action::EcsService(EcsServiceAction::SetBounds(set)) = action else { panic!() };
        set.from.max = Count(9);
    });
    let mut floored = other;
    floored.history.ecs_service.signal_floor = Some(Count(3));
    world.refuses(&floored, invariant::EXPECTATION);
    let world = World::new().on_demand();
    let other = world.strategy(share()).with_action(|action| {
        let Action::EcsService(EcsServiceAction::SetStrategy(set)) = action else { panic!() };
        set.from.clear();
    });
    world.refuses(&other, invariant::EXPECTATION);
    let rename: [fn(&mut Action); 3] = [
        |action| {
            let Action::EcsService(EcsServiceAction::SetStrategy(set)) = action else { panic!() };
            set.service = ServiceName::new("web");
        },
        |action| {
            let Action::EcsService(EcsServiceAction::SetStrategy(set)) = action else { panic!() };
            set.cluster = ClusterName::new("web");
        },
        |action| {
            let Action::EcsService(EcsServiceAction::SetStrategy(set)) = action else { panic!() };
            set.from = share();
        },
    ];
    for rename in rename {
        let plan = world.strategy(share()).with_action(rename);
        let found = world.judge(&plan).unwrap_err();
        assert!(found.iter().any(|found| found.invariant == invariant::EXPECTATION), "{found:?}");
    }
}

#[test]
fn empty_call() {
    // Capacity at either bound is inside.
    for tasks in [2, 10] {
        let world = World::native(2, 10).running(tasks);
        world.refuses(&world.bounds(2, 10), invariant::EMPTY_CALL);
    }
    for tasks in [1, 11] {
        let world = World::native(2, 10).running(tasks);
        world.accepts(&world.bounds(2, 10));
    }
}

#[test]
fn absolute_bounds() {
    let world = World::new();
    world.accepts(&world.desired(10));
    world.refuses(&world.desired(11), invariant::ABSOLUTE_BOUNDS);
    world.accepts(&world.desired(2));
    world.refuses(&world.desired(1), invariant::ABSOLUTE_BOUNDS);
    let world = World::native(2, 10);
    world.refuses(&world.bounds(2, 11), invariant::ABSOLUTE_BOUNDS);
    world.refuses_for(&world.bounds(1, 10), &[invariant::ABSOLUTE_BOUNDS]);
    world.refuses(&world.bounds_by_signals(5, 4), invariant::ABSOLUTE_BOUNDS);
    world.refuses_for(&world.bounds_by_signals(11, 11), &[invariant::ABSOLUTE_BOUNDS]);
    // What is registered already stands far too high: a call must not pull the capacity there.
    let world = World::native(50, 60);
    world.refuses(&world.bounds(50, 60), invariant::ABSOLUTE_BOUNDS);
    // A maximum that stands too high need not come down with a rising minimum.
    let world = World::native(1, 20);
    world.accepts(&world.bounds(2, 20));
}

#[test]
fn bounds_in_force() {
    let world = World::new().window(("08:00", "20:00"), Some(3), Some(6));
    world.accepts(&world.desired(6));
    world.refuses(&world.desired(7), invariant::BOUNDS_IN_FORCE);
    world.accepts(&world.desired(3));
    world.refuses(&world.desired(2), invariant::BOUNDS_IN_FORCE);
    let world = World::native(2, 4).window(("08:00", "20:00"), Some(3), Some(6));
    world.accepts(&world.bounds(3, 6));
    world.refuses(&world.bounds(3, 7), invariant::BOUNDS_IN_FORCE);
    world.refuses(&world.bounds(2, 6), invariant::BOUNDS_IN_FORCE);
    world.refuses_for(&world.bounds_by_signals(7, 7), &[invariant::BOUNDS_IN_FORCE]);
    // With the schedule suspended a minimum may stay below the clock's, but not go there.
    let mut world = World::native(3, 10).window(("08:00", "20:00"), Some(4), None);
    world.suspended().scheduled = true;
    world.accepts(&world.bounds(3, 9).mistaken(|plan| plan.history.ecs_service.asked = plan_asked(3, 9)));
    world.history.ecs_service.signal_floor = Some(Count(3));
    world.refuses(&world.bounds(2, 10), invariant::BOUNDS_IN_FORCE);
}

fn plan_asked(min: u32, max: u32) -> Option<Asked> {
    Some(Asked::Bounds(super::fixture::bounds(min, max)))
}

#[test]
fn rollout() {
    for rollout in [Rollout::InProgress, Rollout::Failed] {
        let mut world = World::new();
        world.rollout(rollout);
        world.refuses(&world.desired(3), invariant::ROLLOUT);
        world.accepts(&world.desired(5));
        let mut world = World::native(4, 12);
        world.rollout(rollout);
        world.refuses(&world.bounds(2, 12), invariant::ROLLOUT);
        world.refuses(&world.bounds(4, 10), invariant::ROLLOUT);
        // Above the maximum in force too: the clock can wait for a rollout.
        let mut world = World::native(2, 10).running(14);
        world.rollout(rollout);
        world.refuses(&world.bounds(2, 10), invariant::ROLLOUT);
    }
    let mut world = World::new();
    world.service().deployments.clear();
    world.refuses(&world.desired(3), invariant::ROLLOUT);
    // Of an unknown state it must do that all tasks run; here the tasks above the maximum do not.
    let mut world = World::new().running(11);
    world.rollout(Rollout::Unknown);
    world.service().running = Count(10);
    world.refuses(&world.desired(10), invariant::ROLLOUT);
}

#[test]
fn pending() {
    let mut world = World::native(4, 10);
    world.history.ecs_service.signal_floor = Some(Count(4));
    world.service().running = Count(3);
    world.refuses(&world.bounds(2, 10), invariant::PENDING);
    let mut world = World::new().running(11);
    world.service().running = Count(3);
    world.accepts(&world.desired(10));
    let mut world = World::new().running(10);
    world.service().running = Count(9);
    world.refuses(&world.desired(9), invariant::PENDING);
    // More than desired is no sign of tasks on their way up.
    world.service().running = Count(11);
    world.accepts(&world.desired(9));
}

#[test]
fn planned_event() {
    let world = World::native(12, 20).running(14).event(0, Some(20));
    world.refuses(&world.bounds(12, 16), invariant::PLANNED_EVENT);
    let world = World::new().running(14).event(-60, Some(14)).ordered(Some(12), None, 30);
    world.refuses(&world.desired(13), invariant::PLANNED_EVENT);
    let world = World::new().running(14).event(-60, Some(14)).ordered(None, Some(10), 30);
    world.accepts(&world.desired(10));
}

#[test]
fn descent() {
    // An hour after the event its own tasks are gone; what signals had added goes as gradually.
    let mut world = World::new().running(20).event(-180, Some(20));
    world.refuses(&world.desired(17), invariant::DESCENT);
    world.accepts(&world.desired(18));
    // What went a moment ago counts, what came does not.
    let change = |ago, delta| CapacityChange { at: world.now - SignedDuration::from_mins(ago), delta };
    let changes = vec![change(30, -2), change(5, 4), change(2, -1)];
    world.history.changes = changes;
    world.refuses(&world.desired(18), invariant::DESCENT);
    world.accepts(&world.desired(19));
    // A person's word ends it.
    let world = World::new().running(20).event(-180, Some(20)).ordered(None, Some(10), 30);
    world.accepts(&world.desired(10));
}

#[test]
fn missing_data() {
    let stale = |world: &World| aged(world.now, &[1.0; 20], 12);
    let needs = [
        (Signal::Memory, ServiceMetric::Memory),
        (Signal::RequestsPerTarget, ServiceMetric::Requests),
        (Signal::QueueDepth, ServiceMetric::QueueDepth),
        (Signal::BacklogPerTask, ServiceMetric::QueueDepth),
        (Signal::QueueDepth, ServiceMetric::QueueInFlight),
        (Signal::BacklogPerTask, ServiceMetric::QueueInFlight),
        (Signal::QueueAge, ServiceMetric::QueueAge),
        (Signal::QueueAge, ServiceMetric::QueueInFlight),
        (Signal::Latency, ServiceMetric::Latency),
        (Signal::ErrorRate, ServiceMetric::Errors),
    ];
    for (signal, metric) in needs {
        for world in [World::new().ruled_by(signal), World::new().tracking(signal)] {
            let mut world = world;
            for needed in signal.service_metrics() {
                world.seen.signals.insert(*needed, points(world.now, &[3.0; 30]));
            }
            world.accepts(&world.desired(3));
            // With a healthy task, a group without requests is idle.
            if metric == ServiceMetric::Requests {
                world.seen.signals.remove(&ServiceMetric::HealthyHosts);
            }
            world.seen.signals.remove(&metric);
            world.refuses(&world.desired(3), invariant::SERVICE_DATA);
            // Requests that nobody answered are unknown; that nobody failed is known.
            if metric == ServiceMetric::Errors {
                continue;
            }
            for reading in [Reading::Missing, stale(&world)] {
                let world = world.clone().reads(metric, reading);
                world.refuses(&world.desired(3), invariant::SERVICE_DATA);
                world.accepts(&world.desired(5));
            }
        }
    }
    // One request since the last response time is one that nobody answered; one in the very minute was answered.
    let world = World::new().ruled_by(Signal::Latency);
    let (now, last) = (world.now, aged(world.now, &[0.2], 12));
    let world = world.reads(ServiceMetric::Latency, last);
    let world = world.reads(ServiceMetric::HealthyHosts, points(now, &[4.0; 30]));
    let requests = |from_the_end: usize| {
        let mut values = [0.0; 30];
        values[29 - from_the_end] = 1.0;
        world.clone().reads(ServiceMetric::Requests, points(now, &values))
    };
    requests(10).accepts(&requests(10).desired(3));
    requests(9).refuses(&requests(9).desired(3), invariant::SERVICE_DATA);
    // An old error rate with requests that are old too.
    let world = World::new().ruled_by(Signal::ErrorRate);
    let old = stale(&world);
    let world = world.reads(ServiceMetric::Requests, old).reads(ServiceMetric::Errors, Reading::Missing);
    world.refuses(&world.desired(3), invariant::SERVICE_DATA);
    // Below the registered maximum of the clock, tasks go because of signals.
    let mut world = World::native(2, 10).running(8).reads(ServiceMetric::Cpu, Reading::Missing);
    world.refuses(&world.bounds(2, 6), invariant::SERVICE_DATA);
    world.seen.signals.clear();
    world.refuses(&world.bounds(2, 9), invariant::SERVICE_DATA);
}

#[test]
fn suspended() {
    let mut world = World::native(2, 10).running(14);
    world.suspended().scaling_in = true;
    world.refuses(&world.bounds(2, 10), invariant::SUSPENDED);
    let mut world = World::native(2, 12);
    world.suspended().scaling_in = true;
    world.refuses(&world.bounds(2, 10), invariant::SUSPENDED);
    let mut world = World::native(2, 8).window(("08:00", "20:00"), Some(4), None);
    world.suspended().scaling_out = true;
    world.accepts(&world.bounds(4, 10));
    world.refuses(&world.bounds_by_signals(5, 10), invariant::SUSPENDED);
    world.suspended().scheduled = true;
    world.refuses(&world.bounds(4, 8), invariant::SUSPENDED);
    world.refuses(&world.bounds(2, 10), invariant::SUSPENDED);
    let mut world = World::native(2, 10).running(1);
    (world.suspended().scaling_out, world.suspended().scheduled) = (true, true);
    world.refuses(&world.bounds(2, 10), invariant::SUSPENDED);
    let commanded = world.ordered(Some(4), None, 30);
    commanded.accepts(&commanded.bounds(4, 10));
    commanded.refuses(&commanded.bounds_by_signals(5, 10), invariant::SUSPENDED);
    let mut world = World::native(4, 10);
    world.suspended().scheduled = true;
    world.refuses(&world.bounds(2, 10), invariant::SUSPENDED);
    let commanded = world.clone().ordered(Some(2), None, 30);
    commanded.accepts(&commanded.bounds(2, 10));
    world.history.ecs_service.signal_floor = Some(Count(4));
    world.accepts(&world.bounds(2, 10));
}

#[test]
fn no_deployment_is_forced_during_a_planned_event() {
    let world = World::new().on_demand().event(-60, Some(14));
    world.refuses(&world.strategy(share()), invariant::PLANNED_EVENT);
}

#[test]
fn strategy() {
    let world = World::new().on_demand();
    for to in [
        vec![],
        vec![line("FARGATE_SPOT", 1, 0)],
        vec![line("FARGATE", 30, 1), line("FARGATE_SPOT", 69, 0)],
        vec![line("FARGATE", 31, 1), line("FARGATE_SPOT", 70, 0)],
        vec![line("FARGATE", 30, 0), line("FARGATE_SPOT", 70, 0)],
        vec![line("FARGATE", 30, 1), line("FARGATE_SPOT", 70, 1)],
        vec![line("FARGATE", 70, 1), line("FARGATE_SPOT", 30, 0)],
        vec![line("FARGATE", 30, 1), line("FARGATE_SPOT", 70, 0), line("ours", 0, 0)],
        vec![line("FARGATE", 30, 1), line("FARGATE", 30, 1), line("FARGATE_SPOT", 70, 0)],
        vec![line("FARGATE", u32::MAX, 1), line("FARGATE_SPOT", 70, 0)],
        vec![line("FARGATE", 2, 0)],
    ] {
        world.refuses(&world.strategy(to), invariant::STRATEGY);
    }
    let mut unwanted = World::new().on_demand();
    unwanted.ecs().spot = None;
    unwanted.refuses(&unwanted.strategy(share()), invariant::STRATEGY);
    let mut codedeploy = World::new().on_demand();
    codedeploy.service().controller = DeploymentController::CodeDeploy;
    codedeploy.refuses(&codedeploy.strategy(share()), invariant::STRATEGY);
    for launch_type in [Some("EC2"), None] {
        let mut launched = World::new().on_demand();
        launched.service().strategy.clear();
        launched.service().launch_type = launch_type.map(str::to_owned);
        launched.refuses(&launched.strategy(share()), invariant::STRATEGY);
    }
    let mut odd = World::new().on_demand();
    odd.ecs().spot.as_mut().unwrap().share = Percent(f64::NAN);
    odd.refuses(&odd.strategy(share()), invariant::STRATEGY);
}

#[test]
fn fallback() {
    // Nothing was refused for want of capacity.
    let world = World::new().on_spot();
    world.refuses(&world.strategy(on_demand()), invariant::FALLBACK);
    // It was not on Spot.
    let mut world = World::new().on_demand().unplaced();
    world.service().strategy = vec![line("FARGATE", 5, 0)];
    world.refuses(&world.strategy(on_demand()), invariant::FALLBACK);
    // It would be tried again at once, or is to be tried again earlier than was said.
    let world = World::new().on_spot().unplaced();
    for minutes in [-1, 0, 59] {
        let plan = world.strategy(on_demand()).mistaken(|plan| {
            let retry_at = world.now + SignedDuration::from_mins(minutes);
            plan.history.ecs_service.fallback = Some(Fallback { since: world.now, retry_at });
        });
        world.refuses(&plan, invariant::FALLBACK);
    }
    let mut long_ago = world.clone();
    long_ago.service().unplaced_at = Some(world.now - SignedDuration::from_hours(3));
    let plan = long_ago.strategy(on_demand()).mistaken(|plan| {
        plan.history.ecs_service.fallback = Some(Fallback { since: world.now, retry_at: world.now });
    });
    long_ago.refuses(&plan, invariant::FALLBACK);
    let world = World::new().on_demand().fallen_back(30);
    let plan = world.rests().mistaken(|plan| {
        plan.history.ecs_service.fallback = Some(Fallback { since: world.now, retry_at: world.now });
    });
    world.refuses(&plan, invariant::FALLBACK);
    // Back on Spot, it would count as fallen back.
    let world = World::new().on_demand().fallen_back(0);
    let kept = world.history.ecs_service.fallback;
    let plan = world.strategy(share()).mistaken(|plan| plan.history.ecs_service.fallback = kept);
    world.refuses(&plan, invariant::FALLBACK);
    // A line of no weight places nothing on Spot.
    let mut world = World::new().on_demand().unplaced();
    world.service().strategy = vec![line("FARGATE", 5, 0), line("FARGATE_SPOT", 0, 0)];
    world.refuses(&world.strategy(on_demand()), invariant::FALLBACK);
    // Forgotten when its time is over, or where somebody put the service back on Spot.
    for world in [World::new().on_demand().fallen_back(0), World::new().on_spot().fallen_back(30)] {
        world.accepts(&world.rests().mistaken(|plan| plan.history.ecs_service.fallback = None));
    }
    // Remembered without a call.
    let world = World::new().on_spot();
    let plan = world.rests().mistaken(|plan| {
        plan.history.ecs_service.fallback =
            Some(Fallback { since: world.now, retry_at: world.now + SignedDuration::from_hours(1) });
    });
    world.refuses(&plan, invariant::FALLBACK);
}

#[test]
fn asked() {
    let world = World::native(2, 10);
    for asked in [None, plan_asked(2, 9), Some(Asked::Desired(Count(3)))] {
        let plan = world.bounds_by_signals(3, 10).mistaken(|plan| plan.history.ecs_service.asked = asked);
        world.refuses(&plan, invariant::ASKED);
    }
    let plan = world.rests().mistaken(|plan| plan.history.ecs_service.asked = plan_asked(3, 10));
    world.refuses(&plan, invariant::ASKED);
    let plan = world.rests().mistaken(|plan| plan.history.ecs_service.asked = plan_asked(2, 10));
    world.accepts(&plan);
}

#[test]
fn standing_order() {
    let world = World::new();
    let order = StandingOrder { at: world.now, until: world.now, min: None, max: Some(Count(3)) };
    let invents = world.rests().mistaken(|plan| plan.history.orders.bounds = Some(order.clone()));
    world.refuses(&invents, invariant::STANDING_ORDER);
    for minutes in [0, 30] {
        let world = World::new().ordered(Some(3), None, minutes);
        let changes = world.rests().mistaken(|plan| plan.history.orders.bounds = Some(order.clone()));
        world.refuses(&changes, invariant::STANDING_ORDER);
    }
}

#[test]
fn when_the_newest_order_was_sent() {
    let mut world = World::new();
    world.history.orders.bounds_sent_at = Some(world.now - SignedDuration::from_mins(3));
    world.accepts(&world.rests());
    for sent_at in [None, Some(world.now), Some(world.now - SignedDuration::from_mins(9))] {
        let forgets = world.rests().mistaken(|plan| plan.history.orders.bounds_sent_at = sent_at);
        world.refuses(&forgets, invariant::STANDING_ORDER);
    }
}

#[test]
fn native() {
    let action = |min: Option<u32>, max: Option<u32>| crate::observation::ScheduledAction {
        name: "day".to_owned(),
        min: min.map(Count),
        max: max.map(Count),
    };
    let scheduled = |min, max| NativeScaling { actions: vec![action(min, max)], lifts_maximum: false };
    let lifts = NativeScaling { actions: Vec::new(), lifts_maximum: true };
    // Windows ask for no more than 2..10, which are the policy's.
    let world = World::native(6, 14);
    world.accepts(&world.bounds(2, 10));
    for (native, min, max, sound) in [
        (scheduled(Some(6), None), 5, 14, false),
        (scheduled(Some(6), None), 6, 10, true),
        (scheduled(Some(4), None), 3, 10, false),
        (scheduled(Some(4), None), 4, 10, true),
        // It did not set what it never reached.
        (scheduled(Some(7), None), 2, 10, true),
        (scheduled(None, Some(14)), 2, 10, false),
        (scheduled(None, Some(14)), 2, 14, true),
        (scheduled(None, Some(12)), 2, 10, false),
        (scheduled(None, Some(20)), 2, 10, true),
        (lifts.clone(), 2, 10, false),
        (lifts.clone(), 2, 14, true),
    ] {
        let world = World::native(6, 14).running(8).natively(native.clone());
        let plan = world.bounds(min, max);
        if sound { world.accepts(&plan) } else { world.refuses(&plan, invariant::NATIVE) }
    }
    // Registering pulls down what a forecast lifted, whatever the bounds do.
    let world = World::native(2, 10).running(12).natively(lifts);
    world.refuses(&world.bounds_by_signals(3, 10), invariant::NATIVE);
    // Where it is not known, nothing is lowered.
    let mut unknown = World::native(6, 14).running(8);
    unknown.seen.look.native = None;
    unknown.refuses(&unknown.bounds(2, 14), invariant::NATIVE);
    unknown.refuses(&unknown.bounds(6, 10), invariant::NATIVE);
    unknown.accepts(&unknown.bounds_by_signals(7, 14));
    // A person who says fewer means it; nobody else may say that one did.
    let world = World::native(6, 14).running(8).natively(scheduled(Some(6), None)).ordered(None, Some(4), 30);
    world.accepts(&world.bounds(2, 4));
    let denies = world.bounds(2, 4).with_action(|action| {
        let Action::EcsService(EcsServiceAction::SetBounds(set)) = action else { panic!() };
        set.by_command = false;
    });
    world.refuses(&denies, invariant::NATIVE);
}

#[test]
fn what_registering_pulls_down() {
    let denies = |plan: Plan, pulls: bool| {
        plan.with_action(|action| {
            let Action::EcsService(EcsServiceAction::SetBounds(set)) = action else { panic!() };
            set.pulls_down = pulls;
        })
    };
    let above = World::native(2, 10).running(12);
    above.accepts(&above.bounds(2, 10));
    above.refuses(&denies(above.bounds(2, 10), false), invariant::EXPECTATION);
    let within = World::native(1, 10).running(4);
    within.accepts(&within.bounds(2, 10));
    within.refuses(&denies(within.bounds(2, 10), true), invariant::EXPECTATION);
}

#[test]
fn foreign_writes() {
    let mut world = World::new();
    let minutes = |minutes| world.now - SignedDuration::from_mins(minutes);
    // Two in one second are two.
    world.history.ecs_service.foreign_writes = vec![minutes(60), minutes(5), minutes(5)];
    let keep = |kept: Vec<jiff::Timestamp>| {
        world.rests().mistaken(|plan| plan.history.ecs_service.foreign_writes = kept)
    };
    world.accepts(&keep(vec![minutes(5), minutes(5)]));
    world.refuses(&keep(vec![minutes(60), minutes(5)]), invariant::FOREIGN_WRITES);
}

#[test]
fn starting() {
    let world = World::new();
    let forget = [None, Some(Starting { since: world.now, from: Count(4), to: Count(5) })];
    for starting in forget {
        let plan = world.desired(6).mistaken(|plan| plan.history.ecs_service.starting = starting);
        world.refuses(&plan, invariant::STARTING);
    }
}

#[test]
fn decisions() {
    let world = World::new();
    for decisions in [0, 6, 7, 9, u64::MAX] {
        let plan = world.desired(6).mistaken(|plan| plan.history.decisions = decisions);
        world.refuses(&plan, invariant::DECISIONS);
    }
    for decisions in [0, 6, 8] {
        let plan = world.rests().mistaken(|plan| plan.history.decisions = decisions);
        world.refuses(&plan, invariant::DECISIONS);
    }
    let world = World::new().on_demand();
    world.accepts(&world.strategy(share()).mistaken(|plan| plan.history.decisions = 8));
}

#[test]
fn signal_floor() {
    let world = World::native(2, 10);
    world.refuses(&world.bounds(5, 10), invariant::SIGNAL_FLOOR);
    let plan = world.bounds(5, 10).mistaken(|plan| plan.history.ecs_service.signal_floor = Some(Count(4)));
    world.refuses(&plan, invariant::SIGNAL_FLOOR);
    // The clock's own minimum is nobody's signal.
    let world = World::native(2, 10).window(("08:00", "20:00"), Some(5), None);
    world.accepts(&world.bounds(5, 10));
    let mut world = World::native(6, 10).running(6);
    world.history.ecs_service.signal_floor = Some(Count(6));
    let plan = world.bounds_by_signals(5, 10).mistaken(|plan| plan.history.ecs_service.signal_floor = None);
    world.refuses(&plan, invariant::SIGNAL_FLOOR);
}

#[test]
fn warm_up() {
    for minutes in [61, 0, -1, -180] {
        let world = World::new().event(minutes, Some(12));
        world
            .refuses(&world.warm().mistaken(|plan| plan.history = world.history.clone()), invariant::WARM_UP);
    }
    for minutes in [60, 1] {
        let world = World::new().event(minutes, Some(12));
        world.accepts(&world.warm());
        // Counted by its outcome instead.
        world.accepts(&world.warm().mistaken(|plan| plan.history = world.history.clone()));
    }
    let spoil: [fn(&mut PlannedEvent); 4] = [
        |event| event.warm = None,
        |event| event.warm.as_mut().unwrap().url.push('s'),
        |event| event.warm.as_mut().unwrap().requests = 49,
        |event| event.name.push('s'),
    ];
    for spoil in spoil {
        let mut world = World::new().event(30, Some(12));
        spoil(&mut world.ecs().events[0]);
        world.refuses(&world.warm(), invariant::WARM_UP);
    }
    let mut world = World::new().event(30, Some(12));
    let warmed = Warmed { at: world.now, tries: 1, done: true };
    world.history.ecs_service.warmed.insert("sale".to_owned(), warmed);
    let forgets = world.rests().mistaken(|plan| {
        plan.history.ecs_service.warmed.insert("sale".to_owned(), Warmed { done: false, ..warmed });
    });
    world.refuses(&forgets, invariant::WARM_UP);
    let world = World::new().event(30, Some(12));
    for warmed in [2, u32::MAX].map(|tries| Warmed { at: world.now, tries, done: false }) {
        let plan = world.warm().mistaken(|plan| {
            plan.history.ecs_service.warmed.insert("sale".to_owned(), warmed);
        });
        world.refuses(&plan, invariant::WARM_UP);
    }
}

#[test]
fn write_ahead() {
    let world = World::new();
    world.refuses(&world.desired(6).mistaken(|plan| plan.write_ahead = false), invariant::WRITE_AHEAD);
    let mut native = World::native(2, 10).event(10, Some(12));
    native.service().running = native.service().desired;
    native.refuses(&native.warm().mistaken(|plan| plan.write_ahead = false), invariant::WRITE_AHEAD);
}
