//! From rules to one number: combination, the order of the pipeline, and why something is not done.

use std::sync::Arc;

use jiff::SignedDuration;
use tidegate_policy::history::{CapacityChange, Recommended, ScaledOut};
use tidegate_policy::observation::{Minute, Point, Reading};
use tidegate_policy::policy::{
    CapacityWindow, Comparison, PointsRequired, RateLimit, Signal, TrackingRule, WindowDays,
};
use tidegate_policy::record::{ActivityKind, plan_told};
use tidegate_policy::units::Count;

use crate::rds_replicas::fixture::{Account, minutes, no_signals, reading, rule};

fn said(account: &Account) -> String {
    let decision = account.plan().decision;
    let limit = decision.limited_by.map_or("-", |limit| limit.code());
    format!("{} -> {} {} limited by {limit}", decision.current, decision.desired, decision.explanation.reason)
}

/// Everything idle, so that only guards can keep the replicas.
fn idle(replicas: usize) -> Account {
    let mut account = Account::steady(replicas);
    account.load(5.0, 5.0);
    account
}

#[test]
fn named_situations() {
    type Change = fn(&mut Account);
    let cases: [(&str, usize, Change, &str); 19] = [
        ("nothing asks", 2, |_| (), "2 -> 2 within_thresholds limited by -"),
        ("one rule is enough to add", 2, |a| a.load(71.0, 50.0), "2 -> 3 scale_out_threshold limited by -"),
        ("connections alone add", 2, |a| a.load(50.0, 81.0), "2 -> 3 scale_out_threshold limited by -"),
        (
            "at the maximum nothing is added",
            5,
            |a| a.load(90.0, 50.0),
            "5 -> 5 already_at_max_capacity limited by already_at_max_capacity",
        ),
        (
            "one rule is not enough to remove",
            2,
            |a| a.load(5.0, 50.0),
            "2 -> 2 within_thresholds limited by -",
        ),
        ("all rules remove", 2, |a| a.load(5.0, 5.0), "2 -> 1 scale_in_thresholds limited by -"),
        (
            "at the minimum nothing is removed",
            1,
            |a| a.load(5.0, 5.0),
            "1 -> 1 already_at_min_capacity limited by already_at_min_capacity",
        ),
        (
            "the rest could not carry it",
            2,
            |a| a.load(33.0, 5.0),
            "2 -> 2 projected_load_too_high limited by projected_load_too_high",
        ),
        (
            "lag of five minutes adds one",
            2,
            |a| {
                let now = a.now;
                a.replica("tg-orders-2").signals.lag = reading(3.0, now);
            },
            "2 -> 3 scale_out_threshold limited by -",
        ),
        (
            "a lag of -1 is neither high nor low",
            2,
            |a| {
                let now = a.now;
                a.replica("tg-orders-2").signals.lag = reading(-1.0, now);
            },
            "2 -> 2 within_thresholds limited by -",
        ),
        ("below the minimum", 0, |_| (), "0 -> 1 scale_out_minimum limited by -"),
        (
            "the maximum came down",
            3,
            |a| {
                a.load(20.0, 5.0);
                a.target.scaling.max = Count(2);
            },
            "3 -> 2 scale_in_thresholds limited by -",
        ),
        (
            "the maximum came down on a busy fleet",
            3,
            |a| {
                a.load(60.0, 60.0);
                a.target.scaling.max = Count(2);
            },
            "3 -> 3 projected_load_too_high limited by projected_load_too_high",
        ),
        (
            "cooldown in after an addition",
            2,
            |a| {
                a.load(5.0, 5.0);
                a.history.scaled_out =
                    Some(ScaledOut { at: a.now - minutes(20), from: Count(1), to: Count(2) });
            },
            "2 -> 2 cooldown_in limited by cooldown_in",
        ),
        (
            "cooldown out: the step asked for is there",
            2,
            |a| {
                a.load(90.0, 5.0);
                a.history.scaled_out =
                    Some(ScaledOut { at: a.now - minutes(5), from: Count(1), to: Count(2) });
            },
            "2 -> 2 cooldown_out limited by cooldown_out",
        ),
        (
            "a larger step acts in the cooldown",
            2,
            |a| {
                a.load(90.0, 5.0);
                a.target.scaling.scale_out[0].step = Count(2);
                a.history.scaled_out =
                    Some(ScaledOut { at: a.now - minutes(5), from: Count(1), to: Count(2) });
            },
            "2 -> 4 scale_out_threshold limited by -",
        ),
        (
            "an addition does not wait for the scale-in cooldown",
            2,
            |a| {
                a.load(90.0, 5.0);
                a.history.scaled_in_at = Some(a.now - minutes(1));
            },
            "2 -> 3 scale_out_threshold limited by -",
        ),
        (
            "after a failure the minimum waits too",
            0,
            |a| a.history.rds_replicas.gave_up_at = Some(a.now - minutes(5)),
            "0 -> 0 cooldown_out limited by cooldown_out",
        ),
        (
            "everything pinned",
            2,
            |a| {
                a.load(5.0, 5.0);
                for r in &mut a.seen.replicas {
                    r.deletion_protection = true;
                }
            },
            "2 -> 2 no_eligible_victim limited by no_eligible_victim",
        ),
    ];
    for (name, replicas, change, expected) in cases {
        let mut account = Account::steady(replicas);
        change(&mut account);
        assert_eq!(said(&account), expected, "{name}: {}", account.plan());
    }
}

#[test]
fn missing_and_stale_signals_forbid_removal_and_allow_addition() {
    for (code, spoilt) in [
        ("signal_missing", Reading::Missing),
        ("signal_stale", {
            let old = idle(1).now - minutes(9);
            let Reading::Fresh(series) = reading(5.0, old) else { panic!("a fresh series") };
            Reading::Stale(series)
        }),
    ] {
        let mut account = idle(3);
        account.replica("tg-orders-2").signals.cpu = spoilt.clone();
        assert_eq!(account.plan().decision.explanation.reason.code(), code);
        // A signal that only an out-rule reads forbids removal too: it might say out.
        let mut account = idle(3);
        account.source().signals.cpu = spoilt.clone();
        assert_eq!(account.plan().decision.explanation.reason.code(), code);
        let now = account.now;
        account.replica("tg-orders-1").signals.connections = reading(95.0, now);
        assert_eq!(said(&account), "3 -> 4 scale_out_threshold limited by -");
    }
}

#[test]
fn the_rule_of_all_points_tolerates_a_tenth_missing_and_no_more() {
    let mut account = Account::steady(2);
    account.load(90.0, 50.0);
    for (missing, code) in [(1, "scale_out_threshold"), (2, "within_thresholds")] {
        let Reading::Fresh(series) = account.source().signals.cpu.clone() else { panic!("a fresh series") };
        let newest = series.newest().minute.0;
        let points = series.points().iter().copied();
        let kept =
            points.filter(|point| point.minute.0 == newest || newest - point.minute.0 > missing).collect();
        let mut account = account.clone();
        let now = account.now;
        account.source().signals.cpu = Reading::new(kept, None, now);
        assert_eq!(account.plan().decision.explanation.reason.code(), code, "{missing} missing");
    }
}

#[test]
fn m_of_n_counts_breaching_points_only() {
    let mut account = Account::steady(2);
    account.target.scaling.scale_out[0].points = PointsRequired::AtLeast { at_least: 3, of: 10 };
    let now = account.now;
    for (above, code) in [(2, "within_thresholds"), (3, "scale_out_threshold")] {
        let Reading::Fresh(series) = reading(50.0, now) else { panic!("a fresh series") };
        let newest = series.newest().minute.0;
        let mut points = series.points().to_vec();
        for point in points.iter_mut().filter(|point| newest - point.minute.0 < above) {
            point.value = 99.0;
        }
        account.source().signals.cpu = Reading::new(points, None, now);
        assert_eq!(account.plan().decision.explanation.reason.code(), code, "{above} above");
    }
}

#[test]
fn target_tracking_is_proportional_and_slow_to_remove() {
    let mut account = Account::steady(2);
    account.target.scaling.scale_out.clear();
    account.target.scaling.scale_in.clear();
    account.target.scaling.track =
        vec![TrackingRule { signal: Signal::ReplicaCpu, target: 50.0, text: "replica cpu at 50%".into() }];
    for (cpu, expected) in [
        (90.0, "2 -> 4 scale_out_tracking limited by -"),
        (50.0, "2 -> 2 within_thresholds limited by -"),
        // 10% below is tolerated; further below one will do, and carries it.
        (46.0, "2 -> 2 within_thresholds limited by -"),
        (20.0, "2 -> 1 scale_in_tracking limited by -"),
        (24.0, "2 -> 2 projected_load_too_high limited by projected_load_too_high"),
    ] {
        account.load(cpu, 5.0);
        assert_eq!(said(&account), expected, "{cpu}");
    }
}

#[test]
fn clamp_then_stabilize_then_rate_limit() {
    let mut account = idle(4);
    account.target.scaling.stabilization.in_ = minutes(30);
    account.history.recommendations = vec![Recommended { at: account.now - minutes(12), desired: Count(4) }];
    let plan = account.plan();
    assert_eq!(plan.decision.explanation.reason.code(), "stabilizing", "{plan}");
    // Four stood until now.
    assert_eq!(plan.decision.next_eligible, Some(account.now + minutes(30)), "{plan}");
    account.history.recommendations = vec![Recommended { at: account.now - minutes(31), desired: Count(3) }];
    assert_eq!(said(&account), "4 -> 3 scale_in_thresholds limited by -");

    account.target.scaling.rate_limit.in_ = Some(RateLimit { members: Count(1), period: minutes(30) });
    account.history.changes = vec![CapacityChange { at: account.now - minutes(10), delta: -1 }];
    let plan = account.plan();
    assert_eq!(plan.decision.explanation.reason.code(), "rate_limited", "{plan}");
    assert_eq!(plan.decision.next_eligible, Some(account.now + minutes(20)), "{plan}");
}

/// What was not seen is not taken for agreement.
#[test]
fn a_new_ledger_waits_the_stabilization_window_out() {
    let mut account = idle(4);
    account.target.scaling.stabilization.in_ = minutes(30);
    account.history.recommendations.clear();
    let plan = account.plan();
    assert_eq!(plan.decision.explanation.reason.code(), "stabilizing", "{plan}");
    assert!(plan.decision.explanation.detail.contains("only 0s are remembered"), "{plan}");
    assert_eq!(plan.decision.next_eligible, Some(account.now + minutes(30)), "{plan}");
    account.history.recommendations = vec![Recommended { at: account.now - minutes(29), desired: Count(3) }];
    assert_eq!(account.plan().decision.explanation.reason.code(), "stabilizing");
    account.history.recommendations[0].at = account.now - minutes(30);
    assert_eq!(said(&account), "4 -> 3 scale_in_thresholds limited by -");
}

/// A tenth of the points may be missing, rounded up, and no more.
#[test]
fn what_three_of_thirty_minutes_do_not_say_is_believed_and_what_four_do_not_is_not() {
    for (missing, expected) in [(0, true), (3, true), (4, false), (20, false)] {
        let mut account = idle(4);
        let rule = account.target.scaling.scale_in[0].clone();
        assert_eq!(rule.points.of(), 30, "{}", rule.text);
        account.target.scaling.scale_in = vec![rule];
        let newest = Minute::containing(account.now).0 - 2;
        let points = || {
            let kept = (newest - 60..=newest).filter(|minute| !(newest - missing..newest).contains(minute));
            kept.map(|minute| Point { minute: Minute(minute), value: 5.0 }).collect()
        };
        for replica in &mut account.seen.replicas {
            replica.signals.cpu = Reading::new(points(), None, account.now);
        }
        let removes = account.plan().decision.desired < Count(4);
        assert_eq!(removes, expected, "{missing} missing: {}", account.plan());
    }
}

#[test]
fn a_rate_limit_lets_part_of_a_larger_step_through() {
    let mut account = Account::steady(1);
    account.target.scaling.scale_out[0].step = Count(4);
    account.target.scaling.rate_limit.out = Some(RateLimit { members: Count(2), period: minutes(15) });
    account.load(90.0, 50.0);
    assert_eq!(said(&account), "1 -> 3 scale_out_threshold limited by rate_limited");
}

/// Four more are wanted, a cooldown leaves the one that the minimum lacks, and there is room for three: one it is.
#[test]
fn a_limit_never_gives_back_what_another_took() {
    let mut account = Account::steady(1);
    account.target.scaling.min = Count(2);
    account.target.scaling.scale_out[0].step = Count(4);
    account.add_replica("adhoc", None).tags.clear();
    account.load(90.0, 50.0);
    assert_eq!(said(&account), "1 -> 4 scale_out_threshold limited by no_room_for_replicas");
    account.history.scaled_out =
        Some(ScaledOut { at: account.now - minutes(1), from: Count(1), to: Count(5) });
    assert_eq!(said(&account), "1 -> 2 scale_out_minimum limited by cooldown_out");
}

#[test]
fn windows_raise_the_minimum_while_open_and_the_largest_wins() {
    let mut account = Account::steady(1);
    let window = |from: &str, to: &str, min| CapacityWindow {
        days: WindowDays::Weekdays { on: vec![jiff::civil::Weekday::Wednesday], except: Arc::default() },
        from: from.parse().unwrap(),
        to: Some(to.parse().unwrap()),
        zone: jiff::tz::TimeZone::get("Europe/Madrid").unwrap(),
        min: Some(Count(min)),
        max: None,
        lead: jiff::SignedDuration::ZERO,
        over: jiff::SignedDuration::ZERO,
        text: format!("wed {from}-{to} Europe/Madrid"),
    };
    account.target.scaling.windows =
        vec![window("07:30", "20:00", 2), window("12:59", "13:30", 3), window("13:30", "14:00", 4)];
    let plan = account.plan();
    assert_eq!(said(&account), "1 -> 3 scale_out_minimum limited by -");
    assert!(plan.decision.explanation.detail.contains("12:59-13:30"), "{plan}");
    account.pass(60 * 8);
    assert_eq!(said(&account), "1 -> 1 within_thresholds limited by -");
}

#[test]
fn every_hold_has_a_sentence_with_numbers() {
    let account = {
        let mut account = idle(2);
        account.history.scaled_in_at = Some(account.now - minutes(10));
        account
    };
    insta::assert_snapshot!(account.plan().decision.explanation, @"cooldown_in: the scale-in cooldown of 30m runs for 20m more");
    let mut account = Account::steady(2);
    account.load(33.0, 5.0);
    insta::assert_snapshot!(account.plan().decision.explanation, @"projected_load_too_high: without tg-orders-1 the cpu of the remaining replicas would be 66%, and 63% is the most that leaves 10% below 70%");
    let mut account = Account::steady(2);
    account.load(50.0, 39.0);
    insta::assert_snapshot!(account.plan().decision.explanation, @r#"within_thresholds: "replica cpu < 40 for 30m" keeps 2: replica cpu of tg-orders-1 is 50% on average and below 40% in 0 of the last 30 minutes"#);
}

#[test]
fn postgres_lag_is_the_smallest_of_six_minutes() {
    let mut account = Account::steady(2);
    crate::rds_replicas::fixture::rds(&mut account.target).engine = tidegate_policy::policy::Engine::Postgres;
    account.source().engine = tidegate_policy::policy::Engine::Postgres;
    let now = account.now;
    // An idle source: lag climbs to 5 minutes and falls back, and never means anything.
    let Reading::Fresh(series) = reading(0.0, now) else { panic!("a fresh series") };
    let saw_tooth = |least: f64| {
        let points = series.points().iter().map(|point| {
            let mut point = *point;
            point.value = least + (point.minute.0.rem_euclid(5)) as f64 * 60.0;
            point
        });
        Reading::new(points.collect(), None, now)
    };
    // CloudWatch may look at any second of the minute.
    for least in [0.2, 45.0, 60.3] {
        account.replica("tg-orders-1").signals.lag = saw_tooth(least);
        let plan = account.plan();
        assert_eq!(plan.actions, [], "{least}: {plan}");
        assert_eq!(plan.decision.explanation.reason.code(), "within_thresholds", "{least}: {plan}");
    }
    // More than a look can hide.
    account.replica("tg-orders-1").signals.lag = saw_tooth(75.0);
    let plan = account.plan();
    assert_eq!(plan.step.unwrap().reason.code(), "demote_replica");
    assert_eq!(plan.decision.explanation.reason.code(), "scale_out_threshold");
}

#[test]
fn unknown_max_connections_hold_and_name_the_fix() {
    let mut account = idle(2);
    crate::rds_replicas::fixture::rds(&mut account.target).max_connections = None;
    account.replica("tg-orders-1").signals.max_connections = None;
    let plan = account.plan();
    assert_eq!(plan.decision.explanation.reason.code(), "signal_missing", "{plan}");
    assert!(plan.decision.explanation.detail.contains("set max_connections"), "{plan}");
}

#[test]
fn an_alert_is_told_and_changes_nothing() {
    let mut account = Account::steady(2);
    account.target.scaling.scale_out.clear();
    account.target.scaling.alert = vec![rule(Signal::Lag, Comparison::Above, 1.0, 1)];
    let now = account.now;
    account.replica("tg-orders-1").signals.lag = reading(2.0, now);
    let plan = account.plan();
    assert_eq!(plan.actions, []);
    assert_eq!(plan.alerts.len(), 1, "{plan}");
    account.replica("tg-orders-1").signals = no_signals();
    assert_eq!(account.plan().alerts.len(), 0, "no data is no alert of a threshold");
}

#[test]
fn cooldowns_name_the_next_eligible_time() {
    let mut account = idle(2);
    account.history.scaled_in_at = Some(account.now - minutes(10));
    assert_eq!(account.plan().decision.next_eligible, Some(account.now + SignedDuration::from_mins(20)));
}

/// The lines of one look, whose memory the next look has.
fn told(account: &mut Account) -> Vec<String> {
    let plan = account.plan();
    let mut after = plan.history.clone();
    let log = plan_told(&plan, &account.history, &mut after, account.now);
    account.history = after;
    let alerts = log.iter().filter(|line| line.kind == ActivityKind::Alert);
    alerts.map(|line| format!("{}: {}", line.reason, line.detail)).collect()
}

/// A metric that stops coming is no all-clear: on a bad day it is the first to go.
#[test]
fn an_alert_that_nobody_can_judge_still_stands() {
    let mut account = Account::steady(2);
    account.target.scaling.alert = vec![rule(Signal::Lag, Comparison::Above, 1.0, 1)];
    let high = reading(2.0, account.now);
    account.replica("tg-orders-1").signals.lag = high.clone();
    assert_eq!(told(&mut account).len(), 1);
    account.replica("tg-orders-1").signals.lag = Reading::Missing;
    assert_eq!(told(&mut account), Vec::<String>::new(), "nobody knows");
    account.replica("tg-orders-1").signals.lag = high.clone();
    assert_eq!(told(&mut account), Vec::<String>::new(), "it has stood all the time");
    account.replica("tg-orders-1").signals.lag = Reading::Missing;
    let _ = told(&mut account);
    // Each look has a newer point of both.
    let looks_later = |account: &mut Account| {
        account.now += minutes(1);
        for id in ["tg-orders-1", "tg-orders-2"] {
            let low = reading(0.1, account.now);
            account.replica(id).signals.lag = low;
        }
        told(account)
    };
    assert_eq!(looks_later(&mut account), Vec::<String>::new());
    assert_eq!(looks_later(&mut account), Vec::<String>::new());
    assert_eq!(told(&mut account), Vec::<String>::new(), "a look at the same points is no reading");
    let over = looks_later(&mut account);
    assert_eq!(over.len(), 1);
    assert!(over[0].starts_with("alert_cleared: over after 1m: lag > 1 for 1m (alert_threshold"), "{over:?}");
    // A rule that the policy no longer has is over, whatever its metric.
    let high = reading(2.0, account.now);
    account.replica("tg-orders-1").signals.lag = high;
    assert_eq!(told(&mut account).len(), 1);
    account.replica("tg-orders-1").signals.lag = Reading::Missing;
    account.target.scaling.alert.clear();
    let over: Vec<_> = (0..3).flat_map(|_| told(&mut account)).collect();
    assert_eq!(over.len(), 1, "{over:?}");
    assert!(over[0].contains("alert_threshold, since"), "{over:?}");
}
