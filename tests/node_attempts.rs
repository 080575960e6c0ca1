//! Goal: an attempt at a replication group may die anywhere, and what happens between a plan and its call stops the call. Method: the simulated
//! account, hours of each pressure and hours without, killed before and after every write that belongs to a change.

use std::cell::Cell;

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::document::parse;
use tidegate_policy::observation::{Lacking, Look, Observation, PastMinutes};
use tidegate_policy::plan::{Action, RedisNodesAction};
use tidegate_policy::policy::Target;
use tidegate_policy::reason::Reason;
use tidegate_policy::record::Outcome;
use tidegate_reconcile::Mode;
use tidegate_reconcile::port::{Fleet, FleetError, ObserveRequest};
use tidegate_reconcile::report::{RunReport, TargetResult};
use tidegate_simulator::account::{Account, Fault, GroupStart, Operation};
use tidegate_simulator::document::{Body, NodeSet};
use tidegate_simulator::world::WorldEvent;

use crate::crash_walk::{Death, Mortal};
use crate::world::World;

/// A group that is looked at each minute: what comes of a walk does not depend on the minute in which an attempt died.
fn target(rest: &str) -> Target {
    let document = format!(
        r#"
[[target]]
name = "sessions"
kind = "redis-nodes"
group = "sessions"
evaluate_every = "1m"
scale_out = ["memory > 75% for 3m", "cpu > 70% for 3m"]
scale_in = ["memory < 40% for 5m", "cpu < 40% for 5m"]
cooldown = {{ out = "5m", in = "5m" }}
stabilization = {{ in = "0s" }}
{rest}
"#
    );
    parse(&document).unwrap_or_else(|problems| panic!("{problems:#?}")).targets.remove(0)
}

fn nodes(world: &World) -> NodeSet {
    let Body::Nodes(nodes) = world.account.frame() else { panic!("a group") };
    nodes
}

fn calls(world: &World, operation: &str) -> u64 {
    world.account.api_calls().get(operation).copied().unwrap_or(0)
}

/// Hours of one load and then hours of another, and the calls that they are about.
struct Walk {
    target: Target,
    group: GroupStart,
    hours: [(i64, f64); 2],
    operations: &'static [&'static str],
}

/// Where a walk comes to rest, and what it told on the way.
#[derive(Debug, PartialEq, Eq)]
struct Rest {
    nodes: usize,
    shards: u32,
    node_type: String,
    under_way: bool,
    blamed: usize,
    failed: usize,
    calls: Vec<u64>,
}

struct Walked {
    rest: Rest,
    killed: usize,
    /// The writes of attempts that began a change or saw its end.
    eventful: Vec<usize>,
}

impl Walk {
    fn walk(&self, death: Option<Death>) -> Walked {
        let mut world = World::of_group(&self.target, 7, self.group.clone());
        let writes = Cell::new(0);
        let (mut killed, mut eventful, mut remembered) = (0, Vec::new(), None);
        for (hours, units) in self.hours {
            for _ in 0..hours * 60 {
                let before = writes.get();
                let mortal = Mortal { account: &world.account, writes: &writes, death };
                killed += usize::from(world.attempt(&mortal, &mortal, Mode::Apply).is_none());
                let changing =
                    world.account.with_history(|history| history.redis_nodes.changing.clone()).flatten();
                if changing != remembered {
                    eventful.extend(before..writes.get());
                    remembered = changing;
                }
                world.live(units);
            }
        }
        let said =
            |reason| world.account.activities_since(0).iter().filter(|said| said.reason == reason).count();
        let frame = nodes(&world);
        Walked {
            rest: Rest {
                nodes: frame.nodes.len(),
                shards: frame.shards,
                node_type: frame.node_type.to_string(),
                under_way: remembered.is_some(),
                blamed: said(Reason::ForeignWrite),
                failed: said(Reason::PlanRefused) + said(Reason::ChangeFailed),
                calls: self.operations.iter().map(|operation| calls(&world, operation)).collect(),
            },
            killed,
            eventful,
        }
    }

    /// A call whose attempt died behind it is not made again, and one that was never made is.
    fn survives(&self) -> Rest {
        let alive = self.walk(None);
        assert!(alive.eventful.len() >= 5, "{:?} {:?}", alive.rest, alive.eventful);
        for write in &alive.eventful {
            for death in [Death::Before(*write), Death::After(*write)] {
                let died = self.walk(Some(death));
                assert_eq!(died.killed, 1, "{death:?}: nobody died");
                assert_eq!(died.rest, alive.rest, "{death:?}");
            }
        }
        alive.rest
    }
}

#[test]
fn a_group_survives_a_crash_at_every_write_of_its_replicas() {
    let rest = Walk {
        target: target("min = 2\nmax = 4"),
        group: GroupStart::plain(),
        hours: [(1, 2.2), (2, 0.2)],
        operations: &["IncreaseReplicaCount", "DecreaseReplicaCount"],
    }
    .survives();
    assert_eq!((rest.nodes, rest.blamed, rest.failed, rest.under_way), (2, 0, 0, false));
    assert_eq!(rest.calls, [2, 2]);
}

#[test]
fn a_group_survives_a_crash_at_every_write_of_its_shards() {
    let rest = Walk {
        target: target("min = 4\nmax = 12\ncluster_mode = \"enabled\"\nshards = { min = 2, max = 3 }"),
        group: GroupStart::plain().holding(15.0, 22.0),
        hours: [(2, 3.0), (4, 0.1)],
        operations: &["ModifyReplicationGroupShardConfiguration"],
    }
    .survives();
    assert_eq!((rest.nodes, rest.shards, rest.blamed, rest.failed), (4, 2, 0, 0));
    assert_eq!(rest.calls, [2]);
}

#[test]
fn a_group_survives_a_crash_at_every_write_of_its_node_type() {
    // The account begins on a Sunday, and the group's maintenance window is at three in the morning.
    let rest = Walk {
        target: target("min = 2\nmax = 2\nnode_types = [\"cache.t3.medium\", \"cache.m7g.large\"]"),
        group: GroupStart::plain().holding(85.0, 0.0),
        hours: [(3, 0.3), (2, 0.3)],
        operations: &["ModifyReplicationGroup"],
    }
    .survives();
    assert_eq!((rest.nodes, rest.node_type.as_str(), rest.blamed), (2, "cache.m7g.large", 0));
    assert_eq!(rest.calls, [1]);
}

/// An account in which something happens right before the last look at it.
struct Meanwhile<'a> {
    account: &'a Account,
    happens: &'a dyn Fn(&Account),
}

impl Fleet for Meanwhile<'_> {
    async fn observe(
        &self,
        requests: &[ObserveRequest<'_>],
        now: Timestamp,
    ) -> Result<Vec<Result<Observation, FleetError>>, FleetError> {
        self.account.observe(requests, now).await
    }

    async fn past(
        &self,
        target: &Target,
        seen: &Observation,
        lacking: Lacking,
    ) -> Result<PastMinutes, FleetError> {
        self.account.past(target, seen, lacking).await
    }

    async fn look_again(&self, target: &Target, action: &Action, now: Timestamp) -> Result<Look, FleetError> {
        (self.happens)(self.account);
        self.account.look_again(target, action, now).await
    }

    async fn apply(&self, target: &Target, action: &Action) -> Outcome {
        self.account.apply(target, action).await
    }
}

/// A group of three nodes, of which the next attempt takes one away.
fn about_to_shrink() -> World {
    about_to_shrink_after(0)
}

/// The same, some failovers later: another node is the primary, and another one goes.
fn about_to_shrink_after(failovers: usize) -> World {
    let start = GroupStart { replicas: Some(2), ..GroupStart::plain() };
    let mut world = World::of_group(&target("min = 2\nmax = 4"), 7, start);
    for _ in 0..failovers {
        let _ = world.account.befall(&WorldEvent::NodeFailover { shard: 0 });
    }
    for _ in 0..120 {
        let planned = world.attempt(&world.account, &world.account, Mode::DryRun).unwrap();
        let TargetResult::Planned { plan, .. } = &planned.targets[0].result else { panic!("{planned:?}") };
        if let [Action::RedisNodes(RedisNodesAction::DecreaseReplicas(_))] = plan.actions.as_slice() {
            return world;
        }
        world.live(0.2);
    }
    panic!("nothing was ever to go");
}

fn attempt_while(world: &World, happens: &dyn Fn(&Account)) -> RunReport {
    let fleet = Meanwhile { account: &world.account, happens };
    world.attempt(&fleet, &world.account, Mode::Apply).unwrap()
}

fn outcome(report: &RunReport) -> &Outcome {
    let TargetResult::Planned { outcomes, .. } = &report.targets[0].result else { panic!("{report:?}") };
    let [(Action::RedisNodes(RedisNodesAction::DecreaseReplicas(_)), outcome)] = outcomes.as_slice() else {
        panic!("{outcomes:?}")
    };
    outcome
}

#[test]
fn what_happens_between_the_plan_and_its_call_stops_the_call() {
    let minutes = SignedDuration::from_mins(20);
    for happens in [WorldEvent::ForeignChange, WorldEvent::SnapshotRunning { lasting: minutes }] {
        let world = about_to_shrink();
        let report = attempt_while(&world, &|account| {
            let _ = account.befall(&happens);
        });
        let Outcome::Stale { why } = outcome(&report) else { panic!("{report:?}") };
        assert!(why.contains("the group is "), "{why}");
        assert_eq!(calls(&world, "DecreaseReplicaCount"), 0);
    }
}

#[test]
fn a_failover_between_the_plan_and_its_call_never_costs_the_primary() {
    let mut stopped = 0;
    for before in 0..2 {
        let mut world = about_to_shrink_after(before);
        let report = attempt_while(&world, &|account| {
            let _ = account.befall(&WorldEvent::NodeFailover { shard: 0 });
        });
        // The roles of the last look may be a minute old too: then it is ElastiCache that refuses to take its primary away.
        stopped += usize::from(matches!(outcome(&report), Outcome::Stale { .. } | Outcome::Failed { .. }));
        // The watcher sees to it that no primary goes.
        for _ in 0..60 {
            let _ = world.attempt(&world.account, &world.account, Mode::Apply);
            world.live(0.2);
        }
        assert_eq!(nodes(&world).nodes.len(), 2);
    }
    assert!(stopped > 0, "the replica that was to go never became the primary");
}

#[test]
fn without_a_last_look_nothing_goes() {
    let world = about_to_shrink();
    let report = attempt_while(&world, &|account| {
        account.fail_next(Operation::DescribeReplicationGroups, Fault::Throttled);
    });
    assert!(matches!(outcome(&report), Outcome::Failed { .. }), "{report:?}");
    assert_eq!(calls(&world, "DecreaseReplicaCount"), 0);
}

#[test]
fn a_direct_command_to_a_group_is_in_the_ledger_and_followed() {
    use tidegate_policy::order::Order;
    use tidegate_policy::units::Count;

    let world = World::new(&target("min = 2\nmax = 4"), 7);
    let order = Order::Hold { min: Some(Count(3)), max: None, until: None, sent_at: None };
    let orders = [(tidegate_policy::names::TargetName::new("sessions"), order)];
    world.account.advance_to(world.now());
    let report = world.attempt_with(&world.account, &world.account, Mode::Apply, &orders).unwrap();
    let TargetResult::Planned { plan, .. } = &report.targets[0].result else { panic!("{report:?}") };
    assert_eq!(plan.decision.desired, Count(3), "{plan}");
    assert_eq!(calls(&world, "IncreaseReplicaCount"), 1);
    let stored = world.account.with_history(|history| history.orders.bounds.clone()).flatten();
    assert_eq!(stored.and_then(|order| order.min), Some(Count(3)));
}
