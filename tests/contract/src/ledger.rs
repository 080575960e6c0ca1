//! The promise of the ledger: versions that go up by one, one lease at a time, and what was stored is what is read.

use std::future::Future;
use std::marker::PhantomData;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use tidegate_policy::history::History;
use tidegate_policy::names::TargetName;
use tidegate_reconcile::port::{AfterWrite, Lease, Ledger, LedgerError, LedgerWrite};

/// The targets of a walk.
const TARGETS: usize = 2;

/// How long a lease is taken for, in minutes.
const LEASE: i64 = 5;

/// An implementation, fresh for each walk.
pub trait Subject {
    /// Of the port.
    type Ledger: Ledger;

    /// With nothing in it.
    fn fresh() -> Self;
    /// What is walked.
    fn ledger(&self) -> &Self::Ledger;
    /// Runs one call to its end.
    fn end<T>(&self, call: impl Future<Output = T>) -> T;
}

/// What the ledger has of one target, as far as the port promises it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    version: u64,
    lease: Option<(usize, i64)>,
    attempted: Option<i64>,
    decisions: u64,
    last: Option<Written>,
}

/// The last write: who comes again with the same, one version behind, repeats a call whose answer was lost.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Written {
    Claim { owner: usize, minute: i64 },
    Store { owner: usize, decisions: u64, keep: bool },
}

/// The reference: all items, the minute, and what the last call was to answer.
#[derive(Clone, Debug, Default)]
pub struct Reference {
    items: [Item; TARGETS],
    minute: i64,
    expected: Option<u64>,
}

/// One call, or time that passes. Versions are given by how far they are behind what is there.
#[derive(Clone, Debug)]
pub enum Step {
    /// An attempt takes the lease.
    Claim {
        /// Which target.
        target: usize,
        /// Which attempt.
        owner: usize,
        /// How many writes it has not seen.
        behind: u64,
    },
    /// An attempt writes.
    Store {
        /// Which target.
        target: usize,
        /// Which attempt.
        owner: usize,
        /// How many writes it has not seen.
        behind: u64,
        /// What it writes.
        decisions: u64,
        /// Whether it keeps the lease.
        keep: bool,
    },
    /// So many minutes pass.
    Wait(i64),
}

impl ReferenceStateMachine for Reference {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self::default()).boxed()
    }

    fn transitions(state: &Self) -> BoxedStrategy<Step> {
        // Who holds a lease writes, more often than not: walks of refusals alone would show little.
        let holder = |target: usize| state.items[target].lease.map_or(0, |(owner, _)| owner);
        let holders: Vec<usize> = (0..TARGETS).map(holder).collect();
        let behind = prop_oneof![4 => Just(0), 1 => Just(1)];
        let claim = (0..TARGETS, 0..3_usize, behind.clone())
            .prop_map(|(target, owner, behind)| Step::Claim { target, owner, behind });
        let owner = prop_oneof![3 => Just(None), 1 => (0..3_usize).prop_map(Some)];
        let store = (0..TARGETS, owner, behind, 0..1_000_u64, any::<bool>()).prop_map(
            move |(target, owner, behind, decisions, keep)| {
                let owner = owner.unwrap_or(holders[target]);
                Step::Store { target, owner, behind, decisions, keep }
            },
        );
        prop_oneof![4 => claim, 5 => store, 2 => (1..=LEASE).prop_map(Step::Wait)].boxed()
    }

    fn apply(mut state: Self, step: &Step) -> Self {
        state.expected = None;
        let minute = state.minute;
        match *step {
            Step::Claim { target, owner, behind } => {
                let item = &mut state.items[target];
                let free = item.lease.is_none_or(|(holder, until)| holder == owner || until <= minute);
                if behind == 0 && free {
                    item.version += 1;
                    item.lease = Some((owner, minute + LEASE));
                    item.attempted = Some(minute);
                    item.last = Some(Written::Claim { owner, minute });
                    state.expected = Some(item.version);
                }
            }
            Step::Store { target, owner, behind, decisions, keep } => {
                let item = &mut state.items[target];
                if behind == 0 && item.lease.is_some_and(|(holder, _)| holder == owner) {
                    item.version += 1;
                    item.decisions = decisions;
                    item.lease = item.lease.filter(|_| keep);
                    item.last = Some(Written::Store { owner, decisions, keep });
                    state.expected = Some(item.version);
                }
            }
            Step::Wait(minutes) => state.minute += minutes,
        }
        state
    }

    /// Nothing is behind what was never written. What repeats the last write word for word is left out: it may be taken for done, or refused.
    fn preconditions(state: &Self, step: &Step) -> bool {
        let (target, behind, again) = match *step {
            Step::Claim { target, owner, behind } => {
                (target, behind, Written::Claim { owner, minute: state.minute })
            }
            Step::Store { target, owner, behind, decisions, keep } => {
                (target, behind, Written::Store { owner, decisions, keep })
            }
            Step::Wait(_) => return true,
        };
        let item = &state.items[target];
        behind <= item.version && !(behind == 1 && item.last == Some(again))
    }
}

/// A walk of this implementation beside the reference.
#[derive(Debug)]
pub struct Walk<S>(PhantomData<S>);

fn target(number: usize) -> TargetName {
    TargetName::new(format!("target-{number}"))
}

fn owner(number: usize) -> String {
    format!("attempt-{number}")
}

fn at(minute: i64) -> Timestamp {
    let began: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a time");
    began + SignedDuration::from_mins(minute)
}

impl<S: Subject> StateMachineTest for Walk<S> {
    type SystemUnderTest = S;
    type Reference = Reference;

    fn init_test(_: &Reference) -> S {
        S::fresh()
    }

    fn apply(subject: S, after: &Reference, step: Step) -> S {
        let ledger = subject.ledger();
        let (number, answered) = match step {
            Step::Claim { target: number, owner: who, behind } => {
                let version = before(after, number) - behind;
                let lease = Lease { owner: owner(who), until: at(after.minute + LEASE) };
                let name = target(number);
                (number, subject.end(ledger.claim(&name, version, &lease, at(after.minute))))
            }
            Step::Store { target: number, owner: who, behind, decisions, keep } => {
                let version = before(after, number) - behind;
                let history = History { decisions, ..History::default() };
                let lease = if keep { AfterWrite::Keep } else { AfterWrite::Release };
                let owner = owner(who);
                let write = LedgerWrite { owner: &owner, history: &history, activities: &[], lease };
                (number, subject.end(ledger.store(&target(number), version, write)))
            }
            Step::Wait(_) => return subject,
        };
        match after.expected {
            Some(version) => assert_eq!(answered, Ok(version), "the call is right"),
            None => assert_eq!(answered, Err(LedgerError::Conflict { target: target(number) }), "a conflict"),
        }
        subject
    }

    fn check_invariants(subject: &S, reference: &Reference) {
        let names: Vec<_> = (0..TARGETS).map(target).collect();
        let loaded = subject.end(subject.ledger().load(&names)).expect("all can be read");
        assert_eq!(loaded.len(), TARGETS);
        for (loaded, item) in loaded.into_iter().zip(&reference.items) {
            let loaded = loaded.expect("each can be read");
            assert_eq!(loaded.version, item.version);
            assert_eq!(loaded.history, History { decisions: item.decisions, ..History::default() });
            assert_eq!(loaded.attempted_at, item.attempted.map(at));
            let lease = item.lease.map(|(who, until)| Lease { owner: owner(who), until: at(until) });
            assert_eq!(loaded.lease, lease);
        }
    }
}

/// The version that the caller saw: that of the reference before its step.
fn before(after: &Reference, target: usize) -> u64 {
    after.items[target].version - u64::from(after.expected.is_some())
}
