//! Members and units: a primary that takes its share of the reads is a unit and no member, a group's primary a member and no unit.

use crate::units::Count;

/// So many members in units, or with `beside` the other way in members.
pub(super) fn units(members: Count, beside: i64) -> Count {
    let units = (i64::from(members.0) + beside).max(0);
    Count(u32::try_from(units).unwrap_or(u32::MAX))
}
