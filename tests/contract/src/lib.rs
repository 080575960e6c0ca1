//! What the two ports promise, as references of a few lines: whoever implements a port is walked beside its reference.
#![expect(clippy::expect_used, reason = "a walk that cannot go on should say where")]

pub mod ledger;
