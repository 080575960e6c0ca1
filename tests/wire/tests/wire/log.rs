//! Goal: the log says what was done, and publishes what somebody must see and nothing else. Method: the whole way out and in, read line by line.

use std::collections::BTreeSet;

use serde_json::Value;
use tidegate_wire::event;
use tidegate_wire::function::Invocation;
use tidegate_wire::plant::Load;
use tidegate_wire::scene::{Scene, TARGET, policy};

use crate::scale::{begin, grow, report, shrink};

/// The lines of the function's own, of all that the scene's process wrote.
fn lines(scene: &mut Scene) -> Vec<Value> {
    let said = scene.function().said();
    let lines = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line.get("Stage").is_some()).collect()
}

/// The metrics that a line publishes, as `Actions over Stage, Target, Reason in Count`. Each is in it, and so are its dimensions.
fn published(line: &Value) -> BTreeSet<String> {
    let mut told = BTreeSet::new();
    let Some(aws) = line.get("_aws") else { return told };
    assert!(aws["Timestamp"].is_i64(), "{line}");
    for directive in aws["CloudWatchMetrics"].as_array().unwrap() {
        assert_eq!(directive["Namespace"], "Tidegate");
        let dimensions = directive["Dimensions"][0].as_array().unwrap();
        let dimensions: Vec<_> = dimensions.iter().map(|name| name.as_str().unwrap()).collect();
        assert!(dimensions.iter().all(|name| line[*name].is_string()), "{dimensions:?}: {line}");
        for metric in directive["Metrics"].as_array().unwrap() {
            let (name, unit) = (metric["Name"].as_str().unwrap(), metric["Unit"].as_str().unwrap());
            assert!(line[name].is_number(), "{name}: {line}");
            told.insert(format!("{name} over {} in {unit}", dimensions.join(", ")));
        }
    }
    told
}

#[test]
fn an_attempt_is_one_line_and_every_metric_that_it_names_is_in_it() {
    let mut scene = Scene::new();
    scene.set("TIDEGATE_METRICS", "all");
    begin(&mut scene);
    grow(&mut scene);
    shrink(&mut scene);
    let mut told = BTreeSet::new();
    let mut attempts = BTreeSet::new();
    for line in lines(&mut scene) {
        told.extend(published(&line));
        if line.get("Attempts").is_some() {
            assert!(attempts.insert(line["requestId"].to_string()), "two lines of an attempt: {line}");
        }
    }
    let promised = [
        "Actions over Stage, Target, Reason in Count",
        "ApiCalls over Function in Count",
        "Attempts over Function in Count",
        "ConnectionsUsed over Stage, Target in Percent",
        "Current over Stage, Target in Count",
        "Desired over Stage, Target in Count",
        "DrainTime over Stage, Target in Seconds",
        "DrainsCancelled over Stage in Count",
        "Duration over Function in Milliseconds",
        "FailedActions over Stage, Target, Reason in Count",
        "FailedAttempts over Stage in Count",
        "FailedTargets over Stage in Count",
        "Holds over Stage, Target, Reason in Count",
        "LeaseContention over Stage in Count",
        "PolicyErrors over Stage in Count",
        "ReplicaLag over Stage, Target in Seconds",
        "Serving over Stage, Target in Count",
        "StuckTransitions over Stage in Count",
    ];
    assert_eq!(told, promised.map(str::to_owned).into());
}

/// A custom metric is paid for while it is published: a way without trouble publishes what was done, and a quiet minute nothing.
#[test]
fn without_being_asked_for_all_only_what_was_done_is_published() {
    let mut scene = Scene::new();
    scene.set("TIDEGATE_STAGE", "production");
    begin(&mut scene);
    grow(&mut scene);
    shrink(&mut scene);
    let lines = lines(&mut scene);
    let mut told = BTreeSet::new();
    let mut quiet = 0;
    for line in &lines {
        assert_eq!(line["Stage"], "production");
        told.extend(published(line));
        quiet += usize::from(line.get("_aws").is_none());
    }
    assert_eq!(told, ["Actions over Stage, Target, Reason in Count".to_owned()].into());
    let of_targets: Vec<_> = lines.iter().filter(|line| line["Target"] == TARGET).collect();
    let acted = of_targets.iter().filter(|line| line["Actions"].as_u64() > Some(0)).count();
    assert_eq!(quiet, lines.len() - acted, "a line without an action publishes nothing");
    // What is not published stands in the log all the same.
    for field in ["Current", "Desired", "Serving", "ConnectionsUsed", "ReplicaLag", "DrainTime", "Holds"] {
        assert!(of_targets.iter().any(|line| line[field].is_number()), "no line has {field}");
    }
    let weights = of_targets.iter().filter_map(|line| line["weights"].as_str());
    assert!(weights.clone().any(|weights| weights == "primary-floor 64"), "{weights:?}");
    assert!(
        weights.clone().any(|weights| weights.contains("primary-floor 0, tg-orders-readers-")),
        "{:?}",
        weights.collect::<BTreeSet<_>>()
    );
}

#[test]
fn a_policy_that_cannot_be_followed_is_published_as_such() {
    let mut scene = Scene::new();
    scene.set_policy(&policy(scene.account.zone()).replace("max = 2", "max = 2\nmaximum = 3"));
    let tick = scene.tick();
    assert!(matches!(&tick, Invocation::Error { kind, .. } if kind == "PolicyUnusable"), "{tick:?}");
    let lines = lines(&mut scene);
    assert_eq!(lines.len(), 1, "{lines:?}");
    let told = ["FailedAttempts over Stage in Count", "PolicyErrors over Stage in Count"];
    assert_eq!(published(&lines[0]), told.map(str::to_owned).into());
    assert_eq!((&lines[0]["Stage"], &lines[0]["errorType"]), (&"default".into(), &"PolicyUnusable".into()));
}

#[test]
fn a_dry_run_counts_neither_actions_nor_holds() {
    let mut scene = Scene::new();
    scene.load = Load::HOT;
    for _ in 0..5 {
        scene.pass();
    }
    let answer = scene.invoke(&event::by_hand(true, &[TARGET]));
    assert!(!report(&answer)["targets"][0]["actions"].as_array().unwrap().is_empty(), "{answer:?}");
    let lines = lines(&mut scene);
    assert_eq!(lines.len(), 2, "{lines:?}");
    for line in lines {
        assert!(line.get("Actions").is_none() && line.get("Holds").is_none(), "{line}");
        assert!(line.get("_aws").is_none(), "{line}");
    }
}
