//! Redis nodes: replicas within the policy's bounds, and shards and node types where the policy lets them be changed at all.

use std::collections::BTreeMap;

use tidegate_policy::names::{GroupName, NodeType};
use tidegate_policy::policy::{ClusterMode, Policy, REPLICAS_A_SHARD, RedisNodes, Target};
use tidegate_policy::units::{CapacityBounds, Count};

use super::start::{read_all, scalable_targets};
use super::statement::{Statement, arn, as_few_as_fit};
use crate::function::Function;

const REPLICAS: &str = "elasticache:ReplicasPerNodeGroup";

/// What else `ModifyReplicationGroup` could change: not one of these parameters may be in the request. `AuthTokenEnabled` and
/// `MultiAZEnabled` are left out, since the Service Authorization Reference lets them be there without a parameter; security, parameter
/// and user groups are resources of their own, of which none is allowed.
const UNCHANGED: [&str; 7] = [
    "elasticache:AutomaticFailoverEnabled",
    "elasticache:CacheParameterGroupName",
    "elasticache:ClusterModeEnabled",
    "elasticache:Durability",
    "elasticache:EngineVersion",
    "elasticache:SnapshotRetentionLimit",
    "elasticache:TransitEncryptionEnabled",
];

/// A target of this kind.
type OfGroup<'a> = (&'a Target, &'a RedisNodes);

pub(super) fn statements(function: Function, policy: &Policy) -> Vec<Statement> {
    let targets: Vec<_> = function.targets(policy).filter_map(of_kind).collect();
    if targets.is_empty() {
        return Vec::new();
    }
    let mut statements = vec![
        read_all("ReadGroups", "elasticache:DescribeReplicationGroups", "elasticache", "replicationgroup:*"),
        read_all("ReadNodes", "elasticache:DescribeCacheClusters", "elasticache", "cluster:*"),
        read_all(
            "ReadServerless",
            "elasticache:DescribeServerlessCaches",
            "elasticache",
            "serverlesscache:*",
        ),
        scalable_targets(),
    ];
    let more = |(sharded, max): &(bool, Count), groups: &[&GroupName]| {
        let increase =
            Statement::allow("AddReplicas", &["elasticache:IncreaseReplicaCount"]).on(arns(groups));
        // With shards the adapter says a number for each shard, and AWS does not document that the key has them. ElastiCache itself takes
        // no more than five.
        let at_most = if *sharded { "NumericLessThanEqualsIfExists" } else { "NumericLessThanEquals" };
        increase.when(at_most, REPLICAS, max.to_string())
    };
    statements.extend(alike(&targets, |one| Some((is_sharded(one), bounds(one).max)), more));
    let fewer = |min: &Count, groups: &[&GroupName]| {
        // A replica that is named instead of a number has no key. ElastiCache keeps the one that failover needs.
        Statement::allow("RemoveReplicas", &["elasticache:DecreaseReplicaCount"]).on(arns(groups)).when(
            "NumericGreaterThanEqualsIfExists",
            REPLICAS,
            min.to_string(),
        )
    };
    statements.extend(alike(&targets, |one| Some(bounds(one).min), fewer));
    let shards = |most: &Count, groups: &[&GroupName]| {
        Statement::allow("ChangeShards", &["elasticache:ModifyReplicationGroupShardConfiguration"])
            .on(arns(groups))
            .when("NumericLessThanEquals", "elasticache:NumNodeGroups", most.to_string())
    };
    statements.extend(alike(&targets, |(_, kind)| kind.shards.map(|shards| shards.max), shards));
    let ladder = |types: &Vec<NodeType>, groups: &[&GroupName]| {
        let types: Vec<_> = types.iter().map(NodeType::as_str).collect();
        let change = Statement::allow("ChangeNodeType", &["elasticache:ModifyReplicationGroup"])
            .on(arns(groups))
            .when("StringEquals", "elasticache:CacheNodeType", types);
        UNCHANGED.into_iter().fold(change, Statement::when_absent)
    };
    let grown: Vec<_> = targets.iter().copied().filter(|(_, kind)| !kind.node_types.is_empty()).collect();
    let groups: Vec<_> = grown.iter().map(|(_, kind)| &kind.group).collect();
    statements.extend(as_few_as_fit(&groups, |groups| {
        Statement::allow("ReadLargerTypes", &["elasticache:ListAllowedNodeTypeModifications"])
            .on(arns(groups))
    }));
    statements.extend(alike(&grown, |(_, kind)| Some(kind.node_types.clone()), ladder));
    statements
}

fn of_kind(target: &Target) -> Option<OfGroup<'_>> {
    Some((target, target.kind.redis_nodes()?))
}

/// Statements about groups that are `alike`, each about as many as fit; none about those that have no likeness.
fn alike<K: Ord>(
    targets: &[OfGroup<'_>],
    likeness: impl Fn(&OfGroup<'_>) -> Option<K>,
    build: impl Fn(&K, &[&GroupName]) -> Statement,
) -> Vec<Statement> {
    let mut groups: BTreeMap<K, Vec<&GroupName>> = BTreeMap::new();
    for target in targets {
        if let Some(likeness) = likeness(target) {
            groups.entry(likeness).or_default().push(&target.1.group);
        }
    }
    let parts =
        |(likeness, groups): (&K, &Vec<&GroupName>)| as_few_as_fit(groups, |groups| build(likeness, groups));
    groups.iter().flat_map(parts).collect()
}

fn is_sharded((_, kind): &OfGroup<'_>) -> bool {
    kind.cluster_mode == ClusterMode::Enabled
}

/// The replicas that a shard may have: with one shard, what the nodes of the target leave beside the primary.
fn bounds((target, kind): &OfGroup<'_>) -> CapacityBounds {
    let bounds = match kind.cluster_mode {
        ClusterMode::Enabled => kind.replicas,
        ClusterMode::Disabled => {
            let replicas = |nodes: Count| nodes.minus(Count::ONE);
            CapacityBounds { min: replicas(target.scaling.min), max: replicas(target.scaling.max) }
        }
    };
    CapacityBounds { max: bounds.max.min(REPLICAS_A_SHARD), ..bounds }
}

fn arns<'a>(groups: &'a [&GroupName]) -> impl Iterator<Item = serde_json::Value> + 'a {
    groups.iter().map(|group| arn("elasticache", &format!("replicationgroup:{group}")))
}
