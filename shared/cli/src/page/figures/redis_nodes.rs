//! The charts of a replication group: its nodes by role between their bounds, who is the primary, CPU, memory and evictions.

use std::collections::BTreeSet;

use maud::{Markup, html};
use plotters::style::RGBColor;
use tidegate_policy::policy::Signal;
use tidegate_simulator::document::{Frame, NodeFrame, NodeRole, NodeSet, NodeState, Recording, Stage};

use super::super::chart::{
    BOUND, ChartError, DARK, DEPLOYING, DESIRED, GRID, Ground, INK, RUNNING, Span, label, line, stage_color,
    stairs, surfaces,
};
use super::drawing::{
    Words, bands, both, figure, keys, layer, percent, plain, stretches, thresholds, values, whole,
};
use super::measured::{Measure, measured};
use super::mishap::{self, Mishap, mark};

/// What the chart of demand shows of a replication group.
pub(super) const WORDS: Words = Words {
    unit: "reads that keep one engine full",
    capacity: "capacity: the nodes that take reads",
    see: "Each node that takes reads is one capacity once clients have found it; the primary takes them only while there is no replica. \
          A new replica comes after some ten minutes, and one change is made at a time. A shaded stretch is time in which clients waited.",
};

/// Every chart of a replication group but the one of demand.
pub(super) fn figures(recording: &Recording, mishaps: &[Mishap], span: Span) -> Result<Markup, ChartError> {
    let evicts =
        sets(recording).flat_map(|set| &set.nodes).any(|node| node.evictions.is_some_and(|keys| keys > 0.0));
    Ok(html! {
        (counts(recording, mishaps, span)?)
        (lives(recording, mishaps, span)?)
        (cpu(recording, span)?)
        (memory(recording, span)?)
        @if evicts { (evictions(recording, span)?) }
        @if !thresholds(recording, &[Signal::NodeConnections]).is_empty() { (connections(recording, span)?) }
    })
}

fn sets(recording: &Recording) -> impl Iterator<Item = &NodeSet> {
    recording.frames.iter().filter_map(Frame::node_set)
}

fn holds(frame: &Frame, what: impl Fn(&NodeSet) -> bool) -> bool {
    frame.node_set().is_some_and(what)
}

fn count(frame: &Frame, what: impl Fn(&NodeSet) -> u32) -> f64 {
    f64::from(frame.node_set().map_or(0, what))
}

/// What a node is at one minute, as a person would name it; from the ground up as the stack has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Primary,
    Replica,
    Modifying,
    Creating,
    Deleting,
}

impl Part {
    const STACK: [Part; 5] = [Part::Primary, Part::Replica, Part::Modifying, Part::Creating, Part::Deleting];

    fn of(node: &NodeFrame) -> Part {
        match (node.state, node.role) {
            (NodeState::Serving, NodeRole::Primary) => Part::Primary,
            (NodeState::Serving, NodeRole::Replica) => Part::Replica,
            (NodeState::Modifying, _) => Part::Modifying,
            (NodeState::Creating, _) => Part::Creating,
            (NodeState::Deleting, _) => Part::Deleting,
        }
    }

    fn color(self) -> RGBColor {
        match self {
            Part::Primary => stage_color(Stage::Serving),
            Part::Replica => RUNNING,
            Part::Modifying => stage_color(Stage::Demoted),
            Part::Creating => stage_color(Stage::Creating),
            Part::Deleting => stage_color(Stage::Deleting),
        }
    }

    /// Its key in the style sheet and its name.
    fn key(self) -> (&'static str, &'static str) {
        match self {
            Part::Primary => ("stage-3", "primary"),
            Part::Replica => ("running", "replica"),
            Part::Modifying => ("stage-4", "being replaced by another type"),
            Part::Creating => ("stage-0", "creating"),
            Part::Deleting => ("stage-6", "deleting"),
        }
    }
}

/// How many nodes are one of these.
fn number(set: &NodeSet, parts: &[Part]) -> f64 {
    set.nodes.iter().filter(|node| parts.contains(&Part::of(node))).count() as f64
}

/// A change or a backup is under way: ElastiCache takes no other.
fn is_busy(set: &NodeSet) -> bool {
    set.status != "available"
}

fn counts(recording: &Recording, mishaps: &[Mishap], span: Span) -> Result<Markup, ChartError> {
    let frames = &recording.frames;
    let there = |set: &NodeSet| u32::try_from(set.nodes.len()).unwrap_or(u32::MAX);
    let most = sets(recording).map(|set| there(set).max(set.desired).max(set.max)).max().unwrap_or(1).max(1);
    let top = f64::from(most) + 0.6;
    let shards = sets(recording).map(|set| set.shards).max().unwrap_or(1);
    let ground = Ground {
        name: "nodes by role",
        label: format!(
            "Nodes by role and the number asked for over time between their bounds, at most {most}"
        ),
        unit: "nodes",
        height: 280,
        scale: 0.0..top,
        tick: whole,
        ticks: 8,
    };
    let charts = both(&ground, span, |plane, size| {
        for (color, what) in
            [(DEPLOYING, &is_busy as &dyn Fn(&NodeSet) -> bool), (DARK, &|set: &NodeSet| set.dark)]
        {
            surfaces(plane, bands(stretches(frames, span, |frame| holds(frame, what)), span, top), color)?;
        }
        for (place, part) in Part::STACK.into_iter().enumerate() {
            let up_to = |frame: &Frame, places: usize| {
                let below = Part::STACK.get(..places).unwrap_or_default();
                frame.node_set().map_or(0.0, |set| number(set, below))
            };
            let outlines = layer(frames, span, |frame| up_to(frame, place), |frame| up_to(frame, place + 1));
            surfaces(plane, outlines, part.color())?;
        }
        let stepped =
            |what: fn(&NodeSet) -> u32| stairs(values(frames, span, |frame| count(frame, what)), span.end());
        line(plane, stepped(|set| set.min), BOUND, 1)?;
        line(plane, stepped(|set| set.max), BOUND, 1)?;
        line(plane, stepped(|set| set.desired), DESIRED, span.stroke())?;
        mark(plane, mishaps, span, size, top)
    })?;
    let seen = |part: &Part| sets(recording).any(|set| number(set, &[*part]) > 0.0);
    let mut found: Vec<_> = Part::STACK.into_iter().filter(seen).map(Part::key).collect();
    found.extend([("desired", "nodes asked for"), ("bound", "minimum and maximum of the policy")]);
    if sets(recording).any(is_busy) {
        found.push(("deploying", "the group is busy: ElastiCache takes no other change"));
    }
    if sets(recording).any(|set| set.dark) {
        found.push(("dark", "CloudWatch is silent"));
    }
    let mut legend = keys(&found);
    legend.extend(mishap::legend(mishaps));
    legend.push((String::new(), shape(recording, shards)));
    Ok(figure(
        "Nodes by role between their bounds",
        &legend,
        "Primary and replicas count alike: with more shards than one, every shard has a primary of its own. The dashed line steps when a change is asked for, \
         and the stack follows when ElastiCache has made it. Where failover needs it, the last replica of a shard stays.",
        &charts,
    ))
}

/// How many shards there were, and of which node types.
fn shape(recording: &Recording, most: u32) -> String {
    let fewest = sets(recording).map(|set| set.shards).min().unwrap_or(most);
    let mut types: Vec<&str> = sets(recording).map(|set| set.node_type.as_str()).collect();
    types.dedup();
    let shards = match (fewest, most) {
        (1, 1) => "1 shard".to_owned(),
        (fewest, most) if fewest == most => format!("{most} shards"),
        (fewest, most) => format!("{fewest} to {most} shards"),
    };
    format!("{shards} of {}", types.join(", then "))
}

/// More lanes than these are no picture.
const LANES: usize = 18;

/// What one node was, from when to when.
struct Spell {
    from: f64,
    to: f64,
    part: Part,
}

/// One lane a name, in the order of names: ElastiCache gives a name again once it is free.
fn lanes(frames: &[Frame], span: Span) -> Vec<(String, Vec<Spell>)> {
    let nodes = || frames.iter().filter_map(Frame::node_set).flat_map(|set| &set.nodes);
    let names: BTreeSet<&str> = nodes().map(|node| node.id.as_str()).collect();
    let lane = |name: &str| {
        let mut spells: Vec<Spell> = Vec::new();
        for part in Part::STACK {
            let is = |frame: &Frame| {
                holds(frame, |set| set.nodes.iter().any(|node| node.id == name && Part::of(node) == part))
            };
            spells.extend(stretches(frames, span, is).into_iter().map(|(from, to)| Spell { from, to, part }));
        }
        (name.to_owned(), spells)
    };
    names.into_iter().take(LANES).map(lane).collect()
}

fn lives(recording: &Recording, mishaps: &[Mishap], span: Span) -> Result<Markup, ChartError> {
    const LANE: u32 = 34;
    let lanes = lanes(&recording.frames, span);
    let count = u32::try_from(lanes.len()).unwrap_or(1).max(1);
    let top = f64::from(count);
    let ground = Ground {
        name: "nodes and their roles",
        label: format!("What each of {count} nodes is over time: primary, replica, creating or deleting"),
        unit: "node",
        height: 64 + LANE * count,
        scale: 0.0..top,
        tick: plain,
        ticks: 0,
    };
    let charts = both(&ground, span, |plane, size| {
        for (place, (name, spells)) in (0_u32..).zip(&lanes) {
            let base = f64::from(count - 1 - place) + 0.06;
            line(plane, vec![(0.0, base), (span.end(), base)], GRID, 1)?;
            for Spell { from, to, part } in spells {
                let outline = vec![(*from, base), (*from, base + 0.46), (*to, base + 0.46), (*to, base)];
                surfaces(plane, vec![outline], part.color())?;
            }
            label(plane, (0.0, base + 0.5), (1, 0), name, INK)?;
        }
        mark(plane, mishaps, span, size, top)
    })?;
    let seen = |part: &Part| lanes.iter().flat_map(|(_, spells)| spells).any(|spell| spell.part == *part);
    let found: Vec<_> = Part::STACK.into_iter().filter(seen).map(Part::key).collect();
    Ok(figure(
        "Each node and its role",
        &keys(&found),
        "A failover makes a replica the primary within seconds; a planned change never names the primary, whoever that is by then. \
         A name that became free is given to the next replica.",
        &charts,
    ))
}

/// The nodes that take reads: serving replicas, or the primary of a group without any.
fn readers(set: &NodeSet) -> impl Iterator<Item = &NodeFrame> {
    let has_replica = set.nodes.iter().any(|node| Part::of(node) == Part::Replica);
    let reads = if has_replica { Part::Replica } else { Part::Primary };
    set.nodes.iter().filter(move |node| Part::of(node) == reads)
}

fn busiest_reader(frame: &Frame) -> Option<f64> {
    readers(frame.node_set()?).filter_map(|node| node.cpu).reduce(f64::max)
}

fn busiest_primary(frame: &Frame) -> Option<f64> {
    primaries(frame.node_set()?).filter_map(|node| node.cpu).reduce(f64::max)
}

fn primaries(set: &NodeSet) -> impl Iterator<Item = &NodeFrame> {
    set.nodes.iter().filter(|node| node.role == NodeRole::Primary)
}

fn fullest(frame: &Frame) -> Option<f64> {
    primaries(frame.node_set()?).filter_map(|node| node.memory).reduce(f64::max)
}

fn evicted(frame: &Frame) -> Option<f64> {
    primaries(frame.node_set()?).filter_map(|node| node.evictions).reduce(f64::max)
}

fn most_readers(frame: &Frame) -> Option<f64> {
    readers(frame.node_set()?).filter_map(|node| node.connections).reduce(f64::max)
}

fn writers(frame: &Frame) -> Option<f64> {
    primaries(frame.node_set()?).filter_map(|node| node.connections).reduce(f64::max)
}

fn cpu(recording: &Recording, span: Span) -> Result<Markup, ChartError> {
    let measure = Measure {
        ground: Ground {
            name: "cpu of nodes",
            label: "CPU of the busiest node that takes reads and of the primary over time, in percent"
                .to_owned(),
            unit: "CPU, percent of the one core that the engine uses",
            height: 280,
            scale: 0.0..105.0,
            tick: percent,
            ticks: 6,
        },
        warm: Some(("busiest node that takes reads", busiest_reader)),
        cool: ("busiest primary", busiest_primary),
        signals: &[Signal::Cpu],
        unit: "%",
        title: "CPU against the rules",
        see: "Reads are what replicas help with. A new replica takes its share as clients find it, so that the busiest falls by and by.",
    };
    measured(recording, span, measure)
}

fn memory(recording: &Recording, span: Span) -> Result<Markup, ChartError> {
    let measure = Measure {
        ground: Ground {
            name: "memory of shards",
            label: "Memory of the fullest shard over time, in percent".to_owned(),
            unit: "memory, percent of what a shard may hold",
            height: 240,
            scale: 0.0..105.0,
            tick: percent,
            ticks: 6,
        },
        warm: None,
        cool: ("fullest shard", fullest),
        signals: &[Signal::Memory],
        unit: "%",
        title: "Memory against the rules",
        see: "A replica holds the same keys as its primary and makes no room: for memory there are more shards, or a larger node type, and never a replica.",
    };
    measured(recording, span, measure)
}

fn evictions(recording: &Recording, span: Span) -> Result<Markup, ChartError> {
    let rule = thresholds(recording, &[Signal::Evictions]).into_iter().map(|(value, _)| value);
    let most = recording.frames.iter().filter_map(evicted).chain(rule).fold(1.0, f64::max);
    let measure = Measure {
        ground: Ground {
            name: "evictions",
            label: format!("Keys dropped in a minute for want of memory over time, up to {most:.0}"),
            unit: "keys a minute",
            height: 180,
            scale: 0.0..most * 1.08,
            tick: whole,
            ticks: 4,
        },
        warm: None,
        cool: ("keys dropped for want of memory, in the shard that drops most", evicted),
        signals: &[Signal::Evictions],
        unit: "",
        title: "Evictions against the rules",
        see: "A cache may drop keys and be well; sessions that are dropped log people out.",
    };
    measured(recording, span, measure)
}

fn connections(recording: &Recording, span: Span) -> Result<Markup, ChartError> {
    let rule = thresholds(recording, &[Signal::NodeConnections]).into_iter().map(|(value, _)| value);
    let frames = &recording.frames;
    let drawn = frames.iter().filter_map(most_readers).chain(frames.iter().filter_map(writers));
    let most = drawn.chain(rule).fold(1.0, f64::max);
    let measure = Measure {
        ground: Ground {
            name: "connections of nodes",
            label: format!(
                "Connections of the node that takes reads and has most, and of the primary, over time, up to {most:.0}"
            ),
            unit: "connections of a node",
            height: 200,
            scale: 0.0..most * 1.08,
            tick: whole,
            ticks: 4,
        },
        warm: Some(("node that takes reads and has most", most_readers)),
        cool: ("primary that has most", writers),
        signals: &[Signal::NodeConnections],
        unit: "",
        title: "Connections against the rules",
        see: "Replicas share the clients that read. Those that write connect to the primary, whatever is added.",
    };
    measured(recording, span, measure)
}
