//! What Application Auto Scaling raised by a schedule or a forecast is not ours to lower, and where that is not known, nothing is.
//!
//! Nobody can see in a registered value who wrote it. So each value of a scheduled action that is not above the registered one may be what the
//! action raised; a direct command with a maximum alone goes below.

use super::case::Step;
use crate::check::findings::Findings;
use crate::check::invariant;

pub(super) fn judge(step: &Step<'_>, findings: &mut Findings) {
    let Some((set, registered)) = step.bounds() else { return };
    let (case, action) = (step.case, step.action);
    let order = case.history.orders.bounds.as_ref();
    let commanded = order.is_some_and(|order| case.now < order.until && order.max.is_some());
    if set.by_command != commanded {
        let word = if commanded { "one stands" } else { "none stands" };
        let detail = format!("{action} says of a direct command with a maximum that it is otherwise: {word}");
        findings.refuse(invariant::NATIVE, detail);
    }
    if commanded {
        return;
    }
    let (from, to) = (registered.bounds, set.to);
    let falls = to.min < from.min || to.max < from.max;
    let pulls = to.max < step.service.desired;
    let Some(fact) = &case.seen.look.native else {
        if falls || pulls {
            let detail = format!("{action}, although nobody knows what is scheduled and forecast");
            findings.refuse(invariant::NATIVE, detail);
        }
        return;
    };
    for scheduled in &fact.value.actions {
        let undone = [(scheduled.min, from.min, to.min), (scheduled.max, from.max, to.max)]
            .into_iter()
            .any(|(by, had, gets)| matches!(by, Some(by) if gets < by && by <= had));
        if undone {
            let detail = format!("{action}, which may undo the scheduled action \"{}\"", scheduled.name);
            findings.refuse(invariant::NATIVE, detail);
        }
    }
    if fact.value.lifts_maximum && (to.max < from.max || pulls) {
        findings
            .refuse(invariant::NATIVE, format!("{action}, although a forecast may have lifted the maximum"));
    }
}
