//! What holds in every world: bounds, the fixed point, missing data, one lever, and the checker's consent.

use proptest::prelude::*;
use tidegate_policy::history::{Asked, Recommended, ScaledOut};
use tidegate_policy::observation::{Reading, Rollout, Suspended};
use tidegate_policy::order::{Order, take};
use tidegate_policy::plan::{Action, EcsServiceAction};
use tidegate_policy::policy::{Comparison, ServiceMetric, Signal};
use tidegate_policy::units::Count;

use super::fixture::{World, deployment, level, minutes, rule, sale, track, window};

prop_compose! {
    /// A service in any state that the port can tell of.
    fn world()(
        desired in 0u32..14,
        short in 0u32..3,
        rolling in prop::bool::weighted(0.2),
        registered in prop::option::of((0u32..6, 2u32..14)),
        suspended in prop::array::uniform3(prop::bool::weighted(0.1)),
        (cpu, memory, requests) in (level_of(100.0), level_of(100.0), level_of(12_000.0)),
        (errors, latency) in (level_of(200.0), level_of(3.0)),
        tracked in any::<bool>(),
        windowed in prop::option::of((0u32..5, any::<bool>())),
        hour in 0i64..30,
        ordered in prop::option::of((2u32..=10, prop::option::of(2u32..=10))),
        since in (prop::option::of(0i64..20), prop::option::of(0i64..20)),
        quarrel in 0usize..4,
        asked in prop::option::of(0u32..14),
        has_event in any::<bool>(),
        has_rules in prop::bool::weighted(0.8),
    ) -> World {
        let mut world = World::steady(desired);
        if let Some((min, max)) = registered {
            world = world.registered(min.min(max), max);
            let [scaling_in, scaling_out, scheduled] = suspended;
            world.scalable().suspended = Suspended { scaling_in, scaling_out, scheduled };
        }
        world.go_to(world.now + minutes(hour * 30));
        let now = world.now;
        for (metric, value) in [
            (ServiceMetric::Cpu, cpu),
            (ServiceMetric::Memory, memory),
            (ServiceMetric::Requests, requests),
            (ServiceMetric::Errors, errors),
            (ServiceMetric::Latency, latency),
        ] {
            world.seen.signals.insert(metric, value.map_or(Reading::Missing, |value| level(value, now)));
        }
        world.service().running = Count(desired.saturating_sub(short));
        if rolling {
            world.service().deployments.push(deployment("next", true, Rollout::InProgress));
        }
        let scaling = &mut world.target.scaling;
        scaling.scale_out.push(rule(Signal::Latency, Comparison::Above, 1.0, 5));
        scaling.scale_out.push(rule(Signal::ErrorRate, Comparison::Above, 1.0, 5));
        if tracked {
            scaling.track = vec![track(Signal::RequestsPerTarget, 1_000.0)];
        }
        if !has_rules {
            scaling.scale_out.clear();
            scaling.scale_in.clear();
            scaling.track.clear();
        }
        if let Some((min, closed)) = windowed {
            scaling.windows.push(window("08:00", "22:00", "Europe/Madrid", Some(min + 2), None));
            if closed {
                scaling.windows.push(window("20:00", "24:00", "UTC", None, Some(3)));
            }
        }
        if has_event {
            world.ecs().events.push(sale());
        }
        if let Some((count, other)) = ordered {
            let (min, max) = (count.min(other.unwrap_or(count)), count.max(other.unwrap_or(count)));
            let order = Order::Hold { min: Some(Count(min)), max: other.map(|_| Count(max)), until: None, sent_at: None };
            take(&world.target, &mut world.history, &order, now).unwrap();
        }
        world.history.recommendations = vec![Recommended { at: now - minutes(60), desired: Count::ZERO }];
        world.history.scaled_out = since.0.map(|ago| ScaledOut { at: now - minutes(ago), from: Count(1), to: Count(3) });
        world.history.scaled_in_at = since.1.map(|ago| now - minutes(ago));
        world.history.ecs_service.foreign_writes = (0..quarrel).map(|_| now - minutes(10)).collect();
        world.history.ecs_service.asked = asked.map(|asked| Asked::Desired(Count(asked)));
        world
    }
}

/// A level, or nothing.
fn level_of(most: f64) -> impl Strategy<Value = Option<f64>> {
    prop::option::weighted(0.85, 0.0..most)
}

fn removes(plan: &tidegate_policy::plan::Plan, world: &World) -> bool {
    plan.actions.iter().any(|action| match action {
        Action::EcsService(EcsServiceAction::SetDesiredCount(set)) => set.to < set.from,
        Action::EcsService(EcsServiceAction::SetBounds(set)) => {
            set.to.max < world.seen.look.service.as_ref().unwrap().desired
        }
        _ => false,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_of_a_service_passes_the_checker(world in world()) {
        // `World::plan` holds every plan to it.
        let _ = world.plan();
    }

    #[test]
    fn bounds_are_kept_by_every_plan_of_a_service(world in world()) {
        let most = if matches!(&world.target.kind, tidegate_policy::policy::TargetKind::EcsService(ecs) if !ecs.events.is_empty()) { 12 } else { 10 };
        for action in &world.plan().actions {
            match action {
                Action::EcsService(EcsServiceAction::SetDesiredCount(set)) => prop_assert!((2..=most).contains(&set.to.0), "{}", action),
                Action::EcsService(EcsServiceAction::SetBounds(set)) => {
                    prop_assert!(set.to.min <= set.to.max, "{}", action);
                }
                _ => {}
            }
        }
    }

    #[test]
    fn with_a_scalable_target_the_desired_count_is_never_moved(world in world()) {
        let registered = world.seen.look.scalable.is_some();
        for action in &world.plan().actions {
            prop_assert!(!matches!((action, registered), (Action::EcsService(EcsServiceAction::SetDesiredCount(_)), true) | (Action::EcsService(EcsServiceAction::SetBounds(_)), false)));
        }
    }

    #[test]
    fn missing_data_takes_no_task_away(mut world in world()) {
        for reading in world.seen.signals.values_mut() {
            *reading = Reading::Missing;
        }
        world.history.orders.bounds = None;
        world.target.scaling.windows.retain(|window| window.max.is_none());
        world.target.scaling.scale_in = vec![rule(Signal::Cpu, Comparison::Below, 40.0, 25)];
        world.service().desired = world.service().desired.min(Count(10));
        let plan = world.plan();
        prop_assert!(!removes(&plan, &world), "{}", plan);
    }

    #[test]
    fn a_rollout_takes_no_task_away(mut world in world()) {
        world.service().deployments.push(deployment("another", true, Rollout::InProgress));
        let plan = world.plan();
        prop_assert!(!removes(&plan, &world), "{}", plan);
    }

    #[test]
    fn planning_on_a_reached_state_of_a_service_plans_nothing(mut world in world()) {
        world.service().running = world.service().desired;
        world.service().deployments.truncate(1);
        world.history.ecs_service.foreign_writes.clear();
        // What is done needs a while to be seen; then the same world asks for no more than steps of signals.
        let mut deeds = Vec::new();
        for _ in 0..12 {
            let before = world.now;
            let plan = world.step();
            deeds.push(plan.actions.len());
            world.now = before;
            world.seen.at = before;
            world.history.ecs_service.asked_at = None;
        }
        prop_assert_eq!(deeds.last(), Some(&0), "{:?}", deeds);
    }
}
