//! What an attempt at a thousand services costs: its calls, as they are on the wire.

use std::time::Duration;

use tidegate_policy::policy::Signal;
use tokio::time::Instant;

use super::answers::queries;
use super::service_answers::{scalable, service};
use super::service_scene::{ServiceScene, key, observe, target};

#[tokio::test(start_paused = true)]
async fn a_thousand_services_cost_a_hundred_and_twenty_four_calls_and_two_more_a_day() {
    let scene = ServiceScene::new();
    let names: Vec<_> = (0..1_000).map(|nth| format!("s{nth:04}")).collect();
    {
        let ecs = &mut scene.account.state().ecs;
        for name in &names {
            ecs.services.insert(key(name), service("prod", name));
        }
        // A resource is on one page with its fifty.
        ecs.scalable = names.iter().map(|name| scalable("prod", name, 2, 8)).collect();
    }
    for operation in ["DescribeServices", "DescribeScalableTargets"] {
        scene.account.state().delays.insert(operation.to_owned(), Duration::from_millis(350));
    }
    let began = Instant::now();
    let targets: Vec<_> = names.iter().map(|name| target(name, &[Signal::Cpu, Signal::Memory])).collect();
    let targets: Vec<_> = targets.iter().collect();
    for seen in observe(&scene.fleet, &targets).await {
        let look = seen.unwrap().look;
        assert!(look.service.is_some() && look.scalable.is_some());
    }
    // One and thirteen rounds of eight, one and three.
    let took = began.elapsed();
    assert!((6_300..6_400).contains(&took.as_millis()), "{took:?}");
    assert_eq!(scene.count("DescribeServices"), 100);
    assert_eq!(scene.count("DescribeScalableTargets"), 20);
    let sizes: Vec<_> = scene.account.calls("GetMetricData").iter().map(|call| queries(call).len()).collect();
    assert_eq!(sizes, [500, 500, 500, 500], "two series of each service");
    // Scheduled actions and policies: none is listed, and what is read is remembered for a day.
    assert_eq!((scene.count("DescribeScheduledActions"), scene.count("DescribeScalingPolicies")), (1, 1));
    assert_eq!(scene.account.state().calls.len(), 126);
}
