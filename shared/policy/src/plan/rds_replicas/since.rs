//! Since when each record has its weight: the ledger's memory held against what is observed. A lost since-time restarts its clock.

use jiff::{SignedDuration, Timestamp};

use crate::evaluate::rds_replicas::roster::is_our_record;
use crate::history::{History, WeightSince};
use crate::names::{ChangeId, SetId};
use crate::observation::{ChangeStatus, RdsObservation};
use crate::policy::RdsReplicas;
use crate::reason::{Explanation, Reason};
use crate::units::{Weight, friendly};

/// Without a change id nobody can be asked; a change is normally on all name servers within 60 s.
const ASSUMED_INSYNC: SignedDuration = SignedDuration::from_mins(2);
/// A change that Route 53 no longer knows after this long is taken for one whose id was lost.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// A removed record is remembered this long after it was forgotten by the zone: longer than any drain waits on it.
const REMOVED_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Brings `history.rds_replicas.weights` up to date with the records that are observed.
pub(super) fn follow(history: &mut History, observation: &RdsObservation, rds: &RdsReplicas, now: Timestamp) {
    let unknown = |weight| WeightSince { weight, since: now, change: None, insync_at: None };
    for record in observation.records.weighted.iter().filter(|record| is_our_record(record, rds)) {
        match history.rds_replicas.weights.get(&record.set_id) {
            Some(known) if known.weight == Some(record.weight) => {}
            _ => {
                history.rds_replicas.weights.insert(record.set_id.clone(), unknown(Some(record.weight)));
            }
        }
    }
    for (set_id, known) in &mut history.rds_replicas.weights {
        if known.weight.is_some() && observation.records.record(set_id.as_str()).is_none() {
            *known = unknown(None);
        }
        if known.insync_at.is_some() {
            continue;
        }
        let age = now.duration_since(known.since);
        match &known.change {
            Some(change) => match said_of(change, observation) {
                Some(ChangeStatus::InSync) => {
                    known.insync_at = Some(now);
                    known.change = None;
                }
                Some(ChangeStatus::Unknown) if age >= FORGOTTEN_AFTER => known.change = None,
                Some(ChangeStatus::Unknown | ChangeStatus::Pending) | None => {}
            },
            None if age >= ASSUMED_INSYNC => known.insync_at = Some(now),
            None => {}
        }
    }
    history.rds_replicas.weights.retain(|set_id, known| {
        known.weight.is_some()
            || now.duration_since(known.since) < REMOVED_KEPT
            || observation.replicas.iter().any(|replica| replica.id.as_str() == set_id.as_str())
    });
}

/// What Route 53 says of this change, if it is the one that it was asked for.
fn said_of(change: &ChangeId, observation: &RdsObservation) -> Option<ChangeStatus> {
    observation.change.as_ref().filter(|seen| seen.id == *change).map(|seen| seen.status)
}

/// Remembers that `set_id` has no record, where that is not remembered yet.
pub(super) fn note_absent(history: &mut History, set_id: SetId, now: Timestamp) {
    history.rds_replicas.weights.entry(set_id).or_insert(WeightSince {
        weight: None,
        since: now,
        change: None,
        insync_at: None,
    });
}

/// Whether the weight is on all name servers, and was given `dwell` ago.
///
/// # Errors
/// What is waited for.
pub(super) fn stood(
    history: &History,
    set_id: &str,
    weight: Weight,
    dwell: SignedDuration,
    waiting: Reason,
    now: Timestamp,
) -> Result<(), Explanation> {
    let (known, what) = known(history, set_id, Some(weight))?;
    waited(&what, now.duration_since(known.since), dwell, waiting)
}

/// What is on all name servers.
pub(super) struct Settled {
    /// When the change was made, or first seen.
    pub(super) since: Timestamp,
    /// When it was first seen INSYNC.
    pub(super) insync_at: Timestamp,
}

/// Whether the record (or its absence, for `None`) is on all name servers, and has been for `dwell`.
///
/// # Errors
/// What is waited for.
pub(super) fn settled(
    history: &History,
    set_id: &str,
    weight: Option<Weight>,
    dwell: SignedDuration,
    waiting: Reason,
    now: Timestamp,
) -> Result<Settled, Explanation> {
    let (known, what) = known(history, set_id, weight)?;
    let insync_at = known.insync_at.unwrap_or(now);
    waited(&what, now.duration_since(insync_at), dwell, waiting)?;
    Ok(Settled { since: known.since, insync_at })
}

/// What is remembered of a weight that is on all name servers, and what a sentence calls it.
fn known<'a>(
    history: &'a History,
    set_id: &str,
    weight: Option<Weight>,
) -> Result<(&'a WeightSince, String), Explanation> {
    let what = match weight {
        Some(weight) => format!("weight {weight} of {set_id}"),
        None => format!("the removal of record {set_id}"),
    };
    let found = history.rds_replicas.weights.iter().find(|(known, _)| known.as_str() == set_id);
    match found.map(|(_, since)| since).filter(|since| since.weight == weight && since.insync_at.is_some()) {
        Some(since) => Ok((since, what)),
        None => Err(Explanation::new(Reason::AwaitInsync, format!("{what} is not on all name servers yet"))),
    }
}

fn waited(
    what: &str,
    since: SignedDuration,
    dwell: SignedDuration,
    waiting: Reason,
) -> Result<(), Explanation> {
    if since >= dwell {
        return Ok(());
    }
    let detail =
        format!("{what} has been out for {}; clients need {} to follow", friendly(since), friendly(dwell));
    Err(Explanation::new(waiting, detail))
}
