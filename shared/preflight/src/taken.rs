//! What another stack scales already, and a parameter that does not become what it was: CloudFormation says it once it is at work.

use tidegate_aws::access::Caller;
use tidegate_aws::failure::{Failure, Operation};
use tidegate_aws::reach::is_advanced;
use tidegate_policy::names::Stage;
use tidegate_policy::policy::Policy;
use tidegate_stack::exports::{Export, export};
use tidegate_stack::stack::Store;

use crate::aws::Aws;
use crate::sheet::Sheet;
use crate::{stack, words};

const LIST_EXPORTS: Operation =
    Operation { name: "ListExports", action: "cloudformation:ListExports", also: &[] };

/// Says which targets of the policy another stack scales already.
pub(crate) async fn targets(aws: &Aws, policy: &Policy, stage: &Stage, caller: &Caller, sheet: &mut Sheet) {
    let taken = match exports(aws).await {
        Ok(taken) => taken,
        Err(failure) => {
            // CloudFormation would refuse it all the same, once what acts is there.
            let said = words::of_failure(&failure, caller);
            let mend = words::mend_unless_denied(&failure, "try again");
            sheet.stop(
                "the targets",
                format!("whether another stack scales one of them cannot be asked: {said}{mend}"),
            );
            return;
        }
    };
    let ours = stack::name(stage);
    for target in &policy.targets {
        let wanted = export(target);
        for (taken, other) in taken.iter().filter(|(taken, other)| *other != ours && wanted.meets(taken)) {
            let first = if taken.is_of_replicas() { "bring its replicas to zero, " } else { "" };
            let said = format!(
                "the stack {other} has {} already, of its target {}, and two would undo each other: take it out of this policy; or, to move it \
                 here, {first}take it out of {other}'s policy and deploy {other} first",
                taken.name, taken.value
            );
            sheet.stop(target.name.as_str(), said);
        }
    }
}

/// Every export of the Region, and the stack that has it.
async fn exports(aws: &Aws) -> Result<Vec<(Export, String)>, Failure> {
    let mut found = Vec::new();
    let mut pages = aws.cloudformation.list_exports().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Failure::of(LIST_EXPORTS, &error))?;
        for one in page.exports() {
            let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
            let export = Export { name: text(one.name()), value: text(one.value()) };
            found.push((export, stack_of(one.exporting_stack_id().unwrap_or_default()).to_owned()));
        }
    }
    Ok(found)
}

/// The name in `arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/ID`.
fn stack_of(id: &str) -> &str {
    let name = id.rsplit_once(":stack/").map_or(id, |(_, name)| name);
    name.split('/').next().unwrap_or(name)
}

/// Says of an advanced parameter that it does not become standard again: AWS refuses it, and the whole update is rolled back.
pub(crate) async fn parameter(aws: &Aws, store: Store, stage: &Stage, caller: &Caller, sheet: &mut Sheet) {
    if store != Store::Standard {
        return;
    }
    let name = format!("/{}/policy", stack::name(stage));
    match is_advanced(&aws.clients, &name).await {
        Ok(false) => {}
        Ok(true) => sheet.stop(
            "the policy",
            format!(
                "{name} is an advanced parameter, which AWS does not make a standard one again: deploy with STORE=advanced as before, or once \
                 with STORE=package in between"
            ),
        ),
        Err(failure) => {
            let said = words::of_failure(&failure, caller);
            let mend = words::mend_unless_denied(&failure, "try again");
            sheet.stop("the policy", format!("whether {name} is an advanced parameter cannot be asked: {said}{mend}"));
        }
    }
}

#[cfg(test)]
mod tests;
