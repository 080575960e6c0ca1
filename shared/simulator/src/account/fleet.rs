//! The fleet port: every target is seen and changed through its part of the account; targets of one kind are seen together.

use std::rc::Rc;

use jiff::Timestamp;
use tidegate_policy::observation::{Lacking, Look, Observation, PastMinutes};
use tidegate_policy::plan::Action;
use tidegate_policy::policy::{Target, TargetKind};
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_reconcile::port::{Fleet, FleetError, ObserveRequest};

use super::call::{another_kind, failed};
use super::kinds::Part;
use super::request::PartRequest;
use super::{Account, ecs_service, rds_replicas, redis_nodes};

impl Fleet for Account {
    async fn observe(
        &self,
        requests: &[ObserveRequest<'_>],
        now: Timestamp,
    ) -> Result<Vec<Result<Observation, FleetError>>, FleetError> {
        self.asking_for_all(|| self.observe_at_once(requests, now)).await
    }

    async fn past(
        &self,
        target: &Target,
        _: &Observation,
        lacking: Lacking,
    ) -> Result<PastMinutes, FleetError> {
        self.asking(target, || self.past_at_once(target, lacking)).await
    }

    async fn look_again(&self, target: &Target, action: &Action, now: Timestamp) -> Result<Look, FleetError> {
        self.asking(target, || {
            let state = &mut *self.state.borrow_mut();
            let instances = state.region().instances;
            match (state.part_mut(target), action) {
                (Some(Part::Replicas(state)), Action::RdsReplicas(action)) => {
                    state.look_again(target, action, instances, now).map(Look::RdsReplicas)
                }
                (Some(Part::Service(state)), Action::EcsService(_)) => state.look().map(Look::EcsService),
                (Some(Part::Nodes(state)), Action::RedisNodes(_)) => state.look().map(Look::RedisNodes),
                (Some(_), _) => Err(another_kind(target, action)),
                (None, _) => Err(unknown(target)),
            }
        })
        .await
    }

    async fn apply(&self, target: &Target, action: &Action) -> Outcome {
        self.asking(target, || match (self.state.borrow_mut().part_mut(target), action) {
            (Some(Part::Replicas(state)), Action::RdsReplicas(action)) => state.apply(target, action),
            (Some(Part::Service(state)), Action::EcsService(action)) => state.apply(action),
            (Some(Part::Nodes(state)), Action::RedisNodes(action)) => state.apply(action),
            (Some(_), _) => failed(FailureClass::PersonNeeded, &another_kind(target, action).message),
            (None, _) => failed(FailureClass::PersonNeeded, &unknown(target).message),
        })
        .await
    }
}

impl Account {
    fn observe_at_once(
        &self,
        requests: &[ObserveRequest<'_>],
        now: Timestamp,
    ) -> Result<Vec<Result<Observation, FleetError>>, FleetError> {
        let state = &mut *self.state.borrow_mut();
        let common = Rc::clone(&state.common);
        let region = state.region();
        let (mut replicas, mut services, mut groups) = (Vec::new(), Vec::new(), Vec::new());
        for part in &mut state.parts {
            let name = &part.any().shared().target.name;
            let Some(place) = requests.iter().position(|request| request.target.name == *name) else {
                continue;
            };
            let ObserveRequest { target, history, signals } = requests[place];
            match (part, &target.kind) {
                (Part::Replicas(state), TargetKind::RdsReplicas(kind)) => {
                    replicas.push(PartRequest { place, target, kind, history, signals, state: &mut **state });
                }
                (Part::Service(state), TargetKind::EcsService(kind)) => {
                    services.push(PartRequest { place, target, kind, history, signals, state: &mut **state });
                }
                (Part::Nodes(state), TargetKind::RedisNodes(kind)) => {
                    groups.push(PartRequest { place, target, kind, history, signals, state: &mut **state });
                }
                (Part::Replicas(_) | Part::Service(_) | Part::Nodes(_), _) => {}
            }
        }
        let of_replicas = rds_replicas::fleet::observe_all(&mut replicas, region.instances, &common, now);
        let of_services = ecs_service::fleet::observe_all(&mut services, &common, now);
        let of_groups = redis_nodes::fleet::observe_all(&mut groups, region, &common, now);
        let mut seen: Vec<_> = requests.iter().map(|request| Err(unknown(request.target))).collect();
        let places = replicas.iter().map(PartRequest::place).chain(services.iter().map(PartRequest::place));
        let places = places.chain(groups.iter().map(PartRequest::place));
        let answers = of_replicas.into_iter().chain(of_services).chain(of_groups);
        for (place, observation) in places.zip(answers) {
            seen[place] = observation;
        }
        // Where nobody was seen, the look as a whole failed.
        match seen.iter().find_map(|one| one.as_ref().err()) {
            Some(error) if seen.iter().all(Result::is_err) => Err(error.clone()),
            _ => Ok(seen),
        }
    }
}

/// A look at what the account does not hold, or holds as another kind: a defect of ours.
pub(super) fn unknown(target: &Target) -> FleetError {
    let message = format!("the account holds no target {} of kind {}", target.name, target.kind.name());
    FleetError { operation: "observe", class: FailureClass::PersonNeeded, message }
}
