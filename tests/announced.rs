//! Goal: what happens to a target is told outside, each alert and each recovery once, or twice after a crash, and never not at all. Method: the
//! simulated account, whose bus keeps what arrived; days at the maximum, pauses, and attempts killed at every write.

use std::cell::Cell;
use std::collections::BTreeSet;

use futures_util::FutureExt;
use jiff::SignedDuration;
use tidegate_policy::document::parse;
use tidegate_policy::history::NoticeKind;
use tidegate_policy::names::TargetName;
use tidegate_policy::order::{Order, Until};
use tidegate_policy::pause::Paused;
use tidegate_policy::policy::{Policy, Target};
use tidegate_policy::reason::Reason;
use tidegate_policy::severity::Severity;
use tidegate_reconcile::{Attempt, LEASE_AT_LEAST, Mode, Wake, reconcile};
use tidegate_simulator::account::{
    Account, Announcement, Beginning, Fault, GroupStart, Operation, ServiceStart,
};
use tidegate_simulator::world::WorldEvent;

use crate::crash_walk::{Death, Mortal};
use crate::world::{PRODUCTION, STAGING, World, start, targets};

/// A service of at most four tasks that is told of after five minutes at its maximum.
fn target(more: &str) -> Target {
    let document = format!(
        "[[target]]\nname = \"api\"\nkind = \"ecs-service\"\ncluster = \"prod\"\nservice = \"api\"\nmin = 2\nmax = 4\n\
         evaluate_every = \"1m\"\nat_maximum_for = \"5m\"\nscale_out = [\"cpu > 70% for 3m\"]\nscale_in = [\"cpu < 40% for 5m\"]\n\
         cooldown = {{ out = \"60s\", in = \"300s\" }}\nstabilization = {{ in = \"0s\" }}\n{more}"
    );
    parse(&document).unwrap().targets.remove(0)
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// More than four tasks can serve, and less than two are needed for.
const TOO_MUCH: f64 = 5.0;
const LITTLE: f64 = 0.5;

/// Lives for so many minutes under this load; attempts that fail are those of a mishap.
fn live(world: &mut World, minutes: i64, load: impl Fn(i64) -> f64) {
    for minute in 0..minutes {
        let _ = world.attempt(&world.account, &world.account, Mode::Apply);
        world.live(load(minute));
    }
}

/// What arrived of alerts and recoveries, without what a lost answer brought twice: the newest number is never below an older one.
fn told(world: &World) -> Vec<Announcement> {
    let mut all: Vec<Announcement> = Vec::new();
    for announced in world.account.announcements() {
        let newest = all.last().map_or(0, |last| last.notice.number);
        if announced.notice.number > newest {
            all.push(announced);
        } else {
            let first = all.iter().find(|one| one.notice.number == announced.notice.number);
            let first = first.unwrap_or_else(|| panic!("{announced:?} came after {newest}"));
            assert_eq!(first.notice, announced.notice, "one number is one notice");
        }
    }
    all.retain(|one| matches!(one.notice.kind, NoticeKind::Alert | NoticeKind::Recovery));
    all
}

fn edges(told: &[Announcement]) -> Vec<(NoticeKind, Reason)> {
    told.iter().map(|one| (one.notice.kind, one.notice.reason)).collect()
}

const ALARM: (NoticeKind, Reason) = (NoticeKind::Alert, Reason::AtMaximumFor);
const OK: (NoticeKind, Reason) = (NoticeKind::Recovery, Reason::AtMaximumFor);

/// How often each number arrived, and what was told in all.
struct Walked {
    edges: Vec<(NoticeKind, Reason)>,
    most_often: usize,
    waiting: usize,
    writes: usize,
    killed: usize,
}

/// Twenty minutes of too much, and then of little.
fn walk(death: Option<Death>) -> Walked {
    let mut world = World::new(&target(""), 7);
    let writes = Cell::new(0);
    let mut killed = 0;
    for minute in 0..40 {
        let mortal = Mortal { account: &world.account, writes: &writes, death };
        killed += usize::from(world.attempt(&mortal, &mortal, Mode::Apply).is_none());
        world.live(if minute < 20 { TOO_MUCH } else { LITTLE });
    }
    let all = world.account.announcements();
    let times =
        |one: &Announcement| all.iter().filter(|other| other.notice.number == one.notice.number).count();
    Walked {
        edges: edges(&told(&world)),
        most_often: all.iter().map(times).max().unwrap_or(0),
        waiting: world.account.with_history(|history| history.outbox.waiting().len()).unwrap(),
        writes: writes.get(),
        killed,
    }
}

#[test]
fn killed_at_any_write_each_alert_and_recovery_arrives_once_or_twice_and_in_order() {
    let alive = walk(None);
    assert_eq!((alive.edges.as_slice(), alive.most_often), (&[ALARM, OK][..], 1));
    let mut twice = 0;
    for write in 0..alive.writes {
        for death in [Death::Before(write), Death::After(write)] {
            let died = walk(Some(death));
            assert_eq!(died.killed, 1, "{death:?}: nobody died");
            assert_eq!(died.edges, alive.edges, "{death:?} of {} writes", alive.writes);
            assert!(died.most_often <= 2, "{death:?}: {} times", died.most_often);
            assert_eq!(died.waiting, 0, "{death:?}");
            twice += usize::from(died.most_often == 2);
        }
    }
    assert!(twice > 0, "no death came between a publication and its record");
}

#[test]
fn twelve_hours_at_the_maximum_are_one_alarm_and_one_ok_whatever_is_between() {
    let mut world = World::new(&target(""), 7);
    live(&mut world, 60, |_| TOO_MUCH);
    for (hour, event) in [
        WorldEvent::EventBusThrottled { probability: 1.0, lasting: minutes(50) },
        WorldEvent::ThrottleBurst { probability: 0.7, lasting: minutes(40) },
        WorldEvent::LedgerUnreachable { lasting: minutes(30) },
        WorldEvent::LedgerAnswersLost { probability: 0.5, lasting: minutes(50) },
        WorldEvent::MetricBlackout { lasting: minutes(30) },
        WorldEvent::SlowCalls { seconds: 8.0, lasting: minutes(30) },
    ]
    .into_iter()
    .enumerate()
    {
        world.account.befall(&event);
        // In one minute of ten the load is at the level.
        live(&mut world, 110, |minute| if minute % 10 == 9 { 2.4 } else { TOO_MUCH });
        let told = told(&world);
        let of_it = told.iter().filter(|one| one.notice.reason == Reason::AtMaximumFor).count();
        assert_eq!(of_it, 1, "after {event:?} in hour {}: {told:#?}", hour * 2 + 1);
    }
    live(&mut world, 40, |_| LITTLE);
    let told = told(&world);
    let of_it: Vec<_> = told.iter().filter(|one| one.notice.reason == Reason::AtMaximumFor).collect();
    assert_eq!(of_it.iter().map(|one| (one.notice.kind, one.notice.reason)).collect::<Vec<_>>(), [ALARM, OK]);
    assert_eq!(of_it[0].notice.since, of_it[1].notice.since);
    let sentence = &of_it[1].notice.detail;
    assert_eq!(sentence, "over: more is wanted than the maximum");
}

#[test]
fn what_stands_for_days_is_told_again_once_a_day() {
    let mut world = World::new(&target(""), 7);
    live(&mut world, 50 * 60, |_| TOO_MUCH);
    live(&mut world, 40, |_| LITTLE);
    let told = told(&world);
    assert_eq!(edges(&told), [ALARM, ALARM, ALARM, OK]);
    assert!(told.iter().all(|one| one.notice.since == told[0].notice.since), "{told:#?}");
    let days: Vec<_> =
        told.iter().map(|one| one.notice.at.duration_since(told[0].notice.at).as_hours()).collect();
    assert_eq!(days[..3], [0, 24, 48]);
}

#[test]
fn an_alert_that_comes_and_goes_every_few_minutes_is_one_alert() {
    let mut world = World::new(&target("alert = [\"cpu > 55% for 1m\"]\n"), 7);
    // At the maximum from the beginning: the capacity rests, and the CPU follows the load.
    live(&mut world, 30, |_| TOO_MUCH);
    live(&mut world, 45, |minute| if minute % 3 == 0 { 1.9 } else { 3.0 });
    let told = told(&world);
    let alerts = told.iter().filter(|one| one.notice.reason == Reason::AlertThreshold);
    let alerts: Vec<_> = alerts.map(|one| one.notice.kind).collect();
    assert_eq!(alerts, [NoticeKind::Alert], "{told:#?}");
}

/// A look is no reading: CloudWatch shows points late and in another order, so three looks in a row may see the same newest point.
#[test]
fn a_load_that_comes_and_goes_by_the_minute_for_six_hours_is_one_alert() {
    for seed in [7, 8, 21, 90, 91, 92] {
        for period in [2, 3] {
            let mut world = World::new(&target("alert = [\"cpu > 55% for 1m\"]\n"), seed);
            let of_it = |world: &World| -> Vec<NoticeKind> {
                let told = told(world);
                let of_it = told.iter().filter(|one| one.notice.reason == Reason::AlertThreshold);
                of_it.map(|one| one.notice.kind).collect()
            };
            live(&mut world, 30, |_| TOO_MUCH);
            live(&mut world, 360, |minute| if minute % period == 0 { 3.0 } else { 1.9 });
            assert_eq!(of_it(&world), [NoticeKind::Alert], "seed {seed}, each {period} minutes");
            live(&mut world, 30, |_| 1.9);
            let ended = [NoticeKind::Alert, NoticeKind::Recovery];
            assert_eq!(of_it(&world), ended, "seed {seed}, each {period} minutes");
        }
    }
}

/// The mission's own words: "alert when lag > 1 s". Of the shipped policy, whose replicas are looked at every five minutes.
#[test]
fn lag_of_more_than_a_second_reaches_a_person_once_and_so_does_its_end() {
    let shipped = crate::world::target(STAGING);
    let rules: Vec<_> = shipped.scaling.alert.iter().map(|rule| rule.text.as_str()).collect();
    assert_eq!(rules, ["lag > 1s for 1m"]);
    let mut world = World::new(&shipped, 7);
    let of_it = |world: &World| -> Vec<Announcement> {
        told(world).into_iter().filter(|one| one.notice.reason == Reason::AlertThreshold).collect()
    };
    live(&mut world, 180, |_| 0.5);
    assert_eq!(of_it(&world), []);
    let began = world.now();
    world.account.befall(&WorldEvent::LagSpike { replica: 0, seconds: 12.0, lasting: minutes(30) });
    live(&mut world, 120, |_| 0.5);
    let told = of_it(&world);
    let [alert, over] = told.as_slice() else { panic!("{told:#?}") };
    assert_eq!((alert.notice.kind, over.notice.kind), (NoticeKind::Alert, NoticeKind::Recovery));
    assert_eq!(alert.notice.reason.severity(), Severity::Warning);
    // Two points are late, one has to be wrong, and the next look is five minutes away at most.
    let after = |one: &Announcement| one.notice.at.duration_since(began);
    assert!(after(alert) <= minutes(10), "{alert:?}");
    assert!(minutes(30) <= after(over) && after(over) <= minutes(60), "{over:?}");
    for one in [alert, over] {
        assert!(one.notice.detail.contains("lag"), "{one:?}");
    }
}

#[test]
fn a_pause_is_told_when_it_begins_each_day_and_when_it_ends() {
    for ends_early in [false, true] {
        let mut world = World::new(&target(""), 7);
        let pause =
            Order::Pause { what: Paused::All, until: Some(Until::For(minutes(50 * 60))), sent_at: None };
        let resume = Order::Resume { sent_at: None };
        let send = |world: &mut World, order: &Order| {
            let orders = [(TargetName::new("api"), order.clone())];
            world.account.advance_to(world.now());
            let report = world.attempt_with(&world.account, &world.account, Mode::Apply, &orders).unwrap();
            assert_eq!(report.failures().count(), 0, "{report:?}");
            world.live(1.0);
        };
        send(&mut world, &pause);
        // The same command, delivered once more.
        let until = Some(Until::At(
            world.account.with_history(|history| history.orders.pause.clone().unwrap().until).unwrap(),
        ));
        send(&mut world, &Order::Pause { what: Paused::All, until, sent_at: None });
        live(&mut world, 49 * 60, |_| 1.0);
        if ends_early {
            send(&mut world, &resume);
        }
        live(&mut world, 2 * 60, |_| 1.0);
        let told = told(&world);
        let (began, over) =
            ((NoticeKind::Alert, Reason::PauseBegan), (NoticeKind::Recovery, Reason::PauseBegan));
        assert_eq!(edges(&told), [began, began, began, over], "{told:#?}");
        assert!(told.iter().all(|one| one.notice.since == told[0].notice.since), "{told:#?}");
        let hours = told[3].notice.at.duration_since(told[0].notice.at).as_hours();
        assert_eq!(hours, if ends_early { 49 } else { 50 }, "{told:#?}");
    }
}

#[test]
fn what_was_published_and_not_answered_is_published_again_with_its_number() {
    let mut world = World::new(&target(""), 7);
    world.account.fail_for(minutes(12), 1.0, Some(Operation::PutEvents), Fault::AnswerLost);
    live(&mut world, 30, |_| TOO_MUCH);
    let arrived = world.account.announcements();
    assert_eq!(edges(&told(&world)), [ALARM]);
    let first = arrived.iter().filter(|one| one.notice.number == arrived[0].notice.number).count();
    assert!(first > 5, "each minute tries again: {first}");
}

/// The shipped policy's targets on one account, each kind looked after by a function of its own.
#[test]
fn each_target_has_numbers_of_its_own() {
    let all = targets(PRODUCTION);
    let others: Vec<&Target> = all[1..].iter().collect();
    let beginning = Beginning {
        seed: 7,
        start: start(),
        lasting: minutes(48 * 60),
        blackout: false,
        service: ServiceStart::plain(),
        group: GroupStart::plain(),
    };
    let account = Account::of(&all[0], &others, &beginning);
    let kinds: BTreeSet<&str> = all.iter().map(|target| target.kind.name()).collect();
    for minute in 0..6 * 60 {
        let now = start() + minutes(minute) + SignedDuration::from_secs(20);
        account.advance_to(now);
        for kind in &kinds {
            let mine = all.iter().filter(|target| target.kind.name() == *kind).cloned().collect();
            let policy = Policy { targets: mine, notify: Vec::new() };
            let owner = format!("{kind}-{minute}");
            let (lease_for, wake, mode) = (LEASE_AT_LEAST, Wake::Clock, Mode::Apply);
            let attempt = Attempt { owner: &owner, lease_for, wake, mode, orders: &[], paused: None };
            let report =
                reconcile(&account, &account, &policy, now, &attempt).now_or_never().unwrap().unwrap();
            assert!(report.targets.iter().all(|target| target.unpublished.is_none()), "{report:?}");
        }
        account.advance_to(start() + minutes(minute + 1));
        for (target, one) in all.iter().zip(account.targets()) {
            // Around the clock between what the fewest and the most can serve.
            let most = f64::from(target.scaling.max.0);
            let _ = one.end_minute(if minute % 180 < 90 { most * 0.8 } else { 0.3 });
        }
    }
    let mut told = 0;
    for (target, one) in all.iter().zip(account.targets()) {
        let numbers: Vec<u64> = one.announcements().iter().map(|one| one.notice.number).collect();
        assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{}: {numbers:?}", target.name);
        told += usize::from(numbers.len() > 3);
    }
    assert!(told >= 3, "{told} targets told anything: {:#?}", account.announcements());
}
