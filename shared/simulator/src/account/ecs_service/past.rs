//! The CPU and the tasks of a service before the run.

use super::State;
use super::plant::IDLE_CPU;
use crate::account::before::{Before, cpu};

impl State {
    /// Tasks have no series of their own: a mean, and how many there were.
    pub(super) fn publish_before(&mut self, load: &[f64], service: &str) {
        let scaling = &self.shared.target.scaling;
        let tasks = scaling.min.0 as usize..=scaling.max.0 as usize;
        let metrics = &mut self.shared.metrics;
        Before::new(load, self.shared.now.minute()).each(Vec::new(), tasks, "", |past| {
            let count = past.units.len() as f64;
            let share = past.load / count.max(1.0);
            metrics.publish_past(service, past.minute, 0, |draws| {
                [if count > 0.0 { cpu(share, IDLE_CPU, draws) } else { f64::NAN }, count]
            });
        });
    }
}
