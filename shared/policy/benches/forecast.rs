//! How long a minute of a forecast takes: learning, predicting and planning must stay below a millisecond, and restoring below ten.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should say where")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use tidegate_policy::forecast::delays::Delay;
use tidegate_policy::forecast::fleet::{Fleet, LifeTimes};
use tidegate_policy::forecast::outlook::Outlook;
use tidegate_policy::forecast::planner::{Agreed, plan};
use tidegate_policy::forecast::settings::{Settings, Shape};
use tidegate_policy::forecast::snapshot;

const BEGIN: i64 = 20_000 * 1440;
const TIMES: LifeTimes = LifeTimes { half_share: Delay::RDS, billed_before: 13.0, billed_after: 5.0 };

/// A day's wave with a ripple.
fn work(minute: i64) -> f64 {
    let (phase, ripple) = (minute.rem_euclid(1440) as f64 / 1440.0, minute.rem_euclid(7) as f64);
    3.0 + 2.0 * (phase * std::f64::consts::TAU).sin() + ripple / 30.0
}

fn lived(minutes: i64) -> Outlook {
    let mut outlook = Outlook::cold(Shape::default());
    for minute in BEGIN..BEGIN + minutes {
        outlook.push(minute, Some(work(minute)));
        if minute % 5 == 4 {
            outlook.predict(&Settings::default());
        }
    }
    outlook
}

fn forecasts(criterion: &mut Criterion) {
    let settings = Settings::default();
    let outlook = lived(16 * 1440 + 4);
    let end = outlook.end().unwrap();
    let mut group = criterion.benchmark_group("forecast");
    group.bench_function("a minute that is learned from, predicted and planned", |bencher| {
        let mut fresh = outlook.clone();
        let mut agreed = Agreed::default();
        let mut minute = end;
        bencher.iter(|| {
            (minute..minute + 5).for_each(|minute| fresh.push(minute, Some(work(minute))));
            minute += 5;
            let need = fresh.predict(&settings).unwrap();
            plan(
                black_box(&need),
                &Fleet { serving: 4, coming: &[3.0], leaving: &[] },
                &TIMES,
                &settings,
                &mut agreed,
            )
        });
    });
    let (live, days) = (snapshot::encode(&outlook), days_of(&outlook));
    let days: Vec<&[u8]> = days.iter().map(|day| &day[..]).collect();
    group.bench_function("stored", |bencher| bencher.iter(|| snapshot::encode(black_box(&outlook))));
    group.bench_function("restored", |bencher| {
        bencher.iter(|| snapshot::decode(black_box(&live), &days, Shape::default()).unwrap());
    });
    group.finish();
}

fn days_of(outlook: &Outlook) -> Vec<Vec<u8>> {
    snapshot::days(outlook).filter_map(|day| snapshot::encode_day(outlook, day)).collect()
}

criterion_group!(benches, forecasts);
criterion_main!(benches);
