//! Situations that the planner is put into, with a need that is known.

use crate::forecast::delays::Delay;
use crate::forecast::experts::{EXPERTS, Expert};
use crate::forecast::fleet::{Fleet, LifeTimes, Wish};
use crate::forecast::need::{Bucket, NeedAhead};
use crate::forecast::odds::{NO_ODDS, Odds};
use crate::forecast::planner::{Agreed, Plan, plan};
use crate::forecast::settings::{Settings, Shape};

/// An order serves in bucket 3.
const TIMES: LifeTimes = LifeTimes { half_share: Delay::RDS, billed_before: 13.0, billed_after: 5.0 };

fn need(odds: impl Fn(usize, usize) -> f64) -> NeedAhead {
    let mut weights = [0.0; EXPERTS];
    weights[1] = 1.0;
    let of = |bucket: usize| -> Odds {
        let mut all = NO_ODDS;
        (1..=15).for_each(|level| all[level] = odds(bucket, level));
        all
    };
    let buckets = (0..12).map(|bucket| Bucket { odds: of(bucket), experts: [of(bucket); EXPERTS], weights });
    NeedAhead { shape: Shape::default(), end: 0, price_scale: 1.0, buckets: buckets.collect() }
}

/// What is needed is certain, bucket by bucket.
fn sure(levels: impl Fn(usize) -> usize) -> NeedAhead {
    need(|bucket, level| if levels(bucket) > level { 1.0 } else { 0.0 })
}

fn planned(need: &NeedAhead, serving: u32, coming: &[f64], settings: &Settings) -> Plan {
    plan(need, &Fleet { serving, coming, leaving: &[] }, &TIMES, settings, &mut Agreed::default())
}

fn wish(need: &NeedAhead, serving: u32, coming: &[f64]) -> Wish {
    planned(need, serving, coming, &Settings::default()).wish
}

#[test]
fn a_sure_rise_is_ordered_for_when_it_is_due() {
    for (rise, wanted) in [(3, Wish::Order(3)), (4, Wish::Stay), (7, Wish::Stay)] {
        assert_eq!(wish(&sure(|bucket| if bucket >= rise { 5 } else { 2 }), 2, &[]), wanted, "{rise}");
    }
}

#[test]
fn what_cannot_be_there_in_time_is_not_ordered() {
    assert_eq!(wish(&sure(|bucket| if bucket < 3 { 5 } else { 2 }), 2, &[]), Wish::Stay);
    assert_eq!(wish(&sure(|_| 5), 2, &[]), Wish::Order(3));
}

#[test]
fn what_is_on_its_way_is_counted() {
    let rise = sure(|bucket| if bucket >= 3 { 5 } else { 2 });
    assert_eq!(wish(&rise, 2, &[5.0, 5.0]), Wish::Order(1));
    assert_eq!(wish(&rise, 2, &[5.0, 5.0, 90.0]), Wish::Stay);
}

#[test]
fn a_removal_needs_three_decisions_in_a_row() {
    let low = sure(|_| 2);
    let rise = sure(|_| 6);
    let settings = Settings::default();
    let mut agreed = Agreed::default();
    let mut say = |need: &NeedAhead, coming: &[f64]| {
        plan(need, &Fleet { serving: 5, coming, leaving: &[] }, &TIMES, &settings, &mut agreed).wish
    };
    assert_eq!([say(&low, &[]), say(&low, &[]), say(&low, &[])], [Wish::Stay, Wish::Stay, Wish::Remove(3)]);
    // It asks again until it is made.
    assert_eq!(say(&low, &[]), Wish::Remove(3));
    assert_eq!(say(&rise, &[]), Wish::Order(1));
    assert_eq!([say(&low, &[]), say(&low, &[])], [Wish::Stay, Wish::Stay]);
    // With one on its way nobody leaves, and the count begins anew.
    assert_eq!(say(&low, &[9.0]), Wish::Stay);
    assert_eq!([say(&low, &[]), say(&low, &[]), say(&low, &[])], [Wish::Stay, Wish::Stay, Wish::Remove(3)]);
}

#[test]
fn the_bounds_are_kept() {
    let settings = Settings { least: 3, most: 6, confirm: 1, ..Settings::default() };
    let of = |levels: usize, serving: u32, coming: &[f64]| {
        planned(&sure(|_| levels), serving, coming, &settings).wish
    };
    assert_eq!(of(15, 4, &[]), Wish::Order(2));
    assert_eq!(of(15, 4, &[9.0, 9.0]), Wish::Stay);
    assert_eq!(of(1, 5, &[]), Wish::Remove(2));
    assert_eq!(of(1, 3, &[]), Wish::Stay);
    assert_eq!(of(1, 0, &[]), Wish::Order(3));
    assert_eq!(of(1, 0, &[9.0]), Wish::Order(2));
}

#[test]
fn a_rare_need_is_declined_and_a_likely_one_is_not() {
    for (odds, wanted) in [(0.01, Wish::Stay), (0.5, Wish::Order(1))] {
        let need = need(|_, level| [1.0, 1.0, 1.0, odds, 0.0][level.min(4)]);
        assert_eq!(wish(&need, 3, &[]), wanted, "{odds}");
    }
}

#[test]
fn a_dearer_violation_is_less_often_declined() {
    let need = need(|_, level| [1.0, 1.0, 1.0, 0.05, 0.0][level.min(4)]);
    let dear = Settings { price: 100.0, ..Settings::default() };
    assert_eq!(wish(&need, 3, &[]), Wish::Stay);
    assert_eq!(planned(&need, 3, &[], &dear).wish, Wish::Order(1));
}

#[test]
fn what_no_allowed_fleet_can_carry_is_no_reason_to_give_up() {
    let beyond = sure(|bucket| if bucket >= 3 { 16 } else { 4 });
    assert_eq!(wish(&beyond, 4, &[]), Wish::Order(11));
    assert_eq!(wish(&sure(|_| 16), 15, &[]), Wish::Stay);
    let settings = Settings { most: 6, confirm: 1, ..Settings::default() };
    assert_eq!(planned(&sure(|_| 9), 6, &[], &settings).wish, Wish::Stay);
}

#[test]
fn a_tie_changes_nothing() {
    // A level less saves the 38 minutes of the plan.
    let settings = Settings { confirm: 1, stop_extra: 3.0, ..Settings::default() };
    for (billed_after, wanted) in [(35.0, Wish::Stay), (34.9, Wish::Remove(1))] {
        let times = LifeTimes { billed_after, ..TIMES };
        let fleet = Fleet::at_rest(3);
        assert_eq!(plan(&sure(|_| 2), &fleet, &times, &settings, &mut Agreed::default()).wish, wanted);
    }
}

#[test]
fn a_slow_start_is_ordered_for_earlier() {
    let times = LifeTimes { half_share: Delay { median: 23.0, sigma: 0.2 }, ..TIMES };
    let rise = sure(|bucket| if bucket >= 5 { 5 } else { 2 });
    let fleet = Fleet::at_rest(2);
    assert_eq!(times.lead(), 5);
    assert_eq!(
        plan(&rise, &fleet, &times, &Settings::default(), &mut Agreed::default()).wish,
        Wish::Order(3)
    );
}

#[test]
fn a_fleet_in_steps_is_ordered_up_to_whole_levels() {
    let mut need = sure(|_| 5);
    need.shape = Shape::new(15, 10.0, 0.85).unwrap();
    assert_eq!(wish(&need, 37, &[]), Wish::Order(13));
    let settings = Settings { confirm: 1, ..Settings::default() };
    assert_eq!(planned(&need, 73, &[], &settings).wish, Wish::Remove(23));
    assert_eq!(planned(&need, 57, &[], &settings).wish, Wish::Stay);
}

#[test]
fn a_plan_says_what_it_weighed() {
    let need = need(|_, level| [1.0, 1.0, 1.0, 0.25, 0.0][level.min(4)]);
    let plan = planned(&need, 3, &[], &Settings::default());
    assert_eq!((plan.wish, plan.lead, plan.there, plan.wanted), (Wish::Order(1), 3, 3, 4));
    assert_eq!((plan.odds, plan.one_more, plan.lacking, plan.order_takes), (0.25, 1.0, 6.75, 13.0));
    assert_eq!((plan.leading.expert, plan.leading.weight, plan.leading.odds), (Expert::Daily, 1.0, 0.25));
    assert_eq!(plan.removal, None);
}

#[test]
fn a_removal_says_until_when_fewer_will_do_and_what_that_saves() {
    let need = need(
        |bucket, level| if bucket >= 7 && level < 5 { 1.0 } else { [1.0, 1.0, 0.02, 0.0, 0.0][level.min(4)] },
    );
    let settings = Settings { start_extra: 0.0, ..Settings::default() };
    let times =
        LifeTimes { half_share: Delay { median: 23.0, sigma: 0.2 }, billed_before: 1.0, billed_after: 2.0 };
    let fleet = Fleet::at_rest(5);
    let plan = plan(&need, &fleet, &times, &settings, &mut Agreed::default());
    let removal = plan.removal.unwrap();
    assert_eq!((removal.keep, removal.until, removal.odds, removal.costs), (2, Some(7), 0.02, 15.0));
    assert!(removal.saves > removal.costs, "{removal:?}");
    assert_eq!(plan.wish, Wish::Stay);
}

#[test]
fn what_leaves_is_taken_back_at_once_where_an_order_would_be_too_late() {
    let times = LifeTimes { billed_after: 20.0, ..TIMES };
    let say = |need: &NeedAhead, leaving: &[f64]| {
        let fleet = Fleet { serving: 3, coming: &[], leaving };
        let plan = plan(need, &fleet, &times, &Settings::default(), &mut Agreed::default());
        (plan.wish, plan.back)
    };
    let soon_over = |levels| sure(move |bucket| if bucket < 2 { levels } else { 3 });
    assert_eq!(say(&soon_over(4), &[]), (Wish::Stay, 0));
    assert_eq!(say(&soon_over(4), &[2.0]), (Wish::Order(1), 1));
    assert_eq!(say(&soon_over(5), &[2.0, 4.0, 6.0]), (Wish::Order(2), 2));
    // What stays is ordered besides, and what is not needed is let go.
    assert_eq!(say(&sure(|_| 6), &[2.0]), (Wish::Order(3), 1));
    assert_eq!(say(&sure(|_| 3), &[2.0]), (Wish::Stay, 0));
}
