//! The disks of members, as CloudWatch shows them: only where a rule compares them, and of the members that it is about.

use tidegate_policy::observation::{MemberSignals, Reading};
use tidegate_policy::policy::{Comparison, Signal};

use super::*;
use crate::fixture::rule;

/// Newest points of the source and of its first replica: seconds of a read, and how many requests wait.
fn newest(scene: &Scene) -> [[Option<f64>; 2]; 2] {
    let seen = scene.observe();
    let of = |reading: &Reading| reading.fresh().map(|series| series.newest().value);
    let both = |signals: &MemberSignals| [of(&signals.read_latency), of(&signals.disk_queue)];
    let replica = seen.replica(&InstanceId::new(FIRST)).unwrap();
    [both(&seen.source.as_ref().unwrap().signals), both(&replica.signals)]
}

#[test]
fn a_disk_is_read_only_where_a_rule_compares_it() {
    let mut plain = Scene::new(target(1, 5));
    plain.live(10, 1.0);
    assert_eq!(newest(&plain), [[None; 2]; 2]);
    let with = |signal| {
        let mut target = target(1, 5);
        target.scaling.alert.push(rule(signal, Comparison::Above, 10.0, 1, "a disk"));
        let mut scene = Scene::new(target);
        scene.live(10, 1.0);
        newest(&scene).map(|of| of.map(|value| value.is_some()))
    };
    assert_eq!(with(Signal::PrimaryReadLatency), [[true, false], [false, false]]);
    assert_eq!(with(Signal::PrimaryDiskQueue), [[false, true], [false, false]]);
    assert_eq!(with(Signal::ReplicaReadLatency), [[false, false], [true, false]]);
    assert_eq!(with(Signal::ReplicaDiskQueue), [[false, false], [false, true]]);
}

#[test]
fn a_disk_slows_down_as_its_member_fills_up_and_recovers() {
    let mut target = target(1, 5);
    for signal in [Signal::PrimaryReadLatency, Signal::PrimaryDiskQueue] {
        target.scaling.alert.push(rule(signal, Comparison::Above, 10.0, 1, "a disk"));
    }
    let mut scene = Scene::new(target);
    let mut at = |demand| {
        scene.live(20, demand);
        let [source, _] = newest(&scene);
        (source[0].unwrap(), source[1].unwrap())
    };
    let (calm, busy, full) = (at(0.2), at(1.6), at(4.0));
    assert!(calm.0 < 0.0015 && calm.1 < 0.5, "{calm:?}");
    assert!(busy.0 > 2.0 * calm.0 && busy.0 < 0.02 && busy.1 > 1.0, "{busy:?}");
    assert!(full.0 >= 0.02 && full.1 >= 20.0, "{full:?}");
    let after = at(0.2);
    assert!(after.0 < 0.0015, "{after:?}");
}
