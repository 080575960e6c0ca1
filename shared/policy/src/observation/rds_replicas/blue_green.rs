//! Blue/green deployments of RDS that a source takes part in: copies of it and of its replicas, which later take over their names.

use crate::names::InstanceId;

/// One deployment, as DescribeBlueGreenDeployments tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlueGreen {
    /// What a person called it, or else its id.
    pub name: String,
    /// RDS's word: `PROVISIONING`, `AVAILABLE`, `SWITCHOVER_IN_PROGRESS`, `SWITCHOVER_COMPLETED`, `INVALID_CONFIGURATION`,
    /// `SWITCHOVER_FAILED` or `DELETING`.
    pub status: String,
    /// Each instance of the blue environment with its copy in the green one, as far as RDS says.
    pub members: Vec<BlueGreenMember>,
}

/// One instance and its copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlueGreenMember {
    /// In the environment that answers before the switchover.
    pub blue: Option<InstanceId>,
    /// Its copy.
    pub green: Option<InstanceId>,
}

impl BlueGreen {
    /// Whether it still binds the instances that it is about: all but the word for its end do, also one that nobody knows.
    pub fn is_under_way(&self) -> bool {
        self.status != "SWITCHOVER_COMPLETED"
    }
}
