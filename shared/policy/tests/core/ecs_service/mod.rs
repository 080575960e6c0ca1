//! The tasks of a service: the lever, the clock, the signals, and what forbids a change.

mod clock;
mod failing;
pub(crate) mod fixture;
mod groups;
mod lever;
mod native;
mod orders;
mod outside;
mod pause;
mod properties;
mod signals;
mod spot;
