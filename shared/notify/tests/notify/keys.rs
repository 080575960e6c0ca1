//! The secrets of channels: wrong, missing, rotated, and never told.

use jiff::SignedDuration;
use tidegate_notify::event::Event;

use crate::fixture::{alert, json, recovery, warning};
use crate::invocations::{arrive, of, only, pagerduty, slack, slack_bot, wake_after};
use crate::world::{Reply, World};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const SLACK: &str = "hooks.slack.com";
const PAGERDUTY: &str = "events.pagerduty.com";
const NEW_WEBHOOK: &str = "https://hooks.slack.com/services/T00000000/B00000001/YYYYYYYYYYYYYYYYYYYYYYYY";
const NEW_KEY: &str = "ffffffffffffffffffffffffffffffff";

#[test]
fn a_rotated_webhook_is_read_anew_once() {
    let (world, channels) = (World::new(), only(slack()));
    arrive(&world, &channels, &alert());
    world.secret("/slack", NEW_WEBHOOK);
    world.once(SLACK, Reply::Says(404, None, "no_service".to_owned()));
    let report = arrive(&world, &channels, &warning("observe_failed"));
    assert_eq!((report.error(), of(&report, "slack").sent), (None, 1));
    assert_eq!((world.count("read /slack anew"), world.asked(SLACK)), (1, 3));
    assert!(world.0.borrow().posts[2].url.contains("B00000001"));
}

/// robusta-dev/robusta#571: PagerDuty answers 400 of a key that was replaced, as of an event that it cannot read.
#[test]
fn a_rotated_routing_key_is_read_anew_once() {
    let (world, channels) = (World::new(), only(pagerduty()));
    arrive(&world, &channels, &alert());
    world.secret("/pagerduty", NEW_KEY);
    let invalid =
        r#"{"status":"invalid event","message":"Event object is invalid","errors":["Invalid routing key"]}"#;
    world.once(PAGERDUTY, Reply::Says(400, None, invalid.to_owned()));
    let report = arrive(&world, &channels, &warning("observe_failed"));
    assert_eq!((report.error(), of(&report, "pagerduty").sent), (None, 1));
    assert_eq!((world.count("read /pagerduty anew"), world.asked(PAGERDUTY)), (1, 3));
    assert!(world.shown(PAGERDUTY)[1].contains(NEW_KEY));
}

#[test]
fn a_secret_that_is_still_wrong_is_not_tried_twice() {
    let (world, channels) = (World::new(), only(slack()));
    world.says(SLACK, 403, "invalid_token");
    assert!(arrive(&world, &channels, &alert()).error().is_some());
    assert_eq!(
        (world.count("read /slack anew"), world.asked(SLACK)),
        (1, 1),
        "the same secret again proves nothing"
    );
}

#[test]
fn what_an_old_secret_explains_waits_for_a_new_one_and_is_an_error_until_then() {
    let (world, channels) = (World::new(), only(slack()));
    world.says(SLACK, 404, "no_service");
    assert!(arrive(&world, &channels, &alert()).error().is_some());
    let mut errors = Vec::new();
    for minute in 1..=40 {
        let report = wake_after(&world, &channels, MINUTE);
        errors.extend(report.error().map(|error| (minute, error)));
    }
    let why = "slack:/slack: 1 message waits: the channel refused them by version 1 of /slack: store the right value there";
    assert_eq!(errors, [1, 2, 4, 8, 16, 31].map(|minute| (minute, why.to_owned())), "ever later");
    assert_eq!(world.asked(SLACK), 1, "the same secret again proves nothing");
    // Other messages are tried meanwhile, once each.
    arrive(&world, &channels, &warning("observe_failed"));
    assert_eq!((world.asked(SLACK), world.mailbox("slack:/slack").refused()), (2, 2));
    world.secret("/slack", NEW_WEBHOOK);
    world.says(SLACK, 200, "ok");
    assert_eq!(wake_after(&world, &channels, MINUTE * 15).error(), None);
    assert_eq!((world.shown(SLACK).len(), world.mailbox("slack:/slack").waiting()), (2, 0));
    assert!(world.shown(SLACK)[0].contains("no_memory_lever"), "the critical one first");
    // It stands now, so its recovery is sent.
    arrive(&world, &channels, &recovery());
    assert_eq!(world.shown(SLACK).len(), 3);
}

#[test]
fn a_recovery_that_an_old_key_explains_is_sent_by_a_new_one() {
    let (world, channels) = (World::new(), only(pagerduty()));
    arrive(&world, &channels, &alert());
    world.says(PAGERDUTY, 400, "Invalid routing key");
    assert!(arrive(&world, &channels, &recovery()).error().is_some());
    wake_after(&world, &channels, MINUTE * 60);
    assert_eq!(world.asked(PAGERDUTY), 2);
    world.secret("/pagerduty", NEW_KEY);
    world.once(PAGERDUTY, Reply::Says(400, None, "Invalid routing key".to_owned()));
    world.says(PAGERDUTY, 202, "");
    assert_eq!(wake_after(&world, &channels, MINUTE * 60).error(), None);
    // By the key that opened the incident, and then by the newest.
    assert_eq!((world.asked(PAGERDUTY), world.mailbox("pagerduty:/pagerduty").waiting()), (4, 0));
}

#[test]
fn an_incident_is_closed_by_the_key_that_opened_it() {
    let (world, channels) = (World::new(), only(pagerduty()));
    arrive(&world, &channels, &alert());
    world.secret("/pagerduty", NEW_KEY);
    world.pass(MINUTE * 10);
    arrive(&world, &channels, &recovery());
    let next = Event { edge: 9, ..alert() };
    arrive(&world, &channels, &next);
    let keys: Vec<String> = world
        .shown(PAGERDUTY)
        .iter()
        .map(|body| json(body)["routing_key"].as_str().unwrap().to_owned())
        .collect();
    let old = "a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3";
    assert_eq!(keys, [old, old, NEW_KEY], "the next incident is opened by the new one");
}

#[test]
fn an_incident_that_a_fresh_key_opened_is_closed_by_that_one() {
    let (world, channels) = (World::new(), only(pagerduty()));
    arrive(&world, &channels, &warning("observe_failed"));
    world.secret("/pagerduty", NEW_KEY);
    // The old key is in the cache, and not valid any more.
    world.once(PAGERDUTY, Reply::Says(403, None, String::new()));
    arrive(&world, &channels, &alert());
    world.secret("/pagerduty", "0123456789abcdef0123456789abcdef");
    world.pass(MINUTE * 10);
    arrive(&world, &channels, &recovery());
    let posts = world.shown(PAGERDUTY);
    assert!(posts[1].contains(NEW_KEY) && posts[2].contains(NEW_KEY), "{posts:?}");
}

#[test]
fn a_secret_that_is_missing_or_unfit_keeps_the_alert_until_a_person_mends_it() {
    let (world, channels) = (World::new(), only(slack()));
    world.remove_secret("/slack");
    let error = arrive(&world, &channels, &alert()).error().unwrap();
    assert_eq!(error, "slack:/slack: /slack: the parameter is missing: ParameterNotFound");
    // It is not asked for again at once.
    let read = world.count("read");
    assert_eq!(wake_after(&world, &channels, SignedDuration::from_secs(29)).error(), None);
    assert_eq!(world.count("read"), read);
    world.secret("/slack", "https://example.com/not-slack/s3cr3ts3cr3ts3cr3ts3cr3t");
    let error = wake_after(&world, &channels, MINUTE).error().unwrap();
    assert!(error.contains("this is no incoming webhook of Slack") && !error.contains("s3cr3t"), "{error}");
    world.remove_secret("/slack");
    world.secret("/slack", NEW_WEBHOOK);
    wake_after(&world, &channels, MINUTE * 2);
    assert_eq!(world.shown(SLACK).len(), 1);
}

#[test]
fn a_bot_needs_its_channel_and_a_webhook_has_one() {
    let world = World::new();
    world.remove_secret("/slack");
    world.secret("/slack", "xoxb-1234-abcdefgh");
    world.secret("/bot", NEW_WEBHOOK);
    let error = arrive(&world, &only(slack()), &alert()).error().unwrap();
    assert!(error.contains("write into the policy the channel_id"), "{error}");
    let error = arrive(&world, &only(slack_bot()), &alert()).error().unwrap();
    assert!(error.contains("remove channel_id from the policy"), "{error}");
}

#[test]
fn an_answer_that_echoes_the_secret_is_told_without_it() {
    let (world, channels) = (World::new(), only(pagerduty()));
    let echo = r#"{"status":"invalid event","message":"bad","errors":["a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3 is unknown at https://events.pagerduty.com/x"]}"#;
    world.says(PAGERDUTY, 400, echo);
    let report = arrive(&world, &channels, &alert());
    let told = serde_json::to_string(&report).unwrap() + &report.error().unwrap();
    assert!(
        told.contains("events.pagerduty.com answered 400: bad; [redacted] is unknown at [address]"),
        "{told}"
    );
    assert!(!told.contains("a0b1c2d3"), "{told}");
}

#[test]
fn an_incident_whose_key_is_gone_is_resolved_by_the_newest() {
    let (world, channels) = (World::new(), only(pagerduty()));
    arrive(&world, &channels, &alert());
    world.secret("/pagerduty", NEW_KEY);
    world.forget_first_version("/pagerduty");
    world.pass(MINUTE * 10);
    assert_eq!(arrive(&world, &channels, &recovery()).error(), None);
    assert!(world.shown(PAGERDUTY)[1].contains(NEW_KEY));
}
