//! Goal: the process may be killed between any two calls, and the next one goes on. Method: the way out and back once, with every call
//! written down; then again for each write that tells, killed before its answer comes.

use std::collections::BTreeSet;

use tidegate_wire::account::SOURCE;
use tidegate_wire::function::Invocation;
use tidegate_wire::plant::Load;
use tidegate_wire::scene::{Rest, Scene, summary};
use tidegate_wire::shim::{Call, Moment};
use tidegate_wire::side_by_side::side_by_side;

use crate::disturbed::untouched_source;
use crate::scale::{PATIENCE, begin, gone, serves};

/// What a way there and back came to.
struct Walked {
    up: Rest,
    down: Rest,
    calls: Vec<Call>,
    died: bool,
}

/// Out and back, dying once if asked to; every minute the harm that a removal could do is looked for.
fn walk(death: Option<(usize, Moment)>) -> Walked {
    let what = format!("{death:?}");
    let mut scene = Scene::new();
    begin(&mut scene);
    scene.shim.forget();
    let mut armed = death;
    let mut go = |scene: &mut Scene, load, done: &dyn Fn(&Scene) -> bool| {
        scene.load = load;
        let mut told = Vec::new();
        for _ in 0..PATIENCE {
            if done(scene) {
                return;
            }
            if let Some((at, moment)) = armed.take() {
                let switch = scene.function().kill_switch();
                scene.shim.kill_at(at, moment, switch);
            }
            let before = scene.account.replicas();
            let records = scene.account.records();
            let tick = scene.tick();
            match tick {
                Invocation::Response(_) => {}
                Invocation::Exited(None) if scene.shim.has_struck() => {}
                other => panic!("{what}: {other:?}"),
            }
            told.push(summary(&tick));
            for lost in before.iter().filter(|id| !scene.account.replicas().contains(id)) {
                let address = tidegate_wire::shim::address(lost);
                let named = records.values().any(|record| record.value == address);
                assert!(!named, "{what}: {lost} was deleted with a record");
            }
        }
        panic!("{what}: {:?} after {PATIENCE} minutes:\n{}", scene.rest(), told.join("\n"));
    };
    go(&mut scene, Load::HOT, &|scene| !scene.account.replicas().is_empty());
    go(&mut scene, Load::CALM, &serves);
    let up = scene.rest();
    go(&mut scene, Load::IDLE, &gone);
    assert_eq!(scene.account.instances(), [SOURCE], "{what}");
    untouched_source(&scene, &what);
    Walked { up, down: scene.rest(), calls: scene.shim.calls(), died: scene.shim.has_struck() }
}

/// The calls to die after. A death between two calls leaves behind what the last write before it made, so that dying after each write is
/// dying between any two calls. Of the writes, these: each change of AWS, the one before it (the lease is taken), the one after it (the
/// change is recorded), and those that write an intent and nothing else.
fn telling(calls: &[Call]) -> BTreeSet<usize> {
    let writes: Vec<usize> = (0..calls.len()).filter(|at| calls[*at].operation.is_write()).collect();
    let mut telling = BTreeSet::new();
    for (place, at) in writes.iter().enumerate() {
        if calls[*at].operation.changes_aws() {
            telling.extend(&writes[place.saturating_sub(1)..=(place + 1).min(writes.len() - 1)]);
        }
    }
    let intents = calls.iter().enumerate().filter(|(_, call)| {
        call.operation.as_str() == "DynamoDB.TransactWriteItems" && call.request.contains("choose_victim")
    });
    telling.extend(intents.map(|(at, _)| at));
    telling
}

#[test]
fn killed_between_any_two_calls_the_next_process_goes_on() {
    let alive = walk(None);
    assert!(!alive.died);
    let telling = telling(&alive.calls);
    assert!(telling.len() > 15, "too few calls to be a way there and back: {telling:?}");
    let deaths =
        telling.into_iter().flat_map(|at| [Moment::Before, Moment::After].map(|moment| (at, moment)));
    side_by_side(deaths.collect(), |death| {
        let died = walk(Some(death));
        assert!(died.died, "{death:?}: nobody died");
        assert_eq!((&died.up, &died.down), (&alive.up, &alive.down), "{death:?}");
        let of = |name: &str| died.calls.iter().filter(|call| call.operation.as_str() == name).count();
        assert!(of("RDS.CreateDBInstanceReadReplica") <= 2, "{death:?}: it may be asked for again, once");
    });
}
