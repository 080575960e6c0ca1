//! The victim: who may be removed, and who goes first.

use std::cmp::Reverse;

use super::scene::Scene;
use crate::evaluate::keeps_up;
use crate::evaluate::rds_replicas::roster::Member;
use crate::history::{History, Removal};
use crate::names::{InstanceId, ResourceId};
use crate::observation::{Reading, Replica, Replication, Standing, WeightedRecord};
use crate::ownership::{HOLD_TAG, PIN_TAG};
use crate::reason::{Explanation, Reason};
use crate::units::{Count, Weight};

/// Who is to go.
pub(super) struct Victim {
    pub(super) id: InstanceId,
    pub(super) resource_id: ResourceId,
    /// The weight that it has now.
    pub(super) weight: Weight,
    /// Why this one, in words.
    pub(super) because: String,
}

/// A pin or a hold by tag, or deletion protection that we did not set.
pub(super) fn is_protected(replica: &Replica) -> bool {
    replica.deletion_protection || replica.tags.contains_key(PIN_TAG) || replica.tags.contains_key(HOLD_TAG)
}

/// Chooses by: highest lag, fewest connections, the most crowded zone, and the newest last.
///
/// Lag counts in whole seconds and connections in tens: smaller differences are noise, and noise must not choose.
/// Whom a removal was last taken back for comes last of all.
pub(super) fn choose(scene: &Scene<'_>, history: &History) -> Result<Victim, Explanation> {
    // Beside another that leaves no zone is left without a replica: what fails then is more than one.
    let leaving = scene.roster.members.iter().any(|member| member.leaving);
    let candidates = scene.roster.members.iter().filter(|member| {
        // What is dead is a person's to repair or delete.
        member.counts()
            && !member.leaving
            && (!leaving || !is_last_of_its_zone(member, scene))
            && !is_protected(member.replica)
            && member.replica.children.is_empty()
            && other_use(member.replica, scene).is_none()
            // Nor one that would be waited for at its end.
            && changing(member.replica).is_none()
            // A drain that could never be proved is not begun.
            && member.replica.signals.connections.fresh().is_some()
            && is_taken_over(member, scene)
            && leaves_too_few(member, scene).is_none()
    });
    let chosen = candidates.min_by_key(|member| {
        let replica = member.replica;
        let lag = newest(&replica.signals.lag).max(0.0).round();
        let connections = (newest(&replica.signals.connections) / 10.0).round();
        let crowd =
            scene.roster.members.iter().filter(|other| other.stays() && other.replica.zone == replica.zone);
        (
            history.rds_replicas.unremovable.as_ref() == Some(&replica.id),
            Reverse(whole(lag)),
            whole(connections),
            Reverse(crowd.count()),
            replica.created_at,
            replica.id.clone(),
        )
    });
    match chosen {
        Some(member) => Ok(Victim {
            id: member.id().clone(),
            resource_id: member.replica.resource_id.clone(),
            weight: member.weight(),
            because: format!(
                "lag {:.0}s, {:.0} connections, zone {}",
                newest(&member.replica.signals.lag).max(0.0),
                newest(&member.replica.signals.connections),
                member.replica.zone.as_ref().map_or("unknown", |zone| zone.as_str()),
            ),
        }),
        None => {
            let detail = "every replica is pinned, held, protected, dead, being changed, leaving already, named by another record, has replicas of its own or no \
                          connection figures, or is the last that answers";
            Err(Explanation::new(Reason::NoEligibleVictim, detail))
        }
    }
}

/// What is being changed on it, if anything. A replica that a person promotes shows `modifying`, or only that its replication ends, with
/// its source still set (RDS says nowhere which it is): it may be somebody's next database.
pub(super) fn changing(replica: &Replica) -> Option<String> {
    if replica.status.standing() != Standing::Operational {
        return Some(format!("it is \"{}\"", replica.status.0));
    }
    match &replica.replication {
        Replication::Normal => {}
        Replication::Broken(word) => return Some(format!("its replication is \"{word}\"")),
        Replication::Unknown => return Some("RDS says nothing of its replication".to_owned()),
    }
    let pending = &replica.pending;
    (!pending.is_empty()).then(|| format!("a change of it is pending: {}", pending.join(", ")))
}

/// R1: why the chosen one may no longer be touched.
pub(super) fn untouchable(member: &Member<'_>, removal: &Removal, scene: &Scene<'_>) -> Option<String> {
    let replica = member.replica;
    if replica.resource_id != removal.resource_id {
        return Some(format!("its name now belongs to another instance ({})", replica.resource_id));
    }
    if let Err(why) = &member.ours {
        return Some(why.to_string());
    }
    if is_protected(replica) {
        return Some("it is pinned, protected or held by a person".to_owned());
    }
    if let Some(child) = replica.children.first() {
        return Some(format!("deleting it would promote its own replica {child}"));
    }
    if let Some(used) = other_use(replica, scene) {
        return Some(format!("its endpoint is in another record, {used}"));
    }
    (member.answers() && !is_taken_over(member, scene))
        .then(|| "nobody at full weight that keeps up would take over".to_owned())
}

/// Whether fewer than the minimum would serve without it: what lags or has no weight yet does not count.
pub(super) fn leaves_too_few(member: &Member<'_>, scene: &Scene<'_>) -> Option<String> {
    let least = scene.bounds().min;
    let serves = |other: &&Member<'_>| {
        other.ours.is_ok()
            && other.id() != member.id()
            && !other.held
            && !other.leaving
            && other.weight() >= other.full
            && keeps_up(other, scene.rds)
    };
    let left = Count::of_len(scene.roster.readers().filter(serves).count());
    (left < least).then(|| format!("without it {left} serve, and the minimum is {least}"))
}

/// A record that names its endpoint, besides its own.
pub(super) fn other_use(replica: &Replica, scene: &Scene<'_>) -> Option<String> {
    let endpoint = replica.endpoint.as_ref()?;
    let records = &scene.observation.records;
    let elsewhere = records
        .other_uses
        .found()
        .iter()
        .find(|used| used.endpoint == *endpoint)
        .map(|used| used.name.to_string());
    elsewhere.or_else(|| {
        let twin = |record: &&WeightedRecord| {
            record.value == *endpoint && record.set_id.as_str() != replica.id.as_str()
        };
        records
            .weighted
            .iter()
            .find(twin)
            .map(|record| format!("{} of {}", record.set_id, scene.rds.reader.name))
    })
}

/// Whether its share has somewhere to go: another at full weight that keeps up, or, where it is the last, the primary.
fn is_taken_over(member: &Member<'_>, scene: &Scene<'_>) -> bool {
    let stays = |other: &&Member<'_>| other.id() != member.id() && !other.held && !other.leaving;
    let others = || scene.roster.readers().filter(stays);
    let full = others().any(|other| other.weight() >= other.full && keeps_up(other, scene.rds));
    full || (scene.rds.floor && scene.serving_source().is_some() && others().next().is_none())
}

/// Whether no other replica of ours that stays is known to be in its zone.
fn is_last_of_its_zone(member: &Member<'_>, scene: &Scene<'_>) -> bool {
    let mut others = scene.roster.members.iter().filter(|other| other.id() != member.id() && !other.leaving);
    !others.any(|other| other.counts() && other.answers() && other.replica.zone == member.replica.zone)
}

fn newest(reading: &Reading) -> f64 {
    reading.fresh().map_or(0.0, |series| series.newest().value)
}

fn whole(value: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounded by the caller; seconds and connections are small"
    )]
    let whole = value as i64;
    whole
}
