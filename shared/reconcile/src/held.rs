//! One target's item while an attempt holds its lease: every write on it, and what is published before the lease is given back.

use jiff::Timestamp;
use tidegate_policy::history::History;
use tidegate_policy::names::TargetName;
use tidegate_policy::record::Activity;

use crate::port::{AfterWrite, Lease, Ledger, LedgerError, LedgerWrite};
use crate::time::{Clock, Limit};

/// The lease on one target, and what the item's version is by now.
pub(crate) struct Held<'a, L> {
    ledger: &'a L,
    owner: &'a str,
    target: &'a TargetName,
    version: u64,
}

impl<'a, L: Ledger> Held<'a, L> {
    /// Takes the lease, if the item is still the one that was loaded: what was planned is planned from it.
    ///
    /// # Errors
    /// `Conflict` when another attempt was faster.
    pub(crate) async fn claim(
        ledger: &'a L,
        target: &'a TargetName,
        loaded: u64,
        owner: &'a str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Self, LedgerError> {
        let lease = Lease { owner: owner.to_owned(), until };
        let version = ledger.claim(target, loaded, &lease, now).await?;
        Ok(Self { ledger, owner, target, version })
    }

    /// Writes, and keeps the lease: more follows.
    ///
    /// # Errors
    /// When the lease was lost, or the ledger cannot be used.
    pub(crate) async fn keep(
        &mut self,
        history: &History,
        activities: &[Activity],
    ) -> Result<(), LedgerError> {
        self.write(history, activities, AfterWrite::Keep).await
    }

    /// Writes, publishes what waits in the outbox, and gives the lease back. Where nothing waits that is one write. Returns why something was not
    /// published, or will be once more.
    ///
    /// # Errors
    /// When the memory could not be written; then nothing was published of it.
    pub(crate) async fn end<C: Clock>(
        mut self,
        history: History,
        activities: &[Activity],
        limit: &Limit<'_, C>,
    ) -> Result<Option<String>, LedgerError> {
        if history.outbox.waiting().is_empty() {
            self.write(&history, activities, AfterWrite::Release).await?;
            return Ok(None);
        }
        self.keep(&history, activities).await?;
        Ok(self.publish(history, limit).await)
    }

    /// Publishes what waits in the outbox of this memory, which is in the item already, and gives the lease back. Returns why something was not
    /// published, or will be once more.
    pub(crate) async fn publish<C: Clock>(
        mut self,
        mut history: History,
        limit: &Limit<'_, C>,
    ) -> Option<String> {
        let waiting = history.outbox.waiting();
        let all = waiting.len();
        let (taken, why) = match limit.wait(self.ledger.publish(self.target, waiting)).await {
            Ok(Ok(taken)) => (taken.min(all), "the others were not taken".to_owned()),
            Ok(Err(error)) => (0, error.to_string()),
            Err(waited) => (0, format!("no answer came within {:.1} s", waited.as_secs_f64())),
        };
        history.outbox.published(taken);
        let left =
            (taken < all).then(|| format!("{} of {all} notices wait to be published: {why}", all - taken));
        match self.write(&history, &[], AfterWrite::Release).await {
            Ok(()) => left,
            // The lease ends by itself.
            Err(error) if taken == 0 => left.map(|left| format!("{left}; {error}")),
            Err(error) => Some(format!("{taken} notices were published, and will be once more, for {error}")),
        }
    }

    async fn write(
        &mut self,
        history: &History,
        activities: &[Activity],
        lease: AfterWrite,
    ) -> Result<(), LedgerError> {
        let write = LedgerWrite { owner: self.owner, history, activities, lease };
        self.version = self.ledger.store(self.target, self.version, write).await?;
        Ok(())
    }
}
