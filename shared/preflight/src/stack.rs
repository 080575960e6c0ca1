//! Whether the stack of a stage can be deployed or removed as it stands: CloudFormation and SAM say it late, or not at all.

use aws_sdk_cloudformation::types::{Stack, StackStatus};
use tidegate_aws::access::Caller;
use tidegate_aws::failure::{Failure, Operation};
use tidegate_policy::names::Stage;

use crate::aws::Aws;
use crate::sheet::Sheet;
use crate::words;

/// What infra/samconfig.toml puts on every stack of ours, also on one that failed.
const OURS: &str = "tidegate:stage";
const DESCRIBE_STACKS: Operation =
    Operation { name: "DescribeStacks", action: "cloudformation:DescribeStacks", also: &[] };

/// What is to be done to the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// It is made or updated.
    Deploy,
    /// It is removed.
    Destroy,
}

impl Verb {
    /// As a person says it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Verb::Deploy => "deploy",
            Verb::Destroy => "destroy",
        }
    }
}

/// What the stack of a stage is called.
pub(crate) fn name(stage: &Stage) -> String {
    format!("tidegate-{stage}")
}

/// Asks for the stack, and says what its state keeps. The stack, if there is one.
pub(crate) async fn look(
    aws: &Aws,
    verb: Verb,
    stage: &Stage,
    caller: &Caller,
    sheet: &mut Sheet,
) -> Option<Stack> {
    let (name, region) = (name(stage), caller.region.as_str());
    match describe(aws, &name).await {
        Ok(found) => {
            match against(verb, &name, region, found.as_ref()) {
                Some(said) => sheet.stop("the stack", said),
                None => sheet.checked("the stack", as_it_is(&name, found.as_ref())),
            }
            found
        }
        Err(failure) => {
            let said = words::of_failure(&failure, caller);
            let mend = words::mend_unless_denied(&failure, "try again");
            sheet.stop(
                "the stack",
                format!("the stack {name} in {region} cannot be asked about: {said}{mend}"),
            );
            None
        }
    }
}

/// `None` if there is no stack of this name.
async fn describe(aws: &Aws, name: &str) -> Result<Option<Stack>, Failure> {
    let answer = aws.cloudformation.describe_stacks().stack_name(name).send().await;
    match answer.map_err(|error| Failure::of(DESCRIBE_STACKS, &error)) {
        Ok(answer) => Ok(answer.stacks.unwrap_or_default().into_iter().next()),
        // CloudFormation has no code of its own for it (API reference, "DescribeStacks").
        Err(failure) if failure.is("ValidationError") && failure.message.contains("does not exist") => {
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

fn as_it_is(name: &str, found: Option<&Stack>) -> String {
    match found.and_then(Stack::stack_status) {
        Some(status) => format!("{name} is {status}"),
        None => format!("there is no {name} yet"),
    }
}

/// What stands against it by the stack's own state, and the mend; `None` if nothing does.
fn against(verb: Verb, name: &str, region: &str, found: Option<&Stack>) -> Option<String> {
    let Some(stack) = found else {
        return (verb == Verb::Destroy).then(|| {
            format!(
                "there is no stack {name} in {region}, so nothing to remove: check the stage and AWS_REGION"
            )
        });
    };
    // Whatever has no status takes what CloudFormation makes of it.
    let status = stack.stack_status()?;
    // It waits for a first change set, which somebody declined: it has no resource, and not yet its tags.
    if *status == StackStatus::ReviewInProgress {
        return None;
    }
    if !stack.tags().iter().any(|tag| tag.key() == Some(OURS)) {
        return Some(format!(
            "the stack {name} in {region} is not Tidegate's: it has no tag {OURS}, which infra/samconfig.toml gives: choose another stage"
        ));
    }
    // Codes that are new to the SDK are judged by their names, as the others are.
    match status.as_str() {
        "UPDATE_ROLLBACK_FAILED" => Some(format!(
            "the stack {name} could not go back ({status}): `aws cloudformation continue-update-rollback --stack-name {name}`"
        )),
        busy if busy.ends_with("_IN_PROGRESS") => Some(format!(
            "the stack {name} is {status}: somebody else is at work on it: wait until they are done"
        )),
        // What no update leaves (CloudFormation user guide, "Stack status codes").
        "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "CREATE_FAILED" | "DELETE_FAILED"
            if verb == Verb::Deploy =>
        {
            Some(format!(
                "the stack {name} is {status}, which takes no deployment: read its events, then `make destroy` that stage first"
            ))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
