//! Direct commands: a person or a schedule says how many tasks a service is to have for a while. They go into the ledger, never past it.

use jiff::{SignedDuration, Timestamp};

use crate::history::{History, StandingOrder};
use crate::policy::{Target, TargetKind};
use crate::reason::{Explanation, Reason};
use crate::units::{Count, friendly};

/// No command stands for longer, as no `override_for` does: what is to last belongs into the policy.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A command that was on its way for longer is refused: what its sender saw is no longer so. The other way round a sender's clock may be ahead by
/// as much, and counts as ours.
const LATE_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// A direct command, as an event brings it. Absolute counts: one that is delivered twice says the same twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Bounds for a while; `min` and `max` alike are a count.
    Hold {
        /// Never fewer.
        min: Option<Count>,
        /// Never more.
        max: Option<Count>,
        /// When it ends; `None` takes the policy's `override_for`.
        until: Option<Timestamp>,
        /// When it was sent; `None` counts as now, as for who invokes the function and waits.
        sent_at: Option<Timestamp>,
    },
    /// Ends what stands.
    Clear {
        /// When it was sent; `None` counts as now.
        sent_at: Option<Timestamp>,
    },
}

impl Order {
    /// The same, sent at this time.
    pub fn sent(self, at: Timestamp) -> Self {
        match self {
            Order::Hold { min, max, until, .. } => Order::Hold { min, max, until, sent_at: Some(at) },
            Order::Clear { .. } => Order::Clear { sent_at: Some(at) },
        }
    }

    /// When it was sent, if that is known.
    pub fn sent_at(&self) -> Option<Timestamp> {
        match self {
            Order::Hold { sent_at, .. } | Order::Clear { sent_at } => *sent_at,
        }
    }
}

/// Takes an order into a target's memory. The next plan follows it.
///
/// # Errors
/// `OrderRefused`, with what would be taken: an order outside the policy's own bounds, one that is over already, one that was late or sent before
/// another that was taken, one of a target that takes none. The memory is then as it was.
pub fn take(
    target: &Target,
    history: &mut History,
    order: &Order,
    now: Timestamp,
) -> Result<Explanation, Explanation> {
    let refuse = |why: String| Err(Explanation::new(Reason::OrderRefused, why));
    let name = &target.name;
    let TargetKind::EcsService(service) = &target.kind else {
        return refuse(format!(
            "target \"{name}\" is of kind {}, which takes no direct command: write a window or raise min",
            target.kind.name()
        ));
    };
    let sent_at = match timely(order, history, now) {
        Ok(sent_at) => sent_at,
        Err(why) => return refuse(why),
    };
    let (min, max, until) = match order {
        Order::Clear { .. } => {
            history.ecs_service.order_sent_at = Some(sent_at);
            let told = match history.ecs_service.order.take() {
                Some(_) => "the direct command is ended; the schedule holds again",
                None => "no direct command stands; the schedule holds",
            };
            return Ok(Explanation::new(Reason::OrderOver, told));
        }
        Order::Hold { min, max, until, .. } => (*min, *max, *until),
    };
    let (least, most) = (target.scaling.min, target.scaling.max);
    for (word, count) in [("min", min), ("max", max)] {
        if let Some(count) = count
            && !(least..=most).contains(&count)
        {
            return refuse(format!(
                "{word} {count} is outside the policy's {least}..{most} of target \"{name}\": send a number within, or change the policy"
            ));
        }
    }
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        return refuse(format!("min {min} is above max {max}: send a min of {max} or less"));
    }
    if min.is_none() && max.is_none() {
        return refuse(
            "neither count, min nor max is given: send one, as {\"target\": \"api\", \"min\": 4}".to_owned(),
        );
    }
    // From when it was sent: a duplicate that comes later says the same.
    let until = until.or_else(|| sent_at.checked_add(service.override_for).ok()).unwrap_or(Timestamp::MAX);
    if until <= now {
        return refuse(format!(
            "until {until} is over already (it is {now}): send a time to come, or leave it out"
        ));
    }
    if until.duration_since(now) > LONGEST {
        return refuse(format!(
            "until {until} is {} away, and a direct command stands for {} at most: send an earlier time, or change the policy",
            friendly(until.duration_since(now)),
            friendly(LONGEST)
        ));
    }
    let told = match (min, max) {
        (Some(min), Some(max)) if min == max => format!("a count of {min}"),
        (Some(min), Some(max)) => format!("{min}..{max}"),
        (Some(min), None) => format!("a minimum of {min}"),
        (None, max) => format!("a maximum of {}", max.unwrap_or(most)),
    };
    history.ecs_service.order = Some(StandingOrder { at: now, until, min, max });
    history.ecs_service.order_sent_at = Some(sent_at);
    // Whoever commands has looked at what was refused before.
    history.ecs_service.retry_at = None;
    let lasting = friendly(until.duration_since(now));
    Ok(Explanation::new(
        Reason::OrderTaken,
        format!("a direct command sets {told} until {until} ({lasting})"),
    ))
}

/// When an order was sent, if it still counts.
///
/// Deliveries are repeated and overtake each other, and an envelope's `time` is its sender's word. Two of one second count as they arrive.
///
/// # Errors
/// Why it does not.
fn timely(order: &Order, history: &History, now: Timestamp) -> Result<Timestamp, String> {
    let Some(sent_at) = order.sent_at() else { return Ok(now) };
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
    let newest =
        history.ecs_service.order_sent_at.or(history.ecs_service.order.as_ref().map(|order| order.at));
    match newest.filter(|newest| sent_at < *newest) {
        Some(newest) => Err(format!(
            "the direct command was sent at {sent_at}, before the one of {newest} that was taken: a late one replaces no newer one; if it is still meant, send it again"
        )),
        None => Ok(sent_at),
    }
}
