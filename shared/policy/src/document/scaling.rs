//! The keys of scaling, which every kind of target shares.

use jiff::SignedDuration;

use super::calendar::Calendars;
use super::duration::{self, Allowed};
use super::facts::{Facts, MOST_TASKS};
use super::place::Placed;
use super::problems::Problems;
use super::rule::{self, Role};
use super::table::{Entry, Key, Table};
use super::text::Fault;
use super::window::{self, Bounds};
use super::{defaults, forecast, order, percent, rate};
use crate::policy::{PerDirection, Scaling};
use crate::units::{Count, Percent, friendly};

const MIN: &str = "min";
const MAX: Key = Key { name: "max", example: "5" };
const EVALUATE_EVERY: Key = Key { name: "evaluate_every", example: "\"5m\"" };
/// Where a kind tracks nothing.
const TRACK: Key = Key { name: "track", example: "[]" };
const WINDOWS: Key = Key {
    name: "windows",
    example: "[{ days = \"mon-fri\", from = \"08:00\", to = \"20:00\", zone = \"Europe/Madrid\", min = 2 }]",
};
const STABILIZATION: Key = Key { name: "stabilization", example: "{ out = \"0s\", in = \"5m\" }" };
const RATE_LIMIT: Key = Key { name: "rate_limit", example: "{ out = \"2 per 15m\", in = \"1 per 30m\" }" };
const AT_MAXIMUM_FOR: Key = Key { name: "at_maximum_for", example: "\"15m\"" };
const OVERRIDE_FOR: Key = Key { name: "override_for", example: "\"1h\"" };
const MARGIN: Key = Key { name: "margin", example: "\"10%\"" };

const OVERRIDE: Allowed = Allowed {
    least: SignedDuration::from_mins(1),
    most: SignedDuration::from_hours(7 * 24),
    step: SignedDuration::from_secs(1),
    why_not_more: "what is to last belongs into the policy, so ",
};

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
    /// Reads both; `least` is a `min` that is right.
    pub(super) fn read(table: &mut Table<'_>, least: &'static str, problems: &mut Problems<'_>) -> Size {
        let key = Key { name: MIN, example: least };
        let min = table.need(key, problems).and_then(|entry| entry.number(0, u32::MAX, problems));
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

    /// Bounds for windows of a target of which `facts` are known; where the target's own contradict each other, only those of its kind.
    fn bounds(&self, facts: &Facts) -> Bounds {
        let (min, max, nodes) = (self.min(), self.max(), facts.nodes());
        if min.zip(max).is_some_and(|(min, max)| min > max) {
            Bounds { min: None, max: None, nodes }
        } else {
            Bounds { min, max, nodes }
        }
    }
}

/// Reads the keys of scaling.
pub(super) fn read(
    table: &mut Table<'_>,
    size: &Size,
    facts: &Facts,
    calendars: &Calendars<'_>,
    problems: &mut Problems<'_>,
) -> Option<Scaling> {
    tell_beyond_quota(size, facts, problems);
    tell_impossible_nodes(size, facts, problems);
    let examples = facts.examples();
    let minutes = Allowed {
        least: SignedDuration::from_mins(1),
        most: SignedDuration::from_hours(1),
        step: SignedDuration::from_mins(1),
        why_not_more: "load changes faster than that, so ",
    };
    let evaluate_every = table
        .find(EVALUATE_EVERY)
        .map_or(Some(defaults::EVALUATE_EVERY), |entry| duration::read(&entry, &minutes, problems));
    let rules = |table: &mut Table<'_>, key, role, problems: &mut Problems<'_>| {
        read_rules(table, key, problems, |text| rule::threshold(text, role, facts, size.max()))
    };
    let scale_out = rules(table, examples.scale_out, Role::ScaleOut, problems);
    let scale_in = rules(table, examples.scale_in, Role::ScaleIn, problems);
    let alert = rules(table, examples.alert, Role::Alert, problems);
    let track = match &examples.track {
        Some(tracking) => {
            read_rules(table, tracking.key, problems, |text| rule::tracking(text, facts, tracking))
        }
        None => refuse_tracking(table, problems),
    };
    let windows = table.find(WINDOWS).map_or(Some(Vec::new()), |entry| {
        let elements = entry.list("a list of windows", problems)?;
        let bounds = size.bounds(facts);
        let read: Vec<_> =
            elements.iter().map(|window| window::read(window, bounds, calendars, problems)).collect();
        read.into_iter().collect()
    });
    let cooldown = read_cooldown(table, facts, problems);
    let stabilization = read_directions(table, STABILIZATION, PAUSES, problems, |entry, problems| {
        duration::read(entry, &Allowed::ANY, problems)
    })
    .map(|given| given.or(defaults::STABILIZATION));
    let rate_limit = read_directions(table, RATE_LIMIT, RATES, problems, rate::read);
    let at_maximum_for = table
        .find(AT_MAXIMUM_FOR)
        .map_or(Some(defaults::AT_MAXIMUM_FOR), |entry| duration::read(&entry, &Allowed::ANY, problems));
    let margin = table.find(MARGIN).map_or(Some(defaults::MARGIN), |entry| read_margin(&entry, problems));
    let override_for = table
        .find(OVERRIDE_FOR)
        .map_or(Some(defaults::OVERRIDE_FOR), |entry| duration::read(&entry, &OVERRIDE, problems));

    if let (Some(scale_out), Some(scale_in), Some(track)) = (&scale_out, &scale_in, &track) {
        order::tell_overlaps(scale_out, scale_in, track, problems);
    }
    let forecast = match table.find(forecast::FORECAST) {
        Some(entry) => forecast::read(&entry, problems).map(|read| Some((read, entry.at()))),
        None => Some(None),
    };
    let min = size.min();
    let (forecast, forecast_at) = forecast?.unzip();
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
        at_maximum_for: at_maximum_for?,
        forecast,
        override_for: override_for?,
    };
    if let Some(at) = forecast_at {
        forecast::tell_without_floor(&scaling, facts, at, table.title(), problems);
    }
    tell_unreachable(&scaling, facts, size.min.map_or(table.at, |min| min.at), table, problems);
    Some(scaling)
}

fn tell_beyond_quota(size: &Size, facts: &Facts, problems: &mut Problems<'_>) {
    let Some(Placed { value: max, at }) = size.max else { return };
    let (limit, what) = match facts {
        Facts::RdsReplicas { engine: Some(engine), .. } => {
            let limit = engine.replica_limit().0;
            (limit, format!("{limit} replicas that RDS lets a source on {} have", engine.name()))
        }
        Facts::RdsReplicas { engine: None, .. } | Facts::RedisNodes { .. } => return,
        Facts::EcsService { .. } => (MOST_TASKS, format!("{MOST_TASKS} tasks that ECS lets a service run")),
    };
    if max > limit {
        problems.tell(at, format!("max: {max} is more than the {what}: write {limit} or less"));
    }
}

/// Bounds between which no group can be, be it for its make or for its own bounds of shards and replicas.
fn tell_impossible_nodes(size: &Size, facts: &Facts, problems: &mut Problems<'_>) {
    let Some(nodes) = facts.nodes() else { return };
    let min = size.min.and_then(|min| Some((min.at, MIN, nodes.complaint_of_min(Count(min.value))?)));
    let max = size.max.and_then(|max| Some((max.at, MAX.name, nodes.complaint_of_max(Count(max.value))?)));
    for (at, key, complaint) in [min, max].into_iter().flatten() {
        problems.tell(at, format!("{key}: {complaint}"));
    }
}

/// Of a kind that tracks nothing; the key is only known where it is written, so that no message offers it.
fn refuse_tracking<R>(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Option<Vec<R>> {
    if !table.has(TRACK) {
        return Some(Vec::new());
    }
    let entry = table.find(TRACK)?;
    problems.tell(entry.key_at(), "track: ElastiCache's own auto scaling tracks, and this kind is for what that does not: remove it, and write scale_out and scale_in");
    None
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
    let (default, key) = (facts.cooldown(), facts.examples().cooldown);
    let given = read_directions(table, key, PAUSES, problems, |entry, problems| {
        let value = duration::read(entry, &Allowed::ANY, problems)?;
        Some(Placed { value, at: entry.at() })
    })?;
    let out = given.out.map_or(default.out, |out| out.value);
    if let Facts::RdsReplicas { pool_lifetime: Some(pool_lifetime), .. } = *facts
        && out < pool_lifetime.value
    {
        let at = given.out.map_or(pool_lifetime.at, |out| out.at);
        let (out, pool) = (friendly(out), friendly(pool_lifetime.value));
        let which = if given.out.is_none() { " (the default)" } else { "" };
        problems.tell_of_whole(at, format!("cooldown.out: {out}{which} is less than pool_lifetime, {pool}: a new replica stays idle until pools recycle: write cooldown.out = \"{pool}\" or more"));
    }
    Some(PerDirection { out, in_: given.in_.map_or(default.in_, |in_| in_.value) })
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

/// Targets that would stand still for ever, or only ever grow.
fn tell_unreachable(
    scaling: &Scaling,
    facts: &Facts,
    min_at: usize,
    table: &Table<'_>,
    problems: &mut Problems<'_>,
) {
    let Scaling { scale_out, scale_in, track, windows, .. } = scaling;
    let (service, event) = match *facts {
        Facts::RdsReplicas { .. } | Facts::RedisNodes { .. } => (false, false),
        Facts::EcsService { event, .. } => (true, event),
    };
    let title = table.title();
    if scale_out.is_empty() && scale_in.is_empty() && track.is_empty() && windows.is_empty() && !event {
        let mend = match facts {
            Facts::RdsReplicas { .. } => "scale_out and scale_in, track or windows",
            Facts::EcsService { .. } => "scale_out and scale_in, track, windows or an [[event]]",
            Facts::RedisNodes { .. } => "scale_out and scale_in, or windows",
        };
        problems.tell_of_whole(table.at, format!("nothing would ever scale {title}: add {mend}"));
        return;
    }
    let none_removes = scale_in.is_empty() && track.is_empty() && scaling.forecast.is_none();
    if service && !scale_out.is_empty() && none_removes {
        let example = facts.examples().scale_in.example;
        let mend = format!("add scale_in, as scale_in = {example}, or track");
        let message = format!("nothing would ever remove what scale_out adds to {title}: {mend}");
        problems.tell_of_whole(table.at, message);
    }
    let opened = event || windows.iter().any(|window| window.min.is_some_and(|min| min > Count::ZERO));
    let mut signals = scale_out.iter().map(|rule| rule.signal).chain(track.iter().map(|rule| rule.signal));
    if scaling.min == Count::ZERO && !opened && !signals.any(|signal| facts.speaks_at_zero(signal)) {
        let message = match facts {
            Facts::RdsReplicas { .. } => {
                "min: with 0 replicas no rule of scale_out has a signal, so the target could never leave 0: add a rule on the primary, as \"primary cpu > 70% for 10m\", or write min = 1"
            }
            Facts::EcsService { .. } => {
                "min: with 0 tasks only a queue has a signal, so the target could never leave 0: add a rule on its queue, as track = [\"backlog per task at 25\"], or a window with a min of 1 or more, or write min = 1"
            }
            // Told already: a group has its primary.
            Facts::RedisNodes { .. } => return,
        };
        problems.tell_of_whole(min_at, message);
    }
}
