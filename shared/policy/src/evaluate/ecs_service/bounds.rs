//! The bounds of a service at a moment: windows, planned events, and a direct command above both.
//!
//! A pure function of the clock: a wake-up that was missed is caught up at the next, and whatever ends restores by itself.

use jiff::Timestamp;

use crate::evaluate::command;
use crate::evaluate::window::{Bounds, bounds_at};
use crate::history::{History, StandingOrder};
use crate::policy::{EcsService, PlannedEvent, RateLimit, Target};
use crate::reason::{Explanation, Reason};
use crate::units::Count;

/// What the clock says.
pub(crate) struct ServiceBounds<'a> {
    pub(crate) bounds: Bounds,
    /// Why nothing may be taken away, if so.
    pub(crate) held: Option<Explanation>,
    /// How minima that overlap were resolved, in words.
    pub(crate) resolved: Option<String>,
    /// The event whose tasks are there and whose load is still to come.
    pub(crate) warming: Option<&'a PlannedEvent>,
    /// The command that stands.
    pub(crate) order: Option<&'a StandingOrder>,
    /// How fast capacity may come down after an event.
    pub(crate) descent: Option<RateLimit>,
}

/// The bounds at `now`. Of windows and events the largest min and the largest max win, and a min outranks a max; a direct command replaces
/// what it names, within the policy's own `min` and `max`. But "never fewer than 4" is no word against the 12 that a planned event needs:
/// only a max goes below those.
pub(crate) fn service_bounds<'a>(
    target: &Target,
    service: &'a EcsService,
    history: &'a History,
    now: Timestamp,
) -> ServiceBounds<'a> {
    let mut bounds = bounds_at(&target.scaling, now);
    let mut said: Vec<String> =
        bounds.min_by.iter().map(|by| format!("{} by the window {by}", bounds.min)).collect();
    let (mut held, mut warming) = (None, None);
    let mut needed: Option<(Count, &PlannedEvent)> = None;
    for event in &service.events {
        let Some(phase) = phase(event, now) else { continue };
        let wanted = phase.tasks(event);
        if let Some(max) = event.max.filter(|max| *max > bounds.max) {
            bounds.max = max;
            bounds.max_by = Some(named(event));
        }
        said.push(format!("{wanted} by {}", named(event)));
        needed = needed.filter(|(most, _)| *most >= wanted).or(Some((wanted, event)));
        if wanted > bounds.min {
            bounds.min = wanted;
            bounds.min_by = Some(named(event));
        }
        match phase {
            Phase::Lead => warming = warming.or(Some(event)),
            Phase::Under => {}
            Phase::Descent { .. } => continue,
        }
        let detail = format!("{} lasts until {}: nothing is taken away", named(event), event.to);
        held = held.or(Some(Explanation::new(Reason::EventInProgress, detail)));
    }
    bounds.raise_max_to_min();
    let order = history.orders.bounds_at(now);
    if let Some(order) = order {
        if let Some(min) = order.min {
            let min = min.clamp(target.scaling.min, target.scaling.max.max(target.scaling.min));
            said.push(format!("{min} by {}", command::named(order)));
        }
        let needed = needed.map(|(needed, event)| (needed, named(event)));
        command::command(&mut bounds, order, &target.scaling, needed);
        // A person who says fewer means it, whatever is planned.
        if order.max.is_some() {
            held = None;
        }
    }
    // A person who says fewer means it.
    let descent = if order.is_some_and(|order| order.max.is_some()) {
        None
    } else {
        let descents = service.events.iter().filter_map(|event| descent(event, target.scaling.max, now));
        descents.min_by(|one, other| rate(one).total_cmp(&rate(other)))
    };
    let resolved = (said.len() > 1).then(|| format!("minimum {}: {}", bounds.min, said.join(", ")));
    ServiceBounds { bounds, held, resolved, warming, order, descent }
}

fn named(event: &PlannedEvent) -> String {
    format!("the event \"{}\"", event.name)
}

/// Where an event stands.
enum Phase {
    /// Its tasks are asked for; its load is still to come.
    Lead,
    /// Its load is there.
    Under,
    /// It is over for this long, and capacity comes down.
    Descent { steps: u32 },
}

impl Phase {
    /// The minimum that it sets by itself, whatever windows set.
    fn tasks(&self, event: &PlannedEvent) -> Count {
        match self {
            Phase::Lead | Phase::Under => event.tasks(),
            Phase::Descent { steps } => {
                event.tasks().minus(Count(event.descent.members.0.saturating_mul(*steps)))
            }
        }
    }
}

fn phase(event: &PlannedEvent, now: Timestamp) -> Option<Phase> {
    if now < event.begins() {
        return None;
    }
    if now < event.from {
        return Some(Phase::Lead);
    }
    if now < event.to {
        return Some(Phase::Under);
    }
    let RateLimit { members, period } = event.descent;
    let since = now.duration_since(event.to);
    // The first may go at once, and then so many each period.
    let steps = since.as_secs() / period.as_secs().max(1) + 1;
    let steps = u32::try_from(steps).unwrap_or(u32::MAX);
    (members.0.saturating_mul(steps) < event.tasks().0).then_some(Phase::Descent { steps })
}

/// How fast capacity may come down after this event, for as long as it takes from the most that there can be: signals may have asked for
/// more than the event did, and all of it goes gradually.
fn descent(event: &PlannedEvent, max: Count, now: Timestamp) -> Option<RateLimit> {
    let RateLimit { members, period } = event.descent;
    let most = event.max.map_or(max, |lifted| lifted.max(max)).max(event.tasks());
    let steps = i64::from(most.0.div_ceil(members.0.max(1)));
    let lasts = period.as_secs().saturating_mul(steps);
    (now >= event.to && now.duration_since(event.to).as_secs() < lasts).then_some(event.descent)
}

/// Members a second, to tell the slower of two.
fn rate(limit: &RateLimit) -> f64 {
    f64::from(limit.members.0) / limit.period.as_secs_f64().max(1.0)
}

/// Events that are over for good, in words that stay the same: what a person may delete from the policy.
pub(crate) fn over_for_good(service: &EcsService, now: Timestamp) -> impl Iterator<Item = Explanation> {
    let over = service.events.iter().filter(move |event| now >= event.to && phase(event, now).is_none());
    over.map(|event| {
        let detail = format!("{} ended at {}: remove it from the policy", named(event), event.to);
        Explanation::new(Reason::EventOver, detail)
    })
}
