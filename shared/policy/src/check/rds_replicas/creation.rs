//! New replicas: a name used once, tags from the first moment, room for them, and a source that can be copied.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::case::{Case, additions, is_coming};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::history::{Addition, Intent, NotOffered};
use crate::names::{AvailabilityZone, InstanceClass};
use crate::observation::Standing;
use crate::ownership::{DECISION_TAG, OWNER_TAG, STAGE_TAG, TARGET_TAG};
use crate::plan::CreateReplica;
use crate::policy::Engine;
use crate::units::Count;

/// The longest DB instance identifier.
const NAME_LENGTH: usize = 63;

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    classes(case, findings);
    if case.creations().next().is_none() {
        return;
    }
    let mut names = BTreeSet::new();
    for create in case.creations() {
        if !names.insert(&create.id) {
            findings.refuse(invariant::UNIQUE_NAMES, format!("{} would be created twice", create.id));
        }
        name(case, create, findings);
        intended(case, create, findings);
        tags(case, create, findings);
        security_groups(case, create, findings);
        settings(case, create, findings);
    }
    room(case, findings);
    source_ready(case, findings);
}

fn name(case: &Case<'_>, create: &CreateReplica, findings: &mut Findings) {
    let id = create.id.as_str();
    let plain = id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let shaped = id.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase())
        && !id.ends_with('-')
        && !id.contains("--");
    if !plain || !shaped || id.len() > NAME_LENGTH {
        findings.refuse(
            invariant::UNIQUE_NAMES,
            format!("{id:?} ({} characters) is no DB instance identifier", id.len()),
        );
    }
    if !id.starts_with(&case.rds.prefix) || id == case.rds.prefix {
        findings.refuse(
            invariant::UNIQUE_NAMES,
            format!("{id} does not continue the prefix {}", case.rds.prefix),
        );
    }
    if let Some(there) = case.instance(id) {
        let ours = case.strangeness(there).is_empty();
        let asked = case.additions_before().any(|addition| addition.id == create.id);
        let invariant = if ours && asked && there.status.standing() == Standing::Creating {
            invariant::FIXED_POINT
        } else {
            invariant::UNIQUE_NAMES
        };
        findings.refuse(
            invariant,
            format!("{id} is already there as {} ({})", there.resource_id, there.status.0),
        );
    }
}

fn intended(case: &Case<'_>, create: &CreateReplica, findings: &mut Findings) {
    let planned = case.additions_after().find(|addition| addition.id == create.id);
    let Some(planned) = planned else {
        findings.refuse(invariant::INTENT, format!("no intent adds {}", create.id));
        return;
    };
    if planned.given_up {
        findings.refuse(invariant::INTENT, format!("{} was given up", create.id));
    }
    if planned.class != create.class {
        findings.refuse(
            invariant::INTENT,
            format!("{} was to be {}, not {}", create.id, planned.class, create.class),
        );
    }
    if planned.zone != create.zone {
        findings.refuse(
            invariant::INTENT,
            format!("{} was to be in {:?}, not in {:?}", create.id, planned.zone, create.zone),
        );
    }
    let known = case.additions_before().find(|addition| addition.id == create.id);
    if let Some(retry_at) = known.and_then(|known| known.retry_at)
        && case.now < retry_at
    {
        findings.refuse(invariant::INTENT, format!("{} is not to be tried before {retry_at}", create.id));
    }
}

fn tags(case: &Case<'_>, create: &CreateReplica, findings: &mut Findings) {
    let of_it = |intent: &&Intent| additions(intent).iter().any(|addition| addition.id == create.id);
    let intent = case.intents_after().iter().find(of_it).or(case.intents_after().last());
    let decision = intent.map_or("", |intent| intent.decision.as_str());
    for (key, value) in [
        (OWNER_TAG, case.rds.owner.as_str()),
        (STAGE_TAG, case.rds.stage.as_str()),
        (TARGET_TAG, case.target.name.as_str()),
        (DECISION_TAG, decision),
    ] {
        let found = create.tags.get(key).map(String::as_str);
        if found != Some(value) {
            findings.refuse(
                invariant::TAGS,
                format!("{} would be made with {key} = {found:?}, not {value:?}", create.id),
            );
        }
    }
    let own = [OWNER_TAG, STAGE_TAG, TARGET_TAG, DECISION_TAG];
    let others = create.tags.iter().filter(|(key, _)| !own.contains(&key.as_str()));
    if !others.eq(case.rds.tags.iter().filter(|(key, _)| !own.contains(&key.as_str()))) {
        findings.refuse(
            invariant::TAGS,
            format!("{} would be made with other tags than the policy has: {:?}", create.id, create.tags),
        );
    }
}

fn security_groups(case: &Case<'_>, create: &CreateReplica, findings: &mut Findings) {
    if create.security_groups != case.rds.security_groups {
        findings.refuse(
            invariant::MADE_TO_POLICY,
            format!(
                "{} would get the security groups {:?}, not {:?}",
                create.id, create.security_groups, case.rds.security_groups
            ),
        );
    }
}

/// As its source has it: a replica made otherwise takes traffic that it was not made for. Told field by field, by what the source was seen with.
fn settings(case: &Case<'_>, create: &CreateReplica, findings: &mut Findings) {
    let Some(source) = case.source() else { return };
    let (made, wanted) = (&create.settings, &source.settings);
    let of_its_class = create.class == source.class;
    let smallest = matches!(create.class.as_str().rsplit('.').next(), Some("micro" | "small"))
        && matches!(source.engine, Engine::MySql | Engine::MariaDb);
    let insights = if smallest { made.insights.is_none() } else { made.insights == wanted.insights };
    let processor = if of_its_class {
        made.processor_features == wanted.processor_features
    } else {
        made.processor_features.is_empty()
    };
    for (same, what) in [
        (made.iam_authentication == wanted.iam_authentication, "IAM authentication"),
        (made.ca_certificate == wanted.ca_certificate, "certificate authority"),
        (made.publicly_accessible == wanted.publicly_accessible, "public access"),
        (made.copy_tags_to_snapshot == wanted.copy_tags_to_snapshot, "tags of snapshots"),
        (made.max_allocated_storage == wanted.max_allocated_storage, "limit of storage"),
        (made.storage == wanted.storage, "storage"),
        (made.dedicated_log_volume == wanted.dedicated_log_volume, "log volume"),
        (made.log_exports == wanted.log_exports, "exported logs"),
        (insights, "Performance Insights"),
        (made.dual_stack == wanted.dual_stack, "network type"),
        (made.customer_owned_ip == wanted.customer_owned_ip, "customer-owned address"),
        (processor, "processor features"),
    ] {
        if !same {
            findings.refuse(
                invariant::MADE_AS_SOURCE,
                format!("{} would be made with another {what} than {}", create.id, source.id),
            );
        }
    }
}

/// What is asked for is on the policy's ladder, and everything above it was refused within an hour. Only what was asked for before is asked for
/// again whatever the policy says now.
fn classes(case: &Case<'_>, findings: &mut Findings) {
    let before: Vec<_> = case.additions_before().collect();
    let begun = case.intents_begun().flat_map(additions);
    let asked = case.creations().map(|create| (&create.id, &create.class, create.zone.as_ref()));
    let asked: Vec<_> =
        begun.map(|addition| (&addition.id, &addition.class, addition.zone.as_ref())).chain(asked).collect();
    for (id, class, zone) in asked {
        let of_late = refused(case, class, zone);
        let known = before.iter().find(|addition| {
            addition.id == *id && addition.class == *class && addition.zone.as_ref() == zone
        });
        // RDS may be making it already: only a refusal of this very one is a reason to ask otherwise.
        let own = before.iter().find(|addition| addition.id == *id);
        if own.is_some_and(|addition| !addition.not_offered) && known.is_none() {
            findings.refuse(
                invariant::MADE_TO_POLICY,
                format!("{id} would be asked for as {class} in {zone:?}, and was not refused as it is"),
            );
            continue;
        }
        if known.is_some_and(|addition| !addition.not_offered) {
            continue;
        }
        if let Some(refused) = of_late
            && case.now < refused.retry_at
        {
            findings.refuse(
                invariant::INTENT,
                format!("{class} was refused and is not to be tried before {}", refused.retry_at),
            );
        }
        if known.is_some() && of_late.is_none() {
            continue;
        }
        let ladder = ladder(case);
        let Some(at) = ladder.iter().position(|rung| *rung == (class, zone)) else {
            let wanted = ladder.first().map_or("unknown without its source", |(class, _)| class.as_str());
            findings.refuse(
                invariant::MADE_TO_POLICY,
                format!("{id} would be {class} in {zone:?}, but the class is {wanted}"),
            );
            continue;
        };
        let passed_over = ladder[..at].iter().find(|(class, zone)| refused(case, class, *zone).is_none());
        if let Some((better, where_)) = passed_over {
            findings.refuse(
                invariant::MADE_TO_POLICY,
                format!("{id} would be {class}, and {better} in {where_:?} was not refused"),
            );
        }
    }
}

/// The classes of the policy, each where RDS chooses and then in each zone of the policy.
fn ladder<'a>(case: &Case<'a>) -> Vec<(&'a InstanceClass, Option<&'a AvailabilityZone>)> {
    let Some(first) = case.rds.class.as_ref().or(case.seen.source.as_ref().map(|source| &source.class))
    else {
        return Vec::new();
    };
    let mut ladder = Vec::new();
    for class in [first].into_iter().chain(&case.rds.fallback_classes) {
        ladder.push((class, None));
        ladder.extend(case.rds.fallback_zones.iter().map(|zone| (class, Some(zone))));
    }
    ladder
}

/// That RDS made none of it within an hour: remembered, or seen at an instance of an addition under way.
fn refused<'a>(
    case: &Case<'a>,
    class: &InstanceClass,
    zone: Option<&AvailabilityZone>,
) -> Option<&'a NotOffered> {
    case.plan.history.rds_replicas.not_offered.iter().find(|refused| {
        refused.class == *class
            && refused.zone.as_ref() == zone
            && case.now.duration_since(refused.at) < SignedDuration::from_hours(1)
    })
}

/// I5. The maximum is the largest that the policy has at any hour: a window may raise it, and whether one is open is a
/// matter of what is wanted, not of what is safe.
fn room(case: &Case<'_>, findings: &mut Findings) {
    let windows = case.scaling.windows.iter().filter_map(|window| window.max);
    let maximum = windows.fold(case.scaling.max, Count::max);
    let limit = case.rds.engine.replica_limit();
    let there = case.seen.replicas.iter().filter(|replica| {
        replica.source.as_ref() == Some(&case.rds.source)
            || (replica.source.is_none() && replica.status.standing() == Standing::Creating)
    });
    let there = Count::of_len(there.count());
    let asked = |addition: &&Addition| case.creations().any(|create| create.id == addition.id);
    // What was decided before and RDS does not show yet.
    let unseen = case.additions_after().filter(|addition| {
        is_coming(addition) && case.instance(addition.id.as_str()).is_none() && !asked(addition)
    });
    let there = there.plus(Count::of_len(unseen.count()));
    let new = Count::of_len(case.creations().count());
    if there.plus(new) > maximum.min(limit) {
        findings.refuse(
            invariant::COUNT_ALL,
            format!(
                "{there} replicas and {new} new ones exceed the maximum {maximum} or the engine's {limit}"
            ),
        );
    }
}

fn source_ready(case: &Case<'_>, findings: &mut Findings) {
    let Some(source) = &case.seen.source else {
        findings.refuse(invariant::SOURCE_READY, format!("the source {} was not found", case.rds.source));
        return;
    };
    if source.id != case.rds.source {
        findings.refuse(
            invariant::SOURCE_READY,
            format!("{} was observed, not the source {}", source.id, case.rds.source),
        );
    }
    if source.status.standing() != Standing::Operational {
        findings.refuse(invariant::SOURCE_READY, format!("{} is {}", source.id, source.status.0));
    }
    if let Some(cluster) = &source.cluster {
        findings.refuse(
            invariant::SOURCE_READY,
            format!("{} belongs to the cluster {cluster}, which has no such replicas", source.id),
        );
    }
    if source.managed_password && source.engine != Engine::SqlServer {
        findings.refuse(
            invariant::SOURCE_READY,
            format!("the master password of {} is in Secrets Manager", source.id),
        );
    }
    if source.source.is_some() && matches!(source.engine, Engine::Oracle | Engine::SqlServer | Engine::Db2) {
        findings.refuse(
            invariant::SOURCE_READY,
            format!("{} is a replica, of which {} has none", source.id, source.engine.name()),
        );
    }
    if source.backup_retention_days == 0 {
        findings.refuse(invariant::SOURCE_READY, format!("{} keeps no backups", source.id));
    }
    if source.engine != case.rds.engine {
        findings.refuse(
            invariant::SOURCE_READY,
            format!("{} runs {}, not {}", source.id, source.engine.name(), case.rds.engine.name()),
        );
    }
}
