//! What a person must hear of is published, once at least: each alert of the log has its announcement once the bus takes them again. Receivers know
//! an alert by its reason, so that one is over for them once no other of its reason stands.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tidegate_policy::history::NoticeKind;
use tidegate_policy::names::TargetName;
use tidegate_policy::reason::Reason;
use tidegate_policy::record::{Activity, ActivityKind};
use tidegate_reconcile::report::{TargetReport, TargetResult};
use tidegate_simulator::account::Announcement;

use super::{Law, Violation};

/// The alerts of the log that no announcement was seen of.
#[derive(Debug, Default)]
pub(crate) struct Alerts {
    open: Vec<Open>,
    /// What the newest look at each target found standing.
    standing: BTreeMap<TargetName, Vec<Reason>>,
}

#[derive(Debug)]
struct Open {
    at: Timestamp,
    target: TargetName,
    kind: NoticeKind,
    reason: Reason,
    detail: String,
}

impl Alerts {
    /// A line of the log.
    pub(crate) fn written(&mut self, line: &Activity) {
        if line.kind == ActivityKind::Alert {
            let ends = matches!(line.reason, Reason::AlertCleared | Reason::PauseEnded);
            let kind = if ends { NoticeKind::Recovery } else { NoticeKind::Alert };
            let Activity { at, target, reason, detail, .. } = line.clone();
            self.open.push(Open { at, target, kind, reason, detail });
        }
    }

    /// What stands by a report.
    pub(crate) fn look(&mut self, report: &TargetReport) {
        // Of what was not looked at the report says nothing.
        if !matches!(report.result, TargetResult::Skipped(_)) {
            self.standing.insert(report.target.clone(), report.standing.clone());
        }
    }

    /// The ledger lost what waited.
    pub(crate) fn forgotten(&mut self) {
        self.open.clear();
    }

    /// At the end, with all that was published.
    pub(crate) fn judge(&self, announced: &[Announcement], at: Timestamp, minute: usize) -> Vec<Violation> {
        let was_told = |open: &Open| {
            let of_it = || announced.iter().filter(|one| one.target == open.target);
            match open.kind {
                // A recovery has the reason of what is over.
                NoticeKind::Recovery => {
                    of_it().any(|one| one.notice.kind == open.kind && one.notice.at >= open.at)
                        || self.still_stands(open, announced)
                }
                // What stands is not published twice.
                _ => of_it().any(|one| one.notice.kind == open.kind && one.notice.reason == open.reason),
            }
        };
        let lost = self.open.iter().filter(|open| !was_told(open));
        lost.map(|Open { at: written, target, reason, .. }| Violation {
            at,
            minute,
            target: target.to_string(),
            law: Law::Alerts,
            detail: format!("{} of {written} was never published", reason.code()),
        })
        .collect()
    }

    /// Whether another alert of the reason that the line says is over stands to the end, and receivers know: what they were last told of it is
    /// that it is there.
    fn still_stands(&self, over: &Open, announced: &[Announcement]) -> bool {
        let standing = self.standing.get(&over.target).into_iter().flatten();
        standing.copied().filter(|reason| over.detail.contains(&format!("({reason}, since "))).any(|reason| {
            let told =
                announced.iter().filter(|one| one.target == over.target && one.notice.reason == reason);
            let mut edges =
                told.filter(|one| matches!(one.notice.kind, NoticeKind::Alert | NoticeKind::Recovery));
            edges.next_back().is_some_and(|one| one.notice.kind == NoticeKind::Alert)
        })
    }
}

#[cfg(test)]
mod tests {
    use tidegate_policy::history::Notice;
    use tidegate_policy::reason::Explanation;

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// What the log says: an alert at its minute, and its end.
    fn line(minute: i64, reason: Reason) -> Activity {
        let over = "over after 1h: it has not happened again for an hour (both_schedule, since 1970-01-01T00:00:00Z)";
        Activity {
            at: at(minute),
            target: TargetName::new("a"),
            kind: ActivityKind::Alert,
            reason,
            detail: if reason == Reason::AlertCleared { over.to_owned() } else { "a sentence".to_owned() },
            numbers: Vec::new(),
        }
    }

    fn announcement(minute: i64, kind: NoticeKind, reason: Reason) -> Announcement {
        let notice = Notice {
            number: 1,
            kind,
            reason,
            detail: "a sentence".to_owned(),
            since: at(minute),
            at: at(minute),
            numbers: Vec::new(),
            next: None,
        };
        Announcement { at: at(minute), target: TargetName::new("a"), notice }
    }

    fn report(standing: &[Reason], looked: bool) -> TargetReport {
        let why = Explanation::new(Reason::PlanRefused, "a sentence");
        TargetReport {
            target: TargetName::new("a"),
            result: if looked { TargetResult::Failed(why) } else { TargetResult::Skipped(why) },
            activities: Vec::new(),
            figures: None,
            standing: standing.to_vec(),
            unpublished: None,
        }
    }

    #[test]
    fn a_recovery_is_published_unless_another_alert_of_its_reason_stands() {
        use NoticeKind::{Alert, Recovery};
        use Reason::{AtMaximumFor, BothSchedule};
        let alert = announcement(1, Alert, BothSchedule);
        let other = announcement(1, Alert, AtMaximumFor);
        let (recovery, earlier) =
            (announcement(70, Recovery, BothSchedule), announcement(50, Recovery, BothSchedule));
        for (standing, announced, lost) in [
            (vec![], vec![alert.clone()], 1),
            (vec![], vec![alert.clone(), recovery], 0),
            (vec![BothSchedule], vec![alert.clone()], 0),
            // Another reason stands; receivers do not know that it stands; they think that it is over.
            (vec![AtMaximumFor], vec![alert.clone(), other], 1),
            (vec![BothSchedule], vec![], 2),
            (vec![BothSchedule], vec![alert, earlier], 1),
        ] {
            let mut alerts = Alerts::default();
            alerts.written(&line(1, BothSchedule));
            alerts.written(&line(60, Reason::AlertCleared));
            alerts.look(&report(&standing, true));
            alerts.look(&report(&[], false));
            assert_eq!(alerts.judge(&announced, at(100), 100).len(), lost, "{standing:?} {announced:?}");
        }
    }
}
