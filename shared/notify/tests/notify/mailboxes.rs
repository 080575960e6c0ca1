//! The state of one channel by itself: its size in the worst case, and who sends.

use jiff::{SignedDuration, Timestamp};
use tidegate_notify::edge::Late;
use tidegate_notify::event::Event;
use tidegate_notify::mailbox::{Accepted, LEASE, LONGEST, Mailbox, Manner};
use tidegate_notify::redact::failure;
use tidegate_notify::verdict::Verdict;
use tidegate_policy::names::{Stage, TargetName};

use crate::fixture::{alert, now, recovery, warning};

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

/// Which reason is due, as its letter says.
fn due_reason(mailbox: &mut Mailbox) -> String {
    let stage = alert().stage;
    let due = mailbox.due(&manner(&stage), now()).unwrap();
    let claimed = mailbox.claim(due, None, now()).unwrap();
    mailbox.settle(&claimed, &delivered("1"), None, now());
    claimed.letter.content.event().unwrap().reason.clone()
}

#[test]
fn what_is_critical_goes_first_and_the_rest_in_order() {
    let stage = alert().stage;
    let mut mailbox = Mailbox::default();
    for event in [warning("observe_failed"), warning("signal_missing"), alert()] {
        mailbox.accept(&event, &manner(&stage), now());
    }
    let order = [(); 3].map(|()| due_reason(&mut mailbox));
    assert_eq!(order, ["no_memory_lever", "observe_failed", "signal_missing"]);
}

#[test]
fn what_is_on_its_way_does_not_have_to_go() {
    let stage = alert().stage;
    let manner = Manner { stage: &stage, summaries: false, notices: false };
    let mut mailbox = Mailbox::default();
    mailbox.accept(&warning("on_its_way"), &manner, now());
    let due = mailbox.due(&manner, now()).unwrap();
    let claimed = mailbox.claim(due, None, now()).unwrap();
    let later = now() + LEASE - SignedDuration::from_secs(1);
    for number in 0..300 {
        mailbox.accept(&warning(&format!("reason_{number}")), &manner, later);
    }
    let (lost, waiting) = (mailbox.lost(), mailbox.waiting());
    assert!(lost > 0);
    let again = mailbox.accept(&warning("reason_0"), &manner, later);
    assert_eq!(again, Accepted::Dropped(Late::SentAlready), "what was left out does not come back");
    mailbox.settle(&claimed, &delivered("1"), None, later);
    assert_eq!((mailbox.waiting(), waiting as u64 + lost), (waiting - 1, 301), "it was there, and is sent");
}

#[test]
fn a_key_that_waits_is_not_forgotten_for_others() {
    let stage = alert().stage;
    let mut mailbox = Mailbox::default();
    mailbox.accept(&alert(), &manner(&stage), now());
    let due = mailbox.due(&manner(&stage), now()).unwrap();
    let claimed = mailbox.claim(due, None, now()).unwrap();
    let why = failure("slack.com", Some(429), "", &[]);
    mailbox.settle(&claimed, &Verdict::Retry { not_before: now() + LEASE, why }, None, now());
    for number in 0..400 {
        let event = Event { target: TargetName::new(format!("t{number}")), ..recovery() };
        assert_eq!(mailbox.accept(&event, &manner(&stage), now()), Accepted::Dropped(Late::NothingToClear));
    }
    let late = Event { edge: alert().edge - 2, ..alert() };
    assert_eq!(mailbox.accept(&late, &manner(&stage), now()), Accepted::Dropped(Late::Older));
    assert_eq!(mailbox.waiting(), 1);
    // What had nothing to clear makes room for what is new.
    assert_eq!(mailbox.accept(&warning("observe_failed"), &manner(&stage), now()), Accepted::Waits);
}

#[test]
fn what_is_on_its_way_does_not_get_too_old() {
    let stage = alert().stage;
    let mut mailbox = Mailbox::default();
    mailbox.accept(&alert(), &manner(&stage), now());
    let moment = SignedDuration::from_secs(10);
    let due = mailbox.due(&manner(&stage), now() + LONGEST - moment).unwrap();
    mailbox.claim(due, None, now() + LONGEST - moment).unwrap();
    assert_eq!(mailbox.due(&manner(&stage), now() + LONGEST + moment), None);
    assert_eq!((mailbox.waiting(), mailbox.lost()), (1, 0));
}

#[test]
fn what_waited_too_long_does_not_come_back_and_a_month_later_nothing_is_known() {
    let stage = alert().stage;
    let mut mailbox = Mailbox::default();
    mailbox.accept(&warning("observe_failed"), &manner(&stage), now());
    let next_day = now() + LONGEST * 2;
    let again = mailbox.accept(&warning("observe_failed"), &manner(&stage), next_day);
    assert_eq!((again, mailbox.lost()), (Accepted::Dropped(Late::SentAlready), 1));
    assert_eq!(
        mailbox.accept(&warning("observe_failed"), &manner(&stage), now() + LONGEST * 31),
        Accepted::Waits
    );
}

/// What is tried in turn while the channel answers so: the reason of each.
fn tried(mailbox: &mut Mailbox, mut at: Timestamp, times: usize, fails: fn(&str) -> bool) -> Vec<String> {
    let stage = alert().stage;
    let mut tried = Vec::new();
    while tried.len() < times
        && let Some(due) = mailbox.due(&manner(&stage), at)
    {
        let claimed = mailbox.claim(due, None, at).unwrap();
        let reason = claimed.letter.content.event().unwrap().reason.clone();
        let verdict = if fails(&reason) {
            let why = failure("slack.com", Some(500), "", &[]);
            Verdict::Retry { not_before: at, why }
        } else {
            delivered("1")
        };
        mailbox.settle(&claimed, &verdict, None, at);
        tried.push(reason);
        at += SignedDuration::from_secs(1);
    }
    tried
}

fn with(reasons: &[&str]) -> Mailbox {
    let mut mailbox = Mailbox::default();
    for reason in reasons {
        let event = if *reason == "critical" {
            Event { reason: (*reason).to_owned(), ..alert() }
        } else {
            warning(reason)
        };
        mailbox.accept(&event, &manner(&alert().stage), now());
    }
    mailbox
}

#[test]
fn while_a_channel_takes_nothing_no_letter_is_at_fault() {
    let mut mailbox = with(&["a", "b", "critical"]);
    let tried_in_vain = tried(&mut mailbox, now(), 10, |_| true);
    assert_eq!(
        tried_in_vain,
        ["critical", "critical", "critical", "a", "a", "a", "b", "b", "b", "critical"],
        "each gets its turn"
    );
    // The channel answers again, however often each has failed.
    assert_eq!(tried(&mut mailbox, now() + LEASE, 3, |_| false), ["critical", "a", "b"]);
}

#[test]
fn a_letter_that_alone_fails_ends_behind_the_others() {
    let mut mailbox = with(&["a", "b", "c", "d", "critical"]);
    let poison = |reason: &str| reason == "critical";
    let three = ["critical"; 3];
    let expected = [&three[..], &["a"], &three, &["b"], &three, &["c", "d"], &["critical"]].concat();
    assert_eq!(tried(&mut mailbox, now(), 14, poison), expected);
    mailbox.accept(&warning("e"), &manner(&alert().stage), now());
    assert_eq!(tried(&mut mailbox, now() + LEASE, 1, poison), ["e"], "what comes later does not wait for it");
}
