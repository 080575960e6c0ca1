//! How a replication group stands before the run.

use tidegate_policy::names::NodeType;
use tidegate_policy::observation::ScalableTarget;
use tidegate_policy::policy::{ClusterMode, RedisNodes, Target};
use tidegate_policy::units::Count;

/// What a policy that names no node types has its group made with.
const USUAL_TYPE: &str = "cache.t3.medium";

/// How a replication group stands before the run; `None` leaves it to the policy.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupStart {
    /// How many shards; `None`: the fewest of the policy, or as few as its minimum of nodes needs.
    pub shards: Option<u32>,
    /// The replicas of every shard; `None`: what the policy's minimum of nodes needs.
    pub replicas: Option<u32>,
    /// `None`: the first of the policy's node types, or `cache.t3.medium`.
    pub node_type: Option<NodeType>,
    /// `MultiAZ`; `None`: as the policy has failover.
    pub multi_az: Option<bool>,
    /// What is registered with Application Auto Scaling. It is described, and does nothing.
    pub native: Vec<ScalableTarget>,
    /// How much there is to remember.
    pub keys: Keys,
}

/// How many keys there are, in percent of what all shards could hold at the start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Keys {
    /// Whatever the demand.
    pub base: f64,
    /// For each unit of demand, of the last half hour or so.
    pub per_unit: f64,
}

impl GroupStart {
    /// A group as the policy wants it, of whose memory nobody need think: at eight units of demand it is a third full.
    pub fn plain() -> Self {
        Self {
            shards: None,
            replicas: None,
            node_type: None,
            multi_az: None,
            native: Vec::new(),
            keys: Keys { base: 20.0, per_unit: 1.5 },
        }
    }

    /// The same with so many keys.
    #[must_use]
    pub fn holding(self, base: f64, per_unit: f64) -> Self {
        Self { keys: Keys { base, per_unit }, ..self }
    }

    /// Shards, and the replicas of each.
    pub(super) fn shape(&self, target: &Target, kind: &RedisNodes) -> (u32, u32) {
        let min = target.scaling.min.0;
        let least = kind.replicas.min.0;
        let shards = match (kind.cluster_mode, kind.shards) {
            (ClusterMode::Disabled, _) => 1,
            (ClusterMode::Enabled, Some(bounds)) => bounds.min.0.max(1),
            (ClusterMode::Enabled, None) => (min / (1 + least)).max(1),
        };
        let shards = self.shards.unwrap_or(shards).max(1);
        let needed = Count::ceil(f64::from(min) / f64::from(shards)).0.saturating_sub(1);
        let replicas = needed.clamp(least, kind.replicas.max.0.max(least));
        (shards, self.replicas.unwrap_or(replicas))
    }

    pub(super) fn node_type(&self, kind: &RedisNodes) -> NodeType {
        let of_policy = || kind.node_types.first().cloned();
        self.node_type.clone().or_else(of_policy).unwrap_or_else(|| NodeType::new(USUAL_TYPE))
    }
}
