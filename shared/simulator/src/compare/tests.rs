//! The comparison as a whole: rows in order, the clairvoyant at one, and nobody below it.

use super::*;
use crate::demand::DAY;
use crate::demand::shape::Shape;
use crate::fixture::target;

fn played() -> Played {
    Played::new(&Shape::Daily.demand(5 * DAY, 1, 5.6), 5.6).unwrap()
}

fn bench(rivals: &[&str]) -> Bench {
    Bench {
        kind: Kind::Rds,
        life_cycle: LifeCycle::of(&target(1, 5)),
        rivals: rivals.iter().map(|name| Rival::named(name).unwrap()).collect(),
        seeds: 2,
    }
}

#[test]
fn rows_come_trace_by_trace_and_rival_by_rival() {
    let (one, mut other) = (played(), played());
    other.trace = "other".to_owned();
    let bench = bench(&["step", "hpa-70"]);
    let rows = bench.rivals(&[one, other], &|_| {});
    let told: Vec<_> = rows.iter().map(|row| (row.trace.as_str(), row.policy.as_str(), row.plant)).collect();
    assert_eq!(
        told,
        [
            ("daily", "step", On::Plain),
            ("daily", "step", On::LifeCycle),
            ("daily", "hpa-70", On::Plain),
            ("daily", "hpa-70", On::LifeCycle),
            ("other", "step", On::Plain),
            ("other", "step", On::LifeCycle),
            ("other", "hpa-70", On::Plain),
            ("other", "hpa-70", On::LifeCycle),
        ]
    );
    assert_eq!(rows.len(), bench.rows(2));
}

#[test]
fn nobody_is_below_the_clairvoyant_and_the_slower_plant_costs_more() {
    let names: Vec<&str> = RIVALS.iter().map(|rival| rival.name).collect();
    let rows = bench(&names).rivals(&[played()], &|_| {});
    for pair in rows.chunks(2) {
        let [plain, ours] = pair else { panic!("two rows per rival") };
        if plain.policy == CLAIRVOYANT {
            assert!((plain.q - 1.0).abs() < 1e-9 && (ours.q_of_life_cycle - 1.0).abs() < 1e-9);
            assert!(ours.q > 1.0, "{}", ours.q);
        } else {
            assert!(plain.q > 1.0, "{}: {}", plain.policy, plain.q);
        }
        if ["step", "hpa-70", "aws-track-60"].contains(&plain.policy.as_str()) {
            assert!(ours.q > plain.q, "{}: {} and {}", plain.policy, plain.q, ours.q);
        }
    }
}

#[test]
fn every_violating_minute_has_a_cause() {
    // Every three hours forty minutes of twice the load.
    let mut hard = played();
    for (minute, units) in hard.units.iter_mut().enumerate().filter(|(minute, _)| minute % 180 < 40) {
        *units *= 2.0 + minute as f64 / 1e6;
    }
    for row in bench(&["step", "kpa", "hpa-70"]).rivals(&[hard], &|_| {}) {
        let causes: f64 = crate::split::Cause::ALL.iter().map(|cause| row.causes.of(*cause)).sum();
        assert!(
            row.violation_minutes_per_day > 0.0,
            "{}: a load that hurts nobody shows nothing",
            row.policy
        );
        // Causes are means over seeds, minutes are medians: of two seeds the same.
        assert!((causes - row.violation_minutes_per_day).abs() < 0.01, "{}: {causes}", row.policy);
    }
}
