//! How soon a person has to look at each reason. The match is exhaustive: a new reason compiles once somebody has chosen.
//!
//! - **critical**: clients are hurt or soon will be, and nothing that Tidegate may do helps; or it scales nothing any more.
//! - **warning**: something is broken or in the way, and a person fixes it today.
//! - **info**: it goes on by itself, or a person wanted it so.
//!
//! A load that no capacity meets yet is watched by CloudWatch alarms of its own. So a refused creation is a warning, and the CPU that it leaves high
//! is critical.

use super::Reason;
use crate::severity::Severity;

impl Reason {
    /// How soon a person has to look, where this reason is an alert.
    pub fn severity(self) -> Severity {
        use Reason as R;
        match self {
            // Nobody answers, or what answers is out of reach.
            R::ReaderNameUnserved | R::ReaderNameConflict | R::RecordsDeleted | R::ReplicationBroken
            // What is scaled is not there.
            | R::SourceMissing | R::ServiceMissing | R::ServiceNotActive | R::GroupMissing
            // Memory is short, and nothing that Tidegate may change helps.
            | R::NoMemoryLever | R::MemoryNotRelieved | R::LargerNodesNeeded | R::NodeTypeUnreachable
            // Nothing is scaled until a person steps in.
            | R::WritersFight | R::PlanRefused | R::LedgerFailed => Severity::Critical,

            // More is wanted, and something keeps it from being made.
            R::AtMaximumFor | R::NoRoomForReplicas | R::CreationBudgetSpent | R::ReplicaLimit | R::WritesSaturate
            | R::ConnectionsOfPrimary
            | R::ChangeRefused | R::CreateRefused | R::CreationSlow | R::CreationFailed | R::ClassNotOffered
            | R::NameTaken | R::SourceHoldsBack | R::SourceLags | R::AwaitSource | R::AwaitAuthentication
            | R::AuthenticationDiffers | R::StandbyTooSmall | R::ChangeSlow | R::ChangeFailed
            | R::TasksNotStarting | R::TasksFailing | R::PlacementFailed | R::RolloutFailed | R::DeploymentNeeded | R::WarmUpFailed
            // The target can only be scaled in part, or not at all, as it is set up.
            | R::SourceWithoutBackups | R::SourceInCluster | R::SourceSecretManaged | R::SourceIsReplica
            | R::EngineMismatch | R::ExternalController | R::DaemonService | R::ForeignDimension
            | R::ScalingSuspended | R::BothSchedule | R::TargetGroupUnnamed | R::StrategyNotOurs
            | R::NotAGroup | R::ClusterModeMismatch | R::ClusterModeCompatible | R::NativeScaling
            | R::GlobalDatastore
            // It goes on, and not as it should.
            | R::ScaleInBlocked | R::Flapping | R::ForecastLost
            // What is needed for a decision is not known.
            | R::SignalMissing | R::BlueGreenUnknown | R::NativeUnknown | R::TieringUnmeasured | R::AwaitZone
            | R::ObserveFailed | R::CallFailed | R::PublishFailed
            // Members are lost, or stand where they should not.
            | R::RaiseFloor | R::ReplicaFailed | R::ReplicaNotServing | R::SourceChanged | R::DeletionRefused
            | R::ForeignRecord | R::SingleZone
            // A person asked for it.
            | R::AlertThreshold | R::ErrorsUnexplained | R::OrderRefused
            // A person wanted it so, and another one should know.
            | R::PauseBegan | R::PauseReminder => Severity::Warning,

            // Decisions, and holds that pass.
            R::ScaleOutThreshold | R::ScaleOutTracking | R::ScaleOutForecast | R::ScaleOutMinimum
            | R::ScaleInThresholds | R::ScaleInTracking | R::ScaleInForecast | R::ForecastCompared | R::ForecastNotProven
            | R::ScaleInSchedule | R::ScaleInMaximum | R::WithinThresholds | R::AlreadyAtMaxCapacity
            | R::AlreadyAtMinCapacity | R::CooldownOut | R::CooldownIn | R::Stabilizing | R::RateLimited
            | R::SignalStale | R::ProjectedLoadTooHigh | R::WorkInFlight | R::TransitionInProgress
            | R::SourceUnavailable | R::BlueGreenInProgress | R::NoEligibleVictim | R::RolloutInProgress
            | R::TasksPending | R::NativeScaleIn | R::PredictiveCapacity | R::EventInProgress | R::OrderStands
            | R::GroupBusy | R::FailoverMinimum | R::AwaitRelief | R::RolesUnknown | R::AwaitMaintenance
            | R::ZoneSpread
            // Steps.
            | R::IncreaseReplicas | R::DecreaseReplicas | R::SetShards | R::SetNodeType | R::AwaitGroup
            | R::SetDesiredCount | R::SetBounds | R::AwaitTasks | R::UseOnDemand | R::UseSpot | R::WarmUp
            | R::CreateReplicas | R::AwaitAvailable | R::AwaitReplication | R::JoinReader | R::AwaitInsync
            | R::AwaitDwell | R::AwaitFitness | R::RampUp | R::RebalanceWeight | R::Serving
            | R::AbandonReplica | R::AwaitAbandoned | R::AddGivenUp | R::AdoptReplica | R::ChooseVictim
            | R::DrainStart | R::AwaitTtl | R::AwaitConnections | R::AwaitUnchanging | R::LeaveReader
            | R::DeleteReplica | R::AwaitDeleted | R::Removed | R::DrainCancelledLoad
            | R::DrainCancelledDeadline | R::DrainCancelledGuard | R::DrainCancelledPause | R::SweepRecord | R::LowerFloor
            | R::DemoteReplica | R::RepairRecord
            // What a person did, or wanted so.
            | R::ForeignReplica | R::ProtectedReplica | R::BlueGreenCopy | R::ReplicaHeld
            | R::PromotedReplica | R::ForeignWrite | R::EventOver | R::OrderTaken | R::OrderOver
            | R::Paused | R::PauseEnded
            | R::SettingNotCopied | R::AlertCleared
            // What became of an attempt.
            | R::Applied | R::AlreadySatisfied | R::StalePlan | R::LeaseHeld | R::NotReached | R::NotDue
            | R::DryRun => Severity::Info,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(severity: Severity) -> impl Iterator<Item = Reason> {
        Reason::ALL.iter().copied().filter(move |reason| reason.severity() == severity)
    }

    #[test]
    fn a_person_is_woken_for_these_and_for_no_others() {
        let critical: Vec<&str> = of(Severity::Critical).map(Reason::code).collect();
        assert_eq!(
            critical,
            [
                "source_missing",
                "reader_name_conflict",
                "service_missing",
                "service_not_active",
                "writers_fight",
                "group_missing",
                "no_memory_lever",
                "memory_not_relieved",
                "larger_nodes_needed",
                "node_type_unreachable",
                "reader_name_unserved",
                "replication_broken",
                "records_deleted",
                "plan_refused",
                "ledger_failed",
            ]
        );
    }

    #[test]
    fn what_asks_nothing_of_a_person_is_told_in_the_digest_alone() {
        for reason in Reason::ALL.iter().filter(|reason| reason.advice().starts_with("Nothing")) {
            assert_eq!(reason.severity(), Severity::Info, "{reason}: {}", reason.advice());
        }
        // And what cannot wait says what to do.
        for reason in of(Severity::Critical).chain(of(Severity::Warning)) {
            assert!(!reason.advice().starts_with("Nothing"), "{reason}: {}", reason.advice());
        }
    }

    #[test]
    fn severities_are_ordered_and_read_by_their_names() {
        assert!(Severity::Critical > Severity::Warning && Severity::Warning > Severity::Info);
        for severity in Severity::ALL {
            assert_eq!(Severity::named(severity.name()), Some(severity));
        }
        assert_eq!(Severity::named("Critical"), None);
    }
}
