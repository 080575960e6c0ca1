//! The tables `[[notify]]`: which channel is told of whose alerts, and in which parameter its secret lies.

use super::event::Named;
use super::place::Placed;
use super::problems::Problems;
use super::spelling::{did_you_mean, listed};
use super::table::{Entry, Key, Table};
use super::text::Text;
use crate::names::{ParameterName, SlackChannel, TargetName};
use crate::policy::{Channel, Notify, PagerDutyRegion};
use crate::severity::Severity;

const CHANNEL: Key = Key { name: "channel", example: "\"slack\"" };
const SECRET: Key = Key { name: "secret", example: "\"ssm:/tidegate/production/slack\"" };
const SEVERITY: Key = Key { name: "severity", example: "\"warning\"" };
const TARGETS: Key = Key { name: "targets", example: "[\"api\"]" };
const REGION: Key = Key { name: "region", example: "\"eu\"" };
const CHANNEL_ID: Key = Key { name: "channel_id", example: "\"C0123456789\"" };

const CHANNELS: [&str; 4] = ["slack", "pagerduty", "amazon-q", "https"];

/// The secrets of all channels are read in one call: Systems Manager's GetParameters takes ten names.
const MOST: usize = 10;

/// Reads all of them; `known` are all targets of the document, right or not.
pub(super) fn read_all(
    elements: &[Entry<'_>],
    known: &[Named<'_>],
    problems: &mut Problems<'_>,
) -> Option<Vec<Notify>> {
    if let Some(beyond) = elements.get(MOST) {
        let count = elements.len();
        problems.tell(beyond.at(), format!("notify: {count} channels are too many: write up to {MOST}"));
    }
    let read: Vec<Option<Notify>> = elements.iter().map(|entry| read(entry, known, problems)).collect();
    for (index, (notify, entry)) in read.iter().zip(elements).enumerate() {
        let Some(notify) = notify else { continue };
        let same = |earlier: &Notify| {
            earlier.channel == notify.channel && earlier.secret == notify.secret && overlap(earlier, notify)
        };
        if let Some(first) = read[..index].iter().position(|earlier| earlier.as_ref().is_some_and(same)) {
            let line = problems.line(elements[first].at());
            problems.tell(entry.at(), format!("notify: this is the channel of line {line} again, which would be told twice of the same targets: write one table for both, or other targets"));
        }
    }
    read.into_iter().collect()
}

/// Whether a target is told of by both.
fn overlap(one: &Notify, other: &Notify) -> bool {
    match (&one.targets, &other.targets) {
        (Some(one), Some(other)) => one.iter().any(|target| other.contains(target)),
        _ => true,
    }
}

fn read(entry: &Entry<'_>, known: &[Named<'_>], problems: &mut Problems<'_>) -> Option<Notify> {
    let mut table = entry.table(problems)?.titled("the notify table", "notify.");
    let name = table.need(CHANNEL, problems).and_then(|entry| read_channel(&entry, problems));
    if let Some(name) = name {
        table = table.titled(format!("the notify table of {name:?}"), "notify.");
    }
    let channel = match name {
        Some("slack") => read_slack_channel(&mut table, problems).map(|id| Channel::Slack { id }),
        Some("pagerduty") => read_region(&mut table, problems).map(|region| Channel::PagerDuty { region }),
        Some("amazon-q") => Some(Channel::AmazonQ),
        Some("https") => Some(Channel::Https),
        _ => None,
    };
    let secret = read_secret(&mut table, name, problems);
    let default = if name == Some("pagerduty") { Severity::Critical } else { Severity::Warning };
    let severity = table.find(SEVERITY).map_or(Some(default), |entry| read_severity(&entry, problems));
    let targets = table.find(TARGETS).map_or(Some(None), |entry| read_targets(&entry, known, problems));
    // What the unknown channel needs is not known either.
    if name.is_some() {
        table.tell_unknown_keys(problems);
    }
    Some(Notify { channel: channel?, secret: secret?, severity: severity?, targets: targets? })
}

fn read_channel(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<&'static str> {
    let text = entry.text("a channel in quotes", problems)?;
    let found = CHANNELS.into_iter().find(|name| *name == text.value);
    if found.is_none() {
        let mend = did_you_mean(text.value, CHANNELS)
            .unwrap_or_else(|| format!(": write {}", listed(CHANNELS, "or")));
        problems.tell(text.at, format!("{}: unknown channel {:?}{mend}", entry.path, text.value));
    }
    found
}

/// The parameter of the secret. What is written instead of one is never quoted: it may be the secret itself.
fn read_secret(
    table: &mut Table<'_>,
    channel: Option<&str>,
    problems: &mut Problems<'_>,
) -> Option<Option<ParameterName>> {
    if channel == Some("amazon-q") {
        if let Some(entry) = table.find(SECRET) {
            let message = format!(
                "{}: Amazon Q Developer is told by a topic of the stack and has no secret: remove it",
                entry.path
            );
            problems.tell(entry.key_at(), message);
            return None;
        }
        return Some(None);
    }
    let entry = table.need(SECRET, problems)?;
    let name = entry.text("the name of a parameter in quotes", problems)?;
    match parameter(name.value) {
        Ok(name) => Some(Some(name)),
        Err(complaint) => {
            problems.tell(name.at, format!("{}: {complaint}, as {}", entry.path, SECRET.example));
            None
        }
    }
}

/// The parameter, or what is wrong (Systems Manager API reference, PutParameter: the shape of names).
fn parameter(secret: &str) -> Result<ParameterName, &'static str> {
    let Some(name) = secret.strip_prefix("ssm:") else {
        return Err(
            "a secret never stands in a policy: put it into a SecureString of Systems Manager, and write ssm: and its name",
        );
    };
    let levels = name.split('/').count() - 1;
    let right = name.starts_with('/')
        && name.len() <= 900
        && levels <= 15
        && name.split('/').skip(1).all(|level| !level.is_empty())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
    if !right {
        return Err(
            "the name of a parameter is up to 15 levels of letters, digits and . - _ that each begin with a slash: write one",
        );
    }
    let lower = name.to_ascii_lowercase();
    if ["/aws", "/ssm"].iter().any(|reserved| lower.starts_with(reserved)) {
        return Err("names that begin with /aws or /ssm are AWS's own: write another");
    }
    Ok(ParameterName::new(name))
}

fn read_severity(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<Severity> {
    let text = entry.text("a severity in quotes", problems)?;
    let found = Severity::named(text.value);
    if found.is_none() {
        let names = || Severity::ALL.into_iter().map(Severity::name);
        let mend =
            did_you_mean(text.value, names()).unwrap_or_else(|| format!(": write {}", listed(names(), "or")));
        problems.tell(text.at, format!("{}: unknown severity {:?}{mend}", entry.path, text.value));
    }
    found
}

fn read_region(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Option<PagerDutyRegion> {
    let Some(entry) = table.find(REGION) else { return Some(PagerDutyRegion::Us) };
    let text = entry.text("\"us\" or \"eu\"", problems)?;
    match text.value {
        "us" => Some(PagerDutyRegion::Us),
        "eu" => Some(PagerDutyRegion::Eu),
        other => {
            problems.tell(text.at, format!("{}: {other:?} is no service region of PagerDuty: write \"eu\" for an account whose address has .eu. in it, else \"us\"", entry.path));
            None
        }
    }
}

fn read_slack_channel(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Option<Option<SlackChannel>> {
    let Some(entry) = table.find(CHANNEL_ID) else { return Some(None) };
    let text = entry.text("the id of a channel in quotes", problems)?;
    let right = (9..=12).contains(&text.value.len())
        && text.value.starts_with(['C', 'G'])
        && text.value.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    if !right {
        problems.tell(text.at, format!("{}: {:?} is no id of a channel: write the one at the end of the channel's details in Slack, as {}", entry.path, text.value, CHANNEL_ID.example));
        return None;
    }
    Some(Some(SlackChannel::new(text.value)))
}

fn read_targets(
    entry: &Entry<'_>,
    known: &[Named<'_>],
    problems: &mut Problems<'_>,
) -> Option<Option<Vec<TargetName>>> {
    let elements = entry.list("a list of targets", problems)?;
    if elements.is_empty() {
        let message =
            format!("{}: no target is named: write one or more, or leave it out for all", entry.path);
        problems.tell(entry.at(), message);
        return None;
    }
    let mut named: Vec<Placed<&str>> = Vec::new();
    let mut right = true;
    for element in &elements {
        let Some(Text { value, at, .. }) = element.text("the name of a target in quotes", problems) else {
            right = false;
            continue;
        };
        if named.iter().any(|other| other.value == value) {
            let path = &entry.path;
            problems.tell(at, format!("{path}: {value:?} is named twice: name each target once"));
            right = false;
        } else if !known.iter().any(|target| target.name == value) {
            let names = || known.iter().map(|target| target.name);
            let mend =
                did_you_mean(value, names()).unwrap_or_else(|| format!(": write {}", listed(names(), "or")));
            problems.tell_of_whole(at, format!("{}: there is no target {value:?}{mend}", entry.path));
            right = false;
        }
        named.push(Placed { value, at });
    }
    right.then(|| Some(named.into_iter().map(|name| TargetName::new(name.value)).collect()))
}
