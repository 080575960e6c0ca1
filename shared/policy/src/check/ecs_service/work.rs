//! Invisible work: a message in flight is on some task, and which one nobody knows. A task that is taken away from it starts over elsewhere.

use super::case::Step;
use super::taken::Taken;
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::observation::{Minute, Reading};
use crate::policy::ServiceMetric;
use crate::units::Count;

/// A message that was in flight within so many minutes may be so still.
const LATELY: i64 = 5;

/// Tasks that go at once for what signals say: not those that may be at work, and not the last one while any message is left. Beyond the
/// maximum they go all the same, which is a person's word.
pub(super) fn judge(step: &Step<'_>, findings: &mut Findings) {
    let case = step.case;
    let asked = |metric| {
        let in_rules = case.scaling.scale_out.iter().chain(&case.scaling.scale_in).map(|rule| rule.signal);
        let mut signals = in_rules.chain(case.scaling.track.iter().map(|rule| rule.signal));
        signals.any(|signal| signal.service_metrics().contains(&metric))
    };
    if !asked(ServiceMetric::QueueInFlight) {
        return;
    }
    let Some(left) = Taken::by(step).and_then(|taken| taken.tasks) else { return };
    if left >= case.in_force.max {
        return;
    }
    // What is not known was refused for want of data.
    let most = |metric| match case.seen.signals.get(&metric) {
        Some(Reading::Fresh(series)) => {
            let since = Minute(series.newest().minute.0 - LATELY);
            let lately = series.points().iter().filter(|point| point.minute > since);
            lately.map(|point| point.value).fold(0.0, f64::max)
        }
        _ => 0.0,
    };
    let (waiting, in_flight) = (most(ServiceMetric::QueueDepth), most(ServiceMetric::QueueInFlight));
    let at_work = step.service.desired.min(case.in_force.max);
    if f64::from(left.0) < in_flight && left < at_work {
        let action = step.action;
        let detail =
            format!("{action}, although {in_flight:.0} messages are in flight: each may be on a task");
        findings.refuse(invariant::WORK, detail);
    }
    if left == Count::ZERO && waiting > 0.0 {
        let action = step.action;
        findings.refuse(invariant::WORK, format!("{action}, although {waiting:.0} messages wait for a task"));
    }
}
