//! Slack: by an incoming webhook, or as a bot that keeps the edges of an alert in one thread.

pub mod blocks;
pub mod credential;
pub mod message;
pub mod verdict;
