//! The ledger on the wire: keys, conditions and tokens as DynamoDB gets them, and what is made of each of its answers.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};
use tidegate_aws::ledger::DynamoLedger;
use tidegate_policy::history::{
    Changing, Goal, History, Lever, MemoryBefore, RdsReplicasMemory, Recommended, RedisNodesMemory, Refused,
    Relief, Shape, WeightSince,
};
use tidegate_policy::names::{ChangeId, NodeType, SetId, ShardId, TargetName};
use tidegate_policy::reason::Reason;
use tidegate_policy::record::{Activity, ActivityKind};
use tidegate_policy::units::{Count, Weight};
use tidegate_reconcile::port::{AfterWrite, Lease, Ledger, LedgerError, LedgerItem, LedgerWrite};

use crate::scripted::{Answer, Scripted};

const TABLE: &str = "tidegate-ledger";

fn ledger(dynamodb: &Scripted) -> DynamoLedger {
    DynamoLedger::new(dynamodb.dynamodb(), TABLE.to_owned())
}

fn orders() -> TargetName {
    TargetName::new("orders")
}

fn noon() -> Timestamp {
    "2026-07-31T12:00:00Z".parse().unwrap()
}

fn lease(owner: &str) -> Lease {
    Lease { owner: owner.to_owned(), until: "2026-07-31T12:05:00Z".parse().unwrap() }
}

/// 12:05 in epoch milliseconds.
const FIVE_PAST: &str = "1785499500000";

/// A memory with something of each sort, keys of maps too.
fn memory() -> History {
    let since = WeightSince {
        weight: Some(Weight(100)),
        since: noon(),
        change: Some(ChangeId::new("C123")),
        insync_at: None,
    };
    History {
        decisions: 3,
        evaluated_at: Some(noon()),
        recommendations: vec![Recommended { at: noon(), desired: Count(2) }],
        rds_replicas: RdsReplicasMemory {
            weights: BTreeMap::from([(SetId::new("tg-orders-1"), since)]),
            ..RdsReplicasMemory::default()
        },
        alerting: BTreeSet::from(["lag of \"tg-orders-1\"".to_owned()]),
        holds_told: BTreeMap::from([(Reason::CooldownOut, noon())]),
        last_reason: Some(Reason::CooldownOut),
        redis_nodes: group_memory(),
        ..History::default()
    }
}

/// What is remembered of a replication group, with something of each sort.
fn group_memory() -> RedisNodesMemory {
    let shape = || Shape {
        replicas: BTreeMap::from([(ShardId::new("0001"), Count(2)), (ShardId::new("0002"), Count(1))]),
        node_type: NodeType::new("cache.m7g.large"),
    };
    let to = Goal::Replicas(BTreeMap::from([(ShardId::new("0002"), Count(2))]));
    RedisNodesMemory {
        shape: Some(shape()),
        changing: Some(Changing { since: noon(), from: shape(), to, begun: true, before: None }),
        busy_since: Some(noon()),
        refused_out: BTreeMap::from([(Lever::Shards, Refused { times: 2, retry_at: noon() })]),
        refused_in: BTreeMap::from([(Lever::Replicas, Refused { times: 1, retry_at: noon() })]),
        relief: Some(Relief { at: noon(), from: shape(), to: Goal::Shards(Count(2)), before: before() }),
    }
}

/// How full a group was.
fn before() -> MemoryBefore {
    MemoryBefore { memory: Some(81.5), evictions: None, max: Count(12), shards_max: Some(Count(4)) }
}

/// The group's part of a memory, as it is written: what one version writes the next has to read.
const GROUP: &str = r#"{"shape":{"replicas":{"0001":2,"0002":1},"node_type":"cache.m7g.large"},"changing":{"since":"2026-07-31T12:00:00Z","from":{"replicas":{"0001":2,"0002":1},"node_type":"cache.m7g.large"},"to":{"replicas":{"0002":2}},"begun":true},"busy_since":"2026-07-31T12:00:00Z","refused_out":{"shards":{"times":2,"retry_at":"2026-07-31T12:00:00Z"}},"refused_in":{"replicas":{"times":1,"retry_at":"2026-07-31T12:00:00Z"}},"relief":{"at":"2026-07-31T12:00:00Z","from":{"replicas":{"0001":2,"0002":1},"node_type":"cache.m7g.large"},"to":{"shards":2},"before":{"memory":81.5,"evictions":null,"max":12,"shards_max":4}}}"#;

/// Loads one item with this history.
async fn loaded(history: &str) -> Result<History, LedgerError> {
    let dynamodb = Scripted::new([found(&[item("orders", 7, history, None)])]);
    let mut items = ledger(&dynamodb).load(&[orders()]).await.unwrap();
    items.remove(0).map(|item| item.history)
}

/// A transition under way must never be forgotten by an upgrade: replicas' memory is stored beside what all kinds have.
#[tokio::test]
async fn the_memory_of_replicas_is_read_as_every_version_wrote_it() {
    let stored = r#"{"decisions":3,"gave_up_at":"2026-07-31T12:00:00Z","intent":{"decision":"d-3","since":"2026-07-31T12:00:00Z","from":2,"to":1,"transition":{"Remove":{"id":"tg-orders-1","resource_id":"db-1","weight":64,"draining_since":null,"delete_requested":true,"asked_at":null,"asks":1,"retry_at":null}}}}"#;
    let history = loaded(stored).await.unwrap();
    assert_eq!(history.rds_replicas.removing().next().unwrap().as_str(), "tg-orders-1");
    assert_eq!((history.decisions, history.rds_replicas.gave_up_at), (3, Some(noon())));
    let written = text_of(&history);
    assert_eq!(serde_json::from_str::<Value>(&written).unwrap()["intents"][0]["from"], 2);
    for none in [r#"{"intent":null}"#, r#"{"intents":[]}"#, "{}"] {
        assert_eq!(loaded(none).await.unwrap().rds_replicas.intents, [], "{none}");
    }
    assert_eq!(loaded(&written).await.unwrap(), history);
    for broken in [
        stored.replace(r#""delete_requested":true"#, r#""delete_requested":1"#),
        stored.replace("Remove", "Gone"),
    ] {
        assert!(loaded(&broken).await.is_err(), "an error, never an empty memory: {broken}");
    }
}

#[tokio::test]
async fn the_memory_of_a_group_is_read_as_it_was_written() {
    let written: Value = serde_json::from_str(&text_of(&memory())).unwrap();
    assert_eq!(written["group"], serde_json::from_str::<Value>(GROUP).unwrap());
    assert_eq!(loaded(&text_of(&memory())).await.unwrap(), memory());
    for (goal, text) in [
        (Goal::Shards(Count(3)), r#"{"shards":3}"#),
        (Goal::NodeType(NodeType::new("cache.m7g.xlarge")), r#"{"node_type":"cache.m7g.xlarge"}"#),
    ] {
        assert_eq!(serde_json::to_string(&goal).unwrap(), text);
        let changing = r#"{"since":"2026-07-31T12:00:00Z","from":{"replicas":{},"node_type":"a"},"to":{"shards":3},"begun":true,"before":{"memory":80.0}}"#;
        let read: Changing = serde_json::from_str(changing).unwrap();
        assert_eq!(read.before, Some(MemoryBefore { memory: Some(80.0), ..MemoryBefore::default() }));
        let read =
            loaded(&format!("{{\"group\":{}}}", GROUP.replace(r#"{"replicas":{"0002":2}}"#, text))).await;
        assert_eq!(read.unwrap().redis_nodes.changing.unwrap().to, goal);
    }
}

#[tokio::test]
async fn a_memory_without_a_group_is_one_of_none_and_what_a_later_version_adds_is_passed_over() {
    let none = History { redis_nodes: RedisNodesMemory::default(), ..memory() };
    assert!(!text_of(&none).contains("\"group\""), "what is not there is not written");
    assert_eq!(loaded(&text_of(&none)).await.unwrap(), none);
    // As it was written before there were groups, and with parts of a group alone.
    assert_eq!(loaded(r#"{"decisions":3}"#).await.unwrap().redis_nodes, RedisNodesMemory::default());
    let busy = loaded(r#"{"group":{"busy_since":"2026-07-31T12:00:00Z"}}"#).await.unwrap().redis_nodes;
    assert_eq!(busy, RedisNodesMemory { busy_since: Some(noon()), ..RedisNodesMemory::default() });
    let later = GROUP.replacen('{', r#"{"a_later_field":{"of":["any","sort"]},"#, 1);
    assert_eq!(loaded(&format!(r#"{{"group":{later}}}"#)).await.unwrap().redis_nodes, group_memory());
    // What cannot be read is no empty memory.
    assert!(loaded(r#"{"group":{"changing":{"since":"yesterday"}}}"#).await.is_err());
}

fn text_of(history: &History) -> String {
    serde_json::to_string(history).unwrap()
}

fn line(detail: &str) -> Activity {
    Activity {
        at: noon(),
        target: orders(),
        kind: ActivityKind::Hold,
        reason: Reason::CooldownOut,
        detail: detail.to_owned(),
        numbers: Vec::new(),
    }
}

/// A state item on the wire.
fn item(target: &str, version: u64, history: &str, held_by: Option<&str>) -> Value {
    let mut item = json!({
        "target": { "S": target },
        "entry": { "S": "state" },
        "version": { "N": version.to_string() },
        "written_by": { "S": "first" },
        "history": { "S": history },
    });
    if let Some(owner) = held_by {
        item["lease_owner"] = json!({ "S": owner });
        item["lease_until"] = json!({ "N": FIVE_PAST });
        item["attempted_at"] = json!({ "N": "1785499200000" });
    }
    item
}

fn found(items: &[Value]) -> Answer {
    Answer::Says(json!({ "Responses": { TABLE: items }, "UnprocessedKeys": {} }))
}

fn failed_condition(item: Option<Value>) -> Answer {
    let mut body = json!({ "message": "The conditional request failed" });
    if let Some(item) = item {
        body["Item"] = item;
    }
    Answer::Refuses("ConditionalCheckFailedException", body)
}

fn cancelled(reasons: &[Value]) -> Answer {
    Answer::Refuses(
        "TransactionCanceledException",
        json!({ "message": "Transaction cancelled", "CancellationReasons": reasons }),
    )
}

fn conflict<T: std::fmt::Debug>(answer: &Result<T, LedgerError>) -> bool {
    matches!(answer, Err(LedgerError::Conflict { target }) if *target == orders())
}

fn message<T: std::fmt::Debug>(answer: Result<T, LedgerError>) -> String {
    match answer {
        Err(error @ LedgerError::Unreachable { .. }) => error.to_string(),
        other => format!("not unreachable: {other:?}"),
    }
}

fn release<'a>(history: &'a History, activities: &'a [Activity]) -> LedgerWrite<'a> {
    LedgerWrite { owner: "first", history, activities, lease: AfterWrite::Release }
}

fn keep<'a>(history: &'a History, activities: &'a [Activity]) -> LedgerWrite<'a> {
    LedgerWrite { owner: "first", history, activities, lease: AfterWrite::Keep }
}

// Reading.

#[tokio::test]
async fn one_consistent_call_reads_what_is_needed_and_answers_in_order() {
    let dynamodb = Scripted::new([found(&[
        item("users", 7, &text_of(&memory()), Some("first")),
        item("orders", 2, &text_of(&History::default()), None),
    ])]);
    let targets = ["orders", "never-seen", "users", "orders"].map(TargetName::new);
    let items = ledger(&dynamodb).load(&targets).await.unwrap();
    let two = LedgerItem { version: 2, ..LedgerItem::default() };
    let seven =
        LedgerItem { version: 7, lease: Some(lease("first")), history: memory(), attempted_at: Some(noon()) };
    assert_eq!(items, [two.clone(), LedgerItem::default(), seven, two].map(Ok));

    let asked = dynamodb.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].operation, "BatchGetItem");
    let key = |target: &str| json!({ "target": { "S": target }, "entry": { "S": "state" } });
    assert_eq!(
        asked[0].body,
        json!({ "RequestItems": { TABLE: {
            "Keys": [key("never-seen"), key("orders"), key("users")],
            "ConsistentRead": true,
            "ProjectionExpression": "#target, #version, #lease_owner, #lease_until, #history, #attempted_at",
            "ExpressionAttributeNames": {
                "#target": "target",
                "#version": "version",
                "#lease_owner": "lease_owner",
                "#lease_until": "lease_until",
                "#history": "history",
                "#attempted_at": "attempted_at",
            },
        } } })
    );
}

/// It says whose turn it is and nothing else, so that no edit of it keeps a target from being scaled.
#[tokio::test]
async fn when_a_target_was_attempted_is_believed_only_where_it_can_be_read() {
    for unreadable in
        [json!({ "S": "at noon" }), json!({ "N": "99999999999999999999" }), json!({ "NULL": true })]
    {
        let mut there = item("orders", 7, &text_of(&memory()), Some("first"));
        there["attempted_at"] = unreadable;
        let items = ledger(&Scripted::new([found(&[there])])).load(&[orders()]).await.unwrap();
        assert_eq!(items[0].as_ref().unwrap().attempted_at, None);
    }
}

#[tokio::test]
async fn nothing_is_asked_for_no_targets() {
    assert_eq!(ledger(&Scripted::new([])).load(&[]).await.unwrap(), []);
}

#[tokio::test]
async fn two_hundred_and_fifty_targets_are_three_calls() {
    let names: Vec<_> = (0..250).map(|number| TargetName::new(format!("t{number:03}"))).collect();
    let page = |numbers: std::ops::Range<u64>| {
        let items: Vec<_> =
            numbers.map(|number| item(&format!("t{number:03}"), number + 1, "{}", None)).collect();
        found(&items)
    };
    let dynamodb = Scripted::new([page(0..100), page(100..200), page(200..250)]);
    let mut backwards = names.clone();
    backwards.reverse();
    let items = ledger(&dynamodb).load(&backwards).await.unwrap();
    let versions: Vec<_> = items.iter().flatten().map(|item| item.version).collect();
    assert_eq!(versions, (1..=250).rev().collect::<Vec<u64>>());
    let sizes: Vec<_> = dynamodb
        .asked()
        .iter()
        .map(|asked| asked.body["RequestItems"][TABLE]["Keys"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [100, 100, 50]);
}

fn unprocessed(items: &[Value], left: &[&str]) -> Answer {
    let keys: Vec<_> =
        left.iter().map(|target| json!({ "target": { "S": target }, "entry": { "S": "state" } })).collect();
    Answer::Says(json!({ "Responses": { TABLE: items }, "UnprocessedKeys": { TABLE: { "Keys": keys } } }))
}

#[tokio::test]
async fn what_dynamodb_left_unread_is_asked_for_again() {
    let dynamodb = Scripted::new([
        unprocessed(&[item("orders", 1, "{}", None)], &["users"]),
        found(&[item("users", 2, "{}", None)]),
    ]);
    let items = ledger(&dynamodb).load(&["orders", "users"].map(TargetName::new)).await.unwrap();
    assert_eq!(items.iter().flatten().map(|item| item.version).collect::<Vec<_>>(), [1, 2]);
    let again = &dynamodb.asked()[1].body["RequestItems"][TABLE];
    assert_eq!(again["Keys"], json!([{ "target": { "S": "users" }, "entry": { "S": "state" } }]));
    assert_eq!(again["ConsistentRead"], json!(true));
}

#[tokio::test]
async fn what_stays_unread_is_an_error_never_an_empty_memory() {
    let dynamodb = Scripted::new((0..6).map(|_| unprocessed(&[], &["orders"])));
    let told = message(ledger(&dynamodb).load(&[orders()]).await);
    assert_eq!(dynamodb.asked().len(), 6);
    insta::assert_snapshot!(told, @"the ledger cannot be used: BatchGetItem on table `tidegate-ledger`: 1 of 1 items were still not read after 6 asks: the table is throttled; give it on-demand capacity or more read units");
}

#[tokio::test]
async fn an_item_that_cannot_be_read_is_an_error_that_says_what_to_mend() {
    let bad = |change: fn(&mut Value)| {
        let mut bad = item("orders", 2, "{}", Some("first"));
        change(&mut bad);
        bad
    };
    let mut told = Vec::new();
    for bad in [
        bad(|item| item["history"] = json!({ "S": "{\"decisions\": \"many\"}" })),
        bad(|item| item["history"] = json!({ "S": "" })),
        bad(|item| item["history"] = json!({ "S": "{\"last_reason\": \"a_code_of_tomorrow\"}" })),
        bad(|item| item["history"] = json!({ "M": {} })),
        bad(|item| drop(item.as_object_mut().unwrap().remove("history"))),
        bad(|item| item["version"] = json!({ "S": "2" })),
        bad(|item| item["version"] = json!({ "N": "2.5" })),
        bad(|item| item["version"] = json!({ "N": "0" })),
        bad(|item| item["version"] = json!({ "N": "-1" })),
        bad(|item| drop(item.as_object_mut().unwrap().remove("version"))),
        bad(|item| drop(item.as_object_mut().unwrap().remove("lease_owner"))),
        bad(|item| drop(item.as_object_mut().unwrap().remove("lease_until"))),
        bad(|item| item["lease_until"] = json!({ "S": "2026-07-31T12:05:00Z" })),
        bad(|item| item["lease_until"] = json!({ "N": "99999999999999999999" })),
        bad(|item| item["lease_owner"] = json!({ "NULL": true })),
    ] {
        let dynamodb = Scripted::new([found(&[bad])]);
        let error = message(ledger(&dynamodb).load(&[orders()]).await.unwrap().remove(0));
        told.push(error.replace(
            "the ledger cannot be used: table `tidegate-ledger`: item `orders`, entry `state`: ",
            "",
        ));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    attribute `history` cannot be read as JSON of a memory (invalid type: string "many", expected u64 at line 1 column 20): mend the text, run the version of tidegate that wrote it, or delete the item, which forgets cooldowns and what is under way (replicas of ours are found again by their tags)
    attribute `history` cannot be read as JSON of a memory (EOF while parsing a value at line 1 column 0): mend the text, run the version of tidegate that wrote it, or delete the item, which forgets cooldowns and what is under way (replicas of ours are found again by their tags)
    attribute `history` cannot be read as JSON of a memory (unknown variant `a_code_of_tomorrow`, expected one of `scale_out_threshold`, `scale_out_tracking`, `…): mend the text, run the version of tidegate that wrote it, or delete the item, which forgets cooldowns and what is under way (replicas of ours are found again by their tags)
    attribute `history` holds a value of another type, not JSON text: mend the text, run the version of tidegate that wrote it, or delete the item, which forgets cooldowns and what is under way (replicas of ours are found again by their tags)
    attribute `history` holds nothing, not JSON text: mend the text, run the version of tidegate that wrote it, or delete the item, which forgets cooldowns and what is under way (replicas of ours are found again by their tags)
    attribute `version` holds the text "2", not a whole number from 1: set it to a number that is higher than any that it had
    attribute `version` holds the number 2.5, not a whole number from 1: set it to a number that is higher than any that it had
    attribute `version` holds the number 0, not a whole number from 1: set it to a number that is higher than any that it had
    attribute `version` holds the number -1, not a whole number from 1: set it to a number that is higher than any that it had
    attribute `version` holds nothing, not a whole number from 1: set it to a number that is higher than any that it had
    attribute `lease_owner` holds nothing, where a lease has both `lease_owner` (text) and `lease_until` (epoch milliseconds): remove both attributes while no attempt is running
    attribute `lease_until` holds nothing, where a lease has both `lease_owner` (text) and `lease_until` (epoch milliseconds): remove both attributes while no attempt is running
    attribute `lease_until` holds the text "2026-07-31T12:05:00Z", where a lease has both `lease_owner` (text) and `lease_until` (epoch milliseconds): remove both attributes while no attempt is running
    attribute `lease_until` holds the number 99999999999999999999, where a lease has both `lease_owner` (text) and `lease_until` (epoch milliseconds): remove both attributes while no attempt is running
    attribute `lease_owner` holds null, where a lease has both `lease_owner` (text) and `lease_until` (epoch milliseconds): remove both attributes while no attempt is running
    "#);
}

#[tokio::test]
async fn an_item_that_cannot_be_read_is_its_targets_error_and_the_others_are_read() {
    let dynamodb = Scripted::new([found(&[
        item("orders", 1, "?", None),
        item("users", 1, "{}", None),
        item("bills", 1, "!", None),
    ])]);
    let items = ledger(&dynamodb).load(&["orders", "users", "bills"].map(TargetName::new)).await.unwrap();
    assert!(items[1].is_ok());
    assert!(message(items[0].clone()).contains("table `tidegate-ledger`: item `orders`, entry `state`"));
    assert!(message(items[2].clone()).contains("table `tidegate-ledger`: item `bills`, entry `state`"));
}

// Claiming.

#[tokio::test]
async fn the_first_claim_makes_the_item_and_only_if_there_is_none() {
    let dynamodb = Scripted::new([Answer::Says(json!({}))]);
    let version = ledger(&dynamodb).claim(&orders(), 0, &lease("first"), noon()).await.unwrap();
    assert_eq!(version, 1);
    let asked = dynamodb.asked();
    assert_eq!(asked[0].operation, "UpdateItem");
    assert_eq!(
        asked[0].body,
        json!({
            "TableName": TABLE,
            "Key": { "target": { "S": "orders" }, "entry": { "S": "state" } },
            "ConditionExpression": "attribute_not_exists(#target)",
            "UpdateExpression": "SET #attempted_at = :attempted_at, #history = :history, #lease_owner = :lease_owner, \
                #lease_until = :lease_until, #version = :version, #written_by = :written_by",
            "ExpressionAttributeNames": {
                "#target": "target",
                "#attempted_at": "attempted_at",
                "#history": "history",
                "#lease_owner": "lease_owner",
                "#lease_until": "lease_until",
                "#version": "version",
                "#written_by": "written_by",
            },
            "ExpressionAttributeValues": {
                ":attempted_at": { "N": "1785499200000" },
                ":history": { "S": text_of(&History::default()) },
                ":lease_owner": { "S": "first" },
                ":lease_until": { "N": FIVE_PAST },
                ":version": { "N": "1" },
                ":written_by": { "S": "first" },
            },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        })
    );
}

#[tokio::test]
async fn a_later_claim_leaves_the_memory_alone_and_no_unexpired_lease_of_another() {
    let dynamodb = Scripted::new([Answer::Says(json!({}))]);
    let version = ledger(&dynamodb).claim(&orders(), 41, &lease("first"), noon()).await.unwrap();
    assert_eq!(version, 42);
    let body = &dynamodb.asked()[0].body;
    assert_eq!(
        body["ConditionExpression"],
        "#version = :expected AND (attribute_not_exists(#lease_owner) OR #lease_owner = :lease_owner OR #lease_until <= :now)"
    );
    assert_eq!(
        body["UpdateExpression"],
        "SET #attempted_at = :attempted_at, #lease_owner = :lease_owner, #lease_until = :lease_until, #version = :version, \
         #written_by = :written_by"
    );
    assert_eq!(
        body["ExpressionAttributeValues"],
        json!({
            ":expected": { "N": "41" },
            ":now": { "N": "1785499200000" },
            ":attempted_at": { "N": "1785499200000" },
            ":lease_owner": { "S": "first" },
            ":lease_until": { "N": FIVE_PAST },
            ":version": { "N": "42" },
            ":written_by": { "S": "first" },
        })
    );
}

#[tokio::test]
async fn a_claim_that_another_attempt_was_faster_with_is_a_conflict() {
    for there in [
        // Another's lease; the same version that ours would be.
        Some({
            let mut there = item("orders", 3, "{}", Some("second"));
            there["written_by"] = json!({ "S": "second" });
            there
        }),
        // Our own lease, of an earlier version: somebody has written since.
        Some(item("orders", 2, "{}", Some("first"))),
        Some(item("orders", 4, "{}", Some("first"))),
        // The item was deleted in the meantime.
        None,
    ] {
        let dynamodb = Scripted::new([failed_condition(there)]);
        let claimed = ledger(&dynamodb).claim(&orders(), 2, &lease("first"), noon()).await;
        assert!(conflict(&claimed), "{claimed:?}");
        assert_eq!(dynamodb.asked().len(), 1);
    }
}

#[tokio::test]
async fn an_item_that_another_attempts_transaction_is_writing_is_a_conflict() {
    let dynamodb = Scripted::new([Answer::Refuses("TransactionConflictException", json!({}))]);
    let claimed = ledger(&dynamodb).claim(&orders(), 2, &lease("first"), noon()).await;
    assert!(conflict(&claimed), "{claimed:?}");
}

#[tokio::test]
async fn a_claim_whose_answer_was_lost_is_known_again() {
    for version in [0, 2] {
        let done = item("orders", version + 1, &text_of(&History::default()), Some("first"));
        let dynamodb = Scripted::new([Answer::Lost, failed_condition(Some(done))]);
        let claimed = ledger(&dynamodb).claim(&orders(), version, &lease("first"), noon()).await;
        assert_eq!(claimed, Ok(version + 1));
        let asked = dynamodb.asked();
        assert_eq!(asked[0].body, asked[1].body);
    }
    // Not done, and another was faster in between.
    let other = item("orders", 3, "{}", Some("second"));
    let dynamodb = Scripted::new([Answer::Lost, failed_condition(Some(other))]);
    assert!(conflict(&ledger(&dynamodb).claim(&orders(), 2, &lease("first"), noon()).await));
    // No answer at all: nothing is known, and nothing is done.
    let dynamodb = Scripted::new([Answer::Lost, Answer::Lost, Answer::Lost]);
    let told = message(ledger(&dynamodb).claim(&orders(), 2, &lease("first"), noon()).await);
    insta::assert_snapshot!(told, @"the ledger cannot be used: UpdateItem on table `tidegate-ledger` for target `orders`: dispatch failure: io error: the connection was closed before the answer");
}

// Storing.

#[tokio::test]
async fn a_store_without_lines_is_one_write_under_our_lease() {
    let history = memory();
    let dynamodb = Scripted::new([Answer::Says(json!({})), Answer::Says(json!({}))]);
    let ledger = ledger(&dynamodb);
    assert_eq!(ledger.store(&orders(), 5, keep(&history, &[])).await, Ok(6));
    assert_eq!(ledger.store(&orders(), 6, release(&history, &[])).await, Ok(7));
    let asked = dynamodb.asked();
    let set = "SET #history = :history, #version = :version, #written_by = :written_by";
    assert_eq!(
        asked[0].body,
        json!({
            "TableName": TABLE,
            "Key": { "target": { "S": "orders" }, "entry": { "S": "state" } },
            "ConditionExpression": "#version = :expected AND #lease_owner = :written_by",
            "UpdateExpression": set,
            "ExpressionAttributeNames": {
                "#history": "history",
                "#lease_owner": "lease_owner",
                "#version": "version",
                "#written_by": "written_by",
            },
            "ExpressionAttributeValues": {
                ":expected": { "N": "5" },
                ":history": { "S": text_of(&history) },
                ":version": { "N": "6" },
                ":written_by": { "S": "first" },
            },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        })
    );
    assert_eq!(asked[1].operation, "UpdateItem");
    assert_eq!(asked[1].body["UpdateExpression"], format!("{set} REMOVE #lease_owner, #lease_until"));
    assert_eq!(asked[1].body["ExpressionAttributeNames"]["#lease_until"], "lease_until");
}

#[tokio::test]
async fn a_store_whose_answer_was_lost_is_known_again_even_when_it_gave_the_lease_back() {
    let history = memory();
    for (write, held_by) in [(keep(&history, &[]), Some("first")), (release(&history, &[]), None)] {
        let done = item("orders", 6, &text_of(&history), held_by);
        let dynamodb = Scripted::new([Answer::Lost, failed_condition(Some(done))]);
        assert_eq!(ledger(&dynamodb).store(&orders(), 5, write).await, Ok(6));
        dynamodb.asked();
    }
}

#[tokio::test]
async fn a_store_after_the_lease_was_lost_is_a_conflict() {
    let history = memory();
    let text = text_of(&history);
    let by_second = {
        let mut there = item("orders", 6, &text, None);
        there["written_by"] = json!({ "S": "second" });
        there
    };
    for there in [
        item("orders", 6, "{}", Some("second")),
        // As ours, but by another.
        by_second,
        // By us, but not this write: the memory differs, or the lease that this write gives back still stands.
        item("orders", 6, "{}", None),
        item("orders", 6, &text, Some("first")),
        item("orders", 5, &text, None),
        item("orders", 7, &text, None),
    ] {
        let dynamodb = Scripted::new([failed_condition(Some(there.clone()))]);
        let stored = ledger(&dynamodb).store(&orders(), 5, release(&history, &[])).await;
        assert!(conflict(&stored), "{there}: {stored:?}");
        // In a transaction too.
        let reason = json!({ "Code": "ConditionalCheckFailed", "Message": "The conditional request failed", "Item": there });
        let dynamodb = Scripted::new([cancelled(&[reason, json!({ "Code": "None" })])]);
        let stored = ledger(&dynamodb).store(&orders(), 5, release(&history, &[line("x")])).await;
        assert!(conflict(&stored), "{there}: {stored:?}");
    }
}

#[tokio::test]
async fn a_store_with_lines_is_one_transaction_with_a_token() {
    let history = memory();
    let lines = [line("one"), line("two")];
    let dynamodb = Scripted::new([Answer::Says(json!({}))]);
    assert_eq!(ledger(&dynamodb).store(&orders(), 5, release(&history, &lines)).await, Ok(6));
    let asked = dynamodb.asked();
    assert_eq!(asked[0].operation, "TransactWriteItems");
    let put = |index: u32, detail: &str| {
        json!({ "Put": { "TableName": TABLE, "Item": {
            "target": { "S": "orders" },
            "entry": { "S": format!("activity#2026-07-31T12:00:00.000Z#00000000000000000006#{index:04}") },
            "at": { "S": "2026-07-31T12:00:00Z" },
            "kind": { "S": "hold" },
            "reason": { "S": "cooldown_out" },
            "detail": { "S": detail },
            // 2026-10-29T12:00:00Z.
            "expires_at": { "N": "1793275200" },
        } } })
    };
    assert_eq!(
        asked[0].body,
        json!({
            "ClientRequestToken": asked[0].body["ClientRequestToken"],
            "TransactItems": [
                { "Update": {
                    "TableName": TABLE,
                    "Key": { "target": { "S": "orders" }, "entry": { "S": "state" } },
                    "ConditionExpression": "#version = :expected AND #lease_owner = :written_by",
                    "UpdateExpression": "SET #history = :history, #version = :version, #written_by = :written_by \
                        REMOVE #lease_owner, #lease_until",
                    "ExpressionAttributeNames": {
                        "#history": "history",
                        "#lease_owner": "lease_owner",
                        "#lease_until": "lease_until",
                        "#version": "version",
                        "#written_by": "written_by",
                    },
                    "ExpressionAttributeValues": {
                        ":expected": { "N": "5" },
                        ":history": { "S": text_of(&history) },
                        ":version": { "N": "6" },
                        ":written_by": { "S": "first" },
                    },
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                } },
                put(0, "one"),
                put(1, "two"),
            ],
        })
    );
}

#[tokio::test]
async fn a_repeated_transaction_has_the_same_token_and_another_write_another() {
    let history = memory();
    let lines = [line("one")];
    let token = async |answers: Vec<Answer>, target: &str, version| {
        let dynamodb = Scripted::new(answers);
        let target = TargetName::new(target);
        ledger(&dynamodb).store(&target, version, keep(&history, &lines)).await.unwrap();
        let tokens: BTreeSet<_> = dynamodb
            .asked()
            .iter()
            .map(|asked| asked.body["ClientRequestToken"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(tokens.len(), 1, "a retry is the same write");
        tokens.into_iter().next().unwrap()
    };
    let ok = || Answer::Says(json!({}));
    let first = token(vec![Answer::Lost, Answer::Lost, ok()], "orders", 5).await;
    assert!((1..=36).contains(&first.len()));
    assert_eq!(first, token(vec![ok()], "orders", 5).await);
    assert_ne!(first, token(vec![ok()], "orders", 6).await);
    assert_ne!(first, token(vec![ok()], "users", 5).await);
}

#[tokio::test]
async fn a_transaction_whose_answer_was_lost_is_known_again_without_the_token_too() {
    let history = memory();
    let done = item("orders", 6, &text_of(&history), None);
    let reason = json!({ "Code": "ConditionalCheckFailed", "Message": "The conditional request failed", "Item": done });
    let dynamodb = Scripted::new([Answer::Lost, cancelled(&[reason, json!({ "Code": "None" })])]);
    assert_eq!(ledger(&dynamodb).store(&orders(), 5, release(&history, &[line("x")])).await, Ok(6));
    dynamodb.asked();
}

#[tokio::test]
async fn a_transaction_that_was_cancelled_for_anything_else_is_unreachable() {
    let history = memory();
    let none = json!({ "Code": "None" });
    let mut told = Vec::new();
    for reasons in [
        vec![
            json!({ "Code": "TransactionConflict", "Message": "Transaction is ongoing for the item" }),
            none.clone(),
        ],
        vec![none.clone(), json!({ "Code": "ThrottlingError", "Message": "Throughput exceeds" })],
        vec![json!({ "Code": "ProvisionedThroughputExceeded", "Message": "too fast" }), none.clone()],
        vec![
            json!({ "Code": "ValidationError", "Message": "Item size to update has exceeded the maximum allowed size" }),
            none.clone(),
        ],
        vec![
            none.clone(),
            json!({ "Code": "ValidationError", "Message": "Missing the key entry in the item" }),
        ],
        vec![none.clone(), none],
        vec![],
    ] {
        let dynamodb = Scripted::new([cancelled(&reasons)]);
        let stored = ledger(&dynamodb).store(&orders(), 5, release(&history, &[line("x")])).await;
        told.push(message(stored));
        dynamodb.asked();
    }
    // The SDK itself repeats a transaction that is still in progress.
    for (code, tries) in [("IdempotentParameterMismatchException", 1), ("TransactionInProgressException", 3)]
    {
        let dynamodb = Scripted::new((0..tries).map(|_| Answer::Refuses(code, json!({ "message": "said" }))));
        told.push(message(ledger(&dynamodb).store(&orders(), 5, release(&history, &[line("x")])).await));
        dynamodb.asked();
    }
    insta::assert_snapshot!(told.join("\n"), @"
    the ledger cannot be used: TransactWriteItems on table `tidegate-ledger` for target `orders`: another write to the item was under way; the next wake-up reads again what stands (TransactionConflict: Transaction is ongoing for the item)
    the ledger cannot be used: TransactWriteItems on table `tidegate-ledger` for target `orders`: the table is throttled, and the call was not carried out: give it on-demand capacity or more units (ThrottlingError: Throughput exceeds)
    the ledger cannot be used: TransactWriteItems on table `tidegate-ledger` for target `orders`: the table is throttled, and the call was not carried out: give it on-demand capacity or more units (ProvisionedThroughputExceeded: too fast)
    the ledger cannot be used: TransactWriteItems on table `tidegate-ledger` for target `orders`: the memory is too large for one item (400 KB): shorten the stabilization windows and the periods of the rate limits, since it looks back as far as they do (ValidationError: Item size to update has exceeded the maximum allowed size)
    the ledger cannot be used: TransactWriteItems on table `tidegate-ledger` for target `orders`: the table has another key schema: it needs the partition key `target` and the sort key `entry`, both strings (S); create such a table, since a key schema cannot be changed (ValidationError: Missing the key entry in the item)
    the ledger cannot be used: TransactWriteItems on table `tidegate-ledger` for target `orders`: the transaction was cancelled without a reason; nothing was written
    the ledger cannot be used: TransactWriteItems on table `tidegate-ledger` for target `orders`: the transaction was cancelled without a reason; nothing was written
    the ledger cannot be used: TransactWriteItems on table `tidegate-ledger` for target `orders`: this attempt has already written something else over this version, which is a defect: please report it (IdempotentParameterMismatchException: said)
    the ledger cannot be used: TransactWriteItems on table `tidegate-ledger` for target `orders`: another write to the item was under way; the next wake-up reads again what stands (TransactionInProgressException: said)
    ");
}

#[tokio::test]
async fn a_log_that_is_too_long_for_one_transaction_goes_on_in_a_bounded_number_of_others() {
    let history = memory();
    let lines: Vec<_> = (0..700).map(|number| line(&number.to_string())).collect();
    let ok = || Answer::Says(json!({}));
    let sizes = async |lines: &[Activity], answers: Vec<Answer>| {
        let dynamodb = Scripted::new(answers);
        assert_eq!(ledger(&dynamodb).store(&orders(), 5, release(&history, lines)).await, Ok(6));
        let asked = dynamodb.asked();
        let tokens: BTreeSet<_> =
            asked.iter().map(|asked| asked.body["ClientRequestToken"].to_string()).collect();
        assert_eq!(tokens.len(), asked.len(), "each transaction has its own token");
        asked.iter().map(|it| it.body["TransactItems"].as_array().unwrap().len()).collect::<Vec<_>>()
    };
    assert_eq!(sizes(&lines[..99], vec![ok()]).await, [100]);
    assert_eq!(sizes(&lines[..100], vec![ok(), ok()]).await, [100, 1]);
    assert_eq!(sizes(&lines[..250], vec![ok(), ok(), ok()]).await, [100, 100, 51]);
    assert_eq!(sizes(&lines, (0..5).map(|_| ok()).collect()).await, [100; 5]);
    // The state stands by then: lines that are lost are no reason to say that it does not.
    let refused = Answer::Refuses("ValidationException", json!({ "message": "no" }));
    assert_eq!(sizes(&lines[..250], vec![ok(), refused, ok()]).await, [100, 100, 51]);
}

// Refusals.

#[tokio::test]
async fn every_refusal_names_the_table_and_the_mend() {
    let denied = "User: arn:aws:sts::1:assumed-role/f is not authorized to perform: dynamodb:UpdateItem";
    let mut told = Vec::new();
    for (code, said) in [
        ("ResourceNotFoundException", "Requested resource not found"),
        ("AccessDeniedException", denied),
        ("ValidationException", "The provided key element does not match the schema"),
        (
            "ValidationException",
            "One or more parameter values were invalid: Type mismatch for key target expected: N actual: S",
        ),
        ("ValidationException", "Item size to update has exceeded the maximum allowed size"),
        ("ValidationException", "what else there is"),
        ("UnrecognizedClientException", "The security token included in the request is invalid."),
    ] {
        let dynamodb = Scripted::new([Answer::Refuses(code, json!({ "message": said }))]);
        told.push(message(ledger(&dynamodb).claim(&orders(), 2, &lease("first"), noon()).await));
        dynamodb.asked();
    }
    let slow = || Answer::Refuses("ProvisionedThroughputExceededException", json!({ "message": "too fast" }));
    let dynamodb = Scripted::new([slow(), slow(), slow()]);
    told.push(message(ledger(&dynamodb).load(&[orders()]).await));
    let dynamodb = Scripted::new([Answer::Refuses("ResourceNotFoundException", json!({}))]);
    told.push(message(ledger(&dynamodb).load(&[orders()]).await));
    insta::assert_snapshot!(told.join("\n"), @"
    the ledger cannot be used: UpdateItem on table `tidegate-ledger` for target `orders`: the table `tidegate-ledger` does not exist in Region eu-west-1, or is not active yet: create it (partition key `target`, sort key `entry`, both strings) or set TIDEGATE_LEDGER_TABLE to one that does (ResourceNotFoundException: Requested resource not found)
    the ledger cannot be used: UpdateItem on table `tidegate-ledger` for target `orders`: access is denied: allow dynamodb:BatchGetItem, dynamodb:UpdateItem and dynamodb:PutItem on the table in the function's role (AccessDeniedException: User: arn:aws:sts::1:assumed-role/f is not authorized to perform: dynamodb:UpdateItem)
    the ledger cannot be used: UpdateItem on table `tidegate-ledger` for target `orders`: the table has another key schema: it needs the partition key `target` and the sort key `entry`, both strings (S); create such a table, since a key schema cannot be changed (ValidationException: The provided key element does not match the schema)
    the ledger cannot be used: UpdateItem on table `tidegate-ledger` for target `orders`: the table has another key schema: it needs the partition key `target` and the sort key `entry`, both strings (S); create such a table, since a key schema cannot be changed (ValidationException: One or more parameter values were invalid: Type mismatch for key target expected: N actual: S)
    the ledger cannot be used: UpdateItem on table `tidegate-ledger` for target `orders`: the memory is too large for one item (400 KB): shorten the stabilization windows and the periods of the rate limits, since it looks back as far as they do (ValidationException: Item size to update has exceeded the maximum allowed size)
    the ledger cannot be used: UpdateItem on table `tidegate-ledger` for target `orders`: ValidationException: what else there is
    the ledger cannot be used: UpdateItem on table `tidegate-ledger` for target `orders`: UnrecognizedClientException: The security token included in the request is invalid.
    the ledger cannot be used: BatchGetItem on table `tidegate-ledger`: the table is throttled, and the call was not carried out: give it on-demand capacity or more units (ProvisionedThroughputExceededException: too fast)
    the ledger cannot be used: BatchGetItem on table `tidegate-ledger`: the table `tidegate-ledger` does not exist in Region eu-west-1, or is not active yet: create it (partition key `target`, sort key `entry`, both strings) or set TIDEGATE_LEDGER_TABLE to one that does (ResourceNotFoundException)
    ");
}
