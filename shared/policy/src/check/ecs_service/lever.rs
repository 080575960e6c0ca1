//! By what capacity is moved, and from where: two levers that are pulled at once undo each other, and a call that changes nothing hides a loop.

use super::case::Step;
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::observation::StrategyItem;
use crate::plan::{Action, EcsServiceAction};

pub(super) fn judge(step: &Step<'_>, findings: &mut Findings) {
    let action = step.action;
    match (action, step.case.registered()) {
        (Action::EcsService(EcsServiceAction::SetDesiredCount(_)), Some(registered)) => findings.refuse(
            invariant::LEVER,
            format!("{action}, although {} is registered: move its bounds", registered.bounds),
        ),
        (Action::EcsService(EcsServiceAction::SetBounds(_)), None) => findings
            .refuse(invariant::LEVER, format!("{action}, although nothing is registered: it would be made")),
        _ => {}
    }
    expected(step, findings);
    changes_something(step, findings);
}

fn expected(step: &Step<'_>, findings: &mut Findings) {
    let mut differs = |expects: String, found: String| {
        findings.refuse(
            invariant::EXPECTATION,
            format!("{} expects {expects}, but {found} was observed", step.action),
        );
    };
    if let Some(set) = step.desired()
        && set.from != step.service.desired
    {
        differs(set.from.to_string(), step.service.desired.to_string());
    }
    if let Some((set, registered)) = step.bounds() {
        if set.from != registered.bounds {
            differs(set.from.to_string(), registered.bounds.to_string());
        }
        // The last look is as strict as this word says.
        let above = step.service.desired > set.to.max;
        if set.pulls_down != above {
            let word = |above| if above { "a count above" } else { "no count above" };
            differs(
                format!("{} {}", word(set.pulls_down), set.to.max),
                format!("{} tasks", step.service.desired),
            );
        }
    }
    if let Action::EcsService(EcsServiceAction::SetStrategy(set)) = step.action
        && set.from != step.service.strategy
    {
        differs(format!("{:?}", set.from), format!("{:?}", step.service.strategy));
    }
}

fn changes_something(step: &Step<'_>, findings: &mut Findings) {
    let empty = if let Some(set) = step.desired() {
        set.from == set.to
    } else if let Some((set, _)) = step.bounds() {
        // The call pulls a capacity that is outside into the range, whatever its bounds were.
        set.from == set.to && (set.to.min..=set.to.max).contains(&step.service.desired)
    } else if let Action::EcsService(EcsServiceAction::SetStrategy(set)) = step.action {
        same_lines(&set.from, &set.to)
    } else {
        false
    };
    if empty {
        findings.refuse(
            invariant::EMPTY_CALL,
            format!("{} changes nothing of {} tasks", step.action, step.service.desired),
        );
    }
}

/// The order of lines carries no meaning.
fn same_lines(one: &[StrategyItem], other: &[StrategyItem]) -> bool {
    one.len() == other.len() && one.iter().all(|item| other.contains(item))
}
