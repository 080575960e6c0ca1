//! Services: what ECS and Application Auto Scaling say of all such targets together, and the four actions.

mod apply;
mod describe;
mod native;
mod on_aws;
mod series;
mod stopped;
mod warm;

use std::collections::BTreeMap;

use aws_sdk_applicationautoscaling::types::ServiceNamespace;
use jiff::Timestamp;
use tidegate_policy::evaluate::{lookback_minutes, metrics_needed, target_groups};
use tidegate_policy::history::{History, fails_more};
use tidegate_policy::names::{ClusterName, ServiceName};
use tidegate_policy::observation::ecs_service::DESIRED_COUNT;
use tidegate_policy::observation::{EcsObservation, Reading, ScalableTarget, ServiceLook, Stopped};
use tidegate_policy::plan::EcsServiceAction;
use tidegate_policy::policy::{EcsService, ServiceMetric, Target};
use tidegate_policy::record::Outcome;
use tidegate_reconcile::port::ObserveRequest;

use super::last_look::LastLook;
use super::metrics::{Bought, Order};
use super::scalable;
use crate::clients::Clients;
use crate::failure::Failure;

/// The clients that services need.
#[derive(Debug)]
pub struct Services {
    ecs: aws_sdk_ecs::Client,
    scaling: aws_sdk_applicationautoscaling::Client,
    /// The last look of an action that takes capacity away: its call is held to it, and looks no second time.
    last_look: LastLook<(ClusterName, ServiceName), ServiceLook>,
}

/// A target of this kind that is to be looked at.
#[derive(Clone, Copy, Debug)]
struct Wanted<'a> {
    target: &'a Target,
    kind: &'a EcsService,
    history: &'a History,
}

/// Those of `requests` that are of this kind, in order.
fn wanted<'a>(requests: &[ObserveRequest<'a>]) -> Vec<Wanted<'a>> {
    let of_kind = |request: &ObserveRequest<'a>| {
        let kind = request.target.kind.ecs_service()?;
        Some(Wanted { target: request.target, kind, history: request.history })
    };
    requests.iter().filter_map(of_kind).collect()
}

impl Services {
    fn with(clients: &Clients) -> Self {
        Self {
            ecs: clients.ecs().clone(),
            scaling: clients.scaling().clone(),
            last_look: LastLook::default(),
        }
    }

    /// Looks at all these targets, one answer each, in order. What fails fails its targets only.
    async fn look_at_each(&self, wanted: &[Wanted<'_>], now: Timestamp) -> Vec<Result<ServiceLook, Failure>> {
        let mut looks = self.look_at_all(wanted).await;
        self.read_native(wanted, &mut looks, now).await;
        looks
    }

    /// Why tasks of each stop, one answer each, in order; asked only where more of them have failed than the history knows.
    async fn read_stopped(
        &self,
        wanted: &[Wanted<'_>],
        looks: &[Result<ServiceLook, Failure>],
    ) -> Vec<Option<Stopped>> {
        let mut read = Vec::with_capacity(looks.len());
        for (Wanted { kind, history, .. }, look) in wanted.iter().zip(looks) {
            let service = look.as_ref().ok().and_then(|look| look.service.as_ref());
            let failing =
                service.and_then(|service| fails_more(history.ecs_service.failing.as_ref(), service));
            read.push(match failing {
                Some(newest) => {
                    Some(stopped::describe(&self.ecs, &kind.cluster, &kind.service, &newest.id).await)
                }
                None => None,
            });
        }
        read
    }

    /// Scheduled actions and predictive policies, of those for which they are due. Where they cannot be read the ledger's count, however old:
    /// an action that is gone costs money, one that is not known costs tasks.
    async fn read_native(
        &self,
        wanted: &[Wanted<'_>],
        looks: &mut [Result<ServiceLook, Failure>],
        now: Timestamp,
    ) {
        let mut due = Vec::new();
        for (wanted, look) in wanted.iter().zip(looks.iter_mut()) {
            let Ok(ServiceLook { service: Some(service), scalable: Some(scalable), native }) = look else {
                continue;
            };
            native.clone_from(&wanted.history.facts.native);
            if wanted.history.native_is_due(scalable, service.desired, now) {
                due.push(wanted.kind.resource_id());
            }
        }
        due.sort();
        due.dedup();
        let read = match native::describe(&self.scaling, &due, now).await {
            Ok(read) => read,
            Err(failure) => {
                tracing::warn!("no scheduled actions or scaling policies: {}", failure.message);
                return;
            }
        };
        for (wanted, look) in wanted.iter().zip(looks) {
            if let (Ok(look), Some(fact)) = (look, read.get(&wanted.kind.resource_id())) {
                look.native = Some(fact.clone());
            }
        }
    }

    /// Services and what is registered for them.
    async fn look_at_all(&self, wanted: &[Wanted<'_>]) -> Vec<Result<ServiceLook, Failure>> {
        let mut by_cluster: BTreeMap<&ClusterName, Vec<&ServiceName>> = BTreeMap::new();
        for Wanted { kind, .. } in wanted {
            by_cluster.entry(&kind.cluster).or_default().push(&kind.service);
        }
        let mut described = BTreeMap::new();
        for (cluster, services) in by_cluster {
            for (service, found) in describe::describe(&self.ecs, cluster, services).await {
                described.insert((cluster, service), found);
            }
        }
        // What is not there is not scaled, and needs no second call.
        let is_there =
            |kind: &EcsService| matches!(described.get(&(&kind.cluster, &kind.service)), Some(Ok(Some(_))));
        let there = wanted.iter().filter(|wanted| is_there(wanted.kind));
        let ids = there.map(|wanted| wanted.kind.resource_id()).collect();
        let scalable = scalable::describe(&self.scaling, &ServiceNamespace::Ecs, ids).await;
        let look = |Wanted { kind, .. }: &Wanted<'_>| match described.get(&(&kind.cluster, &kind.service)) {
            Some(Ok(Some(service))) => {
                let scalable = match scalable.get(&kind.resource_id()) {
                    Some(found) => of_tasks(found.clone()?),
                    None => None,
                };
                Ok(ServiceLook { service: Some(service.clone()), scalable, native: None })
            }
            Some(Err(failure)) => Err(failure.clone()),
            Some(Ok(None)) | None => Ok(ServiceLook { service: None, scalable: None, native: None }),
        };
        wanted.iter().map(look).collect()
    }

    /// Does one action.
    async fn carry_out(&self, action: &EcsServiceAction) -> Outcome {
        match action {
            EcsServiceAction::SetDesiredCount(set) => self.set_desired(set).await,
            EcsServiceAction::SetBounds(set) => self.set_bounds(set).await,
            EcsServiceAction::SetStrategy(set) => self.set_strategy(set).await,
            EcsServiceAction::Warm(warm) => warm::warm(warm).await,
        }
    }

    /// Looks at one service alone, for the call that comes next; at its native scaling too where that call lowers anything.
    async fn look_once_more(
        &self,
        cluster: &ClusterName,
        service: &ServiceName,
        native: bool,
        now: Timestamp,
    ) -> Result<ServiceLook, Failure> {
        let mut look = self.look_at(cluster, service).await?;
        if native && look.scalable.is_some() {
            let id = resource_id(cluster, service);
            look.native = native::describe(&self.scaling, std::slice::from_ref(&id), now).await?.remove(&id);
        }
        self.last_look.keep((cluster.clone(), service.clone()), look.clone());
        Ok(look)
    }

    /// The last look, if it was at this service; used up by being asked for.
    fn take_last_look(&self, cluster: &ClusterName, service: &ServiceName) -> Option<ServiceLook> {
        self.last_look.take(&(cluster.clone(), service.clone()))
    }

    /// What this service is right before its call.
    async fn right_before(
        &self,
        cluster: &ClusterName,
        service: &ServiceName,
    ) -> Result<ServiceLook, Failure> {
        match self.take_last_look(cluster, service) {
            Some(look) => Ok(look),
            None => self.look_at(cluster, service).await,
        }
    }

    /// Looks at one service alone.
    async fn look_at(&self, cluster: &ClusterName, service: &ServiceName) -> Result<ServiceLook, Failure> {
        let found = describe::describe(&self.ecs, cluster, vec![service]).await;
        match found.into_iter().next() {
            Some((_, Ok(Some(found)))) => {
                let scalable = self.registered(cluster, service).await?;
                Ok(ServiceLook { service: Some(found), scalable, native: None })
            }
            Some((_, Err(failure))) => Err(failure),
            Some((_, Ok(None))) | None => Ok(ServiceLook { service: None, scalable: None, native: None }),
        }
    }

    /// What Application Auto Scaling holds on one service.
    async fn registered(
        &self,
        cluster: &ClusterName,
        service: &ServiceName,
    ) -> Result<Option<ScalableTarget>, Failure> {
        let id = resource_id(cluster, service);
        Ok(of_tasks(scalable::describe_one(&self.scaling, &ServiceNamespace::Ecs, id).await?))
    }
}

/// The resource id of a service.
fn resource_id(cluster: &ClusterName, service: &ServiceName) -> String {
    format!("service/{cluster}/{service}")
}

/// The one of the number of tasks; else one that is foreign.
fn of_tasks(mut registered: Vec<ScalableTarget>) -> Option<ScalableTarget> {
    registered.sort_by_key(|target| target.dimension == DESIRED_COUNT);
    registered.pop()
}

/// What the target's rules need, by target group where each has one of its own; nothing of a service that is not there.
fn needed(wanted: &Wanted<'_>, look: &ServiceLook) -> Vec<(Option<String>, ServiceMetric)> {
    let Some(service) = &look.service else { return Vec::new() };
    let groups: Vec<_> = match target_groups(wanted.kind, service) {
        // Without a load balancer its metrics are of nothing, and missing.
        groups if groups.is_empty() => vec![None],
        groups => groups.into_iter().map(Some).collect(),
    };
    let of_each = |metric: ServiceMetric| {
        let of = if metric.is_of_a_group() { groups.as_slice() } else { &[None] };
        of.iter().map(move |group| (group.clone(), metric))
    };
    metrics_needed(wanted.target).into_iter().flat_map(of_each).collect()
}

/// The series that the target's rules need.
fn order(order: &mut Order, wanted: &Wanted<'_>, look: &ServiceLook) {
    let minutes = lookback_minutes(wanted.target);
    for (group, metric) in needed(wanted, look) {
        if let Some(series) = series::of(wanted.kind, group.as_deref(), metric) {
            order.add(series, minutes);
        }
    }
}

/// One target's part of what was seen. Without `bought` every reading is missing.
fn observation(
    wanted: &Wanted<'_>,
    (look, stopped): (ServiceLook, Option<Stopped>),
    bought: Option<&Bought>,
    now: Timestamp,
) -> EcsObservation {
    let needed = needed(wanted, &look);
    let series_of = |(group, metric): &(Option<String>, ServiceMetric)| {
        series::of(wanted.kind, group.as_deref(), *metric)
    };
    // Errors that could not be read would look like none, so that a service is read as a whole or not at all.
    let bought =
        bought.filter(|bought| needed.iter().filter_map(series_of).all(|series| bought.is_whole(&series)));
    // Raw points: a minute without errors has none, and what that means is for the core to say.
    let mut signals = BTreeMap::new();
    let mut other_groups: BTreeMap<String, BTreeMap<ServiceMetric, Reading>> = BTreeMap::new();
    let first = wanted.kind.load_balancer.as_ref().and_then(|balancer| balancer.target_groups.first());
    for one in needed {
        let reading = series_of(&one)
            .zip(bought)
            .map_or(Reading::Missing, |(series, bought)| bought.reading(&series, None, now));
        let (group, metric) = one;
        match group.filter(|group| Some(group) != first) {
            Some(other) => other_groups.entry(other).or_default().insert(metric, reading),
            None => signals.insert(metric, reading),
        };
    }
    EcsObservation { at: now, look, stopped, signals, other_groups, signals_read: bought.is_some() }
}
