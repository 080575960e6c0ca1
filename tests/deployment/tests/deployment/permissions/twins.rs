//! The destructive twins of what the adapters send: each differs from an allowed call in one thing, and says why that matters.

use serde_json::json;

use super::calls::{
    arn, ask, asked_tags, change, create, decrease, delete, increase, ledger, modify, on_group, on_instance,
    parameter, register, shards, tag, tags, update, use_key,
};
use super::sent::Verdict::{Forbidden, Refused};
use super::sent::{
    BORN_WITH, NODES, NOTIFY, OUR_TAGS, OURS, READER, REPLICAS, Row, SERVICES, ZONE, events_bus,
};
use crate::rendered::{ACCOUNT, STACK};

/// The destructive twins.
pub(super) fn twins() -> Vec<Row> {
    let [owner, target, stage] = OUR_TAGS;
    let others_owner = [("tidegate:owner", "somebody"), target, stage];
    let others_target = [owner, ("tidegate:target", "invoices-readers"), stage];
    let others_stage = [owner, target, ("tidegate:stage", "another")];
    let second_target = [owner, ("tidegate:target", "billing-readers"), stage];
    let pinned = [owner, target, stage, ("tidegate:pin", "yes")];
    let held = [owner, target, stage, ("tidegate:hold", "yes")];
    let with_more = [owner, target, stage, ("team", "data")];
    let (swap, dimension) = (["DELETE", "CREATE"], "ecs:service:DesiredCount");
    let elsewhere = arn("dynamodb", "table/orders");
    let type_and =
        |key: &str, value: &str| json!({"elasticache:CacheNodeType": "cache.m7g.large", key: value});
    let topic = |name: &str| vec![ask("sns:Publish", arn("sns", name), json!({}))];
    let mut rows = vec![
        // Telling people.
        Row(NOTIFY, Refused, "a target's memory", ledger("dynamodb:PutItem", &["api"])),
        Row(
            NOTIFY,
            Refused,
            "a mailbox and a target's memory",
            ledger("dynamodb:PutItem", &["notify#a", "api"]),
        ),
        Row(NOTIFY, Refused, "another topic", topic("alerts-of-others")),
        Row(NOTIFY, Refused, "what wakes a function", topic(&format!("{STACK}-RdsReplicasWake-1ABC"))),
        Row(
            NOTIFY,
            Refused,
            "another secret",
            parameter("ssm:GetParameter", "tidegate/production/slack-of-others"),
        ),
        Row(
            NOTIFY,
            Refused,
            "what happened, which others tell",
            vec![ask("events:PutEvents", events_bus(), json!({}))],
        ),
        Row(
            SERVICES,
            Refused,
            "commands to itself",
            vec![ask("events:PutEvents", arn("events", &format!("event-bus/{STACK}-commands")), json!({}))],
        ),
        Row(
            SERVICES,
            Refused,
            "the default bus",
            vec![ask("events:PutEvents", arn("events", "event-bus/default"), json!({}))],
        ),
        Row(
            REPLICAS,
            Refused,
            "a channel's mailbox",
            ledger("dynamodb:PutItem", &["notify#slack:/tidegate/production/slack"]),
        ),
        Row(
            REPLICAS,
            Refused,
            "a channel's secret",
            parameter("ssm:GetParameter", "tidegate/production/slack"),
        ),
        Row(REPLICAS, Refused, "a topic of people", topic(&format!("{STACK}-CriticalTopic-1ABC"))),
        // Creation.
        Row(REPLICAS, Refused, "untagged, it would be nobody's", create(OURS, "orders-primary", &[])),
        Row(
            REPLICAS,
            Refused,
            "it would be nobody's target",
            create(OURS, "orders-primary", &[owner, stage]),
        ),
        Row(REPLICAS, Refused, "it would be no stage's", create(OURS, "orders-primary", &[owner, target])),
        Row(REPLICAS, Refused, "it would be another stage's", create(OURS, "orders-primary", &others_stage)),
        Row(REPLICAS, Refused, "it would be another owner's", create(OURS, "orders-primary", &others_owner)),
        Row(
            REPLICAS,
            Refused,
            "it would be another target's",
            create(OURS, "orders-primary", &others_target),
        ),
        Row(
            REPLICAS,
            Refused,
            "one target's name with the tag of another",
            create(OURS, "orders-primary", &second_target),
        ),
        Row(
            REPLICAS,
            Refused,
            "a name that is not ours",
            create("orders-reporting", "orders-primary", &BORN_WITH),
        ),
        Row(
            REPLICAS,
            Refused,
            "a name longer than ours",
            create("tg-orders-readers-0a1b2c3d4e5", "orders-primary", &BORN_WITH),
        ),
        Row(REPLICAS, Refused, "a key that is used for something else", use_key("ebs", true)),
        Row(REPLICAS, Refused, "a grant that outlives what it is for", use_key("rds", false)),
        Row(
            REPLICAS,
            Refused,
            "another database is copied, and its snapshot stalls it",
            create(OURS, "payroll", &BORN_WITH),
        ),
        Row(
            REPLICAS,
            Forbidden,
            "a tag that means something to others",
            create(OURS, "orders-primary", &with_more),
        ),
        // Deletion.
        Row(REPLICAS, Forbidden, "the source itself", delete("orders-primary", &[])),
        Row(REPLICAS, Forbidden, "the source, tagged as ours", delete("orders-primary", &OUR_TAGS)),
        Row(REPLICAS, Forbidden, "the source of another target", delete("billing-primary", &OUR_TAGS)),
        Row(REPLICAS, Refused, "a foreign instance", delete("payroll", &[])),
        Row(REPLICAS, Refused, "a foreign instance, tagged as ours", delete("payroll", &OUR_TAGS)),
        Row(REPLICAS, Refused, "untagged, though called like ours", delete(OURS, &[])),
        Row(REPLICAS, Refused, "without an owner", delete(OURS, &OUR_TAGS[1..])),
        Row(REPLICAS, Refused, "without a target", delete(OURS, &[owner, stage])),
        Row(REPLICAS, Refused, "without a stage", delete(OURS, &[owner, target])),
        Row(REPLICAS, Refused, "another stage's, of the same policy", delete(OURS, &others_stage)),
        Row(REPLICAS, Refused, "another owner's", delete(OURS, &others_owner)),
        Row(REPLICAS, Refused, "another target's", delete(OURS, &others_target)),
        Row(REPLICAS, Refused, "tagged as that of our other target", delete(OURS, &second_target)),
        Row(REPLICAS, Forbidden, "a person keeps it", delete(OURS, &pinned)),
        Row(REPLICAS, Forbidden, "a person holds it out of the answers", delete(OURS, &held)),
        Row(
            REPLICAS,
            Refused,
            "a name that a person gave, behind our prefix",
            delete("tg-orders-readers-reporting", &OUR_TAGS),
        ),
        Row(
            REPLICAS,
            Refused,
            "of another Region",
            vec![ask(
                "rds:DeleteDBInstance",
                format!("arn:aws:rds:us-east-1:{ACCOUNT}:db:{OURS}"),
                json!(tags("Resource", &OUR_TAGS)),
            )],
        ),
        Row(
            REPLICAS,
            Refused,
            "a whole cluster",
            vec![ask(
                "rds:DeleteDBCluster",
                arn("rds", &format!("cluster:{OURS}")),
                json!(tags("Resource", &OUR_TAGS)),
            )],
        ),
        Row(
            REPLICAS,
            Refused,
            "a blue/green deployment is switched over",
            vec![ask("rds:SwitchoverBlueGreenDeployment", arn("rds", "deployment:bgd-1"), json!({}))],
        ),
        // Tags.
        Row(REPLICAS, Forbidden, "the source becomes deletable", tag("orders-primary", &[], &BORN_WITH)),
        Row(REPLICAS, Refused, "a foreign instance becomes ours", tag("payroll", &[], &BORN_WITH)),
        Row(
            REPLICAS,
            Refused,
            "one behind our prefix becomes ours",
            tag("tg-orders-readers-reporting", &[], &BORN_WITH),
        ),
        Row(REPLICAS, Forbidden, "another owner's becomes ours", tag(OURS, &others_owner, &BORN_WITH)),
        Row(REPLICAS, Forbidden, "another stage's becomes ours", tag(OURS, &others_stage, &BORN_WITH)),
        Row(REPLICAS, Forbidden, "another target's becomes ours", tag(OURS, &others_target, &BORN_WITH)),
        Row(REPLICAS, Refused, "ours becomes another owner's", tag(OURS, &OUR_TAGS, &others_owner)),
        Row(REPLICAS, Forbidden, "a tag that means something to others", tag(OURS, &OUR_TAGS, &with_more)),
        Row(REPLICAS, Forbidden, "a pin is for people", tag(OURS, &OUR_TAGS, &pinned)),
        Row(REPLICAS, Forbidden, "a hold is for people", tag(OURS, &OUR_TAGS, &held)),
        Row(
            REPLICAS,
            Refused,
            "a snapshot",
            vec![ask("rds:AddTagsToResource", arn("rds", "snapshot:orders"), asked_tags(&BORN_WITH))],
        ),
        // Records.
        Row(REPLICAS, Refused, "another name", change(ZONE, &["www.example.com"], &["CNAME"], &swap)),
        Row(
            REPLICAS,
            Refused,
            "another name beside ours",
            change(ZONE, &[READER, "www.example.com"], &["CNAME"], &swap),
        ),
        Row(
            REPLICAS,
            Refused,
            "a name below ours",
            change(ZONE, &["a.orders-ro.db.example.com"], &["CNAME"], &swap),
        ),
        Row(REPLICAS, Refused, "the zone itself", change(ZONE, &["example.com"], &["NS"], &swap)),
        Row(REPLICAS, Refused, "the zone's mail", change(ZONE, &["example.com"], &["MX"], &swap)),
        Row(REPLICAS, Refused, "an address of our name", change(ZONE, &[READER], &["A"], &swap)),
        Row(REPLICAS, Refused, "a proof of who owns the name", change(ZONE, &[READER], &["TXT"], &swap)),
        Row(
            REPLICAS,
            Refused,
            "an address beside our record",
            change(ZONE, &[READER], &["CNAME", "A"], &swap),
        ),
        Row(
            REPLICAS,
            Refused,
            "an overwrite: the last writer wins",
            change(ZONE, &[READER], &["CNAME"], &["UPSERT"]),
        ),
        Row(REPLICAS, Refused, "our name in another zone", change("Z0OTHERS", &[READER], &["CNAME"], &swap)),
        Row(
            REPLICAS,
            Refused,
            "the zone",
            vec![ask("route53:DeleteHostedZone", format!("arn:aws:route53:::hostedzone/{ZONE}"), json!({}))],
        ),
        // Services.
        Row(SERVICES, Refused, "another service of the cluster", update("prod", "billing")),
        Row(SERVICES, Refused, "our service's name in another cluster", update("staging", "api")),
        Row(
            SERVICES,
            Refused,
            "our service, as if in another cluster",
            vec![ask(
                "ecs:UpdateService",
                arn("ecs", "service/prod/api"),
                json!({"ecs:cluster": arn("ecs", "cluster/staging")}),
            )],
        ),
        Row(
            SERVICES,
            Refused,
            "which tasks of another cluster stopped",
            vec![ask(
                "ecs:ListTasks",
                arn("ecs", "container-instance/staging/*"),
                json!({"ecs:cluster": arn("ecs", "cluster/staging")}),
            )],
        ),
        Row(
            SERVICES,
            Refused,
            "why tasks of another cluster stopped",
            vec![ask(
                "ecs:DescribeTasks",
                arn("ecs", "task/staging/0123456789abcdef0123456789abcdef"),
                json!({"ecs:cluster": arn("ecs", "cluster/staging")}),
            )],
        ),
        Row(
            SERVICES,
            Refused,
            "a task",
            vec![ask(
                "ecs:StopTask",
                arn("ecs", "task/prod/0123456789abcdef0123456789abcdef"),
                json!({"ecs:cluster": arn("ecs", "cluster/prod")}),
            )],
        ),
        Row(
            SERVICES,
            Refused,
            "the service",
            vec![ask(
                "ecs:DeleteService",
                arn("ecs", "service/prod/api"),
                json!({"ecs:cluster": arn("ecs", "cluster/prod")}),
            )],
        ),
        Row(
            SERVICES,
            Refused,
            "the bounds of another service",
            register("prod", "billing", "ecs", dimension),
        ),
        Row(
            SERVICES,
            Refused,
            "the bounds of a table",
            register("prod", "api", "dynamodb", "dynamodb:table:ReadCapacityUnits"),
        ),
        Row(
            SERVICES,
            Refused,
            "another dimension",
            register("prod", "api", "ecs", "dynamodb:table:ReadCapacityUnits"),
        ),
        Row(SERVICES, Refused, "another namespace", register("prod", "api", "dynamodb", dimension)),
        // Nodes.
        Row(NODES, Refused, "six replicas", increase("sessions", 6)),
        Row(NODES, Refused, "more than the policy's most", increase("plain", 4)),
        Row(NODES, Refused, "more in a shard than the policy's most", increase("carts", 3)),
        Row(NODES, Refused, "another group", increase("payments", 2)),
        Row(NODES, Refused, "below what failover needs", decrease("sessions", 0)),
        Row(NODES, Refused, "another group", decrease("payments", 1)),
        Row(NODES, Refused, "more shards than the policy's most", shards("carts", 7)),
        Row(NODES, Refused, "shards of a group whose policy has none", shards("sessions", 2)),
        Row(NODES, Refused, "another group", shards("payments", 2)),
        Row(
            NODES,
            Refused,
            "a type beyond the ladder",
            modify("sessions", json!({"elasticache:CacheNodeType": "cache.r7g.16xlarge"})),
        ),
        Row(
            NODES,
            Refused,
            "a type where the policy has no ladder",
            modify("plain", json!({"elasticache:CacheNodeType": "cache.m7g.large"})),
        ),
        Row(
            NODES,
            Refused,
            "another group",
            modify("payments", json!({"elasticache:CacheNodeType": "cache.m7g.large"})),
        ),
        Row(
            NODES,
            Refused,
            "another engine, which has no way back",
            modify("sessions", type_and("elasticache:EngineVersion", "7.1")),
        ),
        Row(
            NODES,
            Refused,
            "its snapshots",
            modify("sessions", type_and("elasticache:SnapshotRetentionLimit", "0")),
        ),
        Row(
            NODES,
            Refused,
            "its failover",
            modify("sessions", type_and("elasticache:AutomaticFailoverEnabled", "false")),
        ),
        Row(
            NODES,
            Refused,
            "its encryption",
            modify("sessions", type_and("elasticache:TransitEncryptionEnabled", "false")),
        ),
        Row(
            NODES,
            Refused,
            "its parameters",
            modify("sessions", type_and("elasticache:CacheParameterGroupName", "default")),
        ),
        Row(
            NODES,
            Refused,
            "the group",
            on_group("elasticache:DeleteReplicationGroup", "sessions", json!({})),
        ),
        // The ledger and the policy.
        Row(
            REPLICAS,
            Refused,
            "the memory of another function's target",
            ledger("dynamodb:UpdateItem", &["api"]),
        ),
        Row(
            SERVICES,
            Refused,
            "the memory of another function's target",
            ledger("dynamodb:PutItem", &["orders-readers"]),
        ),
        Row(
            NODES,
            Refused,
            "another's memory beside its own",
            ledger("dynamodb:BatchGetItem", &["sessions", "api"]),
        ),
        Row(
            REPLICAS,
            Refused,
            "a memory is never deleted",
            ledger("dynamodb:DeleteItem", &["orders-readers"]),
        ),
        Row(
            REPLICAS,
            Refused,
            "another table",
            vec![ask("dynamodb:UpdateItem", elsewhere, json!({"dynamodb:LeadingKeys": ["orders-readers"]}))],
        ),
        Row(SERVICES, Refused, "another parameter", parameter("ssm:GetParameter", "prod/database/password")),
        Row(
            SERVICES,
            Refused,
            "a policy is written by people",
            parameter("ssm:PutParameter", &format!("{STACK}/policy")),
        ),
        Row(
            NODES,
            Refused,
            "another role",
            vec![ask("iam:PassRole", format!("arn:aws:iam::{ACCOUNT}:role/admin"), json!({}))],
        ),
    ];
    for action in [
        "rds:ModifyDBInstance",
        "rds:RebootDBInstance",
        "rds:StopDBInstance",
        "rds:PromoteReadReplica",
        "rds:RemoveTagsFromResource",
    ] {
        rows.push(Row(
            REPLICAS,
            Forbidden,
            "the source is left as it is",
            on_instance(action, "orders-primary", &OUR_TAGS),
        ));
        rows.push(Row(
            REPLICAS,
            Refused,
            "a replica is made and deleted, and nothing else",
            on_instance(action, OURS, &OUR_TAGS),
        ));
    }
    rows
}
