//! How many members a target may have, that something scales it, and how fast.

use insta::assert_snapshot;
use tidegate_policy::policy::RateLimit;
use tidegate_policy::units::Count;

use crate::{edited, minutes, scaling, told, with};

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
    assert_snapshot!(with("cooldown = { out = \"4m\" }"), @r#"11:20: cooldown.out: 4m is less than pool_lifetime, 5m: a new replica stays idle until pools recycle: write cooldown.out = "5m" or more"#);
    assert_snapshot!(with("pool_lifetime = \"15m\""), @r#"11:17: cooldown.out: 5m (the default) is less than pool_lifetime, 15m: a new replica stays idle until pools recycle: write cooldown.out = "15m" or more"#);
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
