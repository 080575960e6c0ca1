//! A warm-up is traffic of our own making: only where the policy says so, only before the load, and only so often.

use super::case::{Case, Step};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::plan::{Action, EcsServiceAction, WarmUp};

/// A load balancer that does not answer will not do so the fourth time.
const TRIES: u32 = 3;

pub(super) fn judge(step: &Step<'_>, findings: &mut Findings) {
    let (Action::EcsService(EcsServiceAction::Warm(warm)), case) = (step.action, step.case) else { return };
    let mut refuse = |why: String| findings.refuse(invariant::WARM_UP, format!("{}, but {why}", step.action));
    let Some(event) = case.ecs.events.iter().find(|event| event.name == warm.event) else {
        refuse("the policy has no such event".to_owned());
        return;
    };
    match &event.warm {
        Some(asked) if asked.url == warm.url && asked.requests == warm.requests => {}
        Some(asked) => refuse(format!("the policy asks for {} requests to {}", asked.requests, asked.url)),
        None => refuse("the event has no warm-up".to_owned()),
    }
    let ahead = event.from.duration_since(case.now);
    if ahead > event.lead {
        refuse(format!("its lead has not begun: it is at {}", event.from));
    } else if case.now >= event.from {
        refuse(format!("its load began at {}", event.from));
    }
    if let Some(before) = case.history.ecs_service.warmed.get(&warm.event) {
        if before.done {
            refuse("it was answered already".to_owned());
        } else if before.tries >= TRIES {
            refuse(format!("it was tried {} times, of {TRIES} at most", before.tries));
        }
    }
}

/// Tries are counted with the call, if not by its outcome, and never wound back while they matter.
pub(super) fn remembered(case: &Case<'_>, findings: &mut Findings) {
    let asked = case.plan.actions.iter().find_map(|action| match action {
        Action::EcsService(EcsServiceAction::Warm(WarmUp { event, .. })) => Some(event),
        _ => None,
    });
    for event in case.ecs.events.iter().filter(|event| case.now < event.from) {
        let before = case.history.ecs_service.warmed.get(&event.name);
        let after = case.plan.history.ecs_service.warmed.get(&event.name);
        let tries = |warmed: Option<&crate::history::Warmed>| warmed.map_or(0, |warmed| warmed.tries);
        let most = tries(before).saturating_add(u32::from(asked == Some(&event.name)));
        if !(tries(before)..=most).contains(&tries(after)) {
            findings.refuse(
                invariant::WARM_UP,
                format!(
                    "the tries for the event \"{}\" would go from {} to {}",
                    event.name,
                    tries(before),
                    tries(after)
                ),
            );
        }
        let done = |warmed: Option<&crate::history::Warmed>| warmed.is_some_and(|warmed| warmed.done);
        if done(before) && !done(after) {
            findings.refuse(
                invariant::WARM_UP,
                format!("that the event \"{}\" is warm would be forgotten", event.name),
            );
        }
    }
}
