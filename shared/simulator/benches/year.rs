//! How long a simulated year takes: one target, a tick a minute, 525,600 attempts. It must stay below 5 seconds.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should say where")]

use criterion::{Criterion, criterion_group, criterion_main};
use tidegate_policy::document::parse;
use tidegate_simulator::demand::{DEFAULT_PEAK_UNITS, minutes_of_days, shape::Shape};
use tidegate_simulator::run::{Setup, simulate};

fn years(criterion: &mut Criterion) {
    let policy = parse(include_str!("../../../infra/policies/production.toml")).unwrap();
    let target = &policy.targets[0];
    let setup = Setup::new("production.toml", 1);
    let mut group = criterion.benchmark_group("a simulated year");
    group.sample_size(10);
    for shape in [Shape::Daily, Shape::Mission] {
        let demand = shape.demand(minutes_of_days(365.0).unwrap(), 1, DEFAULT_PEAK_UNITS);
        group.bench_function(shape.name(), |bencher| {
            bencher.iter(|| simulate(target, &demand, &setup, &mut |_| ()).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, years);
criterion_main!(benches);
