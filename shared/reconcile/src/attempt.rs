//! The attempt: observe, plan, check, then target by target lease, act, record. Whatever woke it, it is the same.

use futures_util::StreamExt;
use futures_util::stream;
use jiff::Timestamp;
use tidegate_policy::forecast::outlook::Outlook;
use tidegate_policy::forecast::settings::Shape;
use tidegate_policy::names::TargetName;
use tidegate_policy::observation::Observation;
use tidegate_policy::policy::Policy;
use tidegate_policy::reason::{Explanation, Reason};
use tidegate_policy::record::FailureClass;

use crate::due::{Due, Turn, due, not_due};
use crate::glance::finds_something;
use crate::one::{One, Prepared, prepare};
use crate::past::read_past;
use crate::port::{Fleet, FleetError, Learned, Ledger, LedgerError};
use crate::report::{RunReport, TargetReport, TargetResult};
use crate::terms::{Attempt, Mode};
use crate::time::{Budget, Clock, Limit, Unhurried};

/// So many targets are worked on beside each other: as many as keep 5 changes a second going where each takes two or three seconds.
const AT_ONCE: usize = 16;

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
    reconcile_within(fleet, ledger, policy, now, attempt, &Unhurried, &|_| ()).await
}

/// The same within the time that `clock` has left. `ended` hears of every target as soon as it is done: what is cut short has told until then.
///
/// All targets are looked at together, without a lease, and planned. Then each is claimed right before its work, by the version that was
/// loaded: who was overtaken leaves it. A few are worked on beside each other, additions before removals and the least recently attempted
/// first. None is begun that could not end, and each gives its lease back.
///
/// # Errors
/// When the ledger cannot be read; nothing was then changed.
pub async fn reconcile_within<F: Fleet, L: Ledger, C: Clock>(
    fleet: &F,
    ledger: &L,
    policy: &Policy,
    now: Timestamp,
    attempt: &Attempt<'_>,
    clock: &C,
    ended: &dyn Fn(&TargetReport),
) -> Result<RunReport, ReconcileError> {
    let budget = Budget::new(clock);
    let names: Vec<TargetName> = policy.targets.iter().map(|target| target.name.clone()).collect();
    let items = ledger.load(&names).await.map_err(ReconcileError::Load)?;
    if items.len() != names.len() {
        let message = format!("it answered {} items for {} targets", items.len(), names.len());
        return Err(ReconcileError::Load(LedgerError::Unreachable { message }));
    }

    let mut reports = Vec::with_capacity(policy.targets.len());
    let (mut looked_at, mut prepared) = (Vec::new(), Vec::new());
    for (target, item) in policy.targets.iter().zip(items) {
        let item = item
            .map_err(|error| TargetResult::Failed(Explanation::new(Reason::LedgerFailed, error.to_string())));
        match item.and_then(|item| due(target, item, now, attempt)) {
            Ok(due) => match due.unseen_until() {
                None => looked_at.push(due),
                Some(until) => prepared.push(Prepared::to_publish(due, until)),
            },
            Err(result) => {
                // What cannot be read cannot be written either: no outbox takes it, and it stands all the same.
                let standing = match &result {
                    TargetResult::Failed(why) if why.reason == Reason::LedgerFailed => vec![why.reason],
                    _ => Vec::new(),
                };
                let report = TargetReport { standing, ..TargetReport::without_a_look(target, result) };
                ended(&report);
                reports.push(report);
            }
        }
    }

    hand_out(ledger, &mut looked_at, &budget.to_remember()).await;
    let (mut all_seen, mut found) = (Vec::new(), Vec::new());
    for (due, seen) in observe(fleet, looked_at, now, &budget.to_observe()).await {
        match due.rests_until {
            None => all_seen.push((due, seen)),
            // What a glance finds is looked at in full, and now.
            Some(_) if finds_something(&due, seen, now) => found.push(Due { rests_until: None, ..due }),
            Some(until) if due.has_news(attempt) => prepared.push(Prepared::to_publish(due, until)),
            Some(until) => {
                let report = TargetReport::without_a_look(due.target, not_due(until));
                if let Some(outlook) = due.outlook {
                    ledger.give_back(&due.target.name, outlook, false).await;
                }
                ended(&report);
                reports.push(report);
            }
        }
    }
    all_seen.extend(observe(fleet, found, now, &budget.to_observe_again()).await);
    read_past(fleet, &mut all_seen, now, &budget.to_observe_again()).await;
    prepared.extend(all_seen.into_iter().map(|(due, seen)| prepare(due, seen, now, attempt)));
    prepared.sort_by_cached_key(|one| {
        let (due, plan) = (&one.due, one.plan());
        (Turn::of(due, plan, now, attempt), due.attempted_at, Turn::of_plan(plan))
    });
    let one = One { fleet, ledger, now, attempt, budget: &budget };
    // One future is some kilobytes, which the stream would move four times.
    let work = stream::iter(prepared).map(|prepared| Box::pin(one.attempt(prepared)));
    let mut work = std::pin::pin!(work.buffer_unordered(AT_ONCE));
    while let Some(report) = work.next().await {
        ended(&report);
        reports.push(report);
    }
    let place = |report: &TargetReport| policy.targets.iter().position(|target| target.name == report.target);
    reports.sort_by_cached_key(place);
    Ok(RunReport { at: now, dry_run: attempt.mode == Mode::DryRun, targets: reports })
}

/// Gets what was learned of those that have a forecast. Where nothing was, it begins.
async fn hand_out<L: Ledger, C: Clock>(ledger: &L, looked_at: &mut [Due<'_>], limit: &Limit<'_, C>) {
    let mut ahead: Vec<_> =
        looked_at.iter_mut().filter(|due| due.target.scaling.forecast.is_some()).collect();
    if ahead.is_empty() {
        return;
    }
    let names: Vec<&TargetName> = ahead.iter().map(|due| &due.target.name).collect();
    // Whoever waits for it in vain goes by the rules in this attempt.
    let Ok(outlooks) = limit.wait(ledger.outlooks(&names)).await else { return };
    for (due, learned) in ahead.iter_mut().zip(outlooks) {
        due.outlook = match learned {
            Learned::Known(outlook) => Some(*outlook),
            Learned::Nothing => Some(Outlook::cold(Shape::default())),
            Learned::Unread => None,
        };
    }
}

/// Looks at all of them together, for as long as `limit` says.
async fn observe<'a, F: Fleet, C: Clock>(
    fleet: &F,
    looked_at: Vec<Due<'a>>,
    now: Timestamp,
    limit: &Limit<'_, C>,
) -> Vec<(Due<'a>, Result<Observation, FleetError>)> {
    if looked_at.is_empty() {
        return Vec::new();
    }
    let requests: Vec<_> = looked_at.iter().map(Due::request).collect();
    let seen = match limit.wait(fleet.observe(&requests, now)).await {
        Ok(seen) => seen,
        Err(waited) => Err(unseen(format!("no answer came within {:.1} s", waited.as_secs_f64()))),
    };
    // A fleet that answers fewer than it was asked has not seen the rest.
    let seen: Vec<_> = match seen {
        Ok(seen) => {
            let rest = || Some(Err(unseen("no answer came for this target".to_owned())));
            seen.into_iter().chain(std::iter::from_fn(rest)).take(looked_at.len()).collect()
        }
        Err(error) => looked_at.iter().map(|_| Err(error.clone())).collect(),
    };
    looked_at.into_iter().zip(seen).collect()
}

fn unseen(message: String) -> FleetError {
    FleetError { operation: "observe", class: FailureClass::RetryNextWake, message }
}

#[cfg(test)]
mod tests;
