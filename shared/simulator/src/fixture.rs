//! The policy that the tests of this crate simulate: production's, in short.

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::names::{DnsName, InstanceClass, InstanceId, TargetName, ZoneId};
use tidegate_policy::policy::{
    Comparison, Drain, Engine, OnDeadline, PerDirection, PointsRequired, RateLimit, RdsReplicas, ReaderName,
    Scaling, Signal, Target, TargetKind, ThresholdRule,
};
use tidegate_policy::units::{Count, Percent, TtlSeconds};

use crate::demand::Demand;

pub(crate) fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

pub(crate) fn start() -> Timestamp {
    "2026-03-02T00:00:00Z".parse().unwrap()
}

pub(crate) fn target(min: u32, max: u32) -> Target {
    let rule = |signal, comparison, threshold, of, text: &str| ThresholdRule {
        signal,
        comparison,
        threshold,
        points: PointsRequired::All { of },
        step: Count(1),
        text: text.to_owned(),
    };
    Target {
        name: TargetName::new("orders-readers"),
        kind: TargetKind::RdsReplicas(RdsReplicas {
            source: InstanceId::new("orders-primary"),
            engine: Engine::MySql,
            class: Some(InstanceClass::new("db.t3.medium")),
            security_groups: Vec::new(),
            reader: ReaderName {
                zone: ZoneId::new("Z08ORDERS"),
                name: DnsName::new("orders-ro.db.example.com"),
                ttl: TtlSeconds(10),
            },
            prefix: "tg-orders-readers-".to_owned(),
            owner: "tidegate".to_owned(),
            floor: true,
            lag_bound: SignedDuration::from_secs(1),
            max_connections: None,
            pool_lifetime: minutes(10),
            creations_per_day: Count(12),
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
        },
    }
}

pub(crate) fn rds_mut(target: &mut Target) -> &mut RdsReplicas {
    let TargetKind::RdsReplicas(kind) = &mut target.kind else { panic!("not a target of replicas") };
    kind
}

/// Demand that swings between `low` and `high` once a day, with its lowest point at the start.
pub(crate) fn daily(minutes: usize, low: f64, high: f64) -> Demand {
    let unit = |minute: usize| {
        let phase = minute as f64 / 1_440.0 * std::f64::consts::TAU;
        low + (high - low) * (0.5 - 0.5 * phase.cos())
    };
    Demand { scenario: "daily".to_owned(), start: start(), units: (0..minutes).map(unit).collect() }
}
