//! The policy's own `alert` rules: what a person is told of, and of what nobody can say whether it is over.

use super::threshold::Verdict;
use crate::policy::{Comparison, ThresholdRule};
use crate::reason::{Alert, Explanation, Reason};

/// What the `alert` rules say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Alerts {
    /// What holds.
    pub(crate) hold: Vec<Alert>,
    /// The keys of what could not be judged.
    pub(crate) unjudged: Vec<String>,
}

impl Alerts {
    /// Judges `rules`; `judge` says of one whether it holds, with a sentence that carries the numbers.
    pub(super) fn of<'a>(
        rules: impl IntoIterator<Item = &'a ThresholdRule>,
        judge: impl Fn(&ThresholdRule) -> (Verdict, String),
    ) -> Self {
        let mut alerts = Alerts::default();
        // An alert is of too much: of too little a quiet night would tell every day.
        for rule in rules.into_iter().filter(|rule| rule.comparison == Comparison::Above) {
            let key = rule.text.clone();
            match judge(rule) {
                (Verdict::Holds, detail) => alerts.hold.push(Alert {
                    key: Some(key),
                    explanation: Explanation::new(Reason::AlertThreshold, detail),
                }),
                (Verdict::Unknown(_), _) => alerts.unjudged.push(key),
                (Verdict::Fails, _) => {}
            }
        }
        alerts
    }
}
