//! The fleet on AWS: what RDS, Route 53 and CloudWatch say of all targets, in as few calls as they allow.

mod apply;
mod class_memory;
mod facts;
mod formula;
mod instances;
mod max_connections;
mod metrics;
mod records;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use tidegate_policy::evaluate::lookback_minutes;
use tidegate_policy::history::History;
use tidegate_policy::names::{ChangeId, DnsName, InstanceId, ZoneId};
use tidegate_policy::observation::{
    ChangeStatus, EndpointUse, Facts, Inspection, MemberSignals, Observation, RdsObservation, Reading,
    RecordGroup, ZoneFact,
};
use tidegate_policy::ownership::FLOOR_SET_ID;
use tidegate_policy::plan::Action;
use tidegate_policy::policy::{Metric, RdsReplicas, Target, TargetKind};
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_reconcile::port::{Fleet, FleetError, ObserveRequest};

use crate::clients::Clients;
use crate::failure::{Failure, Operation};
use facts::Known;
use instances::Described;
use metrics::{Bought, Order};
use records::{Extent, ZoneRecords};

/// One Region of one account, for one attempt: what was read is not read again.
#[derive(Debug)]
pub struct AwsFleet {
    rds: aws_sdk_rds::Client,
    route53: aws_sdk_route53::Client,
    cloudwatch: aws_sdk_cloudwatch::Client,
    /// The VPC security groups of the sources that were seen.
    groups: Mutex<BTreeMap<InstanceId, Vec<String>>>,
}

impl AwsFleet {
    /// A fleet that has seen nothing yet.
    pub fn new(clients: &Clients) -> Self {
        Self {
            rds: clients.rds.clone(),
            route53: clients.route53.clone(),
            cloudwatch: clients.cloudwatch.clone(),
            groups: Mutex::default(),
        }
    }

    fn remembered_groups(&self, source: &InstanceId) -> Option<Vec<String>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).get(source).cloned()
    }

    fn remember_groups(&self, source: &Described) {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        groups.insert(source.id.clone(), source.security_groups.clone());
    }
}

impl Fleet for AwsFleet {
    async fn observe(
        &self,
        requests: &[ObserveRequest<'_>],
        now: Timestamp,
    ) -> Result<Vec<Result<Observation, FleetError>>, FleetError> {
        let described = instances::describe_all(&self.rds).await?;
        let mut known = Known::of(requests.iter().map(|request| &request.history.facts), now);
        let zones = self.zones(requests, &mut known, now).await;
        let changes = self.changes(requests).await;
        let mut order = Order::default();
        for request in requests {
            let minutes = lookback_minutes(request.target);
            for instance in meant(kind(request.target), &described) {
                order_signals(&mut order, instance, minutes);
            }
        }
        let bought = match metrics::buy(&self.cloudwatch, &order, now).await {
            Ok(bought) => Some(bought),
            // What is dead leaves the answers all the same, and the floor comes up: neither needs a metric, and nothing is concluded of none.
            Err(failure) if failure.sorting.class() == FailureClass::RetryNextWake => {
                tracing::warn!("no metrics: {}", failure.message);
                None
            }
            Err(failure) => return Err(failure.into()),
        };
        let signals_read = bought.is_some();
        let bought = bought.unwrap_or_default();
        let mut observations = Vec::with_capacity(requests.len());
        for request in requests {
            let seen = Seen {
                described: &described,
                zones: &zones,
                changes: &changes,
                bought: &bought,
                signals_read,
            };
            observations.push(self.one(request, &seen, &mut known, now).await);
        }
        Ok(observations)
    }

    async fn inspect(
        &self,
        target: &Target,
        replica: &InstanceId,
        now: Timestamp,
    ) -> Result<Inspection, FleetError> {
        let kind = kind(target);
        let found = instances::describe(&self.rds, replica).await?;
        let names = [kind.reader.name.clone()].into();
        let zone = records::read(&self.route53, &kind.reader.zone, &names, Extent::Whole).await?;
        let mut records = group(&zone, kind);
        let endpoint = found.as_ref().and_then(|found| found.endpoint.as_ref());
        if let Some(endpoint) = endpoint {
            records.other_uses = zone.other_uses(&kind.reader.name, endpoint);
        }
        let replica = match found {
            Some(found) => {
                let mut order = Order::default();
                order_signals(&mut order, &found, lookback_minutes(target));
                let bought = metrics::buy(&self.cloudwatch, &order, now).await?;
                Some(found.as_replica(signals(&found, &bought, None, now)))
            }
            None => None,
        };
        Ok(Inspection { replica, records })
    }

    async fn apply(&self, target: &Target, action: &Action) -> Outcome {
        match action {
            Action::CreateReplica(create) => self.create(target, kind(target), create).await,
            Action::ChangeRecords(batch) => self.change(target, batch).await,
            Action::DeleteReplica(delete) => self.delete(delete).await,
        }
    }
}

/// What was read for all targets together.
struct Seen<'a> {
    described: &'a [Described],
    zones: &'a BTreeMap<ZoneId, Result<Zone, Failure>>,
    changes: &'a BTreeMap<ChangeId, Result<Option<ChangeStatus>, Failure>>,
    bought: &'a Bought,
    signals_read: bool,
}

/// A zone that a reader name is in.
struct Zone {
    name: ZoneFact,
    records: ZoneRecords,
}

impl AwsFleet {
    /// Each zone once: its name, and the records of all the reader names in it; all of it where a replica is about to leave.
    async fn zones(
        &self,
        requests: &[ObserveRequest<'_>],
        known: &mut Known,
        now: Timestamp,
    ) -> BTreeMap<ZoneId, Result<Zone, Failure>> {
        let mut wanted: BTreeMap<ZoneId, (BTreeSet<DnsName>, Extent)> = BTreeMap::new();
        for request in requests {
            let reader = &kind(request.target).reader;
            let (names, extent) =
                wanted.entry(reader.zone.clone()).or_insert_with(|| (BTreeSet::new(), Extent::Names));
            names.insert(reader.name.clone());
            if request.history.removing().is_some() {
                *extent = Extent::Whole;
            }
        }
        let mut zones = BTreeMap::new();
        for (zone, (names, extent)) in wanted {
            let read = async {
                let name = known.zone_name(&self.route53, &zone, now).await?;
                let records = records::read(&self.route53, &zone, &names, extent).await?;
                Ok(Zone { name: ZoneFact { zone: zone.clone(), name }, records })
            };
            let read = read.await;
            zones.insert(zone, read);
        }
        zones
    }

    /// Each change once. One that Route 53 has forgotten is `None`.
    async fn changes(
        &self,
        requests: &[ObserveRequest<'_>],
    ) -> BTreeMap<ChangeId, Result<Option<ChangeStatus>, Failure>> {
        let pending: BTreeSet<&ChangeId> =
            requests.iter().filter_map(|request| request.history.pending_change()).collect();
        let mut changes = BTreeMap::new();
        for id in pending {
            let answer = self.route53.get_change().id(id.as_str()).send().await;
            let status = match answer.map_err(|error| Failure::of(Operation::GET_CHANGE, &error)) {
                Ok(answer) => Ok(answer.change_info().map(|info| match info.status().as_str() {
                    "INSYNC" => ChangeStatus::InSync,
                    _ => ChangeStatus::Pending,
                })),
                Err(failure) if failure.is("NoSuchChange") || failure.is("InvalidInput") => Ok(None),
                Err(failure) => Err(failure),
            };
            changes.insert(id.clone(), status);
        }
        changes
    }

    /// One target's part of what was seen.
    async fn one(
        &self,
        request: &ObserveRequest<'_>,
        seen: &Seen<'_>,
        known: &mut Known,
        now: Timestamp,
    ) -> Result<Observation, FleetError> {
        let kind = kind(request.target);
        let zone = match seen.zones.get(&kind.reader.zone) {
            Some(Ok(zone)) => zone,
            Some(Err(failure)) => return Err(failure.clone().into()),
            None => return Err(unread(Operation::LIST_RECORDS, "the zone was not read")),
        };
        reader_belongs(kind, &zone.name)?;
        let change = change_of(request.history, seen)?;
        let mut facts = Facts { zone: Some(zone.name.clone()), ..Facts::default() };
        let mut max_connections: BTreeMap<InstanceId, u32> = BTreeMap::new();
        for instance in meant(kind, seen.described) {
            if let Some(most) = self.max_connections(kind, instance, known, &mut facts, now).await? {
                max_connections.insert(instance.id.clone(), most);
            }
        }
        let signals = |instance: &Described| {
            signals(instance, seen.bought, max_connections.get(&instance.id).copied(), now)
        };
        let source = meant(kind, seen.described).find(|instance| instance.id == kind.source);
        let source = match source {
            Some(found) => {
                self.remember_groups(found);
                let signals = MemberSignals { lag: Reading::Missing, ..signals(found) };
                Some(found.as_source(signals).map_err(|why| unread(Operation::DESCRIBE_INSTANCES, why))?)
            }
            None => None,
        };
        let replicas: Vec<_> = meant(kind, seen.described)
            .filter(|instance| instance.id != kind.source)
            .map(|instance| instance.as_replica(signals(instance)))
            .collect();
        let mut records = group(&zone.records, kind);
        if let Some(leaving) = request.history.removing() {
            records.other_uses = uses_elsewhere(&zone.records, kind, seen.described, leaving);
        }
        Ok(Observation::RdsReplicas(RdsObservation {
            at: now,
            source,
            replicas,
            records,
            change,
            signals_read: seen.signals_read,
            facts,
        }))
    }

    /// From the policy, or from the parameter group; `None` where neither says a number.
    async fn max_connections(
        &self,
        kind: &RdsReplicas,
        instance: &Described,
        known: &mut Known,
        facts: &mut Facts,
        now: Timestamp,
    ) -> Result<Option<u32>, FleetError> {
        let Some(parameters) = instance.parameter_group.as_deref().filter(|_| kind.max_connections.is_none())
        else {
            return Ok(kind.max_connections);
        };
        match known.max_connections(&self.rds, parameters, now).await {
            Ok(fact) => {
                let most = max_connections::max_connections(&fact.value, &instance.class);
                facts.max_connections.insert(parameters.to_owned(), fact);
                Ok(most)
            }
            Err(failure) if failure.sorting.class() == FailureClass::RetryNextWake => {
                // The rules that need it say that it is unknown; the others go on.
                tracing::warn!(group = parameters, "max_connections could not be read: {}", failure.message);
                Ok(None)
            }
            Err(failure) => Err(failure.into()),
        }
    }
}

fn kind(target: &Target) -> &RdsReplicas {
    let TargetKind::RdsReplicas(kind) = &target.kind;
    kind
}

/// The source, everything that names it as its source, and everything that is called as ours would be.
fn meant<'a>(kind: &'a RdsReplicas, described: &'a [Described]) -> impl Iterator<Item = &'a Described> {
    described.iter().filter(|instance| {
        instance.id == kind.source
            || instance.source.as_ref() == Some(&kind.source)
            || instance.id.as_str().starts_with(&kind.prefix)
    })
}

/// The lag of what is no replica is not bought.
fn order_signals(order: &mut Order, instance: &Described, minutes: u32) {
    order.add(&instance.id, Metric::Cpu, minutes);
    order.add(&instance.id, Metric::Connections, minutes);
    if instance.source.is_some() {
        order.add(&instance.id, Metric::Lag, minutes);
    }
}

fn signals(
    instance: &Described,
    bought: &Bought,
    max_connections: Option<u32>,
    now: Timestamp,
) -> MemberSignals {
    let reading = |metric| bought.reading(&instance.id, metric, instance.created_at, now);
    MemberSignals {
        cpu: reading(Metric::Cpu),
        connections: reading(Metric::Connections),
        lag: reading(Metric::Lag),
        max_connections,
    }
}

fn group(records: &ZoneRecords, kind: &RdsReplicas) -> RecordGroup {
    records.group(&kind.reader.name, |set_id| set_id == FLOOR_SET_ID || set_id.starts_with(&kind.prefix))
}

fn uses_elsewhere(
    records: &ZoneRecords,
    kind: &RdsReplicas,
    described: &[Described],
    leaving: &InstanceId,
) -> Vec<EndpointUse> {
    let found = described.iter().find(|instance| instance.id == *leaving);
    let endpoint = found.and_then(|instance| instance.endpoint.as_ref());
    endpoint.map_or_else(Vec::new, |endpoint| records.other_uses(&kind.reader.name, endpoint))
}

fn change_of(history: &History, seen: &Seen<'_>) -> Result<Option<ChangeStatus>, FleetError> {
    match history.pending_change().and_then(|change| seen.changes.get(change)) {
        Some(Ok(status)) => Ok(*status),
        Some(Err(failure)) => Err(failure.clone().into()),
        None => Ok(None),
    }
}

/// A record outside its zone would never be answered, and a CNAME at the zone's own name is not allowed.
fn reader_belongs(kind: &RdsReplicas, zone: &ZoneFact) -> Result<(), FleetError> {
    let (name, zone_name) = (kind.reader.name.as_str(), zone.name.value.as_str());
    if name == zone_name {
        let why = format!(
            "the reader name {name} is the hosted zone {} itself, where DNS allows no CNAME: choose a name below it, as ro.{zone_name}",
            zone.zone
        );
        return Err(unread(Operation::GET_ZONE, why));
    }
    if name.strip_suffix(zone_name).is_some_and(|rest| rest.ends_with('.')) {
        return Ok(());
    }
    let why = format!(
        "the reader name {name} is not in the hosted zone {} ({zone_name}): correct `reader.name` or `reader.zone` of the policy",
        zone.zone
    );
    Err(unread(Operation::GET_ZONE, why))
}

fn unread(operation: Operation, why: impl Into<String>) -> FleetError {
    FleetError { operation: operation.name, class: FailureClass::PersonNeeded, message: why.into() }
}
