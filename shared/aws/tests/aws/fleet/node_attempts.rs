//! Attempts at replication groups over the wire, planner and all: which lever is pulled, what keeps it from being pulled, and what it costs.

use jiff::SignedDuration;
use tidegate_aws::clients::Clients;
use tidegate_aws::fleet::AwsFleet;
use tidegate_aws::report::failure;
use tidegate_policy::document::parse;
use tidegate_policy::policy::Policy;
use tidegate_policy::reason::Reason;
use tidegate_policy::record::Outcome;
use tidegate_reconcile::report::{RunReport, TargetReport, TargetResult};
use tidegate_reconcile::{Attempt, Mode, Wake, reconcile};

use super::account::Account;
use super::cache_answers::{CacheNode, Caches};
use super::memory::Memory;
use super::node_changes::{DECREASE, INCREASE, MODIFY, SHARDS};
use super::node_scene::native;
use super::scene::now;
use super::wire::{Call, Mishap, clients};

/// The policy's text for a target of this group; `more` is appended.
fn document(name: &str, cluster_mode: &str, max: u32, more: &str) -> String {
    format!(
        "[[target]]\nname = \"{name}\"\nkind = \"redis-nodes\"\ngroup = \"{name}\"\ncluster_mode = \"{cluster_mode}\"\n\
         min = 2\nmax = {max}\nscale_out = [\"memory > 75% for 10m\", \"cpu > 70% for 10m\"]\n\
         scale_in = [\"memory < 40% for 30m\", \"cpu < 40% for 30m\"]\n{more}\n"
    )
}

/// An account, the policy of what is in it, and its ledger.
struct World {
    account: Account,
    clients: Clients,
    policy: Policy,
    ledger: Memory,
}

impl World {
    fn new(text: &str) -> Self {
        let account = Account::new();
        let clients = clients(&account);
        let policy = parse(text).unwrap_or_else(|problems| panic!("{problems:?}"));
        Self { account, clients, policy, ledger: Memory::default() }
    }

    /// `sessions` with a primary and so many replicas, cluster mode disabled.
    fn sessions(replicas: usize, more: &str) -> Self {
        let world = Self::new(&document("sessions", "disabled", 6, more));
        world.caches(|caches| caches.put("sessions", false, 1, replicas));
        world
    }

    fn caches(&self, change: impl FnOnce(&mut Caches)) {
        change(&mut self.account.state().caches);
    }

    /// CPU of the host of two cores, and memory, of every node named, as far back as anybody looks. The first node of a shard is its primary.
    fn load(&self, nodes: &[&str], cpu: f64, memory: f64) {
        let first = now().as_second() - 2 * 3600;
        for node in nodes {
            let primary = if node.ends_with("-001") { 1.0 } else { 0.0 };
            for (metric, value) in
                [("CPUUtilization", cpu), ("DatabaseMemoryUsagePercentage", memory), ("IsMaster", primary)]
            {
                let points = (0..600).map(|minute| ((first.div_euclid(60) + minute) * 60, value)).collect();
                let key = (format!("{node} 0001"), metric.to_owned());
                self.account.state().series.insert(key, points);
            }
        }
    }

    /// One attempt, so many minutes on, with a fleet of its own.
    async fn wake(&self, minutes: i64) -> RunReport {
        let owner = format!("the attempt of minute {minutes}");
        let attempt = Attempt {
            owner: &owner,
            lease_for: SignedDuration::from_mins(2),
            wake: Wake::Clock,
            mode: Mode::Apply,
            orders: &[],
            paused: None,
        };
        let at = now() + SignedDuration::from_mins(minutes);
        reconcile(&AwsFleet::new(&self.clients), &self.ledger, &self.policy, at, &attempt).await.unwrap()
    }

    /// Wakes up every five minutes until something is changed, two hours at most: the call, and when it was made.
    async fn until_changed(&self) -> Option<(i64, Call)> {
        for minutes in (0..120).step_by(5) {
            let report = self.wake(minutes).await;
            if let Some(call) = self.changes().into_iter().next() {
                let outcome = outcomes(&report.targets[0]).remove(0);
                assert_eq!(outcome, Outcome::Applied { change: None });
                return Some((minutes, call));
            }
        }
        None
    }

    fn changes(&self) -> Vec<Call> {
        let state = self.account.state();
        let made = |call: &&Call| [INCREASE, DECREASE, SHARDS, MODIFY].contains(&call.operation.as_str());
        state.calls.iter().filter(made).cloned().collect()
    }
}

fn outcomes(target: &TargetReport) -> Vec<Outcome> {
    match &target.result {
        TargetResult::Planned { outcomes, .. } => {
            outcomes.iter().map(|(_, outcome)| outcome.clone()).collect()
        }
        other => panic!("{}: {other:?}", target.target),
    }
}

/// Why the plan does what it does, or does nothing.
fn reason(report: &RunReport) -> Reason {
    match &report.targets[0].result {
        TargetResult::Planned { plan, .. } => plan.decision.explanation.reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn busy_readers_get_a_replica_and_nothing_is_asked_until_it_is_there() {
    let world = World::sessions(1, "");
    world.load(&["sessions-001", "sessions-002"], 40.0, 30.0);
    let (at, call) = world.until_changed().await.expect("a change");
    assert_eq!((call.operation.as_str(), call.field("NewReplicaCount")), (INCREASE, "2"));
    for minute in 1..4 {
        assert!(outcomes(&world.wake(at + minute).await.targets[0]).is_empty());
        assert_eq!(world.changes().len(), 1, "one change at a time");
    }
    world.caches(|caches| {
        caches.group("sessions").status = "available".to_owned();
        caches.node("sessions-n3").status = Some("available".to_owned());
    });
    world.load(&["sessions-001", "sessions-002", "sessions-n3"], 25.0, 30.0);
    let report = world.wake(at + 4).await;
    assert!(failure(&report.targets[0]).is_none());
    assert_eq!(world.changes().len(), 1, "it rests");
}

#[tokio::test(start_paused = true)]
async fn an_idle_replica_goes_by_its_name_after_a_last_look() {
    let world = World::sessions(3, "");
    world.load(&["sessions-001", "sessions-002", "sessions-003", "sessions-004"], 5.0, 10.0);
    let (_, call) = world.until_changed().await.expect("a change");
    assert_eq!(call.operation, DECREASE);
    let gone = call.field("ReplicasToRemove.member.1").to_owned();
    assert!(["sessions-002", "sessions-003", "sessions-004"].contains(&gone.as_str()), "{gone}");
    let state = world.account.state();
    let called: Vec<_> = state.calls.iter().rev().map(|call| call.operation.as_str()).take(4).collect();
    assert_eq!(
        called,
        [DECREASE, "DescribeScalableTargets", "DescribeCacheClusters", "DescribeReplicationGroups"]
    );
}

#[tokio::test(start_paused = true)]
async fn memory_gets_a_larger_type_in_the_maintenance_window_and_never_a_replica() {
    let types = "node_types = [\"cache.m7g.large\", \"cache.m7g.xlarge\"]";
    for (window, changed) in [("wed:11:30-wed:15:00", true), ("sun:23:00-mon:01:30", false)] {
        let world = World::sessions(1, types);
        world.load(&["sessions-001", "sessions-002"], 10.0, 90.0);
        world.caches(|caches| {
            caches.larger = vec!["cache.m7g.xlarge".to_owned()];
            caches.nodes.iter_mut().for_each(|node| node.window = Some(window.to_owned()));
        });
        let change = world.until_changed().await.map(|(_, call)| call);
        let asked = change.map(|call| (call.operation.clone(), call.field("CacheNodeType").to_owned()));
        assert_eq!(asked, changed.then(|| (MODIFY.to_owned(), "cache.m7g.xlarge".to_owned())), "{window}");
    }
    // A type that ElastiCache does not offer is the policy's to correct.
    let world = World::sessions(1, types);
    world.load(&["sessions-001", "sessions-002"], 10.0, 90.0);
    world.caches(|caches| caches.larger = vec!["cache.r7g.large".to_owned()]);
    let refused = failure(&world.wake(0).await.targets[0]).expect("a failure");
    assert_eq!(refused.reason, Reason::NodeTypeUnreachable);
    assert!(refused.detail.contains("cache.m7g.xlarge") && refused.detail.contains("cache.r7g.large"));
    assert!(world.until_changed().await.is_none());
    // Where nothing that would help may be changed it is told, and nothing is done.
    let world = World::sessions(1, "");
    world.load(&["sessions-001", "sessions-002"], 10.0, 90.0);
    assert!(world.until_changed().await.is_none());
    assert_eq!(reason(&world.wake(125).await), Reason::NoMemoryLever);
}

#[tokio::test(start_paused = true)]
async fn memory_gets_a_shard_where_there_may_be_more() {
    let world = World::new(&document("sessions", "enabled", 12, "shards = { min = 1, max = 4 }"));
    world.caches(|caches| caches.put("sessions", true, 2, 1));
    let nodes = ["sessions-0001-001", "sessions-0001-002", "sessions-0002-001", "sessions-0002-002"];
    world.load(&nodes, 10.0, 90.0);
    let (_, call) = world.until_changed().await.expect("a change");
    assert_eq!((call.operation.as_str(), call.field("NodeGroupCount")), (SHARDS, "3"));
}

/// Nodes with data tiering: memory is full by design, and nothing is evicted. The policy is one that people have for memory.
#[tokio::test(start_paused = true)]
async fn full_memory_of_an_idle_group_with_data_tiering_adds_nothing() {
    let nodes = ["sessions-0001-001", "sessions-0001-002", "sessions-0002-001", "sessions-0002-002"];
    for (capacity, expected) in [(Some(31.0), None), (None, None), (Some(88.0), Some("3"))] {
        let world = World::new(&document("sessions", "enabled", 12, "shards = { min = 2, max = 6 }"));
        world.caches(|caches| {
            caches.put("sessions", true, 2, 1);
            let group = caches.group("sessions");
            group.node_type = Some("cache.r6gd.xlarge".to_owned());
            group.tiering = Some("enabled".to_owned());
        });
        world.load(&nodes, 10.0, 99.0);
        for node in nodes {
            let mut state = world.account.state();
            let of = |metric: &str| (format!("{node} 0001"), metric.to_owned());
            let full = state.series[&of("DatabaseMemoryUsagePercentage")].clone();
            let engine = full.iter().map(|(at, _)| (*at, 5.0)).collect();
            state.series.insert(of("EngineCPUUtilization"), engine);
            let points = capacity.into_iter().flat_map(|value| full.iter().map(move |(at, _)| (*at, value)));
            state.series.insert(of("DatabaseCapacityUsagePercentage"), points.collect());
        }
        let change = world.until_changed().await.map(|(_, call)| call.field("NodeGroupCount").to_owned());
        assert_eq!(change.as_deref(), expected, "{capacity:?}");
        if capacity.is_none() {
            assert_eq!(reason(&world.wake(125).await), Reason::TieringUnmeasured);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_in_cluster_mode_compatible_is_left_alone_and_is_no_failure() {
    let world = World::sessions(1, "");
    world.load(&["sessions-001", "sessions-002"], 40.0, 30.0);
    world.caches(|caches| caches.group("sessions").cluster_mode = Some("compatible".to_owned()));
    let report = world.wake(0).await;
    assert_eq!((failure(&report.targets[0]), reason(&report)), (None, Reason::ClusterModeCompatible));
    assert!(world.until_changed().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_only_a_person_can_help_fails_the_invocation_and_is_not_repeated_at_once() {
    let world = World::sessions(1, "");
    world.load(&["sessions-001", "sessions-002"], 40.0, 30.0);
    let quota = Mishap::Refused(400, "NodeQuotaForCustomerExceeded", "The quota is used up.");
    world.account.mishap(INCREASE, quota);
    let report = world.wake(0).await;
    assert_eq!(world.changes().len(), 1, "{report:?}");
    assert_eq!(failure(&report.targets[0]).map(|why| why.reason), Some(Reason::CallFailed));
    for minute in [1, 2, 5] {
        let report = world.wake(minute).await;
        assert_eq!((report.targets.len(), world.changes().len()), (1, 1), "minute {minute}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_group_of_ours_is_left_alone_and_fails_the_invocation() {
    let memcached = || CacheNode { engine: "memcached".to_owned(), ..CacheNode::named("sessions", None) };
    type Change = Box<dyn FnOnce(&mut Caches)>;
    let cases: [(Change, Reason); 5] = [
        (Box::new(|_| ()), Reason::GroupMissing),
        (Box::new(|caches| caches.serverless.push("sessions".to_owned())), Reason::NotAGroup),
        (Box::new(move |caches| caches.nodes.push(memcached())), Reason::NotAGroup),
        (Box::new(|caches| caches.nodes.push(CacheNode::named("sessions", None))), Reason::NotAGroup),
        (Box::new(|caches| caches.put("sessions", true, 2, 1)), Reason::ClusterModeMismatch),
    ];
    for (change, expected) in cases {
        let world = World::new(&document("sessions", "disabled", 6, ""));
        world.caches(change);
        let report = world.wake(0).await;
        assert_eq!(failure(&report.targets[0]).map(|why| why.reason), Some(expected));
        assert!(world.changes().is_empty());
    }
    // Native scaling does what is wanted: it is told, and no failure.
    let world = World::sessions(1, "");
    world.load(&["sessions-001", "sessions-002"], 40.0, 30.0);
    world.account.state().ecs.scalable.push(native("sessions", "Replicas", 1, 3));
    let report = world.wake(0).await;
    assert_eq!((failure(&report.targets[0]), reason(&report)), (None, Reason::NativeScaling));
    assert!(world.until_changed().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn two_hundred_groups_at_rest_cost_an_attempt_twenty_calls_and_then_none_until_they_are_due() {
    let names: Vec<_> = (0..200).map(|nth| format!("g{nth:03}")).collect();
    let text = |(nth, name): (usize, &String)| match nth % 2 {
        0 => document(name, "disabled", 6, ""),
        _ => document(name, "enabled", 24, "shards = { min = 1, max = 4 }"),
    };
    let texts = names.iter().enumerate().map(text);
    let world = World::new(&texts.collect::<String>());
    for (nth, name) in names.iter().enumerate() {
        let enabled = nth % 2 == 1;
        let shape = [(1, 2), (2, 1), (1, 4), (3, 1)][nth % 4];
        world.caches(|caches| caches.put(name, enabled, shape.0, shape.1));
        let nodes: Vec<_> = world.account.state().caches.nodes.iter().map(|node| node.id.clone()).collect();
        let of_group = nodes.iter().filter(|node| node.starts_with(name.as_str())).map(String::as_str);
        // Between the thresholds: half a core of the one that counts, half of the memory.
        world.load(&of_group.collect::<Vec<_>>(), 25.0, 50.0);
    }
    let report = world.wake(0).await;
    assert_eq!((report.targets.len(), report.failures().count()), (200, 0));
    for target in &report.targets {
        let TargetResult::Planned { plan, outcomes } = &target.result else { panic!("{:?}", target.result) };
        assert!(plan.actions.is_empty() && outcomes.is_empty(), "{}: {plan}", target.target);
    }
    let counted: Vec<_> = world.clients.calls.take().into_iter().collect();
    let expected = [
        ("ApplicationAutoScaling.DescribeScalableTargets", 4),
        ("CloudWatch.GetMetricData", 5),
        ("ElastiCache.DescribeCacheClusters", 9),
        ("ElastiCache.DescribeReplicationGroups", 2),
    ];
    assert_eq!(counted, expected.map(|(call, count)| (call.to_owned(), count)));
    assert_eq!(world.ledger.take(), [1, 200, 200]);
    assert_eq!(world.wake(1).await.targets.len(), 200);
    assert!(world.clients.calls.take().is_empty());
}
