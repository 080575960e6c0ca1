//! The fleet against AWS on the wire: what is sent, how pages and refusals are read, and what an attempt costs in calls.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should say where"
)]

mod account;
mod answers;
mod blue_green;
mod cache_answers;
mod calls;
mod changes;
mod commands;
mod ecs_service;
mod facts;
mod instances;
mod memory;
mod metric_data;
mod metric_statistics;
mod metrics;
mod mutations;
mod native;
mod node_attempts;
mod node_calls;
mod node_changes;
mod node_refusals;
mod node_scene;
mod past;
mod records;
mod redis_nodes;
mod scene;
mod service_answers;
mod service_changes;
mod service_deployments;
mod service_scene;
mod settings;
mod stopped_tasks;
mod thousand;
mod unlisted;
mod unscalable;
mod warm;
mod wire;
