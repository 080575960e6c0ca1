//! Pauses on their way into the memory of a target, whatever its kind: taken, refused, told again, and over by themselves.

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::history::History;
use tidegate_policy::order::{Order, Until, take};
use tidegate_policy::pause::Paused;
use tidegate_policy::reason::Reason;

use super::ecs_service::fixture::World as Service;
use super::fixture::minutes;
use super::rds_replicas::fixture::Account;
use super::redis_nodes::fixture::World as Group;

pub(crate) fn pause(what: Paused, lasting: i64) -> Order {
    Order::Pause { what, until: Some(Until::For(minutes(lasting))), sent_at: None }
}

pub(crate) const RESUME: Order = Order::Resume { sent_at: None };

#[test]
fn a_pause_that_cannot_be_taken_is_refused_with_what_to_send() {
    let world = Service::steady(4);
    let now = world.now;
    let refused = |until: Until| {
        let mut history = History::default();
        let order = Order::Pause { what: Paused::In, until: Some(until), sent_at: None };
        let why = take(&world.target, &mut history, &order, now).unwrap_err();
        assert_eq!((why.reason, history), (Reason::OrderRefused, History::default()));
        why.detail
    };
    insta::assert_snapshot!(
        [
            refused(Until::At(now - minutes(1))),
            refused(Until::At(now + minutes(8 * 24 * 60))),
            refused(Until::For(SignedDuration::from_hours(8 * 24))),
            refused(Until::For(SignedDuration::ZERO)),
        ]
        .join("\n"),
        @r#"
    until 2026-03-04T11:59:00Z is over already (it is 2026-03-04T12:00:00Z): send a time to come, or leave it out
    until 2026-03-12T12:00:00Z is 8d away, and a pause lasts for 7d at most: send an earlier time, or deploy Paused=in
    until 2026-03-12T12:00:00Z is 8d away, and a pause lasts for 7d at most: send an earlier time, or deploy Paused=in
    until 2026-03-04T12:00:00Z is over already (it is 2026-03-04T12:00:00Z): send a time to come, or leave it out
    "#
    );
}

#[test]
fn a_late_pause_replaces_no_newer_one_and_is_no_word_on_bounds() {
    let world = Service::steady(4);
    let ago = |seconds| world.now - SignedDuration::from_secs(seconds);
    let mut history = History::default();
    let mut send = |order: Order, seconds| {
        take(&world.target, &mut history, &order.sent(ago(seconds)), world.now).map_err(|why| why.reason)
    };
    assert!(send(RESUME, 60).is_ok(), "what ends a pause may come before it");
    assert_eq!(send(pause(Paused::All, 60), 90), Err(Reason::OrderRefused));
    assert!(send(pause(Paused::All, 60), 30).is_ok());
    assert_eq!(send(RESUME, 45), Err(Reason::OrderRefused));
    assert!(
        send(Order::Clear { sent_at: None }, 120).is_ok(),
        "another sort of command has an order of its own"
    );
    assert_eq!(history.orders.pause.map(|pause| pause.until), Some(ago(30) + minutes(60)));
}

/// Of each kind: nothing asks for a change, and a pause of 50 hours is reminded of twice and ends by itself.
#[test]
fn a_pause_is_told_when_it_begins_each_day_and_when_it_ends() {
    fn told(reasons: Vec<(i64, Reason)>) {
        let hours: Vec<_> = reasons.into_iter().map(|(hour, reason)| (hour, reason.code())).collect();
        assert_eq!(hours, [(24, "pause_reminder"), (48, "pause_reminder"), (50, "pause_ended")]);
    }
    let order = pause(Paused::All, 50 * 60);
    let hours = 1..=52_i64;
    let news = |plan: &tidegate_policy::plan::Plan| {
        let all = plan.alerts.iter().map(|alert| alert.explanation.reason).collect::<Vec<_>>();
        all.into_iter().filter(|reason| matches!(reason, Reason::PauseReminder | Reason::PauseEnded))
    };
    let mut service = Service::steady(4);
    let began = take(&service.target, &mut service.history, &order, service.now).unwrap();
    assert_eq!(
        began.to_string(),
        "pause_began: additions and removals are paused until 2026-03-06T14:00:00Z (2d2h); {\"target\": \"api\", \"resume\": true} ends that sooner; where Application Auto Scaling has the service it goes on by itself: suspend it there"
    );
    told(
        hours
            .clone()
            .flat_map(|hour| {
                service.go_to(service.now + minutes(60));
                let plan = service.plan();
                service.history = plan.history.clone();
                news(&plan).map(move |reason| (hour, reason))
            })
            .collect(),
    );
    let mut group = Group::disabled(3);
    take(&group.target, &mut group.history, &order, group.now).unwrap();
    told(
        hours
            .clone()
            .flat_map(|hour| {
                group.pass(60);
                let plan = group.plan();
                group.history = plan.history.clone();
                news(&plan).map(move |reason| (hour, reason))
            })
            .collect(),
    );
    let mut account = Account::steady(2);
    take(&account.target, &mut account.history, &order, account.now).unwrap();
    told(
        hours
            .flat_map(|hour| {
                account.pass(60);
                let plan = account.plan();
                account.history = plan.history.clone();
                news(&plan).map(move |reason| (hour, reason))
            })
            .collect(),
    );
}

/// What the ledger holds since services alone took commands.
#[test]
fn a_command_that_was_stored_with_the_service_is_still_read() {
    let stored = r#"{"decisions": 3, "service": {"refusals": 1, "order": {"at": "2026-03-04T11:00:00Z", "until": "2026-03-04T13:00:00Z",
        "min": 4, "max": null}, "order_sent_at": "2026-03-04T10:59:00Z"}}"#;
    let history: History = serde_json::from_str(stored).unwrap();
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let order = history.orders.bounds.clone().unwrap();
    assert_eq!((order.at, order.until), (at("2026-03-04T11:00:00Z"), at("2026-03-04T13:00:00Z")));
    assert_eq!((order.min.map(|min| min.0), order.max), (Some(4), None));
    assert_eq!(history.orders.bounds_sent_at, Some(at("2026-03-04T10:59:00Z")));
    assert_eq!((history.decisions, history.ecs_service.refusals), (3, 1));
    let again = serde_json::to_string(&history).unwrap();
    assert_eq!(serde_json::from_str::<History>(&again).unwrap(), history, "{again}");
    assert!(!again.contains("order_sent_at\""), "it is kept in one place: {again}");
    // Both are there if an older version wrote last: the newer place counts.
    let mut world = Service::steady(4);
    take(&world.target, &mut world.history, &pause(Paused::In, 60), world.now).unwrap();
    let text = serde_json::to_string(&world.history).unwrap();
    assert_eq!(serde_json::from_str::<History>(&text).unwrap(), world.history);
}
