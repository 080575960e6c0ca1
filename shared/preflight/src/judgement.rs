//! What one target's observation means before it is deployed: the planner of production is asked, and nobody acts on its plan.

use jiff::Timestamp;
use tidegate_policy::history::History;
use tidegate_policy::observation::ecs_service::DESIRED_COUNT;
use tidegate_policy::observation::{DataTiering, EcsObservation, RdsObservation, RedisObservation};
use tidegate_policy::observed::{Observed, OfKind};
use tidegate_policy::ownership::is_ours;
use tidegate_policy::plan::plan;
use tidegate_policy::policy::{RdsReplicas, RedisNodes, Target};
use tidegate_policy::reason::Reason;
use tidegate_policy::units::Count;

use crate::sheet::{Sheet, counted};

/// Alerts of the planner with which a target is not scaled until somebody changes the policy or the account.
const STOPS: [Reason; 16] = [
    Reason::SourceMissing,
    Reason::SourceWithoutBackups,
    Reason::SourceInCluster,
    Reason::SourceSecretManaged,
    Reason::SourceIsReplica,
    Reason::EngineMismatch,
    Reason::ReaderNameConflict,
    Reason::ServiceMissing,
    // A running function waits for it to end by itself; nobody begins with it.
    Reason::ServiceNotActive,
    Reason::ExternalController,
    Reason::DaemonService,
    Reason::ForeignDimension,
    Reason::GroupMissing,
    Reason::NotAGroup,
    Reason::ClusterModeMismatch,
    Reason::NodeTypeUnreachable,
];

/// Alerts that are worth knowing before the first attempt. The others are of signals, of which none were read.
const NOTES: [Reason; 11] = [
    Reason::NativeScaling,
    Reason::BothSchedule,
    Reason::NativeUnknown,
    // A person repairs such a replica; the target is scaled around it, with this deployment or without it.
    Reason::ReplicaFailed,
    Reason::ReplicaNotServing,
    Reason::SourceChanged,
    // It passes by itself, and no deployment helps or harms.
    Reason::ClassNotOffered,
    // Nothing is held yet for what was not read for an hour; the read itself is asked for apart.
    Reason::BlueGreenUnknown,
    Reason::ReplicationBroken,
    Reason::StandbyTooSmall,
    Reason::AuthenticationDiffers,
];

/// Says of a target what there is, what is worth knowing, and what keeps it from being scaled.
pub(crate) fn judge(observed: Observed<'_>, now: Timestamp, sheet: &mut Sheet) {
    let target = observed.target();
    let about = target.name.as_str();
    let plan = plan(observed, &History::default(), now);
    let mut stopped = false;
    for alert in &plan.alerts {
        let why = &alert.explanation;
        if STOPS.contains(&why.reason) {
            stopped = true;
            sheet.stop(about, why.detail.as_str());
        } else if NOTES.contains(&why.reason) {
            sheet.note(about, why.detail.as_str());
        }
    }
    for note in &plan.notes {
        sheet.note(about, note.detail.as_str());
    }
    if stopped {
        return;
    }
    match observed.of() {
        OfKind::RdsReplicas(rds, seen) => replicas(target, rds, seen, sheet),
        OfKind::EcsService(_, seen) => service(about, seen, sheet),
        OfKind::RedisNodes(redis, seen) => nodes(about, redis, seen, sheet),
    }
}

fn replicas(target: &Target, rds: &RdsReplicas, seen: &RdsObservation, sheet: &mut Sheet) {
    let about = target.name.as_str();
    let Some(source) = &seen.source else { return };
    let ours = seen.replicas.iter().filter(|replica| is_ours(replica, &target.name, rds).is_ok()).count();
    sheet.checked(
        about,
        format!(
            "{} is there ({}, {}, {} of backups), with {} of ours; {} at {}",
            source.id,
            source.engine.name(),
            source.class,
            counted(source.backup_retention_days as usize, "day"),
            counted(ours, "replica"),
            counted(seen.records.weighted.len(), "weighted record"),
            rds.reader.name,
        ),
    );
    if source.status.0 != "available" {
        let said =
            format!("{} is \"{}\": replicas are made once it is \"available\"", source.id, source.status.0);
        sheet.note(about, said);
    }
}

fn service(about: &str, seen: &EcsObservation, sheet: &mut Sheet) {
    let Some(service) = &seen.look.service else { return };
    sheet.checked(
        about,
        format!("the service is active, {} of {} tasks run", service.running, service.desired),
    );
    let Some(scalable) = seen.look.scalable.as_ref().filter(|one| one.dimension == DESIRED_COUNT) else {
        return;
    };
    sheet.note(
        about,
        format!(
            "Application Auto Scaling holds it within {}: these bounds are moved, and never the desired count",
            scalable.bounds
        ),
    );
    let suspended = scalable.suspended;
    let switches = [
        (suspended.scaling_in, "scaling in"),
        (suspended.scaling_out, "scaling out"),
        (suspended.scheduled, "scheduled scaling"),
    ];
    for (_, what) in switches.into_iter().filter(|(is_on, _)| *is_on) {
        sheet.note(about, format!("{what} is suspended in Application Auto Scaling, and stays so"));
    }
}

fn nodes(about: &str, redis: &RedisNodes, seen: &RedisObservation, sheet: &mut Sheet) {
    let Some(group) = seen.look.group() else { return };
    sheet.checked(
        about,
        format!(
            "the group is \"{}\", cluster mode {}, {} of {} in {}",
            group.status.word(),
            group.cluster_mode.name(),
            counted(group.nodes().count(), "node"),
            group.node_type,
            counted(group.shards.len(), "shard"),
        ),
    );
    if group.tiering == DataTiering::Enabled {
        let detail = "the group has data tiering: memory is judged by DatabaseCapacityUsagePercentage, of memory and SSD together";
        sheet.note(about, detail.to_owned());
    }
    // Shards go one at a time, and what is asked for is a number of them, which the role does not allow above the maximum.
    let shards = Count::of_len(group.shards.len());
    let next = shards.minus(Count::ONE);
    if let Some(most) = redis.shards.map(|bounds| bounds.max).filter(|most| next > *most) {
        sheet.note(
            about,
            format!(
                "{shards} shards are there, and the role will not let any change leave more than shards.max, {most}: the first that goes leaves \
                 {next}; write shards.max = {next} and lower it as they go, or no shard goes"
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use tidegate_aws::report::failure;
    use tidegate_policy::names::TargetName;
    use tidegate_policy::plan::Plan;
    use tidegate_policy::reason::{Alert, Explanation};
    use tidegate_reconcile::report::{TargetReport, TargetResult};

    use super::*;

    /// A plan that tells of this and nothing else.
    fn telling(reason: Reason) -> Plan {
        let explanation = Explanation::new(reason, "a test");
        let target = crate::deploy::tests::policy(crate::deploy::tests::POLICY).policy.targets.remove(2);
        let seen = tidegate_policy::observation::Observation::RedisNodes(RedisObservation {
            at: Timestamp::UNIX_EPOCH,
            look: tidegate_policy::observation::GroupLook {
                found: tidegate_policy::observation::Found::Nothing,
                scalable: Vec::new(),
                larger_types: None,
            },
            signals: Default::default(),
            signals_read: false,
        });
        let observed = Observed::new(&target, &seen).unwrap();
        let mut plan = plan(observed, &History::default(), Timestamp::UNIX_EPOCH);
        plan.alerts = vec![Alert::new(None, explanation)];
        plan
    }

    #[test]
    fn what_fails_an_invocation_keeps_a_deployment_back() {
        for reason in Reason::ALL {
            let report = TargetReport {
                target: TargetName::new("c"),
                result: TargetResult::Planned { plan: Box::new(telling(*reason)), outcomes: Vec::new() },
                activities: Vec::new(),
                figures: None,
                standing: Vec::new(),
                unpublished: None,
            };
            let fails = failure(&report).is_some();
            let repaired = matches!(
                reason,
                Reason::ReplicaFailed
                    | Reason::ReplicaNotServing
                    | Reason::SourceChanged
                    | Reason::ClassNotOffered
                    | Reason::BlueGreenUnknown
            );
            assert_eq!(
                repaired,
                fails && NOTES.contains(reason),
                "{reason} fails invocations, and is a note"
            );
            let own = *reason == Reason::ServiceNotActive;
            assert_eq!((fails && !repaired) || own, STOPS.contains(reason), "{reason}");
        }
    }
}
