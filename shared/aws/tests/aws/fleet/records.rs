//! Records: which pages of a zone are asked for, what stands at a reader name, and what else names an endpoint.

use tidegate_policy::history::History;
use tidegate_policy::names::{DnsName, ZoneId};
use tidegate_policy::observation::{EndpointUse, Look, OtherUses, RdsObservation, Reading};
use tidegate_policy::plan::{LastLook, may_still_change};
use tidegate_policy::policy::Target;
use tidegate_policy::record::FailureClass;

use super::account::{Order, Set, Zone, endpoint};
use super::scene::{READER, Scene, deletion, kind, observe, pending, removing, set_ids, target};
use super::wire::Mishap;

const LIST: &str = "ListResourceRecordSets";

/// A target of this reader name, in zone Z1.
fn reading(reader: &str, name: &str) -> Target {
    let mut target = target(name);
    kind(&mut target).reader.name = DnsName::new(reader);
    target
}

/// What each page was asked for: name, type, identifier.
fn cursors(scene: &Scene) -> Vec<(String, String, String)> {
    let part = |call: &super::wire::Call, name: &str| call.field(name).to_owned();
    let calls = scene.account.calls(LIST);
    assert!(calls.iter().all(|call| call.field("maxitems") == "300"));
    calls.iter().map(|call| (part(call, "name"), part(call, "type"), part(call, "identifier"))).collect()
}

fn at(name: &str) -> (String, String, String) {
    (name.to_owned(), String::new(), String::new())
}

/// So many records that nobody asks for.
fn fill(scene: &Scene, names: impl Iterator<Item = String>) {
    for name in names {
        scene.put(Set::simple(&name, "A", "192.0.2.1"));
    }
}

/// Looks at targets with these reader names, in zone Z1.
async fn look(scene: &Scene, readers: &[&str]) -> Vec<RdsObservation> {
    let targets: Vec<_> = readers.iter().map(|reader| reading(reader, "orders")).collect();
    let history = History::default();
    let asked: Vec<_> = targets.iter().map(|target| (target, &history)).collect();
    let seen = observe(&scene.fleet, &asked).await.expect("the fleet");
    seen.into_iter().map(|seen| seen.expect("the target")).collect()
}

#[tokio::test(start_paused = true)]
async fn of_a_large_zone_only_the_pages_with_a_reader_name_are_asked_for() {
    let scene = Scene::new();
    fill(
        &scene,
        "bny".chars().flat_map(|letter| (0..300).map(move |nth| format!("{letter}{nth:03}.example.com"))),
    );
    let readers = ["zz-ro.example.com", "aa-ro.example.com", "mm-ro.example.com"];
    for reader in readers {
        scene.put(Set::weighted(reader, "tg-orders-1", 7, &endpoint("tg-orders-1")));
        scene.put(Set::weighted(reader, "theirs", 200, "elsewhere.example.net"));
    }
    let seen = look(&scene, &readers).await;
    for seen in &seen {
        assert_eq!(set_ids(seen), ["tg-orders-1", "theirs"]);
    }
    assert_eq!(cursors(&scene), [at("aa-ro.example.com"), at("mm-ro.example.com"), at("zz-ro.example.com")]);
}

#[tokio::test(start_paused = true)]
async fn reader_names_on_one_page_are_one_call() {
    let scene = Scene::new();
    scene.put(Set::weighted("aa-ro.example.com", "tg-orders-1", 7, &endpoint("tg-orders-1")));
    let seen = look(&scene, &[READER, "aa-ro.example.com", "none-here.example.com"]).await;
    let found: Vec<_> = seen.iter().map(|seen| seen.records.weighted.len()).collect();
    assert_eq!(found, [2, 1, 0]);
    assert_eq!(cursors(&scene), [at("aa-ro.example.com")]);
}

#[tokio::test(start_paused = true)]
async fn a_group_across_two_pages_is_read_on_by_the_three_part_cursor() {
    let scene = Scene::new();
    scene.put(Set::weighted("aa-ro.example.com", "tg-orders-1", 7, &endpoint("tg-orders-1")));
    fill(&scene, (0..250).map(|nth| format!("b{nth:03}.example.com")));
    // A hundred is the most that a name may have.
    for nth in 0..100 {
        scene.put(Set::weighted(
            "cc-ro.example.com",
            &format!("{nth:03} & co/ü"),
            1,
            "elsewhere.example.net",
        ));
    }
    fill(&scene, (0..400).map(|nth| format!("d{nth:03}.example.com")));
    let seen = look(&scene, &["aa-ro.example.com", "cc-ro.example.com"]).await;
    assert_eq!(set_ids(&seen[0]), ["tg-orders-1"]);
    let expected: Vec<_> = (0..100).map(|nth| format!("{nth:03} & co/ü")).collect();
    assert_eq!(set_ids(&seen[1]), expected, "each record once, in the order of Route 53");
    let straddling = ("cc-ro.example.com.".to_owned(), "CNAME".to_owned(), "049 & co/ü".to_owned());
    assert_eq!(cursors(&scene), [at("aa-ro.example.com"), straddling]);
}

#[tokio::test(start_paused = true)]
async fn a_hyphen_is_before_the_dot_that_ends_a_label() {
    let scene = Scene::new();
    for label in ["a", "a-b", "a-b-c", "ab"] {
        scene.put(Set::weighted(&format!("ro.{label}.example.com"), label, 1, "elsewhere.example.net"));
        fill(&scene, (0..310).map(|nth| format!("s{nth:03}.{label}.example.com")));
    }
    let seen = look(
        &scene,
        &["ro.a.example.com", "ro.ab.example.com", "ro.a-b.example.com", "ro.a-b-c.example.com"],
    )
    .await;
    let found: Vec<_> = seen.iter().map(|seen| set_ids(seen).concat()).collect();
    assert_eq!(found, ["a", "ab", "a-b", "a-b-c"]);
    assert_eq!(
        cursors(&scene),
        [
            at("ro.a-b-c.example.com"),
            at("ro.a-b.example.com"),
            at("ro.a.example.com"),
            at("ro.ab.example.com")
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_zone_in_another_order_loses_no_record() {
    let orders: [(&str, Order); 3] = [
        ("as written", str::to_owned),
        ("backwards", |name| name.chars().rev().collect()),
        ("the last first", |name| {
            let key = super::account::labels_from_the_right(name);
            key.bytes().map(|byte| char::from(255 - byte)).collect()
        }),
    ];
    for (how, order) in orders {
        let scene = Scene::new();
        scene.account.state().zones.get_mut("Z1").unwrap().order = order;
        let labels = ["a", "a-b", "b", "zz"];
        let letters = "cgkosw".chars();
        fill(
            &scene,
            letters.flat_map(|letter| {
                (0..160).map(move |nth| format!("{letter}{nth:03}.{}.example.com", labels[nth % 4]))
            }),
        );
        let readers =
            ["aa-ro.b.example.com", "mm-ro.a-b.example.com", "zz-ro.a.example.com", "ee-ro.zz.example.com"];
        for reader in readers {
            scene.put(Set::weighted(reader, &format!("for {reader}"), 1, "elsewhere.example.net"));
            scene.put(Set::weighted(reader, "tg-orders-1", 7, &endpoint("tg-orders-1")));
        }
        let seen = look(&scene, &readers).await;
        for (seen, reader) in seen.iter().zip(readers) {
            assert_eq!(set_ids(seen), [&format!("for {reader}"), "tg-orders-1"], "{how}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_weighted_record_is_read_with_every_field_that_a_swap_needs() {
    let scene = Scene::new();
    scene.put(Set {
        ttl: Some(86_400),
        health_check: Some("theirs".to_owned()),
        ..Set::weighted(READER, "Their Record", 255, "Their-Host.Example.NET.")
    });
    let seen = scene.look().await;
    assert_eq!(seen.records.conflict, None, "a health check on a record of others is none of ours");
    assert_eq!(set_ids(&seen), ["Their Record", "tg-orders-1", "tg-orders-2"]);
    let record = seen.records.record("Their Record").unwrap();
    assert_eq!(
        (record.weight.0, record.ttl.0, record.value.as_str()),
        (255, 86_400, "their-host.example.net")
    );
}

#[tokio::test(start_paused = true)]
async fn what_keeps_weighted_records_out_is_named() {
    let weighted = || Set::weighted(READER, "theirs", 1, "elsewhere.example.net");
    for (set, says) in [
        (Set::simple(READER, "CNAME", "elsewhere.example.net"), "a simple CNAME record"),
        (Set::simple(READER, "A", "192.0.2.1"), "a simple A record"),
        (Set::simple(READER, "TXT", "\"a note\""), "a simple TXT record"),
        (Set { kind: "A".to_owned(), ..weighted() }, "the A record theirs"),
        (
            Set { weight: None, region: Some("eu-west-1".to_owned()), ..weighted() },
            "the record theirs, whose routing is not weighted",
        ),
        (
            Set {
                ttl: None,
                values: Vec::new(),
                alias: Some("elsewhere.example.com.".to_owned()),
                ..weighted()
            },
            "the alias record theirs",
        ),
        (
            Set {
                health_check: Some("hc-1".to_owned()),
                ..Set::weighted(READER, "tg-orders-3", 1, "elsewhere.example.net")
            },
            "a health check on the record tg-orders-3",
        ),
        (
            Set {
                health_check: Some("hc-1".to_owned()),
                ..Set::weighted(READER, "primary-floor", 1, "elsewhere.example.net")
            },
            "a health check on the record primary-floor",
        ),
    ] {
        let scene = Scene::new();
        scene.put(set);
        let seen = scene.look().await;
        assert_eq!(seen.records.conflict.as_deref(), Some(says));
        assert_eq!(set_ids(&seen), ["tg-orders-1", "tg-orders-2"]);
    }
    assert_eq!(Scene::new().look().await.records.conflict, None);
}

#[tokio::test(start_paused = true)]
async fn the_whole_zone_is_read_only_while_a_replica_is_leaving() {
    let mut scene = Scene::new();
    fill(&scene, (0..600).map(|nth| format!("z{nth:03}.example.com")));
    scene.put(Set::simple("z999.example.com", "CNAME", &endpoint("tg-orders-1")));
    // A change that is under way is no removal.
    for history in [History::default(), pending("C7")] {
        scene.history = history;
        assert!(scene.look().await.records.other_uses.unknown().is_some());
        assert_eq!(cursors(&scene), [at(READER)]);
        scene.account.state().calls.clear();
    }
    scene.history = removing("tg-orders-1");
    let seen = scene.look().await;
    assert_eq!(seen.records.other_uses.found().len(), 1);
    assert_eq!(set_ids(&seen), ["tg-orders-1", "tg-orders-2"]);
    let cursors = cursors(&scene);
    assert_eq!(
        (cursors.len(), &cursors[..2]),
        (4, &[at(READER), at("")][..]),
        "605 records, from the beginning"
    );
}

#[tokio::test(start_paused = true)]
async fn one_leaving_replica_makes_one_reading_of_the_zone_for_all_its_targets() {
    let scene = Scene::new();
    scene.put(Set::weighted("billing-ro.example.com", "tg-billing-1", 9, &endpoint("tg-billing-1")));
    scene.put(Set::simple("by-hand.example.com", "CNAME", &endpoint("tg-orders-1")));
    let (leaving, resting) = (removing("tg-orders-1"), History::default());
    let billing = target("billing");
    let seen = observe(&scene.fleet, &[(&scene.target, &leaving), (&billing, &resting)]).await.unwrap();
    let seen: Vec<_> = seen.into_iter().map(Result::unwrap).collect();
    assert_eq!(seen[0].records.other_uses.found().len(), 1);
    assert!(seen[1].records.other_uses.unknown().is_some(), "of a target that rests nothing is asked");
    assert_eq!(set_ids(&seen[1]), ["tg-billing-1"]);
    assert_eq!(cursors(&scene), [at("billing-ro.example.com"), at("")]);
}

/// The second page of the zone is lost; the first, with the reader names, is not.
#[tokio::test(start_paused = true)]
async fn a_zone_that_cannot_be_read_to_its_end_keeps_the_leaving_replica_and_blinds_nobody() {
    let scene = Scene::new();
    fill(&scene, (0..400).map(|nth| format!("z{nth:03}.example.com")));
    scene.put(Set::weighted("billing-ro.example.com", "tg-billing-1", 9, &endpoint("tg-billing-1")));
    let (leaving, resting) = (removing("tg-orders-1"), History::default());
    let billing = target("billing");
    for (mishap, says) in [
        (Mishap::Reset, "ListResourceRecordSets"),
        (Mishap::Refused(403, "AccessDenied", "not authorized"), "(route53:ListResourceRecordSets)"),
    ] {
        scene.account.state().calls.clear();
        scene.account.mishap_after(LIST, 2, mishap);
        let seen = observe(&scene.fleet, &[(&scene.target, &leaving), (&billing, &resting)]).await.unwrap();
        let seen: Vec<_> = seen.into_iter().map(Result::unwrap).collect();
        let why = seen[0].records.other_uses.unknown().unwrap();
        assert!(why.contains(says), "{why}");
        assert_eq!(set_ids(&seen[0]), ["tg-orders-1", "tg-orders-2"]);
        assert_eq!(set_ids(&seen[1]), ["tg-billing-1"]);
        scene.account.lasting_mishap(LIST, None);
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_else_names_the_endpoint_of_the_leaving_replica_is_found() {
    let leaving = endpoint("tg-orders-1");
    let sets = [
        Set::simple("cname.example.com", "CNAME", &leaving),
        Set::simple("dotted.example.com", "CNAME", &format!("{leaving}.")),
        Set::simple("upper.example.com", "CNAME", &leaving.to_ascii_uppercase()),
        Set::simple("_mysql._tcp.example.com", "SRV", &format!("1 10 3306 {leaving}.")),
        Set::simple("text.example.com", "TXT", &format!("\"{leaving}\"")),
        Set {
            ttl: None,
            values: Vec::new(),
            alias: Some(format!("{leaving}.")),
            ..Set::simple("alias.example.com", "A", "")
        },
        Set::simple("*.example.com", "CNAME", &leaving),
        Set::weighted("reports.example.com", "tg-orders-1", 1, &leaving),
    ];
    let others = [
        Set::weighted(READER, "tg-orders-7", 1, &leaving),
        Set::simple("near.example.com", "CNAME", &format!("x{leaving}")),
        Set::simple("far.example.com", "CNAME", &format!("{leaving}.example.net")),
        Set::simple("other.example.com", "CNAME", &endpoint("tg-orders-2")),
    ];
    let mut scene = Scene::new();
    for set in sets.iter().chain(&others) {
        scene.put(set.clone());
    }
    scene.history = removing("tg-orders-1");
    let seen = scene.look().await;
    let mut found: Vec<_> =
        seen.records.other_uses.found().iter().map(|used| used.name.as_str().to_owned()).collect();
    found.sort();
    let mut expected: Vec<_> = sets.iter().map(|set| set.name.clone()).collect();
    expected.sort();
    assert_eq!(found, expected);
    assert!(seen.records.other_uses.found().iter().all(|used| used.endpoint.as_str() == leaving));
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_left_out_of_the_group_keeps_its_instance() {
    let mut scene = Scene::new();
    {
        let mut state = scene.account.state();
        let sets = &mut state.zones.get_mut("Z1").unwrap().sets;
        let ours = sets.iter_mut().find(|set| set.values == [endpoint("tg-orders-1")]);
        ours.unwrap().health_check = Some("hc-1".to_owned());
    }
    scene.history = removing("tg-orders-1");
    let seen = scene.last_look("tg-orders-1").await.unwrap();
    assert_eq!(seen.records.record("tg-orders-1"), None);
    let last = may_still_change(&scene.target, &deletion("tg-orders-1"), &Look::RdsReplicas(seen));
    assert!(matches!(last, LastLook::Stop(_)), "its record answers on: {last:?}");
    let uses: Vec<_> =
        scene.look().await.records.other_uses.found().iter().map(|used| used.name.to_string()).collect();
    assert_eq!(uses, [READER], "the plan sees it too, and takes the removal back");
}

#[tokio::test(start_paused = true)]
async fn the_last_look_reads_the_replica_and_the_whole_zone_afresh() {
    let scene = Scene::new();
    fill(&scene, (0..400).map(|nth| format!("z{nth:03}.example.com")));
    scene.put(Set::simple("z999.example.com", "CNAME", &endpoint("tg-orders-1")));
    let seen = scene.last_look("tg-orders-1").await.unwrap();
    let replica = seen.replica.unwrap();
    assert_eq!((replica.id.as_str(), replica.resource_id.as_str()), ("tg-orders-1", "db-TG-ORDERS-1"));
    assert!(matches!(replica.signals.connections, Reading::Fresh(_)));
    assert_eq!(seen.records.weighted.len(), 2);
    let used = EndpointUse {
        name: DnsName::new("z999.example.com"),
        endpoint: DnsName::new(endpoint("tg-orders-1")),
    };
    assert_eq!(seen.records.other_uses, OtherUses::Known(vec![used]));
    let described = scene.account.calls("DescribeDBInstances");
    assert_eq!(
        described.iter().map(|call| call.field("DBInstanceIdentifier")).collect::<Vec<_>>(),
        ["tg-orders-1"]
    );
    assert_eq!(cursors(&scene).len(), 2);
    assert_eq!(scene.account.series_asked().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_last_look_at_what_is_gone_finds_nobody_and_one_that_fails_is_an_error() {
    let scene = Scene::new();
    let seen = scene.last_look("tg-orders-9").await.unwrap();
    assert_eq!(seen.replica, None);
    assert_eq!(seen.records.weighted.len(), 2);
    assert!(scene.account.series_asked().is_empty());
    for operation in ["DescribeDBInstances", LIST, "GetMetricStatistics"] {
        scene.account.lasting_mishap(operation, Some(Mishap::Reset));
        let error = scene.last_look("tg-orders-1").await.unwrap_err();
        assert_eq!((error.operation, error.class), (operation, FailureClass::RetryNextWake));
        scene.account.lasting_mishap(operation, None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_zone_that_is_not_there_fails_only_the_targets_in_it() {
    let scene = Scene::new();
    let mut lost = reading("lost-ro.example.com", "lost");
    kind(&mut lost).reader.zone = ZoneId::new("Z404");
    let history = History::default();
    let seen =
        observe(&scene.fleet, &[(&lost, &history), (&scene.target, &history), (&lost, &history)]).await;
    let seen = seen.unwrap();
    for nth in [0, 2] {
        let error = seen[nth].as_ref().unwrap_err();
        assert_eq!((error.operation, error.class), ("GetHostedZone", FailureClass::PersonNeeded));
        assert!(
            error.message.contains("Z404") && error.message.contains("`reader.zone`"),
            "{}",
            error.message
        );
    }
    assert_eq!(set_ids(seen[1].as_ref().unwrap()), ["tg-orders-1", "tg-orders-2"]);
    assert_eq!(scene.account.calls("GetHostedZone").len(), 2, "once a zone");
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_is_refused_fails_only_the_targets_of_the_zone() {
    let scene = Scene::new();
    scene.account.state().zones.insert("Z2".to_owned(), Zone::named("example.org"));
    let mut other = reading("billing-ro.example.org", "billing");
    kind(&mut other).reader.zone = ZoneId::new("Z2");
    scene.account.mishap(LIST, Mishap::Refused(403, "AccessDenied", "not authorized"));
    let history = History::default();
    let seen = observe(&scene.fleet, &[(&scene.target, &history), (&other, &history)]).await.unwrap();
    let error = seen[0].as_ref().unwrap_err();
    assert_eq!((error.operation, error.class), (LIST, FailureClass::PersonNeeded));
    assert!(error.message.ends_with("(route53:ListResourceRecordSets)"), "{}", error.message);
    assert!(seen[1].is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_reader_name_belongs_into_its_zone_and_below_its_name() {
    for (reader, says) in [
        ("orders-ro.example.org", "not in the hosted zone Z1 (example.com)"),
        ("orders-ro.xexample.com", "not in the hosted zone Z1 (example.com)"),
        ("com", "not in the hosted zone Z1 (example.com)"),
        ("example.com", "is the hosted zone Z1 itself, where DNS allows no CNAME"),
    ] {
        let mut scene = Scene::new();
        kind(&mut scene.target).reader.name = DnsName::new(reader);
        let error = scene.fail().await;
        assert_eq!(error.class, FailureClass::PersonNeeded);
        assert!(error.message.contains(says), "{}", error.message);
        assert!(error.message.contains(reader), "{}", error.message);
    }
    let mut scene = Scene::new();
    kind(&mut scene.target).reader.name = DnsName::new("ro.orders.eu.example.com");
    assert!(scene.look().await.records.weighted.is_empty());
}
