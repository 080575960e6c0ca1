//! A small replication group to plan on: steady and healthy unless a test says otherwise.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::check::check;
use tidegate_policy::evaluate::node_metrics_needed;
use tidegate_policy::history::{History, Recommended};
use tidegate_policy::names::{AvailabilityZone, GroupName, NodeId, NodeType, ShardId, TargetName};
use tidegate_policy::observation::{
    Availability, CapacityBounds, DataTiering, Failover, Found, Group, GroupLook, Look, MaintenanceWindow,
    Minute, Node, Observation, Point, Reading, RedisObservation, Role, Shard,
};
use tidegate_policy::observed::Observed;
use tidegate_policy::plan::{Action, Plan, RedisNodesAction, plan};
use tidegate_policy::policy::{
    ClusterMode, Comparison, NodeMetric, PerDirection, RedisNodes, Scaling, Signal, Target, TargetKind,
};
use tidegate_policy::record::{Outcome, settle};
use tidegate_policy::units::{Count, Percent};

pub(crate) use crate::ecs_service::fixture::level;
pub(crate) use crate::fixture::{minutes, noon, rule};

/// The mission's numbers, of nodes with four cores: the engine's own metric is the one that is read.
pub(crate) const NODE_TYPE: &str = "cache.r7g.xlarge";

fn target(cluster_mode: ClusterMode) -> Target {
    let highest = match cluster_mode {
        ClusterMode::Disabled => 6,
        ClusterMode::Enabled => 24,
    };
    Target {
        name: TargetName::new("sessions"),
        kind: TargetKind::RedisNodes(RedisNodes {
            group: GroupName::new("sessions"),
            cluster_mode,
            failover: true,
            replicas: bounds(1, 5),
            shards: None,
            node_types: Vec::new(),
            change_within: minutes(60),
        }),
        scaling: Scaling {
            min: Count(2),
            max: Count(highest),
            evaluate_every: minutes(5),
            scale_out: vec![
                rule(Signal::Memory, Comparison::Above, 75.0, 10),
                rule(Signal::Cpu, Comparison::Above, 70.0, 10),
            ],
            scale_in: vec![
                rule(Signal::Memory, Comparison::Below, 40.0, 30),
                rule(Signal::Cpu, Comparison::Below, 40.0, 30),
            ],
            track: Vec::new(),
            alert: Vec::new(),
            windows: Vec::new(),
            cooldown: PerDirection { out: minutes(10), in_: minutes(15) },
            stabilization: PerDirection { out: SignedDuration::ZERO, in_: SignedDuration::ZERO },
            rate_limit: PerDirection { out: None, in_: None },
            margin: Percent(10.0),
            at_maximum_for: SignedDuration::from_mins(15),
            forecast: None,
            override_for: minutes(60),
        },
    }
}

pub(crate) fn bounds(min: u32, max: u32) -> CapacityBounds {
    CapacityBounds { min: Count(min), max: Count(max) }
}

/// What every node shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) primary_cpu: Option<f64>,
    pub(crate) replica_cpu: Option<f64>,
    pub(crate) memory: Option<f64>,
    pub(crate) evictions: Option<f64>,
}

/// Nothing asks for a change.
pub(crate) const STEADY: Load =
    Load { primary_cpu: Some(50.0), replica_cpu: Some(50.0), memory: Some(55.0), evictions: Some(0.0) };
/// So quiet that only the minimum and guards keep nodes.
pub(crate) const IDLE: Load =
    Load { primary_cpu: Some(8.0), replica_cpu: Some(10.0), memory: Some(20.0), evictions: Some(0.0) };

/// A group at one moment, and the memory of the ledger.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) target: Target,
    pub(crate) seen: RedisObservation,
    pub(crate) history: History,
    pub(crate) now: Timestamp,
    pub(crate) load: Load,
    /// Of the nodes that it names, instead of the load's.
    pub(crate) cpu_of: BTreeMap<String, f64>,
    pub(crate) memory_of: BTreeMap<String, f64>,
    pub(crate) connections_of: BTreeMap<String, f64>,
}

impl World {
    /// One shard with so many nodes in all.
    pub(crate) fn disabled(nodes: usize) -> Self {
        Self::new(ClusterMode::Disabled, 1, nodes - 1)
    }

    /// So many shards with so many replicas each. Of their roles only the metrics speak.
    pub(crate) fn enabled(shards: usize, replicas: usize) -> Self {
        Self::new(ClusterMode::Enabled, shards, replicas)
    }

    fn new(cluster_mode: ClusterMode, shards: usize, replicas: usize) -> Self {
        let now = noon();
        let shards = (1..=shards).map(|shard| new_shard(cluster_mode, shard, replicas)).collect();
        let group = Group {
            status: Availability::Available,
            cluster_mode,
            migrating: None,
            multi_az: true,
            failover: Failover::Enabled,
            node_type: NodeType::new(NODE_TYPE),
            tiering: DataTiering::Disabled,
            shards,
            strays: Vec::new(),
            pending: Vec::new(),
            global: None,
            maintenance: MaintenanceWindow::parse("sun:03:00-sun:04:00"),
        };
        let mut world = Self {
            target: target(cluster_mode),
            seen: RedisObservation {
                at: now,
                look: GroupLook { found: Found::Group(group), scalable: Vec::new(), larger_types: None },
                signals: BTreeMap::new(),
                signals_read: true,
            },
            history: History {
                recommendations: vec![Recommended { at: now - minutes(240), desired: Count::ZERO }],
                ..History::default()
            },
            now,
            load: STEADY,
            cpu_of: BTreeMap::new(),
            memory_of: BTreeMap::new(),
            connections_of: BTreeMap::new(),
        };
        world.measure();
        world
    }

    pub(crate) fn under(mut self, load: Load) -> Self {
        self.load = load;
        self.measure();
        self
    }

    /// Publishes what the target's rules need of each node, for long.
    pub(crate) fn measure(&mut self) {
        let Some(group) = self.seen.look.group().cloned() else { return };
        let mut signals = BTreeMap::new();
        for (node, metrics) in node_metrics_needed(&self.target, &group) {
            let of_node = |metric| match self.value(&group, &node, metric) {
                Some(value) => level(value, self.now),
                None => Reading::Missing,
            };
            let readings = metrics.into_iter().map(|metric| (metric, of_node(metric))).collect();
            signals.insert(node, readings);
        }
        self.seen.signals = signals;
    }

    fn value(&self, group: &Group, node: &NodeId, metric: NodeMetric) -> Option<f64> {
        let primary = is_primary(group, node);
        let of = |named: &BTreeMap<String, f64>| named.get(node.as_str()).copied();
        let cpu = of(&self.cpu_of).or(if primary { self.load.primary_cpu } else { self.load.replica_cpu });
        match metric {
            NodeMetric::EngineCpu | NodeMetric::HostCpu => cpu,
            NodeMetric::Memory => of(&self.memory_of).or(self.load.memory),
            NodeMetric::Capacity => of(&self.memory_of).or(self.load.memory),
            NodeMetric::Evictions => self.load.evictions,
            NodeMetric::Connections => of(&self.connections_of).or(Some(40.0)),
            NodeMetric::IsPrimary => Some(f64::from(u8::from(primary))),
        }
    }

    pub(crate) fn redis(&mut self) -> &mut RedisNodes {
        let TargetKind::RedisNodes(redis) = &mut self.target.kind else { panic!("a group") };
        redis
    }

    pub(crate) fn group(&mut self) -> &mut Group {
        let Found::Group(group) = &mut self.seen.look.found else { panic!("a group") };
        group
    }

    pub(crate) fn nodes(&self) -> usize {
        self.seen.look.group().unwrap().nodes().count()
    }

    pub(crate) fn node(&mut self, id: &str) -> &mut Node {
        let nodes = self.group().shards.iter_mut().flat_map(|shard| &mut shard.nodes);
        nodes.into_iter().find(|node| node.id.as_str() == id).unwrap()
    }

    /// Shards may change, between these.
    pub(crate) fn shards(mut self, min: u32, max: u32) -> Self {
        self.redis().shards = Some(bounds(min, max));
        self.measure();
        self
    }

    /// Nodes may become larger, and ElastiCache offers these.
    pub(crate) fn ladder(mut self, types: &[&str], offered: &[&str]) -> Self {
        self.redis().node_types = types.iter().map(NodeType::new).collect();
        self.seen.look.larger_types = Some(offered.iter().map(NodeType::new).collect());
        self
    }

    /// The clock goes on; metrics are published anew.
    pub(crate) fn after(mut self, later: i64) -> Self {
        self.pass(later);
        self
    }

    pub(crate) fn pass(&mut self, later: i64) {
        self.now += minutes(later);
        self.seen.at = self.now;
        self.measure();
    }

    /// What a last look would see.
    pub(crate) fn look(&self) -> Look {
        Look::RedisNodes(self.seen.look.clone())
    }

    /// Plans, and holds every plan to the checker.
    pub(crate) fn plan(&self) -> Plan {
        let seen = Observation::RedisNodes(self.seen.clone());
        let observed = Observed::new(&self.target, &seen).unwrap();
        let plan = plan(observed, &self.history, self.now);
        let verdict = check(observed, &self.history, &plan, self.now);
        assert!(verdict.is_ok(), "{plan}\n{:?}", verdict.unwrap_err());
        plan
    }

    /// Plans, and remembers what came of it; AWS is asked and has done nothing yet.
    pub(crate) fn ask(&mut self, outcome: &Outcome) -> Plan {
        let plan = self.plan();
        let outcomes: Vec<_> = plan.actions.iter().map(|action| (action.clone(), outcome.clone())).collect();
        self.history = settle(plan.history.clone(), &outcomes, self.now);
        plan
    }

    /// Plans, and lets AWS do it within the minute.
    pub(crate) fn step(&mut self) -> Plan {
        let plan = self.ask(&Outcome::Applied { change: None });
        for action in &plan.actions {
            self.done(action);
        }
        self.pass(1);
        plan
    }

    /// The group as it is once AWS has done an action.
    pub(crate) fn done(&mut self, action: &Action) {
        let mode = self.group().cluster_mode;
        match action {
            Action::RedisNodes(RedisNodesAction::IncreaseReplicas(more)) => {
                for change in &more.shards {
                    let shard = self.shard(&change.shard);
                    for number in 0..change.to.0 - change.from.0 {
                        let id = format!("sessions-{}-new{number}", change.shard);
                        let zone = AvailabilityZone::new(["eu-west-1b", "eu-west-1c"][number as usize % 2]);
                        let role = shard.nodes.last().map_or(Role::Replica, |node| match node.role {
                            Role::Unknown => Role::Unknown,
                            Role::Primary | Role::Replica => Role::Replica,
                        });
                        shard.nodes.push(Node { role, zone: Some(zone), ..new_node(&id) });
                    }
                }
            }
            Action::RedisNodes(RedisNodesAction::DecreaseReplicas(fewer)) => {
                for change in &fewer.shards {
                    let shard = self.shard(&change.shard);
                    match &fewer.named {
                        Some(named) => shard.nodes.retain(|node| node.id != *named),
                        None => shard.nodes.truncate(change.to.0 as usize + 1),
                    }
                }
            }
            Action::RedisNodes(RedisNodesAction::SetShards(set)) => {
                let group = self.group();
                group.shards.retain(|shard| !set.removed.contains(&shard.id));
                let replicas = group.shards.iter().map(|shard| shard.nodes.len() - 1).min().unwrap();
                for shard in group.shards.len()..set.to.0 as usize {
                    group.shards.push(new_shard(mode, 50 + shard, replicas));
                }
            }
            Action::RedisNodes(RedisNodesAction::SetNodeType(set)) => self.group().node_type = set.to.clone(),
            other => panic!("no action on a group: {other}"),
        }
    }

    fn shard(&mut self, id: &ShardId) -> &mut Shard {
        self.group().shards.iter_mut().find(|shard| shard.id == *id).unwrap()
    }

    pub(crate) fn says(&self) -> String {
        let plan = self.plan();
        let deeds: Vec<_> = plan.actions.iter().map(Action::to_string).collect();
        let decision = &plan.decision;
        let deed = if deeds.is_empty() { "nothing".to_owned() } else { deeds.join("; ") };
        format!("{} -> {} {}: {deed}", decision.current, decision.desired, decision.explanation.reason)
    }

    /// The reasons that a person is told now.
    pub(crate) fn alerts(&self) -> Vec<&'static str> {
        self.plan().alerts.iter().map(|alert| alert.explanation.reason.code()).collect()
    }
}

/// The first node of each shard takes the writes, unless ElastiCache says otherwise.
fn is_primary(group: &Group, node: &NodeId) -> bool {
    let shard = group.shards.iter().find(|shard| shard.nodes.iter().any(|one| one.id == *node)).unwrap();
    let told = shard.nodes.iter().find(|node| node.role == Role::Primary);
    told.unwrap_or(&shard.nodes[0]).id == *node
}

fn new_shard(cluster_mode: ClusterMode, number: usize, replicas: usize) -> Shard {
    let zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"];
    let nodes = (0..=replicas).map(|place| {
        let id = match cluster_mode {
            ClusterMode::Disabled => format!("sessions-{:03}", place + 1),
            ClusterMode::Enabled => format!("sessions-{number:04}-{:03}", place + 1),
        };
        let role = match (cluster_mode, place) {
            (ClusterMode::Enabled, _) => Role::Unknown,
            (ClusterMode::Disabled, 0) => Role::Primary,
            (ClusterMode::Disabled, _) => Role::Replica,
        };
        let zone = AvailabilityZone::new(zones[place % zones.len()]);
        Node { role, zone: Some(zone), ..new_node(&id) }
    });
    Shard {
        id: ShardId::new(format!("{number:04}")),
        status: Availability::Available,
        nodes: nodes.collect(),
    }
}

pub(crate) fn new_node(id: &str) -> Node {
    Node {
        id: NodeId::new(id),
        role: Role::Unknown,
        status: Availability::Available,
        zone: None,
        created: None,
    }
}

/// Points of the last hours whose newest ended so many minutes ago.
pub(crate) fn old(value: f64, ago: i64, now: Timestamp) -> Reading {
    let newest = Minute::containing(now - minutes(ago)).0;
    Reading::new((0..180).map(|back| Point { minute: Minute(newest - back), value }).collect(), None, now)
}
