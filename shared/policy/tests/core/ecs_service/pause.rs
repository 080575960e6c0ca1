//! A paused service: its count and its bounds rest, whatever signals, windows and commands say, and what is wanted follows at once afterwards.

use tidegate_policy::history::Fallback;
use tidegate_policy::order::{Order, take};
use tidegate_policy::pause::Paused;
use tidegate_policy::policy::{ServiceMetric, Spot};
use tidegate_policy::reason::Reason;
use tidegate_policy::units::{Count, Percent};

use super::fixture::{World, item, minutes, window};
use crate::orders::{RESUME, pause};

fn sent(mut world: World, order: &Order) -> World {
    take(&world.target, &mut world.history, order, world.now).unwrap();
    world
}

fn busy() -> World {
    let mut world = World::steady(4);
    world.signal(ServiceMetric::Cpu, 90.0);
    world
}

#[test]
fn a_paused_count_rests_and_follows_at_once_afterwards() {
    let moves = |world: &World| world.plan().actions.len();
    for (what, grows, shrinks) in [(Paused::All, 0, 0), (Paused::In, 1, 0), (Paused::Out, 0, 1)] {
        let (more, fewer) = (sent(busy(), &pause(what, 60)), sent(World::idle(6), &pause(what, 60)));
        assert_eq!((moves(&more), moves(&fewer)), (grows, shrinks), "{what}");
    }
    let mut world = sent(busy(), &pause(Paused::Out, 30));
    assert_eq!(world.says(), "4 -> 4 paused: nothing");
    for _ in 0..29 {
        let _ = world.step();
    }
    world.signal(ServiceMetric::Cpu, 90.0);
    assert_eq!(world.says(), "4 -> 4 paused: nothing");
    world.go_to(world.now + minutes(1));
    world.signal(ServiceMetric::Cpu, 90.0);
    assert_eq!(world.says(), "4 -> 5 scale_out_threshold: desired count of production/api: 4 -> 5");
    assert_eq!(world.plan().alerts[0].explanation.reason, Reason::PauseEnded);
}

/// What a removal must have stood for has stood during the pause: a resumed target waits no longer than one that was never paused.
#[test]
fn stabilization_looks_back_through_a_pause() {
    let stabilized = |order: Option<Order>| {
        let mut world = World::idle(6);
        world.target.scaling.stabilization.in_ = minutes(10);
        if let Some(order) = order {
            world = sent(world, &order);
        }
        for _ in 0..15 {
            let _ = world.step();
        }
        world
    };
    let never = stabilized(None);
    assert!(never.seen.look.service.as_ref().unwrap().desired < Count(6));
    let paused = stabilized(Some(pause(Paused::All, 600)));
    assert_eq!(paused.seen.look.service.as_ref().unwrap().desired, Count(6));
    let resumed = sent(paused, &RESUME);
    assert_eq!(resumed.says(), "6 -> 5 scale_in_thresholds: desired count of production/api: 6 -> 5");
}

#[test]
fn bounds_of_a_scalable_target_rest_too() {
    let mut wider = World::steady(4).registered(2, 8);
    wider.target.scaling.windows.push(window("08:00", "22:00", "UTC", Some(6), None));
    let mut narrower = World::steady(4).registered(6, 12);
    narrower.service().desired = Count(6);
    narrower.service().running = Count(6);
    for (what, opens, closes) in [
        (Paused::All, "nothing", "nothing"),
        (Paused::In, "bounds of production/api: 2..8 -> 6..10", "nothing"),
        (Paused::Out, "nothing", "bounds of production/api: 6..12 -> 2..10"),
    ] {
        let deed = |world: &World| {
            let said = sent(world.clone(), &pause(what, 60)).says();
            said.split_once(": ").unwrap().1.to_owned()
        };
        assert_eq!((deed(&wider).as_str(), deed(&narrower).as_str()), (opens, closes), "{what}");
    }
}

/// A command that was sent before is followed once the pause is over.
#[test]
fn a_pause_stands_above_a_command() {
    let order = Order::Hold { min: Some(Count(8)), max: Some(Count(8)), until: None, sent_at: None };
    let world = sent(sent(World::steady(4), &order), &pause(Paused::All, 30));
    assert_eq!(world.says(), "4 -> 4 paused: nothing");
    let world = sent(world, &RESUME);
    assert_eq!(world.says(), "4 -> 8 scale_out_minimum: desired count of production/api: 4 -> 8");
}

/// AWS takes a new strategy only with a forced deployment, which replaces every task.
#[test]
fn no_strategy_is_deployed_while_anything_is_paused() {
    let mut world = World::steady(4);
    world.ecs().spot =
        Some(Spot { share: Percent(70.0), base: Count(1), retry_after: minutes(30), force_deployment: true });
    world.service().strategy = vec![item("FARGATE", 1, 0)];
    world.history.ecs_service.fallback =
        Some(Fallback { since: world.now - minutes(40), retry_at: world.now - minutes(10) });
    assert_eq!(world.plan().actions.len(), 1, "{}", world.says());
    for what in [Paused::All, Paused::In, Paused::Out] {
        let plan = sent(world.clone(), &pause(what, 60)).plan();
        assert!(plan.actions.is_empty(), "{what}: {plan}");
    }
}
