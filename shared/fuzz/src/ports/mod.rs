//! Both ports of the simulated account as one hostile attempt has them: it may be stopped before a call or after it, its turn may be over, and
//! what it sees may be old. The judges see what it changes.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use jiff::Timestamp;
use tidegate_policy::forecast::outlook::Outlook;
use tidegate_policy::history::Notice;
use tidegate_policy::names::TargetName;
use tidegate_policy::observation::{
    EcsObservation, GroupLook, Lacking, Look, Observation, PastMinutes, RdsObservation, RedisObservation,
    ServiceLook,
};
use tidegate_policy::plan::Action;
use tidegate_policy::policy::Target;
use tidegate_policy::record::Outcome;
use tidegate_reconcile::port::{
    Fleet, FleetError, Learned, Lease, Ledger, LedgerError, LedgerItem, LedgerWrite, ObserveRequest,
};
use tidegate_simulator::account::Account;

use crate::judge::Witness;
use crate::tamper::Tamper;
use crate::turns::{Side, Turns};

/// What was last seen of each target: an answer that is old is one of these.
pub(crate) type LastSeen = RefCell<BTreeMap<TargetName, Observation>>;

/// At which call an attempt dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Death {
    /// Counted from 0.
    pub(crate) call: u32,
    /// Whether the call is still made.
    pub(crate) after: bool,
}

/// The ports of one attempt.
pub(crate) struct Ports<'a> {
    pub(crate) account: &'a Account,
    pub(crate) tamper: &'a dyn Tamper,
    pub(crate) witness: &'a Witness,
    pub(crate) turns: &'a Turns,
    pub(crate) side: Side,
    pub(crate) owner: &'a str,
    pub(crate) death: Option<Death>,
    pub(crate) calls: Cell<u32>,
    pub(crate) dead: Cell<bool>,
    /// Whether descriptions are those of the look before.
    pub(crate) stale: bool,
    /// `None`: none ever is.
    pub(crate) last_seen: Option<&'a LastSeen>,
}

impl Ports<'_> {
    async fn call<T>(&self, call: impl Future<Output = T>) -> T {
        self.turns.pass(self.side).await;
        let number = self.calls.replace(self.calls.get() + 1);
        let dies = self.death.filter(|death| death.call == number);
        if dies.is_some_and(|death| !death.after) {
            self.die().await;
        }
        let answer = call.await;
        if dies.is_some() {
            self.die().await;
        }
        answer
    }

    /// A killed process never comes back: whoever drives it drops the future.
    async fn die(&self) {
        self.dead.set(true);
        std::future::pending::<()>().await;
    }

    fn seen(&self, target: &Target, seen: Observation, now: Timestamp) -> Observation {
        let seen = match self.last_seen {
            Some(last) => {
                let old = last.borrow_mut().insert(target.name.clone(), seen.clone());
                match old.filter(|_| self.stale) {
                    Some(old) => with_old_members(seen, old),
                    None => seen,
                }
            }
            None => seen,
        };
        self.tamper.seen(target, seen, now)
    }
}

impl Fleet for Ports<'_> {
    async fn observe(
        &self,
        requests: &[ObserveRequest<'_>],
        now: Timestamp,
    ) -> Result<Vec<Result<Observation, FleetError>>, FleetError> {
        let answers = self.call(self.account.observe(requests, now)).await?;
        let answers = requests.iter().zip(answers);
        Ok(answers.map(|(request, answer)| answer.map(|seen| self.seen(request.target, seen, now))).collect())
    }

    async fn past(
        &self,
        target: &Target,
        seen: &Observation,
        lacking: Lacking,
    ) -> Result<PastMinutes, FleetError> {
        self.call(self.account.past(target, seen, lacking)).await
    }

    async fn look_again(&self, target: &Target, action: &Action, now: Timestamp) -> Result<Look, FleetError> {
        let look = self.call(self.account.look_again(target, action, now)).await?;
        Ok(self.tamper.looked(target, look, action))
    }

    async fn apply(&self, target: &Target, action: &Action) -> Outcome {
        self.call(async {
            let mut outcome = Outcome::AlreadySatisfied;
            for asked in self.tamper.asked(target, action) {
                self.witness.before(self.account, self.owner, target, &asked);
                outcome = self.account.apply(target, &asked).await;
                self.witness.after(self.account, target, &asked, &outcome);
            }
            self.tamper.answered(action, outcome)
        })
        .await
    }
}

impl Ledger for Ports<'_> {
    async fn load(
        &self,
        targets: &[TargetName],
    ) -> Result<Vec<Result<LedgerItem, LedgerError>>, LedgerError> {
        let items = self.call(self.account.load(targets)).await?;
        let tampered = |(name, item): (&TargetName, Result<LedgerItem, LedgerError>)| {
            item.map(|item| match self.witness.target(name) {
                Some(target) => self.tamper.loaded(target, item),
                None => item,
            })
        };
        Ok(targets.iter().zip(items).map(tampered).collect())
    }

    async fn claim(
        &self,
        target: &TargetName,
        version: u64,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<u64, LedgerError> {
        self.call(async {
            let claimed = self.account.claim(target, version, lease, now).await;
            match claimed {
                Err(LedgerError::Conflict { .. }) if !self.tamper.heeds_leases() => Ok(version),
                claimed => claimed,
            }
        })
        .await
    }

    async fn store(
        &self,
        target: &TargetName,
        version: u64,
        write: LedgerWrite<'_>,
    ) -> Result<u64, LedgerError> {
        let stored = self.witness.target(target).and_then(|target| self.tamper.stored(target, write.history));
        let write = LedgerWrite { history: stored.as_ref().unwrap_or(write.history), ..write };
        self.call(async {
            let written = self.account.store(target, version, write).await;
            match written {
                Err(LedgerError::Conflict { .. }) if !self.tamper.heeds_leases() => Ok(version),
                written => written,
            }
        })
        .await
    }

    async fn publish(&self, target: &TargetName, notices: &[Notice]) -> Result<usize, LedgerError> {
        let published = self.tamper.published(notices);
        let all = published.len() == notices.len();
        let taken = self.call(self.account.publish(target, &published)).await?;
        Ok(if all { taken } else { notices.len() })
    }

    async fn outlooks(&self, targets: &[&TargetName]) -> Vec<Learned> {
        self.account.outlooks(targets).await
    }

    async fn give_back(&self, target: &TargetName, outlook: Outlook, learned: bool) {
        self.account.give_back(target, outlook, learned).await;
    }
}

/// A description is eventually consistent: the members are those of a while ago, while all else, each asked for by itself, is of now.
fn with_old_members(seen: Observation, old: Observation) -> Observation {
    match (seen, old) {
        (Observation::RdsReplicas(seen), Observation::RdsReplicas(old)) => {
            Observation::RdsReplicas(RdsObservation { replicas: old.replicas, ..seen })
        }
        (Observation::EcsService(seen), Observation::EcsService(old)) => {
            let look = ServiceLook { service: old.look.service, ..seen.look };
            Observation::EcsService(EcsObservation { look, ..seen })
        }
        (Observation::RedisNodes(seen), Observation::RedisNodes(old)) => {
            let look = GroupLook { found: old.look.found, ..seen.look };
            Observation::RedisNodes(RedisObservation { look, ..seen })
        }
        (seen, _) => seen,
    }
}
