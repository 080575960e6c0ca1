//! The broken planners: each takes a sound plan, makes the one mistake that it is named after, and is refused for it.

use jiff::SignedDuration;

use super::fixture::{Begin, FLOOR, PREFIX, SOURCE, World, create, endpoint, id, points, record, status};
use crate::check::invariant;
use crate::history::Transition;
use crate::names::{DnsName, InstanceClass, InstanceId};
use crate::observation::{BlueGreen, Insights, OtherUses, Replica, Replication, Settings, Storage};
use crate::plan::{Action, CreateReplica, Ending, Plan, RdsReplicasAction, RecordChange};
use crate::policy::{Engine, OnDeadline};
use crate::units::Count;

/// A victim with no record, drained and INSYNC, beside one that serves.
fn drained() -> World {
    let mut world = World::new().with_replica("a").serving("b", 64).removing("a", 60);
    world.remember("a", None, 5);
    world
}

#[test]
fn what_a_listing_left_out_taken_for_gone() {
    // Its record swept.
    let mut world = World::new().serving("a", 64);
    world.seen.records.weighted.push(record("tg-orders-gone", 64, endpoint("tg-orders-gone")));
    let sweep = world.batch(vec![world.drop("tg-orders-gone")]);
    world.accepts(&sweep);
    world.asked_by_name = false;
    world.refuses(&sweep, invariant::ABSENT);
    // Its removal called done.
    let mut world = World::new().serving("b", 64).removing("a", 60);
    let mut done = world.plan(vec![]);
    done.history.rds_replicas.intents.clear();
    world.accepts(&done);
    world.asked_by_name = false;
    world.refuses(&done, invariant::ABSENT);
    // Its addition given up, and made again.
    let mut world = World::new().serving("b", 64).adding(&["a"], |_| ());
    world.history.rds_replicas.creations = vec![world.ago(30)];
    let mut given_up = world.plan(vec![]);
    if let Some(Transition::Add(additions)) =
        given_up.history.rds_replicas.intents.first_mut().map(|intent| &mut intent.transition)
    {
        additions[0].given_up = true;
    }
    let mut again = world.plan(vec![create("a")]);
    again.history.rds_replicas.creations = vec![world.now];
    again.write_ahead = true;
    for plan in [&given_up, &again] {
        world.asked_by_name = true;
        world.accepts(plan);
        world.asked_by_name = false;
        world.refuses(plan, invariant::ABSENT);
    }
}

#[test]
fn what_points_at_another_region_swept() {
    let sweep = |world: &World| {
        let found = world.seen.records.weighted.last().unwrap().clone();
        world.batch(vec![vec![RecordChange::Delete(found)]])
    };
    let mut world = World::new().serving("a", 64);
    world.seen.records.weighted.push(record("tg-orders-gone", 64, endpoint("tg-orders-gone")));
    world.accepts(&sweep(&world));
    let elsewhere = DnsName::new("tg-orders-gone.c1.us-east-1.rds.amazonaws.com");
    world.seen.records.weighted.last_mut().unwrap().value = elsewhere;
    world.refuses(&sweep(&world), invariant::OWNERSHIP);
}

pub(super) fn first_creation(plan: &mut Plan) -> &mut CreateReplica {
    match &mut plan.actions[0] {
        Action::RdsReplicas(RdsReplicasAction::CreateReplica(create)) => create,
        other => panic!("{other}"),
    }
}

#[test]
fn ownership_ignored() {
    fn broken_planner(world: &World) -> Plan {
        world.deleting("a", Ending::Drained)
    }
    drained().accepts(&broken_planner(&drained()));
    for tag in ["tidegate:owner", "tidegate:stage", "tidegate:target"] {
        let mut world = drained();
        world.replica("a").tags.remove(tag);
        world.refuses(&broken_planner(&world), invariant::OWNERSHIP);
        world.replica("a").tags.insert(tag.to_owned(), "somebody".to_owned());
        world.refuses(&broken_planner(&world), invariant::OWNERSHIP);
    }
    for source in [None, Some(InstanceId::new("billing"))] {
        let mut world = drained();
        world.replica("a").source = source;
        world.refuses(&broken_planner(&world), invariant::OWNERSHIP);
    }
    let mut world = drained();
    world.rds().prefix = "tg-orders-new-".to_owned();
    world.refuses(&broken_planner(&world), invariant::OWNERSHIP);
}

#[test]
fn ownership_of_records_ignored() {
    fn broken_planner(world: &World, name: &str) -> Plan {
        world.batch(vec![world.drop(name)])
    }
    // The record of a replica that lost its tags, and a record that was never ours.
    let mut world = World::new().serving("a", 0).serving("b", 64);
    world.replica("a").tags.clear();
    world.refuses(&broken_planner(&world, id("a").as_str()), invariant::OWNERSHIP);
    let mut theirs = world.record(id("b").as_str());
    theirs.set_id = crate::names::SetId::new("theirs");
    world.seen.records.weighted.push(theirs);
    world.refuses(&broken_planner(&world, "theirs"), invariant::OWNERSHIP);
}

#[test]
fn drain_skipped() {
    fn broken_planner(world: &World) -> Plan {
        world.deleting("a", Ending::Drained)
    }
    // Nothing of the drain happened: no intent, the record still there.
    let world = World::new().serving("a", 64).serving("b", 64);
    world.refuses_for(&broken_planner(&world), &[invariant::DRAIN, invariant::RECORD_FIRST]);
    // It left the reader, but nobody decided so.
    let mut world = drained();
    world.history.rds_replicas.intents.clear();
    world.refuses(&broken_planner(&world), invariant::DRAIN);
    // Clients came back.
    let mut world = drained();
    world.replica("a").signals.connections = points(world.now, &[0.0, 0.0, 2.0]);
    world.refuses(&broken_planner(&world), invariant::DRAIN);
    // Name servers may still answer with it.
    let mut world = drained();
    world.unsynced("a");
    world.refuses(&broken_planner(&world), invariant::DRAIN);
}

#[test]
fn victim_deleted_while_it_changes() {
    fn broken_planner(world: &World) -> Plan {
        world.deleting("a", Ending::Drained)
    }
    let mut optimizing = drained();
    optimizing.replica("a").status = status("storage-optimization");
    optimizing.accepts(&broken_planner(&optimizing));
    type Change = fn(&mut Replica);
    let changes: [Change; 8] = [
        |replica| replica.status = status("modifying"),
        |replica| replica.status = status("backing-up"),
        |replica| replica.status = status("rebooting"),
        |replica| replica.status = status("a-word-that-nobody-knows"),
        |replica| replica.replication = Replication::Broken("terminated".to_owned()),
        |replica| replica.replication = Replication::Unknown,
        |replica| replica.pending = vec!["BackupRetentionPeriod".to_owned()],
        |replica| replica.pending = vec!["DBInstanceIdentifier".to_owned(), "MultiAZ".to_owned()],
    ];
    for deadline in [OnDeadline::Cancel, OnDeadline::Force] {
        for change in changes {
            let mut world = drained();
            // Long past its deadline, too.
            world = world.removing("a", 600);
            world.rds().drain.on_deadline = deadline;
            world.accepts(&broken_planner(&world));
            change(world.replica("a"));
            world.refuses(&broken_planner(&world), invariant::AT_REST);
        }
    }
}

/// Beside one that serves, one that is a replica of another source by now, at this weight.
fn astray(weight: u8) -> World {
    let mut world = World::new().serving("a", weight).serving("b", 64);
    world.replica("a").source = Some(InstanceId::new("orders-old"));
    world
}

#[test]
fn another_sources_replica_answered_with() {
    // It goes to 0 where it points, without any intent, and nothing else becomes of it.
    astray(64).accepts(&astray(64).batch(vec![astray(64).swap(id("a").as_str(), 0)]));
    let mut alone = World::new().serving("a", 64);
    alone.replica("a").source = Some(InstanceId::new("orders-old"));
    alone.accepts(&alone.ordered(vec![alone.swap(id("a").as_str(), 0), alone.swap(FLOOR, 64)]));
    // Raised, joined, left with a trickle, removed, deleted.
    let raise = |world: &World| world.batch(vec![world.swap(id("a").as_str(), 4)]);
    astray(1).refuses_for(&raise(&astray(1)), &[invariant::OWNERSHIP, invariant::SERVING_STATE]);
    let trickle = astray(64).batch(vec![astray(64).swap(id("a").as_str(), 1)]);
    assert!(astray(64).judge(&trickle).is_err());
    astray(0).refuses(&astray(0).batch(vec![astray(0).drop(id("a").as_str())]), invariant::OWNERSHIP);
    let mut unlisted = drained();
    unlisted.replica("a").source = Some(InstanceId::new("orders-old"));
    unlisted.refuses(&unlisted.deleting("a", Ending::Drained), invariant::OWNERSHIP);
}

#[test]
fn another_sources_replica_taken_for_the_one_that_answers() {
    // The floor comes down, and all that is left is another database.
    let mut world = World::new().serving("a", 64).floor_at(64);
    let lowers = |world: &World| world.batch(vec![world.swap(FLOOR, 0)]);
    world.accepts(&lowers(&world));
    world.replica("a").source = Some(InstanceId::new("orders-old"));
    world.refuses_for(&lowers(&world), &[invariant::LAST_SERVING, invariant::FLOOR]);
    // The last of ours is deleted.
    let mut world = drained();
    world.accepts(&world.deleting("a", Ending::Drained));
    world.replica("b").source = Some(InstanceId::new("orders-old"));
    world.refuses(&world.deleting("a", Ending::Drained), invariant::LAST_SERVING);
}

#[test]
fn record_dropped_before_its_drain() {
    fn broken_planner(world: &World) -> Plan {
        world.batch(vec![world.drop(id("a").as_str())])
    }
    let sound = || World::new().serving("a", 0).serving("b", 64).removing("a", 60);
    sound().accepts(&broken_planner(&sound()));
    let world = World::new().serving("a", 64).serving("b", 64).removing("a", 60);
    world.refuses(&broken_planner(&world), invariant::DRAIN);
    let mut world = sound();
    world.history.rds_replicas.intents.clear();
    world.refuses(&broken_planner(&world), invariant::DRAIN);
    let mut world = sound();
    world.replica("a").signals.connections = points(world.now, &[0.0, 2.0, 0.0, 0.0]);
    world.refuses(&broken_planner(&world), invariant::DRAIN);
    let mut world = sound();
    world.unsynced("a");
    world.refuses(&broken_planner(&world), invariant::DRAIN);
    let mut world = sound();
    world.remember("a", Some(0), 0);
    world.refuses(&broken_planner(&world), invariant::DRAIN);
    // Long enough at 0, but the points are older than that.
    let mut world = sound();
    world.remember("a", Some(0), 1);
    world.refuses(&broken_planner(&world), invariant::DRAIN);
}

#[test]
fn last_serving_removed() {
    fn broken_planner(world: &World) -> Plan {
        world.batch(vec![world.swap(id("a").as_str(), 0)])
    }
    let mut world = World::new().serving("a", 64).serving("b", 64).removing("a", 1);
    world.rds().floor = false;
    world.accepts(&broken_planner(&world));
    world.replica("b").status = status("rebooting");
    world.refuses_for(&broken_planner(&world), &[invariant::LAST_SERVING, invariant::DRAIN]);
}

#[test]
fn weight_before_lag_gate() {
    fn broken_planner(world: &World) -> Plan {
        world.batch(vec![world.join("a", 4)])
    }
    let world = World::new().with_replica("a").serving("b", 64);
    world.accepts(&broken_planner(&world));
    for lags in [
        &[0.0, 0.0, 0.0, -1.0][..],
        &[-1.0, 0.0],
        &[0.0],
        &[],
        // Catching up, but neither within the bound nor on the way to it by the next point.
        &[150.0, 91.0],
        &[92.0, 32.0, 32.0],
        &[61.0, 31.0],
        &[211.0, 151.0],
        // Within the bound, and not by the minute after the next.
        &[0.0, 11.0],
    ] {
        let mut world = world.clone();
        world.replica("a").signals.lag = points(world.now, lags);
        world.refuses(&broken_planner(&world), invariant::FITNESS);
    }
    // Of PostgreSQL the least of six minutes counts, and one point tells nothing of it all the same.
    for (lags, is_fit) in [(&[0.0][..], false), (&[0.0, 0.0], true), (&[0.0, 0.0, 0.0], true)] {
        let mut world = world.clone();
        world.rds().engine = Engine::Postgres;
        world.replica("a").signals.lag = points(world.now, lags);
        if is_fit {
            world.accepts(&broken_planner(&world));
        } else {
            world.refuses(&broken_planner(&world), invariant::FITNESS);
        }
    }
}

#[test]
fn record_after_delete() {
    fn broken_planner(world: &World) -> Plan {
        world.deleting("a", Ending::Drained)
    }
    let mut world = World::new().serving("a", 0).serving("b", 64).removing("a", 60);
    world.remember("a", None, 5);
    world.refuses(&broken_planner(&world), invariant::RECORD_FIRST);
    // Under another identifier, and elsewhere in the zone.
    let mut renamed = world.clone();
    renamed.seen.records.weighted[1].set_id = crate::names::SetId::new("theirs");
    renamed.refuses(&broken_planner(&renamed), invariant::RECORD_FIRST);
    let mut elsewhere = drained();
    elsewhere.seen.records.other_uses = OtherUses::Known(vec![crate::observation::EndpointUse {
        name: crate::names::DnsName::new("reports.example.com"),
        endpoint: super::fixture::endpoint(id("a").as_str()),
    }]);
    elsewhere.refuses(&broken_planner(&elsewhere), invariant::RECORD_FIRST);
}

#[test]
fn zone_not_read_taken_for_one_that_names_nobody() {
    fn broken_planner(world: &World) -> Plan {
        match world.seen.records.record(id("a").as_str()) {
            Some(found) if found.weight.is_positive() => world.batch(vec![world.swap(id("a").as_str(), 0)]),
            Some(_) => world.batch(vec![world.drop(id("a").as_str())]),
            None => world.deleting("a", Ending::Drained),
        }
    }
    let draining = World::new().serving("a", 64).serving("b", 64).removing("a", 1);
    let leaving = World::new().serving("a", 0).serving("b", 64).removing("a", 60);
    for sound in [draining, leaving, drained()] {
        let mut unread = sound.clone();
        unread.seen.records.other_uses =
            OtherUses::Unknown("ListResourceRecordSets: Rate exceeded".to_owned());
        sound.accepts(&broken_planner(&sound));
        unread.refuses(&broken_planner(&unread), invariant::RECORD_FIRST);
    }
    // What takes nothing away needs no reading of the whole zone: the removal is taken back.
    let mut back = World::new().serving("a", 0).serving("b", 64).removing("a", 10);
    back.seen.records.other_uses = OtherUses::default();
    let mut plan = back.batch(vec![back.swap(id("a").as_str(), 64)]);
    plan.history.rds_replicas.intents.clear();
    plan.write_ahead = true;
    back.accepts(&plan);
}

#[test]
fn source_targeted() {
    fn broken_planner(world: &World) -> Plan {
        let mut plan = world.deleting("a", Ending::Drained);
        if let Action::RdsReplicas(RdsReplicasAction::DeleteReplica(delete)) = &mut plan.actions[0] {
            delete.id = InstanceId::new(SOURCE);
        }
        plan
    }
    let found = drained().judge(&broken_planner(&drained())).unwrap_err();
    assert!(found.iter().any(|found| found.invariant == invariant::SOURCE), "{found:#?}");
    // Even where RDS is said to list the source among its own replicas, with all our tags.
    let mut world = drained();
    world.replica("a").id = InstanceId::new(SOURCE);
    let found = world.judge(&broken_planner(&world)).unwrap_err();
    assert!(found.iter().any(|found| found.invariant == invariant::SOURCE), "{found:#?}");
}

#[test]
fn floor_pointed_away_from_the_source() {
    fn broken_planner(world: &World) -> Plan {
        let mut plan = world.batch(vec![world.swap(FLOOR, 1)]);
        if let Action::RdsReplicas(RdsReplicasAction::ChangeRecords(batch)) = &mut plan.actions[0]
            && let crate::plan::RecordChange::Create(record) = &mut batch.changes[1]
        {
            record.value = super::fixture::endpoint("billing");
        }
        plan
    }
    let world = World::new().serving("a", 64);
    world.refuses_for(&broken_planner(&world), &[invariant::SOURCE, invariant::FLOOR]);
}

#[test]
fn two_transitions() {
    fn broken_planner(world: &World) -> Plan {
        let mut plan = world.creating(&["c"]);
        plan.history.rds_replicas.intents.last_mut().unwrap().decision = crate::names::DecisionId::new("d10");
        if let Action::RdsReplicas(RdsReplicasAction::CreateReplica(create)) = &mut plan.actions[0] {
            create.tags = super::fixture::tags("d10");
        }
        plan
    }
    let idle = World::new().serving("a", 64).serving("b", 64);
    idle.accepts(&broken_planner(&idle));
    // Beside a removal, or another addition, each of which counts.
    let counted = |world: &World, from| {
        let mut plan = broken_planner(world);
        plan.history.rds_replicas.intents.last_mut().unwrap().from = Count(from);
        plan
    };
    let world = idle.clone().removing("a", 5);
    world.accepts(&counted(&world, 1));
    world.refuses(&counted(&world, 2), invariant::DEAD_CAPACITY);
    let mut world = idle.clone();
    world.history.rds_replicas.intents = vec![world.addition(&["x"], 5)];
    world.accepts(&counted(&world, 3));
    world.refuses(&counted(&world, 2), invariant::DEAD_CAPACITY);
    // Two that begin together, and one that is begun for what is under way.
    let mut plan = broken_planner(&idle);
    plan.history.rds_replicas.intents.push(idle.addition(&["x"], 0));
    idle.refuses(&plan, invariant::ONE_TRANSITION);
    let mut plan = world.plan(vec![]);
    plan.begin(world.addition(&["x"], 0));
    plan.history.rds_replicas.intents.last_mut().unwrap().decision = crate::names::DecisionId::new("d10");
    plan.history.rds_replicas.intents.last_mut().unwrap().from = Count(3);
    world.refuses(&plan, invariant::ONE_TRANSITION);
}

#[test]
fn two_mutations() {
    fn broken_planner(world: &World) -> Plan {
        let mut plan = world.creating(&["c"]);
        plan.actions.extend(world.batch(vec![world.swap(id("a").as_str(), 16)]).actions);
        plan
    }
    let world = World::new().serving("a", 4);
    let found = world.judge(&broken_planner(&world)).unwrap_err();
    assert!(found.iter().any(|found| found.invariant == invariant::ONE_TRANSITION), "{found:#?}");
}

#[test]
fn above_max() {
    fn broken_planner(world: &World) -> Plan {
        world.creating(&["b", "c"])
    }
    let mut world = World::new().serving("a", 64);
    world.target.scaling.max = Count(3);
    world.accepts(&broken_planner(&world));
    world.target.scaling.max = Count(2);
    world.refuses(&broken_planner(&world), invariant::COUNT_ALL);
    // The engine's limit binds where the policy's maximum does not.
    let mut world = World::new().serving("a", 64).serving("x", 64);
    world.rds().engine = crate::policy::Engine::Db2;
    world.seen.source.as_mut().unwrap().engine = crate::policy::Engine::Db2;
    world.refuses(&broken_planner(&world), invariant::COUNT_ALL);
}

#[test]
fn below_min() {
    fn broken_planner(world: &World) -> Plan {
        let mut plan = world.batch(vec![world.swap(id("a").as_str(), 0)]);
        plan.begin(world.removal("a", 0));
        plan.write_ahead = true;
        plan
    }
    let mut world = World::new().serving("a", 64).serving("b", 64);
    world.target.scaling.min = Count(1);
    world.accepts(&broken_planner(&world));
    world.target.scaling.min = Count(2);
    world.refuses(&broken_planner(&world), invariant::MINIMUM);
    // At R2 too, when the other one stopped in the meantime.
    let mut world = World::new().serving("a", 64).serving("b", 64).floor_at(1).removing("a", 1);
    world.target.scaling.min = Count(1);
    world.replica("b").status = status("stopped");
    world.refuses_for(&world.batch(vec![world.swap(id("a").as_str(), 0)]), &[invariant::MINIMUM]);
}

#[test]
fn unfinished_ignored() {
    fn broken_planner(world: &World) -> Plan {
        world.creating(&["c"])
    }
    let mut world = World::new().serving("a", 64);
    world.target.scaling.max = Count(2);
    world.accepts(&broken_planner(&world));
    for unfinished in ["creating", "deleting", "failed"] {
        let mut world = world.clone().with_replica("b");
        world.replica("b").status = status(unfinished);
        world.refuses(&broken_planner(&world), invariant::COUNT_ALL);
    }
    let world = world.foreign("reporting");
    world.refuses(&broken_planner(&world), invariant::COUNT_ALL);
}

#[test]
fn name_reused() {
    fn broken_planner(world: &World) -> Plan {
        world.creating(&["a"])
    }
    World::new().accepts(&broken_planner(&World::new()));
    let mut world = World::new().with_replica("a");
    world.refuses(&broken_planner(&world), invariant::UNIQUE_NAMES);
    world.replica("a").tags.clear();
    world.refuses(&broken_planner(&world), invariant::UNIQUE_NAMES);
    // One of ours that is on its way is not another, but asking again is for nothing.
    let mut world = World::new().with_replica("a");
    world.replica("a").status = status("creating");
    world.history.rds_replicas.intents = vec![world.addition(&["a"], 1)];
    let mut plan = broken_planner(&world);
    plan.history.rds_replicas.intents.pop();
    plan.history.decisions = 0;
    world.refuses(&plan, invariant::FIXED_POINT);
    // Twice in one batch.
    let world = World::new();
    let mut plan = world.creating(&["a", "b"]);
    plan.actions[1] = create("a");
    world.refuses(&plan, invariant::UNIQUE_NAMES);
}

#[test]
fn name_that_rds_refuses() {
    fn broken_planner(world: &World, name: &str) -> Plan {
        world.creating(&[name])
    }
    let world = World::new();
    for name in ["Capital", "a--b", "end-", "", "under_score", &"x".repeat(64 - PREFIX.len())] {
        world.refuses(&broken_planner(&world, name), invariant::UNIQUE_NAMES);
    }
    world.accepts(&broken_planner(&world, &"x".repeat(63 - PREFIX.len())));
}

#[test]
fn floor_forgotten() {
    fn broken_planner(world: &World) -> Plan {
        world.batch(vec![world.swap(id("a").as_str(), 0)])
    }
    let mut world = World::new().serving("a", 64).removing("a", 1);
    world
        .refuses_for(&broken_planner(&world), &[invariant::LAST_SERVING, invariant::DRAIN, invariant::FLOOR]);
    let raised = world.batch(vec![world.swap(id("a").as_str(), 0), world.swap(FLOOR, 1)]);
    world.accepts(&raised);
    // Somebody's record of the primary keeps the name alive, but it is not the floor.
    world.seen.records.weighted.push(super::fixture::record("theirs", 1, super::fixture::endpoint(SOURCE)));
    world.refuses_for(&broken_planner(&world), &[invariant::DRAIN, invariant::FLOOR]);
}

#[test]
fn floor_lowered_too_early() {
    fn broken_planner(world: &World) -> Plan {
        world.batch(vec![world.swap(FLOOR, 0)])
    }
    let world = World::new().floor_at(1).serving("a", 64);
    world.accepts(&broken_planner(&world));
    let world = World::new().floor_at(1).serving("a", 0);
    world.refuses_for(&broken_planner(&world), &[invariant::LAST_SERVING, invariant::FLOOR]);
}

#[test]
fn settings_of_the_source_left_out() {
    fn broken_planner(world: &World, mistake: fn(&mut Settings)) -> Plan {
        let mut plan = world.creating(&["a"]);
        let create = first_creation(&mut plan);
        *create.settings = settings();
        mistake(&mut create.settings);
        plan
    }
    let mut world = World::new();
    world.seen.source.as_mut().unwrap().settings = settings();
    world.accepts(&broken_planner(&world, |_| {}));
    let mistakes: [fn(&mut Settings); 13] = [
        |made| *made = Settings::default(),
        |made| made.iam_authentication = false,
        |made| made.ca_certificate = None,
        |made| made.publicly_accessible = Some(false),
        |made| made.copy_tags_to_snapshot = false,
        |made| made.max_allocated_storage = Some(900),
        |made| made.storage = None,
        |made| made.dedicated_log_volume = false,
        |made| made.log_exports.truncate(1),
        |made| made.insights = None,
        |made| made.dual_stack = false,
        |made| made.customer_owned_ip = false,
        |made| made.processor_features.clear(),
    ];
    for mistake in mistakes {
        world.refuses(&broken_planner(&world, mistake), invariant::MADE_AS_SOURCE);
    }
    // What RDS refuses for a class is not asked for.
    for (class, right) in [
        (
            "db.t3.micro",
            (|made| (made.insights, made.processor_features) = (None, Vec::new())) as fn(&mut Settings),
        ),
        ("db.t3.large", |made| made.processor_features.clear()),
    ] {
        let mut world = world.clone();
        world.rds().class = Some(InstanceClass::new(class));
        let of_class = |mistake| {
            let mut plan = broken_planner(&world, mistake);
            first_creation(&mut plan).class = InstanceClass::new(class);
            if let Some(Transition::Add(additions)) =
                plan.history.rds_replicas.intents.first_mut().map(|intent| &mut intent.transition)
            {
                additions[0].class = InstanceClass::new(class);
            }
            plan
        };
        world.accepts(&of_class(right));
        world.refuses(&of_class(|_| {}), invariant::MADE_AS_SOURCE);
    }
}

fn settings() -> Settings {
    Settings {
        iam_authentication: true,
        ca_certificate: Some("rds-ca-ecc384-g1".to_owned()),
        publicly_accessible: Some(true),
        copy_tags_to_snapshot: true,
        max_allocated_storage: Some(1_000),
        storage: Some(Storage { kind: "gp3".to_owned(), iops: Some(12_000), throughput: Some(500) }),
        dedicated_log_volume: true,
        log_exports: vec!["error".to_owned(), "general".to_owned()],
        insights: Some(Insights { kms_key: None, retention_days: Some(7), advanced: false }),
        dual_stack: true,
        customer_owned_ip: true,
        processor_features: vec![("threadsPerCore".to_owned(), "1".to_owned())],
    }
}

#[test]
fn clients_led_to_another_login() {
    for (found, weight) in [(None, 4), (Some(0), 4)] {
        let broken_planner = |world: &World| match found {
            None => world.batch(vec![world.join("a", weight)]),
            Some(_) => world.batch(vec![world.swap(id("a").as_str(), weight)]),
        };
        let world = World::new().serving("b", 64);
        let mut world = match found {
            None => world.with_replica("a"),
            Some(found) => world.serving("a", found),
        };
        world.accepts(&broken_planner(&world));
        world.replica("a").iam_authentication = true;
        world.refuses(&broken_planner(&world), invariant::MADE_AS_SOURCE);
        world.seen.source.as_mut().unwrap().settings.iam_authentication = true;
        world.accepts(&broken_planner(&world));
    }
    // One that answers already keeps its way up.
    let mut world = World::new().serving("a", 4).serving("b", 64);
    world.seen.source.as_mut().unwrap().settings.iam_authentication = true;
    world.accepts(&world.batch(vec![world.swap(id("a").as_str(), 16)]));
}

#[test]
fn tags_that_nobody_asked_for() {
    fn broken_planner(world: &World, tag: Option<(&str, &str)>) -> Plan {
        let mut plan = world.creating(&["a"]);
        let tags = &mut first_creation(&mut plan).tags;
        tags.extend(tag.map(|(key, value)| (key.to_owned(), value.to_owned())));
        plan
    }
    let mut world = World::new();
    world.accepts(&broken_planner(&world, None));
    world.refuses(&broken_planner(&world, Some(("team", "data"))), invariant::TAGS);
    world.rds().tags.insert("team".to_owned(), "data".to_owned());
    world.accepts(&broken_planner(&world, Some(("team", "data"))));
    world.refuses(&broken_planner(&world, Some(("team", "other"))), invariant::TAGS);
    world.refuses(&broken_planner(&world, None), invariant::TAGS);
}

#[test]
fn blue_green_deployment_ignored() {
    let bound = |status: &str| {
        Ok(vec![BlueGreen { name: "upgrade".to_owned(), status: status.to_owned(), members: Vec::new() }])
    };
    let mut world = drained();
    world.seen.blue_green = bound("SWITCHOVER_COMPLETED");
    world.accepts(&world.deleting("a", Ending::Drained));
    let mut idle = World::new();
    for status in ["PROVISIONING", "AVAILABLE", "SWITCHOVER_FAILED", "SOMETHING_NEW"] {
        world.seen.blue_green = bound(status);
        world.refuses(&world.deleting("a", Ending::Drained), invariant::BLUE_GREEN);
        idle.seen.blue_green = bound(status);
        idle.refuses(&idle.creating(&["a"]), invariant::BLUE_GREEN);
    }
    // Nobody knows.
    world.seen.blue_green = Err("denied".to_owned());
    world.refuses(&world.deleting("a", Ending::Drained), invariant::BLUE_GREEN);
    idle.seen.blue_green = Err("denied".to_owned());
    idle.refuses(&idle.creating(&["a"]), invariant::BLUE_GREEN);
    // Clients are forced by the deadline, and this is not.
    world.rds().drain.deadline = SignedDuration::ZERO;
    world.rds().drain.on_deadline = OnDeadline::Force;
    world.refuses(&world.deleting("a", Ending::Drained), invariant::BLUE_GREEN);
    // Records are nobody's but the reader name's.
    let mut world = World::new().with_replica("a").serving("b", 64);
    world.seen.blue_green = bound("AVAILABLE");
    world.accepts(&world.batch(vec![world.join("a", 4)]));
}

/// Nobody would be told of deployments that cannot be read.
#[test]
fn deployments_that_cannot_be_read_forgotten() {
    let mut world = World::new();
    let (old, now) = (world.ago(59), world.now);
    world.history.rds_replicas.deployments_unread_since = Some(old);
    let remember = |world: &World, since| {
        let mut plan = world.plan(vec![]);
        plan.history.rds_replicas.deployments_unread_since = since;
        plan
    };
    world.accepts(&remember(&world, None));
    world.seen.blue_green = Err("denied".to_owned());
    world.accepts(&remember(&world, Some(old)));
    for other in [None, Some(now), Some(world.ago(60))] {
        world.refuses(&remember(&world, other), invariant::BLUE_GREEN);
    }
    world.history.rds_replicas.deployments_unread_since = None;
    world.accepts(&remember(&world, Some(now)));
    world.refuses(&remember(&world, None), invariant::BLUE_GREEN);
    world.refuses(&remember(&world, Some(old)), invariant::BLUE_GREEN);
}

/// While nobody knows of deployments, only what the minimum lacks is made: in a new decision, and in one that is asked for again.
#[test]
fn created_above_the_minimum_though_a_deployment_may_be_under_way() {
    let unknown = |least: u32| {
        let mut world = World::new().serving("a", 64);
        world.target.scaling.min = Count(least);
        world.seen.blue_green = Err("denied".to_owned());
        world
    };
    unknown(1).refuses(&unknown(1).creating(&["b"]), invariant::BLUE_GREEN);
    unknown(2).accepts(&unknown(2).creating(&["b"]));
    unknown(2).refuses(&unknown(2).creating(&["b", "c"]), invariant::BLUE_GREEN);
    unknown(3).accepts(&unknown(3).creating(&["b", "c"]));
    // An intent is no replica.
    let again = |least: u32, names: &[&str]| {
        let world = unknown(least).adding(&["b", "c"], |_| {});
        let mut plan = world.plan(names.iter().map(|name| create(name)).collect());
        let before = vec![world.ago(30); 2];
        let mut charged = world.clone();
        charged.history.rds_replicas.creations = before.clone();
        // Each that is asked for again counts from now on.
        let kept = before.into_iter().skip(names.len());
        plan.history.rds_replicas.creations = kept.chain(names.iter().map(|_| world.now)).collect();
        plan.write_ahead = true;
        (charged, plan)
    };
    for (least, names, right) in
        [(1, &["b"][..], false), (2, &["b"], true), (2, &["b", "c"], false), (3, &["b", "c"], true)]
    {
        let (world, plan) = again(least, names);
        if right { world.accepts(&plan) } else { world.refuses(&plan, invariant::BLUE_GREEN) }
    }
    // Nor is one that RDS is making for a minimum of two: it is there. One that has been silent for an hour is not.
    let mut making = unknown(2).with_replica("b");
    making.replica("b").status = status("creating");
    making.refuses(&making.creating(&["c"]), invariant::BLUE_GREEN);
    making.silent("b", 60);
    let mut plan = making.creating(&["c"]);
    let intent = plan.history.rds_replicas.intents.first_mut().unwrap();
    intent.from = intent.from.minus(Count(1));
    making.accepts(&plan);
}

#[test]
fn a_deletion_of_others_hidden_before_it_is_written_down() {
    let world = World::new().floor_at(1).with_replica("a");
    let mut plan = world.batch(vec![world.join("a", 4)]);
    plan.write_ahead = false;
    world.accepts(&plan);
    plan.history.rds_replicas.records_deleted = vec![world.now];
    world.refuses(&plan, invariant::WRITE_AHEAD);
    plan.write_ahead = true;
    world.accepts(&plan);
}

#[test]
fn deletions_of_others_forgotten() {
    let mut world = World::new();
    let (old, young) = (world.ago(60), world.ago(59));
    world.history.rds_replicas.records_deleted = vec![old, young];
    let remember = |deleted: &[jiff::Timestamp]| {
        let mut plan = world.plan(vec![]);
        plan.history.rds_replicas.records_deleted = deleted.to_vec();
        plan
    };
    world.accepts(&remember(&[old, young]));
    world.accepts(&remember(&[young]));
    world.accepts(&remember(&[young, world.now]));
    world.refuses(&remember(&[old]), invariant::DELETED_RECORDS);
    world.refuses(&remember(&[old, young, world.now, world.now]), invariant::DELETED_RECORDS);
}

#[test]
fn tags_forgotten() {
    fn broken_planner(world: &World, tag: &str) -> Plan {
        let mut plan = world.creating(&["a"]);
        first_creation(&mut plan).tags.remove(tag);
        plan
    }
    for tag in ["tidegate:owner", "tidegate:stage", "tidegate:target", "tidegate:decision"] {
        World::new().refuses(&broken_planner(&World::new(), tag), invariant::TAGS);
    }
}

#[test]
fn served_and_deleted_for_its_state() {
    fn broken_planner(world: &World) -> Plan {
        world.deleting("a", crate::plan::Ending::Abandoned)
    }
    let mut world = World::new().with_replica("a").serving("b", 64).adding(&["a", "c"], |_| {});
    world.replica("a").status = status("incompatible-parameters");
    world.accepts(&broken_planner(&world));
    // It took part in the answers, and its record was swept since.
    world.remember("a", None, 5);
    world.refuses(&broken_planner(&world), invariant::ABANDON);
}

#[test]
fn a_reboot_taken_for_dead_capacity() {
    fn broken_planner(world: &World) -> Plan {
        let mut plan = world.creating(&["c"]);
        let intent = plan.history.rds_replicas.intents.first_mut().unwrap();
        (intent.from, intent.to) = (Count(1), Count(2));
        plan
    }
    let mut world = World::new().serving("a", 64).serving("b", 0);
    world.replica("b").status = status("rebooting");
    world.refuses(&broken_planner(&world), invariant::DEAD_CAPACITY);
    world.silent("b", 8);
    world.refuses(&broken_planner(&world), invariant::DEAD_CAPACITY);
    world.silent("b", 60);
    world.accepts(&broken_planner(&world));
}

#[test]
fn a_hold_overruled() {
    fn broken_planner(world: &World) -> Plan {
        world.batch(vec![world.swap(id("a").as_str(), 1)])
    }
    let mut world = World::new().serving("a", 0).serving("b", 64);
    world.accepts(&broken_planner(&world));
    world.replica("a").tags.insert("tidegate:hold".to_owned(), "a person".to_owned());
    world.refuses(&broken_planner(&world), invariant::HELD);
}
