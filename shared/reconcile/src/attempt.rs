//! The attempt: lease, observe, plan, check, act, record. Whatever woke it, it is the same.

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::check::check;
use tidegate_policy::evaluate::same_bounds;
use tidegate_policy::history::History;
use tidegate_policy::names::TargetName;
use tidegate_policy::observation::Observation;
use tidegate_policy::order::{Order, take};
use tidegate_policy::plan::{Plan, plan};
use tidegate_policy::policy::{Policy, Target};
use tidegate_policy::reason::{Explanation, Reason};
use tidegate_policy::record::{
    Activity, ActivityKind, FailureClass, figures, outcomes_told, plan_told, settle,
};
use tidegate_policy::units::HALF_A_TICK;

use crate::act::act;
use crate::port::{
    AfterWrite, Fleet, FleetError, Lease, Ledger, LedgerError, LedgerItem, LedgerWrite, ObserveRequest,
};
use crate::report::{RunReport, TargetReport, TargetResult};

/// No lease is shorter than this, whatever the caller says.
pub const LEASE_AT_LEAST: SignedDuration = SignedDuration::from_mins(1);

/// Said of an attempt that failed with a command in its hands: only then does its sender know.
const NOT_TAKEN: &str = "; the direct command was not taken: send it again";

/// How an attempt is made.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// Unique to this attempt: it owns the leases.
    pub owner: &'a str,
    /// How long a lease is taken for: longer than the function's time-out.
    pub lease_for: SignedDuration,
    /// Whether targets that are not due are looked at too.
    pub wake: Wake<'a>,
    /// Whether anything is changed.
    pub mode: Mode,
    /// A person's direct commands. Their targets are looked at now; the ledger holds an order before it is followed.
    pub orders: &'a [(TargetName, Order)],
}

/// What woke the attempt. It decides how soon a target is looked at, never what is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake<'a> {
    /// The clock: targets whose evaluation is not due, and that rest, are left alone.
    Clock,
    /// An alarm, an RDS event, a person: every target is looked at now.
    Event,
    /// An event that is about these: they are looked at now, the others as by the clock.
    About(&'a [TargetName]),
}

/// Whether anything is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The plan is applied and recorded.
    Apply,
    /// The same attempt without lease, `apply` or record.
    DryRun,
}

/// An attempt that could not be made at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReconcileError {
    /// Nothing was changed: fail closed.
    #[error("the ledger could not be read")]
    Load(#[source] LedgerError),
}

/// Makes one attempt at every target of `policy`. A target that fails does not stop the others.
///
/// # Errors
/// When the ledger cannot be read; nothing was then changed.
pub async fn reconcile<F: Fleet, L: Ledger>(
    fleet: &F,
    ledger: &L,
    policy: &Policy,
    now: Timestamp,
    attempt: &Attempt<'_>,
) -> Result<RunReport, ReconcileError> {
    let names: Vec<TargetName> = policy.targets.iter().map(|target| target.name.clone()).collect();
    let items = ledger.load(&names).await.map_err(ReconcileError::Load)?;
    if items.len() != names.len() {
        let message = format!("it answered {} items for {} targets", items.len(), names.len());
        return Err(ReconcileError::Load(LedgerError::Unreachable { message }));
    }

    let mut reports = Vec::with_capacity(policy.targets.len());
    let mut claimed = Vec::new();
    for (target, item) in policy.targets.iter().zip(items) {
        let work = match item {
            Ok(item) => claim(ledger, target, item, now, attempt).await,
            Err(error) => {
                Err(TargetResult::Failed(Explanation::new(Reason::LedgerFailed, error.to_string())))
            }
        };
        match work {
            Ok(work) => claimed.push(work),
            Err(result) => reports.push(TargetReport {
                target: target.name.clone(),
                result,
                activities: Vec::new(),
                figures: None,
            }),
        }
    }

    if !claimed.is_empty() {
        let requests: Vec<_> = claimed
            .iter()
            .map(|work| ObserveRequest { target: work.target, history: &work.history })
            .collect();
        match fleet.observe(&requests, now).await {
            Ok(observations) => {
                // A fleet that answers fewer than it was asked has not seen the rest.
                let seen = observations.into_iter().map(Some).chain(std::iter::repeat_with(|| None));
                for (work, seen) in claimed.into_iter().zip(seen) {
                    let seen = seen.unwrap_or_else(|| {
                        let message = "no answer came for this target".to_owned();
                        Err(FleetError { operation: "observe", class: FailureClass::RetryNextWake, message })
                    });
                    let report = match seen {
                        Ok(observation) => carry_out(fleet, ledger, work, &observation, now, attempt).await,
                        Err(error) => give_up(ledger, work, error.to_string(), now, attempt).await,
                    };
                    reports.push(report);
                }
            }
            Err(error) => {
                for work in claimed {
                    reports.push(give_up(ledger, work, error.to_string(), now, attempt).await);
                }
            }
        }
    }
    let place = |report: &TargetReport| policy.targets.iter().position(|target| target.name == report.target);
    reports.sort_by_key(place);
    Ok(RunReport { at: now, dry_run: attempt.mode == Mode::DryRun, targets: reports })
}

/// A target that this attempt may work on.
struct Work<'a> {
    target: &'a Target,
    version: u64,
    history: History,
}

async fn claim<'a, L: Ledger>(
    ledger: &L,
    target: &'a Target,
    item: LedgerItem,
    now: Timestamp,
    attempt: &Attempt<'_>,
) -> Result<Work<'a>, TargetResult> {
    let skipped = |reason, detail: String| TargetResult::Skipped(Explanation::new(reason, detail));
    // An order that was not taken must not look as if it had been.
    let busy = |detail: String| {
        if attempt.orders.iter().any(|(name, _)| *name == target.name) {
            TargetResult::Failed(Explanation::new(Reason::LeaseHeld, detail + NOT_TAKEN))
        } else {
            skipped(Reason::LeaseHeld, detail)
        }
    };
    let ordered = attempt.orders.iter().any(|(name, _)| *name == target.name);
    let at_once = ordered
        || match attempt.wake {
            Wake::Clock => false,
            Wake::Event => true,
            Wake::About(names) => names.contains(&target.name),
        };
    if !at_once && let Some(until) = rests_until(target, &item.history, now) {
        return Err(skipped(Reason::NotDue, format!("nothing is under way; signals are due at {until}")));
    }
    if attempt.mode == Mode::DryRun {
        return Ok(Work { target, version: item.version, history: item.history });
    }
    if let Some(lease) = item.lease.as_ref().filter(|lease| lease.until > now && lease.owner != attempt.owner)
    {
        return Err(busy(format!("another attempt is at work until {} at the latest", lease.until)));
    }
    let until = now.checked_add(attempt.lease_for.max(LEASE_AT_LEAST)).unwrap_or(Timestamp::MAX);
    let lease = Lease { owner: attempt.owner.to_owned(), until };
    match ledger.claim(&target.name, item.version, &lease, now).await {
        Ok(version) => Ok(Work { target, version, history: item.history }),
        Err(LedgerError::Conflict { .. }) => Err(busy("another attempt was faster".to_owned())),
        Err(error @ LedgerError::Unreachable { .. }) => {
            Err(TargetResult::Failed(Explanation::new(Reason::LedgerFailed, error.to_string())))
        }
    }
}

/// Until when a target needs no look, if it rests.
fn rests_until(target: &Target, history: &History, now: Timestamp) -> Option<Timestamp> {
    if history.in_transition {
        return None;
    }
    // A time in the future is a clock that went back: it says nothing of when signals were bought.
    let evaluated_at = history.evaluated_at.filter(|at| *at <= now)?;
    // A window that opened in between does not wait for signals to be due.
    if !same_bounds(target, history, evaluated_at, now) {
        return None;
    }
    let due = evaluated_at.checked_add(target.scaling.evaluate_every).ok()?;
    (now.saturating_add(HALF_A_TICK).unwrap_or(now) < due).then_some(due)
}

/// Plan, check, act, record, for one target that was observed.
async fn carry_out<F: Fleet, L: Ledger>(
    fleet: &F,
    ledger: &L,
    work: Work<'_>,
    observation: &Observation,
    now: Timestamp,
    attempt: &Attempt<'_>,
) -> TargetReport {
    let Work { target, mut version, history } = work;
    let mut before = history.clone();
    // Where an order cannot be followed nothing else is done: whoever sent it is told, and the next wake-up goes on.
    let refused = |why: Explanation| {
        let work = Work { target, version, history: history.clone() };
        end_without(ledger, work, why.reason, why.detail, now, attempt)
    };
    let ordered = match take_orders(target, &mut before, now, attempt) {
        Ok(ordered) => ordered,
        Err(why) => return refused(why).await,
    };
    let plan = plan(target, observation, &before, now);
    if let Some(why) = plan.out_of_reach().filter(|_| !ordered.is_empty()) {
        let detail = format!("{}; the direct command was not taken", why.detail);
        return refused(Explanation::new(Reason::OrderRefused, detail)).await;
    }
    if let Err(violations) = check(target, observation, &before, &plan, now) {
        let violations: Vec<_> = violations
            .iter()
            .map(|violation| format!("{}: {}", violation.invariant, violation.detail))
            .collect();
        let work = Work { target, version, history };
        return refuse(ledger, work, &plan, violations.join("; "), now, attempt).await;
    }
    let figures = Some(figures(target, observation, &plan, now));
    let report =
        |result, activities| TargetReport { target: target.name.clone(), result, activities, figures };
    let mut remembered = plan.history.clone();
    let is_ordered = !ordered.is_empty();
    let mut log = ordered;
    log.extend(plan_told(&plan, &before, &mut remembered, now));
    if attempt.mode == Mode::DryRun {
        return report(TargetResult::Planned { plan: Box::new(plan), outcomes: Vec::new() }, log);
    }
    // How much of the log is in the ledger already.
    let mut written = 0;
    if (plan.write_ahead || is_ordered) && !plan.actions.is_empty() {
        let write = LedgerWrite {
            owner: attempt.owner,
            history: &remembered,
            activities: &log,
            lease: AfterWrite::Keep,
        };
        match ledger.store(&target.name, version, write).await {
            Ok(next) => {
                version = next;
                written = log.len();
            }
            // The intent is not down, so its first call is not made.
            Err(error) => {
                let lost = if is_ordered { "; the direct command may be lost: send it again" } else { "" };
                let why = Explanation::new(Reason::LedgerFailed, format!("{error}{lost}"));
                return report(TargetResult::Failed(why), Vec::new());
            }
        }
    }
    let outcomes = act(fleet, target, &plan, now).await;
    let after = settle(remembered, &outcomes, now);
    log.extend(outcomes_told(&plan, &outcomes, now));
    let write = LedgerWrite {
        owner: attempt.owner,
        history: &after,
        activities: &log[written..],
        lease: AfterWrite::Release,
    };
    let plan = Box::new(plan);
    let result = match ledger.store(&target.name, version, write).await {
        Ok(_) => TargetResult::Planned { plan, outcomes },
        Err(error) => {
            let why = Explanation::new(Reason::LedgerFailed, error.to_string());
            TargetResult::Unrecorded { plan, outcomes, why }
        }
    };
    report(result, log)
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

/// The checker found a defect of ours: nothing is done, a person is told, and the lease is given back.
async fn refuse<L: Ledger>(
    ledger: &L,
    work: Work<'_>,
    plan: &Plan,
    violations: String,
    now: Timestamp,
    attempt: &Attempt<'_>,
) -> TargetReport {
    let step = plan.step.as_ref().map_or_else(String::new, |step| format!(" (the plan was: {step})"));
    end_without(ledger, work, Reason::PlanRefused, format!("{violations}{step}"), now, attempt).await
}

async fn give_up<L: Ledger>(
    ledger: &L,
    work: Work<'_>,
    error: String,
    now: Timestamp,
    attempt: &Attempt<'_>,
) -> TargetReport {
    let ordered = attempt.orders.iter().any(|(name, _)| *name == work.target.name);
    let detail = if ordered { error + NOT_TAKEN } else { error };
    end_without(ledger, work, Reason::ObserveFailed, detail, now, attempt).await
}

/// Ends the attempt at one target without having done anything to it. The reason is logged once, not every minute.
async fn end_without<L: Ledger>(
    ledger: &L,
    work: Work<'_>,
    reason: Reason,
    detail: String,
    now: Timestamp,
    attempt: &Attempt<'_>,
) -> TargetReport {
    let Work { target, version, mut history } = work;
    let news = history.last_reason != Some(reason);
    history.last_reason = Some(reason);
    let line = Activity {
        at: now,
        target: target.name.clone(),
        kind: ActivityKind::Hold,
        reason,
        detail: detail.clone(),
    };
    let log = if news { vec![line] } else { Vec::new() };
    if attempt.mode == Mode::Apply {
        let write = LedgerWrite {
            owner: attempt.owner,
            history: &history,
            activities: &log,
            lease: AfterWrite::Release,
        };
        // Whether or not this is written, the target failed; an unwritten lease ends by itself.
        let _ = ledger.store(&target.name, version, write).await;
    }
    TargetReport {
        target: target.name.clone(),
        result: TargetResult::Failed(Explanation::new(reason, detail)),
        activities: log,
        figures: None,
    }
}
