//! The real binaries over a real socket: what a scenario needs to start one, move its clock, and break what it talks to.
//!
//! ```text
//! binary -> [microburst: faults] -> shim: records, kills, mends -> ministack, moto
//!    ^                                  ^
//! Runtime API, clock                  plant, account (straight to the stand-ins)
//! ```
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a harness: what it cannot set up ends the test with a sentence, and what its processes said is shown"
)]

pub mod account;
pub mod channels;
pub mod clock;
pub mod event;
pub mod faults;
pub mod form;
pub mod function;
pub mod json;
pub mod list;
pub mod messenger;
pub mod plant;
pub mod runtime_api;
pub mod scene;
pub mod shim;
pub mod side_by_side;
pub mod stand_ins;
pub mod warm;
