//! The life cycle of read replicas: an ordered list of methods, of which the first that acts wins.

mod add;
mod adopt;
mod blue_green;
mod budget;
mod dead;
mod demote;
mod floor;
mod hold;
mod inheritance;
mod ladder;
mod last_look;
mod naming;
mod quarrel;
mod ramp;
mod remove;
mod repair;
mod routing;
mod scene;
mod since;
mod source;
mod start;
mod sweep;
mod victim;

pub(in crate::plan) use last_look::may_still_change;
pub use naming::HASH_DIGITS;

use crate::decide::{Decision, Situation};
use crate::evaluate::rds_replicas::roster::{Member, Roster, is_our_record};
use crate::evaluate::rds_replicas::saturation::Saturation;
use crate::evaluate::rds_replicas::{evaluate, took, worked, workforce};
use crate::evaluate::{Evaluation, Pauses, Took, Workforce};
use crate::history::{History, Intent};
use crate::names::InstanceId;
use crate::observation::{Minute, PastMinutes, RdsObservation, Replication, Standing, WeightedRecord};
use crate::plan::Action;
use crate::plan::spine::{Given, Kind, LeftAlone, Method};
use crate::plan::step::Taken;
use crate::policy::{self, PerDirection};
use crate::reason::{Explanation, Reason};
use crate::units::Count;
use scene::{Draft, Scene};

/// So many removals are under way at a time at most.
const LEAVING_AT_MOST: usize = 2;

/// Read replicas of one source.
pub(super) enum RdsReplicas {}

impl Kind for RdsReplicas {
    type Policy = policy::RdsReplicas;
    type Seen = RdsObservation;
    type Followed<'a> = Roster<'a>;
    type Scene<'a> = Scene<'a>;
    /// Dangers first, then what is under way, then what has fallen out, then what is new.
    const METHODS: &'static [Method<Self>] = &[
        sweep::sweep,
        demote::demote,
        hold::drain,
        floor::raise,
        repair::repair,
        add::advance,
        remove::advance,
        adopt::adopt,
        floor::lower,
        start::start,
    ];

    fn signals_read(seen: &RdsObservation) -> bool {
        seen.signals_read
    }

    fn follow<'a>(
        given: Given<'a, policy::RdsReplicas, RdsObservation>,
        history: &mut History,
    ) -> Result<Roster<'a>, LeftAlone> {
        let Given { target, policy: rds, seen, now, .. } = given;
        history.facts = seen.facts.clone();
        since::follow(history, seen, rds, now);
        add::note_joined(history);
        let mut roster = Roster::new(target, rds, seen, history);
        dead::follow(history, &mut roster, seen, rds, now);
        Ok(roster)
    }

    fn scene<'a>(
        given: Given<'a, policy::RdsReplicas, RdsObservation>,
        roster: Roster<'a>,
        before: &'a History,
        history: &'a History,
    ) -> Scene<'a> {
        let Given { target, policy: rds, seen: observation, switch, now } = given;
        let pauses = Pauses::of(&history.orders, switch, now);
        Scene { target, rds, observation, roster, before, pauses, now }
    }

    fn evaluate(scene: &mut Scene<'_>, history: &History) -> Evaluation {
        evaluate(scene.target, scene.rds, scene.observation, &scene.roster, history, scene.now)
    }

    fn workforce(scene: &Scene<'_>, history: &History, since: Option<i64>) -> Workforce {
        let scaling = &scene.target.scaling;
        workforce(scaling, scene.rds, scene.observation, &scene.roster, history, since, scene.now)
    }

    fn worked(scene: &Scene<'_>, past: &PastMinutes) -> Vec<(Minute, Option<f64>)> {
        let scaling = &scene.target.scaling;
        worked(scaling, scene.rds, scene.observation, &scene.roster, past)
    }

    fn took(scene: &Scene<'_>, before: &History, after: &History) -> Vec<Took> {
        took(scene.rds, before, after, scene.now)
    }

    fn situation(scene: &mut Scene<'_>, history: &History) -> Situation {
        situation(scene, history)
    }

    fn reach(_: &Scene<'_>, decided: Decision, _: &History) -> Decision {
        decided
    }

    fn look_around(scene: &mut Scene<'_>, draft: &mut Draft) {
        if scene.observation.signals_read && scene.saturation(&draft.history) == Saturation::No {
            draft.history.rds_replicas.saturated = 0;
        }
        quarrel::watch(scene, scene.before, draft);
        look_around(scene, draft);
    }

    fn under_way(_: &Scene<'_>, _: &Draft) -> Option<Explanation> {
        None
    }

    fn in_transition(scene: &Scene<'_>, draft: &Draft, actions: &[Action]) -> bool {
        !draft.history.rds_replicas.intents.is_empty()
            || !actions.is_empty()
            || adopt::unfinished(scene, &draft.history)
    }

    fn write_ahead(scene: &Scene<'_>, draft: &Draft, taken: &Taken) -> bool {
        // What was merely learned of an addition can be learned again; what a removal has come to cannot.
        let removals = |history: &History| -> Vec<Intent> {
            history.rds_replicas.removals().map(|(intent, _)| intent.clone()).collect()
        };
        let changed = || removals(&draft.history) != removals(scene.before);
        // Nor can what others deleted: the call that puts it back hides it.
        let noticed = || quarrel::noticed(scene.before, &draft.history);
        taken.begins || (!taken.actions.is_empty() && (changed() || noticed()))
    }
}

/// What the decision must know of replicas, their source and the engine.
fn situation(scene: &Scene<'_>, history: &History) -> Situation {
    let Scene { target, rds, roster, now, .. } = scene;
    let limit = target.scaling.max.min(rds.engine.replica_limit());
    let free = limit.minus(roster.occupied(rds));
    let (budget, _) = budget::left(rds, history, *now);
    let room = free.min(budget);
    let out_blocked =
        source::source_forbids(scene).map(|why| (why, None)).or_else(|| budget::spent(rds, history, *now));
    let out_blocked = out_blocked.or_else(|| {
        let source = scene.observation.source.as_ref()?;
        Some((ladder::choose(scene, history, source).err()?, None))
    });
    let in_blocked = match &victim::choose(scene, history) {
        _ if blue_green::forbids_deletion(scene).is_some() => blue_green::forbids_deletion(scene),
        Err(why) => Some(why.clone()),
        Ok(victim) => roster.member(&victim.id).and_then(|member| {
            crate::evaluate::rds_replicas::projection::carries_without(
                member,
                target,
                rds,
                scene.observation,
                roster,
            )
            .err()
        }),
    };
    let coming: Vec<&str> = history
        .rds_replicas
        .additions()
        .filter(|addition| addition.is_coming())
        .map(|addition| addition.id.as_str())
        .collect();
    let leaving: Vec<&str> = history.rds_replicas.removing().map(InstanceId::as_str).collect();
    let in_progress = if !coming.is_empty() {
        Some(format!("adding {}", coming.join(", ")))
    } else if leaving.len() >= LEAVING_AT_MOST {
        Some(format!("removing {}", leaving.join(", ")))
    } else {
        None
    };
    // What failed is cleared away, and the cooldown after that waited for, before another is tried.
    let failed = history.rds_replicas.additions().find(|addition| {
        let member = roster.member(&addition.id);
        let lost = || addition.resource_id.is_some() && scene.is_absent(addition.id.as_str());
        let over = |member: &Member<'_>| matches!(member.standing, Standing::Terminal | Standing::Deleting);
        addition.is_coming() && member.map_or_else(lost, over)
    });
    let clearing = failed.map(|addition| format!("{} has failed", addition.id));
    Situation {
        current: roster.current(),
        room,
        out_blocked,
        in_blocked,
        in_progress: PerDirection { out: clearing, in_: in_progress },
        leaving_at_most: Count::ONE,
        descent: None,
        least: None,
        most: blue_green::at_most(scene),
        clock_at_once: false,
    }
}

/// Whether an addition under way is about it, and it never had a record: only such a failure is cleared away by itself.
fn never_served(history: &History, id: &InstanceId) -> bool {
    let mut additions = history.rds_replicas.additions();
    additions.any(|addition| addition.id == *id && addition.is_coming() && !addition.joined)
}

/// What a person should know, and what is seen and left alone.
fn look_around(scene: &Scene<'_>, draft: &mut Draft) {
    // Told at every look, not only when a replica is wanted: by then it is too late to find out.
    match source::source_forbids(scene) {
        Some(why) if why.reason == Reason::SourceMissing => {
            draft.alert(format!("the missing source {}", scene.rds.source), why.reason, why.detail);
        }
        Some(why)
            if matches!(
                why.reason,
                Reason::SourceWithoutBackups
                    | Reason::EngineMismatch
                    | Reason::SourceInCluster
                    | Reason::SourceSecretManaged
                    | Reason::SourceIsReplica
            ) =>
        {
            draft.alert(
                format!("the source {}, of which no replica can be made", scene.rds.source),
                why.reason,
                why.detail,
            );
        }
        _ => {}
    }
    blue_green::look(scene, draft);
    source::look(scene, draft);
    ladder::look(scene, draft);
    budget::look(scene, draft);
    inheritance::look(scene, draft);
    for member in &scene.roster.members {
        let replica = member.replica;
        match &member.ours {
            Ok(()) => {
                if let Replication::Broken(word) = &replica.replication
                    && member.replica.status.serves()
                {
                    let detail = format!("replication of {} does not run: RDS says \"{word}\"", replica.id);
                    draft.alert(
                        format!("the replication of {}", replica.id),
                        Reason::ReplicationBroken,
                        detail,
                    );
                }
                if member.standing == Standing::Terminal && !never_served(&draft.history, &replica.id) {
                    let detail = format!(
                        "{} is \"{}\": it takes no reads and is left for a person to repair or delete",
                        replica.id, replica.status.0
                    );
                    draft.alert(format!("the failed replica {}", replica.id), Reason::ReplicaFailed, detail);
                }
                dead::report(member, scene, draft);
                hold::report(member, draft);
                if victim::is_protected(replica) && !member.held {
                    draft.note(
                        Reason::ProtectedReplica,
                        format!("{} carries a pin or deletion protection and is never removed", replica.id),
                    );
                }
            }
            Err(_) if blue_green::green_copy(&replica.id, scene.observation).is_some() => {
                let copy = blue_green::green_copy(&replica.id, scene.observation).unwrap_or_default();
                draft.note(Reason::BlueGreenCopy, format!("{} is {copy}; it is left alone", replica.id));
            }
            Err(_) if replica.source.is_none() && member.standing != Standing::Creating => draft.note(
                Reason::PromotedReplica,
                format!("{} is no replica any more; it is left alone", replica.id),
            ),
            Err(why) => match member.astray() {
                Some(other) => draft.alert(
                    format!("the replica {} of another source", replica.id),
                    Reason::SourceChanged,
                    format!(
                        "{}{} is a replica of {other} now, not of {}, which was renamed, restored or switched over: it gets no reads and is never \
                         deleted; delete it, or give {other} its name back",
                        replica.id,
                        blue_green::old_copy(&replica.id).map_or(String::new(), |old| format!(" ({old})")),
                        scene.rds.source
                    ),
                ),
                None if blue_green::old_copy(&replica.id).is_some() => {
                    let old = blue_green::old_copy(&replica.id).unwrap_or_default();
                    let detail = format!("{} is {old}; it is left alone, and to be deleted by hand", replica.id);
                    draft.note(Reason::BlueGreenCopy, detail);
                }
                None => {
                    let counts = if member.follows { "counts against the maximum and " } else { "" };
                    let detail = format!("{} is not ours ({why}); it {counts}is left alone", replica.id);
                    draft.note(Reason::ForeignReplica, detail);
                }
            },
        }
    }
    let strange = |record: &&WeightedRecord| !is_our_record(record, scene.rds) || scene.is_elsewhere(record);
    for record in scene.observation.records.weighted.iter().filter(strange) {
        let detail = format!(
            "record {} of {} (weight {}, {}) is not ours and is left alone",
            record.set_id, scene.rds.reader.name, record.weight, record.value
        );
        draft.note(Reason::ForeignRecord, detail);
    }
    if let Some(conflict) = scene.conflict() {
        let detail = format!(
            "{} holds {conflict}, which keeps weighted records out: remove it or choose another reader name",
            scene.rds.reader.name
        );
        draft.alert("what keeps weighted records out of the reader name", Reason::ReaderNameConflict, detail);
    }
}
