//! What Application Auto Scaling does to services by itself: scheduled actions and predictive policies, of one service or of all in pages.

use std::collections::BTreeMap;

use aws_sdk_applicationautoscaling::types::{
    PolicyType, PredictiveScalingMaxCapacityBreachBehavior, PredictiveScalingMode, ScalableDimension,
    ScalingPolicy, ServiceNamespace,
};
use jiff::Timestamp;
use tidegate_policy::observation::{Fact, NativeScaling, ScheduledAction};

use super::super::scalable::count;
use crate::failure::{Failure, Operation, Sorting};

/// A page without end is none. There are 50 entries on one, and an account has 200 scheduled actions a scalable target at most.
const PAGES_AT_MOST: usize = 200;

/// What native scaling does to each of `resources`, by what Application Auto Scaling lists now; one that it lists nothing of has an entry too.
///
/// One resource is asked for alone. More are read from the whole namespace: the calls know no list of resources.
pub(super) async fn describe(
    client: &aws_sdk_applicationautoscaling::Client,
    resources: &[String],
    now: Timestamp,
) -> Result<BTreeMap<String, Fact<NativeScaling>>, Failure> {
    let mut found: BTreeMap<String, NativeScaling> =
        resources.iter().map(|id| (id.clone(), NativeScaling::default())).collect();
    let only = match resources {
        [] => return Ok(BTreeMap::new()),
        [only] => Some(only.clone()),
        _ => None,
    };
    actions(client, only.clone(), &mut found).await?;
    policies(client, only, &mut found).await?;
    Ok(found.into_iter().map(|(id, value)| (id, Fact { value, read_at: now })).collect())
}

async fn actions(
    client: &aws_sdk_applicationautoscaling::Client,
    only: Option<String>,
    found: &mut BTreeMap<String, NativeScaling>,
) -> Result<(), Failure> {
    let operation = Operation::DESCRIBE_SCHEDULED;
    every_page(operation, async |token| {
        let request = client.describe_scheduled_actions().service_namespace(ServiceNamespace::Ecs);
        let answer = request.set_resource_id(only.clone()).set_next_token(token).send().await;
        let page = answer.map_err(|error| Failure::of(operation, &error))?;
        // An answer without the list is no answer: who takes it for "none" lowers what an action raised.
        let Some(listed) = &page.scheduled_actions else {
            return Err(unread(operation, "without a list of scheduled actions".to_owned()));
        };
        for action in listed {
            let is_of_tasks =
                action.scalable_dimension().is_none_or(|of| *of == ScalableDimension::EcsServiceDesiredCount);
            let Some(native) = found.get_mut(action.resource_id()).filter(|_| is_of_tasks) else { continue };
            let sets = action.scalable_target_action();
            let (min, max) =
                (sets.and_then(|sets| sets.min_capacity()), sets.and_then(|sets| sets.max_capacity()));
            let (min, max) = (min.map(count), max.map(count));
            // Those that set the same are one: a ledger item is bounded.
            let known = native.actions.iter().any(|known| (known.min, known.max) == (min, max));
            if !known && (min.is_some() || max.is_some()) {
                native.actions.push(ScheduledAction {
                    name: action.scheduled_action_name().to_owned(),
                    min,
                    max,
                });
            }
        }
        Ok(page.next_token)
    })
    .await
}

async fn policies(
    client: &aws_sdk_applicationautoscaling::Client,
    only: Option<String>,
    found: &mut BTreeMap<String, NativeScaling>,
) -> Result<(), Failure> {
    let operation = Operation::DESCRIBE_POLICIES;
    every_page(operation, async |token| {
        let request = client.describe_scaling_policies().service_namespace(ServiceNamespace::Ecs);
        let answer = request.set_resource_id(only.clone()).set_next_token(token).send().await;
        let page = answer.map_err(|error| Failure::of(operation, &error))?;
        let Some(listed) = &page.scaling_policies else {
            return Err(unread(operation, "without a list of scaling policies".to_owned()));
        };
        for policy in listed.iter().filter(|policy| lifts(policy)) {
            if let Some(native) = found.get_mut(policy.resource_id()) {
                native.lifts_maximum = true;
            }
        }
        Ok(page.next_token)
    })
    .await
}

/// Reads page after page; `page` takes a token and gives that of the next.
async fn every_page(
    operation: Operation,
    mut page: impl AsyncFnMut(Option<String>) -> Result<Option<String>, Failure>,
) -> Result<(), Failure> {
    let mut token = None;
    for _ in 0..PAGES_AT_MOST {
        token = page(token).await?.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(());
        }
    }
    Err(unread(operation, format!("more than {PAGES_AT_MOST} pages")))
}

/// Whether a policy may lift capacity above the registered maximum. A word of a later version may, so that nothing is pulled down for it.
fn lifts(policy: &ScalingPolicy) -> bool {
    if *policy.policy_type() != PolicyType::PredictiveScaling {
        return false;
    }
    let Some(predictive) = policy.predictive_scaling_policy_configuration() else { return true };
    let only_forecasts = predictive.mode().is_none_or(|mode| *mode == PredictiveScalingMode::ForecastOnly);
    let honors = predictive
        .max_capacity_breach_behavior()
        .is_none_or(|behavior| *behavior == PredictiveScalingMaxCapacityBreachBehavior::HonorMaxCapacity);
    !only_forecasts && !honors
}

fn unread(operation: Operation, what: String) -> Failure {
    Failure {
        operation,
        code: None,
        sorting: Sorting::RetryNextWake,
        message: format!("Application Auto Scaling answered {what}"),
    }
}
