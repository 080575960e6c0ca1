//! A removal under way: R1 to R6. Every step checks the victim again; up to the deletion, restoring the weight takes it back for nothing.

use super::action::{Action, DeleteReplica, Ending};
use super::routing::Batch;
use super::scene::{Draft, Scene, Step};
use super::since::{self, settled};
use super::victim;
use crate::evaluate::bounds_at;
use crate::history::{Intent, Transition};
use crate::names::SetId;
use crate::observation::{Minute, Standing};
use crate::policy::OnDeadline;
use crate::reason::{Explanation, Reason};
use crate::roster::Member;
use crate::units::{Weight, friendly};

pub(super) fn advance(scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let Some(intent) = draft.history.intent.clone() else { return Step::Pass };
    let Transition::Remove(removal) = &intent.transition else { return Step::Pass };
    let id = &removal.id;
    let Some(member) = scene.roster.member(id) else {
        // R6. The sweep has seen to its record before this method is asked.
        draft.history.intent = None;
        draft.history.scaled_in_at = Some(scene.now);
        draft.history.failed_removals = 0;
        let detail = format!("{id} is gone; {} replicas remain", scene.roster.current());
        return Step::Remember(Explanation::new(Reason::Removed, detail));
    };
    if member.standing == Standing::Deleting && member.replica.resource_id == removal.resource_id {
        return Step::Wait(Explanation::new(Reason::AwaitDeleted, format!("RDS is deleting {id}")));
    }
    // R1, again before every step.
    if let Some(why) = victim::untouchable(member, removal, scene) {
        return cancel(
            member,
            scene,
            draft,
            Explanation::new(Reason::DrainCancelledGuard, format!("{id} stays: {why}")),
        );
    }
    if removal.delete_requested {
        return delete(
            member,
            scene,
            draft,
            intent.clone(),
            format!("{id}: the deletion is asked for again"),
        );
    }
    // That the in-rules no longer hold is no reason: the load of the victim has gone to the others. That an out-rule holds is.
    let most = bounds_at(&scene.target.scaling, scene.now).max;
    if let Some((wanted, rule)) =
        draft.decision.demanded().filter(|(wanted, _)| (*wanted).min(most) > intent.to)
    {
        let detail =
            format!("{id} stays: {wanted} replicas are wanted again by \"{}\": {}", rule.rule, rule.detail);
        return cancel(member, scene, draft, Explanation::new(Reason::DrainCancelledLoad, detail));
    }
    if let Some(why) = victim::leaves_too_few(member, scene) {
        let detail = format!("{id} stays: {why}");
        return cancel(member, scene, draft, Explanation::new(Reason::DrainCancelledGuard, detail));
    }
    match member.record {
        Some(record) if record.weight.is_positive() => begin_drain(member, scene),
        Some(_) => drain(member, &intent, scene, draft),
        None => leave(member, &intent, scene, draft),
    }
}

/// R2: the weight goes to 0, and the floor comes up in the same batch where this was the last.
fn begin_drain(member: &Member<'_>, scene: &Scene<'_>) -> Step {
    let Some(record) = member.record else { return Step::Pass };
    let mut batch = Batch::new(scene);
    batch.swap(record, Weight::ZERO);
    if !batch.answers_after() && !batch.raise_floor() {
        let detail = format!("{} is the last that answers for {}", member.id(), scene.rds.reader.name);
        return Step::Wait(Explanation::new(Reason::NoEligibleVictim, detail));
    }
    let detail = format!("{} goes from weight {} to 0", member.id(), record.weight);
    Step::Act(Explanation::new(Reason::DrainStart, detail), batch.into_actions())
}

/// R3: out of the answers, out of the caches, out of the pools. Then R4: the record goes.
fn drain(member: &Member<'_>, intent: &Intent, scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let id = member.id();
    let Some(record) = member.record else { return Step::Pass };
    if let Some(step) = still_needed(member, Some(Weight::ZERO), intent, scene, draft) {
        return step;
    }
    let mut batch = Batch::new(scene);
    batch.delete(record);
    if !batch.answers_after() {
        let detail = format!("nothing else answers for {}: record {id} stays", scene.rds.reader.name);
        return Step::Wait(Explanation::new(Reason::NoEligibleVictim, detail));
    }
    let detail = format!("{id} has no clients left and leaves {}", scene.rds.reader.name);
    Step::Act(Explanation::new(Reason::LeaveReader, detail), batch.into_actions())
}

/// R4 to R5: the record is gone from all name servers, and still nobody is connected.
fn leave(member: &Member<'_>, intent: &Intent, scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let id = member.id();
    since::note_absent(&mut draft.history, SetId::new(id.as_str()), scene.now);
    if let Some(step) = still_needed(member, None, intent, scene, draft) {
        return step;
    }
    delete(member, scene, draft, intent.clone(), format!("{id} has no record and no clients: it is deleted"))
}

/// Why the removal may not go on yet: name servers, caches or clients that have not let go. Past the deadline the policy decides.
fn still_needed(
    member: &Member<'_>,
    weight: Option<Weight>,
    intent: &Intent,
    scene: &Scene<'_>,
    draft: &mut Draft,
) -> Option<Step> {
    let id = member.id();
    let ttl = scene.rds.reader.ttl.duration() * 3;
    let let_go = settled(&draft.history, id.as_str(), weight, ttl, Reason::AwaitTtl, scene.now);
    // The points that prove it are those after the last cache has let go.
    let let_go = let_go.map(|insync_at| insync_at.checked_add(ttl).unwrap_or(insync_at));
    let why = let_go.and_then(|at| no_clients(member, scene, Minute::containing(at))).err()?;
    let drain = &scene.rds.drain;
    if scene.now.duration_since(intent.since) < drain.deadline {
        return Some(Step::Wait(why));
    }
    match drain.on_deadline {
        OnDeadline::Cancel => {
            let detail =
                format!("{id} stays: not drained within {}: {}", friendly(drain.deadline), why.detail);
            draft.alert(format!("drain {id}"), Reason::DrainCancelledDeadline, detail.clone());
            Some(cancel(member, scene, draft, Explanation::new(Reason::DrainCancelledDeadline, detail)))
        }
        // Only clients are forced, never the name servers and caches.
        OnDeadline::Force if why.reason == Reason::AwaitConnections => None,
        OnDeadline::Force => Some(Step::Wait(why)),
    }
}

/// R5. The intent says so before the call does: after a crash nobody takes it back.
fn delete(
    member: &Member<'_>,
    scene: &Scene<'_>,
    draft: &mut Draft,
    mut intent: Intent,
    detail: String,
) -> Step {
    if let Transition::Remove(removal) = &mut intent.transition {
        removal.delete_requested = true;
    }
    draft.history.intent = Some(intent);
    let delete = DeleteReplica {
        id: member.id().clone(),
        resource_id: member.replica.resource_id.clone(),
        source: scene.rds.source.clone(),
        ending: Ending::Drained,
    };
    Step::Begin(Explanation::new(Reason::DeleteReplica, detail), vec![Action::DeleteReplica(delete)])
}

/// Takes the removal back. A replica whose record is already gone comes back in through the lag gate.
fn cancel(member: &Member<'_>, scene: &Scene<'_>, draft: &mut Draft, why: Explanation) -> Step {
    draft.history.intent = None;
    draft.history.scaled_in_at = Some(scene.now);
    if why.reason != Reason::DrainCancelledLoad {
        draft.history.failed_removals += 1;
    }
    let restorable = member.ours.is_ok() && member.replica.status.serves();
    match member.record.filter(|record| restorable && record.weight == Weight::ZERO) {
        Some(record) => {
            let mut batch = Batch::new(scene);
            batch.swap(record, member.full);
            batch.lower_floor();
            Step::Begin(why, batch.into_actions())
        }
        None => Step::Remember(why),
    }
}

/// The newest points, consecutive and present, show nobody but what is always there.
fn no_clients(member: &Member<'_>, scene: &Scene<'_>, after: Minute) -> Result<(), Explanation> {
    let id = member.id();
    let drain = &scene.rds.drain;
    let wait = |detail| Err(Explanation::new(Reason::AwaitConnections, detail));
    let Some(series) = member.replica.signals.connections.fresh() else {
        return wait(format!("the connections of {id} cannot be told: empty is not zero"));
    };
    let points = series.last_minutes(drain.quiet_points);
    let counted = points.iter().filter(|point| point.minute > after).count();
    if counted < drain.quiet_points as usize {
        return wait(format!(
            "{counted} of {} points that a drain of {id} needs are there",
            drain.quiet_points
        ));
    }
    let most = points.iter().map(|point| point.value).fold(0.0, f64::max);
    if most > f64::from(drain.idle_connections) {
        return wait(format!("{most:.0} connections to {id}; {} are always there", drain.idle_connections));
    }
    Ok(())
}
