//! Reason codes: why something was done, and why something was not. The codes are a stable interface; they are metric labels and end up in people's queries.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares the codes once, so that the text, the list and the match cannot drift apart.
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// Why. One code has one meaning for ever: a changed meaning is a new code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Reason {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl Reason {
            /// Every reason there is.
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)*];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(Reason::$name => $code,)* }
            }
        }
    };
}

reasons! {
    // Decisions to act.
    /// A threshold rule of `scale_out` holds.
    ScaleOutThreshold = "scale_out_threshold",
    /// Target tracking wants more.
    ScaleOutTracking = "scale_out_tracking",
    /// Fewer than the minimum, or than an open window's.
    ScaleOutMinimum = "scale_out_minimum",
    /// Every `scale_in` rule holds, and the rest can carry the load.
    ScaleInThresholds = "scale_in_thresholds",
    /// Target tracking wants fewer.
    ScaleInTracking = "scale_in_tracking",
    /// The schedule's minimum is lower than what runs, and no signal is asked.
    ScaleInSchedule = "scale_in_schedule",
    /// More than the maximum, or than an open window's.
    ScaleInMaximum = "scale_in_maximum",

    // Decisions to hold.
    /// Nothing asks for a change.
    WithinThresholds = "within_thresholds",
    /// More is wanted, but the maximum is reached.
    AlreadyAtMaxCapacity = "already_at_max_capacity",
    /// Fewer are wanted, but the minimum is reached.
    AlreadyAtMinCapacity = "already_at_min_capacity",
    /// Replicas that others made, or that are still leaving, fill the maximum or the engine's limit.
    NoRoomForReplicas = "no_room_for_replicas",
    /// The scale-out cooldown runs.
    CooldownOut = "cooldown_out",
    /// The scale-in cooldown runs.
    CooldownIn = "cooldown_in",
    /// The recommendation has not stood for the stabilization window.
    Stabilizing = "stabilizing",
    /// The rate limit of the direction is used up.
    RateLimited = "rate_limited",
    /// The creations of the last 24 hours are used up.
    CreationBudgetSpent = "creation_budget_spent",
    /// A signal has no points: fewer is never concluded from nothing.
    SignalMissing = "signal_missing",
    /// A signal's newest point is too old to conclude that fewer will do.
    SignalStale = "signal_stale",
    /// The replicas that remain would come too close to an out-threshold.
    ProjectedLoadTooHigh = "projected_load_too_high",
    /// Messages are in flight or wait: as many tasks may be at work on them.
    WorkInFlight = "work_in_flight",
    /// An addition or a removal is under way; one transition at a time.
    TransitionInProgress = "transition_in_progress",
    /// The source was not found.
    SourceMissing = "source_missing",
    /// The source is not in the state `available`.
    SourceUnavailable = "source_unavailable",
    /// The source keeps no backups, so RDS refuses replicas.
    SourceWithoutBackups = "source_without_backups",
    /// The source is a Multi-AZ DB cluster, or a member of one.
    SourceInCluster = "source_in_cluster",
    /// The source's master password is managed in Secrets Manager, so RDS refuses replicas.
    SourceSecretManaged = "source_secret_managed",
    /// A blue/green deployment of the source is under way: nothing is created or deleted.
    BlueGreenInProgress = "blue_green_in_progress",
    /// Whether a blue/green deployment is under way cannot be told: nothing is deleted, and nothing is created above the minimum.
    BlueGreenUnknown = "blue_green_unknown",
    /// The source is a replica itself.
    SourceIsReplica = "source_is_replica",
    /// The source runs another engine than the policy says.
    EngineMismatch = "engine_mismatch",
    /// No replica may be removed: pinned, protected, with children, or in use elsewhere.
    NoEligibleVictim = "no_eligible_victim",
    /// The reader name cannot hold weighted records as it stands.
    ReaderNameConflict = "reader_name_conflict",
    /// ECS knows no such service.
    ServiceMissing = "service_missing",
    /// The service is being deleted, or was.
    ServiceNotActive = "service_not_active",
    /// Somebody else's task sets decide how many tasks run.
    ExternalController = "external_controller",
    /// One task on each container instance: there is no count to choose.
    DaemonService = "daemon_service",
    /// What is registered with Application Auto Scaling is of another dimension.
    ForeignDimension = "foreign_dimension",
    /// A deployment is under way: nothing is scaled in.
    RolloutInProgress = "rollout_in_progress",
    /// Tasks that were asked for do not all run yet.
    TasksPending = "tasks_pending",
    /// A person suspended this direction in Application Auto Scaling.
    ScalingSuspended = "scaling_suspended",
    /// Fewer would do, and taking them away is native auto scaling's.
    NativeScaleIn = "native_scale_in",
    /// A scheduled action of Application Auto Scaling set the registered bounds: what it raised is not lowered, and a person should know that
    /// both schedule.
    BothSchedule = "both_schedule",
    /// A predictive policy of Application Auto Scaling lifts capacity above the maximum.
    PredictiveCapacity = "predictive_capacity",
    /// Scheduled actions and predictive policies could not be read: registered bounds are not lowered.
    NativeUnknown = "native_unknown",
    /// A planned event holds capacity.
    EventInProgress = "event_in_progress",
    /// Somebody else keeps changing the capacity: we stand back.
    WritersFight = "writers_fight",
    /// Requests fail, and the load does not explain it: more tasks would not help.
    ErrorsUnexplained = "errors_unexplained",
    /// The service alternates with a target group that the policy does not name.
    TargetGroupUnnamed = "target_group_unnamed",
    /// A direct command sets the capacity.
    OrderStands = "order_stands",
    /// ElastiCache knows nothing of that name.
    GroupMissing = "group_missing",
    /// What ElastiCache has under the name is no replication group: a serverless cache, Memcached, a single node.
    NotAGroup = "not_a_group",
    /// The group has cluster mode as the policy does not say.
    ClusterModeMismatch = "cluster_mode_mismatch",
    /// The group is on its way from cluster mode disabled to enabled: ElastiCache takes no other change meanwhile.
    ClusterModeCompatible = "cluster_mode_compatible",
    /// Native auto scaling is registered on the group: it is left to it.
    NativeScaling = "native_scaling",
    /// The group or one of its members is not available: nothing can be changed.
    GroupBusy = "group_busy",
    /// Failover needs the replica that would go.
    FailoverMinimum = "failover_minimum",
    /// A shard has as many replicas as it may have.
    ReplicaLimit = "replica_limit",
    /// Memory is short, and nothing that would help may be changed.
    NoMemoryLever = "no_memory_lever",
    /// Memory did not fall after the last addition that was made for it: more of the same is not added.
    MemoryNotRelieved = "memory_not_relieved",
    /// What the last addition for memory changed is not measured yet.
    AwaitRelief = "await_relief",
    /// The group has data tiering, and CloudWatch does not say how much of its capacity is used.
    TieringUnmeasured = "tiering_unmeasured",
    /// Memory is short, and nodes of a larger type are what helps.
    LargerNodesNeeded = "larger_nodes_needed",
    /// Writes use up the primary, and more replicas would not help.
    WritesSaturate = "writes_saturate",
    /// Which node is the primary is not known.
    RolesUnknown = "roles_unknown",
    /// The number of shards and the node type are the Global Datastore's to change.
    GlobalDatastore = "global_datastore",
    /// ElastiCache does not offer the next node type of the policy.
    NodeTypeUnreachable = "node_type_unreachable",
    /// A larger node type waits for the group's maintenance window.
    AwaitMaintenance = "await_maintenance",
    /// No replica can go without leaving all nodes in one zone.
    ZoneSpread = "zone_spread",
    /// AWS refused the change, or did not carry it out; it is asked for again later.
    ChangeRefused = "change_refused",

    // Steps of a replication group.
    /// More replicas are asked for.
    IncreaseReplicas = "increase_replicas",
    /// Fewer replicas are asked for.
    DecreaseReplicas = "decrease_replicas",
    /// Another number of shards is asked for.
    SetShards = "set_shards",
    /// A larger node type is asked for.
    SetNodeType = "set_node_type",
    /// ElastiCache is at work.
    AwaitGroup = "await_group",

    // Steps of a service.
    /// The desired count is set.
    SetDesiredCount = "set_desired_count",
    /// The bounds of the scalable target are set.
    SetBounds = "set_bounds",
    /// Tasks are on their way up.
    AwaitTasks = "await_tasks",
    /// Spot could place no task: the service goes on demand.
    UseOnDemand = "use_on_demand",
    /// The service is given its share of Spot.
    UseSpot = "use_spot",
    /// Targets are warmed before a planned event.
    WarmUp = "warm_up",

    // Steps of an addition.
    /// Replicas are being asked for.
    CreateReplicas = "create_replicas",
    /// A creation was refused and is tried again later.
    CreateRefused = "create_refused",
    /// RDS is still making the replica.
    AwaitAvailable = "await_available",
    /// The replica is up and catches up with the source.
    AwaitReplication = "await_replication",
    /// The replica does not join, since clients cannot log in to it as they do at its source.
    AwaitAuthentication = "await_authentication",
    /// The source is a replica itself, and not known to keep up.
    AwaitSource = "await_source",
    /// The replica gets its record, at weight 1.
    JoinReader = "join_reader",
    /// Route 53 has not yet spread the last change.
    AwaitInsync = "await_insync",
    /// Clients have not yet had the time to follow the last weight.
    AwaitDwell = "await_dwell",
    /// The replica is not fit for more traffic yet.
    AwaitFitness = "await_fitness",
    /// The weight goes up a step.
    RampUp = "ramp_up",
    /// The weight changes because capacities did.
    RebalanceWeight = "rebalance_weight",
    /// The replica takes its full share.
    Serving = "serving",
    /// A failed creation is cleared away.
    AbandonReplica = "abandon_replica",
    /// A failed creation is on its way out.
    AwaitAbandoned = "await_abandoned",
    /// An addition ended without all that it asked for.
    AddGivenUp = "add_given_up",
    /// A replica of ours without a record comes back in.
    AdoptReplica = "adopt_replica",

    // Steps of a removal.
    /// It is written down who is to go; nothing is called yet.
    ChooseVictim = "choose_victim",
    /// The weight goes to 0; from here on the replica drains.
    DrainStart = "drain_start",
    /// Resolvers may still hold the old answer.
    AwaitTtl = "await_ttl",
    /// Clients are still connected.
    AwaitConnections = "await_connections",
    /// Something is being changed on the replica that is to go, perhaps its promotion.
    AwaitUnchanging = "await_unchanging",
    /// The whole zone could not be read, so that what else points at the replica is not known.
    AwaitZone = "await_zone",
    /// The record is removed, before the instance is.
    LeaveReader = "leave_reader",
    /// The instance is deleted; from here on there is no way back.
    DeleteReplica = "delete_replica",
    /// RDS is still deleting it.
    AwaitDeleted = "await_deleted",
    /// It is gone.
    Removed = "removed",
    /// The removal is taken back because load rose.
    DrainCancelledLoad = "drain_cancelled_load",
    /// The removal is taken back because clients did not leave in time.
    DrainCancelledDeadline = "drain_cancelled_deadline",
    /// The removal is taken back because the replica may no longer be touched.
    DrainCancelledGuard = "drain_cancelled_guard",

    // Repairs.
    /// A record whose instance is missing, promoted or going is removed.
    SweepRecord = "sweep_record",
    /// The primary takes reads because no replica does.
    RaiseFloor = "raise_floor",
    /// Replicas serve again; the primary stops taking reads.
    LowerFloor = "lower_floor",
    /// A replica that fell behind or stopped serving is taken out of the answers.
    DemoteReplica = "demote_replica",
    /// A record of ours differs from what it should say.
    RepairRecord = "repair_record",

    // Alerts and notes.
    /// A replica lags behind the source.
    AlertThreshold = "alert_threshold",
    /// Replication does not run on a replica.
    ReplicationBroken = "replication_broken",
    /// A creation takes more than an hour.
    CreationSlow = "creation_slow",
    /// A creation ended in a terminal state.
    CreationFailed = "creation_failed",
    /// A replica of ours follows another source by now.
    SourceChanged = "source_changed",
    /// A replica that served ended in a terminal state.
    ReplicaFailed = "replica_failed",
    /// A replica has not served for so long that it no longer counts, and is replaced.
    ReplicaNotServing = "replica_not_serving",
    /// RDS keeps refusing a deletion, or does not carry it out.
    DeletionRefused = "deletion_refused",
    /// The name that a decision gives is taken by an instance that is not ours.
    NameTaken = "name_taken",
    /// A record of the reader name is not ours; it is left alone.
    ForeignRecord = "foreign_record",
    /// A replica of the source is not ours; it is counted and left alone.
    ForeignReplica = "foreign_replica",
    /// A replica of ours carries a pin or deletion protection; it is left alone.
    ProtectedReplica = "protected_replica",
    /// A copy that a blue/green deployment made, or an instance that its switchover left; it is left alone.
    BlueGreenCopy = "blue_green_copy",
    /// Somebody else deletes records of ours.
    RecordsDeleted = "records_deleted",
    /// A person holds a replica of ours out of the answers: it is drained and kept.
    ReplicaHeld = "replica_held",
    /// A replica of ours was promoted; it is no longer ours.
    PromotedReplica = "promoted_replica",
    /// Somebody else changed the capacity; it is taken as it is.
    ForeignWrite = "foreign_write",
    /// Tasks do not come up.
    TasksNotStarting = "tasks_not_starting",
    /// The newest deployment failed.
    RolloutFailed = "rollout_failed",
    /// Nothing answered the warm-up.
    WarmUpFailed = "warm_up_failed",
    /// The capacity providers are not ours to change.
    StrategyNotOurs = "strategy_not_ours",
    /// A new capacity-provider strategy needs a forced deployment, which the policy does not allow.
    DeploymentNeeded = "deployment_needed",
    /// A planned event is over for good.
    EventOver = "event_over",
    /// A direct command was taken.
    OrderTaken = "order_taken",
    /// A direct command cannot be followed.
    OrderRefused = "order_refused",
    /// A direct command has ended.
    OrderOver = "order_over",
    /// A change of a replication group takes longer than the policy expects.
    ChangeSlow = "change_slow",
    /// A change of a replication group ended without what was asked for.
    ChangeFailed = "change_failed",
    /// All nodes of a shard with Multi-AZ are in one zone.
    SingleZone = "single_zone",
    /// The source is a replica itself, and falls behind.
    SourceLags = "source_lags",
    /// The source has held back a wanted addition for an hour.
    SourceHoldsBack = "source_holds_back",
    /// RDS has room for no class and zone of the policy.
    ClassNotOffered = "class_not_offered",
    /// A PostgreSQL replica is smaller than its source, and may not be able to replay.
    StandbyTooSmall = "standby_too_small",
    /// Clients cannot log in to a replica of ours as they do at its source.
    AuthenticationDiffers = "authentication_differs",
    /// A setting or a tag of the source that new replicas do not have.
    SettingNotCopied = "setting_not_copied",
    /// An alert is over.
    AlertCleared = "alert_cleared",

    // Outcomes and attempts.
    /// A call did what it was asked to.
    Applied = "applied",
    /// What a call asked for was already so.
    AlreadySatisfied = "already_satisfied",
    /// The world differed from what the plan expected; the next wake-up plans again.
    StalePlan = "stale_plan",
    /// A call failed.
    CallFailed = "call_failed",
    /// The checker refused the plan: a defect of ours.
    PlanRefused = "plan_refused",
    /// Another attempt holds the lease.
    LeaseHeld = "lease_held",
    /// The attempt's time was over before its turn came; the next attempt goes on.
    NotReached = "not_reached",
    /// Nothing is due yet.
    NotDue = "not_due",
    /// The target could not be observed.
    ObserveFailed = "observe_failed",
    /// The ledger refused or could not be reached: nothing is changed.
    LedgerFailed = "ledger_failed",
    /// A dry run: what would be done is not done.
    DryRun = "dry_run",
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// A reason with the sentence that carries its numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The stable code.
    pub reason: Reason,
    /// One sentence with numbers, for a person.
    pub detail: String,
}

impl Explanation {
    /// A reason and its sentence.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.detail)
    }
}

/// Something that a person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// What it is about: told once when it comes and once when it is over. `None`: something that happened, told each time.
    pub key: Option<String>,
    /// Why, with numbers.
    pub explanation: Explanation,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_fit_for_a_metric_label() {
        let mut codes: Vec<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert!(codes.iter().all(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Reason::ALL.len());
    }
}
