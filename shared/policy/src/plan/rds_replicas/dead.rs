//! Dead capacity: since when each replica of ours does not serve. What has not served for `replace_after` no longer counts, so that
//! something takes its place; it goes on counting against the maximum, is never deleted for it, and counts again once it is fit.

use jiff::{SignedDuration, Timestamp};

use super::scene::{Draft, Scene};
use crate::evaluate::rds_replicas::roster::{Member, Roster};
use crate::evaluate::rds_replicas::weights::TRICKLE;
use crate::evaluate::{LagStanding, lag_standing};
use crate::history::{History, NotServing};
use crate::number::{Number, Sentence};
use crate::observation::{RdsObservation, Replication, Source, Standing};
use crate::policy::RdsReplicas;
use crate::reason::Reason;
use crate::units::friendly;

/// An instance that was not described for so long is gone, and its clock with it.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// Whether a replica serves, as far as its clock is concerned.
enum Serves {
    /// It has more than a trickle, or passes the lag gate on its way to that.
    Yes,
    /// It is up, and nothing tells whether it keeps up: its clock neither starts nor ends.
    Unknown,
    /// RDS is still making it.
    BeingMade,
    /// It is in no state to, or is behind its source.
    No,
}

/// Brings the clocks up to date with what is observed, and marks those of the roster that are dead.
pub(super) fn follow(
    history: &mut History,
    roster: &mut Roster<'_>,
    observation: &RdsObservation,
    rds: &RdsReplicas,
    now: Timestamp,
) {
    let clocks = &mut history.rds_replicas.not_serving;
    for member in roster.members.iter_mut().filter(|member| member.stays()) {
        let id = member.id().clone();
        if member.held {
            // What a person holds out of the answers is not silent by itself.
            clocks.remove(&id);
            continue;
        }
        let making = match serves(member, observation, rds) {
            Serves::Yes => {
                clocks.remove(&id);
                continue;
            }
            Serves::Unknown if clocks.contains_key(&id) => false,
            Serves::Unknown => continue,
            Serves::BeingMade => true,
            Serves::No => false,
        };
        let clock = clocks.entry(id).or_insert(NotServing { since: now, making, seen: now });
        if clock.making != making {
            *clock = NotServing { since: now, making, seen: now };
        }
        clock.seen = now;
        // The one that is leaving counts until it is gone: its removal is counted on that.
        member.dead = !member.leaving && now.duration_since(clock.since) >= rds.replace_after;
    }
    clocks.retain(|_, clock| now.duration_since(clock.seen) < FORGOTTEN_AFTER);
}

fn serves(member: &Member<'_>, observation: &RdsObservation, rds: &RdsReplicas) -> Serves {
    let weight = member.weight();
    match member.standing {
        Standing::Creating => return Serves::BeingMade,
        Standing::Interrupted | Standing::Terminal | Standing::Deleting => return Serves::No,
        Standing::Operational | Standing::Changing if weight > TRICKLE => return Serves::Yes,
        // It joins nothing until it is done with that.
        Standing::Changing if !weight.is_positive() => return Serves::No,
        Standing::Operational | Standing::Changing => {}
    }
    // It joins nobody before it logs clients in as its source does, however well it replicates.
    let otherwise = |source: &Source| source.settings.iam_authentication != member.replica.iam_authentication;
    if !weight.is_positive() && observation.source.as_ref().is_some_and(otherwise) {
        return Serves::No;
    }
    match is_fit(member, observation, rds) {
        Some(true) => Serves::Yes,
        None => Serves::Unknown,
        Some(false) => Serves::No,
    }
}

/// Whether it passes the lag gate; `None` where that cannot be told because nothing is measured: silence of CloudWatch replaces nobody.
fn is_fit(member: &Member<'_>, observation: &RdsObservation, rds: &RdsReplicas) -> Option<bool> {
    if member.replica.endpoint.is_none() || member.replica.replication != Replication::Normal {
        return Some(false);
    }
    let measured = observation.signals_read
        && observation.source.as_ref().is_some_and(|source| source.signals.cpu.fresh().is_some());
    match lag_standing(member.replica, rds) {
        LagStanding::Within => Some(true),
        LagStanding::Above(_) | LagStanding::NotReplicating => Some(false),
        LagStanding::Unknown => measured.then_some(false),
    }
}

/// What a person should know of the dead.
pub(super) fn report(member: &Member<'_>, scene: &Scene<'_>, draft: &mut Draft) {
    let id = member.id();
    let Some(clock) = draft.history.rds_replicas.not_serving.get(id).filter(|_| member.dead) else { return };
    let detail = format!(
        "{id} (\"{}\") has not served for {}: it no longer counts as capacity and is replaced within the maximum; \
         repair it, and it is taken in again, or delete it",
        member.replica.status.0,
        friendly(scene.now.duration_since(clock.since))
    );
    let number = Number::lasting("not serving", scene.now.duration_since(clock.since))
        .against_time(scene.rds.replace_after);
    let said = Sentence::from(detail).with(number);
    draft.alert(format!("the replica {id} that does not serve"), Reason::ReplicaNotServing, said);
}
