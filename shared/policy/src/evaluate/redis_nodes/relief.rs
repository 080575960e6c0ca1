//! Relief: whether what was last added for memory helped. Keys that fill whatever room there is would be given one shard after another.
//!
//! Memory is held against what it was when the addition was asked for. It helped once memory has fallen; where memory has risen well above that,
//! there is more to hold than there was, and more room is wanted. In between nothing is added, and a person is told.

use crate::evaluate::measured::measured;
use crate::history::{Goal, MemoryBefore, RedisNodesMemory, Relief, Shape};
use crate::number::Sentence;
use crate::observation::{Minute, Point};
use crate::policy::{RedisNodes, Signal, Target};
use crate::units::{Count, Percent};

use super::Readings;

/// The recent past whose mean is a level.
const MINUTES: u32 = 10;
/// So many points after the addition make a level.
const POINTS: usize = 5;
/// Memory fell if it is lower by this share of what it was, or by half of what more shards lead to expect, whichever is less.
const FALLEN_BY: f64 = 0.05;
/// Memory rose if it is higher by this share of what was free, and by so many percent at least.
const RISEN_BY: f64 = 0.25;
const RISEN_BY_AT_LEAST: f64 = 2.0;

/// What can be said of an addition.
#[derive(Debug)]
pub(super) enum Relieved {
    /// It helped, or there is more to hold than there was.
    Yes,
    /// Too little was measured since.
    NotYetKnown(String),
    /// It did not help.
    No(Sentence),
}

/// Memory as it is now: what is remembered of an addition that is asked for.
pub(crate) fn memory_before(target: &Target, redis: &RedisNodes, readings: &Readings<'_>) -> MemoryBefore {
    let read = |signal| target.scaling.scale_out.iter().any(|rule| rule.signal == signal);
    let level = |signal| read(signal).then(|| highest(readings, signal)).flatten();
    MemoryBefore {
        memory: level(Signal::Memory),
        evictions: level(Signal::Evictions),
        max: target.scaling.max,
        shards_max: redis.shards.map(|bounds| bounds.max),
    }
}

/// Forgets what no longer says anything: somebody changed the group or the bounds since, or memory has fallen.
pub(crate) fn settle(
    memory: &mut RedisNodesMemory,
    target: &Target,
    redis: &RedisNodes,
    shape: &Shape,
    readings: &Readings<'_>,
) {
    let Some(relief) = &mut memory.relief else { return };
    let raised = target.scaling.max > relief.before.max
        || redis.shards.map_or(Count::ZERO, |bounds| bounds.max)
            > relief.before.shards_max.unwrap_or_default();
    for signal in [Signal::Memory, Signal::Evictions] {
        if let Some(before) = before(relief, signal)
            && level_since(relief, signal, readings).is_some_and(|now| now <= fallen(relief, before))
        {
            match signal {
                Signal::Memory => relief.before.memory = None,
                _ => relief.before.evictions = None,
            }
        }
    }
    let MemoryBefore { memory: of_memory, evictions, .. } = relief.before;
    if raised || !stands(relief, shape) || (of_memory.is_none() && evictions.is_none()) {
        memory.relief = None;
    }
}

/// What `relief` says of one more addition for the sake of `signal`.
pub(super) fn judge(relief: &Relief, signal: Signal, readings: &Readings<'_>) -> Relieved {
    let Some(before) = before(relief, signal) else { return Relieved::Yes };
    let risen = risen(signal, before);
    if highest(readings, signal).is_some_and(|now| now > risen) {
        return Relieved::Yes;
    }
    let added = match &relief.to {
        Goal::NodeType(node_type) => format!("nodes of {node_type} instead of {}", relief.from.node_type),
        Goal::Shards(shards) => format!("{shards} shards instead of {}", relief.from.shards()),
        Goal::Replicas(_) => return Relieved::Yes,
    };
    let shown = |value: f64| match signal {
        Signal::Memory => Percent(value).to_string(),
        _ => format!("{value:.0}"),
    };
    let name = signal.name();
    match level_since(relief, signal, readings) {
        None => Relieved::NotYetKnown(format!(
            "{added} are there since {}, and {POINTS} minutes of every shard show what that changed",
            relief.at
        )),
        Some(now) if now <= fallen(relief, before) => Relieved::Yes,
        Some(now) => Relieved::No(Sentence::from(format!(
            "{added} are there since {}, and {name} did not fall for it: it was {} and is {}; nothing more is added until it is below {} or above {}: \
             look at what fills the group, or write a larger max",
            relief.at,
            shown(before),
            shown(now),
            shown(fallen(relief, before)),
            shown(risen),
        ))
        .with(measured(signal, "the group", now).against(fallen(relief, before)))
        .with(measured(signal, "the group before", before))),
    }
}

fn before(relief: &Relief, signal: Signal) -> Option<f64> {
    match signal {
        Signal::Memory => relief.before.memory,
        Signal::Evictions => relief.before.evictions,
        _ => None,
    }
}

/// Whether the group still has what was added, and is otherwise as it was.
fn stands(relief: &Relief, shape: &Shape) -> bool {
    let (shards, node_type) = match &relief.to {
        Goal::Shards(shards) => (*shards, &relief.from.node_type),
        Goal::NodeType(node_type) => (relief.from.shards(), node_type),
        Goal::Replicas(_) => return false,
    };
    shape.shards() == shards && shape.node_type == *node_type
}

/// At this or below it has fallen.
fn fallen(relief: &Relief, before: f64) -> f64 {
    let expected = match &relief.to {
        Goal::Shards(shards) => 1.0 - f64::from(relief.from.shards().0) / f64::from(shards.0.max(1)),
        Goal::NodeType(_) | Goal::Replicas(_) => 1.0,
    };
    before * (1.0 - FALLEN_BY.min(expected / 2.0))
}

/// Above this it has risen.
fn risen(signal: Signal, before: f64) -> f64 {
    match signal {
        Signal::Memory => before + (RISEN_BY * (100.0 - before)).max(RISEN_BY_AT_LEAST),
        _ => before * (1.0 + RISEN_BY),
    }
}

/// Of the shard that has most, as far as they are known.
fn highest(readings: &Readings<'_>, signal: Signal) -> Option<f64> {
    let known =
        readings.members(signal).into_iter().filter_map(|node| readings.reading(node, signal).fresh());
    known.map(|series| series.mean_of_last(MINUTES)).reduce(f64::max)
}

/// The same of the minutes since the addition; `None` unless they are known of every shard.
fn level_since(relief: &Relief, signal: Signal, readings: &Readings<'_>) -> Option<f64> {
    let first = Minute::containing(relief.at);
    let mut highest = None;
    for node in readings.members(signal) {
        let series = readings.reading(node, signal).fresh()?;
        let since: Vec<&Point> =
            series.last_minutes(MINUTES).iter().filter(|point| point.minute > first).collect();
        if since.len() < POINTS {
            return None;
        }
        let mean = since.iter().map(|point| point.value).sum::<f64>() / since.len() as f64;
        highest = Some(highest.map_or(mean, |highest: f64| highest.max(mean)));
    }
    highest
}
