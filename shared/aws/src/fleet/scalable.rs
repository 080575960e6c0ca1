//! What Application Auto Scaling holds on services and on replication groups, fifty a call.

use std::collections::BTreeMap;

use aws_sdk_applicationautoscaling::types::{self, ServiceNamespace};
use tidegate_policy::observation::{CapacityBounds, ScalableTarget, Suspended};
use tidegate_policy::units::Count;

use super::batches::batches;
use crate::failure::{Failure, Operation, Sorting};

/// As many as one page holds (API reference, DescribeScalableTargets).
const RESOURCES_A_CALL: usize = 50;
/// A page without end is none.
const PAGES_AT_MOST: usize = 20;

/// What is registered for each of `resources`, of whatever dimension: a foreign one is told, not passed over. Empty where nothing is.
pub(super) async fn describe(
    client: &aws_sdk_applicationautoscaling::Client,
    namespace: &ServiceNamespace,
    mut resources: Vec<String>,
) -> BTreeMap<String, Result<Vec<ScalableTarget>, Failure>> {
    resources.sort();
    resources.dedup();
    let ask = |batch: &[String]| {
        let batch = batch.to_vec();
        async move { describe_batch(client, namespace, &batch).await }
    };
    let mut found = BTreeMap::new();
    let answers = batches(resources.chunks(RESOURCES_A_CALL), ask, Failure::meets_every_call).await;
    for (batch, answer) in resources.chunks(RESOURCES_A_CALL).zip(answers) {
        match answer {
            Ok(mut registered) => {
                found.extend(
                    batch.iter().map(|id| (id.clone(), Ok(registered.remove(id).unwrap_or_default()))),
                );
            }
            Err(failure) => found.extend(batch.iter().map(|id| (id.clone(), Err(failure.clone())))),
        }
    }
    found
}

/// What is registered for one resource.
pub(super) async fn describe_one(
    client: &aws_sdk_applicationautoscaling::Client,
    namespace: &ServiceNamespace,
    id: String,
) -> Result<Vec<ScalableTarget>, Failure> {
    Ok(describe_batch(client, namespace, std::slice::from_ref(&id)).await?.remove(&id).unwrap_or_default())
}

/// Every page.
async fn describe_batch(
    client: &aws_sdk_applicationautoscaling::Client,
    namespace: &ServiceNamespace,
    batch: &[String],
) -> Result<BTreeMap<String, Vec<ScalableTarget>>, Failure> {
    let mut found: BTreeMap<String, Vec<ScalableTarget>> = BTreeMap::new();
    let mut token: Option<String> = None;
    for _ in 0..PAGES_AT_MOST {
        let page = client
            .describe_scalable_targets()
            .service_namespace(namespace.clone())
            .set_resource_ids(Some(batch.to_vec()))
            .set_next_token(token)
            .send()
            .await
            .map_err(|error| Failure::of(Operation::DESCRIBE_SCALABLE, &error))?;
        // An answer without the list is no answer: who takes it for "not registered" sets a count against the native policies.
        let Some(targets) = &page.scalable_targets else {
            return Err(unread("without a list of scalable targets".to_owned()));
        };
        for target in targets {
            let (id, read) = (target.resource_id().to_owned(), read(target));
            if id.is_empty() {
                return Err(unread("a scalable target without its resource".to_owned()));
            }
            found.entry(id).or_default().push(read);
        }
        token = page.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(found);
        }
    }
    Err(unread(format!("more than {PAGES_AT_MOST} pages")))
}

fn unread(what: String) -> Failure {
    Failure {
        operation: Operation::DESCRIBE_SCALABLE,
        code: None,
        sorting: Sorting::RetryNextWake,
        message: format!("Application Auto Scaling answered {what}"),
    }
}

fn read(target: &types::ScalableTarget) -> ScalableTarget {
    let switches = target.suspended_state();
    let is_on = |switch: fn(&types::SuspendedState) -> Option<bool>| switches.and_then(switch) == Some(true);
    ScalableTarget {
        dimension: target.scalable_dimension().as_str().to_owned(),
        bounds: CapacityBounds { min: count(target.min_capacity()), max: count(target.max_capacity()) },
        suspended: Suspended {
            scaling_in: is_on(types::SuspendedState::dynamic_scaling_in_suspended),
            scaling_out: is_on(types::SuspendedState::dynamic_scaling_out_suspended),
            scheduled: is_on(types::SuspendedState::scheduled_scaling_suspended),
        },
    }
}

/// AWS counts with a sign.
pub(super) fn count(number: i32) -> Count {
    Count(u32::try_from(number).unwrap_or(0))
}

/// The other way round; no service has more tasks than fit.
pub(super) fn number(count: Count) -> i32 {
    i32::try_from(count.0).unwrap_or(i32::MAX)
}
