//! The mutations of a service: exactly what is sent, what is made of every answer, and all that keeps one from being sent.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tidegate_policy::names::{ClusterName, ServiceName};
use tidegate_policy::observation::{CapacityBounds, StrategyItem};
use tidegate_policy::plan::{
    Action, DeleteReplica, EcsServiceAction, Ending, RdsReplicasAction, SetBounds, SetDesiredCount,
    SetStrategy,
};
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_policy::units::Count;
use tidegate_reconcile::port::Fleet;

use super::scene::Scene;
use super::service_answers::scalable;
use super::service_scene::{ServiceScene, key};
use super::wire::Mishap;

const UPDATE: &str = "UpdateService";
const REGISTER: &str = "RegisterScalableTarget";
const THROTTLED: Mishap = Mishap::Refused(400, "ThrottlingException", "Rate exceeded");

fn applied() -> Outcome {
    Outcome::Applied { change: None }
}

fn names() -> (ClusterName, ServiceName) {
    (ClusterName::new("prod"), ServiceName::new("api"))
}

fn desired(from: u32, to: u32) -> Action {
    let (cluster, service) = names();
    Action::EcsService(EcsServiceAction::SetDesiredCount(SetDesiredCount {
        cluster,
        service,
        from: Count(from),
        to: Count(to),
    }))
}

fn between(min: u32, max: u32) -> CapacityBounds {
    CapacityBounds { min: Count(min), max: Count(max) }
}

fn bounds(from: (u32, u32), to: (u32, u32)) -> Action {
    let (cluster, service) = names();
    Action::EcsService(EcsServiceAction::SetBounds(SetBounds {
        cluster,
        service,
        from: between(from.0, from.1),
        to: between(to.0, to.1),
        pulls_down: false,
        by_command: false,
    }))
}

fn item(provider: &str, weight: u32, base: u32) -> StrategyItem {
    StrategyItem { provider: provider.to_owned(), weight, base }
}

/// From what the service has to on-demand alone.
fn on_demand() -> Action {
    let (cluster, service) = names();
    // Not in the order of ECS.
    let from = vec![item("FARGATE_SPOT", 3, 0), item("FARGATE", 1, 2)];
    let to = vec![item("FARGATE", 1, 0)];
    Action::EcsService(EcsServiceAction::SetStrategy(SetStrategy { cluster, service, from, to }))
}

impl ServiceScene {
    async fn apply(&self, action: &Action) -> Outcome {
        self.fleet.apply(&self.target, action).await
    }

    /// All that a change could change.
    fn held(&self) -> (BTreeMap<(String, String), Value>, Vec<Value>) {
        let state = self.account.state();
        (state.ecs.services.clone(), state.ecs.scalable.clone())
    }

    /// Nothing was changed, and why.
    async fn must_not_change(&self, action: &Action, why: &str) {
        let before = self.held();
        let outcome = self.apply(action).await;
        let Outcome::Stale { why: told } = &outcome else { panic!("{action}: {outcome}") };
        assert!(told.contains(why), "{told}");
        let calls = self.count(UPDATE) + self.count(REGISTER);
        assert_eq!(calls, 0, "{action}");
        let after = self.held();
        assert_eq!(before, after);
    }
}

fn failed(outcome: Outcome) -> (FailureClass, String) {
    match outcome {
        Outcome::Failed { class, message } => (class, message),
        other => panic!("it did not fail: {other}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_desired_count_is_sent_alone() {
    for to in [6, 2, 0] {
        let scene = ServiceScene::new();
        assert_eq!(scene.apply(&desired(4, to)).await, applied());
        let calls = scene.account.calls(UPDATE);
        assert_eq!(calls.len(), 1);
        assert_eq!(calls[0].json, json!({"cluster": "prod", "service": "api", "desiredCount": to}));
        assert_eq!(scene.seen().await.desired, Count(to));
        // A retry after a lost answer.
        assert_eq!(scene.apply(&desired(4, to)).await, Outcome::AlreadySatisfied);
        assert_eq!(scene.count(UPDATE), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_desired_count_is_not_sent_where_the_world_moved_on() {
    let scene = ServiceScene::new();
    scene.service(|service| service["desiredCount"] = json!(9));
    // 9 to 6 would take three tasks away that somebody has just asked for.
    scene.must_not_change(&desired(4, 6), "is to run 9 tasks, no longer 4").await;
    let scene = ServiceScene::new();
    scene.register(scalable("prod", "api", 1, 8));
    scene.must_not_change(&desired(4, 2), "Application Auto Scaling now keeps prod/api within 1..8").await;
    for status in ["DRAINING", "INACTIVE"] {
        let scene = ServiceScene::new();
        scene.service(|service| service["status"] = json!(status));
        scene.must_not_change(&desired(4, 6), "is no longer active").await;
    }
    let scene = ServiceScene::new();
    scene.account.state().ecs.services.clear();
    scene.must_not_change(&desired(4, 6), "there is no service prod/api").await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_when_the_look_before_it_fails() {
    for (operation, action) in [
        ("DescribeServices", desired(4, 2)),
        ("DescribeScalableTargets", desired(4, 2)),
        ("DescribeServices", on_demand()),
        ("DescribeScalableTargets", bounds((2, 8), (1, 4))),
    ] {
        let scene = ServiceScene::new();
        scene.account.mishap_at_every_try(operation, &Mishap::Reset);
        assert_eq!(failed(scene.apply(&action).await).0, FailureClass::RetryNextWake);
        assert_eq!(scene.count(UPDATE) + scene.count(REGISTER), 0, "{action}");
    }
}

#[tokio::test(start_paused = true)]
async fn bounds_are_sent_alone_and_the_rest_of_the_scalable_target_stays() {
    let scene = ServiceScene::new();
    let mut registered = scalable("prod", "api", 2, 8);
    registered["SuspendedState"]["DynamicScalingInSuspended"] = json!(true);
    scene.register(registered);
    assert_eq!(scene.apply(&bounds((2, 8), (6, 10))).await, applied());
    let calls = scene.account.calls(REGISTER);
    assert_eq!(calls.len(), 1);
    assert_eq!(
        calls[0].json,
        json!({
            "ServiceNamespace": "ecs",
            "ResourceId": "service/prod/api",
            "ScalableDimension": "ecs:service:DesiredCount",
            "MinCapacity": 6,
            "MaxCapacity": 10
        })
    );
    let seen = scene.look().await.look.scalable.unwrap();
    assert_eq!(seen.bounds, between(6, 10));
    assert!(seen.suspended.scaling_in, "a person's switch is a person's");
    // A retry after a lost answer.
    assert_eq!(scene.apply(&bounds((2, 8), (6, 10))).await, Outcome::AlreadySatisfied);
    assert_eq!(scene.count(REGISTER), 1);
    // The same bounds once more pull a capacity in that is outside.
    assert_eq!(scene.apply(&bounds((6, 10), (6, 10))).await, applied());
    assert_eq!(scene.count(REGISTER), 2);
}

#[tokio::test(start_paused = true)]
async fn a_scalable_target_is_never_made() {
    let scene = ServiceScene::new();
    scene.must_not_change(&bounds((2, 8), (1, 4)), "no longer scales prod/api, and is not made to").await;
    // Another service's is not this one's.
    scene.register(scalable("prod", "worker", 2, 8));
    scene.must_not_change(&bounds((2, 8), (1, 4)), "no longer scales prod/api").await;
}

#[tokio::test(start_paused = true)]
async fn bounds_are_not_sent_where_somebody_else_set_others_or_scales_something_else() {
    let scene = ServiceScene::new();
    scene.register(scalable("prod", "api", 4, 20));
    scene.must_not_change(&bounds((2, 8), (1, 4)), "are 4..20, no longer 2..8").await;
    let scene = ServiceScene::new();
    let mut foreign = scalable("prod", "api", 2, 8);
    foreign["ScalableDimension"] = json!("ecs:service:SomethingNew");
    scene.register(foreign);
    scene.must_not_change(&bounds((2, 8), (1, 4)), "ecs:service:SomethingNew of prod/api is scaled").await;
}

#[tokio::test(start_paused = true)]
async fn a_strategy_is_sent_with_the_deployment_without_which_ecs_takes_none() {
    let scene = ServiceScene::new();
    assert_eq!(scene.apply(&on_demand()).await, applied());
    assert_eq!(
        scene.account.calls(UPDATE)[0].json,
        json!({
            "cluster": "prod",
            "service": "api",
            "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}],
            "forceNewDeployment": true
        })
    );
    // Every task would be replaced a second time.
    assert_eq!(scene.apply(&on_demand()).await, Outcome::AlreadySatisfied);
    assert_eq!(scene.count(UPDATE), 1);
}

#[tokio::test(start_paused = true)]
async fn a_strategy_is_not_sent_where_somebody_else_set_another() {
    let scene = ServiceScene::new();
    scene.service(|service| {
        service["capacityProviderStrategy"] = json!([{"capacityProvider": "edge", "weight": 1, "base": 0}]);
    });
    scene.must_not_change(&on_demand(), "the capacity providers of prod/api were changed").await;
    let scene = ServiceScene::new();
    scene.service(|service| service["status"] = json!("DRAINING"));
    scene.must_not_change(&on_demand(), "is no longer active").await;
}

#[tokio::test(start_paused = true)]
async fn a_throttled_change_is_tried_again_and_made_once() {
    let scene = ServiceScene::new();
    scene.account.mishap(UPDATE, THROTTLED);
    assert_eq!(scene.apply(&desired(4, 6)).await, applied());
    assert_eq!((scene.count(UPDATE), scene.seen().await.desired), (2, Count(6)));

    let scene = ServiceScene::new();
    scene.register(scalable("prod", "api", 2, 8));
    scene.account.mishap(REGISTER, THROTTLED);
    assert_eq!(scene.apply(&bounds((2, 8), (2, 9))).await, applied());
    assert_eq!(scene.count(REGISTER), 2);

    let scene = ServiceScene::new();
    scene.account.mishap_at_every_try(UPDATE, &THROTTLED);
    assert_eq!(failed(scene.apply(&desired(4, 6)).await).0, FailureClass::RetryNextWake);
}

#[tokio::test(start_paused = true)]
async fn a_change_whose_answer_is_lost_is_found_done() {
    let scene = ServiceScene::new();
    scene.account.mishap_at_every_try(UPDATE, &Mishap::Lost);
    assert_eq!(failed(scene.apply(&desired(4, 6)).await).0, FailureClass::RetryNextWake);
    assert_eq!(scene.apply(&desired(4, 6)).await, Outcome::AlreadySatisfied);
}

#[tokio::test(start_paused = true)]
async fn every_refusal_has_its_outcome() {
    let person = Some(FailureClass::PersonNeeded);
    let later = Some(FailureClass::RetryNextWake);
    // `None` is stale: the next wake-up looks again.
    for (operation, code, class, told) in [
        (UPDATE, "AccessDeniedException", person, "(ecs:UpdateService)"),
        (UPDATE, "ServiceNotFoundException", None, ""),
        (UPDATE, "ServiceNotActiveException", None, ""),
        (UPDATE, "ClusterNotFoundException", person, "check `cluster` of the policy"),
        (UPDATE, "InvalidParameterException", person, "its words say why"),
        (UPDATE, "UnsupportedFeatureException", person, ""),
        (UPDATE, "PlatformTaskDefinitionIncompatibilityException", person, ""),
        (UPDATE, "Novelty", later, ""),
        (REGISTER, "AccessDeniedException", person, "(application-autoscaling:RegisterScalableTarget)"),
        (REGISTER, "ObjectNotFoundException", None, ""),
        (REGISTER, "ValidationException", person, ""),
        (REGISTER, "LimitExceededException", person, "quota"),
        (REGISTER, "ConcurrentUpdateException", later, ""),
    ] {
        let scene = ServiceScene::new();
        let action = if operation == UPDATE {
            desired(4, 6)
        } else {
            scene.register(scalable("prod", "api", 2, 8));
            bounds((2, 8), (3, 8))
        };
        scene.account.mishap_at_every_try(operation, &Mishap::Refused(400, code, "as AWS says."));
        match (scene.apply(&action).await, class) {
            (Outcome::Failed { class: found, message }, Some(class)) => {
                assert_eq!(found, class, "{code}");
                assert!(message.starts_with(code) && message.contains(told), "{message}");
            }
            (Outcome::Stale { .. }, None) => {}
            (other, _) => panic!("{code}: {other}"),
        }
        // The SDK takes a quota for a limit on the rate, and tries again what AWS limits.
        let tries = if code == "LimitExceededException" { 3 } else { 1 };
        assert_eq!(scene.count(operation), tries, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_action_of_another_kind_makes_no_call() {
    let (service, replicas) = (ServiceScene::new(), Scene::new());
    for action in [desired(4, 0), bounds((2, 8), (0, 0)), on_demand()] {
        assert!(matches!(replicas.fleet.apply(&replicas.target, &action).await, Outcome::Stale { .. }));
    }
    let delete = Action::RdsReplicas(RdsReplicasAction::DeleteReplica(DeleteReplica {
        id: tidegate_policy::names::InstanceId::new("tg-orders-1"),
        resource_id: tidegate_policy::names::ResourceId::new("db-TG-ORDERS-1"),
        source: tidegate_policy::names::InstanceId::new("orders-primary"),
        ending: Ending::Drained,
    }));
    assert!(matches!(service.apply(&delete).await, Outcome::Stale { .. }));
    assert!(service.account.state().calls.is_empty() && replicas.account.state().calls.is_empty());
    let untouched: BTreeMap<_, _> = service.account.state().ecs.services.clone();
    assert_eq!(untouched[&key("api")]["desiredCount"], json!(4));
}
