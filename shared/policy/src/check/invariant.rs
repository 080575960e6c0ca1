//! The names of what a plan may break; the numbered ones are the standing invariants of the life cycle.

/// Nothing is done to what lacks any of owner tag, stage tag, target tag, prefix and source.
pub const OWNERSHIP: &str = "I1-ownership";
/// The reader name keeps a positive weight on an instance that serves.
pub const LAST_SERVING: &str = "I2-last-serving";
/// No weight is given to an instance that does not serve.
pub const SERVING_STATE: &str = "I3-serving-state";
/// Transitions that share no instance, one that begins at a time, and one mutation of it all.
pub const ONE_TRANSITION: &str = "I4-one-transition";
/// All replicas count against the maximum and the engine's limit.
pub const COUNT_ALL: &str = "I5-count-all";
/// Missing data is never low.
pub const MISSING_DATA: &str = "I6-missing-data";
/// A name is used once.
pub const UNIQUE_NAMES: &str = "I7-unique-names";
/// The source is never touched.
pub const SOURCE: &str = "I8-source";
/// What is already so is not done again.
pub const FIXED_POINT: &str = "I9-fixed-point";
/// Only a creation that failed is abandoned.
pub const ABANDON: &str = "abandon";
/// What a listing left out is gone only if RDS, asked for it by name, does not know it.
pub const ABSENT: &str = "absent";
/// What drained is deleted only while nothing is being changed on it: it may be on its way to be somebody's database.
pub const AT_REST: &str = "at-rest";
/// A batch of record changes is a compare-and-swap on this reader name.
pub const BATCH: &str = "batch";
/// Nothing is created or deleted while a blue/green deployment binds the source. While nobody can tell, only what the minimum lacks is
/// created.
pub const BLUE_GREEN: &str = "blue-green";
/// So many creations in 24 hours.
pub const BUDGET: &str = "budget";
/// No removal begins soon after a change of capacity, and ever later while removals fail.
pub const COOLDOWN: &str = "cooldown";
/// What others deleted of our records is remembered for an hour.
pub const DELETED_RECORDS: &str = "deleted-records";
/// What a decision counts from is who serves, or has not been silent for too long.
pub const DEAD_CAPACITY: &str = "dead-capacity";
/// Weight 0, then its spread, then silence, then the record, then the instance.
pub const DRAIN: &str = "drain";
/// Clients have had the time to follow the last weight.
pub const DWELL: &str = "dwell";
/// Only a replica that keeps up gets more weight.
pub const FITNESS: &str = "fitness";
/// The primary takes reads while no replica does, until one at its full weight can.
pub const FLOOR: &str = "floor";
/// What a person holds out of the answers gets no weight.
pub const HELD: &str = "held";
/// What is done is what the intent says.
pub const INTENT: &str = "intent";
/// An action is one of the target's kind.
pub const KIND: &str = "kind";
/// A replica is made as the policy says.
pub const MADE_TO_POLICY: &str = "made-to-policy";
/// A replica is made as its source is, and none joins to which clients cannot log in as they do there.
pub const MADE_AS_SOURCE: &str = "made-as-source";
/// A removal leaves the minimum in service.
pub const MINIMUM: &str = "minimum";
/// The replicas that stay, and the primary, carry the load of those that leave.
pub const CARRIED: &str = "carried";
/// The weight climbs a step at a time to its full value, and falls to nothing between.
pub const RAMP: &str = "ramp";
/// An instance's records go before the instance.
pub const RECORD_FIRST: &str = "record-before-delete";
/// The source can be copied.
pub const SOURCE_READY: &str = "source-ready";
/// A weight is on all name servers once Route 53 says so of its change, or after the time that it takes; and is remembered as it is.
pub const SPREAD: &str = "spread";
/// A replica says from its first moment whose it is.
pub const TAGS: &str = "tags";
/// A replica that people hold on to does not leave.
pub const VICTIM: &str = "victim";
/// The ledger knows of it before AWS does.
pub const WRITE_AHEAD: &str = "write-ahead";

// Of what a person asks, whatever the kind.
/// A direct command and a pause stand until their time is over.
pub const STANDING_ORDER: &str = "standing-order";
/// A paused target takes nothing away, or adds nothing, as the pause says.
pub const PAUSED: &str = "paused";
/// No replica is added or taken away beyond what a direct command says now.
pub const COMMANDED: &str = "commanded";

// Of a service.
/// Nothing is done to a service that is gone, going, somebody else's to count, or limited in another dimension.
pub const UNTOUCHABLE: &str = "S1-untouchable";
/// One call an attempt, a warm-up too.
pub const ONE_CALL: &str = "S2-one-call";
/// The bounds of a scalable target where there is one, else the desired count.
pub const LEVER: &str = "S3-lever";
/// An action expects what was observed, of the service that it is about.
pub const EXPECTATION: &str = "S4-expectation";
/// No call that changes nothing.
pub const EMPTY_CALL: &str = "S5-empty-call";
/// Never beyond the policy's bounds, or a lasting event's maximum.
pub const ABSOLUTE_BOUNDS: &str = "S6-absolute-bounds";
/// Never beyond what windows, events and a direct command say now.
pub const BOUNDS_IN_FORCE: &str = "S7-bounds-in-force";
/// Nothing is taken away during a rollout.
pub const ROLLOUT: &str = "S8-rollout";
/// Nothing is taken away while tasks come up.
pub const PENDING: &str = "S9-pending";
/// Nothing is taken away from a planned event's lead until its end.
pub const PLANNED_EVENT: &str = "S10-planned-event";
/// Nothing is taken away because of signals that are not all known.
pub const SERVICE_DATA: &str = "S11-missing-data";
/// What a person suspended stays as it is.
pub const SUSPENDED: &str = "S12-suspended";
/// Capacity providers as the policy says, on a service that has such ones.
pub const STRATEGY: &str = "S13-strategy";
/// A service is moved off Spot and back with a reason, and it is remembered.
pub const FALLBACK: &str = "S14-fallback";
/// What is asked for is remembered, and nothing else.
pub const ASKED: &str = "S15-asked";
/// What others wrote is remembered for an hour.
pub const FOREIGN_WRITES: &str = "S17-foreign-writes";
/// Tasks on their way up are remembered.
pub const STARTING: &str = "S18-starting";
/// Each change of capacity is one decision.
pub const DECISIONS: &str = "S19-decisions";
/// A minimum that signals raised is remembered while it is raised.
pub const SIGNAL_FLOOR: &str = "S20-signal-floor";
/// A warm-up is the event's own, before its load, three times at most.
pub const WARM_UP: &str = "S21-warm-up";
/// After an event no more go in a period than its descent says.
pub const DESCENT: &str = "S22-descent";
/// A task that may be at work on a message in flight stays, and the last one as long as any message is left.
pub const WORK: &str = "S23-work-in-flight";
/// The tasks that stay carry the requests of all target groups.
pub const REQUESTS: &str = "S24-requests";
/// What Application Auto Scaling raised by a schedule or a forecast is not lowered.
pub const NATIVE: &str = "S25-native";

// Of a replication group.
/// Nothing is done to what is no group, is of another cluster mode, or is scaled by Application Auto Scaling.
pub const GROUP_UNTOUCHABLE: &str = "N1-untouchable";
/// One call an attempt.
pub const GROUP_CALL: &str = "N2-one-call";
/// An action expects what was observed, of the group that it is about.
pub const GROUP_EXPECTATION: &str = "N3-expectation";
/// No call, and no line of one, that changes nothing.
pub const GROUP_EMPTY_CALL: &str = "N4-empty-call";
/// Nothing is changed until the group, its shards and its nodes are all available, and their roles known.
pub const SETTLED: &str = "N5-settled";
/// Never beyond the policy's bounds of nodes, shards and replicas, or ElastiCache's five replicas.
pub const NODE_BOUNDS: &str = "N6-absolute-bounds";
/// Never beyond what windows and a direct command say now.
pub const NODES_IN_FORCE: &str = "N7-bounds-in-force";
/// Failover always has a replica to go to.
pub const FAILOVER_REPLICA: &str = "N8-failover-replica";
/// Replicas for reads, a larger type for memory, shards for both: never one for the other.
pub const RIGHT_LEVER: &str = "N9-right-lever";
/// The node that goes is a replica, and known to be one.
pub const LEAVING_NODE: &str = "N10-leaving-node";
/// With Multi-AZ the nodes stay in more than one zone.
pub const ZONE_SPREAD: &str = "N11-zone-spread";
/// One replica of a shard, or one shard, leaves at a time.
pub const ONE_LEAVES: &str = "N12-one-leaves";
/// Nothing is taken away because of signals that are not all known.
pub const NODE_DATA: &str = "N13-missing-data";
/// Nothing is taken away while a rule asks for more.
pub const PRESSURE: &str = "N14-pressure";
/// Those that stay can carry what leaves.
pub const PROJECTION: &str = "N15-projection";
/// The number of shards is changed only where the policy and the Global Datastore allow it, and those that leave are there.
pub const SHARDS: &str = "N16-shards";
/// A larger node type is the policy's, ElastiCache's, and for the maintenance window.
pub const LARGER_TYPE: &str = "N17-node-type";
/// What is asked for is remembered until it is there, and nothing else.
pub const CHANGING: &str = "N18-changing";
/// The shape that is remembered was seen at rest.
pub const SHAPE: &str = "N19-shape";
/// What AWS refused is left alone for a while.
pub const BACK_OFF: &str = "N20-back-off";
/// Each change is one decision.
pub const GROUP_DECISIONS: &str = "N21-decisions";
/// Nothing is taken away soon after something came or went.
pub const REST: &str = "N22-cooldown";
/// What did not relieve memory is not added again, and what was added for it is remembered.
pub const RELIEF: &str = "N23-relief";
