//! Bad input of a forecast, each kind by its name: it ends in the rules, or in no more than the bounds let pass.

use tidegate_policy::evaluate::Vote;
use tidegate_policy::names::InstanceId;
use tidegate_policy::policy::ForecastMode;
use tidegate_policy::reason::Reason;
use tidegate_policy::units::Count;

use super::{Life, of_rules, office, proven};
use crate::fixture::minutes;
use crate::rds_replicas::fixture::reading;

#[test]
fn a_clock_that_goes_back_ends_in_the_rules() {
    // As it is about to order for the morning, the clock says that it is night: what it knows is of a time to come.
    let mut life = proven();
    loop {
        let plan = life.look();
        if plan.decision.explanation.reason == Reason::ScaleOutForecast {
            break;
        }
        life.follow(&plan, 5);
    }
    life.account.now -= minutes(180);
    life.account.seen.at = life.account.now;
    life.show();
    for _ in 0..6 {
        let rules = life.by_rules();
        let plan = life.look();
        assert_eq!(plan.decision.desired, rules.decision.desired, "{plan}\n{:?}", plan.decision.ahead);
        life.follow(&plan, 5);
    }
}

#[test]
fn a_cpu_that_is_none_changes_nothing_beyond_the_bounds() {
    for absurd in [f64::NAN, f64::INFINITY, -50.0, 1e300, 1e6, 0.0] {
        let mut life = proven();
        for look in 0..24 {
            let newest = *life.cpu.keys().next_back().unwrap();
            (newest - 4..=newest).for_each(|minute| {
                life.cpu.insert(minute, absurd);
            });
            life.show();
            let plan = life.look();
            let decision = &plan.decision;
            assert!(decision.desired >= Count(1) && decision.desired <= Count(5), "{absurd} {look}: {plan}");
            life.follow(&plan, 5);
        }
    }
}

#[test]
fn a_replica_of_another_source_is_no_part_of_the_work() {
    let mut life = proven();
    let mut with = life.clone();
    let replica = with.account.add_replica("other-1", None);
    replica.source = Some(InstanceId::new("another-primary"));
    replica.tags.clear();
    replica.signals.cpu = reading(99.0, life.account.now);
    for _ in 0..24 {
        let (plan, also) = (life.look(), with.look());
        assert_eq!(plan.decision, also.decision);
        life.follow(&plan, 5);
        with.follow(&also, 5);
    }
}

/// Every third minute was never measured: too few are known for it to act, and it says so.
#[test]
fn a_history_with_holes_ends_in_the_rules() {
    let mut life = Life::begin(2, ForecastMode::Act, office);
    let mut noted = 0;
    while life.account.now < "2026-03-07T12:00:00Z".parse().unwrap() {
        life.cpu.retain(|minute, _| minute % 3 != 0);
        life.show();
        let rules = life.by_rules();
        let plan = life.look();
        assert_eq!(of_rules(plan.decision.clone()), of_rules(rules.decision), "{}", life.account.now);
        noted +=
            usize::from(plan.notes.iter().any(|note| note.detail.contains("67% of the minutes are known")));
        life.follow(&plan, 5);
    }
    assert!(noted > 100, "{noted}");
}

/// A load that never changes needs what it needs: no step up, no step down, no word that makes one.
#[test]
fn a_constant_series_moves_nothing() {
    let mut life = Life::begin(2, ForecastMode::Act, |_| 1.6);
    life.account.target.scaling.scale_in.clear();
    for (at, plan) in life.until("2026-03-08T00:00:00Z", 5) {
        assert_eq!(plan.decision.desired, Count(2), "{at}: {plan}");
    }
    assert_eq!(life.outlook.judge(super::PRICE).err(), None);
}

/// A CPU that is told as a share of one from noon on looks like an idle fleet. The forecast wants fewer, and nothing goes that the rules keep.
#[test]
fn a_metric_that_jumps_its_unit_removes_nothing_that_the_rules_keep() {
    let mut life = proven();
    life.until("2026-03-08T12:00:00Z", 5);
    let jumped = *life.cpu.keys().next_back().unwrap();
    let mut wanted_fewer = 0;
    while life.account.now < "2026-03-08T15:00:00Z".parse().unwrap() {
        let plan = life.look();
        let rules = life.by_rules();
        assert!(
            plan.decision.desired >= rules.decision.desired.min(plan.decision.current),
            "{plan}\n{rules}"
        );
        assert!(plan.decision.desired >= life.account.target.scaling.min, "{plan}");
        let ahead = plan.decision.ahead.as_ref().unwrap();
        wanted_fewer += usize::from(matches!(ahead.vote, Vote::In(_)));
        life.follow(&plan, 5);
        let newest = *life.cpu.keys().next_back().unwrap();
        for minute in newest - 4..=newest {
            let cpu = life.cpu.get_mut(&minute).unwrap();
            if minute > jumped && *cpu > 1.0 {
                *cpu /= 100.0;
            }
        }
        life.show();
    }
    assert!(wanted_fewer > 0);
}

/// People come an hour earlier by UTC from that morning on: what the forecast expects at nine comes at eight. It follows, and the rules are never
/// held back by it.
#[test]
fn clocks_that_change_leave_the_rules_what_they_had() {
    fn with_summer_time(minute: i64) -> f64 {
        let changed = 20_520 * 1440 + 60;
        office(if minute < changed { minute } else { minute + 60 })
    }
    let mut life = proven();
    life.work = with_summer_time;
    life.until("2026-03-08T07:00:00Z", 5);
    let mut by_rules = 0;
    while life.account.now < "2026-03-09T18:00:00Z".parse().unwrap() {
        let rules = life.by_rules();
        let plan = life.look();
        if rules.decision.desired > rules.decision.current {
            assert!(plan.decision.desired >= rules.decision.desired, "{}: {plan}\n{rules}", life.account.now);
            by_rules += 1;
        }
        life.follow(&plan, 5);
    }
    assert!(by_rules > 0);
}
