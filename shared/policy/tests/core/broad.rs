//! Throw-away: a broader state space, violations sorted by kind.
use crate::fixture::{Account, endpoint, minutes, rds, reading, status};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::collections::BTreeMap;
use tidegate_policy::check::check;
use tidegate_policy::history::*;
use tidegate_policy::names::*;
use tidegate_policy::observation::*;
use tidegate_policy::plan::Action;
use tidegate_policy::policy::*;
use tidegate_policy::record::*;
use tidegate_policy::units::*;

fn twist(a: &mut Account, bits: &[u32]) {
    let b = |i: usize, n: u32| bits[i] % n;
    let now = a.now;
    if b(0, 3) == 0 {
        rds(&mut a.target).engine = Engine::Postgres;
        a.source().engine = Engine::Postgres;
        for (k, r) in a.seen.replicas.iter_mut().enumerate() {
            if b(1, 2) == 0 {
                let newest = Minute::containing(now).0 - 2;
                let seed = bits[2].wrapping_mul(k as u32 + 7);
                let pts = (newest - 30..=newest)
                    .map(|m| Point {
                        minute: Minute(m),
                        value: match (seed >> ((newest - m) % 16 * 2)) & 3 {
                            0 => -1.0,
                            1 => 0.5,
                            2 => 20.0,
                            _ => 300.0,
                        },
                    })
                    .collect();
                r.signals.lag = Reading::new(pts, Some(r.created_at.unwrap_or(now)).filter(|_| false), now);
            }
        }
    } else if b(1, 3) == 0 {
        for (k, r) in a.seen.replicas.iter_mut().enumerate() {
            let newest = Minute::containing(now).0 - 2;
            let seed = bits[2].wrapping_mul(k as u32 + 7);
            let pts = (newest - 30..=newest)
                .map(|m| Point {
                    minute: Minute(m),
                    value: match (seed >> ((newest - m) % 16 * 2)) & 3 {
                        0 => -1.0,
                        1 => 0.5,
                        2 => 20.0,
                        _ => 300.0,
                    },
                })
                .collect();
            r.signals.lag = Reading::new(pts, None, now);
        }
    }
    if b(3, 6) == 0 {
        rds(&mut a.target).reader.ttl = TtlSeconds([1, 60, 300][b(4, 3) as usize]);
    }
    if b(5, 8) == 0 {
        let v = match b(6, 3) {
            0 => DnsName::new("x.example.com"),
            1 => endpoint("tg-orders-1"),
            _ => endpoint("orders-primary"),
        };
        let ttl = TtlSeconds([10, 60][b(7, 2) as usize]);
        a.seen.records.weighted.push(WeightedRecord {
            set_id: SetId::new("alice"),
            weight: Weight([0, 1, 64][b(8, 3) as usize]),
            ttl,
            value: v,
        });
    }
    if b(9, 20) == 0 {
        a.seen.records.conflict = Some("a simple CNAME".into());
    }
    if b(10, 10) == 0 {
        a.seen.records.other_uses =
            vec![EndpointUse { name: DnsName::new("r.example.com"), endpoint: endpoint("tg-orders-1") }];
    }
    match b(11, 16) {
        0 => a.seen.source = None,
        1 => a.source().status = status("rebooting"),
        2 => a.source().status = status("modifying"),
        3 => a.source().endpoint = None,
        4 => a.source().backup_retention_days = 0,
        5 => a.source().engine = Engine::MariaDb,
        6 => a.source().status = status("storage-optimization"),
        _ => {}
    }
    if b(12, 3) == 0 {
        rds(&mut a.target).drain.on_deadline = OnDeadline::Force;
    }
    if b(13, 2) == 0 {
        for r in &mut a.seen.replicas {
            if b(14, 2) == 0 {
                r.signals.connections = reading(0.0, now);
            }
        }
    }
    if b(15, 2) == 0 {
        for r in a.seen.replicas.iter_mut() {
            if b(16, 2) == 0 {
                r.signals.cpu = reading(10.0, now);
                r.signals.connections = reading(1.0, now);
            }
        }
        if let Some(s) = &mut a.seen.source {
            s.signals.cpu = reading(10.0, now);
            s.signals.connections = reading(1.0, now);
        }
    }
    if let Some(i) = &mut a.history.intent {
        i.since = now - minutes(i64::from(b(17, 120)));
        if let Transition::Remove(r) = &mut i.transition {
            if b(18, 4) == 0 {
                r.delete_requested = true;
            }
            if b(19, 12) == 0 {
                r.resource_id = ResourceId::new("db-else");
            }
        }
    }
    if a.history.intent.is_none() && b(20, 3) == 0 {
        let ids: Vec<InstanceId> = a
            .seen
            .replicas
            .iter()
            .filter(|r| r.id.as_str().starts_with("tg-"))
            .map(|r| r.id.clone())
            .take(b(21, 3) as usize)
            .chain((0..b(22, 3)).map(|n| InstanceId::new(format!("tg-orders-new{n}"))))
            .collect();
        let adds: Vec<_> = ids
            .into_iter()
            .enumerate()
            .map(|(k, id)| Addition {
                id,
                class: InstanceClass::new("db.t3.medium"),
                resource_id: if (bits[23] >> k) & 3 == 0 { Some(ResourceId::new("db-x")) } else { None },
                missing_since: None,
                progress_at: None,
                refusals: 0,
                retry_at: if (bits[24] >> k) & 7 == 0 { Some(now + minutes(5)) } else { None },
                given_up: (bits[25] >> k) & 7 == 0,
            })
            .collect();
        if !adds.is_empty() {
            let since = now - minutes(i64::from(b(26, 3000)));
            let n = adds.len() as u32;
            if b(27, 4) != 0 {
                a.history.creations = adds.iter().map(|_| since).collect();
            }
            a.history.decisions = 1;
            a.history.intent = Some(Intent {
                decision: DecisionId::new("orders-1-0"),
                since,
                from: Count(1),
                to: Count(1 + n),
                transition: Transition::Add(adds),
            });
        }
    }
    if b(28, 6) == 0 {
        a.seen.records.weighted.retain(|r| r.set_id.as_str() != "primary-floor");
        a.history.weights.remove(&SetId::new("primary-floor"));
    } else if b(28, 6) == 1 {
        for r in &mut a.seen.records.weighted {
            if r.set_id.as_str() == "primary-floor" {
                r.weight = Weight([0, 64, 255][b(29, 3) as usize]);
            }
        }
    }
    if b(30, 4) == 0 {
        for (k, r) in a.seen.replicas.iter_mut().enumerate() {
            r.class = InstanceClass::new(
                ["db.t3.small", "db.t3.medium", "db.r6g.xlarge"][(bits[31] as usize >> k) % 3],
            );
        }
    }
    if b(32, 5) == 0 {
        a.history.weights.clear();
    }
    if b(33, 10) == 0 {
        if let Some(r) = a.seen.replicas.first_mut() {
            r.endpoint = None;
        }
    }
    match b(34, 20) {
        0 => rds(&mut a.target).prefix = "other-".into(),
        1 => rds(&mut a.target).owner = "bob".into(),
        2 => rds(&mut a.target).source = InstanceId::new("orders-next"),
        _ => {}
    }
    if b(35, 5) == 0 {
        // records seen, instance not described
        if !a.seen.replicas.is_empty() {
            a.seen.replicas.remove(0);
        }
    }
    if b(36, 4) == 0 {
        for w in a.history.weights.values_mut() {
            w.since = now - minutes(i64::from(b(37, 20)));
            w.insync_at = if b(38, 2) == 0 { Some(now - minutes(i64::from(b(37, 20)))) } else { None };
            if b(39, 2) == 0 {
                w.change = Some(ChangeId::new("C1"));
            }
        }
        a.seen.change = [None, Some(ChangeStatus::Pending), Some(ChangeStatus::InSync)][b(40, 3) as usize];
    }
    if b(41, 10) == 0 {
        a.target.scaling.max = Count(1);
        a.target.scaling.min = Count(0);
    }
}

#[test]
fn broad() {
    let n: usize = std::env::var("N").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]));
    let strategy = (crate::properties::account(), prop::collection::vec(any::<u32>(), 42));
    let mut kinds: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let mut steps: BTreeMap<&'static str, usize> = BTreeMap::new();
    for _ in 0..n {
        let (mut a, bits) = strategy.new_tree(&mut runner).unwrap().current();
        twist(&mut a, &bits);
        let plan = a.plan();
        if let Some(s) = &plan.step {
            if !plan.actions.is_empty() {
                *steps.entry(s.reason.code()).or_default() += 1;
            }
        }
        // a fixed point on itself: refused actions, deterministic
        if let Err(v) = check(&a.target, &a.observation(), &a.history, &plan, a.now) {
            for x in v {
                let step = plan.step.as_ref().map_or("-", |s| s.reason.code());
                let e = kinds
                    .entry(format!(
                        "{} / {step} / {}",
                        x.invariant,
                        x.detail
                            .split_whitespace()
                            .filter(|w| !w.chars().any(|c| c.is_ascii_digit()))
                            .take(9)
                            .collect::<Vec<_>>()
                            .join(" ")
                    ))
                    .or_insert((
                        0,
                        format!(
                            "{x}\n   {plan}\n   records {:?}\n   replicas {:?}\n   intent {:?}",
                            a.seen
                                .records
                                .weighted
                                .iter()
                                .map(|r| format!(
                                    "{}@{} ttl{} {}",
                                    r.set_id,
                                    r.weight,
                                    r.ttl,
                                    r.value.as_str().split('.').next().unwrap()
                                ))
                                .collect::<Vec<_>>(),
                            a.seen
                                .replicas
                                .iter()
                                .map(|r| format!(
                                    "{} {} src={:?} ep={} {:?}",
                                    r.id,
                                    r.status.0,
                                    r.source,
                                    r.endpoint.is_some(),
                                    r.replication
                                ))
                                .collect::<Vec<_>>(),
                            a.history.intent
                        ),
                    ));
                e.0 += 1;
            }
        }
        for action in &plan.actions {
            if let Action::DeleteReplica(d) = action {
                let r = a.seen.replica(&d.id).unwrap();
                assert!(!r.deletion_protection && r.children.is_empty());
            }
        }
    }
    println!("acting steps: {steps:?}");
    for (k, (c, e)) in kinds {
        println!("#### {c} x {k}\n   {e}\n");
    }
}
