//! What a backtest promises whatever the load is: its lines agree with the comparison's, and its parts with each other.

use super::*;
use crate::compare::Bench;
use crate::compare::rivals::CLAIRVOYANT;
use crate::demand::{DAY, shape::Shape};
use crate::fixture::{nodes, service, target};

/// Four days, of which the last one is scored.
fn played(target: &Target) -> Played {
    let peak = if Kind::of(target) == Kind::Redis { 2.1 } else { 3.0 };
    Played::new(&Shape::Mission.demand(4 * DAY, 1, peak), peak).unwrap()
}

fn backtest(target: &Target) -> Backtest<'_> {
    Backtest { target, forecast: Forecast::USUAL, against: None, seeds: 1 }
}

#[test]
fn a_forecast_in_shadow_changes_nothing_of_any_kind() {
    for target in [target(1, 5), service(2, 9), nodes(2, 6)] {
        let load = played(&target);
        let all = backtest(&target).run(&load, &|_| {}).unwrap();
        assert_eq!(Line { policy: "rules", ..all.shadow }, all.rules, "{}", target.name);
        // The newest minutes are not published yet.
        let end = all.learned.unwrap().end().unwrap() - load.start.as_second() / 60;
        assert!((4 * 1440 - 10..=4 * 1440).contains(&end), "{}: {end}", target.name);
        assert_eq!(all.costliest.len(), COSTLIEST, "{}", target.name);
        assert!(all.costliest.iter().all(|quarter| quarter.said.is_some()), "{}", target.name);
        assert!(all.costliest.is_sorted_by(|one, next| one.cost >= next.cost), "{}", target.name);
    }
}

#[test]
fn the_lines_are_those_of_the_comparison_and_of_the_policys_maximum() {
    let target = target(1, 5);
    let load = played(&target);
    let all = backtest(&target).run(&load, &|_| {}).unwrap();
    let bench = Bench { kind: Kind::Rds, life_cycle: LifeCycle::of(&target), rivals: Vec::new(), seeds: 1 };
    let rows = bench.product(("rules", &target), std::slice::from_ref(&load), &|_| {}).unwrap();
    assert!((rows[0].q - all.rules.q).abs() < 1e-3, "{} {}", rows[0].q, all.rules.q);
    assert!((rows[0].unit_hours - all.rules.unit_hours).abs() < 1e-9);
    // One day is scored.
    assert!((rows[0].violation_minutes_per_day - all.rules.violation_minutes as f64).abs() < 1e-3);
    // Five replicas and the primary, which answers reads.
    assert!((all.fixed.unit_hours - 6.0 * 24.0).abs() < 1e-9);
    assert_eq!(all.fixed.violation_minutes, load.beyond(6) as u64);
    assert_eq!((all.fixed.actions, all.fixed.short_by.maximum), (0, all.fixed.violation_minutes));
}

#[test]
fn a_rival_has_the_policys_maximum_and_the_run_with_the_median_cost_is_told() {
    let target = service(2, 3);
    let load = played(&target);
    let several = Backtest { seeds: 3, ..backtest(&target) };
    let against = |name: &str| several.against(Rival::named(name).unwrap(), &load, 3, 2_000.0).unwrap();
    let hpa = against("hpa-70");
    assert!(hpa.policy == "hpa-70" && hpa.actions > 0 && hpa.unit_hours < 3.0 * 24.0 + 1.0, "{hpa:?}");
    assert!((1..=3).contains(&hpa.seed) && hpa.q_low <= hpa.q && hpa.q <= hpa.q_high, "{hpa:?}");
    let perfect = against(CLAIRVOYANT);
    assert!(perfect.q < hpa.q, "{perfect:?} {hpa:?}");

    let outcome = |unit_minutes| Outcome { unit_minutes, ..Outcome::default() };
    let of_seeds = [300.0, 100.0, 400.0, 200.0].map(outcome);
    let of_seeds: Vec<(u64, Outcome)> = (1..).zip(of_seeds).collect();
    let (line, _) = median("hpa-70", of_seeds, |outcome| outcome, 100.0).unwrap();
    assert_eq!((line.seed, [line.q_low, line.q, line.q_high]), (4, [1.0, 2.0, 4.0]));
}
