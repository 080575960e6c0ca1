//! What the listing of all instances left out and should not have: it is described by name, and only DBInstanceNotFound says that it is gone.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_policy::history::History;
use tidegate_policy::names::{DnsName, InstanceId, ZoneId};
use tidegate_policy::observation::RecordGroup;
use tidegate_policy::ownership::FLOOR_SET_ID;
use tidegate_policy::record::FailureClass;

use super::instances::{self, Described};
use super::wanted::{Wanted, in_transition, meant};
use super::zone::{Zone, group};
use crate::failure::Failure;

/// What came of asking for each by name. One that was found is among the described.
#[derive(Debug, Default)]
pub(super) struct Unlisted {
    asked: BTreeMap<InstanceId, Result<Found, Failure>>,
}

/// Whether RDS knows an instance by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Yes,
    No,
}

impl Unlisted {
    /// Those of `expected` that RDS does not know. A replica on its way in of which RDS could not say now, as by a throttled call, is neither listed
    /// nor absent: the plan counts it by the intent, waits for it, and goes on with the rest of the target.
    ///
    /// # Errors
    /// The failure of any other call that was to say so: then nobody knows, and nothing is concluded. What only has a record is counted nowhere
    /// else, so that a plan without it could make one replica more than the maximum.
    pub(super) fn absent(
        &self,
        expected: &BTreeSet<InstanceId>,
        history: &History,
    ) -> Result<BTreeSet<InstanceId>, Failure> {
        let mut absent = BTreeSet::new();
        for id in expected {
            if !is_possible(id) {
                absent.insert(id.clone());
                continue;
            }
            match self.asked.get(id) {
                Some(Ok(Found::No)) => _ = absent.insert(id.clone()),
                Some(Ok(Found::Yes)) | None => {}
                Some(Err(failure)) if is_for_now(failure) && is_coming(id, history) => {}
                Some(Err(failure)) => return Err(failure.clone()),
            }
        }
        Ok(absent)
    }
}

/// Whether the next wake-up may well be answered.
fn is_for_now(failure: &Failure) -> bool {
    failure.sorting.class() == FailureClass::RetryNextWake
}

/// Whether an addition under way is about it.
fn is_coming(id: &InstanceId, history: &History) -> bool {
    history.rds_replicas.additions().any(|one| one.id == *id && one.is_coming())
}

/// The instances of a target that must be there or be known to be gone, and are not listed: those with a record that points into this Region,
/// those that a transition under way is about, and those that the source names as its replicas: all of them count against the maximum.
pub(super) fn expected(
    wanted: Wanted<'_>,
    records: &RecordGroup,
    listed: &[Described],
) -> BTreeSet<InstanceId> {
    let kind = wanted.kind;
    let endpoints = || meant(wanted, listed).filter_map(|instance| instance.endpoint.as_ref());
    let source = meant(wanted, listed).find(|instance| instance.id == kind.source);
    let region = source.and_then(|source| source.endpoint.as_ref()).or_else(|| endpoints().next());
    // Instances of another Region are not seen from here, whatever name they are asked for by.
    let of_here = |value: &DnsName| region.is_some_and(|here| here.region() == value.region());
    let recorded = records.weighted.iter().filter(|record| {
        let id = record.set_id.as_str();
        id != FLOOR_SET_ID && id.starts_with(&kind.prefix) && of_here(&record.value)
    });
    let mut expected: BTreeSet<_> = recorded.map(|record| InstanceId::new(record.set_id.as_str())).collect();
    expected.extend(source.iter().flat_map(|source| source.replicas.iter().cloned()));
    expected.extend(in_transition(wanted.history).cloned());
    expected.retain(|id| listed.iter().all(|instance| instance.id != *id));
    expected
}

/// Whether RDS could have an instance of this name (CreateDBInstance, `DBInstanceIdentifier`: 1 to 63 letters, digits and hyphens, none of
/// them last or twice in a row; kept in lower case). A SetIdentifier may be anything, and RDS refuses to be asked for any other name.
fn is_possible(id: &InstanceId) -> bool {
    let id = id.as_str();
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&id.len()) && id.chars().all(allowed) && !id.ends_with('-') && !id.contains("--")
}

/// One DescribeDBInstances for each that is expected and not listed; what is found joins the described.
pub(super) async fn ask_by_name(
    rds: &aws_sdk_rds::Client,
    wanted: &[Wanted<'_>],
    zones: &BTreeMap<ZoneId, Result<Zone, Failure>>,
    described: &mut Vec<Described>,
) -> Unlisted {
    let mut missing = BTreeSet::new();
    for one in wanted {
        // Of a zone that could not be read no record is swept; its targets fail as a whole.
        let Some(Ok(zone)) = zones.get(&one.kind.reader.zone) else { continue };
        missing.extend(expected(*one, &group(&zone.records, one.kind), described));
    }
    let mut asked = BTreeMap::new();
    for id in missing.into_iter().filter(is_possible) {
        let answer = instances::describe(rds, &id).await.map(|found| match found {
            Some(found) => {
                described.push(found);
                Found::Yes
            }
            None => Found::No,
        });
        asked.insert(id, answer);
    }
    Unlisted { asked }
}
