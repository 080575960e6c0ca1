//! Goal: what a seed once found is not found again. Method: each line of the list is a seed, the law that it broke and what it was; each seed is
//! played to its end.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tidegate_fuzz::{Case, Options};

/// Append-only. A change of the generator changes what its seeds mean; the causes have tests of their own.
const LIST: &str = include_str!("regressions.txt");

/// Seed, law, and what it was.
fn rows() -> Vec<(u64, &'static str, &'static str)> {
    let row = |line: &'static str| {
        let mut parts = line.splitn(3, ' ');
        let seed = parts.next().unwrap().parse().unwrap();
        (seed, parts.next().unwrap(), parts.next().unwrap())
    };
    LIST.lines().map(row).collect()
}

#[test]
fn what_a_seed_found_is_not_found_again() {
    let rows = rows();
    assert!(!rows.is_empty());
    let (next, broken) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((seed, law, what)) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let case = Case::drawn(*seed, Options { kind: None }).unwrap();
                    let violations = tidegate_fuzz::run(&case).violations;
                    if let Some(now) = violations.first() {
                        let line =
                            format!("seed {seed} ({law}: {what}) breaks {}: {}", now.law.name(), now.detail);
                        broken.lock().unwrap().push(line);
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().unwrap();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn each_seed_is_listed_once_and_says_what_it_was() {
    let rows = rows();
    for (place, (seed, law, what)) in rows.iter().enumerate() {
        assert!(rows[..place].iter().all(|(other, ..)| other != seed), "seed {seed} is listed twice");
        assert!(!law.is_empty() && what.split(' ').count() >= 4, "seed {seed} does not say what it was");
    }
}
