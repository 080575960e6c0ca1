//! Goal: a group refuses what ElastiCache refuses, and takes its time for the rest. Method: one change at a time of a group that is at rest.

use jiff::{SignedDuration, Timestamp};

use super::group::{Group, Member, Refused, Shard};

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_000_000 + seconds)
}

fn group(shards: usize, nodes: usize, cluster_mode: bool) -> Group {
    let mut group = Group::new("g".to_owned(), cluster_mode, true, "cache.m7g.large".to_owned());
    for shard in 1..=shards {
        let id = format!("{shard:04}");
        let node = |node: usize| {
            let zone = ["eu-west-1a", "eu-west-1b", "eu-west-1c"][(node - 1) % 3];
            Member::first(format!("g-{id}-{node:03}"), zone.to_owned(), node == 1)
        };
        let members = (1..=nodes).map(node).collect();
        group.shards.push(Shard { id, members });
    }
    group
}

fn of(shard: &str, count: usize) -> Vec<(String, usize)> {
    vec![(shard.to_owned(), count)]
}

/// The code of a refusal.
fn code(result: Result<(), Refused>) -> &'static str {
    result.expect_err("it is refused").0
}

fn states(group: &mut Group, seconds: i64) -> Vec<(String, &'static str)> {
    group.settle(at(seconds));
    let members = group.shards.iter().flat_map(|shard| &shard.members);
    members.map(|member| (member.id.clone(), member.status(at(seconds)))).collect()
}

#[test]
fn a_node_is_creating_while_its_group_is_available_again() {
    let mut group = group(1, 2, false);
    assert_eq!(group.increase(&of("0001", 2), at(0)), Ok(()));
    let new = ("g-0001-003".to_owned(), "creating");
    assert_eq!((group.status(at(1)), states(&mut group, 1).pop()), ("modifying", Some(new.clone())));
    assert_eq!(code(group.increase(&of("0001", 3), at(1))), "InvalidReplicationGroupState");
    assert_eq!((group.status(at(100)), states(&mut group, 100).pop()), ("available", Some(new)));
    assert_eq!(code(group.increase(&of("0001", 3), at(100))), "InvalidCacheClusterState");
    let named = |at: Timestamp| group.shards[0].members[2].is_named(at, group.spells);
    assert_eq!([at(104), at(105)].map(named), [false, true]);
    assert_eq!(states(&mut group, 211).pop(), Some(("g-0001-003".to_owned(), "available")));
    assert_eq!(group.shards[0].members[2].zone, "eu-west-1c", "where the fewest are");
    assert_eq!(group.increase(&of("0001", 3), at(211)), Ok(()));
}

#[test]
fn replicas_have_bounds_and_a_primary_is_never_removed() {
    let mut three = group(1, 3, false);
    assert_eq!(code(three.increase(&of("0001", 6), at(0))), "InvalidParameterValue");
    assert_eq!(code(three.increase(&of("0001", 1), at(0))), "InvalidParameterValue");
    assert_eq!(code(three.increase(&of("0001", 2), at(0))), "NoOperationFault");
    assert_eq!(code(three.increase(&of("0009", 3), at(0))), "InvalidParameterValue");
    assert_eq!(code(three.decrease(&of("0001", 3), at(0))), "InvalidParameterValue");
    assert_eq!(code(three.decrease(&of("0001", 0), at(0))), "InvalidParameterValue", "failover needs one");
    let named = |name: &str| [name.to_owned()];
    assert_eq!(code(three.remove(&named("g-0001-001"), at(0))), "InvalidParameterValue");
    three.fail_over(at(0));
    assert_eq!(code(three.remove(&named("g-0001-003"), at(0))), "InvalidParameterValue");
    assert_eq!(three.remove(&named("g-0001-001"), at(0)), Ok(()));
    assert_eq!(states(&mut three, 149)[0].1, "deleting");
    let named = |at: Timestamp| three.shards[0].members[0].is_named(at, three.spells);
    assert_eq!([at(74), at(75)].map(named), [true, false]);
    let left: Vec<String> = states(&mut three, 151).into_iter().map(|(id, _)| id).collect();
    assert_eq!(left, ["g-0001-002", "g-0001-003"]);
    assert_eq!(three.increase(&of("0001", 2), at(151)), Ok(()));
    assert!(states(&mut three, 152).contains(&("g-0001-001".to_owned(), "creating")), "a name comes again");
}

#[test]
fn keys_move_for_a_while_before_a_shard_is_gone() {
    let mut three = group(3, 2, true);
    assert_eq!(code(group(1, 2, false).reshard(2, &[], at(0))), "InvalidParameterValue");
    assert_eq!(code(three.reshard(2, &[], at(0))), "InvalidParameterValue", "which?");
    assert_eq!(code(three.reshard(3, &[], at(0))), "InvalidParameterValue");
    assert_eq!(three.reshard(4, &[], at(0)), Ok(()));
    assert_eq!(states(&mut three, 1).len(), 8, "the new shard has a replica, as the others");
    assert_eq!(three.progress(at(135)).map(f64::round), Some(50.0));
    states(&mut three, 271);
    assert_eq!((three.status(at(271)), three.progress(at(271))), ("available", None));
    assert_eq!(three.reshard(3, &["0002".to_owned()], at(271)), Ok(()));
    assert_eq!((states(&mut three, 500).len(), states(&mut three, 542).len()), (8, 6));
    assert!(three.shards.iter().all(|shard| shard.id != "0002"));
}

#[test]
fn a_group_grows_to_a_larger_type_and_to_no_other() {
    let mut group = group(1, 2, false);
    assert_eq!(group.larger(), ["cache.m7g.xlarge", "cache.m7g.2xlarge"]);
    assert_eq!(code(group.grow("cache.m7g.large", at(0))), "InvalidParameterValue");
    assert_eq!(code(group.grow("cache.r7g.large", at(0))), "InvalidParameterValue");
    assert_eq!(group.grow("cache.m7g.2xlarge", at(0)), Ok(()));
    states(&mut group, 269);
    assert_eq!((group.node_type.as_str(), group.status(at(269))), ("cache.m7g.large", "modifying"));
    states(&mut group, 271);
    assert_eq!((group.node_type.as_str(), group.larger().len()), ("cache.m7g.2xlarge", 0));
    assert!(group.shards[0].members[1].is_primary, "the primary was replaced");
}
