//! How long a managed policy is to AWS, with the values of whatever deployment.

use serde_json::{Value, json};

/// The most characters of a managed policy, white space aside (IAM user guide, "IAM and AWS STS quotas").
pub const CHARACTERS_A_POLICY: usize = 6_144;

/// What stands for values that only the deployment knows, as long as the longest of them.
const LONGEST: [(&str, usize); 6] = [
    // `aws-us-gov`.
    ("${AWS::Partition}", 10),
    // `ap-southeast-1`.
    ("${AWS::Region}", 14),
    ("${AWS::AccountId}", 12),
    // CloudFormation user guide, "Understand CloudFormation quotas".
    ("${AWS::StackName}", 128),
    // `infra/template.yaml`, `Stage`.
    ("${Stage}", 31),
    // What `!Sub` leaves as it is.
    ("${!", 2),
];

/// The longest ARN of a table: 255 characters of name (DynamoDB developer guide, "Quotas"), and what is before it.
const LONGEST_TABLE: usize = 58 + 255;

/// The number behind the name of a statement that is one of several, characters.
const NUMBER: usize = 3;

/// Whether a managed policy holds this statement, with the number that it may get.
pub(super) fn fits_alone(statement: &Value) -> bool {
    envelope() + length(statement) + NUMBER <= CHARACTERS_A_POLICY
}

pub(super) fn document(statements: Vec<Value>) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

pub(super) fn envelope() -> usize {
    length(&document(Vec::new()))
}

/// How long `value` is at most once CloudFormation has written the deployment's values into it, without white space outside of texts.
pub(super) fn length(value: &Value) -> usize {
    match value {
        Value::Object(fields) => match fields.iter().next() {
            Some((function, Value::String(text))) if function == "Fn::Sub" => {
                let text_length = |text: &str| Value::from(text).to_string().len();
                LONGEST.iter().fold(text_length(text), |sum, (what, longest)| {
                    let times = text.matches(what).count();
                    sum + times * longest - times * what.len()
                })
            }
            Some((function, _)) if function == "Fn::GetAtt" => LONGEST_TABLE + 2,
            _ => {
                let fields = fields.iter().map(|(key, value)| key.len() + 3 + length(value) + 1);
                2 + fields.sum::<usize>().saturating_sub(1)
            }
        },
        Value::Array(items) => 2 + items.iter().map(|item| length(item) + 1).sum::<usize>().saturating_sub(1),
        other => other.to_string().len(),
    }
}
