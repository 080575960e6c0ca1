//! One integration binary for the workspace: linking is what costs.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say where")]

mod announced;
mod attempts;
mod causality;
mod circles;
mod contracts;
mod crash_walk;
mod disturbed;
mod documents;
mod dry_run;
mod history;
mod house;
mod hurried;
mod node_attempts;
mod pages;
mod paused;
mod promotions;
mod replaced;
mod service_attempts;
mod service_days;
mod simulations;
mod two_attempts;
mod two_stages;
mod ways;
mod world;
