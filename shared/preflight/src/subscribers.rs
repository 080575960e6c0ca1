//! Who subscribes to the topics of the stack: SNS sends nothing to an address that never confirmed, and tells nobody that it does not.

use aws_sdk_cloudformation::types::Stack;
use tidegate_aws::access::Caller;
use tidegate_aws::reach::{Subscription, subscriptions};
use tidegate_policy::policy::Policy;

use crate::aws::Aws;
use crate::sheet::{Sheet, counted};
use crate::words;

/// The outputs of the template that are topics for people.
const TOPICS: [(&str, &str); 2] =
    [("CriticalTopic", "the topic critical"), ("WarningTopic", "the topic warning")];
/// How the stack's own function subscribes, which is no person.
const FUNCTION: &str = "lambda";

/// Looks at the topics that the stack has by now: a first deployment has none.
pub(crate) async fn look(aws: &Aws, stack: &Stack, policy: &Policy, caller: &Caller, sheet: &mut Sheet) {
    for (output, about) in TOPICS {
        let found = stack.outputs().iter().find(|found| found.output_key() == Some(output));
        let Some(topic) = found.and_then(|found| found.output_value()) else { continue };
        match subscriptions(&aws.clients, topic).await {
            Ok(all) => judge(about, &all, policy.notify.is_empty(), sheet),
            Err(failure) => {
                let said = words::of_failure(&failure, caller);
                sheet.note(about, format!("who subscribes to it cannot be asked: {said}"));
            }
        }
    }
}

/// What is to be said of the subscribers of one topic.
fn judge(about: &str, all: &[Subscription], alone: bool, sheet: &mut Sheet) {
    let people = || all.iter().filter(|one| one.protocol != FUNCTION);
    for one in people().filter(|one| !one.confirmed) {
        let who = shown(one);
        let fix = "confirm it by the message that SNS sent there, or take it out and deploy again for another message";
        sheet.note(about, format!("{who} never confirmed its subscription, and gets nothing: {fix}"));
    }
    match people().filter(|one| one.confirmed).count() {
        0 if alone => {
            let fix =
                "write a [[notify]] into the policy, or set the address of the stage in infra/samconfig.toml";
            sheet.note(about, format!("nobody is notified by it, and the policy names no channel: {fix}"));
        }
        // The function `notify` subscribes to the alarm on itself, and is then the one that does not work.
        0 if about == TOPICS[0].1 => {
            let fix = "set an address of the stage in infra/samconfig.toml, as CriticalEmail";
            sheet.note(about, format!("only the function notify gets what it publishes: if notify fails, nobody hears of it: {fix}"));
        }
        0 => {}
        confirmed => sheet.checked(about, format!("{} confirmed", counted(confirmed, "subscription"))),
    }
}

/// Of a URL the host alone: the rest may be a key.
fn shown(one: &Subscription) -> String {
    let Subscription { protocol, endpoint, .. } = one;
    let address = endpoint
        .split_once("://")
        .map_or(endpoint.as_str(), |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    format!("{address} ({protocol})")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(protocol: &str, endpoint: &str, confirmed: bool) -> Subscription {
        Subscription { protocol: protocol.to_owned(), endpoint: endpoint.to_owned(), confirmed }
    }

    fn said(all: &[Subscription], alone: bool) -> String {
        let mut sheet = Sheet::new("deploy production");
        judge("the topic critical", all, alone, &mut sheet);
        sheet.to_string()
    }

    #[test]
    fn what_was_never_confirmed_is_named_with_the_fix_and_without_its_key() {
        let said = said(
            &[
                one("email", "ops@example.com", false),
                one("https", "https://events.pagerduty.com/integration/aVerySecretKey/enqueue", false),
                one("email", "lead@example.com", true),
            ],
            true,
        );
        for words in [
            "note  the topic critical: ops@example.com (email) never confirmed its subscription",
            "events.pagerduty.com (https) never confirmed",
            "ok    the topic critical: 1 subscription confirmed",
        ] {
            assert!(said.contains(words), "{words:?} is not in {said}");
        }
        assert!(!said.contains("aVery") && !said.contains("STOP"), "{said}");
    }

    #[test]
    fn a_topic_that_only_the_function_reads_notifies_nobody_without_a_channel() {
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:tidegate-production-notify";
        let function = [one("lambda", arn, true)];
        assert!(said(&function, true).contains("nobody is notified by it"), "{}", said(&function, true));
        // With channels the function notifies, but not of its own failure.
        let notified = said(&function, false);
        assert!(notified.contains("if notify fails, nobody hears of it: set an address"), "{notified}");
        let person = one("email", "ops@example.com", true);
        let also_by_mail = said(&[one("lambda", arn, true), person], false);
        assert!(!also_by_mail.contains("if notify fails"), "{also_by_mail}");
        assert!(said(&[], true).contains("nobody is notified"));
    }
}
