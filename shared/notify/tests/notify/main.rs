//! What the channels are sent, from situations that people reported to properties of any text.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop where it stands")]

mod arrivals;
mod channels;
mod crowds;
mod deliveries;
mod digests;
mod edges;
mod events;
mod field_reports;
mod fixture;
mod invocations;
mod keys;
mod limits;
mod mailboxes;
mod orders;
mod ports;
mod recipients;
mod secrets;
mod storms;
mod walk;
mod weeks;
mod world;
