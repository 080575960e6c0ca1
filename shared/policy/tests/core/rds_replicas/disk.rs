//! Rules on disks. Goal: each adds, keeps and removes as its numbers say, of the members that it is about, and what is not known takes nobody away.

use proptest::prelude::*;
use tidegate_policy::check::check;
use tidegate_policy::evaluate::{DiskOf, disk_metrics_needed};
use tidegate_policy::observation::{MemberSignals, Reading};
use tidegate_policy::observed::Observed;
use tidegate_policy::policy::{Comparison, Metric, Signal};

use super::fixture::{Account, reading, rule};
use super::properties::account as any_account;

/// Two idle replicas, of a policy with these rules and no others.
fn account(out: Option<(Signal, f64)>, in_: Option<(Signal, f64)>) -> Account {
    let mut account = Account::steady(2);
    let scaling = &mut account.target.scaling;
    scaling.scale_out =
        out.into_iter().map(|(signal, level)| rule(signal, Comparison::Above, level, 5)).collect();
    scaling.scale_in =
        in_.into_iter().map(|(signal, level)| rule(signal, Comparison::Below, level, 5)).collect();
    scaling.alert.clear();
    account.load(5.0, 5.0);
    account
}

/// A disk as busy as this, at the primary and at each replica.
fn disks(account: &mut Account, signal: Signal, primary: f64, replicas: [f64; 2]) {
    let now = account.now;
    let latency = signal.is_read_latency();
    let set = |signals: &mut MemberSignals, value| {
        let of = if latency { &mut signals.read_latency } else { &mut signals.disk_queue };
        *of = reading(value, now);
    };
    for (replica, value) in account.seen.replicas.iter_mut().zip(replicas) {
        set(&mut replica.signals, value);
    }
    set(&mut account.source().signals, primary);
}

fn says(account: &Account) -> (String, String) {
    let decision = account.plan().decision;
    let count = format!("{} -> {} {}", decision.current, decision.desired, decision.explanation.reason);
    (count, decision.explanation.detail)
}

#[test]
fn each_signal_adds_for_the_members_that_it_is_about() {
    for (signal, level, high, low, sentence) in [
        (
            Signal::PrimaryReadLatency,
            0.02,
            0.035,
            0.002,
            "primary read latency of orders-primary is 35.0ms on average and above 20.0ms in 5 of the last 5 minutes",
        ),
        (
            Signal::ReplicaReadLatency,
            0.02,
            0.035,
            0.002,
            "replica read latency of tg-orders-2 is 35.0ms on average and above 20.0ms in 5 of the last 5 minutes",
        ),
        (
            Signal::PrimaryDiskQueue,
            8.0,
            30.0,
            0.4,
            "primary disk queue of orders-primary is 30 on average and above 8 in 5 of the last 5 minutes",
        ),
        (
            Signal::ReplicaDiskQueue,
            8.0,
            30.0,
            0.4,
            "replica disk queue of tg-orders-2 is 30 on average and above 8 in 5 of the last 5 minutes",
        ),
    ] {
        let of_primary = matches!(signal, Signal::PrimaryReadLatency | Signal::PrimaryDiskQueue);
        let mut account = account(Some((signal, level)), None);
        let busy = if of_primary { (high, [low, low]) } else { (low, [low, high]) };
        disks(&mut account, signal, busy.0, busy.1);
        let (count, detail) = says(&account);
        assert_eq!(count, "2 -> 3 scale_out_threshold", "{signal:?}");
        assert!(detail.contains(sentence), "{signal:?}: {detail}");
        assert_eq!(account.step().step.unwrap().reason.code(), "create_replicas", "{signal:?}");
        // The others' disks are none of its business.
        let mut account = self::account(Some((signal, level)), None);
        let others = if of_primary { (low, [high, high]) } else { (high, [low, low]) };
        disks(&mut account, signal, others.0, others.1);
        assert_eq!(says(&account).0, "2 -> 2 within_thresholds", "{signal:?}");
    }
}

#[test]
fn a_removal_needs_every_disk_low_and_every_disk_known() {
    for signal in [Signal::ReplicaReadLatency, Signal::ReplicaDiskQueue] {
        let (level, low, high) =
            if signal.is_read_latency() { (0.005, 0.001, 0.009) } else { (2.0, 0.3, 3.0) };
        let mut account = account(None, Some((signal, level)));
        disks(&mut account, signal, high, [low, low]);
        assert_eq!(says(&account).0, "2 -> 1 scale_in_thresholds", "{signal:?}");
        assert_eq!(account.step().step.unwrap().reason.code(), "choose_victim");

        let mut busy = self::account(None, Some((signal, level)));
        disks(&mut busy, signal, low, [low, high]);
        let (count, detail) = says(&busy);
        assert_eq!(count, "2 -> 2 within_thresholds", "{signal:?}");
        assert!(detail.contains("keeps 2") && detail.contains("tg-orders-2"), "{detail}");

        let mut dark = self::account(None, Some((signal, level)));
        disks(&mut dark, signal, low, [low, low]);
        let signals = &mut dark.replica("tg-orders-1").signals;
        (signals.read_latency, signals.disk_queue) = (Reading::Missing, Reading::Missing);
        assert_eq!(says(&dark).0, "2 -> 2 signal_missing", "{signal:?}");
        let _ = dark.step();
    }
}

/// A rule of the way out that nobody can judge forbids what the other rules would take away.
#[test]
fn an_unknown_disk_of_a_rule_that_adds_keeps_everybody_too() {
    let known = |known: bool| {
        let mut account = account(Some((Signal::PrimaryReadLatency, 0.02)), Some((Signal::ReplicaCpu, 40.0)));
        if known {
            disks(&mut account, Signal::PrimaryReadLatency, 0.001, [0.001; 2]);
        }
        let said = says(&account).0;
        let _ = account.step();
        said
    };
    assert_eq!(known(true), "2 -> 1 scale_in_thresholds");
    assert_eq!(known(false), "2 -> 2 signal_missing");
}

#[test]
fn an_alert_on_a_disk_names_the_member_and_changes_nothing() {
    let mut account = account(None, None);
    account.target.scaling.alert = vec![rule(Signal::ReplicaDiskQueue, Comparison::Above, 8.0, 1)];
    account.target.scaling.scale_out = vec![rule(Signal::PrimaryCpu, Comparison::Above, 70.0, 5)];
    disks(&mut account, Signal::ReplicaDiskQueue, 0.1, [40.0, 0.1]);
    let plan = account.plan();
    let [alert] = plan.alerts.as_slice() else { panic!("{plan}") };
    assert_eq!(alert.explanation.reason.code(), "alert_threshold");
    assert!(alert.explanation.detail.contains("replica disk queue of tg-orders-1 is 40"), "{plan}");
    assert_eq!(plan.decision.current, plan.decision.desired);
}

#[test]
fn nothing_of_a_disk_is_bought_that_no_rule_compares() {
    let bought = |account: &Account| {
        [DiskOf::Source, DiskOf::Replicas]
            .map(|of| disk_metrics_needed(&account.target, of).into_iter().collect::<Vec<_>>())
    };
    assert_eq!(bought(&Account::steady(1)), [vec![], vec![]]);
    let mut asks =
        account(Some((Signal::PrimaryReadLatency, 0.02)), Some((Signal::ReplicaReadLatency, 0.005)));
    assert_eq!(bought(&asks), [vec![Metric::ReadLatency], vec![Metric::ReadLatency]]);
    asks.target.scaling.scale_in.clear();
    asks.target.scaling.alert = vec![rule(Signal::ReplicaDiskQueue, Comparison::Above, 8.0, 1)];
    assert_eq!(bought(&asks), [vec![Metric::ReadLatency], vec![Metric::DiskQueue]]);
}

/// Read latency and queue of a disk, as far as they are known.
type Known = (Option<f64>, Option<f64>);

/// Rules on any disk, and disks of which some are not known.
fn disks_and_rules() -> impl Strategy<Value = (Vec<(usize, bool)>, Vec<Known>)> {
    let rules = prop::collection::vec((0_usize..4, any::<bool>()), 1..4);
    let value = || prop::option::weighted(0.85, prop_oneof![0.0..2.0_f64, 8.0..40.0_f64]);
    (rules, prop::collection::vec((value(), value()), 7))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_by_disks_passes_the_checker_and_none_removes_by_what_is_unknown(
        mut account in any_account(),
        (rules, values) in disks_and_rules(),
    ) {
        let signals =
            [Signal::PrimaryReadLatency, Signal::ReplicaReadLatency, Signal::PrimaryDiskQueue, Signal::ReplicaDiskQueue];
        let scaling = &mut account.target.scaling;
        for (signal, adds) in rules {
            let signal = signals[signal];
            if adds {
                scaling.scale_out.push(rule(signal, Comparison::Above, 8.0, 5));
            } else {
                scaling.scale_in.push(rule(signal, Comparison::Below, 3.0, 5));
            }
        }
        let now = account.now;
        let all = account.seen.source.iter_mut().map(|source| &mut source.signals);
        let all = all.chain(account.seen.replicas.iter_mut().map(|replica| &mut replica.signals));
        for (signals, (latency, queue)) in all.zip(&values) {
            let of = |value: &Option<f64>| value.map_or(Reading::Missing, |value| reading(value, now));
            (signals.read_latency, signals.disk_queue) = (of(latency), of(queue));
        }
        let plan = account.plan();
        let seen = account.observation();
        let verdict = check(Observed::new(&account.target, &seen).unwrap(), &account.history, &plan, account.now);
        prop_assert!(verdict.is_ok(), "{plan}\n{verdict:#?}\n{account:#?}");
        let source = account.seen.source.as_ref().unwrap();
        let compares = |signal| {
            let rules = account.target.scaling.scale_out.iter().chain(&account.target.scaling.scale_in);
            rules.into_iter().any(|rule| rule.signal == signal)
        };
        let unknown = (compares(Signal::PrimaryReadLatency) && source.signals.read_latency == Reading::Missing)
            || (compares(Signal::PrimaryDiskQueue) && source.signals.disk_queue == Reading::Missing);
        let above = plan.decision.current > account.target.scaling.max;
        prop_assert!(!unknown || above || plan.decision.desired >= plan.decision.current, "{plan}");
    }
}
