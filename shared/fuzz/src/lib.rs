//! Random policies on hostile accounts, seed by seed: what may never happen, and what must come about once the faults stop.
//!
//! A seed is a `Case`: a policy with targets of all kinds, their load, what befalls the account, and what befalls the attempts. `run` plays it and
//! judges it each minute. Nothing but the seed decides: the same seed gives the same log of decisions, whose hash `Outcome` has.
//!
//! The method is that of deterministic simulation as FoundationDB and TigerBeetle describe it; the emphasis of each seed comes from swarm
//! testing (Groce et al., 2012): a random half of what may go wrong is switched off.

pub mod case;
mod commands;
mod digest;
mod judge;
mod ports;
mod run;
mod shrink;
pub mod tamper;
mod turns;

pub use case::{Case, Options};
pub use judge::{Law, Violation};
pub use run::{Outcome, Recorded, run, run_with};
pub use shrink::{Shrunk, shrink};
