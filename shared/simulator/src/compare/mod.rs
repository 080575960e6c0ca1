//! The bench: the product beside its rivals on the same load, scored alike, over what a clairvoyant would have paid.

pub mod backtest;
mod clairvoyant;
mod cores;
mod error;
mod life_cycle;
mod plant;
mod play;
mod played;
mod product;
mod rivals;
mod scores;
mod seen;

pub use error::CompareError;
pub use life_cycle::{FULL, Kind, LifeCycle};
pub use played::Played;
pub use product::{FORECAST, RULES, bench_bounds, units, variants};
pub use rivals::{CLAIRVOYANT, RIVALS, Rival};
pub use scores::{Causes, On, Row, VIOLATION_PRICE, geometric_mean};
pub use seen::LEAST;

use tidegate_policy::policy::Target;

use crate::run::SimulationError;

use clairvoyant::clairvoyant;
use play::play;
use scores::{Denominators, Of, Outcome};

/// What is compared.
#[derive(Clone, Debug)]
pub struct Bench {
    /// Of which kind the capacity is.
    pub kind: Kind,
    /// The second plant: the product's life cycle.
    pub life_cycle: LifeCycle,
    /// In the order of the table.
    pub rivals: Vec<Rival>,
    /// How often each is run.
    pub seeds: u64,
}

/// One rival on one plant of one trace.
struct Piece<'a> {
    played: &'a Played,
    denominators: &'a Denominators,
    rival: Rival,
    on: On,
}

impl Bench {
    /// Every rival on every trace and both plants: trace by trace, rival by rival, the plain plant first. `on_done` hears of each row.
    pub fn rivals(&self, traces: &[Played], on_done: &(dyn Fn(usize) + Sync)) -> Vec<Row> {
        let denominators = self.denominators(traces);
        let pieces: Vec<Piece<'_>> = traces
            .iter()
            .zip(&denominators)
            .flat_map(|(played, denominators)| {
                self.rivals.iter().flat_map(move |rival| {
                    [On::Plain, On::LifeCycle].map(|on| Piece { played, denominators, rival: *rival, on })
                })
            })
            .collect();
        cores::each(&pieces, |piece| self.row(piece), on_done)
    }

    /// How many rows [`Bench::rivals`] makes of so many traces.
    pub fn rows(&self, traces: usize) -> usize {
        2 * traces * self.rivals.len()
    }

    /// The product's row on every trace, under this name. `on_done` hears of each run, of which there are as many as traces and seeds.
    ///
    /// # Errors
    /// When a simulation could not be made.
    pub fn product(
        &self,
        (name, target): (&'static str, &Target),
        traces: &[Played],
        on_done: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<Row>, SimulationError> {
        let denominators = self.denominators(traces);
        let runs: Vec<(&Played, u64)> =
            traces.iter().flat_map(|played| (1..=self.seeds).map(move |seed| (played, seed))).collect();
        let outcomes = cores::each(&runs, |(played, seed)| product::run(target, played, *seed), on_done);
        let outcomes = outcomes.into_iter().collect::<Result<Vec<_>, _>>()?;
        let seeds = usize::try_from(self.seeds).unwrap_or(usize::MAX);
        let of_traces = traces.iter().zip(&denominators).zip(outcomes.chunks(seeds));
        Ok(of_traces
            .map(|((played, denominators), outcomes)| {
                let of = Of { trace: &played.trace, policy: name, plant: On::Account, days: played.days() };
                Row::new(of, outcomes, denominators)
            })
            .collect())
    }

    /// The first plant, with as many units as the second.
    fn plain(&self) -> LifeCycle {
        LifeCycle { most: self.life_cycle.most, ..LifeCycle::plain(self.kind) }
    }

    fn denominators(&self, traces: &[Played]) -> Vec<Denominators> {
        let of = |played: &Played| Denominators {
            plain: clairvoyant(played.scored(), &self.plain()),
            life_cycle: clairvoyant(played.scored(), &self.life_cycle),
        };
        cores::each(traces, of, &|_| {})
    }

    fn row(&self, piece: &Piece<'_>) -> Row {
        let Piece { played, denominators, rival, on } = piece;
        let plain = self.plain();
        let (cycle, clairvoyant) = match on {
            On::Plain => (&plain, &denominators.plain),
            On::LifeCycle | On::Account => (&self.life_cycle, &denominators.life_cycle),
        };
        let units = rival.first_units(played.unscored(), cycle.most);
        let outcomes: Vec<Outcome> = (1..=self.seeds)
            .map(|seed| match rival.rule(self.kind, cycle) {
                Some(mut rule) => play(&mut *rule, played, cycle, units, seed),
                None => Outcome::of_clairvoyant(clairvoyant),
            })
            .collect();
        let of = Of { trace: &played.trace, policy: rival.name, plant: *on, days: played.days() };
        Row::new(of, &outcomes, denominators)
    }
}

#[cfg(test)]
mod tests;
