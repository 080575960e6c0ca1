//! Which class and zone a new replica is asked for: the first rung of the policy's ladder that RDS has not refused of late.

use super::scene::{Draft, Scene};
use crate::history::{Addition, History, NotOffered};
use crate::names::{AvailabilityZone, InstanceClass};
use crate::observation::Source;
use crate::policy::RdsReplicas;
use crate::reason::{Explanation, Reason};

/// A class, and the zone to ask for; `None` leaves the zone to RDS.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rung {
    pub(super) class: InstanceClass,
    pub(super) zone: Option<AvailabilityZone>,
}

impl Rung {
    pub(super) fn of(addition: &Addition) -> Self {
        Self { class: addition.class.clone(), zone: addition.zone.clone() }
    }

    /// The refusal that still counts against it.
    fn refused<'a>(&self, scene: &Scene<'_>, history: &'a History) -> Option<&'a NotOffered> {
        history.rds_replicas.not_offered.iter().find(|refused| {
            refused.class == self.class && refused.zone == self.zone && refused.counts(scene.now)
        })
    }
}

/// The classes that new replicas may have, the one that is wanted first.
pub(super) fn classes<'a>(rds: &'a RdsReplicas, source: &'a Source) -> Vec<&'a InstanceClass> {
    let wanted = rds.class.as_ref().unwrap_or(&source.class);
    let others = rds.fallback_classes.iter().filter(|class| *class != wanted);
    std::iter::once(wanted).chain(others).collect()
}

/// Every rung, from the top. The same class in another zone comes before another class: a replica as its equals are is worth more than its place.
fn rungs(rds: &RdsReplicas, source: &Source) -> Vec<Rung> {
    let zones = || std::iter::once(None).chain(rds.fallback_zones.iter().cloned().map(Some));
    let of_class = |class: &InstanceClass| zones().map(|zone| Rung { class: class.clone(), zone }).collect();
    classes(rds, source).into_iter().flat_map(|class| -> Vec<Rung> { of_class(class) }).collect()
}

/// What to ask for now: the first rung without a refusal that counts, or else the first whose wait is over.
///
/// # Errors
/// Why nothing is asked for yet.
pub(super) fn choose(scene: &Scene<'_>, history: &History, source: &Source) -> Result<Rung, Explanation> {
    let rungs = rungs(scene.rds, source);
    if let Some(open) = rungs.iter().find(|rung| rung.refused(scene, history).is_none()) {
        return Ok(open.clone());
    }
    let again =
        |rung: &&Rung| rung.refused(scene, history).is_none_or(|refused| refused.retry_at <= scene.now);
    if let Some(open) = rungs.iter().find(again) {
        return Ok(open.clone());
    }
    let next = rungs.iter().filter_map(|rung| Some(rung.refused(scene, history)?.retry_at)).min();
    let when = next.map_or(String::new(), |at| format!("; it is asked for again at {at}"));
    let detail = format!("RDS has no room for {}{when}", refused(scene, history, &rungs));
    Err(Explanation::new(Reason::CreateRefused, detail))
}

/// The same for an addition that was decided: it keeps its class and zone until RDS refuses it there. What RDS refused another one says nothing of
/// this one, which it may be making already.
///
/// # Errors
/// Why nothing is asked for yet.
pub(super) fn step(
    addition: &Addition,
    scene: &Scene<'_>,
    history: &History,
    source: &Source,
) -> Result<Rung, Explanation> {
    let own = Rung::of(addition);
    if !addition.not_offered || own.refused(scene, history).is_none() {
        return Ok(own);
    }
    choose(scene, history, source)
}

/// Alerts where RDS refused every rung, and the first of them twice, while a replica is still missing.
pub(super) fn look(scene: &Scene<'_>, draft: &mut Draft) {
    let Some(source) = &scene.observation.source else { return };
    let rungs = rungs(scene.rds, source);
    let refusals = |rung: &Rung| rung.refused(scene, &draft.history).map_or(0, |refused| refused.refusals);
    let held = draft.decision.limited_by == Some(Reason::CreateRefused);
    let missing = held
        || draft
            .history
            .rds_replicas
            .additions()
            .any(|addition| addition.is_coming() && addition.not_offered);
    if !missing || rungs.iter().any(|rung| refusals(rung) == 0) || rungs.first().map_or(0, refusals) < 2 {
        return;
    }
    let detail = format!(
        "RDS has no room for new replicas of {}: {} refused within an hour; add `fallback_classes` or `fallback_zones` to the policy",
        source.id,
        refused(scene, &draft.history, &rungs)
    );
    draft.alert(format!("room for new replicas of {}", source.id), Reason::ClassNotOffered, detail);
}

/// What was asked for in vain, in words.
fn refused(scene: &Scene<'_>, history: &History, rungs: &[Rung]) -> String {
    let words = rungs.iter().filter_map(|rung| {
        let refused = rung.refused(scene, history)?;
        Some(format!("{} (refused {} times)", named(rung), refused.refusals))
    });
    words.collect::<Vec<_>>().join(", ")
}

/// `db.r6g.large in eu-west-1b`.
pub(super) fn named(rung: &Rung) -> String {
    match &rung.zone {
        Some(zone) => format!("{} in {zone}", rung.class),
        None => rung.class.to_string(),
    }
}
