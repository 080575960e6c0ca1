//! The node types that a replication group may grow through: a ladder, the smallest first.

use super::identifier::{self, checked_text};
use super::problems::Problems;
use super::table::Entry;
use crate::names::NodeType;

/// Reads the ladder, of two node types or more.
pub(super) fn read(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<Vec<NodeType>> {
    let elements = entry.list("a list of node types", problems)?;
    let read: Vec<_> = elements
        .iter()
        .map(|element| checked_text(element, "a node type", identifier::node_type_complaint, problems))
        .collect();
    let path = &entry.path;
    let mut right = true;
    if elements.len() < 2 {
        let mend = "write the group's own and one that is larger, or leave it out";
        let has = if elements.is_empty() { "none is" } else { "one is" };
        problems.tell(entry.at(), format!("{path}: {has} no ladder: {mend}"));
        right = false;
    }
    for (index, higher) in read.iter().enumerate() {
        let Some(higher) = higher else { continue };
        let mut below = read[..index].iter().flatten();
        if below.clone().any(|lower| lower.value == higher.value) {
            let message = format!("{path}: {:?} is named twice: name each node type once", higher.value);
            problems.tell(higher.at, message);
            right = false;
        } else if let Some(lower) = below.find(|lower| is_smaller(higher.value, lower.value)) {
            let (higher_name, lower_name) = (higher.value, lower.value);
            problems.tell(higher.at, format!("{path}: {higher_name:?} is smaller than {lower_name:?} before it, and a group only grows: write the smallest first"));
            right = false;
        }
    }
    let types: Vec<NodeType> =
        read.into_iter().map(|text| Some(NodeType::new(text?.value))).collect::<Option<_>>()?;
    right.then_some(types)
}

/// Whether `one` is surely the smaller: of two families, only AWS knows.
fn is_smaller(one: &str, other: &str) -> bool {
    let (Some((family, size)), Some((other_family, other_size))) =
        (one.rsplit_once('.'), other.rsplit_once('.'))
    else {
        return false;
    };
    family == other_family && rank(size).zip(rank(other_size)).is_some_and(|(one, other)| one < other)
}

/// The place of a size among those of a family; `None` for one that is not known.
fn rank(size: &str) -> Option<u32> {
    const SMALL: [&str; 5] = ["micro", "small", "medium", "large", "xlarge"];
    match SMALL.iter().zip(0_u32..).find(|(known, _)| **known == size) {
        Some((_, rank)) => Some(rank),
        // 2xlarge and above, by their number.
        None => size.strip_suffix("xlarge")?.parse::<u32>().ok()?.checked_add(4),
    }
}
