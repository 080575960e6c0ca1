//! Goal: nobody's look or turn is at the cost of another's for longer than it must. Method: two ports in virtual time, which passes while somebody waits.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use tidegate_policy::document::parse;
use tidegate_policy::history::{History, Notice};
use tidegate_policy::names::{DnsName, InstanceClass, InstanceId};
use tidegate_policy::observation::{
    self as policy, BlueGreen, BlueGreenMember, Facts, InstanceStatus, Lacking, Look, MemberSignals,
    OtherUses, PastMember, PastMinutes, Point, RdsObservation, Reading, RecordGroup, Replication, Settings,
    Source, Worked,
};
use tidegate_policy::order::Order;
use tidegate_policy::plan::Action;
use tidegate_policy::policy::{Engine, Target};
use tidegate_policy::record::Outcome;

use jiff::SignedDuration;

use super::*;
use crate::port::{AfterWrite, Lease, LedgerItem, LedgerWrite, ObserveRequest, Signals};
use crate::terms::Wake;

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

fn noon() -> Timestamp {
    "2026-03-04T12:00:00Z".parse().unwrap()
}

/// The time of an attempt of a minute: how much of it is over.
#[derive(Clone, Default)]
struct Minute(Rc<Cell<SignedDuration>>);

impl Minute {
    /// Does the work; whenever all of it waits a tenth of a second passes.
    fn run<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return done;
            }
            self.0.set(self.0.get() + SignedDuration::from_millis(100));
            assert!(self.0.get() < seconds(3_600), "it waits for what time does not bring");
        }
    }
}

impl Clock for Minute {
    fn left(&self) -> Option<SignedDuration> {
        Some(seconds(60) - self.0.get())
    }

    async fn sleep(&self, span: SignedDuration) {
        let at = self.0.get() + span;
        std::future::poll_fn(|context| {
            if self.0.get() >= at {
                return Poll::Ready(());
            }
            // Whoever drives several at once polls only those that ask for it.
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

/// What a look finds of the target of a name.
type Answer = dyn Fn(&str, Signals) -> RdsObservation;

/// Answers each look with the same, after the time that the look takes.
struct Account {
    time: Minute,
    a_look: Vec<SignedDuration>,
    looks: RefCell<Vec<Vec<(String, Signals)>>>,
    seen: Box<Answer>,
    /// How long it takes to read the past of the target of a name.
    a_past: fn(&str) -> SignedDuration,
    pasts: RefCell<Vec<String>>,
}

impl Fleet for Account {
    async fn observe(
        &self,
        requests: &[ObserveRequest<'_>],
        _now: Timestamp,
    ) -> Result<Vec<Result<Observation, FleetError>>, FleetError> {
        let nth = self.looks.borrow().len();
        let look = requests.iter().map(|request| (request.target.name.to_string(), request.signals));
        self.looks.borrow_mut().push(look.collect());
        self.time.sleep(self.a_look[nth]).await;
        Ok(requests
            .iter()
            .map(|request| {
                Ok(Observation::RdsReplicas((self.seen)(request.target.name.as_str(), request.signals)))
            })
            .collect())
    }

    async fn past(
        &self,
        target: &Target,
        _: &Observation,
        lacking: Lacking,
    ) -> Result<PastMinutes, FleetError> {
        let name = target.name.to_string();
        self.pasts.borrow_mut().push(name.clone());
        self.time.sleep((self.a_past)(&name)).await;
        let point = |minute| Point { minute: policy::Minute(minute), value: 40.0 };
        let until = lacking.until.0;
        let cpu = (until - 100..until).map(point).collect();
        let worked = Worked::Members(vec![PastMember { name: format!("{name}-primary"), cpu }]);
        Ok(PastMinutes { from: policy::Minute(until - 100), until: lacking.until, worked })
    }

    async fn look_again(&self, _: &Target, _: &Action, _: Timestamp) -> Result<Look, FleetError> {
        Err(unseen("nothing is taken away here".to_owned()))
    }

    async fn apply(&self, _: &Target, _: &Action) -> Outcome {
        Outcome::Applied { change: None }
    }
}

/// Has these items, and takes every write; the claims in their order.
struct Items {
    items: RefCell<BTreeMap<TargetName, LedgerItem>>,
    claimed: RefCell<Vec<TargetName>>,
    /// Minutes that are known of each target's load, as they were given back.
    learned: RefCell<BTreeMap<String, usize>>,
    /// What was published, by the names of the targets, and how many notices a call takes.
    published: RefCell<Vec<(String, Notice)>>,
    takes: Cell<usize>,
    /// The writes after claims, in their order: whether the lease was kept.
    stored: RefCell<Vec<AfterWrite>>,
}

impl Items {
    fn new(items: &[(&str, LedgerItem)]) -> Self {
        let named = items.iter().map(|(name, item)| (TargetName::new(*name), item.clone()));
        Self {
            items: RefCell::new(named.collect()),
            claimed: RefCell::default(),
            learned: RefCell::default(),
            published: RefCell::default(),
            takes: Cell::new(usize::MAX),
            stored: RefCell::default(),
        }
    }

    fn history(&self, name: &str) -> History {
        self.items.borrow()[&TargetName::new(name)].history.clone()
    }
}

impl Ledger for Items {
    async fn load(
        &self,
        targets: &[TargetName],
    ) -> Result<Vec<Result<LedgerItem, LedgerError>>, LedgerError> {
        let items = self.items.borrow();
        Ok(targets.iter().map(|name| Ok(items.get(name).cloned().unwrap_or_default())).collect())
    }

    async fn claim(
        &self,
        target: &TargetName,
        version: u64,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<u64, LedgerError> {
        let mut items = self.items.borrow_mut();
        let item = items.entry(target.clone()).or_default();
        if item.lease.as_ref().is_some_and(|held| held.until > now && held.owner != lease.owner) {
            return Err(LedgerError::Conflict { target: target.clone() });
        }
        (item.version, item.attempted_at) = (version + 1, Some(now));
        self.claimed.borrow_mut().push(target.clone());
        Ok(version + 1)
    }

    async fn store(
        &self,
        target: &TargetName,
        version: u64,
        write: LedgerWrite<'_>,
    ) -> Result<u64, LedgerError> {
        let mut items = self.items.borrow_mut();
        let item = items.entry(target.clone()).or_default();
        (item.version, item.history) = (version + 1, write.history.clone());
        self.stored.borrow_mut().push(write.lease);
        Ok(version + 1)
    }

    async fn give_back(&self, target: &TargetName, outlook: Outlook, _: bool) {
        self.learned.borrow_mut().insert(target.to_string(), outlook.known_minutes());
    }

    async fn publish(&self, target: &TargetName, notices: &[Notice]) -> Result<usize, LedgerError> {
        let taken = self.takes.get().min(notices.len());
        let of = target.to_string();
        self.published
            .borrow_mut()
            .extend(notices[..taken].iter().map(|notice| (of.clone(), notice.clone())));
        Ok(taken)
    }
}

/// Replicas of a source each, by these names.
fn policy(names: &[&str]) -> Policy {
    policy_with(names, "")
}

fn policy_with(names: &[&str], more: &str) -> Policy {
    let target = |name: &&str| {
        format!(
            "[[target]]\nname = \"{name}\"\nkind = \"rds-replicas\"\nsource = \"{name}-primary\"\nengine = \"mysql\"\n\
             reader = {{ zone = \"Z1\", name = \"{name}-ro.example.com\", ttl = \"10s\" }}\n\
             min = 1\nmax = 3\nscale_out = [\"primary cpu > 70% for 10m\"]\nscale_in = [\"replica cpu < 40% for 30m\"]\n{more}"
        )
    };
    parse(&names.iter().map(target).collect::<String>()).unwrap()
}

/// Looked at in full a minute ago: it rests for four more.
fn rests() -> LedgerItem {
    let history = History { evaluated_at: Some(noon() - seconds(60)), ..History::default() };
    LedgerItem { version: 1, lease: None, history, attempted_at: Some(noon() - seconds(60)) }
}

/// RDS knows no source of that name, of which a person is to be told.
fn without_a_source(signals: Signals) -> RdsObservation {
    RdsObservation {
        at: noon(),
        source: None,
        source_is_cluster: false,
        blue_green: Ok(Vec::new()),
        replicas: Vec::new(),
        absent: BTreeSet::new(),
        records: RecordGroup { weighted: Vec::new(), conflict: None, other_uses: OtherUses::default() },
        change: None,
        signals_read: signals == Signals::Buy,
        facts: Facts::default(),
    }
}

/// A source without replicas, which are one too few; in a blue/green deployment, which only a look in full asks for.
fn in_a_deployment(signals: Signals) -> RdsObservation {
    let deployment = BlueGreen {
        name: "upgrade".to_owned(),
        status: "AVAILABLE".to_owned(),
        members: vec![BlueGreenMember { blue: Some(InstanceId::new("orders-primary")), green: None }],
    };
    RdsObservation {
        source: Some(source("orders")),
        blue_green: Ok(if signals == Signals::Buy { vec![deployment] } else { Vec::new() }),
        ..without_a_source(signals)
    }
}

/// Of the target of this name.
fn source(of: &str) -> Source {
    let missing = || Reading::Missing;
    Source {
        id: InstanceId::new(format!("{of}-primary")),
        status: InstanceStatus("available".to_owned()),
        engine: Engine::MySql,
        class: InstanceClass::new("db.t3.medium"),
        zone: None,
        endpoint: Some(DnsName::new(format!("{of}-primary.abc.eu-west-1.rds.amazonaws.com"))),
        backup_retention_days: 7,
        cluster: None,
        managed_password: false,
        source: None,
        replication: Replication::Unknown,
        settings: Settings::default(),
        not_copied: Vec::new(),
        tags: BTreeMap::new(),
        signals: MemberSignals {
            cpu: missing(),
            connections: missing(),
            lag: missing(),
            read_latency: missing(),
            disk_queue: missing(),
            max_connections: None,
        },
    }
}

fn attempt(account: &Account, ledger: &Items, policy: &Policy, now: Timestamp) -> RunReport {
    attempt_with(account, ledger, policy, now, &[])
}

fn attempt_with(
    account: &Account,
    ledger: &Items,
    policy: &Policy,
    now: Timestamp,
    orders: &[(TargetName, Order)],
) -> RunReport {
    let attempt = Attempt {
        owner: "an-attempt",
        lease_for: seconds(90),
        wake: Wake::Clock,
        mode: Mode::Apply,
        orders,
        paused: None,
    };
    let clock = account.time.clone();
    let work = reconcile_within(account, ledger, policy, now, &attempt, &clock, &|_| ());
    account.time.run(work).unwrap()
}

#[test]
fn the_look_that_follows_a_glance_takes_half_of_what_is_left_and_the_others_have_their_turn() {
    let account = Account {
        time: Minute::default(),
        // The first look just ends in its half of the attempt; the second never ends.
        a_look: vec![seconds(29), seconds(600)],
        looks: RefCell::default(),
        seen: Box::new(|_, signals| without_a_source(signals)),
        a_past: |_| seconds(1),
        pasts: RefCell::default(),
    };
    let ledger = Items::new(&[("rests", rests())]);
    let report = attempt(&account, &ledger, &policy(&["rests", "due"]), noon());
    let name = |name: &str| name.to_owned();
    let looks = [
        vec![(name("rests"), Signals::Leave), (name("due"), Signals::Buy)],
        vec![(name("rests"), Signals::Buy)],
    ];
    assert_eq!(*account.looks.borrow(), looks);
    let TargetResult::Failed(why) = &report.targets[0].result else { panic!("{report:?}") };
    assert_eq!(why.detail, "observe: no answer came within 15.5 s");
    assert!(matches!(report.targets[1].result, TargetResult::Planned { .. }), "{report:?}");
    assert_eq!(account.time.0.get(), SignedDuration::from_millis(44_500));
}

#[test]
fn a_look_that_answers_with_another_kind_is_a_failed_look_and_nothing_is_done() {
    let account = Account {
        time: Minute::default(),
        a_look: vec![seconds(1)],
        looks: RefCell::default(),
        seen: Box::new(|_, signals| without_a_source(signals)),
        a_past: |_| seconds(1),
        pasts: RefCell::default(),
    };
    let service = "[[target]]\nname = \"api\"\nkind = \"ecs-service\"\ncluster = \"prod\"\nservice = \"api\"\n\
                   min = 2\nmax = 4\nscale_out = [\"cpu > 70% for 10m\"]\nscale_in = [\"cpu < 40% for 30m\"]\n";
    let report = attempt(&account, &Items::new(&[]), &parse(service).unwrap(), noon());
    let TargetResult::Failed(why) = &report.targets[0].result else { panic!("{report:?}") };
    assert_eq!(why.reason, Reason::ObserveFailed);
    assert_eq!(why.detail, "what was observed of \"api\" is not of the kind ecs-service: please report it");
}

/// Seven attempts at the replicas of `orders`, a minute apart, each with what the last one wrote: which of them looked in full.
fn full_looks(seen: fn(usize, Signals) -> RdsObservation) -> (Vec<usize>, Items) {
    let policy = policy(&["orders"]);
    let ledger = Items::new(&[]);
    let mut full = Vec::new();
    let mut now = noon();
    for minute in 0..7 {
        let account = Account {
            time: Minute::default(),
            a_look: vec![seconds(1), seconds(1)],
            looks: RefCell::default(),
            seen: Box::new(move |_, signals| RdsObservation { at: now, ..seen(minute, signals) }),
            a_past: |_| seconds(1),
            pasts: RefCell::default(),
        };
        let report = attempt(&account, &ledger, &policy, now);
        assert_eq!(report.failures().count(), 0, "{report:?}");
        if account.looks.borrow().iter().flatten().any(|(_, signals)| *signals == Signals::Buy) {
            full.push(minute);
        }
        now += seconds(60);
    }
    (full, ledger)
}

#[test]
fn a_creation_that_a_deployment_holds_back_is_no_finding_of_a_glance() {
    let (full, ledger) = full_looks(|_, signals| in_a_deployment(signals));
    let history = ledger.history("orders");
    assert_eq!(history.rds_replicas.held_back_since, Some(noon()));
    assert_eq!(history.last_reason, Some(Reason::BlueGreenInProgress));
    assert_eq!(full, [0, 5], "only where signals are due");
}

#[test]
fn what_a_person_is_to_be_told_is_found_though_a_creation_is_held_back() {
    let (full, _) = full_looks(|minute, signals| {
        let mut seen = in_a_deployment(signals);
        if minute >= 2 {
            let source = seen.source.as_mut().unwrap();
            source.source = Some(InstanceId::new("orders-main"));
            source.replication = Replication::Broken("terminated".to_owned());
        }
        seen
    });
    assert_eq!(full, [0, 2], "and told once");
}

#[test]
fn a_creation_that_a_busy_source_held_back_is_found_as_soon_as_the_source_is_available() {
    let (full, _) = full_looks(|minute, signals| {
        let mut source = source("orders");
        if minute < 2 {
            source.status = InstanceStatus("modifying".to_owned());
        }
        RdsObservation { source: Some(source), ..without_a_source(signals) }
    });
    assert_eq!(full, [0, 2, 3, 4, 5, 6], "and an addition under way is looked at every minute");
}

#[test]
fn what_no_attempt_ever_took_up_comes_first_and_of_those_what_gives() {
    let account = Account {
        time: Minute::default(),
        a_look: vec![seconds(1)],
        looks: RefCell::default(),
        seen: Box::new(|name, signals| match name {
            "quiet" => without_a_source(signals),
            _ => RdsObservation { source: Some(source(name)), ..without_a_source(signals) },
        }),
        a_past: |_| seconds(1),
        pasts: RefCell::default(),
    };
    let known = LedgerItem { attempted_at: Some(noon() - seconds(60)), ..LedgerItem::default() };
    let ledger = Items::new(&[("known", known)]);
    let names = ["known", "quiet", "short"];
    let report = attempt(&account, &ledger, &policy(&names), noon());
    assert_eq!(report.failures().count(), 0, "{report:?}");
    assert_eq!(*ledger.claimed.borrow(), ["short", "quiet", "known"].map(TargetName::new));
}

/// The same, with a forecast each.
fn ahead(names: &[&str]) -> Policy {
    policy_with(names, "forecast = { mode = \"shadow\" }\n")
}

fn learning(a_past: fn(&str) -> SignedDuration) -> Account {
    Account {
        time: Minute::default(),
        a_look: vec![seconds(1)],
        looks: RefCell::default(),
        seen: Box::new(|name, signals| RdsObservation {
            source: Some(source(name)),
            ..without_a_source(signals)
        }),
        a_past,
        pasts: RefCell::default(),
    }
}

#[test]
fn three_targets_read_their_past_in_an_attempt_and_each_has_its_turn() {
    let names = ["a", "b", "c", "d", "e"];
    let ledger = Items::new(&[]);
    let mut asked = BTreeMap::new();
    for minute in 0..5 {
        let account = learning(|_| seconds(1));
        let _ = attempt(&account, &ledger, &ahead(&names), noon() + seconds(60) * minute);
        assert_eq!(account.pasts.borrow().len(), 3);
        for name in account.pasts.borrow().iter() {
            *asked.entry(name.clone()).or_insert(0) += 1;
            assert_eq!(ledger.learned.borrow()[name], 100);
        }
    }
    assert_eq!(asked.into_values().collect::<Vec<_>>(), [3; 5]);
    // Without a forecast nothing is read.
    let account = learning(|_| seconds(1));
    let _ = attempt(&account, &ledger, &policy(&names), noon());
    assert!(account.pasts.borrow().is_empty());
}

#[test]
fn a_past_that_takes_too_long_is_left_for_later_and_its_target_is_scaled_all_the_same() {
    let account = learning(|name| seconds(if name == "slow" { 600 } else { 1 }));
    let ledger = Items::new(&[]);
    let report = attempt(&account, &ledger, &ahead(&["slow", "quick"]), noon());
    assert_eq!(report.failures().count(), 0, "{report:?}");
    assert!(report.targets.iter().all(|one| matches!(one.result, TargetResult::Planned { .. })));
    let learned = ledger.learned.borrow();
    assert_eq!((learned["slow"], learned["quick"]), (0, 100));
}

mod outbox;
mod pauses;
