//! Replication groups as a kind on AWS: what the fleet asks of them.

use jiff::Timestamp;
use tidegate_policy::kind::Kind;
use tidegate_policy::observation::{GroupLook, Look, Observation};
use tidegate_policy::plan::Action;
use tidegate_policy::policy::{Target, TargetKind};
use tidegate_policy::record::Outcome;
use tidegate_reconcile::port::{FleetError, ObserveRequest};

use super::past::past;
use super::{Groups, Wanted, observation, wanted};
use crate::clients::Clients;
use crate::failure::Failure;
use crate::fleet::another_kind::{another_action, another_kind};
use crate::fleet::metrics::{Bought, Order, PastOf};
use crate::fleet::on_aws::{OnAws, OneKind};

/// What was seen of each group.
#[derive(Debug)]
pub struct Looked<'a>(Vec<(Wanted<'a>, Result<GroupLook, Failure>)>);

impl OneKind for Groups {
    const KIND: Kind = Kind::RedisNodes;
}

impl OnAws for Groups {
    type Looked<'a> = Looked<'a>;

    fn new(clients: &Clients) -> Self {
        Self::with(clients)
    }

    fn scales(kind: Kind) -> bool {
        kind == Self::KIND
    }

    async fn look<'a>(&self, requests: &[ObserveRequest<'a>], _: Timestamp) -> Result<Looked<'a>, Failure> {
        let wanted = wanted(requests);
        let looks = self.look_at_each(&wanted).await;
        Ok(Looked(wanted.into_iter().zip(looks).collect()))
    }

    fn order(looked: &Looked<'_>, order: &mut Order) {
        for (wanted, look) in &looked.0 {
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
        let mut observations = Vec::with_capacity(looked.0.len());
        for (wanted, look) in looked.0 {
            observations.push(match look {
                Ok(look) => {
                    let seen = self.with_larger_types(&wanted, observation(&wanted, look, bought, now)).await;
                    seen.map(Observation::RedisNodes).map_err(FleetError::from)
                }
                Err(failure) => Err(failure.into()),
            });
        }
        observations
    }

    fn past(target: &Target, seen: &Observation) -> Option<PastOf> {
        match (&target.kind, seen) {
            (TargetKind::RedisNodes(kind), Observation::RedisNodes(seen)) => Some(past(kind, seen)),
            (_, _) => None,
        }
    }

    async fn look_again(
        &self,
        _: Option<&aws_sdk_cloudwatch::Client>,
        target: &Target,
        action: &Action,
        _: Timestamp,
    ) -> Result<Look, FleetError> {
        match (&target.kind, action) {
            (TargetKind::RedisNodes(kind), Action::RedisNodes(_)) => {
                Ok(Look::RedisNodes(self.look_once_more(kind).await?))
            }
            (_, _) => Err(another_kind(target)),
        }
    }

    async fn apply(&self, target: &Target, action: &Action) -> Outcome {
        match (&target.kind, action) {
            (TargetKind::RedisNodes(_), Action::RedisNodes(action)) => self.carry_out(action).await,
            (_, _) => another_action(target),
        }
    }
}
