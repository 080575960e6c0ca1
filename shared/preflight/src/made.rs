//! Which instances Tidegate made, and for whom, by their tags and names: a policy may have changed since.

use std::collections::BTreeSet;

use tidegate_policy::document::DEFAULT_OWNER;
use tidegate_policy::observation::{Replica, Standing};
use tidegate_policy::ownership::{NotOurs, OWNER_TAG, TARGET_TAG, is_ours};
use tidegate_policy::policy::{Policy, RdsReplicas, Target, TargetKind};

/// An instance that Tidegate made, by its tags or its name.
#[derive(Debug)]
pub(crate) struct Made<'a> {
    pub(crate) replica: &'a Replica,
    pub(crate) whose: Whose<'a>,
}

/// What the tags and the name of an instance come to.
#[derive(Debug)]
pub(crate) enum Whose<'a> {
    /// A replica of this target's.
    Targets(&'a Target, &'a RdsReplicas),
    /// A replica of a target that the policy does not have.
    Nobodys(&'a str),
    /// A replica that was made for a target whose prefix or source is another in the policy: no function drains it, and it serves.
    Strayed(&'a str, NotOurs),
    /// Its tags say that it is ours, and it was promoted: it is left alone, with Tidegate and without.
    LeftAlone(&'a str, NotOurs),
    /// Its owner is none of the policy's: another stage's, or this one's before the policy said another.
    Others(&'a str),
    /// Called like a replica of ours, of our source, and without an owner: somebody took its tags, or does not let them be seen.
    Untagged,
}

/// Every instance that Tidegate made, as far as tags and names tell.
pub(crate) fn made<'a>(policy: &'a Policy, instances: &'a [Replica]) -> Vec<Made<'a>> {
    let of_replicas = |target: &'a Target| match &target.kind {
        TargetKind::RdsReplicas(kind) => Some((target, kind)),
        TargetKind::EcsService(_) | TargetKind::RedisNodes(_) => None,
    };
    let targets: Vec<_> = policy.targets.iter().filter_map(of_replicas).collect();
    let mut owners: BTreeSet<&str> = targets.iter().map(|(_, kind)| kind.owner.as_str()).collect();
    owners.insert(DEFAULT_OWNER);
    let whose = |replica: &'a Replica| whose(replica, &targets, &owners).map(|whose| Made { replica, whose });
    instances.iter().filter_map(whose).collect()
}

/// `None` of what Tidegate did not make.
fn whose<'a>(
    replica: &'a Replica,
    targets: &[(&'a Target, &'a RdsReplicas)],
    owners: &BTreeSet<&str>,
) -> Option<Whose<'a>> {
    let tag = |key: &str| replica.tags.get(key).map(String::as_str);
    let Some(owner) = tag(OWNER_TAG) else {
        let is_called_ours = |(_, kind): &(&Target, &RdsReplicas)| {
            replica.source.as_ref() == Some(&kind.source) && replica.id.as_str().starts_with(&kind.prefix)
        };
        return targets.iter().any(is_called_ours).then_some(Whose::Untagged);
    };
    // While it is being made RDS may not say yet whose replica it will be.
    let unborn = replica.source.is_none() && replica.status.standing() == Standing::Creating;
    let promoted = replica.source.is_none() && !unborn;
    if !owners.contains(owner) {
        return (!promoted).then_some(Whose::Others(owner));
    }
    let name = tag(TARGET_TAG).unwrap_or("no target");
    let target = targets.iter().find(|(target, kind)| target.name.as_str() == name && kind.owner == owner);
    Some(match target {
        Some((target, kind)) => match is_ours(replica, &target.name, kind) {
            Ok(()) => Whose::Targets(target, kind),
            Err(NotOurs::Source) if unborn => Whose::Targets(target, kind),
            Err(why) if promoted => Whose::LeftAlone(name, why),
            Err(why) => Whose::Strayed(name, why),
        },
        None if promoted => Whose::LeftAlone(name, NotOurs::Source),
        None => Whose::Nobodys(name),
    })
}

/// ` of orders-primary`, where RDS says of which.
pub(crate) fn of_source(replica: &Replica) -> String {
    replica.source.as_ref().map_or_else(String::new, |source| format!(" of {source}"))
}

/// What the policy says otherwise than when the replica was made.
pub(crate) fn strayed(why: &NotOurs) -> String {
    let key = if *why == NotOurs::Prefix { "prefix" } else { "source" };
    format!("{why}, as if the policy's `{key}` had been another: nobody drains it until it is that again")
}
