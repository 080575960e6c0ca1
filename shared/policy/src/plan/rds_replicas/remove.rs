//! A removal under way: R1 to R6. Every step checks the victim again; up to the deletion, restoring the weight takes it back for nothing.

use jiff::SignedDuration;

use super::blue_green;
use super::inheritance;
use super::routing::Batch;
use super::scene::{Draft, Scene, Step};
use super::since::{self, settled};
use super::source;
use super::victim;
use crate::decide::Decision;
use crate::evaluate::rds_replicas::roster::Member;
use crate::evaluate::{Held, LagStanding, lag_standing};
use crate::history::{Intent, Removal, Transition};
use crate::names::{DecisionId, SetId};
use crate::number::{Number, Sentence};
use crate::observation::{Minute, Replication, Standing};
use crate::plan::action::{Action, DeleteReplica, Ending, RdsReplicasAction};
use crate::policy::{OnDeadline, POINTS_WITHOUT_RECORD};
use crate::reason::{Explanation, Reason};
use crate::units::{Count, Weight, friendly};

/// RDS shows a deletion within seconds and descriptions are a minute old at most: what is not `deleting` by then was not deleted.
const DELETION_SHOWS_WITHIN: SignedDuration = SignedDuration::from_mins(5);
/// So often a deletion is asked for before a person is.
const ASKS_AT_MOST: u32 = 6;

/// The first removal that takes a step; else what the first of them waits for.
pub(super) fn advance(scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let mut removals: Vec<Intent> =
        draft.history.rds_replicas.removals().map(|(intent, _)| intent.clone()).collect();
    // Who began to leave last has the most clients left: it comes back first.
    if wanted_again(scene, draft).is_some() {
        removals.reverse();
    }
    let mut waiting = None;
    for intent in removals {
        match step(intent, scene, draft) {
            Step::Pass => {}
            Step::Wait(why) => waiting = waiting.or(Some(why)),
            taken => return taken,
        }
    }
    waiting.map_or(Step::Pass, Step::Wait)
}

/// Whether more are wanted than stay: what leaves is taken back before anything is made.
fn wanted_again(scene: &Scene<'_>, draft: &Draft) -> Option<String> {
    let stay = scene.roster.current();
    let bounds = scene.bounds();
    let demanded = draft.decision.demanded().filter(|(wanted, _)| (*wanted).min(bounds.max) > stay);
    let by_rule = demanded.map(|(wanted, rule)| {
        format!("{wanted} replicas are wanted again by \"{}\": {}", rule.rule, rule.detail)
    });
    let by_decision = by_rule.or_else(|| {
        let Decision { desired, explanation, .. } = &draft.decision;
        (*desired > stay).then(|| format!("{desired} replicas are wanted again: {}", explanation.detail))
    });
    // Whatever forbids to make one: the minimum is there already.
    by_decision.or_else(|| {
        (bounds.min > stay).then(|| {
            format!("{} replicas are wanted again: {}", bounds.min, bounds.below_minimum(stay).detail)
        })
    })
}

/// Ends a removal.
fn forget(decision: &DecisionId, draft: &mut Draft) {
    draft.history.rds_replicas.intents.retain(|intent| intent.decision != *decision);
}

/// Remembers what a removal has come to.
fn remember(intent: &Intent, draft: &mut Draft) {
    let known = &mut draft.history.rds_replicas.intents;
    if let Some(known) = known.iter_mut().find(|known| known.decision == intent.decision) {
        known.clone_from(intent);
    }
}

fn step(mut intent: Intent, scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let Transition::Remove(removal) = &mut intent.transition else { return Step::Pass };
    let id = removal.id.clone();
    let Some(member) = scene.roster.member(&id) else {
        if !scene.is_absent(id.as_str()) {
            let detail = format!("RDS does not list {id}, and was not asked for it by name");
            return Step::Wait(Explanation::new(Reason::AwaitDeleted, detail));
        }
        // R6. The sweep has seen to its record before this method is asked.
        forget(&intent.decision, draft);
        draft.history.scaled_in_at = Some(scene.now);
        draft.history.rds_replicas.failed_removals = 0;
        draft.history.rds_replicas.unremovable = None;
        let detail = format!("{id} is gone; what remains: {}", scene.roster.current());
        return Step::Remember(Explanation::new(Reason::Removed, detail));
    };
    if member.standing == Standing::Deleting && member.replica.resource_id == removal.resource_id {
        return Step::Wait(Explanation::new(Reason::AwaitDeleted, format!("RDS is deleting {id}")));
    }
    if !member.weight().is_positive() && removal.draining_since.is_none() {
        removal.draining_since = Some(scene.now);
    }
    let removal = removal.clone();
    remember(&intent, draft);
    if let Some(held) = scene.pauses.in_() {
        return pause(member, &removal, held, scene, draft);
    }
    // R1, again before every step.
    if let Some(why) = victim::untouchable(member, &removal, scene) {
        return cancel(
            member,
            &removal,
            scene,
            draft,
            Reason::DrainCancelledGuard,
            format!("{id} stays: {why}"),
        );
    }
    // A deployment that was begun meanwhile: the replica is needed for its switchover, and answers until then.
    if let Some(why) = blue_green::under_way(scene).filter(|_| !removal.delete_requested) {
        let detail = format!("{id} stays: {}", why.detail);
        return cancel(member, &removal, scene, draft, Reason::DrainCancelledGuard, detail);
    }
    match asked(&removal, scene) {
        Asked::NotYet | Asked::InVain => {}
        Asked::Waiting => {
            let detail = format!("the deletion of {id} is asked for; RDS does not show it yet");
            return Step::Wait(Explanation::new(Reason::AwaitDeleted, detail));
        }
        Asked::MayRetry => return leave(member, &removal, intent, scene, draft),
    }
    if removal.asks >= ASKS_AT_MOST {
        let detail =
            format!("{id} stays: its deletion was asked for {} times and did not happen", removal.asks);
        let tries = Number::count("tries", Count(removal.asks)).against_count(Count(ASKS_AT_MOST));
        draft.event(Reason::DeletionRefused, Sentence::from(detail.clone()).with(tries));
        return cancel(member, &removal, scene, draft, Reason::DeletionRefused, detail);
    }
    // That the in-rules no longer hold is no reason: the load of the victim has gone to the others. That an out-rule holds is.
    if let Some(why) = wanted_again(scene, draft) {
        let detail = format!("{id} stays: {why}");
        return cancel(member, &removal, scene, draft, Reason::DrainCancelledLoad, detail);
    }
    if let Some(why) = victim::leaves_too_few(member, scene) {
        return cancel(
            member,
            &removal,
            scene,
            draft,
            Reason::DrainCancelledGuard,
            format!("{id} stays: {why}"),
        );
    }
    if member.record.is_some()
        && let Err(step) = unchanging(member, &removal, &intent, scene, draft)
    {
        return step;
    }
    match member.record {
        Some(record) if record.weight.is_positive() => begin_drain(member, &removal, scene, draft),
        Some(_) => drain(member, &removal, &intent, scene, draft),
        None => leave(member, &removal, intent, scene, draft),
    }
}

/// While removals are paused one that is under way is taken back. What is past its deletion call ends by itself, and is asked for no more.
fn pause(member: &Member<'_>, removal: &Removal, held: &Held, scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let id = member.id();
    match asked(removal, scene) {
        Asked::Waiting | Asked::MayRetry => {
            Step::Wait(held.explain(&format!("the deletion of {id} was asked for, and RDS may carry it out")))
        }
        Asked::NotYet | Asked::InVain => {
            let detail = format!("{id} stays: {}", held.words);
            cancel(member, removal, scene, draft, Reason::DrainCancelledPause, detail)
        }
    }
}

/// While something is being changed on it, it may be on its way to be somebody's database: no step is taken, and the deadline ends the
/// removal, whatever the policy says of clients that stay.
fn unchanging(
    member: &Member<'_>,
    removal: &Removal,
    intent: &Intent,
    scene: &Scene<'_>,
    draft: &mut Draft,
) -> Result<(), Step> {
    let Some(why) = victim::changing(member.replica) else { return Ok(()) };
    let detail = format!("{} is not removed while {why}: a person may be promoting it", member.id());
    let awaited = Explanation::new(Reason::AwaitUnchanging, detail);
    let why = format!("{why}, and a person may be promoting it");
    Err(wait_until_deadline(member, removal, intent, awaited, &why, scene, draft))
}

/// Waits for what nothing here can bring about, such as a read that is denied. The deadline ends the removal, whatever the policy says of
/// clients that stay: a victim that takes no reads and cannot be deleted is lost capacity.
fn wait_until_deadline(
    member: &Member<'_>,
    removal: &Removal,
    intent: &Intent,
    awaited: Explanation,
    why: &str,
    scene: &Scene<'_>,
    draft: &mut Draft,
) -> Step {
    let since = removal.draining_since.unwrap_or(intent.since);
    if scene.now.duration_since(since) < scene.rds.drain.deadline || may_have_happened(removal, scene) {
        return Step::Wait(awaited);
    }
    let detail = format!("{} stays: after {} {why}", member.id(), friendly(scene.rds.drain.deadline));
    draft.event(Reason::DrainCancelledDeadline, detail.clone());
    cancel(member, removal, scene, draft, Reason::DrainCancelledDeadline, detail)
}

/// Whether RDS may be deleting it and not show that yet. No deadline takes such a removal back: the replica would be given a record.
fn may_have_happened(removal: &Removal, scene: &Scene<'_>) -> bool {
    matches!(asked(removal, scene), Asked::Waiting | Asked::MayRetry)
}

/// How an asked-for deletion stands.
enum Asked {
    /// It was not asked for.
    NotYet,
    /// It was, and what RDS shows may be older than that.
    Waiting,
    /// It failed, and may be asked for again; whether it happened all the same is not known yet.
    MayRetry,
    /// It was, and by now RDS would show it: it did not happen.
    InVain,
}

fn asked(removal: &Removal, scene: &Scene<'_>) -> Asked {
    let Some(at) = removal.asked_at.filter(|_| removal.delete_requested) else { return Asked::NotYet };
    let shown = scene.now.duration_since(at) >= DELETION_SHOWS_WITHIN;
    match removal.retry_at {
        Some(retry_at) if scene.now < retry_at => {
            // A person's help is awaited; but what is known not to have happened can be taken back meanwhile.
            if shown { Asked::InVain } else { Asked::Waiting }
        }
        Some(_) if !shown => Asked::MayRetry,
        _ if shown => Asked::InVain,
        _ => Asked::Waiting,
    }
}

/// R2: the weight goes to 0. Somebody at full weight takes over, or the floor does, in the same batch.
fn begin_drain(member: &Member<'_>, removal: &Removal, scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let Some(record) = member.record else { return Step::Pass };
    let id = member.id();
    // It answers meanwhile, and nothing is lost.
    if let Some(unread) = unread_zone(member, scene) {
        return Step::Wait(unread);
    }
    let mut batch = Batch::new(scene);
    batch.swap(record, Weight::ZERO);
    let taken_over = batch.full_replica_answers_after() || (!batch.answers_after() && batch.raise_floor());
    if !taken_over {
        let detail =
            format!("{id} stays: nobody at full weight answers for {} without it", scene.rds.reader.name);
        return cancel(member, removal, scene, draft, Reason::DrainCancelledGuard, detail);
    }
    let detail = format!("{id} goes from weight {} to 0", record.weight);
    Step::Act(Explanation::new(Reason::DrainStart, detail), batch.into_actions())
}

/// R3: out of the answers, out of the caches, out of the pools. Then R4: the record goes.
fn drain(
    member: &Member<'_>,
    removal: &Removal,
    intent: &Intent,
    scene: &Scene<'_>,
    draft: &mut Draft,
) -> Step {
    let id = member.id();
    let Some(record) = member.record else { return Step::Pass };
    let forced = match quiet(member, removal, Some(Weight::ZERO), scene, draft) {
        Ok(forced) => forced,
        Err(step) => return step,
    };
    if let Some(unread) = unread_zone(member, scene) {
        let why = unread.detail.clone();
        return wait_until_deadline(member, removal, intent, unread, &why, scene, draft);
    }
    let mut batch = Batch::new(scene);
    batch.delete(record);
    if !batch.answers_after() {
        let detail = format!("nothing else answers for {}: record {id} stays", scene.rds.reader.name);
        return Step::Wait(Explanation::new(Reason::NoEligibleVictim, detail));
    }
    let why = forced.unwrap_or_else(|| "has no clients left".to_owned());
    let detail = format!("{id} {why} and leaves {}", scene.rds.reader.name);
    Step::Act(Explanation::new(Reason::LeaveReader, detail), batch.into_actions())
}

/// R4 to R5: the record is gone from all name servers, and still nobody is connected. The intent says so before the call does.
fn leave(
    member: &Member<'_>,
    removal: &Removal,
    mut intent: Intent,
    scene: &Scene<'_>,
    draft: &mut Draft,
) -> Step {
    if let Some(forbidden) = blue_green::forbids_deletion(scene) {
        let why = forbidden.detail.clone();
        return wait_until_deadline(member, removal, &intent, forbidden, &why, scene, draft);
    }
    let id = member.id();
    // Only a deletion that is to be asked for again can find one. Whoever made it wants the replica to answer.
    if member.record.is_some() {
        let detail = format!("{id} has a record again, which somebody else must have made");
        return cancel(member, removal, scene, draft, Reason::DrainCancelledGuard, detail);
    }
    since::note_absent(&mut draft.history, SetId::new(id.as_str()), scene.now);
    if let Err(step) = unchanging(member, removal, &intent, scene, draft) {
        return step;
    }
    let forced = match quiet(member, removal, None, scene, draft) {
        Ok(forced) => forced,
        Err(step) => return step,
    };
    if let Some(unread) = unread_zone(member, scene) {
        let why = unread.detail.clone();
        return wait_until_deadline(member, removal, &intent, unread, &why, scene, draft);
    }
    if !Batch::new(scene).answers_after() {
        let detail = format!("nothing else answers for {}: {id} is not deleted", scene.rds.reader.name);
        return Step::Wait(Explanation::new(Reason::NoEligibleVictim, detail));
    }
    if let Transition::Remove(removal) = &mut intent.transition {
        removal.delete_requested = true;
        removal.asked_at = Some(scene.now);
        removal.asks += 1;
        removal.retry_at = None;
    }
    remember(&intent, draft);
    let why = forced.unwrap_or_else(|| "has no record and no clients".to_owned());
    let again = if removal.asks > 0 { ", again" } else { "" };
    let detail = format!("{id} {why}: it is deleted{again}");
    let delete = DeleteReplica {
        id: id.clone(),
        resource_id: member.replica.resource_id.clone(),
        source: scene.rds.source.clone(),
        ending: Ending::Drained,
    };
    Step::Begin(
        Explanation::new(Reason::DeleteReplica, detail),
        vec![Action::RdsReplicas(RdsReplicasAction::DeleteReplica(delete))],
    )
}

/// What is waited for where the whole zone could not be read: what else points at the victim is not known, and no step is taken on that.
fn unread_zone(member: &Member<'_>, scene: &Scene<'_>) -> Option<Explanation> {
    let why = scene.observation.records.other_uses.unknown()?;
    let detail =
        format!("what else in {} points at {} is not known: {why}", scene.rds.reader.zone, member.id());
    Some(Explanation::new(Reason::AwaitZone, detail))
}

/// Whether name servers, caches and clients have let go of it. Past the deadline the policy decides: `Ok` then says that it was forced.
fn quiet(
    member: &Member<'_>,
    removal: &Removal,
    weight: Option<Weight>,
    scene: &Scene<'_>,
    draft: &mut Draft,
) -> Result<Option<String>, Step> {
    let id = member.id();
    let ttl = scene.rds.reader.ttl.duration() * 3;
    let let_go = settled(&draft.history, id.as_str(), weight, ttl, Reason::AwaitTtl, scene.now);
    let quiet = let_go.and_then(|settled| {
        let (from, points) = match weight {
            // The points that prove it are those after the last cache has let go.
            Some(_) => {
                let let_go = settled.insync_at.checked_add(ttl).unwrap_or(settled.insync_at);
                (let_go, scene.rds.drain.quiet_points)
            }
            // No cache was left with a record of weight 0: that nobody came back shows from its removal on.
            None => (settled.since, scene.rds.drain.quiet_points.min(POINTS_WITHOUT_RECORD)),
        };
        no_clients(member, scene, Minute::containing(from), points)
    });
    let Err(why) = quiet else {
        return Ok(None);
    };
    let drain = &scene.rds.drain;
    let since = removal.draining_since.unwrap_or(scene.now);
    if scene.now.duration_since(since) < drain.deadline {
        return Err(Step::Wait(why));
    }
    match drain.on_deadline {
        OnDeadline::Cancel if may_have_happened(removal, scene) => Err(Step::Wait(why)),
        OnDeadline::Cancel => {
            let detail =
                format!("{id} stays: not drained within {}: {}", friendly(drain.deadline), why.detail);
            draft.event(Reason::DrainCancelledDeadline, detail.clone());
            Err(cancel(member, removal, scene, draft, Reason::DrainCancelledDeadline, detail))
        }
        // Only clients are forced, never the name servers and caches.
        OnDeadline::Force if why.reason == Reason::AwaitConnections => {
            Ok(Some(format!("is forced out after {} ({})", friendly(drain.deadline), why.detail)))
        }
        OnDeadline::Force => Err(Step::Wait(why)),
    }
}

/// Takes the removal back. Its weight comes back at once if it is the same replica, keeps up, and had that weight; otherwise, and where its
/// record is already gone, it comes back in through the lag gate.
fn cancel(
    member: &Member<'_>,
    removal: &Removal,
    scene: &Scene<'_>,
    draft: &mut Draft,
    reason: Reason,
    detail: String,
) -> Step {
    draft
        .history
        .rds_replicas
        .intents
        .retain(|intent| intent.removal().is_none_or(|one| one.id != removal.id));
    // A pause says nothing of the load or of the replica: what comes after it waits for nothing.
    if reason != Reason::DrainCancelledPause {
        draft.history.scaled_in_at = Some(scene.now);
    }
    if !matches!(reason, Reason::DrainCancelledLoad | Reason::DrainCancelledPause) {
        draft.history.rds_replicas.failed_removals += 1;
        draft.history.rds_replicas.unremovable = Some(removal.id.clone());
    }
    let why = Explanation::new(reason, detail);
    let restorable = member.ours.is_ok()
        && !member.held
        && !removal.delete_requested
        && member.replica.endpoint.is_some()
        && member.replica.resource_id == removal.resource_id
        && member.standing == Standing::Operational
        && member.replica.replication == Replication::Normal
        && lag_standing(member.replica, scene.rds) == LagStanding::Within
        && source::keeps_up(scene).is_ok()
        && inheritance::same_login(member, scene).is_ok();
    let weight = removal.weight.min(member.full);
    match member.record.filter(|record| restorable && record.weight == Weight::ZERO && weight.is_positive()) {
        Some(record) => {
            let mut batch = Batch::new(scene);
            batch.swap(record, weight);
            if batch.full_replica_answers_after() {
                batch.lower_floor();
            }
            Step::Begin(why, batch.into_actions())
        }
        None => Step::Remember(why),
    }
}

/// The newest `needed` points, consecutive and present, show nobody but what is always there.
fn no_clients(member: &Member<'_>, scene: &Scene<'_>, after: Minute, needed: u32) -> Result<(), Explanation> {
    let id = member.id();
    let drain = &scene.rds.drain;
    let wait = |detail| Err(Explanation::new(Reason::AwaitConnections, detail));
    let Some(series) = member.replica.signals.connections.fresh() else {
        return wait(format!("the connections of {id} cannot be told: empty is not zero"));
    };
    let points = series.last_minutes(needed);
    let counted = points.iter().filter(|point| point.minute > after).count();
    if counted < needed as usize {
        return wait(format!("{counted} of the {needed} points that prove {id} drained are there"));
    }
    let most = points.iter().map(|point| point.value).fold(0.0, f64::max);
    if most > f64::from(drain.idle_connections) {
        return wait(format!("{most:.0} connections to {id}; {} are always there", drain.idle_connections));
    }
    Ok(())
}
