//! Properties over a wider space than `properties.rs`: what people change behind Tidegate's back, half-made additions, a ledger that forgot.
//!
//! Left out is what cannot be: a source observed under another name than the policy's, and an addition whose creations were
//! never counted.

use std::collections::BTreeSet;
use std::fmt::Debug;

use proptest::prelude::*;
use proptest::strategy::{Union, ValueTree};
use proptest::test_runner::TestRunner;
use tidegate_policy::check::check;
use tidegate_policy::history::{Addition, Intent, Removal, Transition};
use tidegate_policy::names::{ChangeId, DecisionId, DnsName, InstanceClass, InstanceId, ResourceId, SetId};
use tidegate_policy::observation::{
    BlueGreen, ChangeStatus, EndpointUse, Minute, OtherUses, Point, Reading, RecordGroup, Replica,
    WeightedRecord,
};
use tidegate_policy::observed::Observed;
use tidegate_policy::ownership::{FLOOR_SET_ID, OWNER_TAG, STAGE_TAG, TARGET_TAG};
use tidegate_policy::plan::{Action, Plan, RdsReplicasAction, RecordChange};
use tidegate_policy::policy::{Engine, OnDeadline};
use tidegate_policy::units::{Count, TtlSeconds, Weight};

use super::fixture::{Account, endpoint, minutes, rds, reading, status};
use super::ladder_now;
use super::properties;

/// One value of a table, as often as its number says; a failing case shrinks towards the first.
fn among<T: Clone + Debug + 'static>(table: impl IntoIterator<Item = (u32, T)>) -> Union<Just<T>> {
    Union::new_weighted(table.into_iter().map(|(often, value)| (often, Just(value))).collect())
}

/// True once in `times`.
fn once_in(times: u32) -> Union<Just<bool>> {
    among([(times - 1, false), (1, true)])
}

/// A time ago, in minutes, or none.
fn maybe_ago(most: i64) -> impl Strategy<Value = Option<i64>> {
    prop::option::of(0..most)
}

/// What a person changed in the policy after the replicas were made.
#[derive(Clone, Copy, Debug)]
enum Edit {
    Nothing,
    Prefix,
    Owner,
    /// The source of that name is what is observed; the replicas go on following the former one.
    Source,
    AtMostOne,
}

#[derive(Clone, Debug)]
struct PolicyNow {
    edit: Edit,
    ttl: u32,
    on_deadline: OnDeadline,
}

fn policy() -> impl Strategy<Value = PolicyNow> {
    let edits = among([
        (16, Edit::Nothing),
        (1, Edit::Prefix),
        (1, Edit::Owner),
        (1, Edit::Source),
        (2, Edit::AtMostOne),
    ]);
    let ttls = among([(15, 10), (1, 1), (1, 60), (1, 300)]);
    let deadlines = among([(2, OnDeadline::Cancel), (1, OnDeadline::Force)]);
    (edits, ttls, deadlines).prop_map(|(edit, ttl, on_deadline)| PolicyNow { edit, ttl, on_deadline })
}

impl PolicyNow {
    fn apply(&self, account: &mut Account) {
        let rds = rds(&mut account.target);
        rds.reader.ttl = TtlSeconds(self.ttl);
        rds.drain.on_deadline = self.on_deadline;
        match self.edit {
            Edit::Nothing => {}
            Edit::Prefix => rds.prefix = "other-".to_owned(),
            Edit::Owner => rds.owner = "bob".to_owned(),
            Edit::Source => {
                rds.source = InstanceId::new("orders-next");
                account.source().id = InstanceId::new("orders-next");
                account.source().endpoint = Some(endpoint("orders-next"));
            }
            Edit::AtMostOne => {
                account.target.scaling.min = Count(0);
                account.target.scaling.max = Count(1);
            }
        }
    }
}

/// How the source looks.
#[derive(Clone, Copy, Debug)]
enum SourceNow {
    Usual,
    Busy(&'static str),
    WithoutEndpoint,
    WithoutBackups,
    OtherEngine,
    ManagedPassword,
    BlueGreen(&'static str),
    BlueGreenUnknown,
    Chained { lag: Option<f64> },
    IamAuthentication,
    NotFound,
}

fn source() -> impl Strategy<Value = SourceNow> {
    among([
        (9, SourceNow::Usual),
        (1, SourceNow::Busy("modifying")),
        (1, SourceNow::Busy("rebooting")),
        (1, SourceNow::Busy("storage-optimization")),
        (1, SourceNow::WithoutEndpoint),
        (1, SourceNow::WithoutBackups),
        (1, SourceNow::OtherEngine),
        (1, SourceNow::ManagedPassword),
        (1, SourceNow::BlueGreen("AVAILABLE")),
        (1, SourceNow::BlueGreen("SWITCHOVER_COMPLETED")),
        (1, SourceNow::BlueGreenUnknown),
        (1, SourceNow::Chained { lag: Some(0.5) }),
        (1, SourceNow::Chained { lag: Some(300.0) }),
        (1, SourceNow::Chained { lag: None }),
        (1, SourceNow::IamAuthentication),
        (1, SourceNow::NotFound),
    ])
}

impl SourceNow {
    fn apply(self, account: &mut Account) {
        let at = account.now;
        let source = account.source();
        match self {
            SourceNow::Usual => {}
            SourceNow::Busy(word) => source.status = status(word),
            SourceNow::WithoutEndpoint => source.endpoint = None,
            SourceNow::WithoutBackups => source.backup_retention_days = 0,
            SourceNow::BlueGreen(word) => {
                let members = Vec::new();
                let one = BlueGreen { name: "upgrade".to_owned(), status: word.to_owned(), members };
                account.seen.blue_green = Ok(vec![one]);
            }
            SourceNow::BlueGreenUnknown => account.seen.blue_green = Err("Rate exceeded".to_owned()),
            SourceNow::ManagedPassword => source.managed_password = true,
            SourceNow::Chained { lag } => {
                source.source = Some(InstanceId::new("origin"));
                source.signals.lag = lag.map_or(Reading::Missing, |lag| reading(lag, at));
            }
            SourceNow::IamAuthentication => source.settings.iam_authentication = true,
            SourceNow::OtherEngine => source.engine = Engine::MariaDb,
            SourceNow::NotFound => account.seen.source = None,
        }
    }
}

/// What else is at the reader name, and in its zone.
#[derive(Clone, Debug)]
struct ReaderNameNow {
    somebody_elses: Option<WeightedRecord>,
    conflict: bool,
    other_use: bool,
    zone_unread: bool,
    floor: FloorNow,
}

/// How the floor's record stands.
#[derive(Clone, Copy, Debug)]
enum FloorNow {
    Usual,
    Weighs(u8),
    Gone,
}

fn reader_name() -> impl Strategy<Value = ReaderNameNow> {
    let value = among([
        (1, DnsName::new("x.example.com")),
        (1, endpoint("tg-orders-1")),
        (1, endpoint("orders-primary")),
    ]);
    let record = (value, among([(1, 0), (1, 1), (1, 64)]), among([(1, 10), (1, 60)])).prop_map(
        |(value, weight, ttl)| WeightedRecord {
            set_id: SetId::new("alice"),
            weight: Weight(weight),
            ttl: TtlSeconds(ttl),
            value,
        },
    );
    let floors = among([
        (12, FloorNow::Usual),
        (1, FloorNow::Weighs(0)),
        (1, FloorNow::Weighs(64)),
        (1, FloorNow::Weighs(255)),
        (3, FloorNow::Gone),
    ]);
    (prop::option::weighted(0.12, record), once_in(20), once_in(10), once_in(10), floors).prop_map(
        |(somebody_elses, conflict, other_use, zone_unread, floor)| ReaderNameNow {
            somebody_elses,
            conflict,
            other_use,
            zone_unread,
            floor,
        },
    )
}

impl ReaderNameNow {
    fn apply(&self, account: &mut Account) {
        let RecordGroup { weighted, conflict, other_uses } = &mut account.seen.records;
        match self.floor {
            FloorNow::Usual => {}
            FloorNow::Weighs(weight) => {
                for record in weighted.iter_mut().filter(|record| record.set_id.as_str() == FLOOR_SET_ID) {
                    record.weight = Weight(weight);
                }
            }
            FloorNow::Gone => {
                weighted.retain(|record| record.set_id.as_str() != FLOOR_SET_ID);
                account.history.rds_replicas.weights.remove(&SetId::new(FLOOR_SET_ID));
            }
        }
        weighted.extend(self.somebody_elses.clone());
        if self.conflict {
            *conflict = Some("a simple CNAME".to_owned());
        }
        if self.other_use {
            let name = DnsName::new("reports.example.com");
            *other_uses = OtherUses::Known(vec![EndpointUse { name, endpoint: endpoint("tg-orders-1") }]);
        }
        if self.zone_unread {
            *other_uses = OtherUses::Unknown("ListResourceRecordSets: Rate exceeded".to_owned());
        }
    }
}

/// Eight minutes of lag that come again and again; `None` is a gap, and PostgreSQL says -1 where MySQL does when replication stopped.
type Lag = [Option<f64>; 8];

fn lag() -> impl Strategy<Value = Lag> {
    prop::array::uniform8(among([
        (4, Some(0.5)),
        (2, Some(-1.0)),
        (1, Some(20.0)),
        (1, Some(300.0)),
        (1, None),
    ]))
}

/// How busy one replica is.
#[derive(Clone, Copy, Debug)]
enum Load {
    AsDrawn,
    Low,
    NoClients,
}

/// What is odd about one replica.
#[derive(Clone, Debug)]
struct Oddity {
    lag: Option<Lag>,
    load: Load,
    class: &'static str,
    without_endpoint: bool,
    without_record: bool,
    not_described: bool,
    /// Its source was renamed, and another instance has that name.
    astray: bool,
}

fn oddity() -> impl Strategy<Value = Oddity> {
    let loads = among([(2, Load::AsDrawn), (2, Load::Low), (1, Load::NoClients)]);
    let classes = among([(8, "db.t3.medium"), (1, "db.t3.small"), (1, "db.r6g.xlarge")]);
    let bare = (once_in(20), once_in(4), once_in(20), once_in(8));
    (prop::option::weighted(0.4, lag()), loads, classes, bare).prop_map(
        |(lag, load, class, (without_endpoint, without_record, not_described, astray))| Oddity {
            lag,
            load,
            class,
            without_endpoint,
            without_record,
            not_described,
            astray,
        },
    )
}

impl Oddity {
    fn apply(&self, replica: &mut Replica, now: jiff::Timestamp) {
        replica.class = InstanceClass::new(self.class);
        if let Some(lag) = &self.lag {
            let newest = Minute::containing(now).0 - 2;
            let values = lag.iter().cycle().zip(0..32).filter_map(|(value, back)| Some(((*value)?, back)));
            let points = values.map(|(value, back)| Point { minute: Minute(newest - back), value }).collect();
            replica.signals.lag = Reading::new(points, None, now);
        }
        match self.load {
            Load::AsDrawn => {}
            Load::Low => {
                replica.signals.cpu = reading(10.0, now);
                replica.signals.connections = reading(1.0, now);
            }
            Load::NoClients => replica.signals.connections = reading(0.0, now),
        }
        if self.without_endpoint {
            replica.endpoint = None;
        }
        if self.astray && replica.source.is_some() {
            replica.source = Some(InstanceId::new("orders-primary-old"));
        }
    }
}

/// The replicas' oddities, and what all of them share.
#[derive(Clone, Debug)]
struct ReplicasNow {
    oddities: Vec<Oddity>,
    postgres: bool,
    low_source: bool,
}

fn replicas() -> impl Strategy<Value = ReplicasNow> {
    // As many as the random accounts have at most.
    (prop::collection::vec(oddity(), 5), once_in(3), any::<bool>())
        .prop_map(|(oddities, postgres, low_source)| ReplicasNow { oddities, postgres, low_source })
}

impl ReplicasNow {
    fn apply(&self, account: &mut Account) {
        let now = account.now;
        if self.postgres {
            rds(&mut account.target).engine = Engine::Postgres;
            account.source().engine = Engine::Postgres;
        }
        if self.low_source {
            account.source().signals.cpu = reading(10.0, now);
            account.source().signals.connections = reading(1.0, now);
        }
        for (replica, oddity) in account.seen.replicas.iter_mut().zip(&self.oddities) {
            oddity.apply(replica, now);
            if oddity.without_record {
                let records = &mut account.seen.records.weighted;
                records.retain(|record| record.set_id.as_str() != replica.id.as_str());
            }
        }
    }

    /// Only at the end: an intent may be about what is not described any more.
    fn hide(&self, account: &mut Account) {
        let mut oddities = self.oddities.iter();
        account.seen.replicas.retain(|_| oddities.next().is_none_or(|oddity| !oddity.not_described));
    }
}

/// What the ledger knows of one replica on its way in.
#[derive(Clone, Debug)]
struct Member {
    identity: Identity,
    progress: Option<i64>,
    missing: Option<i64>,
    refused: bool,
    given_up: bool,
    joined: bool,
}

#[derive(Clone, Copy, Debug)]
enum Identity {
    NeverSeen,
    Seen,
    AnotherOfThatName,
}

fn member() -> impl Strategy<Value = Member> {
    let identities = among([(3, Identity::NeverSeen), (2, Identity::Seen), (1, Identity::AnotherOfThatName)]);
    (identities, maybe_ago(120), maybe_ago(10), once_in(8), once_in(8), once_in(4)).prop_map(
        |(identity, progress, missing, refused, given_up, joined)| Member {
            identity,
            progress,
            missing,
            refused,
            given_up,
            joined,
        },
    )
}

impl Member {
    fn addition(&self, id: InstanceId, now: jiff::Timestamp) -> Addition {
        let resource_id = match self.identity {
            Identity::NeverSeen => None,
            Identity::Seen => Some(ResourceId::new(format!("db-{id}"))),
            Identity::AnotherOfThatName => Some(ResourceId::new("db-another")),
        };
        Addition {
            id,
            class: InstanceClass::new("db.t3.medium"),
            zone: None,
            not_offered: false,
            missing_since: self.missing.filter(|_| resource_id.is_some()).map(|ago| now - minutes(ago)),
            progress_at: self.progress.filter(|_| resource_id.is_some()).map(|ago| now - minutes(ago)),
            resource_id,
            refusals: u32::from(self.refused),
            retry_at: self.refused.then_some(now + minutes(5)),
            given_up: self.given_up,
            joined: self.joined,
            served: self.joined && self.refused,
        }
    }
}

/// The addition that an account without a removal may have under way: of replicas that are there, and of some that are not.
#[derive(Clone, Debug)]
struct AdditionNow {
    there: Vec<Member>,
    not_there: Vec<Member>,
    ago: i64,
}

fn addition() -> impl Strategy<Value = AdditionNow> {
    let members = || prop::collection::vec(member(), 0..3);
    // Mostly within the hour in which a creation is asked for again; up to two days.
    let ago = prop_oneof![2 => 0..60_i64, 1 => 0..3_000_i64];
    (members(), members(), ago).prop_map(|(there, not_there, ago)| AdditionNow { there, not_there, ago })
}

impl AdditionNow {
    fn apply(&self, account: &mut Account) {
        let now = account.now;
        let ids = account.seen.replicas.iter().map(|replica| &replica.id);
        let ours = ids.filter(|id| id.as_str().starts_with("tg-")).cloned();
        let there = ours.zip(&self.there);
        let new = (0..).map(|index| InstanceId::new(format!("tg-orders-new{index}"))).zip(&self.not_there);
        let additions: Vec<_> = there.chain(new).map(|(id, member)| member.addition(id, now)).collect();
        if additions.is_empty() {
            return;
        }
        let since = now - minutes(self.ago);
        account.history.rds_replicas.creations = additions.iter().map(|_| since).collect();
        account.history.decisions = 1;
        account.history.rds_replicas.intents = vec![Intent {
            decision: DecisionId::new("orders-1-0"),
            since,
            from: Count(1),
            to: Count(1).plus(Count::of_len(additions.len())),
            transition: Transition::Add(additions),
        }];
    }
}

/// How far the removal of the random accounts is, where there is one.
#[derive(Clone, Debug)]
struct RemovalNow {
    ago: i64,
    draining: Option<i64>,
    asked: Option<i64>,
    another_of_that_name: bool,
}

fn removal() -> impl Strategy<Value = RemovalNow> {
    (0..120_i64, maybe_ago(120), prop::option::weighted(0.25, 0..120_i64), once_in(12)).prop_map(
        |(ago, draining, asked, another_of_that_name)| RemovalNow {
            ago,
            draining: draining.map(|draining| draining.min(ago)),
            asked: asked.map(|asked| asked.min(ago)),
            another_of_that_name,
        },
    )
}

impl RemovalNow {
    fn apply(&self, intent: &mut Intent, now: jiff::Timestamp) {
        intent.since = now - minutes(self.ago);
        let Transition::Remove(Removal {
            resource_id, draining_since, delete_requested, asked_at, asks, ..
        }) = &mut intent.transition
        else {
            return;
        };
        *draining_since = self.draining.map(|ago| now - minutes(ago));
        *delete_requested = self.asked.is_some();
        *asked_at = self.asked.map(|ago| now - minutes(ago));
        *asks = u32::from(self.asked.is_some());
        if self.another_of_that_name {
            *resource_id = ResourceId::new("db-another");
        }
    }
}

/// What is under way.
#[derive(Clone, Debug)]
struct UnderWay {
    removal: RemovalNow,
    addition: Option<AdditionNow>,
}

fn under_way() -> impl Strategy<Value = UnderWay> {
    (removal(), prop::option::weighted(0.35, addition()))
        .prop_map(|(removal, addition)| UnderWay { removal, addition })
}

impl UnderWay {
    fn apply(&self, account: &mut Account) {
        let now = account.now;
        match (account.history.rds_replicas.intents.first_mut(), &self.addition) {
            (Some(intent), _) => self.removal.apply(intent, now),
            (None, Some(addition)) => addition.apply(account),
            (None, None) => {}
        }
    }
}

/// What the ledger remembers of the weights.
#[derive(Clone, Debug)]
enum Memory {
    AsDrawn,
    Lost,
    Recent { ago: i64, insync: Option<i64>, change: Option<ChangeStatus> },
}

fn memory() -> impl Strategy<Value = Memory> {
    let status = among([(1, None), (1, Some(ChangeStatus::Pending)), (1, Some(ChangeStatus::InSync))]);
    let recent = (0..20_i64, maybe_ago(20), status).prop_map(|(ago, insync, change)| Memory::Recent {
        ago,
        insync: insync.map(|insync| insync.min(ago)),
        change,
    });
    prop_oneof![12 => Just(Memory::AsDrawn), 4 => Just(Memory::Lost), 4 => recent]
}

impl Memory {
    fn apply(&self, account: &mut Account) {
        match self {
            Memory::AsDrawn => {}
            Memory::Lost => account.history.rds_replicas.weights.clear(),
            Memory::Recent { ago, insync, change } => {
                account.change = change.unwrap_or(ChangeStatus::Unknown);
                // Several changes of one age are on their way, as two batches of one attempt leave them.
                for (weight, id) in account.history.rds_replicas.weights.values_mut().zip(0_u8..) {
                    weight.since = account.now - minutes(*ago);
                    weight.insync_at = insync.map(|ago| account.now - minutes(ago));
                    weight.change = change.map(|_| ChangeId::new(format!("C{}", id % 2)));
                }
            }
        }
    }
}

/// The random accounts of `properties.rs`, with all of this on top.
fn account() -> impl Strategy<Value = Account> {
    let world = (replicas(), policy(), under_way(), reader_name(), memory(), source());
    (properties::account(), world, ladder_now::ladder(), once_in(12)).prop_map(
        |(mut account, (replicas, policy, under_way, reader_name, memory, source), ladder, unasked)| {
            account.asked_by_name = !unasked;
            replicas.apply(&mut account);
            policy.apply(&mut account);
            under_way.apply(&mut account);
            ladder.apply(&mut account);
            reader_name.apply(&mut account);
            memory.apply(&mut account);
            replicas.hide(&mut account);
            // After all others: what they would change on a source may not be there any more.
            source.apply(&mut account);
            account
        },
    )
}

/// Whether it lacks any of the five things that make it ours.
fn foreign(replica: &Replica, account: &mut Account) -> bool {
    let target = account.target.name.clone();
    let rds = rds(&mut account.target);
    let tag = |key: &str| replica.tags.get(key).map(String::as_str);
    replica.source.as_ref() != Some(&rds.source)
        || !replica.id.as_str().starts_with(&rds.prefix)
        || tag(OWNER_TAG) != Some(&rds.owner)
        || tag(STAGE_TAG) != Some(rds.stage.as_str())
        || tag(TARGET_TAG) != Some(target.as_str())
}

/// Why a replica must not be deleted, by the policy's own words.
fn kept(replica: &Replica, account: &mut Account) -> Option<&'static str> {
    if replica.deletion_protection {
        Some("protected")
    } else if !replica.children.is_empty() {
        Some("with children")
    } else if replica.source.is_none() {
        Some("promoted")
    } else if foreign(replica, account) {
        Some("foreign")
    } else {
        None
    }
}

/// What a plan does, in a word an action.
fn deeds(plan: &Plan) -> impl Iterator<Item = &'static str> {
    plan.actions.iter().flat_map(|action| match action {
        Action::RdsReplicas(RdsReplicasAction::CreateReplica(_)) => vec!["create replica"],
        Action::RdsReplicas(RdsReplicasAction::DeleteReplica(_)) => vec!["delete replica"],
        Action::RdsReplicas(RdsReplicasAction::ChangeRecords(batch)) => {
            let word = |change: &RecordChange| match change {
                RecordChange::Create(_) => "create record",
                RecordChange::Delete(_) => "delete record",
            };
            batch.changes.iter().map(word).collect()
        }
        other => panic!("no action on replicas: {other}"),
    })
}

/// The reader name's records once the plan is made.
fn records_after(account: &Account, plan: &Plan) -> Vec<WeightedRecord> {
    let mut after = account.seen.records.weighted.clone();
    for action in &plan.actions {
        let Action::RdsReplicas(RdsReplicasAction::ChangeRecords(batch)) = action else { continue };
        for change in &batch.changes {
            match change {
                RecordChange::Delete(record) => after.retain(|found| found.set_id != record.set_id),
                RecordChange::Create(record) => after.push(record.clone()),
            }
        }
    }
    after
}

/// Whether a positive weight on it sends clients where they belong: to a serving replica of this very source, or on the floor to the source.
fn answers_rightly(record: &WeightedRecord, account: &mut Account) -> bool {
    if record.set_id.as_str() == FLOOR_SET_ID {
        return account
            .seen
            .source
            .as_ref()
            .is_some_and(|source| source.status.serves() && source.endpoint.is_some());
    }
    let replica = account.seen.replicas.iter().find(|one| one.id.as_str() == record.set_id.as_str()).cloned();
    let source = rds(&mut account.target).source.clone();
    replica.is_some_and(|one| one.status.serves() && one.endpoint.is_some() && one.source == Some(source))
}

/// Whether a weight on it is ours to take away, and must not be: its instance is there, and either a database of its own or, though ours by
/// name and tags, not serving or another source's replica.
fn answers_wrongly(record: &WeightedRecord, account: &mut Account) -> bool {
    let replica = account.seen.replicas.iter().find(|one| one.id.as_str() == record.set_id.as_str()).cloned();
    let Some(replica) = replica else { return false };
    let source = rds(&mut account.target).source.clone();
    let ours = !foreign(&Replica { source: Some(source.clone()), ..replica.clone() }, account);
    let named = replica.id.as_str().starts_with(&rds(&mut account.target).prefix);
    let right = replica.status.serves() && replica.source == Some(source);
    record.weight.is_positive() && ((named && replica.source.is_none()) || (ours && !right))
}

/// Whether the primary could take the reads.
fn floor_can_answer(account: &mut Account) -> bool {
    let ttl = rds(&mut account.target).reader.ttl;
    let prefix = rds(&mut account.target).prefix.clone();
    let records = &account.seen.records;
    let kept_out = records.conflict.is_some()
        || records.weighted.iter().any(|record| {
            let ours = record.set_id.as_str() == FLOOR_SET_ID || record.set_id.as_str().starts_with(&prefix);
            !ours && record.ttl != ttl
        });
    let there = records.record(FLOOR_SET_ID).is_some();
    let source = account.seen.source.as_ref();
    rds(&mut account.target).floor
        && (there || !kept_out)
        && source.is_some_and(|source| source.status.serves() && source.endpoint.is_some())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Derived here anew, from the account alone: neither the planner's notion of who answers nor the checker's is asked.
    #[test]
    fn every_positive_weight_is_on_a_serving_replica_of_this_source_or_on_the_floor(mut account in account()) {
        let plan = account.plan();
        let before = account.seen.records.weighted.clone();
        let after = records_after(&account, &plan);
        let somebody = before.iter().any(|record| record.weight.is_positive() && answers_rightly(record, &mut account));
        if somebody || floor_can_answer(&mut account) {
            let wrong: Vec<_> = after.iter().filter(|record| answers_wrongly(record, &mut account)).collect();
            prop_assert!(wrong.is_empty(), "{wrong:?}: {plan}\n{account:#?}");
        }
        let wrong = before.iter().any(|record| answers_wrongly(record, &mut account));
        if wrong && (somebody || floor_can_answer(&mut account)) {
            let right = after.iter().any(|record| record.weight.is_positive() && answers_rightly(record, &mut account));
            prop_assert!(right, "{plan}\n{account:#?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_passes_the_checker_in_a_wider_world_too(account in account()) {
        let plan = account.plan();
        if let Err(violations) = check(Observed::new(&account.target, &account.observation()).unwrap(), &account.history, &plan, account.now) {
            prop_assert!(false, "{plan}\n{violations:#?}\n{account:#?}");
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_protected_foreign_promoted_or_a_parent_is_never_deleted(mut account in account()) {
        let plan = account.plan();
        for action in &plan.actions {
            let Action::RdsReplicas(RdsReplicasAction::DeleteReplica(delete)) = action else { continue };
            let replica = account.seen.replica(&delete.id).cloned();
            prop_assert!(replica.is_some(), "unseen: {plan}");
            let why = replica.and_then(|replica| kept(&replica, &mut account));
            prop_assert!(why.is_none(), "{why:?}: {plan}\n{account:#?}");
        }
    }

    #[test]
    fn a_plan_is_made_and_told_without_a_panic_and_is_the_same_again(account in account()) {
        let plan = account.plan();
        prop_assert!(!plan.to_string().is_empty());
        prop_assert_eq!(plan, account.plan());
    }
}

/// The properties above would hold of plans that do nothing.
#[test]
fn the_wider_world_sees_every_kind_of_step() {
    let mut runner = TestRunner::deterministic();
    let accounts = account();
    let mut seen = BTreeSet::new();
    for _ in 0..2_000 {
        let plan = accounts.new_tree(&mut runner).unwrap().current().plan();
        let step = plan.step.as_ref().filter(|_| !plan.actions.is_empty());
        seen.extend(step.map(|step| step.reason.code()));
        seen.extend(deeds(&plan));
    }
    for deed in [
        "abandon_replica",
        "adopt_replica",
        "create_replicas",
        "demote_replica",
        "join_reader",
        "lower_floor",
        "raise_floor",
        "ramp_up",
        "rebalance_weight",
        "repair_record",
        "sweep_record",
        "create record",
        "create replica",
        "delete record",
        "delete replica",
    ] {
        assert!(seen.contains(deed), "no plan of the wider world has {deed}: {seen:?}");
    }
}
