//! What a removal would do: the load of those that remain, against every out-threshold with margin.

use crate::evaluate::rds_replicas::roster::{Member, Roster};
use crate::observation::{RdsObservation, Reading};
use crate::policy::{Metric, RdsReplicas, Target};
use crate::reason::{Explanation, Reason};
use crate::units::Percent;

/// The recent past whose mean is projected.
const MINUTES: u32 = 10;
/// The limit where the policy has no rule on the metric: nobody wants a database above it.
const LIMIT_WITHOUT_RULE: f64 = 80.0;

/// Whether the others can carry the load of `victim`, and of whoever else is leaving.
///
/// Replicas are charged as if all of it went to them; the primary as if it went evenly to them and to the primary, or, where none
/// remains, all of it to the primary. Both are pessimistic, and both must stay below every out-threshold of the metric by the policy's margin.
///
/// # Errors
/// `ProjectedLoadTooHigh`, or `SignalMissing` and `SignalStale` where it cannot be told.
pub(crate) fn carries_without(
    victim: &Member<'_>,
    target: &Target,
    rds: &RdsReplicas,
    observation: &RdsObservation,
    roster: &Roster<'_>,
) -> Result<(), Explanation> {
    let Some(source) = &observation.source else {
        return Err(Explanation::new(
            Reason::SourceMissing,
            format!("the source {} was not found", rds.source),
        ));
    };
    // What does not serve the name is about to leave it, and where its load goes shows only then.
    let others = roster.members.iter().find(|member| {
        member.weight().is_positive() && member.replica.status.serves() && !member.serves_the_name()
    });
    if let Some(other) = others {
        let detail =
            format!("the reads of {}, which is no replica of {}, are about to move", other.id(), source.id);
        return Err(Explanation::new(Reason::ProjectedLoadTooHigh, detail));
    }
    // Neither the latency of a disk nor its queue grows in proportion to load: a rule of scale_in holds against those, and no projection.
    for (metric, word) in [(Metric::Cpu, "cpu"), (Metric::Connections, "connections")] {
        let mut total = 0.0;
        let mut leaves = 0.0;
        let mut remaining_capacity = 0.0;
        let mut remaining = 0.0;
        // The load of whoever leaves moves only as pools renew their connections: until it is gone, what it still carries is to come.
        let goes = |member: &Member<'_>| member.leaving || member.id() == victim.id();
        let leaving = |member: &&Member<'_>| goes(member) && member.serves_the_name();
        for member in roster.members.iter().filter(|member| member.answers() || leaving(member)) {
            let replica = member.replica;
            let utilisation = recent(&replica.signals, metric, rds, replica.id.as_str(), word)?;
            total += utilisation * member.capacity;
            if goes(member) {
                leaves += utilisation * member.capacity;
            } else {
                remaining_capacity += member.capacity;
                remaining += 1.0;
            }
        }
        let primary = recent(&source.signals, metric, rds, source.id.as_str(), word)?;
        let primary_capacity = crate::evaluate::rds_replicas::weights::capacity(&source.class);
        let moved = if remaining > 0.0 { leaves / (remaining + 1.0) } else { total };
        let on_primary = primary + moved / primary_capacity;
        let on_replicas = if remaining_capacity > 0.0 { total / remaining_capacity } else { 0.0 };
        let limit = lowest_limit(target, metric);
        let allowed = limit - target.scaling.margin.of(limit);
        for (who, projected) in [("the remaining replicas", on_replicas), ("the primary", on_primary)] {
            if projected >= allowed {
                let detail = format!(
                    "without {} the {word} of {who} would be {}, and {} is the most that leaves {} below {}",
                    victim.id(),
                    Percent(projected),
                    Percent(allowed),
                    target.scaling.margin,
                    Percent(limit),
                );
                return Err(Explanation::new(Reason::ProjectedLoadTooHigh, detail));
            }
        }
    }
    Ok(())
}

fn recent(
    signals: &crate::observation::MemberSignals,
    metric: Metric,
    rds: &RdsReplicas,
    member: &str,
    word: &str,
) -> Result<f64, Explanation> {
    let (reading, scale) = match metric {
        Metric::Cpu => (&signals.cpu, 1.0),
        _ => {
            let Some(max) = rds.max_connections.or(signals.max_connections).filter(|max| *max > 0) else {
                let detail =
                    format!("max_connections of {member} is unknown; set max_connections in the policy");
                return Err(Explanation::new(Reason::SignalMissing, detail));
            };
            (&signals.connections, 100.0 / f64::from(max))
        }
    };
    match reading {
        Reading::Fresh(series) => Ok(series.mean_of_last(MINUTES) * scale),
        Reading::Stale(_) => Err(Explanation::new(
            Reason::SignalStale,
            format!("{word} of {member}: the newest point is too old to remove a replica on"),
        )),
        Reading::Missing => Err(Explanation::new(
            Reason::SignalMissing,
            format!("{word} of {member}: no recent points, so no replica is removed"),
        )),
    }
}

/// The lowest out-threshold of the metric, whichever member it was written for: a remaining replica is as busy a host as the primary.
fn lowest_limit(target: &Target, metric: Metric) -> f64 {
    let scaling = &target.scaling;
    let thresholds = scaling
        .scale_out
        .iter()
        .filter(|rule| rule.signal.metric() == Some(metric))
        .map(|rule| rule.threshold);
    let targets =
        scaling.track.iter().filter(|rule| rule.signal.metric() == Some(metric)).map(|rule| rule.target);
    thresholds.chain(targets).reduce(f64::min).unwrap_or(LIMIT_WITHOUT_RULE)
}
