//! How often, and how lately, more than n levels were needed: whole minutes, so that a waiting forecast keeps them exactly.

use super::codec::{Reader, SnapshotError, Writer};
use super::minutes::{DAY, Minutes};
use super::settings::MAX_LEVELS;

/// Minutes that are looked back upon.
pub(super) const SPANS: [i64; 4] = [15, 60, 240, DAY];
/// A day and 39 minutes of quiet are as good as for ever: ln(1480) is 7.3.
const LONGEST_QUIET: i64 = 1479;
/// Two weeks: what a streak does not depend on beyond is what falls out of the minutes.
const LONGEST_STREAK: i64 = 14 * DAY;

/// Running counts over the last minutes. Derived from the minutes, never stored.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    /// Of each span how often each need was seen.
    seen: [[u16; MAX_LEVELS + 2]; 4],
    /// The last minute above a level.
    last_above: [Option<i64>; MAX_LEVELS + 1],
    /// The first minute of the last streak above a level.
    since: [i64; MAX_LEVELS + 1],
}

/// What a forecast was made with, of one level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Streak {
    /// Minutes above it, of each span.
    pub(super) above: [u16; 4],
    /// Minutes since the last above it; 0 if the last minute was.
    pub(super) quiet: u16,
    /// Minutes above it in a row.
    pub(super) above_for: u16,
}

/// What a forecast was made with, of all levels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glimpse {
    /// Minutes that each span holds: less than it is long after a cold start.
    pub(super) spans: [u16; 4],
    pub(super) levels: [Streak; MAX_LEVELS + 1],
}

fn whole(minutes: i64) -> u16 {
    u16::try_from(minutes.max(0)).unwrap_or(u16::MAX)
}

impl Recent {
    pub(super) fn new() -> Recent {
        Recent {
            seen: [[0; MAX_LEVELS + 2]; 4],
            last_above: [None; MAX_LEVELS + 1],
            since: [0; MAX_LEVELS + 1],
        }
    }

    /// A minute has been appended.
    pub(super) fn follow(&mut self, minutes: &Minutes) {
        let newest = minutes.end() - 1;
        let need = minutes.need(newest);
        for (seen, span) in self.seen.iter_mut().zip(SPANS) {
            seen[need] += 1;
            let left = newest - span;
            if left >= minutes.first() {
                seen[minutes.need(left)] -= 1;
            }
        }
        for level in 1..need.min(MAX_LEVELS + 1) {
            if self.last_above[level] != Some(newest - 1) {
                self.since[level] = newest;
            }
            self.last_above[level] = Some(newest);
        }
    }

    pub(super) fn glimpse(&self, minutes: &Minutes) -> Glimpse {
        let (end, levels) = (minutes.end(), minutes.thresholds().levels());
        let mut glimpse = Glimpse {
            spans: SPANS.map(|span| whole(span.min(minutes.length()))),
            levels: [Streak::default(); MAX_LEVELS + 1],
        };
        let mut above = self.seen.map(|seen| seen[levels + 1]);
        for level in (1..=levels).rev() {
            let quiet = self.last_above[level].map_or(LONGEST_QUIET, |last| end - 1 - last);
            let above_for = if quiet == 0 { end - self.since[level] } else { 0 };
            glimpse.levels[level] = Streak {
                above,
                quiet: whole(quiet.min(LONGEST_QUIET)),
                above_for: whole(above_for.min(LONGEST_STREAK)),
            };
            for (above, seen) in above.iter_mut().zip(&self.seen) {
                *above += seen[level];
            }
        }
        glimpse
    }
}

impl Glimpse {
    pub(super) fn none() -> Glimpse {
        Glimpse { spans: [0; 4], levels: [Streak::default(); MAX_LEVELS + 1] }
    }

    pub(super) fn encode(&self, to: &mut Writer, levels: usize) {
        self.spans.iter().for_each(|span| to.u16(*span));
        for streak in &self.levels[1..=levels] {
            streak.above.iter().for_each(|above| to.u16(*above));
            to.u16(streak.quiet);
            to.u16(streak.above_for);
        }
    }

    pub(super) fn decode(from: &mut Reader<'_>, levels: usize) -> Result<Glimpse, SnapshotError> {
        let mut glimpse = Glimpse::none();
        for (held, span) in glimpse.spans.iter_mut().zip(SPANS) {
            *held = from.u16()?;
            if i64::from(*held) > span {
                return Err(SnapshotError::Impossible("span"));
            }
        }
        for streak in &mut glimpse.levels[1..=levels] {
            for (above, held) in streak.above.iter_mut().zip(glimpse.spans) {
                *above = from.u16()?;
                if *above > held {
                    return Err(SnapshotError::Impossible("count of minutes"));
                }
            }
            (streak.quiet, streak.above_for) = (from.u16()?, from.u16()?);
        }
        Ok(glimpse)
    }
}
