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
use tidegate_policy::record::{
    Activity, ActivityKind, Figures, count, figures, outcomes_told, plan_told, settle,
};

use crate::act::act;
use crate::due::{Due, busy, not_due, not_reached};
use crate::held::Held;
use crate::pause;
use crate::port::{Fleet, FleetError, Ledger, LedgerError};
use crate::report::{TargetReport, TargetResult};
use crate::terms::{Attempt, LEASE_AT_LEAST, Mode};
use crate::time::{Budget, Clock};

/// A target that was looked at, and what is to be done with it.
pub(crate) struct Prepared<'a> {
    pub(crate) due: Due<'a>,
    work: Work,
}

/// What an attempt does with a target.
enum Work {
    /// What was planned.
    Carry(Box<Ready>),
    /// Nothing, for this reason.
    Fail(Explanation),
    /// It rests until then, and was not looked at: what waits in its outbox is published.
    Publish(Timestamp),
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

impl<'a> Prepared<'a> {
    /// A target that rests until then, and is taken up for its outbox alone.
    pub(crate) fn to_publish(due: Due<'a>, until: Timestamp) -> Self {
        Self { due, work: Work::Publish(until) }
    }

    /// What is planned; `None` where nothing could be, or was to be.
    pub(crate) fn plan(&self) -> Option<&Plan> {
        match &self.work {
            Work::Carry(ready) => Some(&ready.plan),
            Work::Fail(_) | Work::Publish(_) => None,
        }
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
            let orders = pause::what_of_orders(due.target, &due.history, now, attempt);
            Err(Explanation::new(Reason::ObserveFailed, format!("{error}{orders}")))
        }
    };
    let work = outcome.map_or_else(Work::Fail, |ready| Work::Carry(Box::new(ready)));
    Prepared { due, work }
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
        let orders = pause::what_of_orders(target, &due.history, now, attempt);
        let detail = format!("{}{step}{orders}", violations.join("; "));
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
            Ok(Activity::new(now, &target.name, ActivityKind::Order, &taken))
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

impl<F: Fleet, L: Ledger, C: Clock> One<'_, F, L, C> {
    /// Claims it, does what was planned, and records that. In a dry run nothing of this.
    pub(crate) async fn attempt(&self, mut prepared: Prepared<'_>) -> TargetReport {
        let (name, outlook) = (&prepared.due.target.name, prepared.due.outlook.take());
        let learned = self.attempt.mode == Mode::Apply && prepared.plan().is_some();
        let report = self.attempt_at(prepared).await;
        if let Some(outlook) = outlook {
            let mine = matches!(report.result, TargetResult::Planned { .. });
            self.ledger.give_back(name, outlook, learned && mine).await;
        }
        report
    }

    async fn attempt_at(&self, prepared: Prepared<'_>) -> TargetReport {
        if self.attempt.mode == Mode::DryRun {
            return self.told(prepared);
        }
        if self.budget.too_little().is_none() {
            let actions = prepared.plan().map_or(&[][..], |plan| &plan.actions);
            self.budget.turn(actions).await;
        }
        let Prepared { due, work } = prepared;
        if let Some(left) = self.budget.too_little() {
            return TargetReport::without_a_look(due.target, not_reached(&due, left, self.now, self.attempt));
        }
        let held = match self.claim(&due).await {
            Ok(held) => held,
            Err(result) if pause::is_sent(due.target, self.attempt) => {
                return self.keep_pause(due.target, result).await;
            }
            Err(result) => return TargetReport::without_a_look(due.target, result),
        };
        match work {
            Work::Carry(ready) => self.carry_out(held, due.target, *ready).await,
            Work::Fail(why) => self.end_without(held, due, why).await,
            Work::Publish(until) => {
                let unpublished = held.publish(due.history, &self.budget.of_a_target()).await;
                TargetReport { unpublished, ..TargetReport::without_a_look(due.target, not_due(until)) }
            }
        }
    }

    /// What an attempt that changes nothing has to say.
    fn told(&self, Prepared { due, work }: Prepared<'_>) -> TargetReport {
        match work {
            Work::Carry(ready) => {
                let Ready { plan, before, ordered, figures } = *ready;
                let mut remembered = plan.history.clone();
                let mut log = ordered;
                log.extend(plan_told(&plan, &before, &mut remembered, self.now));
                let result = TargetResult::Planned { plan: Box::new(plan), outcomes: Vec::new() };
                let target = due.target.name.clone();
                let standing = standing(&remembered);
                TargetReport {
                    target,
                    result,
                    activities: log,
                    figures: Some(figures),
                    standing,
                    unpublished: None,
                }
            }
            Work::Fail(why) => {
                let activities = self.line(&due, &why).into_iter().collect();
                TargetReport {
                    activities,
                    ..TargetReport::without_a_look(due.target, TargetResult::Failed(why))
                }
            }
            Work::Publish(until) => TargetReport::without_a_look(due.target, not_due(until)),
        }
    }

    async fn claim<'a>(&'a self, due: &Due<'a>) -> Result<Held<'a, L>, TargetResult> {
        let until =
            self.now.checked_add(self.attempt.lease_for.max(LEASE_AT_LEAST)).unwrap_or(Timestamp::MAX);
        let owner = self.attempt.owner;
        match Held::claim(self.ledger, &due.target.name, due.version, owner, until, self.now).await {
            Ok(held) => Ok(held),
            Err(LedgerError::Conflict { .. }) => {
                Err(busy(due.target, self.attempt, "another attempt was faster".to_owned()))
            }
            Err(error) => {
                Err(TargetResult::Failed(Explanation::new(Reason::LedgerFailed, error.to_string())))
            }
        }
    }

    /// Keeps a pause behind whoever is at work on the target, for as long as the attempt lasts. `refused` is how it ends if its turn never comes.
    async fn keep_pause(&self, target: &Target, refused: TargetResult) -> TargetReport {
        while let Some(waited) = self.budget.pause_for(pause::WAITED).await {
            let now = self.now.saturating_add(waited).unwrap_or(self.now);
            let until =
                now.saturating_add(self.attempt.lease_for.max(LEASE_AT_LEAST)).unwrap_or(Timestamp::MAX);
            let loaded = self.ledger.load(std::slice::from_ref(&target.name)).await;
            let Some(Ok(item)) = loaded.ok().and_then(|mut items| items.pop()) else { continue };
            let claimed =
                Held::claim(self.ledger, &target.name, item.version, self.attempt.owner, until, now).await;
            let Ok(held) = claimed else { continue };
            let mut history = item.history;
            let kept = pause::keep(target, &mut history, now, self.attempt);
            let (log, result) = match kept {
                Ok(log) => {
                    let detail = "another attempt was at work: the command to pause or to resume is kept, and holds from the next attempt on";
                    (log, TargetResult::Skipped(Explanation::new(Reason::LeaseHeld, detail)))
                }
                Err(why) => (Vec::new(), TargetResult::Failed(why)),
            };
            let standing = standing(&history);
            return match held.end(history, &log, &self.budget.of_a_target()).await {
                Ok(unpublished) => TargetReport {
                    activities: log,
                    standing,
                    unpublished,
                    ..TargetReport::without_a_look(target, result)
                },
                Err(_) => TargetReport::without_a_look(target, refused),
            };
        }
        TargetReport::without_a_look(target, refused)
    }

    /// Writes the intent where there is one, acts, records, and publishes.
    async fn carry_out(&self, mut held: Held<'_, L>, target: &Target, ready: Ready) -> TargetReport {
        let Ready { plan, before, ordered, figures } = ready;
        let report = |result, activities, unpublished| TargetReport {
            target: target.name.clone(),
            result,
            activities,
            figures: Some(figures.clone()),
            standing: Vec::new(),
            unpublished,
        };
        let limit = self.budget.of_a_target();
        let mut remembered = plan.history.clone();
        let is_ordered = !ordered.is_empty();
        let mut log = ordered;
        log.extend(plan_told(&plan, &before, &mut remembered, self.now));
        // How much of the log is in the ledger already.
        let mut written = 0;
        if (plan.write_ahead || is_ordered) && !plan.actions.is_empty() {
            match held.keep(&remembered, &log).await {
                Ok(()) => written = log.len(),
                // The intent is not down, so its first call is not made.
                Err(error) => {
                    let lost =
                        if is_ordered { "; the direct command may be lost: send it again" } else { "" };
                    let why = Explanation::new(Reason::LedgerFailed, format!("{error}{lost}"));
                    return report(TargetResult::Failed(why), Vec::new(), None);
                }
            }
        }
        let outcomes = act(self.fleet, target, &plan, self.now, &limit).await;
        let mut after = settle(remembered, &outcomes, self.now);
        count(&mut after, &before, &plan, &figures, &outcomes, self.now);
        log.extend(outcomes_told(&plan, &outcomes, self.now));
        let plan = Box::new(plan);
        let standing = standing(&after);
        let report = match held.end(after, &log[written..], &limit).await {
            Ok(unpublished) => report(TargetResult::Planned { plan, outcomes }, log, unpublished),
            Err(error) => {
                let why = Explanation::new(Reason::LedgerFailed, error.to_string());
                report(TargetResult::Unrecorded { plan, outcomes, why }, log, None)
            }
        };
        TargetReport { standing, ..report }
    }

    /// Ends the attempt at one target without having done anything to it. A person is told.
    async fn end_without(&self, held: Held<'_, L>, due: Due<'_>, why: Explanation) -> TargetReport {
        let mut log: Vec<_> = self.line(&due, &why).into_iter().collect();
        let mut history = History { last_reason: Some(why.reason), ..due.history };
        // A refused one is in the sentence.
        log.extend(pause::keep(due.target, &mut history, self.now, self.attempt).unwrap_or_default());
        history.outbox.failed(&why, self.now);
        let standing = standing(&history);
        // Whether or not this is written, the target failed; an unwritten lease ends by itself.
        let unpublished = held.end(history, &log, &self.budget.of_a_target()).await.ok().flatten();
        TargetReport {
            activities: log,
            standing,
            unpublished,
            ..TargetReport::without_a_look(due.target, TargetResult::Failed(why))
        }
    }

    /// The line of the log that says why nothing was done: once, not every minute.
    fn line(&self, due: &Due<'_>, why: &Explanation) -> Option<Activity> {
        (due.history.last_reason != Some(why.reason))
            .then(|| Activity::new(self.now, &due.target.name, ActivityKind::Hold, why))
    }
}

/// Why alerts stand, by what a target remembers.
fn standing(history: &History) -> Vec<Reason> {
    history.outbox.standing().map(|(reason, _)| reason).collect()
}
