//! Planners of a service with one mistake each, as people make them. Beside each stands the world in which the same plan is sound.

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::fixture::{Mistaken, World, aged, at, line, on_demand, points, share};
use crate::check::invariant;
use crate::history::{Asked, Warmed};
use crate::observation::{NativeScaling, Reading, Rollout};
use crate::plan::{Action, EcsServiceAction, Plan};
use crate::policy::{ServiceMetric, Signal};
use crate::units::Count;

#[test]
fn scales_in_during_a_deployment() {
    fn broken_planner(world: &World) -> Plan {
        world.desired(3)
    }
    let mut world = World::new();
    world.accepts(&broken_planner(&world));
    world.rollout(Rollout::InProgress);
    world.refuses(&broken_planner(&world), invariant::ROLLOUT);
    // A rollout that is taken back runs beside the one before.
    let mut world = World::new();
    let old = world.service().deployments[0].clone();
    world.service().deployments.push(old);
    world.refuses(&broken_planner(&world), invariant::ROLLOUT);
}

#[test]
fn takes_the_tasks_of_a_failed_deployment_for_capacity() {
    fn broken_planner(world: &World) -> Plan {
        world.desired(3)
    }
    let world = World::new().deployed(Rollout::Failed, 0);
    world.accepts(&broken_planner(&world));
    let some_of_it = World::new().deployed(Rollout::Failed, 1);
    some_of_it.refuses(&broken_planner(&some_of_it), invariant::ROLLOUT);
    // All that runs is what failed: beside a drained one, and alone.
    let mut drained = World::new().deployed(Rollout::Failed, 4);
    drained.service().deployments[1].tasks = Count::ZERO;
    drained.refuses(&broken_planner(&drained), invariant::ROLLOUT);
    drained.service().deployments.truncate(1);
    drained.refuses(&broken_planner(&drained), invariant::ROLLOUT);
    // Tasks are on their way, or too many there; the older one is not complete; two are to stay.
    for change in [
        (|world| world.service().pending = Count(1)) as fn(&mut World),
        |world| (world.service().running, world.service().deployments[1].tasks) = (Count(5), Count(5)),
        |world| world.service().deployments[1].rollout = Rollout::InProgress,
        |world| world.service().deployments[1].primary = true,
    ] {
        let mut world = world.clone();
        change(&mut world);
        world.refuses(&broken_planner(&world), invariant::ROLLOUT);
    }
    // A forced deployment would make again what failed.
    let mut spot = World::new().on_demand().deployed(Rollout::Failed, 0);
    spot.refuses(&spot.strategy(share()), invariant::STRATEGY);
    spot.service().deployments.remove(0);
    spot.service().deployments[0].primary = true;
    spot.accepts(&spot.strategy(share()));
}

#[test]
fn takes_no_data_for_no_load() {
    fn broken_planner(world: &World) -> Plan {
        world.desired(2)
    }
    let world = World::new().reads(ServiceMetric::Cpu, Reading::Missing);
    world.refuses(&broken_planner(&world), invariant::SERVICE_DATA);
    // One signal is low, the other silent.
    let world = World::new().ruled_by(Signal::QueueDepth);
    world.refuses(&broken_planner(&world), invariant::SERVICE_DATA);
}

#[test]
fn takes_unanswered_requests_for_fast_ones() {
    fn broken_planner(world: &World) -> Plan {
        world.desired(3)
    }
    let world = World::new().ruled_by(Signal::Latency).reads(ServiceMetric::Latency, Reading::Missing);
    let now = world.now;
    let idle = world.clone().reads(ServiceMetric::Requests, points(now, &[0.0; 30]));
    let idle = idle.reads(ServiceMetric::HealthyHosts, points(now, &[4.0; 30]));
    idle.accepts(&broken_planner(&idle));
    let hung = world.reads(ServiceMetric::Requests, points(now, &[900.0; 30]));
    hung.refuses(&broken_planner(&hung), invariant::SERVICE_DATA);
}

#[test]
fn fights_application_auto_scaling() {
    fn broken_planner(world: &World) -> Plan {
        world.desired(6)
    }
    World::new().accepts(&broken_planner(&World::new()));
    let world = World::native(2, 10);
    world.refuses(&broken_planner(&world), invariant::LEVER);
}

#[test]
fn registers_what_nobody_registered() {
    fn broken_planner(world: &World) -> Plan {
        world.bounds(3, 10)
    }
    World::native(4, 10).accepts(&broken_planner(&World::native(4, 10)));
    World::new().refuses(&broken_planner(&World::new()), invariant::LEVER);
}

#[test]
fn counts_from_what_it_remembers_instead_of_what_is_there() {
    fn broken_planner(world: &World) -> Plan {
        world.desired(6).with_action(|action| {
            let Action::EcsService(EcsServiceAction::SetDesiredCount(set)) = action else { panic!() };
            set.from = Count(5);
        })
    }
    World::new().refuses(&broken_planner(&World::new()), invariant::EXPECTATION);
}

#[test]
fn scales_a_service_of_the_same_name_in_another_cluster() {
    fn broken_planner(world: &World) -> Plan {
        world.desired(6).with_action(|action| {
            let Action::EcsService(EcsServiceAction::SetDesiredCount(set)) = action else { panic!() };
            set.cluster = crate::names::ClusterName::new("staging");
        })
    }
    World::new().refuses(&broken_planner(&World::new()), invariant::EXPECTATION);
}

#[test]
fn asks_again_and_again_for_what_is_there() {
    World::new().refuses(&World::new().desired(4), invariant::EMPTY_CALL);
    let world = World::native(2, 10);
    world.refuses(&world.bounds(2, 10), invariant::EMPTY_CALL);
    let world = World::new().on_spot();
    world.refuses(&world.strategy(share().into_iter().rev().collect()), invariant::EMPTY_CALL);
}

/// It takes every write that is not its own for a quarrel to be won.
#[test]
fn sets_its_own_bounds_over_a_scheduled_action() {
    fn broken_planner(world: &World) -> Plan {
        world.bounds(2, 10)
    }
    let world = World::native(6, 12);
    world.accepts(&broken_planner(&world));
    let action =
        crate::observation::ScheduledAction { name: "day".to_owned(), min: Some(Count(6)), max: None };
    let scheduled = NativeScaling { actions: vec![action], lifts_maximum: false };
    let world = world.natively(scheduled);
    world.refuses(&broken_planner(&world), invariant::NATIVE);
    // Nor may it claim a command that nobody sent.
    let claims = broken_planner(&world).with_action(|action| {
        let Action::EcsService(EcsServiceAction::SetBounds(set)) = action else { panic!() };
        set.by_command = true;
    });
    world.refuses(&claims, invariant::NATIVE);
}

#[test]
fn pulls_down_what_a_forecast_lifted() {
    fn broken_planner(world: &World) -> Plan {
        world.bounds(3, 10)
    }
    let world = World::native(4, 10).running(13);
    world.accepts(&broken_planner(&world));
    let lifts = NativeScaling { actions: Vec::new(), lifts_maximum: true };
    let world = world.natively(lifts);
    world.refuses(&broken_planner(&world), invariant::NATIVE);
}

/// A late command would then replace the one that ended this.
#[test]
fn forgets_when_the_command_that_is_over_was_sent() {
    fn broken_planner(world: &World) -> Plan {
        world.rests().mistaken(|plan| {
            plan.history.orders.bounds = None;
            plan.history.orders.bounds_sent_at = None;
        })
    }
    let mut world = World::new().ordered(Some(3), None, 0);
    world.accepts(&world.rests().mistaken(|plan| plan.history.orders.bounds = None));
    world.history.orders.bounds_sent_at = Some(world.now - SignedDuration::from_mins(60));
    world.refuses(&broken_planner(&world), invariant::STANDING_ORDER);
}

#[test]
fn takes_the_sum_of_two_rules() {
    fn broken_planner(world: &World) -> Plan {
        world.desired(12)
    }
    World::new().refuses(&broken_planner(&World::new()), invariant::ABSOLUTE_BOUNDS);
    let world = World::new().event(30, Some(12));
    world.accepts(&broken_planner(&world));
    // The sale was last week.
    let world = World::new().event(-7 * 1_440, Some(12));
    world.refuses(&broken_planner(&world), invariant::ABSOLUTE_BOUNDS);
}

#[test]
fn reads_the_window_in_utc() {
    // It goes down to the night's 2 at 20:30 in New York, when its own clock says 00:30.
    fn broken_planner(world: &World) -> Plan {
        world.desired(2)
    }
    let mut world = World::new().window(("08:00", "21:00"), Some(4), None);
    world.now = at("2026-07-16T00:30:00Z");
    world.seen.signals.insert(ServiceMetric::Cpu, points(world.now, &[10.0; 30]));
    world.accepts(&broken_planner(&world));
    world.target.scaling.windows[0].zone = TimeZone::get("America/New_York").unwrap();
    world.refuses(&broken_planner(&world), invariant::BOUNDS_IN_FORCE);
}

#[test]
fn opens_the_service_to_native_policies_in_the_middle_of_the_day() {
    fn broken_planner(world: &World) -> Plan {
        world.bounds(2, 10)
    }
    let world = World::native(4, 10);
    world.accepts(&broken_planner(&world));
    let world = world.window(("08:00", "20:00"), Some(4), None);
    world.refuses(&broken_planner(&world), invariant::BOUNDS_IN_FORCE);
}

#[test]
fn lets_go_at_once_when_the_event_is_over() {
    fn broken_planner(world: &World) -> Plan {
        world.desired(4)
    }
    let gradual = World::new().running(12).event(-120, Some(12));
    gradual.accepts(&gradual.desired(10));
    gradual.refuses_for(&broken_planner(&gradual), &[invariant::BOUNDS_IN_FORCE, invariant::DESCENT]);
    let over = World::new().running(12).event(-300, Some(12));
    over.accepts(&broken_planner(&over));
}

#[test]
fn saves_money_in_a_quiet_minute_of_the_event() {
    fn broken_planner(world: &World) -> Plan {
        world.desired(12)
    }
    let before = World::new().running(14).event(61, Some(14));
    before.accepts(&before.desired(10));
    for minutes in [60, 0, -60, -119] {
        let world = World::new().running(14).event(minutes, Some(14));
        world.refuses(&broken_planner(&world), invariant::PLANNED_EVENT);
    }
}

#[test]
fn gives_up_on_tasks_that_are_still_starting() {
    fn broken_planner(world: &World) -> Plan {
        world.desired(3)
    }
    let mut world = World::new();
    world.service().running = Count(3);
    world.refuses(&broken_planner(&world), invariant::PENDING);
}

#[test]
fn knows_better_than_a_direct_command() {
    let world = World::new().ordered(Some(4), None, 30);
    world.refuses(&world.desired(3), invariant::BOUNDS_IN_FORCE);
    let world = World::new().ordered(None, Some(6), 30);
    world.refuses(&world.desired(7), invariant::BOUNDS_IN_FORCE);
    let world = World::new().ordered(None, Some(6), 0);
    world.accepts(&world.desired(7));
}

#[test]
fn ends_a_direct_command_by_itself() {
    fn broken_planner(world: &World) -> Plan {
        world.rests().mistaken(|plan| plan.history.orders.bounds = None)
    }
    let world = World::new().ordered(Some(4), None, 0);
    world.accepts(&broken_planner(&world));
    let world = World::new().ordered(Some(4), None, 1);
    world.refuses(&broken_planner(&world), invariant::STANDING_ORDER);
}

#[test]
fn does_two_things_at_once() {
    fn broken_planner(world: &World) -> Plan {
        let warm = world.warm();
        world.desired(6).mistaken(|plan| {
            plan.history.ecs_service.warmed = warm.history.ecs_service.warmed;
            plan.actions.extend(warm.actions);
        })
    }
    let world = World::new().event(10, Some(12));
    world.refuses(&broken_planner(&world), invariant::ONE_CALL);
}

#[test]
fn replaces_instances_by_fargate() {
    fn broken_planner(world: &World) -> Plan {
        world.strategy(share())
    }
    let mut world = World::new().on_demand();
    world.accepts(&broken_planner(&world));
    world.service().strategy = vec![line("our-instances", 1, 0)];
    world.refuses(&broken_planner(&world), invariant::STRATEGY);
}

#[test]
fn restarts_every_task_for_a_few_cents() {
    fn broken_planner(world: &World) -> Plan {
        world.strategy(share())
    }
    let mut world = World::new().on_demand();
    world.accepts(&broken_planner(&world));
    world.ecs().spot.as_mut().unwrap().force_deployment = false;
    world.refuses(&broken_planner(&world), invariant::STRATEGY);
    world.ecs().spot.as_mut().unwrap().force_deployment = true;
    // On top of somebody's release.
    world.rollout(Rollout::InProgress);
    world.refuses(&broken_planner(&world), invariant::STRATEGY);
}

#[test]
fn goes_back_to_spot_every_minute() {
    fn broken_planner(world: &World) -> Plan {
        world.strategy(share())
    }
    let world = World::new().on_demand().fallen_back(1);
    world.refuses(&broken_planner(&world), invariant::FALLBACK);
    // Or forgets first, and goes back then.
    let forgets = world.rests().mistaken(|plan| plan.history.ecs_service.fallback = None);
    world.refuses(&forgets, invariant::FALLBACK);
}

#[test]
fn forgets_that_it_left_spot() {
    fn broken_planner(world: &World) -> Plan {
        world.strategy(on_demand()).mistaken(|plan| plan.history.ecs_service.fallback = None)
    }
    let world = World::new().on_spot().unplaced();
    world.refuses(&broken_planner(&world), invariant::FALLBACK);
}

#[test]
fn never_stops_warming() {
    let mut world = World::new().event(10, Some(12));
    for (tries, done) in [(3, false), (1, true)] {
        let warmed = Warmed { at: world.now, tries, done };
        world.history.ecs_service.warmed.insert("sale".to_owned(), warmed);
        world.refuses(&world.warm(), invariant::WARM_UP);
        // Or winds the count back.
        let unwound = world.rests().mistaken(|plan| plan.history.ecs_service.warmed.clear());
        world.refuses(&unwound, invariant::WARM_UP);
    }
}

#[test]
fn overrides_a_persons_switch() {
    let mut world = World::native(4, 10);
    world.suspended().scaling_in = true;
    world.refuses(&world.bounds(2, 10), invariant::SUSPENDED);
    let mut world = World::native(2, 10);
    world.suspended().scaling_out = true;
    world.refuses(&world.bounds_by_signals(6, 10), invariant::SUSPENDED);
}

#[test]
fn loses_what_signals_raised_and_then_lowers_it_without_data() {
    let mut world = World::native(6, 10).running(6).reads(ServiceMetric::Cpu, Reading::Missing);
    world.history.ecs_service.signal_floor = Some(Count(6));
    let lowers = world.bounds(2, 10).mistaken(|plan| plan.history.ecs_service.signal_floor = None);
    world.refuses(&lowers, invariant::SERVICE_DATA);
    let loses = world.rests().mistaken(|plan| plan.history.ecs_service.signal_floor = None);
    world.refuses(&loses, invariant::SIGNAL_FLOOR);
}

#[test]
fn forgets_the_quarrel() {
    let mut world = World::new();
    world.history.ecs_service.foreign_writes = vec![world.now - SignedDuration::from_mins(59)];
    let forgets = world.rests().mistaken(|plan| plan.history.ecs_service.foreign_writes.clear());
    world.refuses(&forgets, invariant::FOREIGN_WRITES);
}

#[test]
fn takes_its_own_write_for_a_foreign_one() {
    fn broken_planner(world: &World) -> Plan {
        world.desired(6).mistaken(|plan| plan.history.ecs_service.asked = Some(Asked::Desired(Count(4))))
    }
    World::new().refuses(&broken_planner(&World::new()), invariant::ASKED);
}

#[test]
fn takes_the_silence_of_the_old_group_for_an_idle_service() {
    fn broken_planner(world: &World) -> Plan {
        world.desired(3)
    }
    let world = World::new().tracking(Signal::RequestsPerTarget);
    let now = world.now;
    let level = |value: f64| points(now, &[value; 30]);
    let old = world.reads(ServiceMetric::Requests, level(0.0));
    old.refuses(&broken_planner(&old), invariant::SERVICE_DATA);
    let without = old.clone().reads(ServiceMetric::HealthyHosts, level(0.0));
    without.refuses(&broken_planner(&without), invariant::SERVICE_DATA);
    // Sixty a task are the most, of both groups together.
    let both = |requests: f64| old.clone().green(ServiceMetric::Requests, level(requests));
    both(181.0).refuses(&broken_planner(&both(181.0)), invariant::REQUESTS);
    both(180.0).accepts(&broken_planner(&both(180.0)));
    let shared = both(100.0).reads(ServiceMetric::Requests, level(90.0));
    shared.refuses(&broken_planner(&shared), invariant::REQUESTS);
    // A person's maximum takes them whatever comes.
    let ordered = both(900.0).ordered(None, Some(3), 30);
    ordered.accepts(&broken_planner(&ordered));
}

#[test]
fn takes_one_groups_answers_for_all() {
    fn broken_planner(world: &World) -> Plan {
        world.desired(3)
    }
    let world = World::new().ruled_by(Signal::Latency);
    let now = world.now;
    let level = |value: f64| points(now, &[value; 30]);
    let world = world.reads(ServiceMetric::Requests, level(900.0));
    let world = world.reads(ServiceMetric::Latency, level(0.2)).green(ServiceMetric::Requests, level(900.0));
    world.refuses(&broken_planner(&world), invariant::SERVICE_DATA);
    let world = world.green(ServiceMetric::Latency, level(0.2));
    world.accepts(&broken_planner(&world));
}

#[test]
fn takes_a_blind_night_for_an_idle_one() {
    fn broken_planner(world: &World) -> Plan {
        world.desired(3)
    }
    let world = World::new().tracking(Signal::RequestsPerTarget);
    let blind = world.reads(ServiceMetric::Requests, Reading::Missing);
    blind.refuses(&broken_planner(&blind), invariant::SERVICE_DATA);
    let now = blind.now;
    let idle = blind.clone().reads(ServiceMetric::HealthyHosts, points(now, &[4.0; 30]));
    idle.accepts(&broken_planner(&idle));
    let old = blind.reads(ServiceMetric::HealthyHosts, aged(now, &[4.0; 30], 8));
    old.refuses(&broken_planner(&old), invariant::SERVICE_DATA);
}

#[test]
fn takes_what_is_invisible_for_done() {
    fn broken_planner(world: &World) -> Plan {
        world.desired(3)
    }
    let world = World::new().ruled_by(Signal::QueueDepth);
    let now = world.now;
    let world = world.reads(ServiceMetric::QueueDepth, points(now, &[0.0; 30]));
    let in_flight =
        |messages: f64| world.clone().reads(ServiceMetric::QueueInFlight, points(now, &[messages; 30]));
    in_flight(3.0).accepts(&broken_planner(&in_flight(3.0)));
    in_flight(4.0).refuses(&broken_planner(&in_flight(4.0)), invariant::WORK);
    // In the newest minute only, or five minutes ago and no longer.
    let lately = world.clone().reads(ServiceMetric::QueueInFlight, points(now, &[0.0, 0.0, 0.0, 0.0, 4.0]));
    lately.refuses(&broken_planner(&lately), invariant::WORK);
    let over = points(now, &[4.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    let over = world.clone().reads(ServiceMetric::QueueInFlight, over);
    over.accepts(&broken_planner(&over));
    world.refuses(&broken_planner(&world), invariant::SERVICE_DATA);
}

#[test]
fn leaves_messages_without_a_task() {
    let mut world = World::new().running(1).ruled_by(Signal::QueueDepth);
    world.target.scaling.min = Count::ZERO;
    let now = world.now;
    let with = |waiting: f64, in_flight: f64| {
        let world = world.clone().reads(ServiceMetric::QueueDepth, points(now, &[waiting; 30]));
        world.reads(ServiceMetric::QueueInFlight, points(now, &[in_flight; 30]))
    };
    with(0.0, 0.0).accepts(&with(0.0, 0.0).desired(0));
    for world in [with(1.0, 0.0), with(0.0, 1.0)] {
        world.refuses(&world.desired(0), invariant::WORK);
    }
}

#[test]
fn counts_messages_against_a_persons_maximum() {
    let world = World::new().running(6).ruled_by(Signal::QueueDepth).ordered(None, Some(4), 30);
    let now = world.now;
    let world = world.reads(ServiceMetric::QueueDepth, points(now, &[0.0; 30]));
    let world = world.reads(ServiceMetric::QueueInFlight, points(now, &[9.0; 30]));
    world.accepts(&world.desired(4));
    world.refuses(&world.desired(3), invariant::WORK);
}
