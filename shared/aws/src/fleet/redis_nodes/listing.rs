//! What ElastiCache answers: its replication groups and its nodes, page by page for all targets together, or one by one.

use std::collections::BTreeMap;

use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::types::{CacheCluster, ReplicationGroup};
use tidegate_policy::names::{GroupName, NodeId, NodeType};

use crate::failure::{Failure, Operation, Sorting};

/// The most that one page takes (API reference, DescribeReplicationGroups and DescribeCacheClusters).
const RECORDS_A_PAGE: i32 = 100;
/// A Region with more pages than these is not read to its end.
const PAGES_AT_MOST: usize = 100;

/// By id in lower case: ElastiCache keeps ids so, and what says otherwise still means the same thing.
pub(super) type ById<T> = BTreeMap<String, T>;

/// Every replication group of the Region.
pub(super) async fn groups(client: &Client) -> Result<ById<ReplicationGroup>, Failure> {
    let operation = Operation::DESCRIBE_GROUPS;
    let page = async |marker: Option<String>| {
        let ask = client.describe_replication_groups().max_records(RECORDS_A_PAGE).set_marker(marker);
        let page = ask.send().await.map_err(|error| Failure::of(operation, &error))?;
        Ok((page.replication_groups, page.marker))
    };
    let all = every_page(operation, page).await?;
    Ok(all.into_iter().filter_map(|group| Some((key(group.replication_group_id()?), group))).collect())
}

/// Every node of the Region, in a group or not, Memcached too.
pub(super) async fn nodes(client: &Client) -> Result<ById<CacheCluster>, Failure> {
    let operation = Operation::DESCRIBE_NODES;
    let page = async |marker: Option<String>| {
        let ask = client.describe_cache_clusters().max_records(RECORDS_A_PAGE).set_marker(marker);
        let page = ask.send().await.map_err(|error| Failure::of(operation, &error))?;
        Ok((page.cache_clusters, page.marker))
    };
    let all = every_page(operation, page).await?;
    Ok(all.into_iter().filter_map(|node| Some((key(node.cache_cluster_id()?), node))).collect())
}

/// How many calls `nodes` needs for so many.
pub(super) fn pages_of(nodes: usize) -> usize {
    nodes.div_ceil(usize::try_from(RECORDS_A_PAGE).unwrap_or(1)).max(1)
}

/// The group of this name; `None` when there is none.
pub(super) async fn group(client: &Client, name: &GroupName) -> Result<Option<ReplicationGroup>, Failure> {
    let operation = Operation::DESCRIBE_GROUPS;
    let answer = client.describe_replication_groups().replication_group_id(name.as_str()).send().await;
    match answer.map_err(|error| Failure::of(operation, &error)) {
        Ok(page) => {
            let found = page.replication_groups.ok_or_else(|| without_list(operation))?;
            let wanted = key(name.as_str());
            let named =
                |group: &ReplicationGroup| group.replication_group_id().map(key).as_ref() == Some(&wanted);
            Ok(found.into_iter().find(named))
        }
        Err(failure) if failure.is("ReplicationGroupNotFoundFault") => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// The node of this id; `None` when there is none.
pub(super) async fn node(client: &Client, id: &NodeId) -> Result<Option<CacheCluster>, Failure> {
    let operation = Operation::DESCRIBE_NODES;
    let answer = client.describe_cache_clusters().cache_cluster_id(id.as_str()).send().await;
    match answer.map_err(|error| Failure::of(operation, &error)) {
        Ok(page) => {
            let found = page.cache_clusters.ok_or_else(|| without_list(operation))?;
            let wanted = key(id.as_str());
            Ok(found.into_iter().find(|node| node.cache_cluster_id().map(key).as_ref() == Some(&wanted)))
        }
        Err(failure) if failure.is("CacheClusterNotFound") => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Whether a serverless cache has this name.
pub(super) async fn is_serverless(client: &Client, name: &GroupName) -> Result<bool, Failure> {
    let operation = Operation::DESCRIBE_SERVERLESS;
    let answer = client.describe_serverless_caches().serverless_cache_name(name.as_str()).send().await;
    match answer.map_err(|error| Failure::of(operation, &error)) {
        Ok(page) => {
            let found = page.serverless_caches.ok_or_else(|| without_list(operation))?;
            Ok(found.iter().any(|cache| cache.serverless_cache_name().map(key) == Some(key(name.as_str()))))
        }
        Err(failure) if failure.is("ServerlessCacheNotFoundFault") => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// The node types that the group may grow to.
pub(super) async fn larger_types(client: &Client, name: &GroupName) -> Result<Vec<NodeType>, Failure> {
    let answer =
        client.list_allowed_node_type_modifications().replication_group_id(name.as_str()).send().await;
    let answer = answer.map_err(|error| Failure::of(Operation::LIST_NODE_TYPES, &error))?;
    let larger = answer.scale_up_modifications.ok_or_else(|| without_list(Operation::LIST_NODE_TYPES))?;
    Ok(larger.into_iter().map(NodeType::new).collect())
}

/// As ids compare.
pub(super) fn key(id: &str) -> String {
    id.to_ascii_lowercase()
}

/// Asks for pages until none follows.
async fn every_page<T>(
    operation: Operation,
    page: impl AsyncFn(Option<String>) -> Result<(Option<Vec<T>>, Option<String>), Failure>,
) -> Result<Vec<T>, Failure> {
    let mut found = Vec::new();
    let mut marker: Option<String> = None;
    for _ in 0..PAGES_AT_MOST {
        let (list, next) = page(marker.clone()).await?;
        found.extend(list.ok_or_else(|| without_list(operation))?);
        let Some(next) = next.filter(|next| !next.is_empty()) else { return Ok(found) };
        if marker.as_ref() == Some(&next) {
            return Err(unread(operation, "the same page again and again"));
        }
        marker = Some(next);
    }
    let message = format!("the Region has more than {PAGES_AT_MOST} pages of them");
    Err(Failure { operation, code: None, sorting: Sorting::PersonNeeded, message })
}

/// An answer without the list is no answer: what is not on it would be taken for gone.
fn without_list(operation: Operation) -> Failure {
    unread(operation, "without its list")
}

/// An answer from which nothing is concluded.
pub(super) fn unread(operation: Operation, what: &str) -> Failure {
    let message = format!("ElastiCache answered {what}");
    Failure { operation, code: None, sorting: Sorting::RetryNextWake, message }
}
