//! Record: what an attempt remembers, and what it tells.

mod activity;
mod count;
mod figures;
mod outcome;
mod settle;

pub use activity::{Activity, ActivityKind, outcomes_told, plan_told};
pub use count::count;
pub use figures::{Figures, figures};
pub use outcome::{FailureClass, Outcome};
pub use settle::settle;
