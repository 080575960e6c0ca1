//! Goal: what is late, stale or lost is said so and never takes anything away. Method: one recommendation each, on a load that repeats daily.

use std::sync::LazyLock;

use super::*;
use crate::document::parse;
use crate::forecast::minutes::DAY;
use crate::forecast::shadow::Shadow;
use crate::policy::Policy;

/// Midnight of the fourth day.
const MIDNIGHT: i64 = 20_004 * DAY;

/// Four units from nine to five, one at other times.
fn office(minute: i64) -> f64 {
    if (9..17).contains(&minute.div_euclid(60).rem_euclid(24)) { 3.0 } else { 0.6 }
}

fn policy(mode: &str) -> Policy {
    let text = format!(
        "[[target]]\nname = \"api\"\nkind = \"ecs-service\"\ncluster = \"prod\"\nservice = \"api\"\nmin = 1\nmax = 10\n\
         evaluate_every = \"1m\"\nscale_out = [\"cpu > 90% for 2m\"]\nforecast = {{ mode = \"{mode}\" }}\n"
    );
    parse(&text).unwrap()
}

fn workforce(work: Vec<(Minute, Option<f64>)>, coming: Vec<f64>) -> Workforce {
    let half_share = Delay { median: 12.0, sigma: 0.25 };
    let usual = Usual { half_share, billed_before: 10.0, gone: Delay { median: 5.0, sigma: 0.3 } };
    Workforce { work, reads_on: false, beside: 0, coming, leaving: Vec::new(), usual }
}

/// Lets these minutes pass, each fifth of them predicted as an attempt would.
fn pass(outlook: &mut Outlook, from: i64, until: i64) {
    for minute in from..until {
        outlook.push(minute, Some(office(minute)));
        if minute % 5 == 4 {
            let _ = outlook.predict(&Settings::default());
        }
    }
}

/// Four days of it, and today up to this minute of the day.
fn learned(until: i64) -> Outlook {
    static MIDNIGHTS: LazyLock<Outlook> = LazyLock::new(|| {
        let target = &policy("act").targets[0];
        let forecast = target.scaling.forecast.unwrap();
        let mut outlook = Outlook::cold(shape(&target.scaling, &forecast, 0));
        pass(&mut outlook, MIDNIGHT - 4 * DAY, MIDNIGHT);
        outlook
    });
    let mut outlook = MIDNIGHTS.clone();
    pass(&mut outlook, MIDNIGHT, MIDNIGHT + until);
    outlook
}

/// What is said when it is so late, of so many members, with the work of these minutes of the day.
fn said(outlook: &mut Outlook, mode: &str, now: i64, current: u32, workforce: &Workforce) -> Ahead {
    let target = &policy(mode).targets[0];
    let forecast = target.scaling.forecast.unwrap();
    let now = Minute(MIDNIGHT + now).start().unwrap();
    let bounds =
        Bounds { min: Count(1), max: Count(10), ..crate::evaluate::window::bounds_at(&target.scaling, now) };
    recommend(&target.scaling, &forecast, workforce, &bounds, Count(current), outlook, now)
}

fn newest(minute: i64) -> Vec<(Minute, Option<f64>)> {
    vec![(Minute(MIDNIGHT + minute), Some(office(MIDNIGHT + minute)))]
}

#[test]
fn an_order_that_is_far_too_late_is_not_counted_on_and_nothing_is_removed_beside_it() {
    let noon = 12 * 60;
    // Four are needed: one serves, and three were ordered so many minutes ago. Nine of ten take 16.5 minutes.
    for (age, vote) in [(5.0, Vote::Stay), (32.0, Vote::Stay), (34.0, Vote::Out(Count(7)))] {
        let workforce = workforce(newest(noon - 2), vec![age; 3]);
        let ahead = said(&mut learned(noon - 2), "shadow", noon, 4, &workforce);
        assert_eq!(ahead.said.vote, vote, "{age}: {}", ahead.said.detail);
    }
    // At night one is needed and three serve. Beside an order nothing is removed, late as it is.
    let night = 20 * 60;
    let mut alone = learned(night - 4);
    let mut beside = alone.clone();
    let (mut last, mut last_beside) = (Vote::Stay, Vote::Stay);
    for minute in [night - 4, night - 3, night - 2, night - 1] {
        let at = minute + 2;
        last = said(&mut alone, "shadow", at, 3, &workforce(newest(minute), Vec::new())).said.vote;
        last_beside = said(&mut beside, "shadow", at, 4, &workforce(newest(minute), vec![50.0])).said.vote;
    }
    assert!(matches!(last, Vote::In(_)), "{last:?}");
    assert_eq!(last_beside, Vote::Stay);
}

#[test]
fn without_minutes_for_half_an_hour_what_is_usual_at_this_time_of_day_is_kept() {
    let nothing = workforce(Vec::new(), Vec::new());
    let known_until = 9 * 60 - 20;
    let vote = |now: i64, current: u32, workforce: &Workforce| {
        let ahead = said(&mut learned(known_until), "shadow", now, current, workforce);
        (ahead.said.vote, ahead.said.detail)
    };
    let stale = Vote::Unknown { why: Reason::SignalStale };
    // Fifteen minutes later nothing is removed, after half an hour what the morning needs is ordered, once.
    assert_eq!(vote(known_until + 16, 1, &nothing).0, stale);
    let (morning, detail) = vote(known_until + 45, 1, &nothing);
    assert_eq!(morning, Vote::Out(Count(4)));
    assert_eq!(
        detail,
        "the newest minute of which the work is known is 45m old; at this time of day 4 were enough on nine of ten days"
    );
    assert_eq!(vote(known_until + 45, 4, &nothing).0, stale);
    assert_eq!(vote(known_until + 12 * 60, 2, &nothing).0, stale);
    // While a history is read the newest minute is old, and that says nothing.
    let reads_on = Workforce { reads_on: true, ..nothing.clone() };
    assert_eq!(vote(known_until + 45, 1, &reads_on).0, stale);
}

#[test]
fn whoever_acted_and_became_too_dear_is_told_to_a_person() {
    let noon = 12 * 60;
    for (lost, mode, told) in [(true, "act", true), (false, "act", false), (true, "shadow", false)] {
        let mut outlook = learned(noon - 2);
        outlook.shadow = if lost { Shadow::that_lost_its_place(20_004) } else { Shadow::default() };
        let ahead = said(&mut outlook, mode, noon, 4, &workforce(newest(noon - 2), Vec::new()));
        assert!(!ahead.acts);
        let alert = ahead.lost.map(|alert| alert.explanation);
        assert_eq!(
            alert.as_ref().map(|why| why.reason),
            told.then_some(Reason::ForecastLost),
            "{lost} {mode}"
        );
        if let Some(alert) = alert {
            assert!(
                alert.detail.starts_with("the rules act alone: over 3 days it would have cost"),
                "{alert}"
            );
        }
        let compared = ahead.notes.iter().find(|note| note.reason == Reason::ForecastCompared);
        assert_eq!(compared.is_some(), lost);
        assert_eq!(
            (ahead.on_paper.days, ahead.notes.len()),
            if lost { (3, 1 + usize::from(told)) } else { (0, 1) }
        );
    }
}
