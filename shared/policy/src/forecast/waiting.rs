//! Forecasts that wait for their outcome. They are kept in memory just as they are stored, so that a restored process learns the same.

use super::codec::{Reader, SnapshotError, Writer};
use super::experts::{EXPERTS, POINTS};
use super::horizons::{BUCKET, HORIZONS, LEARNED, minutes_to};
use super::odds::Odds;
use super::recent::Glimpse;
use super::settings::MAX_LEVELS;
use super::squares::{FEATURES, Features};
use super::stack::{Logits, coarse, fine};

/// The farthest horizon matures after 60 minutes: one forecast each five minutes of them.
const SLOTS: i64 = 12;

/// What was said of one horizon.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) centres: [f32; POINTS],
    pub(super) features: Features,
    pub(super) choices: [u8; EXPERTS],
    /// Of the experts and, last, of the mixture; by level.
    logits: [[u8; MAX_LEVELS + 1]; EXPERTS + 1],
}

impl Said {
    pub(super) fn new(
        centres: [f64; POINTS],
        features: Features,
        choices: [u8; EXPERTS],
        logits: &Logits,
        levels: usize,
    ) -> Said {
        let mut kept = [[0; MAX_LEVELS + 1]; EXPERTS + 1];
        for (kept, logits) in kept.iter_mut().zip(logits.experts.iter().chain([&logits.mixture])) {
            for (kept, logit) in kept.iter_mut().zip(logits).take(levels + 1).skip(1) {
                *kept = coarse(*logit);
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "logarithms, in f32 as they are stored")]
        let centres = centres.map(|centre| centre as f32);
        Said { centres, features, choices, logits: kept }
    }

    fn nothing() -> Said {
        Said {
            centres: [0.0; POINTS],
            features: [0.0; FEATURES],
            choices: [1; EXPERTS],
            logits: [[0; MAX_LEVELS + 1]; EXPERTS + 1],
        }
    }

    pub(super) fn logits(&self) -> Logits {
        let by_level = |kept: &[u8; MAX_LEVELS + 1]| -> Odds { kept.map(fine) };
        let mut experts = [[0.0; MAX_LEVELS + 1]; EXPERTS];
        for (logits, kept) in experts.iter_mut().zip(&self.logits) {
            *logits = by_level(kept);
        }
        Logits { experts, mixture: by_level(&self.logits[EXPERTS]) }
    }

    fn encode(&self, to: &mut Writer, levels: usize) {
        self.centres.iter().chain(&self.features).for_each(|value| to.f32(*value));
        to.bytes(&self.choices);
        self.logits.iter().for_each(|logits| to.bytes(&logits[1..=levels]));
    }

    fn decode(from: &mut Reader<'_>, levels: usize) -> Result<Said, SnapshotError> {
        let mut said = Said::nothing();
        for value in said.centres.iter_mut().chain(&mut said.features) {
            *value = from.f32("waiting forecast")?;
        }
        said.choices = from.take()?;
        if said.choices.iter().any(|choice| !(1..=levels).contains(&usize::from(*choice))) {
            return Err(SnapshotError::Impossible("choice"));
        }
        for logits in &mut said.logits {
            logits[1..=levels].copy_from_slice(from.slice(levels)?);
        }
        Ok(said)
    }
}

/// A forecast of all horizons.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    /// The minute after the last that it knew.
    pub(super) end: i64,
    /// Mean ln work of its last five minutes.
    pub(super) level: f32,
    /// Of a violating minute, with its scale.
    pub(super) price: f32,
    pub(super) glimpse: Glimpse,
    /// One of each learned horizon.
    pub(super) said: Vec<Said>,
}

/// The forecasts of the last hour.
#[derive(Clone, Debug)]
pub(super) struct Queue(Vec<Option<Waiting>>);

fn slot(end: i64) -> usize {
    usize::try_from(end.div_euclid(BUCKET).rem_euclid(SLOTS)).unwrap_or(0)
}

/// The horizon's bucket is not known whole at `now`.
fn waits(made: i64, horizon: usize, now: i64) -> bool {
    made + minutes_to(LEARNED[horizon]) + BUCKET > now
}

impl Queue {
    pub(super) fn empty() -> Queue {
        Queue((0..SLOTS).map(|_| None).collect())
    }

    pub(super) fn keep(&mut self, waiting: Waiting) {
        let place = slot(waiting.end);
        self.0[place] = Some(waiting);
    }

    /// The forecast that was made at `end`.
    pub(super) fn made_at(&self, end: i64) -> Option<&Waiting> {
        self.0[slot(end)].as_ref().filter(|waiting| waiting.end == end)
    }

    /// What still waits at `now`; the rest will not be asked for again.
    pub(super) fn encode(&self, to: &mut Writer, levels: usize, now: i64) {
        let still = || self.0.iter().flatten().filter(|waiting| waits(waiting.end, HORIZONS - 1, now));
        to.u8(u8::try_from(still().count()).unwrap_or(u8::MAX));
        for waiting in still() {
            to.i64(waiting.end);
            to.f32(waiting.level);
            to.f32(waiting.price);
            waiting.glimpse.encode(to, levels);
            for (horizon, said) in waiting.said.iter().enumerate() {
                if waits(waiting.end, horizon, now) {
                    said.encode(to, levels);
                }
            }
        }
    }

    pub(super) fn decode(from: &mut Reader<'_>, levels: usize, now: i64) -> Result<Queue, SnapshotError> {
        let mut queue = Queue::empty();
        for _ in 0..from.u8()? {
            let end = from.i64()?;
            if end > now || end < now - 60 || end % BUCKET != 0 || queue.made_at(end).is_some() {
                return Err(SnapshotError::Impossible("time of a waiting forecast"));
            }
            let mut waiting = Waiting {
                end,
                level: from.f32("level")?,
                price: from.f32("price")?,
                glimpse: Glimpse::decode(from, levels)?,
                said: (0..HORIZONS).map(|_| Said::nothing()).collect(),
            };
            for (horizon, said) in waiting.said.iter_mut().enumerate() {
                if waits(end, horizon, now) {
                    *said = Said::decode(from, levels)?;
                }
            }
            queue.keep(waiting);
        }
        Ok(queue)
    }
}
