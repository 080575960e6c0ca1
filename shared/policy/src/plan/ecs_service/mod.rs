//! The tasks of a service: what is blocked, what is decided, and the first method that acts.

mod capacity;
mod follow;
mod last_look;
mod lever;
mod native;
mod situation;
mod strategy;
mod warm;

pub(super) use last_look::may_still_change;

use jiff::Timestamp;

use super::Plan;
use super::draft::{Draft, left_alone};
use super::step::{self, Step};
use crate::decide::decide;
use crate::evaluate::Evaluation;
use crate::evaluate::ecs_service::{ServiceBounds, Signals, evaluate, service_bounds};
use crate::history::{History, Starting};
use crate::observation::{EcsObservation, ScalableTarget, Service};
use crate::policy::{EcsService, Target};
use crate::units::Count;
use lever::Lever;
use native::Native;

/// The world of one attempt at a service that can be scaled, read only.
struct Scene<'a> {
    target: &'a Target,
    ecs: &'a EcsService,
    service: &'a Service,
    scalable: Option<&'a ScalableTarget>,
    lever: Lever<'a>,
    native: &'a Native<'a>,
    clock: &'a ServiceBounds<'a>,
    /// Whether no rule says how many there are to be, so that only the clock does.
    schedule_only: bool,
    now: Timestamp,
}

/// Where there is no capacity to be had comes first, then how much there is to be, then what can wait.
const METHODS: &[fn(&Scene<'_>, &mut Draft) -> Step] =
    &[strategy::leave_spot, capacity::change, warm::warm, strategy::follow_policy];

pub(super) fn plan(
    target: &Target,
    ecs: &EcsService,
    seen: &EcsObservation,
    history: &History,
    now: Timestamp,
) -> Plan {
    let mut history = history.clone();
    if seen.signals_read {
        history.evaluated_at = Some(now);
    }
    let service = match situation::scalable(ecs, seen) {
        Ok(service) => service,
        Err(why) => {
            let current = seen.look.service.as_ref().map_or(Count::ZERO, |service| service.desired);
            return left_alone(target, current, history, "service", why);
        }
    };
    let scalable = seen.look.scalable.as_ref();
    if seen.look.native.is_some() {
        history.facts.native.clone_from(&seen.look.native);
    }
    let known = seen.look.native.as_ref().map(|fact| &fact.value);
    let followed = follow::follow(&mut history, ecs, service, scalable, known, now);
    let remembered = history.clone();
    let clock = service_bounds(target, ecs, &remembered, now);
    let native = Native::of(&seen.look, &clock);
    let clock = native.frame(clock);
    let schedule_only = is_schedule_only(target);
    let lever = Lever::of(scalable, schedule_only, &clock, &remembered);
    let scene =
        Scene { target, ecs, service, scalable, lever, native: &native, clock: &clock, schedule_only, now };
    let signals = Signals::new(seen, &target.scaling, ecs, service, &remembered.service, now);
    let evaluation = Evaluation {
        // With a scalable target, what is above the minimum is native auto scaling's.
        only_schedule: scene.scalable.is_none() && schedule_only,
        ..evaluate(target, &signals, &clock, &history, now)
    };
    let alerts = evaluation.alerts.clone();
    let situation = situation::situation(&scene, &signals, &history);
    let decided = decide(&target.scaling, &situation, evaluation, &mut history, now);
    let decision = native.reach(scene.lever.reach(decided, &clock), &clock);

    let mut draft = Draft::new(history, decision, alerts);
    followed.tell(&mut draft);
    situation::look_around(&scene, &mut draft);
    native.look_around(&mut draft);
    let (step, actions) = step::first(METHODS, &scene, &mut draft);
    // What may last for days is looked at as often as anything at rest: a look each minute buys metrics each minute.
    let comes = |starting: &Starting| now.duration_since(starting.since) < ecs.start_within;
    draft.history.in_transition = !actions.is_empty()
        || draft.history.service.starting.as_ref().is_some_and(comes)
        || situation::rolls(service)
        || clock.held.is_some();
    // Whoever comes after a call that was made and not recorded must not take it for somebody else's.
    let write_ahead = !actions.is_empty();
    draft.plan(target, step, actions, write_ahead)
}

fn is_schedule_only(target: &Target) -> bool {
    let scaling = &target.scaling;
    scaling.scale_out.is_empty() && scaling.scale_in.is_empty() && scaling.track.is_empty()
}
