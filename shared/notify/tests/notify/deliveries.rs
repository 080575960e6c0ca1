//! What is sent to each channel, and what its answers lead to.

use jiff::SignedDuration;
use tidegate_notify::event::{Event, EventKind};
use tidegate_notify::port::{Topic, Unpublished};

use crate::fixture::{alert, now, recovery, warning};
use crate::invocations::{
    Job, all, arrive, channels, https, of, only, pagerduty, published, run, slack, wake_after,
};
use crate::world::{Reply, World};

const SLACK: &str = "hooks.slack.com";
const PAGERDUTY: &str = "events.pagerduty.com";
const ENDPOINT: &str = "hook.example.com";

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[test]
fn an_alert_costs_a_read_three_writes_a_secret_and_a_post_for_each_channel() {
    let (world, channels) = (World::new(), only(slack()));
    arrive(&world, &channels, &alert());
    let calls = world.0.borrow().calls.clone();
    assert_eq!(
        calls,
        [
            "load slack:/slack",
            "store slack:/slack",
            "read /slack",
            "store slack:/slack",
            "post hooks.slack.com",
            "store slack:/slack",
        ]
    );
    wake_after(&world, &channels, MINUTE);
    assert_eq!(world.0.borrow().calls[6..], ["load slack:/slack"], "a minute with nothing to send");
}

#[test]
fn too_many_requests_wait_as_long_as_the_channel_says_and_nobody_sleeps() {
    let (world, channels) = (World::new(), only(slack()));
    world.once(SLACK, Reply::Says(429, Some("120"), "rate_limited".to_owned()));
    let report = arrive(&world, &channels, &alert());
    assert_eq!(report.error(), None, "that it waits is no error");
    let told = of(&report, "slack");
    assert_eq!((told.sent, told.waiting, told.waits_until), (0, 1, Some(now() + MINUTE * 2)));
    assert_eq!(told.waits_for.as_deref(), Some("hooks.slack.com answered 429: rate_limited"));
    wake_after(&world, &channels, MINUTE);
    // What arrives meanwhile waits too.
    arrive(&world, &channels, &warning("observe_failed"));
    assert_eq!(world.asked(SLACK), 1);
    let told = wake_after(&world, &channels, MINUTE);
    assert_eq!((of(&told, "slack").sent, world.shown(SLACK).len()), (2, 2));
}

#[test]
fn what_is_gone_is_refused_once_and_ends_as_an_error() {
    for (status, word) in
        [(404, "no_service"), (410, "channel_is_archived"), (403, "invalid_token"), (400, "invalid_blocks")]
    {
        let (world, channels) = (World::new(), all());
        world.says(SLACK, status, word);
        let report = arrive(&world, &channels, &alert());
        let error = report.error().unwrap();
        assert_eq!(error, format!("slack:/slack: refused: hooks.slack.com answered {status}: {word}"));
        assert_eq!(world.shown(PAGERDUTY).len(), 1, "the others are told");
        // Lambda tries an invocation that failed again.
        let again = arrive(&world, &channels, &alert());
        let waits = status != 400;
        let dropped = (!waits).then_some("sent_already");
        let slack = of(&again, "slack");
        assert_eq!((again.error(), slack.dropped, slack.waiting), (None, dropped, usize::from(waits)));
        wake_after(&world, &channels, MINUTE * 60);
        assert_eq!((world.asked(SLACK), world.asked(PAGERDUTY)), (1, 1));
        // Its recovery has nothing to clear.
        arrive(&world, &channels, &recovery());
        assert_eq!((world.asked(SLACK), world.asked(PAGERDUTY)), (1, 2));
    }
}

#[test]
fn a_redirect_is_refused_and_not_followed() {
    let (world, channels) = (World::new(), only(https()));
    world.always(ENDPOINT, Reply::Says(307, None, String::new()));
    let error = arrive(&world, &channels, &alert()).error().unwrap();
    assert!(error.contains("hook.example.com answered 307: it leads elsewhere"), "{error}");
    assert_eq!(world.asked(ENDPOINT), 1);
}

#[test]
fn an_error_of_the_server_is_tried_again_ever_later() {
    let (world, channels) = (World::new(), only(slack()));
    world.says(SLACK, 500, "rollup_error");
    arrive(&world, &channels, &alert());
    let (mut tried, mut errors) = (vec![0], Vec::new());
    for minute in 1..=60 {
        let report = wake_after(&world, &channels, MINUTE);
        errors.extend(report.error().map(|error| (minute, error)));
        if world.asked(SLACK) > tried.len() {
            tried.push(minute);
        }
    }
    assert_eq!(tried, [0, 1, 2, 4, 8, 16, 31, 46], "30 s, 1, 2, 4 and 8 minutes, then 15");
    let why = "slack:/slack: it took nothing since 2026-03-02 16:41 UTC: hooks.slack.com answered 500: rollup_error";
    assert_eq!(errors, [31, 46].map(|minute| (minute, why.to_owned())), "after half an hour somebody looks");
    world.says(SLACK, 200, "ok");
    wake_after(&world, &channels, MINUTE * 15);
    assert_eq!(world.shown(SLACK).len(), 1);
}

#[test]
fn one_channel_that_never_answers_keeps_no_other_from_being_told() {
    let (world, channels) = (World::new(), all());
    world.always(SLACK, Reply::Hangs);
    let report = arrive(&world, &channels, &alert());
    assert_eq!(report.error().unwrap(), "slack:/slack: it did not end before the function's time was over");
    let told = (world.shown(PAGERDUTY).len(), world.shown(ENDPOINT).len(), published(&world).len());
    assert_eq!(told, (1, 1, 2));
    // Its claim ends, and the others are not told again.
    world.says(SLACK, 200, "ok");
    wake_after(&world, &channels, MINUTE);
    let told = (world.shown(SLACK).len(), world.shown(PAGERDUTY).len(), world.shown(ENDPOINT).len());
    assert_eq!((told, published(&world).len()), ((1, 1, 1), 2));
}

#[test]
fn a_post_that_times_out_may_have_been_shown_so_its_recovery_is_sent() {
    let (world, channels) = (World::new(), only(pagerduty()));
    world.once(PAGERDUTY, Reply::ShowsAndIsLost);
    arrive(&world, &channels, &alert());
    world.pass(MINUTE);
    arrive(&world, &channels, &recovery());
    assert_eq!(world.shown(PAGERDUTY).len(), 2);
    assert!(world.shown(PAGERDUTY)[1].contains("resolve"), "the alert is not tried again after it");
}

#[test]
fn a_server_that_fails_after_it_showed_the_alert_is_sent_its_recovery() {
    let (world, channels) = (World::new(), only(pagerduty()));
    // A gateway in between says 504 of what arrived.
    world.once(PAGERDUTY, Reply::Says(504, None, String::new()));
    arrive(&world, &channels, &alert());
    world.pass(MINUTE);
    arrive(&world, &channels, &recovery());
    assert_eq!(world.asked(PAGERDUTY), 2);
    // Too many requests were not taken: there is nothing to clear.
    let world = World::new();
    world.once(PAGERDUTY, Reply::Says(429, None, String::new()));
    arrive(&world, &channels, &alert());
    world.pass(MINUTE * 5);
    arrive(&world, &channels, &recovery());
    assert_eq!(world.asked(PAGERDUTY), 1);
}

#[test]
fn an_event_that_arrives_again_while_it_waits_waits_once() {
    let (world, channels) = (World::new(), only(slack()));
    world.says(SLACK, 503, "");
    let step = Event { kind: EventKind::Step, ..warning("create_replicas") };
    for event in [alert(), alert(), step.clone(), step] {
        arrive(&world, &channels, &event);
    }
    assert_eq!(world.mailbox("slack:/slack").waiting(), 2);
}

#[test]
fn a_table_that_does_not_answer_is_an_error_and_nothing_is_sent_unwritten() {
    let (world, channels) = (World::new(), only(slack()));
    world.0.borrow_mut().table_fails = true;
    let error = arrive(&world, &channels, &alert()).error().unwrap();
    assert_eq!(
        error,
        "slack:/slack: the table of the mailboxes did not answer: ProvisionedThroughputExceeded"
    );
    assert_eq!(world.asked(SLACK), 0);
    world.0.borrow_mut().table_fails = false;
    arrive(&world, &channels, &alert());
    assert_eq!(world.shown(SLACK).len(), 1);
}

#[test]
fn a_topic_that_throttles_is_tried_again_and_one_that_is_missing_is_an_error() {
    let (world, channels) = (World::new(), channels(Vec::new()));
    let fails = |passing, words: &str| Some(Unpublished { passing, words: words.to_owned() });
    world.0.borrow_mut().topic_fails = fails(true, "Throttled");
    let report = arrive(&world, &channels, &alert());
    assert_eq!((report.error(), of(&report, "sns:critical").waiting), (None, 1));
    world.0.borrow_mut().topic_fails = None;
    wake_after(&world, &channels, MINUTE);
    assert_eq!(published(&world), ["Critical ALARM"]);
    world.0.borrow_mut().topic_fails = fails(false, "NotFound");
    let error = arrive(&world, &channels, &warning("observe_failed")).error().unwrap();
    assert_eq!(error, "sns:warning: refused: the topic warning: NotFound");
    assert_eq!(world.0.borrow().published[0].0, Topic::Critical);
}

#[test]
fn a_letter_that_is_always_an_error_does_not_hold_up_the_others() {
    let (world, channels) = (World::new(), only(slack()));
    for _ in 0..4 {
        world.once(SLACK, Reply::Says(500, None, String::new()));
    }
    arrive(&world, &channels, &alert());
    arrive(&world, &channels, &warning("observe_failed"));
    for _ in 0..3 {
        wake_after(&world, &channels, MINUTE * 15);
    }
    let report = run(&world, &channels, Job::Wake);
    assert_eq!((world.shown(SLACK).len(), of(&report, "slack").waiting), (0, 2));
    wake_after(&world, &channels, MINUTE * 15);
    assert!(world.shown(SLACK)[0].contains("observe_failed"));
    assert_eq!(world.shown(SLACK).len(), 2);
}

#[test]
fn a_host_inside_is_refused_and_a_person_is_told() {
    let (world, channels) = (World::new(), only(https()));
    world.always(ENDPOINT, Reply::IsInside);
    let error = arrive(&world, &channels, &alert()).error().unwrap();
    assert_eq!(
        error,
        "https:/https: refused: hook.example.com: the host has the address 10.0.0.7, which is private: name a host of the Internet"
    );
    wake_after(&world, &channels, MINUTE * 60);
    assert_eq!(world.asked(ENDPOINT), 1);
}

#[test]
fn no_letter_is_begun_that_could_not_end_in_time() {
    let (world, channels) = (World::new(), only(https()));
    world.once(ENDPOINT, Reply::Says(429, Some("60"), String::new()));
    for reason in
        ["observe_failed", "signal_missing", "flapping", "writers_fight", "quota_reached", "no_memory_lever"]
    {
        arrive(&world, &channels, &warning(reason));
    }
    world.always(ENDPOINT, Reply::TakesItsTime(10));
    let report = wake_after(&world, &channels, MINUTE);
    let told = of(&report, "https");
    assert_eq!(
        (report.error(), told.sent, told.waiting),
        (None, 4, 2),
        "of 55 seconds the last 20 begin nothing"
    );
    assert_eq!(of(&wake_after(&world, &channels, MINUTE), "https").sent, 2);
}

#[test]
fn a_channel_that_is_gone_is_not_asked_for_each_message_that_waits() {
    let (world, channels) = (World::new(), only(slack()));
    world.once(SLACK, Reply::Says(429, Some("60"), String::new()));
    for reason in ["observe_failed", "signal_missing", "flapping"] {
        arrive(&world, &channels, &warning(reason));
    }
    world.says(SLACK, 404, "no_service");
    let asked = world.asked(SLACK);
    let report = wake_after(&world, &channels, MINUTE);
    assert_eq!((of(&report, "slack").refused.len(), of(&report, "slack").waiting), (1, 3));
    assert_eq!(world.asked(SLACK), asked + 1);
}
