//! A replication group, its account in rest, and its policy: what a test begins with and then changes.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tidegate_aws::fleet::AwsFleet;
use tidegate_policy::document::parse;
use tidegate_policy::history::History;
use tidegate_policy::names::{GroupName, NodeType, TargetName};
use tidegate_policy::observation::{CapacityBounds, Group, GroupLook, Look, Observation, RedisObservation};
use tidegate_policy::plan::{Action, RedisNodesAction, SetShards};
use tidegate_policy::policy::{
    ClusterMode, Comparison, PointsRequired, RedisNodes, Signal, Target, TargetKind, ThresholdRule,
};
use tidegate_policy::record::Outcome;
use tidegate_policy::units::Count;
use tidegate_reconcile::port::{Fleet, FleetError, ObserveRequest};

use super::account::Account;
use super::cache_answers::Caches;
use super::scene::{document, now};
use super::wire::clients;

fn rule(signal: Signal, comparison: Comparison, threshold: f64) -> ThresholdRule {
    let points = PointsRequired::All { of: 10 };
    let text = signal.name().to_owned();
    ThresholdRule { signal, comparison, threshold, points, step: Count(1), text }
}

/// A target of this group, which goes out by `signals` and never in.
pub(crate) fn target(name: &str, cluster_mode: ClusterMode, signals: &[Signal]) -> Target {
    // What is common to all kinds is as the document fills it in.
    let text = document(name, "Z1", "example.com", "");
    let common = parse(&text).unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut scaling = common.targets.into_iter().next().unwrap().scaling;
    scaling.scale_out = signals.iter().map(|signal| rule(*signal, Comparison::Above, 70.0)).collect();
    scaling.scale_in = Vec::new();
    scaling.track = Vec::new();
    scaling.alert = Vec::new();
    let kind = RedisNodes {
        group: GroupName::new(name),
        cluster_mode,
        failover: true,
        replicas: CapacityBounds { min: Count(1), max: Count(5) },
        shards: None,
        node_types: Vec::new(),
        change_within: SignedDuration::from_mins(30),
    };
    Target { name: TargetName::new(name), kind: TargetKind::RedisNodes(kind), scaling }
}

/// The same, and in by CPU.
pub(crate) fn shrinking(name: &str, cluster_mode: ClusterMode, signals: &[Signal]) -> Target {
    let mut target = target(name, cluster_mode, signals);
    target.scaling.scale_in = vec![rule(Signal::Cpu, Comparison::Below, 40.0)];
    target
}

pub(crate) fn kind(target: &mut Target) -> &mut RedisNodes {
    match &mut target.kind {
        TargetKind::RedisNodes(kind) => kind,
        _ => panic!("a target of nodes"),
    }
}

/// The same, and it may grow through these types.
pub(crate) fn growing(mut target: Target, types: &[&str]) -> Target {
    kind(&mut target).node_types = types.iter().map(NodeType::new).collect();
    target
}

/// A scalable target of a group.
pub(crate) fn native(group: &str, of: &str, min: u32, max: u32) -> Value {
    json!({
        "ServiceNamespace": "elasticache",
        "ResourceId": format!("replication-group/{group}"),
        "ScalableDimension": format!("elasticache:replication-group:{of}"),
        "MinCapacity": min,
        "MaxCapacity": max,
        "RoleARN": "arn:aws:iam::123456789012:role/x",
        "CreationTime": 1_770_000_000.0,
        "SuspendedState": {
            "DynamicScalingInSuspended": true, "DynamicScalingOutSuspended": false, "ScheduledScalingSuspended": false
        }
    })
}

/// The target `sessions` and its group of a primary and two replicas, cluster mode disabled.
pub(crate) struct NodeScene {
    pub(crate) account: Account,
    pub(crate) fleet: AwsFleet,
    pub(crate) target: Target,
}

impl NodeScene {
    pub(crate) fn new() -> Self {
        Self::of(ClusterMode::Disabled, 1, 2)
    }

    /// So many shards, each with so many replicas.
    pub(crate) fn of(cluster_mode: ClusterMode, shards: usize, replicas: usize) -> Self {
        let account = Account::new();
        account.state().caches.put("sessions", cluster_mode == ClusterMode::Enabled, shards, replicas);
        let fleet = AwsFleet::new(&clients(&account));
        Self { account, fleet, target: target("sessions", cluster_mode, &[Signal::Cpu]) }
    }

    /// Changes what ElastiCache says.
    pub(crate) fn caches(&self, change: impl FnOnce(&mut Caches)) {
        change(&mut self.account.state().caches);
    }

    /// Registers a scalable target.
    pub(crate) fn register(&self, scalable: Value) {
        self.account.state().ecs.scalable.push(scalable);
    }

    pub(crate) fn count(&self, operation: &str) -> usize {
        self.account.calls(operation).len()
    }

    /// What was called so far, in order.
    pub(crate) fn called(&self) -> Vec<String> {
        self.account.state().calls.iter().map(|call| call.operation.clone()).collect()
    }

    /// Looks at the target alone.
    pub(crate) async fn observe(&self) -> Result<RedisObservation, FleetError> {
        observe(&self.fleet, &[&self.target]).await.remove(0)
    }

    /// The group as it is seen.
    pub(crate) async fn seen(&self) -> Group {
        self.observe().await.expect("the target").look.group().expect("a group").clone()
    }

    /// The last look.
    pub(crate) async fn look_again(&self) -> Result<GroupLook, FleetError> {
        let set =
            SetShards { group: GroupName::new("any"), from: Count(2), to: Count(1), removed: Vec::new() };
        let action = RedisNodesAction::SetShards(set).into();
        match self.fleet.look_again(&self.target, &action, now()).await? {
            Look::RedisNodes(look) => Ok(look),
            Look::RdsReplicas(_) | Look::EcsService(_) => panic!("a look at a group"),
        }
    }

    pub(crate) async fn apply(&self, action: &Action) -> Outcome {
        self.fleet.apply(&self.target, action).await
    }
}

/// Looks at these targets of groups.
pub(crate) async fn observe(
    fleet: &AwsFleet,
    targets: &[&Target],
) -> Vec<Result<RedisObservation, FleetError>> {
    let history = History::default();
    let requests: Vec<_> = targets.iter().map(|target| ObserveRequest::new(target, &history)).collect();
    let seen = fleet.observe(&requests, now()).await.expect("the fleet");
    assert_eq!(seen.len(), targets.len());
    let of_group = |seen| match seen {
        Observation::RedisNodes(seen) => seen,
        _ => panic!("an observation of a group"),
    };
    seen.into_iter().map(|seen| seen.map(of_group)).collect()
}
