//! Named histories, and what is expected after each.

use super::series::{BEGIN, holey, live, lived, office};
use crate::forecast::delays::Delay;
use crate::forecast::need::NeedAhead;
use crate::forecast::outlook::Outlook;
use crate::forecast::settings::{Settings, Shape};
use crate::forecast::snapshot::encode;

fn ahead(outlook: &mut Outlook) -> NeedAhead {
    let need = outlook.predict(&Settings::default()).unwrap();
    for bucket in &need.buckets {
        for level in 1..=15 {
            let odds = bucket.odds[level];
            assert!((0.0..=bucket.odds[level - 1]).contains(&odds), "{odds} of more than {level}");
        }
    }
    need
}

#[test]
fn nothing_is_said_before_65_minutes_are_known() {
    let mut outlook = lived(64, 5, |_| Some(2.0));
    assert!(outlook.predict(&Settings::default()).is_none());
    outlook.push(BEGIN + 64, None);
    assert!(outlook.predict(&Settings::default()).is_none());
    outlook.push(BEGIN + 65, Some(2.0));
    assert!(outlook.predict(&Settings::default()).is_some());
}

#[test]
fn constant_work_needs_what_it_needs() {
    let mut outlook = lived(1440, 5, |_| Some(2.0));
    let need = ahead(&mut outlook);
    assert_eq!(outlook.floor(), 3);
    for bucket in 0..12 {
        assert!(need.odds(bucket, 2) > 0.95 && need.odds(bucket, 3) < 0.01, "bucket {bucket}");
    }
}

#[test]
fn a_rise_each_morning_is_expected_after_some_days_and_not_on_the_first() {
    let half_past_eight = 8 * 60 + 30;
    let mut outlook = lived(half_past_eight, 5, office);
    assert!(ahead(&mut outlook).odds(8, 4) < 0.05);
    live(&mut outlook, 4 * 1440, 5, office);
    let need = ahead(&mut outlook);
    assert!(need.odds(0, 4) < 0.05, "{}", need.odds(0, 4));
    assert!(need.odds(4, 4) < 0.1, "{}", need.odds(4, 4));
    assert!(need.odds(8, 4) > 0.8, "{}", need.odds(8, 4));
    assert!(need.odds(8, 5) < 0.1, "{}", need.odds(8, 5));
}

#[test]
fn what_is_not_known_is_not_learned_from() {
    let mut outlook = lived(1440, 5, office);
    let learned = |outlook: &Outlook| {
        let mut to = crate::forecast::codec::Writer::new(*b"test");
        outlook.learned.encode(&mut to, 15);
        to.finish()
    };
    let before = learned(&outlook);
    live(&mut outlook, 60, 5, |_| None);
    assert_eq!(learned(&outlook), before);
    assert_eq!(
        (outlook.unknown_at_the_end(), outlook.known_minutes(), outlook.kept_minutes()),
        (60, 1440, 1500)
    );
    live(&mut outlook, 60, 5, office);
    assert_ne!(learned(&outlook), before);
}

#[test]
fn what_is_no_amount_of_work_is_unknown() {
    let nothing = lived(2000, 5, |minute| if minute % 10 == 3 { None } else { office(minute) });
    for nonsense in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0] {
        let odd = lived(2000, 5, |minute| if minute % 10 == 3 { Some(nonsense) } else { office(minute) });
        assert_eq!(encode(&odd), encode(&nothing), "{nonsense}");
    }
}

#[test]
fn minutes_that_were_left_out_are_unknown() {
    let mut left_out = lived(1000, 5, holey);
    let mut told = left_out.clone();
    live(&mut told, 30, 1, |_| None);
    live(&mut told, 1, 1, holey);
    left_out.push(BEGIN + 1030, holey(BEGIN + 1030));
    // Only what was predicted meanwhile differs: the minutes are the same.
    assert_eq!(left_out.end(), told.end());
    assert_eq!(left_out.known_minutes(), told.known_minutes());
    assert_eq!(ahead(&mut left_out), ahead(&mut told));
}

#[test]
fn a_metric_that_changes_its_unit_is_survived() {
    let mut outlook = lived(3 * 1440, 5, |_| Some(2.0));
    live(&mut outlook, 60, 5, |_| Some(200.0));
    assert_eq!(outlook.floor(), 15);
    assert!(ahead(&mut outlook).odds(3, 15) > 0.8);
    live(&mut outlook, 180, 5, |_| Some(2.0));
    let need = ahead(&mut outlook);
    assert_eq!(outlook.floor(), 3);
    assert!(need.odds(3, 5) < 0.2, "{}", need.odds(3, 5));
}

#[test]
fn a_clock_that_goes_backwards_changes_nothing() {
    let mut outlook = lived(500, 5, holey);
    let before = encode(&outlook);
    for minute in [BEGIN + 499, BEGIN + 3, BEGIN - 1, -5, i64::MIN, i64::MAX] {
        outlook.push(minute, Some(9.0));
    }
    assert_eq!(encode(&outlook), before);
}

#[test]
fn it_does_not_matter_how_often_it_is_asked_between_the_fifth_minutes() {
    assert_eq!(encode(&lived(1200, 1, holey)), encode(&lived(1200, 5, holey)));
    let mut outlook = lived(1200, 5, holey);
    let once = (ahead(&mut outlook), encode(&outlook));
    assert_eq!((ahead(&mut outlook), encode(&outlook)), once);
}

#[test]
fn it_learns_though_it_is_rarely_asked() {
    let mut outlook = lived(5 * 1440, 25, office);
    live(&mut outlook, 8 * 60 + 30, 25, office);
    assert!(ahead(&mut outlook).odds(8, 4) > 0.5);
}

#[test]
fn after_15_days_of_silence_it_starts_cold_and_knows_how_long_orders_take() {
    let mut outlook = lived(2000, 5, office);
    outlook.creations.record(20.0);
    let end = outlook.end().unwrap();
    let mut within = outlook.clone();
    within.push(end + 14 * 1440, Some(1.0));
    assert_ne!(within.kept_minutes(), 1);
    outlook.push(end + 15 * 1440, None);
    assert_eq!(outlook.end(), Some(end));
    outlook.push(end + 15 * 1440, Some(1.0));
    assert_eq!((outlook.kept_minutes(), outlook.end()), (1, Some(end + 15 * 1440 + 1)));
    assert!(outlook.predict(&Settings::default()).is_none());
    assert!(outlook.creations.estimate(Delay::RDS).median > 13.1);
}

#[test]
fn a_fleet_may_be_counted_in_steps() {
    let mut outlook = Outlook::cold(Shape::new(20, 10.0, 0.5).unwrap());
    live(&mut outlook, 1440, 5, |_| Some(42.0));
    let need = outlook.predict(&Settings::default()).unwrap();
    assert_eq!(outlook.floor(), 9);
    assert!(need.odds(3, 8) > 0.95 && need.odds(3, 9) < 0.05);
}
