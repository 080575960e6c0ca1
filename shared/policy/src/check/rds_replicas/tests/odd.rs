//! Whatever it is given, the checker answers: a judge that panics lets nothing through and says nothing why.

use jiff::{SignedDuration, Timestamp};

use super::fixture::{Begin, FLOOR, World, create, endpoint, points, record, status};
use crate::names::{InstanceClass, InstanceId};
use crate::observation::{ChangeStatus, Reading};
use crate::plan::{Action, Ending, Plan};
use crate::policy::{Engine, OnDeadline};
use crate::units::{Count, TtlSeconds};

/// Every kind of action there is, alone and all at once, with and without an intent that begins.
fn plans(world: &World) -> Vec<Plan> {
    let mut plans = vec![world.plan(vec![]), world.creating(&["c", "", "c"]), world.batch(vec![])];
    for set_id in world.seen.records.weighted.iter().map(|record| record.set_id.as_str()) {
        plans.push(world.batch(vec![world.drop(set_id)]));
        plans.extend([0, 1, 64, 255].map(|weight| world.batch(vec![world.swap(set_id, weight)])));
    }
    plans.push(world.batch(vec![world.join("a", 255), world.join("", 0), world.join("nobody", 4)]));
    plans.extend([Ending::Drained, Ending::Abandoned].map(|ending| world.deleting("a", ending)));
    let all: Vec<Action> = plans.iter().flat_map(|plan| plan.actions.clone()).collect();
    plans.push(world.plan([all, vec![create("c")]].concat()));
    for plan in plans.clone() {
        for intent in [Some(world.removal("a", 0)), Some(world.addition(&["a", "c", ""], 0)), None] {
            let mut plan = plan.clone();
            if let Some(intent) = intent {
                plan.begin(intent);
            } else {
                plan.history = crate::history::History::default();
            }
            plans.push(plan);
        }
    }
    plans
}

fn worlds() -> Vec<World> {
    let base = || World::new().serving("a", 0).serving("b", 255).removing("a", 60);
    let spoil: [fn(&mut World); 12] = [
        |_| {},
        |world| world.now = Timestamp::MAX,
        |world| world.now = Timestamp::MIN,
        |world| {
            world.rds().reader.ttl = TtlSeconds(u32::MAX);
            world.seen.records.weighted[1].ttl = TtlSeconds(u32::MAX);
        },
        |world| {
            let odd = [SignedDuration::MAX, SignedDuration::MIN];
            let rds = world.rds();
            [rds.lag_bound, rds.drain.deadline] = odd;
            rds.drain.quiet_points = u32::MAX;
            rds.drain.idle_connections = u32::MAX;
            rds.drain.on_deadline = OnDeadline::Force;
            rds.creations_per_day = Count(u32::MAX);
        },
        |world| {
            world.history.decisions = u64::MAX;
            world.history.rds_replicas.creations = vec![Timestamp::MIN, Timestamp::MAX];
            for (known, since) in
                world.history.rds_replicas.weights.values_mut().zip([Timestamp::MIN, Timestamp::MAX])
            {
                (known.since, known.insync_at) = (since, None);
            }
            world.told("C1", ChangeStatus::InSync);
        },
        |world| {
            world.rds().prefix = String::new();
            world.rds().owner = String::new();
            world.replica("b").class = InstanceClass::new("");
            world.replica("b").id = InstanceId::new("");
            world.seen.records.weighted.push(record("", 255, endpoint("")));
        },
        |world| {
            let again = world.seen.replicas.clone();
            world.seen.replicas.extend(again);
            let again = world.seen.records.weighted.clone();
            world.seen.records.weighted.extend(again);
        },
        |world| world.seen.source = None,
        |world| {
            world.seen.replicas.clear();
            world.target.scaling.max = Count(u32::MAX);
            world.target.scaling.min = Count(u32::MAX);
        },
        |world| {
            world.rds().engine = Engine::Postgres;
            for lags in [&[f64::MAX, f64::MIN, -0.0][..], &[f64::NAN, f64::INFINITY], &[]] {
                world.replica("a").signals.lag = points(world.now, lags);
            }
            world.replica("b").signals.lag = points(world.now, &[f64::MIN]);
            world.replica("b").signals.connections = Reading::Missing;
        },
        |world| {
            world.replica("a").status = status("");
            world.replica("b").class = InstanceClass::new("db.x1.99999999999999999999xlarge");
            world.seen.records.weighted.retain(|record| record.set_id.as_str() != FLOOR);
        },
    ];
    spoil
        .into_iter()
        .map(|spoil| {
            let mut world = base();
            spoil(&mut world);
            world
        })
        .collect()
}

#[test]
fn odd_input_is_judged_like_any_other() {
    for world in worlds() {
        for plan in plans(&world) {
            for other in [&world, &World::new()] {
                // Told to a person, it is put into words too.
                for found in other.judge(&plan).err().unwrap_or_default() {
                    assert!(!found.to_string().is_empty());
                }
            }
        }
    }
}
