//! Property: whatever the order of arrival, what fails and who is killed, what a channel shows of a key in the end is its highest edge.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use proptest::collection::vec;
use proptest::prelude::*;
use tidegate_notify::event::{Event, EventKind};
use tidegate_notify::mailbox::LEASE;

use crate::fixture::{alert, json};
use crate::invocations::{Job, only, pagerduty, run, run_all};
use crate::world::{Death, Reply, World};

const HOST: &str = "events.pagerduty.com";

/// What happens next.
#[derive(Clone, Debug)]
enum Happens {
    /// Some events arrive at once: each is a key and an edge.
    Arrive(Vec<(u8, u64)>, u64),
    /// Time passes, in seconds, and the clock wakes the delivery.
    Wake(i64),
    /// The channel does this with the next request.
    Next(Reply),
    /// The process is killed some calls later.
    Die(usize, bool),
}

fn happens() -> impl Strategy<Value = Happens> {
    let reply = prop_oneof![
        Just(Reply::Says(429, Some("90"), String::new())),
        Just(Reply::Says(500, None, String::new())),
        Just(Reply::ShowsAndIsLost),
        Just(Reply::TimesOut),
        Just(Reply::Hangs),
    ];
    prop_oneof![
        5 => (vec((0..3_u8, 1..6_u64), 1..4), any::<u64>()).prop_map(|(some, order)| Happens::Arrive(some, order)),
        2 => (0..300_i64).prop_map(Happens::Wake),
        3 => reply.prop_map(Happens::Next),
        1 => (0..12_usize, any::<bool>()).prop_map(|(calls, after)| Happens::Die(calls, after)),
    ]
}

/// Odd edges are alerts, even ones recoveries.
fn event(key: u8, edge: u64) -> Event {
    let kind = if edge % 2 == 1 { EventKind::Alert } else { EventKind::Recovery };
    Event { reason: format!("reason_{key}"), kind, edge, ..alert() }
}

/// The keys of the incidents that stand.
fn open(world: &World) -> BTreeSet<String> {
    let mut open = BTreeSet::new();
    for body in world.shown(HOST) {
        let body = json(&body);
        let key = body["dedup_key"].as_str().unwrap().to_owned();
        if body["event_action"] == "trigger" {
            open.insert(key);
        } else {
            open.remove(&key);
        }
    }
    open
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_channel_shows_the_highest_edge_in_the_end(script in vec(happens(), 1..25)) {
        let (world, channels) = (World::new(), only(pagerduty()));
        let mut highest: BTreeMap<u8, u64> = BTreeMap::new();
        for step in script {
            match step {
                Happens::Arrive(some, order) => {
                    let events: Vec<Event> = some.iter().map(|(key, edge)| event(*key, *edge)).collect();
                    let jobs: Vec<Job<'_>> = events.iter().map(Job::Arrive).collect();
                    let reports = run_all(&world, &channels, &jobs, order | 1);
                    {
                        let mut state = world.0.borrow_mut();
                        (state.death, state.dead) = (None, false);
                    }
                    // Who was killed is asked again.
                    for (event, report) in events.iter().zip(reports) {
                        if report.is_none() {
                            run(&world, &channels, Job::Arrive(event));
                        }
                    }
                    for (key, edge) in some {
                        let known = highest.entry(key).or_default();
                        *known = edge.max(*known);
                    }
                }
                Happens::Wake(seconds) => {
                    world.pass(SignedDuration::from_secs(seconds));
                    run_all(&world, &channels, &[Job::Wake], 0);
                    let mut state = world.0.borrow_mut();
                    (state.death, state.dead) = (None, false);
                }
                Happens::Next(reply) => world.once(HOST, reply),
                Happens::Die(calls, after) => {
                    let mut state = world.0.borrow_mut();
                    let call = state.calls.len() + calls;
                    state.death = Some(if after { Death::After(call) } else { Death::Before(call) });
                }
            }
        }
        world.0.borrow_mut().death = None;
        // The channel answers again, once what was arranged is used up.
        for _ in 0..30 {
            world.pass(LEASE + SignedDuration::from_mins(15));
            run(&world, &channels, Job::Wake);
        }
        let expected: BTreeSet<String> = highest
            .iter()
            .filter(|(_, edge)| *edge % 2 == 1)
            .map(|(key, edge)| tidegate_notify::pagerduty::event::dedup_key(&event(*key, *edge)))
            .collect();
        prop_assert_eq!(open(&world), expected);
        prop_assert_eq!(world.mailbox("pagerduty:/pagerduty").waiting(), 0);
    }
}
