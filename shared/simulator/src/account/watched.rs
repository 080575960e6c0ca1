//! What a watcher finds: it looks at the truth of the account, never at what the scaler saw or planned.

use jiff::Timestamp;
use tidegate_policy::names::TargetName;

/// One breach of an invariant. Any is a defect of the scaler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// When it was found.
    pub at: Timestamp,
    /// Whose.
    pub target: TargetName,
    /// Of replicas: `I1` to `I8` of their life cycle; `drain` for connections that a removal refused, `record` for a record that outlived
    /// its instance. Of a service: `bounds`, `rollout`, `event`, `writers`, `register`, `dark`, `hands_off`. Of a replication
    /// group: `bounds`, `failover_minimum`, `shard_limit`, `primary`, `keys`, `memory_replica`, `busy`, `writers`, `dark`, `opt_in`, `maintenance`.
    pub invariant: &'static str,
    /// What exactly.
    pub detail: String,
}
