//! A replication group and its nodes as ElastiCache describes them in two listings, turned into the core's nouns. What only one of the two
//! names is on its way in or out, and never available.

use aws_sdk_elasticache::types::{
    AutomaticFailoverStatus, CacheCluster, DataTieringStatus, MultiAzStatus, NodeGroup, NodeGroupMember,
    ReplicationGroup, ReplicationGroupPendingModifiedValues,
};
use jiff::Timestamp;
use tidegate_policy::names::{AvailabilityZone, NodeId, NodeType, ShardId};
use tidegate_policy::observation::{
    Availability, DataTiering, Failover, Found, Group, MaintenanceWindow, Node, Role, Shard,
};
use tidegate_policy::policy::ClusterMode;

use super::listing::{ById, key, unread};
use crate::failure::{Failure, Operation};

/// What a node that is no member of a group is to a target that names it.
pub(super) fn alone(cluster: &CacheCluster) -> Option<Found> {
    match (cluster.engine(), some(cluster.replication_group_id())) {
        (Some("memcached"), _) => Some(Found::Memcached),
        (_, None) => Some(Found::SingleNode),
        // The id of one node of a group is no group's.
        (_, Some(_)) => None,
    }
}

/// The group. `clusters` holds those of its nodes that the other listing names; it may hold others.
///
/// # Errors
/// When what decides everything is left out: the cluster mode, the node type, the id of a shard or a node.
pub(super) fn group(described: &ReplicationGroup, clusters: &ById<CacheCluster>) -> Result<Group, Failure> {
    let id = described.replication_group_id().unwrap_or_default();
    let missing = |what: &str| unread(Operation::DESCRIBE_GROUPS, &format!("the group {id} without {what}"));
    let cluster_mode = match described.cluster_enabled() {
        Some(true) => ClusterMode::Enabled,
        Some(false) => ClusterMode::Disabled,
        None => return Err(missing("its cluster mode")),
    };
    let members = Members { group: key(id), clusters };
    let mut shards = Vec::new();
    for shard in described.node_groups() {
        shards.push(members.shard(shard).ok_or_else(|| missing("the id of a shard or of a node"))?);
    }
    shards.sort_by(|one, other| one.id.cmp(&other.id));
    let node_type = some(described.cache_node_type())
        .or_else(|| members.listed().find_map(|(_, cluster)| some(cluster.cache_node_type())))
        .ok_or_else(|| missing("its node type"))?;
    Ok(Group {
        status: availability(described.status()),
        cluster_mode,
        migrating: migrating(described, cluster_mode),
        // A word that we do not know is not "disabled", by which replicas could go.
        multi_az: described.multi_az().is_some_and(|zones| *zones != MultiAzStatus::Disabled),
        failover: match described.automatic_failover() {
            Some(AutomaticFailoverStatus::Enabled) => Failover::Enabled,
            Some(AutomaticFailoverStatus::Disabled) => Failover::Disabled,
            _ => Failover::Changing,
        },
        node_type: NodeType::new(node_type),
        tiering: match described.data_tiering() {
            Some(DataTieringStatus::Enabled) => DataTiering::Enabled,
            Some(DataTieringStatus::Disabled) => DataTiering::Disabled,
            _ => DataTiering::Unknown,
        },
        strays: members.strays(described, &shards),
        shards,
        pending: described.pending_modified_values().map(pending).unwrap_or_default(),
        global: described
            .global_replication_group_info()
            .and_then(|info| some(info.global_replication_group_id()))
            .map(str::to_owned),
        maintenance: members.listed().find_map(|(_, cluster)| {
            cluster.preferred_maintenance_window().and_then(MaintenanceWindow::parse)
        }),
    })
}

/// `ClusterMode`, where it says something else than `ClusterEnabled`; without a word there is nothing to doubt.
fn migrating(described: &ReplicationGroup, enabled: ClusterMode) -> Option<String> {
    let mode = described.cluster_mode().map(|mode| mode.as_str()).filter(|mode| *mode != enabled.name())?;
    Some(mode.to_owned())
}

/// The ids of all nodes that the group names, in a shard or not.
pub(super) fn named(described: &ReplicationGroup) -> Vec<NodeId> {
    let in_shards = described.node_groups().iter().flat_map(NodeGroup::node_group_members);
    let in_shards = in_shards.filter_map(NodeGroupMember::cache_cluster_id).map(key);
    let mut ids: Vec<_> = in_shards.chain(described.member_clusters().iter().map(|id| key(id))).collect();
    ids.sort();
    ids.dedup();
    ids.into_iter().map(NodeId::new).collect()
}

/// The nodes of the other listing, as one group sees them.
struct Members<'a> {
    group: String,
    clusters: &'a ById<CacheCluster>,
}

impl<'a> Members<'a> {
    /// Those that say that they are of this group.
    fn listed(&self) -> impl Iterator<Item = (&'a String, &'a CacheCluster)> {
        let says_so = |cluster: &CacheCluster| {
            some(cluster.replication_group_id()).map(key).as_ref() == Some(&self.group)
        };
        self.clusters.iter().filter(move |(_, cluster)| says_so(cluster))
    }

    /// The node of this id, unless it says that it is somebody else's.
    fn cluster(&self, id: &str) -> Option<&'a CacheCluster> {
        let cluster = self.clusters.get(id)?;
        let of = some(cluster.replication_group_id()).map(key);
        of.is_none_or(|group| group == self.group).then_some(cluster)
    }

    fn shard(&self, shard: &NodeGroup) -> Option<Shard> {
        let nodes: Option<Vec<Node>> =
            shard.node_group_members().iter().map(|member| self.member(member)).collect();
        let mut nodes = nodes?;
        nodes.sort_by(|one, other| one.id.cmp(&other.id));
        let id = ShardId::new(some(shard.node_group_id())?);
        Some(Shard { id, status: availability(shard.status()), nodes })
    }

    fn member(&self, member: &NodeGroupMember) -> Option<Node> {
        let role = match member.current_role() {
            Some("primary") => Role::Primary,
            Some("replica") => Role::Replica,
            _ => Role::Unknown,
        };
        let mut node = self.node(&key(some(member.cache_cluster_id())?), role);
        node.zone =
            node.zone.or_else(|| some(member.preferred_availability_zone()).map(AvailabilityZone::new));
        Some(node)
    }

    /// The node of this id; one that the other listing does not name is in no state that is known.
    fn node(&self, id: &str, role: Role) -> Node {
        let cluster = self.cluster(id);
        Node {
            id: NodeId::new(id),
            role,
            status: availability(cluster.and_then(CacheCluster::cache_cluster_status)),
            zone: cluster
                .and_then(|cluster| some(cluster.preferred_availability_zone()))
                .map(AvailabilityZone::new),
            created: cluster
                .and_then(CacheCluster::cache_cluster_create_time)
                .and_then(|at| Timestamp::from_nanosecond(at.as_nanos()).ok()),
        }
    }

    /// Members that either listing names and no shard does.
    fn strays(&self, described: &ReplicationGroup, shards: &[Shard]) -> Vec<Node> {
        let in_shard =
            |id: &str| shards.iter().flat_map(|shard| &shard.nodes).any(|node| node.id.as_str() == id);
        let listed = self.listed().map(|(id, _)| id.clone());
        let mut ids: Vec<_> = described.member_clusters().iter().map(|id| key(id)).chain(listed).collect();
        ids.sort();
        ids.dedup();
        ids.iter().filter(|id| !in_shard(id)).map(|id| self.node(id, Role::Unknown)).collect()
    }
}

fn some(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

fn availability(status: Option<&str>) -> Availability {
    match some(status) {
        Some("available") => Availability::Available,
        Some(other) => Availability::Other(other.to_owned()),
        None => Availability::Other("unknown".to_owned()),
    }
}

/// What ElastiCache is at work on, in words. Settings that wait for the maintenance window (users, logs, encryption, the auth token) forbid no
/// change of nodes: while they are being made the group's status says so.
fn pending(values: &ReplicationGroupPendingModifiedValues) -> Vec<String> {
    let resharding = values.resharding().map(|resharding| {
        let progress = resharding.slot_migration().and_then(|slots| slots.progress_percentage());
        progress.map_or_else(
            || "resharding".to_owned(),
            |percent| format!("resharding, {percent:.0}% of the slots moved"),
        )
    });
    let words = [
        resharding,
        some(values.primary_cluster_id()).map(|id| format!("{id} as primary")),
        values.automatic_failover_status().map(|status| format!("automatic failover {}", status.as_str())),
        values.cluster_mode().map(|mode| format!("cluster mode {}", mode.as_str())),
    ];
    words.into_iter().flatten().collect()
}
