//! The functions that scale and the one that tells people, as `infra/template.yaml` names what belongs to them.

use tidegate_policy::kind::Kind;
use tidegate_policy::policy::{Policy, Target};

/// One function of the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// The logical id of the function; its role is `…Role`, its log group `…Logs`, the topic that wakes it `…Wake`.
    pub logical_id: &'static str,
    /// The kind of its targets.
    pub kind: Kind,
}

/// In the order of the template, which is that of [`Kind::ALL`].
pub const FUNCTIONS: [Function; 3] = [
    Function { logical_id: "RdsReplicas", kind: Kind::RdsReplicas },
    Function { logical_id: "EcsCapacity", kind: Kind::EcsService },
    Function { logical_id: "RedisNodes", kind: Kind::RedisNodes },
];

/// The package, the binary, and the end of the name of the function that tells people.
pub const NOTIFY: &str = "notify";

/// All binaries of a deployment, by name.
pub fn binaries() -> [&'static str; 4] {
    let [replicas, services, nodes] = FUNCTIONS.map(Function::name);
    [replicas, services, nodes, NOTIFY]
}

impl Function {
    /// The function that works on targets of this kind.
    pub fn of(kind: Kind) -> Function {
        FUNCTIONS[kind as usize]
    }

    /// The package, the binary, and the end of the function's name.
    pub fn name(self) -> &'static str {
        self.kind.function()
    }

    /// Its targets, in the order of the policy.
    pub fn targets(self, policy: &Policy) -> impl Iterator<Item = &Target> {
        policy.targets.iter().filter(move |target| target.kind.kind() == self.kind)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_own_function() {
        for kind in Kind::ALL {
            assert_eq!(Function::of(kind).kind, kind);
        }
    }
}
