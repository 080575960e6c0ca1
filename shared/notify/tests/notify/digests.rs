//! The weekly digest, as people read it.

use std::collections::BTreeMap;

use jiff::civil::date;
use tidegate_notify::cost::{Cents, Priced};
use tidegate_notify::digest::Digest;
use tidegate_notify::slack::message;
use tidegate_policy::names::Stage;

use crate::fixture::{json, now, texts};

fn counts(counts: &[(&str, u64)]) -> BTreeMap<String, u64> {
    counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

fn quiet() -> Digest {
    Digest {
        stage: Stage::new("production"),
        first: date(2026, 2, 23),
        last: date(2026, 3, 1),
        needs: Vec::new(),
        changes: counts(&[("api", 45), ("orders-readers", 45), ("workers", 11)]),
        short: counts(&[("api", 7), ("orders-readers", 109)]),
        short_before: None,
        at_maximum: counts(&[("api", 0)]),
        holds: counts(&[("stabilizing", 212), ("within_thresholds", 1_204)]),
        notes: Vec::new(),
        calls: 31_402,
        failed_calls: 0,
        cost: Some(Priced { spent: Cents(9_210), at_maximum: Cents(14_800) }),
    }
}

#[test]
fn a_week_that_needs_nobody() {
    assert_eq!(
        quiet().lines(),
        [
            "Tidegate production, 23 Feb - 1 Mar: nothing needs you",
            "Changes 101: api 45, orders-readers 45, workers 11",
            "Short 1h 56m: orders-readers 1h 49m, api 7m; at the maximum 0m",
            "Held most: within_thresholds 1,204, stabilizing 212",
            "Calls 31,402, 0 failed. Cost $92.10 by list price on demand in N. Virginia, always at max $148.00 (-38%).",
        ]
    );
}

#[test]
fn a_week_that_needs_a_person() {
    let digest = Digest {
        first: date(2026, 3, 2),
        last: date(2026, 3, 8),
        needs: vec![
            "api was at its maximum for 6h 10m on 3 days: raise max to 12, +$0.05 an hour".to_owned(),
            "slack #db answered 404 for 5 days: name another channel".to_owned(),
        ],
        short_before: Some(116),
        at_maximum: counts(&[("api", 370)]),
        notes: vec!["Paused once: orders-readers, removals, 2h".to_owned()],
        cost: None,
        ..quiet()
    };
    assert_eq!(
        digest.lines(),
        [
            "Tidegate production, 2 - 8 Mar: 2 things need you",
            "! api was at its maximum for 6h 10m on 3 days: raise max to 12, +$0.05 an hour",
            "! slack #db answered 404 for 5 days: name another channel",
            "Changes 101: api 45, orders-readers 45, workers 11",
            "Short 1h 56m (1h 56m before): orders-readers 1h 49m, api 7m; at the maximum 6h 10m: api 6h 10m",
            "Held most: within_thresholds 1,204, stabilizing 212",
            "Paused once: orders-readers, removals, 2h",
            "Calls 31,402, 0 failed.",
        ]
    );
    let body = json(&message::notice(&digest.notice(now())).for_webhook());
    assert_eq!(body["blocks"][0]["text"]["text"], "Tidegate production, 2 - 8 Mar: 2 things need you");
    assert!(texts(&body).iter().any(|text| text.contains("name another channel")), "{body}");
}

#[test]
fn an_empty_week_is_told_too() {
    let digest = Digest {
        changes: BTreeMap::new(),
        short: BTreeMap::new(),
        at_maximum: BTreeMap::new(),
        holds: BTreeMap::new(),
        calls: 0,
        cost: Some(Priced { spent: Cents(0), at_maximum: Cents(0) }),
        ..quiet()
    };
    assert_eq!(
        digest.lines()[1..],
        [
            "Changes 0",
            "Short 0m; at the maximum 0m",
            "Calls 0, 0 failed. Cost $0.00 by list price on demand in N. Virginia, always at max $0.00.",
        ]
    );
}

#[test]
fn a_hundred_targets_are_eight_and_how_many_more() {
    let many: Vec<(String, u64)> = (0..100).map(|index| (format!("target-{index:02}"), 1)).collect();
    let digest = Digest { changes: many.into_iter().collect(), ..quiet() };
    let line = &digest.lines()[1];
    assert!(line.starts_with("Changes 100: target-00 1, ") && line.ends_with(", and 92 more"), "{line}");
}
