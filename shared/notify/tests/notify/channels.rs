//! What each channel is sent of the same alert, in full, and what each answers.

use serde_json::json;
use tidegate_notify::alarm;
use tidegate_notify::amazon_q;
use tidegate_notify::endpoint::post;
use tidegate_notify::event::{Event, EventKind};
use tidegate_notify::pagerduty::routing_key::RoutingKey;
use tidegate_notify::pagerduty::{self, region::Region};
use tidegate_notify::slack;
use tidegate_notify::verdict::{Sent, Unreached};

use crate::fixture::{SLACK, alert, answer, json, now, recovery, told};

const KEY: &str = "0123456789abcdef0123456789ABCDEF";
const ADVICE: &str =
    "Opt in to `node_types` or `shards`, or delete keys. Replicas do not help: each holds the same keys.";

#[test]
fn an_alert_of_cloudwatch_has_the_fields_that_cloudwatch_sends() {
    const SEEN: &str = include_str!("../../../aws/tests/aws/events/alarm-sns-metric.json");
    let seen = json(SEEN)["Records"][0]["Sns"].clone();
    let of_cloudwatch = json(seen["Message"].as_str().unwrap());
    let notification = alarm::notification(&alert(), "arn:aws:sns:eu-west-1:123456789012:critical").unwrap();
    let ours = json(&notification.message);
    let fields = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(fields(&ours), fields(&of_cloudwatch));
    assert_eq!(fields(&ours["Trigger"]), fields(&of_cloudwatch["Trigger"]));
    assert_eq!(ours["StateChangeTime"], "2026-03-02T16:41:00.000+0000");
    assert_eq!(of_cloudwatch["StateChangeTime"], "2026-03-02T12:45:06.123+0000");
    assert_eq!(
        ours["AlarmArn"],
        "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:tidegate-production-sessions-no_memory_lever"
    );
}

#[test]
fn both_edges_of_an_alarm_have_one_name_and_subjects_that_say_their_state() {
    let edge =
        |event: &Event| alarm::notification(event, "arn:aws:sns:eu-west-1:123456789012:critical").unwrap();
    let (alarm, ok) = (edge(&alert()), edge(&recovery()));
    assert_eq!(alarm.subject, "ALARM: \"tidegate-production-sessions-no_memory_lever\"");
    assert_eq!(ok.subject, "OK: \"tidegate-production-sessions-no_memory_lever\"");
    let (alarm, ok) = (json(&alarm.message), json(&ok.message));
    assert_eq!((&alarm["NewStateValue"], &alarm["OldStateValue"]), (&json!("ALARM"), &json!("OK")));
    assert_eq!((&ok["NewStateValue"], &ok["OldStateValue"]), (&json!("OK"), &json!("ALARM")));
    assert_eq!(alarm["AlarmName"], ok["AlarmName"]);
    assert_eq!(ok["NewStateReason"], "memory of sessions-001 is 61%. It lasted 1h 44m.");
    for kind in [EventKind::Decision, EventKind::Step] {
        assert_eq!(alarm::notification(&Event { kind, ..alert() }, "arn"), None);
    }
}

#[test]
fn slack_shows_what_since_when_what_is_done_and_where_to_see_more() {
    let body = json(&slack::message::message(&alert()).for_webhook());
    let section = |text: &str| json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } });
    let element = |text: &str| json!({ "type": "mrkdwn", "text": text });
    assert_eq!(
        body,
        json!({
            "text": "ALARM critical: production sessions no_memory_lever\nmemory of sessions-001 91% &gt; 75%, 10 of 10 points.",
            "unfurl_links": false,
            "unfurl_media": false,
            "blocks": [
                { "type": "header", "text": { "type": "plain_text", "text": "ALARM critical: production sessions no_memory_lever" } },
                section("memory of sessions-001 91% &gt; 75%, 10 of 10 points."),
                section("memory of sessions-001 91% &gt; 75%"),
                section("*Tidegate:* Nothing is changed; it looks again each minute."),
                section(&format!("*You:* {ADVICE}")),
                { "type": "context", "elements": [
                    element("since <!date^1772469060^{date_short_pretty} {time}|2026-03-02 16:31 UTC>"),
                    element("123456789012 eu-west-1"),
                    element("policy 4f1c2a9be07d"),
                    element("`tidegate explain --target sessions --since 30m`"),
                ] },
            ],
        })
    );
}

#[test]
fn only_a_bot_can_go_on_in_a_thread() {
    let message = slack::message::message(&recovery());
    assert!(json(&message.for_webhook()).get("thread_ts").is_none());
    let first = json(&message.for_channel("C0123456789", None));
    assert_eq!((&first["channel"], first.get("thread_ts")), (&json!("C0123456789"), None));
    let next = json(&message.for_channel("C0123456789", Some("1700000000.000100")));
    assert_eq!(next["thread_ts"], "1700000000.000100");
}

#[test]
fn pagerduty_opens_by_a_trigger_and_closes_by_a_resolve_of_the_same_key() {
    let key = RoutingKey::read(KEY).unwrap();
    let trigger = json(&pagerduty::event::body(&alert(), &key).unwrap());
    assert_eq!(
        trigger,
        json!({
            "routing_key": KEY,
            "event_action": "trigger",
            "dedup_key": "tidegate/123456789012/eu-west-1/production/sessions/no_memory_lever",
            "client": "Tidegate",
            "payload": {
                "summary": "production sessions: memory of sessions-001 91% > 75%, 10 of 10 points.",
                "source": "123456789012/eu-west-1/sessions",
                "severity": "critical",
                "timestamp": "2026-03-02T16:41:00Z",
                "component": "sessions",
                "group": "production",
                "class": "no_memory_lever",
                "custom_details": {
                    "sentence": "memory of sessions-001 91% > 75%, 10 of 10 points.",
                    "numbers": ["memory of sessions-001 91% > 75%"],
                    "doing": "Nothing is changed; it looks again each minute.",
                    "advice": ADVICE,
                    "since": "2026-03-02T16:31:00Z",
                    "policy": "4f1c2a9be07d",
                    "command": "tidegate explain --target sessions --since 30m",
                },
            },
        })
    );
    let resolve = json(&pagerduty::event::body(&recovery(), &key).unwrap());
    assert_eq!((&resolve["event_action"], &resolve["dedup_key"]), (&json!("resolve"), &trigger["dedup_key"]));
    for kind in [EventKind::Decision, EventKind::Step] {
        assert_eq!(pagerduty::event::body(&Event { kind, ..alert() }, &key), None, "pages nobody");
    }
    for region in [Region::Us, Region::Eu] {
        assert_eq!(region.enqueue(), format!("https://{}/v2/enqueue", region.host()));
    }
}

#[test]
fn amazon_q_is_sent_its_own_schema() {
    let message = json(&amazon_q::message(&alert()).unwrap());
    assert_eq!(
        message,
        json!({
            "version": "1.0",
            "source": "custom",
            "id": "production/sessions/no_memory_lever/7",
            "content": {
                "textType": "client-markdown",
                "title": "ALARM critical: production sessions no_memory_lever",
                "description": "memory of sessions-001 91% &gt; 75%, 10 of 10 points.\nNothing is changed; it looks again each minute.\nmemory of sessions-001 91% &gt; 75%",
                "nextSteps": [ADVICE, "`tidegate explain --target sessions --since 30m`"],
                "keywords": ["production", "sessions", "no_memory_lever", "critical"],
            },
            "metadata": {
                "threadId": "production/sessions/no_memory_lever",
                "summary": "ALARM critical: production sessions no_memory_lever",
                "eventType": "alert",
                "relatedResources": ["sessions"],
                "additionalContext": {
                    "account": "123456789012",
                    "region": "eu-west-1",
                    "policy": "4f1c2a9be07d",
                    "since": "2026-03-02 16:31 UTC",
                },
            },
        })
    );
}

#[test]
fn an_endpoint_is_sent_the_versioned_event() {
    assert_eq!(Event::read(&post::body(&alert()).unwrap()).unwrap(), alert());
}

#[test]
fn what_a_webhook_of_slack_answers() {
    let verdict = |status, headers: &[(&str, &str)], body: &str| {
        told(slack::verdict::of_webhook(&answer(status, headers, body), &SLACK, now()))
    };
    assert_eq!(verdict(200, &[], "ok"), "delivered");
    assert_eq!(
        verdict(200, &[], "<html>sign in</html>"),
        "refused: hooks.slack.com answered 200: <html>sign in</html>"
    );
    assert_eq!(verdict(400, &[], "invalid_blocks"), "refused: hooks.slack.com answered 400: invalid_blocks");
    for (status, word) in [(403, "invalid_token"), (404, "no_service"), (410, "channel_is_archived")] {
        let expected = format!("refused, or rotated: hooks.slack.com answered {status}: {word}");
        assert_eq!(verdict(status, &[], word), expected);
    }
    assert_eq!(verdict(429, &[("retry-after", "12")], ""), "again in 12s: hooks.slack.com answered 429");
    assert_eq!(verdict(500, &[], "rollup_error"), "again in 30s: hooks.slack.com answered 500: rollup_error");
    let sent = Sent { tries: 3, ..SLACK };
    assert_eq!(
        told(sent.unreached(Unreached::TimedOut, now())),
        "again in 120s: hooks.slack.com: no answer in time"
    );
}

#[test]
fn what_the_web_api_of_slack_answers() {
    let sent = Sent { host: "slack.com", ..SLACK };
    let verdict = |status, headers: &[(&str, &str)], body: &str| {
        told(slack::verdict::of_web_api(&answer(status, headers, body), &sent, now()))
    };
    let taken = "{\"ok\": true, \"channel\": \"C0123456789\", \"ts\": \"1700000000.000100\"}";
    assert_eq!(verdict(200, &[], taken), "delivered as 1700000000.000100");
    // 200 is no success by itself.
    assert_eq!(
        verdict(200, &[], "{\"ok\": false, \"error\": \"not_in_channel\"}"),
        "refused: slack.com answered 200: not_in_channel"
    );
    assert_eq!(
        verdict(200, &[], "{\"ok\": false, \"error\": \"invalid_auth\"}"),
        "refused, or rotated: slack.com answered 200: invalid_auth"
    );
    assert_eq!(
        verdict(200, &[("Retry-After", "20")], "{\"ok\": false, \"error\": \"ratelimited\"}"),
        "again in 20s: slack.com answered 200: ratelimited"
    );
    assert_eq!(
        verdict(200, &[], "{\"ok\": false}"),
        "refused: slack.com answered 200: it is not ok, and does not say why"
    );
    assert_eq!(verdict(200, &[], "ok"), "refused: slack.com answered 200: ok");
    assert_eq!(verdict(503, &[], "upstream"), "again in 30s: slack.com answered 503: upstream");
}

#[test]
fn what_pagerduty_answers() {
    let sent = Sent { host: Region::Eu.host(), secrets: &[KEY], tries: 1 };
    let verdict = |status, headers: &[(&str, &str)], body: &str| {
        told(pagerduty::verdict::of(&answer(status, headers, body), &sent, now()))
    };
    assert_eq!(verdict(202, &[], "{\"status\":\"success\",\"dedup_key\":\"k\"}"), "delivered");
    let wrong = "{\"status\":\"invalid event\",\"message\":\"Event object is invalid\",\"errors\":[\"'payload.summary' is too long\"]}";
    assert_eq!(
        verdict(400, &[], wrong),
        "refused: events.eu.pagerduty.com answered 400: Event object is invalid; 'payload.summary' is too long"
    );
    // A key that is unknown or disabled has no status of its own.
    for error in ["Invalid routing key", "Length of 'routing_key' is incorrect (should be 32 characters)"] {
        let body = format!(
            "{{\"status\":\"invalid event\",\"message\":\"Event object is invalid\",\"errors\":[\"{error}\"]}}"
        );
        let expected = format!(
            "refused, or rotated: events.eu.pagerduty.com answered 400: Event object is invalid; {error}"
        );
        assert_eq!(verdict(400, &[], &body), expected);
    }
    assert_eq!(
        verdict(400, &[], "Invalid routing key"),
        "refused, or rotated: events.eu.pagerduty.com answered 400: Invalid routing key"
    );
    assert_eq!(verdict(429, &[], ""), "again in 120s: events.eu.pagerduty.com answered 429");
    assert_eq!(
        verdict(429, &[("Retry-After", "600")], ""),
        "again in 600s: events.eu.pagerduty.com answered 429"
    );
    assert_eq!(verdict(502, &[], ""), "again in 30s: events.eu.pagerduty.com answered 502");
    // A 200 is not what it says when it took an event.
    assert_eq!(verdict(200, &[], ""), "refused: events.eu.pagerduty.com answered 200");
}

#[test]
fn what_an_endpoint_answers() {
    let sent = Sent { host: "alerts.example.com", ..SLACK };
    let verdict = |status, body: &str| told(post::verdict(&answer(status, &[], body), &sent, now()));
    for status in [200, 201, 202, 204] {
        assert_eq!(verdict(status, ""), "delivered");
    }
    assert_eq!(
        verdict(302, ""),
        "refused: alerts.example.com answered 302: it leads elsewhere, and that is not followed: write where it leads"
    );
    assert_eq!(verdict(422, "no such field"), "refused: alerts.example.com answered 422: no such field");
    assert_eq!(verdict(408, ""), "again in 30s: alerts.example.com answered 408");
}
