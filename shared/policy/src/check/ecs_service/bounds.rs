//! Between which numbers capacity may move. What lies outside already may come nearer in steps; it never moves further away.

use super::case::{Case, Step};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::units::Count;

pub(super) fn judge(step: &Step<'_>, findings: &mut Findings) {
    let case = step.case;
    if let Some(set) = step.desired() {
        if set.to > set.from {
            raised(case, "the desired count", set.to, findings);
        } else if set.to < set.from {
            lowered(case, "the desired count", set.to, findings);
        }
    }
    let Some((set, registered)) = step.bounds() else { return };
    let (from, to) = (registered.bounds, set.to);
    if to.min > to.max {
        findings.refuse(invariant::ABSOLUTE_BOUNDS, format!("the bounds {to} cross"));
        return;
    }
    // A registered minimum above the capacity pulls it up, whether or not it is new.
    if to.min > from.min || to.min > step.service.desired {
        raised(case, "the registered minimum", to.min, findings);
    }
    if to.max > from.max {
        raised(case, "the registered maximum", to.max, findings);
    }
    if to.min < from.min {
        lowered(case, "the registered minimum", to.min, findings);
    } else if to.min < case.in_force.min && !registered.suspended.scheduled && !case.paused.additions {
        // Native policies take away whatever the bounds allow: a call that leaves the minimum too low leaves the service open to them.
        findings.refuse(
            invariant::BOUNDS_IN_FORCE,
            format!("the registered minimum would be {}, the least now is {}", to.min, case.in_force.min),
        );
    }
    if to.max < from.max {
        lowered(case, "the registered maximum", to.max, findings);
    }
}

fn raised(case: &Case<'_>, what: &str, to: Count, findings: &mut Findings) {
    let now = &case.in_force;
    if to > now.most {
        findings.refuse(
            invariant::ABSOLUTE_BOUNDS,
            format!("{what} would rise to {to}, the policy's most is {}", now.most),
        );
    } else if to > now.max {
        findings.refuse(
            invariant::BOUNDS_IN_FORCE,
            format!("{what} would rise to {to}, the most now is {}", now.max),
        );
    }
}

fn lowered(case: &Case<'_>, what: &str, to: Count, findings: &mut Findings) {
    if to < case.scaling.min {
        findings.refuse(
            invariant::ABSOLUTE_BOUNDS,
            format!("{what} would fall to {to}, the policy's least is {}", case.scaling.min),
        );
    } else if to < case.in_force.min {
        findings.refuse(
            invariant::BOUNDS_IN_FORCE,
            format!("{what} would fall to {to}, the least now is {}", case.in_force.min),
        );
    }
}
