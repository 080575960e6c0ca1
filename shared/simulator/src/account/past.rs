//! What CloudWatch shows of the minutes that a forecast lacks: those before the run, and those that no attempt looked at.

use tidegate_policy::observation::{Lacking, PastMember, PastMinutes, Point, Worked};
use tidegate_policy::policy::{Metric, NodeMetric, Target};
use tidegate_reconcile::port::FleetError;

use super::archive::Days;
use super::ecs_service;
use super::faults::Operation;
use super::fleet::unknown;
use super::kinds::Part;
use super::{Account, State};

/// GetMetricData answers so many points.
const POINTS_A_CALL: usize = 100_800;
const MINUTES_OF_A_DAY: usize = 1_440;

impl Account {
    pub(super) fn past_at_once(&self, target: &Target, lacking: Lacking) -> Result<PastMinutes, FleetError> {
        let state: &mut State = &mut self.state.borrow_mut();
        let part = state.part_mut(target).ok_or_else(|| unknown(target))?;
        let shared = part.any().shared();
        let days = shared.metrics.read_past(lacking, shared.now);
        let Days { from, until, series } = days;
        let (asked, worked) = match part {
            Part::Service(_) => (2, together(series)),
            Part::Replicas(_) => members(series, Metric::Cpu as usize),
            Part::Nodes(_) => members(series, NodeMetric::EngineCpu as usize),
        };
        for _ in 0..(asked * MINUTES_OF_A_DAY).div_ceil(POINTS_A_CALL).max(1) {
            shared.call(Operation::GetMetricData)?;
        }
        Ok(PastMinutes { from, until, worked })
    }
}

/// The series of so many members, and what they say.
fn members(series: Vec<(String, usize, Vec<Point>)>, which: usize) -> (usize, Worked) {
    let of_all = series.into_iter().filter(|(_, nth, _)| *nth == which);
    let members: Vec<_> = of_all.map(|(name, _, cpu)| PastMember { name, cpu }).collect();
    (members.len(), Worked::Members(members))
}

fn together(series: Vec<(String, usize, Vec<Point>)>) -> Worked {
    let (mut cpu, mut members) = (Vec::new(), Vec::new());
    for (_, nth, points) in series {
        if nth == ecs_service::RUNNING { members = points } else { cpu = points }
    }
    Worked::Together { cpu, members }
}
