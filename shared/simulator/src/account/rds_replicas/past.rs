//! The CPU of a source and of its replicas before the run.

use super::State;
use super::plant::IDLE_CPU;
use crate::account::before::{Before, cpu};

impl State {
    /// The primary takes its share of the reads, as one more unit.
    pub(super) fn publish_before(&mut self, load: &[f64]) {
        let scaling = &self.shared.target.scaling;
        let (least, most) = (scaling.min.0 as usize + 1, scaling.max.0 as usize + 1);
        let stay = self.rds.instances.iter().map(|instance| instance.described.id.to_string()).collect();
        let metrics = &mut self.shared.metrics;
        Before::new(load, self.shared.now.minute()).each(stay, least..=most, &self.kind.prefix, |past| {
            let share = past.load / past.units.len() as f64;
            for (nth, name) in (0..).zip(past.units) {
                metrics.publish_past(name, past.minute, nth, |draws| [cpu(share, IDLE_CPU, draws)]);
            }
        });
    }
}
