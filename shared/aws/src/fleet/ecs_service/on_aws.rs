//! Services as a kind on AWS: what the fleet asks of them.

use jiff::Timestamp;
use tidegate_policy::kind::Kind;
use tidegate_policy::observation::{Look, Observation, ServiceLook, Stopped};
use tidegate_policy::plan::Action;
use tidegate_policy::policy::{Target, TargetKind};
use tidegate_policy::record::Outcome;
use tidegate_reconcile::port::{FleetError, ObserveRequest};

use super::{Services, Wanted, observation, series, wanted};
use crate::clients::Clients;
use crate::failure::Failure;
use crate::fleet::another_kind::{another_action, another_kind};
use crate::fleet::metrics::{Bought, Order, PastOf};
use crate::fleet::on_aws::{OnAws, OneKind};

/// What was seen of each service.
#[derive(Debug)]
pub struct Looked<'a>(Vec<Seen<'a>>);

/// One of them, what was seen of it, and why its tasks stop if that was asked for.
type Seen<'a> = (Wanted<'a>, Result<ServiceLook, Failure>, Option<Stopped>);

impl OneKind for Services {
    const KIND: Kind = Kind::EcsService;
}

impl OnAws for Services {
    type Looked<'a> = Looked<'a>;

    fn new(clients: &Clients) -> Self {
        Self::with(clients)
    }

    fn scales(kind: Kind) -> bool {
        kind == Self::KIND
    }

    async fn look<'a>(&self, requests: &[ObserveRequest<'a>], now: Timestamp) -> Result<Looked<'a>, Failure> {
        let wanted = wanted(requests);
        let looks = self.look_at_each(&wanted, now).await;
        let stopped = self.read_stopped(&wanted, &looks).await;
        let seen = wanted.into_iter().zip(looks).zip(stopped);
        Ok(Looked(seen.map(|((wanted, look), stopped)| (wanted, look, stopped)).collect()))
    }

    fn order(looked: &Looked<'_>, order: &mut Order) {
        for (wanted, look, _) in &looked.0 {
            if let Ok(look) = look {
                super::order(order, wanted, look);
            }
        }
    }

    async fn observations(
        &self,
        looked: Self::Looked<'_>,
        bought: Option<&Bought>,
        now: Timestamp,
    ) -> Vec<Result<Observation, FleetError>> {
        let seen = |(wanted, look, stopped): Seen<'_>| {
            Ok(Observation::EcsService(observation(&wanted, (look?, stopped), bought, now)))
        };
        looked.0.into_iter().map(seen).collect()
    }

    fn past(target: &Target, seen: &Observation) -> Option<PastOf> {
        match (&target.kind, seen) {
            (TargetKind::EcsService(kind), Observation::EcsService(_)) => series::past(kind),
            (_, _) => None,
        }
    }

    async fn look_again(
        &self,
        _: Option<&aws_sdk_cloudwatch::Client>,
        target: &Target,
        action: &Action,
        now: Timestamp,
    ) -> Result<Look, FleetError> {
        match (&target.kind, action) {
            (TargetKind::EcsService(kind), Action::EcsService(_)) => {
                // What native scaling raised matters to what is lowered alone: a listing that fails must not keep tasks from coming.
                let native = action.is_destructive();
                let look = self.look_once_more(&kind.cluster, &kind.service, native, now).await?;
                Ok(Look::EcsService(look))
            }
            (_, _) => Err(another_kind(target)),
        }
    }

    async fn apply(&self, target: &Target, action: &Action) -> Outcome {
        match (&target.kind, action) {
            (TargetKind::EcsService(_), Action::EcsService(action)) => self.carry_out(action).await,
            (_, _) => another_action(target),
        }
    }
}
