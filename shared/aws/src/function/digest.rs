//! The week that is over, from what the functions counted in the memory of each target.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use tidegate_notify::cost;
use tidegate_notify::week::{TargetWeek, Week};
use tidegate_policy::history::History;
use tidegate_policy::names::Stage;
use tidegate_policy::policy::Target;
use tidegate_policy::reason::Reason;

/// The week before the one of `now`, Monday to Sunday, UTC. A target without a memory is one whose memory cannot be read, which needs a person.
pub(super) fn week(stage: &Stage, targets: &[(&Target, Option<History>)], now: Timestamp) -> Week {
    let first = monday_before(now);
    Week {
        stage: stage.clone(),
        first,
        last: first.saturating_add(6.days()),
        targets: targets.iter().map(|(target, history)| of_target(target, history.as_ref(), first)).collect(),
    }
}

/// The Monday of the week before.
fn monday_before(now: Timestamp) -> Date {
    let today = now.to_zoned(TimeZone::UTC).date();
    let since_monday = i32::from(today.weekday().since(Weekday::Monday));
    today.saturating_sub((since_monday + 7).days())
}

fn of_target(target: &Target, history: Option<&History>, first: Date) -> TargetWeek {
    let unread =
        history.is_none().then(|| format!("{}: {}", Reason::LedgerFailed, Reason::LedgerFailed.advice()));
    let history = &history.cloned().unwrap_or_default();
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
        target: target.name.clone(),
        changes: counted.changes,
        minutes_at_maximum: minutes(counted.at_maximum),
        minutes_short: minutes(counted.short),
        holds,
        calls: counted.calls,
        failed_calls: counted.failed_calls,
        member_hours: u64::try_from(counted.member_time.as_hours()).unwrap_or(0),
        cost: cost::of_week(&counted, &target.kind),
        standing_alerts: unread.into_iter().chain(standing).collect(),
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
                    "member_time_at_maximum": "PT840h", "class_time": {"db.t3.medium": "PT300h"},
                    "holds": {"cooldown_in": "PT2h"}, "other_holds": "PT3m", "calls": 20, "failed_calls": 2},
            },
        }))
        .unwrap();
        let target = |name: &str| {
            let document = format!(
                "[[target]]\nname = {name:?}\nkind = \"rds-replicas\"\nsource = {name:?}\nengine = \"mysql\"\n\
                 reader = {{ zone = \"Z1\", name = \"{name}.example.com\", ttl = \"10s\" }}\nmin = 1\nmax = 5\n\
                 scale_out = [\"primary cpu > 70% for 10m\"]\n"
            );
            tidegate_policy::document::parse(&document).unwrap().targets.remove(0)
        };
        let (orders, new, unread) = (target("orders"), target("new"), target("unread"));
        let targets = [(&orders, Some(history)), (&new, Some(History::default())), (&unread, None)];
        for now in ["2026-11-30T08:00:00Z", "2026-12-06T23:59:59Z"] {
            let week = week(&Stage::new("production"), &targets, now.parse().unwrap());
            assert_eq!(
                (week.first.to_string(), week.last.to_string()),
                ("2026-11-23".to_owned(), "2026-11-29".to_owned())
            );
            let [orders, new, unread] = week.targets.as_slice() else { panic!("{week:?}") };
            assert_eq!((orders.changes, orders.minutes_at_maximum, orders.member_hours), (9, 90, 300));
            // 300 h at $0.068, and 840 h of them.
            let known =
                orders.cost.known.map(|known| (known.spent.to_string(), known.at_maximum.to_string()));
            assert_eq!(known, Some(("$20.40".to_owned(), "$57.12".to_owned())));
            assert_eq!((orders.calls, orders.failed_calls), (20, 2));
            assert_eq!(orders.holds, [("cooldown_in".to_owned(), 120), ("others".to_owned(), 3)].into());
            assert_eq!((new.changes, new.member_hours, new.standing_alerts.len()), (0, 0, 0));
            // It is the one that is not scaled.
            let [needs] = unread.standing_alerts.as_slice() else { panic!("{unread:?}") };
            assert!(needs.starts_with("ledger_failed: "), "{needs}");
        }
        let next = week(&Stage::new("production"), &targets, "2026-12-07T00:00:00Z".parse().unwrap());
        assert_eq!((next.first.to_string(), next.targets[0].changes), ("2026-11-30".to_owned(), 1));
    }
}
