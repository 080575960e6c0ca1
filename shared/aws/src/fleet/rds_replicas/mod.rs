//! Read replicas: what RDS and Route 53 say of all such targets together, and the three mutations.

mod apply;
mod blue_green;
mod class_memory;
mod facts;
mod formula;
mod instances;
mod max_connections;
mod on_aws;
mod past;
mod pending;
mod records;
mod series;
mod settings;
mod unlisted;
mod wanted;
mod zone;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use tidegate_policy::evaluate::{DiskOf, disk_metrics_needed, lookback_minutes};
use tidegate_policy::history::History;
use tidegate_policy::names::{ChangeId, DnsName, InstanceId, ZoneId};
use tidegate_policy::observation::{
    BlueGreen, ChangeSeen, ChangeStatus, Facts, Inspection, MemberSignals, Observation, OtherUses,
    RdsObservation, Reading, Replica, ZoneFact,
};
use tidegate_policy::plan::RdsReplicasAction;
use tidegate_policy::policy::{Metric, RdsReplicas, Target};
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_reconcile::port::{FleetError, Signals};

use super::metrics::{self, Bought, Order};
use super::unread::unread;
use crate::clients::Clients;
use crate::failure::{Failure, Operation};
use facts::Known;
use instances::Described;
use records::{Extent, ZoneRecords};
use unlisted::{Unlisted, expected};
use wanted::{Wanted, meant};
use zone::{Zone, group};

pub(super) use wanted::wanted;

/// The clients that replicas need, and what was seen.
#[derive(Debug)]
pub struct Replicas {
    rds: aws_sdk_rds::Client,
    route53: aws_sdk_route53::Client,
    /// The VPC security groups of the sources that were seen.
    groups: Mutex<BTreeMap<InstanceId, Vec<String>>>,
}

/// All that was read of these targets but their metrics.
pub struct Looked<'a> {
    wanted: Vec<Wanted<'a>>,
    described: Vec<Described>,
    unlisted: Unlisted,
    deployments: Result<Vec<BlueGreen>, String>,
    zones: BTreeMap<ZoneId, Result<Zone, Failure>>,
    changes: BTreeMap<ChangeId, Result<ChangeStatus, Failure>>,
    known: Known,
}

impl Looked<'_> {
    /// The series that the targets need.
    fn order(&self, order: &mut Order) {
        for wanted in self.wanted.iter().filter(|wanted| wanted.signals == Signals::Buy) {
            let minutes = lookback_minutes(wanted.target);
            for instance in meant(*wanted, &self.described) {
                order_signals(order, instance, minutes);
                for metric in disk_metrics_needed(wanted.target, disk_of(instance, wanted.kind)) {
                    order.add(series::of(&instance.id, metric), minutes);
                }
            }
        }
    }

    /// One observation a target, in order. Without `bought` every reading is missing.
    async fn observations(
        self,
        replicas: &Replicas,
        bought: Option<&Bought>,
        now: Timestamp,
    ) -> Vec<Result<Observation, FleetError>> {
        let Looked { wanted, described, deployments, unlisted, zones, changes, mut known } = self;
        let nothing = Bought::default();
        let seen = Seen {
            described: &described,
            deployments: &deployments,
            unlisted: &unlisted,
            zones: &zones,
            changes: &changes,
            bought: bought.unwrap_or(&nothing),
            signals_read: bought.is_some(),
        };
        let mut observations = Vec::with_capacity(wanted.len());
        for wanted in wanted {
            observations.push(replicas.one(wanted, &seen, &mut known, now).await);
        }
        observations
    }
}

impl Replicas {
    /// Has seen nothing yet.
    fn with(clients: &Clients) -> Self {
        Self { rds: clients.rds().clone(), route53: clients.route53().clone(), groups: Mutex::default() }
    }

    fn remembered_groups(&self, source: &InstanceId) -> Option<Vec<String>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).get(source).cloned()
    }

    fn remember_groups(&self, source: &Described) {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        groups.insert(source.id.clone(), source.security_groups.clone());
    }

    /// Reads all these targets together; without any, no call is made.
    async fn look_at<'a>(&self, wanted: &[Wanted<'a>], now: Timestamp) -> Result<Looked<'a>, Failure> {
        let mut described =
            if wanted.is_empty() { Vec::new() } else { instances::describe_all(&self.rds).await? };
        // Who is only glanced at is looked at in full before anything is made or deleted.
        let asks_for_deployments = |wanted: &Wanted<'_>| {
            wanted.signals == Signals::Buy && blue_green::has_deployments(wanted.kind.engine)
        };
        let deployments = match wanted.iter().any(asks_for_deployments) {
            true => blue_green::describe_all(&self.rds).await,
            false => Ok(Vec::new()),
        };
        let mut known = Known::of(wanted.iter().map(|wanted| &wanted.history.facts), now);
        let zones = self.zones(wanted, &mut known, now).await;
        let unlisted = unlisted::ask_by_name(&self.rds, wanted, &zones, &mut described).await;
        let changes = self.changes(wanted).await;
        Ok(Looked { wanted: wanted.to_vec(), described, deployments, unlisted, zones, changes, known })
    }

    /// Every instance of the Region, without its metrics.
    pub(super) async fn instances(&self) -> Result<Vec<Replica>, Failure> {
        let described = instances::describe_all(&self.rds).await?;
        let nothing = || MemberSignals {
            cpu: Reading::Missing,
            connections: Reading::Missing,
            lag: Reading::Missing,
            read_latency: Reading::Missing,
            disk_queue: Reading::Missing,
            max_connections: None,
        };
        Ok(described.iter().map(|instance| instance.as_replica(nothing())).collect())
    }

    /// Does one action.
    async fn carry_out(&self, target: &Target, kind: &RdsReplicas, action: &RdsReplicasAction) -> Outcome {
        match action {
            RdsReplicasAction::CreateReplica(create) => self.create(target, kind, create).await,
            RdsReplicasAction::ChangeRecords(batch) => self.change(target, batch).await,
            RdsReplicasAction::DeleteReplica(delete) => self.delete(delete).await,
        }
    }

    /// Reads the replica that is to go and the reader name's records afresh.
    async fn look_at_one(
        &self,
        cloudwatch: Option<&aws_sdk_cloudwatch::Client>,
        target: &Target,
        kind: &RdsReplicas,
        action: &RdsReplicasAction,
        now: Timestamp,
    ) -> Result<Inspection, FleetError> {
        let found = match action {
            RdsReplicasAction::DeleteReplica(delete) => instances::describe(&self.rds, &delete.id).await?,
            RdsReplicasAction::CreateReplica(_) | RdsReplicasAction::ChangeRecords(_) => None,
        };
        let names = [kind.reader.name.clone()].into();
        let zone = records::read(&self.route53, &kind.reader.zone, &names, Extent::Whole).await?;
        let mut records = group(&zone, kind);
        let endpoint = found.as_ref().and_then(|found| found.endpoint.as_ref());
        records.other_uses = uses_of(&zone, kind, endpoint.into_iter());
        let replica = match found {
            Some(found) => {
                let mut order = Order::default();
                order_signals(&mut order, &found, lookback_minutes(target));
                let bought = match cloudwatch {
                    Some(cloudwatch) => metrics::buy(cloudwatch, &order, now).await?,
                    None => Bought::default(),
                };
                Some(found.as_replica(signals(&found, &bought, None, now)))
            }
            None => None,
        };
        let deployments = match blue_green::has_deployments(kind.engine) {
            true => blue_green::describe_all(&self.rds).await,
            false => Ok(Vec::new()),
        };
        Ok(Inspection { replica, records, blue_green: blue_green::of_source(&kind.source, &deployments) })
    }
}

/// What was read for all targets together.
struct Seen<'a> {
    described: &'a [Described],
    unlisted: &'a Unlisted,
    deployments: &'a Result<Vec<BlueGreen>, String>,
    zones: &'a BTreeMap<ZoneId, Result<Zone, Failure>>,
    changes: &'a BTreeMap<ChangeId, Result<ChangeStatus, Failure>>,
    bought: &'a Bought,
    signals_read: bool,
}

impl Replicas {
    /// Each zone once: its name, and the records of all the reader names in it; apart from them all of it where a replica is about to leave.
    async fn zones(
        &self,
        wanted: &[Wanted<'_>],
        known: &mut Known,
        now: Timestamp,
    ) -> BTreeMap<ZoneId, Result<Zone, Failure>> {
        let mut asked: BTreeMap<ZoneId, (BTreeSet<DnsName>, bool)> = BTreeMap::new();
        for one in wanted {
            let reader = &one.kind.reader;
            let (names, leaving) = asked.entry(reader.zone.clone()).or_default();
            names.insert(reader.name.clone());
            *leaving |= one.history.rds_replicas.removing().next().is_some();
        }
        let mut zones = BTreeMap::new();
        for (zone, (names, leaving)) in asked {
            let read = async {
                let name = known.zone_name(&self.route53, &zone, now).await?;
                let records = records::read(&self.route53, &zone, &names, Extent::Names).await?;
                let whole = match leaving {
                    true => Some(records::read(&self.route53, &zone, &names, Extent::Whole).await),
                    false => None,
                };
                Ok(Zone { name: ZoneFact { zone: zone.clone(), name }, records, whole })
            };
            let read = read.await;
            zones.insert(zone, read);
        }
        zones
    }

    /// Each change once, also one that Route 53 has forgotten. A glance writes nothing down, so that it asks for none.
    async fn changes(&self, wanted: &[Wanted<'_>]) -> BTreeMap<ChangeId, Result<ChangeStatus, Failure>> {
        let due = wanted.iter().filter(|wanted| wanted.signals == Signals::Buy);
        let pending: BTreeSet<&ChangeId> =
            due.filter_map(|wanted| wanted.history.rds_replicas.pending_change()).collect();
        let mut changes = BTreeMap::new();
        for id in pending {
            let answer = self.route53.get_change().id(id.as_str()).send().await;
            let status = match answer.map_err(|error| Failure::of(Operation::GET_CHANGE, &error)) {
                Ok(answer) => Ok(match answer.change_info().map(|info| info.status().as_str()) {
                    Some("INSYNC") => ChangeStatus::InSync,
                    Some(_) => ChangeStatus::Pending,
                    None => ChangeStatus::Unknown,
                }),
                Err(failure) if failure.is("NoSuchChange") || failure.is("InvalidInput") => {
                    Ok(ChangeStatus::Unknown)
                }
                Err(failure) => Err(failure),
            };
            changes.insert(id.clone(), status);
        }
        changes
    }

    /// One target's part of what was seen.
    async fn one(
        &self,
        wanted: Wanted<'_>,
        seen: &Seen<'_>,
        known: &mut Known,
        now: Timestamp,
    ) -> Result<Observation, FleetError> {
        let Wanted { kind, history, .. } = wanted;
        let buys = wanted.signals == Signals::Buy;
        let zone = match seen.zones.get(&kind.reader.zone) {
            Some(Ok(zone)) => zone,
            Some(Err(failure)) => return Err(failure.clone().into()),
            None => return Err(unread(Operation::LIST_RECORDS, "the zone was not read")),
        };
        reader_belongs(kind, &zone.name)?;
        let change = change_of(history, seen)?;
        let mut facts = Facts { zone: Some(zone.name.clone()), ..Facts::default() };
        let mut max_connections: BTreeMap<InstanceId, u32> = BTreeMap::new();
        // Of no use without connections.
        for instance in meant(wanted, seen.described).filter(|_| buys) {
            if let Some(most) = self.max_connections(kind, instance, known, &mut facts, now).await? {
                max_connections.insert(instance.id.clone(), most);
            }
        }
        let signals = |instance: &Described| {
            signals(instance, seen.bought, max_connections.get(&instance.id).copied(), now)
        };
        let source = meant(wanted, seen.described).find(|instance| instance.id == kind.source);
        let source = match source {
            Some(found) => {
                self.remember_groups(found);
                let signals = match found.source {
                    Some(_) => signals(found),
                    None => MemberSignals { lag: Reading::Missing, ..signals(found) },
                };
                Some(found.as_source(signals).map_err(|why| unread(Operation::DESCRIBE_INSTANCES, why))?)
            }
            None => None,
        };
        let replicas: Vec<_> = meant(wanted, seen.described)
            .filter(|instance| instance.id != kind.source)
            .map(|instance| instance.as_replica(signals(instance)))
            .collect();
        let mut records = group(&zone.records, kind);
        let absent = seen.unlisted.absent(&expected(wanted, &records, seen.described), history)?;
        let leaving: BTreeSet<_> = history.rds_replicas.removing().collect();
        if !leaving.is_empty() {
            records.other_uses = uses_elsewhere(zone, kind, seen.described, &leaving);
        }
        Ok(Observation::RdsReplicas(RdsObservation {
            at: now,
            source,
            blue_green: blue_green::of_source(&kind.source, seen.deployments),
            source_is_cluster: seen
                .described
                .iter()
                .any(|instance| instance.cluster.as_deref() == Some(kind.source.as_str())),
            replicas,
            absent,
            records,
            change,
            signals_read: buys && seen.signals_read,
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

/// The lag of what is no replica is not bought.
fn order_signals(order: &mut Order, instance: &Described, minutes: u32) {
    order.add(series::of(&instance.id, Metric::Cpu), minutes);
    order.add(series::of(&instance.id, Metric::Connections), minutes);
    if instance.source.is_some() {
        order.add(series::of(&instance.id, Metric::Lag), minutes);
    }
}

fn disk_of(instance: &Described, kind: &RdsReplicas) -> DiskOf {
    if instance.id == kind.source { DiskOf::Source } else { DiskOf::Replicas }
}

fn signals(
    instance: &Described,
    bought: &Bought,
    max_connections: Option<u32>,
    now: Timestamp,
) -> MemberSignals {
    let reading = |metric| bought.reading(&series::of(&instance.id, metric), instance.created_at, now);
    MemberSignals {
        cpu: reading(Metric::Cpu),
        connections: reading(Metric::Connections),
        lag: reading(Metric::Lag),
        read_latency: reading(Metric::ReadLatency),
        disk_queue: reading(Metric::DiskQueue),
        max_connections,
    }
}

/// What names the endpoint of the replica that is about to leave. Unknown where the whole zone could not be read.
fn uses_elsewhere(
    zone: &Zone,
    kind: &RdsReplicas,
    described: &[Described],
    leaving: &BTreeSet<&InstanceId>,
) -> OtherUses {
    let found = described.iter().filter(|instance| leaving.contains(&instance.id));
    match &zone.whole {
        Some(Ok(whole)) => uses_of(whole, kind, found.filter_map(|instance| instance.endpoint.as_ref())),
        Some(Err(failure)) => {
            tracing::warn!(
                zone = kind.reader.zone.as_str(),
                "the whole zone could not be read: {}",
                failure.message
            );
            OtherUses::Unknown(FleetError::from(failure.clone()).to_string())
        }
        None => OtherUses::default(),
    }
}

/// What else of the zone names one of these endpoints. Nothing names an instance that has none.
fn uses_of<'a>(
    whole: &ZoneRecords,
    kind: &RdsReplicas,
    endpoints: impl Iterator<Item = &'a DnsName>,
) -> OtherUses {
    OtherUses::Known(endpoints.flat_map(|endpoint| whole.other_uses(&kind.reader.name, endpoint)).collect())
}

fn change_of(history: &History, seen: &Seen<'_>) -> Result<Option<ChangeSeen>, FleetError> {
    let asked = history.rds_replicas.pending_change().and_then(|id| seen.changes.get_key_value(id));
    match asked {
        Some((id, Ok(status))) => Ok(Some(ChangeSeen { id: id.clone(), status: *status })),
        Some((_, Err(failure))) => Err(failure.clone().into()),
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
