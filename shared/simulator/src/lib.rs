//! A simulated account in virtual time, behind the same ports as AWS: faults, demand, scores.

pub mod account;
pub mod compare;
pub mod demand;
pub mod document;
pub mod mishaps;
pub mod random;
pub mod run;
pub mod split;
pub mod virtual_time;
pub mod world;

#[cfg(test)]
mod fixture;
