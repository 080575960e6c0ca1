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

/// The same two days, learned in the night and at noon, when a window is open: on paper it was open at its time.
#[test]
fn what_a_history_proves_does_not_depend_on_when_it_is_read() {
    let text = "[[target]]\nname = \"api\"\nkind = \"ecs-service\"\ncluster = \"prod\"\nservice = \"api\"\nmin = 1\nmax = 10\n\
        evaluate_every = \"1m\"\nscale_out = [\"cpu > 90% for 2m\"]\nforecast = { mode = \"shadow\" }\n\
        windows = [{ days = \"daily\", from = \"08:00\", to = \"20:00\", zone = \"UTC\", min = 6 }]\n";
    let policy = parse(text).unwrap();
    let scaling = &policy.targets[0].scaling;
    let forecast = scaling.forecast.unwrap();
    let scores = |hour: i64| {
        let mut outlook = Outlook::cold(shape(scaling, &forecast, 0));
        let minutes = MIDNIGHT - 3 * DAY..MIDNIGHT;
        let past = minutes.map(|minute| (Minute(minute), Some(office(minute)))).collect();
        let workforce = Workforce { reads_on: true, ..workforce(past, Vec::new()) };
        let now = Minute(MIDNIGHT + hour * 60).start().unwrap();
        let bounds = crate::evaluate::window::bounds_at(scaling, now);
        let _ = recommend(scaling, &forecast, &workforce, &bounds, Count(1), &mut outlook, now);
        outlook.shadow.scores(MIDNIGHT)
    };
    let (night, noon) = (scores(1), scores(12));
    assert_eq!(night, noon);
    // Six serve in the twelve hours of the window, and one in the others.
    assert_eq!(night.days, 3);
    let a_day = night.rules.unit_minutes / 3.0;
    assert!((12.0 * 60.0 * 6.0..12.0 * 60.0 * 8.0).contains(&a_day), "{night:?}");
}

#[test]
fn the_minimum_orders_for_itself_and_not_in_the_name_of_the_forecast() {
    let night = 3 * 60;
    let target = &policy("act").targets[0];
    let forecast = target.scaling.forecast.unwrap();
    let now = Minute(MIDNIGHT + night).start().unwrap();
    let bounds =
        Bounds { min: Count(4), max: Count(10), ..crate::evaluate::window::bounds_at(&target.scaling, now) };
    let workforce = workforce(newest(night - 2), Vec::new());
    let outlook = &mut learned(night - 2);
    let ahead = recommend(&target.scaling, &forecast, &workforce, &bounds, Count(1), outlook, now);
    assert_eq!(ahead.said.vote, Vote::Stay, "{}", ahead.said.detail);
}

#[test]
fn what_was_needed_all_along_is_ordered_with_a_sentence_of_its_own() {
    // Of a load that the days before never had in the night no expert is sure.
    let night = 3 * 60;
    let mut outlook = learned(night - 12);
    (night - 12..night - 2).for_each(|minute| outlook.push(MIDNIGHT + minute, Some(6.0)));
    let work = vec![(Minute(MIDNIGHT + night - 2), Some(6.0))];
    let ahead = said(&mut outlook, "act", night, 1, &workforce(work, Vec::new()));
    assert!(matches!(ahead.said.vote, Vote::Out(count) if count >= Count(8)), "{:?}", ahead.said);
}
