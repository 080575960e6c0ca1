//! What each function's role may do: the calls of its adapters, on the targets of the policy, and nothing else.
//!
//! The roles of `infra/template.yaml` have logs, the queue of failed events, X-Ray and the table's key; everything else that a function
//! calls is allowed here, in managed policies that are attached to its role. Which resources and condition keys an action knows is in the
//! Service Authorization Reference. A read that has no narrower form gets the Region or `*`; every write names what it may change.

mod ecs_service;
mod managed;
mod notify;
mod pairing;
mod rds_replicas;
mod redis_nodes;
mod size;
mod start;
mod statement;

use serde_json::json;
use tidegate_policy::policy::Policy;

use crate::error::StackError;
use crate::function::{FUNCTIONS, Function};
use crate::resource::{Resource, reference};
use pairing::Pairing;
use statement::Statement;

pub use managed::POLICIES_A_ROLE;
pub use size::CHARACTERS_A_POLICY;

/// Managed policies, attached to the roles of the template.
///
/// # Errors
/// When what a function may do to its targets does not fit the managed policies that a role takes.
pub fn resources(policy: &Policy) -> Result<Vec<Resource>, StackError> {
    let mut resources = Vec::new();
    for function in FUNCTIONS {
        for (index, document) in documents(function, policy)?.into_iter().enumerate() {
            let properties = json!({
                // Another description would be another policy to CloudFormation, made before the old one goes.
                "Description": "What Tidegate may do to the targets of its policy.",
                "Roles": [reference(&function.role())],
                "PolicyDocument": document,
            });
            let id = format!("{}Permissions{}", function.logical_id, index + 1);
            resources.push(Resource::new(id, "AWS::IAM::ManagedPolicy", &properties));
        }
    }
    for (index, document) in managed::documents(notify::statements(policy)).into_iter().flatten().enumerate()
    {
        let properties = json!({
            "Description": "What Tidegate may read to tell people.",
            "Roles": [reference("NotifyRole")],
            "PolicyDocument": document,
        });
        resources.push(Resource::new(
            format!("NotifyPermissions{}", index + 1),
            "AWS::IAM::ManagedPolicy",
            &properties,
        ));
    }
    Ok(resources)
}

/// The documents of one function.
fn documents(function: Function, policy: &Policy) -> Result<Vec<serde_json::Value>, StackError> {
    let fitting = [Pairing::Exact, Pairing::Shared]
        .into_iter()
        .find_map(|pairing| managed::documents(statements(function, policy, pairing)));
    fitting.ok_or_else(|| StackError::TooMuchAllowed {
        function: function.name(),
        targets: function.targets(policy).count(),
    })
}

/// All that a function may do.
fn statements(function: Function, policy: &Policy, pairing: Pairing) -> Vec<Statement> {
    let mut statements = start::statements(function, policy);
    statements.extend(rds_replicas::statements(function, policy, pairing));
    statements.extend(ecs_service::statements(function, policy));
    statements.extend(redis_nodes::statements(function, policy));
    statements
}

#[cfg(test)]
mod tests;
