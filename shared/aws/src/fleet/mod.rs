//! The fleet on AWS: what AWS says of all targets, in as few calls as it allows; a folder for each kind of target, and the metrics of all
//! bought together.

mod batches;
mod ecs_service;
mod last_look;
mod metrics;
mod rds_replicas;
mod redis_nodes;
mod scalable;
mod unread;

use jiff::Timestamp;
use tidegate_policy::observation::{Look, Observation, Replica};
use tidegate_policy::plan::Action;
use tidegate_policy::policy::{Target, TargetKind};
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_reconcile::port::{Fleet, FleetError, ObserveRequest};

use crate::clients::Clients;
use crate::failure::Failure;
use ecs_service::Services;
use metrics::{Bought, Order};
use rds_replicas::Replicas;
use redis_nodes::Groups;

/// One Region of one account, for one attempt: what was read is not read again.
#[derive(Debug)]
pub struct AwsFleet {
    replicas: Replicas,
    services: Services,
    groups: Groups,
    /// Without it no metric is bought.
    cloudwatch: Option<aws_sdk_cloudwatch::Client>,
}

impl AwsFleet {
    /// A fleet that has seen nothing yet.
    pub fn new(clients: &Clients) -> Self {
        Self {
            replicas: Replicas::new(clients),
            services: Services::new(clients),
            groups: Groups::new(clients),
            cloudwatch: Some(clients.cloudwatch.clone()),
        }
    }

    /// One that buys no metrics: every reading is missing. What there is, and whether it can be scaled, needs none.
    pub fn without_metrics(clients: &Clients) -> Self {
        Self { cloudwatch: None, ..Self::new(clients) }
    }

    /// Every instance of the Region, as a replica of whatever its source is, if it has one: to find those that no target of a policy
    /// means any more. Their signals are missing.
    ///
    /// # Errors
    /// When they could not be listed to the end.
    pub async fn instances(&self) -> Result<Vec<Replica>, Failure> {
        self.replicas.instances().await
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

impl Fleet for AwsFleet {
    async fn observe(
        &self,
        requests: &[ObserveRequest<'_>],
        now: Timestamp,
    ) -> Result<Vec<Result<Observation, FleetError>>, FleetError> {
        let replicas = rds_replicas::wanted(requests);
        let services = ecs_service::wanted(requests);
        let groups = redis_nodes::wanted(requests);
        let mut order = Order::default();
        let replicas = match self.replicas.look(&replicas, now).await {
            Ok(looked) => Ok(looked),
            // Services and groups do not wait for RDS.
            Err(failure) if !services.is_empty() || !groups.is_empty() => Err(failure),
            Err(failure) => return Err(failure.into()),
        };
        let looks = self.services.look(&services, now).await;
        let group_looks = self.groups.look(&groups).await;
        if let Ok(looked) = &replicas {
            looked.order(&mut order);
        }
        for (wanted, look) in services.iter().zip(&looks) {
            if let Ok(look) = look {
                ecs_service::order(&mut order, wanted, look);
            }
        }
        for (wanted, look) in groups.iter().zip(&group_looks) {
            if let Ok(look) = look {
                redis_nodes::order(&mut order, wanted, look);
            }
        }
        let bought = self.buy(&order, now).await?;
        let mut replicas = match replicas {
            Ok(looked) => Ok(looked.observations(&self.replicas, bought.as_ref(), now).await.into_iter()),
            Err(failure) => Err(failure),
        };
        let mut looks = services.iter().zip(looks);
        let mut group_looks = groups.iter().zip(group_looks);
        let mut observations = Vec::with_capacity(requests.len());
        for request in requests {
            observations.push(match &request.target.kind {
                TargetKind::RdsReplicas(_) => match &mut replicas {
                    Ok(seen) => seen.next().unwrap_or_else(|| Err(unanswered("DescribeDBInstances"))),
                    Err(failure) => Err(failure.clone().into()),
                },
                TargetKind::EcsService(_) => match looks.next() {
                    Some((wanted, Ok(look))) => Ok(Observation::EcsService(ecs_service::observation(
                        wanted,
                        look,
                        bought.as_ref(),
                        now,
                    ))),
                    Some((_, Err(failure))) => Err(failure.into()),
                    None => Err(unanswered("DescribeServices")),
                },
                TargetKind::RedisNodes(_) => match group_looks.next() {
                    Some((wanted, Ok(look))) => {
                        let seen = redis_nodes::observation(wanted, look, bought.as_ref(), now);
                        let seen = self.groups.with_larger_types(wanted, seen).await;
                        seen.map(Observation::RedisNodes).map_err(FleetError::from)
                    }
                    Some((_, Err(failure))) => Err(failure.into()),
                    None => Err(unanswered("DescribeReplicationGroups")),
                },
            });
        }
        Ok(observations)
    }

    async fn look_again(&self, target: &Target, action: &Action, now: Timestamp) -> Result<Look, FleetError> {
        match (&target.kind, action) {
            (TargetKind::RdsReplicas(kind), Action::RdsReplicas(action)) => {
                let look =
                    self.replicas.look_again(self.cloudwatch.as_ref(), target, kind, action, now).await?;
                Ok(Look::RdsReplicas(look))
            }
            (TargetKind::EcsService(kind), Action::EcsService(_)) => {
                Ok(Look::EcsService(self.services.look_again(&kind.cluster, &kind.service, now).await?))
            }
            (TargetKind::RedisNodes(kind), Action::RedisNodes(_)) => {
                Ok(Look::RedisNodes(self.groups.look_again(kind).await?))
            }
            (_, _) => Err(FleetError {
                operation: "look again",
                class: FailureClass::PersonNeeded,
                message: format!("{}: please report it", another_kind(target)),
            }),
        }
    }

    async fn apply(&self, target: &Target, action: &Action) -> Outcome {
        match (&target.kind, action) {
            (TargetKind::RdsReplicas(kind), Action::RdsReplicas(action)) => {
                self.replicas.apply(target, kind, action).await
            }
            (TargetKind::EcsService(_), Action::EcsService(action)) => self.services.apply(action).await,
            (TargetKind::RedisNodes(_), Action::RedisNodes(action)) => self.groups.apply(action).await,
            (_, _) => Outcome::Stale { why: another_kind(target) },
        }
    }
}

/// The planner and the fleet are at odds about a target's kind: a defect of ours, and nothing is done.
fn another_kind(target: &Target) -> String {
    format!("target \"{}\" is of kind {}, which has no such action", target.name, target.kind.name())
}

fn unanswered(operation: &'static str) -> FleetError {
    let message = "no answer came for this target".to_owned();
    FleetError { operation, class: FailureClass::RetryNextWake, message }
}
