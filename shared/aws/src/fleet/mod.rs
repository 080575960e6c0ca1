//! The fleet on AWS: what AWS says of all targets, in as few calls as it allows; a folder for each kind of target, and the metrics of all
//! bought together.

mod another_kind;
mod batches;
mod both;
mod ecs_service;
mod last_look;
mod metrics;
mod on_aws;
mod rds_replicas;
mod redis_nodes;
mod scalable;
mod unread;

use jiff::Timestamp;
use tidegate_policy::observation::{Lacking, Look, Observation, PastMinutes, Replica};
use tidegate_policy::plan::Action;
use tidegate_policy::policy::Target;
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_reconcile::port::{Fleet, FleetError, ObserveRequest};

use crate::clients::Clients;
use crate::failure::Failure;
use another_kind::another_kind;
pub use both::Both;
pub use ecs_service::Services;
use metrics::{Bought, Order};
pub use on_aws::{OnAws, OneKind};
pub use rds_replicas::Replicas;
pub use redis_nodes::Groups;

/// Every kind of target there is.
pub type Every = Both<Replicas, Both<Services, Groups>>;

/// The fleet of every kind: for who asks about a whole policy.
pub type AwsFleet = FleetOf<Every>;

/// One Region of one account, for one attempt at targets of `K`: what was read is not read again.
#[derive(Debug)]
pub struct FleetOf<K> {
    kind: K,
    /// Without it no metric is bought.
    cloudwatch: Option<aws_sdk_cloudwatch::Client>,
}

impl<K: OnAws> FleetOf<K> {
    /// A fleet that has seen nothing yet.
    pub fn new(clients: &Clients) -> Self {
        Self { kind: K::new(clients), cloudwatch: Some(clients.cloudwatch.clone()) }
    }

    /// One that buys no metrics: every reading is missing. What there is, and whether it can be scaled, needs none.
    pub fn without_metrics(clients: &Clients) -> Self {
        Self { cloudwatch: None, ..Self::new(clients) }
    }

    /// Buys what was ordered; `None` where CloudWatch could not be reached.
    async fn buy(&self, order: &Order, now: Timestamp) -> Result<Option<Bought>, Failure> {
        let Some(cloudwatch) = &self.cloudwatch else { return Ok(None) };
        match metrics::buy(cloudwatch, order, now).await {
            Ok(bought) => Ok(Some(bought)),
            // What is dead leaves the answers all the same, the floor comes up, and a schedule is kept: none of them needs a metric, and
            // nothing is concluded of none.
            Err(failure) if failure.sorting.class() == FailureClass::RetryNextWake => {
                tracing::warn!("no metrics: {}", failure.message);
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }
}

impl AwsFleet {
    /// Every instance of the Region, as a replica of whatever its source is, if it has one: to find those that no target of a policy
    /// means any more. Their signals are missing.
    ///
    /// # Errors
    /// When they could not be listed to the end.
    pub async fn instances(&self) -> Result<Vec<Replica>, Failure> {
        self.kind.first.instances().await
    }
}

impl<K: OnAws> Fleet for FleetOf<K> {
    async fn observe(
        &self,
        requests: &[ObserveRequest<'_>],
        now: Timestamp,
    ) -> Result<Vec<Result<Observation, FleetError>>, FleetError> {
        if let Some(request) = requests.iter().find(|request| !K::scales(request.target.kind.kind())) {
            return Err(another_kind(request.target));
        }
        let looked = self.kind.look(requests, now).await?;
        let mut order = Order::default();
        K::order(&looked, &mut order);
        let bought = self.buy(&order, now).await?;
        Ok(self.kind.observations(looked, bought.as_ref(), now).await)
    }

    async fn past(
        &self,
        target: &Target,
        seen: &Observation,
        lacking: Lacking,
    ) -> Result<PastMinutes, FleetError> {
        let Some(of) = K::past(target, seen) else { return Err(another_kind(target)) };
        let Some(cloudwatch) = &self.cloudwatch else { return Err(unbought(target)) };
        let past = metrics::past(cloudwatch, &of, lacking).await;
        past.map_err(|failure| {
            tracing::warn!("the history of target `{}` is read later: {}", target.name, failure.message);
            failure.into()
        })
    }

    async fn look_again(&self, target: &Target, action: &Action, now: Timestamp) -> Result<Look, FleetError> {
        self.kind.look_again(self.cloudwatch.as_ref(), target, action, now).await
    }

    async fn apply(&self, target: &Target, action: &Action) -> Outcome {
        self.kind.apply(target, action).await
    }
}

/// Whoever buys no metrics has no past to tell of.
fn unbought(target: &Target) -> FleetError {
    let message = format!("no metrics are bought, so there is no history of target `{}`", target.name);
    FleetError { operation: "GetMetricStatistics", class: FailureClass::RetryNextWake, message }
}
