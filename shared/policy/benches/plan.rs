//! How long one target takes: a plan must stay below 50 microseconds, so that thousands fit in one attempt.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a benchmark that cannot go on should say where")]

#[path = "../tests/core/fixture.rs"]
mod fixture;

#[path = "../tests/core/rds_replicas"]
mod rds_replicas {
    #[expect(dead_code, reason = "the account is shared with the tests, which use more of it")]
    pub(crate) mod fixture;
}

#[path = "../tests/core/ecs_service"]
mod ecs_service {
    #[expect(dead_code, reason = "the service is shared with the tests, which use more of it")]
    pub(crate) mod fixture;
}

#[path = "../tests/core/redis_nodes"]
mod redis_nodes {
    #[expect(dead_code, reason = "the group is shared with the tests, which use more of it")]
    pub(crate) mod fixture;
}

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ecs_service::fixture as service_of;
use rds_replicas::fixture::Account;
use redis_nodes::fixture as group;
use tidegate_policy::check::check;
use tidegate_policy::document::parse;
use tidegate_policy::observation::Observation;
use tidegate_policy::observed::Observed;
use tidegate_policy::plan::plan;
use tidegate_policy::policy::{Comparison, ServiceMetric, Signal};

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
        let observed = Observed::new(&account.target, &observation).unwrap();
        group.bench_function(*name, |bencher| {
            bencher.iter(|| plan(black_box(observed), &account.history, account.now));
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("check");
    for (name, account) in &situations {
        let observation = account.observation();
        let observed = Observed::new(&account.target, &observation).unwrap();
        let planned = account.plan();
        group.bench_function(*name, |bencher| {
            bencher.iter(|| check(black_box(observed), &account.history, &planned, account.now));
        });
    }
    group.finish();

    services(criterion);
    groups(criterion);

    let document = include_str!("../../../infra/policies/production.toml");
    criterion.bench_function("parse production.toml", |bencher| bencher.iter(|| parse(black_box(document))));
}

/// A thousand services of six series and three hours each, planned and checked: what one attempt at them computes. It has to stay below a second.
fn services(criterion: &mut Criterion) {
    let mut world = service_of::World::steady(4);
    for (metric, value) in [
        (ServiceMetric::Requests, 3_000.0),
        (ServiceMetric::Latency, 0.2),
        (ServiceMetric::Errors, 3.0),
        (ServiceMetric::QueueDepth, 10.0),
    ] {
        world.signal(metric, value);
    }
    let rules = &mut world.target.scaling;
    for (signal, threshold) in [(Signal::Latency, 1.0), (Signal::ErrorRate, 1.0), (Signal::QueueDepth, 100.0)]
    {
        rules.scale_out.push(service_of::rule(signal, Comparison::Above, threshold, 5));
    }
    rules.track = vec![service_of::track(Signal::RequestsPerTarget, 1_000.0)];
    rules.windows = vec![service_of::window("08:00", "22:00", "Europe/Madrid", Some(4), None)];
    world.ecs().events.push(service_of::sale());
    let seen = Observation::EcsService(world.seen.clone());
    let observed = Observed::new(&world.target, &seen).unwrap();
    criterion.bench_function("1,000 services", |bencher| {
        bencher.iter(|| {
            for _ in 0..1_000 {
                let plan = plan(black_box(observed), &world.history, world.now);
                let verdict = check(observed, &world.history, &plan, world.now);
                assert!(verdict.is_ok());
            }
        });
    });
}

/// Two hundred groups, half of them of three shards with a replica each and half of one shard with three nodes, planned and checked: what one
/// attempt at them computes.
fn groups(criterion: &mut Criterion) {
    let worlds = [group::World::enabled(3, 1).shards(2, 4), group::World::disabled(3)];
    let worlds = worlds.map(|world| (Observation::RedisNodes(world.seen.clone()), world));
    criterion.bench_function("200 groups", |bencher| {
        bencher.iter(|| {
            for _ in 0..100 {
                for (seen, world) in &worlds {
                    let observed = Observed::new(&world.target, seen).unwrap();
                    let plan = plan(black_box(observed), &world.history, world.now);
                    let verdict = check(observed, &world.history, &plan, world.now);
                    assert!(verdict.is_ok());
                }
            }
        });
    });
}

criterion_group!(benches, plans);
criterion_main!(benches);
