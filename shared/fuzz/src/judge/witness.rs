//! Watches every change at the port: who makes it, of what, and how often.

use std::cell::RefCell;
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::names::TargetName;
use tidegate_policy::plan::{Action, RdsReplicasAction};
use tidegate_policy::policy::{Target, TargetKind};
use tidegate_policy::record::Outcome;
use tidegate_simulator::account::Account;

use super::{Law, Violation};

/// Clocks of attempts are apart by some seconds, and so is the day that they count.
const A_DAY: SignedDuration = SignedDuration::from_mins(24 * 60 - 1);

/// What was seen so far.
pub(crate) struct Witness {
    targets: Vec<Target>,
    minute: std::cell::Cell<usize>,
    found: RefCell<Vec<Violation>>,
    /// When replicas were ordered, by target.
    ordered: RefCell<BTreeMap<TargetName, Vec<Timestamp>>>,
}

impl Witness {
    pub(crate) fn new(targets: &[Target]) -> Self {
        Self {
            targets: targets.to_vec(),
            minute: std::cell::Cell::new(0),
            found: RefCell::default(),
            ordered: RefCell::default(),
        }
    }

    pub(crate) fn begin(&self, minute: usize) {
        self.minute.set(minute);
    }

    pub(crate) fn target(&self, name: &TargetName) -> Option<&Target> {
        self.targets.iter().find(|target| target.name == *name)
    }

    /// The ledger lost what it remembers, and with it how many were ordered.
    pub(crate) fn forgotten(&self) {
        self.ordered.borrow_mut().clear();
    }

    pub(crate) fn take(&self) -> Vec<Violation> {
        self.found.take()
    }

    fn find(&self, at: Timestamp, target: &Target, law: Law, detail: String) {
        let target = target.name.to_string();
        self.found.borrow_mut().push(Violation { at, minute: self.minute.get(), target, law, detail });
    }

    /// Right before a change is made.
    pub(crate) fn before(&self, account: &Account, owner: &str, target: &Target, action: &Action) {
        let at = account.now();
        let lease = account.lease(&target.name);
        if lease.as_ref().is_none_or(|lease| lease.owner != owner) {
            let holder = lease.map_or_else(|| "nobody".to_owned(), |lease| lease.owner);
            let detail = format!("{owner} does {action}, and the lease is held by {holder}");
            self.find(at, target, Law::OneWriter, detail);
        }
        if let Some(why) = foreign(target, action) {
            self.find(at, target, Law::Foreign, format!("{action}: {why}"));
        }
    }

    /// Right after it was made, whatever was answered.
    pub(crate) fn after(&self, account: &Account, target: &Target, action: &Action, outcome: &Outcome) {
        let made = matches!(outcome, Outcome::Applied { .. });
        let (Action::RdsReplicas(RdsReplicasAction::CreateReplica(_)), TargetKind::RdsReplicas(kind), true) =
            (action, &target.kind, made)
        else {
            return;
        };
        let at = account.now();
        let mut ordered = self.ordered.borrow_mut();
        let times = ordered.entry(target.name.clone()).or_default();
        times.retain(|then| at.duration_since(*then) < A_DAY);
        times.push(at);
        let most = kind.creations_per_day.0;
        if times.len() > usize::try_from(most).unwrap_or(usize::MAX) {
            let detail = format!("{} replicas were ordered within 24 hours, {most} are allowed", times.len());
            self.find(at, target, Law::Spending, detail);
        }
    }
}

/// Why this is not of the target. Its names are those of the policy, and replicas begin with its prefix.
fn foreign(target: &Target, action: &Action) -> Option<String> {
    let other = |what: &str, is: &str, policy: &str| {
        (is != policy).then(|| format!("the policy's {what} is {policy}"))
    };
    match (action, &target.kind) {
        (Action::RdsReplicas(action), TargetKind::RdsReplicas(kind)) => match action {
            RdsReplicasAction::CreateReplica(create) => {
                other("source", create.source.as_str(), kind.source.as_str()).or_else(|| {
                    let is_ours = create.id.as_str().starts_with(kind.prefix.as_str());
                    (!is_ours).then(|| format!("names of ours begin with {}", kind.prefix))
                })
            }
            RdsReplicasAction::ChangeRecords(change) => {
                other("zone", change.zone.as_str(), kind.reader.zone.as_str())
                    .or_else(|| other("reader name", change.name.as_str(), kind.reader.name.as_str()))
            }
            RdsReplicasAction::DeleteReplica(delete) => {
                let is_ours = delete.id.as_str().starts_with(kind.prefix.as_str());
                (!is_ours).then(|| format!("names of ours begin with {}", kind.prefix))
            }
        },
        (Action::EcsService(_), TargetKind::EcsService(_))
        | (Action::RedisNodes(_), TargetKind::RedisNodes(_)) => None,
        _ => Some(format!("the target is of kind {}", target.kind.name())),
    }
}
