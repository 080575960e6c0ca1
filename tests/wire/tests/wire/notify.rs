//! Goal: what happened reaches people once, by every channel of the policy, whatever a channel answers. Method: the real binary, the stand-in's bus, topics,
//! parameters and table, and a stand-in for the channels.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tidegate_wire::channels::{Answer, Posted};
use tidegate_wire::event::{self, command};
use tidegate_wire::function::Invocation;
use tidegate_wire::messenger::{Messenger, ROUTING_KEY, STAGE, WEBHOOK, bus, happened};
use tidegate_wire::scene::{API, Scene, summary};

use super::told::{failed, names};

/// One event of the bus, as EventBridge hands it on.
fn told(kind: &str, reason: &str, severity: &str, edge: u64, at: Timestamp) -> Value {
    json!({
        "version": "0",
        "id": format!("{edge:08}-cffa-4f76-80c9-8b7d4a4d2eaa"),
        "source": "tidegate",
        "detail-type": format!("Tidegate {}{}", kind[..1].to_uppercase(), &kind[1..]),
        "account": "123456789012",
        "time": at.to_string(),
        "region": "eu-west-1",
        "resources": [],
        "detail": {
            "version": 1, "kind": kind, "stage": STAGE, "target": "api", "reason": reason, "severity": severity,
            "sentence": format!("{reason} of edge {edge}: 3 > 2."), "numbers": [], "since": at, "at": at, "edge": edge,
            "policy": "4f1c2a9be07d", "account": "123456789012", "region": "eu-west-1", "command": "aws logs tail /aws/lambda/x",
        },
    })
}

fn minute(at: Timestamp) -> Value {
    serde_json::from_str(&event::schedule(at)).unwrap()
}

/// What Slack was sent, and what PagerDuty was.
fn split(posted: &[Posted]) -> (Vec<&Posted>, Vec<&Posted>) {
    posted.iter().partition(|posted| posted.host == "hooks.slack.com")
}

#[track_caller]
fn fine(invocation: &Invocation) -> &Value {
    let Invocation::Response(answer) = invocation else { panic!("{}", summary(invocation)) };
    answer
}

#[test]
fn an_alert_opens_everywhere_once_and_its_recovery_closes_it() {
    let mut messenger = Messenger::new();
    let now = messenger.clock.now();
    let alarm = told("alert", "writers_fight", "critical", 7, now);
    for _ in 0..2 {
        fine(&messenger.invoke(&alarm));
    }
    let posted = messenger.channels.take();
    let (slack, pager) = split(&posted);
    assert_eq!((slack.len(), pager.len()), (1, 1), "{posted:?}");
    assert_eq!(slack[0].path, "/services/T0000/B0000/aVerySecretWord");
    assert!(slack[0].body["text"].as_str().unwrap().contains("writers_fight of edge 7"), "{}", slack[0].body);
    assert_eq!(pager[0].path, "/v2/enqueue");
    assert_eq!(
        (&pager[0].body["event_action"], &pager[0].body["routing_key"]),
        (&json!("trigger"), &json!(ROUTING_KEY))
    );

    fine(&messenger.invoke(&told("recovery", "writers_fight", "critical", 8, now)));
    // A late retry of the alert opens nothing.
    messenger.restart();
    fine(&messenger.invoke(&alarm));
    let posted = messenger.channels.take();
    let (slack, pager) = split(&posted);
    assert_eq!((slack.len(), pager.len()), (1, 1), "{posted:?}");
    assert_eq!(pager[0].body["event_action"], "resolve");

    let published = messenger.published();
    let states: Vec<_> = published
        .iter()
        .map(|(subject, alarm)| (&subject[..2], &alarm["NewStateValue"], &alarm["AlarmName"]))
        .collect();
    assert_eq!(states.len(), 2, "{published:?}");
    assert!(
        states.iter().all(|(subject, state, _)| state.as_str().unwrap().starts_with(subject)),
        "{states:?}"
    );
    assert!(states.iter().all(|(_, _, alarm)| *alarm == states[0].2), "{states:?}");
    assert!(!messenger.said().contains("aVerySecretWord"), "{}", messenger.said());
}

#[test]
fn what_a_channel_cannot_take_now_is_sent_when_it_says() {
    let mut messenger = Messenger::new();
    let now = messenger.clock.now();
    let warning = told("alert", "replica_failed", "warning", 1, now);
    messenger.channels.will_answer(&[Answer::Later(90)]);
    let waits = messenger.invoke(&warning);
    assert!(fine(&waits).to_string().contains("waits_until"), "{}", summary(&waits));
    assert_eq!(messenger.channels.take().len(), 1);
    messenger.clock.set(now + SignedDuration::from_secs(60));
    fine(&messenger.invoke(&minute(messenger.clock.now())));
    assert_eq!(messenger.channels.take().len(), 0, "a minute is too soon");
    messenger.clock.set(now + SignedDuration::from_secs(120));
    fine(&messenger.invoke(&minute(messenger.clock.now())));
    fine(&messenger.invoke(&minute(messenger.clock.now())));
    assert_eq!(messenger.channels.take().len(), 1);

    // An error of the channel's own, and one that hangs: both are tried again, and the others are told at once.
    for (edge, answer) in [(2, Answer::Now(500, "rollup_error")), (3, Answer::Never)] {
        let at = messenger.clock.now();
        messenger.channels.will_answer(&[answer]);
        fine(&messenger.invoke(&told("alert", &format!("reason_{edge}"), "warning", edge, at)));
        assert_eq!(messenger.channels.take().len(), 1);
        messenger.clock.set(at + SignedDuration::from_mins(10));
        fine(&messenger.invoke(&minute(messenger.clock.now())));
        assert_eq!(messenger.channels.take().len(), 1, "edge {edge}");
    }
    assert_eq!(messenger.published().len(), 3, "the topic was told each time at once");
}

#[test]
fn what_a_channel_refuses_for_good_fails_loudly_and_is_not_repeated() {
    let mut messenger = Messenger::new();
    for (edge, answer, words) in [
        (1, Answer::Now(404, "no_service"), &["ChannelsFailed", "hooks.slack.com", "404", "no_service"][..]),
        (2, Answer::Now(410, "channel_is_archived"), &["410", "channel_is_archived"]),
        (3, Answer::Elsewhere("https://example.com/"), &["302"]),
    ] {
        let at = messenger.clock.now();
        messenger.channels.will_answer(&[answer]);
        let refused = messenger.invoke(&told("alert", &format!("reason_{edge}"), "warning", edge, at));
        names(&failed(&refused), words);
        assert!(!failed(&refused).contains("aVerySecretWord"), "{}", failed(&refused));
        // The secret is read anew, and is the same: nothing is gained by another try.
        assert_eq!(messenger.channels.take().len(), 1, "edge {edge}");
        messenger.clock.set(at + SignedDuration::from_mins(30));
        messenger.invoke(&minute(messenger.clock.now()));
        assert_eq!(messenger.channels.take().len(), 0, "edge {edge} is not sent again");
    }
}

#[test]
fn a_secret_that_is_missing_is_named_and_the_other_channels_are_told() {
    let mut messenger = Messenger::new();
    messenger.without_secret("/wire/slack");
    let at = messenger.clock.now();
    let missing = messenger.invoke(&told("alert", "writers_fight", "critical", 1, at));
    names(&failed(&missing), &["/wire/slack", "create it"]);
    let posted = messenger.channels.take();
    let (slack, pager) = split(&posted);
    assert_eq!((slack.len(), pager.len()), (0, 1));
    // Once it is there, what waited arrives.
    messenger.secret("/wire/slack", WEBHOOK);
    messenger.clock.set(at + SignedDuration::from_mins(30));
    fine(&messenger.invoke(&minute(messenger.clock.now())));
    let posted = messenger.channels.take();
    assert_eq!(split(&posted).0.len(), 1, "{posted:?}");
}

#[test]
fn a_test_reaches_each_channel_and_says_what_each_replied() {
    let mut messenger = Messenger::new();
    let tested = messenger.invoke(&json!({"test": true}));
    let channels = fine(&tested)["channels"].as_array().unwrap();
    assert_eq!(channels.len(), 4, "{tested:?}");
    assert!(channels.iter().all(|channel| channel["taken"] == true), "{channels:?}");
    assert!(messenger.channels.take().len() >= 2);
    messenger.without_secret("/wire/pagerduty");
    messenger.restart();
    let tested = messenger.invoke(&json!({"test": true}));
    let replies = fine(&tested)["channels"].to_string();
    assert!(replies.contains("/wire/pagerduty") && replies.contains("\"taken\":false"), "{replies}");
}

#[test]
fn the_digest_of_a_week_is_sent_once_and_wakes_nobody() {
    let mut messenger = Messenger::new();
    for _ in 0..2 {
        fine(&messenger.invoke(&json!({"digest": true})));
    }
    let posted = messenger.channels.take();
    let (slack, pager) = split(&posted);
    assert_eq!((slack.len(), pager.len()), (1, 0), "{posted:?}");
    let text = slack[0].body.to_string();
    assert!(text.contains("Tidegate wire") && text.contains("nothing needs you"), "{text}");
    assert_eq!(messenger.published().len(), 0);
}

#[test]
fn an_alarm_on_a_topic_is_told_and_what_is_no_alarm_is_an_error() {
    let mut messenger = Messenger::new();
    let at = messenger.clock.now();
    let message = json!({
        "AlarmName": "tidegate-wire-bad-policy", "AlarmDescription": "The policy cannot be read.", "AWSAccountId": "123456789012",
        "NewStateValue": "ALARM", "NewStateReason": "Threshold Crossed", "StateChangeTime": "2026-11-30T10:00:00.000+0000",
        "Region": "EU (Ireland)", "OldStateValue": "OK", "Trigger": {"MetricName": "PolicyErrors", "Namespace": "Tidegate"},
    });
    let mut records: Value = serde_json::from_str(&event::sns(&message.to_string(), at)).unwrap();
    records["Records"][0]["Sns"]["TopicArn"] = json!(messenger.critical());
    fine(&messenger.invoke(&records));
    let posted = messenger.channels.take();
    let (slack, pager) = split(&posted);
    assert_eq!((slack.len(), pager.len()), (1, 1), "{posted:?}");
    assert!(slack[0].body.to_string().contains("bad-policy"), "{}", slack[0].body);
    assert_eq!(messenger.published().len(), 0, "who reads the topic has it already");

    records["Records"][0]["Sns"]["Message"] = json!("hello");
    names(&failed(&messenger.invoke(&records)), &["UnreadableEvent", "record 1 of 1"]);
    names(&failed(&messenger.invoke(&json!({}))), &["UnreadableEvent", "test"]);
    assert_eq!(messenger.channels.take().len(), 0);
}

/// A bot, a topic for Amazon Q and an endpoint, beside each other.
const OTHERS: &str = r#"
[[target]]
name = "api"
kind = "ecs-service"
cluster = "prod"
service = "api"
min = 1
max = 3
scale_out = ["cpu > 70% for 5m"]
scale_in = ["cpu < 40% for 15m"]

[[notify]]
channel = "slack"
secret  = "ssm:/wire/bot"
channel_id = "C0123456789"

[[notify]]
channel = "amazon-q"

[[notify]]
channel = "https"
secret  = "ssm:/wire/endpoint"
"#;

#[test]
fn a_bot_goes_on_in_a_thread_and_amazon_q_and_an_endpoint_get_their_own_shapes() {
    let mut messenger = Messenger::new();
    messenger.policy(OTHERS);
    messenger.secret("/wire/bot", "xoxb-1234-5678-aVerySecretWord");
    messenger.secret("/wire/endpoint", "https://alerts.example.com/tidegate?key=aVerySecretWord");
    let taken = r#"{"ok":true,"channel":"C0123456789","ts":"1764500000.000100"}"#;
    messenger.channels.will_answer_host("slack.com", &[Answer::Now(200, taken), Answer::Now(200, taken)]);
    let now = messenger.clock.now();
    fine(&messenger.invoke(&told("alert", "writers_fight", "critical", 7, now)));
    // The next process knows the thread: it is kept in the table.
    messenger.restart();
    fine(&messenger.invoke(&told("recovery", "writers_fight", "critical", 8, now)));
    let posted = messenger.channels.take();

    let to = |host: &str| posted.iter().filter(|posted| posted.host == host).collect::<Vec<_>>();
    let slack = to("slack.com");
    let threads: Vec<_> =
        slack.iter().map(|it| (it.path.as_str(), &it.body["channel"], &it.body["thread_ts"])).collect();
    let (channel, thread) = (json!("C0123456789"), json!("1764500000.000100"));
    assert_eq!(
        threads,
        [("/api/chat.postMessage", &channel, &Value::Null), ("/api/chat.postMessage", &channel, &thread)],
        "{posted:?}"
    );

    let endpoint = to("alerts.example.com");
    let events: Vec<_> =
        endpoint.iter().map(|it| (it.path.as_str(), &it.body["kind"], &it.body["edge"])).collect();
    let path = "/tidegate?key=aVerySecretWord";
    assert_eq!(
        events,
        [(path, &json!("alert"), &json!(7)), (path, &json!("recovery"), &json!(8))],
        "{posted:?}"
    );

    // Alarms have a subject; Amazon Q's notifications have none, and it drops what is of another schema.
    let published = messenger.published();
    let custom: Vec<_> =
        published.iter().filter(|(_, message)| message["source"] == "custom").map(|(_, it)| it).collect();
    assert_eq!((published.len(), custom.len()), (4, 2), "{published:?}");
    for (notification, kind) in custom.iter().zip(["alert", "recovery"]) {
        assert_eq!(notification["version"], "1.0");
        assert_eq!(notification["content"]["textType"], "client-markdown");
        assert_eq!(notification["metadata"]["eventType"], kind);
        assert_eq!(notification["metadata"]["threadId"], custom[0]["metadata"]["threadId"]);
    }
    assert!(!messenger.said().contains("aVerySecretWord"), "{}", messenger.said());
}

/// From the function that decides, over the bus, to the people.
#[test]
fn what_a_function_does_comes_out_of_the_bus_as_events_that_are_told() {
    let mut scene = Scene::of_service(2);
    let (arn, queue) = bus(&scene.account);
    scene.set("TIDEGATE_BUS", &arn);
    scene.set("TIDEGATE_STAGE", STAGE);
    let paused = scene.invoke(&command(r#"{"target":"api","pause":"all","for":"3d"}"#));
    fine(&paused);
    let events = happened(&scene.account, &queue);
    assert_eq!(events.len(), 1, "{events:?}");
    let [began] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((&began["source"], &began["detail-type"]), (&json!("tidegate"), &json!("Tidegate Alert")));
    let detail = &began["detail"];
    assert_eq!(
        (&detail["reason"], &detail["target"], &detail["stage"]),
        (&json!("pause_began"), &json!(API), &json!(STAGE))
    );
    assert_eq!(detail["policy"].as_str().map(str::len), Some(12), "{detail}");
    // A quiet minute publishes nothing, and neither do the hours until the day is over.
    let began_at = scene.clock.now();
    scene.tick();
    scene.clock.set(began_at + SignedDuration::from_hours(23));
    scene.tick();
    assert_eq!(happened(&scene.account, &queue).len(), 0);
    // A pause that lasts is one alert, which is sent again each day, and once that day.
    scene.clock.set(began_at + SignedDuration::from_hours(24));
    scene.tick();
    scene.tick();
    let reminded = happened(&scene.account, &queue);
    let [reminder] = reminded.as_slice() else { panic!("{reminded:?}") };
    let (first, again) = (detail, &reminder["detail"]);
    assert_eq!((&again["reason"], &again["since"]), (&first["reason"], &first["since"]));
    assert!(again["edge"].as_u64() > first["edge"].as_u64(), "{again}");
    let sentence = again["sentence"].as_str().unwrap();
    assert!(sentence.contains("for 1d") && sentence.contains("resume"), "{sentence}");
    // Its end is the recovery of that alert.
    fine(&scene.invoke(&command(r#"{"target":"api","resume":true}"#)));
    let ended = happened(&scene.account, &queue);
    let [end] = ended.as_slice() else { panic!("{ended:?}") };
    assert_eq!(
        (&end["detail-type"], &end["detail"]["reason"]),
        (&json!("Tidegate Recovery"), &first["reason"])
    );

    let mut messenger = Messenger::new();
    fine(&messenger.invoke(began));
    let posted = messenger.channels.take();
    let (slack, pager) = split(&posted);
    assert_eq!((slack.len(), pager.len()), (1, 0), "a warning wakes nobody: {posted:?}");
    assert!(slack[0].body["text"].as_str().unwrap().contains("paused"), "{}", slack[0].body);
}
