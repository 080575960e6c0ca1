//! What the adapters send, of every call one and more: each role must allow its own.

use serde_json::json;

use super::calls::{
    arn, ask, change, create, decrease, delete, increase, ledger, modify, on_group, parameter, register,
    shards, update, use_key,
};
use super::judge::Ask;
use crate::rendered::{STACK, STAGE};
use Verdict::Allowed;

/// What is expected of a call: of all the permissions that it needs together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All are there.
    Allowed,
    /// One is missing.
    Refused,
    /// One is denied, whatever else is attached to the role.
    Forbidden,
}

/// One row: who calls, what is expected, why it matters, and the permissions that the call needs.
pub(super) struct Row(
    pub(super) &'static str,
    pub(super) Verdict,
    pub(super) &'static str,
    pub(super) Vec<Ask>,
);

pub(super) const REPLICAS: &str = "rds-replicas";
pub(super) const SERVICES: &str = "ecs-capacity";
pub(super) const NODES: &str = "redis-nodes";
pub(super) const NOTIFY: &str = tidegate_stack::function::NOTIFY;

/// A replica of ours, as it is called.
pub(super) const OURS: &str = "tg-orders-readers-0a1b2c3d4e";
pub(super) const OUR_TAGS: [(&str, &str); 3] =
    [("tidegate:owner", "tidegate"), ("tidegate:target", "orders-readers"), ("tidegate:stage", STAGE)];
pub(super) const BORN_WITH: [(&str, &str); 4] = [
    ("tidegate:owner", "tidegate"),
    ("tidegate:target", "orders-readers"),
    ("tidegate:stage", STAGE),
    ("tidegate:decision", "orders-readers-7-1790000000"),
];
pub(super) const ZONE: &str = "Z08ORDERSPROD";
pub(super) const READER: &str = "orders-ro.db.example.com";

/// The bus on which is published what happened.
pub(super) fn events_bus() -> String {
    arn("events", &format!("event-bus/{STACK}-events"))
}

/// What the adapters send, of every write one and more.
pub(super) fn writes() -> Vec<Row> {
    let dimension = "ecs:service:DesiredCount";
    vec![
        Row(REPLICAS, Allowed, "a new replica of ours", create(OURS, "orders-primary", &BORN_WITH)),
        Row(
            REPLICAS,
            Allowed,
            "a new replica of another target, of another owner",
            create(
                "tg-billing-readers-0a1b2c3d4e",
                "billing-primary",
                &[
                    ("tidegate:owner", "billing-team"),
                    ("tidegate:target", "billing-readers"),
                    ("tidegate:stage", STAGE),
                    ("tidegate:decision", "x"),
                ],
            ),
        ),
        Row(
            REPLICAS,
            Allowed,
            "a new replica with a tag of the policy",
            create(
                "tg-billing-readers-0a1b2c3d4e",
                "billing-primary",
                &[
                    ("tidegate:owner", "billing-team"),
                    ("tidegate:target", "billing-readers"),
                    ("tidegate:stage", STAGE),
                    ("tidegate:decision", "x"),
                    ("cost-center", "4711"),
                ],
            ),
        ),
        Row(REPLICAS, Allowed, "a new replica takes its source's key", use_key("rds", true)),
        Row(REPLICAS, Allowed, "a replica of ours goes", delete(OURS, &BORN_WITH)),
        Row(
            REPLICAS,
            Allowed,
            "a weight is swapped",
            change(ZONE, &[READER], &["CNAME"], &["DELETE", "CREATE"]),
        ),
        Row(
            REPLICAS,
            Allowed,
            "the first record",
            change(ZONE, &["billing-ro.db.example.com"], &["CNAME"], &["CREATE"]),
        ),
        Row(SERVICES, Allowed, "the desired count, or the strategy", update("prod", "api")),
        Row(
            SERVICES,
            Allowed,
            "the bounds of a scalable target",
            register("prod", "workers", "ecs", dimension),
        ),
        Row(NODES, Allowed, "up to the most", increase("sessions", 5)),
        Row(NODES, Allowed, "a replica in each shard", increase("carts", 2)),
        Row(NODES, Allowed, "a replica less", decrease("sessions", 1)),
        Row(NODES, Allowed, "a shard more", shards("carts", 6)),
        Row(
            NODES,
            Allowed,
            "a larger type of the ladder",
            modify("sessions", json!({"elasticache:CacheNodeType": "cache.m7g.large"})),
        ),
        Row(REPLICAS, Allowed, "its memory", ledger("dynamodb:UpdateItem", &["orders-readers"])),
        Row(REPLICAS, Allowed, "its log", ledger("dynamodb:PutItem", &["billing-readers"])),
        Row(SERVICES, Allowed, "its memory", ledger("dynamodb:UpdateItem", &["api"])),
        Row(
            NOTIFY,
            Allowed,
            "a mailbox",
            ledger("dynamodb:PutItem", &["notify#slack:/tidegate/production/slack"]),
        ),
        Row(
            NOTIFY,
            Allowed,
            "an alarm",
            vec![ask("sns:Publish", arn("sns", &format!("{STACK}-CriticalTopic-1ABC")), json!({}))],
        ),
        Row(NOTIFY, Allowed, "its secret", parameter("ssm:GetParameter", "tidegate/production/slack")),
        Row(NODES, Allowed, "its memory", ledger("dynamodb:PutItem", &["sessions"])),
    ]
}

/// What they read.
pub(super) fn reads() -> Vec<Row> {
    let everywhere = || "*".to_owned();
    let mut rows = vec![
        Row(NOTIFY, Allowed, "the digest", ledger("dynamodb:BatchGetItem", &["orders-readers", "api"])),
        Row(NODES, Allowed, "what happened", vec![ask("events:PutEvents", events_bus(), json!({}))]),
        Row(
            REPLICAS,
            Allowed,
            "all instances of the Region",
            vec![ask("rds:DescribeDBInstances", arn("rds", "db:*"), json!({}))],
        ),
        Row(
            REPLICAS,
            Allowed,
            "the source",
            vec![ask("rds:DescribeDBInstances", arn("rds", "db:orders-primary"), json!({}))],
        ),
        Row(
            REPLICAS,
            Allowed,
            "blue/green deployments",
            vec![ask("rds:DescribeBlueGreenDeployments", arn("rds", "deployment:*"), json!({}))],
        ),
        Row(
            REPLICAS,
            Allowed,
            "max_connections",
            vec![ask("rds:DescribeDBParameters", arn("rds", "pg:orders"), json!({}))],
        ),
        Row(
            REPLICAS,
            Allowed,
            "the zone's name",
            vec![ask("route53:GetHostedZone", format!("arn:aws:route53:::hostedzone/{ZONE}"), json!({}))],
        ),
        Row(
            REPLICAS,
            Allowed,
            "its records",
            vec![ask(
                "route53:ListResourceRecordSets",
                format!("arn:aws:route53:::hostedzone/{ZONE}"),
                json!({}),
            )],
        ),
        Row(
            REPLICAS,
            Allowed,
            "a change",
            vec![ask("route53:GetChange", "arn:aws:route53:::change/C0123456789".to_owned(), json!({}))],
        ),
        Row(
            SERVICES,
            Allowed,
            "the service",
            vec![ask(
                "ecs:DescribeServices",
                arn("ecs", "service/prod/api"),
                json!({"ecs:cluster": arn("ecs", "cluster/prod")}),
            )],
        ),
        Row(
            SERVICES,
            Allowed,
            "which of its tasks stopped",
            vec![ask(
                "ecs:ListTasks",
                arn("ecs", "container-instance/prod/*"),
                json!({"ecs:cluster": arn("ecs", "cluster/prod")}),
            )],
        ),
        Row(
            SERVICES,
            Allowed,
            "why they stopped",
            vec![ask(
                "ecs:DescribeTasks",
                arn("ecs", "task/prod/0123456789abcdef0123456789abcdef"),
                json!({"ecs:cluster": arn("ecs", "cluster/prod")}),
            )],
        ),
        Row(
            NODES,
            Allowed,
            "all groups",
            vec![ask(
                "elasticache:DescribeReplicationGroups",
                arn("elasticache", "replicationgroup:*"),
                json!({}),
            )],
        ),
        Row(
            NODES,
            Allowed,
            "all nodes",
            vec![ask("elasticache:DescribeCacheClusters", arn("elasticache", "cluster:*"), json!({}))],
        ),
        Row(
            NODES,
            Allowed,
            "a serverless cache",
            vec![ask(
                "elasticache:DescribeServerlessCaches",
                arn("elasticache", "serverlesscache:sessions"),
                json!({}),
            )],
        ),
        Row(
            NODES,
            Allowed,
            "larger types",
            on_group("elasticache:ListAllowedNodeTypeModifications", "sessions", json!({})),
        ),
        Row(
            REPLICAS,
            Allowed,
            "all its memories at once",
            ledger("dynamodb:BatchGetItem", &["orders-readers", "billing-readers"]),
        ),
    ];
    for kind in [REPLICAS, SERVICES, NODES] {
        rows.push(Row(
            kind,
            Allowed,
            "the policy",
            parameter("ssm:GetParameter", &format!("{STACK}/policy")),
        ));
        rows.push(Row(
            kind,
            Allowed,
            "metrics",
            vec![ask("cloudwatch:GetMetricData", everywhere(), json!({}))],
        ));
        rows.push(Row(
            kind,
            Allowed,
            "metrics",
            vec![ask("cloudwatch:GetMetricStatistics", everywhere(), json!({}))],
        ));
        rows.push(Row(
            kind,
            Allowed,
            "members that are gone",
            vec![ask("cloudwatch:ListMetrics", everywhere(), json!({}))],
        ));
    }
    for kind in [SERVICES, NODES] {
        let action = "application-autoscaling:DescribeScalableTargets";
        rows.push(Row(kind, Allowed, "scalable targets", vec![ask(action, everywhere(), json!({}))]));
    }
    for (what, action) in [
        ("scheduled actions", "application-autoscaling:DescribeScheduledActions"),
        ("scaling policies", "application-autoscaling:DescribeScalingPolicies"),
    ] {
        rows.push(Row(SERVICES, Allowed, what, vec![ask(action, everywhere(), json!({}))]));
    }
    rows
}
