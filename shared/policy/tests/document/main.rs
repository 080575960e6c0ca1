//! What the policy document says to a person: one named situation for everything that can be wrong in it.
//!
//! Each situation is a right document with one edit, so that exactly one cause can show; the snapshot is all that is told.
#![expect(clippy::panic, reason = "a test stops at what it did not expect")]

mod calendars;
mod events;
mod nodes;
mod services;

use std::sync::Arc;

use insta::assert_snapshot;
use jiff::SignedDuration;
use jiff::civil::{Weekday, time};
use proptest::prelude::*;
use tidegate_policy::document::{parse, parse_with};
use tidegate_policy::policy::{
    Comparison, PerDirection, PointsRequired, Policy, RateLimit, Scaling, Signal, Target, TargetKind,
    WindowDays,
};
use tidegate_policy::units::Count;

const PRODUCTION: &str = include_str!("../../../../infra/policies/production.toml");
const STAGING: &str = include_str!("../../../../infra/policies/staging.toml");

/// A right document: ten lines, so that what is added stands in line 11.
const RIGHT: &str = r#"[[target]]
name = "orders"
kind = "rds-replicas"
source = "orders-primary"
engine = "mysql"
reader = { zone = "Z08ORDERS", name = "ro.example.com", ttl = "10s" }
min = 1
max = 5
scale_out = ["primary cpu > 70% for 10m"]
scale_in = ["replica cpu < 40% for 30m"]
"#;

/// All that is told of a document, a line each.
fn told(document: &str) -> String {
    match parse(document) {
        Ok(_) => "nothing".to_owned(),
        Err(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

/// All that is told of the right document with its line of this key written so.
fn with(line: &str) -> String {
    told(&edited(&[line]))
}

/// All that is told of it without this key.
fn without(key: &str) -> String {
    let kept: Vec<&str> = RIGHT.lines().filter(|line| !line.starts_with(key)).collect();
    told(&kept.join("\n"))
}

/// The right document in which each of `lines` replaces the line of its key, or follows as a new one.
fn edited(lines: &[&str]) -> String {
    edit(RIGHT, lines)
}

/// `right` in which each of `lines` replaces the line of its key, or follows as a new one.
fn edit<'r>(right: &'r str, lines: &[&'r str]) -> String {
    let mut document: Vec<&str> = right.lines().collect();
    for line in lines {
        let key = line.split('=').next().unwrap_or_default().trim();
        match document.iter().position(|old| old.split('=').next().unwrap_or_default().trim() == key) {
            Some(at) => document[at] = line,
            None => document.push(line),
        }
    }
    document.join("\n")
}

fn read(document: &str) -> Policy {
    parse(document).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn scaling(lines: &[&str]) -> Scaling {
    read(&edited(lines)).targets.remove(0).scaling
}

const fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

// What is right.

#[test]
fn the_policies_of_the_repository_are_right() {
    let production = read(PRODUCTION);
    let target = production.target("orders-readers").unwrap();
    let TargetKind::RdsReplicas(replicas) = &target.kind else { panic!("{:?}", target.kind) };
    assert_eq!(replicas.prefix, "tg-orders-readers-");
    assert!(replicas.floor);
    assert_eq!(replicas.drain.deadline, minutes(45));
    assert_eq!(replicas.drain.idle_connections, 1);
    assert_eq!(replicas.drain.quiet_points, 4);
    assert_eq!((target.scaling.min, target.scaling.max), (Count(1), Count(5)));
    assert_eq!(target.scaling.scale_out.len(), 4);
    let lag = &target.scaling.scale_out[3];
    assert_eq!((lag.signal, lag.comparison), (Signal::Lag, Comparison::Above));
    assert_eq!((lag.threshold, lag.points), (1.0, PointsRequired::All { of: 5 }));
    assert_eq!(target.scaling.windows[0].text, "mon-fri 07:30-20:00 Europe/Madrid");

    let staging = read(STAGING);
    let target = staging.target("orders-readers").unwrap();
    let TargetKind::RdsReplicas(replicas) = &target.kind else { panic!("{:?}", target.kind) };
    assert!(replicas.floor, "a target that may have no replica needs a floor");
    assert_eq!((target.scaling.min, target.scaling.max), (Count(0), Count(1)));
}

#[test]
fn the_services_of_the_repository_are_right() {
    let bounds = |target: &Target| (target.scaling.min, target.scaling.max);
    let production = read(PRODUCTION);
    let api = production.target("api").unwrap();
    let TargetKind::EcsService(service) = &api.kind else { panic!("{:?}", api.kind) };
    assert_eq!(bounds(api), (Count(2), Count(10)));
    assert_eq!(api.scaling.cooldown, PerDirection { out: minutes(1), in_: minutes(5) });
    assert_eq!(api.scaling.windows[0].text, "mon-fri except holidays 08:00-22:00 UTC");
    assert_eq!(api.scaling.windows[0].min, Some(Count(4)));
    // 5,000 requests a minute at 500 a task, and a fifth more.
    assert_eq!((service.events[0].tasks(), service.events[0].max), (Count(12), Some(Count(12))));
    let workers = production.target("workers").unwrap();
    let TargetKind::EcsService(service) = &workers.kind else { panic!("{:?}", workers.kind) };
    assert_eq!(service.spot.as_ref().map(|spot| (spot.share.0, spot.base)), Some((50.0, Count(2))));

    let staging = read(STAGING);
    let api = staging.target("api").unwrap();
    assert_eq!(bounds(api), (Count(0), Count(3)));
    // Every hour of the week belongs to one window: by day there is a task, by night there is none.
    for day in (1..=7).map(|day| Weekday::from_monday_one_offset(day).unwrap()) {
        for hour in 0..24 {
            let at = time(hour, 30, 0, 0);
            let open = api.scaling.windows.iter().filter(|window| {
                let WindowDays::Weekdays { on, .. } = &window.days else { panic!("{:?}", window.days) };
                on.contains(&day) && window.from <= at && window.to.is_none_or(|to| at < to)
            });
            let open: Vec<_> = open.map(|window| (window.min, window.max)).collect();
            let working = (1..=5).contains(&day.to_monday_one_offset()) && (7..20).contains(&hour);
            let expected = if working { (Some(Count(1)), None) } else { (None, Some(Count(0))) };
            assert_eq!(open, [expected], "{day:?} {at}");
        }
    }
}

#[test]
fn every_key_left_out_takes_its_documented_default() {
    let policy = read(RIGHT);
    assert_snapshot!(format!("{policy:#?}"), @r#"
    Policy {
        targets: [
            Target {
                name: "orders",
                kind: RdsReplicas(
                    RdsReplicas {
                        source: "orders-primary",
                        engine: MySql,
                        class: None,
                        security_groups: [],
                        reader: ReaderName {
                            zone: "Z08ORDERS",
                            name: "ro.example.com",
                            ttl: TtlSeconds(
                                10,
                            ),
                        },
                        prefix: "tg-orders-",
                        owner: "tidegate",
                        stage: "default",
                        floor: false,
                        lag_bound: 30s,
                        max_connections: None,
                        pool_lifetime: 600s,
                        creations_per_day: Count(
                            12,
                        ),
                        drain: Drain {
                            deadline: 2700s,
                            quiet_points: 4,
                            idle_connections: 0,
                            on_deadline: Cancel,
                        },
                    },
                ),
                scaling: Scaling {
                    min: Count(
                        1,
                    ),
                    max: Count(
                        5,
                    ),
                    evaluate_every: 300s,
                    scale_out: [
                        ThresholdRule {
                            signal: PrimaryCpu,
                            comparison: Above,
                            threshold: 70.0,
                            points: All {
                                of: 10,
                            },
                            step: Count(
                                1,
                            ),
                            text: "primary cpu > 70% for 10m",
                        },
                    ],
                    scale_in: [
                        ThresholdRule {
                            signal: ReplicaCpu,
                            comparison: Below,
                            threshold: 40.0,
                            points: All {
                                of: 30,
                            },
                            step: Count(
                                1,
                            ),
                            text: "replica cpu < 40% for 30m",
                        },
                    ],
                    track: [],
                    alert: [],
                    windows: [],
                    cooldown: PerDirection {
                        out: 600s,
                        in_: 1800s,
                    },
                    stabilization: PerDirection {
                        out: 0s,
                        in_: 300s,
                    },
                    rate_limit: PerDirection {
                        out: None,
                        in_: None,
                    },
                    margin: Percent(
                        10.0,
                    ),
                },
            },
        ],
    }
    "#);
}

#[test]
fn every_key_is_read() {
    let policy = read(&edited(&[
        "name = 'orders-2'",
        "engine = \"postgres\"",
        "class = \"db.r6g.2xlarge\"",
        "security_groups = [\"sg-0a1b2c3d\", \"sg-1a1b2c3d\"]",
        "prefix = \"ro-\"",
        "owner = \"team: data\"",
        "floor = true",
        "lag_bound = \"1m30s\"",
        "max_connections = 600",
        "pool_lifetime = \"20m\"",
        "creations_per_day = 3",
        "drain = { deadline = \"1h\", quiet_points = 5, idle_connections = 2, on_deadline = \"force\" }",
        "max = 15",
        "evaluate_every = \"1m\"",
        "alert = [\"lag > 5m for 1m\"]",
        "track = [\"replica connections at 62.5%\"]",
        "windows = [{ days = [\"sat\", \"mon-wed\"], from = \"00:00\", to = \"24:00\", zone = \"europe/madrid\", min = 2, max = 4 }]",
        "cooldown = { out = \"20m\", in = \"0s\" }",
        "stabilization = { out = \"1m\" }",
        "rate_limit = { out = \"2 per 15m\" }",
        "margin = \"0%\"",
    ]));
    assert_snapshot!(format!("{policy:#?}"), @r#"
    Policy {
        targets: [
            Target {
                name: "orders-2",
                kind: RdsReplicas(
                    RdsReplicas {
                        source: "orders-primary",
                        engine: Postgres,
                        class: Some(
                            "db.r6g.2xlarge",
                        ),
                        security_groups: [
                            "sg-0a1b2c3d",
                            "sg-1a1b2c3d",
                        ],
                        reader: ReaderName {
                            zone: "Z08ORDERS",
                            name: "ro.example.com",
                            ttl: TtlSeconds(
                                10,
                            ),
                        },
                        prefix: "ro-",
                        owner: "team: data",
                        stage: "default",
                        floor: true,
                        lag_bound: 90s,
                        max_connections: Some(
                            600,
                        ),
                        pool_lifetime: 1200s,
                        creations_per_day: Count(
                            3,
                        ),
                        drain: Drain {
                            deadline: 3600s,
                            quiet_points: 5,
                            idle_connections: 2,
                            on_deadline: Force,
                        },
                    },
                ),
                scaling: Scaling {
                    min: Count(
                        1,
                    ),
                    max: Count(
                        15,
                    ),
                    evaluate_every: 60s,
                    scale_out: [
                        ThresholdRule {
                            signal: PrimaryCpu,
                            comparison: Above,
                            threshold: 70.0,
                            points: All {
                                of: 10,
                            },
                            step: Count(
                                1,
                            ),
                            text: "primary cpu > 70% for 10m",
                        },
                    ],
                    scale_in: [
                        ThresholdRule {
                            signal: ReplicaCpu,
                            comparison: Below,
                            threshold: 40.0,
                            points: All {
                                of: 30,
                            },
                            step: Count(
                                1,
                            ),
                            text: "replica cpu < 40% for 30m",
                        },
                    ],
                    track: [
                        TrackingRule {
                            signal: ReplicaConnections,
                            target: 62.5,
                            text: "replica connections at 62.5%",
                        },
                    ],
                    alert: [
                        ThresholdRule {
                            signal: Lag,
                            comparison: Above,
                            threshold: 300.0,
                            points: All {
                                of: 1,
                            },
                            step: Count(
                                1,
                            ),
                            text: "lag > 5m for 1m",
                        },
                    ],
                    windows: [
                        CapacityWindow {
                            days: Weekdays {
                                on: [
                                    Monday,
                                    Tuesday,
                                    Wednesday,
                                    Saturday,
                                ],
                                except: {},
                            },
                            from: 00:00:00,
                            to: None,
                            zone: TimeZone(
                                TZif(
                                    "Europe/Madrid",
                                ),
                            ),
                            min: Some(
                                Count(
                                    2,
                                ),
                            ),
                            max: Some(
                                Count(
                                    4,
                                ),
                            ),
                            over: 0s,
                            text: "sat,mon-wed 00:00-24:00 Europe/Madrid",
                        },
                    ],
                    cooldown: PerDirection {
                        out: 1200s,
                        in_: 0s,
                    },
                    stabilization: PerDirection {
                        out: 60s,
                        in_: 300s,
                    },
                    rate_limit: PerDirection {
                        out: Some(
                            RateLimit {
                                members: Count(
                                    2,
                                ),
                                period: 900s,
                            },
                        ),
                        in_: None,
                    },
                    margin: Percent(
                        0.0,
                    ),
                },
            },
        ],
    }
    "#);
}

#[test]
fn rules_are_taken_apart() {
    let rule = |text: &str| scaling(&[&format!("scale_out = ['{text}']")]).scale_out.remove(0);
    let plain = rule(" primary  cpu >70% for 10m ");
    assert_eq!((plain.signal, plain.threshold), (Signal::PrimaryCpu, 70.0));
    assert_eq!((plain.points, plain.step), (PointsRequired::All { of: 10 }, Count::ONE));
    assert_eq!(plain.text, "primary  cpu >70% for 10m");
    let full = rule("connections > 62.5% for 1h,50 of 60 points add 3");
    assert_eq!((full.signal, full.threshold), (Signal::Connections, 62.5));
    assert_eq!(full.points, PointsRequired::AtLeast { at_least: 50, of: 60 });
    assert_eq!(full.step, Count(3));
    assert_eq!(rule("lag > 1m30s for 5m").threshold, 90.0);
}

#[test]
fn windows_name_days_in_every_form() {
    use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    let days = |days: &str| {
        let window = format!("{{ days = {days}, from = '08:00', to = '20:00', zone = 'UTC', min = 2 }}");
        scaling(&[&format!("windows = [{window}]")]).windows.remove(0)
    };
    for (written, expected, text) in [
        ("'mon-fri'", vec![Monday, Tuesday, Wednesday, Thursday, Friday], "mon-fri"),
        ("'mon,wed,sat'", vec![Monday, Wednesday, Saturday], "mon,wed,sat"),
        ("['sat', 'mon']", vec![Monday, Saturday], "sat,mon"),
        ("'fri-mon'", vec![Monday, Friday, Saturday, Sunday], "fri-mon"),
        ("'tue, thu'", vec![Tuesday, Thursday], "tue, thu"),
        ("'daily'", vec![Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday], "daily"),
    ] {
        let window = days(written);
        assert_eq!(window.days, WindowDays::Weekdays { on: expected, except: Arc::default() }, "{written}");
        assert_eq!(window.text, format!("{text} 08:00-20:00 UTC"));
        assert_eq!((window.from, window.to), (time(8, 0, 0, 0), Some(time(20, 0, 0, 0))));
    }
}

#[test]
fn tables_may_be_written_with_headers() {
    let document = format!(
        "{}\n[target.cooldown]\nin = \"1h\"\n[[target.windows]]\ndays = \"daily\"\nfrom = \"08:00\"\nto = \"24:00\"\nzone = \"UTC\"\nmin = 2\n",
        RIGHT
    );
    let scaling = read(&document).targets.remove(0).scaling;
    assert_eq!(scaling.cooldown, PerDirection { out: minutes(10), in_: minutes(60) });
    assert_eq!(scaling.windows[0].to, None);
}

#[test]
fn the_line_ends_and_the_mark_of_windows_editors_are_accepted() {
    let document = format!("\u{feff}{}", RIGHT.replace('\n', "\r\n"));
    assert_eq!(parse(&document), parse(RIGHT));
    assert_snapshot!(told(&document.replace("min = 1", "min = -1")), @"7:7: min: -1 is out of range: write 0 or more");
    assert_snapshot!(told("\u{feff}mni = 1"), @r#"1:1: unknown key "mni" in the document, which holds [[target]] and [[event]] tables and [calendars]: remove it; known are "target", "event" and "calendars""#);
}

// The document as a whole.

#[test]
fn an_empty_document_is_one_problem() {
    assert_snapshot!(told(""), @"1:1: the document has no target: add a [[target]] table with its name, kind, min, max and the keys of its kind");
    assert_snapshot!(told("# Nothing yet.\n\n"), @"1:1: the document has no target: add a [[target]] table with its name, kind, min, max and the keys of its kind");
    assert_snapshot!(told("target = []"), @"1:1: the document has no target: add a [[target]] table with its name, kind, min, max and the keys of its kind");
}

#[test]
fn only_targets_stand_at_the_top() {
    assert_snapshot!(told(&format!("version = 1\n{RIGHT}")), @r#"1:1: unknown key "version" in the document, which holds [[target]] and [[event]] tables and [calendars]: remove it; known are "target", "event" and "calendars""#);
    assert_snapshot!(told(&RIGHT.replace("[[target]]", "[[targets]]")), @r#"1:3: unknown key "targets" in the document, which holds [[target]] and [[event]] tables and [calendars]: did you mean "target"?"#);
    assert_snapshot!(told(&RIGHT.replace("[[target]]", "[target]")), @"1:1: [target] is a single table: write [[target]]");
    assert_snapshot!(told("target = 3"), @r#"1:10: target: expected [[target]] tables, found the number 3: write target = [{ name = "orders-readers" }]"#);
    assert_snapshot!(told("target = [3]"), @r#"1:11: target: expected a table, found the number 3: write target = [{ name = "orders-readers" }]"#);
}

#[test]
fn syntax_errors_are_told_at_once_and_without_what_follows_from_them() {
    let broken = edited(&["min = ", "max = 5m", "name = \"orders", "margin = 0.1", "engin = \"mysql\""]);
    assert_snapshot!(told(&broken), @r#"
    2:15: invalid basic string, expected `"`
    7:7: a value is missing: write one after the "="
    8:7: text needs quotes: write "5m"
    11:10: margin: expected a percentage in quotes, found the number 0.1: write margin = "10%"
    12:1: unknown key "engin" in target "orders": did you mean "engine"?
    "#);
    // What was lost with a broken line is not called missing.
    assert_snapshot!(told(&RIGHT.replace("engine =", "engine")), @"5:8: key with no value, expected `=`");
    // Under a broken header nothing can be told of keys.
    assert_snapshot!(told(&RIGHT.replace("[[target]]", "[[target]")), @"1:10: unclosed array table, expected `]`");
    assert_snapshot!(told(&RIGHT.replace("30m\"]", "30m\"")), @r#"10:12: this list is never closed: add its "]""#);
}

#[test]
fn a_bracket_left_open_is_told_where_it_was_opened_and_nothing_else_is() {
    assert_snapshot!(told(&PRODUCTION.replacen("5m\",\n]", "5m\",", 1)), @r#"16:13: this list is never closed: add its "]""#);
    assert_snapshot!(told(&PRODUCTION.replacen("\"10s\" }", "\"10s\"", 1)), @"
    12:1: missing comma between key-value pairs, expected `,`
    13:1: missing comma between key-value pairs, expected `,`
    16:1: missing comma between key-value pairs, expected `,`
    22:1: missing comma between key-value pairs, expected `,`
    26:1: missing comma between key-value pairs, expected `,`
    28:1: missing comma between key-value pairs, expected `,`
    29:1: missing comma between key-value pairs, expected `,`
    30:1: missing comma between key-value pairs, expected `,`
    31:1: missing comma between key-value pairs, expected `,`
    34:1: missing comma between key-value pairs, expected `,`
    37:1: missing comma between key-value pairs, expected `,`
    38:1: missing comma between key-value pairs, expected `,`
    41:1: missing comma between key-value pairs, expected `,`
    46:1: missing key for inline table element, expected `,`
    47:1: missing comma between key-value pairs, expected `,`
    53:1: missing key for inline table element, expected `,`
    54:1: missing comma between key-value pairs, expected `,`
    55:1: missing comma between key-value pairs, expected `,`
    56:1: missing comma between key-value pairs, expected `,`
    57:1: missing comma between key-value pairs, expected `,`
    58:1: missing comma between key-value pairs, expected `,`
    60:1: missing comma between key-value pairs, expected `,`
    61:1: missing comma between key-value pairs, expected `,`
    63:1: missing comma between key-value pairs, expected `,`
    69:1: missing comma between key-value pairs, expected `,`
    73:1: missing comma between key-value pairs, expected `,`
    74:1: missing comma between key-value pairs, expected `,`
    76:1: missing comma between key-value pairs, expected `,`
    79:1: missing comma between key-value pairs, expected `,`
    84:1: missing key for inline table element, expected `,`
    85:1: missing comma between key-value pairs, expected `,`
    86:1: missing comma between key-value pairs, expected `,`
    87:1: missing comma between key-value pairs, expected `,`
    88:1: missing comma between key-value pairs, expected `,`
    89:1: missing comma between key-value pairs, expected `,`
    90:1: missing comma between key-value pairs, expected `,`
    92:1: missing comma between key-value pairs, expected `,`
    93:1: missing comma between key-value pairs, expected `,`
    95:1: missing comma between key-value pairs, expected `,`
    99:1: missing comma between key-value pairs, expected `,`
    103:1: missing comma between key-value pairs, expected `,`
    105:1: missing comma between key-value pairs, expected `,`
    108:1: missing key for inline table element, expected `,`
    109:1: missing comma between key-value pairs, expected `,`
    110:1: missing comma between key-value pairs, expected `,`
    111:1: missing comma between key-value pairs, expected `,`
    112:1: missing comma between key-value pairs, expected `,`
    113:1: missing comma between key-value pairs, expected `,`
    116:1: missing comma between key-value pairs, expected `,`
    117:1: missing comma between key-value pairs, expected `,`
    119:1: missing comma between key-value pairs, expected `,`
    124:1: missing comma between key-value pairs, expected `,`
    128:1: missing comma between key-value pairs, expected `,`
    130:1: missing comma between key-value pairs, expected `,`
    133:1: missing key for inline table element, expected `,`
    134:1: missing comma between key-value pairs, expected `,`
    135:1: missing comma between key-value pairs, expected `,`
    136:1: missing comma between key-value pairs, expected `,`
    137:1: missing comma between key-value pairs, expected `,`
    138:1: missing comma between key-value pairs, expected `,`
    139:1: missing comma between key-value pairs, expected `,`
    140:1: missing comma between key-value pairs, expected `,`
    ");
    assert_snapshot!(told(&PRODUCTION.replacen("min = 2 },", "min = 2,", 1)), @"
    43:1: invalid inline table element, expected key
    46:1: missing key for inline table element, expected key
    53:1: missing key for inline table element, expected `,`
    54:1: missing comma between key-value pairs, expected `,`
    55:1: missing comma between key-value pairs, expected `,`
    56:1: missing comma between key-value pairs, expected `,`
    57:1: missing comma between key-value pairs, expected `,`
    58:1: missing comma between key-value pairs, expected `,`
    60:1: missing comma between key-value pairs, expected `,`
    61:1: missing comma between key-value pairs, expected `,`
    63:1: missing comma between key-value pairs, expected `,`
    69:1: missing comma between key-value pairs, expected `,`
    73:1: missing comma between key-value pairs, expected `,`
    74:1: missing comma between key-value pairs, expected `,`
    76:1: missing comma between key-value pairs, expected `,`
    79:1: missing comma between key-value pairs, expected `,`
    84:1: missing key for inline table element, expected `,`
    85:1: missing comma between key-value pairs, expected `,`
    86:1: missing comma between key-value pairs, expected `,`
    87:1: missing comma between key-value pairs, expected `,`
    88:1: missing comma between key-value pairs, expected `,`
    89:1: missing comma between key-value pairs, expected `,`
    90:1: missing comma between key-value pairs, expected `,`
    92:1: missing comma between key-value pairs, expected `,`
    93:1: missing comma between key-value pairs, expected `,`
    95:1: missing comma between key-value pairs, expected `,`
    99:1: missing comma between key-value pairs, expected `,`
    103:1: missing comma between key-value pairs, expected `,`
    105:1: missing comma between key-value pairs, expected `,`
    108:1: missing key for inline table element, expected `,`
    109:1: missing comma between key-value pairs, expected `,`
    110:1: missing comma between key-value pairs, expected `,`
    111:1: missing comma between key-value pairs, expected `,`
    112:1: missing comma between key-value pairs, expected `,`
    113:1: missing comma between key-value pairs, expected `,`
    116:1: missing comma between key-value pairs, expected `,`
    117:1: missing comma between key-value pairs, expected `,`
    119:1: missing comma between key-value pairs, expected `,`
    124:1: missing comma between key-value pairs, expected `,`
    128:1: missing comma between key-value pairs, expected `,`
    130:1: missing comma between key-value pairs, expected `,`
    133:1: missing key for inline table element, expected `,`
    134:1: missing comma between key-value pairs, expected `,`
    135:1: missing comma between key-value pairs, expected `,`
    136:1: missing comma between key-value pairs, expected `,`
    137:1: missing comma between key-value pairs, expected `,`
    138:1: missing comma between key-value pairs, expected `,`
    139:1: missing comma between key-value pairs, expected `,`
    140:1: missing comma between key-value pairs, expected `,`
    ");
    assert_snapshot!(told(&PRODUCTION.replacen("min = 2 },\n]", "min = 2", 1)), @"
    45:1: missing key for inline table element, expected `,`
    46:1: missing comma between key-value pairs, expected `,`
    52:1: missing key for inline table element, expected `,`
    53:1: missing comma between key-value pairs, expected `,`
    54:1: missing comma between key-value pairs, expected `,`
    55:1: missing comma between key-value pairs, expected `,`
    56:1: missing comma between key-value pairs, expected `,`
    57:1: missing comma between key-value pairs, expected `,`
    59:1: missing comma between key-value pairs, expected `,`
    60:1: missing comma between key-value pairs, expected `,`
    62:1: missing comma between key-value pairs, expected `,`
    68:1: missing comma between key-value pairs, expected `,`
    72:1: missing comma between key-value pairs, expected `,`
    73:1: missing comma between key-value pairs, expected `,`
    75:1: missing comma between key-value pairs, expected `,`
    78:1: missing comma between key-value pairs, expected `,`
    83:1: missing key for inline table element, expected `,`
    84:1: missing comma between key-value pairs, expected `,`
    85:1: missing comma between key-value pairs, expected `,`
    86:1: missing comma between key-value pairs, expected `,`
    87:1: missing comma between key-value pairs, expected `,`
    88:1: missing comma between key-value pairs, expected `,`
    89:1: missing comma between key-value pairs, expected `,`
    91:1: missing comma between key-value pairs, expected `,`
    92:1: missing comma between key-value pairs, expected `,`
    94:1: missing comma between key-value pairs, expected `,`
    98:1: missing comma between key-value pairs, expected `,`
    102:1: missing comma between key-value pairs, expected `,`
    104:1: missing comma between key-value pairs, expected `,`
    107:1: missing key for inline table element, expected `,`
    108:1: missing comma between key-value pairs, expected `,`
    109:1: missing comma between key-value pairs, expected `,`
    110:1: missing comma between key-value pairs, expected `,`
    111:1: missing comma between key-value pairs, expected `,`
    112:1: missing comma between key-value pairs, expected `,`
    115:1: missing comma between key-value pairs, expected `,`
    116:1: missing comma between key-value pairs, expected `,`
    118:1: missing comma between key-value pairs, expected `,`
    123:1: missing comma between key-value pairs, expected `,`
    127:1: missing comma between key-value pairs, expected `,`
    129:1: missing comma between key-value pairs, expected `,`
    132:1: missing key for inline table element, expected `,`
    133:1: missing comma between key-value pairs, expected `,`
    134:1: missing comma between key-value pairs, expected `,`
    135:1: missing comma between key-value pairs, expected `,`
    136:1: missing comma between key-value pairs, expected `,`
    137:1: missing comma between key-value pairs, expected `,`
    138:1: missing comma between key-value pairs, expected `,`
    139:1: missing comma between key-value pairs, expected `,`
    ");
    // What stands before it is told all the same.
    let twice = PRODUCTION.replacen("5m\",\n]", "5m\",", 1).replacen("min = 1", "min = -1", 1);
    assert_snapshot!(told(&twice), @r#"16:13: this list is never closed: add its "]""#);
    // A comma left out is only that.
    assert_snapshot!(told(&PRODUCTION.replacen("80% for 10m\",", "80% for 10m\"", 1)), @"20:3: missing comma between array elements, expected `,`");
}

#[test]
fn duplicate_keys_are_told() {
    assert_snapshot!(told(&format!("{RIGHT}min = 2\nmargin = 3\n")), @r#"
    11:1: duplicate key "min": keep one of them
    12:10: margin: expected a percentage in quotes, found the number 3: write margin = "10%"
    "#);
}

#[test]
fn unknown_keys_are_told_with_what_was_meant() {
    assert_snapshot!(with("mni = 1"), @r#"11:1: unknown key "mni" in target "orders": did you mean "min"?"#);
    assert_snapshot!(with("colour = 'red'"), @r#"11:1: unknown key "colour" in target "orders": remove it; known are "name", "kind", "min", "max", "source", "engine", "class", "security_groups", "reader", "prefix", "owner", "floor", "lag_bound", "max_connections", "pool_lifetime", "creations_per_day", "drain", "evaluate_every", "scale_out", "scale_in", "alert", "track", "windows", "cooldown", "stabilization", "rate_limit" and "margin""#);
    assert_snapshot!(with("cooldown = { out = '10m', inn = '5m' }"), @r#"11:27: unknown key "inn" in "cooldown": did you mean "in"?"#);
    assert_snapshot!(with("drain = { dead_line = '45m' }"), @r#"11:11: unknown key "dead_line" in "drain": did you mean "deadline"?"#);
    assert_snapshot!(with("reader = { zone = 'Z1', name = 'ro.example.com', ttl = '10s', weight = 3 }"), @r#"6:63: unknown key "weight" in "reader": remove it; known are "zone", "name" and "ttl""#);
}

#[test]
fn many_problems_are_told_together_in_the_order_of_the_document() {
    let document = edited(&[
        "name = \"Orders\"",
        "source = \"orders--primary\"",
        "engine = \"mysqll\"",
        "reader = { zone = \"Z08ORDERS\", name = \"ro example.com\", ttl = 10 }",
        "min = -1",
        "max = \"5\"",
        "scale_out = [\"cpu > 0.7 for 10\", 7, \"lag > 1s for 5m add 0\"]",
        "scale_in = \"replica cpu < 40% for 30m\"",
        "windows = [{ days = \"mon-fry\", from = \"8:00\", to = \"20:00\", zone = \"Europe/Madird\" }]",
        "cooldwon = { out = \"1m\" }",
    ]);
    assert_snapshot!(told(&format!("{document}\n[[target]]\nname = \"second\"\n")), @r#"
    2:8: name: "Orders" is not a target's name: write 1 to 40 lower-case letters, digits and hyphens that begin with a letter
    4:10: source: "orders--primary" is not an instance identifier: write 1 to 63 letters, digits and single hyphens that begin with a letter and do not end with a hyphen
    5:10: unknown engine "mysqll": did you mean "mysql"? known are "mysql", "mariadb", "postgres", "oracle", "sqlserver" and "db2"
    6:39: reader.name: "ro example.com" is not a DNS name: "ro example" is no label of 1 to 63 letters, digits and inner hyphens: write a name, as "orders-ro.db.example.com"
    6:63: reader.ttl: expected a duration with its unit in quotes, found the number 10: write reader.ttl = "10s"
    7:7: min: -1 is out of range: write 0 or more
    8:7: max: expected a whole number, found the text "5": write max = 5
    9:15: "cpu > 0.7 for 10": unknown signal "cpu": did you mean "primary cpu"? known are "primary cpu", "replica cpu", "primary connections", "replica connections", "connections" and "lag"
    9:29: "cpu > 0.7 for 10": "10" has a number without a unit: write a unit, as "10s", "10m" or "10h"
    9:34: scale_out: expected rules in quotes, found the number 7: write scale_out = ["primary cpu > 70% for 10m"]
    9:58: "lag > 1s for 5m add 0": "add 0" is out of range: write 1 or more
    10:12: scale_in: expected a list of rules, found the text "replica cpu < 40% for 30m": write scale_in = ["replica cpu < 40% for 30m"]
    11:12: the window has neither "min" nor "max": add one, as min = 2
    11:26: windows.days: unknown day "fry": did you mean "fri"?
    11:39: windows.from: "8:00" is not a time of day: write hours and minutes, as "08:00"
    11:68: windows.zone: unknown time zone "Europe/Madird": did you mean "Europe/Madrid"?
    12:1: unknown key "cooldwon" in the target: did you mean "cooldown"?
    13:1: target "second" has no "kind": add it, as kind = "rds-replicas"
    "#);
}

// Wrong types.

#[test]
fn wrong_types_say_what_was_found_and_what_to_write() {
    assert_snapshot!(with("min = \"1\""), @r#"7:7: min: expected a whole number, found the text "1": write min = 1"#);
    assert_snapshot!(with("min = 1.5"), @"7:7: min: expected a whole number, found the number 1.5: write min = 1");
    assert_snapshot!(with("floor = \"yes\""), @r#"11:9: floor: expected true or false, found the text "yes": write floor = true"#);
    assert_snapshot!(with("source = 5"), @r#"4:10: source: expected an instance identifier in quotes, found the number 5: write source = "orders-primary""#);
    assert_snapshot!(with("pool_lifetime = 600"), @r#"11:17: pool_lifetime: expected a duration with its unit in quotes, found the number 600: write pool_lifetime = "10m""#);
    assert_snapshot!(with("margin = 0.1"), @r#"11:10: margin: expected a percentage in quotes, found the number 0.1: write margin = "10%""#);
    assert_snapshot!(with("drain = \"45m\""), @r#"11:9: drain: expected a table, found the text "45m": write drain = { deadline = "45m" }"#);
    assert_snapshot!(with("cooldown = \"10m\""), @r#"11:12: cooldown: expected a table, found the text "10m": write cooldown = { out = "10m", in = "30m" }"#);
    assert_snapshot!(with("scale_out = \"primary cpu > 70% for 10m\""), @r#"9:13: scale_out: expected a list of rules, found the text "primary cpu > 70% for 10m": write scale_out = ["primary cpu > 70% for 10m"]"#);
    assert_snapshot!(with("scale_out = [true]"), @r#"9:14: scale_out: expected rules in quotes, found true: write scale_out = ["primary cpu > 70% for 10m"]"#);
    assert_snapshot!(with("security_groups = \"sg-1\""), @r#"11:19: security_groups: expected a list of security groups, found the text "sg-1": write security_groups = ["sg-0a1b2c3d4e5f60718"]"#);
    assert_snapshot!(with("windows = { days = \"daily\" }"), @r#"11:11: windows: expected a list of windows, found a table: write windows = [{ days = "mon-fri", from = "08:00", to = "20:00", zone = "Europe/Madrid", min = 2 }]"#);
    assert_snapshot!(
        with("windows = [{ days = \"daily\", from = 08:00, to = \"20:00\", zone = \"UTC\", min = 2 }]"),
        @r#"11:37: windows.from: expected a time of day in quotes, found the bare time 08:00: write windows.from = "08:00""#
    );
    assert_snapshot!(with("reader = { zone = \"Z1\", name = [], ttl = 1979-05-27 }"), @r#"
    6:32: reader.name: expected a DNS name in quotes, found a list: write reader.name = "orders-ro.db.example.com"
    6:42: reader.ttl: expected a duration with its unit in quotes, found the bare time 1979-05-27: write reader.ttl = "10s"
    "#);
}

// Names and kinds.

#[test]
fn required_keys_are_asked_for_at_the_header_with_an_example() {
    assert_snapshot!(told("# Readers.\n[[target]]\n"), @r#"
    2:1: the target has no "name": add it, as name = "orders-readers"
    2:1: the target has no "kind": add it, as kind = "rds-replicas"
    "#);
    for key in ["name", "kind", "source", "engine", "reader", "min", "max"] {
        assert!(without(key).starts_with("1:1: "), "{key}");
    }
    assert_snapshot!(without("engine"), @r#"1:1: target "orders" has no "engine": add it, as engine = "mysql""#);
    assert_snapshot!(with("reader = { }"), @r#"
    6:10: "reader" has no "zone": add it, as zone = "Z0123456789ABC"
    6:10: "reader" has no "name": add it, as name = "orders-ro.db.example.com"
    6:10: "reader" has no "ttl": add it, as ttl = "10s"
    "#);
    assert_snapshot!(with("windows = [{ }]"), @r#"
    11:12: the window has no "days": add it, as days = "mon-fri"
    11:12: the window has no "from": add it, as from = "08:00"
    11:12: the window has no "to": add it, as to = "20:00"
    11:12: the window has no "zone": add it, as zone = "Europe/Madrid"
    11:12: the window has neither "min" nor "max": add one, as min = 2
    "#);
}

#[test]
fn names_of_targets_are_checked() {
    assert_snapshot!(with("name = \"Orders\""), @r#"2:8: name: "Orders" is not a target's name: write 1 to 40 lower-case letters, digits and hyphens that begin with a letter"#);
    assert_snapshot!(with("name = \"1-orders\""), @r#"2:8: name: "1-orders" is not a target's name: write 1 to 40 lower-case letters, digits and hyphens that begin with a letter"#);
    assert_snapshot!(with("name = \"\""), @r#"2:8: name: "" is not a target's name: write 1 to 40 lower-case letters, digits and hyphens that begin with a letter"#);
    assert_snapshot!(with("name = \"orders-readers-of-the-reporting-team-2026\""), @r#"2:8: name: "orders-readers-of-the-reporting-team-2026" is not a target's name: write 1 to 40 lower-case letters, digits and hyphens that begin with a letter"#);
    assert_snapshot!(told(&format!("{RIGHT}{RIGHT}")), @r#"12:8: name: "orders" is the name of the target in line 2: write another"#);
}

#[test]
fn kinds_are_those_of_this_version() {
    assert_snapshot!(with("kind = \"ecs-service\""), @r#"
    1:1: target "orders" has no "cluster": add it, as cluster = "prod"
    1:1: target "orders" has no "service": add it, as service = "api"
    4:1: unknown key "source" in target "orders": remove it; known are "name", "kind", "min", "max", "cluster", "service", "load_balancer", "queue", "spot", "override_for", "start_within", "evaluate_every", "scale_out", "scale_in", "alert", "track", "windows", "cooldown", "stabilization", "rate_limit" and "margin"
    5:1: unknown key "engine" in target "orders": remove it; known are "name", "kind", "min", "max", "cluster", "service", "load_balancer", "queue", "spot", "override_for", "start_within", "evaluate_every", "scale_out", "scale_in", "alert", "track", "windows", "cooldown", "stabilization", "rate_limit" and "margin"
    6:1: unknown key "reader" in target "orders": remove it; known are "name", "kind", "min", "max", "cluster", "service", "load_balancer", "queue", "spot", "override_for", "start_within", "evaluate_every", "scale_out", "scale_in", "alert", "track", "windows", "cooldown", "stabilization", "rate_limit" and "margin"
    9:15: "primary cpu > 70% for 10m": "primary cpu" is a signal of another kind of target: write "cpu", "memory", "requests per target", "p95 latency", "error rate", "queue depth", "queue age" or "backlog per task"
    10:14: "replica cpu < 40% for 30m": "replica cpu" is a signal of another kind of target: write "cpu", "memory", "requests per target", "p95 latency", "error rate", "queue depth", "queue age" or "backlog per task"
    "#);
    assert_snapshot!(with("kind = \"ecs-servics\"").lines().nth(2).unwrap(), @r#"3:8: unknown kind "ecs-servics": did you mean "ecs-service"? this version supports "rds-replicas", "ecs-service" and "redis-nodes""#);
    assert_snapshot!(with("kind = \"memcached-nodes\""), @r#"3:8: unknown kind "memcached-nodes": this version supports "rds-replicas", "ecs-service" and "redis-nodes""#);
    assert_snapshot!(with("kind = \"redis-node\"").lines().nth(1).unwrap(), @r#"3:8: unknown kind "redis-node": did you mean "redis-nodes"? this version supports "rds-replicas", "ecs-service" and "redis-nodes""#);
    assert_snapshot!(with("kind = \"rds-replica\""), @r#"3:8: unknown kind "rds-replica": did you mean "rds-replicas"? this version supports "rds-replicas", "ecs-service" and "redis-nodes""#);
}

#[test]
fn sources_are_identifiers_as_rds_stores_them() {
    assert_snapshot!(with("source = \"Orders-Primary\""), @r#"4:10: source: "Orders-Primary" is not an instance identifier: RDS stores identifiers in lower case: write "orders-primary""#);
    assert_snapshot!(with("source = \"orders-\""), @r#"4:10: source: "orders-" is not an instance identifier: write 1 to 63 letters, digits and single hyphens that begin with a letter and do not end with a hyphen"#);
    assert_snapshot!(with("source = \"orders--primary\""), @r#"4:10: source: "orders--primary" is not an instance identifier: write 1 to 63 letters, digits and single hyphens that begin with a letter and do not end with a hyphen"#);
    assert_snapshot!(with("source = \"9orders\""), @r#"4:10: source: "9orders" is not an instance identifier: write 1 to 63 letters, digits and single hyphens that begin with a letter and do not end with a hyphen"#);
    assert_snapshot!(with("source = \"orders_primary\""), @r#"4:10: source: "orders_primary" is not an instance identifier: write 1 to 63 letters, digits and single hyphens that begin with a letter and do not end with a hyphen"#);
    assert!(with(&format!("source = \"{}\"", "a".repeat(63))) == "nothing");
    assert!(with(&format!("source = \"{}\"", "a".repeat(64))).starts_with("4:10: source:"));
}

#[test]
fn engines_are_those_with_replicas() {
    assert_snapshot!(with("engine = \"mysq\""), @r#"5:10: unknown engine "mysq": did you mean "mysql"? known are "mysql", "mariadb", "postgres", "oracle", "sqlserver" and "db2""#);
    assert_snapshot!(with("engine = \"redshift\""), @r#"5:10: unknown engine "redshift": write "mysql", "mariadb", "postgres", "oracle", "sqlserver" or "db2""#);
}

#[test]
fn classes_and_security_groups_look_like_those_of_aws() {
    assert_snapshot!(with("class = \"t3.medium\""), @r#"11:9: class: "t3.medium" is not an instance class: write an instance class, as "db.t3.medium""#);
    assert_snapshot!(with("class = \"db.\""), @r#"11:9: class: "db." is not an instance class: write an instance class, as "db.t3.medium""#);
    assert_snapshot!(with("security_groups = [\"sg-0a1b\", \"default\", \"sg-\"]"), @r#"
    11:31: security_groups: "default" is not a security group: write the identifier of a VPC security group, as "sg-0a1b2c3d4e5f60718"
    11:42: security_groups: "sg-" is not a security group: write the identifier of a VPC security group, as "sg-0a1b2c3d4e5f60718"
    "#);
}

#[test]
fn readers_are_names_in_zones() {
    let reader = |zone: &str, name: &str, ttl: &str| {
        with(&format!("reader = {{ zone = \"{zone}\", name = \"{name}\", ttl = \"{ttl}\" }}"))
    };
    assert_snapshot!(reader("/hostedzone/Z08ORDERS", "ro.example.com", "10s"), @r#"6:19: reader.zone: "/hostedzone/Z08ORDERS" is not a hosted zone: write the hosted zone's identifier, as "Z0123456789ABC": capitals and digits after a "Z", no path"#);
    assert_snapshot!(reader("Z08", "https://ro.example.com:3306", "10s"), @r#"6:33: reader.name: "https://ro.example.com:3306" is not a DNS name: "https://ro" is no label of 1 to 63 letters, digits and inner hyphens: write a name, as "orders-ro.db.example.com""#);
    assert_snapshot!(reader("Z08", "ro", "10s"), @r#"6:33: reader.name: "ro" is not a DNS name: a name in a zone has two labels or more: write a name, as "orders-ro.db.example.com""#);
    assert_snapshot!(reader("Z08", "ro..example.com", "10s"), @r#"6:33: reader.name: "ro..example.com" is not a DNS name: "" is no label of 1 to 63 letters, digits and inner hyphens: write a name, as "orders-ro.db.example.com""#);
    assert_snapshot!(reader("Z08", "-ro.example.com", "10s"), @r#"6:33: reader.name: "-ro.example.com" is not a DNS name: "-ro" is no label of 1 to 63 letters, digits and inner hyphens: write a name, as "orders-ro.db.example.com""#);
    assert_snapshot!(reader("Z08", "10.0.0.1", "10s"), @r#"6:33: reader.name: "10.0.0.1" is not a DNS name: this is an address and not a name: write a name, as "orders-ro.db.example.com""#);
    assert_eq!(reader("Z08", "Ro.Example.com.", "60s"), "nothing");
    let longest = "reader = { zone = \"Z08\", name = \"ro.example.com\", ttl = \"300s\" }";
    assert_eq!(told(&edited(&["drain = { deadline = \"1h\" }", longest])), "nothing");
    assert!(reader("Z08", &format!("{}com", "a.".repeat(130)), "10s").contains("too many"));
    assert_snapshot!(reader("Z08", "ro.example.com", "10m"), @"6:57: reader.ttl: 10m is too long: a drain waits 3 x TTL for clients to look the name up again, so write 5m or less");
    assert_snapshot!(reader("Z08", "ro.example.com", "0s"), @"6:57: reader.ttl: 0s is too short: write 1s or more");
    assert_snapshot!(reader("Z08", "ro.example.com", "500ms"), @r#"6:61: reader.ttl: "ms" in "500ms" is not a unit: write d, h, m or s"#);
    assert_snapshot!(reader("Z08", "ro.example.com", "10"), @r#"6:58: reader.ttl: "10" has a number without a unit: write a unit, as "10s", "10m" or "10h""#);
}

#[test]
fn prefixes_leave_room_and_never_take_in_the_source() {
    assert_snapshot!(with("prefix = \"tg-orders\""), @r#"11:10: prefix: "tg-orders" is not a prefix: write lower-case letters, digits and single hyphens that begin with a letter and end with a hyphen, as "tg-orders-""#);
    assert_snapshot!(with("prefix = \"tg--\""), @r#"11:10: prefix: "tg--" is not a prefix: write lower-case letters, digits and single hyphens that begin with a letter and end with a hyphen, as "tg-orders-""#);
    assert_snapshot!(with("prefix = \"Tg-\""), @r#"11:10: prefix: "Tg-" is not a prefix: write lower-case letters, digits and single hyphens that begin with a letter and end with a hyphen, as "tg-orders-""#);
    assert!(with(&format!("prefix = \"{}-\"", "a".repeat(52))) == "nothing");
    assert_snapshot!(with(&format!("prefix = \"{}-\"", "a".repeat(53))), @r#"11:10: prefix: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-" is not a prefix: 54 characters leave no room for the 10 that follow in RDS' 63: write 53 or fewer"#);
    assert_snapshot!(with("prefix = \"orders-\""), @r#"11:10: prefix "orders-" begins the name of the source "orders-primary", which would look like a replica: write another prefix"#);
    assert_snapshot!(with("source = \"tg-orders-primary\""), @r#"4:10: the default prefix "tg-orders-" begins the name of the source "tg-orders-primary", which would look like a replica: write another prefix"#);
}

#[test]
fn owners_counts_and_bounds_are_checked() {
    assert_snapshot!(with("owner = \"\""), @r#"11:9: owner: "" is not a tag's value: write 1 to 256 letters (a to z), digits, spaces and _ . : / = + - @, not aws: or rds: in front, as "tidegate""#);
    assert_snapshot!(with("owner = \"a;b\""), @r#"11:9: owner: "a;b" is not a tag's value: write 1 to 256 letters (a to z), digits, spaces and _ . : / = + - @, not aws: or rds: in front, as "tidegate""#);
    assert_snapshot!(with("owner = \"aws:a\""), @r#"11:9: owner: "aws:a" is not a tag's value: write 1 to 256 letters (a to z), digits, spaces and _ . : / = + - @, not aws: or rds: in front, as "tidegate""#);
    assert_snapshot!(with("lag_bound = \"0s\""), @"11:13: lag_bound: 0s is too short: write 1s or more");
    assert_snapshot!(with("max_connections = 0"), @"11:19: max_connections: 0 is out of range: write 1 or more");
    assert_snapshot!(with("pool_lifetime = \"0m\""), @"11:17: pool_lifetime: 0s is too short: write 1s or more");
    assert_snapshot!(with("creations_per_day = 0"), @"11:21: creations_per_day: 0 is out of range: write 1 or more");
    assert_snapshot!(with("lag_bound = \"1h30\""), @r#"11:16: lag_bound: "1h30" has a number without a unit: write a unit, as "30s", "30m" or "30h""#);
}

#[test]
fn two_targets_share_neither_a_source_nor_a_reader_name() {
    let second = RIGHT.replace("\"orders\"", "\"orders-eu\"");
    assert_snapshot!(told(&format!("{RIGHT}\n{second}")), @r#"
    12:1: target "orders-eu": source "orders-primary" is already that of target "orders": one target holds all replicas of a source
    12:1: target "orders-eu": reader "ro.example.com" is already that of target "orders": write a name of its own
    "#);
    let apart = second.replace("orders-primary", "eu-primary").replace("ro.example.com", "ro.eu.example.com");
    assert_eq!(told(&format!("{RIGHT}\n{apart}")), "nothing");
}

#[test]
fn a_minimum_of_zero_needs_a_floor() {
    assert_snapshot!(told(&edited(&["min = 0", "floor = false"])), @"11:9: floor: with a min of 0 the reader name would answer nothing: write true, or leave it out");
    assert_eq!(told(&edited(&["min = 0", "floor = true"])), "nothing");
}

#[test]
fn drains_can_succeed() {
    assert_snapshot!(with("drain = { deadline = \"29m\" }"), @r#"11:22: drain.deadline: 29m is not longer than pool_lifetime (10m) + twice, before and after its record is gone, 3 x reader.ttl (10s) + the time to see it in the metrics (9m) = 29m, so no drain could succeed: write drain.deadline = "39m""#);
    assert_eq!(with("drain = { deadline = \"29m1s\" }"), "nothing");
    assert_snapshot!(told(&edited(&["pool_lifetime = \"1h\"", "cooldown = { out = \"1h\" }"])), @r#"11:17: drain.deadline: 45m (the default) is not longer than pool_lifetime (1h) + twice, before and after its record is gone, 3 x reader.ttl (10s) + the time to see it in the metrics (9m) = 1h19m, so no drain could succeed: write drain.deadline = "1h29m""#);
    assert_snapshot!(with("drain = { quiet_points = 2, idle_connections = -1, on_deadline = \"forse\" }"), @r#"
    11:26: drain.quiet_points: 2 is out of range: write 3 to 5
    11:48: drain.idle_connections: -1 is out of range: write 0 or more
    11:66: drain.on_deadline: unknown choice "forse": did you mean "force"?
    "#);
    assert_snapshot!(with("drain = { quiet_points = 6, on_deadline = \"wait\" }"), @r#"
    11:26: drain.quiet_points: 6 is out of range: write 3 to 5
    11:43: drain.on_deadline: unknown choice "wait": write "cancel" or "force"
    "#);
}

// Scaling.

#[test]
fn bounds_hold_together_and_with_the_engine() {
    assert_snapshot!(with("min = -1"), @"7:7: min: -1 is out of range: write 0 or more");
    assert_snapshot!(with("min = 6"), @"7:7: min: 6 is above max, which is 5: write 5 or less");
    assert_snapshot!(told(&edited(&["min = 0", "max = 0"])), @"8:7: max: 0 is out of range: write 1 or more");
    assert_snapshot!(with("max = 16"), @"8:7: max: 16 is more than the 15 replicas that RDS lets a source on mysql have: write 15 or less");
    assert_snapshot!(told(&edited(&["engine = \"db2\"", "max = 4"])), @"8:7: max: 4 is more than the 3 replicas that RDS lets a source on db2 have: write 3 or less");
    assert_snapshot!(with("max = 99999999999999999999999"), @"8:7: max: 99999999999999999999999 is out of range: write 1 to 4294967295");
}

#[test]
fn a_target_at_zero_can_leave_it() {
    let from_zero = |rules: &str| told(&edited(&["min = 0", rules]));
    assert_snapshot!(from_zero("scale_out = [\"replica cpu > 70% for 10m\", \"lag > 1s for 5m\"]"), @r#"7:7: min: with 0 replicas no rule of scale_out has a signal, so the target could never leave 0: add a rule on the primary, as "primary cpu > 70% for 10m", or write min = 1"#);
    assert_snapshot!(from_zero("scale_out = []"), @r#"7:7: min: with 0 replicas no rule of scale_out has a signal, so the target could never leave 0: add a rule on the primary, as "primary cpu > 70% for 10m", or write min = 1"#);
    assert_eq!(from_zero("scale_out = [\"connections > 70% for 10m\"]"), "nothing");
    let opened =
        "windows = [{ days = \"daily\", from = \"08:00\", to = \"20:00\", zone = \"UTC\", min = 1 }]";
    let by_the_clock = edited(&["min = 0", "scale_out = [\"replica cpu > 70% for 10m\"]", opened]);
    assert_eq!(told(&by_the_clock), "nothing");
}

#[test]
fn something_scales_every_target() {
    assert_snapshot!(told(&edited(&["scale_out = []", "scale_in = []", "alert = [\"lag > 1s for 5m\"]"])), @r#"1:1: nothing would ever scale target "orders": add scale_out and scale_in, track or windows"#);
}

#[test]
fn paces_are_checked() {
    assert_snapshot!(with("evaluate_every = \"30s\""), @"11:18: evaluate_every: 30s is too short: write 1m or more");
    assert_snapshot!(with("evaluate_every = \"90s\""), @"11:18: evaluate_every: 1m30s is not a whole number of minutes: write 2m");
    assert_snapshot!(with("evaluate_every = \"2h\""), @"11:18: evaluate_every: 2h is too long: load changes faster than that, so write 1h or less");
    assert_snapshot!(with("cooldown = { out = \"5m\" }"), @r#"11:20: cooldown.out: 5m is less than pool_lifetime, 10m: a new replica stays idle until pools recycle: write cooldown.out = "10m" or more"#);
    assert_snapshot!(with("pool_lifetime = \"15m\""), @r#"11:17: cooldown.out: 10m (the default) is less than pool_lifetime, 15m: a new replica stays idle until pools recycle: write cooldown.out = "15m" or more"#);
    assert_snapshot!(with("stabilization = { in = \"5\" }"), @r#"11:25: stabilization.in: "5" has a number without a unit: write a unit, as "5s", "5m" or "5h""#);
    assert_snapshot!(with("rate_limit = { out = \"2 in 15m\", in = \"0 per 30m\" }"), @r#"
    11:23: rate_limit.out: "2 in 15m" is not a rate: write how many in how long, as "2 per 15m"
    11:40: rate_limit.in: "0" is not a number of members: write 1 or more, as "2 per 15m"
    "#);
    assert_snapshot!(with("rate_limit = { out = \"2 per 0m\", in = \"1 per 30\" }"), @r#"
    11:29: rate_limit.out: 0s is too short: write 1s or more
    11:46: rate_limit.in: "30" has a number without a unit: write a unit, as "30s", "30m" or "30h"
    "#);
    assert_snapshot!(with("margin = \"60%\""), @"11:10: margin: 60% would hold every removal: write 50% or less");
    assert_snapshot!(with("margin = \"0.1\""), @r#"11:10: margin: a margin is a percentage: write "10%""#);
    assert_eq!(
        scaling(&["rate_limit = { in = \"1 per 30m\" }"]).rate_limit.in_,
        Some(RateLimit { members: Count::ONE, period: minutes(30) })
    );
}

#[test]
fn threshold_rules_say_what_to_write_instead() {
    let out = |rule: &str| with(&format!("scale_out = [\"{rule}\"]"));
    assert_snapshot!(out("primary cpu > 0.7 for 10m"), @r#"9:29: "primary cpu > 0.7 for 10m": cpu is compared with a percentage: write "70%""#);
    assert_snapshot!(out("primary cpu > 70 for 10m"), @r#"9:29: "primary cpu > 70 for 10m": cpu is compared with a percentage: write "70%""#);
    assert_snapshot!(out("connections > 8s for 10m"), @r#"9:29: "connections > 8s for 10m": connections are compared with a percentage: write "70%""#);
    assert_snapshot!(out("primary cpu > 0% for 10m"), @r#"9:29: "primary cpu > 0% for 10m": cpu is compared with a percentage above 0% and up to 100%, and 0% is not one: write "70%""#);
    assert_snapshot!(out("primary cpu > 101% for 10m"), @r#"9:29: "primary cpu > 101% for 10m": cpu is compared with a percentage above 0% and up to 100%, and 101% is not one: write "70%""#);
    assert_snapshot!(out("lag > 70% for 10m"), @r#"9:21: "lag > 70% for 10m": lag is compared with a duration: write "30s""#);
    assert_snapshot!(out("lag > 5 for 10m"), @r#"9:21: "lag > 5 for 10m": lag is compared with a duration: write "5s""#);
    assert_snapshot!(out("lag > 0s for 10m"), @r#"9:21: "lag > 0s for 10m": lag is never below zero: write 1s or more"#);
    assert_snapshot!(out("primry cpu > 70% for 10m"), @r#"9:15: "primry cpu > 70% for 10m": unknown signal "primry cpu": did you mean "primary cpu"? known are "primary cpu", "replica cpu", "primary connections", "replica connections", "connections" and "lag""#);
    assert_snapshot!(out("cpu > 70% for 10m"), @r#"9:15: "cpu > 70% for 10m": unknown signal "cpu": did you mean "primary cpu"? known are "primary cpu", "replica cpu", "primary connections", "replica connections", "connections" and "lag""#);
    assert_snapshot!(out("memory > 70% for 10m"), @r#"9:15: "memory > 70% for 10m": "memory" is a signal of another kind of target: write "primary cpu", "replica cpu", "primary connections", "replica connections", "connections" or "lag""#);
    assert_snapshot!(out("> 70% for 10m"), @r#"9:15: "> 70% for 10m": no signal before ">": write "primary cpu", "replica cpu", "primary connections", "replica connections", "connections" or "lag""#);
    assert_snapshot!(out("primary cpu < 70% for 10m"), @r#"9:27: "primary cpu < 70% for 10m": scale_out compares with ">": write "primary cpu > 70% for 10m""#);
    assert_snapshot!(out("primary cpu >= 70% for 10m"), @r#"9:27: "primary cpu >= 70% for 10m": scale_out compares with ">": write "primary cpu > 70% for 10m""#);
    assert_snapshot!(out("primary cpu above 70% for 10m"), @r#"9:15: "primary cpu above 70% for 10m": no ">" in it: write SIGNAL > VALUE for DURATION[, M of N points][ add K]"#);
    assert_snapshot!(out(""), @r#"9:15: "": no ">" in it: write SIGNAL > VALUE for DURATION[, M of N points][ add K]"#);
    assert_snapshot!(out("primary cpu > for 10m"), @r#"9:29: "primary cpu > for 10m": cpu is compared with a percentage: write "70%""#);
    assert_snapshot!(out("primary cpu > 70%"), @r#"9:32: "primary cpu > 70%": for how long? add "for 10m""#);
    assert_snapshot!(out("primary cpu > 70% for"), @r#"9:36: "primary cpu > 70% for": for how long? add "10m" after "for""#);
    assert_snapshot!(out("primary cpu > 70% for 10"), @r#"9:37: "primary cpu > 70% for 10": "10" has a number without a unit: write a unit, as "10s", "10m" or "10h""#);
    assert_snapshot!(out("primary cpu > 70% for 0m"), @r#"9:37: "primary cpu > 70% for 0m": 0s is too short: write 1m or more"#);
    assert_snapshot!(out("primary cpu > 70% for 90s"), @r#"9:37: "primary cpu > 70% for 90s": 1m30s is not a whole number of minutes: write 2m"#);
    assert_snapshot!(out("primary cpu > 70% for 4h"), @r#"9:37: "primary cpu > 70% for 4h": 4h is too long: write 3h or less"#);
    assert_snapshot!(out("primary cpu > 70% for 10m, 8 of 12 points"), @r#"9:47: "primary cpu > 70% for 10m, 8 of 12 points": "for 10m" is 10 one-minute points, and not 12: write "8 of 10 points""#);
    assert_snapshot!(out("primary cpu > 70% for 10m, 0 of 10 points"), @r#"9:42: "primary cpu > 70% for 10m, 0 of 10 points": 0 of 10 points cannot be asked for: write 1 to 10"#);
    assert_snapshot!(out("primary cpu > 70% for 10m, 11 of 10 points"), @r#"9:42: "primary cpu > 70% for 10m, 11 of 10 points": 11 of 10 points cannot be asked for: write 1 to 10"#);
    assert_snapshot!(out("primary cpu > 70% for 10m, x of 10 points"), @r#"9:42: "primary cpu > 70% for 10m, x of 10 points": expected a whole number, found "x": write one, as "8""#);
    assert_snapshot!(out("primary cpu > 70% for 10m 8 of 10 points"), @r#"9:41: "primary cpu > 70% for 10m 8 of 10 points": "8" is not understood here: write SIGNAL > VALUE for DURATION[, M of N points][ add K]"#);
    assert_snapshot!(out("primary cpu > 70% for 10m add 0"), @r#"9:45: "primary cpu > 70% for 10m add 0": "add 0" is out of range: write 1 to 5, which is max"#);
    assert_snapshot!(out("primary cpu > 70% for 10m add 6"), @r#"9:45: "primary cpu > 70% for 10m add 6": "add 6" is out of range: write 1 to 5, which is max"#);
    assert_snapshot!(out("primary cpu > 70% for 10m add two"), @r#"9:45: "primary cpu > 70% for 10m add two": expected a whole number, found "two": write one, as "8""#);
    assert_snapshot!(out("primary cpu > 70% for 10m add"), @r#"9:41: "primary cpu > 70% for 10m add": "add" is not understood here: write SIGNAL > VALUE for DURATION[, M of N points][ add K]"#);
    assert_snapshot!(out("primary cpu > 70% for 10m, please"), @r#"9:40: "primary cpu > 70% for 10m, please": "," is not understood here: write SIGNAL > VALUE for DURATION[, M of N points][ add K]"#);
    assert_snapshot!(out("cpu > 7 for 90s, 8 of 10 points remove 1"), @r#"
    9:15: "cpu > 7 for 90s, 8 of 10 points remove 1": unknown signal "cpu": did you mean "primary cpu"? known are "primary cpu", "replica cpu", "primary connections", "replica connections", "connections" and "lag"
    9:27: "cpu > 7 for 90s, 8 of 10 points remove 1": 1m30s is not a whole number of minutes: write 2m
    9:47: "cpu > 7 for 90s, 8 of 10 points remove 1": "remove" is not understood here: write SIGNAL > VALUE for DURATION[, M of N points][ add K]
    "#);
}

#[test]
fn rules_stand_in_the_list_that_they_are_for() {
    assert_snapshot!(with("scale_in = [\"replica cpu > 40% for 30m\"]"), @r#"10:26: "replica cpu > 40% for 30m": scale_in compares with "<": write "replica cpu < 40% for 30m""#);
    assert_snapshot!(with("scale_in = [\"replica cpu < 40% for 30m add 1\"]"), @r#"10:40: "replica cpu < 40% for 30m add 1": only scale_out rules add: remove "add 1""#);
    assert_snapshot!(with("alert = [\"lag < 1s for 5m\"]"), @r#"11:15: "lag < 1s for 5m": alert compares with ">": write "lag > 1s for 5m""#);
    assert_snapshot!(with("alert = [\"lag > 1s for 5m add 1\"]"), @r#"11:27: "lag > 1s for 5m add 1": only scale_out rules add: remove "add 1""#);
}

#[test]
fn places_point_into_rules_unless_escapes_hide_them() {
    assert!(with("scale_out = [ 'primary cpu > 70 for 10m']").starts_with("9:30: "));
    assert!(with("scale_out = [ '''primary cpu > 70 for 10m''']").starts_with("9:32: "));
    assert!(with("scale_out = [ \"\\u0070rimary cpu > 70 for 10m\"]").starts_with("9:15: "));
}

#[test]
fn thresholds_in_the_wrong_order_name_both_rules() {
    assert_snapshot!(
        told(&edited(&["scale_out = [\"primary cpu > 40% for 10m\"]", "scale_in = [\"primary cpu < 40% for 30m\"]"])),
        @r#"10:13: scale_in "primary cpu < 40% for 30m" (line 10) agrees to remove where scale_out "primary cpu > 40% for 10m" (line 9) adds: write a threshold well below 40%"#
    );
    assert_snapshot!(
        told(&edited(&["scale_out = [\"primary connections > 50% for 10m\"]", "scale_in = [\"connections < 60% for 30m\"]"])),
        @r#"10:13: scale_in "connections < 60% for 30m" (line 10) agrees to remove where scale_out "primary connections > 50% for 10m" (line 9) adds: write a threshold well below 50%"#
    );
    assert_snapshot!(
        told(&edited(&["scale_out = [\"lag > 90s for 10m\"]", "scale_in = [\"lag < 2m for 30m\"]"])),
        @r#"10:13: scale_in "lag < 2m for 30m" (line 10) agrees to remove where scale_out "lag > 90s for 10m" (line 9) adds: write a threshold well below 1m30s"#
    );
    assert_snapshot!(with("track = [\"replica cpu at 40%\"]"), @r#"10:13: scale_in "replica cpu < 40% for 30m" (line 10) agrees to remove where track "replica cpu at 40%" (line 11) adds: write a threshold well below 40%"#);
    // What the primary and the replicas do are two things.
    let apart = ["scale_out = [\"primary cpu > 40% for 10m\"]", "scale_in = [\"replica cpu < 50% for 30m\"]"];
    assert_eq!(told(&edited(&apart)), "nothing");
}

#[test]
fn tracking_rules_say_what_to_write_instead() {
    let track = |rule: &str| with(&format!("track = [\"{rule}\"]"));
    assert_eq!(track("replica cpu at 60%"), "nothing");
    assert_snapshot!(track("primary cpu at 60%"), @r#"11:11: "primary cpu at 60%": "primary cpu" cannot be tracked: write "replica cpu" or "replica connections""#);
    assert_snapshot!(track("lag at 60%"), @r#"11:11: "lag at 60%": "lag" cannot be tracked: write "replica cpu" or "replica connections""#);
    assert_snapshot!(track("replica memory at 60%"), @r#"11:11: "replica memory at 60%": unknown signal "replica memory": write "replica cpu" or "replica connections""#);
    assert_snapshot!(track("replica cpu at 0.6"), @r#"11:26: "replica cpu at 0.6": a target is a percentage: write "60%""#);
    assert_snapshot!(track("replica cpu at 5%"), @r#"11:26: "replica cpu at 5%": 5% cannot be kept: write a target of 10% to 95%"#);
    assert_snapshot!(track("replica cpu at 96%"), @r#"11:26: "replica cpu at 96%": 96% cannot be kept: write a target of 10% to 95%"#);
    assert_snapshot!(track("replica cpu at"), @r#"11:25: "replica cpu at": a target is a percentage: write "70%""#);
    assert_snapshot!(track("replica cpu > 60%"), @r#"11:11: "replica cpu > 60%": no "at" in it: write SIGNAL at VALUE, as "replica cpu at 60%""#);
}

#[test]
fn windows_say_what_to_write_instead() {
    let window = |fields: &str| {
        let mut all =
            vec![("days", "\"mon-fri\""), ("from", "\"08:00\""), ("to", "\"20:00\""), ("zone", "\"UTC\"")];
        let given: Vec<(&str, &str)> =
            fields.split(" & ").map(|field| field.split_once(" = ").unwrap()).collect();
        all.retain(|(key, _)| given.iter().all(|(other, _)| other != key));
        all.extend(given);
        let fields: Vec<String> = all.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        with(&format!("windows = [{{ {} }}]", fields.join(", ")))
    };
    assert_snapshot!(window("min = 2 & days = \"mon-fry\""), @r#"11:79: windows.days: unknown day "fry": did you mean "fri"?"#);
    assert_snapshot!(window("min = 2 & days = \"Monday,tues\""), @r#"
    11:75: windows.days: unknown day "Monday": did you mean "mon"?
    11:82: windows.days: unknown day "tues": did you mean "tue"?
    "#);
    assert_snapshot!(window("min = 2 & days = \"weekdays\""), @r#"11:75: windows.days: unknown day "weekdays": write days as "mon-fri", "mon,wed,sat" or "daily""#);
    assert_snapshot!(window("min = 2 & days = \"mon,mon-wed\""), @r#"11:79: windows.days: "mon" is named twice: name each day once"#);
    assert_snapshot!(window("min = 2 & days = []"), @r#"11:74: windows.days: no day is named: write "mon-fri" or "daily""#);
    assert_snapshot!(window("min = 2 & from = \"8:00\""), @r#"11:76: windows.from: "8:00" is not a time of day: write hours and minutes, as "08:00""#);
    assert_snapshot!(window("min = 2 & from = \"24:00\""), @r#"11:76: windows.from: a window cannot open at "24:00": write "00:00" of the next day"#);
    assert_snapshot!(window("min = 2 & to = \"24:01\""), @r#"11:76: windows.to: "24:01" is not a time of day: write hours and minutes, as "08:00""#);
    assert_snapshot!(window("min = 2 & to = \"00:00\""), @r#"11:76: windows.to: midnight at the end of the day is "24:00": write to = "24:00""#);
    assert_snapshot!(window("min = 2 & to = \"08:00\""), @r#"11:76: windows.to: the window closes at 08:00, when it opens: for whole days write from = "00:00", to = "24:00", or split it into two windows at midnight, "08:00" to "24:00" and "00:00" to "08:00""#);
    assert_snapshot!(window("min = 2 & from = \"22:00\" & to = \"06:00\""), @r#"11:76: windows.to: the window closes at 06:00, before it opens at 22:00: split it into two windows at midnight, "22:00" to "24:00" and, for the days after, "00:00" to "06:00""#);
    assert_snapshot!(window("min = 2 & zone = \"Europe/Madird\""), @r#"11:78: windows.zone: unknown time zone "Europe/Madird": did you mean "Europe/Madrid"?"#);
    assert_snapshot!(window("min = 2 & zone = \"Madrid\""), @r#"11:78: windows.zone: unknown time zone "Madrid": did you mean "Europe/Madrid"?"#);
    assert_snapshot!(window("min = 2 & zone = \"Nowhere/At-All\""), @r#"11:78: windows.zone: unknown time zone "Nowhere/At-All": write an IANA name, as "Europe/Madrid" or "UTC""#);
    assert_snapshot!(window("min = 4 & max = 3"), @"11:82: windows.min: 4 is above the window's max of 3: write 3 or less");
    assert_snapshot!(window("min = 0"), @"11:82: windows.min: 0 is below the target's min of 1: write 1 or more, or lower the target's min");
    assert_snapshot!(window("max = 0"), @"11:82: windows.max: 0 is below the target's min of 1: write 1 or more, or lower the target's min");
    assert_snapshot!(window("max = 6"), @"11:82: windows.max: 6 is above the target's max of 5: write 5 or less, or raise the target's max");
    assert_snapshot!(window("min = 6"), @"11:82: windows.min: 6 is above the target's max of 5: write 5 or less, or raise the target's max");
    assert_snapshot!(window("zone = \"UTC\""), @r#"11:12: the window has neither "min" nor "max": add one, as min = 2"#);
    assert_snapshot!(window("min = \"2\""), @r#"11:82: windows.min: expected a whole number, found the text "2": write windows.min = 2"#);
    assert_snapshot!(window("min = 2 & mix = 3"), @r#"11:85: unknown key "mix" in the window: did you mean "min"?"#);
}

// Properties.

/// Each place lies inside the document, the order is that of places, and whoever is refused is told why.
fn assert_told_well(document: &str) {
    let Err(problems) = parse(document) else { return };
    assert!(!problems.is_empty(), "refused without a reason");
    let lines: Vec<&str> = document.trim_start_matches('\u{feff}').split('\n').collect();
    for problem in &problems {
        let line =
            lines.get(problem.line.wrapping_sub(1)).unwrap_or_else(|| panic!("no such line: {problem}"));
        assert!((1..=line.chars().count() + 1).contains(&problem.column), "no such column: {problem}");
        assert!(!problem.message.contains('\n') && !problem.message.ends_with('.'), "{problem}");
    }
    assert!(problems.is_sorted_by_key(|problem| (problem.line, problem.column)));
}

/// Pieces from which a mutation is made: what a slip of the hand leaves behind.
const SLIPS: [&str; 24] = [
    "\"",
    "'",
    "[",
    "]",
    "{",
    "}",
    "=",
    ",",
    "\n",
    "\r\n",
    "#",
    " ",
    "é",
    "\u{feff}",
    "0",
    "-",
    "70",
    "%",
    "add 9",
    "[[target]]\n",
    "99999999999999999999",
    "\"\"\"",
    "\\",
    "1979-05-27",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered_with_places_inside_it(document in any::<String>()) {
        assert_told_well(&document);
    }

    #[test]
    fn any_value_under_a_known_key_is_answered_with_places_inside_it(
        key in prop::sample::select(vec![
            "name", "kind", "source", "engine", "class", "security_groups", "reader", "prefix", "owner", "floor",
            "lag_bound", "max_connections", "pool_lifetime", "creations_per_day", "drain", "min", "max",
            "evaluate_every", "scale_out", "scale_in", "alert", "track", "windows", "cooldown", "stabilization",
            "rate_limit", "margin",
        ]),
        value in "[ -~é]{0,24}|\"[ -~é]{0,24}\"|\\[\"[a-z0-9<>%, é]{0,30}\"\\]",
    ) {
        assert_told_well(&edited(&[&format!("{key} = {value}")]));
    }

    #[test]
    fn any_value_under_a_key_of_a_service_or_an_event_is_answered_with_places_inside_it(
        key in prop::sample::select(vec![
            "cluster", "service", "load_balancer", "queue", "spot", "override_for", "start_within", "min", "max",
            "scale_out", "scale_in", "alert", "track", "windows",
        ]),
        event_key in prop::sample::select(vec![
            "name", "target", "targets", "from", "to", "zone", "requests_per_minute", "requests_per_task", "buffer", "lead",
            "max", "descent", "warm", "warm_requests",
        ]),
        value in "[ -~é]{0,24}|\"[ -~é]{0,24}\"|\\[\"[a-z0-9<>%, é]{0,30}\"\\]|[0-9]{1,10}|2026-1[0-3]-[0-3][0-9][ T][0-2][0-9]:30:00Z?",
    ) {
        let service = edit(services::SERVICE, &[&format!("{key} = {value}")]);
        let event = edit(events::EVENT, &[&format!("{event_key} = {value}")]);
        for document in
            [format!("{service}\n{}", events::EVENT), format!("{}{event}\n", services::SERVICE)]
        {
            assert_told_well(&document);
            // What is accepted is not passed over.
            if let Ok(policy) = parse(&document) {
                let TargetKind::EcsService(service) = &policy.targets[0].kind else { panic!("{policy:?}") };
                prop_assert_eq!(service.events.len(), 1);
            }
        }
    }

    #[test]
    fn any_file_is_answered_with_lines_inside_it(
        file in prop::collection::vec(
            "BEGIN:(VEVENT|VALARM)|END:(VEVENT|VALARM)|(DTSTART|DTEND|EXDATE|RDATE)(;VALUE=DATE)?:[0-9]{7,9}|RRULE:FREQ=YEARLY(;COUNT=[0-9]{1,3})?|DURATION:P[0-9]{1,3}[DW]|[ -~é]{0,12}",
            0..12,
        ),
    ) {
        let document = format!("{}[calendars]\nspain = {{ files = ['spain.ics'] }}\n", services::SERVICE);
        let Err(problems) = parse_with(&document, &|_: &str| Ok(file.join("\n"))) else { return Ok(()) };
        for problem in problems {
            let told = problem.message.strip_prefix("calendars.spain.files: spain.ics:").unwrap();
            let line: usize = told.split_once(": ").unwrap().0.parse().unwrap();
            prop_assert!((1..=file.len().max(1)).contains(&line), "{}", problem);
            prop_assert!(!problem.message.contains('\n'), "{}", problem);
        }
    }

    #[test]
    fn a_slip_anywhere_in_production_is_answered_with_places_inside_it(
        slips in prop::collection::vec((0..PRODUCTION.len(), 0..12_usize, prop::sample::select(&SLIPS[..])), 1..4),
    ) {
        let mut document = PRODUCTION.to_owned();
        for (at, taken, put) in slips {
            let from = document.floor_char_boundary(at.min(document.len()));
            let to = document.floor_char_boundary((from + taken).min(document.len()));
            document.replace_range(from..to.max(from), put);
        }
        assert_told_well(&document);
    }
}
