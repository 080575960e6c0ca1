//! Goal: each alert and each recovery is told once, in order. Method: named situations, then random minutes judged by what a receiver sees.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::observation::Minute;
use crate::pause::Paused;
use crate::severity::Severity;
use crate::units::Count;

fn at(minute: i64) -> Timestamp {
    "2026-03-02T12:00:20Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minute)
}

fn why(reason: Reason) -> Explanation {
    Explanation::new(reason, format!("a sentence about {reason}"))
}

/// A look at this minute that finds these alerts and cannot judge those keys. What it puts into the outbox is published.
fn look(
    outbox: &mut Outbox,
    minute: i64,
    found: &[(&str, Reason)],
    unjudged: &[&str],
) -> Vec<(NoticeKind, Reason)> {
    for (key, reason) in found {
        outbox.found(key, &why(*reason), None, at(minute));
    }
    outbox.settle(
        |key, reason| found.contains(&(key, reason)),
        |key| unjudged.contains(&key),
        |_| None,
        at(minute),
    );
    publish(outbox)
}

fn publish(outbox: &mut Outbox) -> Vec<(NoticeKind, Reason)> {
    let told = outbox.waiting().iter().map(|notice| (notice.kind, notice.reason)).collect();
    outbox.published(outbox.waiting().len());
    told
}

const LAGS: (&str, Reason) = ("the lag of the source orders", Reason::SourceLags);
const ALARM: (NoticeKind, Reason) = (NoticeKind::Alert, Reason::SourceLags);
const OK: (NoticeKind, Reason) = (NoticeKind::Recovery, Reason::SourceLags);

#[test]
fn what_stands_is_told_once_and_its_end_once_with_since_when() {
    let mut outbox = Outbox::default();
    assert!(outbox.is_new());
    assert_eq!(look(&mut outbox, 0, &[LAGS], &[]), [ALARM]);
    for minute in 1..=10 {
        assert_eq!(look(&mut outbox, minute, &[LAGS], &[]), []);
    }
    assert_eq!(look(&mut outbox, 11, &[], &[]), []);
    assert_eq!(look(&mut outbox, 12, &[], &[]), []);
    outbox.settle(|_, _| false, |_| false, |_| None, at(13));
    let [over] = outbox.waiting() else { panic!("{outbox:?}") };
    assert_eq!((over.kind, over.reason, over.since, over.at), (OK.0, OK.1, at(0), at(13)));
    assert_eq!(over.severity(), Severity::Warning);
    assert_eq!(over.detail, "over: the lag of the source orders");
    publish(&mut outbox);
    assert_eq!(look(&mut outbox, 14, &[], &[]), [], "it is over once");
}

#[test]
fn what_comes_and_goes_each_minute_is_one_alert() {
    let mut outbox = Outbox::default();
    let mut told = Vec::new();
    for minute in 0..60 {
        let found: &[_] = if minute % 3 == 0 { &[LAGS] } else { &[] };
        told.extend(look(&mut outbox, minute, found, &[]));
    }
    assert_eq!(told, [ALARM]);
}

/// A look that reads a rule over one point, of a load that is too much in every third minute; `newest` is the newest minute that is visible, `late`
/// whether one before it is not yet.
fn reads(outbox: &mut Outbox, minute: i64, newest: i64, late: Option<i64>) -> Vec<(NoticeKind, Reason)> {
    let is_too_much = |minute: i64| minute % 3 == 0;
    let seen = |minute: i64| late != Some(minute);
    if is_too_much(newest) {
        outbox.found(LAGS.0, &why(LAGS.1), None, at(minute));
    }
    let before = [newest - 2, newest - 1];
    let read = Read {
        newest: Minute(newest),
        lately: before.iter().any(|minute| seen(*minute) && is_too_much(*minute)),
        whole: before.iter().all(|minute| seen(*minute)),
    };
    outbox.settle(|_, _| is_too_much(newest), |_| false, |_| Some(read), at(minute));
    publish(outbox)
}

#[test]
fn the_same_newest_point_looked_at_three_times_is_one_reading() {
    let mut outbox = Outbox::default();
    let mut told = reads(&mut outbox, 0, 0, None);
    // Each point stays the newest for four looks.
    for minute in 1..240 {
        told.extend(reads(&mut outbox, minute, minute / 4, None));
    }
    assert_eq!(told, [ALARM]);
}

#[test]
fn a_point_that_comes_later_than_the_next_one_may_still_say_that_it_is_there() {
    let mut outbox = Outbox::default();
    let mut told = reads(&mut outbox, 0, 0, None);
    for minute in 1..240 {
        // What is too much is each time the point that is not there yet, or is found by the look after.
        let newest = if minute % 3 == 0 { minute - 1 } else { minute };
        told.extend(reads(&mut outbox, minute, newest, Some(minute - minute % 3)));
    }
    assert_eq!(told, [ALARM]);
}

#[test]
fn three_newer_readings_without_it_are_its_end_and_a_minute_that_was_never_measured_does_not_keep_it_for_ever()
 {
    let clear = |newest, whole| Read { newest: Minute(newest), lately: false, whole };
    let ends = |whole, from: i64| {
        let mut outbox = Outbox::default();
        outbox.found(LAGS.0, &why(LAGS.1), None, at(0));
        publish(&mut outbox);
        (from..60).find(|minute| {
            outbox.settle(|_, _| false, |_| false, |_| Some(clear(*minute, whole)), at(*minute));
            publish(&mut outbox) == [OK]
        })
    };
    assert_eq!(ends(true, 1), Some(3));
    assert_eq!(ends(false, 1), Some(16), "fifteen minutes after the first look without it");
}

#[test]
fn what_happened_at_one_moment_is_over_once_it_did_not_happen_again_for_an_hour() {
    let mut outbox = Outbox::default();
    let deleted = why(Reason::RecordsDeleted);
    let (alert, over) =
        ((NoticeKind::Alert, Reason::RecordsDeleted), (NoticeKind::Recovery, Reason::RecordsDeleted));
    outbox.occurred(&deleted, None, at(0));
    for minute in 1..40 {
        assert_eq!(look(&mut outbox, minute, &[], &[]), if minute == 1 { vec![alert] } else { vec![] });
    }
    outbox.occurred(&deleted, None, at(40));
    assert_eq!(publish(&mut outbox), [alert], "each time is news");
    for minute in 41..100 {
        assert_eq!(look(&mut outbox, minute, &[], &[]), []);
    }
    let lines = outbox.settle(|_, _| false, |_| false, |_| None, at(100));
    assert_eq!(
        lines.into_iter().map(|line| line.text).collect::<Vec<_>>(),
        [
            "over after 1h40m: it has not happened again for an hour (records_deleted, since 2026-03-02T12:00:20Z)"
        ]
    );
    let [notice] = outbox.waiting() else { panic!("{outbox:?}") };
    assert_eq!((notice.kind, notice.since), (over.0, at(0)));
    assert_eq!(notice.detail, "over: it has not happened again for an hour");
}

#[test]
fn what_happened_is_not_over_while_the_same_reason_stands_for_another_thing() {
    let mut outbox = Outbox::default();
    let who = ("who deletes records of the name", Reason::RecordsDeleted);
    outbox.occurred(&why(who.1), None, at(0));
    assert_eq!(look(&mut outbox, 1, &[who], &[]).len(), 2);
    for minute in 2..90 {
        assert_eq!(look(&mut outbox, minute, &[who], &[]), []);
    }
    look(&mut outbox, 90, &[], &[]);
    look(&mut outbox, 91, &[], &[]);
    assert_eq!(look(&mut outbox, 92, &[], &[]), [(NoticeKind::Recovery, who.1)]);
}

/// How an alert comes into an outbox.
type Way = fn(&mut Outbox, &Explanation);

#[test]
fn whatever_the_reason_and_however_it_is_reported_an_alert_is_over_some_time() {
    let ways: [(&str, Way); 3] = [
        ("seen", |outbox, why| assert!(outbox.found("a thing", why, None, at(0)))),
        ("happened", |outbox, why| outbox.occurred(why, None, at(0))),
        ("failed", |outbox, why| outbox.failed(why, at(0))),
    ];
    for reason in Reason::ALL {
        for (way, report) in ways {
            let mut outbox = Outbox::default();
            report(&mut outbox, &why(*reason));
            assert_eq!(publish(&mut outbox), [(NoticeKind::Alert, *reason)], "{way}");
            let told: Vec<_> = (1..=60).flat_map(|minute| look(&mut outbox, minute, &[], &[])).collect();
            assert_eq!(told, [(NoticeKind::Recovery, *reason)], "{way}");
        }
    }
}

#[test]
fn a_full_outbox_stays_below_a_third_of_an_item() {
    let mut outbox = Outbox::default();
    let number = |nth| Number::count(format!("{nth} {}", "ä".repeat(500)), Count(u32::MAX)).against(1e300);
    for nth in 0..200 {
        let mut long = Explanation::new(Reason::ReplicaFailed, "x".repeat(5_000));
        long.numbers = (0..100).map(number).collect();
        outbox.found(&format!("the failed replica {nth}"), &long, Some(Next::Try(at(nth))), at(nth));
    }
    let waiting = serde_json::to_string(outbox.waiting()).unwrap().len();
    // An item has 400 KB (DynamoDB developer guide, "Item size").
    assert!(waiting < 133_000, "{waiting}");
}

#[test]
fn what_is_looked_at_rarely_is_over_once_two_looks_are_three_minutes_apart() {
    let mut outbox = Outbox::default();
    assert_eq!(look(&mut outbox, 0, &[LAGS], &[]), [ALARM]);
    assert_eq!(look(&mut outbox, 5, &[], &[]), []);
    assert_eq!(look(&mut outbox, 10, &[], &[]), [OK]);
}

#[test]
fn what_cannot_be_judged_is_not_over() {
    let mut outbox = Outbox::default();
    assert_eq!(look(&mut outbox, 0, &[LAGS], &[]), [ALARM]);
    for minute in 1..=60 {
        assert_eq!(look(&mut outbox, minute, &[], &[LAGS.0]), []);
    }
    // Two looks found it gone; what could not be judged between them is none.
    assert_eq!(look(&mut outbox, 61, &[], &[]), []);
    assert_eq!(look(&mut outbox, 62, &[], &[LAGS.0]), []);
    assert_eq!(look(&mut outbox, 63, &[], &[]), []);
    assert_eq!(look(&mut outbox, 64, &[], &[]), [OK]);
}

#[test]
fn another_of_the_same_reason_keeps_it_from_being_over() {
    let mut outbox = Outbox::default();
    let (one, other) = (("the failed replica a", Reason::ReplicaFailed), ("b", Reason::ReplicaFailed));
    let alert = (NoticeKind::Alert, Reason::ReplicaFailed);
    assert_eq!(look(&mut outbox, 0, &[one], &[]), [alert]);
    assert_eq!(look(&mut outbox, 10, &[one, other], &[]), [alert]);
    for minute in 20..30 {
        assert_eq!(look(&mut outbox, minute, &[other], &[]), []);
    }
    look(&mut outbox, 30, &[], &[]);
    outbox.settle(|_, _| false, |_| false, |_| None, at(40));
    let [over] = outbox.waiting() else { panic!("{outbox:?}") };
    assert_eq!((over.kind, over.since), (NoticeKind::Recovery, at(0)), "since the first of them");
    assert_eq!(over.detail, "over: b");
}

#[test]
fn two_of_one_reason_that_end_together_are_one_recovery() {
    let mut outbox = Outbox::default();
    let both = [("a", Reason::ReplicaFailed), ("b", Reason::ReplicaFailed)];
    look(&mut outbox, 0, &both, &[]);
    look(&mut outbox, 5, &[], &[]);
    assert_eq!(look(&mut outbox, 10, &[], &[]), [(NoticeKind::Recovery, Reason::ReplicaFailed)]);
}

#[test]
fn the_same_key_with_another_reason_is_another_alert() {
    let mut outbox = Outbox::default();
    look(&mut outbox, 0, &[("the refused change", Reason::ChangeRefused)], &[]);
    let other = ("the refused change", Reason::ChangeFailed);
    assert_eq!(look(&mut outbox, 5, &[other], &[]), [(NoticeKind::Alert, Reason::ChangeFailed)]);
    assert_eq!(look(&mut outbox, 10, &[other], &[]), [(NoticeKind::Recovery, Reason::ChangeRefused)]);
}

#[test]
fn what_stands_is_told_again_once_a_day_with_the_same_since() {
    let mut outbox = Outbox::default();
    let mut told = Vec::new();
    for minute in (0..=3 * 24 * 60).step_by(5) {
        outbox.found(LAGS.0, &why(LAGS.1), None, at(minute));
        told.extend(outbox.waiting().iter().map(|notice| (notice.at, notice.since, notice.kind)));
        publish(&mut outbox);
    }
    let day = 24 * 60;
    let all = [0, day, 2 * day, 3 * day].map(|minute| (at(minute), at(0), NoticeKind::Alert));
    assert_eq!(told, all);
}

#[test]
fn a_failure_is_told_once_and_is_over_once_attempts_plan_again() {
    let mut outbox = Outbox::default();
    for minute in 0..20 {
        outbox.failed(&why(Reason::ObserveFailed), at(minute));
    }
    assert_eq!(publish(&mut outbox), [(NoticeKind::Alert, Reason::ObserveFailed)]);
    assert_eq!(outbox.keys().count(), 0, "no plan ever finds it");
    look(&mut outbox, 20, &[], &[]);
    look(&mut outbox, 21, &[], &[]);
    outbox.settle(|_, _| false, |_| false, |_| None, at(22));
    let sentence = &outbox.waiting()[0].detail;
    assert_eq!(sentence, "over: attempts that failed");
    assert_eq!(publish(&mut outbox), [(NoticeKind::Recovery, Reason::ObserveFailed)]);
}

#[test]
fn a_pause_is_one_alert_from_its_beginning_to_its_end() {
    let mut outbox = Outbox::default();
    let pause = |minute, what| StandingPause { what, at: at(minute), until: at(3_000), told_at: at(minute) };
    let first = pause(0, Paused::All);
    outbox.paused(None, &first, "paused", at(0));
    outbox.paused(Some(&first), &pause(1, Paused::All), "delivered twice", at(1));
    // Looks do not end it.
    for minute in 1..10 {
        outbox.settle(|_, _| false, |_| false, |_| None, at(minute));
    }
    outbox.pause_lasts("still paused", at(1_440));
    outbox.pause_ended("resumed", at(1_500));
    outbox.pause_ended("resumed again", at(1_501));
    let told: Vec<_> = outbox
        .waiting()
        .iter()
        .map(|notice| (notice.kind, notice.reason, notice.detail.as_str(), notice.since))
        .collect();
    let (alert, over, began) = (NoticeKind::Alert, NoticeKind::Recovery, Reason::PauseBegan);
    assert_eq!(
        told,
        [
            (alert, began, "paused", at(0)),
            (alert, began, "still paused", at(0)),
            (over, began, "resumed", at(0))
        ]
    );
    outbox.paused(None, &first, "paused", at(2_000));
    outbox.paused(Some(&first), &pause(2_010, Paused::In), "another pause", at(2_010));
    assert_eq!(outbox.waiting().len(), 5, "another one is news");
}

#[test]
fn a_lost_memory_begins_above_what_receivers_have_seen() {
    let mut before = Outbox::default();
    for minute in 0..600 {
        before.stepped(&why(Reason::RampUp), None, at(minute));
    }
    let newest = before.waiting().last().unwrap().number;
    let mut after = Outbox::default();
    after.stepped(&why(Reason::RampUp), None, at(600));
    assert!(after.waiting()[0].number > newest);
}

#[test]
fn where_nothing_can_be_published_alerts_and_recoveries_stay() {
    let mut outbox = Outbox::default();
    look(&mut outbox, 0, &[], &[]);
    for minute in 0..200 {
        outbox.stepped(&why(Reason::RampUp), None, at(minute));
        if minute == 50 {
            outbox.found(LAGS.0, &why(LAGS.1), None, at(minute));
        }
    }
    assert_eq!(outbox.waiting().len(), 50);
    assert_eq!(outbox.waiting()[0].kind, NoticeKind::Alert, "it is the oldest by far");
    assert!(outbox.waiting()[1..].iter().all(|notice| notice.at > at(150)));
}

#[test]
fn of_alerts_alone_the_newest_of_each_reason_stay() {
    let mut outbox = Outbox::default();
    outbox.occurred(&why(Reason::RecordsDeleted), None, at(0));
    for minute in 1..200 {
        let key = format!("the failed replica {minute}");
        outbox.found(&key, &why(Reason::ReplicaFailed), None, at(minute));
    }
    assert_eq!(outbox.waiting().len(), 50);
    assert_eq!(outbox.waiting()[0].reason, Reason::RecordsDeleted, "nothing later says the same");
}

#[test]
fn it_is_read_as_it_was_written() {
    let mut outbox = Outbox::default();
    outbox.failed(&why(Reason::ObserveFailed), at(0));
    outbox.found(LAGS.0, &why(LAGS.1), None, at(0));
    outbox.settle(|_, _| false, |_| false, |_| None, at(1));
    let text = serde_json::to_string(&outbox).unwrap();
    assert_eq!(serde_json::from_str::<Outbox>(&text).unwrap(), outbox);
}

/// Which of three alerts a look finds, whether it judges them, and whether what waits is published after it.
type Course = ([bool; 3], bool, bool);

proptest! {
    #[test]
    fn receivers_see_each_reason_begin_and_end_in_turn(
        minutes in proptest::collection::vec(any::<Course>(), 1..200),
    ) {
        let keys = [("a", Reason::ReplicaFailed), ("b", Reason::ReplicaFailed), LAGS];
        let mut outbox = Outbox::default();
        let mut told: Vec<Notice> = Vec::new();
        let length = i64::try_from(minutes.len()).unwrap();
        // At the end it is quiet, and everything gets through.
        let quiet = (0..4).map(|_| ([false; 3], true, true));
        for (minute, (there, judges, publishes)) in (0..).zip(minutes.into_iter().chain(quiet)) {
            let found: Vec<_> = keys.iter().zip(there).filter(|(_, there)| *there).map(|(key, _)| *key).collect();
            for (key, reason) in &found {
                outbox.found(key, &why(*reason), None, at(minute));
            }
            outbox.settle(|key, reason| found.contains(&(key, reason)), |_| !judges, |_| None, at(minute));
            prop_assert!(outbox.waiting().len() <= WAIT_AT_MOST);
            if publishes {
                told.extend_from_slice(outbox.waiting());
                outbox.published(outbox.waiting().len());
            }
        }
        prop_assert!(told.windows(2).all(|pair| pair[0].number < pair[1].number));
        let mut since: BTreeMap<&str, Timestamp> = BTreeMap::new();
        for notice in &told {
            let code = notice.reason.code();
            match notice.kind {
                NoticeKind::Alert => { since.entry(code).or_insert(notice.since); }
                _ => prop_assert_eq!(since.remove(code), Some(notice.since), "of {} at {}", code, notice.at),
            }
        }
        prop_assert!(since.is_empty(), "{since:?} of {length} minutes");
    }
}
