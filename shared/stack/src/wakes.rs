//! What of ECS wakes `ecs-capacity` at once: rules on the default bus for the services of the policy, and for nothing else of their clusters.
//!
//! A rule for each cluster and kind of news. Events of AWS services cost nothing on the default bus; each that a rule lets through is one
//! invocation ([`crate::bill`] has its price). What is routine is left out by the pattern, as the reader leaves it out (`event/ecs.rs` in
//! shared/aws): the steady state, a count that was changed as asked, tasks that ECS stops because there are to be fewer.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tidegate_policy::names::{ClusterName, ServiceName};
use tidegate_policy::policy::{Policy, TargetKind};

use crate::function::FUNCTIONS;
use crate::resource::{Resource, reference, substituted};

/// The longest pattern that a rule takes, characters ("Amazon EventBridge quotas": 2,048), less what an account's number takes.
const CHARACTERS_A_PATTERN: usize = 2_000;
/// The minute looks again: what is older says nothing of now.
const RETRIES: u32 = 2;
const SECONDS_AT_MOST: u32 = 60;

/// The rules of a policy's services, and what lets them invoke the function.
pub fn resources(policy: &Policy) -> Vec<Resource> {
    let mut clusters: BTreeMap<&ClusterName, Vec<&ServiceName>> = BTreeMap::new();
    for target in &policy.targets {
        if let TargetKind::EcsService(kind) = &target.kind {
            clusters.entry(&kind.cluster).or_default().push(&kind.service);
        }
    }
    let [_, capacity, _] = FUNCTIONS;
    let mut rules = Vec::new();
    for (cluster, services) in &clusters {
        for (what, pattern) in [("Service", of_services as Pattern), ("Task", of_tasks)] {
            for part in parts(cluster, services, pattern) {
                let logical_id = format!("{}{what}Events{}", capacity.logical_id, rules.len() + 1);
                let target = json!({
                    "Id": "function",
                    "Arn": {"Fn::GetAtt": [capacity.logical_id, "Arn"]},
                    "RetryPolicy": {"MaximumRetryAttempts": RETRIES, "MaximumEventAgeInSeconds": SECONDS_AT_MOST},
                });
                let properties = json!({
                    // CloudFormation would cut a long stack's name short, and what lets the rules in goes by it.
                    "Name": substituted(&format!("${{AWS::StackName}}-events-{}", rules.len() + 1)),
                    "Description": format!("{what} events of cluster {cluster} wake ecs-capacity."),
                    "EventPattern": pattern(cluster, part),
                    "Targets": [target],
                });
                rules.push(Resource::new(logical_id, "AWS::Events::Rule", &properties));
            }
        }
    }
    if !rules.is_empty() {
        let source =
            "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/${AWS::StackName}-events-*";
        let properties = json!({
            "Action": "lambda:InvokeFunction",
            "FunctionName": reference(capacity.logical_id),
            "Principal": "events.amazonaws.com",
            // One for all rules: a function's own policy holds 20 KB.
            "SourceArn": substituted(source),
        });
        let id = format!("{}EventsPermission", capacity.logical_id);
        rules.push(Resource::new(id, "AWS::Lambda::Permission", &properties));
    }
    rules
}

type Pattern = fn(&ClusterName, &[&ServiceName]) -> Value;

/// The services in as few parts as patterns hold.
fn parts<'a, 'p>(
    cluster: &ClusterName,
    services: &'a [&'p ServiceName],
    pattern: Pattern,
) -> Vec<&'a [&'p ServiceName]> {
    let mut parts = Vec::new();
    let mut rest = services;
    while !rest.is_empty() {
        let fits =
            |count: &usize| pattern(cluster, &rest[..*count]).to_string().len() <= CHARACTERS_A_PATTERN;
        let most = (1..=rest.len()).take_while(fits).last().unwrap_or(1);
        let (part, others) = rest.split_at(most);
        parts.push(part);
        rest = others;
    }
    parts
}

/// "Amazon ECS service action events" and "… service deployment state change events": by the service's ARN, in its old form too.
fn of_services(cluster: &ClusterName, services: &[&ServiceName]) -> Value {
    let named = services
        .iter()
        .flat_map(|service| [format!(":service/{cluster}/{service}"), format!(":service/{service}")]);
    let named: Vec<Value> = named.map(|suffix| json!({"suffix": suffix})).collect();
    json!({
        "source": ["aws.ecs"],
        "account": [reference("AWS::AccountId")],
        "detail-type": ["ECS Service Action", "ECS Deployment State Change"],
        "resources": named,
        "detail": {
            "eventName": [{"anything-but": [
                "SERVICE_STEADY_STATE", "TASKSET_STEADY_STATE", "CAPACITY_PROVIDER_STEADY_STATE",
                "SERVICE_DESIRED_COUNT_UPDATED", "TASKS_STOPPED",
            ]}],
        },
    })
}

/// "Amazon ECS task state change events": of each task the last one, if it was not ECS itself that wanted fewer.
fn of_tasks(cluster: &ClusterName, services: &[&ServiceName]) -> Value {
    let groups: Vec<String> = services.iter().map(|service| format!("service:{service}")).collect();
    json!({
        "source": ["aws.ecs"],
        "account": [reference("AWS::AccountId")],
        "detail-type": ["ECS Task State Change"],
        "detail": {
            "clusterArn": [{"suffix": format!(":cluster/{cluster}")}],
            "group": groups,
            "lastStatus": ["STOPPED"],
            "stopCode": [{"anything-but": ["ServiceSchedulerInitiated"]}],
        },
    })
}

#[cfg(test)]
mod tests {
    use tidegate_policy::document;

    use super::*;

    fn policy(clusters: usize, services: usize) -> Policy {
        let target = |cluster: usize, service: usize| {
            format!(
                "[[target]]\nname = \"c{cluster}-s{service}\"\nkind = \"ecs-service\"\ncluster = \"c{cluster}\"\nservice = \"s{service}\"\n\
                 min = 1\nmax = 3\nscale_out = [\"cpu > 70% for 5m\"]\nscale_in = [\"cpu < 40% for 15m\"]\n"
            )
        };
        let text: String = (0..clusters)
            .flat_map(|cluster| (0..services).map(move |service| target(cluster, service)))
            .collect();
        document::parse(&text).unwrap()
    }

    fn patterns(resources: &[Resource]) -> Vec<&Value> {
        resources.iter().filter_map(|resource| resource.properties.get("EventPattern")).collect()
    }

    #[test]
    fn each_cluster_has_two_rules_for_its_services_and_the_function_lets_them_in() {
        let resources = resources(&policy(2, 2));
        let ids: Vec<&str> = resources.iter().map(|resource| resource.logical_id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "EcsCapacityServiceEvents1",
                "EcsCapacityTaskEvents2",
                "EcsCapacityServiceEvents3",
                "EcsCapacityTaskEvents4",
                "EcsCapacityEventsPermission",
            ]
        );
        let patterns = patterns(&resources);
        assert_eq!(patterns.len(), 4);
        let (first, second, third) = (patterns[0], patterns[1], patterns[2]);
        let suffixes = json!([
            {"suffix": ":service/c0/s0"}, {"suffix": ":service/s0"}, {"suffix": ":service/c0/s1"}, {"suffix": ":service/s1"}
        ]);
        assert_eq!(first["resources"], suffixes);
        assert_eq!(second["detail"]["group"], json!(["service:s0", "service:s1"]));
        assert_eq!(second["detail"]["clusterArn"], json!([{"suffix": ":cluster/c0"}]));
        assert_eq!(third["resources"][0], json!({"suffix": ":service/c1/s0"}));
        for (nth, resource) in (1..).zip(&resources[..4]) {
            assert_eq!(
                resource.properties["Name"],
                json!({"Fn::Sub": format!("${{AWS::StackName}}-events-{nth}")})
            );
            let retry = &resource.properties["Targets"][0]["RetryPolicy"];
            assert_eq!(retry["MaximumEventAgeInSeconds"], json!(60));
        }
    }

    #[test]
    fn no_pattern_is_longer_than_a_rule_takes_and_every_service_is_in_one() {
        let resources = resources(&policy(1, 120));
        let patterns = patterns(&resources);
        assert!(patterns.len() > 4, "{}", patterns.len());
        for pattern in &patterns {
            // A reference is longer than the number that takes its place.
            assert!(pattern.to_string().len() <= 2_048, "{pattern}");
        }
        let text: String = patterns.iter().map(|pattern| pattern.to_string()).collect();
        for service in 0..120 {
            assert!(text.contains(&format!("\":service/c0/s{service}\"")), "{service}");
            assert!(text.contains(&format!("\"service:s{service}\"")), "{service}");
        }
    }

    #[test]
    fn a_policy_without_services_has_none() {
        let text = "[[target]]\nname = \"c\"\nkind = \"redis-nodes\"\ngroup = \"c\"\nmin = 2\nmax = 3\nscale_out = [\"cpu > 70% for 10m\"]\n";
        assert_eq!(resources(&document::parse(text).unwrap()), Vec::new());
    }
}
