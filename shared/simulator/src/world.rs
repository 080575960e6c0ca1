//! What happens to an account without the scaler: a script of mishaps and of other people's doings.

use std::fmt;

use jiff::SignedDuration;
use tidegate_policy::names::InstanceId;
use tidegate_policy::order::Order;
use tidegate_policy::units::{Count, friendly};

use crate::account::Native;

/// One line of the script.
#[derive(Clone, Debug, PartialEq)]
pub struct ScriptedEvent {
    /// When, counted from the start of the run; it happens as that minute begins.
    pub after: SignedDuration,
    /// What.
    pub event: WorldEvent,
}

/// How a deployment ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollout {
    /// All its tasks run.
    Completes,
    /// None of its tasks ever runs, and in the end it is marked as failed.
    Fails,
    /// The same, and the circuit breaker goes back to the last one.
    RollsBack,
}

/// How far a removal is. Each is also reached by what is beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DrainStage {
    /// It is written down who is to go.
    Chosen,
    /// Its weight is 0.
    Silent,
    /// It has no record any more.
    Unlisted,
}

impl DrainStage {
    fn name(self) -> &'static str {
        match self {
            DrainStage::Chosen => "on its way out",
            DrainStage::Silent => "at weight 0 on its way out",
            DrainStage::Unlisted => "without a record on its way out",
        }
    }
}

/// Why ElastiCache makes no node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeShortage {
    /// `InsufficientCacheClusterCapacity`: AWS has none of the type.
    Capacity,
    /// `NodeQuotaForCustomerExceeded`: the account may have no more.
    Quota,
}

/// In which state RDS leaves an instance that works no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokenState {
    /// Its parameter group does not fit: it does not start.
    IncompatibleParameters,
    /// Its storage is used up.
    StorageFull,
    /// A person stopped it.
    Stopped,
    /// A word that no document has.
    Unheard,
}

impl BrokenState {
    /// `DBInstanceStatus`, as RDS writes it.
    pub fn word(self) -> &'static str {
        match self {
            BrokenState::IncompatibleParameters => "incompatible-parameters",
            BrokenState::StorageFull => "storage-full",
            BrokenState::Stopped => "stopped",
            BrokenState::Unheard => "unheard-of",
        }
    }
}

/// Something that happens. `replica` counts the scaler's serving replicas from 0, in order of creation.
#[derive(Clone, Debug, PartialEq)]
pub enum WorldEvent {
    /// The next creation ends as `failed`.
    FailNextCreation,
    /// RDS has no room for whichever class is asked for next.
    NoRoom {
        /// In no zone, and not only in those that it would choose itself.
        everywhere: bool,
        /// It takes the creation, and finds out after half an hour.
        late: bool,
        /// For how long.
        lasting: SignedDuration,
    },
    /// The next creation stays in `creating`.
    NextCreationHangs {
        /// For how long.
        lasting: SignedDuration,
    },
    /// The replica of the next creation does not catch up with its source.
    NextCreationStaysBehind {
        /// For how long.
        lasting: SignedDuration,
    },
    /// Replicas that are ordered meanwhile warm up three times as slowly once clients connect: their data does not fit into memory.
    SlowCaches {
        /// For how long.
        lasting: SignedDuration,
    },
    /// A replica falls behind.
    LagSpike {
        /// Which.
        replica: usize,
        /// By how much, seconds.
        seconds: f64,
        /// For how long.
        lasting: SignedDuration,
    },
    /// Calls of AWS other than the ledger's are throttled; one in five changes that fail had their effect.
    ThrottleBurst {
        /// Of each call.
        probability: f64,
        /// For how long.
        lasting: SignedDuration,
    },
    /// Every call of AWS takes its time, the ledger's too.
    SlowCalls {
        /// How much, seconds.
        seconds: f64,
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
    /// EventBridge takes a part of what is published, or nothing.
    EventBusThrottled {
        /// Of each call.
        probability: f64,
        /// For how long.
        lasting: SignedDuration,
    },
    /// A person promotes a replica: it is a database of its own from then on.
    PromoteReplica {
        /// Which.
        replica: usize,
    },
    /// A person promotes the replica that is on its way out as soon as its removal is so far, for it looks unused.
    PromoteVictim {
        /// So far.
        stage: DrainStage,
    },
    /// DescribeDBInstances leaves a replica out that is there and serves.
    PartialDescription {
        /// Which.
        replica: usize,
        /// For how long.
        lasting: SignedDuration,
    },
    /// A person follows the restore runbook: the primary is renamed, which RDS writes into its replicas, and another is restored under its name.
    RestoreUnderName,
    /// A blue/green switchover: the primary and its replicas get other names, and copies of them, which follow the new primary, theirs.
    Switchover,
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
    /// A person sets the hold tag, and takes it away again.
    HoldReplica {
        /// Which.
        replica: usize,
        /// For how long.
        lasting: SignedDuration,
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
    /// A replica works no more, until a person has repaired it.
    ReplicaBreaks {
        /// Which.
        replica: usize,
        /// What RDS then says of it.
        state: BrokenState,
        /// For how long.
        lasting: SignedDuration,
    },
    /// The source is in `modifying`: it serves, but RDS refuses replicas of it.
    SourceModifying {
        /// For how long.
        lasting: SignedDuration,
    },
    /// A person turns IAM authentication on at the source, or off, and at its replicas after a while.
    IamAuthenticationTurned {
        /// Whether tokens are good from now on.
        on: bool,
        /// Until the replicas follow.
        lasting: SignedDuration,
    },
    /// A DNS controller deletes a record of the reader name, every ten minutes.
    RecordsDeleted {
        /// For how long.
        lasting: SignedDuration,
    },
    /// A person makes a blue/green deployment of the source, and deletes it in the end.
    BlueGreen {
        /// For how long it is there.
        lasting: SignedDuration,
    },
    /// The source is in `storage-optimization`: RDS takes some requests for replicas and puts others off.
    SourceOptimizing {
        /// For how long.
        lasting: SignedDuration,
    },
    /// A person has the source's master password managed in Secrets Manager: RDS refuses replicas of it.
    SourcePasswordManaged {
        /// Until it is taken back.
        lasting: SignedDuration,
    },
    /// The source turns out to be a member of a Multi-AZ DB cluster: RDS refuses replicas of it.
    SourceInCluster {
        /// For how long.
        lasting: SignedDuration,
    },
    /// A person raises `max_connections` of the source alone: PostgreSQL stops replaying on every replica that has less.
    SourceMaxConnectionsRaised {
        /// Until it is taken back.
        lasting: SignedDuration,
    },
    /// A person changes a static parameter: the groups are `pending-reboot`, so that nobody can tell which `max_connections` is in force.
    PendingReboot {
        /// Until the instances are rebooted.
        lasting: SignedDuration,
    },
    /// The source turns out to be a replica of another database, and is behind it.
    SourceFollowsAnother {
        /// By so much, seconds.
        seconds: f64,
        /// For how long; it stays a replica.
        lasting: SignedDuration,
    },
    /// Somebody makes another record of the zone that points at a replica.
    ForeignUse {
        /// Which.
        replica: usize,
    },
    /// The events of RDS are lost: only the clock wakes the scaler.
    EventsLost {
        /// For how long.
        lasting: SignedDuration,
    },
    /// The zone cannot be read as a whole; the reader name's own records can.
    ZoneUnreadable {
        /// For how long.
        lasting: SignedDuration,
    },
    /// A person takes the permission away to read blue/green deployments, and gives it back.
    DeploymentsUnreadable {
        /// For how long.
        lasting: SignedDuration,
    },
    /// CloudWatch publishes nothing.
    MetricBlackout {
        /// For how long.
        lasting: SignedDuration,
    },
    /// A person sends a direct command; it reaches the next attempt.
    Order(Order),
    /// A person sends a direct command over the bus, and it is long on its way.
    LateOrder {
        /// What is asked.
        order: Order,
        /// How long.
        late: SignedDuration,
    },
    /// Somebody deploys a service: a rolling deployment, up to twice the tasks.
    Deploy {
        /// At least; it waits for its tasks.
        lasting: SignedDuration,
        /// How it ends.
        rollout: Rollout,
    },
    /// Spot takes running tasks away, with two minutes' notice; ECS replaces them.
    SpotInterruption {
        /// How many at most.
        tasks: u32,
    },
    /// Spot has no capacity: ECS cannot place tasks on it.
    SpotDrought {
        /// For how long.
        lasting: SignedDuration,
    },
    /// Somebody else sets the desired count.
    ForeignDesired {
        /// To this.
        count: u32,
    },
    /// Somebody else sets the bounds of the scalable target, or registers one with them.
    ForeignBounds {
        /// Never fewer.
        min: u32,
        /// Never more.
        max: u32,
    },
    /// Somebody registers a scalable target.
    Register {
        /// With these bounds and this policy.
        native: Native,
    },
    /// Somebody deregisters it.
    Deregister,
    /// Somebody makes a scheduled action of the scalable target, which sets its bounds again and again.
    ScheduledAction {
        /// Never fewer from then on.
        min: u32,
        /// Never more from then on, where it says so.
        max: Option<u32>,
        /// For the first time after so long, and then each time after as long again.
        every: SignedDuration,
    },
    /// A predictive policy that may lift the maximum wants so many tasks.
    Forecast {
        /// How many.
        tasks: u32,
        /// For how long.
        lasting: SignedDuration,
    },
    /// A person sets the three switches of the scalable target's SuspendedState.
    Suspend {
        /// `DynamicScalingInSuspended`.
        scaling_in: bool,
        /// `DynamicScalingOutSuspended`.
        scaling_out: bool,
        /// `ScheduledScalingSuspended`.
        scheduled: bool,
    },
    /// Somebody deletes the service.
    DeleteService,
    /// A share of the requests fails, whatever the load.
    BrokenRelease {
        /// Of all requests, 0 to 1.
        errors: f64,
        /// For how long.
        lasting: SignedDuration,
    },
    /// Nobody sends a request to the load balancer: CloudWatch has no point of what it counts of requests.
    NoRequests {
        /// For how long.
        lasting: SignedDuration,
    },
    /// Somebody deploys by blue and green: the requests shift to the other target group, evenly over this time.
    TargetGroupShift {
        /// Over this.
        lasting: SignedDuration,
    },
    /// Somebody sends messages that keep a task busy for long, and use no CPU while they wait for others.
    LongJobs {
        /// How many.
        jobs: u32,
        /// Each of them.
        lasting: SignedDuration,
    },
    /// The primary of a shard and one of its replicas swap roles.
    NodeFailover {
        /// The how-many-th shard, from 0.
        shard: usize,
    },
    /// ElastiCache refuses the next change that needs nodes.
    RefuseNextChange {
        /// Why.
        why: NodeShortage,
    },
    /// The resharding under way, or else the next one, fails in the end: an item is above 256 MB.
    ReshardingFails,
    /// Somebody writes more keys.
    MemorySurge {
        /// So much more, in percent of what the group could hold at the start.
        percent: f64,
        /// They expire after this.
        lasting: SignedDuration,
    },
    /// Somebody keeps whatever there is room for: memory does not fall, however many shards are added.
    MemoryHoard {
        /// Every shard is at least so full, in percent.
        percent: f64,
        /// For how long.
        lasting: SignedDuration,
    },
    /// A person migrates a replication group from cluster mode disabled to enabled: it is `compatible` meanwhile, and takes no other change.
    /// (Here it is what it was afterwards: another mode is another policy.)
    ClusterModeCompatible {
        /// For how long.
        lasting: SignedDuration,
    },
    /// Somebody else adds a replica to a replication group.
    ForeignChange,
    /// A backup runs: the group is in `snapshotting`.
    SnapshotRunning {
        /// For how long.
        lasting: SignedDuration,
    },
}

impl WorldEvent {
    /// The stable code of a timeline entry.
    pub fn code(&self) -> &'static str {
        match self {
            WorldEvent::FailNextCreation => "fail_next_creation",
            WorldEvent::NoRoom { .. } => "no_room",
            WorldEvent::NextCreationHangs { .. } => "next_creation_hangs",
            WorldEvent::NextCreationStaysBehind { .. } => "next_creation_stays_behind",
            WorldEvent::SlowCaches { .. } => "slow_caches",
            WorldEvent::LagSpike { .. } => "lag_spike",
            WorldEvent::ThrottleBurst { .. } => "throttle_burst",
            WorldEvent::SlowCalls { .. } => "slow_calls",
            WorldEvent::LedgerUnreachable { .. } => "ledger_unreachable",
            WorldEvent::LedgerAnswersLost { .. } => "ledger_answers_lost",
            WorldEvent::EventBusThrottled { .. } => "event_bus_throttled",
            WorldEvent::PromoteReplica { .. } => "promote_replica",
            WorldEvent::PromoteVictim { .. } => "promote_victim",
            WorldEvent::PartialDescription { .. } => "partial_description",
            WorldEvent::RestoreUnderName => "restore_under_name",
            WorldEvent::Switchover => "switchover",
            WorldEvent::ProtectReplica { .. } => "protect_replica",
            WorldEvent::PinReplica { .. } => "pin_replica",
            WorldEvent::HoldReplica { .. } => "hold_replica",
            WorldEvent::ForeignReplica => "foreign_replica",
            WorldEvent::ForeignUse { .. } => "foreign_use",
            WorldEvent::ZoneUnreadable { .. } => "zone_unreadable",
            WorldEvent::DeploymentsUnreadable { .. } => "deployments_unreadable",
            WorldEvent::EventsLost { .. } => "events_lost",
            WorldEvent::InstanceInterrupted { .. } => "instance_interrupted",
            WorldEvent::ReplicaBreaks { .. } => "replica_breaks",
            WorldEvent::SourceModifying { .. } => "source_modifying",
            WorldEvent::IamAuthenticationTurned { .. } => "iam_authentication_turned",
            WorldEvent::RecordsDeleted { .. } => "records_deleted",
            WorldEvent::BlueGreen { .. } => "blue_green",
            WorldEvent::SourceOptimizing { .. } => "source_optimizing",
            WorldEvent::SourcePasswordManaged { .. } => "source_password_managed",
            WorldEvent::SourceInCluster { .. } => "source_in_cluster",
            WorldEvent::SourceMaxConnectionsRaised { .. } => "source_max_connections_raised",
            WorldEvent::PendingReboot { .. } => "pending_reboot",
            WorldEvent::SourceFollowsAnother { .. } => "source_follows_another",
            WorldEvent::MetricBlackout { .. } => "metric_blackout",
            WorldEvent::Order(Order::Pause { .. }) => "pause",
            WorldEvent::Order(Order::Resume { .. }) => "resume",
            WorldEvent::Order(Order::Hold { .. } | Order::Clear { .. }) => "order",
            WorldEvent::LateOrder { .. } => "late_order",
            WorldEvent::Deploy { .. } => "deploy",
            WorldEvent::SpotInterruption { .. } => "spot_interruption",
            WorldEvent::SpotDrought { .. } => "spot_drought",
            WorldEvent::ForeignDesired { .. } => "foreign_desired",
            WorldEvent::ForeignBounds { .. } => "foreign_bounds",
            WorldEvent::Register { .. } => "register",
            WorldEvent::Deregister => "deregister",
            WorldEvent::ScheduledAction { .. } => "scheduled_action",
            WorldEvent::Forecast { .. } => "forecast",
            WorldEvent::Suspend { .. } => "suspend",
            WorldEvent::DeleteService => "delete_service",
            WorldEvent::BrokenRelease { .. } => "broken_release",
            WorldEvent::NoRequests { .. } => "no_requests",
            WorldEvent::TargetGroupShift { .. } => "target_group_shift",
            WorldEvent::LongJobs { .. } => "long_jobs",
            WorldEvent::NodeFailover { .. } => "node_failover",
            WorldEvent::RefuseNextChange { .. } => "refuse_next_change",
            WorldEvent::ReshardingFails => "resharding_fails",
            WorldEvent::MemorySurge { .. } => "memory_surge",
            WorldEvent::MemoryHoard { .. } => "memory_hoard",
            WorldEvent::ClusterModeCompatible { .. } => "cluster_mode_compatible",
            WorldEvent::ForeignChange => "foreign_change",
            WorldEvent::SnapshotRunning { .. } => "snapshot_running",
        }
    }

    /// Which replica it hits, if it hits one.
    pub fn replica(&self) -> Option<usize> {
        match self {
            WorldEvent::LagSpike { replica, .. }
            | WorldEvent::PromoteReplica { replica }
            | WorldEvent::ProtectReplica { replica }
            | WorldEvent::PinReplica { replica }
            | WorldEvent::PartialDescription { replica, .. }
            | WorldEvent::ForeignUse { replica }
            | WorldEvent::HoldReplica { replica, .. }
            | WorldEvent::InstanceInterrupted { replica, .. }
            | WorldEvent::ReplicaBreaks { replica, .. } => Some(*replica),
            _ => None,
        }
    }

    /// How long it lasts, if it ends by itself.
    pub fn lasting(&self) -> Option<SignedDuration> {
        match self {
            WorldEvent::LagSpike { lasting, .. }
            | WorldEvent::NextCreationHangs { lasting }
            | WorldEvent::NoRoom { lasting, .. }
            | WorldEvent::NextCreationStaysBehind { lasting }
            | WorldEvent::SlowCaches { lasting }
            | WorldEvent::ThrottleBurst { lasting, .. }
            | WorldEvent::SlowCalls { lasting, .. }
            | WorldEvent::LedgerUnreachable { lasting }
            | WorldEvent::LedgerAnswersLost { lasting, .. }
            | WorldEvent::EventBusThrottled { lasting, .. }
            | WorldEvent::InstanceInterrupted { lasting, .. }
            | WorldEvent::PartialDescription { lasting, .. }
            | WorldEvent::HoldReplica { lasting, .. }
            | WorldEvent::ReplicaBreaks { lasting, .. }
            | WorldEvent::SourceModifying { lasting }
            | WorldEvent::IamAuthenticationTurned { lasting, .. }
            | WorldEvent::RecordsDeleted { lasting }
            | WorldEvent::BlueGreen { lasting }
            | WorldEvent::SourceOptimizing { lasting }
            | WorldEvent::SourcePasswordManaged { lasting }
            | WorldEvent::SourceInCluster { lasting }
            | WorldEvent::SourceMaxConnectionsRaised { lasting }
            | WorldEvent::PendingReboot { lasting }
            | WorldEvent::SourceFollowsAnother { lasting, .. }
            | WorldEvent::EventsLost { lasting }
            | WorldEvent::ZoneUnreadable { lasting }
            | WorldEvent::DeploymentsUnreadable { lasting }
            | WorldEvent::MetricBlackout { lasting }
            | WorldEvent::Deploy { lasting, .. }
            | WorldEvent::SpotDrought { lasting }
            | WorldEvent::Forecast { lasting, .. }
            | WorldEvent::BrokenRelease { lasting, .. }
            | WorldEvent::NoRequests { lasting }
            | WorldEvent::TargetGroupShift { lasting }
            | WorldEvent::LongJobs { lasting, .. }
            | WorldEvent::MemorySurge { lasting, .. }
            | WorldEvent::MemoryHoard { lasting, .. }
            | WorldEvent::ClusterModeCompatible { lasting }
            | WorldEvent::SnapshotRunning { lasting } => Some(*lasting),
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
            WorldEvent::NoRoom { everywhere, .. } => {
                let zones = if *everywhere { "" } else { " where it chooses the zone" };
                format!("RDS has no room for the class that is asked for next{zones}, for {lasting}")
            }
            WorldEvent::NextCreationHangs { .. } => {
                format!("the next creation will stay in creating for {lasting}")
            }
            WorldEvent::NextCreationStaysBehind { .. } => {
                format!("the replica of the next creation will stay behind for {lasting}")
            }
            WorldEvent::SlowCaches { .. } => {
                format!("replicas that are ordered for {lasting} warm up three times as slowly")
            }
            WorldEvent::LagSpike { seconds, .. } => {
                format!("replication to {hit} falls {seconds:.0} s behind for {lasting}")
            }
            WorldEvent::ThrottleBurst { probability, .. } => {
                format!("AWS throttles {:.0}% of the calls for {lasting}", probability * 100.0)
            }
            WorldEvent::SlowCalls { seconds, .. } => {
                format!("every call of AWS takes {seconds:.1} s for {lasting}")
            }
            WorldEvent::LedgerUnreachable { .. } => format!("the ledger cannot be reached for {lasting}"),
            WorldEvent::LedgerAnswersLost { probability, .. } => {
                format!("{:.0}% of the ledger's answers are lost for {lasting}", probability * 100.0)
            }
            WorldEvent::EventBusThrottled { probability, .. } => {
                format!(
                    "EventBridge throttles {:.0}% of what is published for {lasting}",
                    probability * 100.0
                )
            }
            WorldEvent::PromoteReplica { .. } => format!("a person promotes {hit}"),
            WorldEvent::PartialDescription { .. } => {
                format!("RDS leaves {hit} out of its listings for {lasting}")
            }
            WorldEvent::RestoreUnderName => {
                "a person renames the source and restores another database under its name".to_owned()
            }
            WorldEvent::Switchover => "the source and its replicas are switched over to copies".to_owned(),
            WorldEvent::PromoteVictim { stage } => {
                format!("a person will promote the next replica that is {}", stage.name())
            }
            WorldEvent::ProtectReplica { .. } => format!("a person turns deletion protection of {hit} on"),
            WorldEvent::PinReplica { .. } => format!("a person pins {hit}"),
            WorldEvent::ForeignUse { .. } => format!("somebody points another record at {hit}"),
            WorldEvent::HoldReplica { .. } => {
                format!("a person holds {hit} out of the answers for {lasting}")
            }
            WorldEvent::ForeignReplica => "somebody else creates a replica".to_owned(),
            WorldEvent::InstanceInterrupted { .. } => format!("{hit} reboots for {lasting}"),
            WorldEvent::ReplicaBreaks { state, .. } => {
                format!("{hit} is \"{}\" until a person repairs it after {lasting}", state.word())
            }
            WorldEvent::SourceModifying { .. } => format!("the source is in modifying for {lasting}"),
            WorldEvent::IamAuthenticationTurned { on, .. } => {
                let turned = if *on { "on" } else { "off" };
                format!(
                    "a person turns IAM authentication of the source {turned}, and of the replicas after {lasting}"
                )
            }
            WorldEvent::RecordsDeleted { .. } => {
                format!(
                    "a DNS controller deletes a record of the reader name every ten minutes, for {lasting}"
                )
            }
            WorldEvent::BlueGreen { .. } => {
                format!("a person makes a blue/green deployment of the source, for {lasting}")
            }
            WorldEvent::SourceOptimizing { .. } => {
                format!("the source is in storage-optimization for {lasting}")
            }
            WorldEvent::SourcePasswordManaged { .. } => {
                format!("a person has the source's password managed in Secrets Manager for {lasting}")
            }
            WorldEvent::SourceInCluster { .. } => {
                format!("the source is a member of a Multi-AZ DB cluster for {lasting}")
            }
            WorldEvent::SourceMaxConnectionsRaised { .. } => {
                format!("a person raises max_connections of the source above its replicas' for {lasting}")
            }
            WorldEvent::PendingReboot { .. } => {
                format!("the parameter groups are pending-reboot for {lasting}")
            }
            WorldEvent::SourceFollowsAnother { seconds, .. } => {
                format!("the source is a replica itself, {seconds:.0} s behind for {lasting}")
            }
            WorldEvent::EventsLost { .. } => format!("the events of RDS are lost for {lasting}"),
            WorldEvent::ZoneUnreadable { .. } => {
                format!("the zone cannot be read as a whole for {lasting}")
            }
            WorldEvent::DeploymentsUnreadable { .. } => {
                format!("blue/green deployments cannot be read for {lasting}")
            }
            WorldEvent::MetricBlackout { .. } => format!("CloudWatch publishes nothing for {lasting}"),
            WorldEvent::Order(Order::Clear { .. }) => "a person ends the direct command".to_owned(),
            WorldEvent::Order(Order::Hold { min, max, .. }) => {
                let bound = |word: &str, count: &Option<Count>| count.map(|count| format!(" {word} {count}"));
                let told: String = [bound("min", min), bound("max", max)].into_iter().flatten().collect();
                format!("a person sends a direct command:{told}")
            }
            WorldEvent::Order(Order::Pause { what, .. }) => format!("a person sends a pause of {what}"),
            WorldEvent::Order(Order::Resume { .. }) => "a person ends the pause".to_owned(),
            WorldEvent::LateOrder { order, late } => {
                let told = WorldEvent::Order(order.clone()).sentence(None);
                format!("{told}, which is {} on its way", friendly(*late))
            }
            WorldEvent::Deploy { rollout, .. } => match rollout {
                Rollout::Completes => format!("somebody deploys; it takes {lasting} at least"),
                Rollout::Fails => format!("somebody deploys what never runs; it fails after {lasting}"),
                Rollout::RollsBack => {
                    format!("somebody deploys what never runs; it is rolled back after {lasting}")
                }
            },
            WorldEvent::SpotInterruption { tasks } => format!("Spot takes up to {tasks} tasks away"),
            WorldEvent::SpotDrought { .. } => format!("Spot has no capacity for {lasting}"),
            WorldEvent::ForeignDesired { count } => {
                format!("somebody else sets the desired count to {count}")
            }
            WorldEvent::ForeignBounds { min, max } => {
                format!("somebody else sets the bounds to {min}..{max}")
            }
            WorldEvent::Register { native: Native { min, max, cpu } } => {
                let policy = cpu.map_or_else(
                    || "without a policy".to_owned(),
                    |cpu| format!("with a policy that keeps CPU at {cpu:.0}%"),
                );
                format!("somebody registers a scalable target of {min}..{max} {policy}")
            }
            WorldEvent::Deregister => "somebody deregisters the scalable target".to_owned(),
            WorldEvent::ScheduledAction { min, max, every } => {
                let max = max.map_or(String::new(), |max| format!(" and a maximum of {max}"));
                format!(
                    "somebody makes a scheduled action: a minimum of {min}{max} every {}",
                    friendly(*every)
                )
            }
            WorldEvent::Forecast { tasks, .. } => {
                format!("a predictive policy that may lift the maximum wants {tasks} tasks for {lasting}")
            }
            WorldEvent::Suspend { scaling_in, scaling_out, scheduled } => {
                let switches =
                    [(*scaling_in, "scaling in"), (*scaling_out, "scaling out"), (*scheduled, "schedules")];
                let off: Vec<&str> =
                    switches.into_iter().filter(|(off, _)| *off).map(|(_, name)| name).collect();
                if off.is_empty() {
                    "a person resumes native scaling".to_owned()
                } else {
                    format!("a person suspends native {}", off.join(" and "))
                }
            }
            WorldEvent::DeleteService => "somebody deletes the service".to_owned(),
            WorldEvent::BrokenRelease { errors, .. } => {
                format!("{:.0}% of the requests fail for {lasting}, whatever the load", errors * 100.0)
            }
            WorldEvent::NoRequests { .. } => format!("nobody sends a request for {lasting}"),
            WorldEvent::TargetGroupShift { .. } => {
                format!(
                    "somebody deploys by blue and green: requests shift to the other target group over {lasting}"
                )
            }
            WorldEvent::LongJobs { jobs, .. } => {
                format!("somebody sends {jobs} messages that keep a task busy for {lasting} each")
            }
            WorldEvent::NodeFailover { shard } => {
                format!("the primary of shard {} and a replica swap roles", shard + 1)
            }
            WorldEvent::RefuseNextChange { why: NodeShortage::Capacity } => {
                "AWS has no capacity for the next change that needs nodes".to_owned()
            }
            WorldEvent::RefuseNextChange { why: NodeShortage::Quota } => {
                "the account's quota refuses the next change that needs nodes".to_owned()
            }
            WorldEvent::ReshardingFails => "an item above 256 MB will fail the resharding".to_owned(),
            WorldEvent::MemorySurge { percent, .. } => {
                format!("somebody writes {percent:.0}% of the memory full for {lasting}")
            }
            WorldEvent::MemoryHoard { percent, .. } => {
                format!("somebody keeps every shard {percent:.0}% full for {lasting}, however many there are")
            }
            WorldEvent::ClusterModeCompatible { .. } => {
                format!("somebody migrates the group: its cluster mode is compatible for {lasting}")
            }
            WorldEvent::ForeignChange => "somebody else adds a replica".to_owned(),
            WorldEvent::SnapshotRunning { .. } => format!("a backup runs for {lasting}"),
        }
    }
}
