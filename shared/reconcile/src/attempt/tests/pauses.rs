//! Goal: a person's pause is kept, whatever keeps the attempt from its target. Method: a look that never ends, and leases of others.

use tidegate_policy::order::Until;
use tidegate_policy::pause::Paused;

use super::*;

/// A pause of the target "orders".
fn a_pause() -> [(TargetName, Order); 1] {
    let order = Order::Pause { what: Paused::All, until: None, sent_at: Some(noon()) };
    [(TargetName::new("orders"), order)]
}

/// A fleet whose look takes so long.
fn looking_for(a_look: SignedDuration) -> Account {
    Account {
        time: Minute::default(),
        a_look: vec![a_look],
        looks: RefCell::default(),
        seen: Box::new(|_, signals| without_a_source(signals)),
        a_past: |_| seconds(1),
        pasts: RefCell::default(),
    }
}

#[test]
fn a_pause_is_kept_although_the_look_at_its_target_fails() {
    let (account, ledger) = (looking_for(seconds(600)), Items::new(&[("orders", LedgerItem::default())]));
    let report = attempt_with(&account, &ledger, &policy(&["orders"]), noon(), &a_pause());
    let TargetResult::Failed(why) = &report.targets[0].result else { panic!("{report:?}") };
    assert!(why.detail.ends_with("the command to pause or to resume is kept all the same"), "{why:?}");
    assert_eq!(ledger.history("orders").orders.pause.unwrap().what, Paused::All);
    let published = ledger.published.borrow();
    assert!(published.iter().any(|(_, notice)| notice.reason == Reason::PauseBegan), "{published:?}");
}

#[test]
fn a_pause_waits_for_whoever_is_at_work_on_its_target() {
    let lease = |until| Some(Lease { owner: "another".to_owned(), until: noon() + seconds(until) });
    let held = |until| LedgerItem { version: 7, lease: lease(until), ..LedgerItem::default() };
    let (account, ledger) = (looking_for(seconds(1)), Items::new(&[("orders", held(20))]));
    let report = attempt_with(&account, &ledger, &policy(&["orders"]), noon(), &a_pause());
    let TargetResult::Skipped(why) = &report.targets[0].result else { panic!("{report:?}") };
    assert!(why.detail.contains("is kept, and holds from the next attempt on"), "{why:?}");
    assert!(ledger.history("orders").orders.pause.is_some());
    assert_eq!(account.time.0.get().as_secs(), 21);

    // Whoever is at work for longer than the attempt lasts keeps it out, and its sender hears of it.
    let (account, ledger) = (looking_for(seconds(1)), Items::new(&[("orders", held(90))]));
    let report = attempt_with(&account, &ledger, &policy(&["orders"]), noon(), &a_pause());
    let TargetResult::Failed(why) = &report.targets[0].result else { panic!("{report:?}") };
    assert!(why.detail.ends_with("the direct command was not taken: send it again"), "{why:?}");
    assert_eq!(ledger.history("orders").orders.pause, None);
}

#[test]
fn a_pause_that_cannot_be_taken_is_not_said_to_be_kept() {
    let late =
        Order::Pause { what: Paused::All, until: Some(Until::At(noon() - seconds(60))), sent_at: None };
    let orders = [(TargetName::new("orders"), late)];
    let (account, ledger) = (looking_for(seconds(600)), Items::new(&[("orders", LedgerItem::default())]));
    let report = attempt_with(&account, &ledger, &policy(&["orders"]), noon(), &orders);
    let TargetResult::Failed(why) = &report.targets[0].result else { panic!("{report:?}") };
    assert!(
        why.detail.contains("the command is refused: ") && why.detail.contains("is over already"),
        "{why:?}"
    );
    assert_eq!(ledger.history("orders").orders.pause, None);

    let lease = Lease { owner: "another".to_owned(), until: noon() + seconds(5) };
    let held = LedgerItem { version: 7, lease: Some(lease), ..LedgerItem::default() };
    let (account, ledger) = (looking_for(seconds(1)), Items::new(&[("orders", held)]));
    let report = attempt_with(&account, &ledger, &policy(&["orders"]), noon(), &orders);
    let TargetResult::Failed(why) = &report.targets[0].result else { panic!("{report:?}") };
    assert_eq!(why.reason, Reason::OrderRefused);
    assert_eq!(ledger.history("orders").orders.pause, None);
}
