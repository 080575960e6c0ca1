//! Goal: what a glance finds takes no more of the attempt than it must. Method: two ports in virtual time, which passes while somebody waits.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use tidegate_policy::document::parse;
use tidegate_policy::history::History;
use tidegate_policy::names::InstanceId;
use tidegate_policy::observation::{Facts, Inspection, Look, OtherUses, RdsObservation, RecordGroup};
use tidegate_policy::plan::Action;
use tidegate_policy::policy::Target;
use tidegate_policy::record::Outcome;

use super::*;
use crate::port::{Lease, LedgerItem, LedgerWrite, ObserveRequest, Signals};

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

/// Answers each look with the same, after the time that the look takes.
struct Account {
    time: Minute,
    a_look: Vec<SignedDuration>,
    looks: RefCell<Vec<Vec<(String, Signals)>>>,
    seen: Box<dyn Fn(Signals) -> RdsObservation>,
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
            .map(|request| Ok(Observation::RdsReplicas((self.seen)(request.signals))))
            .collect())
    }

    async fn inspect(&self, _: &Target, _: &InstanceId, _: Timestamp) -> Result<Inspection, FleetError> {
        Err(unseen("nothing is deleted here".to_owned()))
    }

    async fn look_again(&self, _: &Target, _: Timestamp) -> Result<Look, FleetError> {
        Err(unseen("nothing is taken away here".to_owned()))
    }

    async fn apply(&self, _: &Target, _: &Action) -> Outcome {
        Outcome::Applied { change: None }
    }
}

/// Has these items, and takes every write.
struct Items(BTreeMap<String, LedgerItem>);

impl Ledger for Items {
    async fn load(
        &self,
        targets: &[TargetName],
    ) -> Result<Vec<Result<LedgerItem, LedgerError>>, LedgerError> {
        Ok(targets.iter().map(|name| Ok(self.0.get(name.as_str()).cloned().unwrap_or_default())).collect())
    }

    async fn claim(&self, _: &TargetName, version: u64, _: &Lease, _: Timestamp) -> Result<u64, LedgerError> {
        Ok(version + 1)
    }

    async fn store(&self, _: &TargetName, version: u64, _: LedgerWrite<'_>) -> Result<u64, LedgerError> {
        Ok(version + 1)
    }
}

/// Replicas of a source each, by these names.
fn policy(names: &[&str]) -> Policy {
    let target = |name: &&str| {
        format!(
            "[[target]]\nname = \"{name}\"\nkind = \"rds-replicas\"\nsource = \"{name}-primary\"\nengine = \"mysql\"\n\
             reader = {{ zone = \"Z1\", name = \"{name}-ro.example.com\", ttl = \"10s\" }}\n\
             min = 1\nmax = 3\nscale_out = [\"primary cpu > 70% for 10m\"]\nscale_in = [\"replica cpu < 40% for 30m\"]\n"
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

fn attempt(account: &Account, ledger: &Items, policy: &Policy) -> RunReport {
    let attempt = Attempt {
        owner: "an-attempt",
        lease_for: seconds(90),
        wake: Wake::Clock,
        mode: Mode::Apply,
        orders: &[],
    };
    let clock = account.time.clone();
    let work = reconcile_within(account, ledger, policy, noon(), &attempt, &clock, &|_| ());
    account.time.run(work).unwrap()
}

#[test]
fn the_look_that_follows_a_glance_takes_half_of_what_is_left_and_the_others_have_their_turn() {
    let account = Account {
        time: Minute::default(),
        // The first look just ends in its half of the attempt; the second never ends.
        a_look: vec![seconds(29), seconds(600)],
        looks: RefCell::default(),
        seen: Box::new(without_a_source),
    };
    let ledger = Items(BTreeMap::from([("rests".to_owned(), rests())]));
    let report = attempt(&account, &ledger, &policy(&["rests", "due"]));
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
