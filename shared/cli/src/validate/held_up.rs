//! What keeps a forecast that is to act from its worth: slow looks, long waits before a removal, a second planner.

use jiff::SignedDuration;
use tidegate_policy::policy::{ForecastMode, Policy};
use tidegate_policy::units::friendly;

/// A removal that waits longer than this keeps what a forecast would have given back.
const STABILIZES_AT_MOST: SignedDuration = SignedDuration::from_mins(5);
const COOLS_AT_MOST: SignedDuration = SignedDuration::from_mins(10);

/// What keeps a forecast that is to act from its worth. Measured in docs/decisions.md: it decides each minute, and judges itself what a removal costs.
pub(super) fn held_up(policy: &Policy) -> Vec<String> {
    let mut notes = Vec::new();
    for target in &policy.targets {
        let (name, scaling) = (&target.name, &target.scaling);
        if scaling.forecast.is_none_or(|forecast| forecast.mode != ForecastMode::Act) {
            continue;
        }
        if scaling.evaluate_every > SignedDuration::from_mins(1) {
            notes.push(format!(
                "forecast of target \"{name}\" decides every {}: write evaluate_every = \"1m\", so that it orders on time",
                friendly(scaling.evaluate_every)
            ));
        }
        if scaling.stabilization.in_ > STABILIZES_AT_MOST {
            notes.push(format!(
                "stabilization.in of target \"{name}\" is {} and holds up its forecast, which needs no more than 5m",
                friendly(scaling.stabilization.in_)
            ));
        }
        if scaling.cooldown.in_ > COOLS_AT_MOST {
            notes.push(format!(
                "cooldown.in of target \"{name}\" is {} and holds up its forecast, which needs no more than 10m",
                friendly(scaling.cooldown.in_)
            ));
        }
        if let Some(rule) = scaling.track.iter().find(|rule| rule.signal.is_cpu()) {
            notes.push(format!(
                "\"{}\" of target \"{name}\" is a second planner beside its forecast: leave it out, and keep a scale_out rule as the floor",
                rule.text
            ));
        }
    }
    notes
}

#[cfg(test)]
mod tests {
    use tidegate_policy::document;

    use super::*;

    fn notes(mode: &str, more: &str) -> Vec<String> {
        let text = format!(
            "[[target]]\nname = \"api\"\nkind = \"ecs-service\"\ncluster = \"prod\"\nservice = \"api\"\nmin = 1\nmax = 10\n\
             scale_out = [\"cpu > 90% for 2m\"]\nforecast = {{ mode = \"{mode}\" }}\n{more}\n"
        );
        held_up(&document::parse(&text).unwrap_or_else(|problems| panic!("{problems:?}")))
    }

    #[test]
    fn what_holds_a_forecast_up_is_told_with_what_to_write() {
        let quick = "evaluate_every = \"1m\"\ncooldown = { out = \"1m\", in = \"10m\" }\nstabilization = { in = \"5m\" }";
        assert_eq!(notes("act", quick), [""; 0]);
        let slow = "evaluate_every = \"5m\"\ncooldown = { out = \"1m\", in = \"11m\" }\nstabilization = { in = \"6m\" }\ntrack = [\"cpu at 50%\"]";
        assert_eq!(
            notes("act", slow),
            [
                "forecast of target \"api\" decides every 5m: write evaluate_every = \"1m\", so that it orders on time",
                "stabilization.in of target \"api\" is 6m and holds up its forecast, which needs no more than 5m",
                "cooldown.in of target \"api\" is 11m and holds up its forecast, which needs no more than 10m",
                "\"cpu at 50%\" of target \"api\" is a second planner beside its forecast: leave it out, and keep a scale_out rule as the floor",
            ]
        );
        assert_eq!(notes("shadow", slow), [""; 0]);
    }
}
