//! What is spent: no more replicas are ordered within any 24 hours than the policy allows. The time of an order counts, not that of its decision.

use jiff::{SignedDuration, Timestamp};

use super::scene::{Draft, Scene};
use crate::history::History;
use crate::number::Number;
use crate::policy::RdsReplicas;
use crate::reason::{Explanation, Reason};
use crate::units::Count;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Counts so many replicas that are ordered now.
pub(super) fn charge(history: &mut History, replicas: usize, now: Timestamp) {
    history.rds_replicas.creations.retain(|at| now.duration_since(*at) < DAY);
    history.rds_replicas.creations.extend(std::iter::repeat_n(now, replicas));
}

/// Counts a replica from now on that was decided at `since` and is ordered again: the order before may never have arrived.
pub(super) fn charge_again(history: &mut History, since: Timestamp, now: Timestamp) {
    give_back(history, since, now);
    history.rds_replicas.creations.push(now);
}

/// Takes back the charge of a replica that was decided at `since` and never made. It may be charged later than that, and so may others: the
/// oldest charge goes, so that the rest counts no shorter than it has to.
pub(super) fn give_back(history: &mut History, since: Timestamp, now: Timestamp) {
    if now.duration_since(since) >= DAY {
        return;
    }
    let charges = history.rds_replicas.creations.iter().enumerate();
    let oldest = charges.filter(|(_, at)| **at >= since).min_by_key(|(_, at)| **at).map(|(place, _)| place);
    oldest.map(|place| history.rds_replicas.creations.remove(place));
}

/// How many creations of the last 24 hours are left, and when the oldest of them is over.
pub(super) fn left(rds: &RdsReplicas, history: &History, now: Timestamp) -> (Count, Option<Timestamp>) {
    let recent = || history.rds_replicas.creations.iter().filter(|at| now.duration_since(**at) < DAY);
    let left = rds.creations_per_day.minus(Count::of_len(recent().count()));
    (left, recent().min().and_then(|oldest| oldest.checked_add(DAY).ok()))
}

/// That no creation is left, and until when.
pub(super) fn spent(
    rds: &RdsReplicas,
    history: &History,
    now: Timestamp,
) -> Option<(Explanation, Option<Timestamp>)> {
    let (left, until) = left(rds, history, now);
    let detail =
        || format!("{} creations in 24 hours are the most that the policy allows", rds.creations_per_day);
    let used = || {
        let recent = history.rds_replicas.creations.iter().filter(|at| now.duration_since(**at) < DAY);
        Number::of_len("creations in 24 hours", recent.count()).against_count(rds.creations_per_day)
    };
    (left == Count::ZERO)
        .then(|| (Explanation::new(Reason::CreationBudgetSpent, detail()).with(used()), until))
}

/// Told as soon as it is so, and not only when a replica is wanted: whatever used them up may go on.
pub(super) fn look(scene: &Scene<'_>, draft: &mut Draft) {
    if let Some((why, until)) = spent(scene.rds, &draft.history, scene.now) {
        let words = until.map_or(String::new(), |until| format!("; none is created before {until}"));
        let said = why.said().reworded(|detail| format!("{detail}{words}"));
        draft.alert_until("the creations of 24 hours", why.reason, said, until);
    }
}
