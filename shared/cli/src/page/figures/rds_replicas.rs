//! The charts of replicas: where each stands in its life, what the reader name answers, and what is measured.

use std::collections::BTreeMap;

use maud::{Markup, html};
use tidegate_policy::ownership::FLOOR_SET_ID;
use tidegate_policy::policy::Signal;
use tidegate_simulator::document::{Frame, Recording, ReplicaFrame, ReplicaSet, Stage};

use super::super::chart::{
    COOL, ChartError, DESIRED, FLOOR, GRID, Ground, INK, Span, WARM, label, line, stage_color, stage_number,
    stairs, surfaces, thinned,
};
use super::disks;
use super::drawing::{
    self, Words, both, draw_thresholds, figure, keys, percent, plain, rules, stretches, thresholds, values,
    whole,
};
use super::mishap::{self, Mishap, mark};

/// What the chart of demand shows of replicas.
pub(super) const WORDS: Words = Words {
    unit: "capacities of one replica",
    capacity: "capacity that clients reach, including the primary",
    see: "Capacity is what the replicas behind the reader name can serve, including the primary's share. It should step up before demand touches it, and come down only after demand has stayed low. \
         A shaded stretch is time in which clients waited.",
};

/// Every chart of replicas but the one of demand.
pub(super) fn figures(recording: &Recording, mishaps: &[Mishap], span: Span) -> Result<Markup, ChartError> {
    Ok(html! {
        (stages(recording, mishaps, span)?)
        (weights(recording, span)?)
        (cpu(recording, span)?)
        (connections(recording, span)?)
        (lag(recording, span)?)
        (disks::figures(recording, span)?)
    })
}

/// A stage as a legend shows it.
fn stage_key(stage: Stage) -> (String, String) {
    (format!("stage-{}", stage_number(stage)), stage.name().to_owned())
}

/// From the ground up: what serves first, what comes next, what goes last.
const STACK: [Stage; 9] = [
    Stage::Serving,
    Stage::Demoted,
    Stage::Ramping,
    Stage::CatchingUp,
    Stage::Creating,
    Stage::Draining,
    Stage::Deleting,
    Stage::Failed,
    Stage::Foreign,
];

fn stages(recording: &Recording, mishaps: &[Mishap], span: Span) -> Result<Markup, ChartError> {
    let frames = &recording.frames;
    let most = frames
        .iter()
        .map(|frame| frame.replicas().len().max(frame.desired as usize))
        .max()
        .unwrap_or(0)
        .max(1);
    let seen: Vec<Stage> = STACK
        .into_iter()
        .filter(|stage| {
            frames.iter().any(|frame| frame.replicas().iter().any(|replica| replica.stage == *stage))
        })
        .collect();
    let up_to = |frame: &Frame, layer: usize| {
        let below = STACK.get(..layer).unwrap_or(&[]);
        frame.replicas().iter().filter(|replica| below.contains(&replica.stage)).count() as f64
    };
    let ground = Ground {
        name: "replicas by stage",
        label: format!("Number of replicas by stage of life over time, at most {most}"),
        unit: "replicas",
        height: 250,
        scale: 0.0..most as f64 + 0.4,
        tick: whole,
        ticks: most.min(8) + 1,
    };
    let charts = both(&ground, span, |plane, size| {
        for (layer, stage) in STACK.into_iter().enumerate() {
            if !seen.contains(&stage) {
                continue;
            }
            let outlines =
                drawing::layer(frames, span, |frame| up_to(frame, layer), |frame| up_to(frame, layer + 1));
            surfaces(plane, outlines, stage_color(stage))?;
        }
        line(
            plane,
            stairs(values(frames, span, |frame| f64::from(frame.desired)), span.end()),
            DESIRED,
            span.stroke(),
        )?;
        mark(plane, mishaps, span, size, most as f64 + 0.4)
    })?;
    let mut legend: Vec<_> = seen.into_iter().map(stage_key).collect();
    legend.push(("desired".to_owned(), "desired".to_owned()));
    legend.extend(mishap::legend(mishaps));
    Ok(figure(
        "Replicas by stage of life",
        &legend,
        "Each replica is one unit high and climbs from creating to serving. The dashed line is what the last decision wanted; \
         the stack follows it by the time that a creation or a drain takes. One that is taken out lags or does not answer: \
         it has less than its full share until it keeps up again.",
        &charts,
    ))
}

/// A stretch of a record: when, at which weight, and in which stage its replica was.
struct Spell {
    from: f64,
    to: f64,
    weight: u8,
    color: plotters::style::RGBColor,
}

/// The weights of one lane of the chart; replicas that were never there together share one.
#[derive(Default)]
struct Lane {
    names: Vec<(f64, f64, String)>,
    spells: Vec<Spell>,
}

/// Sorts records into as few lanes as were needed at once: a day of scaling makes dozens of replicas, but few at a time.
fn lanes(frames: &[Frame], span: Span) -> Vec<Lane> {
    let mut floor = Lane::default();
    let mut lanes: Vec<Lane> = Vec::new();
    let mut placed: BTreeMap<&str, usize> = BTreeMap::new();
    let mut before: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, frame) in frames.iter().enumerate() {
        let from = span.minute(frame.at);
        let to = frames.get(index + 1).map_or(span.end(), |next| span.minute(next.at));
        if let Some(weight) = frame.replica_set().and_then(|set| set.floor_weight) {
            extend(&mut floor, from, to, FLOOR_SET_ID, weight, FLOOR);
        }
        placed.retain(|id, _| {
            frame.replicas().iter().any(|replica| replica.id == *id && replica.weight.is_some())
        });
        for replica in frame.replicas() {
            let Some(weight) = replica.weight else { continue };
            let id = replica.id.as_str();
            let lane = placed.get(id).copied().unwrap_or_else(|| {
                // One that comes back returns to its old lane if it can.
                let free = |lane: &usize| !placed.values().any(|taken| taken == lane);
                before.get(id).copied().into_iter().chain(0..).find(free).unwrap_or(0)
            });
            placed.insert(id, lane);
            before.insert(id, lane);
            while lanes.len() <= lane {
                lanes.push(Lane::default());
            }
            if let Some(lane) = lanes.get_mut(lane) {
                extend(lane, from, to, &replica.id, weight, stage_color(replica.stage));
            }
        }
    }
    if !floor.spells.is_empty() {
        lanes.insert(0, floor);
    }
    lanes
}

fn extend(lane: &mut Lane, from: f64, to: f64, name: &str, weight: u8, color: plotters::style::RGBColor) {
    const TOUCHING: f64 = 1e-6;
    match lane.names.last_mut() {
        Some(last) if last.2 == name && from - last.1 < TOUCHING => last.1 = to,
        _ => lane.names.push((from, to, name.to_owned())),
    }
    match lane.spells.last_mut() {
        Some(last) if last.weight == weight && last.color == color && from - last.to < TOUCHING => {
            last.to = to
        }
        _ => lane.spells.push(Spell { from, to, weight, color }),
    }
}

fn weights(recording: &Recording, span: Span) -> Result<Markup, ChartError> {
    const LANE: u32 = 46;
    let lanes = lanes(&recording.frames, span);
    let count = Count::of(lanes.len());
    let shared = shared_prefix(lanes.iter().flat_map(|lane| &lane.names).map(|(_, _, name)| name.as_str()));
    let full = lanes.iter().flat_map(|lane| &lane.spells).map(|spell| spell.weight).max().unwrap_or(1).max(1);
    let ground = Ground {
        name: "reader weights",
        label: format!("Weight of each record of the reader name over time, in {} lanes", lanes.len()),
        unit: "weight of the record",
        height: 58 + LANE * count.0,
        scale: 0.0..f64::from(count.0),
        tick: plain,
        ticks: 0,
    };
    let charts = both(&ground, span, |plane, size| {
        for (index, lane) in (0_u32..).zip(&lanes) {
            // From the top down; two thirds of a lane are bar, and its name stands above.
            let base = f64::from(count.0 - 1 - index) + 0.06;
            line(plane, vec![(0.0, base), (span.end(), base)], GRID, 1)?;
            for spell in &lane.spells {
                let height = 0.56 * f64::from(spell.weight) / f64::from(full);
                // Weight 0 is still a record: a thin line says so.
                let top = base + height.max(0.05);
                let outline = vec![(spell.from, base), (spell.from, top), (spell.to, top), (spell.to, base)];
                surfaces(plane, vec![outline], spell.color)?;
            }
            for (place, (from, _, name)) in lane.names.iter().enumerate() {
                // Up to the next name there is room for this one, or for what tells it from the others, or for none.
                let next = lane.names.get(place + 1).map_or(span.end(), |(next, ..)| *next);
                let room = (next - from) / span.end() * size.characters() as f64;
                let short = name.strip_prefix(&shared).unwrap_or(name);
                let told =
                    [name.as_str(), short].into_iter().find(|text| (text.chars().count() as f64) < room);
                if let Some(text) = told {
                    label(plane, (*from, base + 0.62), (1, 0), text, INK)?;
                }
            }
        }
        Ok(())
    })?;
    let shown = |color| lanes.iter().flat_map(|lane| &lane.spells).any(|spell| spell.color == color);
    let mut legend = keys(&[("floor", "primary floor")]);
    legend.retain(|_| shown(FLOOR));
    legend.extend(Stage::ALL.into_iter().filter(|stage| shown(stage_color(*stage))).map(stage_key));
    legend.push((String::new(), format!("a full bar is weight {full}; a thin line is weight 0")));
    Ok(figure(
        "Weights behind the reader name",
        &legend,
        "Each bar is a record; its share of the answers is its weight over the sum of all. A replica climbs in steps, \
         and drains at weight 0 before its record and then its instance go. A lane is used again once it is free.",
        &charts,
    ))
}

/// What all names of replicas begin with, up to a hyphen: the policy's prefix.
fn shared_prefix<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names = names.filter(|name| *name != FLOOR_SET_ID);
    let first = names.next().unwrap_or_default();
    let shared = names.fold(first, |shared, name| {
        let same = shared.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
        shared.get(..same).unwrap_or_default()
    });
    shared.rfind('-').and_then(|hyphen| shared.get(..=hyphen)).unwrap_or_default().to_owned()
}

/// A number of lanes as plotters counts pixels.
struct Count(u32);

impl Count {
    fn of(count: usize) -> Count {
        Count(u32::try_from(count).unwrap_or(1).clamp(1, 64))
    }
}

/// The stages in which clients are, or may still be, connected.
const ANSWERING: [Stage; 4] = [Stage::Ramping, Stage::Serving, Stage::Demoted, Stage::Draining];

/// Something of the primary.
fn primary(frame: &Frame, value: impl Fn(&ReplicaSet) -> f64) -> f64 {
    frame.replica_set().map_or(0.0, value)
}

/// The replica with the most of something, of those that answer clients.
fn busiest(frame: &Frame, value: impl Fn(&ReplicaFrame) -> f64) -> f64 {
    frame
        .replicas()
        .iter()
        .filter(|replica| ANSWERING.contains(&replica.stage))
        .map(value)
        .fold(0.0, f64::max)
}

fn cpu(recording: &Recording, span: Span) -> Result<Markup, ChartError> {
    let frames = &recording.frames;
    let found = thresholds(recording, &[Signal::PrimaryCpu, Signal::ReplicaCpu]);
    percentages(
        Ground {
            name: "cpu",
            label: "CPU of the primary and of the busiest replica over time, in percent".to_owned(),
            unit: "CPU, percent",
            height: 280,
            scale: 0.0..105.0,
            tick: percent,
            ticks: 6,
        },
        span,
        &found,
        &values(frames, span, |frame| primary(frame, |set| set.primary_cpu)),
        &values(frames, span, |frame| busiest(frame, |replica| replica.cpu)),
        "CPU against the rules",
        "A rule acts only after its line has been crossed for as long as its words say; a short peak above a line is no reason to scale.",
    )
}

fn connections(recording: &Recording, span: Span) -> Result<Markup, ChartError> {
    let frames = &recording.frames;
    let signals = [Signal::PrimaryConnections, Signal::ReplicaConnections, Signal::Connections];
    percentages(
        Ground {
            name: "connections",
            label: "Connections of the primary and of the busiest replica over time, in percent of max_connections"
                .to_owned(),
            unit: "connections, percent of max_connections",
            height: 240,
            scale: 0.0..105.0,
            tick: percent,
            ticks: 6,
        },
        span,
        &thresholds(recording, &signals),
        &values(frames, span, |frame| primary(frame, |set| set.primary_connections)),
        &values(frames, span, |frame| busiest(frame, |replica| replica.connections)),
        "Connections against the rules",
        "Pooled clients keep their connections for a while: after a weight goes to 0, a replica's connections fall slowly. \
         It is removed only when they are gone.",
    )
}

fn percentages(
    ground: Ground,
    span: Span,
    found: &[(f64, Vec<String>)],
    primary: &[(f64, f64)],
    replica: &[(f64, f64)],
    title: &str,
    see: &str,
) -> Result<Markup, ChartError> {
    let charts = both(&ground, span, |plane, size| {
        // Where both go together, the wider one shows on either side.
        line(plane, thinned(replica, size.columns()), WARM, span.stroke() + 2)?;
        line(plane, thinned(primary, size.columns()), COOL, span.stroke())?;
        draw_thresholds(plane, found, span, "%", |value| value)
    })?;
    let mut legend = keys(&[("cool", "primary"), ("warm", "busiest replica behind the reader name")]);
    legend.extend(rules(found));
    Ok(figure(title, &legend, see, &charts))
}

/// The least lag that the chart tells from none, in seconds: below it is the noise of a healthy replica.
const LEAST_LAG: f64 = 0.5;

/// Lag spans from half a second to hours: its chart counts powers of ten.
fn decades(seconds: f64) -> f64 {
    seconds.max(LEAST_LAG).log10()
}

fn lag(recording: &Recording, span: Span) -> Result<Markup, ChartError> {
    let frames = &recording.frames;
    let furthest = |frame: &Frame, of: &[Stage]| {
        frame
            .replicas()
            .iter()
            .filter(|replica| of.contains(&replica.stage))
            .map(|replica| replica.lag)
            .reduce(f64::max)
    };
    let answering = |frame: &Frame| furthest(frame, &ANSWERING);
    let coming = |frame: &Frame| furthest(frame, &[Stage::CatchingUp]);
    let found = thresholds(recording, &[Signal::Lag]);
    let most = frames
        .iter()
        .flat_map(|frame| answering(frame).into_iter().chain(coming(frame)))
        .chain(found.iter().map(|(value, _)| *value))
        .fold(10.0, f64::max);
    let ground = Ground {
        name: "lag",
        label: format!("Lag of the replica that is furthest behind over time, in seconds, up to {most:.0}"),
        unit: "lag, seconds, each line ten times the last",
        height: 230,
        scale: decades(LEAST_LAG)..decades(most) + 0.3,
        tick: |decade| if whole(decade).is_empty() { String::new() } else { plain(10_f64.powf(decade)) },
        ticks: 5,
    };
    let charts = both(&ground, span, |plane, size| {
        for (color, lag) in [
            (COOL, &coming as &dyn Fn(&Frame) -> Option<f64>),
            (WARM, &answering as &dyn Fn(&Frame) -> Option<f64>),
        ] {
            // A line breaks where there is no replica to measure: no replica is not no lag.
            for (from, to) in stretches(frames, span, |frame| lag(frame).is_some()) {
                let points: Vec<_> = frames
                    .iter()
                    .map(|frame| (span.minute(frame.at), lag(frame)))
                    .filter(|(minute, _)| (from..to).contains(minute))
                    .filter_map(|(minute, lag)| Some((minute, decades(lag?))))
                    .collect();
                line(plane, thinned(&points, size.columns()), color, span.stroke())?;
            }
        }
        draw_thresholds(plane, &found, span, " s", decades)
    })?;
    let mut legend = keys(&[
        ("warm", "furthest behind, of those that answer or have been taken out"),
        ("cool", "catching up, not answering yet"),
    ]);
    legend.extend(rules(&found));
    Ok(figure(
        "Replication lag against the rules",
        &legend,
        "A replica joins, climbs and stays only while it keeps up; one that falls behind is taken out of the answers until it has caught up. \
         Half a second or less lies at the foot.",
        &charts,
    ))
}
