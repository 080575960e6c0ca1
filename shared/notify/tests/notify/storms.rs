//! Two hundred alerts in a minute: one summary, and nobody waits for it who cannot.

use jiff::SignedDuration;
use tidegate_notify::storm::{Minute, SINGLY, Summary};

use crate::fixture::{alert, now, recovery, warning};

/// The minute of 198 targets that cannot be observed, 12 without a signal, and two whose replication does not run.
fn storm() -> (Minute, usize, usize) {
    let mut minute = Minute::default();
    let mut replication = alert();
    replication.reason = "replication_broken".to_owned();
    let events = (0..198).map(|_| warning("observe_failed"));
    let events =
        events.chain((0..12).map(|_| warning("signal_missing"))).chain((0..2).map(|_| replication.clone()));
    let (mut singly, mut critical) = (0, 0);
    for (millis, event) in (0..).step_by(200).zip(events) {
        let taken = minute.take(&event, SINGLY, now() + SignedDuration::from_millis(millis));
        assert_eq!(taken.summary, None);
        singly += usize::from(taken.singly);
        critical += usize::from(taken.singly && event.reason == "replication_broken");
    }
    (minute, singly, critical)
}

fn summary(minute: &mut Minute) -> Option<Summary> {
    minute.close(&alert().stage, now() + SignedDuration::from_mins(1))
}

#[test]
fn two_hundred_alerts_in_a_minute_become_one_summary_and_criticals_are_sent_singly() {
    let (mut minute, singly, critical) = storm();
    assert_eq!((singly, critical), (12, 2));
    assert_eq!(minute.due(), Some(now() + SignedDuration::from_mins(1)));
    assert_eq!(minute.close(&alert().stage, now() + SignedDuration::from_secs(59)), None);
    let [first, second] = summary(&mut minute).unwrap().lines();
    assert_eq!(first, "SUMMARY: production, 212 alerts in 1 minute");
    assert_eq!(second, "198 observe_failed, 12 signal_missing, 2 replication_broken (sent singly).");
    assert_eq!((minute.due(), summary(&mut minute)), (None, None), "it is told once");
}

#[test]
fn a_few_alerts_are_sent_singly_and_have_no_summary() {
    let mut minute = Minute::default();
    for _ in 0..SINGLY {
        assert!(minute.take(&warning("observe_failed"), SINGLY, now()).singly);
    }
    assert_eq!((minute.due(), summary(&mut minute)), (None, None));
    // However many criticals came before, a recovery is not held.
    assert!(minute.take(&recovery(), 0, now()).singly);
}

#[test]
fn what_comes_after_the_minute_brings_its_summary_along() {
    let (mut minute, ..) = storm();
    let taken = minute.take(&warning("observe_failed"), SINGLY, now() + SignedDuration::from_mins(2));
    assert!(taken.singly);
    assert_eq!(taken.summary.unwrap().alerts, 212);
    // A clock that goes back ends the minute too, and holds nobody for ever.
    let (mut minute, ..) = storm();
    let taken = minute.take(&warning("observe_failed"), SINGLY, now() - SignedDuration::from_mins(5));
    assert!(taken.singly && taken.summary.is_some());
}
