//! What people reported of other tools, each with its source, and what happens here.

use serde_json::Value;
use tidegate_notify::alarm;
use tidegate_notify::amazon_q;
use tidegate_notify::edge::{Edges, Judgement, Late};
use tidegate_notify::event::{Event, Number, Unit};
use tidegate_notify::pagerduty::event::{ALL, SUMMARY, body, dedup_key};
use tidegate_notify::pagerduty::region::Region;
use tidegate_notify::pagerduty::routing_key::RoutingKey;
use tidegate_notify::slack;
use tidegate_notify::slack::blocks::{BLOCKS, Message, Mrkdwn, SECTION};
use tidegate_policy::names::{Stage, TargetName};
use tidegate_policy::severity::Severity;

use crate::fixture::{SLACK, alert, answer, json, now, recovery, texts, told};

fn key() -> RoutingKey {
    RoutingKey::read("0123456789abcdef0123456789ABCDEF").unwrap()
}

fn trigger(event: &Event) -> Value {
    json(&body(event, &key()).unwrap())
}

/// livepeer/stream-tester#354, prometheus/alertmanager#1700: 400, and the outage is unseen. alertmanager#1701: characters, not bytes.
#[test]
fn a_summary_is_cut_by_characters_and_the_whole_text_is_in_the_details() {
    let sentence = "ж".repeat(3_000);
    let trigger = trigger(&Event { sentence: sentence.clone(), ..alert() });
    let summary = trigger["payload"]["summary"].as_str().unwrap();
    assert_eq!(summary.chars().count(), SUMMARY);
    assert!(summary.len() > SUMMARY && summary.ends_with("ж…"));
    assert_eq!(trigger["payload"]["custom_details"]["sentence"], sentence);
}

/// prometheus/alertmanager#2178: endless lists, 512 KB, and the event is refused.
#[test]
fn endless_lists_are_capped_and_say_how_many_are_left_out() {
    let number = Number { name: "\u{1}".repeat(5_000), value: 1e300, unit: Unit::Count, bound: None };
    let control = "\u{1}".repeat(1_000_000);
    let endless = Event {
        numbers: vec![number; 10_000],
        sentence: control.clone(),
        doing: Some(control.clone()),
        command: control,
        ..alert()
    };
    let whole = body(&endless, &key()).unwrap();
    assert!(whole.len() <= ALL, "{} bytes", whole.len());
    let listed = json(&whole)["payload"]["custom_details"]["numbers"].clone();
    assert_eq!(listed.as_array().unwrap().last().unwrap(), "and 9,950 more");
}

/// grafana-cold-storage/oncall#5121, erikdarlingdata/PerformanceMonitor#3618: one character or one block too many, and the worst alert is lost.
#[test]
fn a_text_of_3001_characters_and_a_51st_block_lose_nothing() {
    let body =
        json(&slack::message::message(&Event { sentence: "s".repeat(3_001), ..alert() }).for_webhook());
    let section = body["blocks"][1]["text"]["text"].as_str().unwrap();
    assert_eq!(section.chars().count(), SECTION);
    assert!(section.ends_with('…'));

    let mut message = Message::new(&Mrkdwn::foreign("many"));
    for _ in 0..60 {
        message.section(&Mrkdwn::foreign("one"));
        message.context(&[Mrkdwn::foreign("small")]);
        message.header("large");
    }
    assert_eq!(json(&message.for_webhook())["blocks"].as_array().unwrap().len(), BLOCKS);
}

/// SigNoz/signoz#12891: 429 was taken as final. prometheus/alertmanager#2128: it was retried at once.
#[test]
fn too_many_requests_are_tried_again_when_the_channel_says() {
    let too_many = answer(429, &[("Retry-After", "45")], "");
    assert_eq!(
        told(slack::verdict::of_webhook(&too_many, &SLACK, now())),
        "again in 45s: hooks.slack.com answered 429"
    );
}

/// langfuse/langfuse#13874: a name called the whole channel, by `text`.
#[test]
fn a_name_calls_no_channel_no_person_and_no_link() {
    let live = "<!channel> <@U012> <https://evil.example|here> &lt;!here&gt;";
    let event = Event {
        target: TargetName::new(live),
        reason: live.to_owned(),
        sentence: live.to_owned(),
        doing: Some(live.to_owned()),
        command: live.to_owned(),
        policy: live.to_owned(),
        account: live.to_owned(),
        region: live.to_owned(),
        numbers: vec![Number { name: live.to_owned(), value: 1.0, unit: Unit::Count, bound: None }],
        ..alert()
    };
    let of_slack = json(&slack::message::message(&event).for_webhook());
    let of_q = json(&amazon_q::message(&event).unwrap());
    let mut seen = 0;
    for text in [texts(&of_slack), texts(&of_q)].concat() {
        // The one markup of ours: a date.
        let foreign = text.replace("<!date^", "").replace("UTC>", "");
        assert!(!foreign.contains(['<', '>']), "{text}");
        assert!(!foreign.contains("&lt;!here&gt;"), "an ampersand that was there is one: {text}");
        seen += usize::from(foreign.contains("&lt;!channel&gt;"));
    }
    assert!(seen > 10, "only {seen} texts");
}

/// elastic/kibana#76908, kubestellar/console#8389: one key for all alerts. klen/graphite-beacon#109: the level in the key.
#[test]
fn a_key_is_of_one_alert_and_of_all_its_edges() {
    let of = |event: Event| (dedup_key(&event), alarm::alarm_name(&event));
    let first = of(alert());
    let later = Event {
        severity: Severity::Warning,
        sentence: "memory 99%".to_owned(),
        numbers: Vec::new(),
        edge: 9,
        at: recovery().at,
        ..alert()
    };
    assert_eq!(of(later), first);
    assert_eq!(of(recovery()), first);
    let others = [
        Event { target: TargetName::new("api"), ..alert() },
        Event { reason: "memory_not_relieved".to_owned(), ..alert() },
        Event { stage: Stage::new("staging"), ..alert() },
    ];
    for other in others {
        let other = of(other);
        assert!(other.0 != first.0 && other.1 != first.1, "{other:?}");
    }
    // PagerDuty may hear several accounts and Regions.
    assert_ne!(dedup_key(&Event { region: "us-east-1".to_owned(), ..alert() }), first.0);
    assert_ne!(dedup_key(&Event { account: "210987654321".to_owned(), ..alert() }), first.0);
}

/// solana-labs/solana#28232: the all-clear opened an incident.
#[test]
fn an_all_clear_opens_nothing() {
    let resolve = trigger(&recovery());
    assert_eq!((&resolve["event_action"], resolve.get("payload")), (&Value::from("resolve"), None));
    assert_eq!(Edges::default().arrive(&recovery()), Judgement::Drop(Late::NothingToClear));
}

/// blockpane/tenderduty#10: a REST key as routing key. falcosecurity/falcosidekick#673: a European account on the other host.
#[test]
fn a_key_of_another_sort_is_refused_before_it_is_needed_and_europe_has_its_host() {
    let refused = |key: &str| RoutingKey::read(key).unwrap_err().to_string();
    assert!(refused("y_NbAkKc66ryYTWUXYEu").contains("REST API"));
    assert!(refused("R0123456789ABCDEF0123456789ABCDE").contains("ruleset"));
    assert!(refused("0123456789abcdef").contains("16 characters"));
    assert!(refused("0123456789abcdef0123456789abcde!").contains("letters and digits"));
    assert!(RoutingKey::read(" 0123456789abcdef0123456789ABCDEF\n").is_ok());
    assert_eq!(Region::Eu.enqueue(), "https://events.eu.pagerduty.com/v2/enqueue");
}

/// getmoto/moto#1503: SNS refuses a subject of 101 characters.
#[test]
fn a_subject_has_a_hundred_characters_of_ascii_at_most() {
    for target in ["t".repeat(300), "ж\n\u{7}".repeat(80)] {
        for event in [alert(), recovery()] {
            let event = Event { target: TargetName::new(&target), ..event };
            let alarm = alarm::notification(&event, "arn:aws:sns:eu-west-1:123456789012:critical").unwrap();
            let state = json(&alarm.message)["NewStateValue"].as_str().unwrap().to_owned();
            assert_eq!(alarm.subject.chars().count(), 100);
            assert!(alarm.subject.bytes().all(|byte| (32..127).contains(&byte)), "{}", alarm.subject);
            assert!(alarm.subject.starts_with(&format!("{state}: \"")) && alarm.subject.ends_with('"'));
        }
    }
}

/// netdata/netdata#945, grafana/grafana#37461, cloudandthings/terraform-aws-clickops-notifier#69: the same event ten times.
#[test]
fn the_same_event_ten_times_is_sent_once() {
    let mut edges = Edges::default();
    let mut sent = 0;
    for _ in 0..10 {
        if matches!(edges.arrive(&alert()), Judgement::Send { .. }) {
            edges.begin(&alert(), None);
            edges.delivered(&alert(), None);
            sent += 1;
        }
    }
    assert_eq!(sent, 1);
}

/// aws/amazon-managed-service-for-prometheus-roadmap#14, DataBiosphere/azul#5447: Amazon Q drops whatever is not its own schema.
#[test]
fn amazon_q_gets_no_json_but_its_own() {
    for event in [alert(), recovery()] {
        let message = json(&amazon_q::message(&event).unwrap());
        assert_eq!((&message["version"], &message["source"]), (&Value::from("1.0"), &Value::from("custom")));
        assert!(!message["content"]["description"].as_str().unwrap().is_empty());
        let context = message["metadata"]["additionalContext"].as_object().unwrap();
        assert!(context.values().all(Value::is_string), "strings only");
    }
}
