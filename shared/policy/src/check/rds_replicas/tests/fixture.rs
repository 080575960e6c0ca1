//! A target named `orders` with a quiet source and nothing behind its reader name; each test adds what it is about.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::check::{Violation, check};
use crate::decide::Decision;
use crate::history::{Addition, History, Intent, NotServing, Removal, Transition, WeightSince};
use crate::names::{
    ChangeId, DecisionId, DnsName, InstanceClass, InstanceId, ResourceId, SetId, Stage, TargetName, ZoneId,
};
use crate::observation::{
    ChangeSeen, ChangeStatus, Facts, InstanceStatus, MemberSignals, Minute, Observation, OtherUses, Point,
    RdsObservation, Reading, RecordGroup, Replica, Replication, Settings, Source, Standing, WeightedRecord,
};
use crate::observed::Observed;
use crate::ownership::TARGET_TAG;
use crate::plan::{
    Action, ChangeRecords, CreateReplica, DeleteReplica, Ending, Plan, RdsReplicasAction, RecordChange,
};
use crate::policy::{
    Drain, Engine, OnDeadline, PerDirection, RdsReplicas, ReaderName, Scaling, Target, TargetKind,
};
use crate::reason::{Explanation, Reason};
use crate::units::{Count, Percent, TtlSeconds, Weight};

pub(super) const SOURCE: &str = "orders";
pub(super) const PREFIX: &str = "tg-orders-";
pub(super) const FLOOR: &str = "primary-floor";
pub(super) const TTL: TtlSeconds = TtlSeconds(10);

/// What the checker is given, but for the plan.
#[derive(Clone)]
pub(super) struct World {
    pub(super) target: Target,
    pub(super) seen: RdsObservation,
    pub(super) history: History,
    pub(super) now: Timestamp,
    /// Whether RDS was asked by name for what is not among the replicas, and does not know it.
    pub(super) asked_by_name: bool,
}

impl World {
    /// Minimum 0, maximum 5, a floor at weight 0, and no replicas.
    pub(super) fn new() -> World {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let mut world = World {
            target: target(),
            seen: RdsObservation {
                at: now,
                source: Some(Source {
                    id: InstanceId::new(SOURCE),
                    status: status("available"),
                    engine: Engine::MySql,
                    class: InstanceClass::new("db.t3.medium"),
                    zone: None,
                    endpoint: Some(endpoint(SOURCE)),
                    backup_retention_days: 7,
                    cluster: None,
                    managed_password: false,
                    source: None,
                    replication: Replication::Unknown,
                    settings: Settings::default(),
                    not_copied: Vec::new(),
                    tags: BTreeMap::new(),
                    signals: signals(now),
                }),
                source_is_cluster: false,
                blue_green: Ok(Vec::new()),
                replicas: Vec::new(),
                absent: BTreeSet::new(),
                records: RecordGroup { other_uses: OtherUses::none(), ..RecordGroup::default() },
                change: None,
                signals_read: true,
                facts: Facts::default(),
            },
            history: History::default(),
            now,
            asked_by_name: true,
        };
        world.seen.records.weighted.push(record(FLOOR, 0, endpoint(SOURCE)));
        world
    }

    pub(super) fn rds(&mut self) -> &mut RdsReplicas {
        match &mut self.target.kind {
            TargetKind::RdsReplicas(rds) => rds,
            TargetKind::EcsService(_) | TargetKind::RedisNodes(_) => panic!("a world of replicas"),
        }
    }

    /// A replica of ours, named after the prefix, that RDS calls available and that nobody can reach by the reader name.
    pub(super) fn with_replica(mut self, name: &str) -> World {
        let id = id(name);
        self.seen.replicas.push(Replica {
            resource_id: resource(name),
            created_at: None,
            status: status("available"),
            source: Some(InstanceId::new(SOURCE)),
            class: InstanceClass::new("db.t3.medium"),
            zone: None,
            endpoint: Some(endpoint(id.as_str())),
            replication: Replication::Normal,
            pending: Vec::new(),
            tags: tags("d0"),
            iam_authentication: false,
            deletion_protection: false,
            children: Vec::new(),
            signals: signals(self.now),
            id,
        });
        self
    }

    /// A replica of ours whose record has had its weight for an hour.
    pub(super) fn serving(self, name: &str, weight: u8) -> World {
        let mut world = self.with_replica(name);
        let id = id(name);
        world.seen.records.weighted.push(record(id.as_str(), weight, endpoint(id.as_str())));
        world.remember(name, Some(weight), 60);
        world
    }

    /// Somebody else's replica of our source.
    pub(super) fn foreign(self, name: &str) -> World {
        let mut world = self.with_replica(name);
        let replica = world.seen.replicas.last_mut().unwrap();
        replica.id = InstanceId::new(name);
        replica.tags.clear();
        world
    }

    pub(super) fn replica(&mut self, name: &str) -> &mut Replica {
        self.seen.replicas.iter_mut().find(|replica| replica.id == id(name)).unwrap()
    }

    pub(super) fn floor_at(mut self, weight: u8) -> World {
        self.seen.records.weighted.retain(|record| record.set_id.as_str() != FLOOR);
        self.seen.records.weighted.push(record(FLOOR, weight, endpoint(SOURCE)));
        self
    }

    pub(super) fn record(&self, set_id: &str) -> WeightedRecord {
        self.seen.records.record(set_id).unwrap().clone()
    }

    /// The ledger has known this weight, INSYNC, for so many minutes.
    pub(super) fn remember(&mut self, name: &str, weight: Option<u8>, minutes: i64) {
        let since = self.ago(minutes);
        self.history.rds_replicas.weights.insert(
            SetId::new(id(name).as_str()),
            WeightSince { weight: weight.map(Weight), since, change: None, insync_at: Some(since) },
        );
    }

    /// The change that gave this weight is not known to be INSYNC.
    pub(super) fn unsynced(&mut self, name: &str) {
        let known = self.history.rds_replicas.weights.get_mut(&SetId::new(id(name).as_str())).unwrap();
        known.change = Some(ChangeId::new("C1"));
        known.insync_at = None;
    }

    /// Route 53 was asked for this change.
    pub(super) fn told(&mut self, change: &str, status: ChangeStatus) {
        self.seen.change = Some(ChangeSeen { id: ChangeId::new(change), status });
    }

    pub(super) fn ago(&self, minutes: i64) -> Timestamp {
        self.now - SignedDuration::from_mins(minutes)
    }

    /// A removal of this replica, decided so many minutes ago, is under way.
    pub(super) fn removing(mut self, name: &str, minutes: i64) -> World {
        self.history.rds_replicas.intents = vec![self.removal(name, minutes)];
        self
    }

    pub(super) fn removal(&self, name: &str, minutes: i64) -> Intent {
        Intent {
            decision: DecisionId::new("d8"),
            since: self.ago(minutes),
            from: self.counted(),
            to: self.counted().minus(Count(1)),
            transition: Transition::Remove(Removal {
                id: id(name),
                resource_id: resource(name),
                delete_requested: false,
                weight: Weight(64),
                draining_since: None,
                asked_at: None,
                asks: 0,
                retry_at: None,
            }),
        }
    }

    /// The deletion of the victim was asked for before.
    pub(super) fn deletion_requested(mut self) -> World {
        if let Some(Intent { transition: Transition::Remove(removal), .. }) =
            self.history.rds_replicas.intents.first_mut()
        {
            removal.delete_requested = true;
        }
        self
    }

    /// These are being added, and what became of them is known.
    pub(super) fn adding(mut self, names: &[&str], learn: impl Fn(&mut Addition)) -> World {
        let mut intent = self.addition(names, 30);
        if let Transition::Add(additions) = &mut intent.transition {
            additions.iter_mut().for_each(learn);
        }
        self.history.rds_replicas.intents = vec![intent];
        self
    }

    pub(super) fn addition(&self, names: &[&str], minutes: i64) -> Intent {
        let additions = names.iter().map(|name| Addition {
            id: id(name),
            class: InstanceClass::new("db.t3.medium"),
            zone: None,
            resource_id: None,
            not_offered: false,
            missing_since: None,
            progress_at: None,
            refusals: 0,
            retry_at: None,
            given_up: false,
            joined: false,
            served: false,
        });
        Intent {
            decision: DecisionId::new("d9"),
            since: self.ago(minutes),
            from: self.counted(),
            to: self.counted().plus(Count::of_len(names.len())),
            transition: Transition::Add(additions.collect()),
        }
    }

    /// Replicas of ours that serve or may come to.
    fn counted(&self) -> Count {
        let counts = |replica: &&Replica| {
            replica.id.as_str().starts_with(PREFIX)
                && replica.tags.contains_key(TARGET_TAG)
                && replica.source.is_some()
                && !matches!(replica.status.standing(), Standing::Terminal | Standing::Deleting)
        };
        Count::of_len(self.seen.replicas.iter().filter(counts).count())
    }

    /// The ledger has known for so many minutes that this one does not serve.
    pub(super) fn silent(&mut self, name: &str, minutes: i64) {
        let making = self.replica(name).status.standing() == Standing::Creating;
        let clock = NotServing { since: self.ago(minutes), making, seen: self.ago(1) };
        self.history.rds_replicas.not_serving.insert(id(name), clock);
    }

    // Plans.

    /// A plan with these actions, that leaves the memory as it is, but for weights that are found to be others.
    pub(super) fn plan(&self, actions: Vec<Action>) -> Plan {
        let mut history = self.history.clone();
        for (set_id, known) in &mut history.rds_replicas.weights {
            let found = self.seen.records.record(set_id.as_str()).map(|record| record.weight);
            if known.weight != found {
                *known = WeightSince { weight: found, since: self.now, change: None, insync_at: None };
            }
        }
        if self.seen.blue_green.is_err() {
            history.rds_replicas.deployments_unread_since.get_or_insert(self.now);
        }
        Plan {
            target: self.target.name.clone(),
            decision: Decision {
                current: Count(1),
                recommended: Count(1),
                desired: Count(1),
                explanation: Explanation::new(Reason::WithinThresholds, ""),
                limited_by: None,
                next_eligible: None,
                ahead: None,
                on_paper: None,
                expected: None,
                recommendations: Vec::new(),
            },
            step: None,
            actions,
            history,
            write_ahead: false,
            alerts: Vec::new(),
            unjudged: Vec::new(),
            read: std::collections::BTreeMap::new(),
            evaluate_every: jiff::SignedDuration::from_mins(1),
            notes: Vec::new(),
        }
    }

    /// One batch of record changes.
    pub(super) fn batch(&self, changes: Vec<Vec<RecordChange>>) -> Plan {
        let TargetKind::RdsReplicas(rds) = &self.target.kind else { panic!("a world of replicas") };
        self.plan(vec![Action::RdsReplicas(RdsReplicasAction::ChangeRecords(ChangeRecords {
            zone: rds.reader.zone.clone(),
            name: rds.reader.name.clone(),
            changes: changes.into_iter().flatten().collect(),
        }))])
    }

    /// The same, with every DELETE before the first CREATE.
    pub(super) fn ordered(&self, changes: Vec<Vec<RecordChange>>) -> Plan {
        let (deletes, creates) =
            changes.into_iter().flatten().partition(|change| matches!(change, RecordChange::Delete(_)));
        self.batch(vec![deletes, creates])
    }

    /// New replicas under a new intent, each counted.
    pub(super) fn creating(&self, names: &[&str]) -> Plan {
        let mut plan = self.plan(names.iter().map(|name| create(name)).collect());
        plan.begin(self.addition(names, 0));
        plan.history.rds_replicas.creations.extend(names.iter().map(|_| self.now));
        plan.write_ahead = true;
        plan
    }

    pub(super) fn deleting(&self, name: &str, ending: Ending) -> Plan {
        self.plan(vec![Action::RdsReplicas(RdsReplicasAction::DeleteReplica(DeleteReplica {
            id: id(name),
            resource_id: resource(name),
            source: InstanceId::new(SOURCE),
            ending,
        }))])
    }

    // Lines of batches.

    pub(super) fn swap(&self, set_id: &str, weight: u8) -> Vec<RecordChange> {
        let old = self.record(set_id);
        let new = WeightedRecord { weight: Weight(weight), ttl: TTL, ..old.clone() };
        vec![RecordChange::Delete(old), RecordChange::Create(new)]
    }

    pub(super) fn drop(&self, set_id: &str) -> Vec<RecordChange> {
        vec![RecordChange::Delete(self.record(set_id))]
    }

    pub(super) fn join(&self, name: &str, weight: u8) -> Vec<RecordChange> {
        let id = id(name);
        vec![RecordChange::Create(record(id.as_str(), weight, endpoint(id.as_str())))]
    }

    // Judgements.

    pub(super) fn judge(&self, plan: &Plan) -> Result<(), Vec<Violation>> {
        let mut seen = self.seen.clone();
        if self.asked_by_name {
            let records = seen.records.weighted.iter().map(|record| InstanceId::new(record.set_id.as_str()));
            let mut ours: BTreeSet<_> = records.filter(|id| id.as_str() != FLOOR).collect();
            ours.extend(match self.history.rds_replicas.intents.first().map(|intent| &intent.transition) {
                Some(Transition::Add(additions)) => additions.iter().map(|one| one.id.clone()).collect(),
                Some(Transition::Remove(removal)) => vec![removal.id.clone()],
                None => Vec::new(),
            });
            ours.retain(|id| seen.replica(id).is_none());
            seen.absent = ours;
        }
        check(
            Observed::new(&self.target, &Observation::RdsReplicas(seen)).unwrap(),
            &self.history,
            plan,
            self.now,
        )
    }

    #[track_caller]
    pub(super) fn accepts(&self, plan: &Plan) {
        assert_eq!(self.judge(plan), Ok(()));
    }

    /// Refused for exactly this, and nothing else.
    #[track_caller]
    pub(super) fn refuses(&self, plan: &Plan, invariant: &str) {
        self.refuses_for(plan, &[invariant]);
    }

    #[track_caller]
    pub(super) fn refuses_for(&self, plan: &Plan, invariants: &[&str]) {
        let mut found: Vec<_> =
            self.judge(plan).err().unwrap_or_default().iter().map(|found| found.invariant).collect();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, invariants, "{:#?}", self.judge(plan));
    }
}

/// What a planner does to a plan of its own.
pub(super) trait Begin {
    /// Writes an intent that is new, and counts it.
    fn begin(&mut self, intent: Intent);
}

impl Begin for Plan {
    fn begin(&mut self, intent: Intent) {
        self.history.rds_replicas.intents.push(intent);
        self.history.decisions = self.history.decisions.saturating_add(1);
    }
}

fn target() -> Target {
    Target {
        name: TargetName::new("orders"),
        kind: TargetKind::RdsReplicas(RdsReplicas {
            source: InstanceId::new(SOURCE),
            engine: Engine::MySql,
            class: None,
            fallback_classes: Vec::new(),
            fallback_zones: Vec::new(),
            security_groups: Vec::new(),
            reader: ReaderName {
                zone: ZoneId::new("Z1"),
                name: DnsName::new("orders-ro.example.com"),
                ttl: TTL,
            },
            prefix: PREFIX.to_owned(),
            owner: "tidegate".to_owned(),
            tags: BTreeMap::new(),
            stage: Stage::new("production"),
            floor: true,
            lag_bound: SignedDuration::from_secs(30),
            max_connections: None,
            pool_lifetime: SignedDuration::from_mins(30),
            creations_per_day: Count(4),
            replace_after: SignedDuration::from_hours(1),
            drain: Drain {
                deadline: SignedDuration::from_mins(60),
                quiet_points: 3,
                idle_connections: 1,
                on_deadline: OnDeadline::Cancel,
            },
        }),
        scaling: Scaling {
            min: Count(0),
            max: Count(5),
            evaluate_every: SignedDuration::from_mins(5),
            scale_out: Vec::new(),
            scale_in: Vec::new(),
            track: Vec::new(),
            alert: Vec::new(),
            windows: Vec::new(),
            cooldown: PerDirection { out: SignedDuration::ZERO, in_: SignedDuration::ZERO },
            stabilization: PerDirection { out: SignedDuration::ZERO, in_: SignedDuration::ZERO },
            rate_limit: PerDirection { out: None, in_: None },
            margin: Percent(10.0),
            at_maximum_for: SignedDuration::from_mins(15),
            forecast: None,
            override_for: SignedDuration::from_hours(1),
        },
    }
}

pub(super) fn id(name: &str) -> InstanceId {
    InstanceId::new(format!("{PREFIX}{name}"))
}

pub(super) fn resource(name: &str) -> ResourceId {
    ResourceId::new(format!("db-{name}"))
}

pub(super) fn endpoint(id: &str) -> DnsName {
    DnsName::new(format!("{id}.c1.eu-west-1.rds.amazonaws.com"))
}

pub(super) fn status(status: &str) -> InstanceStatus {
    InstanceStatus(status.to_owned())
}

pub(super) fn tags(decision: &str) -> BTreeMap<String, String> {
    [
        ("tidegate:owner", "tidegate"),
        ("tidegate:stage", "production"),
        ("tidegate:target", "orders"),
        ("tidegate:decision", decision),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .collect()
}

pub(super) fn record(set_id: &str, weight: u8, value: DnsName) -> WeightedRecord {
    WeightedRecord { set_id: SetId::new(set_id), weight: Weight(weight), ttl: TTL, value }
}

pub(super) fn create(name: &str) -> Action {
    Action::RdsReplicas(RdsReplicasAction::CreateReplica(CreateReplica {
        id: id(name),
        source: InstanceId::new(SOURCE),
        class: InstanceClass::new("db.t3.medium"),
        zone: None,
        tags: tags("d9"),
        security_groups: Vec::new(),
        settings: Box::default(),
    }))
}

/// Idle and keeping up, to the minute.
fn signals(now: Timestamp) -> MemberSignals {
    MemberSignals {
        cpu: points(now, &[10.0; 30]),
        connections: points(now, &[0.0; 30]),
        lag: points(now, &[0.0; 30]),
        read_latency: Reading::Missing,
        disk_queue: Reading::Missing,
        max_connections: Some(400),
    }
}

/// One value a minute, the last of them two minutes old.
pub(super) fn points(now: Timestamp, values: &[f64]) -> Reading {
    let last = Minute::containing(now).0 - 2;
    let first = last - i64::try_from(values.len()).unwrap() + 1;
    let points =
        values.iter().zip(first..).map(|(value, minute)| Point { minute: Minute(minute), value: *value });
    Reading::new(points.collect(), None, now)
}
