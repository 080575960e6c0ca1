//! No removal on a disk that a rule compares and nobody knows.

use super::fixture::{World, points};
use super::removal::{drain_begins, two};
use crate::check::invariant;
use crate::observation::Reading;
use crate::policy::{Comparison, PointsRequired, Signal, ThresholdRule};
use crate::units::Count;

fn ruled(signal: Signal, comparison: Comparison) -> World {
    let mut world = two();
    let rule = ThresholdRule {
        signal,
        comparison,
        threshold: 10.0,
        points: PointsRequired::All { of: 5 },
        step: Count::ONE,
        text: signal.name().to_owned(),
    };
    let scaling = &mut world.target.scaling;
    if comparison == Comparison::Above { &mut scaling.scale_out } else { &mut scaling.scale_in }.push(rule);
    world
}

#[test]
fn takes_an_unknown_disk_for_an_idle_one() {
    for comparison in [Comparison::Above, Comparison::Below] {
        for (signal, of_source, is_latency) in [
            (Signal::PrimaryReadLatency, true, true),
            (Signal::PrimaryDiskQueue, true, false),
            (Signal::ReplicaReadLatency, false, true),
            (Signal::ReplicaDiskQueue, false, false),
        ] {
            let mut world = ruled(signal, comparison);
            world.refuses(&drain_begins(&world), invariant::MISSING_DATA);
            let now = world.now;
            let known = || points(now, &[0.001; 30]);
            let set = |world: &mut World, name: Option<&str>, reading: Reading| {
                let signals = match name {
                    Some(name) => &mut world.replica(name).signals,
                    None => &mut world.seen.source.as_mut().unwrap().signals,
                };
                if is_latency { signals.read_latency = reading } else { signals.disk_queue = reading }
            };
            if of_source {
                set(&mut world, None, known());
            } else {
                set(&mut world, Some("a"), known());
                world.refuses(&drain_begins(&world), invariant::MISSING_DATA);
                set(&mut world, Some("b"), known());
            }
            world.accepts(&drain_begins(&world));
        }
    }
}

/// Down to the maximum is not concluded from anybody's disk.
#[test]
fn down_to_the_maximum_no_disk_is_asked() {
    let mut world = ruled(Signal::ReplicaDiskQueue, Comparison::Below);
    world.target.scaling.max = Count::ONE;
    world.accepts(&drain_begins(&world));
}
