//! Services that are not ours to scale, in an attempt over the wire: nothing is changed, whatever is commanded, and the invocation tells.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tidegate_aws::report::failure;
use tidegate_policy::names::TargetName;
use tidegate_policy::order::Order;
use tidegate_policy::policy::Policy;
use tidegate_policy::reason::Reason;
use tidegate_policy::units::Count;
use tidegate_reconcile::{Attempt, Mode, Wake, reconcile};

use super::memory::Memory;
use super::scene::now;
use super::service_answers::scalable;
use super::service_scene::ServiceScene;

/// The reason that fails the invocation, if any. Whether or not it does, a command of two tasks where four run is refused.
async fn told(scene: &ServiceScene) -> Option<Reason> {
    let two = Some(Count(2));
    let orders = [(TargetName::new("api"), Order::Hold { min: two, max: two, until: None, sent_at: None })];
    assert_eq!(told_of(scene, &orders).await, Some(Reason::OrderRefused));
    told_of(scene, &[]).await
}

async fn told_of(scene: &ServiceScene, orders: &[(TargetName, Order)]) -> Option<Reason> {
    let policy = Policy { targets: vec![scene.target.clone()], notify: Vec::new() };
    let attempt = Attempt {
        owner: "this attempt",
        lease_for: SignedDuration::from_mins(2),
        wake: Wake::Event,
        mode: Mode::Apply,
        orders,
        paused: None,
    };
    let report = reconcile(&scene.fleet, &Memory::default(), &policy, now(), &attempt).await.unwrap();
    assert_eq!(scene.count("UpdateService") + scene.count("RegisterScalableTarget"), 0);
    failure(&report.targets[0]).map(|why| why.reason)
}

#[tokio::test(start_paused = true)]
async fn what_is_not_ours_to_scale_is_left_alone_and_fails_the_invocation() {
    let gone = ServiceScene::new();
    gone.account.state().ecs.services.clear();
    assert_eq!(told(&gone).await, Some(Reason::ServiceMissing));

    let foreign = ServiceScene::new();
    let mut registered = scalable("prod", "api", 1, 8);
    registered["ScalableDimension"] = json!("ecs:service:SomethingNew");
    foreign.register(registered);
    assert_eq!(told(&foreign).await, Some(Reason::ForeignDimension));

    let words: [(&str, Value, Option<Reason>); 4] = [
        ("deploymentController", json!({"type": "EXTERNAL"}), Some(Reason::ExternalController)),
        ("schedulingStrategy", json!("DAEMON"), Some(Reason::DaemonService)),
        // Somebody deletes it on purpose: told, and no failure.
        ("status", json!("DRAINING"), None),
        ("status", json!("INACTIVE"), None),
    ];
    for (field, word, reason) in words {
        let scene = ServiceScene::new();
        scene.service(|service| service[field] = word.clone());
        assert_eq!(told(&scene).await, reason, "{field} {word}");
    }
}
