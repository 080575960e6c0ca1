//! Follow: what became of what was asked for, and what somebody else changed. Before anything is decided.

use jiff::{SignedDuration, Timestamp};

use super::{Draft, native};
use crate::history::{Asked, History, RunningSince, ScaledOut, Starting};
use crate::number::Number;
use crate::observation::{Minute, NativeScaling, ScalableTarget, Service};
use crate::policy::EcsService;
use crate::reason::{Explanation, Reason};
use crate::units::{Count, friendly};

/// ECS and Application Auto Scaling may show the value before a change for so long after it.
const SHOWN_LATE: SignedDuration = SignedDuration::from_mins(2);
/// As far back as a quarrel between writers is looked for.
pub(super) const QUARREL_WITHIN: SignedDuration = SignedDuration::from_hours(1);
/// So many foreign writes in that time are a quarrel.
pub(super) const QUARREL_AT: usize = 3;
/// As far back as work is computed from means over tasks: the longest look of a rule.
const RUNNING_KEPT: SignedDuration = SignedDuration::from_hours(3);

/// What following found.
#[derive(Default)]
pub(in crate::plan) struct Followed {
    events: Vec<Explanation>,
    slow: Option<Explanation>,
}

impl Followed {
    pub(super) fn tell(self, draft: &mut Draft) {
        for told in self.events {
            draft.event(told.reason, told.said());
        }
        if let Some(slow) = self.slow {
            draft.alert("tasks that do not start", slow.reason, slow.said());
        }
    }
}

pub(super) fn follow(
    history: &mut History,
    ecs: &EcsService,
    service: &Service,
    scalable: Option<&ScalableTarget>,
    native: Option<&NativeScaling>,
    now: Timestamp,
) -> Followed {
    let mut followed = Followed::default();
    let ago = |at: Timestamp| now.duration_since(at);
    let writes = &mut history.ecs_service.foreign_writes;
    // A quarrel is over once it was quiet for an hour, not once its first write is an hour old.
    let last_of_a_quarrel = writes.len().saturating_sub(QUARREL_AT);
    let quarrel = writes.len() >= QUARREL_AT && writes.last().is_some_and(|last| ago(*last) < QUARREL_WITHIN);
    let mut place = 0;
    writes.retain(|at| {
        place += 1;
        ago(*at) < QUARREL_WITHIN || (quarrel && place > last_of_a_quarrel)
    });
    foreign_write(history, service, scalable, native, now, &mut followed);
    running(history, service, now);
    starting(history, ecs, service, now, &mut followed);
    history
        .ecs_service
        .warmed
        .retain(|name, _| ecs.events.iter().any(|event| event.name == *name && now < event.to));
    if ecs.spot.is_none() {
        history.ecs_service.fallback = None;
    }
    followed
}

/// Another value than we asked for is somebody else's. It is taken as it is: told, remembered, and the way in waits as after a change of ours.
fn foreign_write(
    history: &mut History,
    service: &Service,
    scalable: Option<&ScalableTarget>,
    native: Option<&NativeScaling>,
    now: Timestamp,
    followed: &mut Followed,
) {
    let memory = &mut history.ecs_service;
    let found = found_now(service, scalable);
    if memory.asked == Some(found) {
        memory.asked_over = None;
        return;
    }
    let settled = memory.asked_at.is_none_or(|at| now.duration_since(at) >= SHOWN_LATE || at > now);
    if !settled {
        return;
    }
    let Some(asked) = memory.asked else {
        // Whatever is found first is nobody's change.
        memory.asked = Some(found);
        return;
    };
    if memory.asked_over.take() == Some(found) {
        // The call was never made, or was lost.
        memory.asked = Some(found);
        memory.starting = None;
        return;
    }
    if let (Asked::Bounds(asked), Some(scalable)) = (asked, scalable)
        && let Some(writer) = native::writer(native, asked, scalable)
    {
        memory.asked = Some(found);
        memory.asked_at = None;
        // What an action raised too is not put back against it.
        memory.signal_floor = memory.signal_floor.map(|floor| {
            if native::is_an_actions(native, floor) { floor.min(scalable.bounds.min) } else { floor }
        });
        history.scaled_in_at = Some(now);
        let bounds = scalable.bounds;
        let detail = format!(
            "{writer} of Application Auto Scaling set {bounds}, where {asked} were asked for or found last"
        );
        followed.events.push(Explanation::new(Reason::BothSchedule, detail));
        return;
    }
    let said = match (asked, scalable) {
        (Asked::Desired(asked), None) if asked != service.desired => {
            format!("the desired count is {}, and {asked} was asked for or found last", service.desired)
        }
        (Asked::Bounds(asked), Some(scalable)) if asked != scalable.bounds => {
            if asked.min != scalable.bounds.min {
                // A minimum that a person or another tool raised goes as one that signals raised: once they agree, and not at once.
                memory.signal_floor = Some(scalable.bounds.min);
            }
            let found = scalable.bounds;
            format!("the bounds of the scalable target are {found}, and {asked} were asked for or found last")
        }
        (Asked::Bounds(_), None) => {
            "the scalable target is gone: from here on the desired count is moved".to_owned()
        }
        (Asked::Desired(_), Some(scalable)) => {
            // What signals once raised was in another registration.
            memory.signal_floor = Some(scalable.bounds.min);
            let bounds = scalable.bounds;
            format!(
                "a scalable target with the bounds {bounds} was registered: from here on its bounds are moved"
            )
        }
        (Asked::Desired(_), None) | (Asked::Bounds(_), Some(_)) => return,
    };
    memory.asked = Some(found);
    memory.asked_at = None;
    memory.foreign_writes.push(now);
    if scalable.is_none() {
        // What was on its way up was overruled.
        memory.starting = None;
    }
    history.scaled_in_at = Some(now);
    followed.events.push(Explanation::new(
        Reason::ForeignWrite,
        format!(
            "{said}: somebody else changed it, and it is taken as it is, as far as the policy's bounds allow"
        ),
    ));
}

/// What is moved, as it was found.
pub(super) fn found_now(service: &Service, scalable: Option<&ScalableTarget>) -> Asked {
    scalable.map_or(Asked::Desired(service.desired), |scalable| Asked::Bounds(scalable.bounds))
}

fn running(history: &mut History, service: &Service, now: Timestamp) {
    let changes = &mut history.ecs_service.running;
    // Tasks that crash in a loop wake us every few seconds, and a ledger item is bounded; of a minute only its end is ever asked for.
    if changes.last().is_some_and(|last| Minute::containing(last.at) == Minute::containing(now)) {
        changes.pop();
    }
    if changes.last().is_none_or(|last| last.count != service.running) {
        changes.push(RunningSince { at: now, count: service.running });
    }
    // The newest of those that are too old still says what ran when the look begins.
    let old = changes.iter().take_while(|since| now.duration_since(since.at) > RUNNING_KEPT).count();
    changes.drain(..old.saturating_sub(1));
}

/// An addition ends when its tasks run; the cooldown counts from there.
fn starting(
    history: &mut History,
    ecs: &EcsService,
    service: &Service,
    now: Timestamp,
    followed: &mut Followed,
) {
    let missing = service.desired.minus(service.running);
    match history.ecs_service.starting {
        Some(Starting { from, to, .. }) if missing == Count::ZERO => {
            history.scaled_out = Some(ScaledOut { at: now, from, to });
            history.ecs_service.starting = None;
        }
        // Native auto scaling, a deployment that failed, a task that died: whoever asked, tasks are on their way.
        None if missing > Count::ZERO => {
            let since = Starting { since: now, from: service.running, to: service.desired };
            history.ecs_service.starting = Some(since);
        }
        Some(ref mut starting) if starting.to < service.desired => {
            let later = Starting { to: service.desired, ..*starting };
            history.ecs_service.starting = Some(later);
        }
        _ => {}
    }
    if let Some(starting) = history.ecs_service.starting
        && now.duration_since(starting.since) >= ecs.start_within
    {
        let unplaced = service.unplaced_at.map_or(String::new(), |at| {
            format!("; ECS said at {at} that it could place no task for want of capacity")
        });
        let detail = format!(
            "{} of {} tasks run {} after {} were asked for ({} pending){unplaced}: look at the service's events and its stopped tasks",
            service.running,
            service.desired,
            friendly(now.duration_since(starting.since)),
            starting.to,
            service.pending,
        );
        let running = Number::count("running", service.running).against_count(service.desired);
        let starting =
            Number::lasting("starting", now.duration_since(starting.since)).against_time(ecs.start_within);
        followed.slow = Some(Explanation::new(Reason::TasksNotStarting, detail).with(running).with(starting));
    }
}
