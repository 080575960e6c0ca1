//! AWS: the two ports on the official SDK, the events that wake a function, and what every function starts with.

pub mod access;
pub mod bus;
pub mod calls;
pub mod clients;
pub mod delivery;
pub mod environment;
pub mod event;
pub mod failure;
pub mod fleet;
pub mod function;

pub mod ledger;
pub mod policy_source;
pub mod reach;
pub mod report;
mod whole;
