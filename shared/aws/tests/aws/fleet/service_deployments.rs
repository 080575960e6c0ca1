//! What a deployment leaves in DescribeServices: the target groups that requests move between, and the deployments that failed.

use serde_json::{Value, json};
use tidegate_policy::observation::{Deployment, Reading, Rollout};
use tidegate_policy::policy::{ServiceMetric, Signal};
use tidegate_policy::units::Count;

use super::scene::now;
use super::service_answers::deployment;
use super::service_scene::{ServiceScene, full_target, observe};

const BLUE: &str = "api/73e2d6bc24d8a067";
const GREEN: &str = "api-green/9c8d7e6f5a4b3c2d";

/// An entry of `loadBalancers` of a service that alternates between two target groups, or one of a task set, which has one.
fn balanced(group: &str, alternate: Option<&str>) -> Value {
    let arn =
        |group: &str| format!("arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/{group}");
    let mut entry = json!({"targetGroupArn": arn(group), "containerName": "api", "containerPort": 8080});
    if let Some(alternate) = alternate {
        let role = "arn:aws:iam::123456789012:role/ecsInfrastructureRole";
        let rule = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/web/50dc6c495c0c9188/f2f7/9683";
        entry["advancedConfiguration"] = json!({
            "alternateTargetGroupArn": arn(alternate), "productionListenerRule": rule, "roleArn": role,
        });
    }
    entry
}

/// The target groups of the service, as it is seen.
async fn groups_of(scene: &ServiceScene) -> Vec<Vec<String>> {
    let groups = scene.seen().await.target_groups.into_iter();
    groups.map(|alternating| alternating.into_iter().collect()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_target_groups_that_a_service_alternates_between_are_read() {
    let group = |name: &str| format!("targetgroup/{name}");
    let scene = ServiceScene::new();
    assert_eq!(groups_of(&scene).await, Vec::<Vec<String>>::new());
    scene.service(|service| service["loadBalancers"] = json!([balanced(BLUE, Some(GREEN))]));
    assert_eq!(groups_of(&scene).await, [vec![group(GREEN), group(BLUE)]]);
    // CodeDeploy's task sets name one group each.
    scene.service(|service| {
        service["deploymentController"] = json!({"type": "CODE_DEPLOY"});
        service["loadBalancers"] = json!([balanced(BLUE, None)]);
        service["taskSets"] = json!([
            {"id": "ecs-svc/1", "status": "PRIMARY", "stabilityStatus": "STEADY_STATE",
             "runningCount": 4, "pendingCount": 0, "loadBalancers": [balanced(BLUE, None)]},
            {"id": "ecs-svc/2", "status": "ACTIVE", "stabilityStatus": "STABILIZING",
             "runningCount": 3, "pendingCount": 1, "loadBalancers": [balanced(GREEN, None)]},
        ]);
    });
    assert_eq!(groups_of(&scene).await, [vec![group(GREEN), group(BLUE)]]);
    let tasks: Vec<_> = scene.seen().await.deployments.iter().map(|set| set.tasks).collect();
    assert_eq!(tasks, [Count(4), Count(4)]);
    // Behind two load balancers at once.
    scene.service(|service| {
        service["taskSets"] = json!([]);
        service["loadBalancers"] =
            json!([balanced(BLUE, Some(GREEN)), balanced("inner/1a2b3c4d5e6f7a8b", None)]);
    });
    assert_eq!(
        groups_of(&scene).await,
        [vec![group(GREEN), group(BLUE)], vec![group("inner/1a2b3c4d5e6f7a8b")]]
    );
}

#[tokio::test(start_paused = true)]
async fn the_metrics_of_a_group_that_the_policy_does_not_name_are_bought_too() {
    let scene = ServiceScene::new();
    scene.service(|service| service["loadBalancers"] = json!([balanced(BLUE, Some(GREEN))]));
    let minute = now().as_second().div_euclid(60) * 60;
    for (group, metric, value) in [
        (BLUE, "RequestCount", 0.0),
        (GREEN, "RequestCount", 900.0),
        (BLUE, "HealthyHostCount", 0.0),
        (GREEN, "HealthyHostCount", 4.0),
    ] {
        let points = [5, 4, 3].map(|before| (minute - before * 60, value)).to_vec();
        let balancer = format!("app/web/50dc6c495c0c9188 targetgroup/{group}");
        scene.account.state().series.insert((balancer, metric.to_owned()), points);
    }
    let api = full_target("api", &[Signal::RequestsPerTarget]);
    let seen = observe(&scene.fleet, &[&api]).await.remove(0).unwrap();
    assert_eq!(scene.account.series_asked().len(), 4, "requests and healthy hosts of both");
    let newest = |reading: &Reading| match reading {
        Reading::Fresh(series) | Reading::Stale(series) => Some(series.newest().value),
        Reading::Missing => None,
    };
    assert_eq!(newest(&seen.signals[&ServiceMetric::Requests]), Some(0.0));
    let green = &seen.other_groups[&format!("targetgroup/{GREEN}")];
    assert_eq!(newest(&green[&ServiceMetric::Requests]), Some(900.0));
    assert_eq!(newest(&green[&ServiceMetric::HealthyHosts]), Some(4.0));
    assert_eq!(newest(&seen.signals[&ServiceMetric::HealthyHosts]), Some(0.0));
    assert_eq!(seen.other_groups.len(), 1);
}

/// Goal: both shapes that a circuit breaker without rollback leaves are told apart. Method: the bytes of DescribeServices.
#[tokio::test(start_paused = true)]
async fn a_failed_deployment_is_read_with_its_tasks_and_its_reason() {
    let scene = ServiceScene::new();
    let why = "ECS deployment circuit breaker: tasks failed to start.";
    let failed = |running: u32| {
        json!({"id": "ecs-svc/2", "status": "PRIMARY", "desiredCount": 4, "runningCount": running, "pendingCount": 0,
               "failedTasks": 10, "rolloutState": "FAILED", "rolloutStateReason": why})
    };
    let told = |one: Deployment| (one.primary, one.rollout, one.tasks, one.failed_tasks, one.failure);
    let mut before = deployment("ecs-svc/1", "ACTIVE", "COMPLETED");
    before["rolloutStateReason"] = json!("ECS deployment ecs-svc/1 completed.");
    let (reason, completed) = (Some(why.to_owned()), (false, Rollout::Completed, Count(4), Count(0), None));
    scene.service(|service| service["deployments"] = json!([failed(0), before]));
    let beside: Vec<_> = scene.seen().await.deployments.into_iter().map(told).collect();
    assert_eq!(beside, [(true, Rollout::Failed, Count(0), Count(10), reason.clone()), completed]);
    scene.service(|service| service["deployments"] = json!([failed(4)]));
    let alone: Vec<_> = scene.seen().await.deployments.into_iter().map(told).collect();
    assert_eq!(alone, [(true, Rollout::Failed, Count(4), Count(10), reason)]);
}
