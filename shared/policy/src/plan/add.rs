//! An addition under way: A1 to A6, and AX for what fails. Each replica stands where it is found, not where it was left.

use jiff::SignedDuration;

use super::action::{Action, DeleteReplica, Ending};
use super::naming;
use super::ramp::{self, Progress};
use super::routing::Batch;
use super::scene::{Draft, Scene, Step};
use super::start;
use crate::history::{Addition, ScaledOut, Transition};
use crate::observation::Standing;
use crate::reason::{Explanation, Reason};
use crate::roster::Member;

/// A replica that never appeared is waited for this long.
const APPEARS_WITHIN: SignedDuration = SignedDuration::from_hours(1);
/// Descriptions can be a minute old; an instance unseen for longer is gone.
const GONE_AFTER: SignedDuration = SignedDuration::from_mins(5);

pub(super) fn advance(scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let Some(mut intent) = draft.history.intent.take() else { return Step::Pass };
    let Transition::Add(additions) = &mut intent.transition else {
        draft.history.intent = Some(intent);
        return Step::Pass;
    };
    let mut batch = Batch::new(scene);
    let mut stepped = Vec::new();
    let mut waiting = None;
    let mut clearing = None;
    let mut creations = Vec::new();
    let mut serving = 0_u32;
    for addition in additions.iter_mut().filter(|addition| !addition.given_up) {
        match scene.roster.member(&addition.id) {
            None => match absent(addition, intent.since, scene) {
                Absent::Ask => creations.push(naming::creation(scene, &intent.decision, addition)),
                Absent::Wait(why) => waiting = waiting.or(Some(why)),
                Absent::GiveUp(detail) => {
                    draft.alert(format!("creation {}", addition.id), Reason::AddGivenUp, detail);
                    addition.given_up = true;
                }
            },
            Some(member) if member.ours.is_err() => {
                let detail = format!("{} exists and is not ours: the addition is given up", addition.id);
                draft.alert(format!("name {}", addition.id), Reason::NameTaken, detail);
                addition.given_up = true;
            }
            Some(member) => {
                addition.resource_id = Some(member.replica.resource_id.clone());
                addition.missing_since = None;
                if matches!(member.standing, Standing::Terminal | Standing::Deleting) {
                    clearing = clearing.or(Some(clear_away(member, scene, draft)));
                    continue;
                }
                match ramp::advance(member, scene, draft, &mut batch) {
                    Progress::Serving => serving += 1,
                    Progress::Stepped(why) => stepped.push(why),
                    Progress::Waiting(why) => waiting = waiting.or(Some(why)),
                }
            }
        }
    }
    let unfinished = !stepped.is_empty() || waiting.is_some() || clearing.is_some() || !creations.is_empty();
    let given_up = additions.iter().filter(|addition| addition.given_up).count();
    if !unfinished {
        // A6, or nothing left to wait for.
        if serving > 0 {
            draft.history.scaled_out = Some(ScaledOut { at: scene.now, from: intent.from, to: intent.to });
        }
        if given_up > 0 {
            draft.history.gave_up_at = Some(scene.now);
            let detail = format!("{serving} of {} replicas serve; {given_up} did not come", additions.len());
            return Step::Remember(Explanation::new(Reason::AddGivenUp, detail));
        }
        draft.history.gave_up_at = None;
        let detail =
            format!("{} replicas serve; the addition of {} is done", scene.roster.current(), intent.decision);
        return Step::Remember(Explanation::new(Reason::Serving, detail));
    }
    draft.history.intent = Some(intent);
    // One mutation: what is dangerous first, then what brings capacity soonest.
    match clearing {
        Some(Step::Act(why, actions)) => return Step::Act(why, actions),
        Some(Step::Wait(why)) => waiting = waiting.or(Some(why)),
        _ => {}
    }
    if let Some(first) = stepped.first() {
        let detail = stepped.iter().map(|why| why.detail.as_str()).collect::<Vec<_>>().join("; ");
        return Step::Act(Explanation::new(first.reason, detail), batch.into_actions());
    }
    if !creations.is_empty() {
        if let Some(why) = start::source_forbids(scene) {
            return Step::Wait(why);
        }
        let names: Vec<_> = creations.iter().map(|creation| creation.id.as_str()).collect();
        let detail = format!("{} asked for again: RDS does not show it", names.join(", "));
        let actions = creations.into_iter().map(Action::CreateReplica).collect();
        return Step::Act(Explanation::new(Reason::CreateReplicas, detail), actions);
    }
    match waiting {
        Some(why) => Step::Wait(why),
        None => Step::Pass,
    }
}

enum Absent {
    Ask,
    Wait(Explanation),
    GiveUp(String),
}

fn absent(addition: &mut Addition, since: jiff::Timestamp, scene: &Scene<'_>) -> Absent {
    let id = &addition.id;
    if addition.resource_id.is_some() {
        // It was there: it is never asked for again under this name, whose metrics and identity were another's.
        let missing = *addition.missing_since.get_or_insert(scene.now);
        return if scene.now.duration_since(missing) >= GONE_AFTER {
            Absent::GiveUp(format!("{id} is gone"))
        } else {
            Absent::Wait(Explanation::new(Reason::AwaitAbandoned, format!("RDS no longer shows {id}")))
        };
    }
    if scene.now.duration_since(since) >= APPEARS_WITHIN {
        return Absent::GiveUp(format!(
            "{id} never appeared; its creation was refused {} times",
            addition.refusals
        ));
    }
    match addition.retry_at {
        Some(at) if scene.now < at => {
            let detail = format!(
                "the creation of {id} was refused {} times; it is tried again at {at}",
                addition.refusals
            );
            Absent::Wait(Explanation::new(Reason::CreateRefused, detail))
        }
        _ => Absent::Ask,
    }
}

/// AX: the record first, then the instance.
fn clear_away(member: &Member<'_>, scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let id = member.id();
    if member.standing == Standing::Deleting {
        return Step::Wait(Explanation::new(Reason::AwaitAbandoned, format!("RDS is deleting {id}")));
    }
    let detail = format!("the creation of {id} ended as \"{}\"", member.replica.status.0);
    draft.alert(format!("creation {id}"), Reason::CreationFailed, detail);
    abandon(member, scene)
}

/// Deletes a replica of ours that will never serve, unless a person or a child holds on to it.
pub(super) fn abandon(member: &Member<'_>, scene: &Scene<'_>) -> Step {
    let id = member.id();
    if super::victim::is_protected(member.replica) || !member.replica.children.is_empty() {
        let detail = format!(
            "{id} is \"{}\" but pinned, protected or with replicas of its own",
            member.replica.status.0
        );
        return Step::Wait(Explanation::new(Reason::ProtectedReplica, detail));
    }
    if let Some(record) = member.record {
        let mut batch = Batch::new(scene);
        batch.delete(record);
        if !batch.answers_after() && !batch.raise_floor() {
            let detail = format!("{id} is \"{}\" and its record is the last", member.replica.status.0);
            return Step::Wait(Explanation::new(Reason::AwaitAbandoned, detail));
        }
        let detail = format!("the record of {id} goes before the instance");
        return Step::Act(Explanation::new(Reason::SweepRecord, detail), batch.into_actions());
    }
    let detail = format!("{id} is \"{}\" and never served: it is deleted", member.replica.status.0);
    let delete = DeleteReplica {
        id: id.clone(),
        resource_id: member.replica.resource_id.clone(),
        source: scene.rds.source.clone(),
        ending: Ending::Abandoned,
    };
    Step::Act(Explanation::new(Reason::AbandonReplica, detail), vec![Action::DeleteReplica(delete)])
}
