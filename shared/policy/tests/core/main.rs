//! The core from outside: named situations, each with the plan that it must lead to, and the properties that hold in all of them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say where")]

mod ahead;
mod decide;
mod ecs_service;
mod figures;
mod fixture;
mod orders;
mod rds_replicas;
mod redis_nodes;
mod watched;
