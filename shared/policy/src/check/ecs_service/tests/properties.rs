//! Whatever takes capacity away never passes while a deployment runs, tasks come up or data is missing; and whatever is given, there is an answer.

use proptest::prelude::*;

use super::fixture::{World, on_demand, share};
use crate::check::invariant;
use crate::observation::{Reading, Rollout};
use crate::plan::{Action, EcsServiceAction, Plan};
use crate::policy::ServiceMetric;
use crate::units::Count;

#[derive(Clone, Copy, Debug)]
enum Obstacle {
    Rollout(Rollout),
    TwoDeployments,
    Pending,
    NoData,
    Event,
}

fn obstacle() -> impl Strategy<Value = Obstacle> {
    prop_oneof![
        prop_oneof![Just(Rollout::InProgress), Just(Rollout::Failed)].prop_map(Obstacle::Rollout),
        Just(Obstacle::TwoDeployments),
        Just(Obstacle::Pending),
        Just(Obstacle::NoData),
        Just(Obstacle::Event),
    ]
}

/// A world of so many tasks, of 2 to 20 at most, with or without a scalable target.
fn world() -> impl Strategy<Value = World> {
    (3u32..=20, prop::option::of((2u32..=20, 2u32..=20)), any::<bool>()).prop_map(
        |(tasks, native, raised)| {
            let mut world = match native {
                Some((one, other)) => World::native(one.min(other), one.max(other)),
                None => World::new(),
            };
            world.target.scaling.max = Count(20);
            if raised {
                world.history.ecs_service.signal_floor = native.map(|(one, other)| Count(one.min(other)));
            }
            world.running(tasks)
        },
    )
}

/// Something that takes capacity away: a lower count, or bounds of which one is lower or lies below the capacity.
fn lowering(world: &World, one: u32, other: u32) -> Option<Plan> {
    let desired = world.seen.look.service.as_ref()?.desired.0;
    match world.seen.look.scalable.as_ref().map(|registered| registered.bounds) {
        None => (one < desired).then(|| world.desired(one)),
        Some(from) => {
            let (min, max) = (one.min(other), one.max(other));
            let lowers = min < from.min.0 || max < from.max.0 || max < desired;
            lowers.then(|| world.bounds_by_signals(min, max))
        }
    }
}

/// All of it but a registered minimum that no signal had raised.
fn needs_data(world: &World, plan: &Plan) -> bool {
    plan.actions.iter().any(|action| match action {
        Action::EcsService(EcsServiceAction::SetBounds(set)) => {
            let tasks = world.seen.look.service.as_ref().is_some_and(|service| set.to.max < service.desired);
            let floor = world.history.ecs_service.signal_floor;
            tasks || set.to.max < set.from.max || floor.is_some_and(|floor| set.to.min < floor)
        }
        _ => true,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_taken_away_past_an_obstacle(
        world in world(), one in 0u32..=20, other in 0u32..=20, obstacle in obstacle(),
    ) {
        let mut world = world;
        let Some(plan) = lowering(&world, one, other) else { return Ok(()) };
        let named = match obstacle {
            Obstacle::Rollout(rollout) => {
                world.rollout(rollout);
                invariant::ROLLOUT
            }
            Obstacle::TwoDeployments => {
                let twin = world.service().deployments[0].clone();
                world.service().deployments.push(twin);
                invariant::ROLLOUT
            }
            Obstacle::Pending => {
                let service = world.service();
                service.running = service.desired.minus(Count::ONE);
                invariant::PENDING
            }
            Obstacle::NoData => {
                world.seen.signals.insert(ServiceMetric::Cpu, Reading::Missing);
                invariant::SERVICE_DATA
            }
            Obstacle::Event => {
                world = world.event(0, Some(20));
                invariant::PLANNED_EVENT
            }
        };
        let found = world.judge(&plan).err().unwrap_or_default();
        let named_it = found.iter().any(|found| found.invariant == named);
        // A registered minimum that no signal raised is the clock's to lower, without data and whoever waits.
        let excused = matches!(obstacle, Obstacle::NoData | Obstacle::Pending) && !needs_data(&world, &plan);
        prop_assert_eq!(named_it, !excused, "{} {:?}: {:?}", plan, obstacle, found);
    }

    #[test]
    fn odd_input_is_judged_like_any_other(
        world in world(), one in any::<u32>(), other in any::<u32>(), minutes in -10_000_000i64..10_000_000,
        per_task in 0u32..3, expected in any::<u32>(), members in any::<u32>(), seconds in any::<i64>(),
    ) {
        let mut world = world.event(minutes % 10_000, Some(other));
        let event = &mut world.ecs().events[0];
        (event.per_task, event.expected) = (per_task, expected);
        event.descent.members = Count(members);
        event.descent.period = jiff::SignedDuration::from_secs(seconds);
        event.lead = jiff::SignedDuration::from_secs(seconds);
        world.target.scaling.min = Count(one);
        world.target.scaling.windows.push(super::fixture::window("00:00", "24:00", Some(other), Some(one)));
        world.target.scaling.windows[0].over = jiff::SignedDuration::from_secs(seconds);
        for plan in [
            world.rests(),
            world.desired(one),
            world.bounds(one, other),
            world.bounds_by_signals(other, one),
            world.strategy(share()),
            world.strategy(on_demand()),
            world.warm(),
        ] {
            let _ = world.judge(&plan);
        }
    }
}
