//! How ElastiCache answers: in XML, by the page, with its bounds, its states and its refusals. The two listings are kept apart, since AWS does
//! not change them in the same moment.

use std::collections::BTreeMap;

use super::answers::{element, listed, marked, marker, maybe, refusal, xml};
use super::wire::{Answer, Call};

const RECORDS_A_PAGE: usize = 100;
const REPLICAS_A_SHARD: usize = 5;

/// What the account holds of ElastiCache.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caches {
    pub(crate) groups: Vec<CacheGroup>,
    /// Cache clusters: the nodes of groups, and others.
    pub(crate) nodes: Vec<CacheNode>,
    pub(crate) serverless: Vec<String>,
    /// What a group may grow to.
    pub(crate) larger: Vec<String>,
}

/// A replication group, with what ElastiCache tells of it.
#[derive(Clone, Debug)]
pub(crate) struct CacheGroup {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) cluster_enabled: Option<bool>,
    pub(crate) multi_az: Option<String>,
    pub(crate) failover: Option<String>,
    pub(crate) node_type: Option<String>,
    pub(crate) shards: Vec<CacheShard>,
    /// Besides those of the shards.
    pub(crate) more_members: Vec<String>,
    /// The inside of the element.
    pub(crate) pending: String,
    pub(crate) global: Option<String>,
    /// As ElastiCache has it today, on nodes that have none of it.
    pub(crate) tiering: Option<String>,
    /// `ClusterMode`; what came before it leaves it out.
    pub(crate) cluster_mode: Option<String>,
}

/// A node group.
#[derive(Clone, Debug)]
pub(crate) struct CacheShard {
    pub(crate) id: String,
    pub(crate) status: String,
    /// Ids with their roles, where they are told.
    pub(crate) members: Vec<(String, Option<String>)>,
}

/// A cache cluster.
#[derive(Clone, Debug)]
pub(crate) struct CacheNode {
    pub(crate) id: String,
    pub(crate) group: Option<String>,
    pub(crate) engine: String,
    pub(crate) status: Option<String>,
    pub(crate) zone: Option<String>,
    pub(crate) created: Option<String>,
    pub(crate) window: Option<String>,
    pub(crate) node_type: Option<String>,
}

impl CacheNode {
    /// A node of Redis that has been there for long.
    pub(crate) fn named(id: &str, group: Option<&str>) -> Self {
        Self {
            id: id.to_owned(),
            group: group.map(str::to_owned),
            engine: "redis".to_owned(),
            status: Some("available".to_owned()),
            zone: Some("eu-west-1a".to_owned()),
            created: Some("2026-01-02T03:04:05.678Z".to_owned()),
            window: Some("sun:23:00-mon:01:30".to_owned()),
            node_type: Some("cache.m7g.large".to_owned()),
        }
    }
}

impl Caches {
    /// A group at rest, with its nodes. With cluster mode disabled it has one shard.
    pub(crate) fn put(&mut self, id: &str, cluster_enabled: bool, shards: usize, replicas: usize) {
        let shards = (1..=shards).map(|nth| {
            let members = (1..=replicas + 1).map(|node| match cluster_enabled {
                true => (format!("{id}-{nth:04}-{node:03}"), None),
                false => (
                    format!("{id}-{node:03}"),
                    Some(if node == 1 { "primary" } else { "replica" }.to_owned()),
                ),
            });
            let members = members.collect();
            CacheShard { id: format!("{nth:04}"), status: "available".to_owned(), members }
        });
        let group = CacheGroup {
            id: id.to_owned(),
            status: "available".to_owned(),
            cluster_enabled: Some(cluster_enabled),
            multi_az: Some("enabled".to_owned()),
            failover: Some("enabled".to_owned()),
            node_type: Some("cache.m7g.large".to_owned()),
            shards: shards.collect(),
            more_members: Vec::new(),
            pending: String::new(),
            global: None,
            tiering: Some("disabled".to_owned()),
            cluster_mode: Some(if cluster_enabled { "enabled" } else { "disabled" }.to_owned()),
        };
        for (nth, member) in group.members().into_iter().enumerate() {
            let mut node = CacheNode::named(&member, Some(id));
            node.zone = Some(["eu-west-1a", "eu-west-1b"][nth % 2].to_owned());
            self.nodes.push(node);
        }
        self.groups.push(group);
    }

    pub(crate) fn group(&mut self, id: &str) -> &mut CacheGroup {
        self.groups.iter_mut().find(|group| group.id == id).unwrap()
    }

    pub(crate) fn node(&mut self, id: &str) -> &mut CacheNode {
        self.nodes.iter_mut().find(|node| node.id == id).unwrap()
    }
}

impl CacheGroup {
    fn members(&self) -> Vec<String> {
        let in_shards = self.shards.iter().flat_map(|shard| &shard.members).map(|(id, _)| id.clone());
        in_shards.chain(self.more_members.clone()).collect()
    }

    fn xml(&self) -> String {
        let members: String = self.members().iter().map(|id| element("ClusterId", id)).collect();
        let shards: String = self
            .shards
            .iter()
            .map(|shard| {
                let members: String = shard
                    .members
                    .iter()
                    .map(|(id, role)| {
                        format!(
                            "<NodeGroupMember>{}<CacheNodeId>0001</CacheNodeId><PreferredAvailabilityZone>eu-west-1z\
                             </PreferredAvailabilityZone>{}</NodeGroupMember>",
                            element("CacheClusterId", id),
                            maybe("CurrentRole", role.as_deref())
                        )
                    })
                    .collect();
                format!(
                    "<NodeGroup>{}{}<NodeGroupMembers>{members}</NodeGroupMembers></NodeGroup>",
                    element("NodeGroupId", &shard.id),
                    element("Status", &shard.status)
                )
            })
            .collect();
        let global = self.global.as_ref().map(|id| {
            let id = element("GlobalReplicationGroupId", id);
            format!("<GlobalReplicationGroupInfo>{id}</GlobalReplicationGroupInfo>")
        });
        [
            element("ReplicationGroupId", &self.id),
            element("Status", &self.status),
            maybe("ClusterEnabled", self.cluster_enabled.map(|on| on.to_string()).as_deref()),
            maybe("MultiAZ", self.multi_az.as_deref()),
            maybe("AutomaticFailover", self.failover.as_deref()),
            maybe("CacheNodeType", self.node_type.as_deref()),
            maybe("DataTiering", self.tiering.as_deref()),
            maybe("ClusterMode", self.cluster_mode.as_deref()),
            format!("<MemberClusters>{members}</MemberClusters><NodeGroups>{shards}</NodeGroups>"),
            format!("<PendingModifiedValues>{}</PendingModifiedValues>", self.pending),
            global.unwrap_or_default(),
            "<SomethingNew><Of>a later version</Of></SomethingNew>".to_owned(),
        ]
        .concat()
    }
}

fn node_xml(node: &CacheNode) -> String {
    [
        element("CacheClusterId", &node.id),
        maybe("ReplicationGroupId", node.group.as_deref()),
        element("Engine", &node.engine),
        maybe("CacheClusterStatus", node.status.as_deref()),
        maybe("PreferredAvailabilityZone", node.zone.as_deref()),
        maybe("CacheClusterCreateTime", node.created.as_deref()),
        maybe("PreferredMaintenanceWindow", node.window.as_deref()),
        maybe("CacheNodeType", node.node_type.as_deref()),
    ]
    .concat()
}

fn says(operation: &str, result: &str) -> Answer {
    xml(&format!(
        "<{operation}Response xmlns=\"http://elasticache.amazonaws.com/doc/2015-02-02/\"><{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></{operation}Response>"
    ))
}

/// `None` when another service is asked.
pub(super) fn answer(caches: &mut Caches, call: &Call) -> Option<Answer> {
    let answered = match call.operation.as_str() {
        "DescribeReplicationGroups" => describe_groups(caches, call),
        "DescribeCacheClusters" => describe_nodes(caches, call),
        "DescribeServerlessCaches" => describe_serverless(caches, call),
        "ListAllowedNodeTypeModifications" => list_types(caches, call),
        "IncreaseReplicaCount" | "DecreaseReplicaCount" => change_replicas(caches, call),
        "ModifyReplicationGroupShardConfiguration" => change_shards(caches, call),
        "ModifyReplicationGroup" => change_type(caches, call),
        _ => return None,
    };
    Some(answered.unwrap_or_else(|(code, message)| refusal(&call.operation, 400, code, &message)))
}

/// A code and its words.
type Refusal = (&'static str, String);

fn page<T>(call: &Call, all: &[T], write: impl Fn(&T) -> String) -> (String, String) {
    assert_eq!(call.field("MaxRecords"), "100");
    let from = marked(call);
    let page = all.iter().skip(from).take(RECORDS_A_PAGE).map(write).collect();
    (page, marker(from + RECORDS_A_PAGE, all.len()))
}

fn describe_groups(caches: &mut Caches, call: &Call) -> Result<Answer, Refusal> {
    let write = |group: &CacheGroup| format!("<ReplicationGroup>{}</ReplicationGroup>", group.xml());
    let (page, marker) = match call.field("ReplicationGroupId") {
        "" => page(call, &caches.groups, write),
        only => (write(found(caches, only)?), String::new()),
    };
    Ok(says(&call.operation, &format!("<ReplicationGroups>{page}</ReplicationGroups>{marker}")))
}

fn describe_nodes(caches: &mut Caches, call: &Call) -> Result<Answer, Refusal> {
    let write = |node: &CacheNode| format!("<CacheCluster>{}</CacheCluster>", node_xml(node));
    let (page, marker) = match call.field("CacheClusterId") {
        "" => page(call, &caches.nodes, write),
        only => {
            let node = caches.nodes.iter().find(|node| node.id == only);
            let missing = || ("CacheClusterNotFound", format!("CacheCluster not found: {only}"));
            (write(node.ok_or_else(missing)?), String::new())
        }
    };
    Ok(says(&call.operation, &format!("<CacheClusters>{page}</CacheClusters>{marker}")))
}

fn describe_serverless(caches: &mut Caches, call: &Call) -> Result<Answer, Refusal> {
    let only = call.field("ServerlessCacheName");
    if !caches.serverless.iter().any(|name| name == only) {
        return Err(("ServerlessCacheNotFoundFault", format!("ServerlessCache not found: {only}")));
    }
    let cache = format!("<member>{}</member>", element("ServerlessCacheName", only));
    Ok(says(&call.operation, &format!("<ServerlessCaches>{cache}</ServerlessCaches>")))
}

fn list_types(caches: &mut Caches, call: &Call) -> Result<Answer, Refusal> {
    found(caches, call.field("ReplicationGroupId"))?;
    let larger: String = caches.larger.iter().map(|name| element("member", name)).collect();
    let lists = format!("<ScaleUpModifications>{larger}</ScaleUpModifications><ScaleDownModifications/>");
    Ok(says(&call.operation, &lists))
}

fn found<'a>(caches: &'a mut Caches, id: &str) -> Result<&'a mut CacheGroup, Refusal> {
    let missing = || ("ReplicationGroupNotFoundFault", format!("ReplicationGroup {id} not found."));
    caches.groups.iter_mut().find(|group| group.id == id).ok_or_else(missing)
}

/// The group, if ElastiCache changes it at all now.
fn changeable<'a>(caches: &'a mut Caches, call: &Call) -> Result<&'a mut CacheGroup, Refusal> {
    if call.field("ApplyImmediately") != "true" {
        return Err(("InvalidParameterValue", "ApplyImmediately must be true.".to_owned()));
    }
    let id = call.field("ReplicationGroupId");
    let busy =
        |node: &CacheNode| node.group.as_deref() == Some(id) && node.status.as_deref() != Some("available");
    let busy = caches.nodes.iter().find(|node| busy(node)).map(|node| node.id.clone());
    let group = found(caches, id)?;
    if group.status != "available" {
        return Err((
            "InvalidReplicationGroupState",
            format!("Replication group must be in available state, is {}", group.status),
        ));
    }
    match busy {
        Some(node) => {
            Err(("InvalidCacheClusterState", format!("Cache cluster {node} is not in available state.")))
        }
        None => Ok(group),
    }
}

/// The replicas asked for, by shard.
fn asked_for(group: &CacheGroup, call: &Call) -> Result<BTreeMap<String, usize>, Refusal> {
    let number = |text: &str| text.parse::<usize>().unwrap();
    let one = |nth: usize, part: &str| {
        call.fields.get(&format!("ReplicaConfiguration.ConfigureShard.{nth}.{part}")).cloned()
    };
    let by_shard: BTreeMap<_, _> = (1..)
        .map_while(|nth| Some((one(nth, "NodeGroupId")?, number(&one(nth, "NewReplicaCount")?))))
        .collect();
    let count = call.fields.get("NewReplicaCount").map(|count| number(count));
    let named = listed(call, "ReplicasToRemove.member");
    let ways = [!by_shard.is_empty(), count.is_some(), !named.is_empty()];
    if ways.iter().filter(|way| **way).count() != 1 {
        return Err(("InvalidParameterCombination", "Exactly one way to say it.".to_owned()));
    }
    if group.cluster_enabled == Some(false) && !by_shard.is_empty() {
        return Err((
            "InvalidParameterCombination",
            "ReplicaConfiguration is of cluster mode enabled.".to_owned(),
        ));
    }
    let all = |to: &dyn Fn(&CacheShard) -> usize| {
        group.shards.iter().map(|shard| (shard.id.clone(), to(shard))).collect()
    };
    Ok(match count {
        Some(count) => all(&|_| count),
        None if named.is_empty() => by_shard,
        None => all(&|shard| shard.members.iter().filter(|(id, _)| !named.contains(id)).count() - 1),
    })
}

fn change_replicas(caches: &mut Caches, call: &Call) -> Result<Answer, Refusal> {
    let more = call.operation == "IncreaseReplicaCount";
    let group = changeable(caches, call)?;
    let named = listed(call, "ReplicasToRemove.member");
    let role =
        |id: &String| group.shards.iter().flat_map(|shard| &shard.members).find(|(member, _)| member == id);
    if named.iter().any(|id| role(id).is_none_or(|(_, role)| role.as_deref() == Some("primary"))) {
        return Err(("InvalidParameterValue", "A primary cannot be removed.".to_owned()));
    }
    let least = usize::from(group.failover.as_deref() == Some("enabled"));
    let wanted = asked_for(group, call)?;
    for shard in &group.shards {
        let Some(to) = wanted.get(&shard.id).copied() else { continue };
        let from = shard.members.len() - 1;
        if to == from {
            return Err((
                "NoOperationFault",
                "The operation was not performed because no changes were required.".to_owned(),
            ));
        }
        if (to > from) != more || to > REPLICAS_A_SHARD || to < least {
            return Err(("InvalidParameterValue", format!("The replica count {to} is not allowed.")));
        }
    }
    let id = group.id.clone();
    group.status = "modifying".to_owned();
    let (mut added, mut gone) = (Vec::new(), Vec::new());
    for shard in &mut group.shards {
        let Some(to) = wanted.get(&shard.id) else { continue };
        while shard.members.len() - 1 < *to {
            let node = format!("{id}-n{}", shard.members.len() + 1);
            shard.members.push((node.clone(), Some("replica".to_owned())));
            added.push(node);
        }
        while shard.members.len() - 1 > *to {
            let nth = shard.members.iter().position(|(id, _)| named.contains(id));
            gone.push(shard.members.remove(nth.unwrap_or(shard.members.len() - 1)).0);
        }
    }
    for node in added {
        let mut node = CacheNode::named(&node, Some(&id));
        node.status = Some("creating".to_owned());
        caches.nodes.push(node);
    }
    for node in gone {
        caches.node(&node).status = Some("deleting".to_owned());
    }
    Ok(says(&call.operation, &format!("<ReplicationGroup>{}</ReplicationGroup>", caches.group(&id).xml())))
}

fn change_shards(caches: &mut Caches, call: &Call) -> Result<Answer, Refusal> {
    let group = changeable(caches, call)?;
    let removed = listed(call, "NodeGroupsToRemove.NodeGroupToRemove");
    let to: usize = call.field("NodeGroupCount").parse().unwrap();
    let from = group.shards.len();
    if group.cluster_enabled != Some(true) || removed.len() != from.saturating_sub(to) {
        return Err(("InvalidParameterCombination", "The shards to remove do not fit.".to_owned()));
    }
    if to == from {
        return Err(("InvalidParameterValue", "The number of shards is the same.".to_owned()));
    }
    group.status = "modifying".to_owned();
    group.pending = "<Resharding><SlotMigration><ProgressPercentage>0.0</ProgressPercentage></SlotMigration></Resharding>".to_owned();
    group.shards.retain(|shard| !removed.contains(&shard.id));
    for nth in from..to {
        let members = vec![(format!("{}-{:04}-001", group.id, nth + 1), None)];
        group.shards.push(CacheShard {
            id: format!("{:04}", nth + 1),
            status: "creating".to_owned(),
            members,
        });
    }
    Ok(says(&call.operation, &format!("<ReplicationGroup>{}</ReplicationGroup>", group.xml())))
}

fn change_type(caches: &mut Caches, call: &Call) -> Result<Answer, Refusal> {
    let larger = caches.larger.clone();
    let group = changeable(caches, call)?;
    let to = call.field("CacheNodeType");
    if !larger.iter().any(|name| name == to) {
        return Err(("InvalidParameterValue", format!("Scaling to {to} is not allowed.")));
    }
    group.status = "modifying".to_owned();
    group.node_type = Some(to.to_owned());
    Ok(says(&call.operation, &format!("<ReplicationGroup>{}</ReplicationGroup>", group.xml())))
}
