//! What each channel is sent of an alert, and what its answer means.
//!
//! An [`event::Event`] becomes a message that its channel takes, whatever stands in it. The channel's answer becomes a [`verdict::Verdict`]: taken, again
//! at a time, or refused for good. [`edge`] says what is not to be sent at all, [`storm`] what is told together.
//!
//! [`mailbox`] keeps what one channel was sent and what waits for it. [`deliver`] is the way of an event through it, over the ports of [`port`]. Nothing
//! here knows AWS, a network or a clock: time is an argument, or a port.

pub mod alarm;
pub mod amazon_q;
pub mod arrived;
pub mod channel;
pub mod cost;
pub mod deliver;
pub mod deployment;
pub mod digest;
pub mod edge;
pub mod endpoint;
pub mod envelope;
pub mod event;
mod key;
pub mod mailbox;
pub mod notice;
pub mod pagerduty;
pub mod port;
pub mod redact;
pub mod retry;
pub mod slack;
pub mod stack_alarm;
pub mod storm;
mod text;
pub mod verdict;
pub mod week;
mod words;
