//! What does not need a judge: that every role fits, whatever the policy, and reads as it should.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;
use tidegate_policy::document::parse;
use tidegate_policy::policy::Policy;

use super::*;

fn policy(text: &str) -> Policy {
    parse(text).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn production() -> Policy {
    policy(include_str!("../../../../infra/policies/production.toml"))
}

fn replicas(count: usize, name: impl Fn(usize) -> String) -> Policy {
    let mut text = String::new();
    for index in 0..count {
        let name = name(index);
        writeln!(
            text,
            "[[target]]\nname = {name:?}\nkind = \"rds-replicas\"\nsource = \"{name}-db\"\nengine = \"mysql\"\nreader = {{ zone = \"Z0{}\", name = \"{name}.db.example.com\", ttl = \"10s\" }}\nmin = 1\nmax = 2\nscale_out = [\"primary cpu > 70% for 10m\"]\n",
            index % 3
        )
        .unwrap();
    }
    policy(&text)
}

fn documents_of(resources: &[Resource]) -> Vec<&Value> {
    resources.iter().map(|resource| &resource.properties["PolicyDocument"]).collect()
}

fn statements_of(resources: &[Resource]) -> Vec<&Value> {
    documents_of(resources)
        .into_iter()
        .flat_map(|document| document["Statement"].as_array().unwrap())
        .collect()
}

/// Those of this name, whatever their number.
fn named<'a>(resources: &'a [Resource], sid: &str) -> Vec<&'a Value> {
    let is = |found: &str| {
        found.strip_prefix(sid).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    statements_of(resources).into_iter().filter(|statement| is(statement["Sid"].as_str().unwrap())).collect()
}

/// Everything that quotas and IAM's grammar ask of the managed policies.
fn check(resources: &[Resource]) {
    let mut ids = BTreeSet::new();
    for resource in resources {
        assert!(ids.insert(&resource.logical_id), "{} twice", resource.logical_id);
        let document = &resource.properties["PolicyDocument"];
        assert!(size::length(document) <= CHARACTERS_A_POLICY, "{}", resource.logical_id);
        let mut sids = BTreeSet::new();
        for statement in document["Statement"].as_array().unwrap() {
            let sid = statement["Sid"].as_str().unwrap();
            assert!(sids.insert(sid), "{sid} twice in {}", resource.logical_id);
            assert!(sid.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{sid}");
            assert!(!statement["Resource"].as_array().unwrap().is_empty(), "{sid}");
        }
    }
    for function in FUNCTIONS {
        let role = reference(&function.role());
        let of_role = resources.iter().filter(|resource| resource.properties["Roles"][0] == role).count();
        assert!((1..=POLICIES_A_ROLE).contains(&of_role), "{of_role} of {}", function.name());
    }
}

#[test]
fn what_production_may_do() {
    let resources = resources(&production()).unwrap();
    check(&resources);
    let written: Vec<_> =
        resources.iter().map(|resource| (&resource.logical_id, &resource.properties)).collect();
    insta::assert_snapshot!(serde_json::to_string_pretty(&written).unwrap());
}

#[test]
fn a_function_without_targets_may_read_its_policy_and_nothing_else() {
    let resources = resources(&replicas(1, |_| "orders".to_owned())).unwrap();
    for function in ["EcsCapacityPermissions1", "RedisNodesPermissions1"] {
        let own = resources.iter().find(|resource| resource.logical_id == function).unwrap();
        let statements = own.properties["PolicyDocument"]["Statement"].as_array().unwrap();
        assert_eq!(statements.len(), 1, "{statements:#?}");
        assert_eq!(statements[0]["Action"], json!(["ssm:GetParameter"]));
    }
}

#[test]
fn a_few_targets_have_statements_of_their_own_and_a_hundred_fit() {
    let some = resources(&replicas(20, |index| format!("shop-{index}"))).unwrap();
    check(&some);
    assert_eq!(named(&some, "DeleteReplicas").len(), 20);
    // Twenty-six characters.
    let long = |index: usize| format!("the-name-of-a-database-{index:03}");
    for many in [replicas(100, |index| format!("shop-{index}")), replicas(100, long)] {
        let many = resources(&many).unwrap();
        check(&many);
        let deleted = named(&many, "DeleteReplicas");
        let targets: usize = deleted.iter().map(|one| one["Resource"].as_array().unwrap().len()).sum();
        assert_eq!(targets, 100);
        let keys =
            &named(&many, "KeepLedger")[0]["Condition"]["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"];
        assert_eq!(keys.as_array().unwrap().len(), 100);
    }
}

#[test]
fn what_does_not_fit_is_told_with_the_mend() {
    let error = resources(&replicas(400, |index| format!("shop-{index}"))).unwrap_err();
    let told = "what rds-replicas may do to its 400 targets does not fit the 10 managed policies of 6144 characters that a role takes: deploy the targets as two policies, in two stages";
    assert_eq!(error.to_string(), told);
}

#[test]
fn a_length_is_that_of_the_longest_deployment() {
    let written = json!({"Resource": [{"Fn::Sub": "arn:${AWS::Partition}:x:${AWS::Region}:${AWS::AccountId}:${!y}"}], "a": "b\"", "n": 1});
    let resolved =
        json!({"Resource": ["arn:aws-us-gov:x:ap-southeast-1:123456789012:${y}"], "a": "b\"", "n": 1});
    assert_eq!(size::length(&written), resolved.to_string().len());
}

#[test]
fn statements_of_one_name_are_numbered() {
    let one = |sid: &str| Statement::allow(sid, &["ssm:GetParameter"]).anywhere();
    let documents = managed::documents(vec![one("A"), one("B"), one("A")]).unwrap();
    let sids: Vec<_> = documents[0]["Statement"].as_array().unwrap().iter().map(|one| &one["Sid"]).collect();
    assert_eq!(sids, ["A1", "B", "A2"]);
}

#[test]
fn a_group_is_changed_as_far_as_its_policy_says() {
    let group = |name: &str, more: &str| {
        format!(
            "[[target]]\nname = {name:?}\nkind = \"redis-nodes\"\ngroup = {name:?}\nscale_out = [\"cpu > 70% for 10m\"]\n{more}\n"
        )
    };
    let text = group("plain", "min = 2\nmax = 5")
        + &group("lone", "failover = false\nmin = 1\nmax = 2")
        + &group(
            "sharded",
            "cluster_mode = \"enabled\"\nreplicas = { min = 1, max = 2 }\nshards = { min = 2, max = 6 }\nmin = 4\nmax = 18\nnode_types = [\"cache.m7g.large\", \"cache.m7g.xlarge\"]",
        );
    let resources = resources(&policy(&text)).unwrap();
    check(&resources);
    let caps: Vec<_> = named(&resources, "AddReplicas").iter().map(|one| &one["Condition"]).collect();
    assert_eq!(
        caps,
        [
            // The nodes without the primary.
            &json!({"NumericLessThanEquals": {REPLICAS: "1"}}),
            &json!({"NumericLessThanEquals": {REPLICAS: "4"}}),
            &json!({"NumericLessThanEqualsIfExists": {REPLICAS: "2"}}),
        ]
    );
    let floors: Vec<_> = named(&resources, "RemoveReplicas").iter().map(|one| &one["Condition"]).collect();
    assert_eq!(
        floors,
        [
            &json!({"NumericGreaterThanEqualsIfExists": {REPLICAS: "0"}}),
            &json!({"NumericGreaterThanEqualsIfExists": {REPLICAS: "1"}}),
        ]
    );
    let only = |sid: &str| -> Vec<String> {
        let statements = named(&resources, sid);
        let arns = statements.iter().flat_map(|one| one["Resource"].as_array().unwrap());
        arns.map(|arn| arn["Fn::Sub"].as_str().unwrap().rsplit(':').next().unwrap().to_owned()).collect()
    };
    for sid in ["ChangeShards", "ChangeNodeType", "ReadLargerTypes"] {
        assert_eq!(only(sid), ["sharded"], "{sid}");
    }
}

const REPLICAS: &str = "elasticache:ReplicasPerNodeGroup";
