//! Facts that cost calls: read when they are not believed any more, once an attempt, and handed back to be remembered.

use jiff::SignedDuration;
use tidegate_policy::history::History;
use tidegate_policy::names::{DnsName, ZoneId};
use tidegate_policy::observation::{Fact, Facts, RdsObservation, ZoneFact};
use tidegate_policy::record::FailureClass;

use super::account::Instance;
use super::scene::{Scene, kind, now, observe, replica, target};
use super::wire::Mishap;

const GET_ZONE: &str = "GetHostedZone";
const PARAMETERS: &str = "DescribeDBParameters";
const GROUP: &str = "default.mysql8.0";
const FORMULA: &str = "{DBInstanceClassMemory/12582880}";

/// A scene whose policy leaves `max_connections` to the parameter group.
fn scene() -> Scene {
    let mut scene = Scene::new();
    kind(&mut scene.target).max_connections = None;
    scene
}

/// What was read so many hours ago.
fn remembered(hours: i64, zone: &str, value: &str) -> History {
    let read_at = now() - SignedDuration::from_hours(hours);
    let name = Fact { value: DnsName::new("example.com"), read_at };
    let mut facts = Facts { zone: Some(ZoneFact { zone: ZoneId::new(zone), name }), ..Facts::default() };
    facts.max_connections.insert(GROUP.to_owned(), Fact { value: value.to_owned(), read_at });
    History { facts, ..History::default() }
}

fn limits(seen: &RdsObservation) -> Vec<Option<u32>> {
    let source = seen.source.iter().map(|source| source.signals.max_connections);
    source.chain(seen.replicas.iter().map(|replica| replica.signals.max_connections)).collect()
}

#[tokio::test(start_paused = true)]
async fn what_nobody_knows_yet_is_read_once_and_handed_back() {
    let scene = scene();
    let seen = scene.look().await;
    let zone = seen.facts.zone.as_ref().unwrap();
    assert_eq!((zone.zone.as_str(), zone.name.value.as_str()), ("Z1", "example.com"));
    assert_eq!(zone.name.read_at, now());
    let fact = Fact { value: FORMULA.to_owned(), read_at: now() };
    assert_eq!(seen.facts.max_connections, [(GROUP.to_owned(), fact)].into());
    assert_eq!(scene.account.calls(GET_ZONE).len(), 1);
    let asked = scene.account.calls(PARAMETERS);
    assert_eq!(asked.len(), 1, "three instances of one group");
    assert_eq!(asked[0].field("DBParameterGroupName"), GROUP);
    assert_eq!(asked[0].field("Filters.Filter.1.Values.Value.1"), "max_connections");
    // A db.t3.medium: 4 GiB less what is kept back.
    assert!(limits(&seen).iter().all(|limit| limit.is_some_and(|limit| (290..=312).contains(&limit))));
}

#[tokio::test(start_paused = true)]
async fn what_is_believed_is_not_read_and_handed_back_as_it_was() {
    let mut scene = scene();
    scene.history = remembered(23, "Z1", "123");
    let seen = scene.look().await;
    assert_eq!(limits(&seen), [Some(123), Some(123), Some(123)]);
    assert_eq!(seen.facts, scene.history.facts);
    assert!(scene.account.calls(GET_ZONE).is_empty() && scene.account.calls(PARAMETERS).is_empty());
}

#[tokio::test(start_paused = true)]
async fn after_a_day_it_is_read_again() {
    for hours in [24, -1] {
        let mut scene = scene();
        scene.history = remembered(hours, "Z1", "123");
        let seen = scene.look().await;
        assert_eq!((scene.account.calls(GET_ZONE).len(), scene.account.calls(PARAMETERS).len()), (1, 1));
        assert_eq!(seen.facts.zone.unwrap().name.read_at, now());
        assert_eq!(seen.facts.max_connections[GROUP].value, FORMULA);
    }
}

#[tokio::test(start_paused = true)]
async fn the_name_of_another_zone_says_nothing_of_this_one() {
    let mut scene = scene();
    scene.history = remembered(1, "Z9", "123");
    let seen = scene.look().await;
    assert_eq!(scene.account.calls(GET_ZONE).len(), 1);
    assert_eq!(seen.facts.zone.unwrap().zone.as_str(), "Z1");
}

#[tokio::test(start_paused = true)]
async fn targets_share_what_one_of_them_knows() {
    let scene = scene();
    scene.account.state().instances.push(Instance::named("billing-primary"));
    let mut billing = target("billing");
    kind(&mut billing).max_connections = None;
    let (knows, new) = (remembered(2, "Z1", "123"), History::default());
    let seen = observe(&scene.fleet, &[(&scene.target, &new), (&billing, &knows)]).await.unwrap();
    for seen in seen {
        let seen = seen.unwrap();
        assert_eq!(seen.facts, knows.facts);
        assert!(limits(&seen).iter().all(|limit| *limit == Some(123)));
    }
    assert!(scene.account.calls(GET_ZONE).is_empty() && scene.account.calls(PARAMETERS).is_empty());
}

#[tokio::test(start_paused = true)]
async fn targets_share_what_was_read_for_one_of_them() {
    let scene = scene();
    scene.account.state().instances.push(Instance::named("billing-primary"));
    let mut billing = target("billing");
    kind(&mut billing).max_connections = None;
    let new = History::default();
    let seen = observe(&scene.fleet, &[(&scene.target, &new), (&billing, &new)]).await.unwrap();
    for seen in seen {
        assert_eq!(seen.unwrap().facts.max_connections[GROUP].value, FORMULA);
    }
    assert_eq!((scene.account.calls(GET_ZONE).len(), scene.account.calls(PARAMETERS).len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn each_parameter_group_is_read_for_itself() {
    let scene = scene();
    scene
        .account
        .state()
        .parameters
        .insert("wide".to_owned(), vec![("max_connections".to_owned(), Some("900".to_owned()))]);
    scene.account.state().parameters.insert("mute".to_owned(), Vec::new());
    scene.instance("tg-orders-1", |one| one.parameters = Some("wide".to_owned()));
    scene.instance("tg-orders-2", |one| one.parameters = Some("mute".to_owned()));
    let seen = scene.look().await;
    assert_eq!(replica(&seen, "tg-orders-1").signals.max_connections, Some(900));
    assert_eq!(replica(&seen, "tg-orders-2").signals.max_connections, None);
    let groups: Vec<_> =
        seen.facts.max_connections.iter().map(|(key, fact)| (key.as_str(), fact.value.as_str())).collect();
    assert_eq!(groups, [(GROUP, FORMULA), ("mute", ""), ("wide", "900")]);
    assert_eq!(scene.account.calls(PARAMETERS).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_group_that_is_no_longer_in_use_is_forgotten() {
    let mut scene = scene();
    scene.history = remembered(1, "Z1", "123");
    for id in ["orders-primary", "tg-orders-1", "tg-orders-2"] {
        scene.instance(id, |one| one.parameters = None);
    }
    let seen = scene.look().await;
    assert_eq!(limits(&seen), [None, None, None]);
    assert!(seen.facts.max_connections.is_empty());
}

#[tokio::test(start_paused = true)]
async fn where_the_filter_is_not_honoured_the_parameter_is_found_on_a_later_page() {
    let scene = scene();
    {
        let mut state = scene.account.state();
        state.filters_honoured = false;
        let mut all: Vec<_> = (0..250).map(|nth| (format!("other_{nth}"), Some("1".to_owned()))).collect();
        all.push(("max_connections".to_owned(), Some("77".to_owned())));
        all.extend((0..250).map(|nth| (format!("another_{nth}"), None)));
        state.parameters.insert(GROUP.to_owned(), all);
    }
    assert_eq!(limits(&scene.look().await), [Some(77), Some(77), Some(77)]);
    let markers: Vec<_> =
        scene.account.calls(PARAMETERS).iter().map(|call| call.field("Marker").to_owned()).collect();
    assert_eq!(markers, ["", "from 100", "from 200"]);
}

#[tokio::test(start_paused = true)]
async fn what_the_policy_says_is_not_asked_for() {
    let mut scene = Scene::new();
    kind(&mut scene.target).max_connections = Some(321);
    let seen = scene.look().await;
    assert_eq!(limits(&seen), [Some(321), Some(321), Some(321)]);
    assert!(seen.facts.max_connections.is_empty());
    assert!(scene.account.calls(PARAMETERS).is_empty());
}

#[tokio::test(start_paused = true)]
async fn refused_parameters_name_the_permission() {
    let scene = scene();
    scene.account.mishap(PARAMETERS, Mishap::Refused(403, "AccessDenied", "not authorized"));
    let error = scene.fail().await;
    assert_eq!((error.operation, error.class), (PARAMETERS, FailureClass::PersonNeeded));
    assert!(error.message.ends_with("(rds:DescribeDBParameters)"), "{}", error.message);
}

#[tokio::test(start_paused = true)]
async fn throttled_parameters_are_unknown_and_the_look_goes_on() {
    let scene = scene();
    scene.instance("tg-orders-1", |one| one.parameters = Some("wide".to_owned()));
    scene
        .account
        .state()
        .parameters
        .insert("wide".to_owned(), vec![("max_connections".to_owned(), Some("900".to_owned()))]);
    scene.account.mishap_at_every_try(PARAMETERS, &Mishap::Refused(400, "Throttling", "Rate exceeded"));
    let seen = scene.look().await;
    let source = seen.source.as_ref().unwrap();
    assert_eq!(source.signals.max_connections, None);
    assert!(source.signals.cpu.fresh().is_some());
    assert_eq!(
        replica(&seen, "tg-orders-1").signals.max_connections,
        Some(900),
        "other groups are not given up"
    );
    assert!(
        !seen.facts.max_connections.get(GROUP).is_some_and(|fact| fact.value.is_empty()),
        "not remembered as nothing"
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_zone_names_the_permission() {
    let scene = scene();
    scene.account.mishap(GET_ZONE, Mishap::Refused(403, "AccessDenied", "not authorized"));
    let error = scene.fail().await;
    assert_eq!((error.operation, error.class), (GET_ZONE, FailureClass::PersonNeeded));
    assert!(error.message.ends_with("(route53:GetHostedZone)"), "{}", error.message);
}
