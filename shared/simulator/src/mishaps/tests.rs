//! Every mishap is in the list of every kind that it happens to, and a swarm has half of them.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_policy::policy::{Target, TargetKind};

use super::{half_of_the_kinds, mishaps, swarm};
use crate::account::{Account, Beginning, GroupStart, ServiceStart};
use crate::fixture::{minutes, nodes, service, start, target};
use crate::random::{Draws, Streams};
use crate::world::WorldEvent;

/// In no script, and why.
const LEFT_OUT: [(WorldEvent, &str); 1] =
    [(WorldEvent::DeleteService, "nothing can go wrong any more with a service that is gone")];

fn draws(seed: u64) -> Draws {
    Streams::new(seed).key("a test", "mishaps").member(0)
}

fn targets() -> [Target; 3] {
    let all = [target(1, 5), service(2, 10), nodes(2, 6)];
    // A kind of target more belongs here too.
    for target in &all {
        match target.kind {
            TargetKind::RdsReplicas(_) | TargetKind::EcsService(_) | TargetKind::RedisNodes(_) => {}
        }
    }
    all
}

/// Of every variant of `WorldEvent` one that is listed, by its code.
fn listed() -> BTreeMap<&'static str, WorldEvent> {
    let lists = targets().map(|target| mishaps(&target.kind, &mut draws(1)));
    let left_out = LEFT_OUT.map(|(event, _)| event);
    lists.into_iter().flatten().chain(left_out).map(|event| (event.code(), event)).collect()
}

fn happens_to(target: &Target, event: &WorldEvent) -> bool {
    let account = Account::new(
        target,
        &Beginning {
            seed: 1,
            start: start(),
            lasting: minutes(10),
            blackout: false,
            service: ServiceStart::plain(),
            group: GroupStart::plain(),
        },
    );
    !account.befall(event).contains("does not happen to a target of kind")
}

/// `WorldEvent::code` is an exhaustive match: a new variant has a code there, and is then asked for here.
#[test]
fn every_mishap_is_in_a_list() {
    let world = include_str!("../world.rs");
    let codes = world.split("fn code(&self)").nth(1).and_then(|rest| rest.split("\n    }\n").next()).unwrap();
    let codes: BTreeSet<&str> = codes.split('"').skip(1).step_by(2).collect();
    assert!(codes.len() >= 29 && codes.contains("fail_next_creation"), "{codes:?}");
    let listed: BTreeSet<&str> = listed().into_keys().collect();
    assert_eq!(codes, listed, "add the mishap to the lists of mishaps.rs");
}

#[test]
fn every_mishap_is_in_the_list_of_every_kind_that_it_happens_to() {
    for target in targets() {
        let of_kind: BTreeSet<&str> =
            mishaps(&target.kind, &mut draws(1)).iter().map(WorldEvent::code).collect();
        for (code, event) in listed() {
            if LEFT_OUT.iter().any(|(left_out, _)| left_out.code() == code) {
                continue;
            }
            // A direct command reaches an attempt, not the account; every kind takes it.
            let happens = match &event {
                WorldEvent::Order(_) | WorldEvent::LateOrder { .. } => true,
                _ => happens_to(&target, &event),
            };
            assert_eq!(of_kind.contains(code), happens, "{code} and a target of kind {}", target.kind.name());
        }
    }
}

#[test]
fn a_swarm_has_half_of_the_kinds_and_every_kind_has_its_turn() {
    for target in targets() {
        let kinds: BTreeSet<&str> =
            mishaps(&target.kind, &mut draws(1)).iter().map(WorldEvent::code).collect();
        let mut seen = BTreeSet::new();
        for seed in 0..40 {
            let on = half_of_the_kinds(&target.kind, &mut draws(seed));
            assert_eq!(on.len(), kinds.len().div_ceil(2));
            let script = swarm(&target.kind, &mut draws(seed), 200, 2_000);
            assert_eq!(script.len(), 200);
            let drawn: BTreeSet<&str> = script.iter().map(|scripted| scripted.event.code()).collect();
            assert_eq!(
                drawn,
                on.into_iter().collect::<BTreeSet<_>>(),
                "seed {seed}: of two hundred each comes once"
            );
            assert!(
                script
                    .iter()
                    .all(|scripted| !scripted.after.is_negative() && scripted.after < minutes(2_000))
            );
            assert_eq!(script[..20], swarm(&target.kind, &mut draws(seed), 20, 2_000));
            seen.extend(drawn);
        }
        assert_eq!(seen, kinds);
    }
}
