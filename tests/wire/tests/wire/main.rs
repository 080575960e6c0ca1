//! One integration binary for the wire: what the harness is, and what the function does in it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say where")]

mod disturbed;
mod harness;
mod killed;
mod listed;
mod log;
mod nodes;
mod preflight;
mod refused;
mod scale;
mod services;
mod told;
