//! Two kinds of targets as one, looked at together: what fails the one does not keep the other from being seen.

use jiff::Timestamp;
use tidegate_policy::kind::Kind;
use tidegate_policy::observation::{Look, Observation};
use tidegate_policy::plan::Action;
use tidegate_policy::policy::Target;
use tidegate_policy::record::Outcome;
use tidegate_reconcile::port::{FleetError, ObserveRequest};

use super::metrics::{Bought, Order, PastOf};
use super::on_aws::OnAws;
use crate::clients::Clients;
use crate::failure::Failure;

/// Both kinds.
#[derive(Debug)]
pub struct Both<A, B> {
    pub(super) first: A,
    second: B,
}

/// What was read of both kinds.
#[derive(Debug)]
pub struct LookedAtBoth<A, B> {
    first: Seen<A>,
    second: Seen<B>,
}

/// What was read of one of them.
#[derive(Debug)]
struct Seen<L> {
    /// The places of its targets among all.
    places: Vec<usize>,
    looked: Result<L, Failure>,
}

impl<A: OnAws, B: OnAws> OnAws for Both<A, B> {
    type Looked<'a> = LookedAtBoth<A::Looked<'a>, B::Looked<'a>>;

    fn new(clients: &Clients) -> Self {
        Self { first: A::new(clients), second: B::new(clients) }
    }

    fn scales(kind: Kind) -> bool {
        A::scales(kind) || B::scales(kind)
    }

    async fn look<'a>(
        &self,
        requests: &[ObserveRequest<'a>],
        now: Timestamp,
    ) -> Result<Self::Looked<'a>, Failure> {
        let first = look(&self.first, requests, now).await;
        // Where the other kind has no target, there is nothing to show beside a failure.
        if first.places.len() == requests.len()
            && let Err(failure) = first.looked
        {
            return Err(failure);
        }
        let second = look(&self.second, requests, now).await;
        if second.places.len() == requests.len()
            && let Err(failure) = second.looked
        {
            return Err(failure);
        }
        Ok(LookedAtBoth { first, second })
    }

    fn order(looked: &Self::Looked<'_>, order: &mut Order) {
        if let Ok(first) = &looked.first.looked {
            A::order(first, order);
        }
        if let Ok(second) = &looked.second.looked {
            B::order(second, order);
        }
    }

    async fn observations(
        &self,
        looked: Self::Looked<'_>,
        bought: Option<&Bought>,
        now: Timestamp,
    ) -> Vec<Result<Observation, FleetError>> {
        let mut seen = observations(&self.first, looked.first, bought, now).await;
        seen.extend(observations(&self.second, looked.second, bought, now).await);
        seen.sort_by_key(|(place, _)| *place);
        seen.into_iter().map(|(_, observation)| observation).collect()
    }

    fn past(target: &Target, seen: &Observation) -> Option<PastOf> {
        A::past(target, seen).or_else(|| B::past(target, seen))
    }

    async fn look_again(
        &self,
        cloudwatch: Option<&aws_sdk_cloudwatch::Client>,
        target: &Target,
        action: &Action,
        now: Timestamp,
    ) -> Result<Look, FleetError> {
        if A::scales(target.kind.kind()) {
            self.first.look_again(cloudwatch, target, action, now).await
        } else {
            self.second.look_again(cloudwatch, target, action, now).await
        }
    }

    async fn apply(&self, target: &Target, action: &Action) -> Outcome {
        if A::scales(target.kind.kind()) {
            self.first.apply(target, action).await
        } else {
            self.second.apply(target, action).await
        }
    }
}

/// Looks at those targets that are of this kind.
async fn look<'a, K: OnAws>(
    kind: &K,
    requests: &[ObserveRequest<'a>],
    now: Timestamp,
) -> Seen<K::Looked<'a>> {
    let of_kind = |(_, request): &(usize, &ObserveRequest<'a>)| K::scales(request.target.kind.kind());
    let (places, requests): (Vec<_>, Vec<_>) =
        requests.iter().enumerate().filter(of_kind).map(|(place, request)| (place, *request)).unzip();
    Seen { looked: kind.look(&requests, now).await, places }
}

/// The observations of one kind, each with its place.
async fn observations<K: OnAws>(
    kind: &K,
    seen: Seen<K::Looked<'_>>,
    bought: Option<&Bought>,
    now: Timestamp,
) -> Vec<(usize, Result<Observation, FleetError>)> {
    let observations = match seen.looked {
        Ok(looked) => kind.observations(looked, bought, now).await,
        Err(failure) => seen.places.iter().map(|_| Err(failure.clone().into())).collect(),
    };
    seen.places.into_iter().zip(observations).collect()
}
