//! What the scaler sees of the account and does to it: the fleet port, with every AWS call counted and open to faults.

use std::rc::Rc;

use jiff::Timestamp;
use tidegate_policy::history::History;
use tidegate_policy::names::InstanceId;
use tidegate_policy::observation::{
    ChangeStatus, EndpointUse, Facts, Inspection, MemberSignals, Observation, RdsObservation, Reading,
    RecordGroup, Replica, Source,
};
use tidegate_policy::ownership::{OWNER_TAG, TARGET_TAG};
use tidegate_policy::plan::{Action, ChangeRecords, CreateReplica, DeleteReplica};
use tidegate_policy::policy::{Metric, RdsReplicas, Scaling, Target, TargetKind};
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_reconcile::port::{Fleet, FleetError, ObserveRequest};

use super::clients::RefusalCause;
use super::cloudwatch::LONGEST_LOOK_BACK;
use super::faults::{Fault, Operation};
use super::rds::{Described, Maker, Refusal};
use super::route53::BatchRefusal;
use super::{Account, State};

/// The least look-back, minutes.
const LEAST_LOOK_BACK: u32 = 45;
/// Added to the longest rule: points come late, and some are missing.
const SPARE: u32 = 15;

impl Fleet for Account {
    async fn observe(
        &self,
        requests: &[ObserveRequest<'_>],
        now: Timestamp,
    ) -> Result<Vec<Result<Observation, FleetError>>, FleetError> {
        let state = &mut *self.state.borrow_mut();
        let described = state.describe()?;
        Ok(requests.iter().map(|request| state.observe(request, &described, now)).collect())
    }

    async fn inspect(
        &self,
        target: &Target,
        replica: &InstanceId,
        now: Timestamp,
    ) -> Result<Inspection, FleetError> {
        let state = &mut *self.state.borrow_mut();
        let described = state.describe()?;
        let mut records = state.list_records()?;
        let found = described.iter().find(|instance| instance.id == *replica);
        if let Some(endpoint) = found.and_then(|instance| instance.endpoint.as_ref()) {
            records.other_uses = state.dns.other_uses(endpoint);
        }
        let minutes = look_back(&target.scaling, kind(target));
        let replica = match found {
            Some(instance) => {
                state.call(Operation::GetMetricData)?;
                Some(state.replica(instance, minutes, now))
            }
            None => None,
        };
        Ok(Inspection { replica, records })
    }

    async fn apply(&self, target: &Target, action: &Action) -> Outcome {
        let state = &mut *self.state.borrow_mut();
        match action {
            Action::CreateReplica(create) => state.create(target, create),
            Action::ChangeRecords(batch) => state.change(batch),
            Action::DeleteReplica(delete) => state.delete(delete),
        }
    }
}

impl State {
    fn observe(
        &mut self,
        request: &ObserveRequest<'_>,
        described: &Rc<Vec<Described>>,
        now: Timestamp,
    ) -> Result<Observation, FleetError> {
        let kind = kind(request.target);
        let minutes = look_back(&request.target.scaling, kind);
        let mut records = self.list_records()?;
        let change = self.change_status(request.history)?;
        let is_meant = |instance: &&Described| {
            instance.id != kind.source
                && (instance.source.as_ref() == Some(&kind.source)
                    || instance.id.as_str().starts_with(&kind.prefix))
        };
        let meant = described.iter().filter(is_meant);
        // Two series of the source, three of every replica.
        let series = 2 + 3 * meant.clone().count();
        for _ in 0..series.div_ceil(500) {
            self.call(Operation::GetMetricData)?;
        }
        if let Some(leaving) = request.history.removing() {
            records.other_uses = self.uses_elsewhere(described, leaving);
        }
        let replicas = meant.map(|instance| self.replica(instance, minutes, now)).collect();
        let source = described.iter().find(|instance| instance.id == kind.source);
        let source = source.map(|instance| Source {
            id: instance.id.clone(),
            status: instance.status.clone(),
            engine: instance.engine,
            class: instance.class.clone(),
            zone: Some(instance.zone.clone()),
            endpoint: instance.endpoint.clone(),
            backup_retention_days: instance.backup_retention_days,
            signals: MemberSignals { lag: Reading::Missing, ..self.signals(instance, minutes, now) },
        });
        Ok(Observation::RdsReplicas(RdsObservation {
            at: now,
            source,
            replicas,
            records,
            change,
            signals_read: true,
            facts: Facts::default(),
        }))
    }

    /// DescribeDBInstances of the Region, all pages: perhaps as it was up to a minute ago.
    fn describe(&mut self) -> Result<Rc<Vec<Described>>, FleetError> {
        for _ in 0..self.rds.instances.len().div_ceil(100).max(1) {
            self.call(Operation::DescribeDbInstances)?;
        }
        self.describes += 1;
        let lateness = self.rds.lateness(self.describes);
        Ok(self.rds.describe(self.now, lateness))
    }

    fn list_records(&mut self) -> Result<RecordGroup, FleetError> {
        for _ in 0..self.dns.record_sets().div_ceil(300).max(1) {
            self.call(Operation::ListResourceRecordSets)?;
        }
        Ok(RecordGroup {
            weighted: self.dns.group().to_vec(),
            conflict: self.dns.conflict(),
            other_uses: Vec::new(),
        })
    }

    /// How the change stands that the ledger waits for.
    fn change_status(&mut self, history: &History) -> Result<Option<ChangeStatus>, FleetError> {
        let Some(change) = history.pending_change() else { return Ok(None) };
        self.call(Operation::GetChange)?;
        Ok(self.dns.change(change))
    }

    fn uses_elsewhere(&self, described: &[Described], leaving: &InstanceId) -> Vec<EndpointUse> {
        let found = described.iter().find(|instance| instance.id == *leaving);
        let endpoint = found.and_then(|instance| instance.endpoint.as_ref());
        endpoint.map_or_else(Vec::new, |endpoint| self.dns.other_uses(endpoint))
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
            tags: instance.tags.clone(),
            deletion_protection: instance.deletion_protection,
            children: instance.children.clone(),
            signals: self.signals(instance, minutes, now),
        }
    }

    fn signals(&self, instance: &Described, minutes: u32, now: Timestamp) -> MemberSignals {
        let read = |metric| {
            let points = self.metrics.read(instance.ring, metric, minutes, self.now);
            Reading::new(points, Some(instance.created_at), now)
        };
        MemberSignals {
            cpu: read(Metric::Cpu),
            connections: read(Metric::Connections),
            lag: read(Metric::Lag),
            max_connections: Some(self.plant.max_connections()),
        }
    }

    /// Counts one reading call; an error if it goes wrong.
    fn call(&mut self, operation: Operation) -> Result<(), FleetError> {
        self.faults.call(operation, self.now).map_or(Ok(()), |fault| {
            Err(FleetError {
                operation: operation.name(),
                class: FailureClass::RetryNextWake,
                message: sentence(fault).to_owned(),
            })
        })
    }

    /// Counts one changing call; whether its answer will be lost, or how it fails before any effect.
    fn changing_call(&mut self, operation: Operation) -> Result<bool, Outcome> {
        match self.faults.call(operation, self.now) {
            None => Ok(false),
            Some(Fault::AnswerLost) => Ok(true),
            Some(fault) => Err(failed(FailureClass::RetryNextWake, sentence(fault))),
        }
    }

    fn create(&mut self, target: &Target, create: &CreateReplica) -> Outcome {
        let operation = Operation::CreateDbInstanceReadReplica;
        let lost = match self.changing_call(operation) {
            Ok(lost) => lost,
            Err(outcome) => return outcome,
        };
        let history = self.table.history(&target.name);
        let reused = self.rds.used_names.contains(&create.id);
        let ring = self.metrics.ring(&create.id, self.now);
        match self.rds.create(create, Maker::Scaler, ring, self.now) {
            Ok(()) => {
                self.watcher.created(create, reused, history, &self.rds, self.now);
                answered(lost, Outcome::Applied { change: None })
            }
            Err(refusal) if refusal.code == "DBInstanceAlreadyExists" => self.existing(target, create),
            Err(refusal) => refused(&refusal),
        }
    }

    /// The name is taken: by this very creation, whose answer was lost, or by something else?
    fn existing(&mut self, target: &Target, create: &CreateReplica) -> Outcome {
        // Describing afresh: an answer that is late may not have the instance yet.
        self.faults.call(Operation::DescribeDbInstances, self.now);
        let kind = kind(target);
        let Some(found) = self.rds.named(&create.id).map(|instance| &instance.described) else {
            return Outcome::Stale { why: format!("{} exists, but is not described", create.id) };
        };
        let tag = |key: &str| found.tags.get(key).map(String::as_str);
        let ours = tag(OWNER_TAG) == Some(kind.owner.as_str())
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
        let lost = match self.changing_call(Operation::ChangeResourceRecordSets) {
            Ok(lost) => lost,
            Err(outcome) => return outcome,
        };
        let before = self.dns.group().to_vec();
        match self.dns.submit(batch, self.now) {
            Ok(change) => {
                let history = self.table.history(&self.target.name);
                self.watcher.changed(batch, &before, self.dns.group(), history, &self.rds, self.now);
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
        let lost = match self.changing_call(Operation::DeleteDbInstance) {
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
        let history = self.table.history(&self.target.name);
        let judged = self.watcher.judge_deletion(delete, history, &self.rds, &self.dns, self.now);
        match self.rds.delete(&delete.id, self.now) {
            Ok(promoted) => {
                let cut = self.cut(&delete.id, RefusalCause::CutByRemoval);
                self.watcher.deleted(delete, judged, &promoted, cut, self.now);
                answered(lost, Outcome::Applied { change: None })
            }
            Err(refusal) => refused(&refusal),
        }
    }
}

fn answered(lost: bool, outcome: Outcome) -> Outcome {
    if lost { failed(FailureClass::RetryNextWake, sentence(Fault::AnswerLost)) } else { outcome }
}

fn failed(class: FailureClass, message: &str) -> Outcome {
    Outcome::Failed { class, message: message.to_owned() }
}

fn refused(refusal: &Refusal) -> Outcome {
    let class = match refusal.code {
        "InvalidDBInstanceState" => FailureClass::RetryNextWake,
        _ => FailureClass::PersonNeeded,
    };
    let code = refusal.code.split('.').next().unwrap_or(refusal.code);
    failed(class, &format!("{code}: {}", refusal.message))
}

fn sentence(fault: Fault) -> &'static str {
    match fault {
        Fault::Throttled => "ThrottlingException: Rate exceeded",
        Fault::AnswerLost => "InternalFailure: the connection was closed before the answer",
        Fault::PriorRequestNotComplete => "PriorRequestNotComplete: the zone's last change is not complete",
        Fault::Unreachable => "no connection could be made",
    }
}

fn kind(target: &Target) -> &RdsReplicas {
    let TargetKind::RdsReplicas(kind) = &target.kind;
    kind
}

/// How many minutes of points are asked for: the longest rule, the quiet points of a drain, and some to spare.
fn look_back(scaling: &Scaling, kind: &RdsReplicas) -> u32 {
    let rules = [&scaling.scale_out, &scaling.scale_in, &scaling.alert];
    let longest = rules.into_iter().flatten().map(|rule| rule.points.of()).max().unwrap_or(0);
    let longest = longest.max(kind.drain.quiet_points);
    longest.saturating_add(SPARE).clamp(LEAST_LOOK_BACK, LONGEST_LOOK_BACK)
}
