//! The history that a forecast begins with: it is read a day at a time, and learned as if each of its minutes had been looked at.

use tidegate_policy::evaluate::{Vote, lacking};
use tidegate_policy::observation::{Minute, Past, PastMember, PastMinutes, Point, Worked};
use tidegate_policy::observed::Observed;
use tidegate_policy::plan::plan_ahead;
use tidegate_policy::policy::ForecastMode;
use tidegate_policy::reason::Reason;
use tidegate_policy::units::Count;

use super::{Life, PRICE, of_rules, office};

/// What the account's CloudWatch keeps of minutes before: the primary and one replica did the work, and another one until noon of each day.
fn past(from: i64, until: i64, work: fn(i64) -> f64) -> Past {
    let member = |name: &str, there: fn(i64) -> bool| {
        let minutes = (from..until).filter(|minute| there(*minute));
        let serve = |minute| if before_noon(minute) { 3.0 } else { 2.0 };
        let point = |minute| Point { minute: Minute(minute), value: work(minute) / serve(minute) * 100.0 };
        PastMember { name: name.to_owned(), cpu: minutes.map(point).collect() }
    };
    let members = vec![
        member("orders-primary", |_| true),
        member("first1", |_| true),
        member("tg-orders-gone", before_noon),
    ];
    Past::Read(PastMinutes { from: Minute(from), until: Minute(until), worked: Worked::Members(members) })
}

fn before_noon(minute: i64) -> bool {
    minute.rem_euclid(1440) < 720
}

#[test]
fn two_weeks_of_history_prove_a_forecast_on_its_first_day() {
    fn work(minute: i64) -> f64 {
        office(minute) * 0.45
    }
    let mut life = Life::begin(1, ForecastMode::Act, work);
    life.account.target.scaling.max = Count(6);
    let now = Minute::containing(life.account.now).0;
    let seen = life.account.observation();
    let mut attempts = 0;
    while let Some(lacking) = lacking(&life.outlook, life.account.now) {
        let from = lacking.from.map_or(now - 14 * 1440, |from| from.0);
        let until = (from + 1440).min(lacking.until.0);
        let observed = Observed::new(&life.account.target, &seen).unwrap();
        let past = past(from, until, work);
        let (history, outlook) = (&life.account.history, &mut life.outlook);
        let plan = plan_ahead(observed, history, Some(outlook), &past, life.account.now);
        attempts += 1;
        let end = life.outlook.end().unwrap();
        assert!(end >= until, "{end} {until}");
        if end < now - 20 {
            assert_eq!(end, until);
            // Of what lies in between nothing was said yet, and nothing is removed or added for it.
            let ahead = plan.decision.ahead.unwrap();
            let why = ahead.vote;
            assert!(matches!(why, Vote::Unknown { why: Reason::SignalStale }), "{attempts} {why:?}");
            assert!(ahead.detail.contains("a day of it more in each attempt"), "{}", ahead.detail);
        }
    }
    assert_eq!(attempts, 14);
    assert!(life.outlook.known_minutes() > 14 * 1440 - 60, "{}", life.outlook.known_minutes());
    // The work of each minute is the sum over those who were there.
    assert_eq!(life.outlook.judge(PRICE), Ok(()));
    let plan = life.look();
    assert!(plan.notes.iter().all(|note| note.reason != Reason::ForecastNotProven), "{:?}", plan.notes);
}

#[test]
fn while_a_history_cannot_be_read_nothing_newer_is_learned() {
    let mut life = Life::begin(1, ForecastMode::Act, office);
    let seen = life.account.observation();
    let observed = Observed::new(&life.account.target, &seen).unwrap();
    let (history, now) = (life.account.history.clone(), life.account.now);
    let unread = plan_ahead(observed, &history, Some(&mut life.outlook), &Past::Unread, now);
    assert_eq!(life.outlook.end(), None);
    assert_eq!(of_rules(unread.decision), of_rules(life.by_rules().decision));
    // One of which nothing is known, as of a database that is new, begins with what the rules read.
    let until = Minute(Minute::containing(now).0 - 20);
    let nothing = PastMinutes { from: until, until, worked: Worked::Members(Vec::new()) };
    let observed = Observed::new(&life.account.target, &seen).unwrap();
    let _ = plan_ahead(observed, &history, Some(&mut life.outlook), &Past::Read(nothing), now);
    assert!(life.outlook.known_minutes() >= 18, "{}", life.outlook.known_minutes());
}

/// A primary that is old and does not count, beside replicas that are new: there are minutes, and none of them says anything.
#[test]
fn days_of_which_nothing_counts_are_passed_over_and_asked_for_once() {
    let mut life = Life::begin(1, ForecastMode::Act, office);
    let seen = life.account.observation();
    let now = Minute::containing(life.account.now).0;
    let mut asked = Vec::new();
    while let Some(lacking) = lacking(&life.outlook, life.account.now) {
        let from = lacking.from.map_or(now - 14 * 1440, |from| from.0);
        let until = (from + 1440).min(lacking.until.0);
        let nothing = Worked::Members(Vec::new());
        let past = Past::Read(PastMinutes { from: Minute(from), until: Minute(until), worked: nothing });
        let observed = Observed::new(&life.account.target, &seen).unwrap();
        let (history, outlook) = (&life.account.history, &mut life.outlook);
        let _ = plan_ahead(observed, history, Some(outlook), &past, life.account.now);
        asked.push(from);
        assert!(asked.len() < 20, "{asked:?}");
    }
    assert_eq!(asked.len(), 14, "{asked:?}");
    // Then it begins with what the rules read.
    let _ = life.look();
    assert!(life.outlook.known_minutes() >= 18, "{}", life.outlook.known_minutes());
}

#[test]
fn another_objective_reads_the_history_again_and_keeps_what_orders_take() {
    let mut life = super::proven();
    life.until("2026-03-08T09:00:00Z", 5);
    let orders = life.outlook.creations.count();
    assert!(orders > 0 && lacking(&life.outlook, life.account.now).is_none());
    life.account.target.scaling.forecast.as_mut().unwrap().objective = tidegate_policy::units::Percent(80.0);
    let plan = life.look();
    let ahead = plan.decision.ahead.unwrap();
    assert!(matches!(ahead.vote, Vote::Unknown { why: Reason::SignalMissing }), "{ahead:?}");
    assert!(life.outlook.creations.count() >= orders);
    assert_eq!(lacking(&life.outlook, life.account.now).unwrap().from, None);
}
