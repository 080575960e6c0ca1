//! What becomes of a change: seen at work, done, refused, not carried out, lost, or somebody else's.

use tidegate_policy::history::Lever;
use tidegate_policy::observation::Availability;
use tidegate_policy::plan::{Action, RedisNodesAction};
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_policy::units::Count;

use super::fixture::{IDLE, Load, STEADY, World};

const READS: Load = Load { replica_cpu: Some(85.0), ..STEADY };
const APPLIED: Outcome = Outcome::Applied { change: None };

fn failed(class: FailureClass) -> Outcome {
    Outcome::Failed { class, message: "refused".to_owned() }
}

fn busy(world: &mut World, word: &str) {
    world.group().status = Availability::Other(word.to_owned());
}

#[test]
fn what_is_asked_for_is_in_the_ledger_first() {
    let plan = World::disabled(3).under(READS).plan();
    let changing = plan.history.redis_nodes.changing.as_ref().unwrap();
    assert!(plan.write_ahead && plan.history.in_transition && !changing.begun);
    assert_eq!(plan.history.decisions, 1);
}

#[test]
fn a_change_under_way_is_waited_for_and_then_done() {
    let mut world = World::disabled(3).under(READS);
    let asked = world.ask(&APPLIED);
    world.pass(1);
    // Not shown yet.
    assert_eq!(world.step().step.unwrap().reason.code(), "await_group");
    busy(&mut world, "modifying");
    assert_eq!(world.step().decision.explanation.reason.code(), "transition_in_progress");
    assert!(world.history.redis_nodes.changing.as_ref().unwrap().begun);
    world.group().status = Availability::Available;
    world.done(&asked.actions[0]);
    world.pass(1);
    let plan = world.step();
    assert_eq!(plan.history.redis_nodes.changing, None);
    assert_eq!(plan.history.scaled_out.unwrap().to, Count(4));
}

#[test]
fn a_call_that_was_never_made_is_made_again() {
    let mut world = World::disabled(3).under(READS);
    // The attempt died behind its memory and before its call.
    world.history = world.plan().history;
    world.pass(1);
    assert!(world.plan().actions.is_empty());
    world.pass(1);
    assert!(matches!(
        world.plan().actions.as_slice(),
        [Action::RedisNodes(RedisNodesAction::IncreaseReplicas(_))]
    ));
    assert!(world.plan().history.redis_nodes.refused_out.is_empty());
}

#[test]
fn an_answer_that_was_lost_is_found_in_the_account() {
    let mut world = World::disabled(3).under(READS);
    let asked = world.ask(&failed(FailureClass::RetryNextWake));
    assert!(world.history.redis_nodes.changing.is_some());
    world.pass(1);
    busy(&mut world, "modifying");
    let _ = world.step();
    world.group().status = Availability::Available;
    world.done(&asked.actions[0]);
    world.measure();
    let plan = world.step();
    assert_eq!(plan.history.scaled_out.unwrap().to, Count(4));
    assert!(plan.alerts.is_empty(), "{plan}");
}

#[test]
fn what_aws_refuses_is_asked_for_ever_more_rarely_and_the_other_way_stays_open() {
    let mut world = World::disabled(3).under(READS);
    let mut asked_at = Vec::new();
    for minute in 0..200_i64 {
        if !world.ask(&failed(FailureClass::PersonNeeded)).actions.is_empty() {
            asked_at.push(minute);
        }
        world.pass(1);
    }
    assert_eq!(asked_at, [0, 10, 30, 70, 130, 190]);
    assert_eq!(world.alerts(), ["change_refused"]);
    assert_eq!(world.says(), "3 -> 3 change_refused: nothing");
    assert!(matches!(
        world.under(IDLE).plan().actions.as_slice(),
        [Action::RedisNodes(RedisNodesAction::DecreaseReplicas(_))]
    ));
}

#[test]
fn a_refused_removal_holds_no_addition_back() {
    let mut world = World::disabled(4).under(IDLE);
    let _ = world.ask(&failed(FailureClass::PersonNeeded));
    world.pass(1);
    assert_eq!(world.says(), "4 -> 4 change_refused: nothing");
    assert!(matches!(
        world.under(READS).plan().actions.as_slice(),
        [Action::RedisNodes(RedisNodesAction::IncreaseReplicas(_))]
    ));
}

#[test]
fn a_change_that_ends_without_what_was_asked_for_is_told_and_backs_off() {
    let full = Load { memory: Some(90.0), ..STEADY };
    let mut world = World::enabled(2, 1).shards(2, 4).under(full);
    let _ = world.ask(&APPLIED);
    world.pass(1);
    busy(&mut world, "modifying");
    let _ = world.step();
    world.group().status = Availability::Available;
    let plan = world.step();
    let told = &plan.alerts.iter().find(|alert| alert.key.is_none()).unwrap().explanation;
    assert_eq!(told.reason.code(), "change_failed");
    assert!(
        told.detail.contains("256 MB") && told.detail.contains("reserved-memory-percent"),
        "{}",
        told.detail
    );
    assert_eq!(plan.decision.explanation.reason.code(), "change_refused");
    assert_eq!(plan.history.redis_nodes.refused_out[&Lever::Shards].times, 1);
    // Reads are another lever.
    let busy_too = Load { replica_cpu: Some(90.0), memory: Some(50.0), ..STEADY };
    assert!(matches!(
        world.under(busy_too).plan().actions.as_slice(),
        [Action::RedisNodes(RedisNodesAction::IncreaseReplicas(_))]
    ));
}

#[test]
fn a_plan_that_was_stale_is_made_anew() {
    let mut world = World::disabled(4).under(IDLE);
    let _ = world.ask(&Outcome::Stale { why: "the roles have changed".to_owned() });
    assert_eq!(world.history.redis_nodes.changing, None);
    world.pass(1);
    assert!(matches!(
        world.plan().actions.as_slice(),
        [Action::RedisNodes(RedisNodesAction::DecreaseReplicas(_))]
    ));
}

#[test]
fn what_somebody_else_changes_is_taken_as_it_is_and_told() {
    let mut world = World::disabled(3).under(READS);
    world.load = IDLE;
    world.target.scaling.min = Count(3);
    world.measure();
    let _ = world.step();
    let node = super::fixture::new_node("sessions-009");
    world.group().shards[0].nodes.push(tidegate_policy::observation::Node {
        role: tidegate_policy::observation::Role::Replica,
        ..node
    });
    world.measure();
    let plan = world.step();
    let told: Vec<_> = plan.alerts.iter().map(|alert| alert.explanation.reason.code()).collect();
    assert_eq!(told, ["foreign_write"]);
    // It is not undone in the minute in which it was found.
    assert_eq!(plan.decision.explanation.reason.code(), "cooldown_in");
    assert!(world.plan().alerts.is_empty());
}

#[test]
fn a_failover_is_nobodys_change() {
    let mut world = World::disabled(3);
    let _ = world.step();
    world.node("sessions-001").role = tidegate_policy::observation::Role::Replica;
    world.node("sessions-002").role = tidegate_policy::observation::Role::Primary;
    world.measure();
    assert!(world.plan().alerts.is_empty());
}
