//! Redis nodes: what ElastiCache and Application Auto Scaling say of all such targets together, and the four actions.

mod apply;
mod listing;
mod on_aws;
mod past;
mod read;
mod series;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use aws_sdk_applicationautoscaling::types::ServiceNamespace;
use aws_sdk_elasticache::types::{CacheCluster, ReplicationGroup};
use jiff::Timestamp;
use tidegate_policy::evaluate::{larger_types_matter, lookback_minutes, node_metrics_needed};
use tidegate_policy::names::{GroupName, NodeType};
use tidegate_policy::observation::redis_nodes::resource_id;
use tidegate_policy::observation::{Found, Group, GroupLook, Reading, RedisObservation, ScalableTarget};
use tidegate_policy::plan::RedisNodesAction;
use tidegate_policy::policy::{RedisNodes, Target};
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_reconcile::port::ObserveRequest;

use super::last_look::LastLook;
use super::metrics::{Bought, Order};
use super::scalable;
use crate::clients::Clients;
use crate::failure::Failure;
use listing::{ById, key};

/// The clients that groups need.
#[derive(Debug)]
pub struct Groups {
    elasticache: aws_sdk_elasticache::Client,
    scaling: aws_sdk_applicationautoscaling::Client,
    /// The last look of an action that takes something away or replaces it.
    last_look: LastLook<GroupName, GroupLook>,
    /// How many nodes the Region has, once they were listed: by it the last look chooses how to read those of one group.
    nodes_of_region: Mutex<Option<usize>>,
    /// Names that no replication group has, and whether a serverless cache has them.
    serverless: Mutex<BTreeMap<GroupName, bool>>,
}

/// A target of this kind that is to be looked at.
#[derive(Clone, Copy, Debug)]
struct Wanted<'a> {
    target: &'a Target,
    kind: &'a RedisNodes,
}

/// Those of `requests` that are of this kind, in order.
fn wanted<'a>(requests: &[ObserveRequest<'a>]) -> Vec<Wanted<'a>> {
    let of_kind = |request: &ObserveRequest<'a>| {
        let kind = request.target.kind.redis_nodes()?;
        Some(Wanted { target: request.target, kind })
    };
    requests.iter().filter_map(of_kind).collect()
}

impl Groups {
    fn with(clients: &Clients) -> Self {
        Self {
            elasticache: clients.elasticache().clone(),
            scaling: clients.scaling().clone(),
            last_look: LastLook::default(),
            nodes_of_region: Mutex::default(),
            serverless: Mutex::default(),
        }
    }

    /// Looks at all these targets, one answer each, in order. Without the two listings nothing is known of any of them.
    async fn look_at_each(&self, wanted: &[Wanted<'_>]) -> Vec<Result<GroupLook, Failure>> {
        if wanted.is_empty() {
            return Vec::new();
        }
        let (groups, nodes) = match self.list().await {
            Ok(listed) => listed,
            Err(failure) => return wanted.iter().map(|_| Err(failure.clone())).collect(),
        };
        let mut found = Vec::with_capacity(wanted.len());
        for Wanted { kind, .. } in wanted {
            found.push(match groups.get(&key(kind.group.as_str())) {
                Some(described) => read::group(described, &nodes).map(Found::Group),
                None => self.instead(&kind.group, &nodes).await,
            });
        }
        // What is not there is not scaled, and needs no further call.
        let there = wanted.iter().zip(&found).filter(|(_, found)| matches!(found, Ok(Found::Group(_))));
        let ids = there.map(|(wanted, _)| resource_id(&wanted.kind.group)).collect();
        let scalable = scalable::describe(&self.scaling, &ServiceNamespace::Elasticache, ids).await;
        let look = |(wanted, found): (&Wanted<'_>, Result<Found, Failure>)| {
            let found = found?;
            let scalable = match scalable.get(&resource_id(&wanted.kind.group)) {
                Some(registered) => registered.clone()?,
                None => Vec::new(),
            };
            Ok(GroupLook { found, scalable, larger_types: None })
        };
        wanted.iter().zip(found).map(look).collect()
    }

    /// Every group and every node of the Region.
    async fn list(&self) -> Result<(ById<ReplicationGroup>, ById<CacheCluster>), Failure> {
        let groups = listing::groups(&self.elasticache).await?;
        let nodes = listing::nodes(&self.elasticache).await?;
        *self.nodes_of_region.lock().unwrap_or_else(PoisonError::into_inner) = Some(nodes.len());
        Ok((groups, nodes))
    }

    /// What there is under a name that no replication group has.
    async fn instead(&self, name: &GroupName, nodes: &ById<CacheCluster>) -> Result<Found, Failure> {
        if let Some(found) = nodes.get(&key(name.as_str())).and_then(read::alone) {
            return Ok(found);
        }
        let known = self.serverless.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied();
        let serverless = match known {
            Some(known) => known,
            None => listing::is_serverless(&self.elasticache, name).await?,
        };
        self.serverless.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), serverless);
        Ok(if serverless { Found::Serverless } else { Found::Nothing })
    }

    /// Adds what the group may grow to, where it matters.
    async fn with_larger_types(
        &self,
        wanted: &Wanted<'_>,
        mut seen: RedisObservation,
    ) -> Result<RedisObservation, Failure> {
        if larger_types_matter(wanted.target, &seen) {
            seen.look.larger_types = self.larger_types(&wanted.kind.group).await?;
        }
        Ok(seen)
    }

    /// What the group may grow to; `None` where it could not be read this time. It is not needed for anything but to grow.
    async fn larger_types(&self, name: &GroupName) -> Result<Option<Vec<NodeType>>, Failure> {
        match listing::larger_types(&self.elasticache, name).await {
            Ok(types) => Ok(Some(types)),
            Err(failure) if failure.sorting.class() == FailureClass::RetryNextWake => {
                tracing::warn!("no node types of {name}: {}", failure.message);
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Does one action.
    async fn carry_out(&self, action: &RedisNodesAction) -> Outcome {
        match action {
            RedisNodesAction::IncreaseReplicas(more) => self.increase(more).await,
            RedisNodesAction::DecreaseReplicas(fewer) => self.decrease(fewer).await,
            RedisNodesAction::SetShards(set) => self.set_shards(set).await,
            RedisNodesAction::SetNodeType(set) => self.set_node_type(set).await,
        }
    }

    /// Looks at one group alone, for the call that comes next.
    async fn look_once_more(&self, kind: &RedisNodes) -> Result<GroupLook, Failure> {
        let name = &kind.group;
        let found = match listing::group(&self.elasticache, name).await? {
            Some(described) => {
                let nodes = self.nodes_of(&described).await?;
                Found::Group(read::group(&described, &nodes)?)
            }
            // What took its place is for the next wake-up to find out.
            None => Found::Nothing,
        };
        let is_there = matches!(found, Found::Group(_));
        let scalable = if is_there { self.registered(name).await? } else { Vec::new() };
        let larger_types = match kind.node_types.as_slice() {
            [_, ..] if is_there => self.larger_types(name).await?,
            _ => None,
        };
        let look = GroupLook { found, scalable, larger_types };
        self.last_look.keep(name.clone(), look.clone());
        Ok(look)
    }

    /// The nodes of one group. ElastiCache lists none by group: those that it names are read one by one, or all of the Region by the page,
    /// whichever is fewer calls.
    async fn nodes_of(&self, described: &ReplicationGroup) -> Result<ById<CacheCluster>, Failure> {
        let ids = read::named(described);
        let known = *self.nodes_of_region.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_none_or(|nodes| listing::pages_of(nodes) <= ids.len()) {
            return listing::nodes(&self.elasticache).await;
        }
        let mut nodes = ById::new();
        for id in ids {
            if let Some(node) = listing::node(&self.elasticache, &id).await? {
                nodes.insert(key(id.as_str()), node);
            }
        }
        Ok(nodes)
    }

    /// What Application Auto Scaling holds on one group.
    async fn registered(&self, name: &GroupName) -> Result<Vec<ScalableTarget>, Failure> {
        scalable::describe_one(&self.scaling, &ServiceNamespace::Elasticache, resource_id(name)).await
    }

    /// What the group is right before its call: as the last look saw it, else as one call tells, which says nothing of its nodes' states.
    async fn right_before(&self, name: &GroupName) -> Result<Option<Group>, Failure> {
        if let Some(look) = self.last_look.take(name) {
            return Ok(match look.found {
                Found::Group(group) => Some(group),
                Found::Nothing | Found::SingleNode | Found::Memcached | Found::Serverless => None,
            });
        }
        let described = listing::group(&self.elasticache, name).await?;
        described.map(|described| read::group(&described, &ById::new())).transpose()
    }
}

/// The series that the target's rules need; none of what is no group.
fn order(order: &mut Order, wanted: &Wanted<'_>, look: &GroupLook) {
    let Some(group) = look.group() else { return };
    let minutes = lookback_minutes(wanted.target);
    for (node, metrics) in node_metrics_needed(wanted.target, group) {
        for metric in metrics {
            order.add(series::of(&node, metric), minutes);
        }
    }
}

/// One target's part of what was seen. Without `bought` every reading is missing.
fn observation(
    wanted: &Wanted<'_>,
    look: GroupLook,
    bought: Option<&Bought>,
    now: Timestamp,
) -> RedisObservation {
    let mut signals = BTreeMap::new();
    if let Some(group) = look.group() {
        let created: BTreeMap<_, _> = group.nodes().map(|node| (&node.id, node.created)).collect();
        for (node, metrics) in node_metrics_needed(wanted.target, group) {
            // A name that comes again inherits another node's points.
            let since = created.get(&node).copied().flatten();
            let reading = |metric| {
                bought
                    .map_or(Reading::Missing, |bought| bought.reading(&series::of(&node, metric), since, now))
            };
            let readings = metrics.into_iter().map(|metric| (metric, reading(metric))).collect();
            signals.insert(node.clone(), readings);
        }
    }
    RedisObservation { at: now, look, signals, signals_read: bought.is_some() }
}
