//! The nodes of a replication group: what is blocked, what is decided, and the first method that acts.

mod capacity;
mod follow;
mod last_look;
mod node_type;
mod situation;
mod victim;

pub(super) use last_look::may_still_change;

use jiff::Timestamp;

use super::draft::{Draft, left_alone};
use super::step::{self, Step};
use super::{Action, Plan};
use crate::decide::decide;
use crate::evaluate::bounds_at;
use crate::evaluate::redis_nodes::{Reach, Readings, evaluate, memory_before, settle_relief};
use crate::history::{CapacityChange, Changing, Goal, History, Lever, MemoryBefore};
use crate::observation::{Group, RedisObservation};
use crate::policy::{RedisNodes, Target};
use crate::reason::{Explanation, Reason};
use crate::units::Count;

/// The world of one attempt at a group that can be scaled, read only.
struct Scene<'a> {
    target: &'a Target,
    redis: &'a RedisNodes,
    group: &'a Group,
    reach: &'a Reach<'a>,
    /// What makes more nodes, where a rule asks for more.
    out: Option<Lever>,
    /// What would go next, where anything may.
    leaving: Option<situation::Leaving>,
    /// Memory is short, and nodes of a larger type are what helps.
    larger_nodes: Option<String>,
    /// How full it is, which an addition for memory will be held against.
    memory: MemoryBefore,
    /// The fewest and the most nodes of this moment.
    least: Count,
    most: Count,
    now: Timestamp,
}

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
        self.history.group.changing = Some(Changing { since: scene.now, from, to, begun: false, before });
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

/// How many nodes there are to be comes first: a larger type replaces every node, and takes the time of a maintenance window.
const METHODS: &[fn(&Scene<'_>, &mut Draft) -> Step] = &[capacity::change, node_type::grow];

pub(super) fn plan(
    target: &Target,
    redis: &RedisNodes,
    seen: &RedisObservation,
    history: &History,
    now: Timestamp,
) -> Plan {
    let mut history = history.clone();
    if seen.signals_read {
        history.evaluated_at = Some(now);
    }
    let group = match situation::scalable(redis, seen) {
        Ok(group) => group,
        Err(why) => {
            let nodes = seen.look.group().map_or(0, |group| group.nodes().count());
            return left_alone(target, Count::of_len(nodes), history, "group", why);
        }
    };
    let reach = Reach::new(redis, &seen.look, group, now);
    let followed = follow::follow(&mut history, redis, &reach, now);
    let readings = Readings::new(seen, group, now);
    if followed.at_rest {
        settle_relief(&mut history.group, target, redis, &reach.shape, &readings);
    }
    let bounds = situation::bounds(bounds_at(&target.scaling, now), &reach);
    let (least, most) = (bounds.min, bounds.max);
    let leaving = situation::leaving(target, &reach, &readings, most);
    let step_in = leaving.as_ref().map_or(Count::ONE, |leaving| leaving.nodes);
    let said = evaluate(target, &readings, &reach, bounds, step_in, &history, now);
    let alerts = said.evaluation.alerts.clone();
    let situation = situation::situation(&reach, &history, leaving.as_ref().map_err(Clone::clone), now);
    let decided = decide(&target.scaling, &situation, said.evaluation, &mut history, now);
    let scene = Scene {
        target,
        redis,
        group,
        reach: &reach,
        out: said.out,
        leaving: leaving.ok(),
        larger_nodes: said.larger_nodes,
        memory: memory_before(target, redis, &readings),
        least,
        most,
        now,
    };
    let decision = capacity::on_the_grid(&scene, &history, decided);

    let mut draft = Draft::new(history, decision, alerts);
    followed.tell(&mut draft);
    situation::look_around(&scene, &mut draft);
    let (step, actions) = first_step(&scene, &mut draft);
    // What takes longer than it should is looked at as often as anything at rest: a look each minute buys metrics each minute.
    let in_time = |since: Timestamp| now.duration_since(since) < redis.change_within;
    let memory = &draft.history.group;
    let changes = memory.changing.as_ref().map(|changing| changing.since);
    draft.history.in_transition = [changes, memory.busy_since].into_iter().flatten().any(in_time);
    // Whoever comes after a call that was made and not recorded must know what it was for.
    let write_ahead = !actions.is_empty();
    draft.plan(target, step, actions, write_ahead)
}

fn first_step(scene: &Scene<'_>, draft: &mut Draft) -> (Option<Explanation>, Vec<Action>) {
    match situation::under_way(scene.reach, &draft.history, scene.now) {
        Some(words) => (Some(Explanation::new(Reason::AwaitGroup, words)), Vec::new()),
        None => step::first(METHODS, scene, draft),
    }
}
