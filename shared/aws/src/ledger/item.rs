//! The table's items: their attributes, written and read back with suspicion, since a person can edit them in the console.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use tidegate_policy::history::History;
use tidegate_policy::names::TargetName;
use tidegate_policy::record::Activity;
use tidegate_reconcile::port::{Lease, LedgerItem};

pub(super) const TARGET: &str = "target";
pub(super) const ENTRY: &str = "entry";
pub(super) const VERSION: &str = "version";
pub(super) const WRITTEN_BY: &str = "written_by";
pub(super) const HISTORY: &str = "history";
pub(super) const LEASE_OWNER: &str = "lease_owner";
pub(super) const LEASE_UNTIL: &str = "lease_until";
pub(super) const ATTEMPTED_AT: &str = "attempted_at";

const STATE: &str = "state";

/// How long a line of the log is kept: long enough to explain last quarter's bill.
const LOG_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

pub(super) type Attributes = HashMap<String, AttributeValue>;

/// Every attribute by a placeholder: some of their names are reserved words.
pub(super) fn placeholders<'a>(names: impl IntoIterator<Item = &'a str>) -> HashMap<String, String> {
    names.into_iter().map(|name| (format!("#{name}"), name.to_owned())).collect()
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// The key of a target's memory.
pub(super) fn state_key(target: &TargetName) -> Attributes {
    Attributes::from([(TARGET.to_owned(), text(target.as_str())), (ENTRY.to_owned(), text(STATE))])
}

/// The end of a lease, never earlier than asked: a fraction of a millisecond must not let another attempt in.
pub(super) fn lease_end(until: Timestamp) -> AttributeValue {
    let floor = until.as_millisecond();
    let exact = until.subsec_nanosecond() % 1_000_000 == 0;
    let ceiling = if exact { floor } else { floor.saturating_add(1) };
    // The last second of time has no milliseconds that could be read back.
    let readable = |millis: &i64| Timestamp::from_millisecond(*millis).is_ok();
    number(Some(ceiling).filter(readable).unwrap_or_else(|| until.as_second().saturating_mul(1000)))
}

/// `now` as leases are compared with, never later than it is.
pub(super) fn instant(now: Timestamp) -> AttributeValue {
    number(now.as_millisecond())
}

/// A line of the log. Its key sorts by time, then by write, then by its place in the write.
pub(super) fn activity(activity: &Activity, version: u64, index: usize) -> Attributes {
    let Activity { at, target, kind, reason, detail, numbers } = activity;
    let expires = at.checked_add(LOG_KEPT).unwrap_or(Timestamp::MAX).as_second();
    let pairs = [
        (TARGET, text(target.as_str())),
        (ENTRY, text(format!("activity#{at:.3}#{version:020}#{index:04}"))),
        ("at", text(at.to_string())),
        ("kind", text(kind.name())),
        ("reason", text(reason.code())),
        ("detail", text(detail.as_str())),
        ("expires_at", number(expires)),
    ];
    // What cannot be written as JSON is left out; there is no such number.
    let numbers = (!numbers.is_empty()).then(|| serde_json::to_string(numbers).ok()).flatten();
    let numbers = numbers.map(|json| ("numbers", text(json)));
    pairs.into_iter().chain(numbers).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Reads a target's memory.
///
/// # Errors
/// The attribute that cannot be read, what it holds, and the mend. An unreadable memory is never an empty one: cooldowns and the
/// transition under way would be forgotten without anybody knowing.
pub(super) fn read(attributes: &Attributes) -> Result<LedgerItem, String> {
    let version = match attributes.get(VERSION) {
        Some(AttributeValue::N(digits)) => digits.parse::<u64>().ok().filter(|version| *version > 0),
        _ => None,
    };
    let Some(version) = version else {
        let held = shown(attributes.get(VERSION));
        return Err(format!(
            "attribute `{VERSION}` holds {held}, not a whole number from 1: set it to a number that is higher than any that it had"
        ));
    };
    let lease = lease(attributes)?;
    let history = match attributes.get(HISTORY) {
        Some(AttributeValue::S(json)) => serde_json::from_str::<History>(json).map_err(|reason| {
            // A code of a later version is answered with the list of all that are known.
            let reason = start(&reason.to_string(), 100);
            format!("attribute `{HISTORY}` cannot be read as JSON of a memory ({reason})")
        }),
        other => Err(format!("attribute `{HISTORY}` holds {}, not JSON text", shown(other))),
    };
    let history = history.map_err(|what| {
        format!(
            "{what}: mend the text, run the version of tidegate that wrote it, or delete the item, which forgets cooldowns and \
             what is under way (replicas of ours are found again by their tags)"
        )
    })?;
    Ok(LedgerItem { version, lease, history, attempted_at: attempted_at(attributes) })
}

/// It says whose turn it is and nothing else: one that cannot be read is none, and the target comes first.
fn attempted_at(attributes: &Attributes) -> Option<Timestamp> {
    match attributes.get(ATTEMPTED_AT) {
        Some(AttributeValue::N(digits)) => Timestamp::from_millisecond(digits.parse().ok()?).ok(),
        _ => None,
    }
}

fn lease(attributes: &Attributes) -> Result<Option<Lease>, String> {
    let (attribute, held) = match (attributes.get(LEASE_OWNER), attributes.get(LEASE_UNTIL)) {
        (None, None) => return Ok(None),
        (Some(AttributeValue::S(owner)), Some(AttributeValue::N(digits))) => {
            match digits.parse().ok().and_then(|millis| Timestamp::from_millisecond(millis).ok()) {
                Some(until) => return Ok(Some(Lease { owner: owner.clone(), until })),
                None => (LEASE_UNTIL, shown(attributes.get(LEASE_UNTIL))),
            }
        }
        (Some(AttributeValue::S(_)), other) => (LEASE_UNTIL, shown(other)),
        (other, _) => (LEASE_OWNER, shown(other)),
    };
    Err(format!(
        "attribute `{attribute}` holds {held}, where a lease has both `{LEASE_OWNER}` (text) and `{LEASE_UNTIL}` (epoch \
         milliseconds): remove both attributes while no attempt is running"
    ))
}

/// An attribute as a person sees it in the console, not the whole of a long one.
fn shown(value: Option<&AttributeValue>) -> String {
    match value {
        None => "nothing".to_owned(),
        Some(AttributeValue::N(digits)) => format!("the number {digits}"),
        Some(AttributeValue::S(text)) => {
            format!("the text \"{}\"", start(text, 40))
        }
        Some(AttributeValue::Null(_)) => "null".to_owned(),
        Some(AttributeValue::Bool(value)) => format!("the boolean {value}"),
        Some(_) => "a value of another type".to_owned(),
    }
}

/// The first characters of a text that may be long.
fn start(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_never_ends_early_for_a_fraction_of_a_millisecond() {
        let ends = |text: &str| lease_end(text.parse().unwrap());
        assert_eq!(ends("1970-01-01T00:00:01Z"), number(1000));
        assert_eq!(ends("1970-01-01T00:00:01.0000001Z"), number(1001));
        assert_eq!(ends("1970-01-01T00:00:01.000999999Z"), number(1001));
        assert_eq!(instant("1970-01-01T00:00:01.000999999Z".parse().unwrap()), number(1000));
        // The end of time stays one that can be read back.
        let AttributeValue::N(digits) = lease_end(Timestamp::MAX) else { panic!("a number") };
        assert!(Timestamp::from_millisecond(digits.parse().unwrap()).is_ok());
    }
}
