//! A direct command: how many tasks a service is to have for a while.

use jiff::{Timestamp, Zoned};
use serde_json::{Map, Value};
use tidegate_policy::names::TargetName;
use tidegate_policy::order::Order;
use tidegate_policy::units::Count;

use super::text::text;
use super::wake_up::{Orders, Trigger, WakeUp};
use super::{EventError, excerpt, foreign, orders};

/// What an event on a bus calls itself that carries a command in its `detail`.
const DETAIL_TYPE: &str = "Tidegate Command";

const KEYS: [&str; 7] = ["target", "count", "min", "max", "until", "clear", "dry_run"];

/// Whether this is a command: the key that says whose is what tells it from other orders.
pub(super) fn is_one(event: &Map<String, Value>) -> bool {
    event.contains_key("target")
}

/// Whether this is an event on a bus that carries an order.
pub(super) fn is_envelope(event: &Map<String, Value>) -> bool {
    text(event, "detail-type") == Some(DETAIL_TYPE)
}

/// Reads the order that an event on a bus carries. Who may put it there is for the bus's policy to say, as with the function's own.
///
/// Its `time` is when it was sent: EventBridge fills it in, or the sender. One that is late is refused with its target, not here.
pub(super) fn read_envelope(event: &Map<String, Value>) -> Result<WakeUp, EventError> {
    match event.get("detail") {
        Some(Value::Object(detail)) if is_one(detail) => {
            let sent_at = sent_at(event)?;
            let mut woken = read(detail)?;
            for (_, order) in woken.orders.iter_mut().flat_map(|orders| &mut orders.commands) {
                *order = order.clone().sent(sent_at);
            }
            Ok(woken)
        }
        Some(Value::Object(detail)) if orders::are_in(detail) => orders::read(detail),
        other => Err(EventError::WrongValue {
            key: "detail",
            wanted: "an object with a `target`, as {\"target\": \"api\", \"min\": 4}",
            found: other.map_or("missing", foreign::kind_of).to_owned(),
        }),
    }
}

/// Reads a command. What is not understood is an error: a capacity that was misread would be set.
pub(super) fn read(event: &Map<String, Value>) -> Result<WakeUp, EventError> {
    if let Some(key) = event.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(EventError::UnknownCommandKey { key: excerpt::name(key) });
    }
    let target = target(event)?;
    let dry_run = orders::dry_run(event)?;
    let (count, min, max) = (number(event, "count")?, number(event, "min")?, number(event, "max")?);
    let until = until(event)?;
    let hold = count.or(min).or(max).is_some();
    let order = match event.get("clear") {
        Some(Value::Bool(true)) if hold || until.is_some() => {
            return Err(EventError::UnclearCommand {
                why: "`clear` ends what stands and goes with no `count`, `min`, `max` or `until`",
            });
        }
        Some(Value::Bool(true)) => Order::Clear { sent_at: None },
        Some(other) => {
            let wanted = "true, or left out";
            return Err(EventError::WrongValue { key: "clear", wanted, found: shown(other) });
        }
        None if count.is_some() && min.or(max).is_some() => {
            return Err(EventError::UnclearCommand {
                why: "`count` is `min` and `max` in one, and goes with neither",
            });
        }
        None if !hold => {
            return Err(EventError::UnclearCommand {
                why: "it says of one `target` nothing that is to be: give `count`, `min`, `max` or `clear`; to look at some targets \
                      name them in `targets`, a list",
            });
        }
        None => Order::Hold { min: count.or(min), max: count.or(max), until, sent_at: None },
    };
    let orders = Orders { dry_run, targets: vec![target.clone()], commands: vec![(target, order)] };
    Ok(WakeUp { trigger: Trigger::Person, resources: Vec::new(), orders: Some(orders) })
}

/// When an event on a bus was sent. Without it a command could be any age.
fn sent_at(event: &Map<String, Value>) -> Result<Timestamp, EventError> {
    let value = event.get("time").unwrap_or(&Value::Null);
    value.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| EventError::WrongValue {
        key: "time",
        wanted: "when the event was sent, as EventBridge fills it in: 2026-11-27T20:00:00Z",
        found: match value {
            Value::Null => "missing".to_owned(),
            Value::String(text) => excerpt::of(text),
            other => shown(other),
        },
    })
}

fn target(event: &Map<String, Value>) -> Result<TargetName, EventError> {
    let value = event.get("target").unwrap_or(&Value::Null);
    let name = value.as_str().map(str::trim).filter(|name| !name.is_empty());
    name.map(TargetName::new).ok_or_else(|| EventError::WrongValue {
        key: "target",
        wanted: "the name of one target of the policy",
        found: foreign::kind_of(value).to_owned(),
    })
}

fn number(event: &Map<String, Value>, key: &'static str) -> Result<Option<Count>, EventError> {
    let Some(value) = event.get(key) else { return Ok(None) };
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    let wanted = "a whole number of tasks, 0 or more, without quotation marks";
    number.map(|number| Some(Count(number))).ok_or_else(|| EventError::WrongValue {
        key,
        wanted,
        found: shown(value),
    })
}

/// A moment that is the same everywhere: with an offset, Z or a zone in brackets.
fn until(event: &Map<String, Value>) -> Result<Option<Timestamp>, EventError> {
    let Some(value) = event.get("until") else { return Ok(None) };
    let moment = value.as_str().map(str::trim).and_then(|text| {
        text.parse::<Zoned>().map(|zoned| zoned.timestamp()).or_else(|_| text.parse::<Timestamp>()).ok()
    });
    moment.map(Some).ok_or_else(|| EventError::WrongValue {
        key: "until",
        wanted: "a time with its offset or zone, as 2026-11-27T20:00:00Z, 2026-11-27T20:00:00+01:00 or \
                 2026-11-27T20:00:00[Europe/Madrid]",
        found: match value {
            Value::String(text) => excerpt::of(text),
            other => shown(other),
        },
    })
}

/// A number as it stands, else the kind of value.
fn shown(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        other => foreign::kind_of(other).to_owned(),
    }
}
