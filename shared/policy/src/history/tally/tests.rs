//! Goal: a week's sums are right. Method: named looks, then random ones against a sum that is made second by second.

use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

const QUIET: Found = Found {
    members: Count(2),
    max: Count(5),
    classes: BTreeMap::new(),
    at_maximum: false,
    short: false,
    hold: None,
};

#[test]
fn weeks_begin_on_mondays_in_utc() {
    for (moment, monday) in [
        ("2026-03-02T00:00:00Z", "2026-03-02T00:00:00Z"),
        ("2026-03-08T23:59:59Z", "2026-03-02T00:00:00Z"),
        ("2026-03-09T00:00:00Z", "2026-03-09T00:00:00Z"),
        ("1969-12-31T23:59:59Z", "1969-12-29T00:00:00Z"),
    ] {
        assert_eq!(monday_of(at(moment)), at(monday), "{moment}");
    }
}

#[test]
fn what_a_look_found_counts_until_the_next_one() {
    let mut tally = Tally::default();
    assert!(tally.is_nothing());
    let start = at("2026-03-04T12:00:00Z");
    tally.look(Found { at_maximum: true, hold: Some(Reason::AlreadyAtMaxCapacity), ..QUIET }, start);
    tally.look(Found { short: true, members: Count(3), ..QUIET }, start + minutes(5));
    tally.look(QUIET, start + minutes(7));
    let week = &tally.this;
    assert_eq!(week.from, at("2026-03-02T00:00:00Z"));
    assert_eq!((week.at_maximum, week.short), (minutes(5), minutes(2)));
    assert_eq!(week.holds, BTreeMap::from([(Reason::AlreadyAtMaxCapacity, minutes(5))]));
    assert_eq!(week.member_time, minutes(2 * 5 + 3 * 2));
}

#[test]
fn a_long_time_without_a_look_counts_as_an_hour_and_a_clock_that_goes_back_as_nothing() {
    let mut tally = Tally::default();
    let start = at("2026-03-04T12:00:00Z");
    tally.look(QUIET, start);
    tally.look(QUIET, start + minutes(300));
    assert_eq!(tally.this.member_time, minutes(120));
    tally.look(QUIET, start);
    assert_eq!(tally.this.member_time, minutes(120));
}

#[test]
fn a_week_that_ends_is_kept_until_the_next_one_ends() {
    let mut tally = Tally::default();
    tally.week(at("2026-03-08T23:00:00Z")).changes = 3;
    tally.look(QUIET, at("2026-03-08T23:50:00Z"));
    tally.look(QUIET, at("2026-03-09T00:20:00Z"));
    assert_eq!((tally.before.changes, tally.before.member_time), (3, minutes(20)));
    assert_eq!((tally.this.changes, tally.this.member_time), (0, minutes(40)));
    assert_eq!(tally.this.from, at("2026-03-09T00:00:00Z"));
    tally.look(QUIET, at("2026-03-25T00:00:00Z"));
    assert_eq!(tally.before, Week::default(), "of the week between nothing is known");
    assert_eq!(tally.this.from, at("2026-03-23T00:00:00Z"));
}

#[test]
fn of_more_than_twelve_reasons_the_rest_is_counted_together() {
    let mut tally = Tally::default();
    let start = at("2026-03-04T12:00:00Z");
    for (minute, reason) in (0..20).zip(Reason::ALL) {
        tally.look(Found { hold: Some(*reason), ..QUIET }, start + minutes(minute));
    }
    assert_eq!(tally.this.holds.len(), 12);
    assert_eq!(tally.this.other_holds, minutes(7));
}

#[test]
fn the_time_of_each_class_is_counted_and_what_the_maximum_would_have_been() {
    let classes = |of: &[(&str, u32)]| of.iter().map(|(class, n)| ((*class).to_owned(), Count(*n))).collect();
    let mut tally = Tally::default();
    let start = at("2026-03-04T12:00:00Z");
    tally.look(Found { classes: classes(&[("db.t3.medium", 2)]), ..QUIET }, start);
    tally.look(
        Found { classes: classes(&[("db.t3.medium", 2), ("db.r6g.large", 1)]), ..QUIET },
        start + minutes(10),
    );
    tally.look(QUIET, start + minutes(14));
    tally.look(QUIET, start + minutes(20));
    let week = &tally.this;
    // Two for 14 minutes, one for 4; none has a class in the last six.
    let expected = [("db.r6g.large".to_owned(), minutes(4)), ("db.t3.medium".to_owned(), minutes(28))];
    assert_eq!(week.class_time, BTreeMap::from(expected));
    assert_eq!((week.member_time, week.member_time_at_maximum), (minutes(40), minutes(100)));
}

#[test]
fn no_more_than_eight_classes_are_counted_apart() {
    let mut tally = Tally::default();
    let start = at("2026-03-04T12:00:00Z");
    for minute in 0..12 {
        let classes = [(format!("db.t3.{minute}xlarge"), Count(1))].into();
        tally.look(Found { classes, ..QUIET }, start + minutes(minute));
    }
    assert_eq!(tally.this.class_time.len(), 8);
    assert_eq!(tally.this.member_time, minutes(22));
}

#[test]
fn a_tally_from_before_there_were_classes_is_read() {
    let text = r#"{"this":{"from":"2026-03-02T00:00:00Z","member_time":"PT2H"},
        "last":["2026-03-04T12:00:00Z",{"members":2,"at_maximum":false,"short":false}]}"#;
    let mut tally: Tally = serde_json::from_str(text).unwrap();
    tally.look(QUIET, at("2026-03-04T12:30:00Z"));
    assert_eq!((tally.this.member_time, tally.this.class_time.len()), (minutes(180), 0));
    assert_eq!(tally.this.member_time_at_maximum, SignedDuration::ZERO);
}

#[test]
fn it_is_read_as_it_was_written() {
    let mut tally = Tally::default();
    let classes = [("cache.t3.medium".to_owned(), Count(2))].into();
    tally.look(Found { hold: Some(Reason::Stabilizing), classes, ..QUIET }, at("2026-03-04T12:00:00Z"));
    tally.look(QUIET, at("2026-03-04T12:05:00Z"));
    let text = serde_json::to_string(&tally).unwrap();
    assert_eq!(serde_json::from_str::<Tally>(&text).unwrap(), tally);
}

/// Seconds since the look before, members, at the maximum, short, and which of fifteen reasons holds.
type Look = (i64, u32, bool, bool, Option<usize>);

fn looks() -> impl Strategy<Value = Vec<Look>> {
    let look = (1_i64..20_000, 0_u32..9, any::<bool>(), any::<bool>(), prop::option::of(0_usize..15));
    prop::collection::vec(look, 1..60)
}

proptest! {
    #[test]
    fn the_sums_are_those_of_each_second(looks in looks(), begins in 0_i64..A_WEEK) {
        let start = at("2026-03-02T00:00:00Z") + SignedDuration::from_secs(begins);
        let mut tally = Tally::default();
        let mut expected: BTreeMap<Timestamp, [i64; 4]> = BTreeMap::new();
        let mut now = start;
        let mut last: Option<Found> = None;
        for (gap, members, at_maximum, short, hold) in looks {
            let then = now + SignedDuration::from_secs(gap);
            if let Some(found) = last {
                for second in 0..gap.min(3_600) {
                    let week = monday_of(now + SignedDuration::from_secs(second));
                    let sums = expected.entry(week).or_default();
                    sums[0] += i64::from(found.members.0);
                    sums[1] += i64::from(found.at_maximum);
                    sums[2] += i64::from(found.short);
                    sums[3] += i64::from(found.hold.is_some());
                }
            }
            let hold = hold.map(|nth| Reason::ALL[nth]);
            let found = Found { members: Count(members), at_maximum, short, hold, ..QUIET };
            tally.look(found.clone(), then);
            (now, last) = (then, Some(found));
        }
        for week in [&tally.this, &tally.before] {
            let held: SignedDuration = week.holds.values().fold(week.other_holds, |sum, held| sum + *held);
            let sums = [week.member_time, week.at_maximum, week.short, held].map(|sum| sum.as_secs());
            prop_assert_eq!(sums, expected.get(&week.from).copied().unwrap_or_default(), "{}", week.from);
        }
        prop_assert_eq!(tally.this.from, monday_of(now));
    }
}
