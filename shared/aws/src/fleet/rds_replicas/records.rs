//! The records of the reader names, and what else in a zone points at an endpoint.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use aws_sdk_route53::types::{ResourceRecordSet, RrType};
use tidegate_policy::names::{DnsName, SetId, ZoneId};
use tidegate_policy::observation::{EndpointUse, RecordGroup, WeightedRecord};
use tidegate_policy::units::{TtlSeconds, Weight};

use crate::failure::{Failure, Operation, Sorting};

/// Three hundred records a page: a zone with more than these is not read to its end.
const PAGES_AT_MOST: usize = 200;

/// Records of one zone: all of them, or those of the names that were asked for.
#[derive(Debug)]
pub(super) struct ZoneRecords {
    sets: Vec<ResourceRecordSet>,
}

/// How much of a zone is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// The names that were asked for.
    Names,
    /// All of it: an endpoint may be named anywhere.
    Whole,
}

/// Where a page begins.
#[derive(Clone, Debug, Default)]
struct Cursor {
    name: Option<String>,
    kind: Option<RrType>,
    set_id: Option<String>,
}

/// Reads the records of `names`, and the whole zone if asked to. A page is never asked for twice, and one without a name that is
/// wanted is passed over.
pub(super) async fn read(
    client: &aws_sdk_route53::Client,
    zone: &ZoneId,
    names: &BTreeSet<DnsName>,
    extent: Extent,
) -> Result<ZoneRecords, Failure> {
    let mut wanted: Vec<&DnsName> = names.iter().collect();
    wanted.sort_by(|a, b| in_zone_order(a.as_str(), b.as_str()));
    let mut cursor = match (extent, wanted.first()) {
        (Extent::Names, Some(first)) => at(first),
        (Extent::Names, None) => return Ok(ZoneRecords { sets: Vec::new() }),
        (Extent::Whole, _) => Cursor::default(),
    };
    let mut sets: Vec<ResourceRecordSet> = Vec::new();
    let mut known = BTreeSet::new();
    let mut ordered = true;
    for _ in 0..PAGES_AT_MOST {
        let page = client
            .list_resource_record_sets()
            .hosted_zone_id(zone.as_str())
            .max_items(300)
            .set_start_record_name(cursor.name.take())
            .set_start_record_type(cursor.kind.take())
            .set_start_record_identifier(cursor.set_id.take())
            .send()
            .await
            .map_err(|error| Failure::of(Operation::LIST_RECORDS, &error))?;
        let next = page.next_record_name().filter(|_| page.is_truncated()).map(str::to_owned);
        let (kind, set_id) =
            (page.next_record_type().cloned(), page.next_record_identifier().map(str::to_owned));
        if page.is_truncated() && next.is_none() {
            return Err(Failure {
                operation: Operation::LIST_RECORDS,
                code: None,
                sorting: Sorting::RetryNextWake,
                message: format!(
                    "more records of the hosted zone {zone} were promised, and not where they begin"
                ),
            });
        }
        let names_here: Vec<String> =
            page.resource_record_sets().iter().map(|set| plain(set.name())).collect();
        let at_next = next.as_deref().map(plain);
        for (set, name) in page.resource_record_sets.into_iter().zip(&names_here) {
            // A page that is begun anew shows what was seen already.
            let key =
                (name.clone(), set.r#type().as_str().to_owned(), set.set_identifier().map(str::to_owned));
            if known.insert(key) {
                sets.push(set);
            }
        }
        if extent == Extent::Names {
            let names = wanted.first().map(|name| name.as_str()).into_iter();
            let names = names.chain(names_here.iter().map(String::as_str)).chain(at_next.as_deref());
            ordered = ordered && names.is_sorted_by(|a, b| in_zone_order(a, b) != Ordering::Greater);
            wanted = still_wanted(&wanted, &names_here, at_next.as_deref(), ordered);
            match wanted.first() {
                None => return Ok(ZoneRecords { sets }),
                Some(name) if Some(name.as_str()) != at_next.as_deref() => {
                    cursor = at(name);
                    continue;
                }
                Some(_) => {}
            }
        }
        let Some(next) = next else { return Ok(ZoneRecords { sets }) };
        cursor = Cursor { name: Some(next), kind, set_id };
    }
    Err(Failure {
        operation: Operation::LIST_RECORDS,
        code: None,
        sorting: Sorting::PersonNeeded,
        message: format!("the hosted zone {zone} has more than {PAGES_AT_MOST} pages of records"),
    })
}

/// What of `wanted` is not read yet, after a page that began at the first of it. `next` is the name that the next page begins at.
///
/// A name is read once its records were on a page, or the page was asked to begin at it, and no more of it is to come. That it was passed
/// over is believed only while all pages are in the order of Route 53: in any other order each name is asked for by itself, and none is lost.
fn still_wanted<'a>(
    wanted: &[&'a DnsName],
    here: &[String],
    next: Option<&str>,
    ordered: bool,
) -> Vec<&'a DnsName> {
    let first = wanted.first().map(|name| name.as_str());
    let is_read = |name: &str| {
        let passed = || ordered && next.is_none_or(|next| in_zone_order(name, next) == Ordering::Less);
        next != Some(name) && (first == Some(name) || here.iter().any(|seen| seen == name) || passed())
    };
    wanted.iter().copied().filter(|name| !is_read(name.as_str())).collect()
}

fn at(name: &DnsName) -> Cursor {
    Cursor { name: Some(name.as_str().to_owned()), ..Cursor::default() }
}

/// Route 53 lists by the labels from the right, each with its dot: `com.example.a-b.` before `com.example.a.`, since `-` is before the dot
/// in ASCII (API reference, ListResourceRecordSets).
fn in_zone_order(a: &str, b: &str) -> Ordering {
    fn bytes(name: &str) -> impl Iterator<Item = u8> {
        name.rsplit('.').flat_map(|label| label.bytes().chain(std::iter::once(b'.')))
    }
    bytes(a).cmp(bytes(b))
}

/// A name as a person writes it: no trailing dot, lower case, octal escapes undone (`\052` is `*`).
fn plain(name: &str) -> String {
    let name = name.strip_suffix('.').unwrap_or(name);
    let mut text = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(found) = rest.find('\\') {
        text.push_str(&rest[..found]);
        let code = rest.get(found + 1..found + 4).and_then(|octal| u8::from_str_radix(octal, 8).ok());
        match code {
            Some(code) => {
                text.push(char::from(code));
                rest = &rest[found + 4..];
            }
            None => {
                text.push('\\');
                rest = &rest[found + 1..];
            }
        }
    }
    text.push_str(rest);
    text.make_ascii_lowercase();
    text
}

impl ZoneRecords {
    /// The records at `name`. `is_ours` tells whose a SetIdentifier is.
    pub(super) fn group(&self, name: &DnsName, is_ours: impl Fn(&str) -> bool) -> RecordGroup {
        let mut group = RecordGroup::default();
        for set in self.sets.iter().filter(|set| plain(set.name()) == name.as_str()) {
            match weighted(set, &is_ours) {
                Ok(record) => group.weighted.push(record),
                Err(conflict) => group.conflict = group.conflict.or(Some(conflict)),
            }
        }
        group
    }

    /// The records that name `endpoint`, in whatever field of their value or as an alias: those outside `name`, and those at `name` that
    /// the group leaves out. A record of ours that got a health check answers on, and an instance that it names must not go.
    pub(super) fn other_uses(&self, name: &DnsName, endpoint: &DnsName) -> Vec<EndpointUse> {
        let names_it = |set: &&ResourceRecordSet| {
            let alias = set.alias_target().is_some_and(|alias| plain(alias.dns_name()) == endpoint.as_str());
            let mut values =
                set.resource_records().iter().flat_map(|record| record.value().split_whitespace());
            alias || values.any(|word| plain(word.trim_matches('"')) == endpoint.as_str())
        };
        let in_group =
            |set: &ResourceRecordSet| plain(set.name()) == name.as_str() && weighted(set, |_| true).is_ok();
        let elsewhere = self.sets.iter().filter(|set| !in_group(set));
        let uses = elsewhere.filter(names_it);
        uses.map(|set| EndpointUse { name: DnsName::new(plain(set.name())), endpoint: endpoint.clone() })
            .collect()
    }
}

/// A weighted CNAME record; what it is instead, where it keeps ours out or could not be swapped.
fn weighted(set: &ResourceRecordSet, is_ours: impl Fn(&str) -> bool) -> Result<WeightedRecord, String> {
    let kind = set.r#type().as_str();
    let Some(set_id) = set.set_identifier() else {
        return Err(format!("a simple {kind} record"));
    };
    if *set.r#type() != RrType::Cname {
        return Err(format!("the {kind} record {set_id}"));
    }
    let weight = set.weight().and_then(|weight| u8::try_from(weight).ok());
    let ttl = set.ttl().and_then(|ttl| u32::try_from(ttl).ok());
    let value = match set.resource_records() {
        [only] => Some(DnsName::new(only.value())),
        _ => None,
    };
    match (weight, ttl, value) {
        (Some(_), Some(_), Some(_)) if is_ours(set_id) && set.health_check_id().is_some() => {
            Err(format!("a health check on the record {set_id}"))
        }
        (Some(weight), Some(ttl), Some(value)) => Ok(WeightedRecord {
            set_id: SetId::new(set_id),
            weight: Weight(weight),
            ttl: TtlSeconds(ttl),
            value,
        }),
        (None, _, _) => Err(format!("the record {set_id}, whose routing is not weighted")),
        _ => Err(format!("the alias record {set_id}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ordered_by_their_labels_from_the_right() {
        let mut names =
            ["b.example.com", "example.com", "a.b.example.com", "a.example.com", "a-b.example.com"];
        names.sort_by(|a, b| in_zone_order(a, b));
        assert_eq!(
            names,
            ["example.com", "a-b.example.com", "a.example.com", "b.example.com", "a.b.example.com"]
        );
    }

    #[test]
    fn escapes_of_route_53_are_undone() {
        assert_eq!(plain("\\052.Example.com."), "*.example.com");
        assert_eq!(plain("a\\100b.example.com"), "a@b.example.com");
        assert_eq!(plain("broken\\9.example.com\\"), "broken\\9.example.com\\");
    }
}
