//! A count outside registered bounds: Application Auto Scaling leaves it there until somebody registers them again, and then pulls it in at once.

use tidegate_policy::history::Asked;
use tidegate_policy::observation::{CapacityBounds, NativeScaling, Suspended};
use tidegate_policy::order::take;
use tidegate_policy::pause::Paused;
use tidegate_policy::plan::{LastLook, may_still_change};
use tidegate_policy::units::Count;

use super::fixture::{World, minutes};
use crate::orders::pause;

const PULLED: &str = "13 -> 10 scale_in_maximum: bounds of production/api: 2..10 -> 2..10";

/// Somebody asked ECS for 13 tasks, and 2 to 10 are registered, as the policy has them.
fn above() -> World {
    World::steady(13).registered(2, 10)
}

#[test]
fn a_count_above_the_maximum_is_pulled_in_by_registering_again() {
    let mut world = above();
    assert_eq!(world.says(), PULLED);
    let plan = world.plan();
    assert!(plan.actions[0].is_destructive(), "it takes three tasks away: {plan}");
    assert_eq!(plan.history.scaled_in_at, Some(world.now), "the next removal waits for its cooldown");
    // Not every minute: what does not help is not done again at once.
    world.history.ecs_service.asked = Some(Asked::Bounds(CapacityBounds { min: Count(2), max: Count(10) }));
    world.history.ecs_service.asked_at = Some(world.now - minutes(1));
    assert_eq!(world.says(), "13 -> 10 scale_in_maximum: nothing");
}

#[test]
fn what_forbids_a_removal_forbids_to_pull_in() {
    let rests = |change: &dyn Fn(&mut World)| {
        let mut world = above();
        change(&mut world);
        let says = world.says();
        assert!(says.ends_with(": nothing"), "{says}");
    };
    rests(&|world| world.scalable().suspended = Suspended { scaling_in: true, ..Suspended::default() });
    rests(&|world| world.scalable().suspended = Suspended { scheduled: true, ..Suspended::default() });
    rests(&|world| world.service().deployments.clear());
    rests(&|world| {
        let native = NativeScaling { actions: Vec::new(), lifts_maximum: true };
        *world = world.clone().natively(native);
    });
    rests(&|world| world.seen.look.native = None);
    rests(&|world| {
        take(&world.target, &mut world.history, &pause(Paused::In, 60), world.now).unwrap();
    });
}

#[test]
fn bounds_that_rise_take_away_nothing_that_was_asked_for_since() {
    let world = World::steady(1).registered(1, 10);
    let plan = world.plan();
    let action = &plan.actions[0];
    assert_eq!(action.to_string(), "bounds of production/api: 1..10 -> 2..10");
    assert!(!action.is_destructive() && action.may_take_away(), "{plan}");
    let look = |desired: u32, change: &dyn Fn(&mut World)| {
        let mut world = world.clone();
        world.service().desired = Count(desired);
        change(&mut world);
        may_still_change(&world.target, action, &world.look())
    };
    // Native policies move the count all the time, and what forbids a removal forbids no addition.
    for desired in [1, 4, 10] {
        assert_eq!(look(desired, &|_| {}), LastLook::Go);
        assert_eq!(look(desired, &|world| world.service().deployments.clear()), LastLook::Go);
        assert_eq!(look(desired, &|world| world.seen.look.native = None), LastLook::Go);
        assert_eq!(look(desired, &|world| world.scalable().suspended.scaling_in = true), LastLook::Go);
    }
    // A forecast lifted the count above the maximum, or a person did.
    assert!(matches!(look(11, &|_| {}), LastLook::Stop(why) if why.contains("11 tasks are wanted by now")));
    // The same bounds again, for a count below them, are a call to make.
    let again = World::steady(1).registered(2, 10);
    let plan = again.plan();
    assert_eq!(may_still_change(&again.target, &plan.actions[0], &again.look()), LastLook::Go);
    let mut came = again.clone();
    came.service().desired = Count(2);
    assert_eq!(may_still_change(&came.target, &plan.actions[0], &came.look()), LastLook::AlreadyGone);
}
