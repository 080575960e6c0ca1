//! Whose replica is it? The tags that say so, and the rule (I1) that everything destructive asks.

use std::fmt;

use crate::names::TargetName;
use crate::observation::Replica;
use crate::policy::RdsReplicas;

/// Set at creation to the policy's `owner`.
pub const OWNER_TAG: &str = "tidegate:owner";
/// Set at creation to the deployment: another one, with the same policy and a ledger of its own, leaves the replica alone.
pub const STAGE_TAG: &str = "tidegate:stage";
/// Set at creation to the target's name.
pub const TARGET_TAG: &str = "tidegate:target";
/// Set at creation to the decision's id.
pub const DECISION_TAG: &str = "tidegate:decision";
/// Set by a person on a replica that must stay; any value.
pub const PIN_TAG: &str = "tidegate:pin";
/// Set by a person on a replica that is to take no reads for now; any value. It is drained and kept, and climbs again once the tag is gone.
pub const HOLD_TAG: &str = "tidegate:hold";
/// The SetIdentifier of the record that points at the primary.
pub const FLOOR_SET_ID: &str = "primary-floor";

/// Why an instance is not ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotOurs {
    /// Its owner tag is missing or another's.
    Owner,
    /// Its stage tag is missing or another deployment's.
    Stage,
    /// Its target tag is missing or another's.
    Target,
    /// Its name does not begin with the target's prefix.
    Prefix,
    /// It is no replica of the source: another's, or promoted.
    Source,
}

impl fmt::Display for NotOurs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotOurs::Owner => "its owner tag is not ours",
            NotOurs::Stage => "its stage tag is not this deployment's",
            NotOurs::Target => "its target tag is not this target's",
            NotOurs::Prefix => "its name does not begin with the target's prefix",
            NotOurs::Source => "it is not a replica of the source",
        })
    }
}

/// I1: ours only with owner tag, stage tag, target tag, name prefix and source, all five.
///
/// # Errors
/// The first of the five that does not hold.
pub fn is_ours(replica: &Replica, target: &TargetName, rds: &RdsReplicas) -> Result<(), NotOurs> {
    let tag = |key: &str| replica.tags.get(key).map(String::as_str);
    if tag(OWNER_TAG) != Some(rds.owner.as_str()) {
        Err(NotOurs::Owner)
    } else if tag(STAGE_TAG) != Some(rds.stage.as_str()) {
        Err(NotOurs::Stage)
    } else if tag(TARGET_TAG) != Some(target.as_str()) {
        Err(NotOurs::Target)
    } else if !replica.id.as_str().starts_with(&rds.prefix) {
        Err(NotOurs::Prefix)
    } else if replica.source.as_ref() != Some(&rds.source) {
        Err(NotOurs::Source)
    } else {
        Ok(())
    }
}
