//! Whether values move between memory and SSD, and with that which metric says how full a node is: memory of such a node is full by design.

use crate::names::NodeType;
use crate::observation::{DataTiering, Group};
use crate::policy::NodeMetric;

/// The metric that says how much of what a node can hold is used.
pub(crate) fn memory_metric(group: &Group) -> NodeMetric {
    if is_tiered(group) { NodeMetric::Capacity } else { NodeMetric::Memory }
}

/// Whether the group has data tiering. Where ElastiCache does not say so, the family does: the capacity's metric is right either way.
pub(crate) fn is_tiered(group: &Group) -> bool {
    match group.tiering {
        DataTiering::Enabled => true,
        // The family has it always (ElastiCache user guide, "Data tiering in ElastiCache").
        DataTiering::Disabled | DataTiering::Unknown => is_of_tiered_family(&group.node_type),
    }
}

/// `r6gd`, and whatever generation of the kind comes after it: a family with SSDs of its own.
fn is_of_tiered_family(node_type: &NodeType) -> bool {
    let family = node_type.as_str().strip_prefix("cache.").and_then(|rest| rest.split('.').next());
    family.is_some_and(|family| family.ends_with("gd"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_with_ssds_is_tiered() {
        for (name, tiered) in [
            ("cache.r6gd.xlarge", true),
            ("cache.r6gd.16xlarge", true),
            ("cache.r8gd.xlarge", true),
            ("cache.r6g.xlarge", false),
            ("cache.m7g.large", false),
            ("cache.t3.medium", false),
            ("db.r6gd.xlarge", false),
            ("", false),
        ] {
            assert_eq!(is_of_tiered_family(&NodeType::new(name)), tiered, "{name}");
        }
    }
}
