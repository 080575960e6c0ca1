//! Goal: the process may be killed between any two calls around a change of a group, and the next one goes on. Method: one change with every call
//! written down; then again for each call of its attempt, killed before the first and after every one.

use tidegate_wire::function::Invocation;
use tidegate_wire::plant::Traffic;
use tidegate_wire::scene::{Scene, summary};
use tidegate_wire::shim::{Call, Moment};
use tidegate_wire::side_by_side::side_by_side;

use super::{FEWER, MORE, replicas, told as told_of, without};

/// One change, and then traffic that it bears; the calls of the attempt that acts, and what was asked for in all.
fn walk(out: bool, death: Option<(usize, Moment)>) -> (Vec<Call>, Vec<String>) {
    let mut scene = Scene::of_nodes(if out { 2 } else { 3 });
    scene.tick();
    // Nobody looks until the rule holds.
    scene.load = if out { Traffic::READ } else { Traffic::IDLE };
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
    for _ in 0..14 {
        let tick = scene.tick();
        assert!(matches!(tick, Invocation::Response(_)), "{death:?}: {tick:?}");
        told.push(summary(&tick));
    }
    assert_eq!(scene.settled(), Some(if out { 3 } else { 2 }), "{death:?}: {}", told.join("\n"));
    assert!(told_of(&scene, "foreign_write").is_empty(), "{death:?}: its own change is nobody else's");
    (calls, scene.forms(if out { MORE } else { FEWER }))
}

#[test]
fn killed_between_any_two_calls_of_a_group_the_next_process_goes_on() {
    let mut deaths = Vec::new();
    for out in [true, false] {
        let (calls, asked) = walk(out, None);
        let wanted = if out { replicas(2) } else { without("sessions-0001-003") };
        assert_eq!(asked, std::slice::from_ref(&wanted));
        let writes = calls.iter().filter(|call| call.operation.is_write()).count();
        assert_eq!(writes, 5, "the lease, the intent, the change, the record, what was published: {calls:?}");
        let between = (0..calls.len()).map(|at| (at, Moment::After));
        deaths.extend(
            [(0, Moment::Before)].into_iter().chain(between).map(|death| (out, death, wanted.clone())),
        );
    }
    side_by_side(deaths, |(out, death, wanted)| {
        let (_, asked) = walk(out, Some(death));
        // Once, whenever it died: what was made is seen, and only what was not is asked for.
        assert_eq!(asked, [wanted], "{death:?}");
    });
}
