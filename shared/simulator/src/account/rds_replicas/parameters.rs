//! What its parameter group makes of an instance.

use crate::account::clock::Millis;

/// What its parameter group makes of an instance.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Parameters {
    /// Since when `max_connections` is raised.
    pub(super) raised: Option<Millis>,
    /// `pending-reboot`: which values are in force is not known.
    pub(super) pending_reboot: bool,
}

impl Parameters {
    /// Of a new replica: RDS gives it the source's group, and it starts with what that says.
    pub(crate) fn of_a_replica(self) -> Self {
        Self { pending_reboot: false, ..self }
    }

    /// After a reboot.
    pub(crate) fn apply(&mut self) {
        self.pending_reboot = false;
    }

    /// `max_connections` as it can be read, where it is `usual` else.
    pub(crate) fn max_connections(self, usual: u32) -> Option<u32> {
        let raised = if self.raised.is_some() { usual.saturating_mul(2) } else { usual };
        (!self.pending_reboot).then_some(raised)
    }
}
