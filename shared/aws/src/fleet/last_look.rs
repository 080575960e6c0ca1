//! What was seen of a thing right before its call, kept for that call: it is held to what the plan was allowed by, and looks no second time.

use std::sync::{Mutex, PoisonError};

/// The last look of an action that takes something away.
#[derive(Debug)]
pub(super) struct LastLook<K, V>(Mutex<Option<(K, V)>>);

impl<K, V> Default for LastLook<K, V> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<K: PartialEq, V> LastLook<K, V> {
    /// Keeps what was seen of `of`.
    pub(super) fn keep(&self, of: K, seen: V) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((of, seen));
    }

    /// What was seen, if it was of this; used up by being asked for.
    pub(super) fn take(&self, of: &K) -> Option<V> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        last.filter(|(whose, _)| whose == of).map(|(_, seen)| seen)
    }
}
