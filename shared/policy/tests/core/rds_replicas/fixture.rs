//! A small account to plan on: one source, some replicas, their records. Everything healthy and busy unless a test says otherwise.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::check::check;
use tidegate_policy::history::{History, WeightSince};
use tidegate_policy::names::{
    AvailabilityZone, DnsName, InstanceClass, InstanceId, ResourceId, SetId, Stage, TargetName, ZoneId,
};
use tidegate_policy::observation::{
    ChangeSeen, ChangeStatus, Facts, InstanceStatus, MemberSignals, Minute, Observation, OtherUses, Point,
    RdsObservation, Reading, RecordGroup, Replica, Replication, Settings, Source, WeightedRecord,
};
use tidegate_policy::observed::Observed;
use tidegate_policy::ownership::{FLOOR_SET_ID, OWNER_TAG, STAGE_TAG, TARGET_TAG};
use tidegate_policy::plan::{Action, Plan, RdsReplicasAction, RecordChange, plan};
use tidegate_policy::policy::{
    Comparison, Drain, Engine, OnDeadline, PerDirection, RdsReplicas, ReaderName, Scaling, Signal, Target,
    TargetKind,
};
use tidegate_policy::record::{Outcome, settle};
use tidegate_policy::units::{Count, Percent, TtlSeconds, Weight};

pub(crate) use crate::fixture::{minutes, noon, rule};

/// The mission's production numbers, without windows and with short waits.
pub(crate) fn target() -> Target {
    Target {
        name: TargetName::new("orders"),
        kind: TargetKind::RdsReplicas(RdsReplicas {
            source: InstanceId::new("orders-primary"),
            engine: Engine::MySql,
            class: Some(InstanceClass::new("db.t3.medium")),
            fallback_classes: Vec::new(),
            fallback_zones: Vec::new(),
            security_groups: Vec::new(),
            reader: ReaderName {
                zone: ZoneId::new("Z1"),
                name: DnsName::new("orders-ro.example.com"),
                ttl: TtlSeconds(10),
            },
            prefix: "tg-orders-".to_owned(),
            owner: "tidegate".to_owned(),
            tags: BTreeMap::new(),
            stage: Stage::new("production"),
            floor: true,
            lag_bound: SignedDuration::from_secs(30),
            max_connections: Some(100),
            pool_lifetime: minutes(10),
            creations_per_day: Count(6),
            replace_after: minutes(60),
            drain: Drain {
                deadline: minutes(45),
                quiet_points: 4,
                idle_connections: 1,
                on_deadline: OnDeadline::Cancel,
            },
        }),
        scaling: Scaling {
            min: Count(1),
            max: Count(5),
            evaluate_every: minutes(5),
            scale_out: vec![
                rule(Signal::PrimaryCpu, Comparison::Above, 70.0, 10),
                rule(Signal::Connections, Comparison::Above, 80.0, 10),
                rule(Signal::Lag, Comparison::Above, 1.0, 5),
            ],
            scale_in: vec![
                rule(Signal::ReplicaCpu, Comparison::Below, 40.0, 30),
                rule(Signal::Connections, Comparison::Below, 40.0, 30),
            ],
            track: Vec::new(),
            alert: vec![rule(Signal::Lag, Comparison::Above, 1.0, 1)],
            windows: Vec::new(),
            cooldown: PerDirection { out: minutes(10), in_: minutes(30) },
            stabilization: PerDirection { out: SignedDuration::ZERO, in_: SignedDuration::ZERO },
            rate_limit: PerDirection { out: None, in_: None },
            margin: Percent(10.0),
            at_maximum_for: SignedDuration::from_mins(15),
            forecast: None,
            override_for: minutes(60),
        },
    }
}

pub(crate) fn rds(target: &mut Target) -> &mut RdsReplicas {
    let TargetKind::RdsReplicas(rds) = &mut target.kind else { panic!("replicas") };
    rds
}

/// An account at one moment, and the memory of the ledger.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) target: Target,
    pub(crate) seen: RdsObservation,
    /// How the change stands that Route 53 is asked for.
    pub(crate) change: ChangeStatus,
    pub(crate) history: History,
    pub(crate) now: Timestamp,
    /// Whether RDS was asked by name for what is not among the replicas, and does not know it.
    pub(crate) asked_by_name: bool,
}

impl Account {
    /// A source and `replicas` that have served for long, at 50% CPU and 50 of 100 connections: nothing asks for a change.
    pub(crate) fn steady(replicas: usize) -> Self {
        let now = noon();
        let source = Source {
            id: InstanceId::new("orders-primary"),
            status: status("available"),
            engine: Engine::MySql,
            class: InstanceClass::new("db.t3.medium"),
            zone: Some(AvailabilityZone::new("eu-west-1a")),
            endpoint: Some(endpoint("orders-primary")),
            backup_retention_days: 7,
            cluster: None,
            managed_password: false,
            source: None,
            replication: Replication::Unknown,
            settings: Settings::default(),
            not_copied: Vec::new(),
            tags: BTreeMap::new(),
            signals: signals(50.0, 50.0, None, now),
        };
        let mut account = Self {
            target: target(),
            seen: RdsObservation {
                at: now,
                source: Some(source),
                source_is_cluster: false,
                blue_green: Ok(Vec::new()),
                replicas: Vec::new(),
                absent: BTreeSet::new(),
                records: RecordGroup { other_uses: OtherUses::none(), ..RecordGroup::default() },
                change: None,
                signals_read: true,
                facts: Facts::default(),
            },
            change: ChangeStatus::Unknown,
            history: History::default(),
            now,
            asked_by_name: true,
        };
        account.put_record(FLOOR_SET_ID, if replicas == 0 { 64 } else { 0 }, "orders-primary");
        for index in 1..=replicas {
            account.add_replica(&format!("tg-orders-{index}"), Some(64));
        }
        account
    }

    /// A replica of ours, available and caught up, with a record if `weight` is given.
    pub(crate) fn add_replica(&mut self, id: &str, weight: Option<u8>) -> &mut Replica {
        if let Some(weight) = weight {
            self.put_record(id, weight, id);
        }
        self.seen.replicas.push(Replica {
            id: InstanceId::new(id),
            resource_id: ResourceId::new(format!("db-{id}")),
            created_at: Some(self.now - SignedDuration::from_hours(48)),
            status: status("available"),
            source: Some(InstanceId::new("orders-primary")),
            class: InstanceClass::new("db.t3.medium"),
            zone: Some(AvailabilityZone::new("eu-west-1b")),
            endpoint: Some(endpoint(id)),
            replication: Replication::Normal,
            pending: Vec::new(),
            tags: BTreeMap::from([
                (OWNER_TAG.to_owned(), "tidegate".to_owned()),
                (STAGE_TAG.to_owned(), "production".to_owned()),
                (TARGET_TAG.to_owned(), "orders".to_owned()),
            ]),
            iam_authentication: false,
            deletion_protection: false,
            children: Vec::new(),
            signals: signals(50.0, 50.0, Some(0.1), self.now),
        });
        self.seen.replicas.last_mut().unwrap()
    }

    fn put_record(&mut self, set_id: &str, weight: u8, instance: &str) {
        let record = WeightedRecord {
            set_id: SetId::new(set_id),
            weight: Weight(weight),
            ttl: TtlSeconds(10),
            value: endpoint(instance),
        };
        let since = WeightSince {
            weight: Some(Weight(weight)),
            since: self.now - SignedDuration::from_hours(40),
            change: None,
            insync_at: Some(self.now - SignedDuration::from_hours(40)),
        };
        self.history.rds_replicas.weights.insert(record.set_id.clone(), since);
        self.seen.records.weighted.push(record);
    }

    pub(crate) fn replica(&mut self, id: &str) -> &mut Replica {
        self.seen.replicas.iter_mut().find(|replica| replica.id.as_str() == id).unwrap()
    }

    pub(crate) fn source(&mut self) -> &mut Source {
        self.seen.source.as_mut().unwrap()
    }

    pub(crate) fn weight(&self, set_id: &str) -> Option<u8> {
        self.seen.records.record(set_id).map(|record| record.weight.0)
    }

    /// A replica's creation and its catching up are over, and it is this busy: CPU percent and connections of 100.
    pub(crate) fn comes_up(&mut self, id: &str, cpu: f64, connections: f64) {
        let now = self.now;
        let replica = self.replica(id);
        replica.status = status("available");
        replica.endpoint = Some(endpoint(id));
        replica.replication = Replication::Normal;
        replica.signals.cpu = reading(cpu, now);
        replica.signals.connections = reading(connections, now);
        replica.signals.lag = reading(0.2, now);
        replica.signals.max_connections = Some(100);
    }

    /// Load on every member: CPU percent and connections of 100, over the whole look-back.
    pub(crate) fn load(&mut self, cpu: f64, connections: f64) {
        let now = self.now;
        for signals in self.seen.replicas.iter_mut().map(|replica| &mut replica.signals) {
            signals.cpu = reading(cpu, now);
            signals.connections = reading(connections, now);
        }
        let signals = &mut self.source().signals;
        signals.cpu = reading(cpu, now);
        signals.connections = reading(connections, now);
    }

    pub(crate) fn plan(&self) -> Plan {
        plan(Observed::new(&self.target, &self.observation()).unwrap(), &self.history, self.now)
    }

    pub(crate) fn observation(&self) -> Observation {
        let mut seen = self.seen.clone();
        let asked = self.history.rds_replicas.pending_change();
        seen.change = asked.map(|id| ChangeSeen { id: id.clone(), status: self.change });
        if self.asked_by_name {
            let records = seen.records.weighted.iter().map(|record| InstanceId::new(record.set_id.as_str()));
            let mut asked: BTreeSet<_> = records.filter(|id| id.as_str() != FLOOR_SET_ID).collect();
            let adding = self.history.rds_replicas.additions().map(|one| &one.id);
            asked.extend(adding.chain(self.history.rds_replicas.removing()).cloned());
            asked.retain(|id| seen.replica(id).is_none());
            seen.absent = asked;
        }
        Observation::RdsReplicas(seen)
    }

    /// Plans, checks, and makes the plan come true as AWS would: creations appear as `creating`, batches apply, deletions begin.
    /// Then a minute passes, in which every series gets a point like its last.
    pub(crate) fn step(&mut self) -> Plan {
        let plan = self.plan();
        if let Err(violations) =
            check(Observed::new(&self.target, &self.observation()).unwrap(), &self.history, &plan, self.now)
        {
            panic!("the checker refuses the planner's plan\n{plan}\n{violations:#?}");
        }
        let mut outcomes = Vec::new();
        for action in &plan.actions {
            self.come_true(action);
            outcomes.push((
                action.clone(),
                Outcome::Applied { change: Some(tidegate_policy::names::ChangeId::new("C")) },
            ));
        }
        self.history = settle(plan.history.clone(), &outcomes, self.now);
        self.pass(1);
        plan
    }

    /// Steps until the plan is at rest, and gives the reasons of the steps, each once in a row.
    pub(crate) fn settle_down(&mut self, most: usize) -> Vec<&'static str> {
        let mut reasons: Vec<&'static str> = Vec::new();
        for _ in 0..most {
            let plan = self.step();
            let Some(step) = plan.step else { return reasons };
            if reasons.last() != Some(&step.reason.code()) {
                reasons.push(step.reason.code());
            }
        }
        panic!("not at rest after {most} attempts: {reasons:?}");
    }

    /// Time passes: changes get INSYNC, and every present series goes on as it was.
    pub(crate) fn pass(&mut self, count: i64) {
        self.now += minutes(count);
        self.seen.at = self.now;
        self.change = ChangeStatus::InSync;
        let now = self.now;
        let go_on = |reading: &mut Reading| {
            if let Reading::Fresh(series) = reading {
                *reading = self::reading(series.newest().value, now);
            }
        };
        for signals in self.seen.replicas.iter_mut().map(|replica| &mut replica.signals) {
            go_on(&mut signals.cpu);
            go_on(&mut signals.connections);
            go_on(&mut signals.lag);
        }
        if let Some(source) = &mut self.seen.source {
            go_on(&mut source.signals.cpu);
            go_on(&mut source.signals.connections);
        }
    }

    pub(crate) fn come_true(&mut self, action: &Action) {
        match action {
            Action::RdsReplicas(RdsReplicasAction::CreateReplica(create)) => {
                let now = self.now;
                let replica = self.add_replica(create.id.as_str(), None);
                replica.status = status("creating");
                replica.created_at = Some(now);
                replica.endpoint = None;
                replica.replication = Replication::Unknown;
                replica.tags.clone_from(&create.tags);
                replica.class = create.class.clone();
                replica.iam_authentication = create.settings.iam_authentication;
                replica.signals = no_signals();
            }
            Action::RdsReplicas(RdsReplicasAction::ChangeRecords(batch)) => {
                for change in &batch.changes {
                    let weighted = &mut self.seen.records.weighted;
                    match change {
                        RecordChange::Delete(record) => {
                            let place = weighted.iter().position(|found| found == record).unwrap();
                            weighted.remove(place);
                        }
                        RecordChange::Create(record) => {
                            assert!(weighted.iter().all(|found| found.set_id != record.set_id), "{action}");
                            weighted.push(record.clone());
                        }
                    }
                }
                weights_are_sound(&self.seen);
            }
            Action::RdsReplicas(RdsReplicasAction::DeleteReplica(delete)) => {
                self.replica(delete.id.as_str()).status = status("deleting")
            }
            other => panic!("no action on replicas: {other}"),
        }
    }
}

/// I2 and I3, as DNS would see them.
fn weights_are_sound(seen: &RdsObservation) {
    let serves = |record: &WeightedRecord| {
        let replica = seen.replicas.iter().find(|replica| replica.id.as_str() == record.set_id.as_str());
        record.set_id.as_str() == FLOOR_SET_ID || replica.is_some_and(|replica| replica.status.serves())
    };
    let mut positive = seen.records.weighted.iter().filter(|record| record.weight.is_positive()).peekable();
    assert!(positive.peek().is_some(), "the reader name has no positive weight");
    assert!(positive.any(serves), "no record with a weight points at an instance that serves");
}

pub(crate) fn status(word: &str) -> InstanceStatus {
    InstanceStatus(word.to_owned())
}

pub(crate) fn endpoint(instance: &str) -> DnsName {
    DnsName::new(format!("{instance}.abc.eu-west-1.rds.amazonaws.com"))
}

/// A complete series of one value, as far back as any rule looks.
pub(crate) fn reading(value: f64, now: Timestamp) -> Reading {
    let newest = Minute::containing(now).0 - 2;
    let points = (newest - 60..=newest).map(|minute| Point { minute: Minute(minute), value }).collect();
    Reading::new(points, None, now)
}

fn signals(cpu: f64, connections: f64, lag: Option<f64>, now: Timestamp) -> MemberSignals {
    MemberSignals {
        cpu: reading(cpu, now),
        connections: reading(connections, now),
        lag: lag.map_or(Reading::Missing, |lag| reading(lag, now)),
        read_latency: Reading::Missing,
        disk_queue: Reading::Missing,
        max_connections: Some(100),
    }
}

pub(crate) fn no_signals() -> MemberSignals {
    MemberSignals {
        cpu: Reading::Missing,
        connections: Reading::Missing,
        lag: Reading::Missing,
        read_latency: Reading::Missing,
        disk_queue: Reading::Missing,
        max_connections: None,
    }
}
