//! How often tasks of a service's newest deployment have failed: what is remembered, so that a number that only stands is no news.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::observation::{Deployment, Rollout, Service};
use crate::units::Count;

/// So many failures in a row are no chance: the fewest at which ECS's own circuit breaker trips ("How the Amazon ECS deployment circuit breaker
/// detects failures").
pub(crate) const FAILED_IN_A_ROW: Count = Count(3);
/// ECS waits for longer and longer between two starts, up to half an hour ("Amazon ECS service throttle logic": 27 minutes at most).
const BETWEEN_STARTS: SignedDuration = SignedDuration::from_mins(30);

/// What is remembered of tasks that fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// Of which deployment.
    pub deployment: String,
    /// So many had failed at the last look.
    pub failed: Count,
    /// When a look last found more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grew_at: Option<Timestamp>,
    /// Why most of them stopped, in ECS's words, or why that could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Failing {
    /// What is to be remembered after this look, which asked why if it had to.
    pub(crate) fn after(
        known: Option<&Failing>,
        service: &Service,
        why: Option<String>,
        now: Timestamp,
    ) -> Option<Failing> {
        let newest = of(service)?;
        let same = known.filter(|known| known.deployment == newest.id);
        let grew = fails_more(known, service).is_some();
        Some(Failing {
            deployment: newest.id.clone(),
            failed: newest.failed_tasks,
            grew_at: if grew { Some(now) } else { same.and_then(|same| same.grew_at) },
            why: if grew { why } else { same.and_then(|same| same.why.clone()) },
        })
    }

    /// Whether they go on failing: ECS may not have tried again yet.
    pub(crate) fn goes_on(&self, now: Timestamp) -> bool {
        let lately = |at: Timestamp| now.duration_since(at) < BETWEEN_STARTS;
        self.failed >= FAILED_IN_A_ROW && self.grew_at.is_some_and(lately)
    }
}

/// The deployment that is to stay, unless ECS gave it up: that is reported as such.
fn of(service: &Service) -> Option<&Deployment> {
    service.deployments.iter().find(|one| one.primary && one.rollout != Rollout::Failed)
}

/// The newest deployment, where more of its tasks have failed than at the last look, and too many for chance: only then is it worth to ask why. What the
/// first look of all finds may stand for long.
pub fn fails_more<'a>(known: Option<&Failing>, service: &'a Service) -> Option<&'a Deployment> {
    let (known, newest) = (known?, of(service)?);
    let before = if known.deployment == newest.id { known.failed } else { Count::ZERO };
    (newest.failed_tasks > before && newest.failed_tasks >= FAILED_IN_A_ROW).then_some(newest)
}
