//! By which metric it is judged how full a node is. With data tiering memory is filled first and SSDs after it, so that memory tells nothing.

use crate::observation::{DataTiering, Group};
use crate::policy::NodeMetric;

/// "Data tiering in ElastiCache": node types of these families have SSDs, and no way to do without.
const WITH_SSD: &str = "gd.";

/// The one metric; there is no other to fall back on.
pub(super) fn fullness(group: &Group) -> NodeMetric {
    let said = matches!(group.tiering, DataTiering::Enabled);
    let has_ssd =
        group.node_type.as_str().starts_with("cache.") && group.node_type.as_str().contains(WITH_SSD);
    if said || has_ssd { NodeMetric::Capacity } else { NodeMetric::Memory }
}
