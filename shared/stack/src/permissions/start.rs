//! What every function calls, whatever the kind of its targets: its policy, the ledger, and metrics.

use serde_json::json;
use tidegate_policy::policy::Policy;

use super::statement::{Statement, arn};
use crate::function::Function;
use crate::resource::substituted;

const LEADING_KEYS: &str = "dynamodb:LeadingKeys";

/// The policy, by whoever follows it.
pub(super) fn read_policy() -> Statement {
    let parameter = substituted(
        "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/${AWS::StackName}/policy",
    );
    Statement::allow("ReadPolicy", &["ssm:GetParameter"]).on([parameter])
}

/// The policy in any case, to find out that there is nothing to do; the rest where there are targets.
pub(super) fn statements(function: Function, policy: &Policy) -> Vec<Statement> {
    let mut statements = vec![read_policy()];
    let names: Vec<_> = function.targets(policy).map(|target| target.name.as_str()).collect();
    if names.is_empty() {
        return statements;
    }
    // One statement, however many targets: the keys of one BatchGetItem have to be in one list. A transaction asks for the permissions of
    // what it puts and updates (DynamoDB developer guide, "Using IAM with DynamoDB transactions").
    let operations = ["dynamodb:BatchGetItem", "dynamodb:UpdateItem", "dynamodb:PutItem"];
    statements.push(
        Statement::allow("KeepLedger", &operations)
            .on([json!({"Fn::GetAtt": ["Ledger", "Arn"]})])
            .when("ForAllValues:StringEquals", LEADING_KEYS, names)
            .when_present(LEADING_KEYS),
    );
    statements.push(
        Statement::allow("TellWhatHappened", &["events:PutEvents"])
            .on([json!({"Fn::GetAtt": ["Events", "Arn"]})]),
    );
    // Neither knows a resource.
    let reads = ["cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics", "cloudwatch:ListMetrics"];
    statements.push(Statement::allow("ReadMetrics", &reads).anywhere());
    statements
}

/// What Application Auto Scaling holds: the action knows no resource.
pub(super) fn scalable_targets() -> Statement {
    Statement::allow("ReadScalableTargets", &["application-autoscaling:DescribeScalableTargets"]).anywhere()
}

/// Reads one kind of thing in this account and Region: these actions are asked for all of them.
pub(super) fn read_all(sid: &str, action: &'static str, service: &str, things: &str) -> Statement {
    Statement::allow(sid, &[action]).on([arn(service, things)])
}
