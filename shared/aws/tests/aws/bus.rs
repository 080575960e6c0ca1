//! What is put on the bus, and what is made of an answer that took some of it.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use jiff::Timestamp;
use serde_json::{Value, json};
use tidegate_aws::bus::{Bus, event};
use tidegate_notify::deployment::Deployment;
use tidegate_notify::event::{Event, Number, Unit};
use tidegate_policy::history::{Next, Notice, NoticeKind};
use tidegate_policy::names::{Stage, TargetName};
use tidegate_policy::reason::Reason;

use crate::scripted::{Answer, Scripted};

const ARN: &str = "arn:aws:events:eu-west-1:123456789012:event-bus/tidegate-production-events";

fn at() -> Timestamp {
    "2026-11-30T20:00:00Z".parse().unwrap()
}

fn some(count: u64) -> Vec<Event> {
    let deployment = Deployment {
        stage: Stage::new("production"),
        account: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
        policy: "4f1c2a9be07d".to_owned(),
    };
    let notice = |number| Notice {
        number,
        kind: NoticeKind::Alert,
        reason: Reason::WritersFight,
        detail: "somebody else sets the count".to_owned(),
        since: at(),
        at: at(),
        numbers: vec![Number::new("writes", 3.0, Unit::Count).against(3.0)],
        next: Some(Next::Look(at())),
    };
    let logs = "/aws/lambda/tidegate-production-ecs-capacity";
    (1..=count).map(|number| event(&notice(number), &TargetName::new("api"), &deployment, logs)).collect()
}

/// EventBridge's answer: an entry for each, of which these have failed.
fn answered(entries: usize, failed: &[usize]) -> Answer {
    let entry = |place: usize| {
        if failed.contains(&place) {
            json!({"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"})
        } else {
            json!({"EventId": format!("id-{place}")})
        }
    };
    let entries: Vec<Value> = (0..entries).map(entry).collect();
    Answer::Says(json!({"FailedEntryCount": failed.len(), "Entries": entries}))
}

#[tokio::test]
async fn an_event_goes_to_the_stacks_own_bus_as_its_page_describes_it() {
    let scripted = Scripted::new([answered(1, &[])]);
    assert_eq!(Bus::new(scripted.events(), ARN.to_owned()).put(&some(1)).await, Ok(1));
    let asked = scripted.asked();
    let entry = &asked[0].body["Entries"][0];
    assert_eq!(
        (&entry["EventBusName"], &entry["Source"], &entry["DetailType"]),
        (&json!(ARN), &json!("tidegate"), &json!("Tidegate Alert"))
    );
    let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&detail["edge"], &detail["reason"], &detail["severity"]),
        (&json!(1), &json!("writers_fight"), &json!("critical"))
    );
    assert_eq!(detail["numbers"], json!([{"name": "writes", "value": 3.0, "unit": "count", "bound": 3.0}]));
    assert_eq!(
        detail["doing"],
        "Tidegate changes nothing until nobody else did for an hour; the next look is at 2026-11-30T20:00:00Z."
    );
    assert_eq!(
        detail["command"],
        "aws logs tail /aws/lambda/tidegate-production-ecs-capacity --since 1h --filter-pattern '{ $.Target = \"api\" }'"
    );
}

/// HTTP 200 says nothing of the entries.
#[tokio::test]
async fn what_was_not_taken_is_told_from_where_on() {
    for (entries, failed, taken) in [
        (3, &[2][..], Ok(2)),
        (3, &[1], Ok(1)),
        (3, &[0, 1, 2], Err("ThrottlingException: slow down".to_owned())),
        // The last was taken, and is put again with the first: its number shows that it is the same.
        (2, &[0], Err("ThrottlingException: slow down".to_owned())),
    ] {
        let scripted = Scripted::new([answered(entries, failed)]);
        let put = Bus::new(scripted.events(), ARN.to_owned()).put(&some(entries as u64)).await;
        assert_eq!(put, taken, "{failed:?} of {entries}");
        assert_eq!(scripted.asked().len(), 1);
    }
}

#[tokio::test]
async fn ten_go_in_a_call_and_a_failed_call_ends_it() {
    let scripted = Scripted::new([answered(10, &[]), answered(10, &[]), answered(5, &[])]);
    assert_eq!(Bus::new(scripted.events(), ARN.to_owned()).put(&some(25)).await, Ok(25));
    assert_eq!(scripted.asked().len(), 3);
    let denied = || Answer::Refuses("AccessDeniedException", json!({"message": "not authorized"}));
    let scripted = Scripted::new([answered(10, &[]), denied()]);
    assert_eq!(Bus::new(scripted.events(), ARN.to_owned()).put(&some(25)).await, Ok(10));
    let scripted = Scripted::new([denied()]);
    let why = Bus::new(scripted.events(), ARN.to_owned()).put(&some(25)).await.unwrap_err();
    assert!(why.contains("events:PutEvents"), "{why}");
    assert_eq!(scripted.asked().len(), 1);
}
