//! What is bought of an instance's disk: nothing but what a rule compares, since each metric of each instance costs something at every look.

use std::collections::BTreeSet;

use crate::policy::{Metric, Signal, Target};

/// Whose disk is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskOf {
    /// That of the source.
    Source,
    /// That of every replica.
    Replicas,
}

/// The metrics of a disk that the rules of `target` compare: those that alert among them.
pub fn disk_metrics_needed(target: &Target, of: DiskOf) -> BTreeSet<Metric> {
    let scaling = &target.scaling;
    let rules = scaling.scale_out.iter().chain(&scaling.scale_in).chain(&scaling.alert);
    rules.filter(|rule| disk_of(rule.signal) == Some(of)).filter_map(|rule| rule.signal.metric()).collect()
}

fn disk_of(signal: Signal) -> Option<DiskOf> {
    match signal {
        Signal::PrimaryReadLatency | Signal::PrimaryDiskQueue => Some(DiskOf::Source),
        Signal::ReplicaReadLatency | Signal::ReplicaDiskQueue => Some(DiskOf::Replicas),
        _ => None,
    }
}
