//! What was learned of a target's load on the wire: written each five minutes, read once, and never worth a failed attempt.

use serde_json::{Value, json};
use tidegate_aws::ledger::DynamoLedger;
use tidegate_policy::forecast::outlook::Outlook;
use tidegate_policy::forecast::settings::Shape;
use tidegate_policy::names::TargetName;
use tidegate_reconcile::port::{Learned, Ledger};

use crate::scripted::{Answer, Scripted};

const TABLE: &str = "tidegate-ledger";
/// Midnight of a day, in minutes since the Unix epoch.
const MIDNIGHT: i64 = 20_000 * 1_440;

fn orders() -> TargetName {
    TargetName::new("orders")
}

fn ledger(dynamodb: &Scripted) -> DynamoLedger {
    DynamoLedger::new(dynamodb.dynamodb(), TABLE.to_owned())
}

fn found(items: &[Value]) -> Answer {
    Answer::Says(json!({ "Responses": { TABLE: items }, "UnprocessedKeys": {} }))
}

fn done() -> Answer {
    Answer::Says(json!({}))
}

/// It knows so many minutes up to this one.
fn lived(until: i64, minutes: i64) -> Outlook {
    let mut outlook = Outlook::cold(Shape::default());
    (until - minutes..until).for_each(|minute| outlook.push(minute, Some(2.0 + 0.01 * (minute % 60) as f64)));
    outlook
}

async fn handed_out(ledger: &DynamoLedger) -> Option<Outlook> {
    let learned = ledger.outlooks(&[&orders()]).await.remove(0);
    assert!(!matches!(learned, Learned::Unread), "it could not be read");
    match learned {
        Learned::Known(outlook) => Some(*outlook),
        Learned::Nothing | Learned::Unread => None,
    }
}

#[tokio::test]
async fn what_is_learned_is_written_each_five_minutes_and_kept_by_the_process() {
    let dynamodb = Scripted::new([found(&[]), done(), done(), done(), done(), done()]);
    let ledger = ledger(&dynamodb);
    assert!(handed_out(&ledger).await.is_none());
    // A quarter of an hour over midnight: two days, then the state. Three minutes later nothing, two more later today and the state.
    let mut outlook = lived(MIDNIGHT + 10, 15);
    for until in [MIDNIGHT + 10, MIDNIGHT + 13, MIDNIGHT + 15] {
        (outlook.end().unwrap()..until).for_each(|minute| outlook.push(minute, Some(2.0)));
        ledger.give_back(&orders(), outlook, true).await;
        outlook = handed_out(&ledger).await.unwrap();
        assert_eq!(outlook.end(), Some(until));
    }
    let asked = dynamodb.asked();
    let entries: Vec<_> = asked[1..]
        .iter()
        .map(|asked| {
            assert_eq!(asked.operation, "PutItem");
            let version = asked.body["Item"]["version"]["N"].as_str().unwrap_or_default();
            format!("{} {version}", asked.body["Item"]["entry"]["S"].as_str().unwrap())
        })
        .collect();
    assert_eq!(entries, ["outlook#19999 ", "outlook#20000 ", "outlook 1", "outlook#20000 ", "outlook 2"]);
    assert_eq!(
        asked[5].body["ConditionExpression"],
        json!("attribute_not_exists(#entry) OR #version = :version")
    );
    assert_eq!(asked[5].body["ExpressionAttributeValues"][":version"]["N"], json!("1"));
}

#[tokio::test]
async fn another_process_goes_on_where_it_was_left() {
    let first = Scripted::new([found(&[]), done(), done()]);
    let one = ledger(&first);
    assert!(handed_out(&one).await.is_none());
    one.give_back(&orders(), lived(MIDNIGHT + 400, 380), true).await;
    let items: Vec<Value> = first.asked()[1..].iter().map(|asked| asked.body["Item"].clone()).collect();
    let second = Scripted::new([found(&items)]);
    let outlook = handed_out(&ledger(&second)).await.unwrap();
    assert_eq!((outlook.end(), outlook.known_minutes()), (Some(MIDNIGHT + 400), 380));
    let asked = &second.asked()[0];
    assert_eq!(asked.operation, "BatchGetItem");
    assert_eq!(asked.body["RequestItems"][TABLE]["ConsistentRead"], json!(true));
    // Without its day it is not the whole state, and it is learned anew.
    let partly = Scripted::new([found(&items[1..])]);
    assert!(handed_out(&ledger(&partly)).await.is_none());
}

#[tokio::test]
async fn what_cannot_be_read_or_written_is_learned_anew() {
    let garbled = json!({
        "target": { "S": "orders" }, "entry": { "S": "outlook" },
        "version": { "N": "7" }, "state": { "B": "bm9uc2Vuc2U=" },
    });
    let throttled = || {
        Answer::Refuses(
            "ConditionalCheckFailedException",
            json!({ "message": "The conditional request failed" }),
        )
    };
    // What is there is garbled: the next version takes its place. Another process was faster: the table is asked again.
    let dynamodb = Scripted::new([found(&[garbled]), done(), done(), done(), throttled(), found(&[])]);
    let ledger = ledger(&dynamodb);
    assert!(handed_out(&ledger).await.is_none());
    ledger.give_back(&orders(), lived(MIDNIGHT + 100, 90), true).await;
    let mut outlook = handed_out(&ledger).await.unwrap();
    (MIDNIGHT + 100..MIDNIGHT + 105).for_each(|minute| outlook.push(minute, Some(2.0)));
    ledger.give_back(&orders(), outlook, true).await;
    assert!(handed_out(&ledger).await.is_none(), "it is not kept");
    let asked = dynamodb.asked();
    assert_eq!(asked[2].body["Item"]["version"]["N"], json!("8"));
    assert_eq!(asked[5].operation, "BatchGetItem");
}

#[tokio::test]
async fn what_may_be_there_is_not_taken_for_nothing_and_nothing_takes_its_place() {
    let left = json!({ "Responses": { TABLE: [] }, "UnprocessedKeys": { TABLE: { "Keys": [{ "target": { "S": "orders" } }] } } });
    let denied = Answer::Refuses("AccessDeniedException", json!({ "message": "not authorized" }));
    for answer in [denied, Answer::Says(left)] {
        let dynamodb = Scripted::new([answer, found(&[])]);
        let ledger = ledger(&dynamodb);
        let learned = ledger.outlooks(&[&orders()]).await.remove(0);
        assert!(matches!(learned, Learned::Unread), "{learned:?}");
        assert!(handed_out(&ledger).await.is_none(), "it is asked again");
        assert_eq!(dynamodb.asked().len(), 2);
    }
}

#[tokio::test]
async fn an_attempt_that_did_nothing_writes_nothing() {
    let dynamodb = Scripted::new([found(&[])]);
    let ledger = ledger(&dynamodb);
    assert!(handed_out(&ledger).await.is_none());
    ledger.give_back(&orders(), lived(MIDNIGHT + 100, 90), false).await;
    assert!(handed_out(&ledger).await.is_some(), "and it is there for the next");
    assert_eq!(dynamodb.asked().len(), 1);
}
