//! Which instances Tidegate made, and for whom, by their tags and names: a policy may have changed since.

use tidegate_policy::names::Stage;
use tidegate_policy::observation::{Replica, Standing};
use tidegate_policy::ownership::{NotOurs, OWNER_TAG, STAGE_TAG, TARGET_TAG, is_ours};
use tidegate_policy::policy::{Policy, RdsReplicas, Target};

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
    /// A replica that was made for a target whose owner, prefix or source is another in the policy: no function drains it, and it serves.
    Strayed(&'a str, NotOurs),
    /// Its tags say that it is ours, and it was promoted: it is left alone, with Tidegate and without.
    LeftAlone(&'a str, NotOurs),
    /// It has an owner and no stage: no stage drains it.
    Stageless(&'a str),
    /// A replica of a source of the policy's that another stage made: it counts against the maximum.
    AnotherStages(&'a str),
    /// Called like a replica of ours, of our source, and without an owner: somebody took its tags, or does not let them be seen.
    Untagged,
}

/// Every instance that this stage made, as far as tags and names tell. What carries another stage is that one's, whatever else it carries.
pub(crate) fn made<'a>(policy: &'a Policy, stage: &Stage, instances: &'a [Replica]) -> Vec<Made<'a>> {
    let of_replicas = |target: &'a Target| Some((target, target.kind.rds_replicas()?));
    let targets: Vec<_> = policy.targets.iter().filter_map(of_replicas).collect();
    let whose = |replica: &'a Replica| whose(replica, &targets, stage).map(|whose| Made { replica, whose });
    instances.iter().filter_map(whose).collect()
}

/// `None` of what Tidegate did not make.
fn whose<'a>(
    replica: &'a Replica,
    targets: &[(&'a Target, &'a RdsReplicas)],
    stage: &Stage,
) -> Option<Whose<'a>> {
    let tag = |key: &str| replica.tags.get(key).map(String::as_str);
    let of_our_source = |(_, kind): &(&Target, &RdsReplicas)| replica.source.as_ref() == Some(&kind.source);
    if tag(OWNER_TAG).is_none() {
        let mut of_source = targets.iter().filter(|target| of_our_source(target));
        let is_called_ours = of_source.any(|(_, kind)| replica.id.as_str().starts_with(&kind.prefix));
        return is_called_ours.then_some(Whose::Untagged);
    }
    // While it is being made RDS may not say yet whose replica it will be.
    let unborn = replica.source.is_none() && replica.status.standing() == Standing::Creating;
    let promoted = replica.source.is_none() && !unborn;
    let name = tag(TARGET_TAG).unwrap_or("no target");
    match tag(STAGE_TAG) {
        // Another tool may call its owner so; only ours says a target too.
        None => return (!promoted && tag(TARGET_TAG).is_some()).then_some(Whose::Stageless(name)),
        Some(other) if other != stage.as_str() => {
            return targets.iter().any(of_our_source).then_some(Whose::AnotherStages(other));
        }
        Some(_) => {}
    }
    let target = targets.iter().find(|(target, _)| target.name.as_str() == name);
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
    let key = match why {
        NotOurs::Owner => "`owner`",
        NotOurs::Prefix => "`prefix`",
        NotOurs::Source => "`source`",
        NotOurs::Stage => "stage",
        NotOurs::Target => "target's name",
    };
    format!("{why}, as if the policy's {key} had been another: nobody drains it until it is that again")
}

/// How a stage takes up what it did not make.
pub(crate) fn take_up(stage: &Stage) -> String {
    format!(
        "tag it {STAGE_TAG}={stage}, and this stage takes it up, if its name and its other tags are of this policy"
    )
}
