//! The fleet on AWS: RDS, Route 53 and CloudWatch.

mod class_memory;
mod formula;
pub(crate) mod max_connections;
