//! Replicas of a source behind a reader name: RDS, Route 53 and the application's clients.

#[cfg(test)]
mod behaviour;
mod clients;
mod disk;
pub(super) mod fleet;
mod max_connections;
mod parameters;
mod past;
mod plant;
mod rds;
mod replaced;
mod route53;
mod sample;
mod shortage;
mod watcher;

use std::collections::BTreeMap;

use tidegate_policy::history::RdsReplicasMemory;
use tidegate_policy::names::{DnsName, InstanceClass, InstanceId, SetId};
use tidegate_policy::observation::{BlueGreen, BlueGreenMember, Minute, WeightedRecord};
use tidegate_policy::ownership::{DECISION_TAG, FLOOR_SET_ID, OWNER_TAG, STAGE_TAG, TARGET_TAG};
use tidegate_policy::policy::{Metric, RdsReplicas, Signal};
use tidegate_policy::units::Weight;

use crate::document::{Body, DiskFrame, ReplicaFrame, ReplicaSet, Stage};
use crate::random::Streams;
use crate::world::{DrainStage, WorldEvent};

use super::alarm::{Alarm, READS_MINUTES};
use super::clock::Millis;
use super::served::Served;
use super::shared::Shared;
use super::simulated::Simulated;
use super::watched::Breach;
use clients::Clients;
use plant::Plant;
use rds::{Birth, Rds, RdsEvent};
use route53::Route53;
use sample::SERIES;
use shortage::Shortage;
use watcher::Watcher;

pub use clients::{RefusalCause, RefusedConnection};

/// How long RDS makes the green copies.
const PREPARED_AFTER: Millis = Millis(20 * 60_000);

/// The weight of a replica that takes its full share.
pub const FULL_WEIGHT: Weight = Weight(64);

/// Everything there is of one target's source, replicas and reader name.
#[derive(Debug)]
pub(super) struct State {
    pub(super) shared: Shared,
    kind: RdsReplicas,
    rds: Rds,
    dns: Route53,
    clients: Clients,
    plant: Plant,
    watcher: Watcher,
    describes: u64,
    foreign: u64,
    /// Persons who wait for a replica on its way out to be so far, and then promote it.
    promoters: Vec<DrainStage>,
    /// What listings leave out, each until then.
    left_out: Vec<(Millis, InstanceId)>,
    /// When a person makes the replicas' authentication what the source's is.
    authentication_follows: Option<Millis>,
    /// Since when, until when, and how often there was a blue/green deployment of the source.
    deployment: Option<(Millis, Millis)>,
    deployments: u64,
    /// Until when a DNS controller deletes a record of ours again and again.
    controller: Option<Millis>,
    /// When a person takes the master password back from Secrets Manager.
    password_back: Option<Millis>,
    /// When the source is no member of a cluster any more.
    out_of_cluster: Option<Millis>,
    /// When a person takes the source's higher max_connections back.
    connections_back: Option<Millis>,
    /// When a person reboots what is `pending-reboot`.
    rebooted: Option<Millis>,
    /// Until then a reading of the whole zone fails.
    zone_unread_until: Millis,
    /// Since when and until when DescribeBlueGreenDeployments is denied.
    deployments_unread: Option<(Millis, Millis)>,
    /// Until then events of RDS and alarms wake nobody.
    events_lost_until: Millis,
    alarms: Vec<Alarm>,
    /// Whether one of them went off since this was last asked.
    alarmed: bool,
}

impl Simulated for State {
    fn shared(&self) -> &Shared {
        &self.shared
    }

    fn shared_mut(&mut self) -> &mut Shared {
        &mut self.shared
    }

    /// In order of time: whatever RDS does, whatever reaches the name servers, and every connection in between.
    fn advance(&mut self, to: Millis) {
        while self.shared.now < to {
            let next = to.min(self.rds.next_step()).min(self.dns.next_insync()).max(self.shared.now);
            self.clients.run_until(next, &mut self.rds);
            self.shared.now = next;
            let known = self.rds.events.len();
            self.rds.settle(next);
            self.note_stops(known);
            if self.dns.settle(next) {
                self.clients.route(self.dns.visible(), &mut self.rds);
            }
        }
    }

    fn end_minute(&mut self, demand: f64) -> Served {
        self.take_back(self.shared.now);
        self.clients.retry(&mut self.rds, self.shared.now);
        self.promote_victim();
        let minute = Minute(self.shared.now.minute().0 - 1);
        let served =
            self.plant.serve(demand, self.shared.now, minute, &mut self.rds, &mut self.shared.metrics);
        self.look_at_alarms();
        let blameless = self.shared.is_disturbed() || self.controller_strikes();
        if self.shared.metrics.is_dark(minute) {
            self.watcher.dark = Some(self.shared.now);
        }
        self.watcher.deploying = self.deployment.is_some_and(|(_, until)| self.shared.now < until);
        self.watcher.look(&self.rds, &self.dns, &self.clients, self.shared.now, blameless);
        let disturbed = self.shared.is_disturbed();
        self.watcher.look_for_quarrel(self.shared.history().as_deref(), disturbed, self.shared.now);
        self.watcher.look_for_blind_removals(self.shared.history().as_deref(), &self.rds, self.shared.now);
        served
    }

    fn live_before(&mut self, before: &[f64]) {
        self.publish_before(before);
    }

    fn befall(&mut self, event: &WorldEvent) -> Option<String> {
        let now = self.shared.now;
        let replica = event.replica().and_then(|nth| self.nth_replica(nth));
        let lasting = event.lasting().map_or(Millis(0), Millis::of_duration);
        let until = now + lasting;
        match (event, &replica) {
            (WorldEvent::LagSpike { seconds, .. }, Some(id)) => self.rds.spike(id, *seconds, until),
            (WorldEvent::PromoteReplica { .. }, Some(id)) => {
                if !self.rds.promote(id, now) {
                    return Some(format!("a person cannot promote {id}: it is not available"));
                }
            }
            (WorldEvent::PartialDescription { .. }, Some(id)) => self.left_out.push((until, id.clone())),
            (WorldEvent::RestoreUnderName, _) => self.restore_under_name(),
            (WorldEvent::Switchover, _) => self.switch_over(),
            (WorldEvent::PromoteVictim { stage }, _) => {
                self.promoters.push(*stage);
                self.promote_victim();
            }
            (WorldEvent::ProtectReplica { .. }, Some(id)) => self.rds.protect(id, now),
            (WorldEvent::PinReplica { .. }, Some(id)) => {
                self.rds.tag(id, tidegate_policy::ownership::PIN_TAG, "a person", now);
            }
            (WorldEvent::HoldReplica { .. }, Some(id)) => self.rds.hold(id, until, now),
            (WorldEvent::InstanceInterrupted { .. }, Some(id)) => {
                if self.rds.interrupt(id, "rebooting", lasting, now).is_some() {
                    self.cut(id, RefusalCause::CutByInterruption);
                }
            }
            (WorldEvent::ReplicaBreaks { state, .. }, Some(id)) => {
                if self.rds.interrupt(id, state.word(), lasting, now).is_some() {
                    self.cut(id, RefusalCause::CutByInterruption);
                }
            }
            (WorldEvent::SourceModifying { .. }, _) => {
                let source = self.kind.source.clone();
                self.rds.interrupt(&source, "modifying", lasting, now);
            }
            (WorldEvent::IamAuthenticationTurned { on, .. }, _) => {
                self.rds.authenticate(*on, false, now);
                self.authentication_follows = Some(until);
            }
            (WorldEvent::SourceOptimizing { .. }, _) => {
                let source = self.kind.source.clone();
                self.rds.interrupt(&source, "storage-optimization", lasting, now);
            }
            (WorldEvent::SourcePasswordManaged { .. }, _) => {
                self.rds.manage_password(true, now);
                self.password_back = Some(until);
            }
            (WorldEvent::SourceInCluster { .. }, _) => {
                self.rds.join_cluster(true, now);
                self.out_of_cluster = Some(until);
            }
            (WorldEvent::SourceMaxConnectionsRaised { .. }, _) => {
                self.rds.raise_max_connections(true, now);
                self.connections_back = Some(until);
            }
            (WorldEvent::PendingReboot { .. }, _) => {
                self.rds.await_reboot(true, now);
                self.rebooted = Some(until);
            }
            (WorldEvent::SourceFollowsAnother { seconds, .. }, _) => {
                self.rds.follow_another(*seconds, until, now);
            }
            (WorldEvent::BlueGreen { .. }, _) => {
                self.deployments += 1;
                self.deployment = Some((now, until));
            }
            (WorldEvent::RecordsDeleted { .. }, _) => self.controller = Some(until),
            (WorldEvent::ForeignUse { .. }, Some(id)) => {
                let endpoint = self.rds.named(id).and_then(|named| named.described.endpoint.clone());
                if let Some(endpoint) = endpoint {
                    self.dns.seed_simple(DnsName::new(format!("{id}.reports.example.com")), endpoint);
                }
            }
            (WorldEvent::EventsLost { .. }, _) => self.events_lost_until = until,
            (WorldEvent::ZoneUnreadable { .. }, _) => self.zone_unread_until = until,
            (WorldEvent::DeploymentsUnreadable { .. }, _) => self.deployments_unread = Some((now, until)),
            (WorldEvent::FailNextCreation, _) => self.rds.creations_to_fail += 1,
            (WorldEvent::NoRoom { everywhere, late, .. }, _) => {
                self.rds.shortage = Some(Shortage::new(until, *everywhere, *late));
            }
            (WorldEvent::NextCreationHangs { .. }, _) => self.rds.next_creation_hangs = Some(lasting),
            (WorldEvent::NextCreationStaysBehind { .. }, _) => self.rds.next_creation_behind = Some(lasting),
            (WorldEvent::SlowCaches { .. }, _) => self.rds.slow_caches_until = until,
            (WorldEvent::ForeignReplica, _) => return Some(self.foreign_replica()),
            (_, None) if event.replica().is_some() => return Some("no replica to hit".to_owned()),
            _ => return None,
        }
        Some(event.sentence(replica.as_ref()))
    }

    fn unit_hours(&self) -> f64 {
        self.rds.unit_hours(self.shared.now)
    }

    fn take_events(&mut self) -> bool {
        let any = !self.rds.events.is_empty() | std::mem::take(&mut self.alarmed);
        self.rds.events.clear();
        any && self.shared.now >= self.events_lost_until
    }

    fn take_breaches(&mut self) -> Vec<Breach> {
        self.watcher.take()
    }

    fn frame(&self) -> Body {
        Body::Replicas(self.replica_set())
    }
}

impl State {
    /// The alarms of the source; of a changing set of replicas the stack makes none.
    fn look_at_alarms(&mut self) {
        let ring = self.shared.metrics.ring(self.rds.source_id().as_str(), SERIES, self.shared.now);
        for alarm in &mut self.alarms {
            let metric = match alarm.signal {
                Signal::PrimaryCpu => Metric::Cpu,
                Signal::PrimaryReadLatency => Metric::ReadLatency,
                Signal::PrimaryDiskQueue => Metric::DiskQueue,
                _ => continue,
            };
            let points = self.shared.metrics.read(ring, metric as usize, READS_MINUTES, self.shared.now);
            self.alarmed |= alarm.goes_off(&points);
        }
    }

    /// The replicas as a chart shows them.
    fn replica_set(&self) -> ReplicaSet {
        let source = self.rds.source().map(|source| source.last);
        let connections = source.map_or(0.0, |last| last.connections);
        ReplicaSet {
            primary_cpu: source.map_or(0.0, |last| last.cpu),
            primary_connections: 100.0 * connections / f64::from(self.plant.max_connections()),
            primary_disk: source.map_or_else(DiskFrame::default, |last| last.disk.frame()),
            floor_weight: self.floor_weight(),
            replicas: self.frames(),
        }
    }

    /// The account as it stood for long: the source with backups, as many replicas of ours as the minimum asks for, and the reader name
    /// that answers with them; with none, with the primary if the policy has a floor.
    pub(super) fn new(mut shared: Shared, kind: &RdsReplicas, streams: Streams) -> Self {
        let now = shared.now;
        let target = &shared.target;
        let metrics = &mut shared.metrics;
        let mut rds = Rds::new(streams, kind.source.clone());
        let class = kind.class.clone().unwrap_or_else(|| InstanceClass::new("db.t3.medium"));
        let mut seed = |id: InstanceId, source: Option<InstanceId>, tags| {
            let ring = metrics.ring(id.as_str(), SERIES, now);
            let birth = Birth {
                id,
                source,
                engine: kind.engine,
                class: class.clone(),
                tags,
                iam_authentication: false,
                maker: rds::Maker::Scaler,
                ring,
            };
            rds.seed(birth, now);
        };
        seed(kind.source.clone(), None, BTreeMap::new());
        for nth in 1..=target.scaling.min.0 {
            let tags = BTreeMap::from([
                (OWNER_TAG.to_owned(), kind.owner.clone()),
                (STAGE_TAG.to_owned(), kind.stage.to_string()),
                (TARGET_TAG.to_owned(), target.name.to_string()),
                (DECISION_TAG.to_owned(), "before-the-run".to_owned()),
            ]);
            let name = format!("{}first{nth}", kind.prefix);
            seed(InstanceId::new(name), Some(kind.source.clone()), tags);
        }
        let mut dns = Route53::new(
            streams.key(kind.reader.zone.as_str(), "changes"),
            kind.reader.zone.clone(),
            kind.reader.name.clone(),
        );
        let mut records = Vec::new();
        for instance in &rds.instances {
            let is_source = instance.described.id == kind.source;
            let Some(value) = instance.described.endpoint.clone() else { continue };
            let (set_id, weight) = if !is_source {
                (SetId::new(instance.described.id.as_str()), FULL_WEIGHT)
            } else if kind.floor {
                let alone = target.scaling.min.0 == 0;
                (SetId::new(FLOOR_SET_ID), if alone { FULL_WEIGHT } else { Weight::ZERO })
            } else {
                continue;
            };
            records.push(WeightedRecord { set_id, weight, ttl: kind.reader.ttl, value });
        }
        dns.seed(records);
        let mut clients = Clients::new(streams, Millis::of_duration(kind.pool_lifetime), now);
        clients.route(dns.visible(), &mut rds);
        clients.connect_all(&mut rds, now);
        // Those who were there before the run are warm.
        for instance in &mut rds.instances {
            instance.first_connection = instance.available;
        }
        let plant = Plant::new(kind, class.as_str(), streams);
        let watcher = Watcher::new(target, kind);
        let zone_unread_until = now;
        let alarms = Alarm::all(&shared.target);
        Self {
            shared,
            kind: kind.clone(),
            rds,
            dns,
            clients,
            plant,
            watcher,
            describes: 0,
            foreign: 0,
            promoters: Vec::new(),
            left_out: Vec::new(),
            authentication_follows: None,
            deployment: None,
            deployments: 0,
            controller: None,
            password_back: None,
            out_of_cluster: None,
            connections_back: None,
            rebooted: None,
            zone_unread_until,
            deployments_unread: None,
            events_lost_until: now,
            alarms,
            alarmed: false,
        }
    }

    /// Sets the Region's quota of instances, the source included.
    pub(super) fn set_instance_quota(&mut self, quota: usize) {
        self.rds.quota = quota;
    }

    /// Sets how many days the source's backups are kept.
    pub(super) fn set_backup_retention(&mut self, days: u32) {
        if let Some(source) = self.rds.instances.first_mut() {
            source.described.backup_retention_days = days;
        }
        self.rds.touch(self.shared.now);
    }

    /// Adds a record of another name that points at an instance.
    pub(super) fn add_other_use(&mut self, name: DnsName, endpoint: DnsName) {
        self.dns.seed_simple(name, endpoint);
    }

    /// The application's hosts.
    pub(super) fn clients(&self) -> &Clients {
        &self.clients
    }

    /// Client connections at this instance.
    pub(super) fn slots_at(&self, id: &InstanceId) -> u32 {
        self.rds.named(id).map_or(0, |instance| instance.slots)
    }

    /// The reader name's records as the name servers answer them.
    pub(super) fn answered_records(&self) -> Vec<WeightedRecord> {
        self.dns.visible().to_vec()
    }

    /// The ledger remembers nothing any more.
    pub(super) fn forgotten(&mut self) {
        self.watcher.forgotten();
    }

    /// The weight of the floor record, if there is one.
    pub(super) fn floor_weight(&self) -> Option<u8> {
        let floor = self.dns.group().iter().find(|record| record.set_id.as_str() == FLOOR_SET_ID);
        floor.map(|record| record.weight.0)
    }
}

impl State {
    /// Instances that failed by themselves cut their clients.
    fn note_stops(&mut self, known: usize) {
        let failed: Vec<RdsEvent> =
            self.rds.events.iter().skip(known).filter(|event| event.what == "failed").cloned().collect();
        for event in failed {
            self.cut(&event.id, RefusalCause::CutByInterruption);
        }
    }

    /// Cuts everyone who is connected to this instance; how many.
    fn cut(&mut self, id: &InstanceId, cause: RefusalCause) -> u32 {
        let Some(instance) = self.rds.named(id) else { return 0 };
        let (uid, endpoint) = (instance.uid, self.rds.endpoint_name(instance.endpoint_id));
        let cut = self.clients.cut(uid, &endpoint, cause, self.shared.now);
        if let Some(instance) = self.rds.by_uid(uid) {
            instance.slots = 0;
        }
        cut
    }

    /// What people take back, or follow up, in the end.
    fn take_back(&mut self, now: Millis) {
        let is_over = |at: &mut Millis| *at <= now;
        if self.password_back.take_if(is_over).is_some() {
            self.rds.manage_password(false, now);
        }
        if self.out_of_cluster.take_if(is_over).is_some() {
            self.rds.join_cluster(false, now);
        }
        if self.connections_back.take_if(is_over).is_some() {
            self.rds.raise_max_connections(false, now);
        }
        if self.rebooted.take_if(is_over).is_some() {
            self.rds.await_reboot(false, now);
        }
        if self.authentication_follows.take_if(is_over).is_some() {
            let by_iam = self.rds.source().is_some_and(|source| source.described.iam_authentication);
            self.rds.authenticate(by_iam, true, now);
        }
    }

    /// The `nth` (from 0) of the scaler's replicas that serve, in order of creation.
    fn nth_replica(&self, nth: usize) -> Option<InstanceId> {
        let ours = self.rds.replicas().filter(|replica| replica.maker == rds::Maker::Scaler);
        ours.filter(|replica| replica.accepts()).nth(nth).map(|replica| replica.described.id.clone())
    }

    /// How far the removal under way is, and whose it is.
    fn leaving(&self) -> Option<(InstanceId, DrainStage)> {
        let id = self.shared.history()?.rds_replicas.removing().next()?.clone();
        let record = self.dns.group().iter().find(|record| record.set_id.as_str() == id.as_str());
        let stage = match record {
            Some(record) if record.weight.is_positive() => DrainStage::Chosen,
            Some(_) => DrainStage::Silent,
            None => DrainStage::Unlisted,
        };
        Some((id, stage))
    }

    fn promote_victim(&mut self) {
        let Some((id, stage)) = self.leaving() else { return };
        let waiting = self.promoters.iter().position(|waits_for| *waits_for <= stage);
        if let Some(place) = waiting
            && self.rds.promote(&id, self.shared.now)
        {
            self.promoters.swap_remove(place);
        }
    }

    /// The deployments of the source, as RDS tells of them: being prepared for a while, then waiting for a person, and in the end deleted.
    fn blue_green(&self) -> Vec<BlueGreen> {
        let now = self.shared.now;
        let under_way = self.deployment.filter(|(_, until)| now < *until);
        let told = under_way.map(|(since, _)| BlueGreen {
            name: format!("upgrade-{}", self.deployments),
            status: if now - since < PREPARED_AFTER { "PROVISIONING" } else { "AVAILABLE" }.to_owned(),
            members: vec![BlueGreenMember { blue: Some(self.kind.source.clone()), green: None }],
        });
        told.into_iter().collect()
    }

    /// A creation or deletion while a deployment was long to be seen is a breach, whatever RDS makes of the call.
    fn watch_blue_green(&mut self, id: &InstanceId) {
        let now = self.shared.now;
        if self.deployment.is_some_and(|(since, until)| now - since > watcher::UNSEEN && now < until) {
            self.watcher.during_blue_green(id, now);
        }
    }

    /// While nobody can tell, only what the minimum lacks is made: whether or not a deployment is under way.
    fn watch_creation(&mut self, id: &InstanceId) {
        let now = self.shared.now;
        let denied = self.deployments_unread.filter(|(_, until)| now < *until);
        let unknown = denied.is_some() || self.shared.is_disturbed();
        if denied.is_some_and(|(since, _)| now - since > watcher::UNSEEN) {
            self.watcher.created_unseen(id, now);
        } else if !unknown || self.watcher.is_complete(now) {
            self.watch_blue_green(id);
        }
    }

    /// Every ten minutes the controller deletes the first record of a replica. What it costs the answers is nobody's of ours, also a while after.
    fn controller_strikes(&mut self) -> bool {
        let now = self.shared.now;
        let Some(until) = self.controller else { return false };
        if now < until && now.minute().0 % 10 == 0 {
            let ours = self.dns.group().iter().find(|record| record.set_id.as_str() != FLOOR_SET_ID);
            if let Some(set_id) = ours.map(|record| record.set_id.clone()) {
                self.watcher.lost(&set_id, self.shared.history().as_deref(), &self.rds, now);
                self.dns.lose(set_id.as_str(), now);
            }
        }
        if now > until + Millis(10 * 60_000) {
            self.controller = None;
        }
        true
    }

    fn foreign_replica(&mut self) -> String {
        self.foreign += 1;
        let id = InstanceId::new(format!("analytics-{}", self.foreign));
        let ring = self.shared.metrics.ring(id.as_str(), SERIES, self.shared.now);
        let class = self
            .rds
            .source()
            .map_or_else(|| InstanceClass::new("db.t3.medium"), |source| source.described.class.clone());
        let create = tidegate_policy::plan::CreateReplica {
            id: id.clone(),
            source: self.kind.source.clone(),
            class,
            zone: None,
            tags: BTreeMap::new(),
            security_groups: Vec::new(),
            settings: Box::default(),
        };
        match self.rds.create(&create, rds::Maker::Other, ring, self.shared.now) {
            Ok(()) => format!("somebody else creates the replica {id}"),
            Err(refusal) => format!("somebody else cannot create the replica {id}: {}", refusal.message),
        }
    }

    pub(super) fn frames(&self) -> Vec<ReplicaFrame> {
        let ours_or_not = self.rds.instances.iter().filter(|instance| {
            instance.described.id != self.kind.source
                && (instance.described.source.is_some() || instance.maker == rds::Maker::Scaler)
        });
        let history = self.shared.history();
        let memory = history.as_ref().map(|history| &history.rds_replicas);
        ours_or_not
            .map(|instance| {
                let record = self
                    .dns
                    .group()
                    .iter()
                    .find(|record| record.set_id.as_str() == instance.described.id.as_str());
                let weight = record.map(|record| record.weight.0);
                ReplicaFrame {
                    id: instance.described.id.to_string(),
                    stage: stage(instance, weight, Heading::of(memory, &instance.described.id)),
                    weight,
                    cpu: instance.last.cpu,
                    connections: 100.0 * instance.last.connections / f64::from(self.plant.max_connections()),
                    lag: instance.last.lag.unwrap_or(0.0),
                    disk: instance.last.disk.frame(),
                    serves: instance.last.serves,
                }
            })
            .collect()
    }
}

/// What the scaler means to do with a replica, by its ledger.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heading {
    Coming,
    Staying,
    Going,
}

impl Heading {
    fn of(memory: Option<&RdsReplicasMemory>, id: &InstanceId) -> Heading {
        match memory {
            Some(memory) if memory.additions().any(|addition| addition.id == *id) => Heading::Coming,
            Some(memory) if memory.is_removing(id) => Heading::Going,
            Some(_) | None => Heading::Staying,
        }
    }
}

/// Where in its life a replica truly stands.
fn stage(instance: &rds::Instance, weight: Option<u8>, course: Heading) -> Stage {
    let foreign = instance.maker == rds::Maker::Other || instance.described.source.is_none();
    match (instance.described.status.0.as_str(), weight) {
        _ if foreign => Stage::Foreign,
        ("deleting", _) => Stage::Deleting,
        ("failed", _) => Stage::Failed,
        _ if instance.available.is_none() => Stage::Creating,
        (_, None | Some(0)) if course == Heading::Going => Stage::Draining,
        (_, None | Some(0)) if course == Heading::Staying && instance.first_connection.is_some() => {
            Stage::Demoted
        }
        (_, None | Some(0)) => Stage::CatchingUp,
        (_, Some(weight)) if weight < FULL_WEIGHT.0 && course == Heading::Coming => Stage::Ramping,
        (_, Some(weight)) if weight < FULL_WEIGHT.0 => Stage::Demoted,
        _ => Stage::Serving,
    }
}
