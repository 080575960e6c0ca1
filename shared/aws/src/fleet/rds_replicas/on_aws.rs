//! Replicas as a kind on AWS: what the fleet asks of them.

use jiff::Timestamp;
use tidegate_policy::kind::Kind;
use tidegate_policy::observation::{Look, Observation};
use tidegate_policy::plan::Action;
use tidegate_policy::policy::{Target, TargetKind};
use tidegate_policy::record::Outcome;
use tidegate_reconcile::port::{FleetError, ObserveRequest};

use super::past::past;
use super::{Looked, Replicas, wanted};
use crate::clients::Clients;
use crate::failure::Failure;
use crate::fleet::another_kind::{another_action, another_kind};
use crate::fleet::metrics::{Bought, Order, PastOf};
use crate::fleet::on_aws::{OnAws, OneKind};

impl OneKind for Replicas {
    const KIND: Kind = Kind::RdsReplicas;
}

impl OnAws for Replicas {
    type Looked<'a> = Looked<'a>;

    fn new(clients: &Clients) -> Self {
        Self::with(clients)
    }

    fn scales(kind: Kind) -> bool {
        kind == Self::KIND
    }

    async fn look<'a>(&self, requests: &[ObserveRequest<'a>], now: Timestamp) -> Result<Looked<'a>, Failure> {
        self.look_at(&wanted(requests), now).await
    }

    fn order(looked: &Looked<'_>, order: &mut Order) {
        looked.order(order);
    }

    async fn observations(
        &self,
        looked: Self::Looked<'_>,
        bought: Option<&Bought>,
        now: Timestamp,
    ) -> Vec<Result<Observation, FleetError>> {
        looked.observations(self, bought, now).await
    }

    fn past(target: &Target, seen: &Observation) -> Option<PastOf> {
        match (&target.kind, seen) {
            (TargetKind::RdsReplicas(kind), Observation::RdsReplicas(seen)) => Some(past(kind, seen)),
            (_, _) => None,
        }
    }

    async fn look_again(
        &self,
        cloudwatch: Option<&aws_sdk_cloudwatch::Client>,
        target: &Target,
        action: &Action,
        now: Timestamp,
    ) -> Result<Look, FleetError> {
        match (&target.kind, action) {
            (TargetKind::RdsReplicas(kind), Action::RdsReplicas(action)) => {
                Ok(Look::RdsReplicas(self.look_at_one(cloudwatch, target, kind, action, now).await?))
            }
            (_, _) => Err(another_kind(target)),
        }
    }

    async fn apply(&self, target: &Target, action: &Action) -> Outcome {
        match (&target.kind, action) {
            (TargetKind::RdsReplicas(kind), Action::RdsReplicas(action)) => {
                self.carry_out(target, kind, action).await
            }
            (_, _) => another_action(target),
        }
    }
}
