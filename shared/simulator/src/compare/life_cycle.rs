//! How long capacity takes to come and to go: the parameters of the plant, the plain ones of a kind and those of the product.

use jiff::SignedDuration;
use tidegate_policy::policy::{Target, TargetKind};

use crate::demand::DEFAULT_PEAK_UNITS;

/// Which kind of capacity is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Replicas of a database.
    Rds,
    /// Tasks of a service.
    Ecs,
    /// Nodes of a cache.
    Redis,
}

impl Kind {
    /// The kind of a policy's target.
    pub fn of(target: &Target) -> Kind {
        match target.kind {
            TargetKind::RdsReplicas(_) => Kind::Rds,
            TargetKind::EcsService(_) => Kind::Ecs,
            TargetKind::RedisNodes(_) => Kind::Redis,
        }
    }

    /// As the command line says it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Rds => "rds",
            Kind::Ecs => "ecs",
            Kind::Redis => "redis",
        }
    }

    /// The most units of a comparison. A group of one shard has five replicas at most.
    pub fn most(self) -> u32 {
        match self {
            Kind::Rds | Kind::Ecs => 15,
            Kind::Redis => 5,
        }
    }

    /// The most units where the 99.5th percentile of demand is `peak_units`: of tasks as many times more as the load is. A source has fifteen
    /// replicas at most, and a shard five.
    pub fn most_at(self, peak_units: f64) -> u32 {
        match self {
            Kind::Rds | Kind::Redis => self.most(),
            Kind::Ecs => {
                let scaled = f64::from(self.most()) * peak_units / self.peak_units();
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a cast saturates"
                )]
                let scaled = (scaled - 1e-9).ceil() as u32;
                scaled.max(self.most())
            }
        }
    }

    /// The 99.5th percentile of demand: eight units at 70%, of a group three.
    pub fn peak_units(self) -> f64 {
        match self {
            Kind::Rds | Kind::Ecs => DEFAULT_PEAK_UNITS,
            Kind::Redis => 2.1,
        }
    }

    /// Whether AWS' own scaler waits while a member is created: a database and a cache take one change at a time.
    pub fn blocks_while_creating(self) -> bool {
        self != Kind::Ecs
    }
}

/// A weight of 64 is a full share.
pub const FULL: u32 = 64;

/// The way of a unit of capacity from its order until it is gone.
#[derive(Clone, Debug, PartialEq)]
pub struct LifeCycle {
    /// Half of all creations take longer.
    pub creation: SignedDuration,
    /// The spread of the creation's logarithm. Creations are clipped to half and three times the median.
    pub sigma: f64,
    /// From `available` to the first weight.
    pub join: SignedDuration,
    /// The weights that a unit climbs, of [`FULL`], the last one full. A single one is taken at once.
    pub ladder: Vec<u32>,
    /// From one weight of the ladder to the next.
    pub dwell: SignedDuration,
    /// The longest that a pool keeps a connection: capacity is the mean weight over so long.
    pub pool: SignedDuration,
    /// From the decision to remove until the unit is gone, billed.
    pub drain: SignedDuration,
    /// A removal can be taken back by an addition until so long before the unit is gone.
    pub taken_back_before: Option<SignedDuration>,
    /// Whether units that drain count towards the maximum.
    pub draining_counts: bool,
    /// One addition or removal at a time, and one unit per removal.
    pub one_at_a_time: bool,
    /// So many units on their way out at most, and none is sent there while another is on its way in.
    pub leaving_at_most: Option<u32>,
    /// The most units there may be.
    pub most: u32,
}

/// What the product adds to a creation and a removal of replicas, as measured on its simulator.
///
/// To be changed together with the product's life cycle. What follows from a policy is not here: its pools, and its TTL.
mod replicas {
    use jiff::SignedDuration;

    /// From `available` to the first weight: catching up, two points of lag, the record, and the attempts between them.
    pub(super) const JOIN: SignedDuration = SignedDuration::from_secs(300);
    /// The ladders of the planner: with pools that are the ramp, and with quicker ones.
    pub(super) const LADDER: [u32; 2] = [4, 64];
    pub(super) const LADDER_OF_QUICK_POOLS: [u32; 3] = [4, 16, 64];
    /// Pools of this lifetime or more are the ramp.
    pub(super) const SLOW_POOLS: SignedDuration = SignedDuration::from_mins(5);
    /// A dwell is three TTLs and this: two periods of metrics, and the attempt that finds them.
    pub(super) const DWELL: SignedDuration = SignedDuration::from_secs(150);
    /// A removal takes the pools' lifetime and this: three TTLs twice, quiet points, the record, and the deletion.
    pub(super) const LEAVING: SignedDuration = SignedDuration::from_mins(16);
    /// So many removals are under way at most.
    pub(super) const LEAVING_AT_MOST: u32 = 2;
    /// Without a record it cannot be taken back any more: the last minutes of a removal.
    pub(super) const UNLISTED: SignedDuration = SignedDuration::from_mins(9);
}

impl LifeCycle {
    /// The plain plant of a kind: a unit serves fully once it is created, and is gone at once when it is removed, billed for five minutes more.
    pub fn plain(kind: Kind) -> LifeCycle {
        let (creation, sigma) = match kind {
            Kind::Rds => (SignedDuration::from_mins(13), 0.25),
            Kind::Ecs => (SignedDuration::from_secs(90), 0.3),
            Kind::Redis => (SignedDuration::from_mins(10), 0.25),
        };
        LifeCycle {
            creation,
            sigma,
            join: SignedDuration::ZERO,
            ladder: vec![FULL],
            dwell: SignedDuration::ZERO,
            pool: SignedDuration::ZERO,
            drain: SignedDuration::from_mins(5),
            taken_back_before: None,
            draining_counts: false,
            one_at_a_time: false,
            leaving_at_most: None,
            most: kind.most(),
        }
    }

    /// The product's own, for this target.
    pub fn of(target: &Target) -> LifeCycle {
        let plain = LifeCycle::plain(Kind::of(target));
        match &target.kind {
            TargetKind::RdsReplicas(kind) => LifeCycle {
                join: replicas::JOIN,
                ladder: if kind.pool_lifetime < replicas::SLOW_POOLS {
                    replicas::LADDER_OF_QUICK_POOLS.to_vec()
                } else {
                    replicas::LADDER.to_vec()
                },
                dwell: replicas::DWELL + SignedDuration::from_secs(3 * i64::from(kind.reader.ttl.0)),
                pool: kind.pool_lifetime,
                drain: replicas::LEAVING + kind.pool_lifetime,
                taken_back_before: Some(replicas::UNLISTED),
                draining_counts: true,
                leaving_at_most: Some(replicas::LEAVING_AT_MOST),
                ..plain
            },
            // Tasks come and go as ECS makes them: the product adds nothing of its own.
            TargetKind::EcsService(_) => plain,
            // A group that is modified takes no other change.
            TargetKind::RedisNodes(_) => LifeCycle { draining_counts: true, one_at_a_time: true, ..plain },
        }
    }

    /// From `available` to the full weight.
    pub fn climb(&self) -> SignedDuration {
        let steps = i32::try_from(self.ladder.len().saturating_sub(1)).unwrap_or(i32::MAX);
        self.join + self.dwell * steps
    }

    /// What a forecaster may count on: minutes from an order until most units have half of their share.
    pub fn lead_minutes(&self) -> f64 {
        // The 90th percentile of the creation; half of the pools have moved after half of their lifetime.
        let creation = minutes(self.creation) * (1.28 * self.sigma).exp();
        creation + minutes(self.climb()) + minutes(self.pool) / 2.0
    }
}

/// A duration as minutes.
pub(crate) fn minutes(duration: SignedDuration) -> f64 {
    duration.as_secs_f64() / 60.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn the_plain_plant_of_each_kind_is_the_published_one() {
        for (kind, creation, lead) in
            [(Kind::Rds, 13.0, 17.9), (Kind::Ecs, 1.5, 2.2), (Kind::Redis, 10.0, 13.8)]
        {
            let plain = LifeCycle::plain(kind);
            assert!((minutes(plain.creation) - creation).abs() < 1e-9, "{kind:?}");
            assert!((plain.lead_minutes() - lead).abs() < 0.05, "{kind:?}: {}", plain.lead_minutes());
        }
    }

    #[test]
    fn the_products_life_cycle_follows_the_policys_pools_and_ttl() {
        let mut target = fixture::target(1, 5);
        let kind = fixture::rds_mut(&mut target);
        kind.pool_lifetime = SignedDuration::from_mins(10);
        kind.reader.ttl.0 = 10;
        let cycle = LifeCycle::of(&target);
        assert_eq!(cycle.drain, SignedDuration::from_mins(26));
        assert_eq!(cycle.climb(), SignedDuration::from_secs(300 + 180));
        assert_eq!(cycle.pool, SignedDuration::from_mins(10));
    }
}
