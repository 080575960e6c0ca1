//! The nodes of a replication group: the lever by pressure, what forbids a change, what becomes of one, and what may go.

mod adversary;
mod change;
mod connections;
pub(crate) mod fixture;
mod guards;
mod last_look;
mod orders;
mod pressure;
mod properties;
mod relief;
mod removal;
