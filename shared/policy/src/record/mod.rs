//! Record: what an attempt remembers, and what it tells.

mod activity;
mod history;
mod outcome;
mod settle;

pub use activity::{Activity, ActivityKind, activities};
pub use history::{
    Addition, CapacityChange, History, Intent, Recommended, Removal, ScaledOut, Transition, WeightSince,
};
pub use outcome::{FailureClass, Outcome};
pub use settle::settle;
