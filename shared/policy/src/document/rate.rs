//! Rates, which are written `2 per 15m`.

use super::duration::{self, Allowed};
use super::problems::Problems;
use super::table::Entry;
use crate::policy::RateLimit;
use crate::units::Count;

/// The rate under `entry`.
pub(super) fn read(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<RateLimit> {
    let text = entry.text("a rate in quotes", problems)?;
    let mut tell = |index: usize, message: String| {
        problems.tell(text.place(index), format!("{}: {message}", entry.path));
        None
    };
    let Some((members, period)) = text.value.split_once(" per ") else {
        return tell(
            0,
            format!("{:?} is not a rate: write how many in how long, as \"2 per 15m\"", text.value),
        );
    };
    let digits = members.chars().all(|c| c.is_ascii_digit());
    let Some(members) = members.parse().ok().filter(|members| digits && *members > 0) else {
        return tell(0, format!("{members:?} is not a number of members: write 1 or more, as \"2 per 15m\""));
    };
    let period_at = text.value.len() - period.len();
    match duration::parse(period) {
        Ok(period) => match Allowed::POSITIVE.complaint(period) {
            None => Some(RateLimit { members: Count(members), period }),
            Some(complaint) => tell(period_at, complaint),
        },
        Err(fault) => tell(period_at + fault.index, fault.message),
    }
}
