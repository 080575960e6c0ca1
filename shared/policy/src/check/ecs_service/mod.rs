//! What no plan of a service may do: one wrong call stops every task of it, and nobody looks between two attempts.

mod bounds;
mod case;
mod lever;
mod memory;
mod native;
mod readings;
mod reduction;
mod scope;
mod strategy;
mod suspension;
mod taken;
#[cfg(test)]
mod tests;
mod traffic;
mod warm;
mod work;

use jiff::Timestamp;

use super::Findings;
use crate::history::History;
use crate::observation::EcsObservation;
use crate::plan::Plan;
use crate::policy::{EcsService, Target};

pub(super) fn judge(
    target: &Target,
    ecs: &EcsService,
    seen: &EcsObservation,
    history: &History,
    plan: &Plan,
    now: Timestamp,
    findings: &mut Findings,
) {
    let case = case::Case::new(target, ecs, seen, history, plan, now);
    memory::judge(&case, findings);
    scope::judge(&case, findings);
    // Without a service that may be touched there is nothing to hold the actions against, and they are refused already.
    let Some(service) = scope::touchable(&case) else { return };
    for action in &plan.actions {
        let step = case::Step { case: &case, service, action };
        for judge in [
            scope::names,
            lever::judge,
            bounds::judge,
            reduction::judge,
            work::judge,
            traffic::judge,
            suspension::judge,
            native::judge,
            strategy::judge,
            warm::judge,
        ] {
            judge(&step, findings);
        }
    }
}
