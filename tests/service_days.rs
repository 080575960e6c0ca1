//! Whole days of a service, each with the log that it must lead to: shifts, changed clocks, a holiday, an event, a rollout in the wrong moment.
//!
//! Goal: what an operator would read on such a day. Method: the policy as a person writes it, the simulated account, and its log as text.

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::document::parse;
use tidegate_policy::order::{Order, Until};
use tidegate_policy::units::Count;
use tidegate_simulator::account::{Native, ServiceStart};
use tidegate_simulator::demand::Demand;
use tidegate_simulator::document::Document;
use tidegate_simulator::run::{Setup, simulate};
use tidegate_simulator::world::{Rollout, ScriptedEvent, WorldEvent};

/// A service of the mission's bounds, with whatever else is written.
fn policy(rest: &str) -> String {
    format!(
        "[[target]]\nname = \"api\"\nkind = \"ecs-service\"\ncluster = \"prod\"\nservice = \"api\"\nmax = 10\n\
         load_balancer = {{ load_balancer = \"app/prod/1\", target_group = \"targetgroup/api/2\" }}\n{rest}\n"
    )
}

/// Business hours of the mission, in a zone.
fn business_hours(zone: &str) -> String {
    policy(&format!(
        "min = 2\nwindows = [{{ days = \"daily\", from = \"08:00\", to = \"22:00\", zone = \"{zone}\", min = 4 }}]"
    ))
}

/// The mission's rules.
const RULES: &str = r#"
scale_out = ["cpu > 70% for 10m", "memory > 80% for 10m", "p95 latency > 1s for 5m", "error rate > 1% for 5m"]
scale_in = ["cpu < 50% for 25m", "memory < 60% for 25m"]
track = ["requests per target at 1000"]
cooldown = { out = "60s", in = "300s" }
"#;

struct Day {
    policy: String,
    start: &'static str,
    hours: usize,
    demand: fn(i64) -> f64,
    world: Vec<(i64, WorldEvent)>,
    service: ServiceStart,
}

impl Day {
    /// From midnight of UTC, with so little demand that two tasks idle.
    fn new(policy: String, start: &'static str) -> Self {
        Self { policy, start, hours: 24, demand: |_| 0.4, world: Vec::new(), service: ServiceStart::plain() }
    }

    fn run(self) -> Document {
        let policy = parse(&self.policy).unwrap_or_else(|problems| panic!("{problems:#?}"));
        let minutes = i64::try_from(self.hours).unwrap() * 60;
        let start = self.start.parse::<Timestamp>().unwrap();
        let demand = Demand::new("a day", start, (0..minutes).map(self.demand).collect());
        let world = self.world.into_iter();
        let world =
            world.map(|(minute, event)| ScriptedEvent { after: SignedDuration::from_mins(minute), event });
        let setup = Setup {
            world: world.collect(),
            blackout: false,
            service: self.service,
            ..Setup::new("a day", 1)
        };
        let document = simulate(&policy.targets[0], &demand, &setup, &mut |_| ()).unwrap().document;
        assert_eq!(document.invariant_violations, 0, "{:#?}", document.timeline);
        document
    }
}

/// What was decided and done, one line each: the clock of UTC, the code, the first clause.
fn log(document: &Document, kinds: &[&str]) -> String {
    let told = document.timeline.iter().filter(|entry| kinds.contains(&entry.kind.as_str()));
    let lines = told.map(|entry| {
        let clause = entry.detail.split(": \"").next().unwrap_or_default();
        format!("{} {} {} {clause}", entry.at.strftime("%d %H:%M"), entry.kind, entry.reason)
    });
    lines.collect::<Vec<_>>().join("\n")
}

const DECIDED: &[&str] = &["decision", "world", "order", "alert"];

#[test]
fn a_day_of_shifts() {
    let document = Day::new(business_hours("UTC"), "2026-03-02T00:00:00Z").run();
    insta::assert_snapshot!(log(&document, DECIDED), @"
    02 08:00 decision scale_out_minimum 2 -> 4: 2 is below the minimum of 4 set by daily 08:00-22:00 UTC
    02 22:00 decision scale_in_schedule 4 -> 2: no signal is asked, and the schedule's minimum is 2
    ");
    // 10 hours of two tasks and 14 of four, and the minutes in which tasks come and go.
    assert!((76.0..76.5).contains(&document.unit_hours), "{}", document.unit_hours);
}

#[test]
fn the_clocks_of_madrid_go_forward_and_back() {
    let days = |start| {
        let mut day = Day::new(business_hours("Europe/Madrid"), start);
        day.hours = 72;
        log(&day.run(), DECIDED)
    };
    insta::assert_snapshot!(days("2026-03-28T00:00:00Z"), @"
    28 07:00 decision scale_out_minimum 2 -> 4: 2 is below the minimum of 4 set by daily 08:00-22:00 Europe/Madrid
    28 21:00 decision scale_in_schedule 4 -> 2: no signal is asked, and the schedule's minimum is 2
    29 06:00 decision scale_out_minimum 2 -> 4: 2 is below the minimum of 4 set by daily 08:00-22:00 Europe/Madrid
    29 20:00 decision scale_in_schedule 4 -> 2: no signal is asked, and the schedule's minimum is 2
    30 06:00 decision scale_out_minimum 2 -> 4: 2 is below the minimum of 4 set by daily 08:00-22:00 Europe/Madrid
    30 20:00 decision scale_in_schedule 4 -> 2: no signal is asked, and the schedule's minimum is 2
    ");
    insta::assert_snapshot!(days("2026-10-24T00:00:00Z"), @"
    24 06:00 decision scale_out_minimum 2 -> 4: 2 is below the minimum of 4 set by daily 08:00-22:00 Europe/Madrid
    24 20:00 decision scale_in_schedule 4 -> 2: no signal is asked, and the schedule's minimum is 2
    25 07:00 decision scale_out_minimum 2 -> 4: 2 is below the minimum of 4 set by daily 08:00-22:00 Europe/Madrid
    25 21:00 decision scale_in_schedule 4 -> 2: no signal is asked, and the schedule's minimum is 2
    26 07:00 decision scale_out_minimum 2 -> 4: 2 is below the minimum of 4 set by daily 08:00-22:00 Europe/Madrid
    26 21:00 decision scale_in_schedule 4 -> 2: no signal is asked, and the schedule's minimum is 2
    ");
}

#[test]
fn the_clocks_of_new_york_go_forward_and_back() {
    let days = |start| {
        let mut day = Day::new(business_hours("America/New_York"), start);
        day.hours = 72;
        log(&day.run(), DECIDED)
    };
    insta::assert_snapshot!(days("2026-03-07T05:00:00Z"), @"
    07 13:00 decision scale_out_minimum 2 -> 4: 2 is below the minimum of 4 set by daily 08:00-22:00 America/New_York
    08 03:00 decision scale_in_schedule 4 -> 2: no signal is asked, and the schedule's minimum is 2
    08 12:00 decision scale_out_minimum 2 -> 4: 2 is below the minimum of 4 set by daily 08:00-22:00 America/New_York
    09 02:00 decision scale_in_schedule 4 -> 2: no signal is asked, and the schedule's minimum is 2
    09 12:00 decision scale_out_minimum 2 -> 4: 2 is below the minimum of 4 set by daily 08:00-22:00 America/New_York
    10 02:00 decision scale_in_schedule 4 -> 2: no signal is asked, and the schedule's minimum is 2
    ");
    insta::assert_snapshot!(days("2026-10-31T05:00:00Z"), @"
    31 12:00 decision scale_out_minimum 2 -> 4: 2 is below the minimum of 4 set by daily 08:00-22:00 America/New_York
    01 02:00 decision scale_in_schedule 4 -> 2: no signal is asked, and the schedule's minimum is 2
    01 13:00 decision scale_out_minimum 2 -> 4: 2 is below the minimum of 4 set by daily 08:00-22:00 America/New_York
    02 03:00 decision scale_in_schedule 4 -> 2: no signal is asked, and the schedule's minimum is 2
    02 13:00 decision scale_out_minimum 2 -> 4: 2 is below the minimum of 4 set by daily 08:00-22:00 America/New_York
    03 03:00 decision scale_in_schedule 4 -> 2: no signal is asked, and the schedule's minimum is 2
    ");
}

#[test]
fn a_holiday_between_two_working_days() {
    let policy = format!(
        "[calendars]\nspain = {{ dates = [\"2026-12-25\"] }}\n{}",
        policy(
            r#"min = 2
windows = [
  { days = "mon-fri", except = "spain", from = "08:00", to = "22:00", zone = "Europe/Madrid", min = 4 },
  { on = "spain", from = "00:00", to = "24:00", zone = "Europe/Madrid", max = 2 },
]"#
        )
    );
    // Thursday, the holiday, and the weekend after it.
    let mut day = Day::new(policy, "2026-12-24T00:00:00Z");
    day.hours = 120;
    insta::assert_snapshot!(log(&day.run(), DECIDED), @"
    24 07:00 decision scale_out_minimum 2 -> 4: 2 is below the minimum of 4 set by mon-fri except spain 08:00-22:00 Europe/Madrid
    24 21:00 decision scale_in_schedule 4 -> 2: no signal is asked, and the schedule's minimum is 2
    28 07:00 decision scale_out_minimum 2 -> 4: 2 is below the minimum of 4 set by mon-fri except spain 08:00-22:00 Europe/Madrid
    28 21:00 decision scale_in_schedule 4 -> 2: no signal is asked, and the schedule's minimum is 2
    ");
}

const SALE: &str = r#"
[[event]]
name = "sale"
target = "api"
from = "2026-03-04T18:00:00Z"
to = "2026-03-04T20:00:00Z"
requests_per_minute = 5000
max = 12
warm = "https://api.example.com/health"
"#;

#[test]
fn an_event_of_five_thousand_requests_a_minute() {
    let mut day = Day::new(policy(&format!("min = 2\n{RULES}{SALE}")), "2026-03-04T12:00:00Z");
    // A task serves 1,400 requests a minute when it is full.
    day.demand = |minute| if (360..480).contains(&minute) { 5_000.0 / 1_400.0 } else { 0.4 };
    let document = day.run();
    insta::assert_snapshot!(log(&document, &["decision", "step", "alert"]), @r#"
    04 17:00 decision scale_out_minimum 2 -> 12: 2 is below the minimum of 12 set by the event "sale"
    04 17:00 step set_desired_count asks ECS for 12 tasks instead of 2
    04 17:01 step await_tasks 2 of 12 tasks run, 10 pending
    04 17:03 step warm_up 50 requests to https://api.example.com/health before the event "sale", whose load comes at 2026-03-04T18:00:00Z
    04 20:05 decision scale_in_thresholds 12 -> 11
    04 20:05 step set_desired_count asks ECS for 11 tasks instead of 12
    04 20:15 decision scale_in_thresholds 11 -> 10
    04 20:15 step set_desired_count asks ECS for 10 tasks instead of 11
    04 20:25 decision scale_in_thresholds 10 -> 9
    04 20:25 step set_desired_count asks ECS for 9 tasks instead of 10
    04 20:35 decision scale_in_thresholds 9 -> 8
    04 20:35 step set_desired_count asks ECS for 8 tasks instead of 9
    04 20:45 decision scale_in_thresholds 8 -> 7
    04 20:45 step set_desired_count asks ECS for 7 tasks instead of 8
    04 20:55 decision scale_in_thresholds 7 -> 6
    04 20:55 step set_desired_count asks ECS for 6 tasks instead of 7
    04 21:01 decision scale_in_thresholds 6 -> 5
    04 21:01 step set_desired_count asks ECS for 5 tasks instead of 6
    04 21:07 decision scale_in_thresholds 5 -> 4
    04 21:07 step set_desired_count asks ECS for 4 tasks instead of 5
    04 21:13 decision scale_in_thresholds 4 -> 3
    04 21:13 step set_desired_count asks ECS for 3 tasks instead of 4
    04 21:19 decision scale_in_thresholds 3 -> 2
    04 21:19 step set_desired_count asks ECS for 2 tasks instead of 3
    "#);
    assert_eq!(document.violation_minutes, 0);
}

#[test]
fn a_rollout_in_the_middle_of_a_scale_in() {
    let mut day = Day::new(policy(&format!("min = 2\n{RULES}")), "2026-03-04T00:00:00Z");
    day.hours = 6;
    day.demand = |minute| if minute < 120 { 5.0 } else { 0.5 };
    day.world = vec![(
        168,
        WorldEvent::Deploy { lasting: SignedDuration::from_mins(20), rollout: Rollout::Completes },
    )];
    let document = day.run();
    insta::assert_snapshot!(log(&document, &["decision", "hold", "world"]), @r#"
    04 00:00 hold signal_missing no removal on data that is not there
    04 00:05 decision scale_out_tracking 2 -> 7
    04 00:07 hold cooldown_out 3 are asked for and 7 are there, and the effect of the last addition is waited for
    04 00:08 hold within_thresholds 3 are asked for and 7 are there
    04 00:19 decision scale_out_threshold 7 -> 8
    04 00:21 hold within_thresholds "cpu < 50% for 25m" keeps 8: cpu of the same work on 8 tasks is 50% on average and below 50% in 7 of the last 25 minutes (points missing: 7)
    04 02:29 hold stabilizing 7 must have been enough for 5m on the way in; until now 8 were (until 2026-03-04T02:34:20Z)
    04 02:34 decision scale_in_thresholds 8 -> 7
    04 02:35 hold stabilizing 6 must have been enough for 5m on the way in; until now 7 were (until 2026-03-04T02:40:20Z)
    04 02:40 decision scale_in_thresholds 7 -> 6
    04 02:41 hold stabilizing 5 must have been enough for 5m on the way in; until now 6 were (until 2026-03-04T02:46:20Z)
    04 02:46 decision scale_in_thresholds 6 -> 5
    04 02:47 hold stabilizing 4 must have been enough for 5m on the way in; until now 5 were (until 2026-03-04T02:52:20Z)
    04 02:48 world deploy somebody deploys; it takes 20m at least
    04 02:52 hold rollout_in_progress 2 deployments are under way: nothing is taken away until it is done
    04 03:08 decision scale_in_thresholds 5 -> 4
    04 03:09 hold stabilizing 3 must have been enough for 5m on the way in; until now 4 were (until 2026-03-04T03:14:20Z)
    04 03:14 decision scale_in_thresholds 4 -> 3
    04 03:15 hold stabilizing 2 must have been enough for 5m on the way in; until now 3 were (until 2026-03-04T03:20:20Z)
    04 03:20 decision scale_in_thresholds 3 -> 2
    04 03:21 hold already_at_min_capacity 1 would do, but the minimum of the policy is 2
    "#);
}

#[test]
fn staging_sleeps_at_night() {
    let policy = policy(
        r#"min = 0
scale_out = ["cpu > 70% for 10m"]
scale_in = ["cpu < 50% for 25m"]
windows = [
  { days = "daily", from = "07:00", to = "20:00", zone = "UTC", min = 1 },
  { days = "daily", from = "20:00", to = "24:00", zone = "UTC", max = 0 },
  { days = "daily", from = "00:00", to = "07:00", zone = "UTC", max = 0 },
]"#,
    );
    let mut day = Day::new(policy, "2026-03-04T00:00:00Z");
    day.hours = 48;
    day.demand = |_| 0.2;
    insta::assert_snapshot!(log(&day.run(), DECIDED), @"
    04 07:00 decision scale_out_minimum 0 -> 1: 0 is below the minimum of 1 set by daily 07:00-20:00 UTC
    04 20:00 decision scale_in_thresholds 1 -> 0
    05 07:00 decision scale_out_minimum 0 -> 1: 0 is below the minimum of 1 set by daily 07:00-20:00 UTC
    05 20:00 decision scale_in_thresholds 1 -> 0
    ");
}

#[test]
fn native_auto_scaling_moves_the_count_within_bounds_that_follow_the_shifts() {
    let mut day = Day::new(business_hours("UTC"), "2026-03-02T00:00:00Z");
    day.demand = |minute| if (600..780).contains(&minute) { 4.2 } else { 0.4 };
    day.service = ServiceStart::plain().registered(Native { min: 1, max: 20, cpu: Some(60.0) });
    let document = day.run();
    insta::assert_snapshot!(log(&document, &["step", "world", "alert"]), @"
    02 00:00 step set_bounds registers 2..10 instead of 1..20, with 2 tasks wanted now: the policy's own bounds hold
    02 08:00 step set_bounds registers 4..10 instead of 2..10, with 2 tasks wanted now: the minimum is set by daily 08:00-22:00 UTC
    02 08:01 step await_tasks 2 of 4 tasks run, 2 pending
    02 10:37 step await_tasks 7 of 8 tasks run, 1 pending
    02 11:39 step await_tasks 7 of 8 tasks run, 1 pending
    02 22:00 step set_bounds registers 2..10 instead of 4..10, with 4 tasks wanted now: the policy's own bounds hold
    ");
    assert!(!document.api_calls.contains_key("UpdateService"), "{:?}", document.api_calls);
}

#[test]
fn a_direct_command_holds_and_ends_by_itself() {
    let mut day = Day::new(business_hours("UTC"), "2026-03-02T00:00:00Z");
    let until = Some(Until::At("2026-03-02T13:00:00Z".parse().unwrap()));
    day.world = vec![
        (
            11 * 60,
            WorldEvent::Order(Order::Hold { min: Some(Count(8)), max: Some(Count(8)), until, sent_at: None }),
        ),
        (
            15 * 60,
            WorldEvent::Order(Order::Hold { min: Some(Count(11)), max: None, until: None, sent_at: None }),
        ),
    ];
    insta::assert_snapshot!(log(&day.run(), &["decision", "world", "order", "alert", "hold"]), @r#"
    02 00:00 hold within_thresholds no rule asks for a change
    02 08:00 decision scale_out_minimum 2 -> 4: 2 is below the minimum of 4 set by daily 08:00-22:00 UTC
    02 08:02 hold within_thresholds no rule asks for a change
    02 11:00 world order a person sends a direct command: min 8 max 8
    02 11:00 order order_taken a direct command sets a count of 8 until 2026-03-02T13:00:00Z (1h59m40s)
    02 11:00 decision scale_out_minimum 4 -> 8: 4 is below the minimum of 8 set by the direct command of 2026-03-02T11:00:20Z
    02 11:02 hold within_thresholds no rule asks for a change
    02 13:00 decision scale_in_schedule 8 -> 4: no signal is asked, and the schedule's minimum is 4
    02 13:00 alert order_over the direct command of 2026-03-02T11:00:20Z ended at 2026-03-02T13:00:00Z; the schedule holds again
    02 13:01 hold within_thresholds no rule asks for a change
    02 14:01 alert alert_cleared over after 1h1m: it has not happened again for an hour (order_over, since 2026-03-02T13:00:20Z)
    02 15:00 world order a person sends a direct command: min 11
    02 15:00 hold order_refused min 11 is outside the policy's 2..10 of target "api": send a number within, or change the policy
    02 15:06 alert alert_cleared over after 1m: attempts that failed (order_refused, since 2026-03-02T15:00:20Z)
    02 22:00 decision scale_in_schedule 4 -> 2: no signal is asked, and the schedule's minimum is 2
    02 22:01 hold within_thresholds no rule asks for a change
    "#);
}

#[test]
fn spot_dries_up_and_comes_back() {
    let mut day = Day::new(
        policy(&format!(
            "min = 6\n{RULES}\nspot = {{ share = \"75%\", base = 2, retry_after = \"30m\", force_deployment = true }}"
        )),
        "2026-03-02T00:00:00Z",
    );
    day.hours = 6;
    let minutes = SignedDuration::from_mins;
    day.world = vec![
        (120, WorldEvent::SpotDrought { lasting: minutes(90) }),
        (125, WorldEvent::SpotInterruption { tasks: 3 }),
    ];
    insta::assert_snapshot!(log(&day.run(), &["decision", "step", "world", "alert"]), @"
    02 02:00 world spot_drought Spot has no capacity for 1h30m
    02 02:05 world spot_interruption Spot takes 3 tasks away
    02 02:10 step use_on_demand ECS could place no task on Spot at 2026-03-02T02:10:00Z, and 3 of 6 are missing: on demand for 30m
    02 02:11 step await_tasks 3 of 6 tasks run, 6 pending
    02 02:43 step use_spot Spot is tried again after 33m on demand
    ");
}

#[test]
fn somebody_else_changes_the_count_and_it_is_told_and_not_fought() {
    let mut day = Day::new(policy(&format!("min = 2\n{RULES}")), "2026-03-02T00:00:00Z");
    day.hours = 8;
    day.world = vec![
        (120, WorldEvent::ForeignDesired { count: 7 }),
        (300, WorldEvent::ForeignDesired { count: 5 }),
        (310, WorldEvent::ForeignDesired { count: 6 }),
        (320, WorldEvent::ForeignDesired { count: 8 }),
    ];
    insta::assert_snapshot!(log(&day.run(), DECIDED), @"
    02 02:00 world foreign_desired somebody else sets the desired count to 7
    02 02:00 alert foreign_write the desired count is 7, and 2 was asked for or found last: somebody else changed it, and it is taken as it is, as far as the policy's bounds allow
    02 02:07 decision scale_in_thresholds 7 -> 6
    02 02:13 decision scale_in_thresholds 6 -> 5
    02 02:19 decision scale_in_thresholds 5 -> 4
    02 02:25 decision scale_in_thresholds 4 -> 3
    02 02:31 decision scale_in_thresholds 3 -> 2
    02 03:02 alert alert_cleared over after 1h2m: it has not happened again for an hour (foreign_write, since 2026-03-02T02:00:20Z)
    02 05:00 world foreign_desired somebody else sets the desired count to 5
    02 05:02 alert foreign_write the desired count is 5, and 2 was asked for or found last: somebody else changed it, and it is taken as it is, as far as the policy's bounds allow
    02 05:07 decision scale_in_thresholds 5 -> 4
    02 05:10 world foreign_desired somebody else sets the desired count to 6
    02 05:13 alert foreign_write the desired count is 6, and 4 was asked for or found last: somebody else changed it, and it is taken as it is, as far as the policy's bounds allow
    02 05:18 decision scale_in_thresholds 6 -> 5
    02 05:20 world foreign_desired somebody else sets the desired count to 8
    02 05:24 alert foreign_write the desired count is 8, and 5 was asked for or found last: somebody else changed it, and it is taken as it is, as far as the policy's bounds allow
    02 05:24 alert writers_fight somebody else changed the capacity 3 times within 1h: nothing is changed until it was quiet for as long; let one of the two go, or send a direct command (the last was 0s ago)
    02 06:24 decision scale_in_thresholds 8 -> 7
    02 06:24 alert alert_cleared over after 1h22m: it has not happened again for an hour (foreign_write, since 2026-03-02T05:02:20Z)
    02 06:30 decision scale_in_thresholds 7 -> 6
    02 06:30 alert alert_cleared over after 1h: the quarrel over the capacity (writers_fight, since 2026-03-02T05:24:20Z)
    02 06:36 decision scale_in_thresholds 6 -> 5
    02 06:42 decision scale_in_thresholds 5 -> 4
    02 06:48 decision scale_in_thresholds 4 -> 3
    02 06:54 decision scale_in_thresholds 3 -> 2
    ");
}
