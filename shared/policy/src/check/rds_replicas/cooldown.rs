//! Between two removals: what could not be drained a while ago will hardly be drained now, and trying costs a cold replica each time.

use jiff::SignedDuration;

use super::budget::DAY;
use super::case::{Case, removals};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::units::friendly;

/// After so many failures the wait is a day for any cooldown of six minutes or more.
const DOUBLED_AT_MOST: u32 = 8;

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    if case.removal_begun().is_some() {
        begins(case, findings);
    }
    remembers(case, findings);
}

/// The cooldown doubles with each removal in a row that failed.
fn begins(case: &Case<'_>, findings: &mut Findings) {
    let cooldown = case.scaling.cooldown.in_;
    let failed = case.history.rds_replicas.failed_removals;
    let doubled = (0..failed.min(DOUBLED_AT_MOST)).fold(cooldown, |wait, _| wait.saturating_add(wait));
    let wait: SignedDuration = doubled.min(DAY.max(cooldown));
    let removed = case.history.scaled_in_at.map(|at| ("a removal", at));
    let added = case.history.scaled_out.map(|out| ("an addition", out.at));
    for (what, at) in [removed, added].into_iter().flatten() {
        let since = case.now.duration_since(at);
        if since < wait {
            findings.refuse(
                invariant::COOLDOWN,
                format!(
                    "a removal would begin {} after {what}, of {} ({failed} failed in a row)",
                    friendly(since),
                    friendly(wait)
                ),
            );
        }
    }
}

/// Failures count until a removal succeeds: its victim is gone.
fn remembers(case: &Case<'_>, findings: &mut Findings) {
    let (before, after) = (case.history, &case.plan.history);
    let succeeded =
        removals(case.intents_before()).any(|(_, removal)| case.instance(removal.id.as_str()).is_none());
    if after.rds_replicas.failed_removals < before.rds_replicas.failed_removals && !succeeded {
        findings.refuse(
            invariant::COOLDOWN,
            format!(
                "of {} removals that failed {} would be remembered",
                before.rds_replicas.failed_removals, after.rds_replicas.failed_removals
            ),
        );
    }
    if after.scaled_in_at < before.scaled_in_at {
        findings.refuse(
            invariant::COOLDOWN,
            format!(
                "the removal of {:?} would be remembered as of {:?}",
                before.scaled_in_at, after.scaled_in_at
            ),
        );
    }
}
