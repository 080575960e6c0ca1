//! Services: their desired count, their capacity providers, and the bounds that Application Auto Scaling holds on them.

use std::collections::BTreeMap;

use serde_json::Value;
use tidegate_policy::names::ClusterName;
use tidegate_policy::observation::ecs_service::DESIRED_COUNT;
use tidegate_policy::policy::{EcsService, Policy};

use super::start::scalable_targets;
use super::statement::{Statement, arn, as_few_as_fit};
use crate::function::Function;

pub(super) fn statements(function: Function, policy: &Policy) -> Vec<Statement> {
    let mut by_cluster: BTreeMap<&ClusterName, Vec<&EcsService>> = BTreeMap::new();
    for kind in function.targets(policy).filter_map(|target| target.kind.ecs_service()) {
        by_cluster.entry(&kind.cluster).or_default().push(kind);
    }
    if by_cluster.is_empty() {
        return Vec::new();
    }
    let mut statements = Vec::new();
    let clusters: Vec<Value> =
        by_cluster.keys().map(|cluster| arn("ecs", &format!("cluster/{cluster}"))).collect();
    // Why tasks of a service stop. ListTasks of a service names no resource, and knows the cluster; a task is named with its cluster.
    statements.extend(as_few_as_fit(&clusters, |clusters| {
        Statement::allow("ListStoppedTasks", &["ecs:ListTasks"]).anywhere().when(
            "ArnEquals",
            "ecs:cluster",
            clusters.to_vec(),
        )
    }));
    let tasks: Vec<Value> =
        by_cluster.keys().map(|cluster| arn("ecs", &format!("task/{cluster}/*"))).collect();
    statements.extend(as_few_as_fit(&tasks, |tasks| {
        Statement::allow("ReadStoppedTasks", &["ecs:DescribeTasks"]).on(tasks.to_vec())
    }));
    for (cluster, services) in by_cluster {
        statements.extend(as_few_as_fit(&services, |services| {
            let service = |kind: &&EcsService| arn("ecs", &kind.resource_id());
            Statement::allow("ScaleServices", &["ecs:DescribeServices", "ecs:UpdateService"])
                .on(services.iter().map(service))
                .when("ArnEquals", "ecs:cluster", arn("ecs", &format!("cluster/{cluster}")))
        }));
    }
    statements.push(scalable_targets());
    // What is scheduled and forecast beside us; neither action knows a resource.
    let native = [
        "application-autoscaling:DescribeScheduledActions",
        "application-autoscaling:DescribeScalingPolicies",
    ];
    statements.push(Statement::allow("ReadNativeScaling", &native).anywhere());
    // The id of a scalable target is AWS's own, so no statement can say whose bounds. Application Auto Scaling asks about `ecs:UpdateService`
    // of the service besides ("Permissions validation", Application Auto Scaling user guide): that is what keeps other services out.
    statements.push(
        Statement::allow("SetBounds", &["application-autoscaling:RegisterScalableTarget"])
            .on([arn("application-autoscaling", "scalable-target/*")])
            .when("StringEquals", "application-autoscaling:service-namespace", "ecs")
            .when("StringEquals", "application-autoscaling:scalable-dimension", DESIRED_COUNT),
    );
    statements
}
