//! Properties: whatever stands in an event, each channel's message is within its limits, whole, and cut between characters and entities.

use std::collections::BTreeMap;

use jiff::civil::date;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use tidegate_notify::cost::{Cents, Priced};
use tidegate_notify::digest::Digest;
use tidegate_notify::event::{Event, EventKind, NUMBERS, Number, SENTENCE, Unit};
use tidegate_notify::pagerduty::routing_key::RoutingKey;
use tidegate_notify::slack::blocks::{ALL, BLOCKS, ELEMENTS, HEADER, SECTION, TEXT};
use tidegate_notify::storm::Minute;
use tidegate_notify::{alarm, amazon_q, endpoint, pagerduty, slack};
use tidegate_policy::names::{Stage, TargetName};
use tidegate_policy::severity::Severity;

use crate::fixture::{alert, json, now, recovery, texts};

/// Any text, with what is long, live or wide in it more often than by chance.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "\\PC{0,30}".prop_map(String::from),
        1 => any::<String>(),
        2 => Just("&".to_owned()),
        2 => Just("<!channel>".to_owned()),
        1 => Just("🚨é\u{301}".to_owned()),
        1 => Just("\r\n\u{0}\u{1b}".to_owned()),
        1 => Just("\"\\`*_~".to_owned()),
    ];
    (vec(piece, 0..8), prop_oneof![3 => Just(1_usize), 1 => 1..150_usize])
        .prop_map(|(pieces, times)| pieces.concat().repeat(times))
}

fn number() -> impl Strategy<Value = Number> {
    let unit = prop_oneof![
        Just(Unit::Count),
        Just(Unit::Percent),
        Just(Unit::Seconds),
        Just(Unit::PerMinute),
        Just(Unit::Other)
    ];
    (text(), any::<f64>(), proptest::option::of(any::<f64>()), unit)
        .prop_map(|(name, value, bound, unit)| Number { name, value, unit, bound })
}

fn event() -> impl Strategy<Value = Event> {
    let kind = prop_oneof![
        Just(EventKind::Alert),
        Just(EventKind::Recovery),
        Just(EventKind::Decision),
        Just(EventKind::Step)
    ];
    let severity = prop_oneof![Just(Severity::Info), Just(Severity::Warning), Just(Severity::Critical)];
    let places = (text(), text(), prop_oneof![Just("no_memory_lever".to_owned()), text()]);
    let told = (text(), vec(number(), 0..60), proptest::option::of(text()), text(), text(), text(), text());
    (kind, severity, places, told, any::<u64>()).prop_map(
        |(kind, severity, (stage, target, reason), told, edge)| {
            let (sentence, numbers, doing, policy, account, region, command) = told;
            Event {
                kind,
                severity,
                stage: Stage::new(stage),
                target: TargetName::new(target),
                reason,
                sentence,
                numbers,
                doing,
                policy,
                account,
                region,
                command,
                edge,
                ..alert()
            }
        },
    )
}

/// UTF-16, which counts what is beyond the first 65,536 characters twice.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Every ampersand begins one of the three entities.
fn assert_entities_are_whole(text: &str) {
    for (at, _) in text.match_indices('&') {
        let whole = ["&amp;", "&lt;", "&gt;"].iter().any(|entity| text[at..].starts_with(entity));
        assert!(whole, "{:?}", &text[at..]);
    }
}

/// No markup but the dates of our own.
fn assert_nothing_is_live(text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let date = rest[at..].strip_prefix("<!date^").unwrap_or_else(|| panic!("{rest:?}"));
        rest = date.split_once("UTC>").unwrap_or_else(|| panic!("{rest:?}")).1;
    }
    assert!(!rest.contains('>'), "{text:?}");
}

fn assert_is_a_message_of_slack(body: &str) {
    let body = json(body);
    let text = body["text"].as_str().unwrap();
    assert!((1..=TEXT).contains(&length(text)));
    let blocks = body["blocks"].as_array().unwrap();
    assert!((1..=BLOCKS).contains(&blocks.len()));
    let mut all = length(text);
    for block in blocks {
        let (parts, most) = match block["type"].as_str().unwrap() {
            "header" => (vec![&block["text"]], HEADER),
            "section" => (vec![&block["text"]], SECTION),
            "context" => (block["elements"].as_array().unwrap().iter().collect(), SECTION),
            other => panic!("{other}"),
        };
        assert!((1..=ELEMENTS).contains(&parts.len()));
        for part in parts {
            let text = part["text"].as_str().unwrap();
            assert!((1..=most).contains(&length(text)), "{}", length(text));
            assert!(!text.trim().is_empty());
            all += length(text);
        }
    }
    assert!(all <= ALL, "{all}");
    for text in texts(&body) {
        assert_entities_are_whole(text);
        assert_nothing_is_live(text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn slack_takes_every_message(event in event()) {
        let message = slack::message::message(&event);
        assert_is_a_message_of_slack(&message.for_webhook());
        assert_is_a_message_of_slack(&message.for_channel("C0123456789", Some("1700000000.000100")));
        // What matters is never left out.
        let body = json(&message.for_webhook());
        prop_assert_eq!(&body["blocks"][0]["type"], "header");
        prop_assert_eq!(&body["blocks"].as_array().unwrap().last().unwrap()["type"], "context");
    }

    #[test]
    fn pagerduty_takes_every_event(event in event()) {
        let key = RoutingKey::read("0123456789abcdef0123456789ABCDEF").unwrap();
        let Some(body) = pagerduty::event::body(&event, &key) else {
            prop_assert!(matches!(event.kind, EventKind::Decision | EventKind::Step));
            return Ok(());
        };
        prop_assert!(body.len() <= pagerduty::event::ALL, "{} bytes", body.len());
        let body = json(&body);
        let dedup_key = body["dedup_key"].as_str().unwrap();
        prop_assert!((1..=pagerduty::event::DEDUP_KEY).contains(&dedup_key.len()));
        if event.kind == EventKind::Alert {
            let summary = body["payload"]["summary"].as_str().unwrap();
            prop_assert!((1..=pagerduty::event::SUMMARY).contains(&length(summary)));
            for field in ["source", "severity", "timestamp"] {
                prop_assert!(!body["payload"][field].as_str().unwrap().is_empty());
            }
        }
    }

    #[test]
    fn sns_takes_every_alarm(event in event()) {
        let Some(alarm) = alarm::notification(&event, "arn:aws:sns:eu-west-1:123456789012:critical") else {
            prop_assert!(matches!(event.kind, EventKind::Decision | EventKind::Step));
            return Ok(());
        };
        prop_assert!((1..=alarm::SUBJECT).contains(&alarm.subject.len()));
        prop_assert!(alarm.subject.bytes().all(|byte| (32..127).contains(&byte)));
        prop_assert!(alarm.message.len() < 64 * 1024, "{} bytes", alarm.message.len());
        let message = json(&alarm.message);
        let name = message["AlarmName"].as_str().unwrap();
        prop_assert!((1..=alarm::ALARM_NAME).contains(&name.len()) && name.is_ascii());
        let state = message["NewStateValue"].as_str().unwrap();
        let begins = format!("{state}: ");
        prop_assert!(alarm.subject.starts_with(&begins));
        prop_assert!(length(message["NewStateReason"].as_str().unwrap()) <= 1_023);
    }

    #[test]
    fn amazon_q_takes_every_message(event in event()) {
        let message = amazon_q::message(&event).unwrap();
        prop_assert!(message.len() < 200 * 1024, "{} bytes", message.len());
        let message = json(&message);
        let content = &message["content"];
        prop_assert!((1..=amazon_q::TITLE).contains(&length(content["title"].as_str().unwrap())));
        prop_assert!((1..=amazon_q::DESCRIPTION).contains(&length(content["description"].as_str().unwrap())));
        for text in texts(&message) {
            prop_assert!(!text.trim().is_empty());
            assert_entities_are_whole(text);
            assert_nothing_is_live(text);
        }
    }

    #[test]
    fn an_endpoint_and_the_bus_take_every_event(event in event()) {
        let body = endpoint::post::body(&event).unwrap();
        // The bus takes 256 KB, and its envelope is small.
        prop_assert!(body.len() < 200 * 1024, "{} bytes", body.len());
        let read = Event::read(&body).unwrap();
        prop_assert!(length(&read.sentence) <= SENTENCE && read.numbers.len() <= NUMBERS);
        prop_assert_eq!(read.clone().bounded(), read.clone(), "what is bounded stays as it is");
        prop_assert!(texts(&json(&body)).iter().all(|text| !text.chars().any(char::is_control)));
    }

    #[test]
    fn slack_takes_every_digest_and_every_summary(
        stage in text(),
        needs in vec(text(), 0..40),
        names in vec((text(), any::<u64>()), 0..40),
        reasons in vec(text(), 1..40),
    ) {
        let counts: BTreeMap<String, u64> = names.into_iter().collect();
        let digest = Digest {
            stage: Stage::new(&stage),
            first: date(2026, 2, 23),
            last: date(2026, 3, 1),
            needs: needs.clone(),
            changes: counts.clone(),
            short: counts.clone(),
            short_before: Some(u64::MAX),
            at_maximum: counts.clone(),
            holds: counts,
            notes: needs,
            calls: u64::MAX,
            failed_calls: u64::MAX,
            cost: Some(Priced { spent: Cents(u64::MAX), at_maximum: Cents(u64::MAX) }),
        };
        assert_is_a_message_of_slack(&slack::message::notice(&digest.notice(now())).for_webhook());

        let mut minute = Minute::default();
        for reason in reasons {
            let event = Event { reason, stage: Stage::new(&stage), severity: Severity::Warning, ..alert() };
            minute.take(&event, 0, now());
        }
        let summary = minute.close(&Stage::new(&stage), recovery().at).unwrap();
        assert_is_a_message_of_slack(&slack::message::notice(&summary.notice(now())).for_webhook());
    }
}

/// Block Kit; the Events API v2; Publish and PutMetricAlarm. What is cut to a constant is only as right as the constant.
#[test]
fn the_limits_are_those_that_the_channels_document() {
    assert_eq!((BLOCKS, HEADER, SECTION, ELEMENTS), (50, 150, 3_000, 10));
    assert_eq!((TEXT, ALL), (3_000, 13_000), "nobody documents these: what was observed to be taken");
    let (summary, key, all) = (pagerduty::event::SUMMARY, pagerduty::event::DEDUP_KEY, pagerduty::event::ALL);
    assert_eq!((summary, key, all), (1_024, 255, 524_288));
    assert_eq!((alarm::SUBJECT, alarm::ALARM_NAME), (100, 255));
    assert_eq!((amazon_q::TITLE, amazon_q::DESCRIPTION), (200, 3_000));
}

#[test]
fn a_message_is_complete_where_everything_is_of_ordinary_length() {
    let body = json(&slack::message::message(&alert()).for_webhook());
    let all: Vec<&Value> = body["blocks"].as_array().unwrap().iter().collect();
    assert_eq!(all.len(), 6);
    assert!(texts(&body).iter().all(|text| !text.ends_with('…')));
}
