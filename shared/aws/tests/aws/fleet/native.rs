//! Scheduled actions and predictive policies: how they are read, how often, and what is made of an answer that does not come.

use serde_json::json;
use tidegate_policy::history::{Asked, History};
use tidegate_policy::observation::{CapacityBounds, Fact, NativeScaling, Observation, ScheduledAction};
use tidegate_policy::policy::Signal;
use tidegate_policy::units::Count;
use tidegate_reconcile::port::{Fleet, ObserveRequest};

use super::scene::now;
use super::service_answers::{predictive, scalable, scheduled, service};
use super::service_scene::{ServiceScene, key, observe, target};
use super::wire::Mishap;

const ACTIONS: &str = "DescribeScheduledActions";
const POLICIES: &str = "DescribeScalingPolicies";

fn action(name: &str, min: Option<u32>, max: Option<u32>) -> ScheduledAction {
    ScheduledAction { name: name.to_owned(), min: min.map(Count), max: max.map(Count) }
}

/// `api` within 2..8.
fn registered() -> ServiceScene {
    let scene = ServiceScene::new();
    scene.register(scalable("prod", "api", 2, 8));
    scene
}

/// What is seen with this in the ledger.
async fn native(scene: &ServiceScene, history: &History) -> Option<Fact<NativeScaling>> {
    let requests = [ObserveRequest::new(&scene.target, history)];
    let seen = scene.fleet.observe(&requests, now()).await.unwrap().remove(0).unwrap();
    let Observation::EcsService(seen) = seen else { panic!("a service") };
    seen.look.native
}

#[tokio::test(start_paused = true)]
async fn scheduled_actions_are_read_as_they_are_listed() {
    let scene = registered();
    {
        let ecs = &mut scene.account.state().ecs;
        ecs.scheduled = vec![
            scheduled("prod", "api", "day", json!({"MinCapacity": 6, "MaxCapacity": 12})),
            scheduled("prod", "api", "night", json!({"MinCapacity": 2})),
            scheduled("prod", "api", "cap", json!({"MaxCapacity": 9})),
            // The same again, nothing at all, and somebody else's.
            scheduled("prod", "api", "saturday", json!({"MinCapacity": 6, "MaxCapacity": 12})),
            scheduled("prod", "api", "empty", json!({})),
            scheduled("prod", "other", "day", json!({"MinCapacity": 40})),
        ];
        ecs.targets_a_page = 2;
    }
    let fact = native(&scene, &History::default()).await.unwrap();
    assert_eq!(fact.read_at, now());
    let actions =
        vec![action("day", Some(6), Some(12)), action("night", Some(2), None), action("cap", None, Some(9))];
    assert_eq!(fact.value, NativeScaling { actions, lifts_maximum: false });
    assert_eq!((scene.count(ACTIONS), scene.count(POLICIES)), (3, 1), "pages of two");
    let asked = scene.account.calls(ACTIONS);
    assert_eq!(asked[0].json, json!({"ServiceNamespace": "ecs", "ResourceId": "service/prod/api"}));
}

#[tokio::test(start_paused = true)]
async fn only_a_predictive_policy_that_scales_and_may_lift_the_maximum_lifts_it() {
    for (mode, breach, lifts) in [
        ("ForecastAndScale", "IncreaseMaxCapacity", true),
        ("ForecastAndScale", "HonorMaxCapacity", false),
        ("ForecastOnly", "IncreaseMaxCapacity", false),
        // A word of a later version lifts: nothing is pulled down for it.
        ("ForecastAndScale", "SomethingNew", true),
    ] {
        let scene = registered();
        scene.account.state().ecs.policies = vec![predictive("prod", "api", mode, breach)];
        let fact = native(&scene, &History::default()).await.unwrap();
        assert_eq!(fact.value.lifts_maximum, lifts, "{mode} {breach}");
    }
    let scene = registered();
    let mut tracking = predictive("prod", "api", "ForecastAndScale", "IncreaseMaxCapacity");
    tracking["PolicyType"] = json!("TargetTrackingScaling");
    scene.account.state().ecs.policies = vec![tracking];
    assert!(!native(&scene, &History::default()).await.unwrap().value.lifts_maximum);
}

#[tokio::test(start_paused = true)]
async fn what_is_remembered_is_read_again_after_a_day_or_when_the_bounds_are_others() {
    let mut history = History::default();
    let value = NativeScaling { actions: vec![action("day", Some(6), None)], lifts_maximum: false };
    let hours_ago = |hours| now() - jiff::SignedDuration::from_hours(hours);
    let bounds = |min, max| Some(Asked::Bounds(CapacityBounds { min: Count(min), max: Count(max) }));
    for (hours, asked, calls) in
        [(1, bounds(2, 8), 0), (1, None, 0), (24, bounds(2, 8), 1), (1, bounds(3, 8), 1)]
    {
        let scene = registered();
        let fact = Fact { value: value.clone(), read_at: hours_ago(hours) };
        history.facts.native = Some(fact.clone());
        history.ecs_service.asked = asked;
        let seen = native(&scene, &history).await;
        assert_eq!((scene.count(ACTIONS), scene.count(POLICIES)), (calls, calls), "{hours} {asked:?}");
        assert_eq!(seen == Some(fact), calls == 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_come_leaves_what_is_remembered_and_never_means_none() {
    let remembered = Fact {
        value: NativeScaling { actions: vec![action("day", Some(6), None)], lifts_maximum: false },
        read_at: now() - jiff::SignedDuration::from_hours(100),
    };
    for operation in [ACTIONS, POLICIES] {
        for mishap in [Mishap::Refused(400, "AccessDeniedException", "not authorized"), Mishap::Reset] {
            let scene = registered();
            scene.account.mishap_at_every_try(operation, &mishap);
            let mut history = History::default();
            assert_eq!(native(&scene, &history).await, None, "{operation}");
            let scene = registered();
            scene.account.mishap_at_every_try(operation, &mishap);
            history.facts.native = Some(remembered.clone());
            assert_eq!(native(&scene, &history).await, Some(remembered.clone()), "{operation}");
            // The last look is not satisfied with what was.
            let scene = registered();
            scene.account.mishap_at_every_try(operation, &mishap);
            assert!(scene.look_again().await.is_err(), "{operation}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_look_reads_them_anew_and_a_service_without_a_scalable_target_has_none() {
    let scene = registered();
    scene.account.state().ecs.scheduled = vec![scheduled("prod", "api", "day", json!({"MinCapacity": 6}))];
    let look = scene.look_again().await.unwrap();
    assert_eq!(look.native.unwrap().value.actions, [action("day", Some(6), None)]);
    let plain = ServiceScene::new();
    assert_eq!(native(&plain, &History::default()).await, None);
    assert_eq!((plain.count(ACTIONS), plain.count(POLICIES)), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn those_of_many_services_are_read_from_one_listing() {
    let scene = ServiceScene::new();
    let names: Vec<_> = (0..120).map(|nth| format!("s{nth:03}")).collect();
    {
        let ecs = &mut scene.account.state().ecs;
        for name in &names {
            ecs.services.insert(key(name), service("prod", name));
            ecs.scheduled.push(scheduled("prod", name, "day", json!({"MinCapacity": 3})));
        }
        ecs.scalable = names.iter().map(|name| scalable("prod", name, 2, 8)).collect();
    }
    let targets: Vec<_> = names.iter().map(|name| target(name, &[Signal::Cpu])).collect();
    let targets: Vec<_> = targets.iter().collect();
    for seen in observe(&scene.fleet, &targets).await {
        let native = seen.unwrap().look.native.unwrap().value;
        assert_eq!(native.actions, [action("day", Some(3), None)]);
    }
    assert_eq!((scene.count(ACTIONS), scene.count(POLICIES)), (3, 1));
    assert_eq!(scene.account.calls(ACTIONS)[0].json, json!({"ServiceNamespace": "ecs"}));
}
