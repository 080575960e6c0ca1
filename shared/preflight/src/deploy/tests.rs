//! Goal: whatever keeps a policy from being deployed is told, all of it at once, with its mend, and nothing is changed to find it out.
//! Method: one account by script that is in order, and what is wrong with it.

use std::path::PathBuf;

use tidegate_policy::document::parse_with;

use super::*;
use crate::account::{Account, REGION, ZONE, replica, source};

pub(crate) const POLICY: &str = r#"
[[target]]
name = "orders-readers"
kind = "rds-replicas"
source = "orders-primary"
engine = "mysql"
reader = { zone = "Z08ORDERSPROD", name = "orders-ro.db.example.com", ttl = "10s" }
min = 1
max = 5
scale_out = ["primary cpu > 70% for 10m"]
scale_in = ["replica cpu < 40% for 30m"]

[[target]]
name = "api"
kind = "ecs-service"
cluster = "prod"
service = "api"
min = 2
max = 10
scale_out = ["cpu > 70% for 10m"]
scale_in = ["cpu < 40% for 30m"]

[[target]]
name = "sessions"
kind = "redis-nodes"
group = "sessions"
min = 2
max = 4
scale_out = ["cpu > 70% for 10m"]
scale_in = ["cpu < 40% for 30m"]
"#;

pub(crate) fn stage() -> Stage {
    Stage::new("production")
}

pub(crate) fn policy(text: &str) -> PolicyFile {
    let policy = parse_with(text, &|_: &str| Ok(String::new())).unwrap().in_stage(&stage());
    PolicyFile { path: PathBuf::from("policy.toml"), policy, files: Vec::new() }
}

/// This policy in the stage of every test, and whether replicas may be left.
pub(crate) fn deployment<'a>(policy: &'a PolicyFile, stage: &'a Stage, keep: bool) -> Deployment<'a> {
    Deployment { policy, stage, settings: None, keep }
}

async fn sheet_of(aws: &Aws, text: &str) -> Sheet {
    let now = "2026-11-23T06:00:00Z".parse().unwrap();
    deploy(aws, &deployment(&policy(text), &stage(), false), Store::Standard, &|_| true, now).await
}

async fn said(account: &Account, text: &str) -> String {
    let sheet = sheet_of(&account.reached_from(REGION), text).await;
    format!("{sheet}\nstops: {}", sheet.stops())
}

#[tokio::test]
async fn an_account_in_order_is_told_as_such_by_reading_alone() {
    let account = Account::new();
    insta::assert_snapshot!(said(&account, POLICY).await);
    let asked = account.asked();
    let reads = |operation: &str| ["Describe", "Get", "List"].iter().any(|verb| operation.starts_with(verb));
    assert!(asked.iter().all(|operation| reads(operation)), "{asked:?}");
    assert!(
        !asked.iter().any(|operation| operation == "GetMetricData"),
        "metrics cost, and say nothing here"
    );
    let zones = asked.iter().filter(|operation| operation.starts_with("GetHostedZone")).count();
    assert_eq!(zones, 1, "{asked:?}");
}

#[tokio::test]
async fn who_never_confirmed_a_subscription_is_named() {
    let mut account = Account::new();
    let pending = ("email", "ops@example.com", "PendingConfirmation");
    let function = ("lambda", "arn:aws:lambda:eu-west-1:1:function:f", "arn:aws:sns:eu-west-1:1:t:1");
    account.has_topics(&["CriticalTopic"], &[pending, function]);
    let words = "note  the topic critical: ops@example.com (email) never confirmed its subscription, and gets nothing";
    let first = said(&account, POLICY).await;
    assert!(first.contains(words) && first.contains("stops: false"), "{first}");
    assert!(first.contains("nobody is notified by it, and the policy names no channel"), "{first}");

    account.refuses("ListSubscriptionsByTopic", "AuthorizationError", "not authorized");
    let denied = said(&account, POLICY).await;
    assert!(
        denied.contains(
            "note  the topic critical: who subscribes to it cannot be asked: ListSubscriptionsByTopic: "
        ),
        "{denied}"
    );
}

#[tokio::test]
async fn all_problems_come_at_once() {
    let mut account = Account::new();
    account.refuses(&format!("GetHostedZone {ZONE}"), "NoSuchHostedZone", "No hosted zone found with ID");
    account.has_instances(&[]);
    account.says(
        "DescribeServices",
        "{\"services\": [], \"failures\": [{\"arn\": \"arn:aws:ecs:eu-west-1:123456789012:service/api\", \"reason\": \"MISSING\"}]}",
    );
    account.refuses("DescribeReplicationGroups", "AccessDenied", "User is not authorized");
    insta::assert_snapshot!(said(&account, POLICY).await);
}

#[tokio::test]
async fn a_zone_that_is_denied_may_be_another_accounts() {
    let mut account = Account::new();
    account.refuses(&format!("GetHostedZone {ZONE}"), "AccessDenied", "User is not authorized");
    let said = said(&account, POLICY).await;
    assert!(
        said.contains(
            "STOP  orders-readers: the hosted zone Z08ORDERSPROD is not in account 123456789012, or may not be read: write the id of a \
             zone of the account that you deploy to into `reader.zone`; if it is there, allow arn:aws:iam::123456789012:user/ana \
             route53:GetHostedZone"
        ),
        "{said}"
    );
}

#[tokio::test]
async fn a_source_without_backups_and_a_name_that_is_taken_are_both_told() {
    let mut account = Account::new();
    account.has_instances(&[source().replace("Period>7<", "Period>0<")]);
    account.has_records(&[
        "<ResourceRecordSet><Name>orders-ro.db.example.com.</Name><Type>CNAME</Type><TTL>60</TTL><ResourceRecords>\
         <ResourceRecord><Value>old.example.com</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>"
            .to_owned(),
    ]);
    let said = said(&account, POLICY).await;
    assert!(said.contains("STOP  orders-readers: orders-primary keeps no backups"), "{said}");
    assert!(
        said.contains("STOP  orders-readers: orders-ro.db.example.com holds a simple CNAME record"),
        "{said}"
    );
}

#[tokio::test]
async fn a_reader_name_outside_its_zone_or_at_its_apex_is_told() {
    for (name, words) in [
        ("db.example.com", "is the hosted zone Z08ORDERSPROD itself"),
        ("orders-ro.else.org", "is not in the hosted zone Z08ORDERSPROD (db.example.com)"),
    ] {
        let text = POLICY.replace("orders-ro.db.example.com", name);
        let said = said(&Account::new(), &text).await;
        assert!(said.contains(words) && said.ends_with("stops: true"), "{said}");
    }
}

#[tokio::test]
async fn what_is_left_alone_or_shared_is_worth_knowing_and_stops_nothing() {
    let mut account = Account::new();
    account.has_instances(&[source(), replica("by-hand", Some("orders-primary"), "available", &[])]);
    account.says(
        "DescribeScalableTargets",
        "{\"ScalableTargets\": [{\"ServiceNamespace\": \"ecs\", \"ResourceId\": \"service/prod/api\", \
          \"ScalableDimension\": \"ecs:service:DesiredCount\", \"MinCapacity\": 2, \"MaxCapacity\": 12, \
          \"SuspendedState\": {\"DynamicScalingInSuspended\": true}}, \
          {\"ServiceNamespace\": \"elasticache\", \"ResourceId\": \"replication-group/sessions\", \
          \"ScalableDimension\": \"elasticache:replication-group:Replicas\", \"MinCapacity\": 1, \"MaxCapacity\": 3}]}",
    );
    insta::assert_snapshot!(said(&account, POLICY).await);
}

/// Two schedules are known before the first night on which they differ.
#[tokio::test]
async fn scheduled_actions_and_predictive_policies_are_told_before_they_act() {
    let mut account = Account::new();
    account.says(
        "DescribeScalableTargets",
        "{\"ScalableTargets\": [{\"ServiceNamespace\": \"ecs\", \"ResourceId\": \"service/prod/api\", \
          \"ScalableDimension\": \"ecs:service:DesiredCount\", \"MinCapacity\": 2, \"MaxCapacity\": 12}]}",
    );
    account.says(
        "DescribeScheduledActions",
        "{\"ScheduledActions\": [{\"ScheduledActionName\": \"night\", \"ResourceId\": \"service/prod/api\", \
          \"ScalableTargetAction\": {\"MinCapacity\": 1}}]}",
    );
    account.says(
        "DescribeScalingPolicies",
        "{\"ScalingPolicies\": [{\"PolicyName\": \"forecast\", \"ResourceId\": \"service/prod/api\", \
          \"PolicyType\": \"PredictiveScaling\", \"PredictiveScalingPolicyConfiguration\": {\"MetricSpecifications\": [], \
          \"Mode\": \"ForecastAndScale\", \"MaxCapacityBreachBehavior\": \"IncreaseMaxCapacity\"}}]}",
    );
    let said = said(&account, POLICY).await;
    for words in [
        "scheduled actions set the bounds of the scalable target too (2..12 now): \"night\" (min 1)",
        "a predictive policy of the scalable target may lift capacity above the maximum",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(said.ends_with("stops: false"), "{said}");
    let mut account = Account::new();
    account.says(
        "DescribeScalableTargets",
        "{\"ScalableTargets\": [{\"ServiceNamespace\": \"ecs\", \"ResourceId\": \"service/prod/api\", \
          \"ScalableDimension\": \"ecs:service:DesiredCount\", \"MinCapacity\": 2, \"MaxCapacity\": 12}]}",
    );
    account.refuses("DescribeScheduledActions", "AccessDeniedException", "not authorized");
    let said = self::said(&account, POLICY).await;
    assert!(said.contains("could not be read: its bounds are not lowered"), "{said}");
}

/// A policy without a target leaves the target's replicas to nobody, and this is the last moment at which somebody is told.
#[tokio::test]
async fn replicas_of_an_earlier_policy_keep_a_deployment_back() {
    let services = &POLICY[POLICY.find("[[target]]\nname = \"api\"").unwrap()..];
    let tags = [
        ("tidegate:owner", "tidegate"),
        ("tidegate:stage", "production"),
        ("tidegate:target", "orders-readers"),
    ];
    let mut account = Account::new();
    account.has_instances(&[
        source(),
        replica("tg-orders-readers-1a", Some("orders-primary"), "available", &tags),
    ]);
    let said = said(&account, services).await;
    let line = "  tg-orders-readers-1a: a replica of orders-primary, made for orders-readers, which this policy does not have: \
                \"available\"; nobody would scale or drain it: come to zero before";
    assert!(said.contains(&format!("STOP{line}")) && said.ends_with("stops: true"), "{said}");
    let now = "2026-11-23T06:00:00Z".parse().unwrap();
    let (aws, services) = (account.reached_from(REGION), policy(services));
    let kept = deploy(&aws, &deployment(&services, &stage(), true), Store::Standard, &|_| true, now).await;
    assert!(kept.to_string().contains(&format!("note{line}")) && !kept.stops(), "{kept}");

    let renamed =
        POLICY.replace("source = \"orders-primary\"", "source = \"orders-primary\"\nprefix = \"ro-orders-\"");
    let said = self::said(&account, &renamed).await;
    assert!(
        said.contains("STOP  tg-orders-readers-1a: ") && said.contains("the policy's `prefix`"),
        "{said}"
    );

    let said = self::said(&account, POLICY).await;
    assert!(!said.contains("  tg-orders-readers-1a"), "{said}");
}

/// A target that moved from one stage to another left its replicas to the first, and they take what the second may have.
#[tokio::test]
async fn replicas_of_another_stage_and_of_none_are_worth_knowing_with_the_way_to_take_them_up() {
    let of = |stage: &'static [(&'static str, &'static str)]| {
        let tags = [("tidegate:owner", "tidegate"), ("tidegate:target", "orders-readers")];
        [&tags[..], stage].concat()
    };
    let mut account = Account::new();
    account.has_instances(&[
        source(),
        replica("tg-orders-readers-1a", Some("orders-primary"), "available", &of(&[])),
        replica(
            "tg-orders-readers-2b",
            Some("orders-primary"),
            "available",
            &of(&[("tidegate:stage", "staging")]),
        ),
        replica("tg-else-3c", Some("else"), "available", &of(&[("tidegate:stage", "staging")])),
    ]);
    let said = said(&account, POLICY).await;
    let of_none = "note  tg-orders-readers-1a: a replica of orders-primary, made for orders-readers, and of no stage: nobody drains it; \
                   tag it tidegate:stage=production";
    let of_another = "note  tg-orders-readers-2b: a replica of orders-primary of the stage staging: it counts against the maximum";
    assert!(said.contains(of_none) && said.contains(of_another) && said.ends_with("stops: false"), "{said}");
    assert!(!said.contains("tg-else-3c"), "{said}");
}

/// A maximum that was lowered below what is there would keep what is there for ever.
#[tokio::test]
async fn shards_that_the_role_could_not_take_away_are_worth_knowing() {
    let member = |shard: usize, node: usize| {
        format!(
            "<NodeGroupMember><CacheClusterId>sessions-000{shard}-00{node}</CacheClusterId></NodeGroupMember>"
        )
    };
    let shard = |nth: usize| {
        format!(
            "<NodeGroup><NodeGroupId>000{nth}</NodeGroupId><Status>available</Status><NodeGroupMembers>{}{}</NodeGroupMembers></NodeGroup>",
            member(nth, 1),
            member(nth, 2)
        )
    };
    let shards: String = (1..=8).map(shard).collect();
    let mut account = Account::new();
    account.says(
        "DescribeReplicationGroups",
        &format!(
            "<DescribeReplicationGroupsResponse><DescribeReplicationGroupsResult><ReplicationGroups><ReplicationGroup>\
             <ReplicationGroupId>sessions</ReplicationGroupId><Status>available</Status><ClusterEnabled>true</ClusterEnabled>\
             <AutomaticFailover>enabled</AutomaticFailover><MultiAZ>enabled</MultiAZ><CacheNodeType>cache.m7g.large</CacheNodeType>\
             <NodeGroups>{shards}</NodeGroups></ReplicationGroup></ReplicationGroups></DescribeReplicationGroupsResult>\
             </DescribeReplicationGroupsResponse>"
        ),
    );
    let of = |max: usize| {
        let sharded = format!(
            "group = \"sessions\"\ncluster_mode = \"enabled\"\nreplicas = {{ min = 1, max = 2 }}\nshards = {{ min = 2, max = {max} }}\n"
        );
        POLICY.replace("group = \"sessions\"\nmin = 2\nmax = 4\n", &format!("{sharded}min = 4\nmax = 20\n"))
    };
    let told = said(&account, &of(6)).await;
    let line = "note  sessions: 8 shards are there, and the role will not let any change leave more than shards.max, 6: the first \
                that goes leaves 7; write shards.max = 7";
    assert!(told.contains(line) && told.ends_with("stops: false"), "{told}");
    let told = said(&account, &of(7)).await;
    assert!(told.contains("16 nodes of cache.m7g.large in 8 shards") && !told.contains("the role"), "{told}");
}

#[tokio::test]
async fn a_denied_read_names_the_permission_and_targets_that_share_it_share_a_line() {
    let mut account = Account::new();
    account.refuses("DescribeServices", "AccessDeniedException", "not authorized");
    account.refuses("ListTables", "AccessDeniedException", "not authorized");
    let second = POLICY[POLICY.find("[[target]]\nname = \"api\"").unwrap()..].replace("\"api\"", "\"web\"");
    let second = &second[..second.find("[[target]]\nname = \"sessions\"").unwrap()];
    let said = said(&account, &format!("{POLICY}{second}")).await;
    let line = "STOP  api, web: DescribeServices: AccessDeniedException: not authorized: allow it to \
                arn:aws:iam::123456789012:user/ana (ecs:DescribeServices)";
    assert!(said.contains(line), "{said}");
    // That DynamoDB denies says that it is there.
    let note =
        "note  DynamoDB: it is there, and denies arn:aws:iam::123456789012:user/ana dynamodb:ListTables";
    assert!(said.contains(note), "{said}");
}

#[tokio::test]
async fn without_a_region_or_credentials_nothing_else_is_asked() {
    let account = Account::new();
    let sheet = sheet_of(&account.reached_without_region(), POLICY).await.to_string();
    assert!(sheet.contains("STOP  the Region: no Region is set: set AWS_REGION"), "{sheet}");
    assert!(!sheet.contains("credentials"), "{sheet}");
    let sheet = sheet_of(&account.reached_without_credentials(), POLICY).await.to_string();
    assert!(
        sheet.contains("STOP  the credentials: no credentials: neither variables nor a profile nor a role hold any: set AWS_PROFILE"),
        "{sheet}"
    );
    assert_eq!(account.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn a_region_that_does_not_exist_is_told_before_a_call() {
    let account = Account::new();
    let now = "2026-11-23T06:00:00Z".parse().unwrap();
    let aws = account.reached_from("eu-wset-1");
    let sheet =
        deploy(&aws, &deployment(&policy(POLICY), &stage(), false), Store::Standard, &|_| false, now).await;
    let said = "STOP  the Region: eu-wset-1 has no sts.eu-wset-1.amazonaws.com: check the Region's name";
    assert!(sheet.to_string().contains(said), "{sheet}");
    assert_eq!(account.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn credentials_that_only_another_region_knows_mean_a_region_that_is_not_enabled() {
    let mut account = Account::new();
    let here = "GetCallerIdentity at sts.mx-central-1.amazonaws.com";
    account.refuses(here, "InvalidClientTokenId", "The security token included in the request is invalid");
    let sheet = sheet_of(&account.reached_from("mx-central-1"), POLICY).await.to_string();
    let said = "STOP  the Region: the Region mx-central-1 is not enabled in account 123456789012: enable it with \
                `aws account enable-region --region-name mx-central-1`, or deploy to another";
    assert!(sheet.contains(said), "{sheet}");

    for (code, words) in [
        ("InvalidClientTokenId", "check AWS_PROFILE, AWS_ACCESS_KEY_ID"),
        ("ExpiredToken", "they are over: sign in again"),
    ] {
        let mut account = Account::new();
        account.refuses("GetCallerIdentity", code, "No");
        let sheet = sheet_of(&account.reached_from("mx-central-1"), POLICY).await.to_string();
        let said = format!("STOP  the credentials: AWS refuses the credentials: {code}: No: {words}");
        assert!(sheet.contains(&said), "{sheet}");
    }
}

#[tokio::test]
async fn a_service_that_the_region_does_not_have_is_told_and_not_asked() {
    let account = Account::new();
    let now = "2026-11-23T06:00:00Z".parse().unwrap();
    let absent = ["scheduler", "elasticache", "monitoring"];
    let resolve = |host: &str| !absent.iter().any(|service| host.starts_with(&format!("{service}.")));
    let aws = account.reached_from(REGION);
    let sheet =
        deploy(&aws, &deployment(&policy(POLICY), &stage(), false), Store::Standard, &resolve, now).await;
    for name in ["EventBridge Scheduler (scheduler", "ElastiCache (elasticache", "CloudWatch (monitoring"] {
        let said = format!("STOP  eu-west-1: it has no {name}.eu-west-1.amazonaws.com is no name)");
        assert!(sheet.to_string().contains(&said), "{sheet}");
    }
    let asked = account.asked();
    for operation in ["DescribeReplicationGroups", "DescribeAlarms"] {
        assert!(!asked.iter().any(|one| one == operation), "{asked:?}");
    }
    assert!(asked.iter().any(|one| one == "DescribeServices"), "{asked:?}");
}

#[tokio::test]
async fn files_beside_a_policy_need_a_package() {
    let mut policy = policy(POLICY);
    policy.files = vec!["holidays.ics".to_owned()];
    let now = "2026-11-23T06:00:00Z".parse().unwrap();
    let aws = Account::new().reached_from(REGION);
    let sheet = deploy(&aws, &deployment(&policy, &stage(), false), Store::Standard, &|_| true, now).await;
    let said = "STOP  the policy: policy.toml names holidays.ics, and no file stands beside a parameter: deploy with STORE=package";
    assert!(sheet.to_string().contains(said), "{sheet}");
    let sheet = deploy(&aws, &deployment(&policy, &stage(), false), Store::Package, &|_| true, now).await;
    assert!(!sheet.stops(), "{sheet}");
}
