//! The core policy: what should be true of a target, and the one safe step towards it.
//!
//! Pure and synchronous. A wake-up becomes an [`observation`], the observation is [`evaluate`]d into recommendations, those are
//! [`decide`]d into one number, a [`plan`] holds at most one safe step towards it, an independent [`check`] judges the plan, and
//! what happened is [`record`]ed. `now` is an argument everywhere; memory is [`history::History`], which the ledger keeps.

pub mod check;
pub mod decide;
pub mod document;
pub mod evaluate;
pub mod forecast;
pub mod history;
pub mod kind;
pub mod list_price;
pub mod names;
pub mod number;
pub mod observation;
pub mod observed;
pub mod order;
pub mod ownership;
pub mod pause;
pub mod plan;
pub mod policy;
pub mod reason;
pub mod record;
pub mod severity;
pub mod units;
