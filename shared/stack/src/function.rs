//! The three functions, as `infra/template.yaml` names what belongs to them.

use tidegate_policy::policy::{Policy, Target, TargetKind};

/// One function of the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// The package, the binary, and the end of the function's name.
    pub name: &'static str,
    /// The logical id of the function; its role is `…Role`, its log group `…Logs`, the topic that wakes it `…Wake`.
    pub logical_id: &'static str,
    /// The kind of its targets, as a policy writes it.
    pub kind: &'static str,
}

/// In the order of the template.
pub const FUNCTIONS: [Function; 3] = [
    Function { name: "rds-replicas", logical_id: "RdsReplicas", kind: "rds-replicas" },
    Function { name: "ecs-capacity", logical_id: "EcsCapacity", kind: "ecs-service" },
    Function { name: "redis-nodes", logical_id: "RedisNodes", kind: "redis-nodes" },
];

impl Function {
    /// The function that works on targets of this kind.
    pub fn of(kind: &TargetKind) -> Function {
        let [replicas, capacity, nodes] = FUNCTIONS;
        match kind {
            TargetKind::RdsReplicas(_) => replicas,
            TargetKind::EcsService(_) => capacity,
            TargetKind::RedisNodes(_) => nodes,
        }
    }

    /// Its targets, in the order of the policy.
    pub fn targets(self, policy: &Policy) -> impl Iterator<Item = &Target> {
        policy.targets.iter().filter(move |target| target.kind.name() == self.kind)
    }

    /// The logical id of its role.
    pub fn role(self) -> String {
        format!("{}Role", self.logical_id)
    }

    /// The logical id of its log group.
    pub fn logs(self) -> String {
        format!("{}Logs", self.logical_id)
    }

    /// The logical id of the topic that wakes it.
    pub fn wake(self) -> String {
        format!("{}Wake", self.logical_id)
    }
}
