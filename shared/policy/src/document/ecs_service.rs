//! The keys of the kind `ecs-service`: which service, where its load comes from, and how much of it runs on Spot.

use jiff::SignedDuration;

use super::duration::{self, Allowed};
use super::facts::Facts;
use super::identifier::checked_text;
use super::problems::Problems;
use super::table::{Entry, Key, Table};
use super::text::Text;
use super::{defaults, identifier, percent};
use crate::names::{ClusterName, QueueName, ServiceName};
use crate::policy::{EcsService, LoadBalancer, Spot};
use crate::units::{Count, Percent};

/// Tells the kind where a target does not say it.
pub(super) const CLUSTER: Key = Key { name: "cluster", example: "\"prod\"" };
/// Tells the kind where a target does not say it.
pub(super) const SERVICE: Key = Key { name: "service", example: "\"api\"" };
const LOAD_BALANCER: Key = Key {
    name: "load_balancer",
    example: "{ load_balancer = \"app/prod/50dc6c495c0c9188\", target_group = \"targetgroup/api/6d0ecf831eec9f09\" }",
};
const BALANCER: Key = Key { name: "load_balancer", example: "\"app/prod/50dc6c495c0c9188\"" };
const TARGET_GROUP: Key = Key { name: "target_group", example: "\"targetgroup/api/6d0ecf831eec9f09\"" };
const QUEUE: Key = Key { name: "queue", example: "\"jobs\"" };
const SPOT: Key = Key { name: "spot", example: "{ share = \"50%\", base = 2 }" };
const SHARE: Key = Key { name: "share", example: "\"50%\"" };
const BASE: Key = Key { name: "base", example: "2" };
const RETRY_AFTER: Key = Key { name: "retry_after", example: "\"30m\"" };
const FORCE_DEPLOYMENT: Key = Key { name: "force_deployment", example: "false" };
const START_WITHIN: Key = Key { name: "start_within", example: "\"10m\"" };

/// A service has no more ("Amazon ECS service quotas", target groups per service).
const GROUPS_AT_MOST: usize = 5;

const START: Allowed = Allowed {
    most: SignedDuration::from_hours(1),
    why_not_more: "a task that does not run by then never will, so ",
    ..RETRY
};
const RETRY: Allowed = Allowed {
    least: SignedDuration::from_mins(1),
    most: SignedDuration::from_hours(7 * 24),
    step: SignedDuration::from_secs(1),
    why_not_more: "Spot capacity comes back sooner, so ",
};

/// Reads the keys of the kind; `max` bounds how many tasks are on demand in any case, `event` says whether an event names the target.
pub(super) fn read(
    table: &mut Table<'_>,
    max: Option<Count>,
    event: bool,
    problems: &mut Problems<'_>,
) -> (Option<EcsService>, Facts) {
    let cluster = table
        .need(CLUSTER, problems)
        .and_then(|entry| checked_text(&entry, "an ECS cluster's name", identifier::ecs_complaint, problems));
    let service = table
        .need(SERVICE, problems)
        .and_then(|entry| checked_text(&entry, "an ECS service's name", identifier::ecs_complaint, problems));
    let load_balancer = table.find(LOAD_BALANCER);
    let has_load_balancer = load_balancer.is_some();
    let load_balancer =
        load_balancer.map_or(Some(None), |entry| read_load_balancer(&entry, problems).map(Some));
    let queue = table.find(QUEUE);
    let has_queue = queue.is_some();
    let queue = queue.map_or(Some(None), |entry| {
        checked_text(&entry, "an SQS queue's name", identifier::queue_complaint, problems)
            .map(|queue| Some(QueueName::new(queue.value)))
    });
    let spot = table.find(SPOT).map_or(Some(None), |entry| read_spot(&entry, max, problems).map(Some));
    let start_within = table
        .find(START_WITHIN)
        .map_or(Some(defaults::START_WITHIN), |entry| duration::read(&entry, &START, problems));

    // A load balancer or a queue that is there and wrong is told as such, and not again by every rule.
    let facts = Facts::EcsService { load_balancer: has_load_balancer, queue: has_queue, event };
    let read = || {
        Some(EcsService {
            cluster: ClusterName::new(cluster?.value),
            service: ServiceName::new(service?.value),
            load_balancer: load_balancer?,
            queue: queue?,
            spot: spot?,
            // Events stand beside targets, and are given to those that they name.
            events: Vec::new(),
            start_within: start_within?,
        })
    };
    (read(), facts)
}

fn read_load_balancer(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<LoadBalancer> {
    let mut table = entry.table(problems)?;
    let load_balancer = table.need(BALANCER, problems).and_then(|entry| {
        checked_text(&entry, "a load balancer", identifier::load_balancer_complaint, problems)
    });
    let target_groups =
        table.need(TARGET_GROUP, problems).and_then(|entry| read_target_groups(&entry, problems));
    table.tell_unknown_keys(problems);
    Some(LoadBalancer { load_balancer: load_balancer?.value.to_owned(), target_groups: target_groups? })
}

/// One target group, or a list of those that a service alternates between or is behind at once.
fn read_target_groups(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<Vec<String>> {
    let Some(elements) = entry.elements() else {
        return read_target_group(entry, problems).map(|group| vec![group.value.to_owned()]);
    };
    let path = &entry.path;
    if elements.is_empty() || elements.len() > GROUPS_AT_MOST {
        let count = elements.len();
        let message = format!("{path}: {count} target groups are named: write 1 to {GROUPS_AT_MOST}");
        problems.tell(entry.at(), message);
        return None;
    }
    let mut groups = Vec::new();
    let mut right = true;
    for element in &elements {
        match read_target_group(element, problems) {
            Some(group) if groups.iter().any(|known| known == group.value) => {
                let message =
                    format!("{path}: {:?} is named twice: name each target group once", group.value);
                problems.tell(group.at, message);
                right = false;
            }
            Some(group) => groups.push(group.value.to_owned()),
            None => right = false,
        }
    }
    right.then_some(groups)
}

fn read_target_group<'d>(entry: &Entry<'d>, problems: &mut Problems<'_>) -> Option<Text<'d>> {
    checked_text(entry, "a target group", identifier::target_group_complaint, problems)
}

fn read_spot(entry: &Entry<'_>, max: Option<Count>, problems: &mut Problems<'_>) -> Option<Spot> {
    let mut table = entry.table(problems)?;
    let share = table.need(SHARE, problems).and_then(|entry| read_share(&entry, problems));
    let base = table.find(BASE).map_or(Some(Count::ZERO), |entry| {
        let base = entry.number(0, u32::MAX, problems)?;
        if let Some(max) = max.filter(|max| Count(base.value) > *max) {
            let message =
                format!("{}: {} is above max, which is {max}: write {max} or less", entry.path, base.value);
            problems.tell(base.at, message);
            return None;
        }
        Some(Count(base.value))
    });
    let retry_after = table
        .find(RETRY_AFTER)
        .map_or(Some(defaults::SPOT_RETRY_AFTER), |entry| duration::read(&entry, &RETRY, problems));
    let force_deployment = table.find(FORCE_DEPLOYMENT).map_or(Some(false), |entry| entry.boolean(problems));
    table.tell_unknown_keys(problems);
    Some(Spot { share: share?, base: base?, retry_after: retry_after?, force_deployment: force_deployment? })
}

fn read_share(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<Percent> {
    let text = entry.text("a percentage in quotes", problems)?;
    let complaint = match percent::parse(text.value) {
        Ok(share) if (1.0..=100.0).contains(&share.0) => return Some(share),
        Ok(share) => format!("{share} is out of range: write 1% to 100%, or remove spot"),
        Err(meant) => format!("a share is a percentage: write \"{meant}\""),
    };
    problems.tell(text.at, format!("{}: {complaint}", entry.path));
    None
}
