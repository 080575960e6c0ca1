//! A removal that is taken back restores the weight of the one that was to leave, if it is fit.

use super::fixture::{World, id, points, status};
use crate::check::invariant;
use crate::names::{InstanceClass, ResourceId};
use crate::observation::{Reading, Replication};

#[test]
fn a_cancel_restores_no_more_than_a_full_weight_and_not_after_the_deletion_was_asked_for() {
    let restore = |world: &World, weight: u8| {
        let mut plan = world.batch(vec![world.swap(id("a").as_str(), weight)]);
        plan.history.rds_replicas.intents.clear();
        plan.write_ahead = true;
        plan
    };
    let world = World::new().serving("a", 0).serving("b", 64).removing("a", 10);
    world.accepts(&restore(&world, 64));
    world.refuses(&restore(&world, 65), invariant::RAMP);
    // A smaller class gets its own full weight back.
    let mut small = world.clone();
    small.replica("b").class = InstanceClass::new("db.t3.large");
    small.accepts(&restore(&small, 32));
    small.refuses(&restore(&small, 33), invariant::RAMP);
    let world = world.deletion_requested();
    world.refuses(&restore(&world, 64), invariant::RAMP);
}

#[test]
fn a_cancel_restores_only_the_fit_and_only_who_was_to_leave() {
    let restore = |world: &World| {
        let mut plan = world.batch(vec![world.swap(id("a").as_str(), 64)]);
        plan.history.rds_replicas.intents.clear();
        plan.write_ahead = true;
        plan
    };
    let sound = World::new().serving("a", 0).serving("b", 64).removing("a", 10);
    sound.accepts(&restore(&sound));
    let unfit: [fn(&mut World); 5] = [
        |world| world.replica("a").replication = Replication::Unknown,
        |world| world.replica("a").replication = Replication::Broken("error".to_owned()),
        |world| world.replica("a").signals.lag = points(world.now, &[40.0; 10]),
        |world| world.replica("a").signals.lag = Reading::Missing,
        |world| world.replica("a").status = status("modifying"),
    ];
    for unfit in unfit {
        let mut world = sound.clone();
        unfit(&mut world);
        world.refuses(&restore(&world), invariant::FITNESS);
    }
    // Another instance of the name climbs like any other, and so does one that nobody removed.
    let mut world = sound.clone();
    world.replica("a").resource_id = ResourceId::new("db-another");
    world.refuses(&restore(&world), invariant::RAMP);
    let world = sound.removing("b", 10);
    world.refuses(&restore(&world), invariant::RAMP);
}
