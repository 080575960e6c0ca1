//! The checker's clock and the planner's are derived apart; here they meet, on schedules that no person would write.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::fixture::{World, at, event, window};
use crate::check::clock::in_force;
use crate::evaluate::ecs_service::service_bounds;
use crate::history::StandingOrder;
use crate::policy::{CapacityWindow, PlannedEvent, RateLimit, TargetKind};
use crate::units::{Count, Percent};

fn count() -> impl Strategy<Value = Option<Count>> {
    prop::option::of((0u32..=14).prop_map(Count))
}

const ZONES: [&str; 5] =
    ["UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "America/Havana"];

fn a_window() -> impl Strategy<Value = CapacityWindow> {
    let hours = (0i8..23, 0i8..4, 1i8..=24);
    (hours, 0usize..ZONES.len(), count(), count(), (0i64..180, 0i64..240)).prop_map(
        |((from, quarter, to), zone, min, max, (over, lead))| {
            let to = to.max(from + 1);
            let text = |hour: i8, minute: i8| format!("{hour:02}:{minute:02}");
            let (from, to) = (
                text(from, quarter * 15),
                if to >= 24 { "24:00".to_owned() } else { text(to, quarter * 15) },
            );
            CapacityWindow {
                zone: jiff::tz::TimeZone::get(ZONES[zone]).unwrap(),
                // Half of them hold nothing ahead.
                lead: SignedDuration::from_mins((lead - 120).max(0)),
                over: SignedDuration::from_mins(over),
                min,
                max,
                ..window(&from, &to, None, None)
            }
        },
    )
}

fn an_event(now: Timestamp) -> impl Strategy<Value = PlannedEvent> {
    (-600i64..600, 0u32..6_000, 0u32..500, 1u32..5, 1i64..40, count()).prop_map(
        move |(minutes, expected, buffer, members, period, max)| PlannedEvent {
            expected,
            buffer: Percent(f64::from(buffer) / 10.0),
            descent: RateLimit { members: Count(members), period: SignedDuration::from_mins(period) },
            ..event(now + SignedDuration::from_mins(minutes), max.map(|max| max.0))
        },
    )
}

fn a_case() -> impl Strategy<Value = (World, Timestamp)> {
    let days = [
        "2026-03-08T07:00:00Z",
        "2026-03-29T01:00:00Z",
        "2026-07-15T12:00:00Z",
        "2026-10-25T01:00:00Z",
        "2026-11-01T06:00:00Z",
    ];
    (0usize..days.len(), -2_880i64..2_880, 0i64..60).prop_flat_map(move |(day, minutes, seconds)| {
        let now = at(days[day]) + SignedDuration::from_secs(minutes * 60 + seconds * i64::from(seconds > 30));
        let order = prop::option::of((count(), count(), -5i64..60));
        let windows = prop::collection::vec(a_window(), 0..4);
        let events = prop::collection::vec(an_event(now), 0..3);
        (windows, events, order, 0u32..4, 4u32..12).prop_map(move |(windows, events, order, min, max)| {
            let mut world = World::new();
            world.target.scaling.windows = windows;
            (world.target.scaling.min, world.target.scaling.max) = (Count(min), Count(max));
            world.ecs().events = events;
            world.history.orders.bounds = order.map(|(min, max, left)| StandingOrder {
                at: now,
                until: now + SignedDuration::from_mins(left),
                min,
                max,
            });
            (world, now)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_clocks_say_the_same((world, now) in a_case()) {
        let TargetKind::EcsService(ecs) = &world.target.kind else { unreachable!() };
        let theirs = service_bounds(&world.target, ecs, &world.history, now);
        let ours = in_force(&world.target.scaling, &ecs.events, world.history.orders.bounds.as_ref(), now);
        prop_assert_eq!(ours.min, theirs.bounds.min.min(ours.most), "min {:?}", ours);
        // A command of a minimum alone leaves the schedule's maximum. The planner takes the windows' there, even where an event's minimum had
        // raised it: it grants less than the checker, which is safe.
        let granted = theirs.bounds.max.min(ours.most);
        let order = world.history.orders.bounds.as_ref().filter(|order| now < order.until);
        if order.is_some_and(|order| order.min.is_some() && order.max.is_none()) {
            prop_assert!(granted <= ours.max, "max {:?}", ours);
        } else {
            prop_assert_eq!(ours.max, granted, "max {:?}", ours);
        }
        prop_assert_eq!(ours.held_by.is_some(), theirs.held.is_some());
    }
}
