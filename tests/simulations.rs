//! Goal: no shipped simulation breaks an invariant. Method: every shape and both policies, with mishaps, over seeds that reproduce;
//! the watcher looks at the account itself, not at what the scaler believes.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use tidegate_policy::policy::Target;
use tidegate_policy::units::Count;
use tidegate_reconcile::Mode;
use tidegate_simulator::demand::minutes_of_days;
use tidegate_simulator::demand::shape::Shape;
use tidegate_simulator::document::{Document, TimelineEntry};
use tidegate_simulator::mishaps::{mishaps, swarm};
use tidegate_simulator::random::{Draws, Streams};
use tidegate_simulator::run::{Setup, simulate};
use tidegate_simulator::world::{BrokenState, ScriptedEvent, WorldEvent};

use crate::world::{PRODUCTION, STAGING, TO_ZERO, World, target, targets};

fn run(
    target: &Target,
    shape: Shape,
    seed: u64,
    days: f64,
    peak: f64,
    world: Vec<ScriptedEvent>,
) -> Document {
    let demand = shape.demand(minutes_of_days(days).unwrap(), seed, peak);
    let setup = Setup { world, ..Setup::new("test", seed) };
    simulate(target, &demand, &setup, &mut |_| ()).unwrap().document
}

fn assert_sound(document: &Document, what: &str) {
    let broken: Vec<_> = document.timeline.iter().filter(|entry| entry.kind == "invariant").collect();
    assert!(document.invariant_violations == 0 && broken.is_empty(), "{what}: {broken:#?}");
    let refused: Vec<_> = document.timeline.iter().filter(|entry| entry.reason == "plan_refused").collect();
    assert!(refused.is_empty(), "{what}: the checker refused the planner's own plan: {refused:#?}");
}

/// What the seed of a script of mishaps draws.
pub(crate) fn drawn(seed: u64) -> Draws {
    Streams::new(seed).key("simulations", "mishaps").member(0)
}

/// Everything that can go wrong with a target, once each and evenly apart, in an order and with figures that the seed draws.
fn each_once(target: &Target, seed: u64, days: f64) -> Vec<ScriptedEvent> {
    let mut draws = drawn(seed);
    let events = mishaps(&target.kind, &mut draws);
    let mut events: Vec<_> = events.into_iter().map(|event| (draws.bits(), event)).collect();
    events.sort_by_key(|(place, _)| *place);
    let apart = SignedDuration::from_secs_f64(days * 86_400.0) / (i32::try_from(events.len()).unwrap() + 1);
    (1_i32..).zip(events).map(|(place, (_, event))| ScriptedEvent { after: apart * place, event }).collect()
}

/// The load that asks for a little more than the most that a target may have.
fn peak(target: &Target) -> f64 {
    f64::from(target.scaling.max.0) + 0.6
}

/// Every target of the shipped policies, with a name for messages.
fn shipped() -> Vec<(String, Target)> {
    let of = |name, document| {
        targets(document).into_iter().map(move |target| (format!("{name} {}", target.name), target))
    };
    of("production", PRODUCTION).chain(of("staging", STAGING)).chain(of("to zero", TO_ZERO)).collect()
}

#[test]
fn every_shape_and_policy_keeps_the_invariants() {
    for (name, target) in shipped() {
        for shape in Shape::ALL {
            for seed in 1..=3 {
                let sound = run(&target, shape, seed, 2.0, peak(&target), Vec::new());
                assert_sound(&sound, &format!("{name} {shape:?} seed {seed}"));
            }
        }
    }
}

#[test]
fn every_mishap_keeps_the_invariants() {
    for (name, target) in shipped() {
        for seed in 1..=20 {
            let world = each_once(&target, seed, 3.0);
            let sound = run(&target, Shape::Daily, seed, 3.0, peak(&target), world);
            assert_sound(&sound, &format!("{name} seed {seed}"));
        }
    }
}

/// Policies at the edges of what the document allows.
#[test]
fn legal_extremes_keep_the_invariants() {
    let long = "deadline = \"3h\", quiet_points = 3, idle_connections = 1";
    let drain = "deadline = \"45m\", quiet_points = 3, idle_connections = 1, on_deadline = \"cancel\"";
    let disks_out = "scale_out = [\"replica read latency > 8ms for 2m\", \"primary disk queue > 10 for 3m\",";
    let disks_in = "scale_in = [\"replica read latency < 3ms for 10m\", \"replica disk queue < 3 for 10m\",";
    let edits: [(&str, &[(&str, &str)]); 8] = [
        ("a TTL of five minutes", &[("\"10s\"", "\"300s\""), (drain, long)]),
        ("a TTL of a second", &[("\"10s\"", "\"1s\"")]),
        ("postgres", &[("\"mysql\"", "\"postgres\"")]),
        ("none to fifteen", &[("min = 1", "min = 0"), ("max = 5", "max = 15")]),
        ("force", &[("\"cancel\"", "\"force\"")]),
        ("no floor", &[("floor = true", "floor = false")]),
        ("disks", &[("scale_out = [", disks_out), ("scale_in = [", disks_in)]),
        ("tracking", &[("scale_in = [", "track = [\"replica cpu at 75%\"]\nscale_in = [")]),
    ];
    for (name, edits) in edits {
        // Of replicas: services have extremes of their own.
        let replicas = PRODUCTION.split("\n[calendars]").next().unwrap().to_owned();
        let document = edits.iter().fold(replicas, |document, (from, to)| {
            assert!(document.contains(from), "{name}: production.toml no longer holds {from}");
            // The replicas are the first of the document; what others have alike stays as it is.
            document.replacen(from, to, 1)
        });
        for seed in 1..=3 {
            let target = target(&document);
            let world = each_once(&target, seed, 2.0);
            let sound = run(&target, Shape::Mission, seed, 2.0, 5.6, world);
            assert_sound(&sound, &format!("{name} seed {seed}"));
        }
    }
}

/// A group whose rules compare clients too: they come with the demand, and leave with it.
#[test]
fn rules_on_connections_keep_the_invariants() {
    let edits = [
        ("  \"memory > 75% for 10m\",", "  \"connections > 450 for 5m\",\n  \"memory > 75% for 10m\","),
        ("  \"memory < 40% for 30m\",", "  \"connections < 250 for 30m\",\n  \"memory < 40% for 30m\","),
    ];
    let document = edits.iter().fold(PRODUCTION.to_owned(), |document, (from, to)| {
        assert_eq!(document.matches(from).count(), 1, "production.toml no longer holds {from} once");
        document.replacen(from, to, 1)
    });
    let target = targets(&document).into_iter().find(|target| target.name.as_str() == "sessions").unwrap();
    let mut said = Vec::new();
    for seed in 1..=5 {
        let sound = run(&target, Shape::Daily, seed, 3.0, peak(&target), each_once(&target, seed, 3.0));
        assert_sound(&sound, &format!("seed {seed}"));
        said.extend(sound.timeline);
    }
    let for_clients = |entry: &TimelineEntry| {
        entry.reason == "scale_out_threshold" && entry.detail.contains("connections of ")
    };
    assert!(said.iter().any(for_clients), "the rule never held");
}

#[test]
fn the_same_seed_gives_the_same_document_and_another_seed_another() {
    let target = target(PRODUCTION);
    let document = |seed| {
        let world = each_once(&target, seed, 1.0);
        serde_json::to_string(&run(&target, Shape::Mission, seed, 1.0, 5.6, world)).unwrap()
    };
    assert_eq!(document(5), document(5));
    assert_ne!(document(5), document(6));
}

#[test]
fn a_failed_creation_is_cleared_away_and_made_good() {
    let world = vec![ScriptedEvent { after: SignedDuration::ZERO, event: WorldEvent::FailNextCreation }];
    let document = run(&target(PRODUCTION), Shape::Mission, 1, 1.0, 5.6, world);
    let reasons: Vec<_> = document.timeline.iter().map(|entry| entry.reason.as_str()).collect();
    let place =
        |code: &str| reasons.iter().position(|reason| *reason == code).unwrap_or_else(|| panic!("no {code}"));
    assert!(place("creation_failed") < place("add_given_up"));
    assert!(reasons[place("add_given_up")..].contains(&"serving"), "no replica came after the failure");
}

/// A day of little load without windows, in which this befalls the only replica after two hours.
fn day_with(event: WorldEvent) -> Document {
    let mut target = target(PRODUCTION);
    target.scaling.windows.clear();
    let world = vec![ScriptedEvent { after: SignedDuration::from_hours(2), event }];
    let document = run(&target, Shape::Steady, 1, 1.0, 0.6, world);
    assert_sound(&document, "one replica");
    document
}

#[test]
fn dead_capacity_is_alerted_and_replaced() {
    for state in [BrokenState::StorageFull, BrokenState::Stopped, BrokenState::Unheard] {
        let lasting = SignedDuration::from_hours(30);
        let document = day_with(WorldEvent::ReplicaBreaks { replica: 0, state, lasting });
        let at = |code: &str| document.timeline.iter().position(|entry| entry.reason == code);
        let (Some(alerted), Some(made)) = (at("replica_not_serving"), at("create_replicas")) else {
            panic!("{state:?}: {:#?}", document.timeline)
        };
        assert!(alerted.abs_diff(made) <= 3, "{state:?}: alerted at {alerted}, replaced at {made}");
        let calls = |name: &str| document.api_calls.get(name).copied().unwrap_or(0);
        assert_eq!(calls("CreateDBInstanceReadReplica"), 1, "{state:?}");
        assert_eq!(calls("DeleteDBInstance"), 0, "{state:?}");
    }
}

#[test]
fn a_reboot_is_no_dead_capacity() {
    let lasting = SignedDuration::from_mins(40);
    let document = day_with(WorldEvent::InstanceInterrupted { replica: 0, lasting });
    assert!(!document.api_calls.contains_key("CreateDBInstanceReadReplica"), "{:?}", document.api_calls);
}

#[test]
fn a_held_replica_is_made_good_and_comes_back() {
    let lasting = SignedDuration::from_hours(6);
    let document = day_with(WorldEvent::HoldReplica { replica: 0, lasting });
    let reasons: Vec<_> = document.timeline.iter().map(|entry| entry.reason.as_str()).collect();
    for reason in ["replica_held", "create_replicas", "serving"] {
        assert!(reasons.contains(&reason), "{reason}: {reasons:?}");
    }
}

/// What else points at a leaving replica is known only from the whole zone. Without it nobody leaves, and everything else goes on.
#[test]
fn while_the_whole_zone_cannot_be_read_nobody_leaves() {
    let hours = SignedDuration::from_hours;
    let world = |unread: bool| {
        let event = WorldEvent::ZoneUnreadable { lasting: hours(20) };
        if unread { vec![ScriptedEvent { after: SignedDuration::ZERO, event }] } else { Vec::new() }
    };
    let reasons = |unread| {
        let document = run(&target(PRODUCTION), Shape::Daily, 1, 2.0, 5.6, world(unread));
        assert_sound(&document, "daily");
        let left: Vec<_> = document
            .timeline
            .iter()
            .filter(|entry| {
                ["drain_start", "leave_reader", "delete_replica"].contains(&entry.reason.as_str())
            })
            .map(|entry| entry.at)
            .collect();
        let added = document.timeline.iter().filter(|entry| entry.reason == "serving").count();
        (left, added)
    };
    let (sighted, _) = reasons(false);
    let (blind, added) = reasons(true);
    let end = Shape::Daily.demand(minutes_of_days(2.0).unwrap(), 1, 5.6).start + hours(20);
    assert!(sighted.iter().any(|at| *at < end), "somebody would have left: {sighted:?}");
    assert!(blind.iter().all(|at| *at >= end), "{blind:?}");
    assert!(!blind.is_empty(), "and afterwards they leave");
    assert!(added > 0, "replicas are added all the same");
}

/// The ramp counts on caches that are warm in five minutes. Where they need fifteen, clients wait a little more, and nothing else goes wrong.
#[test]
fn caches_that_warm_up_three_times_as_slowly_cost_minutes_and_no_safety() {
    let mut target = target(PRODUCTION);
    target.scaling.windows.clear();
    let violating = |world: Vec<ScriptedEvent>| {
        let document = run(&target, Shape::Mission, 1, 1.0, 3.5, world);
        assert_sound(&document, "caches");
        assert!(document.timeline.iter().all(|entry| entry.reason != "demote_replica"));
        (document.violation_minutes, document.severe_minutes)
    };
    let lasting = SignedDuration::from_hours(24);
    let event = WorldEvent::SlowCaches { lasting };
    let slow = violating(vec![ScriptedEvent { after: SignedDuration::ZERO, event }]);
    let quick = violating(Vec::new());
    // Measured: 108 and 72 severe, of 105 and 62.
    assert!(slow.1 > quick.1 && slow.0 <= quick.0 + 15 && slow.1 <= quick.1 + 15, "{slow:?} {quick:?}");
}

/// A denied call keeps everybody: nobody leaves, nothing is added above the minimum, a person is told, and who had begun to leave comes back.
#[test]
fn while_deployments_cannot_be_read_nobody_comes_or_goes_and_it_is_told() {
    let hours = SignedDuration::from_hours;
    let world = |after: SignedDuration| {
        vec![ScriptedEvent { after, event: WorldEvent::DeploymentsUnreadable { lasting: hours(20) } }]
    };
    // What a window's minimum lacks is made all the same.
    let mut target = target(PRODUCTION);
    target.scaling.windows.clear();
    let seen = |world: Vec<ScriptedEvent>| {
        let document = run(&target, Shape::Daily, 1, 2.0, 5.6, world);
        assert_sound(&document, "daily");
        document.timeline
    };
    let at = |timeline: &[TimelineEntry], reason: &str| -> Vec<Timestamp> {
        timeline.iter().filter(|entry| entry.reason == reason).map(|entry| entry.at).collect()
    };
    let sighted = seen(Vec::new());
    let start = Shape::Daily.demand(minutes_of_days(2.0).unwrap(), 1, 5.6).start;
    // From the minute in which the first victim has left the answers.
    let left = at(&sighted, "leave_reader")[0];
    let blind = seen(world(left.duration_since(start)));
    let end = left + hours(20);
    for reason in ["delete_replica", "create_replicas"] {
        assert!(at(&sighted, reason).iter().any(|at| left < *at && *at < end), "{reason} would have come");
        assert!(
            at(&blind, reason).iter().all(|at| *at <= left || *at >= end),
            "{reason}: {:?}",
            at(&blind, reason)
        );
    }
    let mut ended = at(&blind, "drain_cancelled_deadline");
    ended.retain(|at| left < *at && *at < end);
    // Told as the step and as an alert.
    ended.dedup();
    assert_eq!(ended.len(), 1, "{ended:?}");
    let mut alerts =
        blind.iter().filter(|entry| entry.kind == "alert" && entry.reason == "blue_green_unknown");
    assert!(
        alerts.next().is_some_and(|alert| left + hours(1) <= alert.at && alert.at < left + hours(2)),
        "told"
    );
    assert!(at(&blind, "delete_replica").iter().any(|at| *at >= end), "and afterwards they leave");
}

/// Descriptions and records cost nothing but their calls, so that what died is seen within a minute; metrics are bought as the policy says.
#[test]
fn a_quiet_minute_is_one_read_of_the_ledger_the_instances_and_the_records() {
    let document = run(&target(TO_ZERO), Shape::Steady, 1, 1.0, 0.3, Vec::new());
    let calls = |name: &str| document.api_calls.get(name).copied().unwrap_or(0);
    assert_eq!(calls("GetItem") + calls("BatchGetItem"), 1_440, "one a minute: {:?}", document.api_calls);
    for read in ["DescribeDBInstances", "ListResourceRecordSets"] {
        assert_eq!(calls(read), 1_440, "one a minute: {:?}", document.api_calls);
    }
    assert_eq!(
        calls("GetMetricData"),
        288,
        "signals are bought every five minutes: {:?}",
        document.api_calls
    );
    // The lease and the record of each evaluation; a glance that finds nothing writes nothing.
    assert_eq!(calls("PutItem"), 2 * 288, "{:?}", document.api_calls);
}

/// ECS and ElastiCache take what died out of the answers themselves: nothing needs to be looked at before it is due.
#[test]
fn a_quiet_minute_of_a_service_or_a_group_is_one_read_of_the_ledger() {
    let of_kind = |kind: &str| {
        let targets = tidegate_policy::document::parse(PRODUCTION).unwrap().targets;
        let mut target = targets.into_iter().find(|target| target.kind.name() == kind).unwrap();
        target.scaling.evaluate_every = SignedDuration::from_mins(5);
        target.scaling.windows.clear();
        target
    };
    for (kind, read) in [("ecs-service", "DescribeServices"), ("redis-nodes", "DescribeReplicationGroups")] {
        let document = run(&of_kind(kind), Shape::Steady, 1, 1.0, 0.3, Vec::new());
        let calls = |name: &str| document.api_calls.get(name).copied().unwrap_or(0);
        assert_eq!(calls("GetItem"), 1_440, "{kind}: {:?}", document.api_calls);
        let looks = calls(read);
        assert!((288..320).contains(&looks), "{kind}: looked at when it is due: {:?}", document.api_calls);
        assert!(calls("PutItem") >= 2 * looks, "{kind}: and each look is recorded: {:?}", document.api_calls);
    }
}

/// The clock alone: no event tells of it, and nothing is due for minutes.
#[test]
fn a_dead_replica_leaves_the_reader_name_within_two_minutes_without_an_event() {
    let mut target = target(PRODUCTION);
    target.scaling.min = Count(2);
    for event in [
        WorldEvent::ReplicaBreaks {
            replica: 0,
            state: BrokenState::StorageFull,
            lasting: SignedDuration::from_mins(40),
        },
        WorldEvent::InstanceInterrupted { replica: 0, lasting: SignedDuration::from_mins(40) },
    ] {
        let mut world = World::new(&target, 3);
        let due = |world: &World| world.account.with_history(|history| history.evaluated_at).flatten();
        for _ in 0..60 {
            let _ = world.attempt(&world.account, &world.account, Mode::Apply).unwrap();
            world.live(1.0);
        }
        // Right after an evaluation, four minutes before the next.
        while due(&world).is_none_or(|at| at < world.now() - SignedDuration::from_secs(60)) {
            let _ = world.attempt(&world.account, &world.account, Mode::Apply).unwrap();
            world.live(1.0);
        }
        let weights = |world: &World| {
            let frames = world.account.replica_frames();
            frames.iter().filter(|frame| frame.weight.is_some_and(|weight| weight > 0)).count()
        };
        let (before, begun) = (weights(&world), world.minute);
        let told = world.account.befall(&event);
        while weights(&world) == before {
            assert!(world.minute - begun < 2, "{told}, and keeps its weight all the same");
            let _ = world.attempt(&world.account, &world.account, Mode::Apply).unwrap();
            let _ = world.pass(1.0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any script of mishaps, with any half of their kinds switched off, of any target, on any shape, with any seed.
    #[test]
    fn no_script_of_mishaps_breaks_an_invariant(
        seed in 0_u64..1_000_000,
        shape in prop::sample::select(Shape::ALL.to_vec()),
        (name, target) in prop::sample::select(shipped()),
        keep in prop::collection::vec(any::<bool>(), 28),
    ) {
        // Of a failing script every mishap that it does not need is dropped, one by one.
        let script = swarm(&target.kind, &mut drawn(seed), keep.len(), 2_000);
        let world: Vec<_> =
            script.into_iter().zip(keep).filter(|(_, keep)| *keep).map(|(scripted, _)| scripted).collect();
        let simulated = run(&target, shape, seed, 2.0, peak(&target), world.clone());
        assert_sound(&simulated, &format!("{name} {shape:?} seed {seed}: {world:?}"));
    }
}
