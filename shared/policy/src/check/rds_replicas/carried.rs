//! What a removal would do: the load of all, on those that stay and on the primary. Derived anew, so that a wrong projection takes nobody away.

use super::capacity::capacity;
use super::case::Case;
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::observation::MemberSignals;
use crate::policy::Metric;

/// What the order of a sum may differ by, percent.
const ROUNDING: f64 = 1e-6;

/// Those that stay carry what all carry: the mean of ten minutes, without whoever leaves, below every limit of the policy by its margin.
pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    let Some(source) = case.source() else { return };
    for metric in [Metric::Cpu, Metric::Connections] {
        let (mut load, mut moved, mut room, mut staying) = (0.0, 0.0, 0.0, 0.0);
        for replica in &case.seen.replicas {
            let weight = case.seen.records.record(replica.id.as_str()).map_or(0, |record| record.weight.0);
            // Without a weight it still has the clients of before, if it leaves.
            let leaves = case.removal_after(&replica.id).is_some();
            if (weight == 0 && !leaves)
                || !replica.status.serves()
                || replica.source.as_ref() != Some(&case.rds.source)
            {
                continue;
            }
            // What is not fresh was judged above.
            let Some(used) = used(case, &replica.signals, metric) else { return };
            let size = capacity(&replica.class) as f64;
            load += used * size;
            if leaves {
                moved += used * size;
            } else {
                room += size;
                staying += 1.0;
            }
        }
        let Some(primary) = used(case, &source.signals, metric) else { return };
        let to_primary = if staying > 0.0 { moved / (staying + 1.0) } else { load };
        let of_primary = primary + to_primary / capacity(&source.class) as f64;
        let of_replicas = if room > 0.0 { load / room } else { 0.0 };
        let most = limit(case, metric) * (1.0 - case.scaling.margin.0 / 100.0);
        for (who, by_then) in [("replicas that stay", of_replicas), ("primary", of_primary)] {
            if by_then > most + ROUNDING {
                findings.refuse(
                    invariant::CARRIED,
                    format!("the {metric:?} of the {who} would be {by_then:.1}%, of at most {most:.1}%"),
                );
            }
        }
    }
}

/// The mean of its last ten minutes, percent.
fn used(case: &Case<'_>, signals: &MemberSignals, metric: Metric) -> Option<f64> {
    let (reading, whole) = match metric {
        Metric::Cpu => (&signals.cpu, 100.0),
        Metric::Connections => {
            let most = case.rds.max_connections.or(signals.max_connections).filter(|most| *most > 0)?;
            (&signals.connections, f64::from(most))
        }
        Metric::Lag | Metric::ReadLatency | Metric::DiskQueue => return None,
    };
    let points = reading.fresh()?.points();
    let first = points.last()?.minute.0 - 9;
    let recent: Vec<f64> =
        points.iter().filter(|point| point.minute.0 >= first).map(|point| point.value).collect();
    Some(recent.iter().sum::<f64>() / recent.len() as f64 / whole * 100.0)
}

/// The lowest level at which the policy adds or that it aims at, of this metric of any member; without one 80%.
fn limit(case: &Case<'_>, metric: Metric) -> f64 {
    let out = case.scaling.scale_out.iter().map(|rule| (rule.signal, rule.threshold));
    let aims = case.scaling.track.iter().map(|rule| (rule.signal, rule.target));
    let levels = out.chain(aims).filter(|(signal, _)| signal.metric() == Some(metric));
    levels.map(|(_, level)| level).reduce(f64::min).unwrap_or(80.0)
}
