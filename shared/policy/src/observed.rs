//! One target and what was seen of it, paired once where an attempt begins: every later stage is given both of one kind.

use crate::kind::Kind;
use crate::names::TargetName;
use crate::observation::{EcsObservation, Observation, RdsObservation, RedisObservation};
use crate::pause::Paused;
use crate::policy::{EcsService, RdsReplicas, RedisNodes, Target, TargetKind};

/// A target and what a fleet saw of it.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    target: &'a Target,
    of: OfKind<'a>,
    switch: Option<Paused>,
}

/// What the policy says of a target, and what was seen of it. A closed enum, as `TargetKind` is.
#[derive(Clone, Copy, Debug)]
pub enum OfKind<'a> {
    /// Of kind `rds-replicas`.
    RdsReplicas(&'a RdsReplicas, &'a RdsObservation),
    /// Of kind `ecs-service`.
    EcsService(&'a EcsService, &'a EcsObservation),
    /// Of kind `redis-nodes`.
    RedisNodes(&'a RedisNodes, &'a RedisObservation),
}

/// A fleet answered with an observation of another kind: a defect of the fleet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what was observed of \"{target}\" is not of the kind {}: please report it", kind.name())]
pub struct OtherKind {
    target: TargetName,
    kind: Kind,
}

impl<'a> Observed<'a> {
    /// Pairs a target with what was seen of it.
    ///
    /// # Errors
    /// What was seen is of another kind.
    pub fn new(target: &'a Target, seen: &'a Observation) -> Result<Self, OtherKind> {
        let of = match (&target.kind, seen) {
            (TargetKind::RdsReplicas(rds), Observation::RdsReplicas(seen)) => OfKind::RdsReplicas(rds, seen),
            (TargetKind::EcsService(ecs), Observation::EcsService(seen)) => OfKind::EcsService(ecs, seen),
            (TargetKind::RedisNodes(redis), Observation::RedisNodes(seen)) => OfKind::RedisNodes(redis, seen),
            (kind, _) => return Err(OtherKind { target: target.name.clone(), kind: kind.kind() }),
        };
        Ok(Self { target, of, switch: None })
    }

    /// The same where the switch of the whole stack stands so: a pause without an end, of which no ledger knows.
    pub fn switched(self, switch: Option<Paused>) -> Self {
        Self { switch, ..self }
    }

    /// What the switch of the whole stack pauses.
    pub fn switch(&self) -> Option<Paused> {
        self.switch
    }

    /// Whose.
    pub fn target(&self) -> &'a Target {
        self.target
    }

    /// By kind.
    pub fn of(&self) -> OfKind<'a> {
        self.of
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse;
    use crate::observation::{EcsObservation, ServiceLook};

    #[test]
    fn a_target_is_paired_with_what_was_seen_of_its_kind_and_with_nothing_else() {
        let seen = Observation::EcsService(EcsObservation {
            at: jiff::Timestamp::UNIX_EPOCH,
            look: ServiceLook { service: None, scalable: None, native: None },
            stopped: None,
            signals: Default::default(),
            other_groups: Default::default(),
            signals_read: false,
        });
        let target = |text: &str| parse(text).unwrap().targets.remove(0);
        let service = target(
            "[[target]]\nname = \"api\"\nkind = \"ecs-service\"\ncluster = \"prod\"\nservice = \"api\"\nmin = 1\nmax = 4\ntrack = [\"cpu at 50%\"]\n",
        );
        assert!(matches!(Observed::new(&service, &seen).unwrap().of(), OfKind::EcsService(_, _)));
        let nodes = target(
            "[[target]]\nname = \"sessions\"\nkind = \"redis-nodes\"\ngroup = \"sessions\"\nmin = 2\nmax = 4\nscale_out = [\"cpu > 80% for 5m\"]\nscale_in = [\"cpu < 20% for 30m\"]\n",
        );
        let why = Observed::new(&nodes, &seen).unwrap_err().to_string();
        assert_eq!(why, "what was observed of \"sessions\" is not of the kind redis-nodes: please report it");
    }
}
