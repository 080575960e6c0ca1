//! What the two ports promise, as references of a few lines: whoever implements a port is walked beside its reference.

pub mod ledger;
