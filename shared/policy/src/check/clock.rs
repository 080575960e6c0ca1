//! Which bounds are in force: windows, planned events and a direct command, read anew so that a mistake of the schedule is not made twice.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::event;
use crate::history::StandingOrder;
use crate::policy::{CapacityWindow, PlannedEvent, Scaling, WindowDays};
use crate::units::Count;

/// The bounds of a moment.
#[derive(Debug)]
pub(in crate::check) struct InForce<'a> {
    /// Never fewer now.
    pub(in crate::check) min: Count,
    /// Never more now; not below `min`.
    pub(in crate::check) max: Count,
    /// Never more at all: the policy's maximum, or that of an event that lasts.
    pub(in crate::check) most: Count,
    /// The event that forbids to take anything away.
    pub(in crate::check) held_by: Option<&'a PlannedEvent>,
}

/// Of windows and events the largest minimum and the largest maximum win, and a minimum outranks a maximum; a direct command replaces the
/// bounds that it names, within the policy's own. Nothing goes beyond `most`, which is a person's last word on the bill.
pub(in crate::check) fn in_force<'a>(
    scaling: &Scaling,
    events: &'a [PlannedEvent],
    order: Option<&StandingOrder>,
    now: Timestamp,
) -> InForce<'a> {
    let holding: Vec<_> =
        scaling.windows.iter().filter_map(|window| Some((window, holds(window, now)?))).collect();
    let lasting: Vec<_> =
        events.iter().filter_map(|planned| Some((planned, event::claim(planned, now)?))).collect();

    let minima =
        holding.iter().filter_map(|(window, span)| climbed(window, scaling.min, span.holds_from, now));
    let claims = lasting.iter().map(|(_, claim)| claim.tasks);
    let wanted = minima.chain(claims).fold(scaling.min, Count::max);

    let open = holding.iter().filter(|(_, span)| span.opens <= now);
    let narrowed = open.filter_map(|(window, _)| window.max).max().unwrap_or(scaling.max);
    let widened = lasting.iter().filter_map(|(planned, _)| planned.max);
    let granted = widened.clone().fold(scaling.max.min(narrowed), Count::max);
    let most = widened.fold(scaling.max, Count::max).max(scaling.min);

    let mut min = wanted.min(most);
    let mut max = granted.max(min);
    let mut held_by = lasting.iter().find(|(_, claim)| claim.holds).map(|(planned, _)| *planned);
    if let Some(order) = order.filter(|order| now < order.until) {
        let within = |count: Count| count.min(scaling.max).max(scaling.min);
        if let Some(least) = order.min {
            // A command that says "never fewer" takes nothing from what an event needs.
            let events = lasting.iter().map(|(_, claim)| claim.tasks).fold(Count::ZERO, Count::max);
            min = within(least).max(events.min(most));
            max = max.max(min);
        }
        if let Some(greatest) = order.max {
            max = within(greatest);
            min = min.min(max);
            held_by = None;
        }
    }
    InForce { min, max, most, held_by }
}

/// One day's opening of a window.
struct Span {
    /// Since when its minimum holds.
    holds_from: Timestamp,
    opens: Timestamp,
}

/// Today's opening, or tomorrow's, if its minimum holds by now and it is not closed yet.
fn holds(window: &CapacityWindow, now: Timestamp) -> Option<Span> {
    let today = now.to_zoned(window.zone.clone()).date();
    let opens_on = |day: Date| match &window.days {
        WindowDays::Weekdays { on, except } => {
            !except.contains(&day) && on.iter().any(|one| *one == day.weekday())
        }
        WindowDays::Dates(dates) => dates.contains(&day),
    };
    [Some(today), today.tomorrow().ok()].into_iter().flatten().filter(|day| opens_on(*day)).find_map(|day| {
        let opens = instant(&window.zone, day, window.from)?;
        let closes = match window.to {
            Some(to) => instant(&window.zone, day, to)?,
            None => instant(&window.zone, day.tomorrow().ok()?, jiff::civil::Time::midnight())?,
        };
        let holds_from = opens.checked_sub(window.lead).ok()?;
        (holds_from <= now && now < closes).then_some(Span { holds_from, opens })
    })
}

/// The instant of a wall clock's time, by the offsets of the day before and the day after: of a time that comes twice the first, and a
/// time that is skipped is as long after the gap as it would have been after its beginning.
pub(super) fn instant(zone: &TimeZone, date: Date, time: jiff::civil::Time) -> Option<Timestamp> {
    let wall = TimeZone::UTC.to_timestamp(date.to_datetime(time)).ok()?;
    let offset = |at: Timestamp| SignedDuration::from_secs(i64::from(zone.to_offset(at).seconds()));
    let day = SignedDuration::from_hours(24);
    let before = offset(wall.saturating_sub(day).ok()?);
    let after = offset(wall.saturating_add(day).ok()?);
    let read_by = |by: SignedDuration| wall.checked_sub(by).ok();
    let shows = |by: SignedDuration| read_by(by).filter(|at| offset(*at) == by);
    match (shows(before), shows(after)) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (Some(only), None) | (None, Some(only)) => Some(only),
        (None, None) => read_by(before),
    }
}

/// The window's minimum, or what of it is there while it rises: so much of the way as of the time, rounded up, and one at once.
fn climbed(window: &CapacityWindow, below: Count, since: Timestamp, now: Timestamp) -> Option<Count> {
    let goal = window.min?;
    let (passed, over) = (now.duration_since(since).as_millis(), window.over.as_millis());
    if passed >= over || goal <= below {
        return Some(goal);
    }
    let height = i128::from(goal.0 - below.0);
    let risen = (height * passed + over - 1) / over;
    Some(Count(below.0 + u32::try_from(risen.clamp(1, height)).unwrap_or(1)))
}
