//! Direct commands and pauses of a replication group: bounds for a while, and nothing added, removed or replaced.

use tidegate_policy::history::{Lever, Refused};
use tidegate_policy::order::{Order, take};
use tidegate_policy::pause::Paused;
use tidegate_policy::reason::Reason;
use tidegate_policy::units::Count;

use super::fixture::{IDLE, NODE_TYPE, STEADY, World};
use crate::orders::{RESUME, pause};

fn sent(mut world: World, order: &Order) -> World {
    take(&world.target, &mut world.history, order, world.now).unwrap();
    world
}

fn bounds(min: Option<u32>, max: Option<u32>) -> Order {
    Order::Hold { min: min.map(Count), max: max.map(Count), until: None, sent_at: None }
}

#[test]
fn a_commanded_minimum_adds_replicas_and_ends_by_its_time() {
    let mut world = sent(World::disabled(2), &bounds(Some(4), None));
    let plan = world.plan();
    assert_eq!(
        plan.decision.explanation.to_string(),
        "scale_out_minimum: 2 is below the minimum of 4 set by the direct command of 2026-03-04T12:00:00Z"
    );
    assert_eq!(world.says(), "2 -> 4 scale_out_minimum: more replicas of sessions: shard 0001 1 -> 3");
    assert!(plan.notes.iter().any(|note| note.reason == Reason::OrderStands), "{plan}");
    world.pass(60);
    let plan = world.plan();
    assert_eq!(plan.alerts[0].explanation.reason, Reason::OrderOver, "{plan}");
    assert!(plan.actions.is_empty(), "{plan}");
}

#[test]
fn a_commanded_maximum_takes_replicas_away_whatever_the_load_and_keeps_failover() {
    let world = sent(World::disabled(4).under(STEADY), &bounds(None, Some(3)));
    assert!(world.says().starts_with("4 -> 3 scale_in_maximum"), "{}", world.says());
    let world = sent(World::disabled(2).under(STEADY), &bounds(None, Some(2)));
    assert_eq!(world.plan().decision.desired, Count(2));
    let mut refused = World::disabled(2);
    let why = take(&refused.target, &mut refused.history, &bounds(Some(1), None), refused.now).unwrap_err();
    assert_eq!(
        why.to_string(),
        "order_refused: min 1 is outside the policy's 2..6 of target \"sessions\": send a number within, or change the policy"
    );
}

/// Whoever commands has looked at what was refused before.
#[test]
fn a_command_asks_again_for_what_aws_refused() {
    let mut world = World::disabled(2);
    let retry_at = world.now + super::fixture::minutes(50);
    world.history.redis_nodes.refused_out.insert(Lever::Replicas, Refused { times: 4, retry_at });
    world.target.scaling.min = Count(3);
    assert_eq!(world.plan().actions, []);
    let world = sent(world, &bounds(Some(3), None));
    assert_eq!(world.plan().actions.len(), 1);
}

#[test]
fn paused_nodes_neither_come_nor_go_and_follow_at_once_afterwards() {
    let busy = || {
        let mut world = World::disabled(2);
        world.target.scaling.min = Count(3);
        world
    };
    for (what, grows, shrinks) in
        [(Paused::All, false, false), (Paused::In, true, false), (Paused::Out, false, true)]
    {
        let world = sent(busy(), &pause(what, 60));
        assert_eq!(world.plan().actions.len(), usize::from(grows), "{what}: {}", world.says());
        let idle = sent(World::disabled(4).under(IDLE), &pause(what, 60));
        assert_eq!(idle.plan().actions.len(), usize::from(shrinks), "{what}: {}", idle.says());
    }
    let world = sent(World::disabled(4).under(IDLE), &pause(Paused::In, 60));
    assert_eq!(world.says(), "4 -> 4 paused: nothing");
    let idle = sent(world.clone().after(10), &RESUME);
    assert!(idle.says().starts_with("4 -> 3 scale_in_thresholds"), "{}", idle.says());
    // The same where nobody resumes it.
    let over = world.after(60);
    assert!(over.says().starts_with("4 -> 3 scale_in_thresholds"), "{}", over.says());
}

/// It replaces every node, which is as much a removal as an addition.
#[test]
fn no_larger_node_type_while_anything_is_paused() {
    let full = || {
        let mut world = World::disabled(2).ladder(&[NODE_TYPE, "cache.r7g.2xlarge"], &["cache.r7g.2xlarge"]);
        world.load.memory = Some(90.0);
        // A Sunday, in the group's maintenance window.
        world.now = "2026-03-08T03:10:00Z".parse().unwrap();
        world.seen.at = world.now;
        world.measure();
        world
    };
    assert_eq!(full().plan().actions.len(), 1, "{}", full().says());
    for what in [Paused::All, Paused::In, Paused::Out] {
        let world = sent(full(), &pause(what, 60));
        let plan = world.plan();
        assert!(plan.actions.is_empty(), "{what}: {plan}");
        assert_eq!(plan.step.map(|step| step.reason), Some(Reason::Paused), "{what}");
    }
}
