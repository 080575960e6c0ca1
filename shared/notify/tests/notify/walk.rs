//! A process that is killed in any of its calls, before or after the call had its effect: each message is shown once or twice, never not at all, and nothing
//! opens again what is over.

use jiff::SignedDuration;
use tidegate_notify::channel::Channel;
use tidegate_notify::event::Event;
use tidegate_notify::mailbox::LEASE;

use crate::fixture::{alert, json, recovery};
use crate::invocations::{Job, all, run_all, wake_after};
use crate::world::{Death, World};

/// An event arrives, and once more if the invocation was killed: so does Lambda. How many calls the first one made.
fn arrive(world: &World, channels: &[Channel], event: &Event, death: Option<Death>) -> usize {
    let before = world.0.borrow().calls.len();
    world.0.borrow_mut().death = death.map(|death| match death {
        Death::Before(call) => Death::Before(before + call),
        Death::After(call) => Death::After(before + call),
    });
    let report = run_all(world, channels, &[Job::Arrive(event)], 0).remove(0);
    assert_eq!(report.is_none(), death.is_some());
    let calls = world.0.borrow().calls.len() - before;
    {
        let mut state = world.0.borrow_mut();
        (state.death, state.dead) = (None, false);
    }
    if report.is_none() {
        run_all(world, channels, &[Job::Arrive(event)], 0);
    }
    wake_after(world, channels, LEASE + SignedDuration::from_secs(1));
    calls
}

/// What each channel shows, as `+` of an alert and `-` of a recovery.
fn shown(world: &World) -> Vec<(&'static str, String)> {
    let sign = |alert: bool| if alert { '+' } else { '-' };
    let of_posts = |host: &str, alert: &dyn Fn(&str) -> bool| {
        world.shown(host).iter().map(|body| sign(alert(body))).collect::<String>()
    };
    let of_topic = |topic: &str| {
        let state = world.0.borrow();
        let messages = state.published.iter().filter(|(to, ..)| format!("{to:?}") == topic);
        messages
            .map(|(.., message)| {
                sign(message.contains("ALARM critical") || json(message)["NewStateValue"] == "ALARM")
            })
            .collect::<String>()
    };
    vec![
        ("slack", of_posts("hooks.slack.com", &|body| body.contains("ALARM critical"))),
        ("pagerduty", of_posts("events.pagerduty.com", &|body| body.contains("\"trigger\""))),
        ("https", of_posts("hook.example.com", &|body| body.contains("\"alert\""))),
        ("critical", of_topic("Critical")),
        ("amazon q", of_topic("AmazonQ")),
    ]
}

fn assert_once_or_twice(world: &World, death: &str) {
    for (channel, shown) in shown(world) {
        assert!(["+-", "++-", "+--"].contains(&shown.as_str()), "{channel} shows {shown:?} after {death}");
    }
}

#[test]
fn a_process_killed_in_any_call_shows_each_message_once_or_twice() {
    let channels = all();
    let world = World::new();
    let of_alert = arrive(&world, &channels, &alert(), None);
    let of_recovery = arrive(&world, &channels, &recovery(), None);
    assert!(shown(&world).iter().all(|(_, shown)| shown == "+-"), "{:?}", shown(&world));
    assert!(of_alert >= 25 && of_recovery >= 25, "{of_alert} and {of_recovery} calls");
    let deaths = |calls: usize| (0..calls).flat_map(|call| [Death::Before(call), Death::After(call)]);
    let mut twice = 0;
    for death in deaths(of_alert) {
        let world = World::new();
        arrive(&world, &channels, &alert(), Some(death));
        arrive(&world, &channels, &recovery(), None);
        assert_once_or_twice(&world, &format!("{death:?} of the alert"));
        twice += shown(&world).iter().filter(|(_, shown)| shown == "++-").count();
    }
    assert!(twice > 0, "no death was between a message and its note: does the walk walk?");
    for death in deaths(of_recovery) {
        let world = World::new();
        arrive(&world, &channels, &alert(), None);
        arrive(&world, &channels, &recovery(), Some(death));
        assert_once_or_twice(&world, &format!("{death:?} of the recovery"));
    }
}

#[test]
fn two_invocations_at_once_show_each_message_once() {
    let channels = all();
    for order in 0..300 {
        let world = World::new();
        let (alert, recovery) = (alert(), recovery());
        // The same event twice, as EventBridge may deliver it, and the clock beside them.
        let jobs = [Job::Arrive(&alert), Job::Arrive(&alert), Job::Wake];
        run_all(&world, &channels, &jobs, order);
        wake_after(&world, &channels, LEASE);
        run_all(&world, &channels, &[Job::Arrive(&recovery), Job::Wake, Job::Arrive(&recovery)], order);
        wake_after(&world, &channels, LEASE);
        assert!(shown(&world).iter().all(|(_, shown)| shown == "+-"), "{order}: {:?}", shown(&world));
    }
}

#[test]
fn an_alert_and_its_recovery_at_once_leave_nothing_open() {
    let channels = all();
    for order in 0..300 {
        let world = World::new();
        let (alert, recovery) = (alert(), recovery());
        run_all(&world, &channels, &[Job::Arrive(&alert), Job::Arrive(&recovery)], order);
        wake_after(&world, &channels, LEASE);
        for (channel, shown) in shown(&world) {
            assert!(["", "+-"].contains(&shown.as_str()), "{order}: {channel} shows {shown:?}");
        }
    }
}
