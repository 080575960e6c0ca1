//! Rules on connections. Goal: replicas come for clients that read and for no others, shards never, and none goes whose clients find no room.

use proptest::prelude::*;
use tidegate_policy::evaluate::node_metrics_needed;
use tidegate_policy::observation::{Reading, Role};
use tidegate_policy::plan::{Action, RedisNodesAction};
use tidegate_policy::policy::{ClusterMode, Comparison, NodeMetric, Signal};
use tidegate_policy::units::Count;

use super::fixture::{IDLE, World, rule};
use super::properties::world as any_world;

/// So many nodes in one shard with so many clients each, the primary first; more than 1000 are too many for one of them.
fn world(connections: &[f64]) -> World {
    let mut world = World::disabled(connections.len());
    world.target.scaling.scale_out.push(rule(Signal::NodeConnections, Comparison::Above, 1_000.0, 5));
    for (nth, value) in connections.iter().enumerate() {
        world.connections_of.insert(format!("sessions-{:03}", nth + 1), *value);
    }
    world.measure();
    world
}

#[test]
fn many_readers_get_another_replica() {
    let world = world(&[40.0, 900.0, 1_200.0]);
    assert_eq!(world.says(), "3 -> 4 scale_out_threshold: more replicas of sessions: shard 0001 2 -> 3");
    let detail = world.plan().decision.explanation.detail;
    assert!(
        detail.contains("connections of sessions-003 is 1200 on average and above 1000 in 5 of the last 5"),
        "{detail}"
    );
    assert_eq!(self::world(&[40.0, 900.0, 950.0]).says(), "3 -> 3 within_thresholds: nothing");
}

#[test]
fn clients_of_the_primary_are_nobodys_to_take() {
    let world = world(&[1_200.0, 100.0, 100.0]);
    assert_eq!(world.says(), "3 -> 3 connections_of_primary: nothing");
    assert_eq!(world.alerts(), ["connections_of_primary"]);
    let detail = &world.plan().alerts[0].explanation.detail;
    assert!(
        detail.contains("sessions-001 is 1200") && detail.contains("replicas take none of them"),
        "{detail}"
    );
    // A role that nobody knows is no reason to add either.
    let mut stranger = self::world(&[100.0, 100.0, 1_200.0]);
    stranger.node("sessions-003").role = Role::Unknown;
    stranger.measure();
    assert_eq!(stranger.says(), "3 -> 3 roles_unknown: nothing");
}

#[test]
fn at_the_limit_of_replicas_no_shard_comes_and_a_person_is_notified() {
    let mut world = world(&[40.0, 1_200.0, 1_200.0]);
    world.redis().replicas.max = Count(2);
    assert_eq!(world.says(), "3 -> 3 replica_limit: nothing");
    assert_eq!(world.alerts(), ["replica_limit"]);
}

/// The document keeps such a rule out of scale_out with cluster mode enabled. On the way in it is heard.
#[test]
fn with_cluster_mode_enabled_connections_hold_a_removal() {
    let world = |connections: f64| {
        let mut world = World::enabled(2, 2).under(IDLE);
        world.target.scaling.scale_in.push(rule(Signal::NodeConnections, Comparison::Below, 500.0, 5));
        let nodes: Vec<String> = world.seen.signals.keys().map(ToString::to_string).collect();
        world.connections_of = nodes.into_iter().map(|node| (node, connections)).collect();
        world.measure();
        world
    };
    assert_eq!(world(600.0).says(), "6 -> 6 within_thresholds: nothing");
    assert_eq!(
        world(400.0).says(),
        "6 -> 4 scale_in_thresholds: fewer replicas of sessions: shard 0001 2 -> 1 shard 0002 2 -> 1"
    );
}

#[test]
fn no_replica_goes_whose_clients_find_no_room() {
    let quiet = |connections: &[f64]| {
        let mut world = world(connections).under(IDLE);
        world.target.scaling.scale_in.push(rule(Signal::NodeConnections, Comparison::Below, 800.0, 5));
        world.measure();
        world
    };
    // Two with 440 each are one with 880, and 900 are a tenth below 1000.
    assert!(quiet(&[40.0, 440.0, 440.0]).says().starts_with("3 -> 2 scale_in_thresholds: "));
    let held = quiet(&[40.0, 460.0, 460.0]);
    assert_eq!(held.says(), "3 -> 3 projected_load_too_high: nothing");
    let detail = held.plan().decision.explanation.detail;
    assert!(detail.contains("would be 920, and 900 is the most that leaves 10% below 1000"), "{detail}");
    // Without a point nobody can tell.
    let missing = {
        let mut world = quiet(&[40.0, 440.0, 440.0]);
        for signals in world.seen.signals.values_mut() {
            signals.insert(NodeMetric::Connections, Reading::Missing);
        }
        world
    };
    assert_eq!(missing.says(), "3 -> 3 signal_missing: nothing");
}

#[test]
fn connections_are_bought_of_every_node_and_only_where_a_rule_compares_them() {
    let bought = |world: &World| {
        let needed = node_metrics_needed(&world.target, world.seen.look.group().unwrap());
        needed.values().filter(|metrics| metrics.contains(&NodeMetric::Connections)).count()
    };
    let mut plain = World::disabled(2);
    assert_eq!(bought(&plain), 0);
    plain.target.scaling.alert = vec![rule(Signal::NodeConnections, Comparison::Above, 5_000.0, 5)];
    assert_eq!(bought(&plain), 2);
    assert_eq!(bought(&world(&[40.0; 4])), 4);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// `plan` holds every plan to the checker.
    #[test]
    fn every_plan_by_connections_passes_the_checker_and_no_shard_comes_for_them(
        mut world in any_world(),
        alone in any::<bool>(),
        removes in any::<bool>(),
        connections in prop::collection::vec(prop::option::weighted(0.93, 0.0..1_600.0_f64), 30),
    ) {
        let disabled = world.seen.look.group().unwrap().cluster_mode == ClusterMode::Disabled;
        let scaling = &mut world.target.scaling;
        if alone {
            scaling.scale_out.clear();
        }
        if disabled {
            scaling.scale_out.push(rule(Signal::NodeConnections, Comparison::Above, 1_000.0, 5));
        }
        if removes {
            scaling.scale_in.push(rule(Signal::NodeConnections, Comparison::Below, 700.0, 5));
        }
        let ids: Vec<_> = world.seen.look.group().unwrap().nodes().map(|node| node.id.clone()).collect();
        let known = ids.iter().zip(&connections).filter_map(|(id, value)| Some((id.to_string(), (*value)?)));
        world.connections_of = known.collect();
        world.measure();
        for id in ids.iter().zip(&connections).filter(|(_, value)| value.is_none()).map(|(id, _)| id) {
            if let Some(found) = world.seen.signals.get_mut(id).unwrap().get_mut(&NodeMetric::Connections) {
                *found = Reading::Missing;
            }
        }
        let plan = world.plan();
        let adds_shards = plan.actions.iter().any(
            |action| matches!(action, Action::RedisNodes(RedisNodesAction::SetShards(set)) if set.to > set.from),
        );
        let because = &plan.decision.explanation;
        prop_assert!(!adds_shards || !because.detail.contains("connections of "), "{}", plan);
    }
}
