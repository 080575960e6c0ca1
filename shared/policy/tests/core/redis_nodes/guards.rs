//! What forbids a change: a group or a member that is not available, what is no group, native scaling, and a policy that does not fit.

use tidegate_policy::observation::{
    Availability, CapacityBounds, Failover, Found, Role, ScalableTarget, Suspended,
};
use tidegate_policy::policy::ClusterMode;
use tidegate_policy::units::Count;

use super::fixture::{IDLE, Load, STEADY, World, new_node};

const READS: Load = Load { replica_cpu: Some(85.0), ..STEADY };

/// What makes a group one that cannot be changed, and its name.
type Spoil = (&'static str, fn(&mut World));

fn other(word: &str) -> Availability {
    Availability::Other(word.to_owned())
}

#[test]
fn nothing_is_changed_unless_the_group_and_every_member_is_available() {
    let spoil: [Spoil; 10] = [
        ("modifying", |world| world.group().status = other("modifying")),
        ("snapshotting", |world| world.group().status = other("snapshotting")),
        ("a shard modifying", |world| world.group().shards[0].status = other("modifying")),
        ("a member creating", |world| world.node("sessions-003").status = other("creating")),
        ("a member unknown", |world| world.node("sessions-002").status = other("unknown")),
        ("a stray", |world| world.group().strays.push(new_node("sessions-009"))),
        ("resharding", |world| world.group().pending.push("resharding at 40%".to_owned())),
        ("failover changing", |world| world.group().failover = Failover::Changing),
        ("no primary", |world| world.node("sessions-001").role = Role::Replica),
        ("two primaries", |world| world.node("sessions-002").role = Role::Primary),
    ];
    for (name, spoil) in spoil {
        for load in [READS, IDLE] {
            let mut world = World::disabled(4).under(load);
            assert_eq!(world.plan().actions.len(), 1, "{name}");
            spoil(&mut world);
            world.measure();
            let plan = world.plan();
            assert!(plan.actions.is_empty(), "{name}\n{plan}");
            assert_eq!(plan.step.as_ref().unwrap().reason.code(), "await_group", "{name}");
            assert!(plan.history.in_transition, "{name}");
        }
    }
}

#[test]
fn in_cluster_mode_compatible_nothing_is_changed_and_it_is_said() {
    let full = Load { memory: Some(90.0), ..STEADY };
    for mut world in [
        World::disabled(4).under(READS),
        World::disabled(4).under(IDLE),
        World::enabled(2, 1).shards(2, 4).under(full),
    ] {
        assert_eq!(world.plan().actions.len(), 1);
        world.group().migrating = Some("compatible".to_owned());
        let said = world.says();
        assert!(said.ends_with(" cluster_mode_compatible: nothing"), "{said}");
        assert_eq!(world.alerts(), ["cluster_mode_compatible"]);
        let told = world.plan().decision.explanation.detail;
        assert!(told.contains("cluster mode compatible, on the way from disabled to enabled"), "{told}");
    }
}

#[test]
fn what_stays_busy_is_told_and_looked_at_less_often() {
    let mut world = World::disabled(3);
    world.group().status = other("modifying");
    let _ = world.step();
    assert_eq!(world.alerts(), [""; 0]);
    let world = world.after(60);
    assert_eq!(world.alerts(), ["change_slow"]);
    assert!(!world.plan().history.in_transition);
}

#[test]
fn what_is_no_group_is_told_for_what_it_is() {
    for (found, code, words) in [
        (Found::Nothing, "group_missing", "no replication group sessions"),
        (Found::SingleNode, "not_a_group", "single Redis node"),
        (Found::Memcached, "not_a_group", "Memcached"),
        (Found::Serverless, "not_a_group", "serverless"),
    ] {
        let mut world = World::disabled(3).under(READS);
        world.seen.look.found = found;
        let plan = world.plan();
        assert!(plan.actions.is_empty());
        assert_eq!(plan.decision.explanation.reason.code(), code);
        assert!(plan.decision.explanation.detail.contains(words), "{plan}");
        assert_eq!(plan.out_of_reach().unwrap().reason.code(), code);
        assert_eq!(plan.alerts.len(), 1);
    }
}

#[test]
fn a_group_of_another_cluster_mode_is_left_alone() {
    let mut world = World::disabled(3).under(READS);
    world.redis().cluster_mode = ClusterMode::Enabled;
    assert_eq!(world.says(), "3 -> 3 cluster_mode_mismatch: nothing");
}

#[test]
fn native_scaling_is_reported_and_not_fought() {
    for dimension in ["elasticache:replication-group:Replicas", "elasticache:replication-group:NodeGroups"] {
        for load in [READS, IDLE] {
            let mut world = World::enabled(3, 2).shards(1, 5).under(load);
            world.seen.look.scalable.push(ScalableTarget {
                dimension: dimension.to_owned(),
                bounds: CapacityBounds { min: Count(1), max: Count(3) },
                suspended: Suspended::default(),
            });
            assert_eq!(world.says(), "9 -> 9 native_scaling: nothing");
            assert_eq!(world.alerts(), ["native_scaling"]);
        }
    }
}

#[test]
fn a_group_that_fails_over_against_the_policys_word_keeps_its_replica() {
    let mut world = World::disabled(2).under(IDLE);
    world.redis().failover = false;
    world.redis().replicas.min = Count::ZERO;
    (world.target.scaling.min, world.target.scaling.max) = (Count(1), Count(1));
    let plan = world.plan();
    assert!(plan.actions.is_empty(), "{plan}");
    assert_eq!(world.alerts(), ["failover_minimum"]);
}

#[test]
fn all_nodes_in_one_zone_with_multi_az_are_told() {
    let mut world = World::disabled(3);
    let zone = world.node("sessions-001").zone.clone();
    world.node("sessions-002").zone.clone_from(&zone);
    world.node("sessions-003").zone = zone;
    assert_eq!(world.alerts(), ["single_zone"]);
}

#[test]
fn cooldowns_count_from_the_end_of_a_change() {
    let mut world = World::disabled(3).under(READS);
    let _ = world.step();
    let _ = world.step();
    assert_eq!(world.nodes(), 4);
    let ended = world.history.scaled_out.unwrap();
    assert_eq!((ended.from, ended.to), (Count(3), Count(4)));
    // The same rule asks for what is there: counted from the three where the addition began.
    assert_eq!(world.says(), "4 -> 4 cooldown_out: nothing");
    assert_eq!(
        world.after(10).says(),
        "4 -> 5 scale_out_threshold: more replicas of sessions: shard 0001 3 -> 4"
    );
}

#[test]
fn saturation_takes_two_and_waits_for_no_cooldown() {
    // Every node is at its end: how much is lacking is not to be seen.
    let ended = Load { replica_cpu: Some(99.0), primary_cpu: Some(98.0), ..STEADY };
    let mut world = World::disabled(2).under(ended);
    assert_eq!(world.says(), "2 -> 4 scale_out_threshold: more replicas of sessions: shard 0001 1 -> 3");
    let _ = world.step();
    assert_eq!(world.nodes(), 4);
    // The new nodes have been measured, and are saturated as well: the next order goes out while the cooldown would run.
    assert_eq!(world.says(), "4 -> 6 scale_out_threshold: more replicas of sessions: shard 0001 3 -> 5");
    // One node with room left: its cooldown runs as it does without saturation.
    let world = world.under(Load { replica_cpu: Some(96.0), ..ended });
    assert_eq!(world.says(), "4 -> 4 cooldown_out: nothing");
}
