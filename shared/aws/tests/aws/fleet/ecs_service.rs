//! Services: how they are described and registered, in batches and pages, what is bought for them, and whom a failure concerns.

use serde_json::{Value, json};
use tidegate_aws::fleet::{AwsFleet, FleetOf, Groups, Replicas, Services};
use tidegate_policy::history::History;
use tidegate_policy::names::ClusterName;
use tidegate_policy::observation::{
    CapacityBounds, Deployment, DeploymentController, Observation, Reading, Rollout, Scheduling,
    ServiceStatus, StrategyItem, Suspended,
};

use tidegate_policy::policy::{ServiceMetric, Signal, Target};
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_policy::units::Count;
use tidegate_reconcile::port::{Fleet, ObserveRequest};

use super::account::Instance;
use super::scene::{Scene, deletion, now};
use super::service_answers::{deployment, event, scalable, service};
use super::service_scene::{ServiceScene, fewer_tasks, full_target, key, kind, observe, target};
use super::wire::{Mishap, clients};

const DESCRIBE: &str = "DescribeServices";
const SCALABLE: &str = "DescribeScalableTargets";

/// So many services, each with its target.
fn many(scene: &ServiceScene, of: usize) -> Vec<Target> {
    let names: Vec<_> = (0..of).map(|nth| format!("s{nth:03}")).collect();
    let mut state = scene.account.state();
    for name in &names {
        state.ecs.services.insert(key(name), service("prod", name));
    }
    names.iter().map(|name| target(name, &[Signal::Cpu])).collect()
}

#[tokio::test(start_paused = true)]
async fn a_service_is_read_as_ecs_describes_it() {
    let scene = ServiceScene::new();
    scene.service(|service| {
        service["runningCount"] = json!(3);
        service["pendingCount"] = json!(1);
        let mut newest = deployment("ecs-svc/2", "PRIMARY", "IN_PROGRESS");
        newest["failedTasks"] = json!(5);
        service["deployments"] = json!([newest, deployment("ecs-svc/1", "ACTIVE", "COMPLETED")]);
    });
    let seen = scene.seen().await;
    assert_eq!(seen.status, ServiceStatus::Active);
    assert_eq!((seen.desired, seen.running, seen.pending), (Count(4), Count(3), Count(1)));
    let deployment = |id: &str, primary, rollout| Deployment {
        id: id.to_owned(),
        primary,
        rollout,
        tasks: Count(4),
        failed_tasks: Count(if primary { 5 } else { 0 }),
        failure: None,
    };
    assert_eq!(
        seen.deployments,
        [
            deployment("ecs-svc/2", true, Rollout::InProgress),
            deployment("ecs-svc/1", false, Rollout::Completed)
        ]
    );
    assert_eq!((seen.controller, seen.scheduling), (DeploymentController::Ecs, Scheduling::Replica));
    assert_eq!((seen.launch_type, seen.unplaced_at), (None, None));
    let item = |provider: &str, weight, base| StrategyItem { provider: provider.to_owned(), weight, base };
    assert_eq!(seen.strategy, [item("FARGATE", 1, 2), item("FARGATE_SPOT", 3, 0)]);
    let asked = scene.account.calls(DESCRIBE);
    assert_eq!(asked[0].json, json!({"cluster": "prod", "services": ["api"]}));
}

#[tokio::test(start_paused = true)]
async fn what_ecs_leaves_out_is_what_it_means_by_it() {
    let scene = ServiceScene::new();
    scene.service(|service| {
        for field in ["schedulingStrategy", "deploymentController", "capacityProviderStrategy", "events"] {
            service.as_object_mut().unwrap().remove(field);
        }
        service["launchType"] = json!("FARGATE");
        let first = service["deployments"][0].as_object_mut().unwrap();
        // As behind a Classic Load Balancer.
        first.remove("rolloutState");
    });
    let seen = scene.seen().await;
    assert_eq!((seen.controller, seen.scheduling), (DeploymentController::Ecs, Scheduling::Replica));
    assert_eq!(seen.launch_type.as_deref(), Some("FARGATE"));
    assert_eq!((seen.strategy, seen.unplaced_at), (Vec::new(), None));
    assert_eq!(seen.deployments[0].rollout, Rollout::Unknown);
}

#[tokio::test(start_paused = true)]
async fn states_controllers_and_strategies_have_their_words() {
    for (word, status) in [
        ("DRAINING", ServiceStatus::Draining),
        ("INACTIVE", ServiceStatus::Inactive),
        ("PONDERING", ServiceStatus::Other("PONDERING".to_owned())),
    ] {
        let scene = ServiceScene::new();
        scene.service(|service| service["status"] = json!(word));
        assert_eq!(scene.seen().await.status, status);
    }
    let sets = json!([
        {"id": "ecs-svc/7", "status": "PRIMARY", "stabilityStatus": "STEADY_STATE"},
        {"id": "ecs-svc/8", "status": "ACTIVE", "stabilityStatus": "STABILIZING"},
        {"id": "ecs-svc/9", "status": "DRAINING"}
    ]);
    for (word, controller) in [
        ("CODE_DEPLOY", DeploymentController::CodeDeploy),
        ("EXTERNAL", DeploymentController::External),
        // Whoever it is, it is not us.
        ("SOMEBODY_NEW", DeploymentController::External),
    ] {
        let scene = ServiceScene::new();
        scene.service(|service| {
            service["deploymentController"] = json!({"type": word});
            service["taskSets"] = sets.clone();
        });
        let seen = scene.seen().await;
        assert_eq!(seen.controller, controller);
        let rollouts: Vec<_> = seen.deployments.iter().map(|set| (set.primary, set.rollout)).collect();
        assert_eq!(
            rollouts,
            [(true, Rollout::Completed), (false, Rollout::InProgress), (false, Rollout::Unknown)]
        );
    }
    for word in ["DAEMON", "SOMETHING_NEW"] {
        let scene = ServiceScene::new();
        scene.service(|service| service["schedulingStrategy"] = json!(word));
        assert_eq!(scene.seen().await.scheduling, Scheduling::Daemon, "{word}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_newest_event_that_says_that_capacity_is_wanting_counts() {
    let spot = "(service api) was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a \
                different availability zone. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";
    let instances = "(service api) was unable to place a task because no container instance met all of its requirements. The closest \
                     matching (container-instance 1) has insufficient CPU units available.";
    let resource = "(service api) was unable to place a task. Reason: RESOURCE:FARGATE.";
    for said in [spot, instances, resource] {
        let scene = ServiceScene::new();
        scene.service(|service| {
            service["events"] = json!([
                event(1_772_000_300.0, "(service api) has reached a steady state."),
                event(1_772_000_100.0, said),
                event(1_772_000_200.25, said),
            ]);
        });
        let at = scene.seen().await.unplaced_at.expect(said);
        assert_eq!(at.as_millisecond(), 1_772_000_200_250);
    }
    for said in [
        "(service api) was unable to place a task. Reason: You've reached the limit on the number of tasks you can run concurrently.",
        "(service api) was unable to place a task. Reason: ECS was unable to assume the role 'arn:aws:iam::123456789012:role/api'.",
        "(service api) was unable to place a task. Reason: CannotPullContainerError: pull image manifest has been retried 1 time(s).",
        "(service api) was unable to place a task. Reason: ResourceInitializationError: unable to pull secrets or registry auth: \
         AccessDeniedException: not authorized to perform: ecr:GetAuthorizationToken on resource: * because no policy allows it.",
        "(service api) is unable to consistently start tasks successfully.",
        "(service api) has started 2 tasks: capacity is unavailable no more.",
    ] {
        let scene = ServiceScene::new();
        scene.service(|service| service["events"] = json!([event(1_772_000_100.0, said)]));
        assert_eq!(scene.seen().await.unplaced_at, None, "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_ecs_says_of_tasks_in_trouble_is_read_with_its_time() {
    let role = "(service api) was unable to place a task. Reason: ECS was unable to assume the role 'arn:aws:iam::123456789012:role/api'.";
    let unhealthy = "(service api) (port 80) is unhealthy in (target-group arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/api/6d0ecf831eec9f09) due to (reason Health checks failed).";
    let scene = ServiceScene::new();
    scene.service(|service| {
        service["events"] = json!([
            event(1_772_000_300.0, "(service api) has reached a steady state."),
            event(1_772_000_200.25, unhealthy),
            event(1_772_000_100.0, role),
            event(1_772_000_000.0, role),
        ]);
    });
    let seen = scene.seen().await;
    let read = |event: Option<tidegate_policy::observation::ServiceEvent>| {
        event.map(|event| (event.at.as_millisecond(), event.said))
    };
    assert_eq!(read(seen.unplaced), Some((1_772_000_100_000, role.to_owned())));
    assert_eq!(read(seen.trouble), Some((1_772_000_200_250, unhealthy.to_owned())));
    let scene = ServiceScene::new();
    scene.service(|service| {
        service["events"] = json!([event(1_772_000_300.0, "(service api) has started 2 tasks.")]);
    });
    let seen = scene.seen().await;
    assert_eq!((read(seen.unplaced), read(seen.trouble)), (None, None));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_ecs_does_not_know_is_none_and_costs_no_more_calls() {
    let scene = ServiceScene::new();
    let gone = target("gone", &[Signal::Cpu]);
    let seen = observe(&scene.fleet, &[&gone, &scene.target]).await;
    let gone = seen[0].as_ref().expect("an answer");
    assert_eq!((&gone.look.service, &gone.look.scalable), (&None, &None));
    assert!(gone.signals.is_empty() && gone.signals_read);
    assert!(seen[1].as_ref().expect("an answer").look.service.is_some());
    assert_eq!(scene.count(DESCRIBE), 1);
    let asked = &scene.account.calls(SCALABLE)[0].json;
    assert_eq!(*asked, json!({"ServiceNamespace": "ecs", "ResourceIds": ["service/prod/api"]}));
    assert_eq!(scene.account.series_asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_read_is_not_taken_for_gone() {
    let scene = ServiceScene::new();
    let targets = many(&scene, 3);
    {
        let ecs = &mut scene.account.state().ecs;
        ecs.passed_over.insert("s000".to_owned());
        ecs.failing.insert(key("s001"), ("ACCESS".to_owned(), "not now".to_owned()));
    }
    let targets: Vec<_> = targets.iter().collect();
    let seen = observe(&scene.fleet, &targets).await;
    let told: Vec<_> = seen[..2].iter().map(|seen| seen.as_ref().unwrap_err().to_string()).collect();
    assert_eq!(
        told,
        [
            "DescribeServices: the service prod/s000 could not be read: ECS neither describes it nor says that it is missing",
            "DescribeServices: the service prod/s001 could not be read: ECS says ACCESS not now",
        ]
    );
    assert!(seen[2].is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_is_not_there_fails_its_targets_only_and_is_asked_for_once() {
    let scene = ServiceScene::new();
    let mut targets = many(&scene, 30);
    for target in &mut targets[..25] {
        kind(target).cluster = ClusterName::new("staging");
    }
    let targets: Vec<_> = targets.iter().collect();
    let seen = observe(&scene.fleet, &targets).await;
    for failed in &seen[..25] {
        let error = failed.as_ref().unwrap_err();
        assert_eq!(error.class, FailureClass::PersonNeeded);
        assert!(
            error.message.contains("staging: ") && error.message.contains("check `cluster` of the policy"),
            "{error}"
        );
    }
    assert!(seen[25..].iter().all(Result::is_ok));
    assert_eq!(scene.count(DESCRIBE), 2);
}

#[tokio::test(start_paused = true)]
async fn ten_services_a_call_and_a_batch_that_fails_leaves_the_others() {
    let scene = ServiceScene::new();
    let targets = many(&scene, 25);
    let targets: Vec<_> = targets.iter().collect();
    scene
        .account
        .mishap(DESCRIBE, Mishap::Refused(400, "InvalidParameterException", "something of one of these"));
    let seen = observe(&scene.fleet, &targets).await;
    assert_eq!(seen.iter().filter(|seen| seen.is_err()).count(), 10);
    let sizes: Vec<_> = scene
        .account
        .calls(DESCRIBE)
        .iter()
        .map(|call| call.json["services"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [10, 10, 5]);
    // Each service got its own answer, whatever the order of ECS.
    for seen in seen.into_iter().skip(10) {
        assert_eq!(seen.unwrap().look.service.unwrap().desired, Count(4));
    }
}

#[tokio::test(start_paused = true)]
async fn a_denied_look_is_asked_for_once_and_names_the_permission() {
    let denied = Mishap::Refused(400, "AccessDeniedException", "not authorized");
    for (operation, action) in
        [(DESCRIBE, "ecs:DescribeServices"), (SCALABLE, "application-autoscaling:DescribeScalableTargets")]
    {
        let scene = ServiceScene::new();
        let targets = many(&scene, 120);
        let targets: Vec<_> = targets.iter().collect();
        for _ in 0..200 {
            scene.account.mishap(operation, denied.clone());
        }
        for seen in observe(&scene.fleet, &targets).await {
            let error = seen.unwrap_err();
            assert_eq!((error.operation, error.class), (operation, FailureClass::PersonNeeded));
            assert!(error.message.contains(action), "{error}");
        }
        assert_eq!(scene.count(operation), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_look_is_tried_again_and_then_left() {
    let throttled = Mishap::Refused(400, "ThrottlingException", "Rate exceeded");
    for operation in [DESCRIBE, SCALABLE] {
        let scene = ServiceScene::new();
        let targets = many(&scene, 120);
        let targets: Vec<_> = targets.iter().collect();
        scene.account.mishap(operation, throttled.clone());
        assert!(observe(&scene.fleet, &targets).await.iter().all(Result::is_ok));
        let so_far = scene.count(operation);
        for _ in 0..400 {
            scene.account.mishap(operation, throttled.clone());
        }
        for seen in observe(&scene.fleet, &targets).await {
            assert_eq!(seen.unwrap_err().class, FailureClass::RetryNextWake);
        }
        assert_eq!(scene.count(operation) - so_far, 3, "no storm on what throttles already");
    }
}

#[tokio::test(start_paused = true)]
async fn a_scalable_target_is_read_with_its_switches() {
    let scene = ServiceScene::new();
    let mut registered = scalable("prod", "api", 2, 8);
    registered["SuspendedState"]["DynamicScalingInSuspended"] = json!(true);
    registered["SuspendedState"]["ScheduledScalingSuspended"] = json!(true);
    scene.register(registered);
    let seen = scene.look().await.look.scalable.expect("a scalable target");
    assert_eq!(seen.dimension, "ecs:service:DesiredCount");
    assert_eq!(seen.bounds, CapacityBounds { min: Count(2), max: Count(8) });
    assert_eq!(seen.suspended, Suspended { scaling_in: true, scaling_out: false, scheduled: true });

    let scene = ServiceScene::new();
    let mut registered = scalable("prod", "api", 2, 8);
    registered.as_object_mut().unwrap().remove("SuspendedState");
    scene.register(registered);
    assert_eq!(scene.look().await.look.scalable.unwrap().suspended, Suspended::default());
}

#[tokio::test(start_paused = true)]
async fn a_foreign_dimension_is_told_and_the_number_of_tasks_comes_first() {
    let foreign = || {
        let mut foreign = scalable("prod", "api", 1, 9);
        foreign["ScalableDimension"] = json!("ecs:service:SomethingNew");
        foreign
    };
    let scene = ServiceScene::new();
    scene.register(foreign());
    assert_eq!(scene.look().await.look.scalable.unwrap().dimension, "ecs:service:SomethingNew");
    scene.register(scalable("prod", "api", 2, 8));
    scene.register(foreign());
    assert_eq!(scene.look().await.look.scalable.unwrap().dimension, "ecs:service:DesiredCount");
}

#[tokio::test(start_paused = true)]
async fn fifty_resources_a_call_and_every_page() {
    let scene = ServiceScene::new();
    let targets = many(&scene, 120);
    {
        let ecs = &mut scene.account.state().ecs;
        ecs.targets_a_page = 20;
        ecs.scalable = (0..120).map(|nth| scalable("prod", &format!("s{nth:03}"), nth, 200)).collect();
    }
    let targets: Vec<_> = targets.iter().collect();
    for (nth, seen) in observe(&scene.fleet, &targets).await.into_iter().enumerate() {
        let scalable = seen.unwrap().look.scalable.expect("a scalable target");
        assert_eq!(scalable.bounds.min, Count::of_len(nth));
    }
    let calls = scene.account.calls(SCALABLE);
    let sizes: Vec<_> = calls.iter().map(|call| call.json["ResourceIds"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [50, 50, 50, 50, 50, 50, 20]);
    assert!(calls.iter().all(|call| call.json.get("ScalableDimension").is_none()), "of whatever dimension");
}

#[tokio::test(start_paused = true)]
async fn what_application_auto_scaling_does_not_say_fails_its_batch_only() {
    let scene = ServiceScene::new();
    let targets = many(&scene, 60);
    let targets: Vec<_> = targets.iter().collect();
    scene.account.mishap_at_every_try(SCALABLE, &Mishap::Reset);
    let seen = observe(&scene.fleet, &targets).await;
    assert_eq!(seen.iter().filter(|seen| seen.is_err()).count(), 50, "without it nobody knows who scales");
    assert!(seen[50..].iter().all(Result::is_ok));
}

#[tokio::test(start_paused = true)]
async fn what_is_bought_is_what_the_rules_need() {
    let scene = ServiceScene::new();
    let target = full_target("api", &Signal::OF_SERVICE);
    observe(&scene.fleet, &[&target]).await;
    let asked: Vec<_> = scene
        .account
        .series_asked()
        .into_iter()
        .map(|query| {
            let of: Vec<_> = query.dimensions.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("{} {} {} {} {}", query.namespace, of.join(","), query.metric, query.stat, query.period)
        })
        .collect();
    let group = "AWS/ApplicationELB LoadBalancer=app/web/50dc6c495c0c9188,TargetGroup=targetgroup/api/73e2d6bc24d8a067";
    assert_eq!(
        asked,
        [
            format!("{group} HTTPCode_Target_5XX_Count Sum 60"),
            format!("{group} HealthyHostCount Maximum 60"),
            format!("{group} RequestCount Sum 60"),
            format!("{group} TargetResponseTime p95 60"),
            "AWS/ECS ClusterName=prod,ServiceName=api CPUUtilization Average 60".to_owned(),
            "AWS/ECS ClusterName=prod,ServiceName=api MemoryUtilization Average 60".to_owned(),
            "AWS/SQS QueueName=jobs ApproximateAgeOfOldestMessage Maximum 60".to_owned(),
            "AWS/SQS QueueName=jobs ApproximateNumberOfMessagesNotVisible Maximum 60".to_owned(),
            "AWS/SQS QueueName=jobs ApproximateNumberOfMessagesVisible Maximum 60".to_owned(),
        ]
    );
}

/// A minute without errors has no point, so errors that were not read would be none, and a rule on their rate would take tasks away.
#[tokio::test(start_paused = true)]
async fn of_a_service_whose_errors_could_not_be_read_nothing_is_concluded() {
    for code in ["InternalError", "PartialData"] {
        let scene = ServiceScene::new();
        let errors = "HTTPCode_Target_5XX_Count".to_owned();
        let group = "app/web/50dc6c495c0c9188 targetgroup/api/73e2d6bc24d8a067".to_owned();
        scene.account.state().codes.insert((group, errors), code.to_owned());
        let api = full_target("api", &[Signal::ErrorRate, Signal::Cpu]);
        // So many series are bought together, and the others' are read.
        let others = many(&scene, 101);
        let asked: Vec<_> = std::iter::once(&api).chain(&others).collect();
        let mut seen = observe(&scene.fleet, &asked).await.into_iter().map(Result::unwrap);
        let api = seen.next().unwrap();
        assert!(!api.signals_read, "{code}: the next wake-up tries again");
        assert!(
            api.signals.values().all(|reading| *reading == Reading::Missing),
            "{code}: {:?}",
            api.signals
        );
        assert!(seen.all(|other| other.signals_read && other.signals[&ServiceMetric::Cpu].fresh().is_some()));
        assert!(scene.count("GetMetricData") > 0);
    }
}

#[tokio::test(start_paused = true)]
async fn readings_are_raw_and_a_series_that_two_need_is_bought_once() {
    let scene = ServiceScene::new();
    scene.account.state().ecs.services.insert(key("worker"), service("prod", "worker"));
    let minute = now().as_second().div_euclid(60) * 60;
    let balancer = "app/web/50dc6c495c0c9188 targetgroup/api/73e2d6bc24d8a067".to_owned();
    {
        let mut state = scene.account.state();
        let of = |metric: &str| (balancer.clone(), metric.to_owned());
        let points = [5, 4, 3].map(|before| (minute - before * 60, 900.0)).to_vec();
        state.series.insert(of("RequestCount"), points);
        state.series.insert(of("HTTPCode_Target_5XX_Count"), vec![(minute - 4 * 60, 9.0)]);
    }
    let signals = [Signal::ErrorRate, Signal::QueueDepth];
    let (api, worker) = (full_target("api", &signals), full_target("worker", &signals));
    let seen = observe(&scene.fleet, &[&api, &worker]).await;
    // Of the error rate four: whether targets answered at all is told by their response time alone, whether there are any by their count.
    assert_eq!(scene.account.series_asked().len(), 6);
    for seen in seen {
        let seen = seen.unwrap();
        assert!(seen.signals_read);
        let asked: Vec<_> = seen.signals.keys().copied().collect();
        let needed = [
            ServiceMetric::Requests,
            ServiceMetric::Latency,
            ServiceMetric::Errors,
            ServiceMetric::QueueDepth,
            ServiceMetric::QueueInFlight,
            ServiceMetric::HealthyHosts,
        ];
        assert_eq!(asked, needed);
        let values = |metric| {
            let (Reading::Fresh(series) | Reading::Stale(series)) = &seen.signals[&metric] else {
                panic!("{metric:?} is missing")
            };
            series.points().iter().map(|point| point.value).collect::<Vec<_>>()
        };
        assert_eq!(values(ServiceMetric::Requests), [900.0, 900.0, 900.0]);
        assert_eq!(
            values(ServiceMetric::Errors),
            [9.0],
            "what a minute without a point means is the core's to say"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_queue_its_reading_is_missing_and_nothing_is_bought() {
    let scene = ServiceScene::new();
    let target = target("api", &[Signal::QueueDepth]);
    let seen = observe(&scene.fleet, &[&target]).await.remove(0).unwrap();
    assert_eq!(seen.signals[&ServiceMetric::QueueDepth], Reading::Missing);
    assert!(scene.account.series_asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn without_cloudwatch_the_service_is_seen_all_the_same() {
    let scene = ServiceScene::new();
    scene.account.mishap_at_every_try("GetMetricStatistics", &Mishap::Reset);
    let seen = scene.look().await;
    assert!(!seen.signals_read && seen.look.service.is_some());
    assert_eq!(seen.signals[&ServiceMetric::Cpu], Reading::Missing);
}

#[tokio::test(start_paused = true)]
async fn half_an_answer_is_none() {
    for operation in [DESCRIBE, SCALABLE] {
        for mishap in [
            Mishap::Cut,
            Mishap::Half,
            Mishap::Says(200, ""),
            Mishap::Says(200, "{}"),
            Mishap::Says(200, "null"),
            Mishap::Says(200, "{\"services\":[],\"ScalableTargets\":[{}]}"),
            Mishap::Says(200, "{\"services\":[{\"status\":\"ACTIVE\"}],\"ScalableTargets\":null}"),
            Mishap::Says(200, "<html>a proxy</html>"),
            Mishap::Says(503, "<html>a proxy</html>"),
        ] {
            let scene = ServiceScene::new();
            scene.register(scalable("prod", "api", 2, 8));
            scene.account.mishap_at_every_try(operation, &mishap);
            let error = observe(&scene.fleet, &[&scene.target]).await.remove(0);
            let error = error.expect_err(&format!("{operation}: {mishap:?}"));
            assert_eq!(error.class, FailureClass::RetryNextWake, "{operation}: {mishap:?}: {error}");
        }
    }
}

/// Replicas and services in one list, in this order: api, orders, api.
async fn mixed(
    scene: &Scene,
) -> Result<
    Vec<Result<Observation, tidegate_reconcile::port::FleetError>>,
    tidegate_reconcile::port::FleetError,
> {
    scene.account.state().ecs.services.insert(key("api"), service("prod", "api"));
    let (api, history) = (target("api", &[Signal::Cpu]), History::default());
    let of = |target| ObserveRequest::new(target, &history);
    let fleet = AwsFleet::new(&clients(&scene.account));
    fleet.observe(&[of(&api), of(&scene.target), of(&api)], now()).await
}

#[tokio::test(start_paused = true)]
async fn a_list_of_both_kinds_is_answered_in_order_with_one_purchase_of_metrics() {
    let scene = Scene::new();
    scene.account.state().instances.push(Instance::named("another"));
    let seen = mixed(&scene).await.unwrap();
    let [
        Ok(Observation::EcsService(first)),
        Ok(Observation::RdsReplicas(orders)),
        Ok(Observation::EcsService(last)),
    ] = seen.as_slice()
    else {
        panic!("{seen:?}")
    };
    assert_eq!((first, orders.replicas.len()), (last, 2));
    assert!(matches!(first.signals[&ServiceMetric::Cpu], Reading::Fresh(_)));
    assert_eq!(scene.account.series_asked().len(), 1 + 8, "each series once");
    assert_eq!(scene.account.calls(DESCRIBE)[0].json["services"], json!(["api"]), "each service once");
}

#[tokio::test(start_paused = true)]
async fn services_do_not_wait_for_rds_nor_replicas_for_ecs() {
    let denied = || Mishap::Refused(403, "AccessDenied", "not authorized");
    let scene = Scene::new();
    scene.account.mishap("DescribeDBInstances", denied());
    let seen = mixed(&scene).await.unwrap();
    assert!(seen[0].is_ok() && seen[1].is_err() && seen[2].is_ok());

    let scene = Scene::new();
    scene.account.mishap(DESCRIBE, denied());
    let seen = mixed(&scene).await.unwrap();
    assert!(seen[0].is_err() && seen[1].is_ok() && seen[2].is_err());
}

#[tokio::test(start_paused = true)]
async fn a_list_of_one_kind_asks_nothing_of_the_other() {
    let scene = ServiceScene::new();
    scene.look().await;
    let asked: Vec<_> = scene.account.state().calls.iter().map(|call| call.operation.clone()).collect();
    assert_eq!(asked, [DESCRIBE, SCALABLE, "GetMetricStatistics"]);
    let scene = Scene::new();
    scene.look().await;
    assert!(scene.account.calls(DESCRIBE).is_empty() && scene.account.calls(SCALABLE).is_empty());
}

#[tokio::test(start_paused = true)]
async fn looking_again_is_two_calls_and_two_of_native_scaling_and_no_metrics() {
    let scene = ServiceScene::new();
    scene.register(scalable("prod", "api", 2, 8));
    let look = scene.look_again().await.unwrap();
    assert_eq!(look.service.unwrap().desired, Count(4));
    assert_eq!(look.scalable.unwrap().bounds, CapacityBounds { min: Count(2), max: Count(8) });
    let asked: Vec<(String, Value)> =
        scene.account.state().calls.iter().map(|call| (call.operation.clone(), call.json.clone())).collect();
    assert_eq!(
        asked,
        [
            (DESCRIBE.to_owned(), json!({"cluster": "prod", "services": ["api"]})),
            (SCALABLE.to_owned(), json!({"ServiceNamespace": "ecs", "ResourceIds": ["service/prod/api"]})),
            (
                "DescribeScheduledActions".to_owned(),
                json!({"ServiceNamespace": "ecs", "ResourceId": "service/prod/api"})
            ),
            (
                "DescribeScalingPolicies".to_owned(),
                json!({"ServiceNamespace": "ecs", "ResourceId": "service/prod/api"})
            ),
        ]
    );
    scene.account.mishap_at_every_try(SCALABLE, &Mishap::Reset);
    assert!(scene.look_again().await.is_err());
    scene.account.state().ecs.services.clear();
    assert_eq!(scene.look_again().await.unwrap().service, None);
}

#[tokio::test(start_paused = true)]
async fn a_look_at_the_wrong_kind_is_refused() {
    let (service, replicas) = (ServiceScene::new(), Scene::new());
    assert!(replicas.fleet.look_again(&replicas.target, &fewer_tasks(), now()).await.is_err());
    assert!(service.fleet.look_again(&service.target, &deletion("tg-orders-1"), now()).await.is_err());
    assert!(service.account.state().calls.is_empty() && replicas.account.state().calls.is_empty());
}

/// A function has the clients of one kind, and asks nothing of another's.
#[tokio::test(start_paused = true)]
async fn a_fleet_of_one_kind_looks_at_its_own_and_asks_nothing_for_another() {
    let scene = ServiceScene::new();
    let (clients, history) = (clients(&scene.account), History::default());
    let request = [ObserveRequest::new(&scene.target, &history)];
    let error = FleetOf::<Replicas>::new(&clients).observe(&request, now()).await.unwrap_err();
    assert_eq!(error.class, FailureClass::PersonNeeded, "{error}");
    assert!(error.message.contains("target \"api\" is of kind ecs-service: please report it"), "{error}");
    let outcome = FleetOf::<Groups>::new(&clients).apply(&scene.target, &fewer_tasks()).await;
    assert!(matches!(outcome, Outcome::Stale { .. }), "{outcome:?}");
    assert!(scene.account.state().calls.is_empty());

    let seen = FleetOf::<Services>::new(&clients).observe(&request, now()).await.unwrap();
    assert!(matches!(seen.as_slice(), [Ok(Observation::EcsService(_))]), "{seen:?}");
}
