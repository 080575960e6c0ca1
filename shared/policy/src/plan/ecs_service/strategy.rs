//! Spot: the policy's share of it, on demand while Spot places no task, and back later.
//!
//! AWS takes no new strategy without a forced deployment (`InvalidParameterException`: "you must force a new deployment"), which replaces every
//! task. So nothing of this is done unless the policy asks for it, and one deployment at a time.

use jiff::SignedDuration;

use super::scene::Scene;
use super::situation::rollout;
use crate::history::Fallback;
use crate::observation::{DeploymentController, StrategyItem};
use crate::plan::draft::Draft;
use crate::plan::step::Step;
use crate::plan::{Action, EcsServiceAction, SetStrategy};
use crate::policy::Spot;
use crate::reason::{Explanation, Reason};
use crate::units::{Count, friendly};

const ON_DEMAND: &str = "FARGATE";
const SPOT: &str = "FARGATE_SPOT";

/// A service event that is older says nothing of now.
const UNPLACED_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// ECS may show the strategy before a change for so long after it: a second forced deployment would be made for nothing.
const SHOWN_LATE: SignedDuration = SignedDuration::from_mins(5);

/// Spot could place no task, and tasks are missing: on demand, now.
pub(super) fn leave_spot(scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let Some(spot) = &scene.ecs.spot else { return Step::Pass };
    let service = scene.service;
    let uses_spot = service.strategy.iter().any(|item| item.provider == SPOT && item.weight > 0);
    let unplaced = service.unplaced_at.filter(|at| scene.now.duration_since(*at) < UNPLACED_WITHIN);
    let (true, Some(at)) = (uses_spot && service.running < service.desired, unplaced) else {
        return Step::Pass;
    };
    let short = service.desired.minus(service.running);
    let said =
        format!("ECS could place no task on Spot at {at}, and {short} of {} are missing", service.desired);
    // An attempt that died behind its memory and before its call left a service on Spot that is remembered as on demand.
    let asked = draft.history.ecs_service.fallback;
    let just_asked = asked.is_some_and(|fallback| scene.now.duration_since(fallback.since) < SHOWN_LATE);
    if !may_change(scene, spot, draft, &said) || just_asked {
        return Step::Pass;
    }
    let retry_at = scene.now.saturating_add(spot.retry_after).unwrap_or(jiff::Timestamp::MAX);
    draft.history.ecs_service.fallback = Some(Fallback { since: scene.now, retry_at });
    let detail = format!("{said}: on demand for {}", friendly(spot.retry_after));
    Step::Act(Explanation::new(Reason::UseOnDemand, detail), vec![action(scene, on_demand())])
}

/// At rest, the strategy is the policy's; after a fallback, once its time is over.
pub(super) fn follow_policy(scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let Some(spot) = &scene.ecs.spot else { return Step::Pass };
    let service = scene.service;
    let fallback = draft.history.ecs_service.fallback;
    let waits = fallback.is_some_and(|fallback| scene.now < fallback.retry_at);
    let wanted = if waits { on_demand() } else { shared(spot) };
    if same(&service.strategy, &wanted) {
        if !waits {
            draft.history.ecs_service.fallback = None;
        }
        return Step::Pass;
    }
    let said = format!("the strategy is {}, and the policy's is {}", told(&service.strategy), told(&wanted));
    // A forced deployment replaces every task, and a planned event is the worst time for that.
    if !may_change(scene, spot, draft, &said)
        || scene.clock.held.is_some()
        || rollout(service).is_some()
        || service.running < service.desired
    {
        return Step::Pass;
    }
    if !waits {
        draft.history.ecs_service.fallback = None;
    }
    let (reason, detail) = match fallback {
        Some(fallback) if waits => (Reason::UseOnDemand, format!("{said} until {}", fallback.retry_at)),
        Some(fallback) => {
            let since = friendly(scene.now.duration_since(fallback.since));
            (Reason::UseSpot, format!("Spot is tried again after {since} on demand"))
        }
        None => (Reason::UseSpot, said),
    };
    Step::Act(Explanation::new(reason, detail), vec![action(scene, wanted)])
}

/// Whether the strategy is ours to change; if not, why is told once.
fn may_change(scene: &Scene<'_>, spot: &Spot, draft: &mut Draft, said: &str) -> bool {
    // A forced deployment replaces every task, whichever direction is paused.
    if let Some(held) = scene.pauses.any() {
        let why = held.explain(said);
        draft.note(why.reason, why.detail);
        return false;
    }
    let service = scene.service;
    let foreign = service.strategy.iter().find(|item| item.provider != ON_DEMAND && item.provider != SPOT);
    if let Some(foreign) = foreign {
        let detail = format!(
            "{said}; the provider {} is no Fargate, and the two are never mixed: remove `spot` from the policy, or move the service to Fargate",
            foreign.provider
        );
        draft.note(Reason::StrategyNotOurs, detail);
        return false;
    }
    if let Some(other) = service.launch_type.as_deref().filter(|launch_type| *launch_type != ON_DEMAND) {
        draft.note(
            Reason::StrategyNotOurs,
            format!("{said}; the service has the launch type {other}: remove `spot` from the policy"),
        );
        return false;
    }
    if service.controller != DeploymentController::Ecs {
        draft.note(
            Reason::StrategyNotOurs,
            format!("{said}; CodeDeploy deploys this service, and ECS takes no new strategy from anybody else: set it in the deployment"),
        );
        return false;
    }
    if !spot.force_deployment {
        draft.note(
            Reason::DeploymentNeeded,
            format!("{said}; AWS takes a new strategy only with a forced deployment, which replaces every task: set spot.force_deployment = true, or deploy it yourself"),
        );
        return false;
    }
    draft.history.ecs_service.strategy_retry_at.is_none_or(|at| scene.now >= at)
}

fn action(scene: &Scene<'_>, to: Vec<StrategyItem>) -> Action {
    Action::EcsService(EcsServiceAction::SetStrategy(SetStrategy {
        cluster: scene.ecs.cluster.clone(),
        service: scene.ecs.service.clone(),
        from: scene.service.strategy.clone(),
        to,
    }))
}

fn item(provider: &str, weight: u32, base: u32) -> StrategyItem {
    StrategyItem { provider: provider.to_owned(), weight, base }
}

fn on_demand() -> Vec<StrategyItem> {
    vec![item(ON_DEMAND, 1, 0)]
}

fn shared(spot: &Spot) -> Vec<StrategyItem> {
    let share = Count::ceil(spot.share.0).0.min(100);
    let mut items = vec![item(ON_DEMAND, 100 - share, spot.base.0), item(SPOT, share, 0)];
    // A provider with neither weight nor base places nothing.
    items.retain(|item| item.weight > 0 || item.base > 0);
    items
}

/// ECS answers them in an order of its own.
pub(super) fn same(one: &[StrategyItem], other: &[StrategyItem]) -> bool {
    one.len() == other.len() && one.iter().all(|item| other.contains(item))
}

fn told(strategy: &[StrategyItem]) -> String {
    if strategy.is_empty() {
        return "none".to_owned();
    }
    let items =
        strategy.iter().map(|item| format!("{} weight {} base {}", item.provider, item.weight, item.base));
    items.collect::<Vec<_>>().join(", ")
}
