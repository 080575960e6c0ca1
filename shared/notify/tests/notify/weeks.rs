//! The digest of a week, and the test of a channel: by the same way as alerts, and to whom they are of use.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::civil::date;
use tidegate_notify::cost::{Cents, Cost, Priced};
use tidegate_notify::week::{TargetWeek, Week};
use tidegate_policy::names::{Stage, TargetName};

use crate::fixture::{json, texts};
use crate::invocations::{Job, amazon_q, channels, https, of, pagerduty, run, slack, test_all, wake_after};
use crate::world::{Reply, World};

const SLACK: &str = "hooks.slack.com";

fn week() -> Week {
    let of = |target: &str, changes, standing: &[&str]| TargetWeek {
        target: TargetName::new(target),
        changes,
        minutes_at_maximum: 370,
        minutes_short: 58,
        holds: BTreeMap::from([("stabilizing".to_owned(), 106), ("within_thresholds".to_owned(), 602)]),
        calls: 15_701,
        failed_calls: 1,
        member_hours: 612,
        cost: Cost { known: None, unpriced_hours: 612 },
        standing_alerts: standing.iter().map(|line| (*line).to_owned()).collect(),
        pauses: Vec::new(),
    };
    let mut sessions = of("sessions", 11, &["memory_not_relieved since 4 Mar: raise max"]);
    // 612 h of cache.t3.medium at $0.068 are $41.62; always six of them for 168 h, $68.54.
    sessions.cost =
        Cost { known: Some(Priced { spent: Cents(4_162), at_maximum: Cents(6_854) }), unpriced_hours: 0 };
    sessions.pauses.push("removals, 2h on 3 Mar".to_owned());
    Week {
        stage: Stage::new("production"),
        first: date(2026, 3, 2),
        last: date(2026, 3, 8),
        targets: vec![of("api", 45, &[]), sessions],
    }
}

#[test]
fn a_week_is_counted_together() {
    assert_eq!(
        week().digest().lines(),
        [
            "Tidegate production, 2 - 8 Mar: 1 thing needs you",
            "! sessions: memory_not_relieved since 4 Mar: raise max",
            "Changes 56: api 45, sessions 11",
            "Short 1h 56m: api 58m, sessions 58m; at the maximum 12h 20m: api 6h 10m, sessions 6h 10m",
            "Held most: within_thresholds 1,204, stabilizing 212",
            "Paused: sessions: removals, 2h on 3 Mar",
            "Member hours: api 612 (price not known), sessions 612 ($41.62).",
            "Calls 31,402, 2 failed. Cost $41.62 by list price on demand in N. Virginia, always at max $68.54 (-39%).",
        ]
    );
}

#[test]
fn the_cost_of_a_week_is_that_of_all_targets_with_a_price_and_hours_without_one_are_named() {
    let mut week = week();
    let known = Priced { spent: Cents(109_210), at_maximum: Cents(148_000) };
    week.targets[0].cost = Cost { known: Some(known), unpriced_hours: 12 };
    let lines = week.digest().lines();
    assert_eq!(lines[6], "Member hours: api 612 ($1,092.10, price not known of 12), sessions 612 ($41.62).");
    // 1,092.10 + 41.62, and 1,480.00 + 68.54: 26.8% less.
    assert_eq!(
        lines[7],
        "Calls 31,402, 2 failed. Cost $1,133.72 by list price on demand in N. Virginia, always at max $1,548.54 (-27%)."
    );
    for target in &mut week.targets {
        target.cost = Cost { known: None, unpriced_hours: 612 };
    }
    let lines = week.digest().lines();
    assert_eq!(lines[6], "Member hours: api 612 (price not known), sessions 612 (price not known).");
    assert_eq!(lines[7], "Calls 31,402, 2 failed.", "no amount is made up");
}

#[test]
fn a_digest_is_sent_once_a_week_to_whom_it_is_of_use() {
    let (world, channels) = (World::new(), channels(vec![slack(), pagerduty(), https(), amazon_q()]));
    for _ in 0..3 {
        assert_eq!(run(&world, &channels, Job::Digest(&week())).error(), None);
    }
    let body = json(&world.shown(SLACK)[0]);
    assert_eq!(body["blocks"][0]["text"]["text"], "Tidegate production, 2 - 8 Mar: 1 thing needs you");
    assert!(texts(&body).iter().any(|text| text.contains("! sessions: memory_not_relieved")), "{body}");
    let body = json(&world.shown("hook.example.com")[0]);
    assert_eq!(
        (&body["version"], &body["kind"], &body["stage"]),
        (&json("1"), &json("\"digest\""), &json("\"production\""))
    );
    assert_eq!(body["lines"].as_array().unwrap().len(), 8);
    let message = json(&world.0.borrow().published[0].2);
    assert_eq!((&message["version"], &message["source"]), (&json("\"1.0\""), &json("\"custom\"")));
    let counts =
        (world.shown(SLACK).len(), world.asked("hook.example.com"), world.0.borrow().published.len());
    assert_eq!((counts, world.asked("events.pagerduty.com")), ((1, 1, 1), 0));

    let next = Week { first: date(2026, 3, 9), last: date(2026, 3, 15), ..week() };
    run(&world, &channels, Job::Digest(&next));
    assert_eq!(world.shown(SLACK).len(), 2);
}

#[test]
fn a_digest_waits_for_its_channel_as_an_alert_does() {
    let (world, channels) = (World::new(), channels(vec![slack()]));
    world.once(SLACK, Reply::Says(503, None, String::new()));
    let report = run(&world, &channels, Job::Digest(&week()));
    assert_eq!(of(&report, "slack").waiting, 1);
    run(&world, &channels, Job::Digest(&week()));
    wake_after(&world, &channels, SignedDuration::from_mins(1));
    assert_eq!(world.shown(SLACK).len(), 1);
}

#[test]
fn a_test_tells_what_each_channel_answered_and_leaves_nothing_open() {
    let (world, channels) = (World::new(), channels(vec![slack(), pagerduty(), https(), amazon_q()]));
    world.says(SLACK, 404, "no_service");
    world.always("hook.example.com", Reply::Hangs);
    let told: Vec<String> = test_all(&world, &channels)
        .iter()
        .map(|replied| format!("{} {}: {}", replied.channel, replied.taken, replied.reply))
        .collect();
    assert_eq!(
        told,
        [
            "sns:critical true: SNS took it",
            "sns:warning true: SNS took it",
            "slack:/slack false: hooks.slack.com answered 404: no_service",
            r#"pagerduty:/pagerduty true: events.pagerduty.com answered 202: {"status":"success","message":"Event processed"}"#,
            "https:/https false: no answer before the function's time was over",
            "amazon-q true: SNS took it",
        ]
    );
    let actions: Vec<String> = world
        .shown("events.pagerduty.com")
        .iter()
        .map(|body| json(body)["event_action"].to_string())
        .collect();
    assert_eq!(actions, ["\"trigger\"", "\"resolve\""]);
    assert!(world.shown("events.pagerduty.com")[0].contains("\"severity\":\"info\""));
    let states: Vec<String> = world
        .0
        .borrow()
        .published
        .iter()
        .map(|(.., message)| json(message)["NewStateValue"].to_string())
        .collect();
    assert_eq!(states.iter().filter(|state| *state == "\"ALARM\"").count(), 2);
    assert_eq!(states.iter().filter(|state| *state == "\"OK\"").count(), 2);
    assert_eq!((world.count("load"), world.count("store")), (0, 0), "no mailbox is touched");
}

#[test]
fn a_test_says_what_a_channel_replied_without_its_secret() {
    let (world, channels) = (World::new(), channels(vec![slack(), https()]));
    let echo = "took it for https://hook.example.com/in?token=abcdefghijklmnop";
    world.says("hook.example.com", 202, echo);
    let replies: Vec<String> =
        test_all(&world, &channels).into_iter().skip(2).map(|replied| replied.reply).collect();
    assert_eq!(
        replies,
        ["hooks.slack.com answered 200: ok", "hook.example.com answered 202: took it for [redacted]"]
    );
}

#[test]
fn a_test_of_a_channel_without_its_secret_says_so() {
    let (world, channels) = (World::new(), channels(vec![slack()]));
    world.remove_secret("/slack");
    let replied = test_all(&world, &channels).remove(2);
    assert_eq!(
        (replied.taken, replied.reply.as_str()),
        (false, "/slack: the parameter is missing: ParameterNotFound")
    );
}
