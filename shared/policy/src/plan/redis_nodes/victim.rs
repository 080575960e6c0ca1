//! The replica that goes, with cluster mode disabled: never the primary, the zones kept apart, and as few clients as can be.
//!
//! The reader endpoint follows membership, and there is no weight to take away from a replica first: whoever is connected to it is cut off
//! and connects again. So the one with the fewest connections goes.

use std::collections::{BTreeMap, BTreeSet};

use crate::evaluate::redis_nodes::Readings;
use crate::names::{AvailabilityZone, NodeId};
use crate::observation::{Node, Role, Shard};
use crate::reason::{Explanation, Reason};

/// The replica, and what speaks for it.
///
/// # Errors
/// `RolesUnknown` and `ZoneSpread`.
pub(super) fn choose(
    shard: &Shard,
    multi_az: bool,
    readings: &Readings<'_>,
) -> Result<(NodeId, String), Explanation> {
    let primary = shard.nodes.iter().find(|node| node.role == Role::Primary);
    let Some(primary) = primary else {
        let detail = format!("no primary of shard {} is told", shard.id);
        return Err(Explanation::new(Reason::RolesUnknown, detail));
    };
    let replicas: Vec<&Node> = shard.nodes.iter().filter(|node| node.role == Role::Replica).collect();
    let allowed: Vec<&Node> =
        replicas.iter().copied().filter(|node| !multi_az || keeps_zones(node, shard)).collect();
    let mut in_zone: BTreeMap<Option<&AvailabilityZone>, usize> = BTreeMap::new();
    for node in &shard.nodes {
        *in_zone.entry(node.zone.as_ref()).or_default() += 1;
    }
    let crowd = |node: &Node| in_zone.get(&node.zone.as_ref()).copied().unwrap_or(0);
    let clients = |node: &Node| readings.connections(node).unwrap_or(f64::INFINITY);
    let chosen = allowed.into_iter().min_by(|one, other| {
        // The fullest zone first, then the fewest clients, then the youngest.
        crowd(other)
            .cmp(&crowd(one))
            .then(clients(one).total_cmp(&clients(other)))
            .then(other.created.cmp(&one.created))
            .then(other.id.cmp(&one.id))
    });
    let Some(node) = chosen else {
        let zone = primary.zone.as_ref().map_or("one zone", AvailabilityZone::as_str);
        let detail = format!(
            "none of the {} replicas can go without leaving every node in {zone}, as far as zones are told, and the group has Multi-AZ",
            replicas.len()
        );
        return Err(Explanation::new(Reason::ZoneSpread, detail));
    };
    let zone = node.zone.as_ref().map_or(String::new(), |zone| format!(" in {zone}"));
    let clients = match readings.connections(node) {
        Some(connections) => format!(", with {connections:.0} connections, the fewest there,"),
        None => String::new(),
    };
    Ok((node.id.clone(), format!("{}{zone}{clients}", node.id)))
}

/// Whether nodes in two zones remain, as far as they are in two now. A zone that is not told may be any.
pub(super) fn keeps_zones(leaving: &Node, shard: &Shard) -> bool {
    let staying = shard.nodes.iter().filter(|node| node.id != leaving.id);
    let apart = staying.filter_map(|node| node.zone.as_ref()).collect::<BTreeSet<_>>().len() > 1;
    let first = shard.nodes.first().and_then(|node| node.zone.as_ref());
    apart || (first.is_some() && shard.nodes.iter().all(|node| node.zone.as_ref() == first))
}
