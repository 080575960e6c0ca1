//! The alarms of the targets: critical ones and warnings, which also wake the function that can do something about them.

use tidegate_policy::policy::Policy;

use crate::resource::Resource;

/// One alarm a figure and target.
pub fn resources(_policy: &Policy) -> Vec<Resource> {
    Vec::new()
}
