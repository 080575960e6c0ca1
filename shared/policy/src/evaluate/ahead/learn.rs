//! What a forecast learns from in an attempt: the minutes that became known, with rules and forecast beside each other on paper.

use crate::forecast::fleet::LifeTimes;
use crate::forecast::outlook::Outlook;
use crate::forecast::paper_rules::{PaperRules, Threshold};
use crate::forecast::settings::Settings;
use crate::observation::Minute;
use crate::policy::{Scaling, ThresholdRule};

/// What a policy without a rule on the way in is held against: the usual one of databases.
const USUAL_IN: Threshold = Threshold { level: 0.5, minutes: 15, step: 1 };

/// What the shadow needs to know of a target.
pub(super) struct OnPaper<'a> {
    pub(super) rules: PaperRules,
    /// The fewest and the most units at a minute: its windows were open at their time, not at that of the attempt that learns of it.
    pub(super) bounds: &'a dyn Fn(i64) -> (u32, u32),
    /// Units that a shadow begins with.
    pub(super) serving: u32,
}

/// Learns minute by minute. Within a history, each five minutes are predicted as they would have been; the newest minute is for the caller.
pub(super) fn learn(
    work: &[(Minute, Option<f64>)],
    outlook: &mut Outlook,
    settings: &Settings,
    times: &LifeTimes,
    on_paper: &OnPaper<'_>,
) {
    let last = work.last().map(|(minute, _)| *minute);
    for (minute, work) in work {
        let before = outlook.end().unwrap_or(minute.0);
        outlook.push(minute.0, *work);
        outlook.pass_on_paper(before, on_paper.serving);
        let is_fifth = outlook.end().is_some_and(|end| end % 5 == 0);
        if is_fifth
            && Some(*minute) != last
            && let Some(need) = outlook.predict(settings)
        {
            let bounds = (on_paper.bounds)(minute.0);
            let settings = settings.within(outlook.shape(), bounds);
            outlook.decide_on_paper(&need, times, &settings, &on_paper.rules, bounds);
        }
    }
}

/// The rules on CPU as the shadow plays them. A policy without any on the way in is held against the usual one.
pub(super) fn paper_rules(scaling: &Scaling) -> PaperRules {
    let threshold = |rule: &ThresholdRule| Threshold {
        level: rule.threshold / 100.0,
        minutes: rule.points.of(),
        step: rule.step.0,
    };
    let of = |rules: &[ThresholdRule]| -> Vec<Threshold> {
        rules.iter().filter(|rule| rule.signal.is_cpu()).map(threshold).collect()
    };
    let tracked = scaling.track.iter().filter(|rule| rule.signal.is_cpu());
    let track: Vec<f64> = tracked.map(|rule| rule.target / 100.0).collect();
    let mut in_ = of(&scaling.scale_in);
    if in_.is_empty() && track.is_empty() {
        in_.push(USUAL_IN);
    }
    PaperRules {
        out: of(&scaling.scale_out),
        in_,
        track,
        cooldown_out: scaling.cooldown.out.as_mins(),
        cooldown_in: scaling.cooldown.in_.as_mins(),
        stabilization_in: u32::try_from(scaling.stabilization.in_.as_mins()).unwrap_or(u32::MAX),
        margin: scaling.margin.of(1.0),
    }
}
