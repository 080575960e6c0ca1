//! How many series of CloudWatch one look at a target asks for: the metric reads are most of the bill of a large fleet.

use jiff::Timestamp;
use tidegate_policy::evaluate::{DiskOf, disk_metrics_needed, metrics_needed, node_metrics_needed};
use tidegate_policy::names::{NodeId, NodeType, ShardId};
use tidegate_policy::observation::{Availability, DataTiering, Failover, Group, Node, Role, Shard};
use tidegate_policy::policy::{ClusterMode, RedisNodes, ServiceMetric, Target, TargetKind};
use tidegate_policy::units::Count;

/// CPU and connections of the primary, whatever the rules say (`order_signals` of `shared/aws/src/fleet/rds_replicas/mod.rs`).
const OF_A_PRIMARY: usize = 2;
/// CPU, connections and lag of each replica (as above). What rules compare of disks comes on top.
const OF_A_REPLICA: usize = 3;

/// The series that one look at `target` asks for, with so many read replicas; a group has the fewest nodes that its policy allows.
pub(super) fn of(target: &Target, replicas: Count) -> usize {
    match &target.kind {
        TargetKind::RdsReplicas(_) => {
            let disk = |of| disk_metrics_needed(target, of).len();
            let of_replicas = OF_A_REPLICA + disk(DiskOf::Replicas);
            let replicas = usize::try_from(replicas.0).unwrap_or(usize::MAX);
            OF_A_PRIMARY + disk(DiskOf::Source) + of_replicas.saturating_mul(replicas)
        }
        TargetKind::EcsService(kind) => {
            let groups = kind.load_balancer.as_ref().map_or(1, |balancer| balancer.target_groups.len());
            let times = |metric: ServiceMetric| if metric.is_of_a_group() { groups } else { 1 };
            metrics_needed(target).into_iter().map(times).sum()
        }
        TargetKind::RedisNodes(redis) => {
            let group = smallest(target, redis);
            node_metrics_needed(target, &group).values().map(|metrics| metrics.len()).sum()
        }
    }
}

/// The group as its policy leaves it on a calm day.
fn smallest(target: &Target, redis: &RedisNodes) -> Group {
    let a_shard = 1 + redis.replicas.min.0;
    let (shards, nodes) = match redis.cluster_mode {
        ClusterMode::Disabled => (1, target.scaling.min.0.max(1)),
        ClusterMode::Enabled => {
            let wanted = target.scaling.min.0.div_ceil(a_shard);
            (redis.shards.map_or(wanted, |bounds| bounds.min.0.max(wanted)).max(1), a_shard)
        }
    };
    let role = |nth: u32| match redis.cluster_mode {
        // ElastiCache tells no roles with cluster mode enabled.
        ClusterMode::Enabled => Role::Unknown,
        ClusterMode::Disabled if nth == 0 => Role::Primary,
        ClusterMode::Disabled => Role::Replica,
    };
    let node = |shard: u32, nth: u32| Node {
        id: NodeId::new(format!("{}-{shard:04}-{nth:03}", redis.group)),
        role: role(nth),
        status: Availability::Available,
        zone: None,
        created: None::<Timestamp>,
    };
    let shard = |shard: u32| Shard {
        id: ShardId::new(format!("{shard:04}")),
        status: Availability::Available,
        nodes: (0..nodes).map(|nth| node(shard, nth)).collect(),
    };
    Group {
        status: Availability::Available,
        cluster_mode: redis.cluster_mode,
        migrating: None,
        multi_az: redis.failover,
        failover: if redis.failover { Failover::Enabled } else { Failover::Disabled },
        // Which CPU of a node is read hangs on its type, how many series do not.
        node_type: redis.node_types.first().cloned().unwrap_or_else(|| NodeType::new("cache.m7g.large")),
        // Neither does how it is read how full a node is.
        tiering: DataTiering::Unknown,
        shards: (0..shards).map(shard).collect(),
        strays: Vec::new(),
        pending: Vec::new(),
        global: None,
        maintenance: None,
    }
}

#[cfg(test)]
mod tests {
    use tidegate_policy::document;

    use super::*;

    #[test]
    fn each_kind_asks_for_what_its_adapter_asks() {
        let policy = document::parse(include_str!("../../../../infra/policies/production.toml")).unwrap();
        let asked = |name: &str, replicas| of(policy.target(name).unwrap(), Count(replicas));
        // Two of the primary, three of each replica.
        assert_eq!(asked("orders-readers", 1), 5);
        assert_eq!(asked("orders-readers", 2), 8);
        // CPU, memory, requests, latency, errors, healthy hosts.
        assert_eq!(asked("api", 2), 6);
        // Depth and age of the queue, what is in flight, CPU.
        assert_eq!(asked("workers", 2), 4);
        // CPU of both nodes, memory and evictions of the primary.
        assert_eq!(asked("sessions", 2), 4);
    }

    #[test]
    fn a_disk_is_one_series_more_of_each_instance_that_a_rule_is_about() {
        let policy = |rules: &str| {
            let text = format!(
                "[[target]]\nname = 'a'\nkind = 'rds-replicas'\nsource = 'a'\nengine = 'mysql'\n\
                 reader = {{ zone = 'Z1', name = 'a.b', ttl = '10s' }}\nmin = 1\nmax = 5\n{rules}\n"
            );
            document::parse(&text).unwrap()
        };
        let asked = |rules: &str, replicas| of(&policy(rules).targets[0], Count(replicas));
        let cpu = "'primary cpu > 70% for 10m'";
        assert_eq!(asked(&format!("scale_out = [{cpu}]"), 2), 8);
        // One of the primary.
        assert_eq!(asked(&format!("scale_out = [{cpu}, 'primary read latency > 20ms for 5m']"), 2), 9);
        // One of each replica, however many rules compare it.
        let twice = "['replica disk queue > 10 for 5m', 'replica disk queue > 20 for 2m']";
        assert_eq!(asked(&format!("scale_out = [{cpu}]\nalert = {twice}"), 2), 10);
        // Both of all three.
        let all = "['primary read latency > 20ms for 5m', 'replica read latency > 20ms for 5m', \
                   'primary disk queue > 10 for 5m', 'replica disk queue > 10 for 5m']";
        assert_eq!(asked(&format!("scale_out = [{cpu}]\nalert = {all}"), 2), 14);
    }

    #[test]
    fn connections_are_one_series_more_of_each_node() {
        let text = |rules: &str| {
            format!(
                "[[target]]\nname = 'a'\nkind = 'redis-nodes'\ngroup = 'a'\nmin = 3\nmax = 6\nscale_out = [{rules}]\n"
            )
        };
        let asked = |rules: &str| of(&document::parse(&text(rules)).unwrap().targets[0], Count(1));
        assert_eq!(asked("'cpu > 70% for 10m'"), 3);
        assert_eq!(asked("'cpu > 70% for 10m', 'connections > 1000 for 10m'"), 6);
    }

    #[test]
    fn a_group_in_cluster_mode_asks_every_node_for_all() {
        let policy = document::parse(
            "[[target]]\nname = 'carts'\nkind = 'redis-nodes'\ngroup = 'carts'\ncluster_mode = 'enabled'\nmin = 4\nmax = 8\n\
             scale_out = ['cpu > 70% for 10m', 'memory > 75% for 10m']\n",
        )
        .unwrap();
        // Two shards of two: CPU, memory and who is primary, of each.
        assert_eq!(of(&policy.targets[0], Count(1)), 12);
    }
}
