//! Who may send a direct command to what is deployed, and how late one may come: what the bus, its policy and its rule say.

use serde_json::json;
use tidegate_deployment::deploy::root;
use tidegate_stack::function::FUNCTIONS;

use crate::rendered::{ACCOUNT, REGION, Rendered, STACK};

fn production() -> Rendered {
    let document = std::fs::read_to_string(root().join("infra/policies/production.toml"));
    Rendered::of(&document.expect("the policy is there"))
}

/// On the default bus whoever may put any event could send one.
#[test]
fn commands_have_a_bus_of_their_own_that_lets_no_other_account_in() {
    let production = production();
    let bus = production.written("CommandBus");
    assert_eq!(production.resolved(&bus["Name"]), json!(format!("{STACK}-commands")));
    let policy = production.resolved(&bus["Policy"]);
    let statements = policy["Statement"].as_array().expect("a policy has statements");
    let [only] = statements.as_slice() else { panic!("{policy}") };
    assert_eq!(
        *only,
        json!({
            "Sid": "OnlyThisAccount",
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")},
            "Action": "events:PutEvents",
            "Resource": format!("arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{STACK}-commands"),
            "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
        })
    );
}

#[test]
fn no_rule_takes_commands_from_another_bus_or_account_and_none_is_tried_for_hours() {
    let production = production();
    let commands =
        |id: &&str| production.written(id)["EventPattern"].to_string().contains("Tidegate Command");
    let rules: Vec<&str> = production.all_of("AWS::Events::Rule").filter(commands).collect();
    assert_eq!(rules, ["CommandRule"]);
    let rule = production.written("CommandRule");
    assert_eq!(rule["EventBusName"], json!({"Ref": "CommandBus"}));
    let pattern = production.resolved(&rule["EventPattern"]);
    assert_eq!(pattern, json!({"account": [ACCOUNT], "detail-type": ["Tidegate Command"]}));
    // EventBridge tries for 24 hours where nothing is said, and takes no age below a minute.
    let retries = json!({"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60});
    let targets = rule["Targets"].as_array().expect("a rule has targets");
    let functions = FUNCTIONS.map(|function| json!({"Fn::GetAtt": [function.logical_id, "Arn"]}));
    assert_eq!(targets.iter().map(|target| target["Arn"].clone()).collect::<Vec<_>>(), functions);
    for (target, function) in targets.iter().zip(FUNCTIONS) {
        assert_eq!(target["RetryPolicy"], retries);
        let permission = production.written(&format!("{}CommandPermission", function.logical_id));
        assert_eq!(permission["FunctionName"], json!({"Ref": function.logical_id}));
        assert_eq!(permission["SourceArn"], json!({"Fn::GetAtt": ["CommandRule", "Arn"]}));
    }
}
