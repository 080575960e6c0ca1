//! What permissions each call of AWS needs, and what it tells IAM: the condition keys of a request.
//!
//! Sources: the Service Authorization Reference; for what a creation touches and is tagged with, the RDS user guide ("Grant permission to tag
//! Amazon RDS resources during creation"); for what a registration needs besides, the Application Auto Scaling user guide ("Permissions
//! validation for Application Auto Scaling API calls on target resources").

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::judge::Ask;
use crate::rendered::{ACCOUNT, REGION, STACK};

/// One permission.
pub(super) fn ask(action: &'static str, resource: String, context: Value) -> Ask {
    let context = context.as_object().expect("keys and values").clone().into_iter().collect();
    Ask { action, resource, context }
}

pub(super) fn arn(service: &str, thing: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{thing}")
}

pub(super) fn tags(kind: &str, tags: &[(&str, &str)]) -> BTreeMap<String, Value> {
    tags.iter().map(|(key, value)| (format!("aws:{kind}Tag/{key}"), json!(value))).collect()
}

/// The tags that are asked for, as every permission of the call sees them.
pub(super) fn asked_tags(wanted: &[(&str, &str)]) -> Value {
    let mut context = tags("Request", wanted);
    if !wanted.is_empty() {
        context.insert("aws:TagKeys".to_owned(), wanted.iter().map(|(key, _)| *key).collect());
    }
    json!(context)
}

/// CreateDBInstanceReadReplica: RDS asks about each thing that it touches, and about the tags of the new instance.
pub(super) fn create(name: &str, source: &str, born_with: &[(&str, &str)]) -> Vec<Ask> {
    let context = || asked_tags(born_with);
    let mut asks: Vec<_> = [format!("db:{name}"), format!("db:{source}")]
        .into_iter()
        .chain(["og:default:mysql-8-0", "pg:default.mysql8.0", "subgrp:default"].map(str::to_owned))
        .map(|thing| ask("rds:CreateDBInstanceReadReplica", arn("rds", &thing), context()))
        .collect();
    if !born_with.is_empty() {
        asks.push(ask("rds:AddTagsToResource", arn("rds", &format!("db:{name}")), context()));
    }
    asks
}

/// What the creation of an encrypted replica asks of its key besides, with what KMS says of the request.
pub(super) fn use_key(via: &str, for_resource: bool) -> Vec<Ask> {
    let key = || arn("kms", "key/1234abcd-12ab-34cd-56ef-1234567890ab");
    let service = format!("{via}.{REGION}.amazonaws.com");
    vec![
        ask("kms:DescribeKey", key(), json!({"kms:ViaService": service})),
        ask(
            "kms:CreateGrant",
            key(),
            json!({"kms:ViaService": service, "kms:GrantIsForAWSResource": for_resource.to_string()}),
        ),
    ]
}

/// AddTagsToResource of an instance that is there.
pub(super) fn tag(name: &str, has: &[(&str, &str)], wanted: &[(&str, &str)]) -> Vec<Ask> {
    let mut asked = ask("rds:AddTagsToResource", arn("rds", &format!("db:{name}")), asked_tags(wanted));
    asked.context.extend(tags("Resource", has));
    vec![asked]
}

/// Any action on one instance with these tags.
pub(super) fn on_instance(action: &'static str, name: &str, has: &[(&str, &str)]) -> Vec<Ask> {
    vec![ask(action, arn("rds", &format!("db:{name}")), json!(tags("Resource", has)))]
}

pub(super) fn delete(name: &str, has: &[(&str, &str)]) -> Vec<Ask> {
    on_instance("rds:DeleteDBInstance", name, has)
}

/// ChangeResourceRecordSets.
pub(super) fn change(zone: &str, names: &[&str], types: &[&str], actions: &[&str]) -> Vec<Ask> {
    let context = json!({
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": names,
        "route53:ChangeResourceRecordSetsRecordTypes": types,
        "route53:ChangeResourceRecordSetsActions": actions,
    });
    vec![ask("route53:ChangeResourceRecordSets", format!("arn:aws:route53:::hostedzone/{zone}"), context)]
}

pub(super) fn update(cluster: &str, service: &str) -> Vec<Ask> {
    let context = json!({"ecs:cluster": arn("ecs", &format!("cluster/{cluster}"))});
    vec![ask("ecs:UpdateService", arn("ecs", &format!("service/{cluster}/{service}")), context)]
}

/// RegisterScalableTarget: Application Auto Scaling asks about the service itself too.
pub(super) fn register(cluster: &str, service: &str, namespace: &str, dimension: &str) -> Vec<Ask> {
    let context = json!({
        "application-autoscaling:service-namespace": namespace,
        "application-autoscaling:scalable-dimension": dimension,
    });
    let target = arn("application-autoscaling", "scalable-target/0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b");
    let mut asks = vec![ask("application-autoscaling:RegisterScalableTarget", target, context)];
    asks.extend(update(cluster, service));
    asks
}

pub(super) fn on_group(action: &'static str, group: &str, context: Value) -> Vec<Ask> {
    vec![ask(action, arn("elasticache", &format!("replicationgroup:{group}")), context)]
}

pub(super) fn increase(group: &str, replicas: u32) -> Vec<Ask> {
    on_group(
        "elasticache:IncreaseReplicaCount",
        group,
        json!({"elasticache:ReplicasPerNodeGroup": replicas.to_string()}),
    )
}

pub(super) fn decrease(group: &str, replicas: u32) -> Vec<Ask> {
    on_group(
        "elasticache:DecreaseReplicaCount",
        group,
        json!({"elasticache:ReplicasPerNodeGroup": replicas.to_string()}),
    )
}

pub(super) fn shards(group: &str, count: u32) -> Vec<Ask> {
    let context = json!({"elasticache:NumNodeGroups": count.to_string()});
    on_group("elasticache:ModifyReplicationGroupShardConfiguration", group, context)
}

pub(super) fn modify(group: &str, context: Value) -> Vec<Ask> {
    on_group("elasticache:ModifyReplicationGroup", group, context)
}

pub(super) fn ledger(action: &'static str, keys: &[&str]) -> Vec<Ask> {
    vec![ask(
        action,
        arn("dynamodb", &format!("table/{STACK}-Ledger-1ABC")),
        json!({"dynamodb:LeadingKeys": keys}),
    )]
}

pub(super) fn parameter(action: &'static str, name: &str) -> Vec<Ask> {
    vec![ask(action, arn("ssm", &format!("parameter/{name}")), json!({}))]
}
