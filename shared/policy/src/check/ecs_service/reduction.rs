//! Whatever takes capacity away, or lets native policies do so: not during a rollout, not while tasks come up, not during an event.

use super::case::Step;
use super::readings;
use super::taken::Taken;
use crate::check::event;
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::units::Count;

pub(super) fn judge(step: &Step<'_>, findings: &mut Findings) {
    let Some(taken) = Taken::by(step) else { return };
    let (case, service, action) = (step.case, step.service, step.action);
    if let Some(why) = step.deploying() {
        findings.refuse(invariant::ROLLOUT, format!("{action}, although {why}"));
    }
    let by_signals = concluded_from_signals(step, &taken);
    // Tasks beyond the maximum are not waited for, since they would only go again; and the clock's own bounds conclude nothing from what runs.
    let waits = service.desired <= case.in_force.max && (step.desired().is_some() || by_signals);
    if service.running < service.desired && waits {
        findings.refuse(
            invariant::PENDING,
            format!("{action}, although only {} of {} tasks run", service.running, service.desired),
        );
    }
    if let Some(event) = case.in_force.held_by {
        findings.refuse(
            invariant::PLANNED_EVENT,
            format!("{action}, although the event \"{}\" lasts until {}", event.name, event.to),
        );
    }
    descent(step, findings);
    if by_signals {
        for why in readings::unknown(case, service) {
            findings.refuse(invariant::SERVICE_DATA, format!("{action}, although {why}"));
        }
    }
}

/// After an event, so many in a period; unless a person says fewer.
fn descent(step: &Step<'_>, findings: &mut Findings) {
    let case = step.case;
    let Some(set) = step.desired().filter(|set| set.to < set.from) else { return };
    let commanded = case.plan.history.orders.bounds.as_ref();
    if commanded.is_some_and(|order| order.max.is_some() && case.now < order.until) {
        return;
    }
    for event in &case.ecs.events {
        let Some(may) = event::may_still_go(event, case.scaling.max, &case.history.changes, case.now) else {
            continue;
        };
        let go = set.from.minus(set.to).0;
        if go > may {
            let action = step.action;
            let detail = format!("{action}, although {may} may go now after the event \"{}\"", event.name);
            findings.refuse(invariant::DESCENT, detail);
        }
    }
}

/// Down to the maximum in force is the clock's or a person's word. So is a lower registered minimum, as far as no signal had raised it:
/// it takes nothing away by itself, and native policies have data of their own.
fn concluded_from_signals(step: &Step<'_>, taken: &Taken) -> bool {
    let case = step.case;
    let below_maximum = |count: Option<Count>| count.is_some_and(|count| count < case.in_force.max);
    let below_floor = match (case.history.ecs_service.signal_floor, taken.min) {
        // A maximum that comes down takes the minimum with it.
        (Some(floor), Some(min)) => min < floor.min(case.in_force.max),
        _ => false,
    };
    below_maximum(taken.tasks) || below_maximum(taken.max) || below_floor
}
