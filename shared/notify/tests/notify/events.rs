//! The versioned event: its page, its schema and its type say the same, and what is added later is read.

use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Value, json};
use tidegate_notify::envelope::{self, FromBus};
use tidegate_notify::event::{Event, EventKind, Unit};

use crate::fixture::{alert, json, recovery};

const PAGE: &str = include_str!("../../../../docs/events.md");
const SCHEMA: &str = include_str!("../../../../docs/events.schema.json");

fn schema() -> Validator {
    jsonschema::options().should_validate_formats(true).build(&json(SCHEMA)).unwrap()
}

fn examples() -> Vec<Value> {
    let examples: Vec<Value> =
        PAGE.split("```json\n").skip(1).map(|after| json(after.split_once("```").unwrap().0)).collect();
    assert!(examples.len() >= 3, "only {} examples", examples.len());
    examples
}

#[test]
fn every_example_of_the_page_holds_to_the_schema_and_is_read() {
    let schema = schema();
    for example in examples() {
        assert!(schema.is_valid(&example), "{:?}: {example}", schema.iter_errors(&example).next());
        let event = Event::read(&example.to_string()).unwrap();
        assert_eq!(json(&event.to_json().unwrap()), with_whole_numbers(example));
    }
}

/// What is read as a number with decimals is written as one.
fn with_whole_numbers(mut example: Value) -> Value {
    for number in example["numbers"].as_array_mut().unwrap() {
        number["value"] = Value::from(number["value"].as_f64().unwrap());
    }
    example
}

#[test]
fn the_schema_refuses_what_is_no_event() {
    let schema = schema();
    let right = json(&alert().to_json().unwrap());
    assert!(schema.is_valid(&right));
    let wrong = [
        ("version", json!(2)),
        ("kind", json!("hold")),
        ("severity", json!("fatal")),
        ("edge", json!(-1)),
        ("at", json!("yesterday")),
        ("target", json!(null)),
        ("sentence", json!("s".repeat(4_001))),
        ("numbers", json!([{ "name": "cpu", "value": "74%", "unit": "percent" }])),
    ];
    for (field, value) in wrong {
        let mut event = right.clone();
        event[field] = value;
        assert!(!schema.is_valid(&event), "{field}: {}", event[field]);
    }
    for field in required() {
        let mut event = right.clone();
        event.as_object_mut().unwrap().remove(&field);
        assert!(!schema.is_valid(&event), "without {field}");
    }
}

fn required() -> BTreeSet<String> {
    let schema = json(SCHEMA);
    schema["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

fn names(object: &Value) -> BTreeSet<String> {
    object.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn schema_page_and_type_have_the_same_fields() {
    let schema = json(SCHEMA);
    let written = json(&alert().to_json().unwrap());
    assert_eq!(names(&schema["properties"]), names(&written));
    let of_a_number = &schema["properties"]["numbers"]["items"]["properties"];
    assert_eq!(names(of_a_number), names(&written["numbers"][0]));
    let table = PAGE.split("## The object").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(" | "));
    let of_the_page: BTreeSet<String> = rows
        .flat_map(|(names, _)| names.split('`').step_by(2).map(str::to_owned).collect::<Vec<_>>())
        .filter(|name| !name.trim_matches([',', ' ']).is_empty())
        .collect();
    assert_eq!(of_the_page, names(&written));
    // What is not required is what may be left out.
    let mut bare = alert();
    bare.doing = None;
    assert_eq!(names(&json(&bare.to_json().unwrap())), required());
}

#[test]
fn what_is_added_later_is_read_and_another_version_is_not() {
    let mut later = json(&alert().to_json().unwrap());
    later["colour"] = json!({ "new": [1, 2] });
    later["reason"] = json!("a_reason_of_next_year");
    later["numbers"][0]["unit"] = json!("gigabytes");
    let read = Event::read(&later.to_string()).unwrap();
    assert_eq!((read.reason.as_str(), read.known_reason()), ("a_reason_of_next_year", None));
    assert_eq!(read.numbers[0].unit, Unit::Other);
    assert_eq!(read.key(), "production/sessions/a_reason_of_next_year");

    later["version"] = json!(2);
    let told = Event::read(&later.to_string()).unwrap_err().to_string();
    assert!(told.contains("version 2 is not read here, only 1"), "{told}");
    for nonsense in ["", "[]", "{}", "{\"version\": 1}"] {
        assert!(Event::read(nonsense).is_err(), "{nonsense:?}");
    }
}

#[test]
fn an_archive_that_is_replayed_tells_nobody_again() {
    let envelope = |source: &str, replay: Option<&str>| {
        let mut envelope = json!({
            "version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type": "Tidegate Recovery",
            "source": source, "account": "123456789012", "time": "2026-03-02T18:15:01Z", "region": "eu-west-1",
            "resources": [], "detail": json(&recovery().to_json().unwrap()),
        });
        if let Some(replay) = replay {
            envelope["replay-name"] = json!(replay);
        }
        envelope::read(&envelope)
    };
    assert_eq!(envelope("tidegate", None).unwrap(), FromBus::Event(Box::new(recovery())));
    let replayed = FromBus::Replayed { replay: "after the outage".to_owned() };
    assert_eq!(envelope("tidegate", Some("after the outage")).unwrap(), replayed);
    let told = envelope("aws.rds", None).unwrap_err().to_string();
    assert_eq!(
        told,
        "this event is of \"aws.rds\", not of \"tidegate\": correct the rule that sends it here"
    );
    assert!(envelope::read(&json!({ "source": "tidegate", "detail": {} })).is_err());
}

#[test]
fn detail_types_differ_and_are_within_128_characters() {
    let types: BTreeSet<&str> = EventKind::ALL.iter().map(|kind| kind.detail_type()).collect();
    assert_eq!(types.len(), EventKind::ALL.len());
    for name in types {
        assert!(name.len() <= 128, "{name}");
        assert!(PAGE.contains(&format!("`{name}`")), "docs/events.md does not name {name}");
    }
}
