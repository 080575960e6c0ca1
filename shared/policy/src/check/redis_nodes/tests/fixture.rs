//! A target named `sessions` of 3 nodes at rest, on a Wednesday at noon; each test adds what it is about.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp};

use crate::check::{Violation, check};
use crate::decide::Decision;
use crate::history::{Changing, Goal, History, Lever, MemoryBefore, Refused, Relief, ScaledOut, Shape};
use crate::names::{AvailabilityZone, GroupName, NodeId, NodeType, ShardId, TargetName};
use crate::observation::{
    Availability, CapacityBounds, DataTiering, Failover, Found, Group, GroupLook, MaintenanceWindow, Minute,
    Node, Observation, Point, Reading, RedisObservation, Role, ScalableTarget, Shard, Suspended,
};
use crate::observed::Observed;
use crate::plan::{
    Action, DecreaseReplicas, IncreaseReplicas, Plan, RedisNodesAction, SetNodeType, SetShards, ShardReplicas,
};
use crate::policy::{
    CapacityWindow, ClusterMode, Comparison, NodeMetric, PerDirection, PointsRequired, RedisNodes, Scaling,
    Signal, Target, TargetKind, ThresholdRule, WindowDays,
};
use crate::reason::{Explanation, Reason};
use crate::units::{Count, Percent};

/// What the checker is given, but for the plan.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) target: Target,
    pub(super) seen: RedisObservation,
    pub(super) history: History,
    pub(super) now: Timestamp,
}

impl World {
    /// Cluster mode disabled: `sessions-001` is the primary in zone a, with replicas in b and c. 2 to 6 nodes, ruled by CPU and memory,
    /// with automatic failover and Multi-AZ.
    pub(super) fn new() -> World {
        World::of(ClusterMode::Disabled, &[2])
    }

    /// Cluster mode enabled: shards with so many replicas each, and 2 to 12 nodes in 1 to 5 shards.
    pub(super) fn clustered(replicas: &[u32]) -> World {
        World::of(ClusterMode::Enabled, replicas)
    }

    pub(super) fn of(mode: ClusterMode, replicas: &[u32]) -> World {
        let now = at("2026-07-15T12:00:00Z");
        let shards: Vec<Shard> =
            (1..).zip(replicas).map(|(number, replicas)| shard(mode, number, *replicas)).collect();
        let group = Group {
            status: Availability::Available,
            cluster_mode: mode,
            migrating: None,
            multi_az: true,
            failover: Failover::Enabled,
            node_type: NodeType::new("cache.r6g.xlarge"),
            tiering: DataTiering::Disabled,
            shards,
            strays: Vec::new(),
            pending: Vec::new(),
            global: None,
            maintenance: MaintenanceWindow::parse("wed:11:30-wed:12:30"),
        };
        let mut world = World {
            target: target(mode),
            seen: RedisObservation {
                at: now,
                look: GroupLook {
                    found: Found::Group(group),
                    scalable: Vec::new(),
                    larger_types: Some(vec![
                        NodeType::new("cache.r6g.2xlarge"),
                        NodeType::new("cache.r6g.4xlarge"),
                    ]),
                },
                signals: BTreeMap::new(),
                signals_read: true,
            },
            history: History::default(),
            now,
        };
        world.history.decisions = 7;
        world.history.redis_nodes.shape = Some(world.shape());
        world.reads_all(NodeMetric::EngineCpu, 10.0).reads_all(NodeMetric::Memory, 20.0).with_roles()
    }

    pub(super) fn group(&mut self) -> &mut Group {
        match &mut self.seen.look.found {
            Found::Group(group) => group,
            found => panic!("a world with {found:?}"),
        }
    }

    pub(super) fn look(&self) -> &Group {
        self.seen.look.group().unwrap()
    }

    pub(super) fn redis(&mut self) -> &mut RedisNodes {
        match &mut self.target.kind {
            TargetKind::RedisNodes(redis) => redis,
            kind => panic!("a world of {}", kind.name()),
        }
    }

    pub(super) fn node(&mut self, id: &str) -> &mut Node {
        let id = NodeId::new(id);
        self.group().shards.iter_mut().flat_map(|shard| &mut shard.nodes).find(|node| node.id == id).unwrap()
    }

    /// Nobody fails over, and nobody asks for it.
    pub(super) fn without_failover(mut self) -> World {
        self.redis().failover = false;
        let group = self.group();
        (group.multi_az, group.failover) = (false, Failover::Disabled);
        self
    }

    pub(super) fn without_rules(mut self) -> World {
        self.target.scaling.scale_in.clear();
        self.target.scaling.scale_out.clear();
        self.seen.signals.clear();
        self
    }

    /// As `node_metrics_needed` reads the metric: memory and evictions not of a known replica.
    pub(super) fn reads_all(mut self, metric: NodeMetric, value: f64) -> World {
        let nodes: Vec<_> = self.look().nodes().map(|node| (node.id.clone(), node.role)).collect();
        for (id, role) in nodes {
            if role != Role::Replica || !matches!(metric, NodeMetric::Memory | NodeMetric::Evictions) {
                let reading = points(self.now, &[value; 30]);
                self.seen.signals.entry(id).or_default().insert(metric, reading);
            }
        }
        self
    }

    pub(super) fn reads(mut self, node: &str, metric: NodeMetric, reading: Reading) -> World {
        self.seen.signals.entry(NodeId::new(node)).or_default().insert(metric, reading);
        self
    }

    /// The same, of so many percent for half an hour.
    pub(super) fn at(self, node: &str, metric: NodeMetric, value: f64) -> World {
        let reading = points(self.now, &[value; 30]);
        self.reads(node, metric, reading)
    }

    /// With cluster mode enabled the first node of each shard is its primary.
    fn with_roles(mut self) -> World {
        if self.look().cluster_mode == ClusterMode::Enabled {
            for shard in self.look().shards.clone() {
                for (place, node) in shard.nodes.iter().enumerate() {
                    let value = if place == 0 { 1.0 } else { 0.0 };
                    self = self.at(node.id.as_str(), NodeMetric::IsPrimary, value);
                }
            }
        }
        self
    }

    /// A rule beside those that there are.
    pub(super) fn ruled_by(mut self, signal: Signal, threshold: f64) -> World {
        self.target.scaling.scale_out.push(rule(signal, Comparison::Above, threshold));
        self
    }

    /// Open every day of the week, on UTC's clock.
    pub(super) fn window(mut self, hours: (&str, &str), min: Option<u32>, max: Option<u32>) -> World {
        self.target.scaling.windows.push(window(hours.0, hours.1, min, max));
        self
    }

    pub(super) fn registered(mut self) -> World {
        self.seen.look.scalable.push(ScalableTarget {
            dimension: "elasticache:replication-group:Replicas".to_owned(),
            bounds: bounds(1, 5),
            suspended: Suspended::default(),
        });
        self
    }

    pub(super) fn scaled_out(mut self, minutes_ago: i64) -> World {
        let at = self.now - SignedDuration::from_mins(minutes_ago);
        self.history.scaled_out = Some(ScaledOut { at, from: Count(2), to: Count(3) });
        self
    }

    /// More was refused, and is asked for again in so many minutes.
    pub(super) fn refused(mut self, lever: Lever, minutes: i64) -> World {
        let retry_at = self.now + SignedDuration::from_mins(minutes);
        self.history.redis_nodes.refused_out.insert(lever, Refused { times: 2, retry_at });
        self
    }

    /// A change from the shape that is there now.
    pub(super) fn asked(mut self, to: Goal, seconds_ago: i64, begun: bool) -> World {
        let since = self.now - SignedDuration::from_secs(seconds_ago);
        self.history.redis_nodes.changing =
            Some(Changing { since, from: self.shape(), to, begun, before: None });
        self
    }

    pub(super) fn shape(&self) -> Shape {
        let group = self.look();
        let replicas = |shard: &Shard| Count::of_len(shard.nodes.len().saturating_sub(1));
        Shape {
            replicas: group.shards.iter().map(|shard| (shard.id.clone(), replicas(shard))).collect(),
            node_type: group.node_type.clone(),
        }
    }

    // Plans.

    /// A plan that leaves the memory as it is.
    pub(super) fn rests(&self) -> Plan {
        Plan {
            target: self.target.name.clone(),
            decision: Decision {
                current: Count(3),
                recommended: Count(3),
                desired: Count(3),
                explanation: Explanation::new(Reason::WithinThresholds, ""),
                limited_by: None,
                next_eligible: None,
                ahead: None,
                on_paper: None,
                expected: None,
                recommendations: Vec::new(),
            },
            step: None,
            actions: Vec::new(),
            history: self.history.clone(),
            write_ahead: false,
            alerts: Vec::new(),
            unjudged: Vec::new(),
            read: std::collections::BTreeMap::new(),
            evaluate_every: jiff::SignedDuration::from_mins(1),
            notes: Vec::new(),
        }
    }

    /// A plan with this action, that remembers all that a sound one does.
    pub(super) fn plan(&self, action: Action) -> Plan {
        let mut plan = self.rests();
        let of = |lines: &[ShardReplicas]| {
            Goal::Replicas(lines.iter().map(|line| (line.shard.clone(), line.to)).collect())
        };
        let to = match &action {
            Action::RedisNodes(RedisNodesAction::IncreaseReplicas(more)) => Some(of(&more.shards)),
            Action::RedisNodes(RedisNodesAction::DecreaseReplicas(fewer)) => Some(of(&fewer.shards)),
            Action::RedisNodes(RedisNodesAction::SetShards(set)) => Some(Goal::Shards(set.to)),
            Action::RedisNodes(RedisNodesAction::SetNodeType(set)) => Some(Goal::NodeType(set.to.clone())),
            _ => None,
        };
        if let (Some(to), Some(_)) = (to, self.seen.look.group()) {
            let more = matches!(&action, Action::RedisNodes(RedisNodesAction::SetNodeType(_)))
                || matches!(&action, Action::RedisNodes(RedisNodesAction::SetShards(set)) if set.to > set.from);
            let before = more.then(|| self.memory_before());
            plan.history.redis_nodes.changing =
                Some(Changing { since: self.now, from: self.shape(), to, begun: false, before });
        }
        plan.history.decisions += 1;
        plan.actions.push(action);
        plan.write_ahead = true;
        plan
    }

    /// As full as the fullest node is.
    fn memory_before(&self) -> MemoryBefore {
        let ruled = |signal| self.target.scaling.scale_out.iter().any(|rule| rule.signal == signal);
        let most = |signal, metric| {
            let speaks = |id: &&NodeId| {
                let node = self.look().nodes().find(|node| node.id == **id);
                node.is_some_and(|node| node.role != Role::Replica)
            };
            let nodes = self.seen.signals.iter().filter(|(id, _)| speaks(id));
            let known = nodes.filter_map(|(_, metrics)| metrics.get(&metric)?.fresh());
            known.map(|series| series.mean_of_last(10)).reduce(f64::max).filter(|_| ruled(signal))
        };
        let TargetKind::RedisNodes(redis) = &self.target.kind else { panic!("a world of nodes") };
        MemoryBefore {
            memory: most(Signal::Memory, self.fullness()),
            evictions: most(Signal::Evictions, NodeMetric::Evictions),
            max: self.target.scaling.max,
            shards_max: redis.shards.map(|bounds| bounds.max),
        }
    }

    /// The metric that counts.
    pub(super) fn fullness(&self) -> NodeMetric {
        if self.look().tiering == DataTiering::Enabled { NodeMetric::Capacity } else { NodeMetric::Memory }
    }

    /// One shard more has been there for so many minutes, since memory was this.
    pub(super) fn relieved_by_a_shard(mut self, memory: f64, minutes_ago: i64) -> World {
        let mut from = self.shape();
        let last = from.replicas.keys().next_back().cloned().unwrap();
        from.replicas.remove(&last);
        let at = self.now - SignedDuration::from_mins(minutes_ago);
        let to = Goal::Shards(self.shape().shards());
        let before = MemoryBefore { memory: Some(memory), ..self.memory_before() };
        self.history.redis_nodes.relief = Some(Relief { at, from, to, before });
        self
    }

    /// From what was observed to so many.
    fn lines(&self, shards: &[(u32, u32)]) -> Vec<ShardReplicas> {
        let shape = self.seen.look.group().map(|_| self.shape());
        let found = |shard: &ShardId| shape.as_ref()?.replicas.get(shard).copied();
        let line = |(number, to): &(u32, u32)| {
            let shard = shard_id(*number);
            let from = found(&shard).unwrap_or(Count(2));
            ShardReplicas { shard, from, to: Count(*to) }
        };
        shards.iter().map(line).collect()
    }

    pub(super) fn more(&self, shards: &[(u32, u32)]) -> Plan {
        let action = IncreaseReplicas { group: GroupName::new("sessions"), shards: self.lines(shards) };
        self.plan(Action::RedisNodes(RedisNodesAction::IncreaseReplicas(action)))
    }

    /// The first shard without this node.
    pub(super) fn without(&self, node: &str, to: u32) -> Plan {
        self.plan(Action::RedisNodes(RedisNodesAction::DecreaseReplicas(DecreaseReplicas {
            group: GroupName::new("sessions"),
            shards: self.lines(&[(1, to)]),
            named: Some(NodeId::new(node)),
        })))
    }

    /// ElastiCache chooses which.
    pub(super) fn fewer(&self, shards: &[(u32, u32)]) -> Plan {
        self.plan(Action::RedisNodes(RedisNodesAction::DecreaseReplicas(DecreaseReplicas {
            group: GroupName::new("sessions"),
            shards: self.lines(shards),
            named: None,
        })))
    }

    pub(super) fn shards(&self, to: u32, removed: &[u32]) -> Plan {
        let from = self.seen.look.group().map_or(Count(3), |group| Count::of_len(group.shards.len()));
        self.plan(Action::RedisNodes(RedisNodesAction::SetShards(SetShards {
            group: GroupName::new("sessions"),
            from,
            to: Count(to),
            removed: removed.iter().map(|number| shard_id(*number)).collect(),
        })))
    }

    pub(super) fn grown(&self, to: &str) -> Plan {
        let from = self.seen.look.group().map(|group| group.node_type.clone());
        self.plan(Action::RedisNodes(RedisNodesAction::SetNodeType(SetNodeType {
            group: GroupName::new("sessions"),
            from: from.unwrap_or_else(|| NodeType::new("cache.r6g.xlarge")),
            to: NodeType::new(to),
        })))
    }

    // Judgements.

    pub(super) fn judge(&self, plan: &Plan) -> Result<(), Vec<Violation>> {
        check(
            Observed::new(&self.target, &Observation::RedisNodes(self.seen.clone())).unwrap(),
            &self.history,
            plan,
            self.now,
        )
    }

    #[track_caller]
    pub(super) fn accepts(&self, plan: &Plan) {
        assert_eq!(self.judge(plan), Ok(()), "{plan}");
    }

    /// Refused for exactly this, and nothing else.
    #[track_caller]
    pub(super) fn refuses(&self, plan: &Plan, invariant: &str) {
        self.refuses_for(plan, &[invariant]);
    }

    /// Refused for exactly these.
    #[track_caller]
    pub(super) fn refuses_for(&self, plan: &Plan, invariants: &[&str]) {
        let found: BTreeSet<_> =
            self.judge(plan).err().unwrap_or_default().iter().map(|found| found.invariant).collect();
        let named: BTreeSet<_> = invariants.iter().copied().collect();
        assert_eq!(found, named, "{plan}: {:#?}", self.judge(plan));
    }
}

/// What a test changes of a plan.
pub(super) trait Mistaken {
    fn mistaken(self, change: impl FnOnce(&mut Plan)) -> Plan;
}

impl Mistaken for Plan {
    fn mistaken(mut self, change: impl FnOnce(&mut Plan)) -> Plan {
        change(&mut self);
        self
    }
}

fn target(mode: ClusterMode) -> Target {
    let enabled = mode == ClusterMode::Enabled;
    let ladder = ["cache.r6g.large", "cache.r6g.xlarge", "cache.r6g.2xlarge", "cache.r6g.4xlarge"];
    Target {
        name: TargetName::new("sessions"),
        kind: TargetKind::RedisNodes(RedisNodes {
            group: GroupName::new("sessions"),
            cluster_mode: mode,
            failover: true,
            replicas: bounds(1, 5),
            shards: enabled.then(|| bounds(1, 5)),
            node_types: ladder.map(NodeType::new).to_vec(),
            change_within: SignedDuration::from_mins(30),
        }),
        scaling: Scaling {
            min: Count(2),
            max: Count(if enabled { 12 } else { 6 }),
            evaluate_every: SignedDuration::from_mins(5),
            scale_out: vec![
                rule(Signal::Cpu, Comparison::Above, 70.0),
                rule(Signal::Memory, Comparison::Above, 75.0),
            ],
            scale_in: vec![
                rule(Signal::Cpu, Comparison::Below, 40.0),
                rule(Signal::Memory, Comparison::Below, 40.0),
            ],
            track: Vec::new(),
            alert: Vec::new(),
            windows: Vec::new(),
            cooldown: PerDirection { out: SignedDuration::ZERO, in_: SignedDuration::from_mins(10) },
            stabilization: PerDirection { out: SignedDuration::ZERO, in_: SignedDuration::ZERO },
            rate_limit: PerDirection { out: None, in_: None },
            margin: Percent(10.0),
            at_maximum_for: SignedDuration::from_mins(15),
            forecast: None,
            override_for: SignedDuration::from_hours(1),
        },
    }
}

pub(super) fn rule(signal: Signal, comparison: Comparison, threshold: f64) -> ThresholdRule {
    ThresholdRule {
        signal,
        comparison,
        threshold,
        points: PointsRequired::All { of: 5 },
        step: Count(1),
        text: signal.name().to_owned(),
    }
}

pub(super) fn shard_id(number: u32) -> ShardId {
    ShardId::new(format!("{number:04}"))
}

/// `sessions-001` with cluster mode disabled, `sessions-0001-001` with it enabled.
fn shard(mode: ClusterMode, number: u32, replicas: u32) -> Shard {
    let node = |place: u32| {
        let (id, role) = match mode {
            ClusterMode::Disabled => {
                let role = if place == 1 { Role::Primary } else { Role::Replica };
                (format!("sessions-{place:03}"), role)
            }
            ClusterMode::Enabled => (format!("sessions-{number:04}-{place:03}"), Role::Unknown),
        };
        node(&id, role, ["a", "b", "c"][(place as usize - 1) % 3])
    };
    let nodes = (1..=replicas + 1).map(node).collect();
    Shard { id: shard_id(number), status: Availability::Available, nodes }
}

pub(super) fn node(id: &str, role: Role, zone: &str) -> Node {
    Node {
        id: NodeId::new(id),
        role,
        status: Availability::Available,
        zone: Some(AvailabilityZone::new(format!("eu-west-1{zone}"))),
        created: None,
    }
}

fn window(from: &str, to: &str, min: Option<u32>, max: Option<u32>) -> CapacityWindow {
    CapacityWindow {
        days: WindowDays::Weekdays { on: EVERY_DAY.to_vec(), except: Arc::default() },
        from: from.parse().unwrap(),
        to: Some(to.parse().unwrap()),
        zone: jiff::tz::TimeZone::UTC,
        min: min.map(Count),
        max: max.map(Count),
        lead: SignedDuration::ZERO,
        over: SignedDuration::ZERO,
        text: format!("{from}-{to}"),
    }
}

const EVERY_DAY: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn bounds(min: u32, max: u32) -> CapacityBounds {
    CapacityBounds { min: Count(min), max: Count(max) }
}

/// One value a minute, the last of them two minutes old.
pub(super) fn points(now: Timestamp, values: &[f64]) -> Reading {
    aged(now, values, 2)
}

/// The same, the last of them so many minutes old.
pub(super) fn aged(now: Timestamp, values: &[f64], minutes: i64) -> Reading {
    let last = Minute::containing(now).0 - minutes;
    let first = last - i64::try_from(values.len()).unwrap() + 1;
    let points =
        values.iter().zip(first..).map(|(value, minute)| Point { minute: Minute(minute), value: *value });
    Reading::new(points.collect(), None, now)
}
