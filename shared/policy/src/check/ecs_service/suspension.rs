//! What a person suspended in Application Auto Scaling is suspended for us too.
//!
//! Nobody can see in a call whether a signal or the clock asked for it. So this is what can be told: with scaling out suspended the minimum
//! rises as far as the clock's and no further, and with the schedule suspended too nothing rises but by a direct command; with the schedule suspended the minimum
//! falls only where signals had raised it or a direct command stands. A rise that the suspended schedule alone asked for is not seen while
//! signals may ask for one.

use super::case::Step;
use super::taken::Taken;
use crate::check::findings::Findings;
use crate::check::invariant;

pub(super) fn judge(step: &Step<'_>, findings: &mut Findings) {
    let Some((set, registered)) = step.bounds() else { return };
    let (case, action, off) = (step.case, step.action, registered.suspended);
    let (from, to) = (registered.bounds, set.to);
    if off.scaling_in && Taken::by(step).is_some() {
        findings.refuse(invariant::SUSPENDED, format!("{action}, although scaling in is suspended"));
    }
    let raises = to.min > from.min || to.max > from.max || step.service.desired < to.min;
    let commanded = case.history.orders.bounds.as_ref().is_some_and(|order| case.now < order.until);
    if off.scaling_out && off.scheduled && raises && !commanded {
        findings.refuse(
            invariant::SUSPENDED,
            format!("{action}, although scaling out and the schedule are suspended"),
        );
    } else if off.scaling_out && to.min > from.min && to.min > case.in_force.min {
        findings.refuse(
            invariant::SUSPENDED,
            format!("{action}, beyond the least of {} while scaling out is suspended", case.in_force.min),
        );
    }
    let signals_raised = case.history.ecs_service.signal_floor.is_some();
    if off.scheduled && to.min < from.min && !commanded && !signals_raised {
        findings
            .refuse(invariant::SUSPENDED, format!("{action}, which only the suspended schedule can ask for"));
    }
}
