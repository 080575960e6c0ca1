//! The document's tables into targets: unique names, one kind each.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::identifier;
use super::problems::Problems;
use super::rds_replicas::{self, checked_text};
use super::scaling::{self, Size};
use super::spelling::{did_you_mean, listed, nearest};
use super::table::{Entry, Key, Table};
use super::text::Text;
use crate::names::TargetName;
use crate::policy::{Target, TargetKind};

const TARGET: Key = Key { name: "target", example: "[{ name = \"orders-readers\" }]" };
const NAME: Key = Key { name: "name", example: "\"orders-readers\"" };
const KIND: Key = Key { name: "kind", example: "\"rds-replicas\"" };

/// The kinds that this version knows.
const KINDS: [&str; 1] = ["rds-replicas"];

/// Reads every target of the document.
pub(super) fn read_all(document: &DeTable<'_>, problems: &mut Problems<'_>) -> Option<Vec<Target>> {
    let mut table = Table::new(document, "the document, which holds [[target]] tables only", 0);
    let entry = table.find(TARGET);
    table.tell_unknown_keys(problems);
    let elements = match entry {
        None => Vec::new(),
        Some(entry) => match entry.elements() {
            Some(elements) => elements,
            None => return tell_not_a_list(&entry, document, problems),
        },
    };
    if elements.is_empty() && problems.is_empty() {
        problems.tell_of_whole(0, "the document has no target: add a [[target]] table with its name, kind, source, engine, reader, min and max");
        return None;
    }
    let mut lines = BTreeMap::new();
    let targets: Vec<Option<Target>> =
        elements.iter().map(|entry| read(entry, &mut lines, problems)).collect();
    let targets: Vec<Target> = targets.into_iter().collect::<Option<_>>()?;
    tell_shared(&targets, &elements, problems);
    Some(targets)
}

/// Two targets on one source would count and remove each other's replicas; two on one reader name would fight for its weights.
fn tell_shared(targets: &[Target], elements: &[Entry<'_>], problems: &mut Problems<'_>) {
    for (index, (target, entry)) in targets.iter().zip(elements).enumerate() {
        let TargetKind::RdsReplicas(rds) = &target.kind else { continue };
        for earlier in targets[..index].iter().filter(|earlier| earlier.name != target.name) {
            let TargetKind::RdsReplicas(other) = &earlier.kind else { continue };
            let first = &earlier.name;
            if rds.source == other.source {
                let message = format!(
                    "target \"{}\": source {:?} is already that of target \"{first}\": one target holds all replicas of a source",
                    target.name, rds.source
                );
                problems.tell(entry.at(), message);
            }
            if (&rds.reader.zone, &rds.reader.name) == (&other.reader.zone, &other.reader.name) {
                let message = format!(
                    "target \"{}\": reader {:?} is already that of target \"{first}\": write a name of its own",
                    target.name, rds.reader.name
                );
                problems.tell(entry.at(), message);
            }
        }
    }
}

fn tell_not_a_list<T>(entry: &Entry<'_>, document: &DeTable<'_>, problems: &mut Problems<'_>) -> Option<T> {
    match document.get(TARGET.name).map(|value| value.get_ref()) {
        Some(DeValue::Table(_)) => {
            problems.tell(entry.at(), "[target] is a single table: write [[target]]");
            None
        }
        _ => entry.wrong_type("[[target]] tables", problems),
    }
}

/// Reads one target; `lines` has the line of each name so far.
fn read(
    entry: &Entry<'_>,
    lines: &mut BTreeMap<String, usize>,
    problems: &mut Problems<'_>,
) -> Option<Target> {
    let mut table = entry.table(problems)?.titled("the target", "");
    let name = table.need(NAME, problems).and_then(|entry| read_name(&entry, problems));
    if let Some(name) = name {
        table = table.titled(format!("target {:?}", name.value), "");
        let line = problems.line(name.at);
        match lines.get(name.value) {
            Some(first) => problems.tell(
                name.at,
                format!("name: {:?} is the name of the target in line {first}: write another", name.value),
            ),
            None => _ = lines.insert(name.value.to_owned(), line),
        }
    }
    // Without a kind, or with one that is nearly right, the other keys are read as what was surely meant.
    if let Some(entry) = table.need(KIND, problems) {
        let kind = entry.text("a kind in quotes", problems)?.value;
        if !KINDS.contains(&kind) {
            let meant = did_you_mean(kind, KINDS).unwrap_or_default();
            let separator = if meant.is_empty() { ": this" } else { " this" };
            let supported = listed(KINDS, "and");
            problems.tell(
                entry.at(),
                format!("unknown kind {kind:?}{meant}{separator} version supports {supported}"),
            );
            nearest(kind, KINDS)?;
        }
    }
    let size = Size::read(&mut table, problems);
    let (kind, facts) = rds_replicas::read(&mut table, name.map(|name| name.value), size.min(), problems);
    let scaling = scaling::read(&mut table, &size, &facts, problems);
    table.tell_unknown_keys(problems);
    Some(Target {
        name: TargetName::new(name?.value),
        kind: TargetKind::RdsReplicas(kind?),
        scaling: scaling?,
    })
}

fn read_name<'d>(entry: &Entry<'d>, problems: &mut Problems<'_>) -> Option<Text<'d>> {
    checked_text(entry, "a target's name", identifier::target_complaint, problems)
}
