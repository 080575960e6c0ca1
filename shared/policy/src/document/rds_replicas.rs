//! The keys of the kind `rds-replicas`: whose replicas, behind which name, created and drained how.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::duration::{self, Allowed};
use super::facts::Facts;
use super::identifier::checked_text;
use super::place::Placed;
use super::problems::Problems;
use super::spelling::{did_you_mean, listed};
use super::table::{Entry, Key, Table};
use super::text::Text;
use super::{defaults, identifier, tags};
use crate::names::{AvailabilityZone, DnsName, InstanceClass, InstanceId, Stage, ZoneId};
use crate::policy::{
    DEFAULT_STAGE, Drain, Engine, OnDeadline, POINTS_WITHOUT_RECORD, RdsReplicas, ReaderName,
};
use crate::units::{Count, TtlSeconds, friendly};

/// Tells the kind where a target does not say it.
pub(super) const SOURCE: Key = Key { name: "source", example: "\"orders-primary\"" };
const ENGINE: Key = Key { name: "engine", example: "\"mysql\"" };
const CLASS: Key = Key { name: "class", example: "\"db.t3.medium\"" };
const FALLBACK_CLASSES: Key = Key { name: "fallback_classes", example: "[\"db.r6g.large\"]" };
const FALLBACK_ZONES: Key = Key { name: "fallback_zones", example: "[\"eu-west-1b\"]" };
const SECURITY_GROUPS: Key = Key { name: "security_groups", example: "[\"sg-0a1b2c3d4e5f60718\"]" };
/// Tells the kind where a target does not say it.
pub(super) const READER: Key = Key {
    name: "reader",
    example: "{ zone = \"Z0123456789ABC\", name = \"orders-ro.db.example.com\", ttl = \"10s\" }",
};
const ZONE: Key = Key { name: "zone", example: "\"Z0123456789ABC\"" };
const RECORD: Key = Key { name: "name", example: "\"orders-ro.db.example.com\"" };
const TTL: Key = Key { name: "ttl", example: "\"10s\"" };
const PREFIX: Key = Key { name: "prefix", example: "\"tg-orders-\"" };
const OWNER: Key = Key { name: "owner", example: "\"tidegate\"" };
const FLOOR: Key = Key { name: "floor", example: "true" };
const LAG_BOUND: Key = Key { name: "lag_bound", example: "\"30s\"" };
const MAX_CONNECTIONS: Key = Key { name: "max_connections", example: "600" };
const POOL_LIFETIME: Key = Key { name: "pool_lifetime", example: "\"5m\"" };
const CREATIONS_PER_DAY: Key = Key { name: "creations_per_day", example: "12" };
const REPLACE_AFTER: Key = Key { name: "replace_after", example: "\"1h\"" };
const DRAIN: Key = Key { name: "drain", example: "{ deadline = \"45m\" }" };
const DEADLINE: Key = Key { name: "deadline", example: "\"45m\"" };
const QUIET_POINTS: Key = Key { name: "quiet_points", example: "4" };
const IDLE_CONNECTIONS: Key = Key { name: "idle_connections", example: "1" };
const ON_DEADLINE: Key = Key { name: "on_deadline", example: "\"cancel\"" };

/// Reads the keys of the kind; `name` is the target's, `min` decides whether a floor is needed.
pub(super) fn read(
    table: &mut Table<'_>,
    name: Option<&str>,
    min: Option<Count>,
    problems: &mut Problems<'_>,
) -> (Option<RdsReplicas>, Facts) {
    let source = table.need(SOURCE, problems).and_then(|entry| {
        checked_text(&entry, "an instance identifier", identifier::instance_complaint, problems)
    });
    let engine = table.need(ENGINE, problems).and_then(|entry| read_engine(&entry, problems));
    let class = table.find(CLASS).map_or(Some(None), |entry| {
        checked_text(&entry, "an instance class", identifier::class_complaint, problems)
            .map(|class| Some(InstanceClass::new(class.value)))
    });
    let fallback_classes = table.find(FALLBACK_CLASSES).map_or(Some(Vec::new()), |entry| {
        let complaint = identifier::class_complaint;
        let read = read_rungs(&entry, "an instance class", complaint, problems)?;
        let read: Vec<_> = read.into_iter().map(InstanceClass::new).collect();
        let wanted = class.as_ref().and_then(Option::as_ref);
        if let Some(wanted) = wanted.filter(|wanted| read.contains(wanted)) {
            let is = format!("fallback_classes: {wanted} is `class` itself: write what to ask for instead");
            problems.tell(entry.at(), is);
            return None;
        }
        Some(read)
    });
    let fallback_zones = table.find(FALLBACK_ZONES).map_or(Some(Vec::new()), |entry| {
        let complaint = identifier::availability_zone_complaint;
        let read = read_rungs(&entry, "an availability zone", complaint, problems)?;
        Some(read.into_iter().map(AvailabilityZone::new).collect())
    });
    let security_groups =
        table.find(SECURITY_GROUPS).map_or(Some(Vec::new()), |entry| read_security_groups(&entry, problems));
    let reader = table.need(READER, problems).and_then(|entry| read_reader(&entry, problems));
    let prefix = read_prefix(table, name, source, problems);
    let owner = table.find(OWNER).map_or(Some(defaults::OWNER), |entry| {
        checked_text(&entry, "a tag's value", identifier::tag_complaint, problems).map(|owner| owner.value)
    });
    let tags = table.find(tags::TAGS).map_or(Some(BTreeMap::new()), |entry| tags::read(&entry, problems));
    let floor = table.find(FLOOR).map_or(min.map(|min| min == Count::ZERO), |entry| {
        let floor = entry.boolean(problems)?;
        if !floor && min == Some(Count::ZERO) {
            problems.tell(
                entry.at(),
                "floor: with a min of 0 the reader name would answer nothing: write true, or leave it out",
            );
        }
        Some(floor)
    });
    let lag_bound = table
        .find(LAG_BOUND)
        .map_or(Some(defaults::LAG_BOUND), |entry| duration::read(&entry, &Allowed::POSITIVE, problems));
    let max_connections = table
        .find(MAX_CONNECTIONS)
        .map_or(Some(None), |entry| entry.number(1, u32::MAX, problems).map(|most| Some(most.value)));
    let pool_lifetime = table.find(POOL_LIFETIME).map_or(
        Some(Placed { value: defaults::POOL_LIFETIME, at: table.at }),
        |entry| {
            let value = duration::read(&entry, &Allowed::POSITIVE, problems)?;
            Some(Placed { value, at: entry.at() })
        },
    );
    let creations_per_day =
        table.find(CREATIONS_PER_DAY).map_or(Some(defaults::CREATIONS_PER_DAY), |entry| {
            entry.number(1, u32::MAX, problems).map(|most| Count(most.value))
        });
    let replace_after = table.find(REPLACE_AFTER).map_or(Some(defaults::REPLACE_AFTER), |entry| {
        let allowed = Allowed {
            least: SignedDuration::from_mins(15),
            most: SignedDuration::from_hours(7 * 24),
            ..Allowed::POSITIVE
        };
        duration::read(&entry, &allowed, problems)
    });
    let (drain, deadline_at) = read_drain(table, problems);
    if let (Some(drain), Some(reader), Some(pool_lifetime)) = (&drain, &reader, pool_lifetime) {
        tell_hopeless_drain(drain, deadline_at, reader.ttl, pool_lifetime, problems);
    }

    let facts = Facts::RdsReplicas { engine, pool_lifetime };
    let read = || {
        Some(RdsReplicas {
            source: InstanceId::new(source?.value),
            engine: engine?,
            class: class?,
            fallback_classes: fallback_classes?,
            fallback_zones: fallback_zones?,
            security_groups: security_groups?,
            reader: reader?,
            prefix: prefix?,
            owner: owner?.to_owned(),
            tags: tags?,
            stage: Stage::new(DEFAULT_STAGE),
            floor: floor?,
            lag_bound: lag_bound?,
            max_connections: max_connections?,
            pool_lifetime: pool_lifetime?.value,
            creations_per_day: creations_per_day?,
            replace_after: replace_after?,
            drain: drain?,
        })
    };
    (read(), facts)
}

fn read_engine(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<Engine> {
    let text = entry.text("an engine in quotes", problems)?;
    let known = Engine::ALL.into_iter().find(|engine| engine.name() == text.value);
    if known.is_none() {
        let names = || Engine::ALL.into_iter().map(Engine::name);
        let mend = match did_you_mean(text.value, names()) {
            Some(meant) => format!("{meant} known are {}", listed(names(), "and")),
            None => format!(": write {}", listed(names(), "or")),
        };
        problems.tell(text.at, format!("unknown engine {:?}{mend}", text.value));
    }
    known
}

fn read_security_groups(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<Vec<String>> {
    let groups = entry.list("a list of security groups", problems)?;
    let read: Vec<Option<String>> = groups
        .iter()
        .map(|group| {
            checked_text(group, "a security group", identifier::security_group_complaint, problems)
                .map(|group| group.value.to_owned())
        })
        .collect();
    read.into_iter().collect()
}

/// What is asked for in turn: each once, and not so many that an hour of refusals would not be enough to try them.
fn read_rungs<'d>(
    entry: &Entry<'d>,
    what: &str,
    complaint: fn(&str) -> Option<String>,
    problems: &mut Problems<'_>,
) -> Option<Vec<&'d str>> {
    const MOST: usize = 5;
    let list = entry.list(&format!("a list of up to {MOST}"), problems)?;
    if list.len() > MOST {
        problems.tell(
            entry.at(),
            format!("{}: {} are more than {MOST}: write the best {MOST}", entry.path, list.len()),
        );
        return None;
    }
    let mut read = Vec::new();
    let mut sound = true;
    for one in &list {
        match checked_text(one, what, complaint, problems).map(|text| text.value) {
            Some(one) if read.contains(&one) => {
                problems.tell(entry.at(), format!("{}: {one} is there twice: write it once", entry.path));
                sound = false;
            }
            Some(one) => read.push(one),
            None => sound = false,
        }
    }
    sound.then_some(read)
}

fn read_reader(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<ReaderName> {
    const ALLOWED: Allowed = Allowed {
        most: SignedDuration::from_mins(5),
        why_not_more: "a drain waits 3 x TTL for clients to look the name up again, so ",
        ..Allowed::POSITIVE
    };
    let mut table = entry.table(problems)?;
    let zone = table
        .need(ZONE, problems)
        .and_then(|entry| checked_text(&entry, "a hosted zone", identifier::zone_complaint, problems));
    let name = table
        .need(RECORD, problems)
        .and_then(|entry| checked_text(&entry, "a DNS name", identifier::dns_complaint, problems));
    let ttl = table.need(TTL, problems).and_then(|entry| duration::read(&entry, &ALLOWED, problems));
    table.tell_unknown_keys(problems);
    let ttl = TtlSeconds(u32::try_from(ttl?.as_secs()).ok()?);
    Some(ReaderName { zone: ZoneId::new(zone?.value), name: DnsName::new(name?.value), ttl })
}

fn read_prefix(
    table: &mut Table<'_>,
    name: Option<&str>,
    source: Option<Text<'_>>,
    problems: &mut Problems<'_>,
) -> Option<String> {
    let (prefix, at, what) = match table.find(PREFIX) {
        Some(entry) => {
            let text = checked_text(&entry, "a prefix", identifier::prefix_complaint, problems)?;
            (text.value.to_owned(), text.at, "prefix")
        }
        None => (defaults::prefix(name?), source?.at, "the default prefix"),
    };
    // The source must never look like a replica of ours: deletion is for names that begin with the prefix.
    if let Some(source) = source
        && source.value.starts_with(&prefix)
    {
        let source = source.value;
        problems.tell(at, format!("{what} {prefix:?} begins the name of the source {source:?}, which would look like a replica: write another prefix"));
        return None;
    }
    Some(prefix)
}

/// The drain, and where its deadline is written.
fn read_drain(table: &mut Table<'_>, problems: &mut Problems<'_>) -> (Option<Drain>, Option<usize>) {
    let Some(entry) = table.find(DRAIN) else {
        return (Some(defaults::DRAIN), None);
    };
    let Some(mut table) = entry.table(problems) else {
        return (None, None);
    };
    let deadline = table.find(DEADLINE);
    let deadline_at = deadline.as_ref().map(Entry::at);
    let deadline = deadline
        .map_or(Some(defaults::DRAIN.deadline), |entry| duration::read(&entry, &Allowed::POSITIVE, problems));
    let quiet_points = table.find(QUIET_POINTS).map_or(Some(defaults::DRAIN.quiet_points), |entry| {
        entry.number(3, 5, problems).map(|points| points.value)
    });
    let idle_connections =
        table.find(IDLE_CONNECTIONS).map_or(Some(defaults::DRAIN.idle_connections), |entry| {
            entry.number(0, u32::MAX, problems).map(|connections| connections.value)
        });
    let on_deadline = table
        .find(ON_DEADLINE)
        .map_or(Some(defaults::DRAIN.on_deadline), |entry| read_on_deadline(&entry, problems));
    table.tell_unknown_keys(problems);
    let read = || {
        Some(Drain {
            deadline: deadline?,
            quiet_points: quiet_points?,
            idle_connections: idle_connections?,
            on_deadline: on_deadline?,
        })
    };
    (read(), deadline_at)
}

fn read_on_deadline(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<OnDeadline> {
    let text = entry.text("\"cancel\" or \"force\"", problems)?;
    match text.value {
        "cancel" => Some(OnDeadline::Cancel),
        "force" => Some(OnDeadline::Force),
        other => {
            let meant = did_you_mean(other, ["cancel", "force"])
                .unwrap_or_else(|| ": write \"cancel\" or \"force\"".to_owned());
            problems.tell(text.at, format!("{}: unknown choice {other:?}{meant}", entry.path));
            None
        }
    }
}

fn tell_hopeless_drain(
    drain: &Drain,
    deadline_at: Option<usize>,
    ttl: TtlSeconds,
    pool_lifetime: Placed<SignedDuration>,
    problems: &mut Problems<'_>,
) {
    let Drain { deadline, quiet_points, .. } = *drain;
    // The quiet points are minutes of their own, and the newest that CloudWatch shows is a few minutes old.
    let seen_quiet = |points: u32| {
        ttl.duration() * 3 + SignedDuration::from_mins(i64::from(points)) + defaults::METRICS_LATE
    };
    // Before its record leaves the reader name, and again after that, before it is deleted.
    let proofs = seen_quiet(quiet_points) + seen_quiet(POINTS_WITHOUT_RECORD);
    let clients_leave = pool_lifetime.value + proofs;
    if deadline <= clients_leave {
        let (deadline, sum, pool) =
            (friendly(deadline), friendly(clients_leave), friendly(pool_lifetime.value));
        let proofs = friendly(proofs);
        let which = if deadline_at.is_none() { " (the default)" } else { "" };
        let longer = friendly(clients_leave + defaults::POOL_LIFETIME);
        problems.tell_of_whole(
            deadline_at.unwrap_or(pool_lifetime.at),
            format!("drain.deadline: {deadline}{which} is not longer than pool_lifetime ({pool}) + the proofs that no client is left before and after its record is gone ({proofs}) = {sum}, so no drain could succeed: write drain.deadline = \"{longer}\""),
        );
    }
}
