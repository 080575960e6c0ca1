//! Planned events: times of known load, each given to the targets that it names.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::duration::{self, Allowed};
use super::facts::MOST_TASKS;
use super::identifier::{checked_text, event_complaint, url_complaint};
use super::moment::{self, Moment};
use super::place::Placed;
use super::problems::Problems;
use super::spelling::{did_you_mean, listed};
use super::table::{Entry, Key, Table};
use super::text::Text;
use super::{defaults, percent, rate, zone};
use crate::policy::{PlannedEvent, Target, TargetKind, Warm};
use crate::units::{Count, Percent};

const NAME: Key = Key { name: "name", example: "\"black friday\"" };
const TARGET: Key = Key { name: "target", example: "\"api\"" };
const TARGETS: Key = Key { name: "targets", example: "[\"api\", \"web\"]" };
const FROM: Key = Key { name: "from", example: "\"2026-11-27 18:00\"" };
const TO: Key = Key { name: "to", example: "\"2026-11-28 02:00\"" };
const ZONE: Key = Key { name: "zone", example: "\"Europe/Madrid\"" };
const EXPECTED: Key = Key { name: "requests_per_minute", example: "5000" };
const PER_TASK: Key = Key { name: "requests_per_task", example: "500" };
const BUFFER: Key = Key { name: "buffer", example: "\"20%\"" };
const LEAD: Key = Key { name: "lead", example: "\"1h\"" };
const MAX: Key = Key { name: "max", example: "12" };
const DESCENT: Key = Key { name: "descent", example: "\"2 per 10m\"" };
const WARM: Key = Key { name: "warm", example: "\"https://api.example.com/health\"" };
const WARM_REQUESTS: Key = Key { name: "warm_requests", example: "50" };

const EARLIER: Allowed = Allowed {
    most: SignedDuration::from_hours(24),
    why_not_more: "a day before is a window's work, so ",
    ..Allowed::ANY
};

/// An event of the document, and whom it is for.
pub(super) struct Event<'d> {
    /// The targets that it names.
    targets: Vec<Text<'d>>,
    /// Where it is written.
    at: usize,
    /// Its name, or that it has none.
    title: String,
    planned: Option<PlannedEvent>,
    max_at: Option<usize>,
}

impl Event<'_> {
    /// Whether it names the target.
    pub(super) fn names(&self, target: &str) -> bool {
        self.targets.iter().any(|named| named.value == target)
    }
}

/// What is known of a target that an event may name, be the rest of it right or not.
pub(super) struct Named<'d> {
    /// Its name.
    pub(super) name: &'d str,
    /// Whether it is an ECS service; `None` where its kind is not known.
    pub(super) service: Option<bool>,
}

/// Reads one event.
pub(super) fn read<'d>(entry: &Entry<'d>, problems: &mut Problems<'_>) -> Option<Event<'d>> {
    let mut table = entry.table(problems)?.titled("the event", "event.");
    let at = table.at;
    let name = table
        .need(NAME, problems)
        .and_then(|entry| checked_text(&entry, "an event's name", event_complaint, problems));
    if let Some(name) = name {
        table = table.titled(format!("event {:?}", name.value), "event.");
    }
    let targets = read_targets(&mut table, problems);
    let from = table.need(FROM, problems).and_then(|entry| moment::read(&entry, problems));
    let to = table.need(TO, problems).and_then(|entry| moment::read(&entry, problems));
    let span = read_span(&mut table, from, to, problems);
    let expected = table.need(EXPECTED, problems).and_then(|entry| entry.number(1, u32::MAX, problems));
    let per_task = table.find(PER_TASK).map_or(Some(defaults::REQUESTS_PER_TASK), |entry| {
        entry.number(1, u32::MAX, problems).map(|per_task| per_task.value)
    });
    let buffer = table.find(BUFFER).map_or(Some(defaults::BUFFER), |entry| read_buffer(&entry, problems));
    let lead =
        table.find(LEAD).map_or(Some(defaults::LEAD), |entry| duration::read(&entry, &EARLIER, problems));
    let max = table.find(MAX).map_or(Some(None), |entry| entry.number(1, MOST_TASKS, problems).map(Some));
    let descent = table.find(DESCENT).map_or(Some(defaults::DESCENT), |entry| rate::read(&entry, problems));
    let warm = read_warm(&mut table, problems);
    table.tell_unknown_keys(problems);

    let title = table.title().to_owned();
    let planned = || {
        let (from, to) = span?;
        Some(PlannedEvent {
            name: name?.value.to_owned(),
            from,
            to,
            expected: expected?.value,
            per_task: per_task?,
            buffer: buffer?,
            lead: lead?,
            max: max?.map(|max| Count(max.value)),
            descent: descent?,
            warm: warm?,
        })
    };
    let max_at = max.flatten().map(|max| max.at);
    Some(Event { targets, at, title, planned: planned(), max_at })
}

fn read_targets<'d>(table: &mut Table<'d>, problems: &mut Problems<'_>) -> Vec<Text<'d>> {
    const EXPECTED: &str = "the name of a target in quotes";
    let (one, many) = (table.find(TARGET), table.find(TARGETS));
    if let (Some(_), Some(many)) = (&one, &many) {
        let message = "event.targets: the event has both \"target\" and \"targets\": remove one of them";
        problems.tell(many.key_at(), message);
    }
    let mut named: Vec<Text<'d>> = one.and_then(|entry| entry.text(EXPECTED, problems)).into_iter().collect();
    let Some(many) = many else {
        if named.is_empty() && !table.has(TARGET) {
            let message = format!(
                "{} has no \"target\": add it, as {} = {}",
                table.title(),
                TARGET.name,
                TARGET.example
            );
            problems.tell_of_whole(table.at, message);
        }
        return named;
    };
    let Some(elements) = many.list("a list of targets", problems) else { return named };
    if elements.is_empty() {
        problems.tell(many.at(), "event.targets: no target is named: write one or more, as [\"api\"]");
    }
    for element in elements {
        let Some(text) = element.text(EXPECTED, problems) else { continue };
        if named.iter().any(|other| other.value == text.value) {
            let message = format!("event.targets: {:?} is named twice: name each target once", text.value);
            problems.tell(text.at, message);
        } else {
            named.push(text);
        }
    }
    named
}

/// When it begins and when it is over.
fn read_span(
    table: &mut Table<'_>,
    from: Option<Placed<Moment>>,
    to: Option<Placed<Moment>>,
    problems: &mut Problems<'_>,
) -> Option<(Timestamp, Timestamp)> {
    let zone: Option<(usize, Option<TimeZone>)> =
        table.find(ZONE).map(|entry| (entry.key_at(), zone::read(&entry, problems)));
    let moments = [("from", from), ("to", to)];
    let exact = |moment: &Placed<Moment>| matches!(moment.value, Moment::Exact(_));
    match &zone {
        Some((at, _)) if moments.iter().all(|(_, moment)| moment.as_ref().is_some_and(exact)) => {
            let message =
                "event.zone: from and to have offsets of their own: remove zone, or write them without";
            problems.tell(*at, message);
            return None;
        }
        Some(_) => {}
        None => {
            for (key, moment) in moments {
                if let Some(moment) = moment.filter(|moment| !exact(moment)) {
                    let message = format!(
                        "event.{key}: in which zone? add zone = \"Europe/Madrid\", or an offset, as \"2026-11-27T18:00:00+01:00\""
                    );
                    problems.tell_of_whole(moment.at, message);
                }
            }
        }
    }
    let (from, to) = (from?, to?);
    let zone = zone.and_then(|(_, zone)| zone);
    let mut instant = |key: &str, moment: &Placed<Moment>| {
        let instant = moment.value.instant(zone.as_ref());
        // Only the very ends of representable time cannot be converted.
        if instant.is_none() && zone.is_some() {
            problems
                .tell(moment.at, format!("event.{key}: this is beyond any calendar: write an earlier time"));
        }
        instant
    };
    let (begins, ends) = (instant("from", &from)?, instant("to", &to)?);
    if ends <= begins {
        let message = format!("event.to: {ends} is not after from, {begins}: write a later time");
        problems.tell(to.at, message);
        return None;
    }
    Some((begins, ends))
}

fn read_buffer(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<Percent> {
    let text = entry.text("a percentage in quotes", problems)?;
    let complaint = match percent::parse(text.value) {
        Ok(buffer) if buffer.0 <= 200.0 => return Some(buffer),
        Ok(buffer) => format!("{buffer} is more than the load itself twice over: write 200% or less"),
        Err(meant) => format!("a buffer is a percentage: write \"{meant}\""),
    };
    problems.tell(text.at, format!("{}: {complaint}", entry.path));
    None
}

fn read_warm(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Option<Option<Warm>> {
    let url = table
        .find(WARM)
        .map(|entry| checked_text(&entry, "an address", url_complaint, problems).map(|url| url.value));
    let requests = table.find(WARM_REQUESTS).map(|entry| (entry.key_at(), entry.number(1, 1_000, problems)));
    match (url, requests) {
        (None, None) => Some(None),
        (None, Some((at, _))) => {
            let message = format!("event.warm_requests: requests to where? add warm = {}", WARM.example);
            problems.tell_of_whole(at, message);
            None
        }
        (Some(url), requests) => {
            let requests = match requests {
                Some((_, requests)) => requests.map(|requests| requests.value),
                None => Some(defaults::WARM_REQUESTS),
            };
            Some(Some(Warm { url: url?.to_owned(), requests: requests? }))
        }
    }
}

/// Gives every event to the targets that it names. `known` are all targets of the document, right or not; `targets` those that are right.
pub(super) fn give(
    events: Vec<Event<'_>>,
    known: &[Named<'_>],
    targets: &mut [&mut Target],
    problems: &mut Problems<'_>,
) {
    for event in events {
        for named in &event.targets {
            let Some(found) = known.iter().find(|target| target.name == named.value) else {
                tell_unknown(&event, *named, known, problems);
                continue;
            };
            if found.service == Some(false) {
                let message = format!(
                    "{}: target {:?} is no ECS service, and only those have planned events: write a capacity window instead",
                    event.title, named.value
                );
                problems.tell(named.at, message);
                continue;
            }
            let target = targets.iter_mut().find(|target| target.name.as_str() == named.value);
            let (Some(target), Some(planned)) = (target, &event.planned) else { continue };
            tell_too_large(&event, planned, target, problems);
            let TargetKind::EcsService(service) = &mut target.kind else { continue };
            if service.events.iter().any(|other| other.name == planned.name) {
                let message =
                    format!("target {:?} has another {}: write another name", named.value, event.title);
                problems.tell(event.at, message);
            }
            service.events.push(planned.clone());
        }
    }
}

fn tell_unknown(event: &Event<'_>, named: Text<'_>, known: &[Named<'_>], problems: &mut Problems<'_>) {
    let services = || known.iter().filter(|target| target.service != Some(false)).map(|target| target.name);
    let mend = match did_you_mean(named.value, services()) {
        Some(meant) => meant,
        None if services().next().is_none() => ": add a [[target]] of kind = \"ecs-service\"".to_owned(),
        None => format!(": write {}", listed(services(), "or")),
    };
    problems.tell_of_whole(named.at, format!("{}: there is no target {:?}{mend}", event.title, named.value));
}

/// Tells an event that cannot have the tasks that it needs.
fn tell_too_large(event: &Event<'_>, planned: &PlannedEvent, target: &Target, problems: &mut Problems<'_>) {
    let PlannedEvent { expected, per_task, buffer, .. } = planned;
    let (needed, max, name) = (planned.tasks(), target.scaling.max, &target.name);
    let sum = format!("{needed} tasks ({expected} / {per_task} + {buffer})");
    let title = &event.title;
    if needed.0 > MOST_TASKS {
        problems.tell(event.at, format!("{title} needs {sum}, and ECS lets a service run {MOST_TASKS}: lower requests_per_minute, or raise requests_per_task"));
        return;
    }
    match (planned.max, event.max_at) {
        (Some(lifted), Some(at)) if lifted < max => {
            problems.tell(at, format!("event.max: {lifted} is below the max of {max} of target \"{name}\", which an event never lowers: write {max} or more, or leave it out"));
        }
        (Some(lifted), Some(at)) if needed > lifted => {
            problems.tell(at, format!("event.max: {title} needs {sum} of target \"{name}\" and its max is {lifted}: write max = {needed}, or lower requests_per_minute or buffer"));
        }
        (None, _) if needed > max => {
            problems.tell_of_whole(event.at, format!("{title} needs {sum} of target \"{name}\", whose max is {max}: write max = {needed} in the event, or lower requests_per_minute or buffer"));
        }
        _ => {}
    }
}
