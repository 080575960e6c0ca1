//! The targets of this kind that are looked at, and which instances each of them means.

use tidegate_policy::history::History;
use tidegate_policy::names::InstanceId;
use tidegate_policy::policy::{RdsReplicas, Target};
use tidegate_reconcile::port::{ObserveRequest, Signals};

use super::instances::Described;

/// A target of this kind that is to be looked at.
#[derive(Clone, Copy, Debug)]
pub(in crate::fleet) struct Wanted<'a> {
    pub(super) target: &'a Target,
    pub(super) kind: &'a RdsReplicas,
    pub(super) history: &'a History,
    pub(super) signals: Signals,
}

/// Those of `requests` that are of this kind, in order.
pub(in crate::fleet) fn wanted<'a>(requests: &[ObserveRequest<'a>]) -> Vec<Wanted<'a>> {
    let of_kind = |request: &ObserveRequest<'a>| {
        let ObserveRequest { target, history, signals } = *request;
        Some(Wanted { target, kind: target.kind.rds_replicas()?, history, signals })
    };
    requests.iter().filter_map(of_kind).collect()
}

/// The source, everything that names it as its source, everything that is called as ours would be, and what a transition under way is about:
/// the prefix may have been another when that began.
pub(super) fn meant<'a>(
    wanted: Wanted<'a>,
    described: &'a [Described],
) -> impl Iterator<Item = &'a Described> {
    let kind = wanted.kind;
    described.iter().filter(move |instance| {
        instance.id == kind.source
            || instance.source.as_ref() == Some(&kind.source)
            || instance.id.as_str().starts_with(&kind.prefix)
            || in_transition(wanted.history).any(|id| *id == instance.id)
    })
}

/// Those that an addition under way waits for, or that a removal is about.
pub(super) fn in_transition(history: &History) -> impl Iterator<Item = &InstanceId> {
    let coming = history.rds_replicas.additions().filter(|one| one.is_coming()).map(|one| &one.id);
    coming.chain(history.rds_replicas.removing())
}
