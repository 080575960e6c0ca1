//! Each behaviour of a simulated replication group that a scaler's safety hangs on, as a named situation.
//!
//! Goal: a fake that contradicts the real service makes every test above it worthless. Method: act through the ports, look at the truth.

use futures_util::FutureExt;
use jiff::SignedDuration;
use tidegate_policy::history::History;
use tidegate_policy::names::{GroupName, NodeId, NodeType, ShardId};
use tidegate_policy::observation::{
    Availability, CapacityBounds, Found, Group, GroupLook, Look, Observation, Reading, RedisObservation,
    Role, ScalableTarget, Suspended,
};
use tidegate_policy::plan::{
    Action, DecreaseReplicas, IncreaseReplicas, RedisNodesAction, SetNodeType, SetShards, ShardReplicas,
};
use tidegate_policy::policy::{NodeMetric, Target};
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_policy::units::Count;
use tidegate_reconcile::port::{Fleet, FleetError, ObserveRequest};

use super::*;
use crate::account::faults::{Fault, Operation};
use crate::account::{Account, Beginning, ServiceStart};
use crate::fixture::{minutes, nodes, nodes_mut, sharded, start};

/// An account, the target it was made for, and the minute it is in.
struct Scene {
    account: Account,
    target: Target,
    minute: i64,
}

const APPLIED: Outcome = Outcome::Applied { change: None };

impl Scene {
    fn new(target: Target, group: GroupStart) -> Scene {
        Scene::seeded(target, group, 11)
    }

    fn seeded(target: Target, group: GroupStart, seed: u64) -> Scene {
        let beginning = Beginning {
            seed,
            start: start(),
            lasting: minutes(1_440),
            blackout: false,
            service: ServiceStart::plain(),
            group,
        };
        Scene { account: Account::new(&target, &beginning), target, minute: 0 }
    }

    /// One primary and so many replicas.
    fn plain(replicas: u32) -> Scene {
        Scene::new(nodes(2, 6), GroupStart { replicas: Some(replicas), ..GroupStart::plain() })
    }

    /// Two shards of one replica each.
    fn sharded() -> Scene {
        Scene::new(sharded(4, 12, (2, 4)), GroupStart::plain())
    }

    /// Lives through this many minutes at this demand.
    fn live(&mut self, for_minutes: i64, demand: f64) -> Served {
        let mut last = None;
        for _ in 0..for_minutes {
            self.minute += 1;
            self.account.advance_to(start() + minutes(self.minute));
            last = Some(self.account.end_minute(demand));
        }
        last.unwrap()
    }

    fn later(&self, seconds: i64) {
        self.account.advance_to(self.account.now() + SignedDuration::from_secs(seconds));
    }

    /// Until nothing is under way any more; how many minutes that took.
    fn rest(&mut self, demand: f64) -> i64 {
        for minute in 0..60 {
            if !self.account.state.borrow().nodes().unwrap().nodes.is_busy() {
                return minute;
            }
            self.live(1, demand);
        }
        panic!("still busy after an hour: {:?}", self.now());
    }

    fn now(&self) -> NodeSet {
        self.account.state.borrow().nodes().unwrap().node_set()
    }

    fn ids(&self, role: NodeRole) -> Vec<String> {
        self.now().nodes.into_iter().filter(|node| node.role == role).map(|node| node.id).collect()
    }

    fn states(&self, state: NodeState) -> usize {
        self.now().nodes.iter().filter(|node| node.state == state).count()
    }

    fn node(&self, id: &str) -> NodeFrame {
        self.now().nodes.into_iter().find(|node| node.id == id).unwrap()
    }

    fn observe(&self) -> RedisObservation {
        let history = History::default();
        let requests = [ObserveRequest::new(&self.target, &history)];
        let seen = self.account.observe(&requests, self.account.now()).now_or_never().unwrap().unwrap();
        let seen = seen.into_iter().next().unwrap().unwrap();
        let Observation::RedisNodes(seen) = seen else { panic!("not of nodes: {seen:?}") };
        seen
    }

    /// The last look.
    fn look(&self) -> GroupLook {
        let Look::RedisNodes(look) = self.try_to_look().unwrap() else { panic!("not a group") };
        look
    }

    fn try_to_look(&self) -> Result<Look, FleetError> {
        let group = GroupName::new("any");
        let set = SetShards { group, from: Count(2), to: Count(1), removed: Vec::new() };
        let action = RedisNodesAction::SetShards(set).into();
        self.account.look_again(&self.target, &action, self.account.now()).now_or_never().unwrap()
    }

    /// The group as it is told when the answer is no old one: the most often of many.
    fn group(&self) -> Group {
        let group = || {
            let look = self.look();
            let Found::Group(group) = look.found else { panic!("{look:?}") };
            group
        };
        let told: Vec<Group> = (0..9).map(|_| group()).collect();
        let often = |one: &&Group| told.iter().filter(|other| other == one).count();
        told.iter().max_by_key(often).unwrap().clone()
    }

    fn apply(&self, action: &Action) -> Outcome {
        self.account.apply(&self.target, action).now_or_never().unwrap()
    }

    fn increase(&self, from: u32, to: u32) -> Outcome {
        let shards = vec![of_shard("0001", from, to)];
        self.apply(&Action::RedisNodes(RedisNodesAction::IncreaseReplicas(IncreaseReplicas {
            group: group_name(),
            shards,
        })))
    }

    fn decrease(&self, from: u32, to: u32, named: Option<&str>) -> Outcome {
        let shards = vec![of_shard("0001", from, to)];
        let named = named.map(NodeId::new);
        self.apply(&Action::RedisNodes(RedisNodesAction::DecreaseReplicas(DecreaseReplicas {
            group: group_name(),
            shards,
            named,
        })))
    }

    fn reshard(&self, from: u32, to: u32, removed: &[&str]) -> Outcome {
        self.apply(&Action::RedisNodes(RedisNodesAction::SetShards(SetShards {
            group: group_name(),
            from: Count(from),
            to: Count(to),
            removed: removed.iter().map(ShardId::new).collect(),
        })))
    }

    fn retype(&self, from: &str, to: &str) -> Outcome {
        let (from, to) = (NodeType::new(from), NodeType::new(to));
        self.apply(&Action::RedisNodes(RedisNodesAction::SetNodeType(SetNodeType {
            group: group_name(),
            from,
            to,
        })))
    }

    fn breaches(&self) -> Vec<&'static str> {
        self.account.take_breaches().into_iter().map(|breach| breach.invariant).collect()
    }
}

fn group_name() -> GroupName {
    GroupName::new("sessions")
}

fn of_shard(shard: &str, from: u32, to: u32) -> ShardReplicas {
    ShardReplicas { shard: ShardId::new(shard), from: Count(from), to: Count(to) }
}

/// The code with which a change is refused, and whether a person is needed.
fn refused(outcome: &Outcome) -> (&str, bool) {
    let Outcome::Failed { class, message } = outcome else { panic!("not refused: {outcome}") };
    (message.split(':').next().unwrap(), *class == FailureClass::PersonNeeded)
}

fn newest(seen: &RedisObservation, node: &str, metric: NodeMetric) -> Option<f64> {
    Some(seen.signals.get(&NodeId::new(node))?.get(&metric)?.fresh()?.newest().value)
}

// Replicas.

#[test]
fn a_replica_takes_about_ten_minutes_and_serves_then() {
    let mut took = Vec::new();
    for seed in 0..60 {
        let mut scene = Scene::seeded(nodes(2, 6), GroupStart::plain(), seed);
        scene.live(5, 0.3);
        assert_eq!(scene.increase(1, 2), APPLIED);
        assert_eq!((scene.now().status.as_str(), scene.states(NodeState::Creating)), ("modifying", 1));
        assert_eq!((scene.now().nodes.len(), scene.now().desired), (3, 3));
        took.push(scene.rest(0.3));
        assert_eq!(scene.breaches(), Vec::<&str>::new());
    }
    took.sort_unstable();
    assert!((9..=12).contains(&took[30]), "{took:?}");
    assert!(took[0] >= 5 && took[59] <= 31, "{took:?}");
}

#[test]
fn a_creation_that_fails_ends_after_half_an_hour_without_the_node() {
    let mut scene = Scene::plain(1);
    scene.account.befall(&WorldEvent::FailNextCreation);
    assert_eq!(scene.increase(1, 2), APPLIED);
    assert!((30..=31).contains(&scene.rest(0.3)));
    assert_eq!((scene.now().nodes.len(), scene.now().status.as_str()), (2, "available"));
    assert_eq!(scene.increase(1, 2), APPLIED);
    assert!(scene.rest(0.3) < 30);
    assert_eq!(scene.states(NodeState::Serving), 3);
}

#[test]
fn the_group_says_available_before_all_its_members_are_and_a_change_then_fails() {
    let mut met = [false, false];
    for seed in 0..20 {
        let start = GroupStart { replicas: Some(2), ..GroupStart::plain() };
        let scene = Scene::seeded(nodes(2, 6), start, seed);
        assert_eq!(scene.increase(2, 5), APPLIED);
        for _ in 0..240 {
            scene.later(10);
            let available = scene.now().status == "available";
            if available && scene.states(NodeState::Creating) > 0 {
                assert_eq!(refused(&scene.decrease(5, 4, None)), ("InvalidCacheClusterState", false));
                met[0] = true;
            } else if !available {
                assert_eq!(refused(&scene.decrease(5, 4, None)), ("InvalidReplicationGroupState", false));
            }
        }
        let Outcome::Applied { .. } = scene.decrease(5, 4, None) else { continue };
        for _ in 0..60 {
            scene.later(10);
            if scene.now().status == "available" && scene.states(NodeState::Deleting) > 0 {
                assert_eq!(refused(&scene.increase(4, 5)), ("InvalidCacheClusterState", false));
                met[1] = true;
            }
        }
    }
    assert_eq!(met, [true, true]);
}

#[test]
fn a_member_on_its_way_is_named_by_its_shard_only_for_half_of_it() {
    let mut scene = Scene::plain(1);
    assert_eq!(scene.increase(1, 2), APPLIED);
    let named = |scene: &Scene| {
        let group = scene.group();
        let ids = |nodes: &[tidegate_policy::observation::Node]| -> Vec<String> {
            nodes.iter().map(|node| format!("{} {}", node.id, node.status.word())).collect()
        };
        (ids(&group.shards[0].nodes).len(), ids(&group.strays))
    };
    assert_eq!(named(&scene), (2, vec!["sessions-003 creating".to_owned()]));
    let mut seen_named = false;
    for _ in 0..40 {
        scene.live(1, 0.3);
        let (of_shard, strays) = named(&scene);
        seen_named |= of_shard == 3 && strays.is_empty() && scene.states(NodeState::Creating) == 1;
    }
    assert!(seen_named);
    assert_eq!(named(&scene), (3, Vec::new()));
}

#[test]
fn a_count_that_is_not_above_the_current_one_is_refused() {
    let scene = Scene::plain(3);
    // The port answers what was so already, and what it did not expect, by itself.
    assert_eq!(scene.increase(2, 3), Outcome::AlreadySatisfied);
    assert!(matches!(scene.increase(2, 4), Outcome::Stale { .. }));
    assert_eq!(refused(&scene.increase(3, 2)), ("InvalidParameterValue", true));
    assert_eq!(refused(&scene.decrease(3, 4, None)), ("InvalidParameterValue", true));
    assert_eq!(scene.now().nodes.len(), 4);
}

#[test]
fn a_shard_has_at_most_five_replicas() {
    let scene = Scene::plain(4);
    assert_eq!(refused(&scene.increase(4, 6)), ("InvalidParameterValue", true));
    assert_eq!(scene.breaches(), ["bounds", "bounds", "shard_limit"]);
    assert_eq!(scene.increase(4, 5), APPLIED);
    assert_eq!(scene.breaches(), Vec::<&str>::new());
}

#[test]
fn the_last_replica_stays_with_failover_and_goes_without() {
    let scene = Scene::plain(1);
    assert_eq!(refused(&scene.decrease(1, 0, None)), ("InvalidParameterValue", true));
    assert_eq!(scene.breaches(), ["bounds", "bounds", "failover_minimum"]);

    let target = nodes(1, 2);
    let mut scene = Scene::new(target, GroupStart { replicas: Some(1), ..GroupStart::plain() });
    assert_eq!(scene.decrease(1, 0, None), APPLIED);
    scene.rest(0.3);
    assert_eq!((scene.ids(NodeRole::Primary).len(), scene.ids(NodeRole::Replica).len()), (1, 0));
    assert_eq!(scene.breaches(), Vec::<&str>::new());
    // The primary serves the reads then.
    let served = scene.live(5, 0.6);
    assert!((served.capacity - 1.0).abs() < 1e-9);
    assert!(scene.node("sessions-001").cpu.unwrap() > 55.0);
}

#[test]
fn the_primary_cannot_be_named_and_a_role_may_have_changed() {
    let scene = Scene::plain(2);
    scene.later(120);
    assert_eq!(refused(&scene.decrease(2, 1, Some("sessions-001"))), ("InvalidParameterValue", true));
    assert_eq!(scene.breaches(), ["primary"]);
    let told = scene.account.befall(&WorldEvent::NodeFailover { shard: 0 });
    assert_eq!(told, "sessions-002 takes over from sessions-001");
    scene.later(30);
    // Nobody could see that yet: refused, and no breach.
    assert_eq!(refused(&scene.decrease(2, 1, Some("sessions-002"))), ("InvalidParameterValue", true));
    assert_eq!(scene.breaches(), Vec::<&str>::new());
    assert_eq!(scene.decrease(2, 1, Some("sessions-001")), APPLIED);
    assert_eq!(scene.node("sessions-001").state, NodeState::Deleting);
}

#[test]
fn a_node_that_nobody_names_is_the_newest_replica_and_its_name_comes_again() {
    let mut scene = Scene::plain(2);
    assert_eq!(scene.decrease(2, 1, None), APPLIED);
    assert_eq!(scene.node("sessions-003").state, NodeState::Deleting);
    scene.rest(0.3);
    scene.live(5, 0.3);
    assert_eq!(scene.increase(1, 2), APPLIED);
    scene.rest(0.3);
    scene.live(10, 0.3);
    let group = scene.group();
    let again = group.nodes().find(|node| node.id.as_str() == "sessions-003").unwrap();
    assert!(again.created.unwrap() > start());
    let seen = scene.observe();
    let reading = &seen.signals[&again.id][&NodeMetric::HostCpu];
    assert!(reading.fresh().unwrap().points().len() < 14, "{reading:?}");
}

#[test]
fn an_answer_that_is_lost_had_its_effect() {
    let scene = Scene::plain(1);
    scene.account.fail_next(Operation::IncreaseReplicaCount, Fault::Throttled);
    assert_eq!(refused(&scene.increase(1, 2)), ("ThrottlingException", false));
    assert_eq!(scene.now().nodes.len(), 2);
    scene.account.fail_next(Operation::IncreaseReplicaCount, Fault::AnswerLost);
    assert!(matches!(scene.increase(1, 2), Outcome::Failed { class: FailureClass::RetryNextWake, .. }));
    assert_eq!(scene.now().nodes.len(), 3);
}

#[test]
fn capacity_and_quota_refuse_one_change_that_needs_nodes_and_no_other() {
    let scene = Scene::plain(2);
    for (why, code) in [
        (NodeShortage::Capacity, "InsufficientCacheClusterCapacity"),
        (NodeShortage::Quota, "NodeQuotaForCustomerExceeded"),
    ] {
        scene.account.befall(&WorldEvent::RefuseNextChange { why });
        assert_eq!(refused(&scene.increase(2, 3)), (code, true));
    }
    scene.account.befall(&WorldEvent::RefuseNextChange { why: NodeShortage::Quota });
    assert_eq!(scene.decrease(2, 1, None), APPLIED);
}

#[test]
fn a_description_may_be_a_minute_old_and_no_older() {
    let scene = Scene::plain(1);
    scene.later(120);
    assert_eq!(scene.increase(1, 2), APPLIED);
    let status = |scene: &Scene| scene.observe().look.group().unwrap().status.clone();
    scene.later(10);
    let soon: Vec<Availability> = (0..300).map(|_| status(&scene)).collect();
    let old = soon.iter().filter(|status| **status == Availability::Available).count();
    assert!((1..40).contains(&old), "{old}");
    scene.later(50);
    assert!((0..300).all(|_| status(&scene) != Availability::Available));
}

#[test]
fn a_foreign_replica_and_a_snapshot_make_the_group_busy() {
    let mut scene = Scene::plain(1);
    scene.account.befall(&WorldEvent::SnapshotRunning { lasting: minutes(10) });
    scene.live(2, 0.3);
    assert_eq!(scene.group().status.word(), "snapshotting");
    assert_eq!(refused(&scene.increase(1, 2)), ("InvalidReplicationGroupState", false));
    assert_eq!(scene.breaches(), ["busy"]);
    let told = scene.account.befall(&WorldEvent::ForeignChange);
    assert!(told.starts_with("nothing"), "{told}");
    assert_eq!(scene.rest(0.3), 8);
    scene.account.befall(&WorldEvent::ForeignChange);
    assert_eq!((scene.now().status.as_str(), scene.now().desired), ("modifying", 3));
    // It began just now: nobody could know.
    assert_eq!(refused(&scene.increase(1, 2)), ("InvalidReplicationGroupState", false));
    assert_eq!(scene.breaches(), Vec::<&str>::new());
}

// Roles and zones.

#[test]
fn roles_are_told_with_cluster_mode_disabled_only() {
    let scene = Scene::plain(2);
    let roles: Vec<Role> = scene.group().nodes().map(|node| node.role).collect();
    assert_eq!(roles, [Role::Primary, Role::Replica, Role::Replica]);
    let mut scene = Scene::sharded();
    assert!(scene.group().nodes().all(|node| node.role == Role::Unknown));
    // The metric tells them.
    scene.live(10, 0.5);
    let seen = scene.observe();
    let of = |node| newest(&seen, node, NodeMetric::IsPrimary);
    assert_eq!((of("sessions-0001-001"), of("sessions-0001-002")), (Some(1.0), Some(0.0)));
}

#[test]
fn nodes_are_spread_over_three_zones() {
    let scene = Scene::plain(5);
    let group = scene.group();
    let zones: Vec<String> = group.nodes().map(|node| node.zone.as_ref().unwrap().to_string()).collect();
    for zone in ["eu-west-1a", "eu-west-1b", "eu-west-1c"] {
        assert_eq!(zones.iter().filter(|other| *other == zone).count(), 2, "{zones:?}");
    }
}

#[test]
fn a_failover_in_the_middle_of_a_change_swaps_roles_and_the_change_goes_on() {
    let mut scene = Scene::plain(2);
    assert_eq!(scene.increase(2, 3), APPLIED);
    scene.live(3, 1.0);
    scene.account.befall(&WorldEvent::NodeFailover { shard: 0 });
    assert_eq!(scene.ids(NodeRole::Primary), ["sessions-002"]);
    scene.rest(1.0);
    assert_eq!((scene.states(NodeState::Serving), scene.ids(NodeRole::Replica).len()), (4, 3));
}

// Load and signals.

#[test]
fn replicas_share_the_reads_and_the_primary_has_the_writes() {
    let mut scene = Scene::plain(2);
    scene.live(10, 1.2);
    for replica in ["sessions-002", "sessions-003"] {
        let cpu = scene.node(replica).cpu.unwrap();
        assert!((58.0..64.0).contains(&cpu), "{cpu}");
    }
    assert!(scene.node("sessions-001").cpu.unwrap() < 10.0);
    let served = scene.live(10, 5.0);
    assert!(served.severe && (served.capacity - 2.0).abs() < 1e-9);
    assert_eq!(scene.node("sessions-002").cpu, Some(100.0), "no engine shows more than all of it");
}

#[test]
fn the_host_of_a_small_node_shows_the_engine_divided_by_its_cores() {
    let mut scene = Scene::plain(1);
    scene.live(10, 0.8);
    let seen = scene.observe();
    let host = newest(&seen, "sessions-002", NodeMetric::HostCpu).unwrap();
    assert!((39.0..42.5).contains(&host), "{host}");
    let large = GroupStart { node_type: Some(NodeType::new("cache.r7g.xlarge")), ..GroupStart::plain() };
    let mut scene = Scene::new(nodes(2, 6), large);
    scene.live(10, 0.8);
    let engine = newest(&scene.observe(), "sessions-002", NodeMetric::EngineCpu).unwrap();
    assert!((78.0..84.0).contains(&engine), "{engine}");
}

#[test]
fn clients_find_a_new_replica_in_time_and_a_lost_one_costs_capacity_at_once() {
    let mut scene = Scene::plain(1);
    assert_eq!(scene.increase(1, 2), APPLIED);
    scene.rest(1.0);
    let soon = scene.live(1, 1.0).capacity;
    let late = scene.live(30, 1.0).capacity;
    assert!((1.0..1.6).contains(&soon) && late > 1.95, "{soon} {late}");
    assert_eq!(scene.decrease(2, 1, None), APPLIED);
    assert!((scene.live(1, 1.0).capacity - 1.0).abs() < 1e-9);
}

#[test]
fn connections_follow_the_readers() {
    let mut scene = Scene::plain(2);
    scene.live(10, 0.5);
    let connections = newest(&scene.observe(), "sessions-003", NodeMetric::Connections);
    // They are asked for only where one of two or more replicas may go.
    assert_eq!(connections, Some(202.0));
    assert_eq!(newest(&scene.observe(), "sessions-001", NodeMetric::Connections), None);
}

#[test]
fn memory_follows_keys_and_above_all_of_it_keys_are_dropped() {
    let mut scene = Scene::new(nodes(2, 6), GroupStart::plain().holding(60.0, 20.0));
    scene.live(5, 0.5);
    let memory = scene.node("sessions-001").memory.unwrap();
    assert!((69.0..71.0).contains(&memory), "{memory}");
    scene.live(180, 1.8);
    let memory = scene.node("sessions-001").memory.unwrap();
    assert!((94.0..97.0).contains(&memory), "{memory}");
    assert_eq!(scene.node("sessions-001").evictions, Some(0.0));
    scene.account.befall(&WorldEvent::MemorySurge { percent: 20.0, lasting: minutes(10) });
    scene.live(2, 1.8);
    let primary = scene.node("sessions-001");
    assert!(primary.memory.unwrap() > 99.0 && primary.evictions.unwrap() > 10_000.0, "{primary:?}");
    assert_eq!(scene.node("sessions-002").evictions, Some(0.0), "replicas follow");
    scene.live(20, 1.8);
    assert_eq!(scene.node("sessions-001").evictions, Some(0.0));
}

#[test]
fn replicas_for_memory_are_a_breach_and_for_reads_are_none() {
    let full = GroupStart::plain().holding(85.0, 0.0);
    let mut scene = Scene::new(nodes(2, 6), full.clone());
    scene.live(90, 0.3);
    assert_eq!(scene.increase(1, 2), APPLIED);
    assert_eq!(scene.breaches(), ["memory_replica"]);
    let mut scene = Scene::new(nodes(2, 6), full);
    scene.live(20, 0.9);
    assert_eq!(scene.increase(1, 2), APPLIED);
    assert_eq!(scene.breaches(), Vec::<&str>::new());
}

#[test]
fn signals_come_late_and_not_at_all_in_a_blackout() {
    let mut scene = Scene::plain(2);
    scene.live(30, 1.0);
    let seen = scene.observe();
    let id = NodeId::new("sessions-002");
    let Reading::Fresh(series) = &seen.signals[&id][&NodeMetric::HostCpu] else { panic!("{seen:?}") };
    let age = scene.minute - 1 - (series.newest().minute.0 - start().as_second() / 60);
    assert!((1..=4).contains(&age), "{age}");
    scene.account.befall(&WorldEvent::MetricBlackout { lasting: minutes(40) });
    scene.live(40, 1.0);
    assert_eq!(scene.observe().signals[&id][&NodeMetric::HostCpu], Reading::Missing);
    assert!(scene.now().dark);
    assert_eq!(scene.decrease(2, 1, None), APPLIED);
    assert_eq!(scene.breaches(), ["dark"]);
}

#[test]
fn metrics_that_cannot_be_read_are_missing_and_the_group_is_seen() {
    let mut scene = Scene::plain(1);
    scene.live(30, 1.0);
    scene.account.fail_next(Operation::GetMetricData, Fault::Throttled);
    let seen = scene.observe();
    assert!(!seen.signals_read && seen.look.group().is_some());
    let readings: Vec<_> = seen.signals.values().flat_map(|node| node.values()).collect();
    assert!(readings.len() >= 3 && readings.iter().all(|reading| **reading == Reading::Missing));
    scene.account.fail_next(Operation::DescribeCacheClusters, Fault::Throttled);
    assert_eq!(scene.try_to_look().unwrap_err().operation, "DescribeCacheClusters");
}

// Shards.

#[test]
fn shards_are_changed_with_cluster_mode_enabled_only() {
    let scene = Scene::plain(1);
    assert_eq!(refused(&scene.reshard(1, 2, &[])), ("InvalidParameterCombination", true));
    assert_eq!(scene.breaches(), ["opt_in", "needless_room"]);
    let scene = Scene::sharded();
    assert_eq!(scene.reshard(2, 2, &[]), Outcome::AlreadySatisfied);
    assert!(matches!(scene.reshard(3, 4, &[]), Outcome::Stale { .. }));
    // Exactly the shards that go are named.
    for removed in [&[][..], &["0009"], &["0001", "0002"]] {
        assert_eq!(refused(&scene.reshard(2, 1, removed)), ("InvalidParameterValue", true));
    }
}

#[test]
fn a_new_shard_takes_its_slots_in_time_and_primaries_work_meanwhile() {
    let mut scene = Scene::new(sharded(4, 12, (2, 4)), GroupStart::plain().holding(78.0, 0.0));
    scene.live(30, 1.0);
    let (full, busy) = (scene.node("sessions-0001-001").memory, scene.node("sessions-0001-001").cpu);
    assert_eq!(scene.reshard(2, 3, &[]), APPLIED);
    assert_eq!((scene.now().shards, scene.now().nodes.len(), scene.now().desired), (3, 6, 6));
    let (mut told, mut hottest, mut minutes) = (Vec::new(), 0.0_f64, 0);
    while scene.now().status == "modifying" {
        told.extend(scene.group().pending);
        scene.live(1, 1.0);
        minutes += 1;
        hottest = hottest.max(scene.node("sessions-0001-001").cpu.unwrap());
    }
    assert!((15..=25).contains(&minutes), "{minutes}");
    assert!(told.contains(&"resharding 0%".to_owned()), "{told:?}");
    let progress = |word: &str| word.trim_matches(|c: char| !c.is_ascii_digit()).parse::<u32>().unwrap();
    assert!(told.is_sorted_by_key(|word| progress(word)) && progress(&told[told.len() - 1]) > 80, "{told:?}");
    assert!(hottest > busy.unwrap() + 10.0, "{hottest}");
    scene.live(10, 1.0);
    let memory = scene.node("sessions-0003-001").memory.unwrap();
    assert!((full.unwrap() * 2.0 / 3.0 - memory).abs() < 1.5, "{memory}");
    assert!((scene.live(30, 1.0).capacity - 3.0).abs() < 0.02);
    assert_eq!(scene.breaches(), Vec::<&str>::new());
}

#[test]
fn a_shard_after_one_that_did_not_help_is_a_breach_and_after_one_that_did_is_none() {
    for (hoard, expected) in [(true, &["no_relief"][..]), (false, &[])] {
        let mut scene = Scene::new(sharded(4, 12, (2, 4)), GroupStart::plain().holding(78.0, 0.0));
        if hoard {
            scene.account.befall(&WorldEvent::MemoryHoard { percent: 78.0, lasting: minutes(600) });
        }
        scene.live(20, 0.5);
        assert_eq!(scene.reshard(2, 3, &[]), APPLIED);
        scene.rest(0.5);
        scene.live(20, 0.5);
        assert_eq!(scene.breaches(), Vec::<&str>::new());
        assert_eq!(scene.reshard(3, 4, &[]), APPLIED);
        assert_eq!(scene.breaches(), expected);
    }
}

#[test]
fn in_cluster_mode_compatible_nothing_is_changed_and_asking_is_a_breach() {
    let mut scene = Scene::new(sharded(4, 12, (2, 4)), GroupStart::plain().holding(78.0, 0.0));
    scene.account.befall(&WorldEvent::ClusterModeCompatible { lasting: minutes(60) });
    scene.live(5, 0.5);
    assert_eq!(scene.group().migrating.as_deref(), Some("compatible"));
    assert_eq!(refused(&scene.reshard(2, 3, &[])), ("InvalidParameterCombination", true));
    assert_eq!(scene.breaches(), ["compatible"]);
    scene.live(60, 0.5);
    assert_eq!((scene.group().migrating, scene.reshard(2, 3, &[])), (None, APPLIED));
}

#[test]
fn a_new_shard_has_as_many_replicas_as_the_smallest() {
    let mut scene = Scene::sharded();
    assert_eq!(scene.increase(1, 3), APPLIED);
    scene.rest(0.5);
    assert_eq!(scene.reshard(2, 3, &[]), APPLIED);
    scene.rest(0.5);
    let replicas: Vec<usize> = scene.group().shards.iter().map(|shard| shard.nodes.len() - 1).collect();
    assert_eq!(replicas, [3, 1, 1]);
}

#[test]
fn the_shards_that_are_named_go_and_their_keys_are_the_others() {
    let start = GroupStart { shards: Some(3), ..GroupStart::plain() };
    let mut scene = Scene::new(sharded(4, 12, (2, 4)), start);
    scene.live(30, 1.0);
    let before = scene.node("sessions-0001-001").memory.unwrap();
    assert_eq!(scene.reshard(3, 2, &["0002"]), APPLIED);
    scene.rest(1.0);
    let shards: Vec<String> = scene.group().shards.iter().map(|shard| shard.id.to_string()).collect();
    assert_eq!(shards, ["0001", "0003"]);
    assert_eq!(scene.now().nodes.len(), 4);
    let after = scene.node("sessions-0001-001").memory.unwrap();
    assert!((before * 1.5 - after).abs() < 1.5, "{before} {after}");
    assert_eq!(scene.breaches(), Vec::<&str>::new());
}

#[test]
fn a_resharding_that_fails_leaves_the_old_shards() {
    let mut scene = Scene::sharded();
    scene.account.befall(&WorldEvent::ReshardingFails);
    assert_eq!(scene.reshard(2, 3, &[]), APPLIED);
    scene.rest(1.0);
    assert_eq!((scene.now().shards, scene.now().nodes.len()), (2, 4));
    let start = GroupStart { shards: Some(3), ..GroupStart::plain() };
    let mut scene = Scene::new(sharded(4, 12, (2, 4)), start);
    assert_eq!(scene.reshard(3, 2, &["0003"]), APPLIED);
    scene.live(5, 1.0);
    scene.account.befall(&WorldEvent::ReshardingFails);
    scene.rest(1.0);
    assert_eq!((scene.now().shards, scene.now().nodes.len(), scene.now().desired), (3, 6, 6));
    assert!((scene.live(5, 1.0).capacity - 3.0).abs() < 0.01);
}

#[test]
fn keys_that_a_removed_shard_leaves_no_room_for_are_a_breach() {
    let start = GroupStart { shards: Some(3), ..GroupStart::plain() }.holding(75.0, 0.0);
    let mut scene = Scene::new(sharded(4, 12, (2, 4)), start);
    scene.live(5, 0.5);
    assert_eq!(scene.reshard(3, 2, &["0003"]), APPLIED);
    assert_eq!(scene.breaches(), ["keys"]);
    scene.rest(0.5);
    assert!(scene.node("sessions-0001-001").evictions.unwrap() > 1_000.0);
    assert_eq!(scene.breaches(), ["keys"]);
}

// Node types.

#[test]
fn a_larger_type_comes_node_by_node_with_a_failover_and_holds_more() {
    let mut target = nodes(2, 6);
    let types = ["cache.t3.medium", "cache.m7g.large"].map(NodeType::new);
    nodes_mut(&mut target).node_types = types.to_vec();
    let mut scene = Scene::new(target, GroupStart { replicas: Some(2), ..GroupStart::plain() });
    scene.live(5, 0.5);
    // As on AWS, the list is asked for while memory is short, and by the last look.
    assert_eq!(scene.observe().look.larger_types, None);
    let larger = scene.look().larger_types.unwrap();
    assert!(larger.contains(&types[1]) && !larger.contains(&types[0]), "{larger:?}");
    let before = scene.node("sessions-001").memory.unwrap();
    assert_eq!(scene.retype("cache.t3.medium", "cache.m7g.large"), APPLIED);
    // It is Monday, and memory has room.
    assert_eq!(scene.breaches(), ["needless_room", "maintenance"]);
    let (mut least, mut minutes) = (usize::MAX, 0);
    while scene.now().status == "modifying" {
        assert_eq!(scene.now().node_type, "cache.t3.medium");
        scene.live(1, 0.5);
        minutes += 1;
        least = least.min(scene.states(NodeState::Serving));
    }
    assert!((10..=40).contains(&minutes) && least == 2, "{minutes} {least}");
    assert_eq!(scene.now().node_type, "cache.m7g.large");
    assert_eq!(scene.ids(NodeRole::Primary), ["sessions-002"]);
    scene.live(2, 0.5);
    let after = scene.node("sessions-002").memory.unwrap();
    assert!((before * 3.09 / 6.38 - after).abs() < 1.0, "{before} {after}");
    assert_eq!(scene.retype("cache.t3.medium", "cache.m7g.large"), Outcome::AlreadySatisfied);
    let smaller = scene.retype("cache.m7g.large", "cache.t3.medium");
    assert_eq!(refused(&smaller), ("InvalidParameterValue", true));
}

#[test]
fn a_type_outside_the_policy_or_of_a_group_that_is_not_asked_is_told() {
    let scene = Scene::plain(1);
    assert_eq!(scene.observe().look.larger_types, None);
    assert_eq!(scene.retype("cache.t3.medium", "cache.m7g.large"), APPLIED);
    assert_eq!(scene.breaches(), ["needless_room", "opt_in", "maintenance"]);
}

#[test]
fn a_type_within_the_window_is_no_breach() {
    let mut target = nodes(2, 6);
    nodes_mut(&mut target).node_types = vec![NodeType::new("cache.m7g.large")];
    let group = GroupStart { node_type: Some(NodeType::new("cache.t3.medium")), ..GroupStart::plain() };
    let mut scene = Scene::new(target, group.holding(80.0, 0.0));
    let sunday: jiff::Timestamp = "2026-03-08T03:30:00Z".parse().unwrap();
    scene.minute = sunday.duration_since(start()).as_mins() - 1;
    scene.live(1, 0.5);
    assert!(scene.group().maintenance.unwrap().contains(sunday));
    assert_eq!(scene.retype("cache.t3.medium", "cache.m7g.large"), APPLIED);
    assert_eq!(scene.breaches(), Vec::<&str>::new());
}

// The rest.

#[test]
fn native_scaling_is_described_and_beside_it_nobody_changes_replicas() {
    let native = ScalableTarget {
        dimension: "elasticache:replication-group:Replicas".to_owned(),
        bounds: CapacityBounds { min: Count(1), max: Count(4) },
        suspended: Suspended::default(),
    };
    let start = GroupStart { native: vec![native.clone()], ..GroupStart::plain() };
    let scene = Scene::new(sharded(4, 12, (2, 4)), start);
    assert_eq!(scene.observe().look.scalable, [native]);
    assert_eq!(scene.increase(1, 2), APPLIED);
    assert_eq!(scene.breaches(), ["writers"]);
}

#[test]
fn nodes_are_billed_until_they_are_gone() {
    let mut scene = Scene::plain(2);
    scene.live(60, 0.3);
    assert!((scene.account.unit_hours() - 3.0).abs() < 1e-9);
    assert_eq!(scene.decrease(2, 1, None), APPLIED);
    scene.live(60, 0.3);
    let hours = scene.account.unit_hours();
    assert!((5.0 + 3.0 / 60.0..5.0 + 8.0 / 60.0).contains(&hours), "{hours}");
}

#[test]
fn a_group_begins_as_the_policy_asks() {
    let shape = |target: Target, start: GroupStart| {
        let scene = Scene::new(target, start);
        let group = scene.group();
        (group.shards.len(), group.nodes().count(), group.node_type.to_string())
    };
    let plain = GroupStart::plain;
    assert_eq!(shape(nodes(2, 6), plain()), (1, 2, "cache.t3.medium".to_owned()));
    assert_eq!(shape(sharded(6, 12, (3, 4)), plain()).0, 3);
    let mut target = sharded(8, 12, (2, 4));
    assert_eq!(shape(target.clone(), plain()).1, 8);
    nodes_mut(&mut target).shards = None;
    nodes_mut(&mut target).node_types = vec![NodeType::new("cache.r7g.large")];
    assert_eq!(shape(target, plain()), (4, 8, "cache.r7g.large".to_owned()));
}

#[test]
fn the_same_seed_gives_the_same_group() {
    let run = |seed| {
        let mut scene = Scene::seeded(nodes(2, 6), GroupStart::plain(), seed);
        assert_eq!(scene.increase(1, 3), APPLIED);
        let frames = (0..40).map(|_| {
            scene.live(1, 1.3);
            format!("{:?}", scene.now())
        });
        frames.collect::<Vec<_>>()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
