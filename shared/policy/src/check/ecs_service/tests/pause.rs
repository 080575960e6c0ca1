//! What no plan of a paused service may do: by the desired count, by bounds, or by a forced deployment.

use jiff::SignedDuration;

use super::fixture::{World, on_demand, share};
use crate::check::invariant;
use crate::history::StandingPause;
use crate::pause::Paused;
use crate::plan::Plan;

fn paused(mut world: World, what: Paused) -> World {
    let (at, until) = (world.now, world.now + SignedDuration::from_mins(60));
    world.history.orders.pause = Some(StandingPause { what, at, until, told_at: at });
    world
}

#[track_caller]
fn refused_only_under(what: Paused, world: &World, broken_planner: fn(&World) -> Plan) {
    let other = if what == Paused::In { Paused::Out } else { Paused::In };
    for sound in [world.clone(), paused(world.clone(), other)] {
        sound.accepts(&broken_planner(&sound));
    }
    for refused in [paused(world.clone(), what), paused(world.clone(), Paused::All)] {
        refused.refuses(&broken_planner(&refused), invariant::PAUSED);
    }
}

#[test]
fn raises_the_count_although_additions_are_paused() {
    refused_only_under(Paused::Out, &World::new(), |world| world.desired(6));
}

#[test]
fn lowers_the_count_although_removals_are_paused() {
    refused_only_under(Paused::In, &World::new(), |world| world.desired(3));
}

#[test]
fn raises_bounds_although_additions_are_paused() {
    refused_only_under(Paused::Out, &World::native(2, 8), |world| world.bounds(2, 10));
}

#[test]
fn lowers_bounds_although_removals_are_paused() {
    refused_only_under(Paused::In, &World::native(4, 10), |world| world.bounds(3, 10));
}

/// A window has opened, and only the maximum may come down meanwhile.
#[test]
fn a_minimum_that_may_not_rise_is_left_below_the_windows() {
    let world = World::native(2, 12).window(("08:00", "20:00"), Some(4), None);
    world.refuses(&world.bounds(2, 10), invariant::BOUNDS_IN_FORCE);
    let world = paused(world, Paused::Out);
    world.accepts(&world.bounds(2, 10));
}

#[test]
fn deploys_by_force_although_something_is_paused() {
    let world = World::new().on_spot().unplaced().running(3).fallen_back(30);
    let found = |world: &World| {
        let plan = world.strategy(on_demand());
        let found = world.judge(&plan).err().unwrap_or_default();
        found.iter().filter(|violation| violation.invariant == invariant::PAUSED).count()
    };
    assert_ne!(share(), on_demand());
    assert_eq!(found(&world), 0);
    for what in [Paused::In, Paused::Out] {
        assert_eq!(found(&paused(world.clone(), what)), 1, "{what}");
    }
}
