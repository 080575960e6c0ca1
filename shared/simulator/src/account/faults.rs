//! What goes wrong with calls: throttles, answers that are lost after the effect, a ledger out of reach.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::random::Key;

use super::clock::Millis;

/// An AWS operation that the scaler calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// RDS, a page of 100 instances.
    DescribeDbInstances,
    /// RDS.
    CreateDbInstanceReadReplica,
    /// RDS.
    DeleteDbInstance,
    /// Route 53, a page of 300 record sets.
    ListResourceRecordSets,
    /// Route 53.
    GetChange,
    /// Route 53.
    ChangeResourceRecordSets,
    /// CloudWatch, up to 500 series.
    GetMetricData,
    /// DynamoDB, one item.
    GetItem,
    /// DynamoDB, up to 100 items.
    BatchGetItem,
    /// DynamoDB, a conditional write.
    PutItem,
    /// ECS, up to ten services.
    DescribeServices,
    /// ECS, a page of a hundred stopped tasks.
    ListTasks,
    /// ECS, up to a hundred tasks.
    DescribeTasks,
    /// ECS: the desired count, or the capacity-provider strategy.
    UpdateService,
    /// Application Auto Scaling, up to fifty resources.
    DescribeScalableTargets,
    /// Application Auto Scaling.
    RegisterScalableTarget,
    /// Application Auto Scaling, a page of one service or of all.
    DescribeScheduledActions,
    /// Application Auto Scaling, a page of one service or of all.
    DescribeScalingPolicies,
    /// ElastiCache, a page of a hundred groups.
    DescribeReplicationGroups,
    /// ElastiCache, a page of a hundred nodes.
    DescribeCacheClusters,
    /// ElastiCache, one group.
    ListAllowedNodeTypeModifications,
    /// ElastiCache.
    IncreaseReplicaCount,
    /// ElastiCache.
    DecreaseReplicaCount,
    /// ElastiCache.
    ModifyReplicationGroupShardConfiguration,
    /// ElastiCache: the node type.
    ModifyReplicationGroup,
    /// RDS, a page of 100 deployments.
    DescribeBlueGreenDeployments,
    /// EventBridge, up to ten events.
    PutEvents,
}

impl Operation {
    /// All of them.
    pub const ALL: [Operation; 27] = [
        Operation::DescribeDbInstances,
        Operation::CreateDbInstanceReadReplica,
        Operation::DeleteDbInstance,
        Operation::ListResourceRecordSets,
        Operation::GetChange,
        Operation::ChangeResourceRecordSets,
        Operation::GetMetricData,
        Operation::GetItem,
        Operation::BatchGetItem,
        Operation::PutItem,
        Operation::DescribeServices,
        Operation::ListTasks,
        Operation::DescribeTasks,
        Operation::UpdateService,
        Operation::DescribeScalableTargets,
        Operation::RegisterScalableTarget,
        Operation::DescribeScheduledActions,
        Operation::DescribeScalingPolicies,
        Operation::DescribeReplicationGroups,
        Operation::DescribeCacheClusters,
        Operation::ListAllowedNodeTypeModifications,
        Operation::IncreaseReplicaCount,
        Operation::DecreaseReplicaCount,
        Operation::ModifyReplicationGroupShardConfiguration,
        Operation::ModifyReplicationGroup,
        Operation::DescribeBlueGreenDeployments,
        Operation::PutEvents,
    ];

    /// As AWS names it.
    pub fn name(self) -> &'static str {
        match self {
            Operation::DescribeDbInstances => "DescribeDBInstances",
            Operation::DescribeBlueGreenDeployments => "DescribeBlueGreenDeployments",
            Operation::CreateDbInstanceReadReplica => "CreateDBInstanceReadReplica",
            Operation::DeleteDbInstance => "DeleteDBInstance",
            Operation::ListResourceRecordSets => "ListResourceRecordSets",
            Operation::GetChange => "GetChange",
            Operation::ChangeResourceRecordSets => "ChangeResourceRecordSets",
            Operation::GetMetricData => "GetMetricData",
            Operation::GetItem => "GetItem",
            Operation::BatchGetItem => "BatchGetItem",
            Operation::PutItem => "PutItem",
            Operation::DescribeServices => "DescribeServices",
            Operation::ListTasks => "ListTasks",
            Operation::DescribeTasks => "DescribeTasks",
            Operation::UpdateService => "UpdateService",
            Operation::DescribeScalableTargets => "DescribeScalableTargets",
            Operation::RegisterScalableTarget => "RegisterScalableTarget",
            Operation::DescribeScheduledActions => "DescribeScheduledActions",
            Operation::DescribeScalingPolicies => "DescribeScalingPolicies",
            Operation::DescribeReplicationGroups => "DescribeReplicationGroups",
            Operation::DescribeCacheClusters => "DescribeCacheClusters",
            Operation::ListAllowedNodeTypeModifications => "ListAllowedNodeTypeModifications",
            Operation::IncreaseReplicaCount => "IncreaseReplicaCount",
            Operation::DecreaseReplicaCount => "DecreaseReplicaCount",
            Operation::ModifyReplicationGroupShardConfiguration => "ModifyReplicationGroupShardConfiguration",
            Operation::ModifyReplicationGroup => "ModifyReplicationGroup",
            Operation::PutEvents => "PutEvents",
        }
    }

    /// Whether it changes something, so that its answer can be lost after the effect.
    pub fn mutates(self) -> bool {
        matches!(
            self,
            Operation::CreateDbInstanceReadReplica
                | Operation::DeleteDbInstance
                | Operation::ChangeResourceRecordSets
                | Operation::PutItem
                | Operation::UpdateService
                | Operation::RegisterScalableTarget
                | Operation::IncreaseReplicaCount
                | Operation::DecreaseReplicaCount
                | Operation::ModifyReplicationGroupShardConfiguration
                | Operation::ModifyReplicationGroup
                | Operation::PutEvents
        )
    }

    fn of_ledger(self) -> bool {
        matches!(self, Operation::GetItem | Operation::BatchGetItem | Operation::PutItem)
    }
}

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Refused before any effect: "Rate exceeded".
    Throttled,
    /// The effect happens, its answer does not arrive.
    AnswerLost,
    /// Route 53 is still at work on this zone's last change.
    PriorRequestNotComplete,
    /// Nothing arrives at all.
    Unreachable,
}

/// A time in which calls go wrong.
#[derive(Clone, Copy, Debug)]
struct Burst {
    from: Millis,
    until: Millis,
    probability: f64,
    /// `None` is every operation except the ledger's.
    operation: Option<Operation>,
    fault: Fault,
}

/// How often each operation was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls([u64; Operation::ALL.len()]);

impl Calls {
    /// What was called since `before`.
    #[must_use]
    pub fn since(&self, before: &Calls) -> Calls {
        Calls(std::array::from_fn(|of| self.0[of].saturating_sub(before.0[of])))
    }

    /// Both together.
    #[must_use]
    pub fn and(&self, others: &Calls) -> Calls {
        Calls(std::array::from_fn(|of| self.0[of] + others.0[of]))
    }

    /// Of all operations together.
    pub(super) fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Of each operation.
    pub(super) fn each(&self) -> impl Iterator<Item = u64> {
        self.0.into_iter()
    }

    /// By the names that AWS gives operations, without those never called.
    pub fn by_operation(&self) -> BTreeMap<String, u64> {
        Operation::ALL
            .iter()
            .map(|operation| (operation.name().to_owned(), self.0[*operation as usize]))
            .filter(|(_, calls)| *calls > 0)
            .collect()
    }
}

/// The calls made, and those that will go wrong.
#[derive(Debug)]
pub(crate) struct Faults {
    key: Key,
    calls: Calls,
    bursts: Vec<Burst>,
    next: Vec<(Operation, Fault)>,
    /// How long every call takes, from when and until when.
    slow: Option<Slow>,
}

/// A time in which calls take theirs.
#[derive(Clone, Copy, Debug)]
struct Slow {
    from: Millis,
    until: Millis,
    a_call: SignedDuration,
}

impl Faults {
    pub(crate) fn new(key: Key) -> Self {
        Self { key, calls: Calls::default(), bursts: Vec::new(), next: Vec::new(), slow: None }
    }

    /// Counts one call and says whether it goes wrong.
    pub(crate) fn call(&mut self, operation: Operation, now: Millis) -> Option<Fault> {
        self.calls.0[operation as usize] += 1;
        if let Some(at) = self.next.iter().position(|(of, _)| *of == operation) {
            return Some(self.next.remove(at).1);
        }
        if self.bursts.is_empty() {
            return None;
        }
        self.bursts.retain(|burst| burst.until > now);
        let nth = self.calls.0[operation as usize];
        let mut draws = self.key.member((operation as u64) << 48 | nth);
        for burst in &self.bursts {
            let meant = burst.operation.map_or(!operation.of_ledger(), |of| of == operation);
            if meant && burst.from <= now && draws.chance(burst.probability) {
                // One in five server errors of a change comes after the effect.
                let lost = operation.mutates() && burst.fault == Fault::Throttled && draws.chance(0.2);
                return Some(if lost { Fault::AnswerLost } else { burst.fault });
            }
        }
        None
    }

    /// The next call of `operation` goes wrong.
    pub(crate) fn next_call(&mut self, operation: Operation, fault: Fault) {
        self.next.push((operation, fault));
    }

    /// Calls of `operation` (`None`: all but the ledger's) go wrong with this probability.
    pub(crate) fn burst(
        &mut self,
        from: Millis,
        until: Millis,
        probability: f64,
        operation: Option<Operation>,
        fault: Fault,
    ) {
        self.bursts.push(Burst { from, until, probability, operation, fault });
    }

    /// Every call takes so long.
    pub(crate) fn slow_down(&mut self, from: Millis, until: Millis, a_call: SignedDuration) {
        self.slow = Some(Slow { from, until, a_call });
    }

    /// How long every call takes at this time; `None`: it is answered at once.
    pub(crate) fn slowness(&self, now: Millis) -> Option<SignedDuration> {
        self.slow.filter(|slow| slow.from <= now && now < slow.until).map(|slow| slow.a_call)
    }

    /// Whether calls may go wrong at this time, or come too late for their attempt: nobody can be blamed for being late then. What cannot be
    /// published delays nothing else.
    pub(crate) fn active(&self, now: Millis) -> bool {
        let slow = self.slowness(now).is_some();
        let counts = |burst: &Burst| burst.operation != Some(Operation::PutEvents);
        slow || self.bursts.iter().any(|burst| counts(burst) && burst.from <= now && now < burst.until)
    }

    /// The calls made so far.
    pub(crate) fn calls(&self) -> Calls {
        self.calls
    }
}
