//! Who is told of what: by severity, target and kind, and once each.

use jiff::SignedDuration;
use tidegate_notify::event::{Event, EventKind};
use tidegate_notify::port::Topic;
use tidegate_policy::policy::Notify;
use tidegate_policy::severity::Severity;

use crate::fixture::{alert, json, now, recovery, warning};
use crate::invocations::{
    Job, all, arrive, channels, https, of_targets, only, pagerduty, published, run, slack, slack_bot,
};
use crate::world::World;

const SLACK: &str = "hooks.slack.com";
const PAGERDUTY: &str = "events.pagerduty.com";
const ENDPOINT: &str = "hook.example.com";

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[test]
fn an_alert_and_its_recovery_reach_every_channel_once() {
    let (world, channels) = (World::new(), all());
    for event in [alert(), alert(), recovery(), recovery(), alert()] {
        assert_eq!(arrive(&world, &channels, &event).error(), None);
    }
    for host in [SLACK, PAGERDUTY, ENDPOINT] {
        assert_eq!((world.shown(host).len(), world.asked(host)), (2, 2), "{host}");
    }
    let actions: Vec<String> =
        world.shown(PAGERDUTY).iter().map(|body| json(body)["event_action"].to_string()).collect();
    assert_eq!(actions, ["\"trigger\"", "\"resolve\""]);
    let told = ["Critical ALARM", "AmazonQ custom", "Critical OK", "AmazonQ custom"];
    assert_eq!(published(&world), told, "a critical alert is no warning");
}

#[test]
fn a_warning_goes_to_the_topic_of_warnings_and_what_is_for_information_to_none() {
    let (world, channels) = (World::new(), all());
    arrive(&world, &channels, &warning("observe_failed"));
    let info = Event { severity: Severity::Info, ..warning("scale_in_blocked") };
    arrive(&world, &channels, &info);
    assert_eq!(published(&world), ["Warning ALARM", "AmazonQ custom"]);
    assert_eq!(world.shown(SLACK).len(), 1);
}

#[test]
fn a_channel_is_told_of_its_targets_alone() {
    let (world, channels) = (World::new(), only(of_targets(slack(), &["api"])));
    arrive(&world, &channels, &alert());
    assert_eq!(world.asked(SLACK), 0);
    arrive(&world, &channels, &warning("observe_failed"));
    assert_eq!(world.asked(SLACK), 1);
}

#[test]
fn a_recovery_follows_its_alert_however_urgent_it_calls_itself() {
    let (world, channels) = (World::new(), channels(vec![pagerduty()]));
    arrive(&world, &channels, &alert());
    let calm = Event { severity: Severity::Info, ..recovery() };
    arrive(&world, &channels, &calm);
    assert_eq!((world.shown(PAGERDUTY).len(), published(&world).len()), (2, 2));
    // Of what it was never told it is told no recovery, and nothing is written of it.
    let stored = world.count("store");
    arrive(&world, &channels, &Event { reason: "flapping".to_owned(), ..calm });
    assert_eq!((world.shown(PAGERDUTY).len(), world.count("store")), (2, stored));
}

#[test]
fn what_stands_in_a_channel_is_closed_also_when_the_policy_names_other_targets_now() {
    let (world, before) = (World::new(), only(pagerduty()));
    arrive(&world, &before, &alert());
    let now_of_api = only(of_targets(pagerduty(), &["api"]));
    arrive(&world, &now_of_api, &recovery());
    let actions: Vec<String> =
        world.shown(PAGERDUTY).iter().map(|body| json(body)["event_action"].to_string()).collect();
    assert_eq!(actions, ["\"trigger\"", "\"resolve\""]);
    // The next alert of that target is none of this channel's, and its recovery has nothing to clear.
    let (again, over) = (Event { edge: 9, ..alert() }, Event { edge: 10, ..recovery() });
    let stored = world.count("store");
    for event in [again, over] {
        assert_eq!(arrive(&world, &now_of_api, &event).channels, []);
    }
    assert_eq!((world.shown(PAGERDUTY).len(), world.count("store")), (2, stored));
}

#[test]
fn an_alarm_of_the_stack_goes_to_the_policys_channels_and_not_back_to_the_topics() {
    let (world, channels) = (World::new(), all());
    let alarm = Event { since: now(), ..alert() };
    let over = Event { at: now() + MINUTE * 30, since: now() + MINUTE * 30, edge: 8, ..recovery() };
    for event in [&alarm, &alarm, &over] {
        assert_eq!(run(&world, &channels, Job::Alarm(event)).error(), None);
    }
    assert_eq!(published(&world), ["AmazonQ custom", "AmazonQ custom"]);
    assert_eq!((world.shown(PAGERDUTY).len(), world.shown(SLACK).len()), (2, 2));
    // CloudWatch does not say since when the alarm rang; the mailbox knows.
    assert!(world.shown(SLACK)[1].contains("It lasted 30m."), "{}", world.shown(SLACK)[1]);
}

#[test]
fn decisions_and_steps_go_to_whom_asked_for_what_is_for_information() {
    let (world, channels) = (
        World::new(),
        channels(vec![
            Notify { severity: Severity::Info, ..slack() },
            Notify { severity: Severity::Info, ..pagerduty() },
            https(),
        ]),
    );
    let step = Event { kind: EventKind::Step, severity: Severity::Info, ..warning("create_replicas") };
    arrive(&world, &channels, &step);
    assert_eq!((world.asked(SLACK), world.asked(PAGERDUTY), world.asked(ENDPOINT)), (1, 0, 0));
}

#[test]
fn two_tables_that_lead_to_one_place_are_one_channel() {
    let (world, channels) = (
        World::new(),
        channels(vec![
            of_targets(slack(), &["api"]),
            Notify { severity: Severity::Critical, ..of_targets(slack(), &["sessions"]) },
        ]),
    );
    assert_eq!(channels.len(), 3);
    for event in
        [warning("observe_failed"), alert(), Event { severity: Severity::Warning, edge: 9, ..alert() }]
    {
        arrive(&world, &channels, &event);
    }
    assert_eq!(world.shown(SLACK).len(), 2, "a warning of sessions is not asked for");
}

#[test]
fn a_bot_keeps_an_alert_in_one_thread_and_its_word_decides_not_its_status() {
    let (world, channels) = (World::new(), only(slack_bot()));
    world.secret("/bot", "xoxb-1234-abcdefgh");
    world.says("slack.com", 200, r#"{"ok":true,"channel":"C0123456789","ts":"1700000000.000100"}"#);
    for event in [alert(), Event { edge: 8, ..alert() }, Event { edge: 9, ..recovery() }] {
        arrive(&world, &channels, &event);
    }
    let threads: Vec<String> =
        world.shown("slack.com").iter().map(|body| json(body)["thread_ts"].to_string()).collect();
    assert_eq!(threads, ["null", "\"1700000000.000100\"", "\"1700000000.000100\""]);
    let headers = world.0.borrow().posts[0].headers.clone();
    assert_eq!(headers[0], ("authorization", "Bearer xoxb-1234-abcdefgh".to_owned()));

    world.says("slack.com", 200, r#"{"ok":false,"error":"is_archived"}"#);
    let error = arrive(&world, &channels, &warning("observe_failed")).error().unwrap();
    assert_eq!(error, "slack:/bot#C0123456789: refused: slack.com answered 200: is_archived");
}

#[test]
fn a_name_calls_nobody_in_any_channel() {
    let (world, channels) = (World::new(), all());
    let live = Event { sentence: "<!channel> <@U1> <https://evil.example|here>".to_owned(), ..alert() };
    arrive(&world, &channels, &live);
    let slack = world.shown(SLACK).remove(0);
    assert!(slack.contains("&lt;!channel&gt;") && !slack.contains("<!channel>"), "{slack}");
    let state = world.0.borrow();
    let (_, _, message) = state.published.iter().find(|(topic, ..)| *topic == Topic::AmazonQ).unwrap();
    assert!(message.contains("&lt;!channel&gt;") && !message.contains("<!channel>"), "{message}");
}
