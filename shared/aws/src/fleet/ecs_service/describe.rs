//! Services as ECS describes them, ten a call, turned into the core's nouns.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types;
use aws_smithy_types::DateTime;
use jiff::Timestamp;
use tidegate_policy::names::{ClusterName, ServiceName};
use tidegate_policy::observation::{
    Deployment, DeploymentController, Rollout, Scheduling, Service, ServiceEvent, ServiceStatus, StrategyItem,
};
use tidegate_policy::units::Count;

use crate::failure::{Failure, Operation, Sorting};
use crate::fleet::batches::batches;
use crate::fleet::scalable::count;

/// The most that one call takes (API reference, DescribeServices).
const SERVICES_A_CALL: usize = 10;

/// What ECS says of each of `services`: `None` of one that it does not know.
pub(super) async fn describe<'a>(
    client: &aws_sdk_ecs::Client,
    cluster: &ClusterName,
    mut services: Vec<&'a ServiceName>,
) -> BTreeMap<&'a ServiceName, Result<Option<Service>, Failure>> {
    services.sort();
    services.dedup();
    // A hundred calls more would say it again. What may be about one batch alone does not keep the others from being read.
    let ends_all = |failure: &Failure| failure.is("ClusterNotFoundException") || failure.meets_every_call();
    let ask = |batch: &[&'a ServiceName]| {
        let batch = batch.to_vec();
        async move { describe_batch(client, cluster, &batch).await }
    };
    let mut found = BTreeMap::new();
    let answers = batches(services.chunks(SERVICES_A_CALL), ask, ends_all).await;
    for (batch, answer) in services.chunks(SERVICES_A_CALL).zip(answers) {
        match answer {
            Ok(answer) => {
                found.extend(batch.iter().map(|service| (*service, of_answer(&answer, cluster, service))));
            }
            Err(failure) => found.extend(batch.iter().map(|service| (*service, Err(failure.clone())))),
        }
    }
    found
}

/// One call's answer.
struct Answer {
    services: Vec<types::Service>,
    failures: Vec<types::Failure>,
}

async fn describe_batch(
    client: &aws_sdk_ecs::Client,
    cluster: &ClusterName,
    batch: &[&ServiceName],
) -> Result<Answer, Failure> {
    let names = batch.iter().map(|service| service.to_string()).collect();
    let answer = client.describe_services().cluster(cluster.as_str()).set_services(Some(names)).send().await;
    let answer = answer.map_err(|error| {
        let mut failure = Failure::of(Operation::DESCRIBE_SERVICES, &error);
        // AWS does not say which.
        if failure.is("ClusterNotFoundException") {
            failure.message = format!("{cluster}: {}", failure.message);
        }
        failure
    })?;
    Ok(Answer {
        services: answer.services.unwrap_or_default(),
        failures: answer.failures.unwrap_or_default(),
    })
}

/// A service that is neither described nor said to be missing was not read: it is not taken for gone.
fn of_answer(
    answer: &Answer,
    cluster: &ClusterName,
    service: &ServiceName,
) -> Result<Option<Service>, Failure> {
    let mut described = answer.services.iter().filter(|found| found.service_name() == Some(service.as_str()));
    if let Some(found) = described.next() {
        return Ok(Some(read(found)));
    }
    let last_of = |arn: &str| arn.rsplit('/').next() == Some(service.as_str());
    let why = match answer.failures.iter().find(|failure| failure.arn().is_some_and(last_of)) {
        Some(failure) if failure.reason() == Some("MISSING") => return Ok(None),
        Some(failure) => format!(
            "ECS says {} {}",
            failure.reason().unwrap_or("no reason"),
            failure.detail().unwrap_or("without a detail")
        ),
        None => "ECS neither describes it nor says that it is missing".to_owned(),
    };
    Err(Failure {
        operation: Operation::DESCRIBE_SERVICES,
        code: None,
        sorting: Sorting::RetryNextWake,
        message: format!("the service {cluster}/{service} could not be read: {why}"),
    })
}

fn read(service: &types::Service) -> Service {
    let controller = controller(service);
    Service {
        status: match service.status().unwrap_or_default() {
            "ACTIVE" => ServiceStatus::Active,
            "DRAINING" => ServiceStatus::Draining,
            "INACTIVE" => ServiceStatus::Inactive,
            other => ServiceStatus::Other(other.to_owned()),
        },
        desired: count(service.desired_count()),
        running: count(service.running_count()),
        pending: count(service.pending_count()),
        deployments: match controller {
            DeploymentController::Ecs => service.deployments().iter().map(deployment).collect(),
            DeploymentController::CodeDeploy | DeploymentController::External => {
                service.task_sets().iter().map(task_set).collect()
            }
        },
        controller,
        scheduling: match service.scheduling_strategy().map(types::SchedulingStrategy::as_str) {
            Some("REPLICA") | None => Scheduling::Replica,
            // What we do not know has no count that would be ours to choose.
            Some(_) => Scheduling::Daemon,
        },
        launch_type: service.launch_type().map(|launch| launch.as_str().to_owned()),
        strategy: service.capacity_provider_strategy().iter().map(strategy_item).collect(),
        target_groups: target_groups(service),
        unplaced_at: service.events().iter().filter(|event| says_unplaced(event)).filter_map(at).max(),
        unplaced: newest(service, &[UNPLACED]),
        trouble: newest(service, &TROUBLE),
    }
}

/// Left out it is ECS's own. One that we do not know is somebody else's, who is not fought.
fn controller(service: &types::Service) -> DeploymentController {
    match service.deployment_controller().map(|controller| controller.r#type().as_str()) {
        Some("ECS") | None => DeploymentController::Ecs,
        Some("CODE_DEPLOY") => DeploymentController::CodeDeploy,
        Some(_) => DeploymentController::External,
    }
}

fn deployment(deployment: &types::Deployment) -> Deployment {
    Deployment {
        id: deployment.id().unwrap_or_default().to_owned(),
        primary: deployment.status() == Some("PRIMARY"),
        rollout: match deployment.rollout_state().map(types::DeploymentRolloutState::as_str) {
            Some("COMPLETED") => Rollout::Completed,
            Some("IN_PROGRESS") => Rollout::InProgress,
            Some("FAILED") => Rollout::Failed,
            // ECS leaves it out behind a Classic Load Balancer.
            _ => Rollout::Unknown,
        },
        tasks: count(deployment.running_count()).plus(count(deployment.pending_count())),
        failed_tasks: count(deployment.failed_tasks()),
        failure: deployment
            .rollout_state_reason()
            .filter(|_| deployment.rollout_state() == Some(&types::DeploymentRolloutState::Failed))
            .map(str::to_owned),
    }
}

fn task_set(set: &types::TaskSet) -> Deployment {
    Deployment {
        id: set.id().unwrap_or_default().to_owned(),
        primary: set.status() == Some("PRIMARY"),
        rollout: match set.stability_status().map(types::StabilityStatus::as_str) {
            Some("STEADY_STATE") => Rollout::Completed,
            Some("STABILIZING") => Rollout::InProgress,
            _ => Rollout::Unknown,
        },
        tasks: count(set.running_count()).plus(count(set.pending_count())),
        failed_tasks: Count::ZERO,
        failure: None,
    }
}

/// Of each entry of `loadBalancers`, the groups that it and the same entry of its task sets name.
fn target_groups(service: &types::Service) -> Vec<BTreeSet<String>> {
    let of_sets = service.task_sets().iter().map(types::TaskSet::load_balancers);
    let mut groups: Vec<BTreeSet<String>> = Vec::new();
    for entries in std::iter::once(service.load_balancers()).chain(of_sets) {
        groups.resize_with(groups.len().max(entries.len()), BTreeSet::new);
        for (alternating, entry) in groups.iter_mut().zip(entries) {
            let alternate = entry.advanced_configuration().and_then(|of| of.alternate_target_group_arn());
            let named = [entry.target_group_arn(), alternate].into_iter().flatten();
            // "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/api/6d0ecf831eec9f09"
            let ends = named.filter_map(|arn| arn.rsplit(':').next());
            alternating.extend(ends.filter(|end| end.starts_with("targetgroup/")).map(str::to_owned));
        }
    }
    groups.retain(|alternating| !alternating.is_empty());
    groups
}

fn strategy_item(item: &types::CapacityProviderStrategyItem) -> StrategyItem {
    StrategyItem {
        provider: item.capacity_provider().to_owned(),
        weight: count(item.weight()).0,
        base: count(item.base()).0,
    }
}

/// How ECS says that a task found no place ("Amazon ECS service event messages").
const UNPLACED: &str = "was unable to place a task";
/// What its messages about tasks in trouble have in common: "failed container health checks", "is unhealthy in (target-group …)", "is unable to
/// consistently start tasks successfully", "deployment failed: tasks failed to start" (likewise).
const TROUBLE: [&str; 3] = ["failed", "unhealthy", "unable to"];

/// Whether the event says that no task could be placed for want of capacity: "(service api) was unable to place a task. Reason: Capacity is
/// unavailable at this time. Please try again later or in a different availability zone." of Fargate and Fargate Spot; "RESOURCE:CPU" and the
/// like; "has insufficient CPU units available" of container instances.
///
/// The same words begin what no other capacity would mend: an image that cannot be pulled, a role that may not ("… on resource: *"), a quota.
fn says_unplaced(event: &types::ServiceEvent) -> bool {
    let said = event.message().unwrap_or_default();
    let for_want = ["Capacity is unavailable", "RESOURCE:", "has insufficient"];
    said.contains(UNPLACED) && for_want.iter().any(|reason| said.contains(reason))
}

/// The newest event that has one of these words.
fn newest(service: &types::Service, words: &[&str]) -> Option<ServiceEvent> {
    let events = service.events().iter().filter_map(|event| {
        let said = event.message().filter(|said| words.iter().any(|word| said.contains(word)))?;
        Some(ServiceEvent { at: at(event)?, said: said.to_owned() })
    });
    events.max_by_key(|event| event.at)
}

fn at(event: &types::ServiceEvent) -> Option<Timestamp> {
    let at: &DateTime = event.created_at()?;
    Timestamp::from_nanosecond(at.as_nanos()).ok()
}
