//! The rivals: what a person would use instead, each faithful to its public documents. They live here and never in the product's core.

mod aws_predictive;
mod holt_winters;
mod hpa;
mod kpa;
#[cfg(test)]
mod situations;
mod static_peak;
mod step;
mod target_tracking;

use super::life_cycle::{Kind, LifeCycle};
use super::seen::{Rule, whole_units};

/// Every fleet but the static one begins with so many units; the first days are not scored.
const FIRST_UNITS: u32 = 8;
/// Whoever forecasts looks a little further than a unit takes.
const FURTHER: f64 = 2.0;

/// One rival.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rival {
    /// As the command line and the table say it.
    pub name: &'static str,
    method: Method,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Method {
    Static,
    Step,
    TargetTracking { target: f64 },
    Hpa { target: f64, window: usize },
    Kpa,
    HoltWinters { target: f64 },
    AwsPredictive { target: f64, buffer: usize },
    Clairvoyant,
}

/// All rivals, in the order of the table.
pub const RIVALS: [Rival; 17] = [
    Rival { name: "static", method: Method::Static },
    Rival { name: "step", method: Method::Step },
    Rival { name: "aws-track-50", method: Method::TargetTracking { target: 0.5 } },
    Rival { name: "aws-track-60", method: Method::TargetTracking { target: 0.6 } },
    Rival { name: "aws-track-70", method: Method::TargetTracking { target: 0.7 } },
    Rival { name: "hpa-50", method: Method::Hpa { target: 0.5, window: 5 } },
    Rival { name: "hpa-50-60m", method: Method::Hpa { target: 0.5, window: 60 } },
    Rival { name: "hpa-60", method: Method::Hpa { target: 0.6, window: 5 } },
    Rival { name: "hpa-70", method: Method::Hpa { target: 0.7, window: 5 } },
    Rival { name: "kpa", method: Method::Kpa },
    Rival { name: "hw-hpa-60", method: Method::HoltWinters { target: 0.6 } },
    Rival { name: "hw-hpa-70", method: Method::HoltWinters { target: 0.7 } },
    Rival { name: "aws-pred-60", method: Method::AwsPredictive { target: 0.6, buffer: 5 } },
    Rival { name: "aws-pred-60-20", method: Method::AwsPredictive { target: 0.6, buffer: 20 } },
    Rival { name: "aws-pred-70", method: Method::AwsPredictive { target: 0.7, buffer: 5 } },
    Rival { name: "aws-pred-70-20", method: Method::AwsPredictive { target: 0.7, buffer: 20 } },
    Rival { name: CLAIRVOYANT, method: Method::Clairvoyant },
];

/// The name of the one that knows the future.
pub const CLAIRVOYANT: &str = "clairvoyant";

impl Rival {
    /// The one of this name.
    pub fn named(name: &str) -> Option<Rival> {
        RIVALS.into_iter().find(|rival| rival.name == name)
    }

    /// A fresh rule for a plant of this life cycle; `None` of the clairvoyant, which decides nothing minute by minute.
    pub(super) fn rule(&self, kind: Kind, cycle: &LifeCycle) -> Option<Box<dyn Rule>> {
        let blocked = kind.blocks_while_creating();
        let lead = usize::try_from(whole_units(whole_minutes(cycle) + FURTHER)).unwrap_or(usize::MAX);
        Some(match self.method {
            Method::Static => Box::new(static_peak::StaticPeak),
            Method::Step => Box::new(step::Step::default()),
            Method::TargetTracking { target } => {
                Box::new(target_tracking::TargetTracking::new(target, blocked))
            }
            Method::Hpa { target, window } => Box::new(hpa::Hpa::new(target, window)),
            Method::Kpa => Box::new(kpa::Kpa::default()),
            Method::HoltWinters { target } => Box::new(holt_winters::HoltWinters::new(target, lead)),
            Method::AwsPredictive { target, buffer } => {
                Box::new(aws_predictive::AwsPredictive::new(target, buffer, blocked))
            }
            Method::Clairvoyant => return None,
        })
    }

    /// How many units it begins with, where a person has seen these minutes.
    pub(super) fn first_units(&self, unscored: &[f64], most: u32) -> u32 {
        match self.method {
            Method::Static => static_peak::fleet(unscored, most),
            _ => FIRST_UNITS.min(most),
        }
    }
}

fn whole_minutes(cycle: &LifeCycle) -> f64 {
    cycle.lead_minutes().ceil()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rival_has_a_name_of_its_own_that_finds_it() {
        for rival in RIVALS {
            assert_eq!(Rival::named(rival.name), Some(rival));
        }
        assert_eq!(Rival::named("hpa-71"), None);
    }

    #[test]
    fn only_the_clairvoyant_decides_nothing() {
        let plain = LifeCycle::plain(Kind::Rds);
        let idle: Vec<_> = RIVALS.iter().filter(|rival| rival.rule(Kind::Rds, &plain).is_none()).collect();
        assert_eq!(idle.len(), 1);
        assert_eq!(idle[0].name, CLAIRVOYANT);
    }

    #[test]
    fn only_the_static_fleet_is_made_for_the_days_before() {
        for rival in RIVALS {
            let units = rival.first_units(&[2.0, 4.1], 15);
            assert_eq!(units, if rival.name == "static" { 5 } else { FIRST_UNITS }, "{}", rival.name);
        }
    }
}
