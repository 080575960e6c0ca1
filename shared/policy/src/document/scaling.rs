//! The keys of scaling, which every kind of target shares.

use jiff::SignedDuration;

use super::duration::{self, Allowed};
use super::place::Placed;
use super::problems::Problems;
use super::rds_replicas::Facts;
use super::rule::{self, Role};
use super::table::{Entry, Key, Table};
use super::text::Fault;
use super::window::{self, Bounds};
use super::{defaults, order, percent};
use crate::policy::{PerDirection, RateLimit, Scaling, Signal, ThresholdRule};
use crate::units::{Count, Percent, friendly};

const MIN: Key = Key { name: "min", example: "1" };
const MAX: Key = Key { name: "max", example: "5" };
const EVALUATE_EVERY: Key = Key { name: "evaluate_every", example: "\"5m\"" };
const SCALE_OUT: Key = Key { name: "scale_out", example: "[\"primary cpu > 70% for 10m\"]" };
const SCALE_IN: Key = Key { name: "scale_in", example: "[\"replica cpu < 40% for 30m\"]" };
const ALERT: Key = Key { name: "alert", example: "[\"lag > 1s for 1m\"]" };
const TRACK: Key = Key { name: "track", example: "[\"replica cpu at 60%\"]" };
const WINDOWS: Key = Key {
    name: "windows",
    example: "[{ days = \"mon-fri\", from = \"08:00\", to = \"20:00\", zone = \"Europe/Madrid\", min = 2 }]",
};
const COOLDOWN: Key = Key { name: "cooldown", example: "{ out = \"10m\", in = \"30m\" }" };
const STABILIZATION: Key = Key { name: "stabilization", example: "{ out = \"0s\", in = \"5m\" }" };
const RATE_LIMIT: Key = Key { name: "rate_limit", example: "{ out = \"2 per 15m\", in = \"1 per 30m\" }" };
const MARGIN: Key = Key { name: "margin", example: "\"10%\"" };

/// The two directions of a table such as `cooldown`, with an example each.
type Directions = [Key; 2];
const PAUSES: Directions = [Key { name: "out", example: "\"10m\"" }, Key { name: "in", example: "\"30m\"" }];
const RATES: Directions =
    [Key { name: "out", example: "\"2 per 15m\"" }, Key { name: "in", example: "\"1 per 30m\"" }];

/// `min` and `max`, read first because the kind and the rules are checked against them.
pub(super) struct Size {
    min: Option<Placed<u32>>,
    max: Option<Placed<u32>>,
}

impl Size {
    /// Reads both.
    pub(super) fn read(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Size {
        let min = table.need(MIN, problems).and_then(|entry| entry.number(0, u32::MAX, problems));
        let max = table.need(MAX, problems).and_then(|entry| entry.number(1, u32::MAX, problems));
        if let (Some(min), Some(max)) = (min, max)
            && min.value > max.value
        {
            let (at, min, max) = (min.at, min.value, max.value);
            problems.tell(at, format!("min: {min} is above max, which is {max}: write {max} or less"));
        }
        Size { min, max }
    }

    /// `min`.
    pub(super) fn min(&self) -> Option<Count> {
        self.min.map(|min| Count(min.value))
    }

    /// `max`.
    pub(super) fn max(&self) -> Option<Count> {
        self.max.map(|max| Count(max.value))
    }

    /// Bounds for windows; none where the target's own contradict each other.
    fn bounds(&self) -> Bounds {
        let (min, max) = (self.min(), self.max());
        if min.zip(max).is_some_and(|(min, max)| min > max) {
            Bounds { min: None, max: None }
        } else {
            Bounds { min, max }
        }
    }
}

/// Reads the keys of scaling.
pub(super) fn read(
    table: &mut Table<'_>,
    size: &Size,
    facts: &Facts,
    problems: &mut Problems<'_>,
) -> Option<Scaling> {
    tell_beyond_engine(size, facts, problems);
    let minutes = Allowed {
        least: SignedDuration::from_mins(1),
        most: SignedDuration::from_hours(1),
        step: SignedDuration::from_mins(1),
        why_not_more: "load changes faster than that, so ",
    };
    let evaluate_every = table
        .find(EVALUATE_EVERY)
        .map_or(Some(defaults::EVALUATE_EVERY), |entry| duration::read(&entry, &minutes, problems));
    let scale_out =
        read_rules(table, SCALE_OUT, problems, |text| rule::threshold(text, Role::ScaleOut, size.max()));
    let scale_in =
        read_rules(table, SCALE_IN, problems, |text| rule::threshold(text, Role::ScaleIn, size.max()));
    let alert = read_rules(table, ALERT, problems, |text| rule::threshold(text, Role::Alert, size.max()));
    let track = read_rules(table, TRACK, problems, rule::tracking);
    let windows = table.find(WINDOWS).map_or(Some(Vec::new()), |entry| {
        let elements = entry.list("a list of windows", problems)?;
        let read: Vec<_> =
            elements.iter().map(|window| window::read(window, size.bounds(), problems)).collect();
        read.into_iter().collect()
    });
    let cooldown = read_cooldown(table, facts, problems);
    let stabilization = read_directions(table, STABILIZATION, PAUSES, problems, |entry, problems| {
        duration::read(entry, &Allowed::ANY, problems)
    })
    .map(|given| given.or(defaults::STABILIZATION));
    let rate_limit = read_directions(table, RATE_LIMIT, RATES, problems, read_rate);
    let margin = table.find(MARGIN).map_or(Some(defaults::MARGIN), |entry| read_margin(&entry, problems));

    if let (Some(scale_out), Some(scale_in), Some(track)) = (&scale_out, &scale_in, &track) {
        order::tell_overlaps(scale_out, scale_in, track, problems);
    }
    let min = size.min();
    let scaling = Scaling {
        min: min?,
        max: size.max()?,
        evaluate_every: evaluate_every?,
        scale_out: without_places(scale_out?),
        scale_in: without_places(scale_in?),
        track: without_places(track?),
        alert: without_places(alert?),
        windows: windows?,
        cooldown: cooldown?,
        stabilization: stabilization?,
        rate_limit: rate_limit?,
        margin: margin?,
    };
    tell_unreachable(&scaling, size.min.map_or(table.at, |min| min.at), table.title(), table.at, problems);
    Some(scaling)
}

fn tell_beyond_engine(size: &Size, facts: &Facts, problems: &mut Problems<'_>) {
    if let (Some(max), Some(engine)) = (size.max, facts.engine)
        && max.value > engine.replica_limit().0
    {
        let (max, at, limit, engine) = (max.value, max.at, engine.replica_limit(), engine.name());
        problems.tell(at, format!("max: {max} is more than the {limit} replicas that RDS lets a source on {engine} have: write {limit} or less"));
    }
}

/// The rules of a list, each with its place.
fn read_rules<R>(
    table: &mut Table<'_>,
    key: Key,
    problems: &mut Problems<'_>,
    parse: impl Fn(&str) -> Result<R, Vec<Fault>>,
) -> Option<Vec<Placed<R>>> {
    let Some(entry) = table.find(key) else { return Some(Vec::new()) };
    let mut rules = Vec::new();
    let mut right = true;
    for element in entry.list("a list of rules", problems)? {
        let Some(text) = element.text("rules in quotes", problems) else {
            right = false;
            continue;
        };
        match parse(text.value) {
            Ok(rule) => rules.push(Placed { value: rule, at: text.at }),
            Err(faults) => {
                right = false;
                for fault in faults {
                    let message = format!("{:?}: {}", text.value.trim(), fault.message);
                    problems.tell(text.place(fault.index), message);
                }
            }
        }
    }
    right.then_some(rules)
}

fn without_places<R>(rules: Vec<Placed<R>>) -> Vec<R> {
    rules.into_iter().map(|rule| rule.value).collect()
}

impl<T> PerDirection<Option<T>> {
    /// The values that are there, and those of `default` for the others.
    fn or(self, default: PerDirection<T>) -> PerDirection<T> {
        PerDirection { out: self.out.unwrap_or(default.out), in_: self.in_.unwrap_or(default.in_) }
    }
}

/// A table of two directions, either of which may be left out, as may the table.
fn read_directions<T>(
    table: &mut Table<'_>,
    key: Key,
    directions: Directions,
    problems: &mut Problems<'_>,
    read: impl Fn(&Entry<'_>, &mut Problems<'_>) -> Option<T>,
) -> Option<PerDirection<Option<T>>> {
    let Some(entry) = table.find(key) else {
        return Some(PerDirection { out: None, in_: None });
    };
    let mut table = entry.table(problems)?;
    let [out, in_] =
        directions.map(|key| table.find(key).map_or(Some(None), |entry| read(&entry, problems).map(Some)));
    table.tell_unknown_keys(problems);
    Some(PerDirection { out: out?, in_: in_? })
}

fn read_cooldown(
    table: &mut Table<'_>,
    facts: &Facts,
    problems: &mut Problems<'_>,
) -> Option<PerDirection<SignedDuration>> {
    let given = read_directions(table, COOLDOWN, PAUSES, problems, |entry, problems| {
        let value = duration::read(entry, &Allowed::ANY, problems)?;
        Some(Placed { value, at: entry.at() })
    })?;
    let out = given.out.map_or(defaults::COOLDOWN.out, |out| out.value);
    if let Some(pool_lifetime) = facts.pool_lifetime
        && out < pool_lifetime.value
    {
        let at = given.out.map_or(pool_lifetime.at, |out| out.at);
        let (out, pool) = (friendly(out), friendly(pool_lifetime.value));
        let which = if given.out.is_none() { " (the default)" } else { "" };
        problems.tell_of_whole(at, format!("cooldown.out: {out}{which} is less than pool_lifetime, {pool}: a new replica stays idle until pools recycle: write cooldown.out = \"{pool}\" or more"));
    }
    Some(PerDirection { out, in_: given.in_.map_or(defaults::COOLDOWN.in_, |in_| in_.value) })
}

fn read_rate(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<RateLimit> {
    let text = entry.text("a rate in quotes", problems)?;
    let mut tell = |index: usize, message: String| {
        problems.tell(text.place(index), format!("{}: {message}", entry.path));
        None
    };
    let Some((members, period)) = text.value.split_once(" per ") else {
        return tell(
            0,
            format!("{:?} is not a rate: write how many in how long, as \"2 per 15m\"", text.value),
        );
    };
    let digits = members.chars().all(|c| c.is_ascii_digit());
    let Some(members) = members.parse().ok().filter(|members| digits && *members > 0) else {
        return tell(0, format!("{members:?} is not a number of members: write 1 or more, as \"2 per 15m\""));
    };
    let period_at = text.value.len() - period.len();
    match duration::parse(period) {
        Ok(period) => match Allowed::POSITIVE.complaint(period) {
            None => Some(RateLimit { members: Count(members), period }),
            Some(complaint) => tell(period_at, complaint),
        },
        Err(fault) => tell(period_at + fault.index, fault.message),
    }
}

fn read_margin(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<Percent> {
    let text = entry.text("a percentage in quotes", problems)?;
    let complaint = match percent::parse(text.value) {
        Ok(margin) if margin.0 <= 50.0 => return Some(margin),
        Ok(margin) => format!("{margin} would hold every removal: write 50% or less"),
        Err(meant) => format!("a margin is a percentage: write \"{meant}\""),
    };
    problems.tell(text.at, format!("{}: {complaint}", entry.path));
    None
}

/// Targets that would stand still for ever.
fn tell_unreachable(
    scaling: &Scaling,
    min_at: usize,
    title: &str,
    title_at: usize,
    problems: &mut Problems<'_>,
) {
    let Scaling { scale_out, scale_in, track, windows, .. } = scaling;
    if scale_out.is_empty() && scale_in.is_empty() && track.is_empty() && windows.is_empty() {
        problems.tell_of_whole(
            title_at,
            format!("nothing would ever scale {title}: add scale_out and scale_in, track or windows"),
        );
        return;
    }
    let without_replicas = |rule: &ThresholdRule| match rule.signal {
        Signal::PrimaryCpu | Signal::PrimaryConnections | Signal::Connections => true,
        _ => false,
    };
    let opened = windows.iter().any(|window| window.min.is_some_and(|min| min > Count::ZERO));
    if scaling.min == Count::ZERO && !opened && !scale_out.iter().any(without_replicas) {
        problems.tell_of_whole(min_at, "min: with 0 replicas no rule of scale_out has a signal, so the target could never leave 0: add a rule on the primary, as \"primary cpu > 70% for 10m\", or write min = 1");
    }
}
