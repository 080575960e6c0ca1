//! The forecast in one sentence with numbers: what is likely when, what one more costs, what lacking it costs, and who says so.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Unit};

use super::members::units;
use crate::forecast::fleet::Wish;
use crate::forecast::need::NeedAhead;
use crate::forecast::planner::Plan;
use crate::forecast::shadow::{NotProven, Scores};
use crate::observation::Minute;
use crate::reason::{Alert, Explanation, Reason};
use crate::units::{Count, Percent, friendly};

/// What is wished, and why. Levels are told in members.
pub(super) fn sentence(planned: &Plan, wish: Wish, need: &NeedAhead, current: Count, beside: i64) -> String {
    let members = |level: usize| units(Count(need.shape.units(level)), -beside);
    let at = |bucket: usize| clock(need.end + 5 * i64::try_from(bucket).unwrap_or(0));
    if let (Wish::Remove(fewer), Some(removal)) = (wish, &planned.removal) {
        let until = removal
            .until
            .map_or_else(|| "for the next hour".to_owned(), |bucket| format!("until {}", at(bucket)));
        return format!(
            "{} will do {until}: P(need > {}) is at most {:.2}; a removal costs {:.0} unit-minutes and saves {:.0}",
            current.minus(Count(fewer)),
            members(removal.keep),
            removal.odds,
            removal.costs,
            removal.saves
        );
    }
    let wanted = match wish {
        Wish::Order(more) => format!("{} wanted", current.plus(Count(more))),
        Wish::Stay | Wish::Remove(_) => format!("{current} will do"),
    };
    format!(
        "P(need > {}) at {} is {:.2} ({} {:.2}); one more costs {:.0} a minute, lacking it {:.1}: {wanted}; orders take {}",
        members(planned.there),
        at(planned.lead),
        planned.odds,
        planned.leading.expert.name(),
        planned.leading.odds,
        planned.one_more,
        planned.lacking,
        minutes(planned.order_takes)
    )
}

/// What was needed all along is ordered at once.
pub(super) fn at_once(wanted: Count, needed: Count) -> String {
    format!("each of the last ten minutes needed {needed}: {wanted} wanted")
}

/// Why it does not act yet, or no longer.
pub(super) fn not_proven(why: &NotProven, price: f64) -> Explanation {
    let detail = match why {
        // In words that stay the same from hour to hour: they are told once.
        NotProven::Young(_) => "fewer than 48 hours of minutes are known".to_owned(),
        NotProven::Holes(share) => {
            format!("{} of the minutes are known, and 90% are wanted", Percent((share * 100.0).round()))
        }
        NotProven::Days(_) => "fewer than 2 whole days were compared with the rules".to_owned(),
        NotProven::Dearer(scores) => format!(
            "over {} days it would have cost {:.0} unit-minutes with {:.0} minutes of shortage at {price:.0} each, and the rules {:.0} with {:.0}",
            scores.days,
            scores.ahead.unit_minutes,
            scores.ahead.violations,
            scores.rules.unit_minutes,
            scores.rules.violations
        ),
        NotProven::Uncalibrated(said, came) => {
            format!("what it said with a probability of {said:.2} came in {came:.2} of the minutes")
        }
    };
    Explanation::new(Reason::ForecastNotProven, format!("the rules act alone: {detail}"))
}

/// What the alert is about.
pub(crate) const LOST: &str = "a forecast that is dearer than the rules";

/// It acted, and is too dear now.
pub(super) fn lost(not_proven: &Explanation) -> Alert {
    Alert::new(Some(LOST.to_owned()), Explanation::new(Reason::ForecastLost, not_proven.said()))
}

/// What the days before would have cost. The words change once a day.
pub(super) fn compared(scores: &Scores, price: f64) -> Option<Explanation> {
    let (ahead, rules) = (scores.ahead, scores.rules);
    let detail = format!(
        "on paper, over {} days: the forecast {:.0} unit-minutes and {:.0} minutes of shortage, the rules {:.0} and {:.0}: {:.2} of their cost at {price:.0} a minute",
        scores.days,
        ahead.unit_minutes,
        ahead.violations,
        rules.unit_minutes,
        rules.violations,
        ahead.at(price) / rules.at(price).max(1.0)
    );
    (scores.days > 0).then(|| Explanation::new(Reason::ForecastCompared, detail))
}

fn minutes(minutes: f64) -> String {
    let exact = SignedDuration::try_from_secs_f64(minutes * 60.0).unwrap_or_default();
    friendly(exact.round(Unit::Minute).unwrap_or(exact))
}

/// The time of day of a minute, in UTC as every time of the log.
fn clock(minute: i64) -> String {
    let at = Minute(minute).start().unwrap_or(Timestamp::UNIX_EPOCH);
    at.to_zoned(TimeZone::UTC).strftime("%H:%M").to_string()
}
