//! Once the faults have stopped: each target comes to where its decision wants it, stays there, and does not go to and fro.

use jiff::Timestamp;
use tidegate_policy::policy::Target;
use tidegate_policy::reason::Reason;
use tidegate_policy::severity::Severity;
use tidegate_reconcile::report::{TargetReport, TargetResult};

use super::{Law, Violation};

/// It is at rest once so many minutes in a row showed nothing to do.
const AT_REST_FOR: usize = 10;
/// More turns than this, of steady load within six hours, are flapping: a window may open and close, and what the faults left is put right.
const TURNS: usize = 4;

/// What is known of one target since the calm.
#[derive(Debug)]
pub(crate) struct Rest {
    calm: usize,
    quiet_since: Option<usize>,
    rested_at: Option<usize>,
    turns: usize,
    going: Option<Going>,
    last: String,
    waits_for_person: Option<Reason>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Going {
    Up,
    Down,
}

impl Rest {
    pub(crate) fn new(calm: usize) -> Self {
        Self {
            calm,
            quiet_since: None,
            rested_at: None,
            turns: 0,
            going: None,
            last: "it was never looked at".to_owned(),
            waits_for_person: None,
        }
    }

    /// How many minutes after the calm it came to rest.
    pub(crate) fn took(&self) -> Option<usize> {
        self.rested_at.map(|minute| minute.saturating_sub(self.calm))
    }

    /// What an attempt said of it.
    pub(crate) fn look(&mut self, minute: usize, report: &TargetReport) {
        let quiet = match &report.result {
            TargetResult::Planned { plan, .. } => {
                let decision = &plan.decision;
                let (current, desired) = (decision.current, decision.desired);
                self.last = format!(
                    "{current} -> {desired}, {} actions, {}: {}",
                    plan.actions.len(),
                    decision.explanation.reason.code(),
                    decision.explanation.detail
                );
                self.turn(current.0, desired.0);
                self.waits_for_person =
                    report.standing.iter().copied().find(|reason| reason.severity() != Severity::Info);
                plan.actions.is_empty() && !plan.history.in_transition && current == desired
            }
            // It rests, or another attempt is at work on it.
            TargetResult::Skipped(_) => return,
            TargetResult::Unrecorded { why, .. } | TargetResult::Failed(why) => {
                self.last = format!("{}: {}", why.reason.code(), why.detail);
                false
            }
        };
        match (quiet, self.quiet_since) {
            (false, _) => self.quiet_since = None,
            (true, None) => self.quiet_since = Some(minute),
            (true, Some(since)) => {
                if minute - since >= AT_REST_FOR && self.rested_at.is_none() {
                    self.rested_at = Some(since);
                }
            }
        }
    }

    fn turn(&mut self, current: u32, desired: u32) {
        let going = match desired.cmp(&current) {
            std::cmp::Ordering::Greater => Going::Up,
            std::cmp::Ordering::Less => Going::Down,
            std::cmp::Ordering::Equal => return,
        };
        self.turns += usize::from(self.going.is_some_and(|before| before != going));
        self.going = Some(going);
    }

    /// At the end. What a person was notified of is not ours to end.
    pub(crate) fn judge(&self, target: &Target, at: Timestamp, minute: usize) -> Vec<Violation> {
        let found = |law, detail| Violation { at, minute, target: target.name.to_string(), law, detail };
        let stuck = (self.rested_at.is_none() && self.waits_for_person.is_none()).then(|| {
            let within = minute.saturating_sub(self.calm);
            found(Law::Rest, format!("not at rest {within} minutes after the faults stopped: {}", self.last))
        });
        let flaps = (self.turns > TURNS)
            .then(|| found(Law::Flapping, format!("{} turns under steady load: {}", self.turns, self.last)));
        stuck.into_iter().chain(flaps).collect()
    }
}

#[cfg(test)]
mod tests {
    use tidegate_policy::kind::Kind;

    use super::*;
    use crate::{Case, Options};

    fn laws(rest: &Rest) -> Vec<Law> {
        let case = Case::drawn(1, Options { kind: Some(Kind::EcsService) });
        let target = case.map(|case| case.targets[0].clone());
        target.map_or_else(
            |_| Vec::new(),
            |target| {
                rest.judge(&target, Timestamp::UNIX_EPOCH, 500).into_iter().map(|found| found.law).collect()
            },
        )
    }

    #[test]
    fn a_target_that_never_rests_is_stuck_unless_a_person_was_notified() {
        let mut rest = Rest::new(100);
        assert_eq!(laws(&rest), [Law::Rest]);
        rest.waits_for_person = Some(Reason::AtMaximumFor);
        assert_eq!(laws(&rest), []);
        let rested = Rest { rested_at: Some(130), ..Rest::new(100) };
        assert_eq!((laws(&rested), rested.took()), (Vec::new(), Some(30)));
    }

    #[test]
    fn more_than_four_turns_are_flapping() {
        let mut rest = Rest { rested_at: Some(130), ..Rest::new(100) };
        let mut go =
            |ways: &[(u32, u32)]| ways.iter().for_each(|(current, desired)| rest.turn(*current, *desired));
        // Two steps in one way, and none at all, are no turn.
        go(&[(1, 2), (2, 3), (3, 3), (3, 2), (2, 3), (3, 2), (2, 3)]);
        assert_eq!((rest.turns, laws(&rest)), (4, Vec::new()));
        rest.turn(3, 2);
        assert_eq!(laws(&rest), [Law::Flapping]);
    }
}
