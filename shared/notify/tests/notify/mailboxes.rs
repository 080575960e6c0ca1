//! The state of one channel by itself: its size in the worst case, and who sends.

use jiff::{SignedDuration, Timestamp};
use tidegate_notify::event::Event;
use tidegate_notify::mailbox::{Accepted, LEASE, Mailbox, Manner};
use tidegate_notify::redact::failure;
use tidegate_notify::verdict::Verdict;
use tidegate_policy::names::{Stage, TargetName};

use crate::fixture::{alert, now, warning};

fn manner(stage: &Stage) -> Manner<'_> {
    Manner { stage, summaries: true, notices: true }
}

fn delivered(reference: &str) -> Verdict {
    Verdict::Delivered { reference: Some(reference.to_owned()) }
}

/// Sends what is due, and has it taken.
fn deliver(mailbox: &mut Mailbox, at: Timestamp) {
    let stage = alert().stage;
    while let Some(due) = mailbox.due(&manner(&stage), at) {
        let claimed = mailbox.claim(due, Some(u64::MAX), at).unwrap();
        mailbox.settle(&claimed, &delivered(&"9".repeat(64)), Some(u64::MAX), at);
    }
}

#[test]
fn everything_at_its_longest_stays_below_300_kb() {
    let stage = Stage::new("\"é".repeat(200));
    let long = |event: Event, number: u64| Event {
        stage: stage.clone(),
        target: TargetName::new(format!("\"é{number}{}", "é\"".repeat(200))),
        sentence: "\"é🚨\\".repeat(500),
        command: "\"é".repeat(400),
        policy: "é\"".repeat(400),
        account: "é\"".repeat(400),
        region: "é\"".repeat(400),
        doing: Some("é\"".repeat(400)),
        edge: u64::MAX - number,
        at: "2026-03-02T16:41:00.123456789Z".parse().unwrap(),
        ..event
    };
    let mut mailbox = Mailbox::default();
    for number in 0..340 {
        mailbox.accept(&long(alert(), number), &manner(&stage), now());
        deliver(&mut mailbox, now());
    }
    // The channel fails from here on, and a storm begins.
    let claimed = {
        mailbox.accept(&long(alert(), 340), &manner(&stage), now());
        let due = mailbox.due(&manner(&stage), now()).unwrap();
        mailbox.claim(due, Some(u64::MAX), now()).unwrap()
    };
    let why = failure("slack.com", Some(503), "", &[]);
    mailbox.settle(&claimed, &Verdict::Retry { not_before: now() + LEASE, why }, None, now());
    let mut largest = 0;
    for number in 0..241_u64 {
        let reason = format!("é\"{number}{}", "\"é".repeat(200));
        let event = if number % 2 == 0 { alert() } else { warning("") };
        mailbox.accept(&long(Event { reason, ..event }, 1_000 + number), &manner(&stage), now());
        if number % 20 == 0 {
            largest = largest.max(serde_json::to_string(&mailbox).unwrap().len());
        }
    }
    assert!((200_000..300_000).contains(&largest), "{largest} bytes");
    assert!(mailbox.lost() > 0);
}

#[test]
fn a_claim_keeps_others_away_until_it_ends() {
    let stage = alert().stage;
    let mut mailbox = Mailbox::default();
    assert_eq!(mailbox.accept(&alert(), &manner(&stage), now()), Accepted::Waits);
    let due = mailbox.due(&manner(&stage), now()).unwrap();
    let first = mailbox.claim(due, None, now()).unwrap();
    let just_before = now() + LEASE - SignedDuration::from_secs(1);
    assert_eq!(mailbox.due(&manner(&stage), just_before), None);
    let due = mailbox.due(&manner(&stage), now() + LEASE).unwrap();
    let second = mailbox.claim(due, None, now() + LEASE).unwrap();
    // Whoever was slow comes back, and was heard: the claim of the other still stands, and its letter is gone.
    mailbox.settle(&first, &delivered("1"), None, now() + LEASE);
    assert_eq!((mailbox.waiting(), mailbox.due(&manner(&stage), now() + LEASE)), (0, None));
    mailbox.accept(&warning("observe_failed"), &manner(&stage), now() + LEASE);
    assert_eq!(mailbox.due(&manner(&stage), now() + LEASE), None, "the other may still be sending");
    mailbox.settle(&second, &delivered("2"), None, now() + LEASE);
    assert!(mailbox.due(&manner(&stage), now() + LEASE).is_some());
}

#[test]
fn the_state_is_kept_between_two_invocations() {
    let stage = alert().stage;
    let mut mailbox = Mailbox::default();
    for number in 0..20 {
        let event = Event { target: TargetName::new(format!("t{number}")), ..warning("observe_failed") };
        mailbox.accept(&event, &manner(&stage), now());
    }
    let due = mailbox.due(&manner(&stage), now()).unwrap();
    mailbox.claim(due, Some(3), now()).unwrap();
    let kept: Mailbox = serde_json::from_str(&serde_json::to_string(&mailbox).unwrap()).unwrap();
    assert_eq!(kept, mailbox);
    assert_ne!(kept, Mailbox::default());
    assert_eq!(
        serde_json::from_str::<Mailbox>("{}").unwrap(),
        Mailbox::default(),
        "an older item lacks fields"
    );
}
