//! The policy's own `alert` rules: what a person is told of, and of what nobody can say whether it is over.

use std::collections::BTreeMap;

use super::series::MemberSeries;
use super::threshold::{self, Verdict};
use crate::history::Read;
use crate::policy::{Comparison, ThresholdRule};
use crate::reason::{Alert, Explanation, Reason};

/// What the `alert` rules say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Alerts {
    /// What holds.
    pub(crate) hold: Vec<Alert>,
    /// The keys of what could not be judged.
    pub(crate) unjudged: Vec<String>,
    /// What was read of what does not hold, by its key.
    pub(crate) read: BTreeMap<String, Read>,
}

impl Alerts {
    /// Judges `rules`; `series` are the readings of one, by member.
    pub(super) fn of<'a, 's>(
        rules: impl IntoIterator<Item = &'a ThresholdRule>,
        series: impl Fn(&ThresholdRule) -> Vec<MemberSeries<'s>>,
    ) -> Self {
        let mut alerts = Alerts::default();
        // An alert is of too much: of too little a quiet night would tell every day.
        for rule in rules.into_iter().filter(|rule| rule.comparison == Comparison::Above) {
            let key = rule.text.clone();
            let series = series(rule);
            match threshold::judge(rule, &series) {
                (Verdict::Holds, said) => {
                    alerts.hold.push(Alert::new(Some(key), Explanation::new(Reason::AlertThreshold, said)));
                }
                (Verdict::Unknown(_), _) => alerts.unjudged.push(key),
                (Verdict::Fails, _) => {
                    alerts.read.extend(threshold::read(rule, &series).map(|read| (key, read)))
                }
            }
        }
        alerts
    }
}
