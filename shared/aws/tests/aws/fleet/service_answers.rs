//! How ECS and Application Auto Scaling answer: in JSON, with their limits, their `failures` and their refusals.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::wire::{Answer, Call};

const SERVICES_A_CALL: usize = 10;
const TARGETS_A_PAGE: usize = 50;

/// What the account holds of services.
#[derive(Clone, Debug)]
pub(crate) struct Ecs {
    pub(crate) clusters: BTreeSet<String>,
    /// By cluster and name, as ECS describes them.
    pub(crate) services: BTreeMap<(String, String), Value>,
    /// Reason and detail of services that are described as failures, though they are there.
    pub(crate) failing: BTreeMap<(String, String), (String, String)>,
    /// Services that are neither described nor missing.
    pub(crate) passed_over: BTreeSet<String>,
    /// As Application Auto Scaling describes them.
    pub(crate) scalable: Vec<Value>,
    pub(crate) scheduled: Vec<Value>,
    pub(crate) policies: Vec<Value>,
    /// As many as a page holds, of targets, actions and policies.
    pub(crate) targets_a_page: usize,
}

impl Default for Ecs {
    fn default() -> Self {
        Self {
            clusters: BTreeSet::from(["prod".to_owned()]),
            services: BTreeMap::new(),
            failing: BTreeMap::new(),
            passed_over: BTreeSet::new(),
            scalable: Vec::new(),
            scheduled: Vec::new(),
            policies: Vec::new(),
            targets_a_page: TARGETS_A_PAGE,
        }
    }
}

fn service_arn(cluster: &str, name: &str) -> String {
    format!("arn:aws:ecs:eu-west-1:123456789012:service/{cluster}/{name}")
}

/// A service of Fargate at rest with four tasks.
pub(crate) fn service(cluster: &str, name: &str) -> Value {
    json!({
        "serviceArn": service_arn(cluster, name),
        "serviceName": name,
        "clusterArn": format!("arn:aws:ecs:eu-west-1:123456789012:cluster/{cluster}"),
        "loadBalancers": [],
        "serviceRegistries": [],
        "status": "ACTIVE",
        "desiredCount": 4,
        "runningCount": 4,
        "pendingCount": 0,
        "capacityProviderStrategy": [
            {"capacityProvider": "FARGATE", "weight": 1, "base": 2},
            {"capacityProvider": "FARGATE_SPOT", "weight": 3, "base": 0}
        ],
        "taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/api:7",
        "deployments": [deployment("ecs-svc/1", "PRIMARY", "COMPLETED")],
        "events": [event(1_772_000_000.5, &format!("(service {name}) has reached a steady state."))],
        "createdAt": 1_770_000_000.0,
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "propagateTags": "NONE",
        "somethingNew": {"of": ["a", "later", "version"]}
    })
}

pub(crate) fn deployment(id: &str, status: &str, rollout: &str) -> Value {
    json!({"id": id, "status": status, "desiredCount": 4, "runningCount": 4, "pendingCount": 0, "rolloutState": rollout})
}

/// Something that a service said, at so many seconds since the epoch.
pub(crate) fn event(at: f64, message: &str) -> Value {
    json!({"id": "5b7f", "createdAt": at, "message": message})
}

/// A scalable target of the number of tasks.
pub(crate) fn scalable(cluster: &str, name: &str, min: u32, max: u32) -> Value {
    json!({
        "ServiceNamespace": "ecs",
        "ResourceId": format!("service/{cluster}/{name}"),
        "ScalableDimension": "ecs:service:DesiredCount",
        "MinCapacity": min,
        "MaxCapacity": max,
        "RoleARN": "arn:aws:iam::123456789012:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/x",
        "CreationTime": 1_770_000_000.0,
        "SuspendedState": {
            "DynamicScalingInSuspended": false, "DynamicScalingOutSuspended": false, "ScheduledScalingSuspended": false
        }
    })
}

/// A scheduled action of every working day.
pub(crate) fn scheduled(cluster: &str, name: &str, action: &str, sets: Value) -> Value {
    json!({
        "ScheduledActionName": action,
        "ScheduledActionARN": format!("arn:aws:autoscaling:eu-west-1:123456789012:scheduledAction:1a2b:resource/ecs/service/{cluster}/{name}:scheduledActionName/{action}"),
        "ServiceNamespace": "ecs",
        "Schedule": "cron(0 8 ? * MON-FRI *)",
        "Timezone": "Europe/Madrid",
        "ResourceId": format!("service/{cluster}/{name}"),
        "ScalableDimension": "ecs:service:DesiredCount",
        "ScalableTargetAction": sets,
        "CreationTime": 1_770_000_000.0
    })
}

/// A predictive policy.
pub(crate) fn predictive(cluster: &str, name: &str, mode: &str, breach: &str) -> Value {
    json!({
        "PolicyARN": "arn:aws:autoscaling:eu-west-1:123456789012:scalingPolicy:1a2b:resource/ecs/service/prod/api:policyName/forecast",
        "PolicyName": "forecast",
        "ServiceNamespace": "ecs",
        "ResourceId": format!("service/{cluster}/{name}"),
        "ScalableDimension": "ecs:service:DesiredCount",
        "PolicyType": "PredictiveScaling",
        "PredictiveScalingPolicyConfiguration": {
            "MetricSpecifications": [{
                "TargetValue": 40.0,
                "PredefinedMetricPairSpecification": {"PredefinedMetricType": "ECSServiceCPUUtilization"}
            }],
            "Mode": mode, "MaxCapacityBreachBehavior": breach, "MaxCapacityBuffer": 10, "SchedulingBufferTime": 300
        },
        "CreationTime": 1_770_000_000.0
    })
}

/// A page of what one resource or all have.
fn list(all: &[Value], key: &str, a_page: usize, asked: &Value) -> Answer {
    assert_eq!(asked["ServiceNamespace"], "ecs");
    let only = asked.get("ResourceId");
    let found: Vec<&Value> =
        all.iter().filter(|one| only.is_none_or(|only| one["ResourceId"] == *only)).collect();
    let from: usize = asked.get("NextToken").map_or(0, |token| token.as_str().unwrap().parse().unwrap());
    let page: Vec<_> = found.iter().skip(from).take(a_page).collect();
    let next = from + page.len();
    let mut body = json!({key: page});
    if next < found.len() {
        body["NextToken"] = json!(next.to_string());
    }
    says(&body)
}

/// Whether the operation is one of these.
pub(super) fn is_one(operation: &str) -> bool {
    matches!(
        operation,
        "DescribeServices"
            | "ListTasks"
            | "DescribeTasks"
            | "UpdateService"
            | "DescribeScalableTargets"
            | "RegisterScalableTarget"
            | "DescribeScheduledActions"
            | "DescribeScalingPolicies"
    )
}

pub(super) fn refusal(status: u16, code: &str, message: &str) -> Answer {
    Answer { status, body: json!({"__type": code, "message": message}).to_string().into_bytes() }
}

fn says(body: &Value) -> Answer {
    Answer { status: 200, body: body.to_string().into_bytes() }
}

/// `None` when another service is asked.
pub(super) fn answer(ecs: &mut Ecs, call: &Call) -> Option<Answer> {
    Some(match call.operation.as_str() {
        "DescribeServices" => describe(ecs, &call.json),
        "UpdateService" => update(ecs, &call.json),
        "DescribeScalableTargets" => describe_scalable(ecs, &call.json),
        "RegisterScalableTarget" => register(ecs, &call.json),
        "DescribeScheduledActions" => {
            list(&ecs.scheduled, "ScheduledActions", ecs.targets_a_page, &call.json)
        }
        "DescribeScalingPolicies" => list(&ecs.policies, "ScalingPolicies", ecs.targets_a_page, &call.json),
        _ => return None,
    })
}

fn no_cluster() -> Answer {
    refusal(400, "ClusterNotFoundException", "Cluster not found.")
}

fn describe(ecs: &Ecs, asked: &Value) -> Answer {
    let cluster = asked["cluster"].as_str().unwrap().to_owned();
    if !ecs.clusters.contains(&cluster) {
        return no_cluster();
    }
    let names: Vec<&str> =
        asked["services"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    if names.is_empty() || names.len() > SERVICES_A_CALL {
        return refusal(400, "InvalidParameterException", "services can have at most 10 items");
    }
    let (mut services, mut failures) = (Vec::new(), Vec::new());
    // In another order than asked for, as ECS may.
    for name in names.into_iter().rev().filter(|name| !ecs.passed_over.contains(*name)) {
        let key = (cluster.clone(), name.to_owned());
        let arn = service_arn(&cluster, name);
        match (ecs.failing.get(&key), ecs.services.get(&key)) {
            (Some((reason, detail)), _) => {
                failures.push(json!({"arn": arn, "reason": reason, "detail": detail}));
            }
            (None, Some(service)) => services.push(service.clone()),
            (None, None) => failures.push(json!({"arn": arn, "reason": "MISSING"})),
        }
    }
    says(&json!({"services": services, "failures": failures}))
}

fn update(ecs: &mut Ecs, asked: &Value) -> Answer {
    let text = |field: &str| asked[field].as_str().unwrap().to_owned();
    let (cluster, name) = (text("cluster"), text("service"));
    if !ecs.clusters.contains(&cluster) {
        return no_cluster();
    }
    let Some(service) = ecs.services.get_mut(&(cluster, name)) else {
        return refusal(400, "ServiceNotFoundException", "Service not found.");
    };
    if service["status"] != "ACTIVE" {
        return refusal(400, "ServiceNotActiveException", "Service was not ACTIVE.");
    }
    if let Some(desired) = asked.get("desiredCount") {
        service["desiredCount"] = desired.clone();
    }
    if let Some(strategy) = asked.get("capacityProviderStrategy") {
        if asked.get("forceNewDeployment") != Some(&json!(true)) {
            return refusal(
                400,
                "InvalidParameterException",
                "When switching from launch type to capacity provider strategy on an existing service, or making a change to a capacity \
                 provider strategy on a service that is already using one, you must force a new deployment.",
            );
        }
        service["capacityProviderStrategy"] = strategy.clone();
    }
    says(&json!({"service": service}))
}

fn describe_scalable(ecs: &Ecs, asked: &Value) -> Answer {
    assert!(["ecs", "elasticache"].iter().any(|known| asked["ServiceNamespace"] == *known));
    let wanted: Vec<&str> =
        asked["ResourceIds"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    let dimension = asked.get("ScalableDimension");
    let found: Vec<&Value> = ecs
        .scalable
        .iter()
        .filter(|target| target["ServiceNamespace"] == asked["ServiceNamespace"])
        .filter(|target| wanted.contains(&target["ResourceId"].as_str().unwrap()))
        .filter(|target| dimension.is_none_or(|dimension| target["ScalableDimension"] == *dimension))
        .collect();
    let from: usize = asked.get("NextToken").map_or(0, |token| token.as_str().unwrap().parse().unwrap());
    let page: Vec<_> = found.iter().skip(from).take(ecs.targets_a_page).collect();
    let next = from + page.len();
    let mut body = json!({"ScalableTargets": page});
    if next < found.len() {
        body["NextToken"] = json!(next.to_string());
    }
    says(&body)
}

fn register(ecs: &mut Ecs, asked: &Value) -> Answer {
    let same = |target: &&mut Value| {
        target["ResourceId"] == asked["ResourceId"]
            && target["ScalableDimension"] == asked["ScalableDimension"]
    };
    match ecs.scalable.iter_mut().find(same) {
        Some(target) => {
            for field in ["MinCapacity", "MaxCapacity", "SuspendedState"] {
                if let Some(value) = asked.get(field) {
                    target[field] = value.clone();
                }
            }
        }
        // As AWS does: there was none, and now there is one.
        None => ecs.scalable.push(asked.clone()),
    }
    says(
        &json!({"ScalableTargetARN": "arn:aws:application-autoscaling:eu-west-1:123456789012:scalable-target/1"}),
    )
}
