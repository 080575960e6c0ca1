//! RDS in virtual time: instances with the life, the refusals and the late describes of the real ones.
//!
//! Facts: the RDS user guide. Marked (?) where no live account has confirmed them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use jiff::Timestamp;
use tidegate_policy::names::{AvailabilityZone, DnsName, InstanceClass, InstanceId, ResourceId};
use tidegate_policy::observation::{InstanceStatus, Replication, Settings, Storage};
use tidegate_policy::ownership::HOLD_TAG;
use tidegate_policy::plan::CreateReplica;
use tidegate_policy::policy::Engine;

use crate::random::{Draws, Streams};

use super::parameters::Parameters;
use super::sample::Sample;
use super::shortage::{self, Shortage};
use crate::account::clock::Millis;

/// Median of the time from request to `available`.
const CREATION_MEDIAN_MINUTES: f64 = 13.0;
const CREATION_SIGMA: f64 = 0.25;
const CREATION_FAILS: f64 = 0.01;
const FAILURE_SHOWS_AFTER: Millis = Millis(30 * 60_000);
/// A DescribeDBInstances answer can be this old.
const DESCRIBE_LATENESS: Millis = Millis(60_000);
/// Lag of a replica that has just become available: what happened at the source since the snapshot.
const FIRST_LAG_SECONDS: f64 = 600.0;
/// A replica under promotion is in `modifying` for so long, its source still set (?).
const PROMOTION: Millis = Millis(4 * 60_000);
/// From a person's order to restore a backup to `available`.
const RESTORE: Millis = Millis(15 * 60_000);
/// Lag of a replica that does not catch up.
const HOPELESS_LAG_SECONDS: f64 = 4_000.0;
/// A cold replica's share of its capacity, rising to all of it over `WARM_UP` (decision-quality: the plant).
const COLD: f64 = 0.3;
const WARM_UP: Millis = Millis(5 * 60_000);
/// Where its data does not fit into memory.
const WARM_UP_SLOWLY: Millis = Millis(15 * 60_000);

/// One instance, known for good by a number: a later one of the same name has another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Uid(pub(crate) u32);

/// An endpoint name, interned: what a resolver's cache holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EndpointId(pub(crate) u32);

/// Who made an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Maker {
    /// The scaler, before the run or in it.
    Scaler,
    /// A person, or another tool.
    Other,
}

/// The account's truth of one instance.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) uid: Uid,
    pub(crate) endpoint_id: EndpointId,
    pub(crate) described: Described,
    pub(crate) maker: Maker,
    pub(crate) created: Millis,
    /// When it first became available.
    pub(crate) available: Option<Millis>,
    /// Since when it does not serve, if it once did.
    pub(crate) stopped: Option<Millis>,
    /// When clients first connected since it was last started: it warms up from then.
    pub(crate) first_connection: Option<Millis>,
    /// Client connections, as pool slots.
    pub(crate) slots: u32,
    /// When a person last pinned, protected, promoted it or gave it a child.
    pub(crate) touched_by_person: Option<Millis>,
    /// Whether a person promotes it at this moment: RDS does not say so.
    pub(crate) promoting: bool,
    /// Until when a person holds it out of the answers.
    held_until: Option<Millis>,
    /// Whether the scaler asked for its deletion.
    pub(crate) deletion_requested: bool,
    /// What it was like in the last minute.
    pub(crate) last: Sample,
    catch_up: Millis,
    warm_up: Millis,
    spike: Option<(Millis, f64)>,
    script: VecDeque<(Millis, LifeEvent)>,
}

/// What DescribeDBInstances says of one instance.
#[derive(Clone, Debug)]
pub(crate) struct Described {
    pub(crate) id: InstanceId,
    pub(crate) resource_id: ResourceId,
    pub(crate) created_at: Timestamp,
    pub(crate) status: InstanceStatus,
    pub(crate) engine: Engine,
    pub(crate) class: InstanceClass,
    pub(crate) zone: AvailabilityZone,
    pub(crate) endpoint: Option<DnsName>,
    pub(crate) source: Option<InstanceId>,
    pub(crate) replication: Replication,
    pub(crate) children: Vec<InstanceId>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) iam_authentication: bool,
    /// Whether RDS manages its master password in Secrets Manager.
    pub(crate) managed_password: bool,
    /// The Multi-AZ DB cluster that it is a member of.
    pub(crate) cluster: Option<String>,
    pub(crate) parameters: Parameters,
    pub(crate) deletion_protection: bool,
    pub(crate) backup_retention_days: u32,
    /// Which ring of CloudWatch is its: DescribeDBInstances does not say so, the dimension does.
    pub(crate) ring: usize,
}

impl Described {
    /// What a new replica is to have as this one has it: of a source nothing is as it is by default, so that what is left out shows.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            iam_authentication: self.iam_authentication,
            ca_certificate: Some("rds-ca-ecc384-g1".to_owned()),
            publicly_accessible: Some(false),
            copy_tags_to_snapshot: true,
            max_allocated_storage: Some(1_000),
            storage: Some(Storage { kind: "gp3".to_owned(), iops: Some(3_000), throughput: Some(125) }),
            dedicated_log_volume: false,
            log_exports: vec!["error".to_owned()],
            insights: None,
            dual_stack: true,
            customer_owned_ip: false,
            processor_features: Vec::new(),
        }
    }
}

/// What happens to an instance by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LifeEvent {
    Status(&'static str),
    Available,
    Promoted,
    /// It ends in this state and never serves.
    Fail(&'static str),
    Gone,
}

/// Something that RDS publishes as an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RdsEvent {
    pub(crate) id: InstanceId,
    pub(crate) what: &'static str,
}

/// An RDS refusal, by AWS's name for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

fn refusal<T>(code: &'static str, message: String) -> Result<T, Refusal> {
    Err(Refusal { code, message })
}

/// How a new instance comes to be.
pub(crate) struct Birth {
    pub(crate) id: InstanceId,
    pub(crate) source: Option<InstanceId>,
    pub(crate) engine: Engine,
    pub(crate) class: InstanceClass,
    pub(crate) tags: BTreeMap<String, String>,
    /// Of the request: RDS does not take it from the source.
    pub(crate) iam_authentication: bool,
    pub(crate) maker: Maker,
    pub(crate) ring: usize,
}

/// The Region's instances.
#[derive(Debug)]
pub(crate) struct Rds {
    streams: Streams,
    source: InstanceId,
    /// In order of creation; the source is the first.
    pub(crate) instances: Vec<Instance>,
    /// `InstanceQuotaExceeded` above this; 40 a Region by default.
    pub(crate) quota: usize,
    pub(crate) events: Vec<RdsEvent>,
    /// Every name that an instance ever had.
    pub(crate) used_names: BTreeSet<InstanceId>,
    /// Endpoints of instances that were deleted on the scaler's request.
    pub(crate) removed_endpoints: BTreeSet<EndpointId>,
    /// Of the scaler's replicas that are gone.
    billed: Millis,
    /// How many creations are still to fail by script.
    pub(crate) creations_to_fail: u32,
    /// When IAM authentication was last turned on or off at the source.
    authenticated: Millis,
    password_managed_at: Option<Millis>,
    /// When the source turned out to be a member of a cluster.
    clustered_at: Option<Millis>,
    asked_while_optimizing: u64,
    /// Of which class there is no room, if of any.
    pub(crate) shortage: Option<Shortage>,
    /// The classes that there was no room for, and until when that may count: an hour after it shows.
    short_of: BTreeMap<InstanceClass, Millis>,
    /// For how long the next creation stays in `creating`, by script.
    pub(crate) next_creation_hangs: Option<Millis>,
    /// For how long the replica of the next creation stays behind its source, by script.
    pub(crate) next_creation_behind: Option<Millis>,
    /// Until when replicas are ordered that warm up slowly.
    pub(crate) slow_caches_until: Millis,
    creations: u64,
    births: u32,
    deletions: u64,
    endpoints: BTreeMap<DnsName, EndpointId>,
    next_step: Millis,
    current: Rc<Vec<Described>>,
    /// Earlier answers, each with the moment until which it was true.
    earlier: VecDeque<(Millis, Rc<Vec<Described>>)>,
}

impl Rds {
    pub(crate) fn new(streams: Streams, source: InstanceId) -> Self {
        Self {
            streams,
            source,
            instances: Vec::new(),
            quota: 40,
            events: Vec::new(),
            used_names: BTreeSet::new(),
            removed_endpoints: BTreeSet::new(),
            billed: Millis(0),
            creations_to_fail: 0,
            authenticated: Millis(0),
            password_managed_at: None,
            clustered_at: None,
            asked_while_optimizing: 0,
            shortage: None,
            short_of: BTreeMap::new(),
            next_creation_hangs: None,
            next_creation_behind: None,
            slow_caches_until: Millis(i64::MIN),
            creations: 0,
            births: 0,
            deletions: 0,
            endpoints: BTreeMap::new(),
            next_step: Millis::NEVER,
            current: Rc::new(Vec::new()),
            earlier: VecDeque::new(),
        }
    }

    /// When something next happens by itself.
    pub(crate) fn next_step(&self) -> Millis {
        self.next_step
    }

    pub(crate) fn source(&self) -> Option<&Instance> {
        self.instances.iter().find(|instance| instance.described.id == self.source)
    }

    /// Whether there was no room for the class of late.
    pub(crate) fn is_short_of(&self, class: &InstanceClass, now: Millis) -> bool {
        self.short_of.get(class).is_some_and(|until| now < *until)
    }

    pub(crate) fn source_id(&self) -> &InstanceId {
        &self.source
    }

    pub(crate) fn named(&self, id: &InstanceId) -> Option<&Instance> {
        self.instances.iter().find(|instance| instance.described.id == *id)
    }

    pub(crate) fn by_uid(&mut self, uid: Uid) -> Option<&mut Instance> {
        self.instances.iter_mut().find(|instance| instance.uid == uid)
    }

    pub(crate) fn endpoint_id(&mut self, endpoint: &DnsName) -> EndpointId {
        let next = EndpointId(u32::try_from(self.endpoints.len()).unwrap_or(u32::MAX));
        *self.endpoints.entry(endpoint.clone()).or_insert(next)
    }

    /// The name of an interned endpoint.
    pub(crate) fn endpoint_name(&self, id: EndpointId) -> DnsName {
        let found = self.endpoints.iter().find(|(_, other)| **other == id);
        found.map_or_else(|| DnsName::new("unknown"), |(name, _)| name.clone())
    }

    /// Every instance that replicates from the source, whoever made it.
    pub(crate) fn replicas(&self) -> impl Iterator<Item = &Instance> {
        self.instances.iter().filter(|instance| instance.described.source.as_ref() == Some(&self.source))
    }

    /// Hours that the scaler's replicas were billed: from creation until they are gone, ten minutes at least.
    pub(crate) fn unit_hours(&self, now: Millis) -> f64 {
        let alive: i64 = self
            .instances
            .iter()
            .filter(|instance| instance.maker == Maker::Scaler && instance.described.id != self.source)
            .map(|instance| billed(instance, now).0)
            .sum();
        (self.billed.0 + alive) as f64 / 3_600_000.0
    }

    /// DescribeDBInstances, as it was true `lateness` (at most a minute) ago.
    pub(crate) fn describe(&self, now: Millis, lateness: Millis) -> Rc<Vec<Described>> {
        let moment = now - lateness;
        let old = self.earlier.iter().find(|(until, _)| *until > moment);
        Rc::clone(old.map_or(&self.current, |(_, answer)| answer))
    }

    /// An instance that is there already: the source, or a replica that has served for long.
    pub(crate) fn seed(&mut self, birth: Birth, now: Millis) {
        let day = Millis(24 * 3_600_000);
        let mut instance = self.born(birth, now);
        instance.described.status = InstanceStatus("available".to_owned());
        instance.described.endpoint = Some(self.endpoint_of(&instance.described.id));
        if instance.described.source.is_some() {
            instance.described.replication = Replication::Normal;
        }
        instance.described.created_at = (now - day).timestamp();
        instance.available = Some(now - day);
        instance.first_connection = Some(now - day);
        instance.catch_up = Millis(1);
        self.instances.push(instance);
        self.touch(now);
    }

    /// CreateDBInstanceReadReplica.
    pub(crate) fn create(
        &mut self,
        create: &CreateReplica,
        maker: Maker,
        ring: usize,
        now: Millis,
    ) -> Result<(), Refusal> {
        if self.named(&create.id).is_some() {
            return refusal("DBInstanceAlreadyExists", format!("DB instance {} already exists", create.id));
        }
        if !is_valid_name(create.id.as_str()) {
            let message = format!("{:?} is not a valid DB instance identifier", create.id.as_str());
            return refusal("InvalidParameterValue", message);
        }
        let Some(source) = self.named(&create.source) else {
            return refusal("DBInstanceNotFound", format!("DB instance {} not found", create.source));
        };
        self.asked_while_optimizing += u64::from(source.described.status.0 == "storage-optimization");
        let Some(source) = self.named(&create.source) else {
            return refusal("DBInstanceNotFound", format!("DB instance {} not found", create.source));
        };
        // (?) Whether RDS copies a source in `storage-optimization` is not documented for every engine: here it does every other time.
        let optimizing = source.described.status.0 == "storage-optimization";
        let taken = source.described.status.0 == "available"
            || (optimizing && self.asked_while_optimizing.is_multiple_of(2));
        if !taken {
            let message = format!("{} is {}, not available", create.source, source.described.status.0);
            return refusal("InvalidDBInstanceState", message);
        }
        if let Some(cluster) = &source.described.cluster {
            // (?) That RDS refuses it is documented, with which code is not; the class of the failure is what counts.
            let message = format!("{} is a member of the Multi-AZ DB cluster {cluster}", create.source);
            return refusal("InvalidParameterCombination", message);
        }
        if source.described.managed_password {
            let message = "creating read replicas of a source with ManageMasterUserPassword is not supported";
            return refusal("InvalidParameterValue", message.to_owned());
        }
        if source.described.backup_retention_days == 0 {
            let message = format!("automated backups are not enabled for {}", create.source);
            return refusal("InvalidDBInstanceState.NoBackups", message);
        }
        let engine = source.described.engine;
        let parameters = source.described.parameters.of_a_replica();
        let limit = usize::try_from(engine.replica_limit().0).unwrap_or(usize::MAX);
        if source.described.children.len() >= limit {
            // (?) Which code AWS gives for the engine's limit is not documented; the class of the failure is what counts.
            let message = format!("{} already has {limit} read replicas", create.source);
            return refusal("InstanceQuotaExceeded", message);
        }
        if self.instances.len() >= self.quota {
            let message = format!("the quota of {} DB instances is used up", self.quota);
            return refusal("InstanceQuotaExceeded", message);
        }
        let short = self.shortage.as_mut().and_then(|short| short.hits(create, now).then_some(short.late));
        if let Some(late) = short {
            let shows = if late { now + FAILURE_SHOWS_AFTER } else { now };
            self.short_of.insert(create.class.clone(), shows + shortage::COUNTS_FOR);
        }
        if short == Some(false) {
            let message = format!("there is not enough room for {} in this Region", create.class);
            return refusal("InsufficientDBInstanceCapacity", message);
        }
        let mut instance = self.born(
            Birth {
                id: create.id.clone(),
                source: Some(create.source.clone()),
                engine,
                class: create.class.clone(),
                tags: create.tags.clone(),
                iam_authentication: create.settings.iam_authentication,
                maker,
                ring,
            },
            now,
        );
        instance.described.parameters = parameters;
        let mut draws = self.draws("creation", self.creations);
        self.creations += 1;
        let takes = Millis::of_minutes(draws.lognormal(CREATION_MEDIAN_MINUTES, CREATION_SIGMA));
        let fails = draws.chance(CREATION_FAILS);
        let catch_up = Millis::of_minutes(draws.between(2.0, 6.0));
        let scripted = self.creations_to_fail > 0;
        if scripted {
            self.creations_to_fail -= 1;
        }
        instance.catch_up = catch_up;
        if now < self.slow_caches_until {
            instance.warm_up = WARM_UP_SLOWLY;
        }
        let takes = self.next_creation_hangs.take().map_or(takes, |hangs| hangs.max(takes));
        if let Some(behind) = self.next_creation_behind.take() {
            instance.spike = Some((now + takes + behind, HOPELESS_LAG_SECONDS));
        }
        if let Some(zone) = &create.zone {
            instance.described.zone = zone.clone();
        }
        instance.script = if short == Some(true) {
            VecDeque::from([(now + FAILURE_SHOWS_AFTER, LifeEvent::Fail("insufficient-capacity"))])
        } else if fails || scripted {
            VecDeque::from([(now + FAILURE_SHOWS_AFTER, LifeEvent::Fail("failed"))])
        } else {
            let at = |share: f64| now + Millis::of_minutes(takes.in_minutes() * share);
            VecDeque::from([
                (at(0.75), LifeEvent::Status("backing-up")),
                (at(0.9), LifeEvent::Status("modifying")),
                (now + takes, LifeEvent::Available),
            ])
        };
        self.instances.push(instance);
        self.touch(now);
        Ok(())
    }

    /// DeleteDBInstance with SkipFinalSnapshot. Gives the replicas of the instance, which it promotes.
    pub(crate) fn delete(&mut self, id: &InstanceId, now: Millis) -> Result<Vec<InstanceId>, Refusal> {
        let mut draws = self.draws("deletion", self.deletions);
        let Some(instance) = self.instances.iter_mut().find(|instance| instance.described.id == *id) else {
            return refusal("DBInstanceNotFound", format!("DB instance {id} not found"));
        };
        if instance.described.status.0 == "deleting" {
            return refusal("InvalidDBInstanceState", format!("{id} is already being deleted"));
        }
        if instance.described.deletion_protection {
            let message = format!("{id} has deletion protection");
            return refusal("InvalidParameterCombination", message);
        }
        if instance.described.status.0 == "creating" {
            // (?) Seen refused; a scaler that waits for the end of the creation is safe either way.
            return refusal("InvalidDBInstanceState", format!("{id} is still being created"));
        }
        self.deletions += 1;
        instance.described.status = InstanceStatus("deleting".to_owned());
        instance.deletion_requested = true;
        instance.stopped.get_or_insert(now);
        instance.script =
            VecDeque::from([(now + Millis::of_minutes(draws.between(3.0, 6.0)), LifeEvent::Gone)]);
        self.removed_endpoints.insert(instance.endpoint_id);
        let children = std::mem::take(&mut instance.described.children);
        for child in &children {
            self.lose_source(child, now);
        }
        self.touch(now);
        Ok(children)
    }

    /// A person promotes a replica: it is in `modifying` with its source still set, and then a database of its own. RDS takes the call only
    /// while the replica is available.
    pub(crate) fn promote(&mut self, id: &InstanceId, now: Millis) -> bool {
        let found = self.instances.iter_mut().find(|instance| instance.described.id == *id);
        let Some(instance) = found.filter(|instance| instance.described.status.0 == "available") else {
            return false;
        };
        instance.described.status = InstanceStatus("modifying".to_owned());
        instance.promoting = true;
        instance.touched_by_person = Some(now);
        instance.script =
            VecDeque::from([(now + PROMOTION, LifeEvent::Promoted), (now + PROMOTION, LifeEvent::Available)]);
        self.events.push(RdsEvent { id: id.clone(), what: "promotion started" });
        self.touch(now);
        true
    }

    /// A person gives an instance another name, which RDS writes into its replicas; `ring` is the CloudWatch ring of that name. Its old endpoint
    /// is nobody's until another instance has the old name.
    pub(crate) fn rename(&mut self, id: &InstanceId, to: &InstanceId, ring: usize, now: Millis) {
        let endpoint = self.endpoint_of(to);
        let endpoint_id = self.endpoint_id(&endpoint);
        for instance in &mut self.instances {
            if instance.described.id == *id {
                instance.described.id = to.clone();
                instance.described.ring = ring;
                instance.described.endpoint = instance.described.endpoint.take().map(|_| endpoint.clone());
                instance.endpoint_id = endpoint_id;
                instance.touched_by_person = Some(now);
            } else if instance.described.source.as_ref() == Some(id) {
                instance.described.source = Some(to.clone());
                instance.touched_by_person = Some(now);
            }
        }
        self.used_names.insert(to.clone());
        self.touch(now);
    }

    /// A person makes a database out of a backup: it takes as long as a creation.
    pub(crate) fn restore(&mut self, birth: Birth, now: Millis) {
        let mut instance = self.born(birth, now);
        instance.script = VecDeque::from([(now + RESTORE, LifeEvent::Available)]);
        self.instances.push(instance);
        self.touch(now);
    }

    /// A person turns deletion protection on.
    pub(crate) fn protect(&mut self, id: &InstanceId, now: Millis) {
        if let Some(instance) = self.instances.iter_mut().find(|instance| instance.described.id == *id) {
            instance.described.deletion_protection = true;
            instance.touched_by_person = Some(now);
            self.touch(now);
        }
    }

    /// A person turns IAM authentication on at the source, or off again. Replicas keep what they were made with until `everywhere`.
    pub(crate) fn authenticate(&mut self, by_iam: bool, everywhere: bool, now: Millis) {
        let source = self.source.clone();
        for instance in &mut self.instances {
            let follows = everywhere && instance.described.source.as_ref() == Some(&source);
            if instance.described.id == source || follows {
                instance.described.iam_authentication = by_iam;
            }
        }
        self.authenticated = now;
        self.touch(now);
    }

    /// Whether it is known for long that clients of the source cannot log in to the instance as they do there.
    pub(crate) fn logs_in_otherwise(&self, instance: &Instance, unseen: Millis, now: Millis) -> bool {
        let source = self.source().map(|source| source.described.iam_authentication);
        now - self.authenticated > unseen && source != Some(instance.described.iam_authentication)
    }

    /// Whether IAM authentication was turned on or off so lately that a description may not show it.
    pub(crate) fn authenticated_within(&self, unseen: Millis, now: Millis) -> bool {
        now - self.authenticated <= unseen
    }

    /// A person gives the source's master password to Secrets Manager, or takes it back.
    pub(crate) fn manage_password(&mut self, managed: bool, now: Millis) {
        let id = self.source.clone();
        if let Some(source) = self.instances.iter_mut().find(|instance| instance.described.id == id) {
            source.described.managed_password = managed;
        }
        self.password_managed_at = managed.then_some(now);
        self.touch(now);
    }

    /// The source turns out to be a member of a Multi-AZ DB cluster, or is none any more.
    pub(crate) fn join_cluster(&mut self, member: bool, now: Millis) {
        let id = self.source.clone();
        if let Some(source) = self.instances.iter_mut().find(|instance| instance.described.id == id) {
            source.described.cluster = member.then(|| format!("{id}-cluster"));
        }
        self.clustered_at = member.then_some(now);
        self.touch(now);
    }

    /// Whether RDS refuses replicas of the source, and has shown why for longer than this.
    pub(crate) fn has_refused_for(&self, unseen: Millis, now: Millis) -> bool {
        let Some(source) = self.source() else { return false };
        let long = |at: Option<Millis>| at.is_some_and(|at| now - at > unseen);
        (source.described.managed_password && long(self.password_managed_at))
            || (source.described.cluster.is_some() && long(self.clustered_at))
    }

    /// The source turns out to be a replica of another, `seconds` behind it until `until`.
    pub(crate) fn follow_another(&mut self, seconds: f64, until: Millis, now: Millis) {
        let id = self.source.clone();
        if let Some(source) = self.instances.iter_mut().find(|instance| instance.described.id == id) {
            source.described.source = Some(InstanceId::new("another-primary"));
            source.described.replication = Replication::Normal;
        }
        self.spike(&id, seconds, until);
        self.touch(now);
    }

    /// A person tags an instance.
    pub(crate) fn tag(&mut self, id: &InstanceId, key: &str, value: &str, now: Millis) {
        if let Some(instance) = self.instances.iter_mut().find(|instance| instance.described.id == *id) {
            instance.described.tags.insert(key.to_owned(), value.to_owned());
            instance.touched_by_person = Some(now);
            self.touch(now);
        }
    }

    /// A person tags an instance to be held out of the answers, and takes the tag away again.
    pub(crate) fn hold(&mut self, id: &InstanceId, until: Millis, now: Millis) {
        if let Some(instance) = self.instances.iter_mut().find(|instance| instance.described.id == *id) {
            instance.held_until = Some(until);
        }
        self.tag(id, HOLD_TAG, "a person", now);
    }

    /// The instance is in `status` for a while; clients lose it if it then does not serve.
    pub(crate) fn interrupt(
        &mut self,
        id: &InstanceId,
        status: &'static str,
        lasting: Millis,
        now: Millis,
    ) -> Option<Uid> {
        let found = self.instances.iter_mut().find(|instance| instance.described.id == *id);
        // Nothing else can be asked of it before its promotion is over.
        let instance = found.filter(|instance| !instance.promoting)?;
        instance.described.status = InstanceStatus(status.to_owned());
        if status == "rebooting" {
            instance.described.parameters.apply();
        }
        instance.script = VecDeque::from([(now + lasting, LifeEvent::Available)]);
        let uid = instance.uid;
        let stops = !instance.accepts();
        if stops {
            instance.stopped = Some(now);
            instance.first_connection = None;
        }
        self.events.push(RdsEvent { id: id.clone(), what: status });
        self.touch(now);
        stops.then_some(uid)
    }

    /// Replication falls behind by `seconds` until `until`.
    pub(crate) fn spike(&mut self, id: &InstanceId, seconds: f64, until: Millis) {
        if let Some(instance) = self.instances.iter_mut().find(|instance| instance.described.id == *id) {
            instance.spike = Some((until, seconds));
        }
    }

    /// Lets everything happen that is due at `now`.
    pub(crate) fn settle(&mut self, now: Millis) {
        if self.next_step > now {
            return;
        }
        for instance in &mut self.instances {
            if instance.held_until.take_if(|until| *until <= now).is_some() {
                instance.described.tags.remove(HOLD_TAG);
                instance.touched_by_person = Some(now);
            }
            while let Some((_, step)) = instance.script.pop_front_if(|(at, _)| *at <= now) {
                let id = instance.described.id.clone();
                match step {
                    LifeEvent::Status(status) => {
                        instance.described.status = InstanceStatus(status.to_owned());
                        // Past `creating` the endpoint is there.
                        instance.described.endpoint = instance
                            .described
                            .endpoint
                            .take()
                            .or_else(|| Some(endpoint_of(&id, self.streams)));
                    }
                    LifeEvent::Available => {
                        instance.described.status = InstanceStatus("available".to_owned());
                        instance.described.endpoint = instance
                            .described
                            .endpoint
                            .take()
                            .or_else(|| Some(endpoint_of(&id, self.streams)));
                        if instance.described.source.is_some() {
                            instance.described.replication = Replication::Normal;
                        }
                        instance.available.get_or_insert(now);
                        instance.stopped = None;
                        self.events.push(RdsEvent { id, what: "available" });
                    }
                    LifeEvent::Promoted => {
                        instance.described.source = None;
                        instance.described.replication = Replication::Unknown;
                        instance.promoting = false;
                        self.events.push(RdsEvent { id, what: "promoted" });
                    }
                    LifeEvent::Fail(word) => {
                        instance.described.status = InstanceStatus(word.to_owned());
                        instance.stopped.get_or_insert(now);
                        self.events.push(RdsEvent { id, what: "failed" });
                    }
                    LifeEvent::Gone => {
                        if instance.maker == Maker::Scaler {
                            self.billed = self.billed + billed(instance, now);
                        }
                        instance.described.status = InstanceStatus("gone".to_owned());
                        self.events.push(RdsEvent { id, what: "deleted" });
                    }
                }
            }
        }
        self.instances.retain(|instance| instance.described.status.0 != "gone");
        self.touch(now);
    }

    /// How late the next describe answer is: one in twenty is old, by up to a minute.
    pub(crate) fn lateness(&self, nth: u64) -> Millis {
        let mut draws = self.draws("stale describe", nth);
        if draws.chance(0.05) {
            Millis::of_minutes(draws.between(0.0, DESCRIBE_LATENESS.in_minutes()))
        } else {
            Millis(0)
        }
    }

    fn lose_source(&mut self, id: &InstanceId, now: Millis) {
        if let Some(instance) = self.instances.iter_mut().find(|instance| instance.described.id == *id) {
            instance.described.source = None;
            instance.described.replication = Replication::Unknown;
            instance.touched_by_person = Some(now);
        }
    }

    fn draws(&self, purpose: &str, member: u64) -> Draws {
        self.streams.key(self.source.as_str(), purpose).member(member)
    }

    fn endpoint_of(&self, id: &InstanceId) -> DnsName {
        endpoint_of(id, self.streams)
    }

    fn born(&mut self, birth: Birth, now: Millis) -> Instance {
        let uid = Uid(self.births);
        self.births += 1;
        self.used_names.insert(birth.id.clone());
        let endpoint = self.endpoint_of(&birth.id);
        let endpoint_id = self.endpoint_id(&endpoint);
        let mut draws = self.draws("identity", u64::from(uid.0));
        Instance {
            uid,
            endpoint_id,
            described: Described {
                id: birth.id,
                resource_id: ResourceId::new(format!("db-{:016X}", draws.bits())),
                created_at: now.timestamp(),
                status: InstanceStatus("creating".to_owned()),
                engine: birth.engine,
                class: birth.class,
                zone: AvailabilityZone::new(["eu-west-1a", "eu-west-1b", "eu-west-1c"][uid.0 as usize % 3]),
                endpoint: None,
                source: birth.source,
                replication: Replication::Unknown,
                children: Vec::new(),
                tags: birth.tags,
                iam_authentication: birth.iam_authentication,
                managed_password: false,
                cluster: None,
                parameters: Parameters::default(),
                deletion_protection: false,
                backup_retention_days: 7,
                ring: birth.ring,
            },
            maker: birth.maker,
            created: now,
            available: None,
            stopped: None,
            first_connection: None,
            slots: 0,
            touched_by_person: None,
            promoting: false,
            held_until: None,
            deletion_requested: false,
            last: Sample::NOTHING,
            catch_up: Millis(1),
            warm_up: WARM_UP,
            spike: None,
            script: VecDeque::new(),
        }
    }

    /// After every change that a describe shows: children, the next step, and the answers of the last minute.
    pub(crate) fn touch(&mut self, now: Millis) {
        let links: Vec<_> = self
            .instances
            .iter()
            .filter_map(|instance| Some((instance.described.source.clone()?, instance.described.id.clone())))
            .collect();
        for instance in &mut self.instances {
            let children = links.iter().filter(|(source, _)| *source == instance.described.id);
            instance.described.children = children.map(|(_, child)| child.clone()).collect();
        }
        self.next_step = self
            .instances
            .iter()
            .flat_map(|instance| {
                instance.script.front().map(|(at, _)| *at).into_iter().chain(instance.held_until)
            })
            .min()
            .unwrap_or(Millis::NEVER);
        let answer = self.instances.iter().map(|instance| instance.described.clone()).collect();
        let before = std::mem::replace(&mut self.current, Rc::new(answer));
        self.earlier.push_back((now, before));
        while self.earlier.pop_front_if(|(until, _)| *until + DESCRIBE_LATENESS <= now).is_some() {}
    }
}

impl Instance {
    /// Whether it takes connections: in its working states, once it has an endpoint.
    pub(crate) fn accepts(&self) -> bool {
        matches!(
            self.described.status.0.as_str(),
            "available" | "storage-optimization" | "backing-up" | "modifying"
        ) && self.described.endpoint.is_some()
    }

    /// In capacities of a warm replica: cold data loads lazily from the snapshot.
    pub(crate) fn capacity(&self, now: Millis) -> f64 {
        match self.first_connection {
            _ if !self.accepts() => 0.0,
            None => COLD,
            Some(first) => {
                let warmth = (now - first).0 as f64 / self.warm_up.0 as f64;
                COLD + (1.0 - COLD) * warmth.clamp(0.0, 1.0)
            }
        }
    }

    /// ReplicaLag in seconds; -1 when replication does not run, `None` where none is published.
    pub(crate) fn lag(&self, now: Millis, noise: f64) -> Option<f64> {
        self.described.source.as_ref()?;
        let available = self.available?;
        if self.described.replication != Replication::Normal {
            return Some(-1.0);
        }
        let caught_up = (now - available).0 as f64 / self.catch_up.0 as f64;
        let first = FIRST_LAG_SECONDS * (1.0 - caught_up).max(0.0);
        let spike = self.spike.filter(|(until, _)| *until > now).map_or(0.0, |(_, seconds)| seconds);
        Some(first + spike + 0.3 * noise)
    }
}

fn billed(instance: &Instance, now: Millis) -> Millis {
    (now - instance.created).max(Millis(10 * 60_000))
}

fn endpoint_of(id: &InstanceId, streams: Streams) -> DnsName {
    let account = streams.key("account", "endpoint").member(0).bits() >> 20;
    DnsName::new(format!("{id}.c{account:011x}.eu-west-1.rds.amazonaws.com"))
}

/// 1-63 letters, digits and hyphens; begins with a letter; no trailing or double hyphen; stored in lower case.
fn is_valid_name(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !name.ends_with('-')
        && !name.contains("--")
}
