//! Whether the statements of several targets are put together, where each target's own would not fit.

/// How names and tags of replicas are bound to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pairing {
    /// Each target has statements of its own: its prefix goes with its tag and with no other.
    Exact,
    /// Targets of one owner share statements, since theirs would not fit: the prefix of one goes with the tag of another of them too.
    Shared,
}
