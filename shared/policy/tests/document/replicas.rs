//! What a document says of replicas: names and identifiers as AWS takes them, and a drain that can succeed.

use insta::assert_snapshot;

use crate::{RIGHT, edited, told, with};

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
fn what_is_asked_for_instead_is_a_short_list_without_the_class_itself() {
    assert_snapshot!(told(&edited(&["class = \"db.t3.large\"", "fallback_classes = [\"db.m5.large\", \"large\"]"])), @r#"12:36: fallback_classes: "large" is not an instance class: write an instance class, as "db.t3.medium""#);
    assert_snapshot!(told(&edited(&["class = \"db.t3.large\"", "fallback_classes = [\"db.t3.large\"]"])), @"12:20: fallback_classes: db.t3.large is `class` itself: write what to ask for instead");
    assert_snapshot!(with("fallback_classes = [\"db.m5.large\", \"db.m5.large\"]"), @"11:20: fallback_classes: db.m5.large is there twice: write it once");
    assert_snapshot!(with("fallback_zones = [\"eu-west-1\", \"eu-west-1b\", \"us-west-2-lax-1a\"]"), @r#"11:19: fallback_zones: "eu-west-1" is not an availability zone: write the name of an availability zone, as "eu-west-1b""#);
    assert_snapshot!(with("fallback_zones = [\"a-b-1a\", \"a-b-1b\", \"a-b-1c\", \"a-b-1d\", \"a-b-1e\", \"a-b-1f\"]"), @"11:18: fallback_zones: 6 are more than 5: write the best 5");
    assert_snapshot!(with("fallback_classes = \"db.m5.large\""), @r#"11:20: fallback_classes: expected a list of up to 5, found the text "db.m5.large": write fallback_classes = ["db.r6g.large"]"#);
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
    assert_snapshot!(with("replace_after = \"10m\""), @"11:17: replace_after: 10m is too short: write 15m or more");
    assert_snapshot!(with("replace_after = \"8d\""), @"11:17: replace_after: 8d is too long: write 7d or less");
    assert_snapshot!(with("lag_bound = \"1h30\""), @r#"11:16: lag_bound: "1h30" has a number without a unit: write a unit, as "30s", "30m" or "30h""#);
}

#[test]
fn tags_are_such_as_aws_takes_and_none_of_its_own_or_ours() {
    assert_snapshot!(with("tags = { \"tidegate:pin\" = \"yes\" }"), @r#"11:10: tags: "tidegate:pin" is not a tag's key: tidegate: is Tidegate's own: write another key"#);
    assert_snapshot!(with("tags = { \"AWS:team\" = \"data\", team = \"a;b\" }"), @r#"
    11:10: tags: "AWS:team" is not a tag's key: write 1 to 128 letters (a to z), digits, spaces and _ . : / = + - @, not aws: or rds: in front, as "team"
    11:38: tags.team: "a;b" is not a tag's value: write 1 to 256 letters (a to z), digits, spaces and _ . : / = + - @, not aws: or rds: in front, as "tidegate"
    "#);
    assert_snapshot!(with("tags = \"team\""), @r#"11:8: tags: expected a table, found the text "team": write tags = { team = "data" }"#);
    assert_snapshot!(with("tags = { team = 1 }"), @r#"11:17: tags.team: expected a tag's value in quotes, found the number 1: write tags.team = "data""#);
    let tags = |count: u32| {
        let tags: Vec<_> = (0..count).map(|nth| format!("t{nth} = \"x\"")).collect();
        with(&format!("tags = {{ {} }}", tags.join(", ")))
    };
    assert_eq!(tags(40), "nothing");
    assert_snapshot!(tags(41), @"11:8: tags: 41 are too many: write 40 or fewer, AWS allows 50 with Tidegate's own");
    let key = |length: usize| with(&format!("tags = {{ {} = \"x\" }}", "k".repeat(length)));
    assert_eq!(key(128), "nothing");
    assert!(key(129).contains("is not a tag's key"));
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
    assert_snapshot!(with("drain = { deadline = \"22m\" }"), @r#"11:22: drain.deadline: 22m is not longer than pool_lifetime (5m) + the proofs that no client is left before and after its record is gone (17m) = 22m, so no drain could succeed: write drain.deadline = "27m""#);
    assert_eq!(with("drain = { deadline = \"22m1s\" }"), "nothing");
    assert_snapshot!(told(&edited(&["pool_lifetime = \"1h\"", "cooldown = { out = \"1h\" }"])), @r#"11:17: drain.deadline: 45m (the default) is not longer than pool_lifetime (1h) + the proofs that no client is left before and after its record is gone (17m) = 1h17m, so no drain could succeed: write drain.deadline = "1h22m""#);
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
