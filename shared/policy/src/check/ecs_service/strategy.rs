//! On what tasks run: the policy's share of Spot, or on demand after Spot had no room; never a strategy that somebody else thought out.

use super::case::{Case, Step};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::observation::{DeploymentController, Service, StrategyItem};
use crate::plan::{Action, EcsServiceAction, SetStrategy};
use crate::policy::Spot;
use crate::units::friendly;

pub(super) const ON_DEMAND: &str = "FARGATE";
pub(super) const SPOT: &str = "FARGATE_SPOT";

pub(super) fn judge(step: &Step<'_>, findings: &mut Findings) {
    let Action::EcsService(EcsServiceAction::SetStrategy(set)) = step.action else { return };
    let Some(spot) = &step.case.ecs.spot else {
        findings.refuse(invariant::STRATEGY, format!("{}, although the policy has no spot", step.action));
        return;
    };
    if step.service.controller != DeploymentController::Ecs {
        // UpdateService takes no strategy of a service that CodeDeploy deploys.
        findings.refuse(invariant::STRATEGY, format!("{}, which CodeDeploy deploys", step.action));
    }
    present(step, findings);
    forced(step, spot, set, findings);
    if is_on_demand(&set.to) {
        off_spot(step, spot, findings);
    } else if is_share(&set.to, spot) {
        back_to_spot(step, findings);
    } else {
        findings.refuse(
            invariant::STRATEGY,
            format!("{} is neither on demand nor {} Spot beyond {}", step.action, spot.share, spot.base),
        );
    }
}

/// Fargate is never mixed with other providers, so a service on others is left alone.
fn present(step: &Step<'_>, findings: &mut Findings) {
    let service = step.service;
    if let Some(other) =
        service.strategy.iter().find(|item| item.provider != ON_DEMAND && item.provider != SPOT)
    {
        findings
            .refuse(invariant::STRATEGY, format!("{}, although it runs on {}", step.action, other.provider));
    } else if service.strategy.is_empty() {
        let launch_type = service.launch_type.as_deref().unwrap_or("none");
        if launch_type != ON_DEMAND {
            findings
                .refuse(invariant::STRATEGY, format!("{}, of the launch type {launch_type}", step.action));
        }
    }
}

/// AWS takes a strategy only with a forced deployment, which replaces every task: a person has to want that, and never on top of another one.
/// But a deployment that waits for Spot to have room would wait for ever.
fn forced(step: &Step<'_>, spot: &Spot, set: &SetStrategy, findings: &mut Findings) {
    if !spot.force_deployment {
        findings.refuse(
            invariant::STRATEGY,
            format!("{}, although the policy does not allow to force a deployment", step.action),
        );
    }
    let service = step.service;
    let stuck = is_on_demand(&set.to) && service.unplaced_at.is_some() && service.running < service.desired;
    if let Some(why) = step.unsettled().filter(|_| !stuck) {
        findings.refuse(invariant::STRATEGY, format!("{}, although {why}", step.action));
    }
    if let Some(event) = step.case.in_force.held_by.filter(|_| !stuck) {
        findings.refuse(
            invariant::PLANNED_EVENT,
            format!("{}, although the event \"{}\" lasts until {}", step.action, event.name, event.to),
        );
    }
}

fn off_spot(step: &Step<'_>, spot: &Spot, findings: &mut Findings) {
    let case = step.case;
    let mut refuse = |why: String| {
        findings.refuse(invariant::FALLBACK, format!("{}, but {why}", step.action));
    };
    // While it is on demand, somebody may set another strategy; that is put right without another reason.
    let standing = case.history.ecs_service.fallback.filter(|fallback| case.now < fallback.retry_at);
    if standing.is_some() && standing == case.plan.history.ecs_service.fallback {
        return;
    }
    if !uses_spot(step.service) {
        refuse("it is not on Spot".to_owned());
        return;
    }
    let Some(unplaced_at) = step.service.unplaced_at else {
        refuse("no task was refused for want of capacity".to_owned());
        return;
    };
    match case.plan.history.ecs_service.fallback {
        None => refuse("that it left Spot would not be remembered".to_owned()),
        Some(after)
            if after.retry_at <= case.now
                || after.retry_at.duration_since(unplaced_at) < spot.retry_after =>
        {
            refuse(format!(
                "Spot had no room at {unplaced_at} and would be tried again at {}, not after {}",
                after.retry_at,
                friendly(spot.retry_after)
            ));
        }
        Some(_) => {}
    }
}

fn back_to_spot(step: &Step<'_>, findings: &mut Findings) {
    let case = step.case;
    let early = case.history.ecs_service.fallback.filter(|fallback| case.now < fallback.retry_at);
    if let Some(fallback) = early {
        findings.refuse(
            invariant::FALLBACK,
            format!("{}, although Spot is to be tried again at {}", step.action, fallback.retry_at),
        );
    }
    if case.plan.history.ecs_service.fallback.is_some() {
        findings.refuse(
            invariant::FALLBACK,
            format!("{}, but it would still be remembered as on demand", step.action),
        );
    }
}

/// What is remembered without a call: it must fit what was observed.
pub(super) fn remembered(case: &Case<'_>, findings: &mut Findings) {
    if case
        .plan
        .actions
        .iter()
        .any(|action| matches!(action, Action::EcsService(EcsServiceAction::SetStrategy(_))))
    {
        return;
    }
    let Some(service) = &case.seen.look.service else { return };
    let on_demand = is_on_demand(&service.strategy);
    match (case.history.ecs_service.fallback, case.plan.history.ecs_service.fallback) {
        (None, Some(_)) if !on_demand => findings.refuse(
            invariant::FALLBACK,
            "it would be remembered as moved off Spot, which nobody asks for".to_owned(),
        ),
        (Some(before), None) if on_demand && case.ecs.spot.is_some() && case.now < before.retry_at => {
            findings.refuse(
                invariant::FALLBACK,
                format!("it would be forgotten before {} that Spot had no room", before.retry_at),
            );
        }
        (Some(before), Some(after)) if after.retry_at < before.retry_at => findings.refuse(
            invariant::FALLBACK,
            format!("Spot would be tried again at {}, not at {}", after.retry_at, before.retry_at),
        ),
        _ => {}
    }
}

fn uses_spot(service: &Service) -> bool {
    service.strategy.iter().any(|item| item.provider == SPOT && item.weight > 0)
}

fn is_on_demand(strategy: &[StrategyItem]) -> bool {
    matches!(strategy, [only] if only.provider == ON_DEMAND && only.weight == 1 && only.base == 0)
}

/// FARGATE with the base and the rest of a hundred, FARGATE_SPOT with the share; a FARGATE line that says nothing may be left out.
fn is_share(strategy: &[StrategyItem], spot: &Spot) -> bool {
    let (mut on_demand, mut shares) = (None, None);
    for item in strategy {
        let line = match item.provider.as_str() {
            ON_DEMAND => &mut on_demand,
            SPOT => &mut shares,
            _ => return false,
        };
        if line.replace((item.weight, item.base)).is_some() {
            return false;
        }
    }
    let ((rest, base), Some((share, spot_base))) = (on_demand.unwrap_or((0, 0)), shares) else {
        return false;
    };
    // Weights are whole; the share is rounded to one of them, either way.
    let near = (f64::from(share) - spot.share.0).abs() < 1.0;
    near && spot_base == 0 && base == spot.base.0 && rest.checked_add(share) == Some(100)
}
