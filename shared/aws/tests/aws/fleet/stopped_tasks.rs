//! Why tasks of a service stop: asked only after more of them have failed, read from the bytes of DescribeTasks, and no reason for a look to fail.

use serde_json::json;
use tidegate_policy::history::{Failing, History};
use tidegate_policy::observation::stopped::why_most_stopped;
use tidegate_policy::observation::{EcsObservation, Observation, Stopped};
use tidegate_policy::units::Count;
use tidegate_reconcile::port::{Fleet, ObserveRequest};

use super::scene::now;
use super::service_scene::ServiceScene;
use super::wire::Mishap;

const LISTED: &str = r#"{"taskArns": ["arn:aws:ecs:eu-west-1:123456789012:task/prod/a", "arn:aws:ecs:eu-west-1:123456789012:task/prod/b",
    "arn:aws:ecs:eu-west-1:123456789012:task/prod/c"]}"#;
/// Two of the newest deployment, and one of the deployment before.
const DESCRIBED: &str = r#"{"failures": [], "tasks": [
    {"taskArn": "arn:aws:ecs:eu-west-1:123456789012:task/prod/a", "startedBy": "ecs-svc/1", "stoppedAt": 1772470000.0,
     "stopCode": "EssentialContainerExited", "stoppedReason": "Essential container in task exited",
     "containers": [{"name": "log", "exitCode": 0}, {"name": "app", "exitCode": 137, "reason": "OutOfMemoryError: Container killed due to memory usage"}]},
    {"taskArn": "arn:aws:ecs:eu-west-1:123456789012:task/prod/b", "startedBy": "ecs-svc/1", "stoppedAt": 1772470060.5,
     "stopCode": "TaskFailedToStart", "stoppedReason": "CannotPullContainerError: pull image manifest has been retried 5 time(s)",
     "containers": [{"name": "app"}]},
    {"taskArn": "arn:aws:ecs:eu-west-1:123456789012:task/prod/c", "startedBy": "ecs-svc/0", "stoppedAt": 1772470061.0,
     "stopCode": "ServiceSchedulerInitiated", "stoppedReason": "Scaling activity initiated by (deployment ecs-svc/0)",
     "containers": [{"name": "app", "exitCode": 143}]}]}"#;

/// The service, so many of whose tasks have failed, and what is known of it.
async fn seen(scene: &ServiceScene, failed: u32, known: Option<(&str, u32)>) -> EcsObservation {
    scene.service(|service| {
        service["deployments"] = json!([{"id": "ecs-svc/1", "status": "PRIMARY", "desiredCount": 4, "runningCount": 2,
            "pendingCount": 2, "failedTasks": failed, "rolloutState": "IN_PROGRESS"}]);
    });
    let mut history = History::default();
    history.ecs_service.failing = known.map(|(deployment, failed)| Failing {
        deployment: deployment.to_owned(),
        failed: Count(failed),
        grew_at: None,
        why: None,
    });
    let requests = [ObserveRequest::new(&scene.target, &history)];
    match scene.fleet.observe(&requests, now()).await.unwrap().remove(0).unwrap() {
        Observation::EcsService(seen) => seen,
        _ => panic!("an observation of a service"),
    }
}

fn told(stopped: &Stopped) -> Option<String> {
    why_most_stopped(stopped.as_ref().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_number_that_only_stands_costs_no_call() {
    let scene = ServiceScene::new();
    for (failed, known) in
        [(0, Some(("ecs-svc/1", 0))), (2, Some(("ecs-svc/1", 0))), (9, None), (9, Some(("ecs-svc/1", 9)))]
    {
        assert_eq!(seen(&scene, failed, known).await.stopped, None, "{failed} with {known:?}");
    }
    assert_eq!((scene.count("ListTasks"), scene.count("DescribeTasks")), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn what_grew_is_asked_for_once_and_read_of_the_newest_deployment_alone() {
    let scene = ServiceScene::new();
    scene.account.mishap("ListTasks", Mishap::Says(200, LISTED));
    scene.account.mishap("DescribeTasks", Mishap::Says(200, DESCRIBED));
    let stopped = seen(&scene, 4, Some(("ecs-svc/1", 3))).await.stopped.unwrap();
    assert_eq!(stopped.as_ref().unwrap().len(), 2);
    // Of equals the newest speaks.
    let said =
        "CannotPullContainerError: pull image manifest has been retried 5 time(s), 1 of 2 stopped tasks";
    assert_eq!(told(&stopped).as_deref(), Some(said));
    let listed = scene.account.calls("ListTasks").remove(0).json;
    assert_eq!(
        listed,
        json!({"cluster": "prod", "serviceName": "api", "desiredStatus": "STOPPED", "maxResults": 100})
    );
    let described = scene.account.calls("DescribeTasks").remove(0).json;
    assert_eq!((&described["cluster"], described["tasks"].as_array().unwrap().len()), (&json!("prod"), 3));
    assert_eq!((scene.count("ListTasks"), scene.count("DescribeTasks")), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn of_a_new_deployment_every_failure_is_news() {
    let scene = ServiceScene::new();
    scene.account.mishap("ListTasks", Mishap::Says(200, r#"{"taskArns": []}"#));
    let stopped = seen(&scene, 3, Some(("ecs-svc/0", 40))).await.stopped.unwrap();
    assert_eq!((told(&stopped), scene.count("DescribeTasks")), (None, 0));
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_read_is_said_and_the_service_is_seen_all_the_same() {
    for operation in ["ListTasks", "DescribeTasks"] {
        let scene = ServiceScene::new();
        scene.account.lasting_mishap("ListTasks", Some(Mishap::Says(200, LISTED)));
        let refused = Mishap::Refused(400, "AccessDeniedException", "not authorized to perform this");
        scene.account.lasting_mishap(operation, Some(refused));
        let seen = seen(&scene, 4, Some(("ecs-svc/1", 3))).await;
        let why = seen.stopped.unwrap().unwrap_err();
        assert!(why.contains("AccessDeniedException") && why.contains(&format!("ecs:{operation}")), "{why}");
        assert_eq!(seen.look.service.unwrap().desired, Count(4));
    }
}
