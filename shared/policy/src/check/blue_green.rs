//! Nothing is made or deleted of a source that a blue/green deployment binds; of a deletion it has to be known.

use super::case::Case;
use super::{Findings, invariant};

/// The word with which RDS says that a deployment is over.
const OVER: &str = "SWITCHOVER_COMPLETED";

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    let (deletes, creates) = (case.deletions().next().is_some(), case.creations().next().is_some());
    match &case.seen.blue_green {
        Err(why) if deletes => findings.refuse(
            invariant::BLUE_GREEN,
            format!("a replica would be deleted, and nobody knows of blue/green deployments: {why}"),
        ),
        Err(_) => {}
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
