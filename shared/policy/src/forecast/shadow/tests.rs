//! Goal: who acts has proven itself, loses its place when it is dear, and is restored as it was. Method: days of known cost, and days lived through.

use super::*;
use crate::forecast::delays::Delay;
use crate::forecast::outlook::Outlook;
use crate::forecast::paper_rules::Threshold;
use crate::forecast::settings::Shape;
use crate::forecast::snapshot::{days, decode, encode, encode_day};

const TODAY: i64 = 20_010;
const NOW: i64 = TODAY * DAY + 100;
const PRICE: f64 = 27.0;
/// Enough minutes, nearly all of them known.
const KEPT: i64 = 4 * DAY;
const KNOWN: usize = 5_700;

/// A whole day of which both sides cost so much.
fn day(day: i64, rules: f64, ahead: f64) -> Day {
    let cost = |unit_minutes| Cost { unit_minutes, violations: 0.0 };
    Day { day, minutes: 1440, rules: cost(rules), ahead: cost(ahead), ..Day::default() }
}

/// One that has so many days behind it, newest last, of these costs.
fn after(costs: &[(f64, f64)]) -> Shadow {
    let from = TODAY - i64::try_from(costs.len()).unwrap();
    let days = (from..).zip(costs).map(|(number, (rules, ahead))| day(number, *rules, *ahead));
    Shadow { started: true, days: days.collect(), ..Shadow::default() }
}

/// One whose first day has one bin in which so much was said and came.
fn said(count: f32, said: f32, came: f32) -> Shadow {
    let mut shadow = after(&[(100.0, 90.0), (100.0, 90.0)]);
    let bin = BINS.iter().rposition(|least| f64::from(said) >= *least).unwrap();
    shadow.days[0].bins[bin] = Bin { count, said: count * said, came: count * came };
    shadow
}

fn judged(shadow: &Shadow) -> Result<(), NotProven> {
    shadow.clone().judge(NOW, KEPT, KNOWN, PRICE)
}

#[test]
fn who_is_too_young_or_has_holes_or_too_few_days_has_not_proven_itself() {
    let mut shadow = after(&[(100.0, 90.0), (100.0, 90.0)]);
    assert_eq!(judged(&shadow), Ok(()));
    assert_eq!(shadow.clone().judge(NOW, 48 * 60 - 1, 2879, PRICE), Err(NotProven::Young(47)));
    assert_eq!(shadow.clone().judge(NOW, 0, 0, PRICE), Err(NotProven::Young(0)));
    assert_eq!(shadow.clone().judge(NOW, 48 * 60, 2592, PRICE), Ok(()));
    assert_eq!(shadow.clone().judge(NOW, 4000, 3599, PRICE), Err(NotProven::Holes(3599.0 / 4000.0)));
    shadow.days[1].minutes = DAY_AT_LEAST - 1;
    assert_eq!(judged(&shadow), Err(NotProven::Days(1)));
    // The running day is not over.
    shadow.days[1] = day(TODAY, 100.0, 90.0);
    assert_eq!(judged(&shadow), Err(NotProven::Days(1)));
    assert_eq!(judged(&Shadow::default()), Err(NotProven::Days(0)));
}

#[test]
fn who_is_dearer_than_the_rules_has_not_proven_itself() {
    assert_eq!(judged(&after(&[(100.0, 90.0), (100.0, 110.0)])), Ok(()));
    let dearer = after(&[(100.0, 90.0), (100.0, 111.0)]);
    let scores = dearer.scores(NOW);
    assert_eq!(judged(&dearer), Err(NotProven::Dearer(scores)));
    assert_eq!((scores.days, scores.rules.at(PRICE), scores.ahead.at(PRICE)), (2, 200.0, 201.0));
    // A minute of shortage has its price.
    let mut short = after(&[(100.0, 90.0), (100.0, 90.0)]);
    short.days[0].ahead.violations = 1.0;
    assert!(matches!(judged(&short), Err(NotProven::Dearer(_))));
    assert_eq!(short.judge(NOW, KEPT, KNOWN, 20.0), Ok(()));
}

#[test]
fn who_says_too_little_or_far_too_much_has_not_proven_itself() {
    for (count, probability, share, accepted) in [
        (1000.0, 0.05, 0.05, true),
        (1000.0, 0.05, 0.09, true),
        (1000.0, 0.05, 0.11, false),
        (1000.0, 0.2, 0.45, false),
        // Slightly too much costs a little more, and that shows against the rules.
        (1000.0, 0.05, 0.0, true),
        (1000.0, 0.15, 0.06, true),
        (1000.0, 0.5, 0.3, true),
        (1000.0, 0.3, 0.1, false),
        (1000.0, 0.9, 0.4, false),
        // Too few minutes say nothing.
        (195.0, 0.05, 0.9, true),
        (200.0, 0.05, 0.9, false),
    ] {
        let verdict = judged(&said(count, probability, share));
        let uncalibrated = matches!(verdict, Err(NotProven::Uncalibrated(..)));
        assert_eq!(verdict.is_ok(), accepted, "{count} {probability} {share}: {verdict:?}");
        assert_eq!(uncalibrated, !accepted, "{count} {probability} {share}: {verdict:?}");
    }
}

#[test]
fn its_place_is_lost_after_three_dear_days_and_judged_once_a_day() {
    let mut shadow = after(&[(100.0, 90.0), (100.0, 90.0)]);
    let judge = |shadow: &mut Shadow, today: i64| shadow.judge(today * DAY + 100, KEPT, KNOWN, PRICE);
    assert_eq!(judge(&mut shadow, TODAY), Ok(()));
    // Two dear days beside a cheap one: within a tenth over three.
    shadow.days.push_back(day(TODAY, 100.0, 115.0));
    assert_eq!(judge(&mut shadow, TODAY + 1), Ok(()));
    shadow.days.push_back(day(TODAY + 1, 100.0, 115.0));
    assert_eq!(judge(&mut shadow, TODAY + 2), Ok(()));
    // Three of them. It was judged today already, and stays until midnight.
    shadow.days.push_back(day(TODAY + 2, 100.0, 115.0));
    assert_eq!(judge(&mut shadow, TODAY + 2), Ok(()));
    assert!(!shadow.is_lost());
    assert!(matches!(judge(&mut shadow, TODAY + 3), Err(NotProven::Dearer(_))));
    assert!(shadow.is_lost());
    // It comes back as soon as the week is no dearer than that of the rules.
    shadow.days.push_back(day(TODAY + 3, 100.0, 70.0));
    assert_eq!(judge(&mut shadow, TODAY + 4), Ok(()));
    assert!(!shadow.is_lost());
}

#[test]
fn a_minute_costs_what_is_billed_and_a_shortage_where_the_work_is_above_the_objective() {
    let mut shadow = Shadow::default();
    let start = TODAY * DAY;
    shadow.pass(start, Some(1.7), 2, 0.85);
    shadow.pass(start + 1, Some(1.71), 2, 0.85);
    // Of a minute that is not known only time passes.
    shadow.pass(start + 2, None, 2, 0.85);
    // What serves in the account is the beginning, and no more.
    shadow.pass(start + 3, Some(1.0), 9, 0.85);
    let day = shadow.days[0];
    assert_eq!(
        (day.minutes, day.rules, day.ahead),
        (3, day.ahead, Cost { unit_minutes: 6.0, violations: 1.0 })
    );
}

#[test]
fn what_was_said_is_held_against_what_came_once_all_of_it_is_known() {
    let from = TODAY * DAY + 25;
    let odds = vec![255, 128, 13, 0];
    let waiting = VecDeque::from([Waiting { from, odds }]);
    let mut shadow = Shadow { waiting, ..Shadow::default() };
    let need = |minute: i64| Some(if minute < from + 2 { 3 } else { 2 });
    shadow.compare(from + 4, need);
    assert_eq!((shadow.waiting.len(), shadow.days.len()), (1, 0));
    let mut holey = shadow.clone();
    holey.compare(from + 5, |minute| need(minute).filter(|_| minute != from));
    assert_eq!((holey.waiting.len(), holey.days.len()), (0, 0));
    shadow.compare(from + 5, need);
    let [low, middle, high] = shadow.days[0].bins;
    // More than 3 never came; more than 2 in two minutes of five; more than 1 in all.
    assert_eq!((low.count, low.came), (5.0, 0.0));
    assert_eq!(middle, Bin::default());
    assert_eq!((high.count, high.came), (10.0, 7.0));
    assert!((high.said - 5.0 * (1.0 + 128.0 / 255.0)).abs() < 1e-5);
}

/// Decides on paper each fifth minute, as an attempt does.
fn live(outlook: &mut Outlook, from: i64, minutes: i64) {
    let times =
        LifeTimes { half_share: Delay { median: 24.0, sigma: 0.2 }, billed_before: 13.0, billed_after: 21.0 };
    let rules = PaperRules {
        out: vec![Threshold { level: 0.7, minutes: 10, step: 1 }],
        in_: vec![Threshold { level: 0.4, minutes: 30, step: 1 }],
        track: Vec::new(),
        cooldown_out: 10,
        cooldown_in: 30,
        stabilization_in: 0,
        margin: 0.1,
    };
    let settings = Settings { most: 6, ..Settings::default() };
    for minute in from..from + minutes {
        let hour = minute.div_euclid(60).rem_euclid(24);
        let is_hole = minute.rem_euclid(317) < 9;
        let before = outlook.end().unwrap_or(minute);
        outlook.push(minute, (!is_hole).then_some(if (9..17).contains(&hour) { 4.0 } else { 1.0 }));
        outlook.pass_on_paper(before, 2);
        if outlook.end().is_some_and(|end| end % 5 == 0)
            && let Some(need) = outlook.predict(&settings)
        {
            outlook.decide_on_paper(&need, &times, &settings, &rules, (1, 6));
        }
    }
}

#[test]
fn restored_in_the_middle_it_goes_on_bit_for_bit() {
    let begin = 20_000 * DAY;
    // At night, on the way up with orders under way, on the way down, after two days.
    for minutes in [300, 563, 1035, 2 * DAY + 557] {
        let mut outlook = Outlook::cold(Shape::default());
        live(&mut outlook, begin, minutes);
        let _ = outlook.judge(PRICE);
        let items: Vec<Vec<u8>> = days(&outlook).map(|day| encode_day(&outlook, day).unwrap()).collect();
        let items: Vec<&[u8]> = items.iter().map(|day| &day[..]).collect();
        let mut restored = decode(&encode(&outlook), &items, Shape::default()).unwrap();
        assert_eq!(restored.shadow, outlook.shadow, "{minutes}");
        assert!(!outlook.shadow.waiting.is_empty(), "{minutes}");
        live(&mut outlook, begin + minutes, DAY);
        live(&mut restored, begin + minutes, DAY);
        assert_eq!(outlook.shadow, restored.shadow, "{minutes}");
        assert_eq!(outlook.judge(PRICE), restored.judge(PRICE), "{minutes}");
        assert_eq!(encode(&outlook), encode(&restored), "{minutes}");
    }
}
