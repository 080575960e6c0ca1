//! What a node type has: its vCPUs, of which the engine uses one, and the memory that it gives to keys.

use tidegate_policy::names::NodeType;

/// Name, vCPUs, and GiB that it holds, the smallest first: `maxmemory`, and with data tiering its SSD as well.
///
/// Source: ElastiCache user guide, "Supported node types" (vCPUs and memory).
const TABLE: [(&str, f64, f64); 19] = [
    ("cache.t3.micro", 2.0, 0.5),
    ("cache.t4g.micro", 2.0, 0.5),
    ("cache.t3.small", 2.0, 1.37),
    ("cache.t4g.small", 2.0, 1.37),
    ("cache.t3.medium", 2.0, 3.09),
    ("cache.t4g.medium", 2.0, 3.09),
    ("cache.m6g.large", 2.0, 6.38),
    ("cache.m7g.large", 2.0, 6.38),
    ("cache.m6g.xlarge", 4.0, 12.93),
    ("cache.m7g.xlarge", 4.0, 12.93),
    ("cache.r6g.large", 2.0, 13.07),
    ("cache.r7g.large", 2.0, 13.07),
    ("cache.m7g.2xlarge", 8.0, 26.04),
    ("cache.r6g.xlarge", 4.0, 26.32),
    ("cache.r7g.xlarge", 4.0, 26.32),
    ("cache.r7g.2xlarge", 8.0, 52.82),
    ("cache.r7g.4xlarge", 16.0, 105.81),
    ("cache.r6gd.xlarge", 4.0, 26.32 + 99.33),
    ("cache.r6gd.2xlarge", 8.0, 52.82 + 199.07),
];

/// A type that the table does not have: one of the middle.
const ANY: (f64, f64) = (4.0, 12.93);

fn found(node_type: &NodeType) -> Option<(f64, f64)> {
    let row = TABLE.iter().find(|(name, ..)| *name == node_type.as_str());
    row.map(|(_, vcpus, memory)| (*vcpus, *memory))
}

/// vCPUs of a node.
pub(super) fn vcpus(node_type: &NodeType) -> f64 {
    found(node_type).unwrap_or(ANY).0
}

/// Whether values that are seldom read go to its SSD.
pub(super) fn is_tiered(node_type: &NodeType) -> bool {
    node_type.as_str().starts_with("cache.r6gd.")
}

/// GiB that a node holds of keys.
pub(super) fn memory(node_type: &NodeType) -> f64 {
    found(node_type).unwrap_or(ANY).1
}

/// `ScaleUpModifications`: every type with more memory. From data tiering there is no way to nodes without it, nor back ("Data tiering in
/// ElastiCache", limitations).
pub(super) fn larger(than: &NodeType) -> Vec<NodeType> {
    let (memory, tiered) = (memory(than), is_tiered(than));
    let more = TABLE.iter().filter(|(.., more)| *more > memory).map(|(name, ..)| NodeType::new(name));
    more.filter(|node_type| is_tiered(node_type) == tiered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_grows_to_types_with_more_memory_only() {
        let types = larger(&NodeType::new("cache.m7g.xlarge"));
        assert_eq!(types.first().map(NodeType::as_str), Some("cache.r6g.large"));
        assert!(!types.contains(&NodeType::new("cache.m6g.xlarge")));
        assert_eq!(larger(&NodeType::new("cache.r7g.4xlarge")), Vec::new());
        let tiered = larger(&NodeType::new("cache.r6gd.xlarge"));
        assert_eq!(tiered.iter().map(NodeType::as_str).collect::<Vec<_>>(), ["cache.r6gd.2xlarge"]);
    }
}
