//! Which minutes a forecast lacks: those between what was learned and what the rules read anyway.

use jiff::Timestamp;

use crate::forecast::minutes::{DAY, DAYS};
use crate::forecast::outlook::Outlook;
use crate::observation::{Lacking, Minute};

/// The rules read the last half hour at least, [`crate::evaluate::lookback_minutes`]: that much of it is whole.
const READ_ANYWAY_MINUTES: i64 = 20;
const SLACK_MINUTES: i64 = 8;

/// The minutes that are to be read before the forecast learns on; `None` where nothing is lacking. CloudWatch keeps minutes for 15 days.
pub fn lacking(outlook: &Outlook, now: Timestamp) -> Option<Lacking> {
    let until = Minute::containing(now).0 - READ_ANYWAY_MINUTES;
    let oldest = until - (DAYS - 1) * DAY;
    // Of what was asked for in vain, a few minutes more or less do not matter: the rules read them.
    let known_until = outlook.end().or_else(|| outlook.passed_over().map(|passed| passed + SLACK_MINUTES));
    match known_until {
        Some(end) if end >= until => None,
        Some(end) if end > oldest => Some(Lacking { from: Some(Minute(end)), until: Minute(until) }),
        Some(_) | None => Some(Lacking { from: None, until: Minute(until) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::settings::Shape;

    const NOW: i64 = 20_000 * DAY + 100;

    fn lacks(end: Option<i64>) -> Option<(Option<i64>, i64)> {
        let mut outlook = Outlook::cold(Shape::default());
        if let Some(end) = end {
            outlook.push(end - 1, Some(1.0));
        }
        let lacking = lacking(&outlook, Minute(NOW).start().unwrap());
        lacking.map(|lacking| (lacking.from.map(|from| from.0 - NOW), lacking.until.0 - NOW))
    }

    #[test]
    fn what_lies_before_the_last_twenty_minutes_is_lacking() {
        assert_eq!(lacks(None), Some((None, -20)));
        assert_eq!(lacks(Some(NOW - 1)), None);
        assert_eq!(lacks(Some(NOW - 20)), None);
        assert_eq!(lacks(Some(NOW - 21)), Some((Some(-21), -20)));
        assert_eq!(lacks(Some(NOW - 3 * DAY)), Some((Some(-3 * DAY), -20)));
        // Nobody keeps what is older: it begins anew.
        assert_eq!(lacks(Some(NOW - 14 * DAY - 20)), Some((None, -20)));
        // What was asked for in vain is not asked for again.
        let passed = |until: i64| {
            let mut outlook = Outlook::cold(Shape::default());
            outlook.pass_over(until);
            lacking(&outlook, Minute(NOW).start().unwrap())
        };
        assert_eq!(passed(NOW - 20), None);
        assert_eq!(passed(NOW - 3 * DAY).unwrap().from, Some(Minute(NOW - 3 * DAY + SLACK_MINUTES)));
        // A clock that went back lacks nothing.
        assert_eq!(lacks(Some(NOW + 60)), None);
    }
}
