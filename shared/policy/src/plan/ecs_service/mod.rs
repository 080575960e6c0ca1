//! The tasks of a service: what is blocked, what is decided, and the first method that acts.

mod capacity;
mod failing;
mod follow;
mod last_look;
mod lever;
mod native;
mod scene;
mod situation;
mod strategy;
mod warm;

pub(super) use last_look::may_still_change;

use super::Action;
use super::draft::Draft;
use super::spine::{Given, Kind, LeftAlone, Method};
use super::step::Taken;
use crate::decide::{Decision, Situation};
use crate::evaluate::ecs_service::{Signals, evaluate, service_bounds, took, worked, workforce};
use crate::evaluate::{Evaluation, Pauses, Took, Workforce};
use crate::history::{History, Starting};
use crate::observation::{EcsObservation, Minute, PastMinutes, Service};
use crate::policy::{self, Target};
use crate::reason::Explanation;
use crate::units::Count;
use follow::Followed;
use lever::Lever;
use native::Native;
use scene::Scene;

/// The tasks of one service.
pub(super) enum EcsService {}

impl Kind for EcsService {
    type Policy = policy::EcsService;
    type Seen = EcsObservation;
    type Followed<'a> = (&'a Service, Followed);
    type Scene<'a> = Scene<'a>;
    /// Where there is no capacity to be had comes first, then how much there is to be, then what can wait.
    const METHODS: &'static [Method<Self>] =
        &[strategy::leave_spot, capacity::change, warm::warm, strategy::follow_policy];

    fn signals_read(seen: &EcsObservation) -> bool {
        seen.signals_read
    }

    fn follow<'a>(
        given: Given<'a, policy::EcsService, EcsObservation>,
        history: &mut History,
    ) -> Result<(&'a Service, Followed), LeftAlone> {
        let Given { policy: ecs, seen, now, .. } = given;
        let service = situation::scalable(ecs, seen).map_err(|why| {
            let current = seen.look.service.as_ref().map_or(Count::ZERO, |service| service.desired);
            LeftAlone { current, what: "service", why }
        })?;
        if seen.look.native.is_some() {
            history.facts.native.clone_from(&seen.look.native);
        }
        let known = seen.look.native.as_ref().map(|fact| &fact.value);
        let followed = follow::follow(history, ecs, service, seen.look.scalable.as_ref(), known, now);
        Ok((service, followed))
    }

    fn scene<'a>(
        given: Given<'a, policy::EcsService, EcsObservation>,
        (service, followed): (&'a Service, Followed),
        _: &'a History,
        history: &'a History,
    ) -> Scene<'a> {
        let Given { target, policy: ecs, seen, switch, now } = given;
        let pauses = Pauses::of(&history.orders, switch, now);
        let scalable = seen.look.scalable.as_ref();
        let clock = service_bounds(target, ecs, history, now);
        let native = Native::of(&seen.look, &clock);
        let clock = native.frame(clock);
        let schedule_only = is_schedule_only(target);
        let lever = Lever::of(scalable, schedule_only, &clock, history);
        let signals = Signals::new(seen, &target.scaling, ecs, service, &history.ecs_service, now);
        Scene {
            target,
            ecs,
            service,
            stopped: seen.stopped.as_ref(),
            scalable,
            lever,
            native,
            clock,
            signals,
            followed,
            schedule_only,
            pauses,
            now,
        }
    }

    fn evaluate(scene: &mut Scene<'_>, history: &History) -> Evaluation {
        Evaluation {
            // With a scalable target, what is above the minimum is native auto scaling's.
            only_schedule: scene.scalable.is_none() && scene.schedule_only,
            ..evaluate(scene.target, &scene.signals, &scene.clock, history, scene.now)
        }
    }

    fn workforce(scene: &Scene<'_>, history: &History, since: Option<i64>) -> Workforce {
        workforce(&scene.signals, &history.ecs_service, since, scene.now)
    }

    fn worked(_: &Scene<'_>, past: &PastMinutes) -> Vec<(Minute, Option<f64>)> {
        worked(past)
    }

    fn took(scene: &Scene<'_>, before: &History, after: &History) -> Vec<Took> {
        took(&before.ecs_service, &after.ecs_service, scene.now)
    }

    fn situation(scene: &mut Scene<'_>, history: &History) -> Situation {
        situation::situation(scene, &scene.signals, history)
    }

    fn reach(scene: &Scene<'_>, decided: Decision, _: &History) -> Decision {
        scene.native.reach(scene.lever.reach(decided, &scene.clock), &scene.clock)
    }

    fn look_around(scene: &mut Scene<'_>, draft: &mut Draft) {
        std::mem::take(&mut scene.followed).tell(draft);
        situation::look_around(scene, draft);
        scene.native.look_around(draft);
    }

    fn under_way(_: &Scene<'_>, _: &Draft) -> Option<Explanation> {
        None
    }

    /// What may last for days is looked at as often as anything at rest: a look each minute buys metrics each minute.
    fn in_transition(scene: &Scene<'_>, draft: &Draft, actions: &[Action]) -> bool {
        let comes = |starting: &Starting| scene.now.duration_since(starting.since) < scene.ecs.start_within;
        !actions.is_empty()
            || draft.history.ecs_service.starting.as_ref().is_some_and(comes)
            || situation::rolls(scene.service)
            || scene.clock.held.is_some()
    }

    /// Whoever comes after a call that was made and not recorded must not take it for somebody else's.
    fn write_ahead(_: &Scene<'_>, _: &Draft, taken: &Taken) -> bool {
        !taken.actions.is_empty()
    }
}

fn is_schedule_only(target: &Target) -> bool {
    let scaling = &target.scaling;
    scaling.scale_out.is_empty() && scaling.scale_in.is_empty() && scaling.track.is_empty()
}
