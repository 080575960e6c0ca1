//! The source is replaced under its name, by a restore or by a switchover: RDS rewrites the source of the replicas, and their tags stay.

use tidegate_policy::names::InstanceId;

use super::State;
use super::clients::RefusalCause;
use super::rds::{Birth, Maker};
use super::sample::SERIES;

impl State {
    /// The primary is `NAME-old` from now on, and so are its replicas' source; what is restored under its name has none.
    pub(super) fn restore_under_name(&mut self) {
        let source = self.kind.source.clone();
        let Some(birth) = self.copy_of(&source, None) else { return };
        let old = self.free_name(&source, "-old");
        self.rename(&source, &old);
        self.rds.restore(birth, self.shared.now);
    }

    /// The primary and its replicas are `NAME-old1` from now on; their copies were made long before, and have their names.
    pub(super) fn switch_over(&mut self) {
        let source = self.kind.source.clone();
        let blue: Vec<InstanceId> = self
            .rds
            .replicas()
            .filter(|replica| replica.described.status.0 != "deleting")
            .map(|replica| replica.described.id.clone())
            .collect();
        let Some(birth) = self.copy_of(&source, None) else { return };
        let mut births = vec![birth];
        births.extend(blue.iter().filter_map(|id| self.copy_of(id, Some(&source))));
        for id in blue.iter().chain([&source]) {
            let old = self.free_name(id, "-old1");
            self.rename(id, &old);
        }
        for birth in births {
            self.rds.seed(birth, self.shared.now);
        }
    }

    /// A name that nobody has: what was replaced before has the first.
    fn free_name(&self, id: &InstanceId, suffix: &str) -> InstanceId {
        let first = InstanceId::new(format!("{id}{suffix}"));
        let further = (2..).map(|nth| InstanceId::new(format!("{id}{suffix}{nth}")));
        std::iter::once(first.clone())
            .chain(further)
            .find(|name| self.rds.named(name).is_none())
            .unwrap_or(first)
    }

    /// An instance of the same kind and name, with the same tags.
    fn copy_of(&mut self, id: &InstanceId, source: Option<&InstanceId>) -> Option<Birth> {
        let ring = self.shared.metrics.ring(id.as_str(), SERIES, self.shared.now);
        let instance = self.rds.named(id)?;
        Some(Birth {
            id: id.clone(),
            source: source.cloned(),
            engine: instance.described.engine,
            class: instance.described.class.clone(),
            tags: instance.described.tags.clone(),
            iam_authentication: instance.described.iam_authentication,
            maker: instance.maker,
            ring,
        })
    }

    /// A rename restarts the instance: everybody loses the connection.
    fn rename(&mut self, id: &InstanceId, to: &InstanceId) {
        let now = self.shared.now;
        self.cut(id, RefusalCause::CutByInterruption);
        let ring = self.shared.metrics.ring(to.as_str(), SERIES, now);
        self.rds.rename(id, to, ring, now);
        // What was the source is nobody's to count any more.
        if *id == self.kind.source
            && let Some(uid) = self.rds.named(to).map(|instance| instance.uid)
            && let Some(instance) = self.rds.by_uid(uid)
        {
            instance.maker = Maker::Other;
        }
    }
}
