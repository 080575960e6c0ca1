//! What no plan of paused replicas may do, and what it may; and what no plan may begin beside a direct command.

use jiff::SignedDuration;

use super::fixture::{Begin, World, id};
use super::removal::{drain_begins, two};
use crate::check::invariant;
use crate::history::{StandingOrder, StandingPause};
use crate::names::DecisionId;
use crate::pause::Paused;
use crate::plan::{Ending, Plan};
use crate::units::Count;

fn paused(mut world: World, what: Paused, minutes: i64) -> World {
    let until = world.now + SignedDuration::from_mins(minutes);
    let at = world.ago(60);
    world.history.orders.pause = Some(StandingPause { what, at, until, told_at: at });
    world
}

/// Refused while this is paused, and sound while the other direction is, or nothing is any more.
#[track_caller]
fn refused_only_under(what: Paused, world: &World, broken_planner: fn(&World) -> Plan) {
    let other = if what == Paused::In { Paused::Out } else { Paused::In };
    for sound in [world.clone(), paused(world.clone(), other, 60), paused(world.clone(), what, 0)] {
        let mut plan = broken_planner(&sound);
        if plan.history.orders.pause.as_ref().is_some_and(|pause| pause.until <= sound.now) {
            plan.history.orders.pause = None;
        }
        sound.accepts(&plan);
    }
    for refused in [paused(world.clone(), what, 60), paused(world.clone(), Paused::All, 60)] {
        refused.refuses(&broken_planner(&refused), invariant::PAUSED);
    }
}

#[test]
fn makes_a_replica_although_additions_are_paused() {
    fn broken_planner(world: &World) -> Plan {
        world.creating(&["a"])
    }
    refused_only_under(Paused::Out, &World::new(), broken_planner);
}

#[test]
fn chooses_a_victim_although_removals_are_paused() {
    fn broken_planner(world: &World) -> Plan {
        let mut plan = world.plan(vec![]);
        plan.begin(world.removal("a", 0));
        plan
    }
    refused_only_under(Paused::In, &two(), broken_planner);
}

#[test]
fn drains_although_removals_are_paused() {
    fn broken_planner(world: &World) -> Plan {
        world.batch(vec![world.swap(id("a").as_str(), 0)])
    }
    refused_only_under(Paused::In, &two().removing("a", 5), broken_planner);
    let all = paused(two(), Paused::All, 60);
    let plan = drain_begins(&all);
    assert!(all.judge(&plan).unwrap_err().iter().all(|violation| violation.invariant == invariant::PAUSED));
}

#[test]
fn clears_away_although_removals_are_paused() {
    fn broken_planner(world: &World) -> Plan {
        world.deleting("a", Ending::Abandoned)
    }
    let mut failed = World::new().with_replica("a").adding(&["a"], |_| {});
    failed.replica("a").status = super::fixture::status("failed");
    refused_only_under(Paused::In, &failed, broken_planner);
}

#[test]
fn forgets_a_pause_before_its_time() {
    let world = paused(two(), Paused::All, 60);
    world.accepts(&world.plan(vec![]));
    let broken_planners: [fn(&mut Plan); 4] = [
        |plan| plan.history.orders.pause = None,
        |plan| plan.history.orders.pause.as_mut().unwrap().what = Paused::In,
        |plan| plan.history.orders.pause.as_mut().unwrap().told_at += SignedDuration::from_mins(60),
        |plan| plan.history.orders.pause_sent_at = Some(plan.history.orders.pause.as_ref().unwrap().at),
    ];
    for broken_planner in broken_planners {
        let mut plan = world.plan(vec![]);
        broken_planner(&mut plan);
        world.refuses(&plan, invariant::STANDING_ORDER);
    }
    let mut day = paused(two(), Paused::All, 60);
    day.history.orders.pause.as_mut().unwrap().told_at = day.ago(24 * 60);
    let mut plan = day.plan(vec![]);
    plan.history.orders.pause.as_mut().unwrap().told_at = day.now;
    day.accepts(&plan);
    let over = paused(two(), Paused::All, 0);
    let mut plan = over.plan(vec![]);
    plan.history.orders.pause = None;
    over.accepts(&plan);
}

fn commanded(mut world: World, min: Option<u32>, max: Option<u32>, minutes: i64) -> World {
    let until = world.now + SignedDuration::from_mins(minutes);
    let (min, max) = (min.map(Count), max.map(Count));
    world.history.orders.bounds = Some(StandingOrder { at: world.ago(60), until, min, max });
    world
}

#[test]
fn adds_beyond_a_commanded_maximum() {
    fn broken_planner(world: &World) -> Plan {
        let mut plan = world.creating(&["c"]);
        plan.history.rds_replicas.intents.last_mut().unwrap().from = Count(2);
        plan
    }
    let plan_of = |world: World| (broken_planner(&world), world);
    let (plan, world) = plan_of(two());
    world.accepts(&plan);
    let (plan, world) = plan_of(commanded(two(), None, Some(3), 30));
    world.accepts(&plan);
    let (plan, world) = plan_of(commanded(two(), None, Some(2), 0));
    world.accepts(&plan);
    let (plan, world) = plan_of(commanded(two(), None, Some(2), 30));
    world.refuses(&plan, invariant::COMMANDED);
}

#[test]
fn removes_below_a_commanded_minimum() {
    fn broken_planner(world: &World) -> Plan {
        let mut plan = world.plan(vec![]);
        let mut removal = world.removal("a", 0);
        removal.decision = DecisionId::new("d10");
        removal.from = Count(2);
        plan.begin(removal);
        plan
    }
    for sound in [two(), commanded(two(), Some(1), None, 30), commanded(two(), Some(2), None, 0)] {
        sound.accepts(&broken_planner(&sound));
    }
    let world = commanded(two(), Some(2), None, 30);
    world.refuses(&broken_planner(&world), invariant::COMMANDED);
}
