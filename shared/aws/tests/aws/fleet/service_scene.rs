//! A service, its account in rest, and its policy: what a test begins with and then changes.

use jiff::SignedDuration;
use serde_json::Value;
use tidegate_aws::fleet::AwsFleet;
use tidegate_policy::document::parse;
use tidegate_policy::history::History;
use tidegate_policy::names::{ClusterName, QueueName, ServiceName, TargetName};
use tidegate_policy::observation::{EcsObservation, Look, Observation, Service, ServiceLook};
use tidegate_policy::plan::{Action, EcsServiceAction, SetDesiredCount};
use tidegate_policy::policy::{
    Comparison, EcsService, LoadBalancer, PointsRequired, Signal, Target, TargetKind, ThresholdRule,
};
use tidegate_policy::units::Count;
use tidegate_reconcile::port::{Fleet, FleetError, ObserveRequest};

use super::account::Account;
use super::scene::{document, now};
use super::service_answers::service;
use super::wire::clients;

/// A target of this service in the cluster `prod`, whose rules need `signals`.
pub(crate) fn target(name: &str, signals: &[Signal]) -> Target {
    let rule = |signal: &Signal| ThresholdRule {
        signal: *signal,
        comparison: Comparison::Above,
        threshold: 70.0,
        points: PointsRequired::All { of: 10 },
        step: Count(1),
        text: signal.name().to_owned(),
    };
    // What is common to all kinds is as the document fills it in.
    let text = document(name, "Z1", "example.com", "");
    let common = parse(&text).unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut scaling = common.targets.into_iter().next().unwrap().scaling;
    scaling.scale_out = signals.iter().map(rule).collect();
    scaling.scale_in = Vec::new();
    scaling.track = Vec::new();
    scaling.alert = Vec::new();
    let kind = EcsService {
        cluster: ClusterName::new("prod"),
        service: ServiceName::new(name),
        load_balancer: None,
        queue: None,
        spot: None,
        events: Vec::new(),
        start_within: SignedDuration::from_mins(10),
    };
    Target { name: TargetName::new(name), kind: TargetKind::EcsService(kind), scaling }
}

pub(crate) fn kind(target: &mut Target) -> &mut EcsService {
    match &mut target.kind {
        TargetKind::EcsService(kind) => kind,
        _ => panic!("a target of a service"),
    }
}

/// With a load balancer and a queue too.
pub(crate) fn full_target(name: &str, signals: &[Signal]) -> Target {
    let mut target = target(name, signals);
    kind(&mut target).load_balancer = Some(LoadBalancer {
        load_balancer: "app/web/50dc6c495c0c9188".to_owned(),
        target_groups: vec!["targetgroup/api/73e2d6bc24d8a067".to_owned()],
    });
    kind(&mut target).queue = Some(QueueName::new("jobs"));
    target
}

/// The target `api` and its service.
pub(crate) struct ServiceScene {
    pub(crate) account: Account,
    pub(crate) fleet: AwsFleet,
    pub(crate) target: Target,
}

/// One task fewer than there are.
pub(crate) fn fewer_tasks() -> Action {
    let set = SetDesiredCount {
        cluster: ClusterName::new("prod"),
        service: ServiceName::new("api"),
        from: Count(4),
        to: Count(3),
    };
    EcsServiceAction::SetDesiredCount(set).into()
}

impl ServiceScene {
    /// The last look before tasks go.
    pub(crate) async fn look_again(&self) -> Result<ServiceLook, FleetError> {
        match self.fleet.look_again(&self.target, &fewer_tasks(), now()).await? {
            Look::EcsService(look) => Ok(look),
            Look::RdsReplicas(_) | Look::RedisNodes(_) => panic!("a look at a service"),
        }
    }

    pub(crate) fn new() -> Self {
        let account = Account::new();
        account.state().ecs.services.insert(key("api"), service("prod", "api"));
        let fleet = AwsFleet::new(&clients(&account));
        Self { account, fleet, target: target("api", &[Signal::Cpu]) }
    }

    /// Changes what ECS says of the service.
    pub(crate) fn service(&self, change: impl FnOnce(&mut Value)) {
        change(self.account.state().ecs.services.get_mut(&key("api")).unwrap());
    }

    /// Registers a scalable target.
    pub(crate) fn register(&self, scalable: Value) {
        self.account.state().ecs.scalable.push(scalable);
    }

    pub(crate) fn count(&self, operation: &str) -> usize {
        self.account.calls(operation).len()
    }

    /// Looks at the target alone, which must go well.
    pub(crate) async fn look(&self) -> EcsObservation {
        let mut seen = observe(&self.fleet, &[&self.target]).await;
        seen.remove(0).expect("the target")
    }

    /// The service as it is seen.
    pub(crate) async fn seen(&self) -> Service {
        self.look().await.look.service.expect("the service")
    }
}

pub(crate) fn key(name: &str) -> (String, String) {
    ("prod".to_owned(), name.to_owned())
}

/// Looks at these targets of services.
pub(crate) async fn observe(
    fleet: &AwsFleet,
    targets: &[&Target],
) -> Vec<Result<EcsObservation, FleetError>> {
    let history = History::default();
    let requests: Vec<_> = targets.iter().map(|target| ObserveRequest::new(target, &history)).collect();
    let seen = fleet.observe(&requests, now()).await.expect("the fleet");
    assert_eq!(seen.len(), targets.len());
    let of_service = |seen| match seen {
        Observation::EcsService(seen) => seen,
        _ => panic!("an observation of a service"),
    };
    seen.into_iter().map(|seen| seen.map(of_service)).collect()
}
