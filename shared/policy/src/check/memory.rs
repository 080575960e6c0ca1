//! What the plan remembers: the counts that later plans are held to, which none may wind back.

use super::case::Case;
use super::creation::DAY;
use super::{Findings, invariant};

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    decisions(case, findings);
    creations(case, findings);
}

/// The count is part of the next decision's name, and so of its replicas'.
fn decisions(case: &Case<'_>, findings: &mut Findings) {
    let (before, after) = (case.history.decisions, case.plan.history.decisions);
    let sound = match after.checked_sub(before) {
        Some(0) => case.intent_begun().is_none(),
        Some(1) => true,
        Some(_) | None => false,
    };
    if !sound {
        let begun = case.intent_begun().map_or("none", |intent| intent.decision.as_str());
        findings.refuse(
            invariant::UNIQUE_NAMES,
            format!("decisions would go from {before} to {after}, and the one that begins is {begun}"),
        );
    }
}

fn creations(case: &Case<'_>, findings: &mut Findings) {
    let mut kept = case.plan.history.creations.clone();
    for at in &case.history.creations {
        if case.now.duration_since(*at) >= DAY {
            continue;
        }
        match kept.iter().position(|kept| kept == at) {
            Some(found) => {
                kept.swap_remove(found);
            }
            None => findings.refuse(
                invariant::BUDGET,
                format!("the creation of {at} would be forgotten within 24 hours"),
            ),
        }
    }
}
