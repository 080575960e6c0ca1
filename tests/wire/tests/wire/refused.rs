//! Goal: bad input is an error that names it and the fix, and nothing is written. Method: one thing wrong at a time.

use tidegate_wire::account::{SOURCE, TABLE};
use tidegate_wire::event;
use tidegate_wire::function::{Invocation, Start};
use tidegate_wire::plant::Load;
use tidegate_wire::scene::{Scene, policy};

/// What a start, or else the first tick, says is wrong; and that nothing was written.
fn said(scene: &mut Scene, what: &str) -> String {
    let said = match scene.function().start() {
        Start::InitError { kind, message, code } => {
            assert_ne!(code, Some(0), "{what}: an init error ends the process with a code");
            format!("{kind}: {message}")
        }
        Start::Exited(code) => panic!("{what}: it ended with {code:?} and without a word"),
        Start::Ready => told(&scene.tick(), what),
    };
    nothing_was_written(scene, what);
    said
}

fn told(invocation: &Invocation, what: &str) -> String {
    match invocation {
        Invocation::Error { kind, message } => format!("{kind}: {message}"),
        other => panic!("{what}: {other:?}"),
    }
}

fn nothing_was_written(scene: &Scene, what: &str) {
    assert_eq!(scene.shim.writes(), [], "{what}");
}

fn nothing_was_changed(scene: &Scene, what: &str) {
    let changed: Vec<_> =
        scene.shim.calls().into_iter().filter(|call| call.operation.changes_aws()).collect();
    assert_eq!(changed, [], "{what}");
}

#[track_caller]
fn names(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "it does not name {word:?}: {said}");
    }
}

#[test]
fn a_missing_variable_is_named() {
    for variable in ["TIDEGATE_POLICY", "TIDEGATE_LEDGER_TABLE"] {
        let mut scene = Scene::new();
        scene.unset(variable);
        names(&said(&mut scene, variable), &["Environment", variable, "set it to"]);
    }
}

#[test]
fn a_variable_that_makes_no_sense_is_named() {
    let values = [
        ("TIDEGATE_POLICY", "policy.toml"),
        ("TIDEGATE_POLICY", ""),
        ("TIDEGATE_LEDGER_TABLE", "no table!"),
        ("TIDEGATE_STAGE", ":production"),
        ("TIDEGATE_METRICS", "everything"),
    ];
    for (variable, value) in values {
        let mut scene = Scene::new();
        scene.set(variable, value);
        names(&said(&mut scene, value), &["Environment", variable]);
    }
}

#[test]
fn a_policy_that_cannot_be_read_is_named_with_its_place() {
    let mut scene = Scene::new();
    scene.set("TIDEGATE_POLICY", "file:/nowhere/policy.toml");
    names(&said(&mut scene, "absent file"), &["PolicyUnusable", "/nowhere/policy.toml"]);

    let mut scene = Scene::new();
    scene.set_policy(&policy(scene.account.zone()).replace("max = 2", "max = 2\nmaximum = 3"));
    names(&said(&mut scene, "unknown key"), &["PolicyUnusable", "maximum", "11:1"]);

    let mut scene = Scene::new();
    scene.set("TIDEGATE_POLICY", "ssm:/tidegate/absent");
    names(&said(&mut scene, "absent parameter"), &["PolicyUnusable", "/tidegate/absent"]);
}

#[test]
fn a_policy_in_a_parameter_is_followed() {
    let mut scene = Scene::new();
    scene.account.put_parameter("/tidegate/policy", &policy(scene.account.zone()));
    scene.set("TIDEGATE_POLICY", "ssm:/tidegate/policy");
    let tick = scene.tick();
    assert!(matches!(tick, Invocation::Response(_)), "{tick:?}");
    assert_eq!(scene.shim.counted().get("SSM.GetParameter"), Some(&1));
}

/// A deployment that takes a target away takes its permission too, and the read of all memories is denied while the old policy is kept.
#[test]
fn a_ledger_that_cannot_be_read_has_the_policy_read_again() {
    let mut scene = Scene::new();
    scene.account.put_parameter("/tidegate/policy", &policy(scene.account.zone()));
    scene.set("TIDEGATE_POLICY", "ssm:/tidegate/policy");
    scene.account.drop_table();
    for reads in 1..=2 {
        names(&told(&scene.tick(), "absent table"), &["LedgerUnreadable"]);
        assert_eq!(scene.shim.counted().get("SSM.GetParameter"), Some(&reads));
    }
}

#[test]
fn an_absent_table_stops_everything() {
    let mut scene = Scene::new();
    scene.account.drop_table();
    scene.load = Load::HOT;
    names(&said(&mut scene, "absent table"), &["LedgerUnreadable", TABLE, "TIDEGATE_LEDGER_TABLE"]);
}

#[test]
fn an_absent_zone_and_a_name_of_another_zone_change_nothing() {
    for (what, zone) in [("absent", "Z0NOWHERE0000".to_owned()), ("foreign", String::new())] {
        let mut scene = Scene::new();
        let zone = if zone.is_empty() { scene.account.make_zone("else.example.org") } else { zone };
        scene.set_policy(&policy(&zone));
        scene.load = Load::HOT;
        for _ in 0..5 {
            scene.pass();
        }
        let tick = scene.tick();
        names(&told(&tick, what), &["TargetsFailed", &zone, "reader."]);
        nothing_was_changed(&scene, what);
    }
}

#[test]
fn an_absent_source_and_one_without_backups_change_nothing() {
    let mut scene = Scene::new();
    let other = policy(scene.account.zone()).replace(SOURCE, "orders-absent");
    scene.set_policy(&other);
    let tick = scene.tick();
    names(
        &told(&tick, "absent source"),
        &["TargetsFailed", "source_missing", "the source orders-absent was not found: check `source`"],
    );
    nothing_was_changed(&scene, "absent source");

    let mut scene = Scene::new();
    scene.account.set_backups(0);
    scene.load = Load::HOT;
    let first = told(&scene.tick(), "no backups");
    names(&first, &["TargetsFailed", "source_without_backups", "set a backup retention period"]);
    for _ in 0..6 {
        scene.tick();
    }
    // The floor needs no backups: the primary answers. Nothing else is changed.
    let changes = scene.shim.calls().into_iter().filter(|call| call.operation.changes_aws());
    let changes: Vec<_> = changes.map(|call| (call.operation.to_string(), call.request)).collect();
    let [(operation, request)] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!(operation, "Route53.ChangeResourceRecordSets");
    assert!(request.contains("primary-floor"), "{request}");
}

#[test]
fn a_malformed_or_foreign_event_is_an_error_that_says_what_arrived() {
    let mut scene = Scene::new();
    let now = scene.clock.now();
    let events = [
        ("null", "null".to_owned()),
        ("a list", "[]".to_owned()),
        ("an empty object", "{}".to_owned()),
        ("a string", "\"hello\"".to_owned()),
        ("an object of S3", "{\"Records\":[{\"eventSource\":\"aws:s3\",\"s3\":{}}]}".to_owned()),
        ("a message of SQS", "{\"Records\":[{\"eventSource\":\"aws:sqs\",\"body\":\"x\"}]}".to_owned()),
        ("a message that is no JSON", event::sns("the database is slow", now)),
        ("a message that is no alarm", event::sns("{\"hello\":1}", now)),
        ("an alarm cut off", event::sns(&event::schedule(now)[..40], now)),
        (
            "another source",
            event::schedule(now)
                .replace("aws.events", "aws.codepipeline")
                .replace("Scheduled Event", "Pipeline"),
        ),
        ("a misspelt order", "{\"dryrun\": true}".to_owned()),
        ("an order of the wrong kind", "{\"dry_run\": \"yes\"}".to_owned()),
        ("an order for nobody", event::by_hand(true, &["nobody"])),
    ];
    for (what, event) in events {
        let answer = scene.invoke(&event);
        let Invocation::Error { kind, message } = &answer else { panic!("{what}: {answer:?}") };
        assert!(["UnreadableEvent", "NoSuchTarget"].contains(&kind.as_str()), "{what}: {kind}: {message}");
        assert!(message.len() > 30, "{what}: a sentence, not a word: {message}");
        assert_eq!(scene.shim.calls(), [], "{what}: no call at all");
    }
    let said = scene.function().said();
    let lines = said.lines().filter(|line| line.contains("\"FailedAttempts\":1"));
    assert_eq!(lines.count(), 13, "each leaves a line with its metrics: {said}");
    // And it still serves.
    let tick = scene.tick();
    assert!(matches!(tick, Invocation::Response(_)), "{tick:?}");
}
