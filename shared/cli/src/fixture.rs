//! A simulation made by hand for the tests of tables and pages: no policy and no account, only something of every kind to draw.

pub(crate) mod account;
pub(crate) mod ecs_service;
pub(crate) mod redis_nodes;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::forecast::need::Expected;
use tidegate_policy::observation::Minute;
use tidegate_policy::policy::Signal;
use tidegate_simulator::demand::shape::Shape;
use tidegate_simulator::document::{
    Body, DiskFrame, Document, Frame, Recording, ReplicaFrame, ReplicaSet, Simulation, Stage, Threshold,
    TimelineEntry,
};
use tidegate_simulator::split::Split;

/// A replica of the fixture: its name, when it is asked for, and when it starts to leave.
const LIVES: [(&str, usize, usize); 8] = [
    ("tg-orders-a1b2c3-0", 0, 1440),
    ("tg-orders-5f2c77-0", 400, 640),
    ("tg-orders-5f2c77-1", 400, 600),
    ("tg-orders-90aa3e-0", 700, 820),
    ("tg-orders-90aa3e-1", 702, 790),
    ("tg-orders-77d0f1-0", 850, 1010),
    ("tg-orders-31be42-0", 1080, 1270),
    ("tg-orders-31be42-1", 1080, 1300),
];

/// Minutes in each stage of the way in, and of the way out.
const WAY_IN: [(usize, Stage); 3] = [(13, Stage::Creating), (16, Stage::CatchingUp), (26, Stage::Ramping)];
const WAY_OUT: [(usize, Stage); 2] = [(20, Stage::Draining), (26, Stage::Deleting)];

/// A forecast that begins to speak after two hours, and knows nothing of what comes at once.
fn expected(at: Timestamp, units: f64) -> Option<Expected> {
    let from = Minute::containing(at);
    let of_day = from.0.rem_euclid(1_440);
    let usual = units.min(1.6);
    (of_day >= 120).then_some(Expected {
        from,
        half: (0.8 * usual, 1.2 * usual),
        most: (0.5 * usual, 1.5 * usual),
    })
}

fn replica(minute: usize, load: f64, (id, asked, leaves): (&str, usize, usize)) -> Option<ReplicaFrame> {
    let age = minute.checked_sub(asked)?;
    let leaving = minute.checked_sub(leaves);
    let failed = id == "tg-orders-90aa3e-1";
    let stage = match leaving {
        Some(gone) => WAY_OUT.iter().find(|(until, _)| gone < *until)?.1,
        None if asked == 0 => Stage::Serving,
        None if failed && age > 30 => Stage::Failed,
        None if failed => Stage::Creating,
        None => WAY_IN.iter().find(|(until, _)| age < *until).map_or(Stage::Serving, |(_, stage)| *stage),
    };
    let climbing = u8::try_from(1 + (age.saturating_sub(16)) * 10).unwrap_or(100).min(100);
    let weight = match stage {
        Stage::Serving => Some(100),
        Stage::Ramping => Some(climbing),
        Stage::Draining => Some(0),
        _ => None,
    };
    let share = f64::from(weight.unwrap_or(0)) / 100.0;
    let left = leaving.map_or(1.0, |gone| (1.0 - gone as f64 / 12.0).max(0.0));
    Some(ReplicaFrame {
        id: id.to_owned(),
        stage,
        weight,
        cpu: (load * share * 100.0).min(100.0),
        connections: (12.0 + 45.0 * load.min(1.3) * share.max(0.2)) * left,
        lag: match stage {
            Stage::CatchingUp => 400.0 * (16.0 - age as f64).max(0.05),
            _ if (900..930).contains(&minute) && asked == 850 => 42.0,
            _ => 0.15 + 0.4 * load * load,
        },
        disk: disk(load * share),
        serves: share,
    })
}

fn disk(load: f64) -> DiskFrame {
    DiskFrame { read_latency: 0.001 + 0.02 * load * load, queue: 12.0 * load * load }
}

/// The fixture.
pub(crate) fn simulation() -> Simulation {
    let demand = Shape::Mission.demand(1440, 1, 3.5);
    let at = |minute: usize| demand.start + SignedDuration::from_mins(i64::try_from(minute).unwrap());
    let mut frames = Vec::new();
    for (minute, units) in demand.units.iter().enumerate() {
        let serving = LIVES.iter().filter_map(|life| replica(minute, 0.0, *life)).filter_map(|r| r.weight);
        let capacity = serving.map(|weight| f64::from(weight) / 100.0).sum::<f64>() + 0.4;
        let load = units / capacity;
        frames.push(Frame {
            at: at(minute),
            demand: *units,
            capacity,
            desired: u32::try_from(LIVES.iter().filter(|life| (life.1..life.2).contains(&minute)).count())
                .unwrap(),
            expected: expected(at(minute), *units),
            body: Body::Replicas(ReplicaSet {
                primary_cpu: (18.0 + 40.0 * load).min(100.0),
                primary_connections: 20.0 + 18.0 * load.min(2.0),
                primary_disk: disk(load),
                floor_weight: (905..925).contains(&minute).then_some(50),
                replicas: LIVES.iter().filter_map(|life| replica(minute, load, *life)).collect(),
            }),
        });
    }
    let entry = |minute: usize, kind: &str, reason: &str, detail: &str| TimelineEntry {
        at: at(minute),
        target: "orders-readers".to_owned(),
        kind: kind.to_owned(),
        reason: reason.to_owned(),
        detail: detail.to_owned(),
    };
    let timeline = vec![
        entry(0, "hold", "within_thresholds", "primary cpu 22% is below 70%; 1 replica stays"),
        entry(
            400,
            "decision",
            "scale_out_threshold",
            "`primary cpu > 70% for 10m` holds: 10 of 10 points, lowest 71.4%; 1 to 3",
        ),
        entry(
            400,
            "step",
            "create_replicas",
            "tg-orders-5f2c77-0 and tg-orders-5f2c77-1 of orders-primary (db.t3.medium)",
        ),
        entry(
            400,
            "outcome",
            "applied",
            "create replica tg-orders-5f2c77-0 of orders-primary (db.t3.medium): applied",
        ),
        entry(
            413,
            "step",
            "await_replication",
            "tg-orders-5f2c77-0 is up and 1,200 s behind; it joins at 60 s or less",
        ),
        entry(416, "step", "join_reader", "tg-orders-5f2c77-0 joins orders-ro.db.example.com at weight 1"),
        entry(426, "step", "serving", "tg-orders-5f2c77-0 takes its full share: weight 100 of 300"),
        entry(560, "hold", "stabilizing", "2 is recommended, and 3 was within the last 30m"),
        entry(
            600,
            "decision",
            "scale_in_thresholds",
            "`replica cpu < 40% for 30m` and `connections < 40% for 30m` hold; 3 to 2",
        ),
        entry(600, "step", "drain_start", "tg-orders-5f2c77-1 goes to weight 0; 38 clients are connected"),
        entry(620, "step", "delete_replica", "tg-orders-5f2c77-1 (db-XYZ): no clients for 5 points"),
        entry(690, "world", "spike", "100 to 1,000 users at once"),
        entry(700, "world", "creation_fails", "the next creation fails after 30m"),
        entry(
            702,
            "outcome",
            "call_failed",
            "create replica tg-orders-90aa3e-1: failed, to be tried at the next wake-up: Throttling: Rate exceeded",
        ),
        entry(733, "alert", "creation_failed", "tg-orders-90aa3e-1 ended in `failed`"),
        entry(
            900,
            "note",
            "foreign_record",
            "the record `legacy` of orders-ro.db.example.com is not ours; it is left alone",
        ),
        entry(905, "alert", "alert_threshold", "lag of tg-orders-77d0f1-0 is 42 s, above 1 s for 1m"),
        entry(
            1010,
            "decision",
            "scale_in_thresholds",
            "`replica cpu < 40% for 30m` and `connections < 40% for 30m` hold; 2 to 1",
        ),
    ];
    let violated = |share: f64| frames.iter().filter(|f| f.demand > share * f.capacity).count() as u64;
    let document = Document {
        scenario: "mission".to_owned(),
        policy: "infra/policies/production.toml".to_owned(),
        target: "orders-readers".to_owned(),
        seed: 1,
        days: 1.0,
        unit_hours: frames.iter().map(|frame| frame.replicas().len() as f64 / 60.0).sum(),
        violation_minutes: violated(0.85),
        severe_minutes: violated(1.0),
        violation_causes: Split { creating: 150, ramping: violated(0.85) - 150, ..Split::default() },
        actions: 7,
        reversals: 1,
        invariant_violations: 0,
        announcements: 0,
        api_calls: BTreeMap::from(
            [
                ("rds:CreateDBInstanceReadReplica", 7),
                ("rds:DeleteDBInstance", 6),
                ("rds:DescribeDBInstances", 1688),
                ("route53:ChangeResourceRecordSets", 74),
                ("route53:ListResourceRecordSets", 1688),
                ("cloudwatch:GetMetricData", 288),
            ]
            .map(|(name, count)| (name.to_owned(), count)),
        ),
        timeline,
    };
    let threshold = |rule: &str, signal, value| Threshold { rule: rule.to_owned(), signal, value };
    let recording = Recording {
        frames,
        thresholds: vec![
            threshold("primary cpu > 70% for 10m", Signal::PrimaryCpu, 70.0),
            threshold("connections > 80% for 10m", Signal::Connections, 80.0),
            threshold("lag > 1s for 5m", Signal::Lag, 1.0),
            threshold("replica cpu < 40% for 30m", Signal::ReplicaCpu, 40.0),
            threshold("connections < 40% for 30m", Signal::Connections, 40.0),
            threshold("lag > 1s for 1m", Signal::Lag, 1.0),
        ],
    };
    Simulation { document, recording, outlook: None }
}
