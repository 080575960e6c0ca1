//! The nodes of a replication group: what is blocked, what is decided, and the first method that acts.

mod capacity;
mod follow;
mod last_look;
mod leaving;
mod node_type;
mod scene;
mod situation;
mod victim;

pub(super) use last_look::may_still_change;

use jiff::Timestamp;

use super::Action;
use super::draft::Draft;
use super::spine::{Given, Kind, LeftAlone, Method};
use super::step::Taken;
use crate::decide::{Decision, Situation};
use crate::evaluate::redis_nodes::{
    Reach, Readings, evaluate, memory_before, settle_relief, took, worked, workforce,
};
use crate::evaluate::{Evaluation, Pauses, Took, Workforce, bounds_with_command};
use crate::history::{CapacityChange, Changing, Goal, History, Lever};
use crate::observation::{Minute, PastMinutes, RedisObservation};
use crate::policy;
use crate::reason::{Explanation, Reason};
use crate::units::Count;
use follow::Followed;
use scene::Scene;

impl Draft {
    /// Remembers what is asked for, before it is.
    fn begin(&mut self, scene: &Scene<'_>, to: Goal) {
        let from = scene.reach.shape.clone();
        let before = match to.lever() {
            Lever::Shards | Lever::NodeType if to.is_out(&from) => Some(scene.memory),
            Lever::Shards | Lever::NodeType | Lever::Replicas => None,
        };
        self.history.decisions += 1;
        self.remember_change(scene);
        self.history.redis_nodes.changing =
            Some(Changing { since: scene.now, from, to, begun: false, before });
    }

    /// What rate limits count. What turns out not to have been made is taken off again.
    fn remember_change(&mut self, scene: &Scene<'_>) {
        let limits = &scene.target.scaling.rate_limit;
        let longest = [limits.out, limits.in_]
            .into_iter()
            .flatten()
            .map(|limit| limit.period)
            .max()
            .unwrap_or_default();
        let changes = &mut self.history.changes;
        changes.retain(|change| scene.now.duration_since(change.at) < longest);
        let delta = i64::from(self.decision.desired.0) - i64::from(self.decision.current.0);
        if delta != 0 && !longest.is_zero() {
            let delta = i32::try_from(delta).unwrap_or(i32::MAX);
            changes.push(CapacityChange { at: scene.now, delta });
        }
    }
}

/// The nodes of one replication group.
pub(super) enum RedisNodes {}

impl Kind for RedisNodes {
    type Policy = policy::RedisNodes;
    type Seen = RedisObservation;
    type Followed<'a> = (Reach<'a>, Readings<'a>, Followed);
    type Scene<'a> = Scene<'a>;
    /// How many nodes there are to be comes first: a larger type replaces every node, and takes the time of a maintenance window.
    const METHODS: &'static [Method<Self>] = &[capacity::change, node_type::grow];

    fn signals_read(seen: &RedisObservation) -> bool {
        seen.signals_read
    }

    fn follow<'a>(
        given: Given<'a, policy::RedisNodes, RedisObservation>,
        history: &mut History,
    ) -> Result<Self::Followed<'a>, LeftAlone> {
        let Given { target, policy: redis, seen, now, .. } = given;
        let group = situation::scalable(redis, seen).map_err(|why| {
            let nodes = seen.look.group().map_or(0, |group| group.nodes().count());
            LeftAlone { current: Count::of_len(nodes), what: "group", why }
        })?;
        let reach = Reach::new(redis, &seen.look, group, now);
        let followed = follow::follow(history, redis, &reach, now);
        let readings = Readings::new(seen, group, now);
        if followed.at_rest {
            settle_relief(&mut history.redis_nodes, target, redis, &reach.shape, &readings);
        }
        Ok((reach, readings, followed))
    }

    fn scene<'a>(
        given: Given<'a, policy::RedisNodes, RedisObservation>,
        (reach, readings, followed): Self::Followed<'a>,
        _: &'a History,
        history: &'a History,
    ) -> Scene<'a> {
        let Given { target, policy: redis, switch, now, .. } = given;
        let bounds = bounds_with_command(&target.scaling, &history.orders, now);
        let bounds = situation::bounds(bounds, &reach);
        let leaving = situation::leaving(target, &reach, &readings, bounds.max);
        let memory = memory_before(target, redis, &readings);
        Scene {
            target,
            redis,
            group: reach.group,
            reach,
            readings,
            followed,
            bounds,
            out: None,
            leaving,
            larger_nodes: None,
            memory,
            pauses: Pauses::of(&history.orders, switch, now),
            now,
        }
    }

    fn evaluate(scene: &mut Scene<'_>, history: &History) -> Evaluation {
        let step_in = scene.leaving.as_ref().map_or(Count::ONE, |leaving| leaving.nodes);
        let Scene { target, readings, reach, bounds, now, .. } = scene;
        let said = evaluate(target, readings, reach, bounds.clone(), step_in, history, *now);
        scene.out = said.out;
        scene.larger_nodes = said.larger_nodes;
        said.evaluation
    }

    fn workforce(scene: &Scene<'_>, _: &History, since: Option<i64>) -> Workforce {
        workforce(&scene.readings, since, scene.now)
    }

    fn worked(scene: &Scene<'_>, past: &PastMinutes) -> Vec<(Minute, Option<f64>)> {
        worked(&scene.readings, past)
    }

    fn took(scene: &Scene<'_>, before: &History, after: &History) -> Vec<Took> {
        took(&before.redis_nodes, &after.redis_nodes, scene.now)
    }

    fn situation(scene: &mut Scene<'_>, history: &History) -> Situation {
        situation::situation(&scene.reach, history, scene.leaving.as_ref().map_err(Clone::clone), scene.now)
    }

    fn reach(scene: &Scene<'_>, decided: Decision, history: &History) -> Decision {
        capacity::on_the_grid(scene, history, decided)
    }

    fn look_around(scene: &mut Scene<'_>, draft: &mut Draft) {
        std::mem::take(&mut scene.followed).tell(draft);
        situation::look_around(scene, draft);
    }

    fn under_way(scene: &Scene<'_>, draft: &Draft) -> Option<Explanation> {
        let words = situation::under_way(&scene.reach, &draft.history, scene.now)?;
        Some(Explanation::new(Reason::AwaitGroup, words))
    }

    /// What takes longer than it should is looked at as often as anything at rest: a look each minute buys metrics each minute.
    fn in_transition(scene: &Scene<'_>, draft: &Draft, _: &[Action]) -> bool {
        let in_time = |since: Timestamp| scene.now.duration_since(since) < scene.redis.change_within;
        let memory = &draft.history.redis_nodes;
        let changes = memory.changing.as_ref().map(|changing| changing.since);
        [changes, memory.busy_since].into_iter().flatten().any(in_time)
    }

    /// Whoever comes after a call that was made and not recorded must know what it was for.
    fn write_ahead(_: &Scene<'_>, _: &Draft, taken: &Taken) -> bool {
        !taken.actions.is_empty()
    }
}
