//! What Tidegate does about each reason, for events. The match is exhaustive: a new reason compiles once somebody has said it.

use super::Reason;

impl Reason {
    /// What Tidegate does about it, without a full stop: when it looks or tries again may follow.
    pub fn doing(self) -> &'static str {
        use Reason as R;
        match self {
            R::ScaleOutThreshold | R::ScaleOutTracking | R::ScaleOutForecast | R::ScaleOutMinimum => {
                "Tidegate adds capacity up to the desired count"
            }
            R::ScaleInThresholds
            | R::ScaleInTracking
            | R::ScaleInForecast
            | R::ScaleInSchedule
            | R::ScaleInMaximum => "Tidegate removes capacity, each member once it is safe",
            R::AtMaximumFor | R::AlreadyAtMaxCapacity | R::ReplicaLimit | R::NoRoomForReplicas => {
                "Tidegate stays at the bound, and adds capacity once there is room"
            }
            R::CreationBudgetSpent => {
                "Tidegate creates no replica until a creation of the last 24 hours is a day old"
            }
            R::ForecastNotProven | R::ForecastLost => "Tidegate goes on with the rules alone",

            // What keeps something from being done.
            R::WithinThresholds
            | R::AlreadyAtMinCapacity
            | R::CooldownOut
            | R::CooldownIn
            | R::Stabilizing
            | R::RateLimited
            | R::ProjectedLoadTooHigh
            | R::WorkInFlight
            | R::TransitionInProgress
            | R::RolloutInProgress
            | R::TasksPending
            | R::NativeScaleIn
            | R::PredictiveCapacity
            | R::EventInProgress
            | R::OrderStands
            | R::GroupBusy
            | R::FailoverMinimum
            | R::AwaitRelief
            | R::RolesUnknown
            | R::AwaitMaintenance
            | R::ZoneSpread
            | R::NoEligibleVictim => "Tidegate keeps the capacity as it is until this is over",
            R::ScaleInBlocked | R::BothSchedule | R::NativeUnknown => {
                "Tidegate removes nothing until what keeps it is gone"
            }
            R::SignalMissing | R::SignalStale | R::TieringUnmeasured => {
                "Tidegate removes nothing without data"
            }
            R::Flapping => "Tidegate goes on by the rules of the policy",
            R::Paused | R::PauseBegan | R::PauseReminder => {
                "Tidegate keeps the pause, and keeps a reader name safe meanwhile"
            }
            R::PauseEnded | R::OrderOver => "Tidegate decides by windows, events and signals again",
            R::OrderTaken => "Tidegate follows the command until its time is over",
            R::OrderRefused => "Tidegate goes on as if the command had not come",
            R::WritersFight => "Tidegate changes nothing until nobody else did for an hour",
            R::ErrorsUnexplained => "Tidegate adds no capacity for errors that the load does not explain",
            R::AlertThreshold => "Tidegate scales by its own rules, and reports this until it is over",

            // The target cannot be scaled as it stands.
            R::SourceMissing
            | R::SourceUnavailable
            | R::SourceWithoutBackups
            | R::SourceInCluster
            | R::SourceSecretManaged
            | R::SourceIsReplica
            | R::EngineMismatch
            | R::SourceHoldsBack
            | R::SourceLags
            | R::AwaitSource => "Tidegate creates no replica until the source allows it",
            R::BlueGreenInProgress | R::BlueGreenUnknown => {
                "Tidegate deletes nothing, and creates nothing above the minimum"
            }
            R::ReaderNameConflict => "Tidegate lets no replica join until the name is free",
            R::ServiceMissing
            | R::ServiceNotActive
            | R::ExternalController
            | R::DaemonService
            | R::ForeignDimension
            | R::GroupMissing
            | R::NotAGroup
            | R::ClusterModeMismatch
            | R::ClusterModeCompatible
            | R::NativeScaling => "Tidegate leaves the target alone",
            R::ScalingSuspended => "Tidegate keeps the suspension, and moves nothing in that direction",
            R::TargetGroupUnnamed => "Tidegate counts the requests of all groups",
            R::GlobalDatastore => "Tidegate leaves shards and node type alone",

            // Memory and nodes.
            R::NoMemoryLever
            | R::MemoryNotRelieved
            | R::LargerNodesNeeded
            | R::NodeTypeUnreachable
            | R::WritesSaturate
            | R::ConnectionsOfPrimary => {
                "Tidegate changes nothing for it, since nothing that it may change helps"
            }
            R::ChangeRefused | R::ChangeFailed => "Tidegate asks for the change again by itself",
            R::ChangeSlow => "Tidegate waits for the change, and begins no other",
            R::SingleZone => "Tidegate moves no node, and keeps those that there are",

            // Replicas.
            R::CreateRefused | R::ClassNotOffered => "Tidegate asks for the replica again by itself",
            R::CreationSlow => "Tidegate takes the replica in whenever it comes up",
            R::CreationFailed | R::AbandonReplica | R::AwaitAbandoned | R::AddGivenUp => {
                "Tidegate clears the failed creation away, and asks for another replica if one is needed"
            }
            R::NameTaken => "Tidegate leaves the other instance alone",
            R::StandbyTooSmall | R::SettingNotCopied => "Tidegate goes on with the settings of the policy",
            R::AwaitAuthentication | R::AuthenticationDiffers => {
                "Tidegate lets no replica join to which clients cannot log in"
            }
            R::ReplicaFailed | R::ReplicaNotServing => {
                "Tidegate sends it no reads, and leaves it for a person to repair or delete"
            }
            R::ReplicationBroken | R::DemoteReplica => {
                "Tidegate sends it no reads while another replica serves, and takes it in once it keeps up"
            }
            R::ReplicaHeld
            | R::ProtectedReplica
            | R::ForeignReplica
            | R::BlueGreenCopy
            | R::PromotedReplica
            | R::SourceChanged => "Tidegate leaves the replica alone",
            R::DeletionRefused
            | R::DrainCancelledLoad
            | R::DrainCancelledDeadline
            | R::DrainCancelledGuard
            | R::DrainCancelledPause => "Tidegate takes the removal back, and the replica serves again",
            R::ReaderNameUnserved => "Tidegate lets the next replica that serves answer for the name",
            R::RaiseFloor => "Tidegate lets the primary answer until a replica serves",
            R::LowerFloor => "Tidegate lets the replicas answer alone",
            R::ForeignRecord => "Tidegate leaves the record alone",
            R::RecordsDeleted => "Tidegate lets the replicas join again",
            R::AwaitZone => "Tidegate removes no replica until the zone can be read",

            // Services.
            R::TasksNotStarting | R::TasksFailing | R::PlacementFailed | R::RolloutFailed => {
                "Tidegate counts on the tasks that run, and leaves the deployment to ECS"
            }
            R::DeploymentNeeded => "Tidegate makes no deployment that the policy does not allow",
            R::WarmUpFailed => "Tidegate sends no more requests, and the event begins cold",
            R::ForeignWrite => "Tidegate takes what it found as it is, within the bounds of the policy",
            R::StrategyNotOurs => "Tidegate leaves the strategy alone",
            R::EventOver => "Tidegate leaves the event out",

            // Steps.
            R::IncreaseReplicas
            | R::DecreaseReplicas
            | R::SetShards
            | R::SetNodeType
            | R::AwaitGroup
            | R::SetDesiredCount
            | R::SetBounds
            | R::AwaitTasks
            | R::UseOnDemand
            | R::UseSpot
            | R::WarmUp
            | R::CreateReplicas
            | R::AwaitAvailable
            | R::AwaitReplication
            | R::JoinReader
            | R::AwaitInsync
            | R::AwaitDwell
            | R::AwaitFitness
            | R::RampUp
            | R::RebalanceWeight
            | R::AdoptReplica
            | R::ChooseVictim
            | R::DrainStart
            | R::AwaitTtl
            | R::AwaitConnections
            | R::AwaitUnchanging
            | R::LeaveReader
            | R::DeleteReplica
            | R::AwaitDeleted
            | R::SweepRecord
            | R::RepairRecord => "Tidegate goes on with the next step by itself",
            R::Serving
            | R::Removed
            | R::AlertCleared
            | R::Applied
            | R::AlreadySatisfied
            | R::ForecastCompared => "Nothing is left to do",

            // Attempts.
            R::StalePlan
            | R::CallFailed
            | R::ObserveFailed
            | R::LedgerFailed
            | R::LeaseHeld
            | R::NotReached
            | R::NotDue => "Tidegate changes nothing now, and tries again at the next minute",
            R::PublishFailed => {
                "Tidegate keeps what is to be reported, and publishes it again at each minute"
            }
            R::PlanRefused => "Tidegate does nothing of the refused plan, and plans anew at the next minute",
            R::DryRun => "Tidegate changes nothing in a dry run",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_one_clause_to_which_a_time_can_be_added() {
        for reason in Reason::ALL {
            let doing = reason.doing();
            let words = doing.split_whitespace().count();
            // `; the next look is at TIME` has seven more.
            assert!((4..=18).contains(&words), "{reason}: {words} words in {doing:?}");
            assert!(doing.starts_with(char::is_uppercase), "{reason}: {doing:?}");
            assert!(!doing.contains(['.', ';', '\n']), "{reason}: {doing:?}");
        }
    }
}
