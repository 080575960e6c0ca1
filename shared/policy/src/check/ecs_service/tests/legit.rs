//! What a sound planner of a service does must pass, or the refusals beside it prove nothing.

use jiff::SignedDuration;

use super::fixture::{World, aged, line, on_demand, points, share};
use crate::history::{Asked, Fallback, Warmed};
use crate::observation::{DeploymentController, Reading, Rollout};
use crate::policy::{ServiceMetric, Signal};
use crate::units::{Count, Percent};

#[test]
fn to_do_nothing_is_always_sound() {
    World::new().accepts(&World::new().rests());
    World::native(2, 10).accepts(&World::native(2, 10).rests());
    let mut gone = World::new();
    gone.seen.look.service = None;
    gone.accepts(&gone.rests());
}

#[test]
fn the_desired_count_goes_up_and_down() {
    let world = World::new();
    world.accepts(&world.desired(6));
    world.accepts(&world.desired(10));
    world.accepts(&world.desired(3));
    world.accepts(&world.desired(2));
}

#[test]
fn capacity_goes_up_without_data_during_a_rollout_while_tasks_come_up() {
    let mut world = World::new().reads(ServiceMetric::Cpu, Reading::Missing).event(30, Some(12));
    world.rollout(Rollout::InProgress);
    world.service().running = Count(1);
    world.accepts(&world.desired(12));
}

#[test]
fn capacity_that_is_outside_comes_nearer_in_steps() {
    let world = World::new().running(20);
    world.accepts(&world.desired(18));
    world.accepts(&world.desired(10));
    let world = World::new().running(0);
    world.accepts(&world.desired(1));
}

#[test]
fn down_to_the_maximum_in_force_needs_no_data_and_waits_for_no_task() {
    let mut world =
        World::new().window(("08:00", "20:00"), None, Some(3)).reads(ServiceMetric::Cpu, Reading::Missing);
    world.service().running = Count(2);
    world.accepts(&world.desired(3));
}

#[test]
fn a_direct_command_needs_no_data_and_ends_the_hold_of_an_event() {
    let world = World::new().running(12).event(30, Some(12)).ordered(Some(5), Some(5), 30);
    let world = world.reads(ServiceMetric::Cpu, Reading::Missing);
    world.accepts(&world.desired(5));
}

#[test]
fn a_schedule_without_rules_needs_no_data() {
    let world = World::new().without_rules();
    world.accepts(&world.desired(2));
}

#[test]
fn nobody_waits_for_the_cpu_of_no_tasks() {
    let mut world = World::new().ruled_by(Signal::Memory).ruled_by(Signal::QueueDepth);
    world.target.scaling.min = Count::ZERO;
    let mut world = world.reads(ServiceMetric::Cpu, Reading::Missing);
    world.service().running = Count::ZERO;
    // Spot could place none, and nobody waits any more.
    world.service().desired = Count(11);
    let world = world.clone().reads(ServiceMetric::QueueDepth, points(world.now, &[0.0; 30]));
    let world = world.clone().reads(ServiceMetric::QueueInFlight, points(world.now, &[0.0; 30]));
    world.accepts(&world.desired(0));
}

#[test]
fn no_errors_and_no_requests_are_no_points() {
    let world = World::new().ruled_by(Signal::ErrorRate).ruled_by(Signal::Latency);
    let quiet = points(world.now, &[0.0; 40]);
    let healthy = points(world.now, &[4.0; 40]);
    let world = world.reads(ServiceMetric::Requests, quiet).reads(ServiceMetric::HealthyHosts, healthy);
    let silent = |reading: Reading| {
        world.clone().reads(ServiceMetric::Errors, reading.clone()).reads(ServiceMetric::Latency, reading)
    };
    let world_of_none = silent(Reading::Missing);
    world_of_none.accepts(&world_of_none.desired(3));
    // Ten minutes ago there was an error.
    let world_of_old = silent(aged(world.now, &[1.0], 12));
    world_of_old.accepts(&world_of_old.desired(3));
}

#[test]
fn an_empty_queue_has_no_oldest_message() {
    let world = World::new().ruled_by(Signal::QueueAge);
    let now = world.now;
    let world = world.reads(ServiceMetric::QueueDepth, points(now, &[3.0, 0.0]));
    let world = world.reads(ServiceMetric::QueueInFlight, points(now, &[3.0, 0.0]));
    let world = world.reads(ServiceMetric::QueueAge, Reading::Missing);
    world.accepts(&world.desired(3));
}

#[test]
fn a_rule_that_only_alerts_needs_no_data() {
    let mut world = World::new();
    let alert = super::fixture::rule(Signal::Latency, crate::policy::Comparison::Above);
    world.target.scaling.alert.push(alert);
    world.accepts(&world.desired(3));
}

#[test]
fn bounds_move_where_something_is_registered() {
    let world = World::native(2, 10).window(("08:00", "20:00"), Some(4), None);
    world.accepts(&world.bounds(4, 10));
    let world = World::native(4, 10);
    world.accepts(&world.bounds(2, 10));
    let world = World::native(2, 20);
    world.accepts(&world.bounds(2, 10));
    let world = World::native(1, 3);
    world.accepts(&world.bounds(2, 10));
}

#[test]
fn signals_raise_the_registered_minimum_and_let_it_go_again() {
    let world = World::native(2, 10);
    world.accepts(&world.bounds_by_signals(6, 10));
    let mut world = World::native(6, 10).running(6);
    world.history.ecs_service.signal_floor = Some(Count(6));
    world.accepts(&world.bounds_by_signals(5, 10));
    let mut plan = world.bounds(2, 10);
    plan.history.ecs_service.signal_floor = None;
    world.accepts(&plan);
}

#[test]
fn a_capacity_outside_its_bounds_is_pulled_in() {
    let world = World::native(2, 10).running(1);
    world.accepts(&world.bounds(2, 10));
    let world = World::native(2, 10).running(14).reads(ServiceMetric::Cpu, Reading::Missing);
    world.accepts(&world.bounds(2, 10));
}

#[test]
fn the_clocks_minimum_rises_while_scaling_out_is_suspended() {
    let mut world = World::native(2, 10).window(("08:00", "20:00"), Some(4), None);
    world.suspended().scaling_out = true;
    world.accepts(&world.bounds(4, 10));
}

#[test]
fn signals_raise_the_minimum_below_the_clocks_while_the_schedule_is_suspended() {
    let mut world = World::native(2, 10).window(("08:00", "20:00"), Some(6), None);
    world.suspended().scheduled = true;
    world.accepts(&world.bounds_by_signals(5, 10));
}

fn keeps_fallback(world: &World) -> crate::plan::Plan {
    let mut plan = world.strategy(on_demand());
    plan.history.ecs_service.fallback = world.history.ecs_service.fallback;
    plan
}

#[test]
fn a_service_behind_a_classic_load_balancer_has_settled_when_all_tasks_run() {
    let mut world = World::new();
    world.rollout(Rollout::Unknown);
    world.accepts(&world.desired(3));
}

#[test]
fn the_clock_lowers_a_minimum_while_tasks_come_up() {
    let mut world = World::native(4, 20).reads(ServiceMetric::Cpu, Reading::Missing);
    world.service().running = Count(3);
    world.accepts(&world.bounds(2, 10));
}

#[test]
fn spot_is_left_and_taken_up_again() {
    let world = World::new().on_spot().unplaced();
    world.accepts(&world.strategy(on_demand()));
    // A deployment that waits for Spot would wait for ever.
    let mut world = world;
    world.rollout(Rollout::InProgress);
    world.service().running = Count(1);
    world.accepts(&world.strategy(on_demand()));
    // Somebody set another strategy while it is on demand.
    let mut world = World::new().on_spot().fallen_back(30);
    world.accepts(&keeps_fallback(&world));
    world.service().strategy = vec![line("FARGATE", 5, 0)];
    world.accepts(&keeps_fallback(&world));
    let world = World::new().on_demand().fallen_back(0);
    world.accepts(&world.strategy(share()));
    // The order of the lines is ECS's to choose.
    world.accepts(&world.strategy(share().into_iter().rev().collect()));
}

#[test]
fn all_of_it_is_spot() {
    let mut world = World::new().on_demand();
    let spot = world.ecs().spot.as_mut().unwrap();
    (spot.share, spot.base) = (Percent(100.0), Count(2));
    world.accepts(&world.strategy(vec![line("FARGATE", 0, 2), line("FARGATE_SPOT", 100, 0)]));
    world.ecs().spot.as_mut().unwrap().base = Count::ZERO;
    world.accepts(&world.strategy(vec![line("FARGATE_SPOT", 100, 0)]));
}

#[test]
fn a_launch_type_becomes_a_strategy_with_a_deployment() {
    let mut world = World::new().on_demand();
    world.service().strategy.clear();
    world.service().launch_type = Some("FARGATE".to_owned());
    world.accepts(&world.strategy(share()));
}

#[test]
fn a_fallback_that_was_lost_with_the_ledger_is_found_again() {
    let world = World::new().on_demand();
    let mut plan = world.rests();
    plan.history.ecs_service.fallback =
        Some(Fallback { since: world.now, retry_at: world.now + SignedDuration::from_hours(1) });
    world.accepts(&plan);
}

#[test]
fn a_service_of_codedeploy_is_scaled() {
    let mut world = World::new();
    world.service().controller = DeploymentController::CodeDeploy;
    world.accepts(&world.desired(3));
}

#[test]
fn targets_are_warmed_before_the_load() {
    let world = World::new().event(10, Some(12));
    world.accepts(&world.warm());
    let mut world = world;
    let tried = Warmed { at: world.now, tries: 2, done: false };
    world.history.ecs_service.warmed.insert("sale".to_owned(), tried);
    world.accepts(&world.warm());
}

#[test]
fn what_others_wrote_is_taken_as_it_is_and_forgotten_after_the_hour() {
    let mut world = World::new();
    world.history.ecs_service.asked = Some(Asked::Desired(Count(6)));
    world.history.ecs_service.foreign_writes = vec![world.now - SignedDuration::from_mins(61)];
    let mut plan = world.rests();
    plan.history.ecs_service.asked = Some(Asked::Desired(Count(4)));
    plan.history.ecs_service.foreign_writes = vec![world.now];
    world.accepts(&plan);
}

#[test]
fn a_direct_command_goes_with_its_time() {
    let world = World::new().ordered(None, Some(3), 0);
    let mut plan = world.rests();
    world.accepts(&plan);
    plan.history.orders.bounds = None;
    world.accepts(&plan);
}
