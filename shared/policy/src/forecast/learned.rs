//! What has been learned of the work, and how a known bucket teaches it.

use super::codec::{Reader, SnapshotError, Writer};
use super::experts::{POINTS, SQUARES};
use super::horizons::{BUCKET, HORIZONS, LEARNED, minutes_to};
use super::minutes::Minutes;
use super::mix::Losses;
use super::odds::{Counts, Odds};
use super::price_scale::PriceScale;
use super::residuals::Residuals;
use super::squares::Squares;
use super::stack::{Habits, Scene, Stack};
use super::volatility::Volatility;
use super::waiting::{Queue, Waiting};

/// What is learned of one distance.
#[derive(Clone, Debug)]
pub(super) struct Horizon {
    pub(super) residuals: [Residuals; POINTS],
    pub(super) squares: Squares,
    pub(super) losses: Losses,
    pub(super) stack: Stack,
}

/// All that is learned. It grows with nothing.
#[derive(Clone, Debug)]
pub(super) struct Learned {
    pub(super) horizons: Vec<Horizon>,
    pub(super) volatility: Volatility,
    pub(super) price_scale: PriceScale,
}

/// What became of a bucket.
struct Outcome {
    logs: [f64; 5],
    mean: f64,
    above: Odds,
}

impl Outcome {
    fn of(minutes: &Minutes) -> Outcome {
        let from = minutes.end() - BUCKET;
        let mut counts = Counts::none();
        (from..minutes.end()).for_each(|minute| counts.add(minutes.need(minute), 1.0));
        Outcome {
            logs: std::array::from_fn(|place| minutes.log(from + i64::try_from(place).unwrap_or(0))),
            mean: minutes.mean(from, minutes.end()),
            above: counts.odds(minutes.thresholds().levels()),
        }
    }
}

impl Horizon {
    fn prior(bucket: usize) -> Horizon {
        Horizon {
            residuals: std::array::from_fn(|_| Residuals::prior(bucket)),
            squares: Squares::prior(bucket),
            losses: Losses::default(),
            stack: Stack::new(),
        }
    }

    fn learn(&mut self, index: usize, waiting: &Waiting, minutes: &Minutes, outcome: &Outcome, unrest: f64) {
        let said = &waiting.said[index];
        for (residuals, centre) in self.residuals.iter_mut().zip(said.centres) {
            residuals.learn(outcome.logs.iter().map(|log| log - f64::from(centre)));
        }
        self.losses.learn(&said.choices, f64::from(waiting.price), &outcome.above);
        let error = outcome.mean - f64::from(said.centres[SQUARES]);
        self.squares.learn(LEARNED[index], &said.features, error);
        let thresholds = minutes.thresholds();
        let habits = Habits::of(&waiting.glimpse, thresholds.levels());
        let scene = Scene {
            thresholds,
            logits: &said.logits(),
            level: f64::from(waiting.level),
            hour: hour_of(waiting.end + minutes_to(LEARNED[index])),
            habits: &habits,
            unrest,
        };
        self.stack.learn(&scene, &outcome.above);
    }

    fn encode(&self, to: &mut Writer) {
        self.residuals.iter().for_each(|residuals| residuals.encode(to));
        self.squares.encode(to);
        self.losses.encode(to);
        self.stack.encode(to);
    }

    fn decode(from: &mut Reader<'_>, bucket: usize) -> Result<Horizon, SnapshotError> {
        let mut horizon = Horizon::prior(bucket);
        for residuals in &mut horizon.residuals {
            *residuals = Residuals::decode(from)?;
        }
        horizon.squares = Squares::decode(from)?;
        horizon.losses = Losses::decode(from)?;
        horizon.stack = Stack::decode(from)?;
        Ok(horizon)
    }
}

/// Hour of the day of a minute, UTC.
pub(super) fn hour_of(minute: i64) -> usize {
    usize::try_from(minute.div_euclid(60).rem_euclid(24)).unwrap_or(0)
}

impl Learned {
    pub(super) fn nothing() -> Learned {
        Learned {
            horizons: LEARNED.iter().map(|bucket| Horizon::prior(*bucket)).collect(),
            volatility: Volatility::default(),
            price_scale: PriceScale::new(),
        }
    }

    /// A bucket has just become known whole. What was said of it an hour ago and since meets its outcome.
    pub(super) fn learn(&mut self, minutes: &Minutes, queue: &Queue) {
        let end = minutes.end();
        if !minutes.all_known(end - BUCKET, end) {
            return;
        }
        if minutes.all_known(end - 2 * BUCKET, end - BUCKET) {
            let change = minutes.mean(end - BUCKET, end) - minutes.mean(end - 2 * BUCKET, end - BUCKET);
            self.volatility.learn(change.abs());
        }
        let outcome = Outcome::of(minutes);
        let unrest = self.volatility.ratio();
        for (index, horizon) in self.horizons.iter_mut().enumerate() {
            if let Some(waiting) = queue.made_at(end - BUCKET - minutes_to(LEARNED[index])) {
                horizon.learn(index, waiting, minutes, &outcome, unrest);
            }
        }
    }

    pub(super) fn encode(&self, to: &mut Writer, levels: usize) {
        self.horizons.iter().for_each(|horizon| horizon.encode(to));
        self.volatility.encode(to);
        self.price_scale.encode(to, levels);
    }

    pub(super) fn decode(from: &mut Reader<'_>, levels: usize) -> Result<Learned, SnapshotError> {
        let mut horizons = Vec::with_capacity(HORIZONS);
        for bucket in LEARNED {
            horizons.push(Horizon::decode(from, bucket)?);
        }
        let (volatility, price_scale) = (Volatility::decode(from)?, PriceScale::decode(from, levels)?);
        Ok(Learned { horizons, volatility, price_scale })
    }
}
