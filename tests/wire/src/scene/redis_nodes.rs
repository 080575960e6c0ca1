//! A scene with a replication group: an hour of calm behind it, and a policy that moves within minutes.

use super::Scene;
use crate::account::GROUP;
use crate::function::redis_nodes;
use crate::plant::Traffic;
use crate::shim::NodeSeen;

/// The target of every scenario with a replication group.
pub const CACHE: &str = "cache";

/// Two to four nodes, out and in by CPU and memory, with cooldowns between two ticks; `beside` are more keys of the target.
pub fn nodes_policy(beside: &str) -> String {
    format!(
        r#"[[target]]
name = "{CACHE}"
kind = "redis-nodes"
group = "{GROUP}"
min = 2
max = 4
evaluate_every = "1m"
scale_out = ["cpu > 70% for 3m", "memory > 75% for 3m"]
scale_in = ["cpu < 40% for 3m", "memory < 40% for 3m"]
cooldown = {{ out = "150s", in = "270s" }}
stabilization = {{ in = "0s" }}
{beside}
"#
    )
}

/// Three to five shards with a replica or two each.
pub fn shards_policy(beside: &str) -> String {
    let sharded =
        "cluster_mode = \"enabled\"\nreplicas = { min = 1, max = 2 }\nshards = { min = 3, max = 5 }\n";
    nodes_policy(&format!("{sharded}{beside}")).replace("min = 2\nmax = 4", "min = 6\nmax = 15")
}

impl Scene<Traffic> {
    /// An account with a group of so many nodes with cluster mode disabled, and a binary that was not started yet.
    pub fn of_nodes(nodes: usize) -> Self {
        Self::of_nodes_with(nodes, &[])
    }

    /// The same; `fields` go into CreateReplicationGroup.
    pub fn of_nodes_with(nodes: usize, fields: &[(&str, &str)]) -> Self {
        let scene = Self::without_a_group();
        scene.make_group(nodes, fields);
        scene
    }

    /// The same of a group of three shards with cluster mode enabled, each with a replica.
    pub fn of_shards() -> Self {
        let mut scene = Self::on_stage(redis_nodes(), Traffic::CALM.times(3));
        scene.account.make_sharded_group(3, 1, &[]);
        scene.set_policy(&shards_policy(""));
        scene.measure_the_hour_before();
        scene
    }

    /// An account in which there is no group yet.
    pub fn without_a_group() -> Self {
        let mut scene = Self::on_stage(redis_nodes(), Traffic::CALM);
        scene.set_policy(&nodes_policy(""));
        scene
    }

    /// Makes the group, with an hour of the load behind it.
    pub fn make_group(&self, nodes: usize, fields: &[(&str, &str)]) {
        self.account.make_group(nodes, fields);
        self.measure_the_hour_before();
    }

    /// Somebody asks ElastiCache for a change of the group behind the function's back, and gets it.
    ///
    /// # Panics
    /// When it is refused.
    pub fn by_hand(&self, action: &str, fields: &[(&str, &str)]) {
        let mut form = vec![("ReplicationGroupId", GROUP), ("ApplyImmediately", "true")];
        form.extend(fields);
        let answer = self.shim.redis().ask(self.account.key(), action, &form);
        answer.unwrap_or_else(|refused| panic!("{action} of {fields:?}: {refused}"));
    }

    /// Every node that there is, whatever its state.
    pub fn nodes(&self) -> Vec<NodeSeen> {
        self.shim.redis().nodes(self.account.key(), GROUP)
    }

    /// How many nodes serve, and none is on its way in or out: otherwise `None`.
    pub fn settled(&self) -> Option<usize> {
        let nodes = self.nodes();
        nodes.iter().all(|node| node.status == "available").then_some(nodes.len())
    }

    /// The calls of this action of ElastiCache, in order: each the fields of its form, without what every form has.
    pub fn forms(&self, action: &str) -> Vec<String> {
        let name = format!("ElastiCache.{action}");
        let calls = self.shim.calls().into_iter().filter(|call| call.operation.as_str() == name);
        let fields = |form: &str| {
            let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
            let own = pairs.filter(|(name, _)| !["Action", "Version", "ReplicationGroupId"].contains(name));
            own.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        };
        calls.map(|call| fields(&call.request)).collect()
    }
}
