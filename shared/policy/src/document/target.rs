//! The document's tables into targets: unique names, one kind each, and the calendars and events that they share.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::calendar::{Calendars, Files};
use super::event::{self, Event, Named};
use super::identifier::checked_text;
use super::problems::Problems;
use super::scaling::{self, Size};
use super::spelling::{did_you_mean, listed, nearest};
use super::table::{Entry, Key, Table};
use super::text::Text;
use super::{ecs_service, identifier, notify, rds_replicas, redis_nodes};
use crate::kind::Kind;
use crate::names::TargetName;
use crate::policy::{Policy, Target, TargetKind};

const TARGET: Key = Key { name: "target", example: "[{ name = \"orders-readers\" }]" };
const CALENDARS: Key = Key { name: "calendars", example: "{ spain = { dates = [\"2026-12-25\"] } }" };
const EVENT: Key = Key { name: "event", example: "[{ name = \"black friday\" }]" };
const NOTIFY: Key = Key { name: "notify", example: "[{ channel = \"slack\" }]" };
const NAME: Key = Key { name: "name", example: "\"orders-readers\"" };

fn key(kind: Kind) -> Key {
    Key { name: "kind", example: kind.quoted() }
}

/// The kind whose own keys the table has.
fn told_by_keys(table: &Table<'_>) -> Option<Kind> {
    if table.has(ecs_service::CLUSTER) || table.has(ecs_service::SERVICE) {
        Some(Kind::EcsService)
    } else if table.has(rds_replicas::SOURCE) || table.has(rds_replicas::READER) {
        Some(Kind::RdsReplicas)
    } else if table.has(redis_nodes::GROUP) {
        Some(Kind::RedisNodes)
    } else {
        None
    }
}

/// What a target is read with.
struct Shared<'d> {
    calendars: Calendars<'d>,
    events: Vec<Event<'d>>,
    /// The line of each name so far.
    lines: BTreeMap<String, usize>,
}

/// Reads the targets of the document and who is told of them; `files` reads the files that its calendars name.
pub(super) fn read_all(
    document: &DeTable<'_>,
    files: Files<'_>,
    problems: &mut Problems<'_>,
) -> Option<Policy> {
    let title = "the document, which holds [[target]], [[event]] and [[notify]] tables and [calendars]";
    let mut table = Table::new(document, title, 0);
    let (targets, events, calendars) = (table.find(TARGET), table.find(EVENT), table.find(CALENDARS));
    let notify = table.find(NOTIFY);
    table.tell_unknown_keys(problems);
    let elements = tables(targets, document, TARGET, problems)?;
    if elements.is_empty() && problems.is_empty() {
        problems.tell_of_whole(0, "the document has no target: add a [[target]] table with its name, kind, min, max and the keys of its kind");
        return None;
    }
    let calendars = Calendars::read(calendars.as_ref(), files, problems);
    let events = tables(events, document, EVENT, problems).unwrap_or_default();
    let events = events.iter().filter_map(|entry| event::read(entry, problems)).collect();

    let mut shared = Shared { calendars, events, lines: BTreeMap::new() };
    let mut known = Vec::new();
    let mut targets: Vec<Option<Target>> =
        elements.iter().map(|entry| read(entry, &mut shared, &mut known, problems)).collect();
    let mut right: Vec<&mut Target> = targets.iter_mut().flatten().collect();
    event::give(shared.events, &known, &mut right, problems);
    let channels = tables(notify, document, NOTIFY, problems).unwrap_or_default();
    let notify = notify::read_all(&channels, &known, problems);
    let targets: Vec<Target> = targets.into_iter().collect::<Option<_>>()?;
    tell_shared(&targets, &elements, problems);
    Some(Policy { targets, notify: notify? })
}

/// The tables under a key of the document.
fn tables<'d>(
    entry: Option<Entry<'d>>,
    document: &DeTable<'_>,
    key: Key,
    problems: &mut Problems<'_>,
) -> Option<Vec<Entry<'d>>> {
    let Some(entry) = entry else { return Some(Vec::new()) };
    if let Some(elements) = entry.elements() {
        return Some(elements);
    }
    let name = key.name;
    match document.get(name).map(|value| value.get_ref()) {
        Some(DeValue::Table(_)) => {
            problems.tell(entry.at(), format!("[{name}] is a single table: write [[{name}]]"));
            None
        }
        _ => entry.wrong_type(&format!("[[{name}]] tables"), problems),
    }
}

/// Two targets on one source would count and remove each other's replicas; two on one reader name would fight for its weights, and two on
/// one service or one group for its count.
fn tell_shared(targets: &[Target], elements: &[Entry<'_>], problems: &mut Problems<'_>) {
    for (index, (target, entry)) in targets.iter().zip(elements).enumerate() {
        for earlier in targets[..index].iter().filter(|earlier| earlier.name != target.name) {
            let first = &earlier.name;
            let mut tell = |what: String, mend: &str| {
                let message = format!(
                    "target \"{}\": {what} is already that of target \"{first}\": {mend}",
                    target.name
                );
                problems.tell(entry.at(), message);
            };
            let before = claims(&earlier.kind);
            for claim in claims(&target.kind).into_iter().filter(|claim| before.contains(claim)) {
                tell(claim.what, claim.fix);
            }
        }
    }
}

/// What no two targets may both have.
#[derive(PartialEq)]
struct Claim {
    what: String,
    /// Where it is, if its name alone does not say.
    place: String,
    fix: &'static str,
}

fn claims(kind: &TargetKind) -> Vec<Claim> {
    let claim = |what: String, place: &str, fix| Claim { what, place: place.to_owned(), fix };
    match kind {
        TargetKind::RdsReplicas(rds) => vec![
            claim(format!("source {:?}", rds.source), "", "one target holds all replicas of a source"),
            claim(
                format!("reader {:?}", rds.reader.name),
                rds.reader.zone.as_str(),
                "write a name of its own",
            ),
        ],
        TargetKind::EcsService(ecs) => {
            let what = format!("service {:?} of cluster {:?}", ecs.service, ecs.cluster);
            vec![claim(what, "", "one target holds the count of a service")]
        }
        TargetKind::RedisNodes(redis) => {
            vec![claim(format!("group {:?}", redis.group), "", "one target holds the nodes of a group")]
        }
    }
}

/// Reads one target; what an event has to know of it goes to `known`, be the rest right or not.
fn read<'d>(
    entry: &Entry<'d>,
    shared: &mut Shared<'_>,
    known: &mut Vec<Named<'d>>,
    problems: &mut Problems<'_>,
) -> Option<Target> {
    let mut table = entry.table(problems)?.titled("the target", "");
    let name = table.need(NAME, problems).and_then(|entry| read_name(&entry, problems));
    if let Some(name) = name {
        table = table.titled(format!("target {:?}", name.value), "");
        let line = problems.line(name.at);
        match shared.lines.get(name.value) {
            Some(first) => problems.tell(
                name.at,
                format!("name: {:?} is the name of the target in line {first}: write another", name.value),
            ),
            None => _ = shared.lines.insert(name.value.to_owned(), line),
        }
    }
    let kind = read_kind(&mut table, problems);
    if let Some(name) = name {
        known.push(Named { name: name.value, service: kind.map(|kind| kind == Kind::EcsService) });
    }
    let kind = kind?;
    let size = Size::read(&mut table, kind.least(), problems);
    let name = name.map(|name| name.value);
    let (kind, facts) = match kind {
        Kind::RdsReplicas => {
            let (kind, facts) = rds_replicas::read(&mut table, name, size.min(), problems);
            (kind.map(TargetKind::RdsReplicas), facts)
        }
        Kind::EcsService => {
            let event = name.is_some_and(|name| shared.events.iter().any(|event| event.names(name)));
            let (kind, facts) = ecs_service::read(&mut table, size.max(), event, problems);
            (kind.map(TargetKind::EcsService), facts)
        }
        Kind::RedisNodes => {
            let (kind, facts) = redis_nodes::read(&mut table, problems);
            (kind.map(TargetKind::RedisNodes), facts)
        }
    };
    let scaling = scaling::read(&mut table, &size, &facts, &shared.calendars, problems);
    table.tell_unknown_keys(problems);
    Some(Target { name: TargetName::new(name?), kind: kind?, scaling: scaling? })
}

/// The kind. Without one, or with one that is nearly right, the other keys are read as what was surely meant.
fn read_kind(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Option<Kind> {
    let told_by_keys = told_by_keys(table);
    let Some(entry) = table.need(key(told_by_keys.unwrap_or(Kind::RdsReplicas)), problems) else {
        return told_by_keys;
    };
    let kind = entry.text("a kind in quotes", problems)?.value;
    if let Some(kind) = Kind::named(kind) {
        return Some(kind);
    }
    let names = || Kind::ALL.into_iter().map(Kind::name);
    let meant = did_you_mean(kind, names()).unwrap_or_default();
    let separator = if meant.is_empty() { ": this" } else { " this" };
    let supported = listed(names(), "and");
    problems
        .tell(entry.at(), format!("unknown kind {kind:?}{meant}{separator} version supports {supported}"));
    nearest(kind, names()).and_then(Kind::named)
}

fn read_name<'d>(entry: &Entry<'d>, problems: &mut Problems<'_>) -> Option<Text<'d>> {
    checked_text(entry, "a target's name", identifier::target_complaint, problems)
}
