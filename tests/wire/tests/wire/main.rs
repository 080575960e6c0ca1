//! One integration binary for the wire: what the harness is, and what the function does in it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say where")]

mod contract;
mod disturbed;
mod ecs_service;
mod harness;
mod killed;
mod listed;
mod log;
mod notify;
mod preflight;
mod redis_nodes;
mod refused;
mod scale;
mod told;
