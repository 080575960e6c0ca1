//! What the scaler sees of replicas and does to them: every AWS call counted and open to faults.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use jiff::Timestamp;
use tidegate_policy::evaluate::{DiskOf, disk_metrics_needed};
use tidegate_policy::history::History;
use tidegate_policy::names::InstanceId;
use tidegate_policy::observation::{
    ChangeSeen, Facts, Inspection, MemberSignals, Observation, OtherUses, RdsObservation, Reading,
    RecordGroup, Replica, Source,
};
use tidegate_policy::ownership::{OWNER_TAG, STAGE_TAG, TARGET_TAG};
use tidegate_policy::plan::{ChangeRecords, CreateReplica, DeleteReplica, RdsReplicasAction};
use tidegate_policy::policy::{Metric, RdsReplicas, Scaling, Target, TargetKind};
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_reconcile::port::{FleetError, Signals};

use super::State;
use super::clients::RefusalCause;
use super::rds::{Described, Maker, Refusal};
use super::route53::BatchRefusal;
use super::sample::SERIES;
use super::watcher::UNSEEN;
use crate::account::call::{answered, buy, failed};
use crate::account::cloudwatch::LONGEST_LOOK_BACK;
use crate::account::faults::Operation;
use crate::account::request::PartRequest;
use crate::account::shared::Common;

/// The least look-back, minutes.
const LEAST_LOOK_BACK: u32 = 45;
/// Added to the longest rule: points come late, and some are missing.
const SPARE: u32 = 15;

/// Sees all these targets in as few calls as AWS allows, in their order; `instances` is how many the Region holds.
pub(in crate::account) fn observe_all(
    asked: &mut [PartRequest<'_, State, RdsReplicas>],
    instances: usize,
    common: &RefCell<Common>,
    now: Timestamp,
) -> Vec<Result<Observation, FleetError>> {
    let Some(pages) = asked.first().map(|asked| asked.state.describe_pages(instances)) else {
        return Vec::new();
    };
    if let Err(error) = pages {
        return asked.iter().map(|_| Err(error.clone())).collect();
    }
    let full = asked.iter().find(|asked| asked.signals == Signals::Buy);
    // One call of the Region for all of them. Whom it is denied is a matter of each: its watcher judges by that.
    let deployments = full.map_or(Ok(()), |asked| asked.state.deployments_asked());
    let looks: Vec<_> = asked.iter_mut().map(|asked| asked.state.look(asked.kind, asked.history)).collect();
    let bought = |asked: &PartRequest<'_, State, RdsReplicas>| asked.signals == Signals::Buy;
    let series = asked.iter().zip(&looks).filter(|(asked, _)| bought(asked));
    let series = series.filter_map(|(_, look)| look.as_ref().ok()).map(Looked::series).sum();
    let bought = buy(common, series);
    asked
        .iter()
        .zip(looks)
        .map(|(asked, look)| {
            let look = look?;
            let deployments = deployments.clone().and_then(|()| asked.state.deployments_allowed());
            let deployments = deployments.map_err(|error| error.message);
            bought.clone().map(|()| asked.state.observation(asked, look, &deployments, now))
        })
        .collect()
}

/// What was described of one target.
struct Looked {
    described: Rc<Vec<Described>>,
    /// What the listing left out and RDS does not know by name either.
    absent: BTreeSet<InstanceId>,
    records: RecordGroup,
    change: Option<ChangeSeen>,
    /// How many of the instances are replicas of the target, or look like it.
    replicas: usize,
}

impl Looked {
    /// Two series of the source, three of every replica.
    fn series(&self) -> usize {
        2 + 3 * self.replicas
    }
}

/// Whether it is a replica of this source, or has a name as ours have.
fn is_meant(kind: &RdsReplicas, instance: &Described) -> bool {
    instance.id != kind.source
        && (instance.source.as_ref() == Some(&kind.source) || instance.id.as_str().starts_with(&kind.prefix))
}

impl State {
    pub(in crate::account) fn look_again(
        &mut self,
        target: &Target,
        action: &RdsReplicasAction,
        instances: usize,
        now: Timestamp,
    ) -> Result<Inspection, FleetError> {
        self.describe_pages(instances)?;
        let described = self.described();
        let going = match action {
            RdsReplicasAction::DeleteReplica(delete) => Some(&delete.id),
            RdsReplicasAction::CreateReplica(_) | RdsReplicasAction::ChangeRecords(_) => None,
        };
        let found = described.iter().find(|instance| Some(&instance.id) == going);
        // One reading of the whole zone is enough for both here: without it the call is not made.
        self.list_zone()?;
        let endpoint = found.and_then(|instance| instance.endpoint.as_ref());
        let uses = endpoint.map_or_else(Vec::new, |endpoint| self.dns.other_uses(endpoint));
        let records = self.records(OtherUses::Known(uses));
        let minutes = look_back(&target.scaling, &self.kind);
        let replica = match found {
            Some(instance) => {
                self.shared.call(Operation::GetMetricData)?;
                Some(self.replica(instance, minutes, now))
            }
            None => None,
        };
        let read = self.deployments_asked().and_then(|()| self.deployments_allowed());
        let blue_green = read.map(|()| self.blue_green()).map_err(|error| error.message);
        Ok(Inspection { replica, records, blue_green })
    }

    pub(in crate::account) fn apply(&mut self, target: &Target, action: &RdsReplicasAction) -> Outcome {
        match action {
            RdsReplicasAction::CreateReplica(create) => self.create(target, create),
            RdsReplicasAction::ChangeRecords(batch) => self.change(batch),
            RdsReplicasAction::DeleteReplica(delete) => self.delete(delete),
        }
    }
}

impl State {
    /// The instances as they were described, the records, and the change that is waited for.
    fn look(&mut self, kind: &RdsReplicas, history: &History) -> Result<Looked, FleetError> {
        let listed = self.listed();
        self.shared.call(Operation::ListResourceRecordSets)?;
        let mut records = self.records(OtherUses::default());
        let change = self.change_status(history)?;
        let (described, absent) = self.ask_by_name(kind, history, listed, &records)?;
        records.other_uses = self.uses_elsewhere(&described, history);
        let replicas = described.iter().filter(|instance| is_meant(kind, instance)).count();
        Ok(Looked { described, absent, records, change, replicas })
    }

    /// The listing, perhaps without one that a partial answer leaves out.
    fn listed(&mut self) -> Rc<Vec<Described>> {
        let described = self.described();
        self.left_out.retain(|(until, _)| *until > self.shared.now);
        if self.left_out.is_empty() {
            return described;
        }
        let left_out = |id: &InstanceId| self.left_out.iter().any(|(_, left_out)| left_out == id);
        Rc::new(described.iter().filter(|instance| !left_out(&instance.id)).cloned().collect())
    }

    /// DescribeDBInstances for each instance that has a record, that a transition is about, or that the source names as its replica, and that is
    /// not listed: what is found is as good as listed.
    fn ask_by_name(
        &self,
        kind: &RdsReplicas,
        history: &History,
        listed: Rc<Vec<Described>>,
        records: &RecordGroup,
    ) -> Result<(Rc<Vec<Described>>, BTreeSet<InstanceId>), FleetError> {
        let recorded = records.weighted.iter().map(|record| InstanceId::new(record.set_id.as_str()));
        let mut asked: BTreeSet<_> = recorded.filter(|id| id.as_str().starts_with(&kind.prefix)).collect();
        let source = listed.iter().find(|instance| instance.id == kind.source);
        asked.extend(source.iter().flat_map(|source| source.children.iter().cloned()));
        let adding = history.rds_replicas.additions().filter(|one| !one.given_up).map(|one| &one.id);
        asked.extend(adding.chain(history.rds_replicas.removing()).cloned());
        asked.retain(|id| listed.iter().all(|instance| instance.id != *id));
        let (mut all, mut absent) = (listed, BTreeSet::new());
        for id in asked {
            self.shared.call(Operation::DescribeDbInstances)?;
            match self.rds.named(&id) {
                Some(instance) => Rc::make_mut(&mut all).push(instance.described.clone()),
                None => _ = absent.insert(id),
            }
        }
        Ok((all, absent))
    }

    /// DescribeBlueGreenDeployments of the Region, in one page.
    fn deployments_asked(&self) -> Result<(), FleetError> {
        self.shared.call(Operation::DescribeBlueGreenDeployments)
    }

    /// Whether it is answered to this target.
    fn deployments_allowed(&self) -> Result<(), FleetError> {
        if self.deployments_unread.is_some_and(|(_, until)| self.shared.now < until) {
            return Err(FleetError {
                operation: Operation::DescribeBlueGreenDeployments.name(),
                class: FailureClass::PersonNeeded,
                message: "AccessDenied: not authorized to perform rds:DescribeBlueGreenDeployments"
                    .to_owned(),
            });
        }
        Ok(())
    }

    fn observation(
        &self,
        asked: &PartRequest<'_, State, RdsReplicas>,
        look: Looked,
        deployments: &Result<(), String>,
        now: Timestamp,
    ) -> Observation {
        let PartRequest { target, kind, signals, .. } = asked;
        let signals_read = *signals == Signals::Buy;
        let Looked { described, absent, records, change, .. } = look;
        let minutes = look_back(&target.scaling, kind);
        let bought = |instance: &Described, disk| self.bought(target, instance, disk, minutes, now);
        let replicas = described
            .iter()
            .filter(|instance| is_meant(kind, instance))
            .map(|instance| Replica {
                signals: if signals_read { bought(instance, DiskOf::Replicas) } else { unread() },
                ..self.replica(instance, minutes, now)
            })
            .collect();
        let source = described.iter().find(|instance| instance.id == kind.source);
        let source = source.map(|instance| Source {
            id: instance.id.clone(),
            status: instance.status.clone(),
            engine: instance.engine,
            class: instance.class.clone(),
            zone: Some(instance.zone.clone()),
            endpoint: instance.endpoint.clone(),
            backup_retention_days: instance.backup_retention_days,
            cluster: instance.cluster.clone(),
            managed_password: instance.managed_password,
            source: instance.source.clone(),
            replication: instance.replication.clone(),
            settings: instance.settings(),
            not_copied: Vec::new(),
            tags: instance.tags.clone(),
            signals: match instance.source {
                _ if !signals_read => unread(),
                Some(_) => bought(instance, DiskOf::Source),
                None => MemberSignals { lag: Reading::Missing, ..bought(instance, DiskOf::Source) },
            },
        });
        Observation::RdsReplicas(RdsObservation {
            at: now,
            source,
            source_is_cluster: false,
            blue_green: deployments.clone().map(|()| self.blue_green()),
            replicas,
            absent,
            records,
            change,
            signals_read,
            facts: Facts::default(),
        })
    }

    /// DescribeDBInstances of the Region, all pages.
    fn describe_pages(&self, instances: usize) -> Result<(), FleetError> {
        for _ in 0..instances.div_ceil(100).max(1) {
            self.shared.call(Operation::DescribeDbInstances)?;
        }
        Ok(())
    }

    /// What they answer of this target: perhaps as it was up to a minute ago.
    fn described(&mut self) -> Rc<Vec<Described>> {
        self.describes += 1;
        let lateness = self.rds.lateness(self.describes);
        self.rds.describe(self.shared.now, lateness)
    }

    /// How many instances there are, whoever made them.
    pub(in crate::account) fn instances(&self) -> usize {
        self.rds.instances.len()
    }

    /// The reader name's records.
    fn records(&self, other_uses: OtherUses) -> RecordGroup {
        RecordGroup { weighted: self.dns.group().to_vec(), conflict: self.dns.conflict(), other_uses }
    }

    /// ListResourceRecordSets of the whole zone, all pages.
    fn list_zone(&self) -> Result<(), FleetError> {
        for page in 0..self.dns.record_sets().div_ceil(300).max(1) {
            self.shared.call(Operation::ListResourceRecordSets)?;
            if page == 0 && self.shared.now < self.zone_unread_until {
                return Err(FleetError {
                    operation: Operation::ListResourceRecordSets.name(),
                    class: FailureClass::RetryNextWake,
                    message: "a page of the zone was cut off".to_owned(),
                });
            }
        }
        Ok(())
    }

    /// How the change stands that the ledger waits for.
    fn change_status(&mut self, history: &History) -> Result<Option<ChangeSeen>, FleetError> {
        let Some(change) = history.rds_replicas.pending_change() else { return Ok(None) };
        self.shared.call(Operation::GetChange)?;
        Ok(Some(ChangeSeen { id: change.clone(), status: self.dns.change(change) }))
    }

    /// What else in the zone names the replica that is about to leave; the zone is read for that alone.
    fn uses_elsewhere(&self, described: &[Described], history: &History) -> OtherUses {
        let leaving: Vec<_> = history.rds_replicas.removing().collect();
        if leaving.is_empty() {
            return OtherUses::default();
        }
        if let Err(error) = self.list_zone() {
            return OtherUses::Unknown(error.to_string());
        }
        let found = described.iter().filter(|instance| leaving.contains(&&instance.id));
        let endpoints = found.filter_map(|instance| instance.endpoint.as_ref());
        OtherUses::Known(endpoints.flat_map(|endpoint| self.dns.other_uses(endpoint)).collect())
    }

    fn replica(&self, instance: &Described, minutes: u32, now: Timestamp) -> Replica {
        Replica {
            id: instance.id.clone(),
            resource_id: instance.resource_id.clone(),
            created_at: Some(instance.created_at),
            status: instance.status.clone(),
            source: instance.source.clone(),
            class: instance.class.clone(),
            zone: Some(instance.zone.clone()),
            endpoint: instance.endpoint.clone(),
            replication: instance.replication.clone(),
            pending: Vec::new(),
            tags: instance.tags.clone(),
            iam_authentication: instance.iam_authentication,
            deletion_protection: instance.deletion_protection,
            children: instance.children.clone(),
            signals: self.signals(instance, minutes, now),
        }
    }

    /// With what the target's rules compare of a disk.
    fn bought(
        &self,
        target: &Target,
        instance: &Described,
        disk: DiskOf,
        minutes: u32,
        now: Timestamp,
    ) -> MemberSignals {
        let needed = disk_metrics_needed(target, disk);
        let read = |metric: Metric| match needed.contains(&metric) {
            true => self.reading(instance, metric, minutes, now),
            false => Reading::Missing,
        };
        MemberSignals {
            read_latency: read(Metric::ReadLatency),
            disk_queue: read(Metric::DiskQueue),
            ..self.signals(instance, minutes, now)
        }
    }

    fn reading(&self, instance: &Described, metric: Metric, minutes: u32, now: Timestamp) -> Reading {
        let points = self.shared.metrics.read(instance.ring, metric as usize, minutes, self.shared.now);
        Reading::new(points, Some(instance.created_at), now)
    }

    /// What every look reads.
    fn signals(&self, instance: &Described, minutes: u32, now: Timestamp) -> MemberSignals {
        let read = |metric: Metric| self.reading(instance, metric, minutes, now);
        MemberSignals {
            cpu: read(Metric::Cpu),
            connections: read(Metric::Connections),
            lag: read(Metric::Lag),
            read_latency: Reading::Missing,
            disk_queue: Reading::Missing,
            max_connections: self.known_max_connections(instance),
        }
    }

    fn create(&mut self, target: &Target, create: &CreateReplica) -> Outcome {
        let operation = Operation::CreateDbInstanceReadReplica;
        self.watcher.asks(self.shared.now);
        let lost = match self.shared.changing_call(operation) {
            Ok(lost) => lost,
            Err(outcome) => return outcome,
        };
        self.watch_creation(&create.id);
        let reused = self.rds.used_names.contains(&create.id);
        let ring = self.shared.metrics.ring(create.id.as_str(), SERIES, self.shared.now);
        match self.rds.create(create, Maker::Scaler, ring, self.shared.now) {
            Ok(()) => {
                let history = self.shared.history();
                let (history, now) = (history.as_deref(), self.shared.now);
                self.watcher.created(create, reused, history, &self.rds, now);
                // The scaler's policy may have changed since the account was made.
                if let TargetKind::RdsReplicas(kind) = &target.kind {
                    self.watcher.judge_creation(create, kind, history, &self.rds, now);
                }
                answered(lost, Outcome::Applied { change: None })
            }
            Err(refusal) if refusal.code == "DBInstanceAlreadyExists" => self.existing(target, create),
            // Busy with something else: later, and nobody's fault.
            Err(refusal) if refusal.code == "InvalidDBInstanceState" => {
                Outcome::Stale { why: format!("{}: {}", refusal.code, refusal.message) }
            }
            Err(refusal) => {
                if self.rds.has_refused_for(UNSEEN, self.shared.now) {
                    self.watcher.asked_in_vain(create, self.shared.now);
                }
                refused(&refusal)
            }
        }
    }

    /// The name is taken: by this very creation, whose answer was lost, or by something else?
    fn existing(&mut self, target: &Target, create: &CreateReplica) -> Outcome {
        // Describing afresh: an answer that is late may not have the instance yet.
        let _ = self.shared.call(Operation::DescribeDbInstances);
        let TargetKind::RdsReplicas(kind) = &target.kind else {
            return Outcome::Stale { why: format!("{} is not for a target of another kind", create.id) };
        };
        let Some(found) = self.rds.named(&create.id).map(|instance| &instance.described) else {
            return Outcome::Stale { why: format!("{} exists, but is not described", create.id) };
        };
        let tag = |key: &str| found.tags.get(key).map(String::as_str);
        let ours = tag(OWNER_TAG) == Some(kind.owner.as_str())
            && tag(STAGE_TAG) == Some(kind.stage.as_str())
            && tag(TARGET_TAG) == Some(target.name.as_str())
            && found.source.as_ref() == Some(&create.source);
        if !ours {
            Outcome::Stale { why: format!("an instance that is not ours has the name {}", create.id) }
        } else if found.status.0 == "deleting" {
            Outcome::Stale { why: format!("{} is being deleted", create.id) }
        } else {
            Outcome::AlreadySatisfied
        }
    }

    fn change(&mut self, batch: &ChangeRecords) -> Outcome {
        let lost = match self.shared.changing_call(Operation::ChangeResourceRecordSets) {
            Ok(lost) => lost,
            Err(outcome) => return outcome,
        };
        let before = self.dns.group().to_vec();
        match self.dns.submit(batch, self.shared.now) {
            Ok(change) => {
                let history = self.shared.history();
                let (after, now) = (self.dns.group(), self.shared.now);
                self.watcher.changed(batch, &before, after, history.as_deref(), &self.rds, now);
                answered(lost, Outcome::Applied { change: Some(change) })
            }
            Err(BatchRefusal::InvalidChangeBatch(_)) if self.dns.already_so(batch) => {
                Outcome::AlreadySatisfied
            }
            Err(BatchRefusal::InvalidChangeBatch(why)) => {
                Outcome::Stale { why: format!("InvalidChangeBatch: {why}") }
            }
            Err(BatchRefusal::NoSuchHostedZone) => failed(
                FailureClass::PersonNeeded,
                &format!("NoSuchHostedZone: no hosted zone {}", batch.zone),
            ),
        }
    }

    fn delete(&mut self, delete: &DeleteReplica) -> Outcome {
        let lost = match self.shared.changing_call(Operation::DeleteDbInstance) {
            Ok(lost) => lost,
            Err(outcome) => return outcome,
        };
        // The expectation: this very instance, still this source's.
        match self.rds.named(&delete.id).map(|instance| &instance.described) {
            None => return Outcome::AlreadySatisfied,
            Some(found) if found.resource_id != delete.resource_id => {
                let why = format!("{} is now {}, not {}", delete.id, found.resource_id, delete.resource_id);
                return Outcome::Stale { why };
            }
            Some(found) if found.status.0 == "deleting" => return Outcome::AlreadySatisfied,
            Some(found) if found.source.as_ref() != Some(&delete.source) => {
                let why = format!("{} is no longer a replica of {}", delete.id, delete.source);
                return Outcome::Stale { why };
            }
            Some(_) => {}
        }
        self.watch_blue_green(&delete.id);
        let history = self.shared.history();
        let now = self.shared.now;
        let judged = self.watcher.judge_deletion(delete, history.as_deref(), &self.rds, &self.dns, now);
        drop(history);
        match self.rds.delete(&delete.id, self.shared.now) {
            Ok(promoted) => {
                let cut = self.cut(&delete.id, RefusalCause::CutByRemoval);
                self.watcher.deleted(delete, judged, &promoted, cut, self.shared.now);
                answered(lost, Outcome::Applied { change: None })
            }
            Err(refusal) => refused(&refusal),
        }
    }
}

fn refused(refusal: &Refusal) -> Outcome {
    let class = match refusal.code {
        "InvalidDBInstanceState" => FailureClass::RetryNextWake,
        "InsufficientDBInstanceCapacity" => FailureClass::NotOffered,
        _ => FailureClass::PersonNeeded,
    };
    let code = refusal.code.split('.').next().unwrap_or(refusal.code);
    failed(class, &format!("{code}: {}", refusal.message))
}

/// Of an instance whose metrics were not bought.
fn unread() -> MemberSignals {
    let missing = || Reading::Missing;
    MemberSignals {
        cpu: missing(),
        connections: missing(),
        lag: missing(),
        read_latency: missing(),
        disk_queue: missing(),
        max_connections: None,
    }
}

/// How many minutes of points are asked for: the longest rule, the quiet points of a drain, and some to spare.
fn look_back(scaling: &Scaling, kind: &RdsReplicas) -> u32 {
    let rules = [&scaling.scale_out, &scaling.scale_in, &scaling.alert];
    let longest = rules.into_iter().flatten().map(|rule| rule.points.of()).max().unwrap_or(0);
    let longest = longest.max(kind.drain.quiet_points);
    longest.saturating_add(SPARE).clamp(LEAST_LOOK_BACK, LONGEST_LOOK_BACK)
}
