//! Two dashboards that follow the targets: Auto-Scaling and Database.

use tidegate_policy::policy::Policy;

use crate::resource::Resource;

/// The dashboards of what the policy has.
pub fn resources(_policy: &Policy) -> Vec<Resource> {
    Vec::new()
}
