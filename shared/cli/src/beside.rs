//! Rules and forecast beside each other on the same day: which is better, and the sentences that say so.

use tidegate_policy::policy::{Forecast, ForecastMode, Policy, Target};
use tidegate_simulator::document::{Document, Simulation, Simulations};

/// What a minute of shortage is worth, in unit-minutes: as every score of the bench has it.
const SHORT_MINUTE: f64 = 30.0;

/// The day by the rules alone, and the same day where a forecast acts too, target by target.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beside<'a> {
    /// By the rules alone.
    pub(crate) rules: &'a Simulations,
    /// With a forecast where a target can have one.
    pub(crate) ahead: &'a Simulations,
    /// The targets as they ran there.
    pub(crate) targets: &'a [Target],
}

/// One target on both days.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Both<'a> {
    pub(crate) rules: &'a Document,
    /// `None`: it can have no forecast.
    pub(crate) ahead: Option<&'a Document>,
}

/// What a day came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sum {
    pub(crate) short: u64,
    pub(crate) severe: u64,
    pub(crate) changes: u64,
    pub(crate) unit_hours: f64,
}

impl Sum {
    /// Over all these.
    pub(crate) fn of<'a>(documents: impl Iterator<Item = &'a Document>) -> Sum {
        documents.fold(Sum::default(), |sum, one| Sum {
            short: sum.short + one.violation_minutes,
            severe: sum.severe + one.severe_minutes,
            changes: sum.changes + one.actions,
            unit_hours: sum.unit_hours + one.unit_hours,
        })
    }

    /// Capacity and shortage in one number: less is better.
    fn cost(&self) -> f64 {
        60.0 * self.unit_hours + SHORT_MINUTE * self.short as f64
    }
}

/// The same policy with the rules alone.
pub(crate) fn by_rules(policy: &Policy) -> Policy {
    let mut policy = policy.clone();
    policy.targets.iter_mut().for_each(|target| target.scaling.forecast = None);
    policy
}

/// The same policy with a forecast that acts once it is proven: the target's own, or as it is where no key of it is written. A target without
/// a rule on CPU has none, as a policy file must have it.
pub(crate) fn with_forecast(policy: &Policy) -> Policy {
    let mut policy = policy.clone();
    for target in policy.targets.iter_mut().filter(|target| target.scaling.has_floor()) {
        let forecast = target.scaling.forecast.unwrap_or(Forecast::USUAL);
        target.scaling.forecast = Some(Forecast { mode: ForecastMode::Act, ..forecast });
    }
    policy
}

impl<'a> Beside<'a> {
    /// Target by target, in their order.
    pub(crate) fn each(&self) -> impl Iterator<Item = Both<'a>> + use<'a> {
        let document = |simulation: &'a Simulation| &simulation.document;
        let both = self.rules.targets.iter().map(document).zip(self.ahead.targets.iter().map(document));
        both.zip(self.targets).map(|((rules, ahead), target)| {
            let ahead = target.scaling.forecast.is_some().then_some(ahead);
            Both { rules, ahead }
        })
    }

    /// All targets together, by the rules alone and with a forecast.
    pub(crate) fn totals(&self) -> (Sum, Sum) {
        let all = |simulations: &'a Simulations| simulations.targets.iter().map(|one| &one.document);
        (Sum::of(all(self.rules)), Sum::of(all(self.ahead)))
    }

    /// Two sentences over all targets. What did better leads.
    pub(crate) fn headline(&self) -> [String; 2] {
        let (rules, ahead) = self.totals();
        let told = |name: &str, sum: &Sum| {
            format!("{name}: {} short of capacity, {:.1} unit-hours", minutes(sum.short), sum.unit_hours)
        };
        let (rules_told, ahead_told) = (told("The rules alone", &rules), told("With a forecast", &ahead));
        if ahead.cost() <= rules.cost() {
            [format!("{ahead_told}{}.", against(&ahead, &rules)), format!("{rules_told}.")]
        } else {
            [format!("{rules_told}{}.", against(&rules, &ahead)), format!("{ahead_told}.")]
        }
    }

    /// The targets without a forecast, and what they lack; nothing where there are none.
    pub(crate) fn without(&self) -> Option<String> {
        let without = self.each().filter(|both| both.ahead.is_none()).map(|both| both.rules.target.as_str());
        let names: Vec<&str> = without.collect();
        (!names.is_empty())
            .then(|| format!("No forecast without a scale_out rule on cpu: {}.", names.join(", ")))
    }
}

/// `1 minute`, `12 minutes`.
fn minutes(count: u64) -> String {
    if count == 1 { "1 minute".to_owned() } else { format!("{count} minutes") }
}

/// ` (-3%)`, of unit-hours.
fn against(one: &Sum, other: &Sum) -> String {
    percent(one.unit_hours, other.unit_hours).map_or_else(String::new, |percent| format!(" ({percent})"))
}

/// By how much one number differs from the other; `None` of nothing.
pub(crate) fn percent(one: f64, other: f64) -> Option<String> {
    let percent = ((one / other - 1.0) * 100.0).round() + 0.0;
    (other > 0.0).then(|| if percent == 0.0 { "0%".to_owned() } else { format!("{percent:+}%") })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::fixture::account;

    /// Three targets, of which the last has no forecast; `short` is what the forecast of the first leaves.
    pub(crate) fn days(short: u64) -> (Simulations, Simulations, Vec<Target>) {
        let (rules, mut ahead) = (account::simulations(), account::simulations());
        ahead.targets[0].document.violation_minutes = short;
        ahead.targets[0].document.unit_hours = 49.1;
        let policy = include_str!("../../../infra/policies/forecast.toml");
        let mut targets = tidegate_policy::document::parse(policy).unwrap().targets;
        targets[2].scaling.forecast = None;
        (rules, ahead, targets)
    }

    #[test]
    fn what_did_better_leads() {
        let headline = |short| {
            let (rules, ahead, targets) = days(short);
            Beside { rules: &rules, ahead: &ahead, targets: &targets }.headline().join("\n")
        };
        insta::assert_snapshot!(headline(20), @"
        With a forecast: 52 minutes short of capacity, 241.1 unit-hours (+1%).
        The rules alone: 408 minutes short of capacity, 239.3 unit-hours.
        ");
        insta::assert_snapshot!(headline(400), @"
        The rules alone: 408 minutes short of capacity, 239.3 unit-hours (-1%).
        With a forecast: 432 minutes short of capacity, 241.1 unit-hours.
        ");
    }

    #[test]
    fn a_target_without_a_rule_on_cpu_has_no_forecast() {
        let policy = include_str!("../../../infra/policies/production.toml");
        let policy = tidegate_policy::document::parse(policy).unwrap();
        let of = |policy: &Policy| -> Vec<bool> {
            policy.targets.iter().map(|target| target.scaling.forecast.is_some()).collect()
        };
        assert_eq!(of(&with_forecast(&policy)), [true, true, false, true]);
        assert_eq!(of(&by_rules(&with_forecast(&policy))), [false; 4]);
        let (rules, ahead, targets) = days(20);
        let beside = Beside { rules: &rules, ahead: &ahead, targets: &targets };
        assert_eq!(beside.without().unwrap(), "No forecast without a scale_out rule on cpu: sessions.");
    }

    #[test]
    fn a_difference_is_told_in_whole_percent() {
        let told = |one, other| percent(one, other);
        assert_eq!(told(110.0, 100.0).as_deref(), Some("+10%"));
        assert_eq!(told(99.6, 100.0).as_deref(), Some("0%"));
        assert_eq!(told(1.0, 0.0), None);
    }
}
