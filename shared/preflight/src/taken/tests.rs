//! Goal: what another stack scales, and a parameter that cannot go back, are told before CloudFormation is at work. Method: one account by
//! script.

use super::*;
use crate::account::{Account, REGION, page_of_exports};
use crate::deploy::deploy;
use crate::deploy::tests::{POLICY, deployment, policy, stage};

async fn said(account: &Account, store: Store) -> String {
    let (policy, stage, aws) = (policy(POLICY), stage(), account.reached_from(REGION));
    let now = "2026-11-23T06:00:00Z".parse().unwrap();
    let sheet = deploy(&aws, &deployment(&policy, &stage, false), store, &|_| true, now).await;
    format!("{sheet}\nstops: {}", sheet.stops())
}

/// As the target of this name in the policy of every test is exported.
fn exported(target: &str) -> Export {
    export(policy(POLICY).policy.target(target).unwrap())
}

#[tokio::test]
async fn what_another_stack_scales_is_told_with_the_way_to_move_it() {
    let (readers, api) = (exported("orders-readers"), exported("api"));
    let mut account = Account::new();
    account.has_exports(&[
        ("tidegate-staging", &readers.name, "readers, of the source orders-primary"),
        ("tidegate-staging", &api.name, "web"),
        ("tidegate-production", &exported("sessions").name, "sessions"),
        ("network", "vpc", "vpc-1"),
    ]);
    let said = said(&account, Store::Standard).await;
    let readers = format!(
        "STOP  orders-readers: the stack tidegate-staging has {} already, of its target readers, of the source orders-primary, and two would undo \
         each other: take it out of this policy; or, to move it here, bring its replicas to zero, take it out of tidegate-staging's policy and \
         deploy tidegate-staging first\n",
        readers.name
    );
    let api = format!(
        "STOP  api: the stack tidegate-staging has {} already, of its target web, and two would undo each other: take it out of this policy; or, to \
         move it here, take it out of tidegate-staging's policy and deploy tidegate-staging first\n",
        api.name
    );
    assert!(said.contains(&readers) && said.contains(&api), "{said}");
    assert_eq!(said.matches("STOP").count(), 2, "{said}");
}

/// All replicas of one source count against one limit, whatever name they answer to.
#[tokio::test]
async fn another_reader_name_of_the_same_source_is_told_from_whatever_page_it_is_on() {
    let other = "tidegate:reader-name:reports-db-example-com-in-Z1:0a1b2c3d4e";
    let mut account = Account::new();
    account.says("ListExports", &page_of_exports(&[("network", "vpc", "vpc-1")], Some("second")));
    let value = "reports, of the source orders-primary";
    account.says("ListExports second", &page_of_exports(&[("tidegate-staging", other, value)], None));
    let told = said(&account, Store::Standard).await;
    assert!(
        told.contains(&format!("STOP  orders-readers: the stack tidegate-staging has {other} already")),
        "{told}"
    );
    assert!(account.asked().iter().any(|one| one == "ListExports second"), "{:?}", account.asked());

    let value = "reports, of the source invoices-primary";
    account.says("ListExports second", &page_of_exports(&[("tidegate-staging", other, value)], None));
    let told = said(&account, Store::Standard).await;
    assert!(told.ends_with("stops: false"), "{told}");
}

#[tokio::test]
async fn exports_that_cannot_be_listed_keep_a_deployment_back() {
    let mut account = Account::new();
    account.refuses("ListExports", "AccessDenied", "User is not authorized");
    let denied = said(&account, Store::Standard).await;
    let words = "STOP  the targets: whether another stack scales one of them cannot be asked: ListExports: AccessDenied: User is not authorized: \
                 allow it to arn:aws:iam::123456789012:user/ana (cloudformation:ListExports)\n";
    assert!(denied.contains(words) && denied.ends_with("stops: true"), "{denied}");
    // What else there is to say is said.
    assert!(denied.contains("ok    api: the service is active"), "{denied}");

    account.refuses("ListExports", "OptInRequired", "Not signed up");
    let other = said(&account, Store::Standard).await;
    assert!(
        other.contains("ListExports: OptInRequired: Not signed up") && other.contains(": try again\n"),
        "{other}"
    );
}

#[tokio::test]
async fn an_advanced_parameter_is_told_where_a_standard_one_is_to_be() {
    let mut account = Account::new();
    account.says(
        "DescribeParameters",
        "{\"Parameters\": [{\"Name\": \"/tidegate-production/policy\", \"Tier\": \"Advanced\"}]}",
    );
    let told = said(&account, Store::Standard).await;
    let words = "STOP  the policy: /tidegate-production/policy is an advanced parameter, which AWS does not make a standard one again: deploy \
                 with STORE=advanced as before, or once with STORE=package in between\n";
    assert!(told.contains(words) && told.ends_with("stops: true"), "{told}");
    for store in [Store::Advanced, Store::Package] {
        let told = said(&account, store).await;
        assert!(told.ends_with("stops: false"), "{store:?}: {told}");
    }
    account.says(
        "DescribeParameters",
        "{\"Parameters\": [{\"Name\": \"/tidegate-production/policy\", \"Tier\": \"Standard\"}]}",
    );
    let told = said(&account, Store::Standard).await;
    assert!(told.ends_with("stops: false"), "{told}");
}

#[tokio::test]
async fn a_parameter_that_cannot_be_asked_about_keeps_a_deployment_back() {
    let mut account = Account::new();
    account.refuses("DescribeParameters", "AccessDeniedException", "not authorized");
    let told = said(&account, Store::Standard).await;
    let words = "STOP  the policy: whether /tidegate-production/policy is an advanced parameter cannot be asked: DescribeParameters: \
                 AccessDeniedException: not authorized: allow it to arn:aws:iam::123456789012:user/ana (ssm:DescribeParameters)\n";
    assert!(told.contains(words) && told.ends_with("stops: true"), "{told}");
    let told = said(&account, Store::Package).await;
    assert!(told.ends_with("stops: false"), "no parameter is made: {told}");
}

/// What stands in the way by its settings, its stack, another stack, its store and the account.
#[tokio::test]
async fn all_of_it_comes_at_once() {
    let mut account = Account::new();
    account.has_stack("UPDATE_IN_PROGRESS", &[("tidegate:stage", "production")]);
    account.has_exports(&[("tidegate-staging", &exported("api").name, "web")]);
    account.says(
        "DescribeParameters",
        "{\"Parameters\": [{\"Name\": \"/tidegate-production/policy\", \"Tier\": \"Advanced\"}]}",
    );
    account.has_instances(&[]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("samconfig.toml");
    std::fs::write(&path, "[staging.deploy.parameters]\n").unwrap();
    let (policy, stage, aws) = (policy(POLICY), stage(), account.reached_from(REGION));
    let now = "2026-11-23T06:00:00Z".parse().unwrap();
    let mut asked = deployment(&policy, &stage, false);
    asked.settings = Some(&path);
    let sheet = deploy(&aws, &asked, Store::Standard, &|_| true, now).await.to_string();
    for words in [
        "STOP  the settings: ",
        "STOP  the stack: the stack tidegate-production is UPDATE_IN_PROGRESS",
        "STOP  api: the stack tidegate-staging has ",
        "STOP  the policy: /tidegate-production/policy is an advanced parameter",
        "STOP  orders-readers: ",
    ] {
        assert!(sheet.contains(words), "{words}: {sheet}");
    }
}
