//! The function `notify`: what happened goes to the channels of the policy, and to the topics of the stack.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use tidegate_notify::arrived::{self, Alarms, Arrived, UnreadableArrival};
use tidegate_notify::channel::Channel;
use tidegate_notify::deliver::{Delivery, Report};
use tidegate_notify::endpoint::address::Private;
use tidegate_policy::history::History;
use tidegate_policy::names::{Stage, TargetName};
use tidegate_policy::policy::{Policy, Target};
use tidegate_reconcile::port::Ledger as _;

use super::deployment::deployment;
use super::print::print;
use super::{digest, start};
use crate::clients::Clients;
use crate::delivery::{Ports, TopicArns};
use crate::environment::NotifyEnvironment;
use crate::ledger::DynamoLedger;
use crate::policy_source::{PolicyError, PolicySource};

/// Kept back of an invocation's time, so that what came of it can still be told.
const TIME_TO_TELL: SignedDuration = SignedDuration::from_secs(1);

/// Why an invocation failed.
#[derive(thiserror::Error)]
enum NotifyError {
    /// What arrived is nothing that is delivered. No call but for the policy was made.
    #[error("{0}")]
    Unreadable(#[from] UnreadableArrival),
    /// There is no policy, so no channel is known.
    #[error("{0}")]
    Policy(#[from] PolicyError),
    /// The ledger could not be read, of which a digest is made.
    #[error("the digest needs the ledger: {0}")]
    Uncounted(String),
    /// A channel was not told, or only in part.
    #[error("{0}")]
    Untold(String),
}

impl NotifyError {
    fn kind(&self) -> &'static str {
        match self {
            NotifyError::Unreadable(_) => "UnreadableEvent",
            NotifyError::Policy(_) => "PolicyUnusable",
            NotifyError::Uncounted(_) => "LedgerUnreadable",
            NotifyError::Untold(_) => "ChannelsFailed",
        }
    }
}

impl std::fmt::Debug for NotifyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {self}", self.kind())
    }
}

impl From<NotifyError> for Diagnostic {
    fn from(error: NotifyError) -> Self {
        Diagnostic { error_type: error.kind().to_owned(), error_message: error.to_string() }
    }
}

pub(super) async fn serve() -> Result<(), Error> {
    let (environment, clients) = start::told(|lookup| NotifyEnvironment::read(lookup)).await?;
    let NotifyEnvironment {
        policy,
        ledger_table,
        stage,
        critical_topic,
        warning_topic,
        amazon_q_topic,
        channels,
    } = environment;
    let topics = TopicArns { critical: critical_topic, warning: warning_topic, amazon_q: amazon_q_topic };
    let notify = Notify {
        policy: PolicySource::new(policy, stage.clone(), clients.ssm.clone()),
        ledger: DynamoLedger::new(clients.dynamodb.clone(), ledger_table.clone()),
        ports: Ports::new(&clients, ledger_table, topics.clone(), channels),
        stage,
        topics,
        clients,
    };
    let notify = &notify;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| notify.invoke(event))).await
}

/// What lives as long as the process.
struct Notify {
    policy: PolicySource,
    ledger: DynamoLedger,
    ports: Ports,
    stage: Stage,
    topics: TopicArns,
    clients: Clients,
}

impl Notify {
    async fn invoke(&self, event: LambdaEvent<Value>) -> Result<Value, NotifyError> {
        let began = Instant::now();
        let _ = self.clients.calls.take();
        let request_id = event.context.request_id.clone();
        let ended = self.deliver(event).await;
        // Nothing waits in most minutes, and a line for each would cost more than the rest of them.
        if ended.as_ref().is_ok_and(Value::is_null) {
            return ended;
        }
        let line = json!({
            "level": if ended.is_err() { "ERROR" } else { "INFO" },
            "message": ended.as_ref().err().map_or_else(|| "told".to_owned(), ToString::to_string),
            "requestId": request_id,
            "Stage": self.stage,
            "answer": ended.as_ref().ok(),
            "errorType": ended.as_ref().err().map(NotifyError::kind),
            "api_calls": self.clients.calls.take(),
            "took_ms": millis(began.elapsed()),
        });
        print(&[line]);
        ended
    }

    async fn deliver(&self, event: LambdaEvent<Value>) -> Result<Value, NotifyError> {
        let now = Timestamp::now();
        let LambdaEvent { payload, context } = event;
        let loaded = self.policy.policy(now).await?;
        let deployment = deployment(&self.stage, &context.invoked_function_arn, &loaded.version);
        let alarms = Alarms { critical: &self.topics.critical, warning: &self.topics.warning };
        let arrived = arrived::read(&payload, &deployment, alarms, &loaded.policy)?;
        let channels = Channel::all(&loaded.policy);
        let deadline =
            i64::try_from(context.deadline).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
        let delivery = Delivery {
            world: &self.ports,
            channels: &channels,
            deployment: &deployment,
            private: Private::Refused,
            deadline: deadline.unwrap_or(now).checked_sub(TIME_TO_TELL).unwrap_or(now),
        };
        match arrived {
            Arrived::Events { events, passed_over } => {
                let mut reports = Vec::new();
                for (event, origin) in &events {
                    reports.push(delivery.arrive(event, *origin).await);
                }
                told(&reports, &passed_over)
            }
            Arrived::Wake => {
                let report = delivery.wake().await;
                let is_quiet = report
                    .channels
                    .iter()
                    .all(|told| told.sent == 0 && told.waiting == 0 && !told.needs_a_person());
                if is_quiet { Ok(Value::Null) } else { told(&[report], &[]) }
            }
            Arrived::Digest => {
                let week = digest::week(&self.stage, &self.remembered(&loaded.policy).await?, now);
                told(&[delivery.digest(&week).await], &[])
            }
            Arrived::Test => {
                let replies = delivery.test().await;
                Ok(json!({ "channels": replies }))
            }
        }
    }

    /// What each target of the policy remembers; `None` where that cannot be read.
    async fn remembered<'a>(
        &self,
        policy: &'a Policy,
    ) -> Result<Vec<(&'a Target, Option<History>)>, NotifyError> {
        let names: Vec<TargetName> = policy.targets.iter().map(|target| target.name.clone()).collect();
        let items =
            self.ledger.load(&names).await.map_err(|error| NotifyError::Uncounted(error.to_string()))?;
        let each = policy.targets.iter().zip(items);
        Ok(each.map(|(target, item)| (target, item.ok().map(|item| item.history))).collect())
    }
}

/// What came of it, or why somebody is needed.
fn told(reports: &[Report], passed_over: &[String]) -> Result<Value, NotifyError> {
    let errors: Vec<String> = reports.iter().filter_map(Report::error).collect();
    if errors.is_empty() {
        return Ok(json!({ "told": reports, "passed_over": passed_over }));
    }
    Err(NotifyError::Untold(errors.join("; ")))
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
