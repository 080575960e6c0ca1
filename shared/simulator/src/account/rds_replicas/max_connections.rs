//! What parameter groups say of `max_connections`: raised at the source alone, or changed and not in force before a reboot.

use tidegate_policy::policy::Engine;

use super::State;
use super::rds::{Described, Instance, Rds};
use crate::account::clock::Millis;

impl Rds {
    /// A person raises `max_connections` of the source, or takes that back.
    pub(super) fn raise_max_connections(&mut self, raised: bool, now: Millis) {
        let source = self.source_id().clone();
        if let Some(source) = self.instances.iter_mut().find(|one| one.described.id == source) {
            let parameters = &mut source.described.parameters;
            parameters.raised = raised.then(|| parameters.raised.unwrap_or(now));
        }
        self.touch(now);
    }

    /// A person changes the groups of all instances, or reboots all.
    pub(super) fn await_reboot(&mut self, pending: bool, now: Millis) {
        for instance in &mut self.instances {
            instance.described.parameters.pending_reboot = pending;
        }
        self.touch(now);
    }

    /// Since when a replica of the source replays nothing, because it takes fewer connections: PostgreSQL's standbys alone (RDS user guide,
    /// "Working with read replicas for Amazon RDS for PostgreSQL").
    pub(super) fn replays_nothing_since(&self) -> Option<Millis> {
        let source = self.source().filter(|source| source.described.engine == Engine::Postgres)?;
        source.described.parameters.raised
    }
}

impl Instance {
    /// Seconds that it has fallen behind, where its source takes more connections since this moment.
    pub(super) fn not_replayed(&self, since: Option<Millis>, now: Millis) -> f64 {
        let behind = since.filter(|_| self.described.parameters.raised.is_none());
        // A replica that is younger has the source's group.
        behind.map_or(0.0, |since| (now - since).in_minutes() * 60.0)
    }
}

impl State {
    /// `max_connections` of an instance as the scaler can know it: the policy outranks parameter groups.
    pub(super) fn known_max_connections(&self, instance: &Described) -> Option<u32> {
        self.kind
            .max_connections
            .or_else(|| instance.parameters.max_connections(self.plant.max_connections()))
    }
}
