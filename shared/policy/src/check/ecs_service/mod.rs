//! What no plan of a service may do: one wrong call stops every task of it, and nobody looks between two attempts.

mod bounds;
mod case;
mod lever;
mod memory;
mod native;
mod pause;
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

use super::Findings;
use super::judged::Judged;
use crate::observation::EcsObservation;
use crate::policy::EcsService;

pub(super) fn judge(judged: Judged<'_>, ecs: &EcsService, seen: &EcsObservation, findings: &mut Findings) {
    let case = case::Case::new(judged, ecs, seen);
    memory::judge(&case, findings);
    scope::judge(&case, findings);
    // Without a service that may be touched there is nothing to hold the actions against, and they are refused already.
    let Some(service) = scope::touchable(&case) else { return };
    for action in &judged.plan.actions {
        let step = case::Step { case: &case, service, action };
        for judge in [
            scope::names,
            lever::judge,
            bounds::judge,
            reduction::judge,
            work::judge,
            traffic::judge,
            suspension::judge,
            pause::judge,
            native::judge,
            strategy::judge,
            warm::judge,
        ] {
            judge(&step, findings);
        }
    }
}
