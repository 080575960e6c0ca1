//! What a warm process keeps of what was learned, between its attempts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tidegate_policy::forecast::outlook::Outlook;
use tidegate_policy::names::TargetName;
use tokio::time::Instant;

/// What this process keeps, by target.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept(Arc<Mutex<BTreeMap<TargetName, One>>>);

/// Of one target.
#[derive(Debug)]
pub(super) struct One {
    /// `None` while an attempt has it.
    pub(super) outlook: Option<Outlook>,
    /// Of the item.
    pub(super) version: u64,
    /// The minute after the last that is in the table.
    pub(super) written: i64,
    /// When an attempt last gave it back.
    pub(super) used: Instant,
}

impl Kept {
    pub(super) fn with<T>(&self, look: impl FnOnce(&mut BTreeMap<TargetName, One>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
