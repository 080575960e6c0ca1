//! The policies that the tests of this crate simulate: production's, in short.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::document::parse;
use tidegate_policy::names::{
    AvailabilityZone, ClusterName, DnsName, InstanceClass, InstanceId, QueueName, ServiceName, Stage,
    TargetName, ZoneId,
};
use tidegate_policy::policy::{
    Comparison, Drain, EcsService, Engine, LoadBalancer, OnDeadline, PerDirection, PlannedEvent,
    PointsRequired, RateLimit, RdsReplicas, ReaderName, RedisNodes, Scaling, Signal, Target, TargetKind,
    ThresholdRule, TrackingRule,
};
use tidegate_policy::units::{Count, Percent, TtlSeconds};

use crate::demand::Demand;

pub(crate) fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

pub(crate) fn start() -> Timestamp {
    "2026-03-02T00:00:00Z".parse().unwrap()
}

pub(crate) fn rule(
    signal: Signal,
    comparison: Comparison,
    threshold: f64,
    of: u32,
    text: &str,
) -> ThresholdRule {
    let points = PointsRequired::All { of };
    ThresholdRule { signal, comparison, threshold, points, step: Count(1), text: text.to_owned() }
}

pub(crate) fn target(min: u32, max: u32) -> Target {
    Target {
        name: TargetName::new("orders-readers"),
        kind: TargetKind::RdsReplicas(RdsReplicas {
            source: InstanceId::new("orders-primary"),
            engine: Engine::MySql,
            class: Some(InstanceClass::new("db.t3.medium")),
            fallback_classes: vec![InstanceClass::new("db.t4g.medium")],
            fallback_zones: vec![AvailabilityZone::new("eu-west-1b")],
            security_groups: Vec::new(),
            reader: ReaderName {
                zone: ZoneId::new("Z08ORDERS"),
                name: DnsName::new("orders-ro.db.example.com"),
                ttl: TtlSeconds(10),
            },
            prefix: "tg-orders-readers-".to_owned(),
            owner: "tidegate".to_owned(),
            tags: BTreeMap::new(),
            stage: Stage::new("default"),
            floor: true,
            lag_bound: SignedDuration::from_secs(1),
            max_connections: None,
            pool_lifetime: minutes(10),
            creations_per_day: Count(12),
            replace_after: minutes(60),
            drain: Drain {
                deadline: minutes(45),
                quiet_points: 3,
                idle_connections: 1,
                on_deadline: OnDeadline::Cancel,
            },
        }),
        scaling: Scaling {
            min: Count(min),
            max: Count(max),
            evaluate_every: minutes(5),
            scale_out: vec![
                rule(Signal::PrimaryCpu, Comparison::Above, 70.0, 10, "primary cpu > 70% for 10m"),
                rule(Signal::Connections, Comparison::Above, 80.0, 10, "connections > 80% for 10m"),
            ],
            scale_in: vec![
                rule(Signal::ReplicaCpu, Comparison::Below, 40.0, 30, "replica cpu < 40% for 30m"),
                rule(Signal::Connections, Comparison::Below, 40.0, 30, "connections < 40% for 30m"),
            ],
            track: Vec::new(),
            alert: vec![rule(Signal::Lag, Comparison::Above, 1.0, 1, "lag > 1s for 1m")],
            windows: Vec::new(),
            cooldown: PerDirection { out: minutes(10), in_: minutes(30) },
            stabilization: PerDirection { out: minutes(0), in_: minutes(30) },
            rate_limit: PerDirection {
                out: Some(RateLimit { members: Count(2), period: minutes(15) }),
                in_: Some(RateLimit { members: Count(1), period: minutes(30) }),
            },
            margin: Percent(10.0),
            at_maximum_for: SignedDuration::from_mins(15),
            forecast: None,
            override_for: minutes(60),
        },
    }
}

pub(crate) fn rds_mut(target: &mut Target) -> &mut RdsReplicas {
    let TargetKind::RdsReplicas(kind) = &mut target.kind else { panic!("not a target of replicas") };
    kind
}

/// The mission's service behind a load balancer.
pub(crate) fn service(min: u32, max: u32) -> Target {
    Target {
        name: TargetName::new("api"),
        kind: TargetKind::EcsService(EcsService {
            cluster: ClusterName::new("production"),
            service: ServiceName::new("api"),
            load_balancer: Some(LoadBalancer {
                load_balancer: "app/production/1f".to_owned(),
                target_groups: vec!["targetgroup/api/2e".to_owned()],
            }),
            queue: None,
            spot: None,
            events: Vec::new(),
            start_within: minutes(10),
        }),
        scaling: Scaling {
            min: Count(min),
            max: Count(max),
            evaluate_every: minutes(1),
            scale_out: vec![
                rule(Signal::Cpu, Comparison::Above, 70.0, 10, "cpu > 70% for 10m"),
                rule(Signal::Memory, Comparison::Above, 80.0, 10, "memory > 80% for 10m"),
                rule(Signal::Latency, Comparison::Above, 1.0, 5, "p95 latency > 1s for 5m"),
            ],
            scale_in: vec![
                rule(Signal::Cpu, Comparison::Below, 40.0, 25, "cpu < 40% for 25m"),
                rule(Signal::Memory, Comparison::Below, 60.0, 25, "memory < 60% for 25m"),
            ],
            track: Vec::new(),
            alert: Vec::new(),
            windows: Vec::new(),
            cooldown: PerDirection { out: minutes(1), in_: minutes(5) },
            stabilization: PerDirection { out: minutes(0), in_: minutes(0) },
            rate_limit: PerDirection { out: None, in_: None },
            margin: Percent(10.0),
            at_maximum_for: SignedDuration::from_mins(15),
            forecast: None,
            override_for: minutes(60),
        },
    }
}

/// Workers on a queue, from none at all.
pub(crate) fn workers(min: u32, max: u32) -> Target {
    let mut target = service(min, max);
    let kind = service_mut(&mut target);
    kind.service = ServiceName::new("worker");
    kind.load_balancer = None;
    kind.queue = Some(QueueName::new("jobs"));
    target.name = TargetName::new("worker");
    target.scaling.scale_out =
        vec![rule(Signal::QueueDepth, Comparison::Above, 100.0, 3, "queue depth > 100 for 3m")];
    target.scaling.scale_in = vec![
        rule(Signal::QueueDepth, Comparison::Below, 20.0, 10, "queue depth < 20 for 10m"),
        rule(Signal::Cpu, Comparison::Below, 50.0, 10, "cpu < 50% for 10m"),
    ];
    target
}

/// The same service by its requests alone, a thousand a task.
pub(crate) fn by_requests(min: u32, max: u32) -> Target {
    let mut target = service(min, max);
    let text = "requests per target at 1000".to_owned();
    target.scaling.track = vec![TrackingRule { signal: Signal::RequestsPerTarget, target: 1_000.0, text }];
    target.scaling.scale_out.retain(|rule| rule.signal == Signal::Latency);
    target.scaling.scale_in.clear();
    target
}

pub(crate) fn service_mut(target: &mut Target) -> &mut EcsService {
    let TargetKind::EcsService(kind) = &mut target.kind else { panic!("not a service") };
    kind
}

/// The mission's replication group, cluster mode disabled.
pub(crate) fn nodes(min: u32, max: u32) -> Target {
    group(min, max, &format!("failover = {}", min > 1))
}

/// The same with cluster mode enabled: so many shards, each of one to five replicas.
pub(crate) fn sharded(min: u32, max: u32, shards: (u32, u32)) -> Target {
    let (least, most) = shards;
    group(min, max, &format!("cluster_mode = \"enabled\"\nshards = {{ min = {least}, max = {most} }}"))
}

fn group(min: u32, max: u32, keys: &str) -> Target {
    let text = format!(
        r#"
[[target]]
name  = "sessions"
kind  = "redis-nodes"
group = "sessions"
{keys}
min = {min}
max = {max}
scale_out = ["memory > 75% for 10m", "cpu > 70% for 10m"]
scale_in  = ["memory < 40% for 30m", "cpu < 40% for 30m"]
alert     = ["evictions > 100 for 5m"]
cooldown  = {{ out = "10m", in = "15m" }}
"#
    );
    parse(&text).unwrap().targets.remove(0)
}

pub(crate) fn nodes_mut(target: &mut Target) -> &mut RedisNodes {
    let TargetKind::RedisNodes(kind) = &mut target.kind else { panic!("not a replication group") };
    kind
}

/// 5,600 requests a minute for two hours: eight tasks an hour before.
pub(crate) fn sale(from: Timestamp) -> PlannedEvent {
    PlannedEvent {
        name: "sale".to_owned(),
        from,
        to: from + minutes(120),
        expected: 5_600,
        per_task: 840,
        buffer: Percent(20.0),
        lead: minutes(60),
        max: None,
        descent: RateLimit { members: Count(2), period: minutes(10) },
        warm: None,
    }
}

/// Demand that swings between `low` and `high` once a day, with its lowest point at the start.
pub(crate) fn daily(minutes: usize, low: f64, high: f64) -> Demand {
    let unit = |minute: usize| {
        let phase = minute as f64 / 1_440.0 * std::f64::consts::TAU;
        low + (high - low) * (0.5 - 0.5 * phase.cos())
    };
    Demand::new("daily", start(), (0..minutes).map(unit).collect())
}
