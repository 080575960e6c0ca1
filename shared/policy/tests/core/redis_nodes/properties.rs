//! What holds in every world: bounds, the fixed point, missing data, the failover minimum, the right lever, and the checker's consent.

use proptest::prelude::*;
use tidegate_policy::history::{Lever, Recommended, Refused, ScaledOut};
use tidegate_policy::observation::{Availability, Failover, MaintenanceWindow, Minute, Point, Reading, Role};
use tidegate_policy::plan::{Action, Plan, RedisNodesAction};
use tidegate_policy::policy::{Comparison, NodeMetric, Signal, TargetKind};
use tidegate_policy::units::Count;

use super::fixture::{Load, World, minutes, rule};
use crate::ecs_service::fixture::window;

prop_compose! {
    fn load()(
        (primary_cpu, replica_cpu) in (level(), level()),
        memory in level(),
        evictions in prop::option::weighted(0.9, 0.0..300.0),
    ) -> Load {
        Load { primary_cpu, replica_cpu, memory, evictions }
    }
}

/// Often near a threshold, sometimes nothing.
fn level() -> impl Strategy<Value = Option<f64>> {
    prop::option::weighted(0.93, prop_oneof![0.0..100.0, 30.0..45.0, 68.0..80.0])
}

prop_compose! {
    /// A group in any state that the port can tell of.
    pub(crate) fn world()(
        enabled in any::<bool>(),
        (shards, replicas) in (1usize..5, 0usize..6),
        uneven in prop::option::weighted(0.2, 0usize..4),
        load in load(),
        spread in prop::collection::vec((0usize..30, 0.0..100.0), 0..4),
        (multi_az, failover) in (any::<bool>(), 0u8..6),
        zones in prop::collection::vec(prop::option::weighted(0.93, 0usize..3), 30),
        busy in prop::bool::weighted(0.1),
        role in prop::bool::weighted(0.1),
        opted in (any::<bool>(), any::<bool>()),
        (maintained, offered) in (any::<bool>(), any::<bool>()),
        (min, more) in (1u32..8, 0u32..20),
        windowed in prop::option::weighted(0.3, (2u32..10, any::<bool>())),
        (has_rules, reads_cpu) in (prop::bool::weighted(0.85), prop::bool::weighted(0.85)),
        evicts in any::<bool>(),
        (out_ago, in_ago) in (prop::option::of(0i64..30), prop::option::of(0i64..30)),
        refused in prop::option::weighted(0.2, (0u8..3, any::<bool>(), -20i64..20)),
        promised in any::<bool>(),
        forgotten in prop::bool::weighted(0.1),
        (fewer_rules, dropped) in (prop::bool::weighted(0.3), prop::array::uniform4(any::<bool>())),
        (second, silent) in (prop::option::weighted(0.1, 0usize..30), prop::option::weighted(0.1, 0usize..30)),
        rising in prop::option::weighted(0.15, (0usize..30, 0u8..3)),
    ) -> World {
        let mut world = if enabled { World::enabled(shards, replicas) } else { World::disabled(replicas + 1) };
        let promised = promised || enabled;
        world.redis().failover = promised;
        world.redis().replicas.min = Count(u32::from(promised));
        let policy_min = min + u32::from(promised && min < 2);
        (world.target.scaling.min, world.target.scaling.max) =
            (Count(policy_min), Count((policy_min + more).min(if enabled { 30 } else { 6 }).max(policy_min)));
        if !enabled {
            let scaling = &mut world.target.scaling;
            scaling.min = scaling.min.min(Count(6));
            scaling.max = scaling.max.min(Count(6)).max(scaling.min);
        }
        world.group().multi_az = multi_az;
        world.group().failover =
            [Failover::Enabled, Failover::Disabled, Failover::Enabled, Failover::Disabled, Failover::Enabled, Failover::Changing][usize::from(failover)];
        if let Some(shard) = uneven.filter(|_| enabled) {
            let shard = shard % world.group().shards.len();
            let nodes = &mut world.group().shards[shard].nodes;
            if nodes.len() > 1 {
                nodes.pop();
            }
        }
        if opted.0 && enabled {
            world.redis().shards = Some(super::fixture::bounds(1, 4));
        }
        if opted.1 {
            world = world.ladder(&["cache.r7g.xlarge", "cache.r7g.2xlarge"], if offered { &["cache.r7g.2xlarge"] } else { &[] });
        }
        if maintained {
            world.group().maintenance = MaintenanceWindow::parse("wed:11:00-wed:13:00");
        }
        if evicts {
            world.target.scaling.scale_out.push(rule(Signal::Evictions, Comparison::Above, 100.0, 5));
        }
        if !has_rules {
            world.target.scaling.scale_out.clear();
            world.target.scaling.scale_in.clear();
        }
        if fewer_rules {
            let mut nth = dropped.iter();
            let mut keep = |_: &_| !nth.next().copied().unwrap_or(false);
            world.target.scaling.scale_out.retain(&mut keep);
            world.target.scaling.scale_in.retain(&mut keep);
        }
        if !reads_cpu {
            world.target.scaling.scale_out.retain(|rule| rule.signal != Signal::Cpu);
            world.target.scaling.scale_in.retain(|rule| rule.signal != Signal::Cpu);
        }
        if let Some((count, closed)) = windowed {
            let (least, most) = if closed { (None, Some(count)) } else { (Some(count), None) };
            world.target.scaling.windows.push(window("08:00", "20:00", "UTC", least, most));
        }
        let names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"];
        let nodes = world.group().shards.iter_mut().flat_map(|shard| &mut shard.nodes);
        for (node, zone) in nodes.zip(zones) {
            node.zone = zone.map(|zone| tidegate_policy::names::AvailabilityZone::new(names[zone]));
        }
        let ids: Vec<String> = world.seen.look.group().unwrap().nodes().map(|node| node.id.to_string()).collect();
        for (place, value) in spread {
            world.cpu_of.insert(ids[place % ids.len()].clone(), value);
            world.memory_of.insert(ids[(place + 1) % ids.len()].clone(), value);
        }
        if busy {
            world.group().shards[0].nodes[0].status = Availability::Other("modifying".to_owned());
        }
        if role && !enabled && replicas > 0 {
            world.group().shards[0].nodes[0].role = Role::Replica;
            world.group().shards[0].nodes[1].role = Role::Primary;
        }
        let now = world.now;
        world.history.recommendations = vec![Recommended { at: now - minutes(60), desired: Count::ZERO }];
        world.history.scaled_out = out_ago.map(|ago| ScaledOut { at: now - minutes(ago), from: Count(2), to: Count(4) });
        world.history.scaled_in_at = in_ago.map(|ago| now - minutes(ago));
        if let Some((lever, out, left)) = refused {
            let lever = [Lever::Replicas, Lever::Shards, Lever::NodeType][usize::from(lever)];
            let refused = Refused { times: 1, retry_at: now + minutes(left) };
            let group = &mut world.history.redis_nodes;
            if out { &mut group.refused_out } else { &mut group.refused_in }.insert(lever, refused);
        }
        world = world.under(load);
        // In the minutes of a failover two say that they are the primary; a new node says nothing; what is quiet on the whole just began.
        let now = world.now;
        let mut of = |place: usize, metric: NodeMetric, reading: Reading| {
            let signals = world.seen.signals.get_mut(&tidegate_policy::names::NodeId::new(&ids[place % ids.len()]));
            if let Some(found) = signals.and_then(|signals| signals.get_mut(&metric)) {
                *found = reading;
            }
        };
        if let Some(second) = second {
            of(second, NodeMetric::IsPrimary, super::fixture::level(1.0, now));
        }
        if let Some(silent) = silent {
            NodeMetric::ALL.into_iter().for_each(|metric| of(silent, metric, Reading::Missing));
        }
        if let Some((place, which)) = rising {
            let metric = [NodeMetric::EngineCpu, NodeMetric::Memory, NodeMetric::Evictions][usize::from(which)];
            of(place, metric, risen(5.0, 99.0, now));
        }
        if forgotten {
            for signals in world.seen.signals.values_mut() {
                if signals.contains_key(&NodeMetric::IsPrimary) {
                    signals.insert(NodeMetric::IsPrimary, Reading::Missing);
                }
            }
        }
        world
    }
}

/// Low for hours, and high in the newest minutes.
fn risen(low: f64, high: f64, now: jiff::Timestamp) -> Reading {
    let newest = Minute::containing(now - minutes(2)).0;
    let point = |back: i64| Point { minute: Minute(newest - back), value: if back < 4 { high } else { low } };
    Reading::new((0..180).map(point).collect(), None, now)
}

fn removes(plan: &Plan) -> bool {
    plan.actions.iter().any(|action| match action {
        Action::RedisNodes(RedisNodesAction::DecreaseReplicas(_)) => true,
        Action::RedisNodes(RedisNodesAction::SetShards(set)) => set.to < set.from,
        _ => false,
    })
}

fn promised(world: &World) -> bool {
    let TargetKind::RedisNodes(redis) = &world.target.kind else { return false };
    redis.failover
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_of_a_group_passes_the_checker(world in world()) {
        // `World::plan` holds every plan to it.
        let _ = world.plan();
    }

    #[test]
    fn bounds_are_kept_by_every_plan_of_a_group(mut world in world()) {
        let before = world.nodes();
        let (min, max) = (world.target.scaling.min.0 as usize, world.target.scaling.max.0 as usize);
        let windows = world.target.scaling.windows.clone();
        let plan = world.plan();
        for action in &plan.actions {
            world.done(action);
        }
        let after = world.nodes();
        let shards = world.seen.look.group().unwrap().shards.len();
        // A min outranks a max, and failover outranks both.
        let most = windows.iter().filter_map(|window| window.min).map(|count| count.0 as usize).fold(max, usize::max).max(2 * shards);
        prop_assert!(after <= before || after <= most, "{}", plan);
        prop_assert!(after >= before || after >= min, "{}", plan);
        for shard in &world.seen.look.group().unwrap().shards {
            prop_assert!(plan.actions.is_empty() || shard.nodes.len() <= 6, "{}", plan);
        }
    }

    #[test]
    fn the_failover_minimum_and_the_primary_stay(mut world in world()) {
        let needed = world.seen.look.group().unwrap().needs_a_replica() || promised(&world);
        let primaries: Vec<_> = world.seen.look.group().unwrap().nodes().filter(|node| node.role == Role::Primary).map(|node| node.id.clone()).collect();
        let plan = world.plan();
        let fewest = |world: &World| world.seen.look.group().unwrap().shards.iter().map(|shard| shard.nodes.len()).min();
        let before = fewest(&world);
        for action in &plan.actions {
            if let Action::RedisNodes(RedisNodesAction::DecreaseReplicas(fewer)) = action {
                prop_assert!(fewer.named.iter().all(|named| !primaries.contains(named)), "{}", plan);
            }
            world.done(action);
        }
        prop_assert!(!needed || fewest(&world) >= before.min(Some(2)), "{}", plan);
    }

    #[test]
    fn a_replica_is_never_added_for_memory(mut world in world()) {
        // Nobody is busy, and nothing is below a minimum: whatever memory does, no replica comes.
        world.cpu_of.clear();
        world.load = Load { primary_cpu: Some(30.0), replica_cpu: Some(30.0), ..world.load };
        world.target.scaling.windows.clear();
        world.target.scaling.min = Count(1);
        world.measure();
        let short = world.seen.look.group().unwrap().shards.iter().any(|shard| shard.nodes.len() < 2);
        let plan = world.plan();
        prop_assert!(short || !plan.actions.iter().any(|action| matches!(action, Action::RedisNodes(RedisNodesAction::IncreaseReplicas(_)))), "{}", plan);
    }

    #[test]
    fn missing_data_takes_no_node_away(mut world in world(), which in 0usize..100) {
        // A maximum is a person's word and needs no data; a policy without rules asks for none.
        let nodes = Count(u32::try_from(world.nodes()).unwrap());
        let scaling = &mut world.target.scaling;
        scaling.windows.retain(|window| window.max.is_none());
        scaling.max = scaling.max.max(nodes);
        if scaling.scale_in.is_empty() {
            scaling.scale_in = vec![rule(Signal::Cpu, Comparison::Below, 40.0, 30)];
            world.measure();
        }
        let scaling = &world.target.scaling;
        let mut rules = scaling.scale_out.iter().chain(&scaling.scale_in);
        let memory = rules.any(|rule| rule.signal == Signal::Memory);
        let counts = |metric: &NodeMetric| *metric == NodeMetric::EngineCpu || (memory && *metric == NodeMetric::Memory);
        let needed: Vec<_> = world.seen.signals.iter().flat_map(|(node, signals)| {
            let counted = signals.keys().filter(|metric| counts(metric));
            counted.map(|metric| (node.clone(), *metric)).collect::<Vec<_>>()
        }).collect();
        let (node, metric) = needed[which % needed.len()].clone();
        world.seen.signals.get_mut(&node).unwrap().insert(metric, Reading::Missing);
        let plan = world.plan();
        prop_assert!(!removes(&plan), "{} {:?}\n{}", node, metric, plan);
    }

    #[test]
    fn a_busy_group_is_not_changed(mut world in world()) {
        world.group().status = Availability::Other("modifying".to_owned());
        prop_assert!(world.plan().actions.is_empty());
    }

    #[test]
    fn planning_on_a_reached_state_of_a_group_plans_nothing(mut world in world()) {
        // Load is what it is however many nodes share it here: so thresholds alone would go on for ever, and are left out.
        world.target.scaling.scale_out.clear();
        world.target.scaling.scale_in.clear();
        world.history.redis_nodes = tidegate_policy::history::RedisNodesMemory::default();
        world.measure();
        let mut deeds = Vec::new();
        for _ in 0..20 {
            deeds.push(world.step().actions.len());
            world.pass(20);
        }
        prop_assert_eq!(deeds.last(), Some(&0), "{:?}", deeds);
    }
}
