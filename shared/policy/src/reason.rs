//! Reason codes: why something was done, and why something was not. The codes are a stable interface; they are metric labels and end up in people's queries.

mod doing;
mod severity;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::number::{Number, Sentence};

/// Declares the codes once, so that the text, the list, the page and the match cannot drift apart.
macro_rules! reasons {
    ($([$group:literal] $($(#[doc = $meaning:literal])+ $name:ident = $code:literal, $advice:literal;)*)*) => {
        /// Why. One code has one meaning for ever: a changed meaning is a new code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Reason {
            $($($(#[doc = $meaning])+ #[serde(rename = $code)] $name,)*)*
        }

        impl Reason {
            /// Every reason there is.
            pub const ALL: &'static [Reason] = &[$($(Reason::$name,)*)*];

            /// Every reason there is, by what it is a reason for.
            pub const GROUPS: &'static [(&'static str, &'static [Reason])] =
                &[$(($group, &[$(Reason::$name,)*]),)*];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $($(Reason::$name => $code,)*)* }
            }

            /// What it means.
            pub fn meaning(self) -> &'static str {
                match self { $($(Reason::$name => concat!($($meaning),+).trim_ascii_start(),)*)* }
            }

            /// What a person should do. A reason that asks for nothing begins with "Nothing".
            pub fn advice(self) -> &'static str {
                match self { $($(Reason::$name => $advice,)*)* }
            }
        }
    };
}

reasons! {
    ["Decisions to act"]
    /// A threshold rule of `scale_out` holds.
    ScaleOutThreshold = "scale_out_threshold",
        "Nothing: the sentence names the rule and its numbers.";
    /// Target tracking wants more.
    ScaleOutTracking = "scale_out_tracking",
        "Nothing: the sentence names the rule and its numbers.";
    /// The forecast wants more: what will be needed by the time that it is there costs more to lack than to have.
    ScaleOutForecast = "scale_out_forecast",
        "Nothing: the sentence says what is likely when, and what it costs to have and to lack it.";
    /// Capacity is below the minimum of the policy, an open window, an event or a command.
    ScaleOutMinimum = "scale_out_minimum",
        "Nothing: capacity goes up to the minimum. Look at the window, event or command that the sentence names if you did not expect it.";
    /// Every `scale_in` rule holds, and what remains can carry the load.
    ScaleInThresholds = "scale_in_thresholds",
        "Nothing: capacity goes down one step.";
    /// Target tracking wants fewer.
    ScaleInTracking = "scale_in_tracking",
        "Nothing: capacity goes down one step.";
    /// The forecast needs fewer, and nothing else keeps them.
    ScaleInForecast = "scale_in_forecast",
        "Nothing: capacity goes down one step.";
    /// The forecast is to act, and has not proven itself yet, or no longer.
    ForecastNotProven = "forecast_not_proven",
        "Nothing: the rules act alone until it has. If it stays so for a week, look at what the sentence says, or leave the key out.";
    /// The forecast acted, and became a tenth dearer than the rules over three days.
    ForecastLost = "forecast_lost",
        "Compare the two in the log's `forecast_compared`. The rules act alone until it is no dearer than them over a week. See that the rules carry the load by themselves; if it comes back, leave the key out.";
    /// What rules and forecast would have cost on paper, once a day.
    ForecastCompared = "forecast_compared",
        "Nothing. In `shadow` it says what `act` would be worth.";
    /// The schedule's minimum is lower than what runs, and no signal rule decides.
    ScaleInSchedule = "scale_in_schedule",
        "Nothing: capacity goes down to what the schedule asks for.";
    /// Capacity is above the maximum of the policy, an open window or a command.
    ScaleInMaximum = "scale_in_maximum",
        "Nothing: capacity goes down to the maximum. Raise `max`, or the window's, if the capacity is needed.";

    ["Decisions to hold"]
    /// Nothing asks for a change.
    WithinThresholds = "within_thresholds",
        "Nothing: this is the state of rest.";
    /// More is wanted, but the maximum is reached.
    AlreadyAtMaxCapacity = "already_at_max_capacity",
        "Raise `max` if this lasts while load is high. Check first that what the target depends on can take more.";
    /// More has been wanted than the maximum for `at_maximum_for`.
    AtMaximumFor = "at_maximum_for",
        "Raise `max`, or see why load is so high. Check first that what the target depends on can take more.";
    /// Fewer have been wanted for an hour, and something other than load and clocks keeps them.
    ScaleInBlocked = "scale_in_blocked",
        "Look at what the sentence says: capacity is paid for that nobody needs. Its own reason says what to do.";
    /// Capacity turned from more to fewer, or back, three times in two hours.
    Flapping = "flapping",
        "Put the levels of `scale_out` and `scale_in` further apart, or raise `stabilization.in` or `cooldown.in`.";
    /// Fewer are wanted, but the minimum is reached.
    AlreadyAtMinCapacity = "already_at_min_capacity",
        "Nothing: lower `min` if you want fewer at rest.";
    /// Replicas that others made, or that are still leaving, fill the maximum or the engine's limit.
    NoRoomForReplicas = "no_room_for_replicas",
        "Delete replicas that nobody needs, or raise `max` up to the engine's limit.";
    /// The scale-out cooldown runs.
    CooldownOut = "cooldown_out",
        "Nothing: the addition follows when the cooldown is over. Shorten `cooldown.out` if this costs too much time.";
    /// The scale-in cooldown runs.
    CooldownIn = "cooldown_in",
        "Nothing: the removal follows when the cooldown is over.";
    /// The recommendation has not stood for the stabilization window.
    Stabilizing = "stabilizing",
        "Nothing: the change follows once the recommendation has stood for `stabilization`.";
    /// The rate limit of the direction is used up.
    RateLimited = "rate_limited",
        "Nothing: the change goes on in the next period. Raise `rate_limit` if that is too slow.";
    /// The creations of the last 24 hours are used up.
    CreationBudgetSpent = "creation_budget_spent",
        "Find out why so many replicas were created in 24 hours. Raise `creations_per_day` only once that is known.";
    /// A signal has no points. Nothing is removed without data.
    SignalMissing = "signal_missing",
        "Check that CloudWatch has the metric and that the role may read it. Nothing is removed until it is back.";
    /// A signal's newest point is too old. Nothing is removed on old data.
    SignalStale = "signal_stale",
        "Check CloudWatch for delayed metrics if this lasts for more than some minutes. Nothing is removed until it is fresh.";
    /// What remains after the removal would come too close to an out-threshold.
    ProjectedLoadTooHigh = "projected_load_too_high",
        "Nothing: capacity stays while it is needed. Lower `margin`, or raise the out-threshold, if you accept more load per member.";
    /// Messages are in flight or wait: as many tasks may be at work on them.
    WorkInFlight = "work_in_flight",
        "Nothing: tasks go once their messages are done. Look for messages that no worker finishes if this never ends.";
    /// What is wanted is on its way already, or what is under way keeps it from being begun.
    TransitionInProgress = "transition_in_progress",
        "Nothing. Nothing is removed while a replica is on its way in, and two removals run at a time at most. The alarm on stuck transitions rings after an hour.";
    /// The source was not found.
    SourceMissing = "source_missing",
        "Correct `source` in the policy, or restore the instance under that name. No replica is created until then.";
    /// The source is not in the state `available`.
    SourceUnavailable = "source_unavailable",
        "Look at the source in RDS: it is modified, backed up, upgraded or failed. Scaling goes on once it is `available`.";
    /// The source keeps no backups, so RDS refuses replicas.
    SourceWithoutBackups = "source_without_backups",
        "Set the source's backup retention to a day or more.";
    /// The source is a Multi-AZ DB cluster, or a member of one.
    SourceInCluster = "source_in_cluster",
        "Remove the target, or name a source that is a DB instance of its own.";
    /// The source's master password is managed in Secrets Manager, so RDS refuses replicas.
    SourceSecretManaged = "source_secret_managed",
        "Set a master password of your own on the source (`--no-manage-master-user-password`), or remove the target.";
    /// A blue/green deployment of the source is under way: nothing is created or deleted.
    BlueGreenInProgress = "blue_green_in_progress",
        "Switch the blue/green deployment over, or delete it. Scaling goes on after that.";
    /// Blue/green deployments cannot be read. Nothing is deleted, and nothing is created above the minimum.
    BlueGreenUnknown = "blue_green_unknown",
        "Allow `rds:DescribeBlueGreenDeployments` to the function's role, or wait until RDS answers again.";
    /// The source is a replica itself.
    SourceIsReplica = "source_is_replica",
        "Name the replica's own source as `source` where the engine has no chains. Elsewhere nothing: add up both lags when you set `lag_bound`.";
    /// The source runs another engine than the policy says.
    EngineMismatch = "engine_mismatch",
        "Write the engine that the source runs into `engine`.";
    /// No replica may be removed: pinned, protected, with children, or in use elsewhere.
    NoEligibleVictim = "no_eligible_victim",
        "Remove the pin, the deletion protection, the child replicas or the other records that the sentence names.";
    /// The reader name cannot hold weighted records as it stands.
    ReaderNameConflict = "reader_name_conflict",
        "Delete the record that the sentence names, or choose another `reader.name`.";
    /// ECS knows no such service.
    ServiceMissing = "service_missing",
        "Correct `cluster` and `service` in the policy, or create the service.";
    /// The service is being deleted, or was.
    ServiceNotActive = "service_not_active",
        "Remove the target, or create the service again.";
    /// The service has the deployment controller EXTERNAL: its task sets decide how many tasks run.
    ExternalController = "external_controller",
        "Remove the target: the deployment controller EXTERNAL decides how many tasks run.";
    /// The service has DAEMON scheduling: one task on each container instance, and no count to choose.
    DaemonService = "daemon_service",
        "Remove the target: a DAEMON service runs one task on each container instance.";
    /// What is registered with Application Auto Scaling is of another dimension.
    ForeignDimension = "foreign_dimension",
        "Remove the other registration, or the target.";
    /// A deployment is under way: nothing is scaled in.
    RolloutInProgress = "rollout_in_progress",
        "Nothing: removals go on once the deployment is complete. Look at the deployment if it lasts for an hour.";
    /// Tasks that were asked for do not all run yet.
    TasksPending = "tasks_pending",
        "Nothing: removals go on once all tasks run. Look at the service's events if they do not start.";
    /// A person suspended this direction in Application Auto Scaling.
    ScalingSuspended = "scaling_suspended",
        "Resume scaling in Application Auto Scaling (`SuspendedState`) when you are done.";
    /// Fewer would do, and native auto scaling removes them within the bounds.
    NativeScaleIn = "native_scale_in",
        "Nothing: the bounds are moved, and the native policies remove the tasks. Without such a policy, add one or a window with `max`.";
    /// A scheduled action of Application Auto Scaling set the registered bounds too. What it raised is not lowered.
    BothSchedule = "both_schedule",
        "Let one of the two schedule: delete the scheduled actions and write windows, or the other way round.";
    /// A predictive policy of Application Auto Scaling lifts capacity above the maximum.
    PredictiveCapacity = "predictive_capacity",
        "Nothing: capacity comes down with the forecast. Set the predictive policy's mode if you do not want that.";
    /// Scheduled actions and predictive policies could not be read: registered bounds are not lowered.
    NativeUnknown = "native_unknown",
        "Allow `application-autoscaling:DescribeScheduledActions` and `DescribeScalingPolicies` to the function's role.";
    /// A planned event holds capacity.
    EventInProgress = "event_in_progress",
        "Nothing: capacity comes down gradually after the event.";
    /// Somebody else keeps changing the capacity. Nothing is changed until they stop for an hour.
    WritersFight = "writers_fight",
        "Find out who writes the capacity (CloudTrail), and stop one of the two. Tidegate goes on after an hour without a foreign write.";
    /// Requests fail, and the load does not explain it.
    ErrorsUnexplained = "errors_unexplained",
        "Look at the application and what it depends on: more tasks would not help.";
    /// The service alternates with a target group that the policy does not name.
    TargetGroupUnnamed = "target_group_unnamed",
        "Write the line that the sentence gives into `load_balancer.target_group`, so that alarms and dashboards see the group.";
    /// A person paused additions, removals or both.
    Paused = "paused",
        "Nothing, if it is meant: the sentence says until when. Send `{\"target\": \"NAME\", \"resume\": true}` to end a pause now, or deploy `Paused=none` where the switch of the stack is on.";
    /// A direct command sets the capacity.
    OrderStands = "order_stands",
        "Nothing: the command ends at the time that it says. Send `{\"target\": \"NAME\", \"clear\": true}` to end it now.";
    /// ElastiCache knows no replication group of that name.
    GroupMissing = "group_missing",
        "Correct `group` in the policy, or create the replication group.";
    /// The name belongs to a serverless cache, Memcached or a single node, and not to a replication group.
    NotAGroup = "not_a_group",
        "Remove the target: only replication groups are scaled.";
    /// The group has another cluster mode than the policy says.
    ClusterModeMismatch = "cluster_mode_mismatch",
        "Write the group's own mode into `cluster_mode`.";
    /// The group is in cluster mode `compatible`, on the way from disabled to enabled. ElastiCache takes no other change.
    ClusterModeCompatible = "cluster_mode_compatible",
        "Complete the change to cluster mode `enabled`. Nothing is scaled until then.";
    /// Native auto scaling is registered on the group, and the group is left to it.
    NativeScaling = "native_scaling",
        "Remove the target, or deregister native auto scaling: one of the two should scale the group.";
    /// The group or one of its members is not `available`, so nothing can be changed.
    GroupBusy = "group_busy",
        "Nothing: changes go on once the group and all members are `available`. Look at the group's events if it lasts for an hour.";
    /// Failover needs the replica that would go.
    FailoverMinimum = "failover_minimum",
        "Nothing: every shard keeps a replica. Set `failover = false` for a group without automatic failover.";
    /// A shard has as many replicas as it may have.
    ReplicaLimit = "replica_limit",
        "Raise `replicas.max` (5 at most), or opt in to `shards`.";
    /// Memory is short, and the policy allows no change that would help.
    NoMemoryLever = "no_memory_lever",
        "Opt in to `node_types` or `shards`, or delete keys. Replicas do not help: each holds the same keys.";
    /// Memory did not fall after the last addition that was made for it. The next one is not made.
    MemoryNotRelieved = "memory_not_relieved",
        "Find out why the keys fill the new memory. Raise `max` or `shards.max` if more is to be added all the same.";
    /// The effect of the last addition for memory is not measured yet.
    AwaitRelief = "await_relief",
        "Nothing: five minutes of measurements after the addition decide.";
    /// The group has data tiering, and CloudWatch does not say how much of its capacity is used.
    TieringUnmeasured = "tiering_unmeasured",
        "Check that CloudWatch publishes `DatabaseCapacityUsagePercentage` for the group.";
    /// Memory is short, and only nodes of a larger type would help.
    LargerNodesNeeded = "larger_nodes_needed",
        "Opt in to `node_types`, or change the node type yourself.";
    /// Writes use up the primary, and more replicas would not help.
    WritesSaturate = "writes_saturate",
        "Opt in to `shards`, or write less. More replicas do not help.";
    /// A primary has many connections and its replicas have not, so no replica would take them.
    ConnectionsOfPrimary = "connections_of_primary",
        "Let clients share connections, or let those that only read use the reader endpoint. More replicas do not help.";
    /// Which node is the primary is not known.
    RolesUnknown = "roles_unknown",
        "Nothing: the next wake-up reads the roles again. Look at the group for a failover if it lasts.";
    /// The group belongs to a Global Datastore, which decides its shards and node type.
    GlobalDatastore = "global_datastore",
        "Change shards and node type in the Global Datastore yourself.";
    /// ElastiCache does not offer the next node type of the policy.
    NodeTypeUnreachable = "node_type_unreachable",
        "Correct `node_types`: ElastiCache lists what it offers (`list-allowed-node-type-modifications`).";
    /// A larger node type waits for the group's maintenance window.
    AwaitMaintenance = "await_maintenance",
        "Nothing: the change is made in the group's maintenance window. Change the node type yourself if it cannot wait.";
    /// No replica can go without leaving all nodes in one zone.
    ZoneSpread = "zone_spread",
        "Nothing: nodes stay in two zones. Move a node to another zone if one should go.";
    /// AWS refused the change, or did not carry it out; it is asked for again later.
    ChangeRefused = "change_refused",
        "Read AWS's words in the sentence, and fix what they name. The change is asked for again by itself.";

    ["Steps of a replication group"]
    /// More replicas are asked for.
    IncreaseReplicas = "increase_replicas",
        "Nothing.";
    /// Fewer replicas are asked for.
    DecreaseReplicas = "decrease_replicas",
        "Nothing.";
    /// Another number of shards is asked for.
    SetShards = "set_shards",
        "Nothing: the group serves more slowly while keys move.";
    /// A larger node type is asked for.
    SetNodeType = "set_node_type",
        "Nothing: the group fails over once during the change.";
    /// ElastiCache carries out the change.
    AwaitGroup = "await_group",
        "Nothing: the next wake-up goes on. `change_slow` reports one that takes too long.";

    ["Steps of a service"]
    /// The desired count is set.
    SetDesiredCount = "set_desired_count",
        "Nothing.";
    /// The bounds of the scalable target are set.
    SetBounds = "set_bounds",
        "Nothing: native policies go on within the new bounds.";
    /// Tasks are starting.
    AwaitTasks = "await_tasks",
        "Nothing: `tasks_not_starting` reports tasks that do not come.";
    /// Spot could place no task: the service changes to on-demand capacity.
    UseOnDemand = "use_on_demand",
        "Nothing: Spot is tried again after `spot.retry_after`.";
    /// The service is given its share of Spot.
    UseSpot = "use_spot",
        "Nothing: the deployment replaces all tasks.";
    /// Targets are warmed before a planned event.
    WarmUp = "warm_up",
        "Nothing.";

    ["Steps of an addition"]
    /// Replicas are being asked for.
    CreateReplicas = "create_replicas",
        "Nothing: a creation takes some 13 minutes, and catching up and the ramp some 8 more.";
    /// A creation was refused and is tried again later.
    CreateRefused = "create_refused",
        "Read AWS's words in the sentence, and fix what they name: a quota, a permission, a class. The creation is tried again by itself.";
    /// RDS is still making the replica.
    AwaitAvailable = "await_available",
        "Nothing: `creation_slow` reports a creation that takes more than an hour.";
    /// The replica is up and catches up with the source.
    AwaitReplication = "await_replication",
        "Nothing: the replica joins once its lag is within `lag_bound`. Look at its replication if the lag grows.";
    /// Clients cannot log in to the replica as they do to its source, so it does not join.
    AwaitAuthentication = "await_authentication",
        "Set IAM database authentication on the replica as on its source.";
    /// The source is a replica itself, and is not known to keep up.
    AwaitSource = "await_source",
        "Look at the replication of the source, which is a replica itself.";
    /// The replica gets its record, with a sixteenth of its full weight.
    JoinReader = "join_reader",
        "Nothing.";
    /// Route 53 has not yet spread the last change.
    AwaitInsync = "await_insync",
        "Nothing: Route 53 spreads the change within minutes.";
    /// Clients have not had the time to follow the last weight.
    AwaitDwell = "await_dwell",
        "Nothing: the next step of the ramp follows.";
    /// The lag or the CPU of the replica does not allow a higher weight yet.
    AwaitFitness = "await_fitness",
        "Nothing: the ramp goes on once lag and CPU are within their limits. Look at the replica if it lasts.";
    /// The weight goes up a step.
    RampUp = "ramp_up",
        "Nothing.";
    /// The weight changes because the capacities of the replicas did.
    RebalanceWeight = "rebalance_weight",
        "Nothing.";
    /// The replica has its full weight.
    Serving = "serving",
        "Nothing.";
    /// A failed creation is deleted.
    AbandonReplica = "abandon_replica",
        "Nothing: the replica never had a record. `creation_failed` says why it failed.";
    /// RDS is deleting a failed creation.
    AwaitAbandoned = "await_abandoned",
        "Nothing: RDS deletes it.";
    /// An addition ended without all that it asked for.
    AddGivenUp = "add_given_up",
        "Read the lines before it: they say which creation failed and why. What is still needed is asked for again.";
    /// A replica of ours without a record joins the reader name again.
    AdoptReplica = "adopt_replica",
        "Nothing: the replica climbs again. Find out who deleted its record if it was not you.";

    ["Steps of a removal"]
    /// The replica to remove is written down. Nothing is called yet.
    ChooseVictim = "choose_victim",
        "Nothing: tag the replica `tidegate:pin` now if it is to stay.";
    /// The weight goes to 0; from here on the replica drains.
    DrainStart = "drain_start",
        "Nothing: rising load takes the removal back. Tag the replica `tidegate:pin` if it is to stay.";
    /// Resolvers may still hold the old answer.
    AwaitTtl = "await_ttl",
        "Nothing: caches let go of the name after three times `reader.ttl`.";
    /// Clients are still connected.
    AwaitConnections = "await_connections",
        "Nothing: clients leave when their pools recycle. Shorten the pool's lifetime if drains end at their deadline.";
    /// A change is under way on the replica that is to go, perhaps its promotion.
    AwaitUnchanging = "await_unchanging",
        "Nothing, if you are promoting the replica. Else look at its pending changes and its replication.";
    /// The whole hosted zone could not be read, so other records that name the replica are not known.
    AwaitZone = "await_zone",
        "Allow `route53:ListResourceRecordSets` on the hosted zone, or wait until Route 53 answers.";
    /// The record is removed, before the instance is.
    LeaveReader = "leave_reader",
        "Nothing.";
    /// The instance is deleted. From here on the removal cannot be taken back.
    DeleteReplica = "delete_replica",
        "Nothing: its automated backups are kept.";
    /// RDS is still deleting it.
    AwaitDeleted = "await_deleted",
        "Nothing: `deletion_refused` reports a deletion that does not happen.";
    /// The replica is gone.
    Removed = "removed",
        "Nothing.";
    /// The removal is taken back because load rose.
    DrainCancelledLoad = "drain_cancelled_load",
        "Nothing: the replica takes reads again.";
    /// The removal is taken back because clients did not leave in time.
    DrainCancelledDeadline = "drain_cancelled_deadline",
        "Find the clients that keep their connections, and recycle their pools within `pool_lifetime`. The removal is tried again later.";
    /// The removal is taken back because a person paused removals.
    DrainCancelledPause = "drain_cancelled_pause",
        "Nothing: the replica takes reads again, or climbs again once it keeps up.";
    /// The removal is taken back because the replica may no longer be touched.
    DrainCancelledGuard = "drain_cancelled_guard",
        "Read what the sentence names: a pin, a protection, a change, a child replica. Nothing else, if that is meant.";

    ["Repairs"]
    /// A record whose instance is missing, promoted or going is removed.
    SweepRecord = "sweep_record",
        "Nothing: the record named an instance that cannot answer. Look at the instance if you did not expect that.";
    /// The primary takes reads because no replica does.
    RaiseFloor = "raise_floor",
        "Watch the primary: it takes the reads. Look at why no replica serves.";
    /// Replicas serve again; the primary stops taking reads.
    LowerFloor = "lower_floor",
        "Nothing.";
    /// A replica that fell behind or stopped serving is taken out of the answers.
    DemoteReplica = "demote_replica",
        "Look at the replica's lag and state if it does not climb again by itself.";
    /// A record of ours differs from what it should say.
    RepairRecord = "repair_record",
        "Find out who changed the record. Use the tag `tidegate:hold` to take a replica out by hand.";

    ["Alerts and notes"]
    /// A rule of `alert` holds.
    AlertThreshold = "alert_threshold",
        "Look at what the rule measures: the sentence has its numbers.";
    /// What answers for the reader name should not, and nothing else can take its place.
    ReaderNameUnserved = "reader_name_unserved",
        "Repair or create a replica that serves, or set `floor = true`: clients of the name get errors or old data.";
    /// Replication does not run on a replica.
    ReplicationBroken = "replication_broken",
        "Look at the replica's replication error in RDS, and repair or delete the replica.";
    /// A creation takes more than an hour.
    CreationSlow = "creation_slow",
        "Look at the creation in RDS. The replica is taken in whenever it comes up.";
    /// A creation ended in a terminal state.
    CreationFailed = "creation_failed",
        "Read the state that the sentence names. The replica is cleared away, and a new one is asked for later.";
    /// A replica of ours has another source than the policy says.
    SourceChanged = "source_changed",
        "Delete the replica if it is not needed, or give its source the old name back. A replacement is made.";
    /// A replica that served ended in a terminal state.
    ReplicaFailed = "replica_failed",
        "Repair the replica, or delete it. It is paid for until then.";
    /// A replica has not served for `replace_after`. It no longer counts as capacity, and is replaced.
    ReplicaNotServing = "replica_not_serving",
        "Repair the replica, or delete it. A replacement is made within `max` and `creations_per_day`, and both are paid for.";
    /// RDS keeps refusing a deletion, or does not carry it out.
    DeletionRefused = "deletion_refused",
        "Read AWS's words, and delete the replica yourself if it should go. After six tries the removal is taken back.";
    /// The name that a decision gives is taken by an instance that is not ours.
    NameTaken = "name_taken",
        "Rename or delete the other instance, or choose another `prefix`.";
    /// A record of the reader name is not ours. It is left alone.
    ForeignRecord = "foreign_record",
        "Delete the record if it is not meant: it takes its share of the reads, and nobody drains it.";
    /// A replica of the source is not ours. It is counted and left alone.
    ForeignReplica = "foreign_replica",
        "Nothing, if it is meant. It counts against the engine's limit.";
    /// A replica of ours has a pin or deletion protection. It is never removed.
    ProtectedReplica = "protected_replica",
        "Nothing, if it is meant. Remove the tag or the protection to let the replica go.";
    /// The instance is a copy of a blue/green deployment, or what its switchover left. It is left alone.
    BlueGreenCopy = "blue_green_copy",
        "Delete the old copy yourself once you are sure of the switchover. Nothing for a green copy.";
    /// Somebody else deleted records of ours three times within an hour.
    RecordsDeleted = "records_deleted",
        "Find the DNS controller that deletes them, and exclude the reader name from it.";
    /// A person holds a replica of ours (`tidegate:hold`): it takes no reads and is kept.
    ReplicaHeld = "replica_held",
        "Remove the tag `tidegate:hold` to give the replica back.";
    /// A replica of ours was promoted. It is no longer ours.
    PromotedReplica = "promoted_replica",
        "Nothing, if you promoted it. It is yours to keep or delete.";
    /// Somebody else changed the capacity. Their value is kept.
    ForeignWrite = "foreign_write",
        "Nothing, if it is meant. Use a direct command to set capacity for a time.";
    /// Tasks do not come up.
    TasksNotStarting = "tasks_not_starting",
        "Look at the service's events and stopped tasks: image, permissions, placement, health checks.";
    /// Tasks of the newest deployment fail one after the other, and none has run.
    TasksFailing = "tasks_failing",
        "Look at the stopped tasks and their log: image, command, memory, permissions, health checks. Deploy again, or go back.";
    /// ECS finds no place for tasks.
    PlacementFailed = "placement_failed",
        "Do what ECS's own words ask for: capacity, a quota, a role, or an image. Tidegate goes on asking for the same tasks.";
    /// The newest deployment failed.
    RolloutFailed = "rollout_failed",
        "Deploy again, or go back to the last complete deployment.";
    /// Nothing answered the warm-up.
    WarmUpFailed = "warm_up_failed",
        "Check the address in `warm`: the event goes on without it.";
    /// The capacity providers of the service are not of the kind that Tidegate changes.
    StrategyNotOurs = "strategy_not_ours",
        "Remove `spot` from the policy, or change the service as the sentence says.";
    /// A new capacity-provider strategy needs a forced deployment, which the policy does not allow.
    DeploymentNeeded = "deployment_needed",
        "Set `spot.force_deployment = true`, or deploy the strategy yourself.";
    /// A planned event is over for good.
    EventOver = "event_over",
        "Nothing: delete the event from the policy when convenient.";
    /// A direct command was taken.
    OrderTaken = "order_taken",
        "Nothing.";
    /// A direct command cannot be followed.
    OrderRefused = "order_refused",
        "Send a command that is within the policy's bounds, on time, and newer than the last one.";
    /// A direct command has ended.
    OrderOver = "order_over",
        "Nothing: windows, events and signals decide again.";
    /// A pause has begun.
    PauseBegan = "pause_began",
        "Watch the target yourself until the pause ends: Tidegate keeps the reader name safe, and nothing else.";
    /// A pause has lasted for another day.
    PauseReminder = "pause_reminder",
        "Send `{\"target\": \"NAME\", \"resume\": true}` if the pause is no longer meant.";
    /// A pause has ended, by its time or by a person.
    PauseEnded = "pause_ended",
        "Nothing: what is wanted by now follows within one evaluation.";
    /// A change of a replication group takes longer than the policy expects.
    ChangeSlow = "change_slow",
        "Look at the group in ElastiCache. Raise `change_within` if such a change is expected to take longer.";
    /// A change of a replication group ended without what was asked for.
    ChangeFailed = "change_failed",
        "Read the group's events in ElastiCache. The change is asked for again after 10, 20, 40 minutes, six hours at most.";
    /// All nodes of a shard with Multi-AZ are in one zone.
    SingleZone = "single_zone",
        "Move a node to another zone: a loss of this zone would take the shard.";
    /// The source is a replica itself, and falls behind.
    SourceLags = "source_lags",
        "Look at the replication of the source, which is a replica itself. No new replica joins until it keeps up.";
    /// The source has kept a wanted addition from being made for an hour.
    SourceHoldsBack = "source_holds_back",
        "Fix what the sentence names at the source, or scale by hand: a wanted addition is not made.";
    /// RDS has no capacity for any class and zone of the policy.
    ClassNotOffered = "class_not_offered",
        "Add `fallback_classes` or `fallback_zones`, or wait: RDS is asked again.";
    /// A PostgreSQL replica is smaller than its source, and may not be able to replay.
    StandbyTooSmall = "standby_too_small",
        "Choose a `class` as large as the source's, or write the same `max_connections` into both parameter groups.";
    /// Clients cannot log in to a replica of ours as they do to its source.
    AuthenticationDiffers = "authentication_differs",
        "Set IAM database authentication on the replica as on its source.";
    /// New replicas do not have a setting or a tag that the source has.
    SettingNotCopied = "setting_not_copied",
        "Set it on the replicas yourself if you need it. Write needed tags into `tags`.";
    /// An alert is over.
    AlertCleared = "alert_cleared",
        "Nothing.";

    ["Outcomes and attempts"]
    /// A call did what it was asked to.
    Applied = "applied",
        "Nothing.";
    /// What a call asked for was already so.
    AlreadySatisfied = "already_satisfied",
        "Nothing.";
    /// AWS shows another state than the plan expected. The call is not made.
    StalePlan = "stale_plan",
        "Nothing: the next wake-up plans again. Look for a second writer if it repeats.";
    /// A call failed.
    CallFailed = "call_failed",
        "Read AWS's words, and see shared/aws/errors.md. The next wake-up tries again.";
    /// The checker refused the plan.
    PlanRefused = "plan_refused",
        "Report it as a defect, with the log line. Nothing was changed.";
    /// Another attempt holds the lease.
    LeaseHeld = "lease_held",
        "Nothing: the other attempt does the work. Look for a second function on the same targets if it repeats.";
    /// The time of the attempt was over before this target.
    NotReached = "not_reached",
        "Nothing, once. If it repeats, raise the function's memory or time-out, or make two stages.";
    /// The target is not due yet.
    NotDue = "not_due",
        "Nothing.";
    /// The target could not be observed.
    ObserveFailed = "observe_failed",
        "Read AWS's words: a permission, throttling, an outage. The next wake-up tries again.";
    /// What happened could not be put on the stack's bus, and nobody is told of it yet.
    PublishFailed = "publish_failed",
        "Read what EventBridge answered. Deploy the stack again if its bus is gone or may not be used; what waits is told once it is back.";
    /// The ledger refused or could not be reached: nothing is changed.
    LedgerFailed = "ledger_failed",
        "Check the DynamoDB table and the function's permissions. Scaling stops until the ledger answers.";
    /// This is a dry run: nothing is changed.
    DryRun = "dry_run",
        "Nothing.";
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// A reason with the sentence that carries its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The stable code.
    pub reason: Reason,
    /// One sentence with numbers, for a person.
    pub detail: String,
    /// The numbers of the sentence, for machines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<Number>,
}

impl Explanation {
    /// A reason and its sentence, with the numbers of the sentence if it has some.
    pub fn new(reason: Reason, said: impl Into<Sentence>) -> Self {
        let Sentence { text, numbers } = said.into();
        Self { reason, detail: text, numbers }
    }

    /// The same with this number of the sentence too.
    #[must_use]
    pub fn with(mut self, number: Number) -> Self {
        self.numbers.push(number);
        self
    }

    /// The sentence with its numbers, for an explanation that says more.
    pub fn said(&self) -> Sentence {
        Sentence { text: self.detail.clone(), numbers: self.numbers.clone() }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.detail)
    }
}

/// Something that a person should know.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// What it is about: reported once when it comes and once when it is over. `None`: something that happened, reported each time.
    pub key: Option<String>,
    /// Why, with numbers.
    pub explanation: Explanation,
    /// When Tidegate tries again by itself, where that is known.
    pub next_try: Option<Timestamp>,
    /// Since when it is so, where it was watched for some time before it was reported.
    pub since: Option<Timestamp>,
}

impl Alert {
    /// Of something that lasts, or, without a key, of something that happened.
    pub fn new(key: Option<String>, explanation: Explanation) -> Self {
        Self { key, explanation, next_try: None, since: None }
    }
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

    #[test]
    fn every_code_says_what_it_means_and_what_to_do() {
        for reason in Reason::ALL {
            for text in [reason.meaning(), reason.advice()] {
                let whole = text.len() > 10 || text == "Nothing.";
                assert!(whole && text.ends_with('.'), "{reason}: {text:?} is no whole sentence");
                assert!(!text.contains(['|', '\n']), "{reason}: {text:?} does not fit into a table");
                for sentence in text.split(". ") {
                    let words = sentence.split_whitespace().count();
                    assert!(words <= 25, "{reason}: {words} words are too many in {sentence:?}");
                }
            }
        }
        let grouped: Vec<_> = Reason::GROUPS.iter().flat_map(|(_, reasons)| *reasons).copied().collect();
        assert_eq!(grouped, Reason::ALL);
    }
}
