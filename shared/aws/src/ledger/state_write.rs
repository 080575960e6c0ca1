//! One conditional write of a target's memory: its condition, what it sets, and whether it was done already.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use tidegate_policy::history::History;
use tidegate_policy::names::TargetName;
use tidegate_reconcile::port::{AfterWrite, Lease, LedgerError, LedgerWrite};

use super::item::{
    self, ATTEMPTED_AT, Attributes, HISTORY, LEASE_OWNER, LEASE_UNTIL, TARGET, VERSION, WRITTEN_BY, number,
    text,
};
use super::refusal::Call;

/// One conditional write of a target's state item.
pub(super) struct StateWrite<'a> {
    pub(super) target: &'a TargetName,
    /// The version that the write makes.
    pub(super) next: u64,
    pub(super) condition: &'static str,
    /// What the condition names beyond `sets` and `removes`, and its values.
    named: &'static [&'static str],
    values: Vec<(&'static str, AttributeValue)>,
    sets: BTreeMap<&'static str, AttributeValue>,
    removes: &'static [&'static str],
}

impl<'a> StateWrite<'a> {
    /// Takes the lease, if the version still stands and nobody else holds it.
    pub(super) fn claim(
        call: &Call<'_>,
        target: &'a TargetName,
        version: u64,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<Self, LedgerError> {
        let next = next(call, version)?;
        let mut sets = BTreeMap::from([
            (VERSION, number(next)),
            (WRITTEN_BY, text(&*lease.owner)),
            (LEASE_OWNER, text(&*lease.owner)),
            (LEASE_UNTIL, item::lease_end(lease.until)),
            // In the claim, and nowhere else: it stands whatever becomes of the attempt.
            (ATTEMPTED_AT, item::instant(now)),
        ]);
        if version == 0 {
            // The first write: the empty memory is written down, so that a memory that is missing later is known to be lost.
            sets.insert(HISTORY, text(json(call, &History::default())?));
            let (condition, named) = ("attribute_not_exists(#target)", &[TARGET][..]);
            return Ok(Self { target, next, condition, named, values: Vec::new(), sets, removes: &[] });
        }
        Ok(Self {
            target,
            next,
            condition: "#version = :expected AND (attribute_not_exists(#lease_owner) OR #lease_owner = :lease_owner OR #lease_until <= :now)",
            named: &[],
            values: vec![(":expected", number(version)), (":now", item::instant(now))],
            sets,
            removes: &[],
        })
    }

    /// Writes the memory, if the version still stands and the lease is the writer's.
    pub(super) fn store(
        call: &Call<'_>,
        target: &'a TargetName,
        version: u64,
        write: LedgerWrite<'_>,
    ) -> Result<Self, LedgerError> {
        let next = next(call, version)?;
        Ok(Self {
            target,
            next,
            condition: "#version = :expected AND #lease_owner = :written_by",
            named: &[LEASE_OWNER],
            values: vec![(":expected", number(version))],
            sets: BTreeMap::from([
                (VERSION, number(next)),
                (WRITTEN_BY, text(write.owner)),
                (HISTORY, text(json(call, write.history)?)),
            ]),
            removes: match write.lease {
                AfterWrite::Keep => &[],
                AfterWrite::Release => &[LEASE_OWNER, LEASE_UNTIL],
            },
        })
    }

    /// The item after this write and nothing else: the version is the next one, the writer the same attempt, the content the same.
    /// An attempt writes a version once, so this is the first try of this very call, whose answer was lost.
    pub(super) fn was_done(&self, found: Option<&Attributes>) -> bool {
        found.is_some_and(|found| {
            self.sets.iter().all(|(name, value)| found.get(*name) == Some(value))
                && self.removes.iter().all(|name| !found.contains_key(*name))
        })
    }

    pub(super) fn expression(&self) -> String {
        let sets: Vec<_> = self.sets.keys().map(|name| format!("#{name} = :{name}")).collect();
        let removes: Vec<_> = self.removes.iter().map(|name| format!("#{name}")).collect();
        let remove =
            if removes.is_empty() { String::new() } else { format!(" REMOVE {}", removes.join(", ")) };
        format!("SET {}{remove}", sets.join(", "))
    }

    pub(super) fn names(&self) -> HashMap<String, String> {
        item::placeholders(self.sets.keys().chain(self.removes).chain(self.named).copied())
    }

    pub(super) fn placeholder_values(&self) -> Attributes {
        let sets = self.sets.iter().map(|(name, value)| (format!(":{name}"), value.clone()));
        let values = self.values.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        sets.chain(values).collect()
    }

    pub(super) fn conflict(&self) -> LedgerError {
        LedgerError::Conflict { target: self.target.clone() }
    }
}

fn next(call: &Call<'_>, version: u64) -> Result<u64, LedgerError> {
    version.checked_add(1).ok_or_else(|| {
        call.unusable(
            "attribute `version` is at its end, which only an edit can do: set it to a lower number that it never had",
        )
    })
}

fn json(call: &Call<'_>, history: &History) -> Result<String, LedgerError> {
    serde_json::to_string(history)
        .map_err(|reason| call.unusable(&format!("the memory cannot be written as JSON: {reason}")))
}
