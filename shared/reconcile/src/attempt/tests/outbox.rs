//! Goal: what waits in an outbox is published, or waits on, and nothing is bought or held up for it.

use tidegate_policy::history::NoticeKind;

use super::*;

/// A source that RDS does not know, as often as it is looked at: told once.
fn nothing_there() -> Account {
    Account {
        time: Minute::default(),
        a_look: vec![seconds(1); 3],
        looks: RefCell::default(),
        seen: Box::new(|_, signals| without_a_source(signals)),
        a_past: |_| seconds(1),
        pasts: RefCell::default(),
    }
}

/// A source whose new replicas a deployment holds back, which is told already.
fn at_rest() -> Account {
    Account { seen: Box::new(|_, signals| in_a_deployment(signals)), ..nothing_there() }
}

/// An item with this many alerts of a lost source waiting.
fn waiting(alerts: usize) -> LedgerItem {
    let mut item = rests();
    for nth in 0..alerts {
        let why = Explanation::new(Reason::SourceMissing, format!("alert {nth}"));
        // Each has a reason of its own, so that each is told.
        let reasons = [Reason::ObserveFailed, Reason::PlanRefused, Reason::SourceMissing];
        item.history.outbox.failed(&Explanation { reason: reasons[nth], ..why }, noon() - seconds(60));
    }
    item
}

fn sentences(ledger: &Items) -> Vec<String> {
    ledger.published.borrow().iter().map(|(_, notice)| notice.detail.clone()).collect()
}

fn wait_in(ledger: &Items, name: &str) -> usize {
    ledger.history(name).outbox.waiting().len()
}

const A_SERVICE: &str = "[[target]]\nname = \"api\"\nkind = \"ecs-service\"\ncluster = \"prod\"\nservice = \"api\"\nmin = 2\n\
                         max = 4\nscale_out = [\"cpu > 70% for 10m\"]\nscale_in = [\"cpu < 40% for 30m\"]\n";

#[test]
fn where_nothing_waits_an_attempt_writes_once_and_else_it_publishes_between_two_writes() {
    let ledger = Items::new(&[]);
    let report = attempt(&nothing_there(), &ledger, &policy(&["orders"]), noon());
    assert_eq!(report.targets[0].unpublished, None);
    assert_eq!(*ledger.stored.borrow(), [AfterWrite::Keep, AfterWrite::Release]);
    let published = ledger.published.borrow().clone();
    let [(target, notice)] = &published[..] else { panic!("{published:?}") };
    assert_eq!(
        (target.as_str(), notice.kind, notice.reason),
        ("orders", NoticeKind::Alert, Reason::SourceMissing)
    );
    assert_eq!(wait_in(&ledger, "orders"), 0);
    // It stands: nothing is news.
    let _ = attempt(&nothing_there(), &ledger, &policy(&["orders"]), noon() + seconds(600));
    assert_eq!(ledger.stored.borrow()[2..], [AfterWrite::Release]);
    assert_eq!(ledger.published.borrow().len(), 1);
}

#[test]
fn what_is_not_taken_waits_and_a_target_that_rests_is_taken_up_for_it_alone() {
    let ledger = Items::new(&[("api", waiting(3))]);
    ledger.takes.set(2);
    let account = nothing_there();
    let policy = parse(A_SERVICE).unwrap();
    let report = attempt(&account, &ledger, &policy, noon());
    assert!(matches!(report.targets[0].result, TargetResult::Skipped(_)), "{report:?}");
    assert_eq!(
        report.targets[0].unpublished.as_deref(),
        Some("1 of 3 notices wait to be published: the others were not taken")
    );
    assert_eq!(sentences(&ledger), ["alert 0", "alert 1"]);
    assert_eq!(*ledger.stored.borrow(), [AfterWrite::Release], "the item has them already");
    let report = attempt(&account, &ledger, &policy, noon() + seconds(60));
    assert_eq!(report.targets[0].unpublished, None);
    assert_eq!(sentences(&ledger), ["alert 0", "alert 1", "alert 2"]);
    // With the last of them it rests again.
    let _ = attempt(&account, &ledger, &policy, noon() + seconds(120));
    assert_eq!(ledger.claimed.borrow().len(), 2);
    assert!(account.looks.borrow().is_empty(), "nothing was bought for it: {:?}", account.looks);
}

#[test]
fn replicas_that_rest_are_glanced_at_and_their_outbox_is_published_all_the_same() {
    let (ledger, policy) = (Items::new(&[]), policy(&["orders"]));
    let _ = attempt(&at_rest(), &ledger, &policy, noon());
    assert_eq!(wait_in(&ledger, "orders"), 0);
    let why = Explanation::new(Reason::ObserveFailed, "alert 0");
    let name = TargetName::new("orders");
    ledger.items.borrow_mut().get_mut(&name).unwrap().history.outbox.failed(&why, noon());
    let account = at_rest();
    let report = attempt(&account, &ledger, &policy, noon() + seconds(60));
    assert!(matches!(report.targets[0].result, TargetResult::Skipped(_)), "{report:?}");
    assert_eq!(sentences(&ledger), ["alert 0"]);
    assert_eq!(*account.looks.borrow(), [[("orders".to_owned(), Signals::Leave)]]);
    assert_eq!(wait_in(&ledger, "orders"), 0);
}

#[test]
fn what_a_glance_finds_is_told_with_what_waited() {
    let ledger = Items::new(&[("orders", waiting(1))]);
    let _ = attempt(&nothing_there(), &ledger, &policy(&["orders"]), noon());
    let reasons: Vec<_> = ledger.published.borrow().iter().map(|(_, notice)| notice.reason).collect();
    assert_eq!(reasons, [Reason::ObserveFailed, Reason::SourceMissing]);
    assert!(ledger.published.borrow().windows(2).all(|pair| pair[0].1.number < pair[1].1.number));
}

#[test]
fn a_bus_that_takes_nothing_keeps_no_target_from_its_work() {
    let ledger = Items::new(&[]);
    ledger.takes.set(0);
    for minute in 0..3 {
        let report = attempt(&nothing_there(), &ledger, &policy(&["orders"]), noon() + seconds(600) * minute);
        assert!(matches!(report.targets[0].result, TargetResult::Planned { .. }), "{report:?}");
        assert_eq!(
            report.targets[0].unpublished.as_deref(),
            Some("1 of 1 notices wait to be published: the others were not taken")
        );
    }
    assert_eq!(wait_in(&ledger, "orders"), 1, "and it is told once");
    assert_eq!(ledger.stored.borrow().last(), Some(&AfterWrite::Release));
}

#[test]
fn a_look_that_fails_is_told_once_and_once_that_looks_come_to_plans_again() {
    let ledger = Items::new(&[]);
    let service = parse(A_SERVICE.replace("api", "orders").as_str()).unwrap();
    for minute in 0..3 {
        // What is observed is of another kind.
        let _ = attempt(&nothing_there(), &ledger, &service, noon() + seconds(60) * minute);
    }
    for minute in 3..6 {
        let _ = attempt(&at_rest(), &ledger, &policy(&["orders"]), noon() + seconds(300) * minute);
    }
    let published = ledger.published.borrow();
    let failures = published.iter().filter(|(_, notice)| notice.reason == Reason::ObserveFailed);
    let failures: Vec<_> = failures.map(|(_, notice)| (notice.kind, notice.since)).collect();
    assert_eq!(failures, [(NoticeKind::Alert, noon()), (NoticeKind::Recovery, noon())]);
}

#[test]
fn a_dry_run_publishes_nothing() {
    let ledger = Items::new(&[("api", waiting(1))]);
    let dry = Attempt {
        owner: "a-dry-run",
        lease_for: seconds(90),
        wake: Wake::Clock,
        mode: Mode::DryRun,
        orders: &[],
        paused: None,
    };
    for policy in [parse(A_SERVICE).unwrap(), policy(&["orders"])] {
        let account = nothing_there();
        let clock = account.time.clone();
        let work = reconcile_within(&account, &ledger, &policy, noon(), &dry, &clock, &|_| ());
        assert_eq!(account.time.run(work).unwrap().targets[0].unpublished, None);
    }
    assert_eq!(sentences(&ledger), Vec::<String>::new());
    assert_eq!(wait_in(&ledger, "api"), 1);
    assert!(ledger.stored.borrow().is_empty() && ledger.claimed.borrow().is_empty());
}
