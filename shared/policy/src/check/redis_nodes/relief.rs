//! More room for keys is added again only if the last of it helped, or if there is more to hold by now; and what memory was is remembered.

use jiff::Timestamp;

use super::case::{Case, Step};
use super::cause::{too_few, was_above};
use super::memory::{at_rest, ended, reached};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::history::{Goal, MemoryBefore, Relief};
use crate::observation::Group;
use crate::plan::{Action, RedisNodesAction};
use crate::policy::Signal;

/// What more room is for.
const OF_KEYS: [Signal; 2] = [Signal::Memory, Signal::Evictions];
/// Memory has fallen if it is so much lower, of what it was; or by half of what a shard's new share makes of it.
const LOWER: f64 = 0.95;
/// Of what was free, so much more in use is a rise; of a percentage that has no end, so much more of itself.
const HIGHER: f64 = 0.25;
/// A rise of memory is no less than this.
const NOISE: f64 = 2.0;
/// Sums of binary fractions differ by the order in which they are made.
const ROUNDING: f64 = 1e-9;

pub(super) fn judge(step: &Step<'_>, findings: &mut Findings) {
    let for_keys = match step.action {
        Action::RedisNodes(RedisNodesAction::SetShards(set)) => set.to > set.from,
        Action::RedisNodes(RedisNodesAction::SetNodeType(_)) => true,
        _ => return,
    };
    if !for_keys {
        return;
    }
    levels(step, findings);
    let Some(relief) = &step.case.before().relief else { return };
    let shards = matches!(step.action, Action::RedisNodes(RedisNodesAction::SetShards(_)));
    let other_cause = shards && (too_few(step) || was_above(step, &[Signal::Cpu]));
    if other_cause || is_over(step.case, step.group, relief) {
        return;
    }
    let helps = |signal: &Signal| {
        was_above(step, &[*signal])
            && (before(&relief.before, *signal).is_none()
                || fell(step, relief, *signal)
                || rose(step, relief, *signal))
    };
    if !OF_KEYS.iter().any(helps) {
        findings.refuse(
            invariant::RELIEF,
            format!(
                "{}, although what was added by {} did not relieve memory, and there is no more to hold than there was",
                step.action, relief.at
            ),
        );
    }
}

/// What is asked for is remembered with memory as it is.
fn levels(step: &Step<'_>, findings: &mut Findings) {
    // Of two calls one is remembered, and they are refused already.
    if step.case.plan.actions.len() > 1 {
        return;
    }
    let told = step.case.after().changing.as_ref().and_then(|changing| changing.before);
    let (scaling, redis) = (step.case.scaling, step.case.redis);
    let bounds = told.is_some_and(|told| {
        told.max == scaling.max && told.shards_max == redis.shards.map(|bounds| bounds.max)
    });
    let sound = |signal: Signal| {
        let known = mean(step, signal).filter(|_| step.out_rules(signal).next().is_some());
        match (told.and_then(|told| before(&told, signal)), known) {
            (None, None) => true,
            (Some(told), Some(known)) => (told - known).abs() <= ROUNDING * known.abs().max(1.0),
            _ => false,
        }
    };
    if !bounds || !OF_KEYS.into_iter().all(sound) {
        findings.refuse(
            invariant::RELIEF,
            format!("{}, and nobody would know by it whether memory fell", step.action),
        );
    }
}

/// What was added stays remembered until it is seen to have helped, or somebody changed the group or the bounds.
pub(super) fn remembered(case: &Case<'_>, group: &Group, findings: &mut Findings) {
    let mut refuse = |why: String| findings.refuse(invariant::RELIEF, why);
    let after = case.after().relief.as_ref();
    if let Some(expected) = made(case) {
        if after != Some(&expected) {
            refuse("what was added is there, and memory as it was before would be forgotten".to_owned());
        }
        return;
    }
    let Some(was) = &case.before().relief else {
        if after.is_some() {
            refuse("memory is held against an addition that was not made".to_owned());
        }
        return;
    };
    let frame = |relief: &Relief| (relief.at, relief.from.clone(), relief.to.clone());
    if after.is_some_and(|after| frame(after) != frame(was)) {
        refuse(format!("the addition of {} would become another", was.at));
        return;
    }
    // Which action it is about does not matter here: the readings are the same.
    let nothing = Action::RedisNodes(RedisNodesAction::SetShards(crate::plan::SetShards {
        group: case.redis.group.clone(),
        from: crate::units::Count::ZERO,
        to: crate::units::Count::ZERO,
        removed: Vec::new(),
    }));
    let step = Step { case, group, action: &nothing };
    let over = after.is_none() && is_over(case, group, was);
    for signal in OF_KEYS {
        let (had, has) = (before(&was.before, signal), after.and_then(|after| before(&after.before, signal)));
        if had != has && !over && !(has.is_none() && fell(&step, was, signal)) {
            refuse(format!("the {} before the addition of {} would be forgotten", signal.name(), was.at));
        }
    }
}

/// What this plan finds to have come about, as it is to be remembered.
fn made(case: &Case<'_>) -> Option<Relief> {
    let ended = ended(case)?;
    let before = ended.before.filter(|before| before.memory.is_some() || before.evictions.is_some())?;
    let there = at_rest(case).is_some_and(|shape| reached(&ended.to, &shape));
    let at: Timestamp = case.now;
    there.then(|| Relief { at, from: ended.from.clone(), to: ended.to.clone(), before })
}

/// Whether a person said that more is wanted, or the group is no longer what the addition made of it.
fn is_over(case: &Case<'_>, group: &Group, relief: &Relief) -> bool {
    let shards_max = case.redis.shards.map(|bounds| bounds.max);
    let raised = case.scaling.max > relief.before.max || shards_max > relief.before.shards_max;
    let as_made = match &relief.to {
        Goal::Shards(count) => {
            usize::try_from(count.0).is_ok_and(|count| count == group.shards.len())
                && group.node_type == relief.from.node_type
        }
        Goal::NodeType(node_type) => {
            group.node_type == *node_type && group.shards.len() == relief.from.replicas.len()
        }
        Goal::Replicas(_) => false,
    };
    raised || !as_made
}

fn before(levels: &MemoryBefore, signal: Signal) -> Option<f64> {
    match signal {
        Signal::Memory => levels.memory,
        Signal::Evictions => levels.evictions,
        _ => None,
    }
}

/// The mean of the shard that has most, as far as it is known.
fn mean(step: &Step<'_>, signal: Signal) -> Option<f64> {
    let nodes = step.group.nodes().filter(|node| step.speaks(node, signal));
    nodes.filter_map(|node| step.known(node, signal).ok()).map(|known| known.recent()).reduce(f64::max)
}

/// Whether every node was so low a short while ago: of none is it unknown.
fn fell(step: &Step<'_>, relief: &Relief, signal: Signal) -> bool {
    let Some(before) = before(&relief.before, signal) else { return true };
    let part = match &relief.to {
        Goal::Shards(to) => {
            let from = u32::try_from(relief.from.replicas.len()).map_or(f64::INFINITY, f64::from);
            // Half of the way to its new share.
            (1.0 + from / f64::from(to.0.max(1))) / 2.0
        }
        _ => 0.0,
    };
    let low = before * part.max(LOWER) + ROUNDING;
    let mut nodes = step.group.nodes().filter(|node| step.speaks(node, signal));
    nodes.all(|node| step.known(node, signal).is_ok_and(|known| known.span().0 <= low))
}

/// Whether any node was so high a short while ago.
fn rose(step: &Step<'_>, relief: &Relief, signal: Signal) -> bool {
    let Some(before) = before(&relief.before, signal) else { return true };
    let rise = match signal {
        Signal::Memory => NOISE.max((100.0 - before) * HIGHER),
        _ => before * HIGHER,
    };
    let mut nodes = step.group.nodes().filter(|node| step.speaks(node, signal));
    nodes.any(|node| step.known(node, signal).is_ok_and(|known| known.span().1 > before + rise - ROUNDING))
}
