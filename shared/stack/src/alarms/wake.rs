//! The alarms that wake a function and nobody else: a rule that may hold before the next look is due.

use tidegate_policy::evaluate::levels_between_looks;
use tidegate_policy::policy::{EcsService, RdsReplicas, Signal, Target, TargetKind};

use super::alarm::{Alarm, Breach, Missing, Side, Watched};
use crate::series::{self, Series};

/// One a signal of `target` that a fixed metric shows.
pub(super) fn alarms(target: &Target) -> Vec<Alarm<'_>> {
    let levels = levels_between_looks(target).into_iter();
    levels.filter_map(|(signal, level)| alarm(target, signal, level)).collect()
}

/// None of a signal that no fixed metric shows: what is measured at a changing set of replicas, or computed from several metrics.
fn alarm(target: &Target, signal: Signal, level: f64) -> Option<Alarm<'_>> {
    let (what, watched) = match &target.kind {
        TargetKind::RdsReplicas(kind) => match signal {
            Signal::PrimaryCpu => ("primary-cpu-rule", of_source(kind, "CPUUtilization")),
            Signal::PrimaryReadLatency => ("primary-read-latency-rule", of_source(kind, "ReadLatency")),
            Signal::PrimaryDiskQueue => ("primary-disk-queue-rule", of_source(kind, "DiskQueueDepth")),
            _ => return None,
        },
        TargetKind::EcsService(kind) => of_service(kind, signal)?,
        // Which metric shows a node's pressure follows from its type, which may change, and a change of a group takes ten minutes and more.
        TargetKind::RedisNodes(_) => return None,
    };
    let shown = signal.shown(level);
    Some(Alarm {
        target,
        what,
        description: format!(
            "A rule of target {name} adds capacity when {signal} is above {shown}, and this wakes its function at once. Nobody needs to do anything.",
            name = target.name,
            signal = signal.name(),
        ),
        watched,
        // From the first minute: the function then looks every minute, and the rule itself asks for as many as it was written with.
        breach: Breach {
            side: Side::Above,
            threshold: level,
            period: 60,
            at_least: 1,
            of: 1,
            missing: Missing::NotBreaching,
        },
        severity: None,
        wakes: true,
    })
}

fn of_source(kind: &RdsReplicas, metric: &'static str) -> Watched {
    Watched::Metric(series::instance(&kind.source, metric, "Average"))
}

fn of_service(kind: &EcsService, signal: Signal) -> Option<(&'static str, Watched)> {
    let of_queue = |metric| Some(Watched::Metric(series::queue(kind.queue.as_ref()?, metric, "Maximum")));
    // Of several groups each has its own, and their mean is what a rule compares.
    let of_group = |metric, statistic| {
        let series = series::balancer(kind.load_balancer.as_ref()?, metric, statistic);
        <[Series; 1]>::try_from(series).ok().map(|[series]| Watched::Metric(series))
    };
    Some(match signal {
        Signal::Cpu => {
            ("service-cpu-rule", Watched::Metric(series::service(kind, "CPUUtilization", "Average")))
        }
        Signal::Memory => {
            ("service-memory-rule", Watched::Metric(series::service(kind, "MemoryUtilization", "Average")))
        }
        Signal::QueueDepth => ("queue-depth-rule", of_queue("ApproximateNumberOfMessagesVisible")?),
        Signal::QueueAge => ("queue-age-rule", of_queue("ApproximateAgeOfOldestMessage")?),
        Signal::RequestsPerTarget => ("requests-rule", of_group("RequestCountPerTarget", "Sum")?),
        Signal::Latency => ("latency-rule", of_group("TargetResponseTime", "p95")?),
        _ => return None,
    })
}
