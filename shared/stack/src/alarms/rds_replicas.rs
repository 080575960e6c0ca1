//! The alarms of read replicas: the primary's CPU, and what the function publishes of all of them.

use tidegate_policy::policy::{RdsReplicas, Target};
use tidegate_policy::units::friendly;

use super::alarm::{Alarm, Breach, Missing, Severity, Side, Watched};
use crate::series;

/// Those of one target.
pub(super) fn alarms<'a>(target: &'a Target, kind: &'a RdsReplicas) -> Vec<Alarm<'a>> {
    let (name, source, max) = (&target.name, &kind.source, target.scaling.max);
    vec![
        Alarm {
            target,
            what: "primary-cpu",
            description: format!(
                "CPU of the primary {source} has been above 90% for ten minutes. Look at what it runs (its top statements), then at what target {name} has decided; Tidegate adds replicas where the target's rules ask for them, up to {max}, which takes reads off the primary and never writes."
            ),
            watched: Watched::Metric(series::instance(source, "CPUUtilization", "Average")),
            breach: Breach {
                side: Side::Above,
                threshold: 90.0,
                period: 300,
                at_least: 2,
                of: 2,
                missing: Missing::NotBreaching,
            },
            severity: Some(Severity::Critical),
            wakes: true,
        },
        Alarm {
            target,
            what: "replica-lag",
            description: format!(
                "A replica of {source} that answers {reader}, or did until it fell behind, was more than 5 s behind at two of three looks, or its replication does not run, or nobody has been able to tell. Look for a long transaction or a burst of writes at the primary, and at its replication state in RDS; Tidegate takes a replica that is more than {bound} behind out of the answers.",
                reader = kind.reader.name,
                bound = friendly(kind.lag_bound),
            ),
            watched: Watched::Metric(series::ours(target, "ReplicaLag", "Maximum")),
            breach: at_looks(target, 5.0),
            severity: Some(Severity::Critical),
            wakes: true,
        },
        Alarm {
            target,
            what: "connections",
            description: format!(
                "More than 80% of max_connections were in use at {source} or at a replica of it, at two of three looks. Look for a client without a pool, or with one that is too large; Tidegate adds replicas where the rules of target {name} ask for them, up to {max}, which helps readers only."
            ),
            watched: Watched::Metric(series::ours(target, "ConnectionsUsed", "Maximum")),
            breach: at_looks(target, 80.0),
            severity: Some(Severity::Warning),
            wakes: true,
        },
    ]
}

/// Above `threshold` at two of three looks: one point is one instant, and a single one wakes nobody.
///
/// A look is published only where the figure is worth it, so a point that is not there is a good one: a lag that is not known is published as
/// the time for which it has not been. What keeps all looks from being made has alarms of its own (`silent`, `failing`, `no-attempt`).
fn at_looks(target: &Target, threshold: f64) -> Breach {
    let every = u64::try_from(target.scaling.evaluate_every.as_secs()).unwrap_or_default();
    // A whole number of minutes; no shorter than five, so that looks a little late still fall into each.
    let period = every.div_ceil(60).max(5) * 60;
    Breach { side: Side::Above, threshold, period, at_least: 2, of: 3, missing: Missing::NotBreaching }
}
