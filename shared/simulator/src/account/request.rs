//! What the fleet is asked about one target, with the part of the account that it is.

use tidegate_policy::history::History;
use tidegate_policy::policy::Target;
use tidegate_reconcile::port::Signals;

/// One target that is asked for, and the part of the account that it is.
pub(super) struct PartRequest<'a, S, K> {
    /// Its place among the requests.
    pub(super) place: usize,
    pub(super) target: &'a Target,
    pub(super) kind: &'a K,
    pub(super) history: &'a History,
    pub(super) signals: Signals,
    pub(super) state: &'a mut S,
}

impl<S, K> PartRequest<'_, S, K> {
    pub(super) fn place(&self) -> usize {
        self.place
    }
}
