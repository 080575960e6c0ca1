//! Goal: a group is changed only as a whole that is at rest, and by what it is at the moment of the call. Method: nodes that take their time,
//! changes by somebody else, and a failover in the middle of an attempt.

use jiff::SignedDuration;
use tidegate_wire::plant::Traffic;
use tidegate_wire::scene::{Scene, summary};
use tidegate_wire::shim::GroupSpells;

use super::{FEWER, MORE, nothing_was_changed, reason, replicas, said, ticks, told, without};

#[test]
fn nothing_more_is_asked_for_while_a_node_is_still_creating() {
    let mut scene = Scene::of_nodes(2);
    scene
        .shim
        .redis()
        .set_spells(GroupSpells { creating: SignedDuration::from_secs(1_230), ..GroupSpells::default() });
    scene.load = Traffic { reads: 250.0, ..Traffic::CALM };
    scene.tick_until(6, "a replica was asked for", |scene| scene.forms(MORE).len() == 1);
    for minute in 0..18 {
        let tick = scene.tick();
        assert_eq!(scene.forms(MORE), [replicas(2)]);
        if minute >= 2 {
            // The group itself is available again, and its new node is not.
            assert_eq!(reason(&tick), "await_group", "{}", summary(&tick));
            assert!(summary(&tick).contains("sessions-0001-003 is creating"), "{}", summary(&tick));
        }
    }
    scene.tick_until(12, "the next one was asked for", |scene| scene.forms(MORE).len() == 2);
    assert_eq!(scene.forms(MORE)[1], replicas(3));
}

#[test]
fn what_somebody_else_does_to_a_group_is_waited_for_told_and_not_fought() {
    let mut scene = Scene::of_nodes(2);
    ticks(&mut scene, 2);
    scene.by_hand(MORE, &[("NewReplicaCount", "3")]);
    scene.load = Traffic { reads: 250.0, ..Traffic::CALM };
    for _ in 0..3 {
        let tick = scene.tick();
        assert!(
            summary(&tick).contains("group_busy") || summary(&tick).contains("await_group"),
            "{}",
            summary(&tick)
        );
    }
    nothing_was_changed(&scene, "the group is busy");
    scene.load = Traffic { reads: 150.0, ..Traffic::CALM };
    ticks(&mut scene, 8);
    let foreign = told(&scene, "foreign_write");
    assert_eq!(foreign.len(), 1, "{foreign:?}");
    nothing_was_changed(&scene, "it is taken as it is");
}

#[test]
fn a_group_that_makes_a_snapshot_is_left_until_it_is_over() {
    let mut scene = Scene::of_nodes(2);
    scene.shim.redis().set_status(Some("snapshotting"));
    scene.load = Traffic::READ;
    let last = ticks(&mut scene, 8);
    assert!(summary(&last).contains("the group is snapshotting"), "{}", summary(&last));
    nothing_was_changed(&scene, "it would be refused");
    scene.shim.redis().set_status(None);
    scene.tick_until(3, "a replica was asked for", |scene| scene.forms(MORE).len() == 1);
}

#[test]
fn a_replica_that_became_the_primary_is_not_asked_to_go() {
    let mut scene = Scene::of_nodes(3);
    // Nobody looks until the rules of the way in hold.
    ticks(&mut scene, 1);
    scene.load = Traffic::IDLE;
    for _ in 0..4 {
        scene.pass();
    }
    scene.shim.redis().fail_over_after_looks(1);
    let tick = scene.tick();
    let action = &said(&tick)["actions"][0];
    assert!(action.to_string().contains("sessions-0001-003"), "{}", summary(&tick));
    let outcome = action["outcome"].as_str().unwrap();
    assert!(outcome.starts_with("stale: "), "{outcome}");
    assert!(outcome.ends_with("sessions-0001-003 is no replica any more"), "{outcome}");
    assert!(scene.nodes()[2].is_primary, "the roles changed between the plan and the last look");
    nothing_was_changed(&scene, "the call is not made");

    // The next ones plan by the roles as they are.
    scene.tick_until(10, "two nodes are left", |scene| scene.settled() == Some(2));
    assert_eq!(scene.forms(FEWER), [without("sessions-0001-002")]);
    assert!(scene.nodes().iter().any(|node| node.id == "sessions-0001-003" && node.is_primary));
}

#[test]
fn the_last_replica_of_a_group_that_fails_over_stays() {
    let mut scene = Scene::of_nodes(2);
    let one = tidegate_wire::scene::nodes_policy("failover = false").replace("min = 2", "min = 1");
    scene.set_policy(&one);
    scene.load = Traffic::IDLE;
    let last = ticks(&mut scene, 10);
    assert_eq!(reason(&last), "failover_minimum", "{}", summary(&last));
    nothing_was_changed(&scene, "there would be nobody to take over");
}

#[test]
fn without_failover_the_last_replica_may_go() {
    let fields = [("AutomaticFailoverEnabled", "false"), ("MultiAZEnabled", "false")];
    let mut scene = Scene::of_nodes_with(2, &fields);
    let one = tidegate_wire::scene::nodes_policy("failover = false").replace("min = 2", "min = 1");
    scene.set_policy(&one);
    scene.load = Traffic::IDLE;
    scene.tick_until(15, "the primary is left", |scene| scene.settled() == Some(1));
    assert_eq!(scene.forms(FEWER), [without("sessions-0001-002")]);
    assert!(scene.nodes()[0].is_primary);
}
