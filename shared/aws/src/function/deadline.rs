//! The time that an attempt has, on the machine's clock.

use std::time::Duration;

use jiff::SignedDuration;
use tidegate_reconcile::Clock;
use tokio::time::Instant;

/// A moment at which the attempt ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(Instant);

impl Deadline {
    pub(super) fn after(time: Duration) -> Self {
        Self(Instant::now() + time)
    }
}

impl Clock for Deadline {
    fn left(&self) -> Option<SignedDuration> {
        let left = self.0.saturating_duration_since(Instant::now());
        Some(SignedDuration::try_from(left).unwrap_or(SignedDuration::MAX))
    }

    async fn sleep(&self, span: SignedDuration) {
        tokio::time::sleep(Duration::try_from(span).unwrap_or(Duration::ZERO)).await;
    }
}
