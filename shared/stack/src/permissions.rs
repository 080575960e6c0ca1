//! What each function's role may do: the calls of its adapters, on the targets of the policy, and nothing else.

use tidegate_policy::policy::Policy;

use crate::resource::Resource;

/// Managed policies, attached to the roles of the template.
pub fn resources(_policy: &Policy) -> Vec<Resource> {
    Vec::new()
}
