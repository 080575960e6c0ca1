//! Spot: the policy's share, on demand while there is none to be had, and back; never without being asked to.

use tidegate_policy::observation::{DeploymentController, Rollout};
use tidegate_policy::plan::{Action, LastLook, may_still_change};
use tidegate_policy::policy::Spot;
use tidegate_policy::reason::Reason;
use tidegate_policy::record::{FailureClass, Outcome, settle};
use tidegate_policy::units::{Count, Percent};

use super::fixture::{World, deployment, item, minutes, sale};

pub(super) fn spotted() -> World {
    let mut world = World::steady(6);
    world.ecs().spot =
        Some(Spot { share: Percent(75.0), base: Count(2), retry_after: minutes(30), force_deployment: true });
    world.service().strategy = vec![item("FARGATE", 25, 2), item("FARGATE_SPOT", 75, 0)];
    world
}

/// Two Spot tasks were taken, and nothing takes their place.
fn drought() -> World {
    let mut world = spotted();
    world.service().running = Count(4);
    world.service().unplaced_at = Some(world.now - minutes(2));
    world
}

const SHARED: &str = "capacity providers of production/api: FARGATE weight 25 base 2 FARGATE_SPOT weight 75 base 0 (with a forced deployment)";
const ON_DEMAND: &str =
    "capacity providers of production/api: FARGATE weight 1 base 0 (with a forced deployment)";

fn deed(world: &World) -> String {
    world.plan().actions.iter().map(Action::to_string).collect()
}

#[test]
fn a_service_is_given_the_policys_share_at_rest() {
    let mut world = spotted();
    assert_eq!(deed(&world), "", "in whatever order ECS answers");
    world.service().strategy.reverse();
    assert_eq!(deed(&world), "");
    world.service().strategy = vec![item("FARGATE", 1, 0)];
    assert_eq!(deed(&world), SHARED);
    world.service().deployments[0].rollout = Rollout::InProgress;
    assert_eq!(deed(&world), "", "one deployment at a time");
}

#[test]
fn all_on_spot_needs_no_line_of_fargate() {
    let mut world = spotted();
    world.ecs().spot = Some(Spot {
        share: Percent(100.0),
        base: Count(0),
        retry_after: minutes(30),
        force_deployment: true,
    });
    assert_eq!(
        deed(&world),
        "capacity providers of production/api: FARGATE_SPOT weight 100 base 0 (with a forced deployment)"
    );
}

#[test]
fn without_spot_capacity_it_goes_on_demand_and_comes_back_later() {
    let mut world = drought();
    assert_eq!(deed(&world), ON_DEMAND);
    let plan = world.step();
    assert_eq!(plan.step.unwrap().reason, Reason::UseOnDemand);
    // It has to settle first, and then its time has to pass.
    assert_eq!(deed(&world), "");
    world.service().running = Count(6);
    assert_eq!(deed(&world), "");
    world.go_to(world.now + minutes(29));
    assert_eq!(deed(&world), SHARED);
    let plan = world.step();
    assert_eq!(plan.step.unwrap().reason, Reason::UseSpot);
    assert_eq!(world.history.ecs_service.fallback, None);
}

/// Goal: an attempt that dies between its memory and its call costs minutes, not the whole `retry_after` with tasks missing. Method: only the
/// memory of the plan is kept, and the drought goes on.
#[test]
fn a_fallback_that_was_written_down_and_never_made_is_made_soon() {
    let mut world = drought();
    world.history = world.plan().history;
    for minute in 1..=5 {
        assert_eq!(deed(&world), "", "minute {minute}: no second deployment on the heels of the first");
        world.go_to(world.now + minutes(1));
        world.service().unplaced_at = Some(world.now - minutes(1));
    }
    assert_eq!(deed(&world), ON_DEMAND);
}

#[test]
fn an_old_event_and_a_service_that_misses_nothing_are_no_reason_to_leave_spot() {
    let mut world = drought();
    world.service().unplaced_at = Some(world.now - minutes(30));
    assert_eq!(deed(&world), "");
    let mut world = drought();
    world.service().running = Count(6);
    assert_eq!(deed(&world), "");
}

#[test]
fn no_deployment_is_forced_during_a_planned_event_unless_tasks_are_missing() {
    let at = |now: &str| {
        let mut world = spotted().at(now);
        world.ecs().events.push(sale());
        (world.service().desired, world.service().running) = (Count(12), Count(12));
        world.service().strategy = vec![item("FARGATE", 1, 0)];
        world
    };
    let mut world = at("2026-03-04T18:30:00Z");
    assert_eq!(deed(&world), "");
    world.service().strategy = vec![item("FARGATE", 50, 2), item("FARGATE_SPOT", 50, 0)];
    world.service().running = Count(8);
    world.service().unplaced_at = Some(world.now - minutes(1));
    assert_eq!(deed(&world), ON_DEMAND);
    assert_eq!(deed(&at("2026-03-04T20:01:00Z")), SHARED, "the event is over");
}

#[test]
fn a_rollout_that_waits_for_spot_does_not_wait_for_ever() {
    let mut world = drought();
    world.service().deployments.push(deployment("ecs-svc/2", true, Rollout::InProgress));
    world.service().deployments[0].primary = false;
    let plan = world.plan();
    let [action] = &plan.actions[..] else { panic!("{plan}") };
    assert_eq!(action.to_string(), ON_DEMAND);
    assert_eq!(may_still_change(&world.target, action, &world.look()), LastLook::Go);
    // Once the tasks are there it is an ordinary rollout again.
    world.service().running = Count(6);
    assert!(matches!(may_still_change(&world.target, action, &world.look()), LastLook::Stop(_)));
}

#[test]
fn nothing_is_deployed_that_was_not_asked_for() {
    let told = |change: &dyn Fn(&mut World)| {
        let mut world = drought();
        change(&mut world);
        let plan = world.plan();
        assert!(plan.actions.is_empty(), "{plan}");
        plan.notes[0].reason
    };
    assert_eq!(
        told(&|world| world.ecs().spot.as_mut().unwrap().force_deployment = false),
        Reason::DeploymentNeeded
    );
    assert_eq!(
        told(&|world| world.service().strategy.push(item("my-instances", 1, 0))),
        Reason::StrategyNotOurs
    );
    assert_eq!(
        told(&|world| {
            world.service().running = Count(6);
            world.service().strategy.clear();
            world.service().launch_type = Some("EC2".to_owned());
        }),
        Reason::StrategyNotOurs
    );
    assert_eq!(
        told(&|world| world.service().controller = DeploymentController::CodeDeploy),
        Reason::StrategyNotOurs
    );
    let mut world = drought();
    world.ecs().spot = None;
    assert!(world.plan().actions.is_empty() && world.plan().notes.is_empty());
}

#[test]
fn the_last_look_knows_a_strategy_in_whatever_order_ecs_answers_it() {
    let mut world = drought();
    let plan = world.plan();
    let [action] = &plan.actions[..] else { panic!("{plan}") };
    world.service().strategy.reverse();
    assert_eq!(may_still_change(&world.target, action, &world.look()), LastLook::Go);
    world.service().strategy = vec![item("FARGATE_SPOT", 100, 0)];
    assert!(matches!(may_still_change(&world.target, action, &world.look()), LastLook::Stop(_)));
}

#[test]
fn a_strategy_that_aws_refuses_is_not_asked_for_every_minute() {
    let mut world = spotted();
    world.service().strategy = vec![item("FARGATE", 1, 0)];
    let plan = world.plan();
    let refused = Outcome::Failed { class: FailureClass::PersonNeeded, message: "no".to_owned() };
    world.history = settle(plan.history, &[(plan.actions[0].clone(), refused)], world.now);
    world.go_to(world.now + minutes(1));
    assert_eq!(deed(&world), "");
    world.go_to(world.now + minutes(60));
    assert_eq!(deed(&world), SHARED);
}
