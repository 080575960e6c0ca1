//! The shape of a document: its tables and their names, the keys of each kind, the types of values, and all that is wrong told at once.

use insta::assert_snapshot;
use tidegate_policy::policy::PerDirection;

use crate::{RIGHT, edited, minutes, read, told, with, without};

#[test]
fn tables_may_be_written_with_headers() {
    let document = format!(
        "{}\n[target.cooldown]\nin = \"1h\"\n[[target.windows]]\ndays = \"daily\"\nfrom = \"08:00\"\nto = \"24:00\"\nzone = \"UTC\"\nmin = 2\n",
        RIGHT
    );
    let scaling = read(&document).targets.remove(0).scaling;
    assert_eq!(scaling.cooldown, PerDirection { out: minutes(5), in_: minutes(60) });
    assert_eq!(scaling.windows[0].to, None);
}

#[test]
fn an_empty_document_is_one_problem() {
    assert_snapshot!(told(""), @"1:1: the document has no target: add a [[target]] table with its name, kind, min, max and the keys of its kind");
    assert_snapshot!(told("# Nothing yet.\n\n"), @"1:1: the document has no target: add a [[target]] table with its name, kind, min, max and the keys of its kind");
    assert_snapshot!(told("target = []"), @"1:1: the document has no target: add a [[target]] table with its name, kind, min, max and the keys of its kind");
}

#[test]
fn only_targets_stand_at_the_top() {
    assert_snapshot!(told(&format!("version = 1\n{RIGHT}")), @r#"1:1: unknown key "version" in the document, which holds [[target]], [[event]] and [[notify]] tables and [calendars]: remove it; known are "target", "event", "calendars" and "notify""#);
    assert_snapshot!(told(&RIGHT.replace("[[target]]", "[[targets]]")), @r#"1:3: unknown key "targets" in the document, which holds [[target]], [[event]] and [[notify]] tables and [calendars]: did you mean "target"?"#);
    assert_snapshot!(told(&RIGHT.replace("[[target]]", "[target]")), @"1:1: [target] is a single table: write [[target]]");
    assert_snapshot!(told("target = 3"), @r#"1:10: target: expected [[target]] tables, found the number 3: write target = [{ name = "orders-readers" }]"#);
    assert_snapshot!(told("target = [3]"), @r#"1:11: target: expected a table, found the number 3: write target = [{ name = "orders-readers" }]"#);
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
    assert_snapshot!(with("colour = 'red'"), @r#"11:1: unknown key "colour" in target "orders": remove it; known are "name", "kind", "min", "max", "source", "engine", "class", "fallback_classes", "fallback_zones", "security_groups", "reader", "prefix", "owner", "tags", "floor", "lag_bound", "max_connections", "pool_lifetime", "creations_per_day", "replace_after", "drain", "evaluate_every", "scale_out", "scale_in", "alert", "track", "windows", "cooldown", "stabilization", "rate_limit", "at_maximum_for", "margin", "override_for" and "forecast""#);
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
    9:15: "cpu > 0.7 for 10": unknown signal "cpu": did you mean "primary cpu"? known are "primary cpu", "replica cpu", "primary connections", "replica connections", "connections", "lag", "primary read latency", "replica read latency", "primary disk queue" and "replica disk queue"
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

#[test]
fn wrong_types_say_what_was_found_and_what_to_write() {
    assert_snapshot!(with("min = \"1\""), @r#"7:7: min: expected a whole number, found the text "1": write min = 1"#);
    assert_snapshot!(with("min = 1.5"), @"7:7: min: expected a whole number, found the number 1.5: write min = 1");
    assert_snapshot!(with("floor = \"yes\""), @r#"11:9: floor: expected true or false, found the text "yes": write floor = true"#);
    assert_snapshot!(with("source = 5"), @r#"4:10: source: expected an instance identifier in quotes, found the number 5: write source = "orders-primary""#);
    assert_snapshot!(with("pool_lifetime = 600"), @r#"11:17: pool_lifetime: expected a duration with its unit in quotes, found the number 600: write pool_lifetime = "5m""#);
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
    4:1: unknown key "source" in target "orders": remove it; known are "name", "kind", "min", "max", "cluster", "service", "load_balancer", "queue", "spot", "start_within", "evaluate_every", "scale_out", "scale_in", "alert", "track", "windows", "cooldown", "stabilization", "rate_limit", "at_maximum_for", "margin", "override_for" and "forecast"
    5:1: unknown key "engine" in target "orders": remove it; known are "name", "kind", "min", "max", "cluster", "service", "load_balancer", "queue", "spot", "start_within", "evaluate_every", "scale_out", "scale_in", "alert", "track", "windows", "cooldown", "stabilization", "rate_limit", "at_maximum_for", "margin", "override_for" and "forecast"
    6:1: unknown key "reader" in target "orders": remove it; known are "name", "kind", "min", "max", "cluster", "service", "load_balancer", "queue", "spot", "start_within", "evaluate_every", "scale_out", "scale_in", "alert", "track", "windows", "cooldown", "stabilization", "rate_limit", "at_maximum_for", "margin", "override_for" and "forecast"
    9:15: "primary cpu > 70% for 10m": "primary cpu" is a signal of another kind of target: write "cpu", "memory", "requests per target", "p95 latency", "error rate", "queue depth", "queue age" or "backlog per task"
    10:14: "replica cpu < 40% for 30m": "replica cpu" is a signal of another kind of target: write "cpu", "memory", "requests per target", "p95 latency", "error rate", "queue depth", "queue age" or "backlog per task"
    "#);
    assert_snapshot!(with("kind = \"ecs-servics\"").lines().nth(2).unwrap(), @r#"3:8: unknown kind "ecs-servics": did you mean "ecs-service"? this version supports "rds-replicas", "ecs-service" and "redis-nodes""#);
    assert_snapshot!(with("kind = \"memcached-nodes\""), @r#"3:8: unknown kind "memcached-nodes": this version supports "rds-replicas", "ecs-service" and "redis-nodes""#);
    assert_snapshot!(with("kind = \"redis-node\"").lines().nth(1).unwrap(), @r#"3:8: unknown kind "redis-node": did you mean "redis-nodes"? this version supports "rds-replicas", "ecs-service" and "redis-nodes""#);
    assert_snapshot!(with("kind = \"rds-replica\""), @r#"3:8: unknown kind "rds-replica": did you mean "rds-replicas"? this version supports "rds-replicas", "ecs-service" and "redis-nodes""#);
}
