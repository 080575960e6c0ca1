//! The quarter hours that cost most beyond what was needed, each with what was said at that time.

use jiff::Timestamp;
use serde::Serialize;

use crate::compare::scores::VIOLATION_PRICE;
use crate::compare::seen::LEAST;
use crate::run::{Said, TargetMinute};
use crate::split::{Cause, needed};

const SECONDS: i64 = 15 * 60;

/// A quarter hour of the clock. The fields are a stable interface.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuarterHour {
    /// When it begins.
    pub from: Timestamp,
    /// Units that were billed, times minutes.
    pub unit_minutes: f64,
    /// Units that its minutes needed, times minutes.
    pub needed_unit_minutes: f64,
    /// Minutes in which demand was above 85% of capacity.
    pub violation_minutes: u64,
    /// Of them, those that a larger fleet within the policy's maximum would have avoided.
    pub avoidable_minutes: u64,
    /// Unit-minutes beyond what was needed, and 30 for each avoidable minute of violation.
    pub cost: f64,
    /// The decision or hold that stood when the first of those came, or at its end if there was none.
    pub said: Option<Said>,
}

impl QuarterHour {
    fn of(from: Timestamp) -> QuarterHour {
        QuarterHour {
            from,
            unit_minutes: 0.0,
            needed_unit_minutes: 0.0,
            violation_minutes: 0,
            avoidable_minutes: 0,
            cost: 0.0,
            said: None,
        }
    }

    fn reckoned(self) -> QuarterHour {
        let violations = VIOLATION_PRICE * self.avoidable_minutes as f64;
        QuarterHour { cost: self.unit_minutes - self.needed_unit_minutes + violations, ..self }
    }
}

/// All that were scored, as they go by.
#[derive(Debug, Default)]
pub(super) struct QuarterHours(Vec<QuarterHour>);

impl QuarterHours {
    /// A minute that began at `at`, in which so many units were billed.
    pub(super) fn minute(&mut self, at: Timestamp, billed: f64, minute: &TargetMinute) {
        let from = Timestamp::from_second(at.as_second().div_euclid(SECONDS) * SECONDS).unwrap_or(at);
        if self.0.last().is_none_or(|last| last.from != from) {
            self.0.push(QuarterHour::of(from));
        }
        let Some(last) = self.0.last_mut() else { return };
        last.unit_minutes += billed;
        last.needed_unit_minutes += needed(minute.served.demand).max(f64::from(LEAST));
        last.violation_minutes += u64::from(minute.served.violation);
        if last.avoidable_minutes == 0 {
            last.said.clone_from(&minute.said);
        }
        last.avoidable_minutes += u64::from(minute.cause.is_some_and(|cause| cause != Cause::AtMax));
    }

    /// The costliest, the costliest first and of equals the earliest.
    pub(super) fn costliest(self, count: usize) -> Vec<QuarterHour> {
        let mut all: Vec<QuarterHour> = self.0.into_iter().map(QuarterHour::reckoned).collect();
        all.sort_by(|one, other| other.cost.total_cmp(&one.cost).then(one.from.cmp(&other.from)));
        all.truncate(count);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Served;
    use crate::document::{Body, DiskFrame, ReplicaSet};
    use jiff::SignedDuration;

    fn at(minute: i64) -> Timestamp {
        "2026-03-02T08:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minute)
    }

    fn minute(demand: f64, capacity: f64, cause: Option<Cause>) -> TargetMinute {
        let none = ReplicaSet {
            primary_cpu: 0.0,
            primary_connections: 0.0,
            primary_disk: DiskFrame::default(),
            floor_weight: None,
            replicas: Vec::new(),
        };
        let body = Body::Replicas(none);
        TargetMinute {
            served: Served::of(demand, capacity),
            cause,
            unit_hours: 0.0,
            outs: 0,
            ins: 0,
            body,
            said: None,
        }
    }

    fn said(minute: i64, detail: &str) -> Option<Said> {
        Some(Said { at: at(minute), reason: "within_thresholds", detail: detail.to_owned() })
    }

    #[test]
    fn the_costliest_come_first_with_what_stood_when_they_became_short() {
        let mut hours = QuarterHours::default();
        for nth in 0..60 {
            let (billed, mut served) = match nth {
                // Three are there, and two are needed.
                0..15 => (3.0, minute(1.5, 3.0, None)),
                // Two are there, and three are needed: short for as long as nobody ordered.
                15..30 => (2.0, minute(2.5, 2.0, Some(Cause::NothingUnderWay))),
                // No decision avoids these.
                30..45 => (2.0, minute(9.0, 2.0, Some(Cause::AtMax))),
                _ => (3.0, minute(2.5, 3.0, None)),
            };
            served.said = match nth {
                0..3 => None,
                3..20 => said(nth, "all is well"),
                20..30 => said(nth, "one more"),
                _ => said(nth, "it is on its way"),
            };
            hours.minute(at(nth), billed, &served);
        }
        let costliest = hours.costliest(3);
        let told: Vec<_> = costliest
            .iter()
            .map(|hour| {
                let said = hour.said.as_ref().map(|said| (said.at, said.detail.as_str()));
                (hour.from, hour.cost.round(), hour.violation_minutes, said)
            })
            .collect();
        assert_eq!(
            told,
            [
                (at(15), 15.0 * 30.0 - 15.0, 15, Some((at(15), "all is well"))),
                (at(0), 15.0, 0, Some((at(14), "all is well"))),
                (at(45), 0.0, 0, Some((at(59), "it is on its way"))),
            ]
        );
    }

    #[test]
    fn quarter_hours_are_those_of_the_clock() {
        let mut hours = QuarterHours::default();
        for nth in 10..20 {
            hours.minute(at(nth), 1.0, &minute(0.0, 1.0, None));
        }
        let all = hours.costliest(9);
        let told: Vec<(Timestamp, f64)> = all.iter().map(|hour| (hour.from, hour.unit_minutes)).collect();
        assert_eq!(told, [(at(0), 5.0), (at(15), 5.0)]);
        // Somebody is always there, and nobody said anything.
        assert!(all.iter().all(|hour| hour.cost.abs() < 1e-9 && hour.said.is_none()));
    }
}
