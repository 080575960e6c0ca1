//! Record: what an attempt remembers, and what it tells.

mod activity;
mod history;
mod outcome;

pub use activity::{Activity, ActivityKind};
pub use history::{
    Addition, CapacityChange, History, Intent, Recommended, Removal, ScaledOut, Transition, WeightSince,
};
pub use outcome::{FailureClass, Outcome};
