//! A direct command: bounds for a while, or a pause, of one target, of several or of all.

use jiff::{SignedDuration, Timestamp, Zoned};
use serde_json::{Map, Value};
use tidegate_policy::document::duration_of;
use tidegate_policy::names::TargetName;
use tidegate_policy::order::{LONGEST, Order, Until};
use tidegate_policy::pause::Paused;
use tidegate_policy::units::Count;

use super::text::text;
use super::wake_up::{Addressee, Command, Orders, Trigger, WakeUp};
use super::{EventError, excerpt, foreign, orders};

/// What an event on a bus calls itself that carries a command in its `detail`.
const DETAIL_TYPE: &str = "Tidegate Command";

const KEYS: [&str; 11] =
    ["target", "targets", "count", "min", "max", "clear", "pause", "resume", "until", "for", "dry_run"];

/// What would be over as soon as it is seen is a slip.
const SHORTEST: SignedDuration = SignedDuration::from_mins(1);

/// Whether this is a command: it says whose, or what is to be. An order of another sort does neither.
pub(super) fn is_one(event: &Map<String, Value>) -> bool {
    ["target", "count", "pause", "resume"].iter().any(|key| event.contains_key(*key))
        || (event.contains_key("targets")
            && ["min", "max", "clear"].iter().any(|key| event.contains_key(*key)))
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
            if let Some(orders) = &mut woken.orders {
                orders.by_bus = true;
                if let Some(command) = &mut orders.command {
                    command.order = command.order.clone().sent(sent_at);
                }
            }
            Ok(woken)
        }
        Some(Value::Object(detail)) if orders::are_in(detail) => {
            let mut woken = orders::read(detail)?;
            woken.orders.iter_mut().for_each(|orders| orders.by_bus = true);
            Ok(woken)
        }
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
    let order = order(event)?;
    let (targets, to) = addressee(event, &order)?;
    let command = Some(Command { order, to });
    let orders = Orders { dry_run: orders::dry_run(event)?, targets, command, by_bus: false };
    Ok(WakeUp { trigger: Trigger::Person, resources: Vec::new(), orders: Some(orders) })
}

/// What is asked: bounds, a pause, or the end of either.
fn order(event: &Map<String, Value>) -> Result<Order, EventError> {
    let (count, min, max) = (number(event, "count")?, number(event, "min")?, number(event, "max")?);
    let (clear, resume, what) = (flag(event, "clear")?, flag(event, "resume")?, paused(event)?);
    let until = until(event)?;
    let hold = count.or(min).or(max).is_some();
    let unclear = |why| Err(EventError::UnclearCommand { why });
    if count.is_some() && min.or(max).is_some() {
        return unclear("`count` is `min` and `max` in one, and goes with neither");
    }
    match (hold, what, clear, resume) {
        (true, None, false, false) => {
            Ok(Order::Hold { min: count.or(min), max: count.or(max), until, sent_at: None })
        }
        (false, Some(what), false, false) => Ok(Order::Pause { what, until, sent_at: None }),
        (false, None, true, false) if until.is_none() => Ok(Order::Clear { sent_at: None }),
        (false, None, false, true) if until.is_none() => Ok(Order::Resume { sent_at: None }),
        (false, None, false, false) => unclear(
            "it says of one `target` nothing that is to be: give `count`, `min`, `max`, `clear`, `pause` or `resume`; to look at some \
             targets name them in `targets`, a list",
        ),
        (_, None, true, false) => {
            unclear("`clear` ends what stands and goes with no `count`, `min`, `max`, `until` or `for`")
        }
        (_, None, false, true) => {
            unclear("`resume` ends a pause and goes with no `count`, `min`, `max`, `until` or `for`")
        }
        (_, _, _, _) => {
            unclear("`pause`, `resume`, `clear` and bounds are each a command of its own: send one of them")
        }
    }
}

/// To whom it is.
fn addressee(event: &Map<String, Value>, order: &Order) -> Result<(Vec<TargetName>, Addressee), EventError> {
    match (event.get("target"), event.get("targets")) {
        (Some(_), Some(_)) => Err(EventError::UnclearCommand {
            why: "`target` is one and `targets` are several: send one of the two keys",
        }),
        (Some(target), None) => Ok((vec![named(target)?], Addressee::Named)),
        (None, Some(Value::String(all))) if all.trim() == "*" => match order {
            Order::Hold { .. } => Err(EventError::UnclearCommand {
                why: "bounds differ from target to target: name those that they are for in `targets`, a list; \"*\" goes with `pause`, \
                      `resume` and `clear`",
            }),
            Order::Clear { .. } | Order::Pause { .. } | Order::Resume { .. } => {
                Ok((Vec::new(), Addressee::All))
            }
        },
        (None, Some(targets)) => Ok((orders::targets(targets)?, Addressee::Named)),
        (None, None) if event.contains_key("count") => Ok((Vec::new(), Addressee::OnlyService)),
        (None, None) => Ok((vec![named(&Value::Null)?], Addressee::Named)),
    }
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

fn named(value: &Value) -> Result<TargetName, EventError> {
    let name = value.as_str().map(str::trim).filter(|name| !name.is_empty());
    name.map(TargetName::new).ok_or_else(|| EventError::WrongValue {
        key: "target",
        wanted: "the name of one target of the policy",
        found: foreign::kind_of(value).to_owned(),
    })
}

/// What ends something is true, or left out.
fn flag(event: &Map<String, Value>, key: &'static str) -> Result<bool, EventError> {
    match event.get(key) {
        None => Ok(false),
        Some(Value::Bool(true)) => Ok(true),
        Some(other) => Err(EventError::WrongValue { key, wanted: "true, or left out", found: shown(other) }),
    }
}

fn paused(event: &Map<String, Value>) -> Result<Option<Paused>, EventError> {
    let Some(value) = event.get("pause") else { return Ok(None) };
    let what = value.as_str().and_then(|word| word.trim().parse().ok());
    what.map(Some).ok_or_else(|| EventError::WrongValue {
        key: "pause",
        wanted: "\"all\", \"in\" for removals or \"out\" for additions",
        found: quoted(value),
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

/// When it ends: at a moment, or after a while.
fn until(event: &Map<String, Value>) -> Result<Option<Until>, EventError> {
    match (event.get("until"), event.get("for")) {
        (Some(_), Some(_)) => Err(EventError::UnclearCommand {
            why: "`until` is a time and `for` a duration: send one of the two keys",
        }),
        (Some(moment), None) => at(moment).map(|at| Some(Until::At(at))),
        (None, Some(lasting)) => duration(lasting).map(|lasting| Some(Until::For(lasting))),
        (None, None) => Ok(None),
    }
}

/// A moment that is the same everywhere: with an offset, Z or a zone in brackets.
fn at(value: &Value) -> Result<Timestamp, EventError> {
    let moment = value.as_str().map(str::trim).and_then(|text| {
        text.parse::<Zoned>().map(|zoned| zoned.timestamp()).or_else(|_| text.parse::<Timestamp>()).ok()
    });
    moment.ok_or_else(|| EventError::WrongValue {
        key: "until",
        wanted: "a time with its offset or zone, as 2026-11-27T20:00:00Z, 2026-11-27T20:00:00+01:00 or \
                 2026-11-27T20:00:00[Europe/Madrid]",
        found: quoted(value),
    })
}

/// A duration as the policy has them, a minute to a week.
fn duration(value: &Value) -> Result<SignedDuration, EventError> {
    let lasting = value.as_str().map(str::trim).and_then(duration_of);
    lasting.filter(|lasting| *lasting >= SHORTEST && *lasting <= LONGEST).ok_or_else(|| {
        EventError::WrongValue {
            key: "for",
            wanted: "a duration of 1m to 7d, as \"30m\", \"6h\" or \"1d12h\"",
            found: quoted(value),
        }
    })
}

/// A text as it stands, else the kind of value.
fn quoted(value: &Value) -> String {
    match value {
        Value::String(text) => excerpt::of(text),
        other => shown(other),
    }
}

/// A number as it stands, else the kind of value.
fn shown(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        other => foreign::kind_of(other).to_owned(),
    }
}
