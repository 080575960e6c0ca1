//! The source is the policy's, can be copied, and has no record of ours in its name.

use super::fixture::{SOURCE, World, endpoint, record, status};
use crate::check::invariant;
use crate::names::{InstanceClass, InstanceId};
use crate::plan::{Action, Ending, RdsReplicasAction};
use crate::policy::Engine;

#[test]
fn the_source_must_be_one_that_can_be_copied() {
    fn runs(world: &mut World, engine: Engine) {
        world.rds().engine = engine;
        world.seen.source.as_mut().unwrap().engine = engine;
    }
    let unready: [fn(&mut World); 9] = [
        |world| world.seen.source.as_mut().unwrap().cluster = Some("orders".to_owned()),
        |world| world.seen.source.as_mut().unwrap().managed_password = true,
        |world| {
            runs(world, Engine::Oracle);
            world.seen.source.as_mut().unwrap().source = Some(InstanceId::new("origin"));
        },
        |world| {
            runs(world, Engine::SqlServer);
            world.seen.source.as_mut().unwrap().source = Some(InstanceId::new("origin"));
        },
        |world| {
            runs(world, Engine::Db2);
            world.seen.source.as_mut().unwrap().source = Some(InstanceId::new("origin"));
        },
        |world| world.seen.source = None,
        |world| world.seen.source.as_mut().unwrap().status = status("modifying"),
        |world| world.seen.source.as_mut().unwrap().backup_retention_days = 0,
        |world| world.seen.source.as_mut().unwrap().engine = Engine::MariaDb,
    ];
    for unready in unready {
        let mut world = World::new();
        world.rds().class = Some(InstanceClass::new("db.t3.medium"));
        unready(&mut world);
        world.refuses(&world.creating(&["a"]), invariant::SOURCE_READY);
    }
}

#[test]
fn what_can_be_copied_all_the_same_is() {
    let ready: [fn(&mut World); 3] = [
        |world| world.seen.source.as_mut().unwrap().status = status("storage-optimization"),
        |world| world.seen.source.as_mut().unwrap().source = Some(InstanceId::new("origin")),
        |world| {
            world.rds().engine = Engine::SqlServer;
            let source = world.seen.source.as_mut().unwrap();
            (source.engine, source.managed_password) = (Engine::SqlServer, true);
        },
    ];
    for ready in ready {
        let mut world = World::new();
        ready(&mut world);
        world.accepts(&world.creating(&["a"]));
    }
}

#[test]
fn the_observed_source_is_the_source() {
    let mut world = World::new();
    world.rds().class = Some(InstanceClass::new("db.t3.medium"));
    world.seen.source.as_mut().unwrap().id = InstanceId::new("billing");
    world.refuses(&world.creating(&["a"]), invariant::SOURCE_READY);
}

#[test]
fn the_source_is_what_is_replicated_and_what_is_deleted_from() {
    let mut plan = World::new().creating(&["a"]);
    if let Action::RdsReplicas(RdsReplicasAction::CreateReplica(create)) = &mut plan.actions[0] {
        create.source = InstanceId::new("billing");
    }
    World::new().refuses(&plan, invariant::SOURCE);
    let mut world = World::new().with_replica("a").serving("b", 64).removing("a", 60);
    world.remember("a", None, 5);
    let mut plan = world.deleting("a", Ending::Drained);
    if let Action::RdsReplicas(RdsReplicasAction::DeleteReplica(delete)) = &mut plan.actions[0] {
        delete.source = InstanceId::new("billing");
    }
    world.refuses(&plan, invariant::SOURCE);
}

#[test]
fn no_record_of_ours_is_in_the_name_of_the_source() {
    let mut world = World::new();
    world.rds().prefix = "ord".to_owned();
    world.seen.records.weighted.push(record(SOURCE, 0, endpoint(SOURCE)));
    world.refuses(&world.batch(vec![world.drop(SOURCE)]), invariant::SOURCE);
}
