//! What the channels are sent, from situations that people reported to properties of any text.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop where it stands")]

mod channels;
mod digests;
mod edges;
mod events;
mod field_reports;
mod fixture;
mod limits;
mod secrets;
mod storms;
