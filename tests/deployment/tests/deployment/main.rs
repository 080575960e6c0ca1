//! The template as it is deployed: what its roles allow and deny, what linters say of it, and the whole of it at work on a stand-in.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should say where"
)]

mod commands;
mod deployed;
mod linted;
mod permissions;
mod rendered;
