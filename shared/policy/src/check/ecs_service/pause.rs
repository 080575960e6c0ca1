//! A paused service: its count and its bounds do not move that way, and no deployment replaces its tasks.

use super::case::Step;
use super::taken::Taken;
use crate::check::findings::Findings;
use crate::plan::{Action, EcsServiceAction};

pub(super) fn judge(step: &Step<'_>, findings: &mut Findings) {
    // A new strategy is a forced deployment: every task goes, and another comes.
    let replaces = matches!(step.action, Action::EcsService(EcsServiceAction::SetStrategy(_)));
    let counted = step.desired().is_some_and(|set| set.to > step.service.desired);
    let bounded = step.bounds().is_some_and(|(set, registered)| {
        let (from, to) = (registered.bounds, set.to);
        // Registering pulls the capacity up to the minimum, whether or not that is new.
        to.min > from.min || to.max > from.max || to.min > step.service.desired
    });
    let warms = matches!(step.action, Action::EcsService(EcsServiceAction::Warm(_)));
    let removes = replaces || Taken::by(step).is_some();
    step.case.paused.judge(step.action, replaces || counted || bounded || warms, removes, findings);
}
