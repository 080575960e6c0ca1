//! The template as it is deployed: what its roles allow and deny, what linters say of it, and the whole of it at work on a stand-in.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by a panic"
)]

mod permissions;
mod rendered;
