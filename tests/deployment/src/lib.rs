//! One deployment on a stand-in: an account with something to scale, the functions deployed into it by `make deploy`, and a clock that runs
//! fast enough to watch them.
//!
//! ```text
//! make deploy -> ministack: CloudFormation, Scheduler, alarms, SNS -> the functions, as processes
//!                    ^                                                   |
//!                    +------ shim: what ministack gets wrong, moto <-----+
//! ```
#![expect(clippy::expect_used, reason = "a harness: what it cannot set up ends with a sentence")]

pub mod account;
pub mod deploy;
pub mod log;
pub mod policy;
