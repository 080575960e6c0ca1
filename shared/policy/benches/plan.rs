//! How long one target takes: a plan must stay below 50 microseconds, so that thousands fit in one attempt.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a benchmark that cannot go on should say where")]

#[path = "../tests/core/fixture.rs"]
#[expect(dead_code, reason = "the account is shared with the tests, which use more of it")]
mod fixture;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use fixture::Account;
use tidegate_policy::check::check;
use tidegate_policy::document::parse;
use tidegate_policy::plan::plan;

fn plans(criterion: &mut Criterion) {
    let situations = [
        ("steady, 5 replicas", Account::steady(5)),
        ("scale out, 1 replica", {
            let mut account = Account::steady(1);
            account.load(90.0, 50.0);
            account
        }),
        ("scale in, 5 replicas", {
            let mut account = Account::steady(5);
            account.load(5.0, 5.0);
            account
        }),
    ];
    let mut group = criterion.benchmark_group("plan");
    for (name, account) in &situations {
        let observation = account.observation();
        group.bench_function(*name, |bencher| {
            bencher.iter(|| {
                plan(black_box(&account.target), black_box(&observation), &account.history, account.now)
            });
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("check");
    for (name, account) in &situations {
        let observation = account.observation();
        let planned = account.plan();
        group.bench_function(*name, |bencher| {
            bencher.iter(|| {
                check(&account.target, black_box(&observation), &account.history, &planned, account.now)
            });
        });
    }
    group.finish();

    let document = include_str!("../../../infra/policies/production.toml");
    criterion.bench_function("parse production.toml", |bencher| bencher.iter(|| parse(black_box(document))));
}

criterion_group!(benches, plans);
criterion_main!(benches);
