//! A group and its nodes as ElastiCache writes them: the stand-in's XML with the members, roles and states that the account has.

use jiff::Timestamp;
use xmltree::Element;

use super::super::query::{replace, set, text};
use super::group::{Group, Member, Shard};

/// Puts what became of the group into the stand-in's description of it.
pub(super) fn group(element: &mut Element, group: &Group, now: Timestamp) {
    let status = group.status(now);
    set(element, "Status", status);
    set(element, "CacheNodeType", &group.node_type);
    set(element, "ClusterEnabled", &group.cluster_mode.to_string());
    let all = group.shards.iter().flat_map(|shard| &shard.members);
    replace(element, "MemberClusters", all.map(|member| leaf("ClusterId", &member.id)).collect());
    let shards = group.shards.iter().map(|one| shard(one, group, status, now)).collect();
    replace(element, "NodeGroups", shards);
    element.take_child("PendingModifiedValues");
    let mut pending = Vec::new();
    if let Some(progress) = group.progress(now) {
        let migration = leaf("ProgressPercentage", &format!("{progress:.1}"));
        pending.push(branch("Resharding", vec![branch("SlotMigration", vec![migration])]));
    }
    replace(element, "PendingModifiedValues", pending);
    if group.cluster_mode {
        return;
    }
    element.take_child("ConfigurationEndpoint");
}

/// A node that is on its way in or out is in `MemberClusters`, and for half of its way in no shard.
fn shard(shard: &Shard, group: &Group, status: &str, now: Timestamp) -> Element {
    let mut children = vec![leaf("NodeGroupId", &shard.id), leaf("Status", status)];
    if !group.cluster_mode {
        children.push(endpoint(
            "PrimaryEndpoint",
            &format!("{}.c0ffee.ng.0001.euw1.cache.amazonaws.com", group.id),
        ));
        children.push(endpoint(
            "ReaderEndpoint",
            &format!("{}-ro.c0ffee.ng.0001.euw1.cache.amazonaws.com", group.id),
        ));
    }
    let named = shard.members.iter().filter(|member| member.is_named(now, group.spells));
    children.push(branch("NodeGroupMembers", named.map(|one| member(one, group)).collect()));
    branch("NodeGroup", children)
}

fn member(member: &Member, group: &Group) -> Element {
    let mut children = vec![
        leaf("CacheClusterId", &member.id),
        leaf("CacheNodeId", "0001"),
        leaf("PreferredAvailabilityZone", &member.zone),
    ];
    // ElastiCache tells roles and endpoints of nodes with cluster mode disabled only.
    if !group.cluster_mode {
        children.push(leaf("CurrentRole", if member.is_primary { "primary" } else { "replica" }));
        children
            .push(endpoint("ReadEndpoint", &format!("{}.c0ffee.0001.euw1.cache.amazonaws.com", member.id)));
    }
    branch("NodeGroupMember", children)
}

/// A node by the pattern of one that the stand-in made.
pub(super) fn node(pattern: &Element, member: &Member, group: &Group, now: Timestamp) -> Element {
    let mut element = pattern.clone();
    set(&mut element, "CacheClusterId", &member.id);
    set(&mut element, "CacheClusterStatus", member.status(now));
    set(&mut element, "CacheNodeType", &group.node_type);
    set(&mut element, "PreferredAvailabilityZone", &member.zone);
    if let Some(made) = member.made {
        // The stand-in keeps the true time; points before the creation are another node's.
        set(&mut element, "CacheClusterCreateTime", &made.to_string());
    }
    for name in ["CacheClusterArn", "ARN"] {
        if let Some((prefix, _)) = text(&element, name).as_deref().and_then(|arn| arn.rsplit_once(':')) {
            set(&mut element, name, &format!("{prefix}:{}", member.id));
        }
    }
    element
}

pub(super) fn leaf(name: &str, value: &str) -> Element {
    let mut element = Element::new(name);
    element.children.push(xmltree::XMLNode::Text(value.to_owned()));
    element
}

pub(super) fn branch(name: &str, children: Vec<Element>) -> Element {
    let mut element = Element::new(name);
    element.children = children.into_iter().map(xmltree::XMLNode::Element).collect();
    element
}

fn endpoint(name: &str, address: &str) -> Element {
    branch(name, vec![leaf("Address", address), leaf("Port", "6379")])
}
