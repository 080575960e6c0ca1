//! Record: what an attempt remembers, and what it tells.

mod activity;
mod outcome;
mod settle;

pub use activity::{Activity, ActivityKind, activities};
pub use outcome::{FailureClass, Outcome};
pub use settle::settle;
