//! What an attempt will remember and tell, whatever kind of target it is at.

use super::Plan;
use crate::decide::Decision;
use crate::history::History;
use crate::policy::Target;
use crate::reason::{Alert, Explanation, Reason};
use crate::units::Count;

/// On its way to a plan.
pub(super) struct Draft {
    pub(super) history: History,
    pub(super) decision: Decision,
    pub(super) alerts: Vec<Alert>,
    pub(super) notes: Vec<Explanation>,
}

impl Draft {
    pub(super) fn alert(&mut self, key: impl Into<String>, reason: Reason, detail: impl Into<String>) {
        self.alerts.push(Alert { key: Some(key.into()), explanation: Explanation::new(reason, detail) });
    }

    /// Something that happened, as against something that lasts.
    pub(super) fn event(&mut self, reason: Reason, detail: impl Into<String>) {
        self.alerts.push(Alert { key: None, explanation: Explanation::new(reason, detail) });
    }

    pub(super) fn note(&mut self, reason: Reason, detail: impl Into<String>) {
        self.notes.push(Explanation::new(reason, detail));
    }
}

/// A target that cannot be scaled as it stands: it is told, and nothing is done. `what` is what the alert calls it.
pub(super) fn left_alone(
    target: &Target,
    current: Count,
    mut history: History,
    what: &str,
    why: Explanation,
) -> Plan {
    history.in_transition = false;
    let key = format!("what keeps the {what} from being scaled ({})", why.reason);
    Plan {
        target: target.name.clone(),
        decision: Decision {
            current,
            recommended: current,
            desired: current,
            explanation: why.clone(),
            limited_by: Some(why.reason),
            next_eligible: None,
            recommendations: Vec::new(),
        },
        step: None,
        actions: Vec::new(),
        history,
        write_ahead: false,
        alerts: vec![Alert { key: Some(key), explanation: why }],
        notes: Vec::new(),
    }
}
