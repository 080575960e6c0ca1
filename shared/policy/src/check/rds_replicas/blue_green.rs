//! Nothing is made or deleted of a source that a blue/green deployment binds. Of a deletion it has to be known, and of a creation above the
//! minimum: only a lost minimum is worse than a replica that the switchover leaves behind.

use super::case::Case;
use super::dead;
use crate::check::clock;
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::units::Count;

/// The word with which RDS says that a deployment is over.
const OVER: &str = "SWITCHOVER_COMPLETED";

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    let (deletes, creates) = (case.deletions().next().is_some(), case.creations().next().is_some());
    match &case.seen.blue_green {
        Err(why) => unknown(case, why, findings),
        Ok(deployments) => {
            for bound in deployments.iter().filter(|one| (deletes || creates) && one.status != OVER) {
                findings.refuse(
                    invariant::BLUE_GREEN,
                    format!("a replica would be made or deleted while {} is {}", bound.name, bound.status),
                );
            }
        }
    }
}

fn unknown(case: &Case<'_>, why: &str, findings: &mut Findings) {
    if case.deletions().next().is_some() {
        findings.refuse(
            invariant::BLUE_GREEN,
            format!("a replica would be deleted, and nobody knows of blue/green deployments: {why}"),
        );
    }
    let made = Count::of_len(case.creations().count());
    // Those that certainly are capacity: who may be silent by now may have to be replaced. An intent is no replica.
    let (there, _) = dead::counted(case);
    let least = clock::in_force(case.scaling, &[], case.history.orders.bounds.as_ref(), case.now).min;
    if made > Count::ZERO && there.plus(made) > least {
        findings.refuse(
            invariant::BLUE_GREEN,
            format!(
                "{made} replicas would be made beside {there}, above the minimum of {least}, and nobody knows of blue/green deployments: {why}"
            ),
        );
    }
}
