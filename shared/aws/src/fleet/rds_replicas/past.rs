//! Whose past a forecast of a source's replicas learns from: the source, its replicas, and those that the target had.

use tidegate_policy::names::InstanceId;
use tidegate_policy::observation::RdsObservation;
use tidegate_policy::plan::HASH_DIGITS;
use tidegate_policy::policy::{Metric, RdsReplicas};

use super::series::{self, INSTANCE};
use crate::fleet::metrics::{Gone, PastOf, Whose};

pub(super) fn past(kind: &RdsReplicas, seen: &RdsObservation) -> PastOf {
    let there = seen.source.iter().map(|source| &source.id);
    let there = there.chain(seen.replicas.iter().map(|replica| &replica.id));
    let known = there.map(|id| (id.to_string(), series::of(id, Metric::Cpu))).collect();
    let gone = Gone {
        dimension: INSTANCE,
        prefix: kind.prefix.clone(),
        goes_on: is_a_hash,
        cpu: |_, name| series::of(&InstanceId::new(name), Metric::Cpu),
    };
    PastOf(Whose::Members { known, gone })
}

/// The prefix of one target may be the beginning of another's: behind it stands a hash, and nothing else.
fn is_a_hash(rest: &str) -> bool {
    rest.len() == HASH_DIGITS && rest.bytes().all(|byte| byte.is_ascii_hexdigit())
}
