//! One invocation: read the event, take the policy, make the attempt within the time there is, tell what came of it.

use std::marker::PhantomData;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::Value;
use tidegate_policy::names::Stage;
use tidegate_policy::pause::Paused;
use tidegate_reconcile::report::{RunReport, TargetReport};
use tidegate_reconcile::{Attempt, Mode, Wake, reconcile_within};

use super::deadline::Deadline;
use super::deployment::deployment;
use super::print::print;
use super::stack_ledger::StackLedger;
use super::{FunctionError, scope};
use crate::bus::Bus;
use crate::clients::Clients;
use crate::environment::PublishedMetrics;
use crate::event::{self, Orders, Trigger};
use crate::fleet::{FleetOf, OneKind};
use crate::ledger::DynamoLedger;
use crate::policy_source::PolicySource;
use crate::report::{self, Attempted, Ended, Teller};

/// Kept back of an invocation's time, so that what came of it can still be told.
const TIME_TO_TELL: Duration = Duration::from_millis(500);
/// With less than this nothing is begun.
const LEAST_TIME: Duration = Duration::from_secs(2);
/// Lambda's own limit.
const LONGEST_INVOCATION: Duration = Duration::from_secs(15 * 60);
/// A lease outlives its attempt by this: the clocks of two processes differ, and a call that was sent may still take effect.
const LEASE_MARGIN: SignedDuration = SignedDuration::from_secs(30);

/// What lives as long as the process.
pub(super) struct Handler<K> {
    /// The kind of target that it is of.
    pub(super) of: PhantomData<K>,
    pub(super) clients: Clients,
    pub(super) ledger: DynamoLedger,
    pub(super) policy: PolicySource,
    pub(super) stage: Stage,
    pub(super) metrics: PublishedMetrics,
    /// Where what happened is published.
    pub(super) bus: Option<Bus>,
    /// The switch of the stack.
    pub(super) paused: Option<Paused>,
}

impl<K: OneKind> Handler<K> {
    /// Makes one attempt, and tells of it however it ends.
    pub(super) async fn invoke(&self, event: LambdaEvent<Value>) -> Result<Value, FunctionError> {
        let began = Instant::now();
        let now = Timestamp::now();
        let request_id = event.context.request_id.clone();
        let function = event.context.env_config.function_name.clone();
        // What an invocation that was cut short had counted is not this one's.
        let _ = self.clients.calls.take();
        let ended = self.attempt(event, began, now).await;
        match &ended {
            // Reported already, target by target.
            Ok(_) | Err(FunctionError::TargetsFailed(_)) => {}
            Err(error) => {
                let calls = self.clients.calls.take();
                let ended = Ended {
                    teller: self.teller(&function, &request_id),
                    at: now,
                    kind: error.kind(),
                    said: &error.to_string(),
                    policy_unusable: matches!(error, FunctionError::Policy(_)),
                    calls: &calls,
                    took: began.elapsed(),
                };
                print(&[report::failed_line(&ended)]);
            }
        }
        ended
    }

    async fn attempt(
        &self,
        event: LambdaEvent<Value>,
        began: Instant,
        now: Timestamp,
    ) -> Result<Value, FunctionError> {
        let LambdaEvent { payload, context } = event;
        let woken = event::parse(&payload).map_err(FunctionError::UnreadableEvent)?;
        let loaded = self.policy.policy(now).await.map_err(FunctionError::Policy)?;
        let policy = scope::asked_for(K::KIND, &loaded.policy, woken.orders.as_ref())?;
        let commands = scope::commands(K::KIND, &policy, woken.orders.as_ref())?;
        let until_deadline = time_left(&context, now)?;
        let time = still_left(until_deadline, began.elapsed())?;
        let about = scope::about(&policy, &woken);
        let owner = format!("{}/{}", context.request_id, uuid::Uuid::new_v4());
        let attempt = Attempt {
            owner: &owner,
            // From `now`, which is when the invocation began.
            lease_for: SignedDuration::try_from(until_deadline).unwrap_or(SignedDuration::ZERO)
                + LEASE_MARGIN,
            wake: match (woken.trigger, &about) {
                (Trigger::Schedule, _) => Wake::Clock,
                (_, Some(about)) => Wake::About(about),
                (_, None) => Wake::Event,
            },
            mode: match &woken.orders {
                Some(Orders { dry_run: true, .. }) => Mode::DryRun,
                _ => Mode::Apply,
            },
            orders: &commands,
            paused: self.paused,
        };
        let fleet = FleetOf::<K>::new(&self.clients);
        let ledger = StackLedger {
            table: &self.ledger,
            bus: self.bus.as_ref(),
            deployment: deployment(&self.stage, &context.invoked_function_arn, &loaded.version),
            logs: context.env_config.log_group.clone(),
        };
        let mut teller = self.teller(&context.env_config.function_name, &context.request_id);
        teller.policy = Some(&loaded.version);
        let dry_run = attempt.mode == Mode::DryRun;
        // At once: whatever becomes of the rest of the attempt, what was done is told.
        let ended = |target: &TargetReport| {
            let line = report::target_line(&teller, now, dry_run, target);
            print(line.as_slice());
        };
        let deadline = Deadline::after(time);
        let attempt = reconcile_within(&fleet, &ledger, &policy, now, &attempt, &deadline, &ended);
        let report =
            tokio::time::timeout(time, attempt).await.map_err(|_| out_of_time(time))?.map_err(|error| {
                // The role may read the targets of the policy and no others: of a target that is gone it denies the read of all.
                self.policy.forget();
                FunctionError::LedgerUnreadable { error }
            })?;
        let calls = self.clients.calls.take();
        let told = Attempted {
            teller,
            woken_by: woken.trigger.name(),
            report: &report,
            calls: &calls,
            took: began.elapsed(),
        };
        print(&[report::attempt_line(&told)]);
        print(&report::alert_lines(&told));
        failures(&report)?;
        Ok(report::answer(&told))
    }

    fn teller<'a>(&'a self, function: &'a str, request_id: &'a str) -> Teller<'a> {
        Teller { stage: self.stage.as_str(), function, request_id, policy: None, published: self.metrics }
    }
}

/// How long from `now` on the invocation may take.
fn time_left(context: &Context, now: Timestamp) -> Result<Duration, FunctionError> {
    let deadline = i64::try_from(context.deadline).unwrap_or(i64::MAX);
    let left = u64::try_from(deadline.saturating_sub(now.as_millisecond())).unwrap_or(0);
    // A deadline beyond what Lambda knows would make a lease that nobody ever takes over.
    let left = Duration::from_millis(left).min(LONGEST_INVOCATION);
    if left < LEAST_TIME {
        return Err(too_late(left));
    }
    Ok(left - TIME_TO_TELL)
}

/// What of it the attempt has, once the policy was read: that is a call, and may take its time.
fn still_left(time: Duration, took: Duration) -> Result<Duration, FunctionError> {
    let left = time.saturating_sub(took);
    if left < LEAST_TIME - TIME_TO_TELL { Err(too_late(left)) } else { Ok(left) }
}

fn too_late(left: Duration) -> FunctionError {
    FunctionError::OutOfTime(format!(
        "{} ms are left of this invocation, too few to begin anything: give the function a time-out of 60 s",
        left.as_millis()
    ))
}

fn out_of_time(time: Duration) -> FunctionError {
    FunctionError::OutOfTime(format!(
        "the attempt did not end within {:.1} s and was left where it stood; the next one goes on from there. If this lasts, give the function more time",
        time.as_secs_f64()
    ))
}

/// An invocation with a failed target must not end as a success: alarms and the on-failure destination hang on it.
fn failures(run: &RunReport) -> Result<(), FunctionError> {
    let failed = run.targets.iter().filter_map(|target| Some((target, report::failure(target)?)));
    let failed: Vec<_> = failed.map(|(target, why)| format!("{}: {why}", target.target)).collect();
    if failed.is_empty() {
        return Ok(());
    }
    let of = run.targets.len();
    Err(FunctionError::TargetsFailed(format!(
        "{} of {of} targets failed. {}",
        failed.len(),
        failed.join("; ")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attempt_ends_before_lambda_ends_it_however_long_the_policy_took() {
        let now = Timestamp::from_millisecond(1_700_000_000_000).unwrap();
        let context = |left: u64| {
            let mut context = Context::default();
            context.deadline = 1_700_000_000_000 + left;
            context
        };
        let seconds = Duration::from_secs;
        let time = time_left(&context(30_000), now).unwrap();
        assert_eq!(time, seconds(30) - TIME_TO_TELL);
        assert_eq!(still_left(time, seconds(11)).unwrap(), seconds(19) - TIME_TO_TELL);
        assert!(still_left(time, seconds(28) + Duration::from_millis(1)).is_err());
        assert!(still_left(time, seconds(60)).is_err());
        assert!(time_left(&context(1_999), now).is_err());
        let mut endless = context(0);
        endless.deadline = u64::MAX;
        assert!(time_left(&endless, now).unwrap() < LONGEST_INVOCATION);
    }
}
