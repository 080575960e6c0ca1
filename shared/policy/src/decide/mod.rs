//! Decide: from what every rule says to one number, in a fixed order: combine, clamp, stabilize, rate limit, guards.

mod decision;

pub use decision::{Decision, Direction, Recommendation, Vote};
