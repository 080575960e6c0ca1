//! What a document says of planned events: for whom, when, and how many tasks they need.

use insta::assert_snapshot;
use tidegate_policy::policy::{PlannedEvent, TargetKind};
use tidegate_policy::units::Count;

use crate::services::SERVICE;
use crate::{RIGHT, edit, read, told};

/// A right event: it begins in line 11 of the document.
pub(crate) const EVENT: &str = r#"[[event]]
name = "black friday"
target = "api"
from = "2026-11-27 18:00"
to = "2026-11-28 00:00"
zone = "Europe/Madrid"
requests_per_minute = 2000
"#;

fn document(lines: &[&str]) -> String {
    format!("{SERVICE}{}\n", edit(EVENT, lines))
}

fn with(lines: &[&str]) -> String {
    told(&document(lines))
}

fn without(key: &str) -> String {
    let kept: Vec<&str> = EVENT.lines().filter(|line| !line.starts_with(key)).collect();
    told(&format!("{SERVICE}{}\n", kept.join("\n")))
}

fn events(document: &str, target: &str) -> Vec<PlannedEvent> {
    match read(document).target(target).map(|target| &target.kind) {
        Some(TargetKind::EcsService(service)) => service.events.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_key_left_out_takes_its_documented_default() {
    assert_snapshot!(format!("{:#?}", events(&document(&[]), "api")), @r#"
    [
        PlannedEvent {
            name: "black friday",
            from: 2026-11-27T17:00:00Z,
            to: 2026-11-27T23:00:00Z,
            expected: 2000,
            per_task: 500,
            buffer: Percent(
                20.0,
            ),
            lead: 3600s,
            max: None,
            descent: RateLimit {
                members: Count(
                    2,
                ),
                period: 600s,
            },
            warm: None,
        },
    ]
    "#);
}

#[test]
fn every_key_is_read() {
    let written = document(&[
        "requests_per_minute = 5000",
        "requests_per_task = 250",
        "buffer = '50%'",
        "lead = '0s'",
        "max = 30",
        "descent = '1 per 5m'",
        "warm = 'https://api.example.com/health?deep=1'",
        "warm_requests = 200",
    ]);
    let events = events(&written, "api");
    assert_eq!(events[0].tasks(), Count(30));
    assert_snapshot!(format!("{events:#?}"), @r#"
    [
        PlannedEvent {
            name: "black friday",
            from: 2026-11-27T17:00:00Z,
            to: 2026-11-27T23:00:00Z,
            expected: 5000,
            per_task: 250,
            buffer: Percent(
                50.0,
            ),
            lead: 0s,
            max: Some(
                Count(
                    30,
                ),
            ),
            descent: RateLimit {
                members: Count(
                    1,
                ),
                period: 300s,
            },
            warm: Some(
                Warm {
                    url: "https://api.example.com/health?deep=1",
                    requests: 200,
                },
            ),
        },
    ]
    "#);
}

#[test]
fn moments_have_a_zone_or_an_offset() {
    for (lines, begins, ends) in [
        (&[][..], "2026-11-27T17:00:00Z", "2026-11-27T23:00:00Z"),
        (&["from = 2026-11-27T18:00:00"], "2026-11-27T17:00:00Z", "2026-11-27T23:00:00Z"),
        // An offset of one of the two goes before the zone.
        (&["to = '2026-11-28T00:00:00Z'"], "2026-11-27T17:00:00Z", "2026-11-28T00:00:00Z"),
        (&["zone = 'Pacific/Auckland'"], "2026-11-27T05:00:00Z", "2026-11-27T11:00:00Z"),
    ] {
        let event = events(&document(lines), "api").remove(0);
        assert_eq!((event.from.to_string(), event.to.to_string()), (begins.into(), ends.into()), "{lines:?}");
    }
    let exact = document(&["from = 2026-11-27T18:00:00Z", "to = '2026-11-27T22:00:00+01:00'"]);
    let event = events(&exact.replace("zone = \"Europe/Madrid\"\n", ""), "api").remove(0);
    assert_eq!(
        (event.from.to_string(), event.to.to_string()),
        ("2026-11-27T18:00:00Z".into(), "2026-11-27T21:00:00Z".into())
    );

    assert_snapshot!(told(&exact), @"16:1: event.zone: from and to have offsets of their own: remove zone, or write them without");
    assert_snapshot!(without("zone"), @r#"
    14:8: event.from: in which zone? add zone = "Europe/Madrid", or an offset, as "2026-11-27T18:00:00+01:00"
    15:6: event.to: in which zone? add zone = "Europe/Madrid", or an offset, as "2026-11-27T18:00:00+01:00"
    "#);
    assert_snapshot!(with(&["zone = 'Europe/Madird'"]), @r#"16:8: event.zone: unknown time zone "Europe/Madird": did you mean "Europe/Madrid"?"#);
    assert_snapshot!(with(&["from = '27.11.2026 18:00'", "to = 18:00:00"]), @r#"
    14:8: event.from: "27.11.2026 18:00" is not a date and a time: write "2026-11-27 18:00" with a zone beside it, or "2026-11-27T18:00:00+01:00" without one
    15:6: event.to: "18:00:00" is not a date and a time: write "2026-11-27 18:00" with a zone beside it, or "2026-11-27T18:00:00+01:00" without one
    "#);
    assert_snapshot!(with(&["to = '9999-12-31 23:59'", "zone = 'America/New_York'"]), @"15:6: event.to: this is beyond any calendar: write an earlier time");
    assert_snapshot!(with(&["from = 18"]), @r#"14:8: event.from: expected a date and a time in quotes, found the number 18: write event.from = "2026-11-27 18:00""#);
    assert_snapshot!(with(&["to = '2026-11-27 18:00'"]), @"15:6: event.to: 2026-11-27T17:00:00Z is not after from, 2026-11-27T17:00:00Z: write a later time");
}

#[test]
fn an_event_may_be_for_several_targets() {
    let second = SERVICE.replace("\"api\"", "\"web\"");
    let written = format!(
        "{second}{}",
        document(&["target = 'api'"]).replace("target = 'api'", "targets = ['api', 'web']")
    );
    assert_eq!(events(&written, "api"), events(&written, "web"));
    assert_eq!(events(&written, "web").len(), 1);
    // Those that overlap, too.
    let twice = format!("{written}{}", EVENT.replace("black friday", "another sale"));
    assert_eq!((events(&twice, "api").len(), events(&twice, "web").len()), (2, 1));
}

#[test]
fn events_name_services_of_the_document() {
    assert_snapshot!(with(&["target = 'apy'"]), @r#"13:10: event "black friday": there is no target "apy": did you mean "api"?"#);
    assert_snapshot!(with(&["target = 'checkout'"]), @r#"13:10: event "black friday": there is no target "checkout": write "api""#);
    assert_snapshot!(told(&format!("{RIGHT}{EVENT}")), @r#"13:10: event "black friday": there is no target "api": add a [[target]] of kind = "ecs-service""#);
    assert_snapshot!(told(&format!("{RIGHT}{}", EVENT.replace("\"api\"", "\"orders\""))), @r#"13:10: event "black friday": target "orders" is no ECS service, and only those have planned events: write a capacity window instead"#);
    assert_snapshot!(without("target"), @r#"11:1: event "black friday" has no "target": add it, as target = "api""#);
    assert_snapshot!(with(&["target = 7"]), @r#"13:10: event.target: expected the name of a target in quotes, found the number 7: write event.target = "api""#);
    assert_snapshot!(with(&["targets = ['api']"]), @r#"
    18:1: event.targets: the event has both "target" and "targets": remove one of them
    18:12: event.targets: "api" is named twice: name each target once
    "#);
    assert_eq!(with(&[]), "nothing");
    let several = |targets: &str| told(&document(&[]).replace("target = \"api\"", targets));
    assert_snapshot!(several("targets = []"), @r#"13:11: event.targets: no target is named: write one or more, as ["api"]"#);
    assert_snapshot!(several("targets = ['api', 'api']"), @r#"13:19: event.targets: "api" is named twice: name each target once"#);
    assert_snapshot!(several("targets = 'api'"), @r#"13:11: event.targets: expected a list of targets, found the text "api": write event.targets = ["api", "web"]"#);
    // A target that is wrong in itself is there all the same.
    assert_snapshot!(told(&document(&[]).replace("min = 2", "min = -2")), @"6:7: min: -2 is out of range: write 0 or more");
}

#[test]
fn names_are_unique_in_a_target() {
    let another = EVENT.replace("2026", "2027");
    assert_snapshot!(told(&format!("{}{another}", document(&[]))), @r#"18:1: target "api" has another event "black friday": write another name"#);
    let elsewhere = format!(
        "{}{}{}",
        document(&[]),
        SERVICE.replace("\"api\"", "\"web\""),
        another.replace("\"api\"", "\"web\"")
    );
    assert_eq!(told(&elsewhere), "nothing");
    assert_snapshot!(with(&["name = ''"]), @r#"12:8: event.name: "" is not an event's name: write 1 to 64 letters, digits, inner spaces and - _ . , as "black friday""#);
    assert_snapshot!(with(&["name = 'a \"quote\"'"]), @r#"12:8: event.name: "a \"quote\"" is not an event's name: write 1 to 64 letters, digits, inner spaces and - _ . , as "black friday""#);
}

#[test]
fn an_event_gets_the_tasks_that_it_needs() {
    assert_snapshot!(with(&["requests_per_minute = 5000"]), @r#"11:1: event "black friday" needs 12 tasks (5000 / 500 + 20%) of target "api", whose max is 10: write max = 12 in the event, or lower requests_per_minute or buffer"#);
    assert_eq!(with(&["requests_per_minute = 5000", "max = 12"]), "nothing");
    assert_eq!(with(&["requests_per_minute = 5000", "buffer = '0%'"]), "nothing");
    assert_snapshot!(with(&["requests_per_minute = 5000", "max = 11"]), @r#"18:7: event.max: event "black friday" needs 12 tasks (5000 / 500 + 20%) of target "api" and its max is 11: write max = 12, or lower requests_per_minute or buffer"#);
    assert_snapshot!(with(&["max = 8"]), @r#"18:7: event.max: 8 is below the max of 10 of target "api", which an event never lowers: write 10 or more, or leave it out"#);
    assert_eq!(with(&["max = 10"]), "nothing");
    assert_snapshot!(with(&["requests_per_minute = 4000000"]), @r#"11:1: event "black friday" needs 9600 tasks (4000000 / 500 + 20%), and ECS lets a service run 5000: lower requests_per_minute, or raise requests_per_task"#);
}

#[test]
fn values_are_checked() {
    for key in ["name", "from", "to", "requests_per_minute"] {
        assert!(without(key).contains(&format!("has no \"{key}\": add it")), "{key}: {}", without(key));
    }
    assert_snapshot!(with(&["requests_per_minute = 0", "requests_per_task = 0"]), @"
    17:23: event.requests_per_minute: 0 is out of range: write 1 or more
    18:21: event.requests_per_task: 0 is out of range: write 1 or more
    ");
    assert_snapshot!(with(&["buffer = '201%'"]), @"18:10: event.buffer: 201% is more than the load itself twice over: write 200% or less");
    assert_snapshot!(with(&["buffer = '1.2'"]), @r#"18:10: event.buffer: a buffer is a percentage: write "1.2%""#);
    assert_snapshot!(with(&["lead = '25h'"]), @"18:8: event.lead: 1d1h is too long: a day before is a window's work, so write 1d or less");
    assert_snapshot!(with(&["max = 5001"]), @"18:7: event.max: 5001 is out of range: write 1 to 5000");
    assert_snapshot!(with(&["descent = '2'"]), @r#"18:12: event.descent: "2" is not a rate: write how many in how long, as "2 per 15m""#);
    assert_snapshot!(with(&["descend = '2 per 10m'"]), @r#"18:1: unknown key "descend" in event "black friday": did you mean "descent"?"#);
    assert_snapshot!(told(&format!("{SERVICE}[event]\nname = 'sale'\n")), @"11:1: [event] is a single table: write [[event]]");
    assert_snapshot!(told(&format!("event = 3\n{SERVICE}")), @r#"1:9: event: expected [[event]] tables, found the number 3: write event = [{ name = "black friday" }]"#);
}

#[test]
fn warming_has_an_address() {
    let warm = |url: &str| with(&[&format!("warm = '{url}'")]);
    for right in ["https://api.example.com", "http://10.0.0.1:8080/health", "https://api/x?y=%20#z"] {
        assert_eq!(warm(right), "nothing", "{right}");
    }
    assert_snapshot!(warm("api.example.com/health"), @r#"18:8: event.warm: "api.example.com/health" is not an address: write an address that begins with https:// or http://, as "https://api.example.com/health""#);
    assert_snapshot!(warm("ftp://api.example.com"), @r#"18:8: event.warm: "ftp://api.example.com" is not an address: write an address that begins with https:// or http://, as "https://api.example.com/health""#);
    assert_snapshot!(warm("https:///health"), @r#"18:8: event.warm: "https:///health" is not an address: write an address with a host, as "https://api.example.com/health""#);
    assert_snapshot!(warm("https://api.example.com:0/"), @r#"18:8: event.warm: "https://api.example.com:0/" is not an address: write an address with a host, as "https://api.example.com/health""#);
    assert_snapshot!(warm("https://api.example.com/a b"), @r#"18:8: event.warm: "https://api.example.com/a b" is not an address: write up to 2000 characters of ASCII without spaces, as "https://api.example.com/health""#);
    assert_snapshot!(warm("https://user:secret@api.example.com/"), @r#"18:8: event.warm: "https://user:secret@api.example.com/" is not an address: an address holds no user and no password: write it without, as "https://api.example.com/health""#);
    assert_snapshot!(with(&["warm_requests = 10"]), @r#"18:1: event.warm_requests: requests to where? add warm = "https://api.example.com/health""#);
    assert_snapshot!(with(&["warm = 'https://api.example.com'", "warm_requests = 1001"]), @"19:17: event.warm_requests: 1001 is out of range: write 1 to 1000");
}
