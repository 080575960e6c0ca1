//! Broken planners that begin a removal too soon after one that failed, or forget that it did.

use jiff::{SignedDuration, Timestamp};

use super::fixture::{Begin, World, id};
use super::removal::two;
use crate::check::invariant;
use crate::history::ScaledOut;
use crate::plan::Plan;
use crate::units::Count;

fn world(cooldown: i64, failed: u32) -> World {
    let mut world = two();
    world.history.rds_replicas.intents.clear();
    world.target.scaling.cooldown.in_ = SignedDuration::from_mins(cooldown);
    world.history.rds_replicas.failed_removals = failed;
    world
}

fn begins(world: &World) -> Plan {
    let mut plan = world.plan(vec![]);
    plan.begin(world.removal("a", 0));
    plan
}

#[test]
fn a_removal_begun_too_soon_after_those_that_failed() {
    for (failed, wait) in [(0, 30), (1, 60), (2, 120), (5, 960), (6, 1_440), (u32::MAX, 1_440)] {
        let since: [fn(&mut World, Timestamp); 2] = [
            |world, at| world.history.scaled_in_at = Some(at),
            |world, at| world.history.scaled_out = Some(ScaledOut { at, from: Count(1), to: Count(2) }),
        ];
        for remember in since {
            let mut world = world(30, failed);
            let at = world.ago(wait);
            remember(&mut world, at);
            world.accepts(&begins(&world));
            let at = world.ago(wait - 1);
            remember(&mut world, at);
            world.refuses(&begins(&world), invariant::COOLDOWN);
            // What is under way goes on.
            world.accepts(&world.plan(vec![]));
        }
    }
    // A cooldown of two days is never cut to one.
    let mut world = world(2_880, 3);
    world.history.scaled_in_at = Some(world.ago(2_879));
    world.refuses(&begins(&world), invariant::COOLDOWN);
}

#[test]
fn failures_forgotten() {
    let mut world = world(30, 2).removing("a", 60);
    world.history.scaled_in_at = Some(world.ago(90));
    let mut plan = world.plan(vec![]);
    plan.history.rds_replicas.failed_removals = 3;
    world.accepts(&plan);
    plan.history.rds_replicas.failed_removals = 1;
    world.refuses(&plan, invariant::COOLDOWN);
    let mut plan = world.plan(vec![]);
    for earlier in [None, Some(world.ago(91))] {
        plan.history.scaled_in_at = earlier;
        world.refuses(&plan, invariant::COOLDOWN);
    }
    plan.history.scaled_in_at = Some(world.now);
    world.accepts(&plan);
    // The victim is gone: the removal succeeded.
    world.seen.replicas.retain(|replica| replica.id != id("a"));
    world.seen.records.weighted.retain(|record| record.set_id.as_str() != id("a").as_str());
    let mut plan = world.plan(vec![]);
    plan.history.rds_replicas.intents.clear();
    plan.history.rds_replicas.failed_removals = 0;
    plan.history.scaled_in_at = Some(world.now);
    world.accepts(&plan);
}
