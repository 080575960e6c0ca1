//! ElastiCache as AWS has it, where ministack has not: its changes are over at once, know no bounds, no roles and no states, and two
//! operations are not there at all. The stand-in holds what a scenario begins with; what becomes of a group is kept here.

mod group;
#[cfg(test)]
mod tests;
mod written;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::Timestamp;
use serde_json::{Value, json};
use xmltree::{Element, XMLNode};

use super::query::{Form, refusal, set, text, written as bytes, xml};
use super::{Answer, Operation};
use crate::clock::Clock;
use crate::form::{ELASTICACHE, ask};
use crate::stand_ins::ministack;
use group::{Group, Member, Refused, Shard};
use written::{branch, leaf};

pub use group::{GroupSpells, NODE_TYPES};

/// AWS gives a hundred records a page, unless it is asked for fewer.
const PAGE: usize = 100;

/// A node as a scenario sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSeen {
    /// Its id.
    pub id: String,
    /// Its shard's.
    pub shard: String,
    /// Whether it takes writes.
    pub is_primary: bool,
    /// `CacheClusterStatus`
    pub status: &'static str,
    /// `CacheNodeType`
    pub node_type: String,
}

#[derive(Debug, Default)]
struct State {
    groups: BTreeMap<String, Group>,
    spells: GroupSpells,
    status: Option<&'static str>,
    page: Option<usize>,
    native: Vec<Value>,
    /// Looks that are still answered before the roles change.
    looks_until_failover: Option<usize>,
}

/// Everything that is mended of ElastiCache, and of what Application Auto Scaling holds of it.
#[derive(Debug)]
pub struct Redis {
    clock: Arc<Clock>,
    state: Mutex<State>,
}

impl Redis {
    pub(super) fn new(clock: Arc<Clock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panicked with ElastiCache's state")
    }

    /// How long changes take from now on.
    pub fn set_spells(&self, spells: GroupSpells) {
        let mut state = self.state();
        state.spells = spells;
        state.groups.values_mut().for_each(|group| group.spells = spells);
    }

    /// From now on every group says this of itself; `None` ends that.
    pub fn set_status(&self, status: Option<&'static str>) {
        let mut state = self.state();
        state.status = status;
        state.groups.values_mut().for_each(|group| group.status = status);
    }

    /// So many records a page at most.
    pub fn set_page(&self, records: usize) {
        self.state().page = Some(records);
    }

    /// Every primary hands over to a replica.
    pub fn fail_over(&self) {
        let now = self.clock.now();
        self.state().groups.values_mut().for_each(|group| group.fail_over(now));
    }

    /// The same, right after so many more descriptions of groups were answered.
    pub fn fail_over_after_looks(&self, looks: usize) {
        self.state().looks_until_failover = Some(looks);
    }

    /// Native auto scaling is registered on this group: moto does not know the namespace.
    pub fn register_native(&self, group: &str, dimension: &str, min: u32, max: u32) {
        let switches =
            ["DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"];
        let resource = format!("replication-group/{group}");
        self.state().native.push(json!({
            "ServiceNamespace": "elasticache",
            "ResourceId": resource,
            "ScalableDimension": format!("elasticache:replication-group:{dimension}"),
            "MinCapacity": min,
            "MaxCapacity": max,
            "RoleARN": "arn:aws:iam::123456789012:role/aws-service-role/elasticache.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ElastiCacheRG",
            "CreationTime": 1_767_225_600,
            "SuspendedState": switches.map(|name| (name, false)).into_iter().collect::<BTreeMap<_, _>>(),
        }));
    }

    /// The nodes of a group in the account of `key`; none where there is no such group.
    pub fn nodes(&self, key: &str, group: &str) -> Vec<NodeSeen> {
        let now = self.clock.now();
        let mut state = self.state();
        let Some(group) = state.group(key, group, now) else { return Vec::new() };
        let seen = |shard: &Shard, member: &Member| NodeSeen {
            id: member.id.clone(),
            shard: shard.id.clone(),
            is_primary: member.is_primary,
            status: member.status(now),
            node_type: group.node_type.clone(),
        };
        let nodes =
            group.shards.iter().flat_map(|shard| shard.members.iter().map(move |one| seen(shard, one)));
        nodes.collect()
    }

    /// Changes a group as somebody else does: no call of the binary.
    ///
    /// # Errors
    /// What ElastiCache refuses, in its own words.
    pub fn ask(&self, key: &str, action: &str, fields: &[(&str, &str)]) -> Result<(), String> {
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let form = Form::read(body.join("&").as_bytes());
        let answer = self.state().change(key, action, &form, self.clock.now());
        if answer.status == 200 { Ok(()) } else { Err(String::from_utf8_lossy(&answer.body).into_owned()) }
    }

    /// The answer to a call of the account of `key`: the stand-in's, mended, or ElastiCache's own where the stand-in has none.
    pub(super) fn answer(
        &self,
        operation: &Operation,
        key: &str,
        body: &[u8],
        forward: impl FnOnce() -> Answer,
    ) -> Answer {
        let form = Form::read(body);
        let now = self.clock.now();
        let mut state = self.state();
        match operation.as_str() {
            "ElastiCache.DescribeReplicationGroups" => state.describe_groups(key, &form, forward(), now),
            "ElastiCache.DescribeCacheClusters" => state.describe_nodes(key, &form, now),
            "ElastiCache.ListAllowedNodeTypeModifications"
            | "ElastiCache.IncreaseReplicaCount"
            | "ElastiCache.DecreaseReplicaCount"
            | "ElastiCache.ModifyReplicationGroupShardConfiguration"
            | "ElastiCache.ModifyReplicationGroup" => {
                let action = operation.as_str().rsplit('.').next().unwrap_or_default();
                state.change(key, action, &form, now)
            }
            _ => forward(),
        }
    }

    /// DescribeScalableTargets of the namespace that moto does not know.
    pub(super) fn scalable_targets(&self, asked: &Value) -> Answer {
        let ids = asked["ResourceIds"].as_array();
        let dimension = &asked["ScalableDimension"];
        let native = self.state().native.clone().into_iter();
        let told: Vec<Value> = native
            .filter(|target| ids.is_none_or(|ids| ids.contains(&target["ResourceId"])))
            .filter(|target| dimension.is_null() || target["ScalableDimension"] == *dimension)
            .collect();
        let headers = vec![("content-type".to_owned(), "application/x-amz-json-1.1".to_owned())];
        Answer { status: 200, headers, body: json!({ "ScalableTargets": told }).to_string().into_bytes() }
    }
}

impl State {
    /// The group of this name, as it is now; read from the stand-in at the first look.
    fn group(&mut self, key: &str, id: &str, now: Timestamp) -> Option<&mut Group> {
        if !self.groups.contains_key(id) {
            let found = ask(
                ELASTICACHE,
                ministack(),
                key,
                "DescribeReplicationGroups",
                &[("ReplicationGroupId", id)],
            );
            let found = found.ok()?;
            let element =
                found.get_child("DescribeReplicationGroupsResult")?.get_child("ReplicationGroups")?;
            let mut group = begun(element.get_child("ReplicationGroup")?)?;
            group.spells = self.spells;
            group.status = self.status;
            self.groups.insert(id.to_owned(), group);
        }
        let group = self.groups.get_mut(id)?;
        group.settle(now);
        Some(group)
    }

    fn describe_groups(&mut self, key: &str, form: &Form, answer: Answer, now: Timestamp) -> Answer {
        let (200, Ok(mut root)) = (answer.status, Element::parse(answer.body.as_slice())) else {
            return answer;
        };
        each(&mut root, "ReplicationGroup", &mut |element| {
            let id = text(element, "ReplicationGroupId").unwrap_or_default();
            if let Some(group) = self.group(key, &id, now) {
                written::group(element, group, now);
            }
        });
        if let Some(result) = root.get_mut_child("DescribeReplicationGroupsResult") {
            self.turn_page(result, "ReplicationGroups", form);
        }
        if let Some(left) = self.looks_until_failover {
            self.looks_until_failover = left.checked_sub(1).filter(|left| *left > 0);
            if self.looks_until_failover.is_none() {
                self.groups.values_mut().for_each(|group| group.fail_over(now));
            }
        }
        Answer { body: bytes(&root), ..answer }
    }

    /// The stand-in knows none of the nodes that came later, and never forgets one; it does not heed what is asked for.
    fn describe_nodes(&mut self, key: &str, form: &Form, now: Timestamp) -> Answer {
        let all = ask(ELASTICACHE, ministack(), key, "DescribeCacheClusters", &[]);
        let mut root = all.unwrap_or_else(|refused| panic!("DescribeCacheClusters: {refused}"));
        let mut patterns: BTreeMap<String, Element> = BTreeMap::new();
        let mut nodes = Vec::new();
        each(&mut root, "CacheCluster", &mut |element| {
            match text(element, "ReplicationGroupId").filter(|group| !group.is_empty()) {
                Some(group) => {
                    patterns.entry(group).or_insert_with(|| element.clone());
                }
                None => {
                    // AWS leaves out what has no value; an empty name would read as a group's.
                    element.take_child("ReplicationGroupId");
                    nodes.push(element.clone());
                }
            }
        });
        if form.one("ShowCacheClustersNotInReplicationGroups") != Some("true") {
            for (id, pattern) in patterns {
                let Some(group) = self.group(key, &id, now) else { continue };
                let members = group.shards.iter().flat_map(|shard| &shard.members);
                nodes.extend(members.map(|member| written::node(&pattern, member, group, now)));
            }
        }
        if let Some(id) = form.one("CacheClusterId") {
            nodes.retain(|node| text(node, "CacheClusterId").as_deref() == Some(id));
            if nodes.is_empty() {
                return refusal(404, "CacheClusterNotFound", &format!("CacheCluster not found: {id}"));
            }
        }
        if form.one("ShowCacheNodeInfo") != Some("true") {
            nodes.iter_mut().for_each(|node| drop(node.take_child("CacheNodes")));
        }
        let mut result = branch("DescribeCacheClustersResult", vec![branch("CacheClusters", nodes)]);
        self.turn_page(&mut result, "CacheClusters", form);
        xml(200, &branch("DescribeCacheClustersResponse", vec![result]))
    }

    /// The stand-in answers in one page, whatever is asked for.
    fn turn_page(&self, result: &mut Element, list: &str, form: &Form) {
        let asked = form.one("MaxRecords").and_then(|records| records.parse().ok()).unwrap_or(PAGE);
        let most = self.page.unwrap_or(PAGE).min(asked);
        let from: usize = form.one("Marker").and_then(|marker| marker.parse().ok()).unwrap_or(0);
        let Some(records) = result.get_mut_child(list) else { return };
        records.children.retain(|child| child.as_element().is_some());
        let all = records.children.len();
        records.children = records.children.drain(..).skip(from).take(most).collect();
        if from + most < all {
            set(result, "Marker", &(from + most).to_string());
        }
    }

    fn change(&mut self, key: &str, action: &str, form: &Form, now: Timestamp) -> Answer {
        let id = form.one("ReplicationGroupId").unwrap_or_default();
        let Some(group) = self.group(key, id, now) else {
            let message = format!("ReplicationGroup {id} not found.");
            return refusal(404, "ReplicationGroupNotFoundFault", &message);
        };
        if action == "ListAllowedNodeTypeModifications" {
            let larger = group.larger().iter().map(|name| leaf("member", name)).collect();
            let children =
                vec![branch("ScaleUpModifications", larger), branch("ScaleDownModifications", vec![])];
            return result(action, children);
        }
        if let Err((code, message)) = changed(group, action, form, now) {
            return refusal(400, code, &message);
        }
        let mut element = leaf("ReplicationGroup", "");
        set(&mut element, "ReplicationGroupId", id);
        written::group(&mut element, group, now);
        result(action, vec![element])
    }
}

/// What a change asks for, and what comes of it.
fn changed(group: &mut Group, action: &str, form: &Form, now: Timestamp) -> Result<(), Refused> {
    if form.one("ApplyImmediately") != Some("true") {
        return Err(("InvalidParameterValue", "ApplyImmediately must be true.".to_owned()));
    }
    let number = |name: &str| form.one(name).and_then(|count| count.parse::<usize>().ok());
    let named = form.all("ReplicasToRemove.");
    match action {
        "IncreaseReplicaCount" | "DecreaseReplicaCount" => {
            let each = configured(form);
            let count = number("NewReplicaCount");
            let given = [count.is_some(), !each.is_empty(), !named.is_empty()];
            if given.iter().filter(|given| **given).count() != 1 {
                let message =
                    "Give exactly one of NewReplicaCount, ReplicaConfiguration and ReplicasToRemove.";
                return Err(("InvalidParameterCombination", message.to_owned()));
            }
            let to = count.map_or(each, |count| group.everywhere(count));
            match action {
                "IncreaseReplicaCount" => group.increase(&to, now),
                _ if named.is_empty() => group.decrease(&to, now),
                _ => group.remove(&named, now),
            }
        }
        "ModifyReplicationGroupShardConfiguration" => {
            let to = number("NodeGroupCount").unwrap_or(0);
            group.reshard(to, &form.all("NodeGroupsToRemove."), now)
        }
        _ => group.grow(form.one("CacheNodeType").unwrap_or_default(), now),
    }
}

/// `ReplicaConfiguration`: shards and their new numbers of replicas.
fn configured(form: &Form) -> Vec<(String, usize)> {
    let item = |number: usize| {
        let field = |name: &str| form.one(&format!("ReplicaConfiguration.ConfigureShard.{number}.{name}"));
        Some((field("NodeGroupId")?.to_owned(), field("NewReplicaCount")?.parse().ok()?))
    };
    (1..).map_while(item).collect()
}

/// A group as the stand-in made it.
fn begun(element: &Element) -> Option<Group> {
    let id = text(element, "ReplicationGroupId")?;
    let is = |name: &str, value: &str| text(element, name).as_deref() == Some(value);
    let needs_a_replica = is("AutomaticFailover", "enabled") || is("MultiAZ", "enabled");
    let node_type = text(element, "CacheNodeType")?;
    let mut group = Group::new(id, is("ClusterEnabled", "true"), needs_a_replica, node_type);
    let elements =
        |of: &Element| of.children.iter().filter_map(XMLNode::as_element).cloned().collect::<Vec<_>>();
    for shard in elements(element.get_child("NodeGroups")?) {
        let members = elements(shard.get_child("NodeGroupMembers")?).into_iter().filter_map(|member| {
            let zone = text(&member, "PreferredAvailabilityZone")?;
            let is_primary = text(&member, "CurrentRole")? == "primary";
            Some(Member::first(text(&member, "CacheClusterId")?, zone, is_primary))
        });
        group.shards.push(Shard { id: text(&shard, "NodeGroupId")?, members: members.collect() });
    }
    Some(group)
}

fn result(action: &str, children: Vec<Element>) -> Answer {
    xml(200, &branch(&format!("{action}Response"), vec![branch(&format!("{action}Result"), children)]))
}

fn each(element: &mut Element, name: &str, with: &mut impl FnMut(&mut Element)) {
    if element.name == name {
        with(element);
        return;
    }
    for child in element.children.iter_mut().filter_map(XMLNode::as_mut_element) {
        each(child, name, with);
    }
}
