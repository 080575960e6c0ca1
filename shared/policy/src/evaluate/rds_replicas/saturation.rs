//! Saturation is not a number: above it demand is censored, and nobody can tell how much more is wanted. So the step grows with each that did not end it.

use jiff::Timestamp;

use super::awaited::Awaited;
use crate::evaluate::rds_replicas::roster::{Member, Roster};
use crate::history::History;
use crate::names::SetId;
use crate::observation::{MemberSignals, RdsObservation};
use crate::policy::RdsReplicas;
use crate::units::Count;

/// Percent of CPU above which a member serves less than it is asked for.
const CENSORED_ABOVE: f64 = 97.0;
/// Doubled so often at most: the maximum is reached long before.
const DOUBLED_AT_MOST: u32 = 8;

/// What of the fleet has nothing left to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saturation {
    /// Somebody who has its share has room left, or nobody can tell.
    No,
    /// Everybody who has its share is saturated. Others are on their way to theirs.
    Awaiting,
    /// Everybody is: whatever was added took effect, and did not end it.
    All,
}

/// Looks at the primary and at everybody who answers. A replica has its share once pools had the time to hand it over.
pub(crate) fn saturation(
    rds: &RdsReplicas,
    observation: &RdsObservation,
    roster: &Roster<'_>,
    history: &History,
    now: Timestamp,
) -> Saturation {
    let censored = |signals: &MemberSignals| {
        signals.cpu.fresh().is_some_and(|series| series.newest().value > CENSORED_ABOVE)
    };
    let has_its_share = |member: &&Member<'_>| {
        let since = history.rds_replicas.weights.get(&SetId::new(member.id().as_str()));
        let handed_over = since.is_none_or(|since| now.duration_since(since.since) >= rds.pool_lifetime);
        member.weight() >= member.full && handed_over
    };
    let (settled, awaited): (Vec<_>, Vec<_>) = roster.readers().partition(has_its_share);
    let primary = observation.source.as_ref().is_some_and(|source| censored(&source.signals));
    if !primary || !settled.iter().all(|member| censored(&member.replica.signals)) {
        Saturation::No
    } else if awaited.is_empty() {
        Saturation::All
    } else {
        Saturation::Awaiting
    }
}

/// The step of a rule that holds: twice as large after each addition in a row that took effect and left everybody saturated.
pub(super) fn step(step: Count, saturation: Saturation, awaited: &Awaited, history: &History) -> Count {
    if saturation != Saturation::All || awaited.any() {
        return step;
    }
    let doubled = history.rds_replicas.saturated.min(DOUBLED_AT_MOST);
    Count(step.0.saturating_mul(1 << doubled))
}
