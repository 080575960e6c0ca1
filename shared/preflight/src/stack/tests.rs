//! Goal: a stack that cannot be deployed or removed as it stands is told before it is touched, and one that can be is not. Method: every
//! status that CloudFormation has, and one account by script.

use aws_sdk_cloudformation::types::Tag;

use super::*;
use crate::account::{Account, REGION};
use crate::deploy::deploy;
use crate::deploy::tests::{POLICY, deployment, policy, stage};
use crate::destroy::destroy;
use tidegate_stack::stack::Store;

fn found(status: &str, tagged: bool) -> Stack {
    let tag = Tag::builder().key(OURS).value("production").build();
    let stack = Stack::builder().stack_name("tidegate-production").stack_status(StackStatus::from(status));
    stack.set_tags(tagged.then(|| vec![tag])).build()
}

fn kept(verb: Verb, status: &str, tagged: bool) -> Option<String> {
    against(verb, "tidegate-production", "eu-west-1", Some(&found(status, tagged)))
}

async fn said(account: &Account, verb: Verb) -> String {
    let (policy, stage, aws) = (policy(POLICY), stage(), account.reached_from(REGION));
    let now = "2026-11-23T06:00:00Z".parse().unwrap();
    let asked = deployment(&policy, &stage, false);
    let sheet = match verb {
        Verb::Deploy => deploy(&aws, &asked, Store::Standard, &|_| true, now).await,
        Verb::Destroy => destroy(&aws, &asked, &|_| true, now).await,
    };
    format!("{sheet}\nstops: {}", sheet.stops())
}

#[test]
fn every_status_is_judged_for_a_deployment_and_for_a_removal() {
    let busy = Some("somebody else is at work on it: wait until they are done");
    let first = Some("which takes no deployment: read its events, then `make destroy` that stage first");
    let back = Some("`aws cloudformation continue-update-rollback --stack-name tidegate-production`");
    let table = [
        ("CREATE_COMPLETE", None, None),
        ("UPDATE_COMPLETE", None, None),
        ("UPDATE_ROLLBACK_COMPLETE", None, None),
        ("UPDATE_FAILED", None, None),
        ("IMPORT_COMPLETE", None, None),
        ("IMPORT_ROLLBACK_COMPLETE", None, None),
        ("IMPORT_ROLLBACK_FAILED", None, None),
        ("DELETE_COMPLETE", None, None),
        ("REVIEW_IN_PROGRESS", None, None),
        ("CREATE_IN_PROGRESS", busy, busy),
        ("DELETE_IN_PROGRESS", busy, busy),
        ("ROLLBACK_IN_PROGRESS", busy, busy),
        ("UPDATE_IN_PROGRESS", busy, busy),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", busy, busy),
        ("UPDATE_ROLLBACK_IN_PROGRESS", busy, busy),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", busy, busy),
        ("IMPORT_IN_PROGRESS", busy, busy),
        ("IMPORT_ROLLBACK_IN_PROGRESS", busy, busy),
        ("CREATE_FAILED", first, None),
        ("ROLLBACK_COMPLETE", first, None),
        ("ROLLBACK_FAILED", first, None),
        ("DELETE_FAILED", first, None),
        ("UPDATE_ROLLBACK_FAILED", back, back),
        // One that CloudFormation has not had so far.
        ("FROZEN_IN_PROGRESS", busy, busy),
        ("FROZEN", None, None),
    ];
    for (status, deploying, removing) in table {
        for (verb, mend) in [(Verb::Deploy, deploying), (Verb::Destroy, removing)] {
            let said = kept(verb, status, true);
            match mend {
                None => assert_eq!(said, None, "{verb:?} {status}"),
                Some(mend) => {
                    let said = said.unwrap_or_else(|| panic!("{verb:?} {status} is not told"));
                    assert!(said.contains(status) && said.ends_with(mend), "{said}");
                }
            }
        }
    }
    for known in StackStatus::values() {
        assert!(table.iter().any(|(status, ..)| status == known), "{known} is not judged");
    }
}

#[test]
fn a_stack_of_somebody_else_is_left_alone_and_one_that_waits_for_its_first_change_set_is_not() {
    for verb in [Verb::Deploy, Verb::Destroy] {
        for status in ["CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "ROLLBACK_COMPLETE"] {
            let said = kept(verb, status, false).unwrap();
            let words =
                "the stack tidegate-production in eu-west-1 is not Tidegate's: it has no tag tidegate:stage";
            assert!(said.starts_with(words) && said.ends_with("choose another stage"), "{said}");
        }
        assert_eq!(kept(verb, "REVIEW_IN_PROGRESS", false), None);
    }
}

#[tokio::test]
async fn a_stack_that_is_not_there_can_be_made_and_not_removed() {
    let mut account = Account::new();
    account.has_no_stack();
    let deploying = said(&account, Verb::Deploy).await;
    assert!(deploying.contains("ok    the stack: there is no tidegate-production yet"), "{deploying}");
    assert!(deploying.ends_with("stops: false"), "{deploying}");
    let removing = said(&account, Verb::Destroy).await;
    let words = "STOP  the stack: there is no stack tidegate-production in eu-west-1, so nothing to remove: check the stage and AWS_REGION";
    assert!(removing.contains(words) && removing.contains("nothing was removed"), "{removing}");
    assert!(removing.ends_with("stops: true") && !removing.contains("may be removed"), "{removing}");
}

/// Somebody looked at the first change set and said no: that stack has nothing, and takes the next one.
#[tokio::test]
async fn a_declined_first_change_set_keeps_nobody() {
    let mut account = Account::new();
    account.has_stack("REVIEW_IN_PROGRESS", &[]);
    for verb in [Verb::Deploy, Verb::Destroy] {
        let said = said(&account, verb).await;
        assert!(said.contains("ok    the stack: tidegate-production is REVIEW_IN_PROGRESS"), "{said}");
        assert!(said.ends_with("stops: false"), "{said}");
    }
}

#[tokio::test]
async fn a_stack_in_somebodys_way_is_told_with_everything_else() {
    let mut account = Account::new();
    account.has_stack("ROLLBACK_COMPLETE", &[("tidegate:stage", "production")]);
    account.has_instances(&[]);
    let deploying = said(&account, Verb::Deploy).await;
    assert!(
        deploying.contains("STOP  the stack: the stack tidegate-production is ROLLBACK_COMPLETE"),
        "{deploying}"
    );
    assert!(deploying.contains("STOP  orders-readers: "), "{deploying}");
    let removing = said(&account, Verb::Destroy).await;
    assert!(
        removing.contains("the stack may be removed") && removing.ends_with("stops: false"),
        "{removing}"
    );
}

#[tokio::test]
async fn a_stack_that_cannot_be_asked_about_keeps_both_back() {
    let mut account = Account::new();
    account.refuses("DescribeStacks", "AccessDenied", "User is not authorized");
    for verb in [Verb::Deploy, Verb::Destroy] {
        let said = said(&account, verb).await;
        let words = "STOP  the stack: the stack tidegate-production in eu-west-1 cannot be asked about: DescribeStacks: AccessDenied: User is not \
                     authorized: allow it to arn:aws:iam::123456789012:user/ana (cloudformation:DescribeStacks)\n";
        assert!(said.contains(words) && said.ends_with("stops: true"), "{said}");
    }
    account.refuses("DescribeStacks", "ValidationError", "1 validation error detected");
    let said = said(&account, Verb::Deploy).await;
    assert!(said.contains("DescribeStacks: ValidationError: 1 validation error detected"), "{said}");
    assert!(said.contains(": try again\n") && said.ends_with("stops: true"), "{said}");
}
