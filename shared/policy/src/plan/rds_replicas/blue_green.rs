//! A blue/green deployment binds every instance that it is about: nothing is created or deleted beside it, and its copies are named for what they are.

use jiff::SignedDuration;

use super::scene::{Draft, Scene};
use crate::names::InstanceId;
use crate::number::{Number, Sentence};
use crate::observation::{BlueGreen, RdsObservation};
use crate::reason::{Explanation, Reason};
use crate::units::{Count, friendly};

/// Deployments that cannot be read for longer than this are more than a throttled call.
const UNREAD_FOR: SignedDuration = SignedDuration::from_hours(1);
/// What the alert of it is called.
const UNREAD: &str = "the blue/green deployments that cannot be read";

/// What forbids every change: RDS copied the replicas that were there, and a new one would have no copy to take over its name.
pub(super) fn under_way(scene: &Scene<'_>) -> Option<Explanation> {
    let under_way = scene.observation.blue_green.iter().flatten().find(|one| one.is_under_way())?;
    let detail = format!(
        "the blue/green deployment {} of {} is \"{}\": nothing is created or deleted until it is switched over or deleted",
        under_way.name, scene.rds.source, under_way.status
    );
    Some(Explanation::new(Reason::BlueGreenInProgress, detail))
}

/// What forbids a creation: a deployment, or that nobody can tell of one while the minimum is there.
pub(super) fn forbids_creation(scene: &Scene<'_>) -> Option<Explanation> {
    let unknown = || at_most(scene).filter(|_| lacking(scene) == Count::ZERO).map(|(_, why)| why);
    under_way(scene).or_else(unknown)
}

/// Up to how many replicas there may be with those that are made now, where nobody can tell of deployments. A replica beside a deployment is
/// bad, and fewer than the minimum is worse: what the minimum lacks is made all the same.
pub(super) fn at_most(scene: &Scene<'_>) -> Option<(Count, Explanation)> {
    let why = scene.observation.blue_green.as_ref().err()?;
    let least = minimum(scene);
    let detail = format!(
        "whether a blue/green deployment of {} is under way cannot be told ({why}): {} replicas are there, and none is added above the minimum of {least}",
        scene.rds.source,
        in_place(scene)
    );
    Some((least, Explanation::new(Reason::BlueGreenUnknown, detail)))
}

/// How many replicas the minimum lacks. What RDS does not show yet is not there.
pub(super) fn lacking(scene: &Scene<'_>) -> Count {
    minimum(scene).minus(in_place(scene))
}

fn minimum(scene: &Scene<'_>) -> Count {
    scene.bounds().min
}

fn in_place(scene: &Scene<'_>) -> Count {
    Count::of_len(scene.roster.members.iter().filter(|member| member.counts()).count())
}

/// What forbids a deletion: without its blue instance a green one cannot be switched over. What cannot be read forbids it too.
pub(super) fn forbids_deletion(scene: &Scene<'_>) -> Option<Explanation> {
    match &scene.observation.blue_green {
        Ok(_) => under_way(scene),
        Err(why) => {
            let detail = format!(
                "whether a blue/green deployment of {} is under way cannot be told ({why}): nothing is deleted",
                scene.rds.source
            );
            Some(Explanation::new(Reason::BlueGreenUnknown, detail))
        }
    }
}

/// The same of a look right before a deletion.
///
/// # Errors
/// Why it is not made.
pub(super) fn may_delete(seen: &Result<Vec<BlueGreen>, String>) -> Result<(), String> {
    match seen {
        Err(why) => Err(format!("whether a blue/green deployment is under way cannot be told ({why})")),
        Ok(deployments) => match deployments.iter().find(|one| one.is_under_way()) {
            Some(one) => Err(format!("the blue/green deployment {} is \"{}\"", one.name, one.status)),
            None => Ok(()),
        },
    }
}

/// Says what is under way, or that nobody can tell.
pub(super) fn look(scene: &Scene<'_>, draft: &mut Draft) {
    unread(scene, draft);
    if let Some(why) = forbids_deletion(scene) {
        draft.note(why.reason, why.detail);
    }
}

/// Remembers since when nobody can tell, and notifies after an hour: a denied call ends scale-in for good, whether or not it is wanted now.
fn unread(scene: &Scene<'_>, draft: &mut Draft) {
    let Err(why) = &scene.observation.blue_green else {
        // A look that buys no signals does not ask for deployments either: what was not asked is not over.
        if scene.observation.signals_read {
            draft.history.rds_replicas.deployments_unread_since = None;
        } else {
            draft.unjudged(UNREAD);
        }
        return;
    };
    let since = *draft.history.rds_replicas.deployments_unread_since.get_or_insert(scene.now);
    let lasted = scene.now.duration_since(since);
    if lasted >= UNREAD_FOR {
        let detail = format!(
            "for {} nobody could tell whether a blue/green deployment of {} is under way ({why}): nothing is deleted, and nothing is added above \
             the minimum of {}; if the call is denied, allow rds:DescribeBlueGreenDeployments",
            friendly(lasted),
            scene.rds.source,
            minimum(scene)
        );
        let said = Sentence::from(detail).with(Number::lasting("unread", lasted).against_time(UNREAD_FOR));
        draft.alert(UNREAD, Reason::BlueGreenUnknown, said);
    }
}

/// Of what an instance is the green copy, in words; `None` for any other. By the deployment, or by the name that RDS gives: `-green-` and six
/// characters (RDS user guide, "Creating a blue/green deployment").
pub(super) fn green_copy(id: &InstanceId, seen: &RdsObservation) -> Option<String> {
    for deployment in seen.blue_green.iter().flatten().filter(|one| one.is_under_way()) {
        if let Some(member) = deployment.members.iter().find(|member| member.green.as_ref() == Some(id)) {
            let blue = member.blue.as_ref().map_or("an instance", InstanceId::as_str);
            return Some(format!(
                "the green copy of {blue} in the blue/green deployment {}",
                deployment.name
            ));
        }
    }
    let (base, end) = id.as_str().rsplit_once("-green-").filter(|(_, end)| end.len() == 6)?;
    let plain = end.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    plain.then(|| format!("a green copy of {base}, of a blue/green deployment"))
}

/// Whose name an instance had before a switchover, in words: it is left as `-old1` (RDS user guide, "Switching a blue/green deployment").
pub(super) fn old_copy(id: &InstanceId) -> Option<String> {
    let (base, number) = id.as_str().rsplit_once("-old")?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("the former {base}, which a blue/green switchover left"))
}
