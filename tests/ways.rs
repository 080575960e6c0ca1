//! Goal: a replica comes into service by steps, and leaves in the order that hurts nobody. Method: the scenarios "ramp" and "drain and
//! remove" of `tests/wire/src/list.rs`, minute by minute in the simulator; over the wire they run against the real binary.

use jiff::SignedDuration;
use tidegate_policy::policy::Target;
use tidegate_reconcile::Mode;

use crate::world::{PRODUCTION, World, target};

fn impatient() -> Target {
    let mut target = target(PRODUCTION);
    target.scaling.evaluate_every = SignedDuration::from_mins(1);
    target.scaling.cooldown.in_ = SignedDuration::from_mins(10);
    target
}

fn record_changes(world: &World) -> u64 {
    world.account.api_calls().get("ChangeResourceRecordSets").copied().unwrap_or(0)
}

/// What one replica looked like, once a change.
fn life(world: &mut World, minutes: i64, units: f64, id: &mut Option<String>) -> Vec<Option<Option<u8>>> {
    let mut seen = Vec::new();
    for _ in 0..minutes {
        let before = record_changes(world);
        let _ = world.attempt(&world.account, &world.account, Mode::Apply).unwrap();
        assert!(record_changes(world) - before <= 1, "minute {}: more than one change", world.minute);
        world.live(units);
        let frames = world.account.replica_frames();
        let newest = frames.iter().find(|frame| frame.weight.is_none()).map(|frame| frame.id.clone());
        if id.is_none() {
            *id = newest;
        }
        let Some(id) = &id else { continue };
        let now = frames.iter().find(|frame| frame.id == *id).map(|frame| frame.weight);
        if seen.last() != Some(&now) {
            seen.push(now);
        }
    }
    seen
}

#[test]
fn weights_rise_by_steps_and_one_change_at_a_time() {
    let mut world = World::new(&impatient(), 7);
    life(&mut world, 60, 0.8, &mut Some("nobody".to_owned()));
    let seen = life(&mut world, 180, 1.9, &mut None);
    let weights: Vec<u8> = seen.into_iter().flatten().flatten().collect();
    assert!(weights.starts_with(&[4, 64]) && weights.is_sorted(), "{weights:?}");
}

#[test]
fn a_removal_drains_then_leaves_dns_and_only_then_deletes() {
    let mut world = World::new(&impatient(), 7);
    life(&mut world, 60, 0.8, &mut Some("nobody".to_owned()));
    let mut id = None;
    life(&mut world, 180, 1.9, &mut id);
    let full =
        world.account.replica_frames().iter().find(|frame| Some(&frame.id) == id.as_ref()).unwrap().weight;
    let seen = life(&mut world, 300, 0.3, &mut id);
    // A drain may be taken back on the way; the last of them goes from full weight over none to no record, and only then to no instance.
    let end = &seen[seen.len().saturating_sub(4)..];
    assert_eq!(end, [Some(full), Some(Some(0)), Some(None), None], "{seen:?}");
}
