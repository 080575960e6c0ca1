//! A fleet on paper: what it would have had, had it been asked for, and what that would have cost.

use super::codec::{Reader, SnapshotError, Writer};
use super::fleet::LifeTimes;

/// No fleet on paper has more steps under way: an order of more is one of so many.
const UNDER_WAY: usize = 255;

/// A fleet that exists on paper. Its steps take the medians that were learned.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Paper {
    pub(super) serving: u32,
    /// When each of those was ordered that is on its way, and the minute in which it serves.
    coming: Vec<(i64, i64)>,
    /// The minutes from which on those that left are not billed any more.
    leaving: Vec<i64>,
}

/// What a minute of it costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Minute {
    /// Units that are billed.
    pub(super) billed: u32,
    /// Units that serve.
    pub(super) serving: u32,
}

impl Paper {
    /// One that begins with what there is.
    pub(super) fn of(serving: u32) -> Paper {
        Paper { serving, ..Paper::default() }
    }

    /// Lets the minute pass.
    pub(super) fn pass(&mut self, minute: i64) -> Minute {
        let arrived = self.coming.iter().filter(|(_, serves)| *serves <= minute).count();
        self.coming.retain(|(_, serves)| *serves > minute);
        self.leaving.retain(|gone| *gone > minute);
        self.serving = self.serving.saturating_add(count(arrived));
        let under_way = count(self.coming.len() + self.leaving.len());
        Minute { billed: self.serving.saturating_add(under_way), serving: self.serving }
    }

    /// Those that serve and those that are on their way.
    pub(super) fn ordered(&self) -> u32 {
        self.serving.saturating_add(count(self.coming.len()))
    }

    pub(super) fn is_growing(&self) -> bool {
        !self.coming.is_empty()
    }

    pub(super) fn leaving(&self) -> usize {
        self.leaving.len()
    }

    /// Minutes since each of those was ordered that is on its way.
    pub(super) fn ages(&self, minute: i64) -> Vec<f64> {
        self.coming.iter().map(|(ordered, _)| (minute - ordered) as f64).collect()
    }

    /// Orders so many at this minute.
    pub(super) fn order(&mut self, units: u32, minute: i64, times: &LifeTimes) {
        let serves = minute.saturating_add(whole(times.half_share.median));
        let room = UNDER_WAY - self.coming.len().min(UNDER_WAY);
        self.coming.extend(std::iter::repeat_n((minute, serves), room.min(units as usize)));
    }

    /// Removes so many at this minute.
    pub(super) fn remove(&mut self, units: u32, minute: i64, times: &LifeTimes) {
        let units = units.min(self.serving);
        let gone = minute.saturating_add(whole(times.billed_after));
        let room = UNDER_WAY - self.leaving.len().min(UNDER_WAY);
        self.serving -= units;
        self.leaving.extend(std::iter::repeat_n(gone, room.min(units as usize)));
    }

    pub(super) fn encode(&self, to: &mut Writer) {
        to.u32(self.serving);
        to.u8(u8::try_from(self.coming.len()).unwrap_or(u8::MAX));
        for (ordered, serves) in &self.coming {
            to.i64(*ordered);
            to.i64(*serves);
        }
        to.u8(u8::try_from(self.leaving.len()).unwrap_or(u8::MAX));
        self.leaving.iter().for_each(|gone| to.i64(*gone));
    }

    pub(super) fn decode(from: &mut Reader<'_>) -> Result<Paper, SnapshotError> {
        let serving = from.u32()?;
        let mut coming = Vec::new();
        for _ in 0..from.u8()? {
            coming.push((from.i64()?, from.i64()?));
        }
        let mut leaving = Vec::new();
        for _ in 0..from.u8()? {
            leaving.push(from.i64()?);
        }
        Ok(Paper { serving, coming, leaving })
    }
}

fn count(members: usize) -> u32 {
    u32::try_from(members).unwrap_or(u32::MAX)
}

fn whole(minutes: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a duration of two days at most, and a cast saturates"
    )]
    let whole = minutes.round().max(1.0) as i64;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::delays::Delay;

    const TIMES: LifeTimes =
        LifeTimes { half_share: Delay { median: 24.0, sigma: 0.2 }, billed_before: 13.0, billed_after: 21.0 };

    #[test]
    fn what_is_ordered_is_billed_at_once_and_serves_later() {
        let mut paper = Paper::of(2);
        paper.order(2, 100, &TIMES);
        assert_eq!(paper.pass(101), Minute { billed: 4, serving: 2 });
        assert_eq!((paper.ordered(), paper.ages(110)), (4, vec![10.0, 10.0]));
        assert_eq!(paper.pass(123), Minute { billed: 4, serving: 2 });
        assert_eq!(paper.pass(124), Minute { billed: 4, serving: 4 });
        assert!(!paper.is_growing());
    }

    #[test]
    fn what_is_removed_serves_no_more_and_is_billed_for_a_while() {
        let mut paper = Paper::of(3);
        paper.remove(5, 100, &TIMES);
        assert_eq!(paper.pass(120), Minute { billed: 3, serving: 0 });
        assert_eq!(paper.pass(121), Minute { billed: 0, serving: 0 });
    }
}
