//! One target of an attempt: what is to be done with it, and then its lease, its calls and its record.

use jiff::Timestamp;
use tidegate_policy::check::check;
use tidegate_policy::history::History;
use tidegate_policy::observation::Observation;
use tidegate_policy::observed::Observed;
use tidegate_policy::order::{Order, take};
use tidegate_policy::plan::{Plan, plan_ahead};
use tidegate_policy::policy::Target;
use tidegate_policy::reason::{Explanation, Reason};
use tidegate_policy::record::{Activity, ActivityKind, Figures, figures, outcomes_told, plan_told, settle};

use crate::act::act;
use crate::due::{Due, NOT_TAKEN, busy, is_ordered, not_reached};
use crate::port::{AfterWrite, Fleet, FleetError, Lease, Ledger, LedgerError, LedgerWrite};
use crate::report::{TargetReport, TargetResult};
use crate::terms::{Attempt, LEASE_AT_LEAST, Mode};
use crate::time::{Budget, Clock};

/// A target that was looked at, and what is to be done with it.
pub(crate) struct Prepared<'a> {
    pub(crate) due: Due<'a>,
    outcome: Result<Ready, Explanation>,
}

/// A plan that the checker let pass.
struct Ready {
    plan: Plan,
    /// The memory that it was made from: the loaded one, with the orders in it.
    before: History,
    /// A line of the log for each order that was taken.
    ordered: Vec<Activity>,
    figures: Figures,
}

impl Prepared<'_> {
    /// What is planned; `None` where nothing could be.
    pub(crate) fn plan(&self) -> Option<&Plan> {
        self.outcome.as_ref().ok().map(|ready| &ready.plan)
    }
}

/// Plans and lets the checker judge. Pure, so that all targets are planned before the first is begun.
pub(crate) fn prepare<'a>(
    mut due: Due<'a>,
    seen: Result<Observation, FleetError>,
    now: Timestamp,
    attempt: &Attempt<'_>,
) -> Prepared<'a> {
    let outcome = match seen {
        Ok(observation) => ready(&mut due, &observation, now, attempt),
        Err(error) => {
            let lost = if is_ordered(due.target, attempt) { NOT_TAKEN } else { "" };
            Err(Explanation::new(Reason::ObserveFailed, format!("{error}{lost}")))
        }
    };
    Prepared { due, outcome }
}

fn ready(
    due: &mut Due<'_>,
    observation: &Observation,
    now: Timestamp,
    attempt: &Attempt<'_>,
) -> Result<Ready, Explanation> {
    let target = due.target;
    let mut before = due.history.clone();
    // Where an order cannot be followed nothing else is done: whoever sent it is told, and the next wake-up goes on.
    let ordered = take_orders(target, &mut before, now, attempt)?;
    let observed = Observed::new(target, observation)
        .map_err(|other| Explanation::new(Reason::ObserveFailed, other.to_string()))?
        .switched(attempt.paused);
    let plan = plan_ahead(observed, &before, due.outlook.as_mut(), &due.past, now);
    // A pause asks for nothing that is out of reach.
    let asks = |(name, order): &&(_, Order)| *name == target.name && !order.is_pause();
    if let Some(why) = plan.out_of_reach().filter(|_| attempt.orders.iter().any(|order| asks(&order))) {
        let detail = format!("{}; the direct command was not taken", why.detail);
        return Err(Explanation::new(Reason::OrderRefused, detail));
    }
    if let Err(violations) = check(observed, &before, &plan, now) {
        // A defect of ours: nothing is done, and a person is told.
        let violations: Vec<_> = violations
            .iter()
            .map(|violation| format!("{}: {}", violation.invariant, violation.detail))
            .collect();
        let step = plan.step.as_ref().map_or_else(String::new, |step| format!(" (the plan was: {step})"));
        let detail = format!("{}{step}", violations.join("; "));
        return Err(Explanation::new(Reason::PlanRefused, detail));
    }
    let figures = figures(observed, &plan, now);
    Ok(Ready { plan, before, ordered, figures })
}

/// Takes this target's orders into its memory, with a line of the log for each.
///
/// # Errors
/// Why one of them cannot be taken.
fn take_orders(
    target: &Target,
    history: &mut History,
    now: Timestamp,
    attempt: &Attempt<'_>,
) -> Result<Vec<Activity>, Explanation> {
    let orders = attempt.orders.iter().filter(|(name, _)| *name == target.name);
    orders
        .map(|(_, order)| {
            let taken = take(target, history, order, now)?;
            let (reason, detail) = (taken.reason, taken.detail);
            Ok(Activity { at: now, target: target.name.clone(), kind: ActivityKind::Order, reason, detail })
        })
        .collect()
}

/// What the work on each target needs.
pub(crate) struct One<'a, F, L, C> {
    pub(crate) fleet: &'a F,
    pub(crate) ledger: &'a L,
    pub(crate) now: Timestamp,
    pub(crate) attempt: &'a Attempt<'a>,
    pub(crate) budget: &'a Budget<'a, C>,
}

/// The lease on one target, and what the item's version is by now.
struct Held<'a> {
    due: Due<'a>,
    version: u64,
}

impl<F: Fleet, L: Ledger, C: Clock> One<'_, F, L, C> {
    /// Claims it, does what was planned, and records that. In a dry run nothing of this.
    pub(crate) async fn attempt(&self, mut prepared: Prepared<'_>) -> TargetReport {
        let (name, outlook) = (&prepared.due.target.name, prepared.due.outlook.take());
        let learned = self.attempt.mode == Mode::Apply && prepared.outcome.is_ok();
        let report = self.attempt_at(prepared).await;
        if let Some(outlook) = outlook {
            let mine = matches!(report.result, TargetResult::Planned { .. });
            self.ledger.give_back(name, outlook, learned && mine).await;
        }
        report
    }

    async fn attempt_at(&self, prepared: Prepared<'_>) -> TargetReport {
        let Prepared { due, outcome } = prepared;
        if self.attempt.mode == Mode::DryRun {
            return self.told(&due, outcome);
        }
        let actions = outcome.as_ref().map_or(&[][..], |ready| &ready.plan.actions);
        if self.budget.too_little().is_none() {
            self.budget.turn(actions).await;
        }
        if let Some(left) = self.budget.too_little() {
            return TargetReport::without_a_look(due.target, not_reached(&due, left, self.now, self.attempt));
        }
        let target = due.target;
        match (self.claim(due).await, outcome) {
            (Ok(held), Ok(ready)) => self.carry_out(held, ready).await,
            (Ok(held), Err(why)) => self.end_without(held, why).await,
            (Err(result), _) => TargetReport::without_a_look(target, result),
        }
    }

    /// What an attempt that changes nothing has to say.
    fn told(&self, due: &Due<'_>, outcome: Result<Ready, Explanation>) -> TargetReport {
        match outcome {
            Ok(Ready { plan, before, ordered, figures }) => {
                let mut remembered = plan.history.clone();
                let mut log = ordered;
                log.extend(plan_told(&plan, &before, &mut remembered, self.now));
                let result = TargetResult::Planned { plan: Box::new(plan), outcomes: Vec::new() };
                let target = due.target.name.clone();
                TargetReport { target, result, activities: log, figures: Some(figures) }
            }
            Err(why) => {
                let activities = self.line(due, &why).into_iter().collect();
                TargetReport {
                    activities,
                    ..TargetReport::without_a_look(due.target, TargetResult::Failed(why))
                }
            }
        }
    }

    /// Takes the lease, if the item is still the one that was loaded: what was planned is planned from it.
    async fn claim<'a>(&self, due: Due<'a>) -> Result<Held<'a>, TargetResult> {
        let until =
            self.now.checked_add(self.attempt.lease_for.max(LEASE_AT_LEAST)).unwrap_or(Timestamp::MAX);
        let lease = Lease { owner: self.attempt.owner.to_owned(), until };
        match self.ledger.claim(&due.target.name, due.version, &lease, self.now).await {
            Ok(version) => Ok(Held { due, version }),
            Err(LedgerError::Conflict { .. }) => {
                Err(busy(due.target, self.attempt, "another attempt was faster".to_owned()))
            }
            Err(error @ LedgerError::Unreachable { .. }) => {
                Err(TargetResult::Failed(Explanation::new(Reason::LedgerFailed, error.to_string())))
            }
        }
    }

    /// Writes the intent where there is one, acts, and records.
    async fn carry_out(&self, held: Held<'_>, ready: Ready) -> TargetReport {
        let Held { due: Due { target, .. }, mut version } = held;
        let Ready { plan, before, ordered, figures } = ready;
        let report = |result, activities| TargetReport {
            target: target.name.clone(),
            result,
            activities,
            figures: Some(figures),
        };
        let limit = self.budget.of_a_target();
        let mut remembered = plan.history.clone();
        let is_ordered = !ordered.is_empty();
        let mut log = ordered;
        log.extend(plan_told(&plan, &before, &mut remembered, self.now));
        // How much of the log is in the ledger already.
        let mut written = 0;
        if (plan.write_ahead || is_ordered) && !plan.actions.is_empty() {
            match self.store(target, version, &remembered, &log, AfterWrite::Keep).await {
                Ok(next) => {
                    version = next;
                    written = log.len();
                }
                // The intent is not down, so its first call is not made.
                Err(error) => {
                    let lost =
                        if is_ordered { "; the direct command may be lost: send it again" } else { "" };
                    let why = Explanation::new(Reason::LedgerFailed, format!("{error}{lost}"));
                    return report(TargetResult::Failed(why), Vec::new());
                }
            }
        }
        let outcomes = act(self.fleet, target, &plan, self.now, &limit).await;
        let after = settle(remembered, &outcomes, self.now);
        log.extend(outcomes_told(&plan, &outcomes, self.now));
        let plan = Box::new(plan);
        let stored = self.store(target, version, &after, &log[written..], AfterWrite::Release).await;
        let result = match stored {
            Ok(_) => TargetResult::Planned { plan, outcomes },
            Err(error) => {
                let why = Explanation::new(Reason::LedgerFailed, error.to_string());
                TargetResult::Unrecorded { plan, outcomes, why }
            }
        };
        report(result, log)
    }

    /// Ends the attempt at one target without having done anything to it.
    async fn end_without(&self, held: Held<'_>, why: Explanation) -> TargetReport {
        let Held { due, version } = held;
        let log: Vec<_> = self.line(&due, &why).into_iter().collect();
        let history = History { last_reason: Some(why.reason), ..due.history };
        // Whether or not this is written, the target failed; an unwritten lease ends by itself.
        let _ = self.store(due.target, version, &history, &log, AfterWrite::Release).await;
        TargetReport {
            activities: log,
            ..TargetReport::without_a_look(due.target, TargetResult::Failed(why))
        }
    }

    /// The line of the log that says why nothing was done: once, not every minute.
    fn line(&self, due: &Due<'_>, why: &Explanation) -> Option<Activity> {
        let Explanation { reason, detail } = why.clone();
        (due.history.last_reason != Some(reason)).then(|| Activity {
            at: self.now,
            target: due.target.name.clone(),
            kind: ActivityKind::Hold,
            reason,
            detail,
        })
    }

    async fn store(
        &self,
        target: &Target,
        version: u64,
        history: &History,
        activities: &[Activity],
        lease: AfterWrite,
    ) -> Result<u64, LedgerError> {
        let write = LedgerWrite { owner: self.attempt.owner, history, activities, lease };
        self.ledger.store(&target.name, version, write).await
    }
}
