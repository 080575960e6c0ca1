//! What a kind of target must be able to do on AWS. Who is generic over it carries the SDK clients of that kind, and of no other.

use std::fmt::Debug;

use jiff::Timestamp;
use tidegate_policy::kind::Kind;
use tidegate_policy::observation::{Look, Observation};
use tidegate_policy::plan::Action;
use tidegate_policy::policy::Target;
use tidegate_policy::record::Outcome;
use tidegate_reconcile::port::{FleetError, ObserveRequest};

use super::metrics::{Bought, Order, PastOf};
use crate::clients::Clients;
use crate::failure::Failure;

/// One kind of target on AWS, or several.
#[expect(async_fn_in_trait, reason = "static dispatch only: the caller's executor decides on Send")]
pub trait OnAws: Debug + Sized {
    /// All that was read of several targets but their metrics.
    type Looked<'a>;

    /// Has seen nothing yet. No call is made.
    fn new(clients: &Clients) -> Self;

    /// Whether it is of this kind.
    fn scales(kind: Kind) -> bool;

    /// Reads all these targets together, which are of this kind; without any, no call is made.
    ///
    /// # Errors
    /// When nothing is known of any of them. What fails one target is in its observation.
    async fn look<'a>(
        &self,
        requests: &[ObserveRequest<'a>],
        now: Timestamp,
    ) -> Result<Self::Looked<'a>, Failure>;

    /// The series that the targets need.
    fn order(looked: &Self::Looked<'_>, order: &mut Order);

    /// One observation per request, in order. Without `bought` every reading is missing.
    async fn observations(
        &self,
        looked: Self::Looked<'_>,
        bought: Option<&Bought>,
        now: Timestamp,
    ) -> Vec<Result<Observation, FleetError>>;

    /// Whose past a forecast of this target learns from; `None` if the target is of another kind.
    fn past(target: &Target, seen: &Observation) -> Option<PastOf>;

    /// Reads afresh what `action` takes something away from.
    ///
    /// # Errors
    /// When any of it could not be read, or the action is of another kind.
    async fn look_again(
        &self,
        cloudwatch: Option<&aws_sdk_cloudwatch::Client>,
        target: &Target,
        action: &Action,
        now: Timestamp,
    ) -> Result<Look, FleetError>;

    /// Does one action, whose expectations it holds AWS to.
    async fn apply(&self, target: &Target, action: &Action) -> Outcome;
}

/// One kind alone, as a function looks after it.
pub trait OneKind: OnAws {
    /// Which.
    const KIND: Kind;
}
