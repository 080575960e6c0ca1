//! Direct commands: taken into the ledger, followed within the policy's bounds, and over by themselves.

use tidegate_policy::observation::Reading;
use tidegate_policy::order::{Order, Until, take};
use tidegate_policy::policy::ServiceMetric;
use tidegate_policy::reason::Reason;
use tidegate_policy::units::Count;

use super::fixture::{World, minutes, sale, window};

fn hold(min: Option<u32>, max: Option<u32>, until: Option<&str>) -> Order {
    Order::Hold {
        min: min.map(Count),
        max: max.map(Count),
        until: until.map(|until| Until::At(until.parse().unwrap())),
        sent_at: None,
    }
}

fn ordered(mut world: World, order: &Order) -> World {
    take(&world.target, &mut world.history, order, world.now).unwrap();
    world
}

#[test]
fn a_count_holds_whatever_signals_and_windows_say_until_it_is_over() {
    let mut world = World::idle(6);
    world.target.scaling.windows.push(window("08:00", "22:00", "UTC", Some(4), None));
    let mut world = ordered(world, &hold(Some(2), Some(2), None));
    assert_eq!(world.says(), "6 -> 2 scale_in_maximum: desired count of production/api: 6 -> 2");
    let _ = world.step();
    world.go_to(world.now + minutes(58));
    assert_eq!(world.plan().decision.desired, Count(2));
    world.go_to(world.now + minutes(1));
    let plan = world.plan();
    assert_eq!(plan.alerts[0].explanation.reason, Reason::OrderOver);
    assert_eq!(plan.decision.desired, Count(4), "the window holds again");
    assert_eq!(plan.history.orders.bounds, None);
}

#[test]
fn a_minimum_is_raised_until_the_time_that_was_said() {
    let world = ordered(World::idle(2), &hold(Some(5), None, Some("2026-03-04T15:00:00Z")));
    assert_eq!(world.says(), "2 -> 5 scale_out_minimum: desired count of production/api: 2 -> 5");
    assert!(world.plan().notes.iter().any(|note| note.reason == Reason::OrderStands));
    let mut registered = ordered(World::idle(2).registered(2, 10), &hold(Some(5), None, None));
    assert_eq!(registered.says(), "2 -> 5 scale_out_minimum: bounds of production/api: 2..10 -> 5..10");
    registered.scalable().suspended.scheduled = true;
    assert_eq!(
        registered.says(),
        "2 -> 5 scale_out_minimum: bounds of production/api: 2..10 -> 5..10",
        "a person's command is no schedule"
    );
}

#[test]
fn a_command_outranks_an_event_and_needs_no_signals() {
    let mut world = World::idle(12).at("2026-03-04T18:30:00Z");
    world.ecs().events.push(sale());
    assert_eq!(world.says(), "12 -> 12 already_at_min_capacity: nothing");
    for reading in world.seen.signals.values_mut() {
        *reading = Reading::Missing;
    }
    let world = ordered(world, &hold(None, Some(3), None));
    assert_eq!(world.says(), "12 -> 3 scale_in_maximum: desired count of production/api: 12 -> 3");
}

/// An on-call who says "never fewer than 4" at noon has not said that the sale in the evening gets 4 instead of 12.
#[test]
fn a_commanded_minimum_takes_nothing_from_a_planned_event() {
    let mut world = World::idle(4).at("2026-03-04T16:00:00Z");
    world.ecs().events.push(sale());
    let until = Some("2026-03-04T22:00:00Z");
    let mut minimum = ordered(world.clone(), &hold(Some(4), None, until));
    minimum.go_to("2026-03-04T17:30:00Z".parse().unwrap());
    assert_eq!(minimum.says(), "4 -> 12 scale_out_minimum: desired count of production/api: 4 -> 12");
    let mut count = ordered(world, &hold(Some(4), Some(4), until));
    count.go_to("2026-03-04T17:30:00Z".parse().unwrap());
    assert_eq!(count.plan().decision.desired, Count(4), "a count is a maximum too, and is meant");
}

/// Three changes in a console within an hour are no reason to take a command and then not to follow it.
#[test]
fn a_command_ends_a_quarrel_until_the_next_foreign_write() {
    let mut world = World::steady(4);
    world.history.ecs_service.foreign_writes =
        (1..=3).map(|nth| world.now - minutes(nth * 10)).rev().collect();
    let mut world = ordered(world, &hold(Some(8), Some(8), None));
    assert_eq!(world.says(), "4 -> 8 scale_out_minimum: desired count of production/api: 4 -> 8");
    let _ = world.step();
    world.go_to(world.now + minutes(5));
    (world.service().desired, world.service().running) = (Count(5), Count(5));
    assert_eq!(world.says(), "5 -> 5 writers_fight: nothing");
}

#[test]
fn a_rollout_holds_even_a_command() {
    let mut world = ordered(World::idle(6), &hold(Some(2), Some(2), None));
    world.service().deployments[0].rollout = tidegate_policy::observation::Rollout::InProgress;
    assert_eq!(world.says(), "6 -> 6 rollout_in_progress: nothing");
}

#[test]
fn the_same_command_twice_says_the_same_twice() {
    let once = ordered(World::idle(4), &hold(Some(3), Some(3), None));
    let twice = ordered(once.clone(), &hold(Some(3), Some(3), None));
    assert_eq!(once.history, twice.history);
}

/// EventBridge and Lambda deliver at least once, and in any order.
#[test]
fn a_late_command_never_replaces_a_newer_one() {
    let world = World::idle(4);
    let ago = |minutes_ago| world.now - minutes(minutes_ago);
    let refused = |world: &World, order: Order| {
        let mut world = world.clone();
        let before = world.history.clone();
        let why = take(&world.target, &mut world.history, &order, world.now).unwrap_err();
        assert_eq!((why.reason, &world.history), (Reason::OrderRefused, &before));
        why.detail
    };
    let newer = ordered(world.clone(), &hold(Some(3), Some(3), None).sent(ago(1)));
    insta::assert_snapshot!(
        refused(&newer, hold(Some(8), Some(8), None).sent(ago(2))),
        @"the direct command was sent at 2026-03-04T11:58:00Z, before the one of 2026-03-04T11:59:00Z that was taken: a late one replaces no newer one; if it is still meant, send it again"
    );
    // A late end ends no newer command, and what was ended stays so.
    let late_end = refused(&newer, Order::Clear { sent_at: None }.sent(ago(2)));
    assert!(late_end.contains("that was taken"), "{late_end}");
    let ended = ordered(newer.clone(), &Order::Clear { sent_at: None }.sent(ago(0)));
    let revived = refused(&ended, hold(Some(3), Some(3), None).sent(ago(1)));
    assert!(revived.contains("that was taken"), "{revived}");
    // The same again, and one of the same second, are no older; who invokes the function says it now.
    let again = ordered(newer.clone(), &hold(Some(3), Some(3), None).sent(ago(1)));
    assert_eq!(again.history, newer.history, "a duplicate lasts no longer");
    let direct = ordered(newer.clone(), &hold(Some(6), None, None));
    assert_eq!(direct.history.orders.bounds_sent_at, Some(direct.now));
    let after_direct = refused(&direct, hold(Some(3), Some(3), None).sent(ago(1)));
    assert!(after_direct.contains("that was taken"), "{after_direct}");
    // A ledger from before this was remembered knows at least when the standing one was taken.
    let mut older_ledger = newer;
    older_ledger.history.orders.bounds_sent_at = None;
    let late = refused(&older_ledger, hold(Some(8), None, None).sent(ago(1)));
    assert!(late.contains("that was taken"), "{late}");
}

#[test]
fn a_command_that_was_long_on_its_way_is_refused() {
    let world = World::idle(4);
    let at = |seconds: i64| world.now + jiff::SignedDuration::from_secs(seconds);
    for seconds in [0, -300, 299, 300] {
        let world = ordered(world.clone(), &hold(Some(5), None, None).sent(at(seconds)));
        let order = world.history.orders.bounds.as_ref().unwrap();
        assert_eq!(order.until, at(seconds.min(0)) + minutes(60), "from when it was sent");
        assert_eq!(world.history.orders.bounds_sent_at, Some(at(seconds.min(0))), "never from times to come");
    }
    let refused = |order: Order| {
        let mut world = world.clone();
        let before = world.history.clone();
        let why = take(&world.target, &mut world.history, &order, world.now).unwrap_err();
        assert_eq!((why.reason, &world.history), (Reason::OrderRefused, &before));
        why.detail
    };
    insta::assert_snapshot!(
        [
            refused(hold(Some(5), None, None).sent(at(-301))),
            refused(Order::Clear { sent_at: None }.sent(at(-3_600))),
            refused(hold(Some(5), None, None).sent(at(301))),
        ]
        .join("\n"),
        @"
    the direct command was sent at 2026-03-04T11:54:59Z and came 5m1s late, more than 5m: look at what is now, and send it again
    the direct command was sent at 2026-03-04T11:00:00Z and came 1h late, more than 5m: look at what is now, and send it again
    the direct command says that it was sent at 2026-03-04T12:05:01Z, and it is 2026-03-04T12:00:00Z: put the sender's clock right, or leave the event's time out
    "
    );
}

#[test]
fn a_command_is_ended_by_another() {
    let world = ordered(World::idle(6), &hold(Some(6), None, None));
    assert_eq!(world.plan().decision.desired, Count(6));
    let world = ordered(world, &Order::Clear { sent_at: None });
    assert_eq!(world.plan().decision.desired, Count(5));
    let mut world = world;
    let told = take(&world.target, &mut world.history, &Order::Clear { sent_at: None }, world.now).unwrap();
    assert_eq!(told.detail, "no direct command stands; the schedule holds");
}

#[test]
fn a_command_that_cannot_be_followed_is_refused_with_what_would_be_taken() {
    let refused = |order: &Order| {
        let mut world = World::idle(4);
        let before = world.history.clone();
        let why = take(&world.target, &mut world.history, order, world.now).unwrap_err();
        assert_eq!((why.reason, &world.history), (Reason::OrderRefused, &before));
        why.detail
    };
    insta::assert_snapshot!(
        [
            refused(&hold(Some(1), Some(1), None)),
            refused(&hold(Some(11), None, None)),
            refused(&hold(None, Some(11), None)),
            refused(&hold(Some(5), Some(3), None)),
            refused(&hold(None, None, None)),
            refused(&hold(Some(4), None, Some("2026-03-04T11:59:59Z"))),
            refused(&hold(Some(4), None, Some("2062-03-04T12:00:00Z"))),
        ]
        .join("\n"),
        @r#"
    min 1 is outside the policy's 2..10 of target "api": send a number within, or change the policy
    min 11 is outside the policy's 2..10 of target "api": send a number within, or change the policy
    max 11 is outside the policy's 2..10 of target "api": send a number within, or change the policy
    min 5 is above max 3: send a min of 3 or less
    neither count, min nor max is given: send one, as {"target": "api", "min": 4}
    until 2026-03-04T11:59:59Z is over already (it is 2026-03-04T12:00:00Z): send a time to come, or leave it out
    until 2062-03-04T12:00:00Z is 13149d away, and a direct command stands for 7d at most: send an earlier time, or change the policy
    "#
    );
}

#[test]
fn a_policy_that_became_narrower_narrows_what_was_commanded() {
    let mut world = ordered(World::steady(9), &hold(Some(9), Some(9), None));
    world.target.scaling.max = Count(6);
    assert_eq!(world.plan().decision.desired, Count(6));
    world.signal(ServiceMetric::Cpu, 90.0);
    assert_eq!(world.plan().decision.desired, Count(6));
}
