//! What an adversary tries: data that is missing where it decides, one full shard among empty ones, and memories that mislead.

use tidegate_policy::policy::RateLimit;
use tidegate_policy::units::Count;

use super::fixture::{IDLE, World, minutes};

#[test]
fn a_rate_limit_counts_the_changes_of_a_group() {
    let mut world = World::disabled(5).under(IDLE);
    world.target.scaling.rate_limit.in_ = Some(RateLimit { members: Count(1), period: minutes(120) });
    let _ = world.step();
    world.pass(20);
    let _ = world.step();
    world.pass(20);
    assert_eq!(world.says(), "4 -> 4 rate_limited: nothing");
}
