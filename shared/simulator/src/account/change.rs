//! Which way the scaler changed the capacity of a service or a group.

/// A change of capacity that the scaler made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Towards more.
    Out,
    /// Towards less.
    In,
}
