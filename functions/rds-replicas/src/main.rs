//! Scales RDS read replicas and their Route 53 weights.

fn main() {}
