//! The last look before a destructive call: what it may come to.

/// What a fresh look says of a call that takes something away or replaces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LastLook {
    /// It may be made.
    Go,
    /// It is already so: the instance is gone or going.
    AlreadyGone,
    /// The world is not as planned: the next wake-up plans again.
    Stop(String),
}
