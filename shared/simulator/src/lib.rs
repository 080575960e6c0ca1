//! A simulated account in virtual time, behind the same ports as AWS: faults, demand, scores.

pub mod demand;
pub mod document;
