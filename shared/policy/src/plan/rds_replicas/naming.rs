//! Names: prefix and a hash of the decision. A retry after a crash gives the same name, and RDS has no other idempotency key.

use std::fmt::Write as _;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::inheritance;
use super::scene::Scene;
use crate::history::Addition;
use crate::names::{DecisionId, InstanceId, TargetName};
use crate::observation::Source;
use crate::ownership::{DECISION_TAG, OWNER_TAG, STAGE_TAG, TARGET_TAG};
use crate::plan::action::CreateReplica;
use crate::policy::RdsReplicas;

/// How many hexadecimal digits of the hash a replica's name carries behind the prefix: 40 bits, so that a thousand replicas collide once in a
/// million times. What a role may create and delete is limited to names of this length.
pub const HASH_DIGITS: usize = 10;

/// A decision's own name: the target, the ledger's count of decisions, and the time. No two attempts can both write it.
pub(super) fn decision(target: &TargetName, number: u64, now: Timestamp) -> DecisionId {
    DecisionId::new(format!("{target}-{number}-{}", now.as_second()))
}

/// The name of the `index`th replica of a decision.
pub(super) fn replica(rds: &RdsReplicas, decision: &DecisionId, index: usize) -> InstanceId {
    let hash = Sha256::digest(format!("{decision}/{index}"));
    let mut name = rds.prefix.clone();
    for byte in &hash[..HASH_DIGITS / 2] {
        // Writing to a String cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    InstanceId::new(name)
}

/// What to ask RDS for. Tags go in at creation: a later call could be lost, and an untagged replica is nobody's.
pub(super) fn creation(
    scene: &Scene<'_>,
    source: &Source,
    decision: &DecisionId,
    addition: &Addition,
) -> CreateReplica {
    let mut tags = scene.rds.tags.clone();
    tags.extend([
        (OWNER_TAG.to_owned(), scene.rds.owner.clone()),
        (STAGE_TAG.to_owned(), scene.rds.stage.to_string()),
        (TARGET_TAG.to_owned(), scene.target.name.to_string()),
        (DECISION_TAG.to_owned(), decision.to_string()),
    ]);
    CreateReplica {
        id: addition.id.clone(),
        source: scene.rds.source.clone(),
        class: addition.class.clone(),
        zone: addition.zone.clone(),
        tags,
        security_groups: scene.rds.security_groups.clone(),
        settings: Box::new(inheritance::settings(source, &addition.class)),
    }
}
