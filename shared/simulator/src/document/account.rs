//! What a simulation says of an account of several targets: its scalers, and what they did together.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::split::Split;

use super::{Document, Simulation};

/// Several targets on one account.
#[derive(Clone, Debug)]
pub struct Simulations {
    /// What is said of the account as a whole.
    pub account: AccountDocument,
    /// Each target, in the order in which they were given.
    pub targets: Vec<Simulation>,
}

/// What an account says of its scalers. Its fields are a stable interface.
#[derive(Clone, Debug, Serialize)]
pub struct AccountDocument {
    /// One for each kind of target, in the order in which the targets name them.
    pub scalers: Vec<ScalerDocument>,
    /// Calls by AWS operation, of all scalers together.
    pub api_calls: BTreeMap<String, u64>,
}

/// One scaler: every measure is the sum over its targets.
#[derive(Clone, Debug, Serialize)]
pub struct ScalerDocument {
    /// As written in a policy's `kind`.
    pub kind: String,
    /// The targets that it looks after, by name.
    pub targets: Vec<String>,
    /// See `Document::unit_hours`.
    pub unit_hours: f64,
    /// See `Document::violation_minutes`.
    pub violation_minutes: u64,
    /// See `Document::severe_minutes`.
    pub severe_minutes: u64,
    /// See `Document::violation_causes`.
    pub violation_causes: Split,
    /// See `Document::actions`.
    pub actions: u64,
    /// See `Document::reversals`.
    pub reversals: u64,
    /// See `Document::invariant_violations`.
    pub invariant_violations: u64,
    /// Calls by AWS operation: its attempts' at all its targets, each made once for as many as AWS allows.
    pub api_calls: BTreeMap<String, u64>,
}

impl ScalerDocument {
    pub(crate) fn new(kind: &str, api_calls: BTreeMap<String, u64>) -> Self {
        Self {
            kind: kind.to_owned(),
            targets: Vec::new(),
            unit_hours: 0.0,
            violation_minutes: 0,
            severe_minutes: 0,
            violation_causes: Split::default(),
            actions: 0,
            reversals: 0,
            invariant_violations: 0,
            api_calls,
        }
    }

    /// Adds one of its targets.
    pub(crate) fn add(&mut self, target: &Document) {
        self.targets.push(target.target.clone());
        self.unit_hours = ((self.unit_hours + target.unit_hours) * 1e2).round() / 1e2;
        self.violation_minutes += target.violation_minutes;
        self.severe_minutes += target.severe_minutes;
        self.violation_causes.add(&target.violation_causes);
        self.actions += target.actions;
        self.reversals += target.reversals;
        self.invariant_violations += target.invariant_violations;
    }
}
