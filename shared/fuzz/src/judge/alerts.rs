//! What a person must hear of is published, once at least: each alert of the log has its announcement once the bus takes them again.

use jiff::Timestamp;
use tidegate_policy::history::NoticeKind;
use tidegate_policy::names::TargetName;
use tidegate_policy::reason::Reason;
use tidegate_policy::record::{Activity, ActivityKind};
use tidegate_simulator::account::Announcement;

use super::{Law, Violation};

/// The alerts of the log that no announcement was seen of.
#[derive(Debug, Default)]
pub(crate) struct Alerts {
    open: Vec<Open>,
}

#[derive(Debug)]
struct Open {
    at: Timestamp,
    target: TargetName,
    kind: NoticeKind,
    reason: Reason,
}

impl Alerts {
    /// A line of the log.
    pub(crate) fn written(&mut self, line: &Activity) {
        if line.kind == ActivityKind::Alert {
            let ends = matches!(line.reason, Reason::AlertCleared | Reason::PauseEnded);
            let kind = if ends { NoticeKind::Recovery } else { NoticeKind::Alert };
            self.open.push(Open { at: line.at, target: line.target.clone(), kind, reason: line.reason });
        }
    }

    /// The ledger lost what waited.
    pub(crate) fn forgotten(&mut self) {
        self.open.clear();
    }

    /// At the end, with all that was published.
    pub(crate) fn judge(self, announced: &[Announcement], at: Timestamp, minute: usize) -> Vec<Violation> {
        let was_told = |open: &Open| {
            let of_it = || announced.iter().filter(|one| one.target == open.target);
            match open.kind {
                // A recovery has the reason of what is over.
                NoticeKind::Recovery => {
                    of_it().any(|one| one.notice.kind == open.kind && one.notice.at >= open.at)
                }
                // What stands is not published twice.
                _ => of_it().any(|one| one.notice.kind == open.kind && one.notice.reason == open.reason),
            }
        };
        let lost = self.open.into_iter().filter(|open| !was_told(open));
        lost.map(|Open { at: written, target, reason, .. }| Violation {
            at,
            minute,
            target: target.to_string(),
            law: Law::Alerts,
            detail: format!("{} of {written} was never published", reason.code()),
        })
        .collect()
    }
}
