//! What follows from a policy when it is deployed: the policy itself, what each function's role may do, alarms, dashboards, and the bill.
//!
//! `infra/template.yaml` has what every deployment has. What is here is added below its last line, so that the targets of a policy and what
//! is deployed for them cannot drift apart: one change set shows both, and a rollback takes both back.

pub mod alarms;
pub mod bill;
pub mod capacity_prices;
pub mod dashboards;
pub mod error;
pub mod exports;
pub mod fixed;
pub mod function;
pub mod permissions;
pub mod prices;
pub mod resource;
mod series;
pub mod stack;
pub mod wakes;
