//! What an invocation says, and what came of it: the questions that the scenarios of every kind ask.

use serde_json::Value;
use tidegate_wire::account::Account;
use tidegate_wire::function::Invocation;
use tidegate_wire::scene::{Scene, summary};

/// What an invocation that did not fail says of the target.
#[track_caller]
pub(crate) fn said(invocation: &Invocation) -> &Value {
    let Invocation::Response(report) = invocation else { panic!("{}", summary(invocation)) };
    &report["targets"][0]
}

/// The reason that an invocation that did not fail gives.
#[track_caller]
pub(crate) fn reason(invocation: &Invocation) -> &str {
    said(invocation)["reason"].as_str().unwrap()
}

/// How an invocation that failed says so.
#[track_caller]
pub(crate) fn failed(invocation: &Invocation) -> String {
    let Invocation::Error { kind, message } = invocation else { panic!("{}", summary(invocation)) };
    format!("{kind}: {message}")
}

#[track_caller]
pub(crate) fn names(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "it does not name {word:?}: {said}");
    }
}

#[track_caller]
pub(crate) fn nothing_was_changed<L>(scene: &Scene<L>, what: &str) {
    let calls = scene.shim.calls().into_iter();
    let changed: Vec<_> = calls.filter(|call| call.operation.changes_aws()).collect();
    assert_eq!(changed, [], "{what}");
}

/// The details of what the ledger's log of the target says with this reason.
pub(crate) fn told(account: &Account, target: &str, reason: &str) -> Vec<String> {
    let entries = account.ledger(target).into_iter().filter(|(entry, _)| entry.starts_with("activity"));
    let text = |item: &std::collections::HashMap<_, _>| format!("{item:?}");
    entries.map(|(_, item)| text(&item)).filter(|item| item.contains(&format!("\"{reason}\""))).collect()
}
