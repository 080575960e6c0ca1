//! One scaler of the run: what a Lambda function is on AWS, with an attempt over all targets of its kind at every wake-up.

use std::cell::RefCell;

use jiff::Timestamp;
use tidegate_policy::names::TargetName;
use tidegate_policy::policy::{Policy, Target};
use tidegate_policy::reason::{Explanation, Reason};
use tidegate_reconcile::LEASE_AT_LEAST;
use tidegate_reconcile::report::{RunReport, TargetReport, TargetResult};
use tidegate_reconcile::{Attempt, Mode, ReconcileError, Wake, reconcile_within};

use crate::account::{Account, Calls};
use crate::document::{Document, ScalerDocument};

use super::course::Course;
use super::error::SimulationError;

/// A kind of target, its targets, and what was asked of AWS for them.
pub(super) struct Scaler {
    kind: &'static str,
    policy: Policy,
    calls: Calls,
}

impl Scaler {
    /// One for each kind, in the order in which the targets name them.
    pub(super) fn each<'a>(targets: impl Iterator<Item = &'a Target>) -> Vec<Scaler> {
        let mut scalers: Vec<Scaler> = Vec::new();
        for target in targets {
            let kind = target.kind.name();
            match scalers.iter_mut().find(|scaler| scaler.kind == kind) {
                Some(scaler) => scaler.policy.targets.push(target.clone()),
                None => {
                    let policy = Policy { targets: vec![target.clone()], notify: Vec::new() };
                    scalers.push(Scaler { kind, policy, calls: Calls::default() });
                }
            }
        }
        scalers
    }

    /// One attempt at all its targets. An event makes only those be looked at now that it is about.
    pub(super) fn wake(
        &mut self,
        account: &Account,
        courses: &[Course],
        minute: usize,
        now: Timestamp,
    ) -> Result<Result<RunReport, ReconcileError>, SimulationError> {
        let mine = || courses.iter().zip(account.targets()).filter(|(course, _)| self.looks_after(course));
        let woken: Vec<TargetName> = mine()
            .filter(|(_, target)| target.take_events())
            .map(|(course, _)| course.name().clone())
            .collect();
        let orders: Vec<_> = mine().flat_map(|(course, _)| course.order_at(now)).collect();
        let owner = format!("{}-minute-{minute}", self.kind);
        let attempt = Attempt {
            owner: &owner,
            lease_for: LEASE_AT_LEAST,
            wake: if woken.is_empty() { Wake::Clock } else { Wake::About(&woken) },
            mode: Mode::Apply,
            orders: &orders,
            paused: None,
        };
        let before = account.calls();
        let reported = RefCell::new(Vec::new());
        let (policy, is_slow) = (&self.policy, account.is_slow());
        let report = account.attempt(now, async |time| {
            let ended = |report: &TargetReport| reported.borrow_mut().push(report.clone());
            reconcile_within(account, account, policy, now, &attempt, &time, &ended).await
        });
        let report = match report {
            Some(report) => report,
            None if is_slow => Ok(self.cut_off(reported.into_inner(), now)),
            None => return Err(SimulationError::Waiting { minute }),
        };
        self.calls = self.calls.and(&account.calls().since(&before));
        Ok(report)
    }

    /// What is known of an attempt that was cut off: of the targets that had ended, what they reported, and of the others nothing.
    fn cut_off(&self, reported: Vec<TargetReport>, now: Timestamp) -> RunReport {
        let targets = self.policy.targets.iter().map(|target| {
            let ended = reported.iter().find(|report| report.target == target.name).cloned();
            let why = || Explanation::new(Reason::NotReached, "the attempt was cut off".to_owned());
            ended.unwrap_or_else(|| TargetReport {
                target: target.name.clone(),
                result: TargetResult::Failed(why()),
                activities: Vec::new(),
                figures: None,
                standing: Vec::new(),
                unpublished: None,
            })
        });
        RunReport { at: now, dry_run: false, targets: targets.collect() }
    }

    pub(super) fn looks_after(&self, course: &Course) -> bool {
        course.kind() == self.kind
    }

    pub(super) fn calls(&self) -> Calls {
        self.calls
    }

    /// What it did for its targets, of which there may be others among these.
    pub(super) fn document<'a>(&self, documents: impl Iterator<Item = &'a Document>) -> ScalerDocument {
        let is_mine = |document: &&Document| self.policy.target(&document.target).is_some();
        let mut all = ScalerDocument::new(self.kind, self.calls.by_operation());
        for document in documents.filter(is_mine) {
            all.add(document);
        }
        all
    }
}
