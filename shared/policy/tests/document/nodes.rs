//! What a document says of replication groups: their keys, what their bounds of nodes have to keep, and which levers are opted into.

use insta::assert_snapshot;
use jiff::SignedDuration;
use tidegate_policy::observation::CapacityBounds;
use tidegate_policy::policy::{ClusterMode, PointsRequired, RedisNodes, Scaling, Signal, TargetKind};
use tidegate_policy::units::Count;

use crate::services::SERVICE;
use crate::{PRODUCTION, RIGHT, STAGING, edit, minutes, read, told};

/// A right document: nine lines, so that what is added stands in line 10.
const NODES: &str = r#"[[target]]
name = "sessions"
kind = "redis-nodes"
group = "sessions"
min = 2
max = 6
scale_out = ["memory > 75% for 10m", "cpu > 70% for 10m"]
scale_in = ["memory < 40% for 30m", "cpu < 40% for 30m"]
alert = []
"#;

/// The same with cluster mode enabled: what is added stands in line 11.
const SHARDED: &str = r#"[[target]]
name = "feeds"
kind = "redis-nodes"
group = "feeds"
cluster_mode = "enabled"
min = 4
max = 24
scale_out = ["memory > 75% for 10m", "cpu > 70% for 10m"]
scale_in = ["memory < 40% for 30m", "cpu < 40% for 30m"]
alert = []
"#;

const REFERENCE: &str = include_str!("../../src/document/mod.rs");

fn with(line: &str) -> String {
    told(&edit(NODES, &[line]))
}

fn sharded(lines: &[&str]) -> String {
    told(&edit(SHARDED, lines))
}

fn nodes_of(document: &str) -> (RedisNodes, Scaling) {
    let target = read(document).targets.remove(0);
    let TargetKind::RedisNodes(nodes) = target.kind else { panic!("{:?}", target.kind) };
    (nodes, target.scaling)
}

fn bounds(min: u32, max: u32) -> CapacityBounds {
    CapacityBounds { min: Count(min), max: Count(max) }
}

// What is right.

#[test]
fn the_groups_of_the_repository_are_those_of_the_mission() {
    for (document, group, failover, min, max, types) in
        [(PRODUCTION, "sessions", true, 2, 6, 2), (STAGING, "sessions-staging", false, 1, 2, 0)]
    {
        let policy = read(document);
        let target = policy.target("sessions").unwrap();
        let TargetKind::RedisNodes(nodes) = &target.kind else { panic!("{:?}", target.kind) };
        assert_eq!((nodes.group.as_str(), nodes.failover), (group, failover));
        assert_eq!((nodes.cluster_mode, nodes.shards), (ClusterMode::Disabled, None));
        assert_eq!(nodes.node_types.len(), types);
        assert_eq!((target.scaling.min, target.scaling.max), (Count(min), Count(max)));
        let rules = |rules: &[tidegate_policy::policy::ThresholdRule]| {
            rules.iter().map(|rule| rule.text.clone()).collect::<Vec<_>>()
        };
        let mut out = vec!["memory > 75% for 10m", "cpu > 70% for 10m"];
        if max == 6 {
            // A node takes ten minutes to come: a step of two for a spike, as replicas of the database have it.
            out.push("cpu > 90% for 5m add 2");
        }
        assert_eq!(rules(&target.scaling.scale_out), out);
        assert_eq!(rules(&target.scaling.scale_in), ["memory < 40% for 30m", "cpu < 40% for 30m"]);
    }
}

#[test]
fn the_example_of_the_reference_is_right() {
    let examples =
        REFERENCE.split("//! ```toml\n").skip(1).map(|rest| rest.split_once("//! ```\n").unwrap().0);
    let [example] = examples.filter(|example| example.contains("shards ")).collect::<Vec<_>>()[..] else {
        panic!("one example has shards");
    };
    let example = example.lines().map(|line| line.trim_start_matches("//!").trim_start()).collect::<Vec<_>>();
    let (nodes, scaling) = nodes_of(&example.join("\n"));
    assert_eq!(nodes.cluster_mode, ClusterMode::Enabled);
    assert_eq!((nodes.shards, nodes.replicas), (Some(bounds(2, 6)), bounds(1, 3)));
    assert_eq!((scaling.min, scaling.max), (Count(4), Count(24)));
}

#[test]
fn every_key_left_out_takes_its_documented_default() {
    let (nodes, scaling) = nodes_of(NODES);
    assert_snapshot!(format!("{nodes:#?}"), @r#"
    RedisNodes {
        group: "sessions",
        cluster_mode: Disabled,
        failover: true,
        replicas: CapacityBounds {
            min: Count(
                1,
            ),
            max: Count(
                5,
            ),
        },
        shards: None,
        node_types: [],
        change_within: 3600s,
    }
    "#);
    assert_eq!((scaling.cooldown.out, scaling.cooldown.in_), (minutes(10), minutes(15)));
    assert_eq!((scaling.stabilization.out, scaling.stabilization.in_), (SignedDuration::ZERO, minutes(5)));
    assert_eq!((scaling.evaluate_every, scaling.margin.0), (minutes(5), 10.0));
    assert!(scaling.track.is_empty());
    // The replicas of the one shard are what failover leaves.
    let (alone, _) = nodes_of(&edit(NODES, &["failover = false", "min = 1"]));
    assert_eq!((alone.failover, alone.replicas), (false, bounds(0, 5)));
    let (sharded, _) = nodes_of(SHARDED);
    assert_eq!((sharded.failover, sharded.replicas, sharded.shards), (true, bounds(1, 5), None));
}

#[test]
fn every_key_is_read() {
    let (nodes, _) = nodes_of(&edit(
        SHARDED,
        &[
            "group = 'feeds-2'",
            "failover = true",
            "replicas = { min = 2, max = 4 }",
            "shards = { min = 1, max = 500 }",
            "node_types = ['cache.t3.medium', 'cache.m7g.large', 'cache.r7g.16xlarge']",
            "change_within = '90m'",
        ],
    ));
    assert_snapshot!(format!("{nodes:#?}"), @r#"
    RedisNodes {
        group: "feeds-2",
        cluster_mode: Enabled,
        failover: true,
        replicas: CapacityBounds {
            min: Count(
                2,
            ),
            max: Count(
                4,
            ),
        },
        shards: Some(
            CapacityBounds {
                min: Count(
                    1,
                ),
                max: Count(
                    500,
                ),
            },
        ),
        node_types: [
            "cache.t3.medium",
            "cache.m7g.large",
            "cache.r7g.16xlarge",
        ],
        change_within: 5400s,
    }
    "#);
    // Each bound of the replicas has its own default.
    let replicas = |line: &str| nodes_of(&edit(SHARDED, &[line])).0.replicas;
    assert_eq!(replicas("replicas = { max = 3 }"), bounds(1, 3));
    assert_eq!(replicas("replicas = { min = 2 }"), bounds(2, 5));
    assert_eq!(nodes_of(&edit(NODES, &["cluster_mode = 'disabled'"])), nodes_of(NODES));
}

#[test]
fn rules_are_taken_apart() {
    for (written, signal, threshold, of) in [
        ("cpu > 70% for 10m", Signal::Cpu, 70.0, 10),
        ("memory > 75% for 10m", Signal::Memory, 75.0, 10),
        ("evictions > 100 for 5m", Signal::Evictions, 100.0, 5),
        ("evictions > 0.5 for 5m", Signal::Evictions, 0.5, 5),
        ("connections > 1000 for 5m", Signal::NodeConnections, 1_000.0, 5),
    ] {
        let rule = nodes_of(&edit(NODES, &[&format!("scale_out = ['{written}']")])).1.scale_out.remove(0);
        assert_eq!((rule.signal, rule.threshold), (signal, threshold), "{written}");
        assert_eq!((rule.points, rule.step), (PointsRequired::All { of }, Count::ONE), "{written}");
    }
    let (_, scaling) = nodes_of(&edit(
        NODES,
        &["scale_out = ['cpu > 70% for 10m add 2']", "scale_in = ['evictions < 1 for 30m']"],
    ));
    assert_eq!(scaling.scale_out[0].step, Count(2));
    assert_eq!((scaling.scale_in[0].signal, scaling.scale_in[0].threshold), (Signal::Evictions, 1.0));
    // A group may grow by a node type alone, which is never taken back.
    assert_eq!(with("scale_in = []"), "nothing");
}

// What is wrong.

#[test]
fn required_keys_are_asked_for_and_the_kind_is_told_by_the_group() {
    assert_snapshot!(told("[[target]]\nname = 'sessions'\nkind = 'redis-nodes'\n"), @r#"
    1:1: target "sessions" has no "min": add it, as min = 2
    1:1: target "sessions" has no "max": add it, as max = 5
    1:1: target "sessions" has no "group": add it, as group = "sessions"
    "#);
    assert_snapshot!(told("[[target]]\nname = 'sessions'\ngroup = 'sessions'\nmin = 2\nmax = 3\n"), @r#"
    1:1: target "sessions" has no "kind": add it, as kind = "redis-nodes"
    1:1: nothing would ever scale target "sessions": add scale_out and scale_in, or windows
    "#);
    assert_snapshot!(with("kind = 'redis-node'"), @r#"3:8: unknown kind "redis-node": did you mean "redis-nodes"? this version supports "rds-replicas", "ecs-service" and "redis-nodes""#);
    assert_snapshot!(sharded(&["shards = { }"]), @r#"
    11:10: "shards" has no "min": add it, as min = 1
    11:10: "shards" has no "max": add it, as max = 3
    "#);
}

#[test]
fn groups_are_ids_as_elasticache_stores_them() {
    assert_snapshot!(with("group = 'Sessions'"), @r#"4:9: group: "Sessions" is not a replication group's id: ElastiCache stores ids in lower case: write "sessions""#);
    assert_snapshot!(with("group = 'arn:aws:elasticache:eu-west-1:123456789012:replicationgroup:sessions'"), @r#"4:9: group: "arn:aws:elasticache:eu-west-1:123456789012:replicationgroup:sessions" is not a replication group's id: this is an ARN: write the id at its end, "sessions""#);
    assert_snapshot!(with("group = 'arn:aws:elasticache:eu-west-1:123456789012:serverlesscache:sessions'"), @r#"4:9: group: "arn:aws:elasticache:eu-west-1:123456789012:serverlesscache:sessions" is not a replication group's id: a serverless cache has no nodes to scale: write the id of a replication group"#);
    assert_snapshot!(with("group = 'arn:aws:elasticache:eu-west-1:123456789012:cluster:sessions-001'"), @r#"4:9: group: "arn:aws:elasticache:eu-west-1:123456789012:cluster:sessions-001" is not a replication group's id: this is the ARN of one node: write the id of its replication group"#);
    // What would be wrong itself is not proposed.
    assert_snapshot!(with("group = 'My--Sessions'"), @r#"4:9: group: "My--Sessions" is not a replication group's id: write 1 to 40 lower-case letters, digits and single hyphens that begin with a letter and do not end with a hyphen"#);
    assert_snapshot!(with("group = 'sessions.abc123.ng.0001.euw1.cache.amazonaws.com'"), @r#"4:9: group: "sessions.abc123.ng.0001.euw1.cache.amazonaws.com" is not a replication group's id: write 1 to 40 lower-case letters, digits and single hyphens that begin with a letter and do not end with a hyphen"#);
    for wrong in ["", "1-sessions", "-sessions", "sessions-", "my--sessions", "my_sessions"] {
        let told = with(&format!("group = '{wrong}'"));
        assert!(
            told.starts_with(&format!(
                "4:9: group: {wrong:?} is not a replication group's id: write 1 to 40 "
            )),
            "{told}"
        );
    }
    assert_eq!(with(&format!("group = '{}'", "a".repeat(40))), "nothing");
    assert!(with(&format!("group = '{}'", "a".repeat(41))).starts_with("4:9: group: "));
    assert_snapshot!(with("group = 7"), @r#"4:9: group: expected a replication group's id in quotes, found the number 7: write group = "sessions""#);
}

#[test]
fn cluster_mode_decides_which_keys_there_are() {
    assert_snapshot!(with("cluster_mode = 'enable'"), @r#"10:16: cluster_mode: unknown choice "enable": did you mean "enabled"?"#);
    assert_snapshot!(with("cluster_mode = 'on'"), @r#"10:16: cluster_mode: unknown choice "on": write "disabled" or "enabled""#);
    assert_snapshot!(with("cluster_mode = true"), @r#"10:16: cluster_mode: expected "disabled" or "enabled", found true: write cluster_mode = "enabled""#);
    assert_snapshot!(told(&edit(NODES, &["replicas = { min = 1, max = 3 }", "shards = { min = 2, max = 6 }"])), @r#"
    10:1: replicas: with cluster mode disabled min and max of the target say how many replicas there are, one less than nodes: remove it, or write cluster_mode = "enabled"
    11:1: shards: with cluster mode disabled there is one shard for ever: remove it, or write cluster_mode = "enabled"
    "#);
    // With either of them the mode was most likely forgotten, and then more nodes are right.
    assert!(!told(&edit(NODES, &["max = 24", "replicas = { max = 3 }"])).contains("max: 24"));
    assert_snapshot!(sharded(&["failover = false"]), @"11:12: failover: with cluster mode enabled every shard fails over by itself, and keeps a replica for it: write true, or leave it out");
    assert_snapshot!(with("failover = 'no'"), @r#"10:12: failover: expected true or false, found the text "no": write failover = true"#);
    // Where the mode cannot be read, what depends on it is not held against the rest.
    assert_snapshot!(told(&edit(NODES, &["cluster_mode = 'en'", "max = 24", "shards = { min = 2, max = 6 }"])), @r#"10:16: cluster_mode: unknown choice "en": write "disabled" or "enabled""#);
}

#[test]
fn a_group_without_shards_has_one_to_six_nodes() {
    let of = |failover: bool, min: u32, max: u32| {
        let lines = [format!("failover = {failover}"), format!("min = {min}"), format!("max = {max}")];
        told(&edit(NODES, &lines.each_ref().map(String::as_str)))
    };
    assert_eq!(of(true, 2, 6), "nothing");
    assert_eq!(of(true, 2, 2), "nothing");
    assert_eq!(of(false, 1, 1), "nothing");
    assert_eq!(of(false, 1, 6), "nothing");
    assert_snapshot!(of(true, 1, 6), @"5:7: min: 1 leaves no replica, and failover needs one: write 2 or more, or failover = false");
    assert_snapshot!(of(true, 0, 1), @"
    5:7: min: 0 leaves no replica, and failover needs one: write 2 or more, or failover = false
    6:7: max: 1 leaves no replica, and failover needs one: write 2 or more, or failover = false
    ");
    assert_snapshot!(of(false, 0, 6), @"5:7: min: 0 leaves no primary: write 1 or more");
    assert_snapshot!(of(true, 2, 7), @"6:7: max: 7 is more than the 6 nodes that a group with cluster mode disabled can have, a primary and 5 replicas: write 6 or less");
    assert_snapshot!(of(false, 7, 8), @"
    5:7: min: 7 is more than the 6 nodes that a group with cluster mode disabled can have, a primary and 5 replicas: write 6 or less
    6:7: max: 8 is more than the 6 nodes that a group with cluster mode disabled can have, a primary and 5 replicas: write 6 or less
    ");
}

#[test]
fn replicas_of_a_shard_are_one_to_five() {
    assert_eq!(sharded(&["replicas = { min = 1, max = 5 }"]), "nothing");
    assert_snapshot!(sharded(&["replicas = { max = 6 }"]), @"11:20: replicas.max: 6 is more than the 5 replicas that ElastiCache lets a shard have: write 5 or less");
    assert_snapshot!(sharded(&["replicas = { min = 0, max = 0 }"]), @"
    11:20: replicas.min: 0 leaves no replica, and failover needs one: write 1 or more
    11:29: replicas.max: 0 leaves no replica, and failover needs one: write 1 or more
    ");
    assert_snapshot!(sharded(&["replicas = { min = 4, max = 2 }"]), @"11:20: replicas.min: 4 is above replicas.max, which is 2: write 2 or less");
    assert_snapshot!(sharded(&["replicas = { min = '1', most = 3 }"]), @r#"
    11:20: replicas.min: expected a whole number, found the text "1": write replicas.min = 1
    11:25: unknown key "most" in "replicas": remove it; known are "min" and "max"
    "#);
    assert_snapshot!(sharded(&["replicas = 2"]), @"11:12: replicas: expected a table, found the number 2: write replicas = { min = 1, max = 3 }");
}

#[test]
fn shards_are_one_to_five_hundred() {
    assert_snapshot!(sharded(&["shards = { min = 0, max = 501 }"]), @"
    11:18: shards.min: 0 is out of range: write 1 to 500
    11:27: shards.max: 501 is out of range: write 1 to 500
    ");
    assert_snapshot!(sharded(&["shards = { min = 6, max = 2 }"]), @"11:18: shards.min: 6 is above shards.max, which is 2: write 2 or less");
    assert_snapshot!(sharded(&["shards = { min = 2 }"]), @r#"11:10: "shards" has no "max": add it, as max = 3"#);
    // So many that not even the fewest replicas fit.
    assert_eq!(sharded(&["max = 500", "shards = { min = 250, max = 300 }"]), "nothing");
    assert_snapshot!(sharded(&["max = 500", "shards = { min = 251, max = 300 }"]), @"11:18: shards.min: 251 x (1 + 1) are 502 nodes, more than the 500 that ElastiCache lets a group have: write 250 or less");
    assert_snapshot!(sharded(&["max = 501"]), @"7:7: max: 501 is more than the 500 nodes that ElastiCache lets a group have: write 500 or less");
}

#[test]
fn bounds_of_nodes_agree_with_shards_and_replicas() {
    let of = |min: u32, max: u32, shards: &str, replicas: &str| {
        let lines = [
            format!("min = {min}"),
            format!("max = {max}"),
            format!("shards = {shards}"),
            format!("replicas = {replicas}"),
        ];
        sharded(&lines.each_ref().map(String::as_str))
    };
    // 2 shards of 1 + 1 are the fewest, 6 of 1 + 3 the most.
    let (shards, replicas) = ("{ min = 2, max = 6 }", "{ min = 1, max = 3 }");
    assert_eq!(of(4, 24, shards, replicas), "nothing");
    assert_eq!(of(2, 4, shards, replicas), "nothing");
    assert_eq!(of(24, 24, shards, replicas), "nothing");
    assert_snapshot!(of(2, 3, shards, replicas), @"7:7: max: 3 is less than the 4 nodes that shards.min and replicas.min ask for, 2 x (1 + 1): write 4 or more, or lower shards.min or replicas.min");
    assert_snapshot!(of(25, 30, shards, replicas), @"6:7: min: 25 is more than the 24 nodes that shards.max and replicas.max allow, 6 x (1 + 3): write 24 or less, or raise shards.max");
    assert_snapshot!(of(1, 24, shards, replicas), @"6:7: min: 1 leaves no replica, and with cluster mode enabled every shard needs one to fail over to: write 2 or more");
    assert_snapshot!(of(501, 501, "{ min = 2, max = 500 }", replicas), @"
    6:7: min: 501 is more than the 500 nodes that ElastiCache lets a group have: write 500 or less
    7:7: max: 501 is more than the 500 nodes that ElastiCache lets a group have: write 500 or less
    ");
    // Without shards nothing is known of their number, but that there is one.
    assert_eq!(sharded(&["min = 2", "max = 3", "replicas = { min = 2 }"]), "nothing");
    assert_snapshot!(sharded(&["min = 2", "max = 3", "replicas = { min = 3 }"]), @"7:7: max: 3 is less than the 4 nodes that replicas.min asks for, 1 + 3 in one shard: write 4 or more, or lower replicas.min");
    assert_eq!(sharded(&["min = 400", "max = 500"]), "nothing");
}

#[test]
fn windows_keep_what_the_group_can_have() {
    let window = |document: &str, bounds: &str| {
        let line =
            format!("windows = [{{ days = 'daily', from = '08:00', to = '20:00', zone = 'UTC', {bounds} }}]");
        told(&edit(document, &[&line]))
    };
    assert_eq!(window(NODES, "min = 3, max = 4"), "nothing");
    assert_snapshot!(window(NODES, "max = 1"), @"10:80: windows.max: 1 leaves no replica, and failover needs one: write 2 or more, or failover = false");
    assert_snapshot!(window(NODES, "min = 7"), @"10:80: windows.min: 7 is more than the 6 nodes that a group with cluster mode disabled can have, a primary and 5 replicas: write 6 or less");
    // Both the target's and the window's, at once.
    assert_snapshot!(window(&edit(NODES, &["min = 1"]), "max = 1"), @"
    5:7: min: 1 leaves no replica, and failover needs one: write 2 or more, or failover = false
    10:80: windows.max: 1 leaves no replica, and failover needs one: write 2 or more, or failover = false
    ");
    let alone = edit(NODES, &["failover = false", "min = 1"]);
    assert_eq!(window(&alone, "max = 1"), "nothing");
    assert_snapshot!(window(&alone, "max = 0"), @"11:80: windows.max: 0 leaves no primary: write 1 or more");
    let shards =
        edit(SHARDED, &["min = 2", "max = 100", "shards = { min = 2, max = 6 }", "replicas = { max = 3 }"]);
    assert_eq!(window(&shards, "min = 2, max = 4"), "nothing");
    assert_snapshot!(window(&shards, "max = 3"), @"13:80: windows.max: 3 is less than the 4 nodes that shards.min and replicas.min ask for, 2 x (1 + 1): write 4 or more, or lower shards.min or replicas.min");
    assert_snapshot!(window(&shards, "min = 25"), @"13:80: windows.min: 25 is more than the 24 nodes that shards.max and replicas.max allow, 6 x (1 + 3): write 24 or less, or raise shards.max");
}

#[test]
fn node_types_are_a_ladder_of_elasticache() {
    let types = |types: &str| with(&format!("node_types = [{types}]"));
    assert_eq!(
        types("'cache.t3.medium', 'cache.m7g.large', 'cache.m7g.xlarge', 'cache.m7g.12xlarge'"),
        "nothing"
    );
    assert_snapshot!(types("'db.t3.medium', 't3.large', 'Cache.M7g.Large', 'cache.m7g', 'cache..large', 'large'"), @r#"
    10:15: node_types: "db.t3.medium" is not a node type: did you mean "cache.t3.medium"?
    10:31: node_types: "t3.large" is not a node type: did you mean "cache.t3.large"?
    10:43: node_types: "Cache.M7g.Large" is not a node type: did you mean "cache.m7g.large"?
    10:62: node_types: "cache.m7g" is not a node type: write one, as "cache.m7g.large"
    10:75: node_types: "cache..large" is not a node type: write one, as "cache.m7g.large"
    10:91: node_types: "large" is not a node type: write one, as "cache.m7g.large"
    "#);
    assert_snapshot!(types(""), @"10:14: node_types: none is no ladder: write the group's own and one that is larger, or leave it out");
    assert_snapshot!(types("'cache.t3.medium'"), @"10:14: node_types: one is no ladder: write the group's own and one that is larger, or leave it out");
    assert_snapshot!(types("'cache.t3.medium', 'cache.m7g.large', 'cache.t3.medium'"), @r#"10:53: node_types: "cache.t3.medium" is named twice: name each node type once"#);
    assert_snapshot!(types("'cache.m7g.2xlarge', 'cache.m7g.xlarge'"), @r#"10:36: node_types: "cache.m7g.xlarge" is smaller than "cache.m7g.2xlarge" before it, and a group only grows: write the smallest first"#);
    assert_snapshot!(types("'cache.t3.medium', 'cache.t3.micro', 'cache.t3.small'"), @r#"
    10:34: node_types: "cache.t3.micro" is smaller than "cache.t3.medium" before it, and a group only grows: write the smallest first
    10:52: node_types: "cache.t3.small" is smaller than "cache.t3.medium" before it, and a group only grows: write the smallest first
    "#);
    // Which of two families is the smaller, and what a new size is worth, is not known here.
    assert_eq!(types("'cache.r7g.large', 'cache.m7g.xlarge', 'cache.m7g.metal'"), "nothing");
    assert_snapshot!(types("'cache.t3.medium', 3"), @r#"10:34: node_types: expected a node type in quotes, found the number 3: write node_types = ["cache.t3.medium", "cache.m7g.large"]"#);
    assert_snapshot!(with("node_types = 'cache.m7g.large'"), @r#"10:14: node_types: expected a list of node types, found the text "cache.m7g.large": write node_types = ["cache.t3.medium", "cache.m7g.large"]"#);
}

#[test]
fn a_change_has_its_time() {
    assert_eq!(with("change_within = '24h'"), "nothing");
    assert_eq!(with("change_within = '10m'"), "nothing");
    assert_snapshot!(with("change_within = '9m'"), @"10:17: change_within: 9m is too short: write 10m or more");
    assert_snapshot!(with("change_within = '2d'"), @"10:17: change_within: 2d is too long: a change that takes a day is stuck, so write 1d or less");
    assert_snapshot!(with("change_within = 60"), @r#"10:17: change_within: expected a duration with its unit in quotes, found the number 60: write change_within = "1h""#);
}

#[test]
fn rules_say_what_to_write_instead() {
    let rule =
        |key: &str, rule: &str| told(&edit(NODES, &["scale_in = []", &format!("{key} = [\"{rule}\"]")]));
    assert_snapshot!(rule("alert", "replica cpu > 70% for 10m"), @r#"9:11: "replica cpu > 70% for 10m": "replica cpu" is a signal of another kind of target: write "cpu", "memory", "evictions" or "connections""#);
    assert_snapshot!(rule("alert", "queue depth > 7 for 10m"), @r#"9:11: "queue depth > 7 for 10m": "queue depth" is a signal of another kind of target: write "cpu", "memory", "evictions" or "connections""#);
    assert_snapshot!(rule("alert", "eviction > 100 for 5m"), @r#"9:11: "eviction > 100 for 5m": unknown signal "eviction": did you mean "evictions"? known are "cpu", "memory", "evictions" and "connections""#);
    assert_snapshot!(rule("alert", "evictions > 5% for 5m"), @r#"9:23: "evictions > 5% for 5m": evictions are compared with a plain number: write "5""#);
    assert_snapshot!(rule("alert", "evictions > 0 for 5m"), @r#"9:23: "evictions > 0 for 5m": evictions are never below zero: write a number above 0"#);
    assert_snapshot!(rule("scale_out", "memory > 75 for 10m"), @r#"7:24: "memory > 75 for 10m": memory is compared with a percentage: write "75%""#);
    assert_snapshot!(rule("scale_out", "cpu > 70% for 10m add 7"), @r#"7:37: "cpu > 70% for 10m add 7": "add 7" is out of range: write 1 to 6, which is max"#);
    assert_snapshot!(rule("scale_in", "memory < 75% for 30m"), @r#"8:13: scale_in "memory < 75% for 30m" (line 8) agrees to remove where scale_out "memory > 75% for 10m" (line 7) adds: write a threshold well below 75%"#);
    assert_snapshot!(told(&edit(RIGHT, &["alert = ['evictions > 100 for 5m']"])), @r#"11:11: "evictions > 100 for 5m": "evictions" is a signal of another kind of target: write "primary cpu", "replica cpu", "primary connections", "replica connections", "connections", "lag", "primary read latency", "replica read latency", "primary disk queue" or "replica disk queue""#);
    assert_snapshot!(told(&edit(SERVICE, &["alert = ['evictions > 100 for 5m']"])), @r#"10:11: "evictions > 100 for 5m": "evictions" is a signal of another kind of target: write "cpu", "memory", "requests per target", "p95 latency", "error rate", "queue depth", "queue age" or "backlog per task""#);
}

#[test]
fn connections_are_a_number_and_add_nothing_with_cluster_mode_enabled() {
    let of = |document: &str, key: &str, rule: &str| {
        told(&edit(document, &["scale_in = []", &format!("{key} = ['cpu > 70% for 10m', '{rule}']")]))
    };
    assert_eq!(of(NODES, "scale_out", "connections > 1000 for 5m"), "nothing");
    assert_snapshot!(of(NODES, "scale_out", "connections > 80% for 5m"), @r#"7:50: "connections > 80% for 5m": connections are compared with a plain number: write "80""#);
    assert_snapshot!(of(NODES, "scale_out", "connections > many for 5m"), @r#"7:50: "connections > many for 5m": connections are compared with a plain number: write "1000""#);
    assert_snapshot!(of(NODES, "scale_out", "connections > 0 for 5m"), @r#"7:50: "connections > 0 for 5m": connections are never below zero: write a number above 0"#);
    assert_snapshot!(of(SHARDED, "scale_out", "connections > 1000 for 5m"), @r#"8:36: "connections > 1000 for 5m": with cluster mode enabled clients connect to every node, and more nodes lower the connections of none: move the rule to alert"#);
    assert_eq!(of(SHARDED, "alert", "connections > 1000 for 5m"), "nothing");
    assert_eq!(
        told(&edit(SHARDED, &["scale_in = ['cpu < 40% for 30m', 'connections < 500 for 30m']"])),
        "nothing"
    );
}

#[test]
fn nothing_is_tracked() {
    assert_snapshot!(with("track = ['cpu at 60%']"), @"10:1: track: ElastiCache's own auto scaling tracks, and this kind is for what that does not: remove it, and write scale_out and scale_in");
    assert_snapshot!(with("track = []"), @"10:1: track: ElastiCache's own auto scaling tracks, and this kind is for what that does not: remove it, and write scale_out and scale_in");
}

#[test]
fn a_target_that_nothing_would_scale_is_told() {
    let by = |lines: &[&str]| told(&edit(NODES, &[&["scale_out = []", "scale_in = []"], lines].concat()));
    assert_snapshot!(by(&["alert = ['evictions > 100 for 5m']"]), @r#"1:1: nothing would ever scale target "sessions": add scale_out and scale_in, or windows"#);
    assert_eq!(
        by(&["windows = [{ days = 'daily', from = '08:00', to = '20:00', zone = 'UTC', min = 3 }]"]),
        "nothing"
    );
}

#[test]
fn events_name_no_group() {
    let event = "[[event]]\nname = 'sale'\ntarget = 'sessions'\nfrom = 2026-11-27T18:00:00Z\nto = 2026-11-27T20:00:00Z\nrequests_per_minute = 500\n";
    assert_snapshot!(told(&format!("{NODES}{event}")), @r#"12:10: event "sale": target "sessions" is no ECS service, and only those have planned events: write a capacity window instead"#);
}

#[test]
fn two_targets_share_no_group_and_kinds_stand_together() {
    let second = NODES.replace("name = \"sessions\"", "name = \"sessions-2\"");
    assert_snapshot!(told(&format!("{NODES}{second}")), @r#"10:1: target "sessions-2": group "sessions" is already that of target "sessions": one target holds the nodes of a group"#);
    assert_eq!(
        told(&format!("{NODES}{}", second.replace("group = \"sessions\"", "group = \"others\""))),
        "nothing"
    );
    assert_eq!(told(&format!("{RIGHT}{SERVICE}{NODES}{SHARDED}")), "nothing");
}

#[test]
fn unknown_keys_and_those_of_other_kinds_are_told() {
    assert_snapshot!(with("spot = { share = '50%' }"), @r#"10:1: unknown key "spot" in target "sessions": remove it; known are "name", "kind", "min", "max", "group", "cluster_mode", "failover", "replicas", "shards", "node_types", "change_within", "evaluate_every", "scale_out", "scale_in", "alert", "windows", "cooldown", "stabilization", "rate_limit", "at_maximum_for", "margin", "override_for" and "forecast""#);
    assert_snapshot!(with("node_type = ['cache.t3.medium', 'cache.m7g.large']"), @r#"10:1: unknown key "node_type" in target "sessions": did you mean "node_types"?"#);
    assert_snapshot!(told(&edit(RIGHT, &["shards = { min = 2, max = 6 }"])), @r#"11:1: unknown key "shards" in target "orders": remove it; known are "name", "kind", "min", "max", "source", "engine", "class", "fallback_classes", "fallback_zones", "security_groups", "reader", "prefix", "owner", "tags", "floor", "lag_bound", "max_connections", "pool_lifetime", "creations_per_day", "replace_after", "drain", "evaluate_every", "scale_out", "scale_in", "alert", "track", "windows", "cooldown", "stabilization", "rate_limit", "at_maximum_for", "margin", "override_for" and "forecast""#);
}

#[test]
fn everything_wrong_is_told_at_once() {
    assert_snapshot!(told(&edit(
        NODES,
        &[
            "group = 'Sessions'",
            "min = 1",
            "max = 9",
            "scale_out = ['memory > 75 for 10m']",
            "cluster = 'prod'",
            "node_types = ['db.t3.medium', 'cache.m7g.large']",
            "change_within = '5m'",
            "track = ['memory at 60%']",
        ],
    )), @r#"
    4:9: group: "Sessions" is not a replication group's id: ElastiCache stores ids in lower case: write "sessions"
    5:7: min: 1 leaves no replica, and failover needs one: write 2 or more, or failover = false
    6:7: max: 9 is more than the 6 nodes that a group with cluster mode disabled can have, a primary and 5 replicas: write 6 or less
    7:24: "memory > 75 for 10m": memory is compared with a percentage: write "75%"
    10:1: unknown key "cluster" in target "sessions": remove it; known are "name", "kind", "min", "max", "group", "cluster_mode", "failover", "replicas", "shards", "node_types", "change_within", "evaluate_every", "scale_out", "scale_in", "alert", "track", "windows", "cooldown", "stabilization", "rate_limit", "at_maximum_for", "margin", "override_for" and "forecast"
    11:15: node_types: "db.t3.medium" is not a node type: did you mean "cache.t3.medium"?
    12:17: change_within: 5m is too short: write 10m or more
    13:1: track: ElastiCache's own auto scaling tracks, and this kind is for what that does not: remove it, and write scale_out and scale_in
    "#);
}
