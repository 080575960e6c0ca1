//! Goal: what ElastiCache tells wakes the function, and what nobody understands changes nothing. Method: its events at a target whose signals are
//! not due, and other services' events.

use tidegate_wire::event;
use tidegate_wire::function::Invocation;
use tidegate_wire::plant::Traffic;
use tidegate_wire::scene::{CACHE, Scene, nodes_policy, summary};

use super::{names, nothing_was_changed, reason, ticks};

#[test]
fn what_a_group_tells_wakes_its_target() {
    let mut scene = Scene::of_nodes(2);
    scene.set_policy(&nodes_policy("").replace("evaluate_every = \"1m\"", "evaluate_every = \"1h\""));
    scene.tick();
    let quiet = scene.tick();
    assert_eq!(reason(&quiet), "not_due", "{}", summary(&quiet));
    let events = [
        ("ElastiCache:FailoverComplete", "sessions-0001-002", true),
        ("ElastiCache:CacheNodeReplaceComplete", "sessions-0001-001", true),
        ("ElastiCache:FailoverComplete", "other-0001-001", false),
    ];
    for (what, node, looks) in events {
        let now = scene.pass();
        let answer = scene.invoke(&event::elasticache_event(what, node, now));
        let looked = reason(&answer) != "not_due";
        assert_eq!(looked, looks, "{what} {node}: {}", summary(&answer));
    }
}

#[test]
fn a_malformed_event_changes_no_group() {
    let mut scene = Scene::of_nodes(2);
    scene.load = Traffic::READ;
    for _ in 0..5 {
        scene.pass();
    }
    let now = scene.clock.now();
    let events = [
        "null".to_owned(),
        "{}".to_owned(),
        event::sns("ElastiCache:FailoverComplete", now),
        event::sns("{\"hello\": 1}", now),
        event::schedule(now).replace("aws.events", "aws.codepipeline").replace("Scheduled Event", "Pipeline"),
        event::by_hand(false, &["nobody"]),
        event::command("{\"target\": \"cache\", \"count\": \"three\"}"),
    ];
    for event in events {
        let answer = scene.invoke(&event);
        let Invocation::Error { kind, message } = &answer else { panic!("{event}: {answer:?}") };
        assert!(message.len() > 30, "{event}: a sentence, not a word: {kind}: {message}");
        assert_eq!(scene.shim.calls(), [], "{event}: no call at all");
    }
    // And it still serves.
    scene.tick_until(2, "a replica was asked for", |scene| scene.forms(super::MORE).len() == 1);
}

#[test]
fn a_direct_command_to_nodes_is_followed() {
    let mut scene = Scene::of_nodes(2);
    let answer = scene.invoke(&event::command(r#"{"target":"cache","count":5}"#));
    let Invocation::Error { message, .. } = &answer else { panic!("{}", summary(&answer)) };
    names(message, &["order_refused", "outside the policy's 2..4"]);
    nothing_was_changed(&scene, "no such count is commanded");
    // Nor does it stand for later.
    ticks(&mut scene, 3);
    nothing_was_changed(&scene, "it was refused for good");
    let answer = scene.invoke(&event::command(r#"{"target":"cache","count":3}"#));
    assert!(!matches!(answer, Invocation::Error { .. }), "{}", summary(&answer));
    assert!(scene.account.history(CACHE).orders.bounds.is_some());
    assert_eq!(scene.forms(super::MORE).len(), 1, "{}", summary(&answer));
}
