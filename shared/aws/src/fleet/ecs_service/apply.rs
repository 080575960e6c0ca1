//! The three mutations of a service. Each is held to what it expects by a look right before: the calls themselves know no condition, and
//! a count that somebody raised meanwhile would be lowered by ours.

use aws_sdk_applicationautoscaling::types::{ScalableDimension, ServiceNamespace};
use aws_sdk_ecs::types::CapacityProviderStrategyItem;
use tidegate_policy::names::{ClusterName, ServiceName};
use tidegate_policy::observation::ecs_service::DESIRED_COUNT;
use tidegate_policy::observation::{Service, ServiceStatus, StrategyItem};
use tidegate_policy::plan::{SetBounds, SetDesiredCount, SetStrategy};
use tidegate_policy::record::Outcome;
use tidegate_policy::units::Count;

use super::{Services, resource_id};
use crate::failure::{Failure, Operation};
use crate::fleet::scalable::number;

fn stale(why: String) -> Outcome {
    Outcome::Stale { why }
}

impl Services {
    /// UpdateService with the desired count and nothing else.
    pub(in crate::fleet) async fn set_desired(&self, set: &SetDesiredCount) -> Outcome {
        let SetDesiredCount { cluster, service, from, to } = set;
        let look = match self.right_before(cluster, service).await {
            Ok(look) => look,
            Err(failure) => return failure.outcome(),
        };
        if let Some(scalable) = look.scalable {
            return stale(format!(
                "Application Auto Scaling now keeps {cluster}/{service} within {}",
                scalable.bounds
            ));
        }
        let desired = match active(cluster, service, look.service) {
            Ok(found) => found.desired,
            Err(why) => return why,
        };
        if desired != *from {
            return moved(desired == *to, || {
                format!("{cluster}/{service} is to run {desired} tasks, no longer {from}")
            });
        }
        let update = self.ecs.update_service().cluster(cluster.as_str()).service(service.as_str());
        match update.desired_count(number(*to)).send().await {
            Ok(_) => Outcome::Applied { change: None },
            Err(error) => refused(Failure::of(Operation::UPDATE_SERVICE, &error)),
        }
    }

    /// UpdateService with the strategy, and the deployment where it is asked for.
    pub(in crate::fleet) async fn set_strategy(&self, set: &SetStrategy) -> Outcome {
        let SetStrategy { cluster, service, from, to } = set;
        let look = match self.right_before(cluster, service).await {
            Ok(look) => look,
            Err(failure) => return failure.outcome(),
        };
        let strategy = match active(cluster, service, look.service) {
            Ok(found) => found.strategy,
            Err(why) => return why,
        };
        if !same(&strategy, from) {
            return moved(same(&strategy, to), || {
                format!("the capacity providers of {cluster}/{service} were changed")
            });
        }
        let items: Result<Vec<_>, _> = to.iter().map(item).collect();
        let items = match items {
            Ok(items) => items,
            // The builder misses a field only by a defect of ours.
            Err(error) => return stale(format!("the strategy could not be written: {error}")),
        };
        // AWS takes a changed strategy only with a new deployment; the plan asks for it only where the policy allows one.
        let update = self
            .ecs
            .update_service()
            .cluster(cluster.as_str())
            .service(service.as_str())
            .set_capacity_provider_strategy(Some(items))
            .force_new_deployment(true);
        match update.send().await {
            Ok(_) => Outcome::Applied { change: None },
            Err(error) => refused(Failure::of(Operation::UPDATE_SERVICE, &error)),
        }
    }

    /// RegisterScalableTarget with the bounds and nothing else: fields that are left out stay. It would make a target where there is none.
    pub(in crate::fleet) async fn set_bounds(&self, set: &SetBounds) -> Outcome {
        let SetBounds { cluster, service, from, to, pulls_down: _, by_command: _ } = set;
        let scalable = match self.take_last_look(cluster, service) {
            Some(look) => look.scalable,
            None => match self.registered(cluster, service).await {
                Ok(scalable) => scalable,
                Err(failure) => return failure.outcome(),
            },
        };
        let Some(scalable) = scalable else {
            return stale(format!(
                "Application Auto Scaling no longer scales {cluster}/{service}, and is not made to"
            ));
        };
        if scalable.dimension != DESIRED_COUNT {
            return stale(format!("{} of {cluster}/{service} is scaled, not its tasks", scalable.dimension));
        }
        if scalable.bounds != *from {
            return moved(scalable.bounds == *to, || {
                format!("the bounds of {cluster}/{service} are {}, no longer {from}", scalable.bounds)
            });
        }
        let answer = self
            .scaling
            .register_scalable_target()
            .service_namespace(ServiceNamespace::Ecs)
            .resource_id(resource_id(cluster, service))
            .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
            .min_capacity(number(to.min))
            .max_capacity(number(to.max))
            .send()
            .await;
        match answer {
            Ok(_) => Outcome::Applied { change: None },
            Err(error) => refused(Failure::of(Operation::REGISTER_SCALABLE, &error)),
        }
    }
}

/// The service, if it can be changed at all.
fn active(cluster: &ClusterName, service: &ServiceName, found: Option<Service>) -> Result<Service, Outcome> {
    match found {
        Some(found) if found.status == ServiceStatus::Active => Ok(found),
        Some(_) => Err(stale(format!("{cluster}/{service} is no longer active"))),
        None => Err(stale(format!("there is no service {cluster}/{service} any more"))),
    }
}

/// Something else stands there than was expected: what was asked for, since an answer was lost, or somebody else's.
fn moved(is_so: bool, why: impl FnOnce() -> String) -> Outcome {
    if is_so { Outcome::AlreadySatisfied } else { stale(why()) }
}

/// A refused mutation. That the service or the target has gone is news, which the next wake-up looks at, and no failure.
fn refused(failure: Failure) -> Outcome {
    let gone = ["ServiceNotFoundException", "ServiceNotActiveException", "ObjectNotFoundException"];
    if gone.iter().any(|code| failure.is(code)) { stale(failure.message) } else { failure.outcome() }
}

/// Whether two strategies say the same, in whatever order.
fn same(one: &[StrategyItem], other: &[StrategyItem]) -> bool {
    let sorted = |items: &[StrategyItem]| {
        let mut items: Vec<_> =
            items.iter().map(|item| (item.provider.clone(), item.weight, item.base)).collect();
        items.sort();
        items
    };
    sorted(one) == sorted(other)
}

fn item(
    item: &StrategyItem,
) -> Result<CapacityProviderStrategyItem, aws_smithy_types::error::operation::BuildError> {
    CapacityProviderStrategyItem::builder()
        .capacity_provider(&item.provider)
        .weight(number(Count(item.weight)))
        .base(number(Count(item.base)))
        .build()
}
