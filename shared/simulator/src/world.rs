//! What happens to an account without the scaler: a script of mishaps and of other people's doings.

use std::fmt;

use jiff::SignedDuration;
use tidegate_policy::names::InstanceId;
use tidegate_policy::units::friendly;

/// One line of the script.
#[derive(Clone, Debug, PartialEq)]
pub struct ScriptedEvent {
    /// When, counted from the start of the run; it happens as that minute begins.
    pub after: SignedDuration,
    /// What.
    pub event: WorldEvent,
}

/// Something that happens. `replica` counts the scaler's serving replicas from 0, in order of creation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WorldEvent {
    /// The next creation ends as `failed`.
    FailNextCreation,
    /// A replica falls behind.
    LagSpike {
        /// Which.
        replica: usize,
        /// By how much, seconds.
        seconds: f64,
        /// For how long.
        lasting: SignedDuration,
    },
    /// Calls of RDS, Route 53 and CloudWatch are throttled; one in five changes that fail had their effect.
    ThrottleBurst {
        /// Of each call.
        probability: f64,
        /// For how long.
        lasting: SignedDuration,
    },
    /// The ledger cannot be read or written.
    LedgerUnreachable {
        /// For how long.
        lasting: SignedDuration,
    },
    /// The ledger writes, but its answers do not arrive.
    LedgerAnswersLost {
        /// Of each write.
        probability: f64,
        /// For how long.
        lasting: SignedDuration,
    },
    /// A person promotes a replica: it is a database of its own from then on.
    PromoteReplica {
        /// Which.
        replica: usize,
    },
    /// A person turns deletion protection on.
    ProtectReplica {
        /// Which.
        replica: usize,
    },
    /// A person sets the pin tag.
    PinReplica {
        /// Which.
        replica: usize,
    },
    /// Somebody else makes a replica of the source.
    ForeignReplica,
    /// A replica reboots.
    InstanceInterrupted {
        /// Which.
        replica: usize,
        /// For how long.
        lasting: SignedDuration,
    },
    /// The source is in `modifying`: it serves, but RDS refuses replicas of it.
    SourceModifying {
        /// For how long.
        lasting: SignedDuration,
    },
    /// CloudWatch publishes nothing.
    MetricBlackout {
        /// For how long.
        lasting: SignedDuration,
    },
}

impl WorldEvent {
    /// The stable code of a timeline entry.
    pub fn code(&self) -> &'static str {
        match self {
            WorldEvent::FailNextCreation => "fail_next_creation",
            WorldEvent::LagSpike { .. } => "lag_spike",
            WorldEvent::ThrottleBurst { .. } => "throttle_burst",
            WorldEvent::LedgerUnreachable { .. } => "ledger_unreachable",
            WorldEvent::LedgerAnswersLost { .. } => "ledger_answers_lost",
            WorldEvent::PromoteReplica { .. } => "promote_replica",
            WorldEvent::ProtectReplica { .. } => "protect_replica",
            WorldEvent::PinReplica { .. } => "pin_replica",
            WorldEvent::ForeignReplica => "foreign_replica",
            WorldEvent::InstanceInterrupted { .. } => "instance_interrupted",
            WorldEvent::SourceModifying { .. } => "source_modifying",
            WorldEvent::MetricBlackout { .. } => "metric_blackout",
        }
    }

    /// Which replica it hits, if it hits one.
    pub fn replica(&self) -> Option<usize> {
        match self {
            WorldEvent::LagSpike { replica, .. }
            | WorldEvent::PromoteReplica { replica }
            | WorldEvent::ProtectReplica { replica }
            | WorldEvent::PinReplica { replica }
            | WorldEvent::InstanceInterrupted { replica, .. } => Some(*replica),
            _ => None,
        }
    }

    /// How long it lasts, if it ends by itself.
    pub fn lasting(&self) -> Option<SignedDuration> {
        match self {
            WorldEvent::LagSpike { lasting, .. }
            | WorldEvent::ThrottleBurst { lasting, .. }
            | WorldEvent::LedgerUnreachable { lasting }
            | WorldEvent::LedgerAnswersLost { lasting, .. }
            | WorldEvent::InstanceInterrupted { lasting, .. }
            | WorldEvent::SourceModifying { lasting }
            | WorldEvent::MetricBlackout { lasting } => Some(*lasting),
            _ => None,
        }
    }

    /// What happens, in one sentence; `hit` is the replica that it hits.
    pub fn sentence(&self, hit: Option<&InstanceId>) -> String {
        struct Hit<'a>(Option<&'a InstanceId>);
        impl fmt::Display for Hit<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.map_or(Ok(()), |id| id.fmt(f))
            }
        }
        let hit = Hit(hit);
        let lasting = self.lasting().map(friendly).unwrap_or_default();
        match self {
            WorldEvent::FailNextCreation => "the next creation will fail".to_owned(),
            WorldEvent::LagSpike { seconds, .. } => {
                format!("replication to {hit} falls {seconds:.0} s behind for {lasting}")
            }
            WorldEvent::ThrottleBurst { probability, .. } => {
                format!("AWS throttles {:.0}% of the calls for {lasting}", probability * 100.0)
            }
            WorldEvent::LedgerUnreachable { .. } => format!("the ledger cannot be reached for {lasting}"),
            WorldEvent::LedgerAnswersLost { probability, .. } => {
                format!("{:.0}% of the ledger's answers are lost for {lasting}", probability * 100.0)
            }
            WorldEvent::PromoteReplica { .. } => format!("a person promotes {hit}"),
            WorldEvent::ProtectReplica { .. } => format!("a person turns deletion protection of {hit} on"),
            WorldEvent::PinReplica { .. } => format!("a person pins {hit}"),
            WorldEvent::ForeignReplica => "somebody else creates a replica".to_owned(),
            WorldEvent::InstanceInterrupted { .. } => format!("{hit} reboots for {lasting}"),
            WorldEvent::SourceModifying { .. } => format!("the source is in modifying for {lasting}"),
            WorldEvent::MetricBlackout { .. } => format!("CloudWatch publishes nothing for {lasting}"),
        }
    }
}
