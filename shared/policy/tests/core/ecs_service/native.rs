//! Peace with Application Auto Scaling: scheduled actions that write bounds, and a predictive policy that lifts capacity above them.

use tidegate_policy::history::Asked;
use tidegate_policy::observation::{CapacityBounds, Fact, NativeScaling, ScheduledAction};
use tidegate_policy::order::{Order, take};
use tidegate_policy::plan::{LastLook, may_still_change};
use tidegate_policy::policy::ServiceMetric;
use tidegate_policy::reason::Reason;
use tidegate_policy::units::Count;

use super::fixture::{World, minutes, window};

fn bounds(min: u32, max: u32) -> CapacityBounds {
    CapacityBounds { min: Count(min), max: Count(max) }
}

fn action(name: &str, min: Option<u32>, max: Option<u32>) -> ScheduledAction {
    ScheduledAction { name: name.to_owned(), min: min.map(Count), max: max.map(Count) }
}

/// Six by day and two at night, as they stood before Tidegate came.
fn shifts() -> NativeScaling {
    let actions = vec![action("day", Some(6), Some(12)), action("night", Some(2), Some(8))];
    NativeScaling { actions, lifts_maximum: false }
}

fn predictive() -> NativeScaling {
    NativeScaling { actions: Vec::new(), lifts_maximum: true }
}

/// Our last bounds are remembered, and these are found.
fn after(mut world: World, asked: CapacityBounds) -> World {
    world.history.ecs_service.asked = Some(Asked::Bounds(asked));
    world
}

fn command(world: World, count: u32) -> World {
    let order = Order::Hold { min: Some(Count(count)), max: Some(Count(count)), until: None, sent_at: None };
    let mut world = world;
    take(&world.target, &mut world.history, &order, world.now).unwrap();
    world
}

#[test]
fn what_a_scheduled_action_raised_is_not_lowered_and_is_no_quarrel() {
    let mut world = after(World::idle(6).registered(6, 12).natively(shifts()), bounds(2, 8));
    let plan = world.step();
    assert!(plan.actions.is_empty(), "{plan}");
    assert_eq!(plan.decision.explanation.reason, Reason::AlreadyAtMinCapacity, "{plan}");
    assert!(plan.decision.explanation.detail.contains("the scheduled action \"day\""), "{plan}");
    let told: Vec<_> = plan.alerts.iter().map(|alert| (&alert.key, alert.explanation.reason)).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|(_, reason)| *reason == Reason::BothSchedule), "{told:?}");
    assert_eq!(plan.history.ecs_service.foreign_writes, []);
    // Up and down all day: three writes within an hour are still no quarrel.
    for (min, max) in [(2, 8), (6, 12), (2, 8), (6, 12)] {
        world.go_to(world.now + minutes(10));
        world.scalable().bounds = bounds(min, max);
        let _ = world.step();
    }
    assert_eq!(world.history.ecs_service.foreign_writes, []);
    assert_eq!(world.scalable().bounds.min, Count(6));
}

#[test]
fn a_window_that_ends_takes_nothing_from_a_scheduled_action() {
    let mut world = World::idle(6).registered(6, 10).natively(shifts());
    world.target.scaling.windows.push(window("08:00", "11:00", "UTC", Some(6), None));
    assert_eq!(world.says(), "6 -> 6 already_at_min_capacity: nothing");
    // Without the action it would have ended at eleven.
    let free = world.natively(NativeScaling::default());
    assert_eq!(free.says(), "6 -> 6 native_scale_in: bounds of production/api: 6..10 -> 2..10");
}

#[test]
fn what_signals_raised_comes_down_as_far_as_a_scheduled_action_and_no_further() {
    let mut world = World::idle(9).registered(9, 10).natively(shifts());
    world.history.ecs_service.signal_floor = Some(Count(9));
    for _ in 0..60 {
        let _ = world.step();
        world.signal(ServiceMetric::Cpu, 5.0);
    }
    assert_eq!(world.scalable().bounds, bounds(6, 10));
    // At night the action writes 2, and then two it is.
    world.scalable().bounds = bounds(2, 8);
    let _ = world.step();
    assert_eq!(world.scalable().bounds.min, Count(2));
}

/// Found by the random mishaps: a minimum no larger than the clock's was forgotten while the action held it up.
#[test]
fn what_signals_raised_below_a_scheduled_action_stays_remembered() {
    let raised = NativeScaling { actions: vec![action("up", Some(5), Some(8))], lifts_maximum: false };
    let mut world = World::steady(7).registered(5, 8).natively(raised);
    world.history.ecs_service.signal_floor = Some(Count(2));
    let plan = world.step();
    assert_eq!(world.scalable().bounds, bounds(5, 10), "{plan}");
    assert_eq!(plan.history.ecs_service.signal_floor, Some(Count(2)), "{plan}");
}

#[test]
fn a_maximum_that_a_scheduled_action_set_is_not_lowered_and_nobody_is_pulled_down() {
    let world = World::steady(11).registered(6, 12).natively(shifts());
    assert_eq!(world.says(), "11 -> 11 both_schedule: nothing");
    let foreign = World::steady(11).registered(6, 12).natively(NativeScaling::default());
    assert_eq!(foreign.says(), "11 -> 10 scale_in_maximum: bounds of production/api: 6..12 -> 2..10");
    // More than the policy's maximum is never asked for.
    let mut hot = World::steady(11).registered(6, 12).natively(shifts());
    hot.signal(ServiceMetric::Cpu, 90.0);
    assert_eq!(hot.says(), "11 -> 11 both_schedule: nothing");
}

#[test]
fn a_minimum_above_the_policys_maximum_is_left_to_them() {
    let action = NativeScaling { actions: vec![action("sale", Some(15), None)], lifts_maximum: false };
    for (desired, max) in [(15, 30), (9, 30), (15, 15), (9, 15)] {
        let world = World::steady(desired).registered(15, max).natively(action.clone());
        let plan = world.plan();
        let kept = plan.actions.iter().all(|action| action.to_string().ends_with("-> 15..15"));
        assert!(kept, "{desired} {max}: {plan}");
    }
}

#[test]
fn what_a_forecast_lifted_is_not_pulled_down_and_is_no_quarrel() {
    let mut world = after(World::steady(14).registered(2, 10).natively(predictive()), bounds(2, 10));
    assert_eq!(world.says(), "14 -> 14 predictive_capacity: nothing");
    // A window would move the minimum, and registering pulls the count into the range.
    world.target.scaling.windows.push(window("08:00", "18:00", "UTC", Some(4), None));
    assert_eq!(world.says(), "14 -> 14 predictive_capacity: nothing");
    // It may register the maximum that it lifted.
    world.scalable().bounds = bounds(2, 16);
    let plan = world.plan();
    assert_eq!(plan.history.ecs_service.foreign_writes, []);
    assert_eq!(world.says(), "14 -> 14 predictive_capacity: bounds of production/api: 2..16 -> 4..16");
    let without = world.natively(NativeScaling::default());
    assert_eq!(without.says(), "14 -> 10 scale_in_maximum: bounds of production/api: 2..16 -> 4..10");
}

#[test]
fn what_is_not_known_lowers_nothing_and_is_told() {
    let mut world = World::idle(12).registered(6, 12);
    world.seen.look.native = None;
    assert_eq!(world.says(), "12 -> 12 native_unknown: nothing");
    assert_eq!(world.plan().alerts[0].explanation.reason, Reason::NativeUnknown);
    // More may come all the same.
    let mut hot = World::steady(3).registered(2, 10);
    hot.signal(ServiceMetric::Cpu, 85.0);
    hot.seen.look.native = None;
    assert_eq!(hot.says(), "3 -> 4 scale_out_threshold: bounds of production/api: 2..10 -> 4..10");
    // Without a scalable target there is nothing to know.
    let mut plain = World::idle(3);
    plain.seen.look.native = None;
    assert_eq!(plain.says(), "3 -> 2 scale_in_thresholds: desired count of production/api: 3 -> 2");
}

#[test]
fn a_command_with_a_maximum_outranks_both() {
    let world = command(World::idle(6).registered(6, 12).natively(shifts()), 3);
    assert_eq!(world.says(), "6 -> 3 scale_in_maximum: bounds of production/api: 6..12 -> 3..3");
    let world = command(World::idle(14).registered(2, 10).natively(predictive()), 3);
    assert_eq!(world.says(), "14 -> 3 scale_in_maximum: bounds of production/api: 2..10 -> 3..3");
    let action = &world.plan().actions[0];
    assert_eq!(may_still_change(&world.target, action, &world.look()), LastLook::Go);
}

#[test]
fn the_last_look_sees_what_was_scheduled_since() {
    let world = World::idle(6).registered(6, 12);
    let action = world.plan().actions[0].clone();
    assert_eq!(action.to_string(), "bounds of production/api: 6..12 -> 2..10");
    let looks = |world: World| may_still_change(&world.target, &action, &world.look());
    assert_eq!(looks(world.clone()), LastLook::Go);
    let stopped = |look| matches!(look, LastLook::Stop(_));
    assert!(stopped(looks(world.clone().natively(shifts()))));
    assert!(stopped(looks(world.clone().natively(predictive()))));
    let night = NativeScaling { actions: vec![action_of_night()], lifts_maximum: false };
    assert_eq!(looks(world.clone().natively(night)), LastLook::Go, "it sets what we do");
    let mut unknown = world;
    unknown.seen.look.native = None;
    assert!(stopped(looks(unknown)));
}

fn action_of_night() -> ScheduledAction {
    action("night", Some(2), None)
}

#[test]
fn it_is_read_once_a_day_and_whenever_the_bounds_are_not_as_we_left_them() {
    let mut world = World::steady(4).registered(2, 10);
    let due = |world: &World| {
        let look = &world.seen.look;
        let desired = look.service.as_ref().unwrap().desired;
        world.history.native_is_due(look.scalable.as_ref().unwrap(), desired, world.now)
    };
    assert!(due(&world), "nothing is remembered");
    let _ = world.step();
    assert!(!due(&world));
    world.scalable().bounds = bounds(6, 12);
    assert!(due(&world), "somebody wrote");
    world.scalable().bounds = bounds(2, 10);
    world.service().desired = Count(12);
    assert!(due(&world), "above the maximum");
    world.history.facts.native = Some(Fact { value: predictive(), read_at: world.now });
    assert!(!due(&world), "a forecast explains it");
    world.service().desired = Count(4);
    world.go_to(world.now + minutes(24 * 60));
    assert!(due(&world), "a day later");
}
