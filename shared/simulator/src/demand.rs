//! Demand: how many unit capacities the clients ask for, minute by minute.

use jiff::Timestamp;

/// Demand over a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    /// The shape's name, or the trace's file name.
    pub scenario: String,
    /// When the first minute begins.
    pub start: Timestamp,
    /// One value a minute, in capacities of one replica of the policy's class; finite and not negative.
    pub units: Vec<f64>,
}
