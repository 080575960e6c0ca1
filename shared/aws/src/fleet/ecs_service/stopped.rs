//! Why tasks of a service stop: read only after more of them have failed, so that a quiet look costs no call.

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{self, DesiredStatus};
use tidegate_policy::names::{ClusterName, ServiceName};
use tidegate_policy::observation::{Stopped, StoppedContainer, StoppedTask};

use crate::failure::{Failure, Operation};

/// DescribeTasks takes so many tasks (API reference), and ListTasks gives as many in a page. ECS shows stopped tasks for an hour at least.
const TASKS: i32 = 100;

/// The stopped tasks of one deployment of a service, the newest first, as far as one page holds them; else in words why nothing was read.
pub(super) async fn describe(
    client: &Client,
    cluster: &ClusterName,
    service: &ServiceName,
    deployment: &str,
) -> Stopped {
    tasks(client, cluster, service, deployment).await.map_err(|failure| {
        tracing::warn!("why tasks of {cluster}/{service} stop could not be read: {}", failure.message);
        failure.message
    })
}

async fn tasks(
    client: &Client,
    cluster: &ClusterName,
    service: &ServiceName,
    deployment: &str,
) -> Result<Vec<StoppedTask>, Failure> {
    let listed = client
        .list_tasks()
        .cluster(cluster.as_str())
        .service_name(service.as_str())
        .desired_status(DesiredStatus::Stopped)
        .max_results(TASKS)
        .send()
        .await
        .map_err(|error| Failure::of(Operation::LIST_TASKS, &error))?;
    let arns = listed.task_arns.unwrap_or_default();
    if arns.is_empty() {
        return Ok(Vec::new());
    }
    let described = client
        .describe_tasks()
        .cluster(cluster.as_str())
        .set_tasks(Some(arns))
        .send()
        .await
        .map_err(|error| Failure::of(Operation::DESCRIBE_TASKS, &error))?;
    // A task of a service is started by its deployment ("startedBy", API reference, `Task`).
    let mut tasks = described.tasks.unwrap_or_default();
    tasks.retain(|task| task.started_by() == Some(deployment));
    tasks.sort_by_key(|task| std::cmp::Reverse(task.stopped_at().map(aws_smithy_types::DateTime::as_nanos)));
    Ok(tasks.iter().map(read).collect())
}

fn read(task: &types::Task) -> StoppedTask {
    let container = |container: &types::Container| StoppedContainer {
        name: container.name().unwrap_or_default().to_owned(),
        reason: container.reason().map(str::to_owned),
        exit_code: container.exit_code(),
    };
    StoppedTask {
        reason: task.stopped_reason().unwrap_or_default().to_owned(),
        containers: task.containers().iter().map(container).collect(),
    }
}
