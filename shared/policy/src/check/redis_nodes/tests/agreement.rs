//! The checker's table of cores and the planner's are written apart; here they meet, on the node types that there are: what is judged is bought.

use std::collections::BTreeSet;

use super::super::{cores, tiers};
use super::fixture::World;
use crate::evaluate::node_metrics_needed;
use crate::names::NodeType;
use crate::observation::Role;
use crate::policy::{NodeMetric, Signal};

/// The metric of CPU that is bought of a node of this type.
fn bought(node_type: &NodeType) -> NodeMetric {
    let mut world = World::new();
    world.group().node_type = node_type.clone();
    let needed = node_metrics_needed(&world.target, world.look());
    let metrics: BTreeSet<_> = needed.into_values().flatten().collect();
    let cpu: Vec<_> = metrics
        .into_iter()
        .filter(|metric| matches!(metric, NodeMetric::EngineCpu | NodeMetric::HostCpu))
        .collect();
    assert_eq!(cpu.len(), 1, "{node_type}: {cpu:?}");
    cpu[0]
}

/// Whether a node of this type is judged, and bought, by its capacity.
fn of_memory(node_type: &NodeType) -> [bool; 2] {
    let mut world = World::new();
    world.group().node_type = node_type.clone();
    let needed = node_metrics_needed(&world.target, world.look());
    let bought: BTreeSet<_> = needed.into_values().flatten().collect();
    assert_ne!(bought.contains(&NodeMetric::Capacity), bought.contains(&NodeMetric::Memory), "{node_type}");
    [tiers::fullness(world.look()) == NodeMetric::Capacity, bought.contains(&NodeMetric::Capacity)]
}

#[test]
fn both_tables_say_the_same_of_every_node_type() {
    let families = [
        ("t1", "micro"),
        ("t2", "micro small medium"),
        ("t3", "micro small medium"),
        ("t4g", "micro small medium"),
        ("m1", "small medium large xlarge"),
        ("m2", "xlarge 2xlarge 4xlarge"),
        ("m3", "medium large xlarge 2xlarge"),
        ("m4", "large xlarge 2xlarge 4xlarge 10xlarge"),
        ("m5", "large xlarge 2xlarge 4xlarge 12xlarge 24xlarge"),
        ("m6g", "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"),
        ("m7g", "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"),
        ("r3", "large xlarge 2xlarge 4xlarge 8xlarge"),
        ("r4", "large xlarge 2xlarge 4xlarge 8xlarge 16xlarge"),
        ("r5", "large xlarge 2xlarge 4xlarge 12xlarge 24xlarge"),
        ("r6g", "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"),
        ("r6gd", "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"),
        ("r7g", "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"),
        ("r8gd", "xlarge"),
        ("c7gn", "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"),
    ];
    for (family, sizes) in families {
        for size in sizes.split(' ') {
            let node_type = NodeType::new(format!("cache.{family}.{size}"));
            assert_eq!(cores::cpu(&node_type).0, bought(&node_type), "{node_type}");
            assert_eq!(of_memory(&node_type), [family.ends_with("gd"); 2], "{node_type}");
        }
    }
    // Whatever it is, the same metric is bought and judged.
    for name in ["cache.t9.medium", "cache.z9.large", "cache.z9.huge", "db.t3.medium", "large"] {
        let node_type = NodeType::new(name);
        assert_eq!(cores::cpu(&node_type).0, bought(&node_type), "{name}");
    }
}

#[test]
fn a_share_of_two_cores_is_doubled_and_that_of_one_is_not() {
    for (name, metric, scale) in [
        ("cache.t2.micro", NodeMetric::HostCpu, 1.0),
        ("cache.t2.small", NodeMetric::HostCpu, 1.0),
        ("cache.t2.medium", NodeMetric::HostCpu, 2.0),
        ("cache.t3.micro", NodeMetric::HostCpu, 2.0),
        ("cache.t4g.medium", NodeMetric::HostCpu, 2.0),
        ("cache.r7g.large", NodeMetric::HostCpu, 2.0),
        ("cache.r7g.xlarge", NodeMetric::EngineCpu, 1.0),
    ] {
        assert_eq!(cores::cpu(&NodeType::new(name)), (metric, scale), "{name}");
    }
}

#[test]
fn whatever_a_removal_must_know_is_bought() {
    for replicas in [&[2][..], &[1, 2], &[0, 0]] {
        for mode in [crate::policy::ClusterMode::Disabled, crate::policy::ClusterMode::Enabled] {
            let mut world = World::of(mode, replicas).ruled_by(Signal::Evictions, 0.0);
            if replicas.len() == 1 {
                world.node(world.look().shards[0].nodes[1].id.clone().as_str()).role = Role::Unknown;
            }
            // Nothing is known but what is bought, and that is low.
            let needed = node_metrics_needed(&world.target, world.look());
            world.seen.signals.clear();
            for (id, metrics) in needed {
                for metric in metrics {
                    world = world.at(id.as_str(), metric, 0.0);
                }
            }
            let last = u32::try_from(replicas.len()).unwrap();
            for plan in [world.fewer(&[(1, 1)]), world.shards(last - 1, &[last])] {
                let found = world.judge(&plan).err().unwrap_or_default();
                let missing: Vec<_> = found
                    .iter()
                    .filter(|found| found.invariant == crate::check::invariant::NODE_DATA)
                    .collect();
                assert!(missing.is_empty(), "{plan}: {missing:?}");
            }
        }
    }
}
