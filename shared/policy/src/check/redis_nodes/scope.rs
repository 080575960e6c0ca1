//! Whether anything may be done at all: the right group, one call, and a number of nodes that is ours to choose.

use super::case::{Case, Step};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::names::GroupName;
use crate::observation::{Found, Group};
use crate::plan::Action;

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    let actions = &case.plan.actions;
    for action in actions {
        if group_of(action).is_none() {
            findings.refuse(invariant::KIND, format!("{action} is no action on a replication group"));
        }
    }
    if actions.len() > 1 {
        findings.refuse(
            invariant::GROUP_CALL,
            format!("{} actions in one attempt, of one at most", actions.len()),
        );
    }
    if let (Some(action), Err(why)) = (actions.first(), look(case)) {
        findings.refuse(invariant::GROUP_UNTOUCHABLE, format!("{action}, although {why}"));
    }
}

/// The group, where the number of its nodes is ours to choose.
pub(super) fn touchable<'a>(case: &Case<'a>) -> Option<&'a Group> {
    look(case).ok()
}

fn look<'a>(case: &Case<'a>) -> Result<&'a Group, String> {
    let name = &case.redis.group;
    let group = match &case.seen.look.found {
        Found::Group(group) => group,
        Found::Nothing => return Err(format!("{name} was not found")),
        Found::SingleNode => return Err(format!("{name} is a node without a group")),
        Found::Memcached => return Err(format!("{name} is of Memcached")),
        Found::Serverless => return Err(format!("{name} is serverless")),
    };
    if let Some(word) = &group.migrating {
        return Err(format!("its cluster mode is {word}, neither of the two"));
    }
    if group.cluster_mode != case.redis.cluster_mode {
        return Err(format!(
            "its cluster mode is {}, and {} in the policy",
            group.cluster_mode.name(),
            case.redis.cluster_mode.name()
        ));
    }
    match case.seen.look.scalable.first() {
        Some(registered) => Err(format!("Application Auto Scaling scales its {}", registered.dimension)),
        None => Ok(group),
    }
}

/// Whose, of an action on a group.
fn group_of(action: &Action) -> Option<&GroupName> {
    if let Action::RedisNodes(action) = action { Some(action.group()) } else { None }
}

pub(super) fn names(step: &Step<'_>, findings: &mut Findings) {
    let ours = &step.case.redis.group;
    if let Some(group) = group_of(step.action).filter(|group| *group != ours) {
        findings.refuse(invariant::GROUP_EXPECTATION, format!("{group} would change, not {ours}"));
    }
}
