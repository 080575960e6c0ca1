//! Direct commands: what a person or a schedule asks of a target for a while. They go into the ledger, never past it.

use jiff::{SignedDuration, Timestamp};

use crate::history::{History, StandingOrder, StandingPause};
use crate::pause::Paused;
use crate::policy::{Target, TargetKind};
use crate::reason::{Explanation, Reason};
use crate::units::{Count, friendly};

/// No command stands for longer, as no `override_for` does: what is to last belongs into the policy.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A command that was on its way for longer is refused: what its sender saw is no longer so. The other way round a sender's clock may be ahead by
/// as much, and counts as ours.
const LATE_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// When a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// At this time.
    At(Timestamp),
    /// So long after it was sent.
    For(SignedDuration),
}

/// A direct command, as an event brings it. Absolute: one that is delivered twice says the same twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Bounds for a while; `min` and `max` alike are a count.
    Hold {
        /// Never fewer.
        min: Option<Count>,
        /// Never more.
        max: Option<Count>,
        /// When it ends; `None` takes the policy's `override_for`.
        until: Option<Until>,
        /// When it was sent; `None` counts as now, as for who invokes the function and waits.
        sent_at: Option<Timestamp>,
    },
    /// Ends the bounds that stand.
    Clear {
        /// When it was sent; `None` counts as now.
        sent_at: Option<Timestamp>,
    },
    /// Nothing is added, nothing is removed, or neither, for a while.
    Pause {
        /// Which of it.
        what: Paused,
        /// When it ends; `None` takes the policy's `override_for`.
        until: Option<Until>,
        /// When it was sent; `None` counts as now.
        sent_at: Option<Timestamp>,
    },
    /// Ends the pause that stands.
    Resume {
        /// When it was sent; `None` counts as now.
        sent_at: Option<Timestamp>,
    },
}

impl Order {
    /// The same, sent at this time.
    pub fn sent(mut self, at: Timestamp) -> Self {
        match &mut self {
            Order::Hold { sent_at, .. }
            | Order::Clear { sent_at }
            | Order::Pause { sent_at, .. }
            | Order::Resume { sent_at } => *sent_at = Some(at),
        }
        self
    }

    /// When it was sent, if that is known.
    pub fn sent_at(&self) -> Option<Timestamp> {
        match self {
            Order::Hold { sent_at, .. }
            | Order::Clear { sent_at }
            | Order::Pause { sent_at, .. }
            | Order::Resume { sent_at } => *sent_at,
        }
    }

    /// Whether it asks for nothing but rest: it is taken of a target that cannot be scaled as it stands, too.
    pub fn is_pause(&self) -> bool {
        matches!(self, Order::Pause { .. })
    }
}

/// Takes an order into a target's memory. The next plan follows it.
///
/// # Errors
/// `OrderRefused`, with what would be taken: an order outside the policy's own bounds, one that is over already, one that was late or sent before
/// another that was taken. The memory is then as it was.
pub fn take(
    target: &Target,
    history: &mut History,
    order: &Order,
    now: Timestamp,
) -> Result<Explanation, Explanation> {
    let taken = match order {
        Order::Hold { min, max, until, .. } => {
            let asked = Bounds { min: *min, max: *max };
            hold(target, history, &asked, *until, order.sent_at(), now)
        }
        Order::Clear { sent_at } => clear(history, *sent_at, now),
        Order::Pause { what, until, sent_at } => pause(target, history, *what, *until, *sent_at, now),
        Order::Resume { sent_at } => resume(history, *sent_at, now),
    };
    taken.map_err(|why| Explanation::new(Reason::OrderRefused, why))
}

/// What a command on bounds asks for.
struct Bounds {
    min: Option<Count>,
    max: Option<Count>,
}

fn hold(
    target: &Target,
    history: &mut History,
    &Bounds { min, max }: &Bounds,
    until: Option<Until>,
    sent_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Explanation, String> {
    let sent_at = timely(sent_at, newest_on_bounds(history), now)?;
    let (least, most) = (target.scaling.min, target.scaling.max);
    for (word, count) in [("min", min), ("max", max)] {
        if let Some(count) = count
            && !(least..=most).contains(&count)
        {
            return Err(format!(
                "{word} {count} is outside the policy's {least}..{most} of target \"{}\": send a number within, or change the policy",
                target.name
            ));
        }
    }
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        return Err(format!("min {min} is above max {max}: send a min of {max} or less"));
    }
    let told = match (min, max) {
        (Some(min), Some(max)) if min == max => format!("a count of {min}"),
        (Some(min), Some(max)) => format!("{min}..{max}"),
        (Some(min), None) => format!("a minimum of {min}"),
        (None, Some(max)) => format!("a maximum of {max}"),
        (None, None) => {
            return Err(
                "neither count, min nor max is given: send one, as {\"target\": \"api\", \"min\": 4}"
                    .to_owned(),
            );
        }
    };
    let until = ends(target, until, sent_at, now, "a direct command stands", "change the policy")?;
    history.orders.bounds = Some(StandingOrder { at: now, until, min, max });
    history.orders.bounds_sent_at = Some(sent_at);
    // Whoever commands has looked at what was refused before.
    history.ecs_service.retry_at = None;
    history.redis_nodes.refused_out.clear();
    history.redis_nodes.refused_in.clear();
    let lasting = friendly(until.duration_since(now));
    let detail = format!("a direct command sets {told} until {until} ({lasting})");
    Ok(Explanation::new(Reason::OrderTaken, detail))
}

fn clear(history: &mut History, sent_at: Option<Timestamp>, now: Timestamp) -> Result<Explanation, String> {
    history.orders.bounds_sent_at = Some(timely(sent_at, newest_on_bounds(history), now)?);
    let told = match history.orders.bounds.take() {
        Some(_) => "the direct command is ended; the schedule holds again",
        None => "no direct command stands; the schedule holds",
    };
    Ok(Explanation::new(Reason::OrderOver, told))
}

fn pause(
    target: &Target,
    history: &mut History,
    what: Paused,
    until: Option<Until>,
    sent_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Explanation, String> {
    let sent_at = timely(sent_at, newest_on_pauses(history), now)?;
    let instead = format!("deploy Paused={what}");
    let until = ends(target, until, sent_at, now, "a pause lasts", &instead)?;
    history.orders.pause_sent_at = Some(sent_at);
    let native = match &target.kind {
        TargetKind::EcsService(_) => {
            "; where Application Auto Scaling has the service it goes on by itself: suspend it there"
        }
        TargetKind::RdsReplicas(_) | TargetKind::RedisNodes(_) => "",
    };
    let detail = format!(
        "{} until {until} ({}); {{\"target\": \"{}\", \"resume\": true}} ends that sooner{native}",
        what.words(),
        friendly(until.duration_since(now)),
        target.name
    );
    let pause = StandingPause { what, at: now, until, told_at: now };
    history.outbox.paused(history.orders.pause.as_ref(), &pause, &detail, now);
    history.orders.pause = Some(pause);
    Ok(Explanation::new(Reason::PauseBegan, detail))
}

fn resume(history: &mut History, sent_at: Option<Timestamp>, now: Timestamp) -> Result<Explanation, String> {
    history.orders.pause_sent_at = Some(timely(sent_at, newest_on_pauses(history), now)?);
    let told = match history.orders.pause.take() {
        Some(pause) => format!(
            "the pause of {} is ended: {} no longer by it, and what is wanted follows at once unless the stack's parameter Paused holds it",
            pause.at,
            pause.what.words()
        ),
        None => "no pause stands: there is nothing to resume".to_owned(),
    };
    history.outbox.pause_ended(&told, now);
    Ok(Explanation::new(Reason::PauseEnded, told))
}

/// A command of another sort is no word on this one: a pause that was sent later makes no command on bounds late.
fn newest_on_bounds(history: &History) -> Option<Timestamp> {
    let standing = history.orders.bounds.as_ref().map(|order| order.at);
    history.orders.bounds_sent_at.or(standing)
}

fn newest_on_pauses(history: &History) -> Option<Timestamp> {
    let standing = history.orders.pause.as_ref().map(|pause| pause.at);
    history.orders.pause_sent_at.or(standing)
}

/// When a command ends, counted from when it was sent: a duplicate that comes later says the same.
///
/// # Errors
/// It is over already, or stands for too long.
fn ends(
    target: &Target,
    until: Option<Until>,
    sent_at: Timestamp,
    now: Timestamp,
    what: &str,
    instead: &str,
) -> Result<Timestamp, String> {
    let until = match until.unwrap_or(Until::For(target.scaling.override_for)) {
        Until::At(at) => at,
        Until::For(lasting) => sent_at.checked_add(lasting).unwrap_or(Timestamp::MAX),
    };
    if until <= now {
        return Err(format!(
            "until {until} is over already (it is {now}): send a time to come, or leave it out"
        ));
    }
    if until.duration_since(now) > LONGEST {
        return Err(format!(
            "until {until} is {} away, and {what} for {} at most: send an earlier time, or {instead}",
            friendly(until.duration_since(now)),
            friendly(LONGEST)
        ));
    }
    Ok(until)
}

/// When an order was sent, if it still counts. `newest` is when the newest of its sort was sent that was taken.
///
/// Deliveries are repeated and overtake each other, and an envelope's `time` is its sender's word. Two of one second count as they arrive.
///
/// # Errors
/// Why it does not.
fn timely(
    sent_at: Option<Timestamp>,
    newest: Option<Timestamp>,
    now: Timestamp,
) -> Result<Timestamp, String> {
    let Some(sent_at) = sent_at else { return Ok(now) };
    let late = now.duration_since(sent_at);
    if late > LATE_AFTER {
        return Err(format!(
            "the direct command was sent at {sent_at} and came {} late, more than {}: look at what is now, and send it again",
            friendly(late),
            friendly(LATE_AFTER)
        ));
    }
    if -late > LATE_AFTER {
        return Err(format!(
            "the direct command says that it was sent at {sent_at}, and it is {now}: put the sender's clock right, or leave the event's time out"
        ));
    }
    let sent_at = sent_at.min(now);
    match newest.filter(|newest| sent_at < *newest) {
        Some(newest) => Err(format!(
            "the direct command was sent at {sent_at}, before the one of {newest} that was taken: a late one replaces no newer one; if it is still meant, send it again"
        )),
        None => Ok(sent_at),
    }
}
