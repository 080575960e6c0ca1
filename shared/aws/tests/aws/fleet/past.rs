//! The history of a forecast: whose minutes are asked for, how far back, in how many calls, and what is no part of it.

use tidegate_policy::observation::{Lacking, Minute, Observation, PastMinutes, Worked};
use tidegate_policy::policy::{ClusterMode, Signal};
use tidegate_policy::record::FailureClass;
use tidegate_reconcile::port::{Fleet, FleetError, ObserveRequest};

use super::account::Account;
use super::answers::{at, queries, range};
use super::node_scene::{self, NodeScene};
use super::scene::{Scene, now};
use super::service_scene::{self, ServiceScene};
use super::wire::Mishap;

const GET: &str = "GetMetricStatistics";
const LIST: &str = "ListMetrics";
const DAY: i64 = 1_440;
/// A replica that the target had, and names that are none of its own.
const GONE: &str = "tg-orders-0123456789";
const OTHERS: [&str; 4] =
    ["tg-orders-readers-0123456789", "tg-orders-by-hand", "billing-primary", "tg-orders-"];

fn until() -> Minute {
    Minute(Minute::containing(now()).0 - 20)
}

/// A point a minute in this range, each at so many percent.
fn steady(from: i64, until: i64, value: f64) -> Vec<(i64, f64)> {
    (from..until).map(|minute| (minute * 60, value)).collect()
}

/// The metrics of instances: each by its name, and one of the engine besides.
fn listed(names: &[&str]) -> Vec<Vec<(String, String)>> {
    let of = |dimension: &str, value: &str| vec![(dimension.to_owned(), value.to_owned())];
    let mut listed: Vec<_> = names.iter().map(|name| of("DBInstanceIdentifier", name)).collect();
    listed.push([of("DBInstanceIdentifier", GONE), of("Role", "READER")].concat());
    listed
}

async fn past(scene: &Scene, from: Option<Minute>) -> Result<PastMinutes, FleetError> {
    let seen = Observation::RdsReplicas(scene.look().await);
    scene.account.state().calls.clear();
    scene.fleet.past(&scene.target, &seen, Lacking { from, until: until() }).await
}

fn names(past: &PastMinutes) -> Vec<&str> {
    let Worked::Members(members) = &past.worked else { panic!("{:?}", past.worked) };
    members.iter().map(|member| member.name.as_str()).collect()
}

/// Of each call: whose CPU, from and until when, in minutes before the last that is lacking, and the seconds of a point.
fn asked(account: &Account) -> Vec<(String, i64, i64, i64)> {
    let calls = account.calls(GET);
    let asked = calls.iter().map(|call| {
        let query = queries(call).remove(0);
        let (start, end) = range(call);
        let whose = query.dimensions.into_values().collect::<Vec<_>>().join(" ");
        (whose, start / 60 - until().0, end / 60 - until().0, query.period)
    });
    asked.collect()
}

#[tokio::test(start_paused = true)]
async fn a_history_begins_with_the_first_hour_that_is_known_and_is_read_a_day_at_a_time() {
    let scene = Scene::new();
    let begun = (until().0 - 5 * DAY).div_euclid(60) * 60;
    {
        let mut state = scene.account.state();
        for id in ["orders-primary", "tg-orders-1", "tg-orders-2", GONE] {
            let from = if id == "tg-orders-2" { until().0 - 60 } else { begun };
            state.series.insert((id.to_owned(), "CPUUtilization".to_owned()), steady(from, until().0, 30.0));
        }
        state.listed = listed(&[&["orders-primary", GONE, "tg-orders-1"][..], &OTHERS].concat());
    }
    let past = past(&scene, None).await.unwrap();
    assert_eq!((past.from, past.until), (Minute(begun), Minute(begun + DAY)));
    // One that did not yet exist has no part in that day.
    assert_eq!(names(&past), ["orders-primary", "tg-orders-1", GONE]);
    let Worked::Members(members) = &past.worked else { panic!() };
    assert!(members.iter().all(|member| member.cpu.len() == 1_440 && member.cpu[0].minute == past.from));

    let asked = asked(&scene.account);
    let hours: Vec<_> = asked.iter().filter(|(.., period)| *period == 3_600).collect();
    assert_eq!(hours.len(), 3);
    assert!(hours.iter().all(|(_, from, end, _)| *from <= -14 * DAY && *from > -14 * DAY - 60 && *end == 0));
    let minutes: Vec<_> = asked.iter().filter(|(.., period)| *period == 60).collect();
    let whose: Vec<&str> = minutes.iter().map(|(whose, ..)| whose.as_str()).collect();
    assert_eq!(whose, ["orders-primary", "tg-orders-1", "tg-orders-2", GONE]);
    assert!(minutes.iter().all(|(_, from, end, _)| end - from == DAY));
    let list = scene.account.calls(LIST);
    let text = |name| at(&list[0].cbor, name).unwrap().as_text().unwrap().to_owned();
    assert_eq!((text("Namespace"), text("MetricName")), ("AWS/RDS".to_owned(), "CPUUtilization".to_owned()));
    assert_eq!(
        scene.account.state().calls.len(),
        3 + 1 + 4,
        "a call a series, free within the first million"
    );
}

#[tokio::test(start_paused = true)]
async fn a_gap_is_read_from_its_first_minute_to_its_last() {
    let scene = Scene::new();
    let past = past(&scene, Some(Minute(until().0 - 90))).await.unwrap();
    assert_eq!((past.from, past.until), (Minute(until().0 - 90), until()));
    assert_eq!(names(&past), ["orders-primary", "tg-orders-1", "tg-orders-2"]);
    let expected = names(&past).into_iter().map(|name| (name.to_owned(), -90, 0, 60));
    assert_eq!(asked(&scene.account), expected.collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn of_what_was_never_measured_no_minute_is_asked_for() {
    let scene = Scene::new();
    {
        let mut state = scene.account.state();
        for id in ["orders-primary", "tg-orders-1", "tg-orders-2"] {
            state.series.insert((id.to_owned(), "CPUUtilization".to_owned()), Vec::new());
        }
    }
    let past = past(&scene, None).await.unwrap();
    assert_eq!((past.from, past.until, names(&past).len()), (until(), until(), 0));
    assert!(asked(&scene.account).iter().all(|(.., period)| *period == 3_600));
    assert!(scene.account.calls(LIST).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_hundred_and_more_members_share_calls_and_pages_are_read_to_the_end() {
    let scene = Scene::new();
    let gone: Vec<String> = (0..600).map(|nth| format!("tg-orders-{nth:010}")).collect();
    scene.account.state().listed = listed(&gone.iter().map(String::as_str).collect::<Vec<_>>());
    let past = past(&scene, Some(Minute(until().0 - 10))).await.unwrap();
    assert_eq!(names(&past).len(), 603);
    assert_eq!((scene.account.calls(LIST).len(), scene.account.calls(GET).len()), (2, 0));
    assert_eq!(scene.account.calls("GetMetricData").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_role_that_may_not_list_metrics_is_told_which_right_it_lacks_and_learns_of_nothing() {
    let scene = Scene::new();
    scene.account.state().listed = listed(&[GONE]);
    let denied = Mishap::Refused(403, "AccessDenied", "not authorized");
    scene.account.lasting_mishap(LIST, Some(denied));
    let error = past(&scene, Some(Minute(until().0 - 90))).await.err().unwrap();
    assert_eq!((error.operation, error.class), (LIST, FailureClass::PersonNeeded));
    assert!(error.message.ends_with("(cloudwatch:ListMetrics)"), "{}", error.message);
}

#[tokio::test(start_paused = true)]
async fn a_history_that_is_not_whole_is_none() {
    for operation in [LIST, GET] {
        let scene = Scene::new();
        let seen = Observation::RdsReplicas(scene.look().await);
        scene.account.lasting_mishap(operation, Some(Mishap::Reset));
        let lacking = Lacking { from: Some(Minute(until().0 - 90)), until: until() };
        let error = scene.fleet.past(&scene.target, &seen, lacking).await.err().unwrap();
        assert_eq!((error.operation, error.class), (operation, FailureClass::RetryNextWake));
    }
}

#[tokio::test(start_paused = true)]
async fn a_services_tasks_are_counted_by_the_samples_of_its_cpu() {
    let scene = ServiceScene::new();
    let target = service_scene::target("api", &[Signal::Cpu]);
    let seen = service_scene::observe(&scene.fleet, &[&target]).await.remove(0).unwrap();
    {
        let mut state = scene.account.state();
        state.series.insert(
            ("prod api".to_owned(), "CPUUtilization".to_owned()),
            steady(until().0 - 30, until().0, 60.0),
        );
        state.series.insert(
            ("prod api".to_owned(), "SampleCount".to_owned()),
            steady(until().0 - 30, until().0, 4.0),
        );
        state.calls.clear();
    }
    let lacking = Lacking { from: None, until: until() };
    let past = scene.fleet.past(&target, &Observation::EcsService(seen), lacking).await.unwrap();
    let Worked::Together { cpu, members } = &past.worked else { panic!("{:?}", past.worked) };
    assert_eq!((cpu.len(), cpu[0].value, members.len(), members[0].value), (30, 60.0, 30, 4.0));
    assert_eq!(scene.account.state().calls.len(), 2 + 2);
}

#[tokio::test(start_paused = true)]
async fn a_groups_nodes_are_those_that_it_has_and_those_that_it_had() {
    let scene = NodeScene::of(ClusterMode::Disabled, 1, 2);
    let target = node_scene::target("sessions", ClusterMode::Disabled, &[Signal::Cpu]);
    let history = tidegate_policy::history::History::default();
    let requests = [ObserveRequest::new(&target, &history)];
    let seen = scene.fleet.observe(&requests, now()).await.unwrap().remove(0).unwrap();
    let node = |name: &str| {
        vec![("CacheClusterId".to_owned(), name.to_owned()), ("CacheNodeId".to_owned(), "0001".to_owned())]
    };
    {
        let mut state = scene.account.state();
        let there = ["sessions-004", "sessions-0002-003", "sessions-eu-001", "sessions-x", "other-001"];
        state.listed = there.into_iter().map(node).collect();
        // Of the cluster as a whole.
        state.listed.push(vec![("CacheClusterId".to_owned(), "sessions-009".to_owned())]);
        state.calls.clear();
    }
    let lacking = Lacking { from: Some(Minute(until().0 - 90)), until: until() };
    let past = scene.fleet.past(&target, &seen, lacking).await.unwrap();
    let there = ["sessions-001", "sessions-002", "sessions-003", "sessions-0002-003", "sessions-004"];
    assert_eq!(names(&past), there);
    assert_eq!(scene.account.state().calls.len(), 1 + 5);
}
