//! Many alerts, and channels that do not answer for long: what is told together, what is left out, and that both are told.

use jiff::SignedDuration;
use tidegate_notify::event::{Event, EventKind};
use tidegate_policy::names::TargetName;
use tidegate_policy::severity::Severity;

use crate::fixture::{alert, json, now, recovery, warning};
use crate::invocations::{Job, arrive, channels, of, only, pagerduty, run_all, slack, wake_after};
use crate::world::{Reply, World};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const SLACK: &str = "hooks.slack.com";
const PAGERDUTY: &str = "events.pagerduty.com";

/// 198 warnings and two critical alerts, each of a target of its own.
fn storm() -> Vec<Event> {
    let of = |number: usize| {
        let critical = number % 100 == 99;
        let event = if critical { alert() } else { warning("observe_failed") };
        Event { target: TargetName::new(format!("target-{number}")), at: now(), edge: 1, ..event }
    };
    (0..200).map(of).collect()
}

fn over(event: &Event) -> Event {
    Event { kind: EventKind::Recovery, edge: event.edge + 1, at: recovery().at, ..event.clone() }
}

fn headline(body: &str) -> String {
    json(body)["blocks"][0]["text"]["text"].as_str().unwrap().to_owned()
}

#[test]
fn two_hundred_alerts_in_a_minute_are_ten_messages_the_critical_ones_and_one_summary() {
    let (world, channels) = (World::new(), channels(vec![slack(), pagerduty()]));
    for event in storm() {
        assert_eq!(arrive(&world, &channels, &event).error(), None);
        // EventBridge delivers at least once.
        arrive(&world, &channels, &event);
    }
    assert_eq!(world.shown(SLACK).len(), 12);
    wake_after(&world, &channels, MINUTE);
    let told: Vec<String> = world.shown(SLACK).iter().map(|body| headline(body)).collect();
    assert_eq!(told.len(), 13);
    assert_eq!(told[12], "SUMMARY: production, 200 alerts in 1 minute");
    assert_eq!(told.iter().filter(|told| told.starts_with("ALARM critical")).count(), 2);
    assert_eq!(world.shown(PAGERDUTY).len(), 200, "a machine needs each edge");

    for event in storm() {
        arrive(&world, &channels, &over(&event));
    }
    wake_after(&world, &channels, MINUTE);
    assert_eq!(world.shown(SLACK).len(), 25, "only what was shown singly is over singly");
    assert_eq!(world.shown(PAGERDUTY).len(), 400);
    assert_eq!(world.mailbox("slack:/slack").left_out().count, 0);
}

#[test]
fn two_hundred_alerts_by_invocations_that_overlap_are_told_once_each() {
    let (world, channels) = (World::new(), only(pagerduty()));
    let events = storm();
    for (round, some) in events.chunks(8).enumerate() {
        let jobs: Vec<Job<'_>> = some.iter().map(Job::Arrive).collect();
        let reports = run_all(&world, &channels, &jobs, 1 + round as u64);
        assert!(reports.iter().all(|report| report.as_ref().unwrap().error().is_none()));
    }
    wake_after(&world, &channels, MINUTE);
    assert_eq!((world.shown(PAGERDUTY).len(), world.asked(PAGERDUTY)), (200, 200));
}

#[test]
fn a_channel_that_is_down_for_a_day_is_told_afterwards_how_much_was_left_out() {
    let (world, channels) = (World::new(), only(slack()));
    world.always(SLACK, Reply::TimesOut);
    let mut lost = 0;
    for hour in 0..30 {
        for number in 0..4 {
            let target = TargetName::new(format!("target-{hour}-{number}"));
            let event = Event { target, edge: 1, ..warning("observe_failed") };
            lost += of(&arrive(&world, &channels, &event), "slack").left_out;
        }
        lost += of(&wake_after(&world, &channels, MINUTE * 60), "slack").left_out;
    }
    assert_eq!(world.shown(SLACK).len(), 0);
    let mailbox = world.mailbox("slack:/slack");
    assert_eq!(mailbox.left_out().count, lost);
    assert_eq!(mailbox.waiting() as u64 + lost, 120, "each waits or is counted");
    assert!(world.size("slack:/slack") < 300_000);
    assert!(world.asked(SLACK) < 400, "{} requests in 30 hours", world.asked(SLACK));

    world.says(SLACK, 200, "ok");
    for _ in 0..30 {
        wake_after(&world, &channels, MINUTE * 15);
    }
    let told: Vec<String> = world.shown(SLACK).iter().map(|body| headline(body)).collect();
    let left_out: Vec<&String> = told.iter().filter(|told| told.starts_with("LEFT OUT")).collect();
    assert_eq!(left_out.len(), 1, "{told:?}");
    assert!(
        left_out[0].starts_with(&format!("LEFT OUT: production, {lost} messages were not sent here since"))
    );
    assert_eq!(told.len() as u64 + lost, 121);
}

#[test]
fn what_waits_too_long_ends_as_an_error_so_that_somebody_looks() {
    let (world, channels) = (World::new(), only(pagerduty()));
    world.says(PAGERDUTY, 500, "");
    assert_eq!(arrive(&world, &channels, &alert()).error(), None);
    let error = wake_after(&world, &channels, MINUTE * 60 * 25).error().unwrap();
    assert_eq!(error, "pagerduty:/pagerduty: 1 left out");
}

#[test]
fn an_alert_that_came_and_went_while_the_channel_was_down_is_counted() {
    let (world, channels) = (World::new(), only(slack()));
    world.once(SLACK, Reply::Says(429, Some("600"), String::new()));
    arrive(&world, &channels, &alert());
    arrive(&world, &channels, &recovery());
    wake_after(&world, &channels, MINUTE * 10);
    arrive(&world, &channels, &warning("observe_failed"));
    let told: Vec<String> = world.shown(SLACK).iter().map(|body| headline(body)).collect();
    assert_eq!(
        told,
        [
            "ALARM warning: production api observe_failed",
            "LEFT OUT: production, 1 message was not sent here since 2026-03-02 16:41 UTC"
        ]
    );
}

#[test]
fn a_full_mailbox_keeps_what_is_critical_and_what_is_over_and_stays_below_its_size() {
    let (world, channels) = (World::new(), only(pagerduty()));
    let critical = |number: usize| Event { target: TargetName::new(format!("target-{number}")), ..alert() };
    for number in 0..5 {
        arrive(&world, &channels, &critical(number));
    }
    world.always(PAGERDUTY, Reply::Says(429, Some("3600"), String::new()));
    let long = |event: Event| Event {
        sentence: "\"é🚨".repeat(2_000),
        policy: "\u{1}é\"".repeat(400),
        command: "🚨".repeat(400),
        ..event
    };
    for number in 0..5 {
        arrive(&world, &channels, &long(over(&critical(number))));
    }
    let mut left_out = 0;
    for number in 5..100 {
        let event = if number % 10 == 0 {
            critical(number)
        } else {
            Event {
                target: TargetName::new(format!("{}-{number}", "é\"".repeat(200))),
                severity: Severity::Warning,
                ..alert()
            }
        };
        left_out += of(&arrive(&world, &channels, &long(event)), "pagerduty").left_out;
    }
    assert!(left_out > 60, "{left_out}");
    assert!(world.size("pagerduty:/pagerduty") < 300_000);
    world.says(PAGERDUTY, 202, "");
    for _ in 0..40 {
        wake_after(&world, &channels, MINUTE * 60);
    }
    let resolved = world.shown(PAGERDUTY).iter().filter(|body| body.contains("resolve")).count();
    assert_eq!(resolved, 5);
    let critical =
        world.shown(PAGERDUTY).iter().filter(|body| body.contains("\"severity\":\"critical\"")).count();
    let warnings =
        world.shown(PAGERDUTY).iter().filter(|body| body.contains("\"severity\":\"warning\"")).count();
    assert_eq!(critical, 14, "none of them had to go");
    assert_eq!(warnings as u64 + left_out, 86, "each is sent or counted");
}

#[test]
fn a_mailbox_in_which_too_much_stands_counts_what_has_no_room() {
    let (world, channels) = (World::new(), only(pagerduty()));
    for number in 0..351 {
        let event = Event { target: TargetName::new(format!("{}-{number}", "é".repeat(300))), ..alert() };
        let report = arrive(&world, &channels, &event);
        assert_eq!(of(&report, "pagerduty").left_out, u64::from(number == 350));
    }
    assert!(world.size("pagerduty:/pagerduty") < 300_000);
    assert_eq!(world.shown(PAGERDUTY).len(), 350);
    let unknown = arrive(&world, &channels, &recovery());
    assert_eq!(
        (of(&unknown, "pagerduty").left_out, of(&unknown, "pagerduty").dropped),
        (0, Some("nothing_to_clear"))
    );
}

#[test]
fn a_recovery_waits_for_longer_than_an_alert() {
    let (world, channels) = (World::new(), only(pagerduty()));
    arrive(&world, &channels, &alert());
    world.says(PAGERDUTY, 503, "");
    arrive(&world, &channels, &recovery());
    arrive(&world, &channels, &warning("observe_failed"));
    wake_after(&world, &channels, MINUTE * 60 * 25);
    world.says(PAGERDUTY, 202, "");
    wake_after(&world, &channels, MINUTE * 60);
    let shown = world.shown(PAGERDUTY);
    assert_eq!(shown.len(), 2, "the warning of yesterday is none");
    assert!(shown[1].contains("resolve"));
}

#[test]
fn after_an_outage_what_is_critical_is_not_behind_the_warnings() {
    let (world, channels) = (World::new(), only(slack()));
    world.says(SLACK, 500, "rollup_error");
    for reason in ["observe_failed", "signal_missing", "flapping", "at_maximum"] {
        arrive(&world, &channels, &warning(reason));
    }
    arrive(&world, &channels, &alert());
    // The critical one fails often, as any would.
    for _ in 0..120 {
        wake_after(&world, &channels, MINUTE);
    }
    world.says(SLACK, 200, "ok");
    wake_after(&world, &channels, MINUTE * 15);
    let shown = world.shown(SLACK);
    let critical = shown.iter().position(|body| body.contains("no_memory_lever")).unwrap();
    assert!(critical <= 1, "one may be tried when the channel answers again, but no second one: {shown:?}");
    assert_eq!(shown.len(), 5);
}
