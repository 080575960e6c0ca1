//! The fleet on AWS: RDS, Route 53 and CloudWatch.

pub(crate) mod max_connections;
