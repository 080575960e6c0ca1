//! Whatever passes keeps what must hold in any case, told here in other words than the judges'; and whatever is given, there is an answer.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::fixture::{World, bounds, shard_id};
use crate::names::AvailabilityZone;
use crate::observation::{Availability, Failover, Role};
use crate::plan::{Action, Plan, RedisNodesAction};
use crate::policy::{ClusterMode, NodeMetric};
use crate::units::Count;

/// A group of any size, with any load; now and then with a node that is not available, or a reading that is missing.
fn world() -> impl Strategy<Value = World> {
    let size = prop_oneof![
        (0u32..=6).prop_map(|replicas| (ClusterMode::Disabled, vec![replicas])),
        prop::collection::vec(0u32..=6, 1..4).prop_map(|shards| (ClusterMode::Enabled, shards)),
    ];
    let loads = prop::collection::vec((0u32..100, 0u32..100, 0usize..3), 28);
    let switches = (any::<bool>(), any::<bool>(), any::<bool>());
    let odd = (0usize..80, 0usize..80, 0usize..80);
    (size, 1u32..8, 0u32..20, 0u32..3, loads, switches, odd).prop_map(
        |(
            (mode, replicas),
            min,
            more,
            least,
            loads,
            (failover, multi_az, wanted),
            (busy, blind, headless),
        )| {
            let mut world = World::of(mode, &replicas);
            (world.target.scaling.min, world.target.scaling.max) = (Count(min), Count(min + more));
            world.redis().replicas = bounds(least, 5);
            world.redis().failover = wanted;
            world.group().multi_az = multi_az;
            world.group().failover = if failover { Failover::Enabled } else { Failover::Disabled };
            let ids: Vec<_> = world.look().nodes().map(|node| node.id.clone()).collect();
            for (place, (id, (cpu, memory, zone))) in ids.iter().zip(&loads).enumerate() {
                let node = world.node(id.as_str());
                node.zone = Some(AvailabilityZone::new(["a", "b", "c"][*zone]));
                if place == busy {
                    node.status = Availability::Other("modifying".to_owned());
                }
                if place == headless {
                    node.role = Role::Unknown;
                }
                world = world.at(id.as_str(), NodeMetric::EngineCpu, f64::from(*cpu) / 2.0);
                world = world.at(id.as_str(), NodeMetric::Memory, f64::from(*memory) / 2.0);
                if place == blind {
                    world.seen.signals.remove(id);
                }
            }
            // Where all is idle, more may go.
            if loads[0].2 < 2 {
                world = world.reads_all(NodeMetric::EngineCpu, 2.0).reads_all(NodeMetric::Memory, 2.0);
            }
            world.history.redis_nodes.shape = Some(world.shape());
            world
        },
    )
}

#[derive(Clone, Debug)]
enum Move {
    More(u32, u32),
    Without(u32, u32),
    Fewer(u32, u32),
    Shards(u32, u32),
}

fn a_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        (1u32..4, 0u32..8).prop_map(|(shard, to)| Move::More(shard, to)),
        (1u32..8, 0u32..6).prop_map(|(node, to)| Move::Without(node, to)),
        (1u32..4, 0u32..6).prop_map(|(shard, to)| Move::Fewer(shard, to)),
        (0u32..6, 1u32..5).prop_map(|(to, removed)| Move::Shards(to, removed)),
    ]
}

fn planned(world: &World, asked: &Move) -> Plan {
    match asked {
        Move::More(shard, to) => world.more(&[(*shard, *to)]),
        Move::Without(node, to) => world.without(&format!("sessions-{node:03}"), *to),
        Move::Fewer(shard, to) => world.fewer(&[(*shard, *to)]),
        Move::Shards(to, removed) => {
            let shrinks = (*to as usize) < world.look().shards.len();
            world.shards(*to, if shrinks { std::slice::from_ref(removed) } else { &[] })
        }
    }
}

/// The sizes of the shards, primaries included, as ElastiCache would leave them.
fn carried_out(world: &World, action: &Action) -> Vec<usize> {
    let mut left: Vec<_> =
        world.look().shards.iter().map(|shard| (shard.id.clone(), shard.nodes.len())).collect();
    match action {
        Action::RedisNodes(RedisNodesAction::IncreaseReplicas(more)) => {
            for (id, size) in &mut left {
                *size = more
                    .shards
                    .iter()
                    .find(|line| line.shard == *id)
                    .map_or(*size, |line| 1 + line.to.0 as usize);
            }
        }
        Action::RedisNodes(RedisNodesAction::DecreaseReplicas(fewer)) => {
            for (id, size) in &mut left {
                *size = fewer
                    .shards
                    .iter()
                    .find(|line| line.shard == *id)
                    .map_or(*size, |line| 1 + line.to.0 as usize);
            }
        }
        Action::RedisNodes(RedisNodesAction::SetShards(set)) => {
            left.retain(|(id, _)| !set.removed.contains(id));
            let each = left.iter().map(|(_, size)| *size).min().unwrap_or(0);
            while left.len() < set.to.0 as usize {
                left.push((shard_id(90), each));
            }
        }
        other => panic!("{other}"),
    }
    left.into_iter().map(|(_, size)| size).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_passes_keeps_what_must_hold(world in world(), asked in a_move()) {
        let plan = planned(&world, &asked);
        if world.judge(&plan).is_err() {
            return Ok(());
        }
        let mut world = world;
        let action = &plan.actions[0];
        let before: usize = world.look().nodes().count();
        let left = carried_out(&world, action);
        let after: usize = left.iter().sum();
        let (min, max) = (world.target.scaling.min.0 as usize, world.target.scaling.max.0 as usize);
        // Within the bounds, or nearer.
        prop_assert!(after != before && !left.is_empty());
        prop_assert!(if after > before { after <= max } else { after >= min }, "{} {:?}", plan, left);
        // Every node was there, and available.
        prop_assert!(world.look().nodes().all(|node| node.status == Availability::Available));
        // Never a sixth replica that was not there, and somebody to fail over to.
        let lone = world.look().multi_az || world.look().failover == Failover::Enabled || world.redis().failover;
        let sizes: Vec<usize> = world.look().shards.iter().map(|shard| shard.nodes.len()).collect();
        prop_assert!(left.iter().all(|size| *size <= 6 || sizes.contains(size) || after < before), "{:?}", left);
        let alone = |sizes: &[usize]| sizes.iter().filter(|size| **size == 1).count();
        prop_assert!(!lone || alone(&left) <= alone(&sizes), "{} {:?}", plan, left);
        match action {
            Action::RedisNodes(RedisNodesAction::DecreaseReplicas(fewer)) => {
                prop_assert_eq!(before - after, 1);
                prop_assert_eq!(fewer.named.is_some(), world.look().cluster_mode == ClusterMode::Disabled);
                if let Some(named) = fewer.named.clone() {
                    prop_assert_eq!(world.node(named.as_str()).role, Role::Replica);
                    let zones = |without: bool| {
                        let nodes = world.look().nodes().filter(|node| !without || node.id != named);
                        nodes.map(|node| node.zone.clone()).collect::<std::collections::BTreeSet<_>>().len()
                    };
                    prop_assert!(!world.look().multi_az || zones(true) >= zones(false).min(2));
                }
            }
            Action::RedisNodes(RedisNodesAction::SetShards(set)) if set.to < set.from => prop_assert_eq!(set.removed.len(), 1),
            _ => {}
        }
        // Below the maximum nothing goes without knowing every node.
        if after < before && before <= max {
            prop_assert_eq!(world.seen.signals.len(), before);
        }
    }

    #[test]
    fn odd_input_is_judged_like_any_other(
        world in world(), asked in a_move(), seconds in any::<i64>(), one in any::<u32>(), other in any::<u32>(),
        late in any::<bool>(), value in any::<f64>(),
    ) {
        let mut world = world;
        world.now = if late { Timestamp::MAX } else { Timestamp::MIN };
        world.target.scaling.cooldown.in_ = SignedDuration::from_secs(seconds);
        world.target.scaling.min = Count(one);
        world.target.scaling.max = Count(other);
        world.target.scaling.margin.0 = value;
        world.redis().replicas = bounds(one, other);
        world.redis().shards = Some(bounds(other, one));
        world.history.scaled_in_at = Some(if late { Timestamp::MIN } else { Timestamp::MAX });
        world.history.decisions = u64::MAX - 1;
        let _ = world.judge(&planned(&world, &asked));
        for plan in [world.more(&[(1, one)]), world.fewer(&[(1, other)]), world.shards(one, &[1]), world.rests()] {
            let _ = world.judge(&plan);
        }
        world.group().shards.clear();
        for plan in [world.more(&[(1, one)]), world.fewer(&[(1, other)]), world.shards(one, &[1]), world.rests()] {
            let _ = world.judge(&plan);
        }
    }
}

/// A property of plans that pass says nothing if none does: over the same worlds, of each kind some do.
#[test]
fn plans_of_each_kind_pass() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut passed = std::collections::BTreeMap::new();
    for _ in 0..9_000 {
        let (world, asked) = (world(), a_move()).new_tree(&mut runner).unwrap().current();
        let plan = planned(&world, &asked);
        if world.judge(&plan).is_ok() {
            let kind = match &plan.actions[0] {
                Action::RedisNodes(RedisNodesAction::IncreaseReplicas(_)) => "more",
                Action::RedisNodes(RedisNodesAction::DecreaseReplicas(fewer)) if fewer.named.is_some() => {
                    "without"
                }
                Action::RedisNodes(RedisNodesAction::DecreaseReplicas(_)) => "fewer",
                Action::RedisNodes(RedisNodesAction::SetShards(set)) if set.to > set.from => "more shards",
                _ => "fewer shards",
            };
            *passed.entry(kind).or_insert(0) += 1;
        }
    }
    for kind in ["more", "without", "fewer", "more shards", "fewer shards"] {
        assert!(passed.get(kind).is_some_and(|count| *count >= 20), "{passed:?}");
    }
}
