//! Parliament reads every document of every role.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::everything;
use tidegate_deployment::deploy::deployer;

/// What parliament finds, one line a finding.
fn findings(document: &Value) -> Vec<String> {
    let mut parliament = Command::new(deployer("parliament"))
        .arg("--json")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("parliament starts");
    let mut input = parliament.stdin.take().expect("its input is a pipe");
    input.write_all(document.to_string().as_bytes()).expect("it reads the document");
    drop(input);
    let output = parliament.wait_with_output().expect("it ends");
    let text = String::from_utf8(output.stdout).expect("it writes text");
    // It ends well when it finds nothing, and only then.
    assert_eq!(output.status.success(), text.trim().is_empty(), "parliament failed: {text}");
    text.lines().map(str::to_owned).collect()
}

/// Parliament looks at each statement alone. What a creation touches stands in several: the source, the new instance, and its groups, each
/// with conditions of its own. A cluster is touched only where one is the source. That they are enough together, the simulator says.
fn is_of_a_creation(finding: &str) -> bool {
    let finding: Value = serde_json::from_str(finding).expect("a finding is JSON");
    let details = finding["detail"].as_array().map(Vec::as_slice).unwrap_or_default();
    finding["issue"] == "RESOURCE_MISMATCH"
        && !details.is_empty()
        && details.iter().all(|one| one["action"] == "rds:CreateDBInstanceReadReplica")
}

/// ListTasks of a service names no resource: it needs "*" and the condition `ecs:cluster`, which the statement has and the simulator of IAM judges.
fn is_of_the_tasks_of_a_cluster(finding: &str) -> bool {
    let finding: Value = serde_json::from_str(finding).expect("a finding is JSON");
    finding["issue"] == "RESOURCE_STAR" && finding["detail"] == serde_json::json!(["ecs:ListTasks"])
}

#[test]
fn every_document_of_every_role_passes_parliament() {
    let mut told = Vec::new();
    for (name, document) in everything().documents() {
        let found = findings(&document)
            .into_iter()
            .filter(|finding| !is_of_a_creation(finding) && !is_of_the_tasks_of_a_cluster(finding));
        told.extend(found.map(|finding| format!("{name}: {finding}")));
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn a_bad_document_is_found() {
    let bad = |action: &str, resource: &str, condition: Value| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [action], "Resource": [resource], "Condition": condition}]});
    let instance = "arn:aws:rds:eu-west-1:123456789012:db:orders";
    for (document, expected) in [
        (bad("rds:DeleteDatabase", instance, json!({})), "UNKNOWN_ACTION"),
        (bad("rds:DeleteDBInstance", "arn:aws:s3:::orders", json!({})), "RESOURCE_MISMATCH"),
        (
            bad("rds:DeleteDBInstance", instance, json!({"StringEquals": {"ecs:cluster": "x"}})),
            "UNKNOWN_CONDITION_FOR_ACTION",
        ),
    ] {
        let found = findings(&document).join("\n");
        assert!(
            found.contains(expected) && !is_of_a_creation(&found),
            "{document} should be {expected}: {found}"
        );
    }
}
