//! What an attempt costs: the calls of one wake-up over a hundred targets, counted by the clients themselves.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use tidegate_aws::clients::Clients;
use tidegate_aws::fleet::AwsFleet;
use tidegate_policy::document::parse;
use tidegate_policy::history::{History, WeightSince};
use tidegate_policy::names::{ChangeId, SetId, TargetName};
use tidegate_policy::observation::{Observation, Reading};
use tidegate_policy::policy::Policy;
use tidegate_policy::reason::Reason;
use tidegate_policy::units::Weight;
use tidegate_reconcile::port::{Fleet, ObserveRequest, Signals};
use tidegate_reconcile::report::{RunReport, TargetResult};
use tidegate_reconcile::{Attempt, Mode, Wake, reconcile};

use super::account::{Account, Instance, Set, Zone, endpoint};
use super::memory::Memory;
use super::scene::{Scene, document, ids, now, set_ids};
use super::wire::{Mishap, clients};

/// A hundred targets in two zones, each at rest with two replicas, in a Region that is full of them.
struct Hundred {
    account: Account,
    clients: Clients,
    policy: Policy,
    ledger: Memory,
}

impl Hundred {
    fn new() -> Self {
        let account = Account::new();
        let mut text = String::new();
        {
            let mut state = account.state();
            for (zone, domain) in [("Z1", "example.com"), ("Z2", "example.org")] {
                state.zones.insert(zone.to_owned(), Zone::named(domain));
            }
            for nth in 0..100 {
                let name = format!("t{nth:02}");
                let (zone, domain) = if nth < 50 { ("Z1", "example.com") } else { ("Z2", "example.org") };
                text.push_str(&document(&name, zone, domain, ""));
                let mut source = Instance::named(&format!("{name}-primary"));
                for replica in 1..=2 {
                    let id = format!("tg-{name}-{replica}");
                    source.children.push(id.clone());
                    state.instances.push(Instance::replica(&id, &name));
                    let set = Set::weighted(&format!("{name}-ro.{domain}"), &id, 64, &endpoint(&id));
                    state.zones.get_mut(zone).unwrap().sets.push(set);
                }
                state.instances.push(source);
            }
        }
        let clients = clients(&account);
        let policy = parse(&text).unwrap_or_else(|problems| panic!("{problems:?}"));
        Self { account, clients, policy, ledger: Memory::default() }
    }

    async fn wake(&self, wake: Wake<'_>, minutes: i64) -> RunReport {
        let at = now() + SignedDuration::from_mins(minutes);
        let owner = format!("the attempt of minute {minutes}");
        let attempt = Attempt {
            owner: &owner,
            lease_for: SignedDuration::from_mins(2),
            wake,
            mode: Mode::Apply,
            orders: &[],
            paused: None,
        };
        // A new fleet each time, as in the function: what was read belongs to one attempt.
        let fleet = AwsFleet::new(&self.clients);
        reconcile(&fleet, &self.ledger, &self.policy, at, &attempt).await.unwrap()
    }

    fn counted(&self) -> Vec<(String, u64)> {
        self.clients.calls.take().into_iter().collect()
    }
}

fn expected(counts: &[(&str, u64)]) -> Vec<(String, u64)> {
    counts.iter().map(|(call, count)| ((*call).to_owned(), *count)).collect()
}

fn all_at_rest(report: &RunReport) {
    assert_eq!((report.targets.len(), report.failures().count()), (100, 0));
    for target in &report.targets {
        let TargetResult::Planned { plan, outcomes } = &target.result else {
            panic!("{}: {:?}", target.target, target.result)
        };
        assert!(plan.actions.is_empty() && outcomes.is_empty(), "{}: {plan}", target.target);
    }
}

#[tokio::test(start_paused = true)]
async fn a_hundred_targets_at_rest_cost_a_handful_of_calls() {
    let hundred = Hundred::new();
    let first = hundred.wake(Wake::Clock, 0).await;
    all_at_rest(&first);
    assert_eq!(
        hundred.counted(),
        expected(&[
            // 100 sources with two series, 200 replicas with three.
            ("CloudWatch.GetMetricData", 2),
            // Of the whole Region.
            ("RDS.DescribeBlueGreenDeployments", 1),
            // 300 instances.
            ("RDS.DescribeDBInstances", 3),
            // Once a day, for all that use the group.
            ("RDS.DescribeDBParameters", 1),
            ("Route53.GetHostedZone", 2),
            // 100 records a zone, on one page each.
            ("Route53.ListResourceRecordSets", 2),
        ])
    );
    assert_eq!(hundred.ledger.take(), [1, 100, 100]);

    let second = hundred.wake(Wake::Clock, 5).await;
    all_at_rest(&second);
    assert_eq!(
        hundred.counted(),
        expected(&[
            ("CloudWatch.GetMetricData", 2),
            // Of the whole Region.
            ("RDS.DescribeBlueGreenDeployments", 1),
            ("RDS.DescribeDBInstances", 3),
            ("Route53.ListResourceRecordSets", 2),
        ]),
        "the facts are remembered"
    );
    assert_eq!(hundred.account.state().calls.len(), 11 + 8, "the counter counts what is on the wire");
    let listed = hundred.account.calls("ListResourceRecordSets");
    let begun: Vec<_> = listed.iter().map(|call| call.field("name")).collect();
    assert_eq!(
        begun,
        ["t00-ro.example.com", "t50-ro.example.org"].repeat(2),
        "never from the zone's beginning"
    );
}

#[tokio::test(start_paused = true)]
async fn a_wake_up_in_which_nothing_is_due_buys_nothing_and_writes_nothing() {
    let hundred = Hundred::new();
    all_at_rest(&hundred.wake(Wake::Clock, 0).await);
    hundred.counted();
    hundred.ledger.take();
    let report = hundred.wake(Wake::Clock, 1).await;
    assert_eq!((report.targets.len(), report.failures().count()), (100, 0));
    for target in &report.targets {
        let TargetResult::Skipped(why) = &target.result else { panic!("{:?}", target.result) };
        assert_eq!(why.reason, Reason::NotDue);
    }
    let glance = [("RDS.DescribeDBInstances", 3), ("Route53.ListResourceRecordSets", 2)];
    assert_eq!(hundred.counted(), expected(&glance), "what died is seen all the same");
    assert_eq!(hundred.ledger.take(), [1, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn an_event_about_one_target_looks_at_that_one() {
    let hundred = Hundred::new();
    all_at_rest(&hundred.wake(Wake::Clock, 0).await);
    hundred.counted();
    hundred.ledger.take();
    let report = hundred.wake(Wake::About(&[TargetName::new("t77")]), 1).await;
    let looked_at =
        report.targets.iter().filter(|target| matches!(target.result, TargetResult::Planned { .. }));
    assert_eq!(looked_at.map(|target| target.target.as_str()).collect::<Vec<_>>(), ["t77"]);
    assert_eq!(
        hundred.counted(),
        expected(&[
            // Of one target: its source with two series, two replicas with three, one by one.
            ("CloudWatch.GetMetricStatistics", 8),
            // Of the whole Region.
            ("RDS.DescribeBlueGreenDeployments", 1),
            ("RDS.DescribeDBInstances", 3),
            // The other zone's names too: the others are glanced at.
            ("Route53.ListResourceRecordSets", 2),
        ])
    );
    assert_eq!(hundred.ledger.take(), [1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn each_instance_that_the_listing_leaves_out_is_one_call_more() {
    let hundred = Hundred::new();
    for instance in &mut hundred.account.state().instances {
        instance.listed = !["tg-t03-1", "tg-t88-2"].contains(&instance.id.as_str());
    }
    all_at_rest(&hundred.wake(Wake::Clock, 0).await);
    let counted: BTreeMap<_, _> = hundred.counted().into_iter().collect();
    assert_eq!(counted["RDS.DescribeDBInstances"], 3 + 2);
}

#[tokio::test(start_paused = true)]
async fn tries_are_counted_too() {
    let hundred = Hundred::new();
    hundred.account.mishap("DescribeDBInstances", Mishap::Refused(400, "Throttling", "Rate exceeded"));
    hundred.account.mishap("GetMetricData", Mishap::Reset);
    all_at_rest(&hundred.wake(Wake::Clock, 0).await);
    let counted: BTreeMap<_, _> = hundred.counted().into_iter().collect();
    assert_eq!((counted["RDS.DescribeDBInstances"], counted["CloudWatch.GetMetricData"]), (4, 3));
}

#[tokio::test(start_paused = true)]
async fn a_group_that_cannot_be_read_is_asked_for_once_an_attempt() {
    for (mishap, tries, failures) in [
        (Mishap::Refused(400, "Throttling", "Rate exceeded"), 3, 0),
        (Mishap::Refused(403, "AccessDenied", "not authorized"), 1, 100),
    ] {
        let hundred = Hundred::new();
        for _ in 0..1_000 {
            hundred.account.mishap("DescribeDBParameters", mishap.clone());
        }
        let report = hundred.wake(Wake::Clock, 0).await;
        let counted: BTreeMap<_, _> = hundred.counted().into_iter().collect();
        assert_eq!(counted["RDS.DescribeDBParameters"], tries);
        assert_eq!(report.failures().count(), failures);
    }
}

/// What died is seen between two evaluations, and nothing is bought for it.
#[tokio::test(start_paused = true)]
async fn a_glance_reads_the_instances_and_the_records_and_buys_nothing() {
    let scene = Scene::new();
    let mut history = History::default();
    let unseen = WeightSince {
        weight: Some(Weight(64)),
        since: now(),
        change: Some(ChangeId::new("C1")),
        insync_at: None,
    };
    history.rds_replicas.weights.insert(SetId::new("tg-orders-1"), unseen);
    let glance = ObserveRequest { signals: Signals::Leave, ..ObserveRequest::new(&scene.target, &history) };
    let seen = scene.fleet.observe(&[glance], now()).await.unwrap().remove(0).unwrap();
    let Observation::RdsReplicas(seen) = seen else { panic!("of replicas") };
    assert_eq!(ids(&seen), ["tg-orders-1", "tg-orders-2"]);
    assert_eq!(set_ids(&seen), ["tg-orders-1", "tg-orders-2"]);
    assert!(!seen.signals_read);
    assert!(seen.replicas.iter().all(|replica| replica.signals.lag == Reading::Missing));
    assert!(scene.account.series_asked().is_empty());
    assert!(scene.account.calls("DescribeDBParameters").is_empty(), "a maximum is of no use without a count");
    assert!(scene.account.calls("GetChange").is_empty(), "what is asked for would be written nowhere");
    // Beside one that is due, only that one's metrics are bought.
    let due = ObserveRequest::new(&scene.target, &history);
    scene.fleet.observe(&[glance, due], now()).await.unwrap();
    assert_eq!(scene.account.series_asked().len(), 8);
}
