//! Transitions side by side that share no instance, remembered before its first call, and nothing done that it does not say.

use std::collections::BTreeSet;
use std::mem::discriminant;

use super::case::{Case, additions, is_coming, named, removal, removals};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::history::{Intent, Transition};
use crate::names::InstanceId;
use crate::observation::Standing;
use crate::plan::{Action, Ending};

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    if case.plan.target != case.target.name {
        findings.refuse(
            invariant::INTENT,
            format!("a plan of {} is not for {}", case.plan.target, case.target.name),
        );
    }
    one_mutation(case, findings);
    intents(case, findings);
    begun_with_its_own_call(case, findings);
    deletion_requested(case, findings);
    written_ahead(case, findings);
    ended_for_what_is_gone(case, findings);
}

/// An instance that is not listed ends its removal, or its addition, only if it is known to be gone; the same before it is made again.
fn ended_for_what_is_gone(case: &Case<'_>, findings: &mut Findings) {
    for before in case.intents_before() {
        let goes_on = case.goes_on(before);
        let unlisted =
            |id: &InstanceId| case.instance(id.as_str()).is_none() && !case.known_gone(id.as_str());
        let ended: Vec<&InstanceId> = match &before.transition {
            Transition::Remove(removal) if goes_on.is_none() => vec![&removal.id],
            Transition::Remove(_) => Vec::new(),
            Transition::Add(coming) => {
                let still = |id: &InstanceId| {
                    let mut after = goes_on.map(additions).unwrap_or_default().iter();
                    after.any(|addition| addition.id == *id && is_coming(addition))
                        && case.creations().all(|create| create.id != *id)
                };
                let coming = coming.iter().filter(|addition| is_coming(addition));
                coming.map(|addition| &addition.id).filter(|id| !still(id)).collect()
            }
        };
        for id in ended.into_iter().filter(|id| unlisted(id)) {
            findings.refuse(
                invariant::ABSENT,
                format!(
                    "decision {} is done with {id}, but RDS was not asked for it by name",
                    before.decision
                ),
            );
        }
    }
}

fn one_mutation(case: &Case<'_>, findings: &mut Findings) {
    let count = case.plan.actions.len();
    if count > 1 && case.creations().count() < count {
        let actions: Vec<_> = case.plan.actions.iter().map(Action::to_string).collect();
        findings.refuse(
            invariant::ONE_TRANSITION,
            format!("{count} mutations that are no batch of creations: {}", actions.join("; ")),
        );
    }
}

/// Each transition goes on as it was or ends, one begins at a time, and no instance is in two.
fn intents(case: &Case<'_>, findings: &mut Findings) {
    for before in case.intents_before() {
        match case.goes_on(before) {
            Some(after) => continued(before, after, findings),
            None => ended(case, before, findings),
        }
    }
    let begun: Vec<_> = case.intents_begun().map(|intent| intent.decision.as_str()).collect();
    if begun.len() > 1 {
        findings.refuse(
            invariant::ONE_TRANSITION,
            format!("several decisions would begin at once: {}", begun.join(", ")),
        );
    }
    let mut known = BTreeSet::new();
    for id in case.intents_after().iter().flat_map(named) {
        if !known.insert(id) {
            findings.refuse(invariant::ONE_TRANSITION, format!("{id} would be in two transitions"));
        }
    }
}

fn ended(case: &Case<'_>, before: &Intent, findings: &mut Findings) {
    if let Some(removal) = removal(before)
        && let Some(leaving) = case.instance(removal.id.as_str())
        && leaving.resource_id == removal.resource_id
        && leaving.status.standing() == Standing::Deleting
    {
        findings.refuse(
            invariant::ONE_TRANSITION,
            format!("removal {} ends while {} is still deleting", before.decision, removal.id),
        );
    }
}

fn continued(before: &Intent, after: &Intent, findings: &mut Findings) {
    if discriminant(&before.transition) != discriminant(&after.transition) {
        findings.refuse(
            invariant::ONE_TRANSITION,
            format!("decision {} turns into another kind of transition", after.decision),
        );
    } else if let Some(new) = named(after).into_iter().find(|id| !named(before).contains(id)) {
        findings.refuse(
            invariant::ONE_TRANSITION,
            format!("{new} slips into decision {} that is already under way", after.decision),
        );
    } else if let Some((one, other)) = removal(before).zip(removal(after))
        && one.resource_id != other.resource_id
    {
        findings.refuse(
            invariant::ONE_TRANSITION,
            format!("removal of {} turns from {} to {}", one.id, one.resource_id, other.resource_id),
        );
    }
}

/// An intent may be written alone, or with its first call; not with a call of something else.
fn begun_with_its_own_call(case: &Case<'_>, findings: &mut Findings) {
    let Some(after) = case.intent_begun().filter(|_| !case.plan.actions.is_empty()) else { return };
    let own = match &after.transition {
        Transition::Add(_) => case.creations().count() == case.plan.actions.len(),
        Transition::Remove(removal) => {
            case.touched().iter().any(|touched| touched.set_id.as_str() == removal.id.as_str())
        }
    };
    if !own {
        let actions: Vec<_> = case.plan.actions.iter().map(Action::to_string).collect();
        findings.refuse(
            invariant::INTENT,
            format!(
                "decision {} begins with a call of something else: {}",
                after.decision,
                actions.join("; ")
            ),
        );
    }
}

/// That a deletion was asked for is remembered with the call and not without it, and forgotten only with the whole removal.
fn deletion_requested(case: &Case<'_>, findings: &mut Findings) {
    for (intent, after) in removals(case.intents_after()) {
        let before = removals(case.intents_before()).find(|(before, _)| before.decision == intent.decision);
        let id = &after.id;
        match before.map(|(_, before)| before.delete_requested) {
            None if after.delete_requested => findings.refuse(
                invariant::INTENT,
                format!("removal {} begins with the deletion of {id} already asked for", intent.decision),
            ),
            Some(false) if after.delete_requested => {
                let asks = case.deletions().any(|delete| {
                    delete.id == *id
                        && delete.resource_id == after.resource_id
                        && delete.ending == Ending::Drained
                });
                if !asks {
                    findings.refuse(
                        invariant::INTENT,
                        format!("the deletion of {id} would be remembered, but is not asked for"),
                    );
                }
            }
            Some(true) if !after.delete_requested => findings.refuse(
                invariant::INTENT,
                format!(
                    "the deletion of {id} was asked for, and removal {} would forget it",
                    intent.decision
                ),
            ),
            None | Some(_) => {}
        }
    }
}

fn written_ahead(case: &Case<'_>, findings: &mut Findings) {
    if case.plan.actions.is_empty() || case.plan.write_ahead {
        return;
    }
    let kept = case.intents_before().iter().all(|before| {
        // That an addition is done is found again.
        match case.goes_on(before) {
            Some(after) => same_commitment(before, after),
            None => removal(before).is_none(),
        }
    });
    if !kept || case.intent_begun().is_some() {
        findings.refuse(
            invariant::WRITE_AHEAD,
            format!("the intent changes with {}, but is only written afterwards", case.plan.actions[0]),
        );
    }
}

/// The same, but for what was merely learned of an addition: it can be learned again.
fn same_commitment(before: &Intent, after: &Intent) -> bool {
    match (&before.transition, &after.transition) {
        (Transition::Remove(one), Transition::Remove(other)) => one == other,
        (Transition::Add(one), Transition::Add(other)) => {
            one.iter().map(|addition| &addition.id).eq(other.iter().map(|addition| &addition.id))
        }
        _ => false,
    }
}
