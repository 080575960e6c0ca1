//! Goal: the judges can fail. Method: the product is broken at its ports in ways that stand for a wrong planner, attempt, ledger or adapter, and the
//! fuzzer has to find each. The table names the first seed that finds it, and the law that it breaks.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say where")]

mod hooks;
mod nodes;
mod of_every_kind;
mod replicas;
mod services;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tidegate_fuzz::tamper::{Tamper, Untouched};
use tidegate_fuzz::{Case, Options, run_with, shrink};
use tidegate_policy::kind::Kind;

/// Within so many seeds each is found.
const SEEDS: u64 = 200;

/// One way to be wrong.
struct Variant {
    name: &'static str,
    kind: Kind,
    made: fn() -> Box<dyn Tamper>,
}

fn all() -> Vec<Variant> {
    [replicas::all(), services::all(), nodes::all(), of_every_kind::all()].into_iter().flatten().collect()
}

/// The first seed from `from` on that finds it, and the law.
fn found(variant: &Variant, from: u64, until: u64) -> Option<(u64, &'static str)> {
    (from..until).find_map(|seed| {
        let case = Case::drawn(seed, Options { kind: Some(variant.kind) }).unwrap();
        let broken = run_with(&case, &*(variant.made)(), false);
        let law = broken.violations.first()?.law.name();
        // What the product breaks by itself says nothing of the variant.
        tidegate_fuzz::run(&case).violations.is_empty().then_some((seed, law))
    })
}

/// What was found when the table was written: name, seed, law. `make fuzz-sabotage` writes it anew.
const TABLE: &str = include_str!("table.txt");

#[test]
fn each_variant_is_found_and_the_product_itself_is_not() {
    let rows: Vec<Vec<&str>> = TABLE.lines().map(|line| line.split_whitespace().collect()).collect();
    let all = all();
    assert!(all.len() >= 30 && rows.len() == all.len(), "{} variants, {} rows", all.len(), rows.len());
    for (variant, row) in all.iter().zip(rows) {
        let [name, seed, law] = row[..] else { panic!("{row:?}") };
        assert_eq!(name, variant.name);
        let seed: u64 = seed.parse().unwrap();
        assert!(seed < SEEDS, "{name}: {seed}");
        // Another seed may be the first to find it once the product has changed: it still has to be found.
        let again = found(variant, seed, seed + 1).or_else(|| found(variant, 0, SEEDS));
        assert!(again.is_some(), "{name}: {SEEDS} seeds do not find it; it was {law} by seed {seed}");
    }
}

#[test]
fn a_failing_case_is_made_small_and_still_breaks_the_same_law() {
    let all = all();
    for name in ["does_not_see_that_a_group_is_busy", "does_not_see_messages_in_flight"] {
        let variant = all.iter().find(|variant| variant.name == name).unwrap();
        let (seed, law) = found(variant, 0, SEEDS).unwrap();
        let case = Case::drawn(seed, Options { kind: Some(variant.kind) }).unwrap();
        let small = shrink(&case, &*(variant.made)(), 80).unwrap();
        assert_eq!(small.outcome.violations[0].law.name(), law, "{name}");
        assert!(small.case.script.len() < case.script.len(), "{name}: {}", small.case.script.len());
        assert!(!small.outcome.recorded.is_empty() && small.runs <= 82, "{name}: {} runs", small.runs);
        // The product itself has nothing that could be made small.
        assert!(shrink(&case, &Untouched, 80).is_none(), "{name}");
    }
}

/// The table, and how it is written: each row as soon as it is known.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sabotage/table.txt");

#[test]
#[ignore = "writes the table; it takes minutes"]
fn the_table_is_written() {
    let all = all();
    let rows: Mutex<BTreeMap<usize, String>> = Mutex::default();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((place, variant)) = Some(next.fetch_add(1, Ordering::Relaxed))
                    .and_then(|place| Some((place, all.get(place)?)))
                {
                    let (seed, law) = found(variant, 0, SEEDS).unwrap_or((SEEDS, "NOT_FOUND"));
                    let mut rows = rows.lock().unwrap();
                    rows.insert(place, format!("{} {seed} {law}\n", variant.name));
                    std::fs::write(PAGE, rows.values().cloned().collect::<String>()).unwrap();
                }
            });
        }
    });
}
