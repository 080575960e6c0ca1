//! Whether anything may be done at all: the right service, one call, and a number of tasks that is ours to choose.

use super::case::{Case, Step};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::observation::{DeploymentController, Scheduling, Service, ServiceStatus};
use crate::plan::{Action, EcsServiceAction};

/// The dimension of the number of tasks; a target of another one limits what nobody here understands.
const TASKS: &str = "ecs:service:DesiredCount";

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    let actions = &case.plan.actions;
    for action in actions {
        if !matches!(action, Action::EcsService(_)) {
            findings.refuse(invariant::KIND, format!("{action} is no action on a service"));
        }
    }
    if actions.len() > 1 {
        findings
            .refuse(invariant::ONE_CALL, format!("{} actions in one attempt, of one at most", actions.len()));
    }
    if let (Some(action), Err(why)) = (actions.first(), look(case)) {
        findings.refuse(invariant::UNTOUCHABLE, format!("{action}, although {why}"));
    }
}

/// The service, where the number of its tasks is ours to choose.
pub(super) fn touchable<'a>(case: &Case<'a>) -> Option<&'a Service> {
    look(case).ok()
}

fn look<'a>(case: &Case<'a>) -> Result<&'a Service, String> {
    let Some(service) = &case.seen.look.service else {
        return Err(format!("{} was not found", case.ecs.resource_id()));
    };
    if service.status != ServiceStatus::Active {
        return Err(format!("{} is {:?}", case.ecs.resource_id(), service.status));
    }
    match service.controller {
        DeploymentController::External => return Err("its task sets are somebody else's".to_owned()),
        DeploymentController::Ecs | DeploymentController::CodeDeploy => {}
    }
    match service.scheduling {
        Scheduling::Daemon => return Err("it runs one task on each instance".to_owned()),
        Scheduling::Replica => {}
    }
    match case.registered() {
        Some(registered) if registered.dimension != TASKS => {
            Err(format!("what is registered scales {}", registered.dimension))
        }
        _ => Ok(service),
    }
}

/// Whose.
pub(super) fn names(step: &Step<'_>, findings: &mut Findings) {
    let Action::EcsService(action) = step.action else { return };
    let (cluster, service) = match action {
        EcsServiceAction::SetDesiredCount(set) => (&set.cluster, &set.service),
        EcsServiceAction::SetBounds(set) => (&set.cluster, &set.service),
        EcsServiceAction::SetStrategy(set) => (&set.cluster, &set.service),
        EcsServiceAction::Warm(_) => return,
    };
    let ecs = step.case.ecs;
    if *cluster != ecs.cluster || *service != ecs.service {
        findings.refuse(
            invariant::EXPECTATION,
            format!("{cluster}/{service} would change, not {}/{}", ecs.cluster, ecs.service),
        );
    }
}
