//! The week that is over, from what the functions counted in the memory of each target.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use tidegate_notify::week::{TargetWeek, Week};
use tidegate_policy::history::History;
use tidegate_policy::names::{Stage, TargetName};

/// The week before the one of `now`, Monday to Sunday, UTC.
pub(super) fn week(stage: &Stage, targets: &[(TargetName, History)], now: Timestamp) -> Week {
    let first = monday_before(now);
    Week {
        stage: stage.clone(),
        first,
        last: first.saturating_add(6.days()),
        targets: targets.iter().map(|(name, history)| of_target(name, history, first)).collect(),
    }
}

/// The Monday of the week before.
fn monday_before(now: Timestamp) -> Date {
    let today = now.to_zoned(TimeZone::UTC).date();
    let since_monday = i32::from(today.weekday().since(Weekday::Monday));
    today.saturating_sub((since_monday + 7).days())
}

fn of_target(name: &TargetName, history: &History, first: Date) -> TargetWeek {
    let from =
        first.to_zoned(TimeZone::UTC).map(|monday| monday.timestamp()).unwrap_or(Timestamp::UNIX_EPOCH);
    let counted = history.tally.of_week(from).cloned().unwrap_or_default();
    let minutes = |time: jiff::SignedDuration| u64::try_from(time.as_mins()).unwrap_or(0);
    let mut holds: std::collections::BTreeMap<String, u64> =
        counted.holds.iter().map(|(reason, time)| (reason.code().to_owned(), minutes(*time))).collect();
    if !counted.other_holds.is_zero() {
        holds.insert("others".to_owned(), minutes(counted.other_holds));
    }
    let standing = history.outbox.standing().map(|(reason, since)| {
        let day = since.to_zoned(TimeZone::UTC).date();
        format!("{reason} since {day}: {}", reason.advice())
    });
    let pause = history.orders.pause.as_ref();
    let pauses = pause.map(|pause| format!("{} until {}", pause.what.words(), pause.until));
    TargetWeek {
        target: name.clone(),
        changes: counted.changes,
        minutes_at_maximum: minutes(counted.at_maximum),
        minutes_short: minutes(counted.short),
        holds,
        calls: counted.calls,
        failed_calls: counted.failed_calls,
        member_hours: u64::try_from(counted.member_time.as_hours()).unwrap_or(0),
        standing_alerts: standing.collect(),
        pauses: pauses.into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_digest_is_of_the_week_that_is_over() {
        let history: History = serde_json::from_value(json!({
            "tally": {
                "this": {"from": "2026-11-30T00:00:00Z", "changes": 1},
                "before": {"from": "2026-11-23T00:00:00Z", "changes": 9, "at_maximum": "PT90m", "member_time": "PT300h",
                    "holds": {"cooldown_in": "PT2h"}, "other_holds": "PT3m", "calls": 20, "failed_calls": 2},
            },
        }))
        .unwrap();
        let targets = [(TargetName::new("api"), history), (TargetName::new("new"), History::default())];
        for now in ["2026-11-30T08:00:00Z", "2026-12-06T23:59:59Z"] {
            let week = week(&Stage::new("production"), &targets, now.parse().unwrap());
            assert_eq!(
                (week.first.to_string(), week.last.to_string()),
                ("2026-11-23".to_owned(), "2026-11-29".to_owned())
            );
            let [api, new] = week.targets.as_slice() else { panic!("{week:?}") };
            assert_eq!((api.changes, api.minutes_at_maximum, api.member_hours), (9, 90, 300));
            assert_eq!((api.calls, api.failed_calls), (20, 2));
            assert_eq!(api.holds, [("cooldown_in".to_owned(), 120), ("others".to_owned(), 3)].into());
            assert_eq!((new.changes, new.member_hours), (0, 0));
        }
        let next = week(&Stage::new("production"), &targets, "2026-12-07T00:00:00Z".parse().unwrap());
        assert_eq!((next.first.to_string(), next.targets[0].changes), ("2026-11-30".to_owned(), 1));
    }
}
