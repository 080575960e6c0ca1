//! The backtest: one target through its own load with its rules alone, with a forecast in shadow and with one that acts, beside fixed fleets.

mod line;
mod quarter_hours;

pub use line::{Line, ShortBy};
pub use quarter_hours::QuarterHour;

use tidegate_policy::forecast::outlook::Outlook;
use tidegate_policy::policy::{Forecast, ForecastMode, Target};

use crate::run::SimulationError;
use crate::split::Split;

use super::clairvoyant::clairvoyant;
use super::cores;
use super::life_cycle::{Kind, LifeCycle};
use super::play::play;
use super::played::Played;
use super::product::{run_heard, units};
use super::rivals::Rival;
use super::scores::Outcome;
use super::seen::LEAST;

use quarter_hours::QuarterHours;

/// So many of the costliest quarter hours are told.
const COSTLIEST: usize = 10;

/// The three ways in which the product plays, in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Rules,
    Shadow,
    Act,
}

impl Way {
    const ALL: [Way; 3] = [Way::Rules, Way::Shadow, Way::Act];

    fn name(self) -> &'static str {
        match self {
            Way::Rules => "rules",
            Way::Shadow => "shadow",
            Way::Act => "act",
        }
    }

    fn target(self, target: &Target, forecast: Forecast) -> Target {
        let mut played = target.clone();
        played.scaling.forecast = match self {
            Way::Rules => None,
            Way::Shadow => Some(Forecast { mode: ForecastMode::Shadow, ..forecast }),
            Way::Act => Some(Forecast { mode: ForecastMode::Act, ..forecast }),
        };
        played
    }
}

/// What is played.
#[derive(Clone, Debug)]
pub struct Backtest<'a> {
    /// The target as its policy has it, with its own bounds and windows.
    pub target: &'a Target,
    /// The forecast that is tried, whatever the target has: its mode does not matter.
    pub forecast: Forecast,
    /// One rival on the same life cycle, with the target's maximum.
    pub against: Option<Rival>,
    /// How often each is run, at least once.
    pub seeds: u64,
}

/// What came of it. Of several seeds each line is the run with the median cost.
#[derive(Clone, Debug)]
pub struct Backtested {
    /// The fleet that is always at the policy's maximum.
    pub fixed: Line,
    /// The rules alone.
    pub rules: Line,
    /// The rules, with a forecast that recommends.
    pub shadow: Line,
    /// The rules with a forecast that acts while it is proven.
    pub act: Line,
    /// The rival.
    pub against: Option<Line>,
    /// The quarter hours of `act` that cost most beyond what was needed, the costliest first.
    pub costliest: Vec<QuarterHour>,
    /// What the forecast in shadow had learned at the end; `None` if it never saw a minute.
    pub learned: Option<Outlook>,
}

/// One run of the product.
struct Ran {
    outcome: Outcome,
    costliest: Vec<QuarterHour>,
    outlook: Option<Outlook>,
}

impl Backtest<'_> {
    /// How many runs it is made of.
    pub fn runs(&self) -> usize {
        let seeds = usize::try_from(self.seeds).unwrap_or(usize::MAX);
        Way::ALL.len().saturating_mul(seeds)
    }

    /// Plays it all; `on_done` hears of each run.
    ///
    /// # Errors
    /// When a simulation could not be made.
    pub fn run(
        &self,
        played: &Played,
        on_done: &(dyn Fn(usize) + Sync),
    ) -> Result<Backtested, SimulationError> {
        let kind = Kind::of(self.target);
        let most = units(self.target, self.target.scaling.max);
        let plain = LifeCycle { most: most.max(kind.most()), ..LifeCycle::plain(kind) };
        let perfect = clairvoyant(played.scored(), &plain).unit_minutes;
        let pieces: Vec<(Way, u64)> = Way::ALL
            .into_iter()
            .flat_map(|way| (1..=self.seeds.max(1)).map(move |seed| (way, seed)))
            .collect();
        let ran = cores::each(&pieces, |(way, seed)| self.play(*way, played, *seed), on_done);
        let mut of_ways = Vec::new();
        let mut ran = pieces.iter().zip(ran);
        for way in Way::ALL {
            let of_way: Vec<(u64, Ran)> = ran
                .by_ref()
                .take(pieces.len() / Way::ALL.len())
                .map(|((_, seed), ran)| ran.map(|ran| (*seed, ran)))
                .collect::<Result<_, _>>()?;
            of_ways.push(median(way.name(), of_way, |ran| &ran.outcome, perfect));
        }
        let [Some((rules, _)), Some((shadow, in_shadow)), Some((act, acted))] =
            <[_; 3]>::try_from(of_ways).unwrap_or([const { None }; 3])
        else {
            return Err(SimulationError::NoTarget);
        };
        Ok(Backtested {
            fixed: Line::new("maximum", 0, &always(most, played), perfect),
            rules,
            shadow,
            act,
            against: self.against.and_then(|rival| self.against(rival, played, most, perfect)),
            costliest: acted.costliest,
            learned: in_shadow.outlook,
        })
    }

    fn play(&self, way: Way, played: &Played, seed: u64) -> Result<Ran, SimulationError> {
        let target = way.target(self.target, self.forecast);
        let mut hours = QuarterHours::default();
        let (outcome, simulation) = run_heard(&target, played, seed, &mut |progress, billed| {
            if let Some(minute) = progress.targets.first() {
                hours.minute(progress.at, billed, minute);
            }
        })?;
        let costliest = hours.costliest(COSTLIEST);
        Ok(Ran { outcome, costliest, outlook: simulation.outlook })
    }

    fn against(&self, rival: Rival, played: &Played, most: u32, perfect: f64) -> Option<Line> {
        let kind = Kind::of(self.target);
        let cycle = LifeCycle { most, ..LifeCycle::of(self.target) };
        let first = rival.first_units(played.unscored(), most);
        let of_seeds: Vec<(u64, Outcome)> = (1..=self.seeds.max(1))
            .map(|seed| {
                let outcome = match rival.rule(kind, &cycle) {
                    Some(mut rule) => play(&mut *rule, played, &cycle, first, seed),
                    None => Outcome::of_clairvoyant(&clairvoyant(played.scored(), &cycle)),
                };
                (seed, outcome)
            })
            .collect();
        median(rival.name, of_seeds, |outcome| outcome, perfect).map(|(line, _)| line)
    }
}

/// The line of the run with the median cost, and that run. Of an even number the cheaper one in the middle.
fn median<T>(
    name: &'static str,
    mut of_seeds: Vec<(u64, T)>,
    outcome: impl Fn(&T) -> &Outcome,
    perfect: f64,
) -> Option<(Line, T)> {
    of_seeds.sort_by(|(_, one), (_, other)| outcome(one).cost().total_cmp(&outcome(other).cost()));
    let cheapest = outcome(&of_seeds.first()?.1).cost();
    let dearest = outcome(&of_seeds.last()?.1).cost();
    let broken = of_seeds.iter().map(|(_, run)| outcome(run).invariant_violations).sum();
    let (seed, run) = of_seeds.swap_remove((of_seeds.len() - 1) / 2);
    let line = Line::new(name, seed, outcome(&run), perfect);
    Some((line.over_seeds(cheapest, dearest, perfect, broken), run))
}

/// What a fleet comes to that always has so many units.
fn always(units: u32, played: &Played) -> Outcome {
    let units = units.max(LEAST);
    let violations = played.beyond(units) as u64;
    let severe = played.scored().iter().filter(|demand| **demand > f64::from(units)).count() as u64;
    Outcome {
        unit_minutes: f64::from(units) * played.scored().len() as f64,
        violations,
        severe,
        split: Split { at_max: violations, ..Split::default() },
        ..Outcome::default()
    }
}

#[cfg(test)]
mod tests;
