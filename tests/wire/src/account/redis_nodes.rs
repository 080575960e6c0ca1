//! The caches of an account: made and deleted behind the function's back. What becomes of a group then, the shim knows.

use super::Account;
use crate::form;
use crate::stand_ins::ministack;

/// The replication group of every scenario.
pub const GROUP: &str = "sessions";

impl Account {
    /// The group with cluster mode disabled: a primary and replicas, which fail over by themselves; `fields` go into CreateReplicationGroup
    /// beside what every group has, and in place of it.
    pub fn make_group(&self, nodes: usize, fields: &[(&str, &str)]) {
        self.make_group_of(&[("NumCacheClusters", &nodes.to_string())], fields);
    }

    /// The group with cluster mode enabled. ministack makes one of three shards or more.
    pub fn make_sharded_group(&self, shards: usize, replicas: usize, fields: &[(&str, &str)]) {
        let (shards, replicas) = (shards.to_string(), replicas.to_string());
        self.make_group_of(&[("NumNodeGroups", &shards), ("ReplicasPerNodeGroup", &replicas)], fields);
    }

    fn make_group_of(&self, size: &[(&str, &str)], fields: &[(&str, &str)]) {
        let mut form = vec![
            ("ReplicationGroupId", GROUP),
            ("ReplicationGroupDescription", "sessions"),
            ("Engine", "valkey"),
            ("CacheNodeType", "cache.m7g.xlarge"),
            ("AutomaticFailoverEnabled", "true"),
            ("MultiAZEnabled", "true"),
        ];
        form.retain(|(name, _)| fields.iter().all(|(other, _)| other != name));
        form.extend(size);
        form.extend(fields);
        self.ask_elasticache("CreateReplicationGroup", &form);
    }

    /// Somebody deletes the group.
    pub fn delete_group(&self) {
        self.ask_elasticache("DeleteReplicationGroup", &[("ReplicationGroupId", GROUP)]);
    }

    /// A cache of another kind under the group's name: `memcached`, or a `redis` node that is in no group.
    pub fn make_cluster(&self, engine: &str) {
        self.ask_elasticache("CreateCacheCluster", &[("CacheClusterId", GROUP), ("Engine", engine)]);
    }

    /// A serverless cache under the group's name.
    pub fn make_serverless(&self) {
        let fields = [("ServerlessCacheName", GROUP), ("Engine", "valkey")];
        self.ask_elasticache("CreateServerlessCache", &fields);
    }

    /// More groups, of two nodes each, beside the one of the scenario: described before it.
    pub fn make_other_groups(&self, count: usize) {
        for number in 0..count {
            let fields = [
                ("ReplicationGroupId", &*format!("other-{number:03}")),
                ("ReplicationGroupDescription", "other"),
                ("NumCacheClusters", "2"),
            ];
            self.ask_elasticache("CreateReplicationGroup", &fields);
        }
    }

    fn ask_elasticache(&self, action: &str, fields: &[(&str, &str)]) {
        if let Err(refused) = form::ask(form::ELASTICACHE, ministack(), self.key(), action, fields) {
            panic!("{action} of {fields:?}: {refused}");
        }
    }
}
