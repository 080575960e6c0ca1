//! Which edge is sent: an alert and its recovery in any order, twice, refused, or lost in between.

use jiff::SignedDuration;
use tidegate_notify::edge::{Edges, Judgement, Late};
use tidegate_notify::event::{Event, EventKind};

use crate::fixture::{alert, now, recovery};

const SEND: Judgement = Judgement::Send { thread: None, secret_version: None };

fn edge(event: &Event, edge: u64) -> Event {
    Event { edge, ..event.clone() }
}

fn deliver(edges: &mut Edges, event: &Event) {
    edges.begin(event, None);
    edges.delivered(event, None);
}

#[test]
fn one_alert_and_one_recovery_are_sent_once_each() {
    let mut edges = Edges::default();
    for event in [alert(), recovery()] {
        assert_eq!(edges.arrive(&event), SEND);
        deliver(&mut edges, &event);
        assert_eq!(edges.arrive(&event), Judgement::Drop(Late::SentAlready));
    }
    assert!(!edges.stands(&alert()));
}

#[test]
fn a_late_retry_of_an_alert_after_its_recovery_opens_nothing() {
    let mut edges = Edges::default();
    assert_eq!(edges.arrive(&alert()), SEND);
    edges.begin(&alert(), None);
    // It timed out, and may have been shown: its recovery is sent.
    assert_eq!(edges.arrive(&recovery()), SEND);
    deliver(&mut edges, &recovery());
    assert_eq!(edges.arrive(&alert()), Judgement::Drop(Late::Older));
}

#[test]
fn a_recovery_that_overtakes_its_alert_leaves_nothing_to_open() {
    let mut edges = Edges::default();
    assert_eq!(edges.arrive(&recovery()), Judgement::Drop(Late::NothingToClear));
    assert_eq!(edges.arrive(&alert()), Judgement::Drop(Late::Older));
}

#[test]
fn a_recovery_is_sent_only_if_its_alert_was() {
    let mut edges = Edges::default();
    edges.arrive(&alert());
    edges.begin(&alert(), None);
    edges.refused(&alert());
    assert_eq!(edges.arrive(&recovery()), Judgement::Drop(Late::NothingToClear));

    // Silence first, a refusal then: the first try may have been shown.
    let mut edges = Edges::default();
    edges.arrive(&alert());
    edges.begin(&alert(), None);
    edges.begin(&alert(), None);
    edges.refused(&alert());
    assert_eq!(edges.arrive(&recovery()), SEND);
}

#[test]
fn what_was_refused_is_tried_again() {
    let mut edges = Edges::default();
    edges.arrive(&alert());
    edges.begin(&alert(), Some(3));
    edges.refused(&alert());
    assert_eq!(edges.arrive(&alert()), SEND, "and by the newest secret");
    deliver(&mut edges, &alert());
    // A recovery that is refused has still to be sent.
    edges.arrive(&recovery());
    edges.begin(&recovery(), None);
    edges.refused(&recovery());
    assert!(edges.stands(&alert()));
    assert_eq!(edges.arrive(&recovery()), SEND);
}

#[test]
fn a_reminder_joins_the_alert_that_stands() {
    let mut edges = Edges::default();
    edges.arrive(&alert());
    edges.begin(&alert(), Some(3));
    edges.delivered(&alert(), Some("1700000000.000100".to_owned()));
    let of_the_first =
        Judgement::Send { thread: Some("1700000000.000100".to_owned()), secret_version: Some(3) };
    let reminder = edge(&alert(), 8);
    assert_eq!(edges.arrive(&reminder), of_the_first);
    edges.begin(&reminder, Some(4));
    // Refused, it takes nothing from the alert that stands.
    edges.refused(&reminder);
    assert!(edges.stands(&alert()));
    edges.begin(&reminder, Some(4));
    edges.delivered(&reminder, Some("1700000000.000200".to_owned()));
    // The recovery goes into the same thread, by the secret of the alert: PagerDuty joins by the key too.
    assert_eq!(edges.arrive(&edge(&recovery(), 9)), of_the_first);
    deliver(&mut edges, &edge(&recovery(), 9));
    assert_eq!(edges.arrive(&edge(&alert(), 10)), SEND, "what comes after is an alert of its own");
}

#[test]
fn each_channel_and_each_key_has_edges_of_its_own() {
    let (mut one, mut other) = (Edges::default(), Edges::default());
    one.arrive(&alert());
    deliver(&mut one, &alert());
    assert_eq!(other.arrive(&alert()), SEND);
    let of_another_reason = Event { reason: "memory_not_relieved".to_owned(), edge: 1, ..alert() };
    assert_eq!(one.arrive(&of_another_reason), SEND);
}

#[test]
fn decisions_and_steps_are_sent_whenever_they_arrive() {
    let mut edges = Edges::default();
    for kind in [EventKind::Decision, EventKind::Step] {
        let event = Event { kind, ..alert() };
        for number in [3, 2, 3] {
            assert_eq!(edges.arrive(&edge(&event, number)), SEND);
            deliver(&mut edges, &edge(&event, number));
        }
    }
    assert_eq!(edges, Edges::default());
}

#[test]
fn what_is_over_is_forgotten_after_a_month_and_what_stands_never_is() {
    let mut edges = Edges::default();
    let standing = Event { reason: "writers_fight".to_owned(), ..alert() };
    for event in [alert(), recovery(), standing.clone()] {
        edges.arrive(&event);
        deliver(&mut edges, &event);
    }
    let days = |days: i64| recovery().at + SignedDuration::from_hours(days * 24);
    edges.forget(days(29));
    assert_eq!(edges.arrive(&alert()), Judgement::Drop(Late::Older));
    edges.forget(days(31));
    assert_eq!(edges.arrive(&alert()), SEND);
    assert!(edges.stands(&standing));
}

#[test]
fn the_state_is_kept_between_two_calls() {
    let mut edges = Edges::default();
    edges.arrive(&alert());
    edges.begin(&alert(), Some(3));
    edges.delivered(&alert(), Some("1700000000.000100".to_owned()));
    let kept: Edges = serde_json::from_str(&serde_json::to_string(&edges).unwrap()).unwrap();
    assert_eq!(kept, edges);
    assert_ne!(kept, Edges::default());
    assert!(now() < recovery().at);
}
