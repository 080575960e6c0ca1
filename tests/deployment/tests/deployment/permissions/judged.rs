//! The simulator decides what each role allows: what the adapters send, and none of its destructive twins.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tidegate_stack::function::{FUNCTIONS, binaries};

use super::calls::{change, create, delete, ledger, tag};
use super::judge::{Ask, Decision, decide};
use super::sent::Verdict::{self, Allowed, Forbidden, Refused};
use super::sent::{BORN_WITH, NODES, NOTIFY, REPLICAS, Row, SERVICES, ZONE, reads, writes};
use super::twins::twins;
use super::{everything, function};
use crate::rendered::{Rendered, STAGE};

/// The decisions on each call, in order.
fn judged(rendered: &Rendered, rows: &[(&str, Vec<Ask>)], also: Option<Value>) -> Vec<Vec<Decision>> {
    let mut documents: BTreeMap<&str, BTreeMap<String, Value>> =
        FUNCTIONS.into_iter().map(|function| (function.name(), rendered.of_role(&function.role()))).collect();
    documents.insert(NOTIFY, rendered.of_role("NotifyRole"));
    if let Some(also) = also {
        documents.values_mut().for_each(|own| drop(own.insert("also".to_owned(), also.clone())));
    }
    let asked: Vec<_> = rows
        .iter()
        .flat_map(|(kind, asks)| asks.iter().map(|ask| (documents[kind].clone(), ask.clone())))
        .collect();
    let mut decisions = decide(&asked).into_iter();
    rows.iter().map(|(_, asks)| decisions.by_ref().take(asks.len()).collect()).collect()
}

/// What comes of a call whose permissions were decided so.
fn verdict(decisions: &[Decision]) -> Verdict {
    if decisions.contains(&Decision::Denied) {
        Forbidden
    } else if decisions.contains(&Decision::NotAllowed) {
        Refused
    } else {
        Allowed
    }
}

fn check(rows: &[Row]) {
    check_in(&everything(), rows);
}

fn check_in(rendered: &Rendered, rows: &[Row]) {
    let calls: Vec<_> = rows.iter().map(|Row(kind, _, _, asks)| (*kind, asks.clone())).collect();
    let mut wrong = Vec::new();
    for (Row(kind, expected, why, asks), decisions) in rows.iter().zip(judged(rendered, &calls, None)) {
        if verdict(&decisions) != *expected {
            wrong.push(format!("{kind}: {why}: {expected:?} expected of {asks:#?}, decided {decisions:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn what_the_adapters_send_is_allowed() {
    check(&writes());
    check(&reads());
}

#[test]
fn the_destructive_twins_are_refused() {
    check(&twins());
}

/// The deny statements hold whatever else is attached to a role: the others are allowed once everything is.
#[test]
fn what_is_forbidden_stays_so_for_an_administrator() {
    let administrator =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let rows = twins();
    let calls: Vec<_> = rows.iter().map(|Row(kind, _, _, asks)| (*kind, asks.clone())).collect();
    for (Row(kind, expected, why, asks), decisions) in
        rows.iter().zip(judged(&everything(), &calls, Some(administrator)))
    {
        let expected = if *expected == Forbidden { Forbidden } else { Allowed };
        assert_eq!(verdict(&decisions), expected, "{kind}: {why}: {asks:#?}");
    }
}

/// What no condition key tells apart, so that it is known and not forgotten: RDS asks for the same permission at creation.
#[test]
fn an_untagged_instance_of_just_our_kind_of_name_can_be_tagged() {
    check(&[Row(
        REPLICAS,
        Allowed,
        "exactly ten characters behind our prefix",
        tag("tg-orders-readers-ffffffffff", &[], &BORN_WITH),
    )]);
}

/// Where the statements of each target would not fit, targets share some: what is no target's is kept out all the same.
#[test]
fn a_hundred_targets_share_statements_and_keep_strangers_out() {
    let name = |index: usize| format!("shop-{index}");
    let mut document = String::new();
    for index in 0..100 {
        let name = name(index);
        document.push_str(&format!(
            "[[target]]\nname = {name:?}\nkind = \"rds-replicas\"\nsource = \"{name}-db\"\nengine = \"mysql\"\n\
             reader = {{ zone = {ZONE:?}, name = \"{name}.db.example.com\", ttl = \"10s\" }}\nmin = 1\nmax = 2\n\
             scale_out = [\"primary cpu > 70% for 10m\"]\n"
        ));
    }
    let rendered = Rendered::permissions_of(&document);
    let documents = rendered.attached_to(&function(REPLICAS).role());
    let statements = documents.values().flat_map(|document| document["Statement"].as_array().unwrap());
    let deleting =
        statements.filter(|one| one["Sid"].as_str().unwrap().starts_with("DeleteReplicas")).count();
    assert!(deleting < 100, "{deleting}: each has its own, and this test is about shared ones");
    let (last, ours) = (name(99), format!("tg-{}-0a1b2c3d4e", name(99)));
    let tags = |target: &str| {
        [("tidegate:owner", "tidegate"), ("tidegate:target", target), ("tidegate:stage", STAGE)]
            .map(|(key, value)| (key, value.to_owned()))
    };
    let (own, stranger) = (tags(&last), tags("a-stranger"));
    let own: Vec<_> = own.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let stranger: Vec<_> = stranger.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let (source, reader) = (format!("{last}-db"), format!("{last}.db.example.com"));
    let all: Vec<_> = (0..100).map(name).collect();
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    check_in(
        &rendered,
        &[
            Row(REPLICAS, Allowed, "a new replica", create(&ours, &source, &own)),
            Row(REPLICAS, Allowed, "a replica goes", delete(&ours, &own)),
            Row(REPLICAS, Allowed, "its record", change(ZONE, &[&reader], &["CNAME"], &["CREATE"])),
            Row(REPLICAS, Allowed, "every memory in one call", ledger("dynamodb:BatchGetItem", &all)),
            Row(REPLICAS, Refused, "a stranger's tag", create(&ours, &source, &stranger)),
            Row(REPLICAS, Refused, "a stranger's replica", delete(&ours, &stranger)),
            Row(REPLICAS, Refused, "untagged", delete(&ours, &[])),
            Row(REPLICAS, Refused, "a stranger's name", delete("tg-a-stranger-0a1b2c3d4e", &own)),
            Row(REPLICAS, Forbidden, "the source", delete(&source, &own)),
            Row(
                REPLICAS,
                Refused,
                "another record",
                change(ZONE, &["www.example.com"], &["CNAME"], &["CREATE"]),
            ),
        ],
    );
}

#[test]
fn no_function_may_do_what_another_does() {
    let mut rows = Vec::new();
    for Row(kind, _, why, asks) in writes() {
        rows.extend(
            binaries()
                .into_iter()
                .filter(|other| *other != kind)
                .map(|other| Row(other, Refused, why, asks.clone())),
        );
    }
    assert!(rows.len() > 20);
    check(&rows);
}

/// A condition whose key is missing must not hold where it protects something.
#[test]
fn a_request_without_a_key_that_protects_is_refused() {
    let gates = |ask: &Ask, key: &str| {
        // The tags are told by their values; the keys only keep further ones out.
        let further_tags = key == "aws:TagKeys";
        // RDS may well leave the tags out where it asks about the source and the groups: the new instance decides.
        let beside = ask.action == "rds:CreateDBInstanceReadReplica" && !ask.resource.contains(":db:tg-");
        // A person's tag of a decision is not asked for.
        let decision = key.ends_with("tidegate:decision");
        // A replica may be named instead of a number, and shards have a number each: ElastiCache itself keeps the limits.
        let named = ask.action == "elasticache:DecreaseReplicaCount";
        let in_shards = ask.action == "elasticache:IncreaseReplicaCount" && ask.resource.ends_with(":carts");
        // The policy's own tags say whose bill it is: what has none of them is as safe.
        let tag_of_policy =
            key.strip_prefix("aws:RequestTag/").is_some_and(|tag| !tag.starts_with("tidegate:"));
        !(further_tags || beside || decision || named || in_shards || tag_of_policy)
    };
    let mut rows = Vec::new();
    for Row(kind, _, why, asks) in writes() {
        for ask in asks {
            for key in ask.context.keys().filter(|key| gates(&ask, key)) {
                let mut without = ask.clone();
                without.context.remove(key);
                rows.push(Row(kind, Refused, why, vec![without]));
            }
        }
    }
    assert!(rows.len() > 20, "{}", rows.len());
    check(&rows);
}

#[test]
fn every_function_is_asked_about() {
    for kind in [REPLICAS, SERVICES, NODES] {
        assert_eq!(function(kind).name(), kind);
    }
    // The simulator does not know the encryption context of a key: which secrets it decrypts is a test of the stack's.
    for kind in [REPLICAS, SERVICES, NODES, NOTIFY] {
        for rows in [writes(), reads(), twins()] {
            assert!(rows.iter().any(|Row(of, ..)| *of == kind), "{kind}");
        }
    }
}
