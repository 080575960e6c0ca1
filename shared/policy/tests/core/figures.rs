//! The figures of a look. Goal: each number is of the members that it is said to be of, and what is not known is not told.

use tidegate_policy::history::{Starting, Transition};
use tidegate_policy::observation::{Availability, Minute, Observation, Point, Reading, Replication};
use tidegate_policy::observed::Observed;
use tidegate_policy::ownership::FLOOR_SET_ID;
use tidegate_policy::policy::Engine;
use tidegate_policy::record::{Figures, Outcome, figures};
use tidegate_policy::units::Count;

use crate::rds_replicas::fixture::{Account, minutes, rds, reading, status};
use crate::{ecs_service, redis_nodes};

fn of(account: &Account) -> Figures {
    figures(Observed::new(&account.target, &account.observation()).unwrap(), &account.plan(), account.now)
}

fn weights(figures: &Figures) -> Vec<(&str, u8)> {
    figures.weights.iter().map(|(set_id, weight)| (set_id.as_str(), weight.0)).collect()
}

#[test]
fn at_rest_nothing_drains_and_no_transition_lasts() {
    let figures = of(&Account::steady(2));
    assert_eq!((figures.current, figures.desired, figures.serving), (Count(2), Count(2), Count(2)));
    assert_eq!((figures.lag_seconds, figures.connections_percent), (Some(0.1), Some(50.0)));
    assert_eq!((figures.draining_for, figures.in_transition_for), (None, None));
    assert_eq!(weights(&figures), [(FLOOR_SET_ID, 0), ("tg-orders-1", 64), ("tg-orders-2", 64)]);
}

/// A quiet PostgreSQL source writes every five minutes, and its replicas are as far behind as that was long ago. Nobody is woken for it.
#[test]
fn the_saw_tooth_of_a_quiet_postgres_is_no_lag() {
    let mut account = Account::steady(1);
    let minute = Minute::containing(account.now).0;
    let tooth =
        |ago: i64| Point { minute: Minute(minute - ago), value: ((6 - ago).rem_euclid(5) * 60) as f64 };
    account.replica("tg-orders-1").signals.lag =
        Reading::new((2..40).map(tooth).collect(), None, account.now);
    assert_eq!(of(&account).lag_seconds, Some(240.0), "of MySQL every point counts");
    rds(&mut account.target).engine = Engine::Postgres;
    account.source().engine = Engine::Postgres;
    assert_eq!(of(&account).lag_seconds, Some(0.0));
    let late = |ago| Point { value: 300.0, ..tooth(ago) };
    account.replica("tg-orders-1").signals.lag = Reading::new((2..40).map(late).collect(), None, account.now);
    assert_eq!(of(&account).lag_seconds, Some(300.0));
    let unknown = |ago| Point { value: if ago == 2 { -1.0 } else { 0.0 }, ..tooth(ago) };
    account.replica("tg-orders-1").signals.lag =
        Reading::new((2..40).map(unknown).collect(), None, account.now);
    assert_eq!(of(&account).lag_seconds, None, "-1 is no lag at all, least of all a low one");
}

/// Nobody measures the lag of a replica that does not replicate, and it grows all the same: an alarm on the lag is to go off.
#[test]
fn broken_replication_is_as_far_behind_as_it_has_been_broken() {
    for (engine, broken_for, told) in [
        (Engine::MySql, 0, Some(0.1)),
        // One point or two may be a hiccup of the measurement.
        (Engine::MySql, 2, None),
        (Engine::MySql, 3, Some(180.0)),
        (Engine::MySql, 10, Some(600.0)),
        (Engine::Postgres, 10, Some(600.0)),
    ] {
        let mut account = Account::steady(2);
        rds(&mut account.target).engine = engine;
        account.source().engine = engine;
        let minute = Minute::containing(account.now).0;
        let point = |ago: i64| Point {
            minute: Minute(minute - ago),
            value: if ago < 2 + broken_for { -1.0 } else { 0.1 },
        };
        let now = account.now;
        account.replica("tg-orders-2").signals.lag = Reading::new((2..40).map(point).collect(), None, now);
        if told.is_none() {
            // The other one says nothing either: nobody is sent to it.
            account.replica("tg-orders-1").status = status("rebooting");
            account.replica("tg-orders-1").signals.lag = Reading::Missing;
        }
        assert_eq!(of(&account).lag_seconds, told, "{engine:?} {broken_for}");
    }
    // RDS's word is enough where no point says anything.
    let mut account = Account::steady(1);
    account.replica("tg-orders-1").replication = Replication::Broken("error".to_owned());
    assert_eq!(of(&account).lag_seconds, Some(0.1));
    account.replica("tg-orders-1").signals.lag = Reading::Missing;
    assert_eq!(of(&account).lag_seconds, Some(60.0));
    // Nobody is woken for one that restarts.
    account.replica("tg-orders-1").status = status("rebooting");
    assert_eq!(of(&account).lag_seconds, None);
}

/// An alarm on the lag must not take silence for a good answer.
#[test]
fn a_lag_that_nobody_can_tell_is_as_bad_as_it_has_been_unknown() {
    let now = Account::steady(2).now;
    let Reading::Fresh(earlier) = reading(0.1, now - minutes(12)) else { panic!("fresh then") };
    let stale = Reading::new(earlier.points().to_vec(), None, now);
    assert!(matches!(stale, Reading::Stale(_)));
    let since = earlier.newest().minute.end().unwrap();
    let mut account = Account::steady(2);
    account.replica("tg-orders-2").signals.lag = stale;
    assert_eq!(of(&account).lag_seconds, Some(now.duration_since(since).as_secs_f64()));
    account.replica("tg-orders-2").signals.lag = Reading::Missing;
    assert_eq!(of(&account).lag_seconds, Some(1_800.0), "for half an hour at least");
    // Nobody is sent to one without weight, or to one that restarts.
    account.replica("tg-orders-2").status = status("rebooting");
    assert_eq!(of(&account).lag_seconds, Some(0.1));

    // CloudWatch cannot be read at all: since the last time that it could.
    let blind = |minutes_ago: i64| {
        let mut account = Account::steady(1);
        account.replica("tg-orders-1").signals.lag = Reading::Missing;
        account.seen.signals_read = false;
        account.history.evaluated_at = Some(now - minutes(minutes_ago));
        of(&account).lag_seconds
    };
    assert_eq!(blind(4), None, "it is read again when it is due");
    assert_eq!(blind(10), None);
    assert_eq!(blind(11), Some(660.0));
}

/// A replica that fell behind answers no more, and is as far behind as before; one that has not joined yet was never relied on.
#[test]
fn the_lag_of_a_replica_that_lost_its_weight_is_told() {
    let mut account = Account::steady(1);
    let now = account.now;
    account.add_replica("tg-orders-2", Some(0)).signals.lag = reading(600.0, now);
    assert_eq!(of(&account).lag_seconds, Some(600.0));
    account.add_replica("tg-orders-3", None).signals.lag = reading(9000.0, now);
    assert_eq!(of(&account).lag_seconds, Some(600.0));
}

#[test]
fn connections_are_the_worst_of_the_primary_and_the_replicas_of_ours() {
    let mut account = Account::steady(2);
    let now = account.now;
    account.replica("tg-orders-2").signals.connections = reading(70.0, now);
    assert_eq!(of(&account).connections_percent, Some(70.0));
    account.source().signals.connections = reading(90.0, now);
    assert_eq!(of(&account).connections_percent, Some(90.0));
    // Somebody else's replica of the same source.
    let foreign = account.add_replica("reports", None);
    foreign.tags.clear();
    foreign.signals.connections = reading(99.0, now);
    assert_eq!(of(&account).connections_percent, Some(90.0));
}

#[test]
fn connections_that_are_old_or_of_an_unknown_maximum_are_not_told() {
    let mut account = Account::steady(1);
    let now = account.now;
    let Reading::Fresh(earlier) = reading(95.0, now - minutes(10)) else { panic!("fresh ten minutes ago") };
    let stale = Reading::new(earlier.points().to_vec(), None, now);
    assert!(matches!(stale, Reading::Stale(_)));
    account.source().signals.connections = stale;
    assert_eq!(of(&account).connections_percent, Some(50.0), "of the replica alone");
    account.replica("tg-orders-1").signals.connections = Reading::Missing;
    assert_eq!(of(&account).connections_percent, None);

    let mut account = Account::steady(1);
    rds(&mut account.target).max_connections = None;
    account.source().signals.max_connections = Some(200);
    account.replica("tg-orders-1").signals.max_connections = None;
    assert_eq!(of(&account).connections_percent, Some(25.0), "each in percent of its own maximum");
    account.source().signals.max_connections = Some(0);
    assert_eq!(of(&account).connections_percent, None);
}

#[test]
fn a_removal_tells_how_long_it_lasts_and_how_long_it_drains() {
    let mut account = Account::steady(3);
    account.load(5.0, 5.0);
    let _ = account.step();
    let begun = account.now - minutes(1);
    let _ = account.step();
    account.pass(70 - 2);
    let figures = of(&account);
    assert_eq!(figures.in_transition_for, Some(account.now.duration_since(begun)));
    assert_eq!(figures.in_transition_for, Some(minutes(70)));
    assert!(figures.draining_for.is_some_and(|lasts| lasts < minutes(70)), "{figures:?}");
    let Some(Transition::Remove(removal)) =
        account.history.rds_replicas.intents.first().cloned().map(|intent| intent.transition)
    else {
        panic!("{:?}", account.history.rds_replicas.intents)
    };
    assert!(weights(&figures).contains(&(removal.id.as_str(), 0)), "{figures:?}");
}

#[test]
fn an_addition_lasts_from_its_decision() {
    let mut account = Account::steady(1);
    account.load(95.0, 50.0);
    let _ = account.step();
    account.pass(20);
    let intent = account.history.rds_replicas.intents.first().unwrap();
    assert!(matches!(intent.transition, Transition::Add(_)), "{intent:?}");
    assert_eq!(of(&account).in_transition_for, Some(minutes(21)));
}

#[test]
fn tasks_that_do_not_come_are_a_transition() {
    let mut world = ecs_service::fixture::World::steady(4);
    let figures_of = |world: &ecs_service::fixture::World| {
        let seen = Observation::EcsService(world.seen.clone());
        figures(Observed::new(&world.target, &seen).unwrap(), &world.plan(), world.now)
    };
    let rest = figures_of(&world);
    assert_eq!((rest.serving, rest.in_transition_for), (Count(4), None));
    assert_eq!((rest.connections_percent, rest.weights.len()), (None, 0));
    let since = world.now - minutes(75);
    world.history.ecs_service.starting = Some(Starting { since, from: Count(2), to: Count(4) });
    let service = world.service();
    (service.running, service.pending) = (Count(3), Count(1));
    assert_eq!(figures_of(&world).in_transition_for, Some(minutes(75)));
}

#[test]
fn a_change_of_a_group_is_a_transition_until_it_is_there() {
    let busy = redis_nodes::fixture::Load { replica_cpu: Some(95.0), ..redis_nodes::fixture::STEADY };
    let mut world = redis_nodes::fixture::World::disabled(3).under(busy);
    let figures_of = |world: &redis_nodes::fixture::World| {
        let seen = Observation::RedisNodes(world.seen.clone());
        figures(Observed::new(&world.target, &seen).unwrap(), &world.plan(), world.now)
    };
    let plan = world.ask(&Outcome::Applied { change: None });
    assert_eq!(plan.actions.len(), 1, "{plan}");
    world.group().status = Availability::Other("modifying".to_owned());
    world.pass(62);
    assert_eq!(figures_of(&world).in_transition_for, Some(minutes(62)));
    // Somebody else's change, and backups, are none of ours.
    world.history.redis_nodes.changing = None;
    world.history.redis_nodes.busy_since = Some(world.now - minutes(62));
    assert_eq!(figures_of(&world).in_transition_for, None);
}
