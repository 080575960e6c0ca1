//! How well a minute was served: the objective that every kind of target is measured by.

/// Above this share of capacity a minute violates the objective.
pub(crate) const OBJECTIVE: f64 = 0.85;

/// How one minute was served.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Served {
    /// In capacities of one member.
    pub demand: f64,
    /// What could be served: of replicas the primary's one capacity and the usable ones behind the reader name; of a service its tasks.
    pub capacity: f64,
    /// Demand was above 85% of capacity.
    pub violation: bool,
    /// Demand was above capacity.
    pub severe: bool,
}

impl Served {
    pub(crate) fn of(demand: f64, capacity: f64) -> Self {
        Self { demand, capacity, violation: demand > OBJECTIVE * capacity, severe: demand > capacity }
    }
}
