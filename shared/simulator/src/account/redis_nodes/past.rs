//! The CPU of a group's nodes before the run.

use super::State;
use super::measured::SERIES;
use super::node_types;
use super::plant::{IDLE_CPU, REPLICATED, WRITES};
use crate::account::before::{Before, cpu};

impl State {
    /// Replicas share the reads, of each shard as many, and alone the primaries answer them.
    pub(super) fn publish_before(&mut self, load: &[f64]) {
        let scaling = &self.shared.target.scaling;
        let (primaries, replicas): (Vec<_>, Vec<_>) =
            self.nodes.shards.iter().flat_map(|shard| &shard.members).partition(|member| member.primary);
        let names = |members: Vec<&super::group::Member>| -> Vec<String> {
            members.into_iter().map(|member| member.id.to_string()).collect()
        };
        let (primaries, stay) = (names(primaries), names(replicas));
        let shards = primaries.len();
        let most = (scaling.max.0 as usize).saturating_sub(shards).max(stay.len());
        let prefix = format!("{}-", self.kind.group);
        let vcpus = node_types::vcpus(&self.nodes.node_type);
        let (metrics, now) = (&mut self.shared.metrics, self.shared.now);
        for name in primaries.iter().chain(&stay) {
            let _ = metrics.ring(name, SERIES, now);
        }
        Before::new(load, self.shared.now.minute()).each(stay, 0..=most, &prefix, |past| {
            let writes = WRITES * past.load / shards as f64;
            let readers = past.units.len();
            let alone = if readers == 0 { past.load / shards as f64 } else { 0.0 };
            for (nth, name) in (0..).zip(&primaries) {
                metrics.publish_past(name, past.minute, nth, |draws| {
                    both(cpu(alone + writes, IDLE_CPU, draws), vcpus)
                });
            }
            let share = past.load / readers.max(1) as f64 + REPLICATED * writes;
            for (nth, name) in (1_000..).zip(past.units) {
                metrics
                    .publish_past(name, past.minute, nth, |draws| both(cpu(share, IDLE_CPU, draws), vcpus));
            }
        });
    }
}

/// CPU of the engine's one thread, and the same of all vCPUs.
fn both(engine: f64, vcpus: f64) -> [f64; 2] {
    [engine, engine / vcpus]
}
