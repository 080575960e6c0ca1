//! What an attempt will remember and tell, whatever kind of target it is at.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Action, Plan};
use crate::decide::Decision;
use crate::evaluate::Alerts;
use crate::history::{History, Read};
use crate::number::Sentence;
use crate::policy::Target;
use crate::reason::{Alert, Explanation, Reason};
use crate::units::Count;

/// How the alert of a target that cannot be scaled begins.
const KEEPS: &str = "what keeps the";

/// On its way to a plan.
pub(super) struct Draft {
    pub(super) history: History,
    pub(super) decision: Decision,
    pub(super) alerts: Vec<Alert>,
    unjudged: Vec<String>,
    read: BTreeMap<String, Read>,
    pub(super) notes: Vec<Explanation>,
}

impl Draft {
    pub(super) fn new(history: History, decision: Decision, alerts: Alerts) -> Self {
        let Alerts { hold, unjudged, read } = alerts;
        Self { history, decision, alerts: hold, unjudged, read, notes: Vec::new() }
    }

    /// The plan of a target that takes these actions, or waits, or rests.
    pub(super) fn plan(
        self,
        target: &Target,
        step: Option<Explanation>,
        actions: Vec<Action>,
        write_ahead: bool,
    ) -> Plan {
        Plan {
            target: target.name.clone(),
            decision: self.decision,
            step,
            actions,
            history: self.history,
            write_ahead,
            alerts: self.alerts,
            unjudged: self.unjudged,
            read: self.read,
            notes: self.notes,
            evaluate_every: target.scaling.evaluate_every,
        }
    }

    pub(super) fn alert(&mut self, key: impl Into<String>, reason: Reason, said: impl Into<Sentence>) {
        self.alerts.push(Alert::new(Some(key.into()), Explanation::new(reason, said)));
    }

    /// The same, of what is tried again by itself then.
    pub(super) fn alert_until(
        &mut self,
        key: impl Into<String>,
        reason: Reason,
        said: impl Into<Sentence>,
        next_try: Option<Timestamp>,
    ) {
        let alert = Alert::new(Some(key.into()), Explanation::new(reason, said));
        self.alerts.push(Alert { next_try, ..alert });
    }

    /// The same, of what has been so since then.
    pub(super) fn alert_since(
        &mut self,
        key: impl Into<String>,
        reason: Reason,
        said: impl Into<Sentence>,
        since: Timestamp,
    ) {
        let alert = Alert::new(Some(key.into()), Explanation::new(reason, said));
        self.alerts.push(Alert { since: Some(since), ..alert });
    }

    /// Something that happened, as against something that lasts.
    pub(super) fn event(&mut self, reason: Reason, said: impl Into<Sentence>) {
        self.alerts.push(Alert::new(None, Explanation::new(reason, said)));
    }

    /// What this attempt read of what an alert is about, where it does not find it.
    pub(super) fn read(&mut self, key: impl Into<String>, read: Read) {
        self.read.insert(key.into(), read);
    }

    /// What this attempt cannot judge: the alert stands if it stood.
    pub(super) fn unjudged(&mut self, key: &str) {
        self.unjudged.push(key.to_owned());
    }

    pub(super) fn note(&mut self, reason: Reason, said: impl Into<Sentence>) {
        self.notes.push(Explanation::new(reason, said));
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
    history.near = false;
    let key = format!("{KEEPS} {what} from being scaled ({})", why.reason);
    // Nothing else was looked at, so nothing else is over.
    let unjudged = history.alerting.iter().filter(|key| !key.starts_with(KEEPS)).cloned().collect();
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
            ahead: None,
            on_paper: None,
            expected: None,
        },
        step: None,
        actions: Vec::new(),
        history,
        write_ahead: false,
        alerts: vec![Alert::new(Some(key), why)],
        unjudged,
        read: BTreeMap::new(),
        notes: Vec::new(),
        evaluate_every: target.scaling.evaluate_every,
    }
}
