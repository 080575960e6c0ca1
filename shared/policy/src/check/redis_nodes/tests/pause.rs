//! What no plan of a paused group may do; and what a direct command makes of its bounds.

use jiff::SignedDuration;

use super::fixture::World;
use crate::check::invariant;
use crate::history::{StandingOrder, StandingPause};
use crate::names::NodeType;
use crate::observation::Availability;
use crate::pause::Paused;
use crate::plan::Plan;
use crate::policy::NodeMetric;
use crate::units::Count;

fn paused(mut world: World, what: Paused) -> World {
    let (at, until) = (world.now, world.now + SignedDuration::from_mins(60));
    world.history.orders.pause = Some(StandingPause { what, at, until, told_at: at });
    world
}

fn commanded(mut world: World, min: Option<u32>, max: Option<u32>) -> World {
    let (at, until) = (world.now, world.now + SignedDuration::from_mins(60));
    let (min, max) = (min.map(Count), max.map(Count));
    world.history.orders.bounds = Some(StandingOrder { at, until, min, max });
    world
}

fn idle() -> World {
    World::clustered(&[2, 2, 2])
}

fn busy() -> World {
    World::clustered(&[2, 2, 2]).reads_all(NodeMetric::EngineCpu, 90.0)
}

#[test]
fn adds_nodes_although_additions_are_paused() {
    fn broken_planner(world: &World) -> Plan {
        world.more(&[(1, 3)])
    }
    busy().accepts(&broken_planner(&busy()));
    let in_ = paused(busy(), Paused::In);
    in_.accepts(&broken_planner(&in_));
    for what in [Paused::Out, Paused::All] {
        let world = paused(busy(), what);
        world.refuses(&broken_planner(&world), invariant::PAUSED);
        let plan = world.shards(4, &[]);
        let found = world.judge(&plan).unwrap_err();
        assert!(found.iter().any(|violation| violation.invariant == invariant::PAUSED), "{found:?}");
    }
}

#[test]
fn removes_nodes_although_removals_are_paused() {
    fn broken_planner(world: &World) -> Plan {
        world.fewer(&[(1, 1)])
    }
    idle().accepts(&broken_planner(&idle()));
    let out = paused(idle(), Paused::Out);
    out.accepts(&broken_planner(&out));
    for what in [Paused::In, Paused::All] {
        let world = paused(idle(), what);
        world.refuses(&broken_planner(&world), invariant::PAUSED);
    }
}

#[test]
fn moves_beyond_a_commanded_bound() {
    let most = |max| commanded(busy(), None, Some(max));
    most(10).accepts(&most(10).more(&[(1, 3)]));
    most(9).refuses(&most(9).more(&[(1, 3)]), invariant::NODES_IN_FORCE);
    let least = |min| commanded(idle(), Some(min), None);
    least(8).accepts(&least(8).fewer(&[(1, 1)]));
    least(9).refuses(&least(9).fewer(&[(1, 1)]), invariant::NODES_IN_FORCE);
}

#[test]
fn replaces_every_node_although_something_is_paused() {
    let of = |what: Option<Paused>| {
        let mut world = World::new();
        if let Some(what) = what {
            world = paused(world, what);
        }
        assert_eq!(world.group().status, Availability::Available);
        let larger = NodeType::new("cache.r6g.2xlarge");
        let found = world.judge(&world.grown(larger.as_str())).err().unwrap_or_default();
        found.iter().filter(|violation| violation.invariant == invariant::PAUSED).count()
    };
    assert_eq!([None, Some(Paused::In), Some(Paused::Out), Some(Paused::All)].map(of), [0, 1, 1, 2]);
}
