//! The fleet as it is now, what its steps take, and the one step that can be wished for.

use super::delays::Delay;
use super::horizons::AHEAD;

/// Minutes until a minute is known.
const METRIC_LAG: f64 = 2.0;
/// From the end of the known minutes to the middle of the minute in which something arrives.
const ARRIVAL_LAG: f64 = 1.5;

/// The members as they are now, in units of capacity.
#[derive(Clone, Copy, Debug)]
pub struct Fleet<'a> {
    /// At full weight.
    pub serving: u32,
    /// Minutes since each of those was ordered that do not serve fully yet.
    pub coming: &'a [f64],
    /// Minutes since each removal was decided that can still be taken back: the next order gets those first, and at once.
    pub leaving: &'a [f64],
}

impl Fleet<'_> {
    /// Nobody comes or leaves.
    pub fn at_rest(serving: u32) -> Fleet<'static> {
        Fleet { serving, coming: &[], leaving: &[] }
    }

    /// Those on their way.
    pub fn coming_units(&self) -> u32 {
        u32::try_from(self.coming.len()).unwrap_or(u32::MAX)
    }
}

/// What the account's steps take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LifeTimes {
    /// From an order until it carries half of its share.
    pub half_share: Delay,
    /// Minutes for which an order is billed before it is of use.
    pub billed_before: f64,
    /// Minutes for which a member is billed after its removal was decided.
    pub billed_after: f64,
}

impl LifeTimes {
    /// The first bucket that an order can serve.
    pub fn lead(&self) -> usize {
        let buckets = ((METRIC_LAG + self.half_share.median) / 5.0).round();
        whole(buckets).clamp(1, AHEAD - 1)
    }

    /// The bucket in which one arrives that was ordered `age` minutes ago.
    pub(super) fn arrival(&self, age: f64) -> usize {
        let left = (self.half_share.cautious() - age).max(1.0);
        whole(((left + ARRIVAL_LAG) / 5.0).ceil())
    }
}

/// A float that is a small whole number.
fn whole(value: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast saturates, and the callers clamp"
    )]
    let value = value as usize;
    value
}

/// The one step that is due, in units of capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// So many more, at least one.
    Order(u32),
    /// So many fewer, at least one.
    Remove(u32),
    /// Neither.
    Stay,
}

impl Wish {
    pub(super) fn order(units: u32) -> Wish {
        if units == 0 { Wish::Stay } else { Wish::Order(units) }
    }

    pub(super) fn remove(units: u32) -> Wish {
        if units == 0 { Wish::Stay } else { Wish::Remove(units) }
    }
}
