//! Goal: the process may be killed around a change of a service, and the next one goes on. Method: one change with every call written down;
//! then again for each write of its attempt, killed before and after it.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tidegate_wire::function::Invocation;
use tidegate_wire::plant::Work;
use tidegate_wire::scene::{Scene, summary};
use tidegate_wire::shim::{Call, Moment};
use tidegate_wire::side_by_side::side_by_side;

use super::{REGISTER, UPDATE, asks_for, registers, told as told_of};

/// One addition, and then the work that it carries; the calls of the attempt that acts, and what was asked for in all.
fn walk(registered: bool, death: Option<(usize, Moment)>) -> (Vec<Call>, Vec<Value>) {
    let mut scene = Scene::of_service(2);
    if registered {
        scene.account.register(2, 6, &json!({}));
    }
    // Tasks run before the next process looks, so that what is pending does not tell of the change.
    scene.shim.set_starting(SignedDuration::from_secs(30));
    scene.tick();
    // Nobody looks until the rule holds.
    scene.load = Work::HOT;
    for _ in 0..4 {
        scene.pass();
    }
    scene.shim.forget();
    if let Some((at, moment)) = death {
        let switch = scene.function().kill_switch();
        scene.shim.kill_at(at, moment, switch);
    }
    let tick = scene.tick();
    let calls = scene.shim.calls();
    match (&tick, death) {
        (Invocation::Response(_), None) => {}
        (Invocation::Exited(None), Some(_)) => assert!(scene.shim.has_struck()),
        _ => panic!("{death:?}: {}", summary(&tick)),
    }
    let mut told = Vec::new();
    for _ in 0..8 {
        let tick = scene.tick();
        assert!(matches!(tick, Invocation::Response(_)), "{death:?}: {tick:?}");
        told.push(summary(&tick));
    }
    assert_eq!(scene.desired(), 3, "{death:?}: {}", told.join("\n"));
    assert!(told_of(&scene, "foreign_write").is_empty(), "{death:?}: its own change is nobody else's");
    (calls, scene.asked(if registered { REGISTER } else { UPDATE }))
}

#[test]
fn killed_around_a_change_of_a_service_the_next_process_goes_on() {
    let mut deaths = Vec::new();
    for registered in [false, true] {
        let (calls, asked) = walk(registered, None);
        let wanted = if registered { registers(3, 6) } else { asks_for(3) };
        assert_eq!(asked, std::slice::from_ref(&wanted));
        let writes: Vec<usize> = (0..calls.len()).filter(|at| calls[*at].operation.is_write()).collect();
        assert_eq!(
            writes.len(),
            5,
            "the lease, the intent, the change, the record, what was published: {calls:?}"
        );
        for at in writes {
            deaths.extend(
                [Moment::Before, Moment::After].map(|moment| (registered, at, moment, wanted.clone())),
            );
        }
    }
    side_by_side(deaths, |(registered, at, moment, wanted)| {
        let (_, asked) = walk(registered, Some((at, moment)));
        assert!(!asked.is_empty() && asked.iter().all(|one| *one == wanted), "{at} {moment:?}: {asked:?}");
    });
}
