//! The events that wake a function. They say when to look and where first, never what to do.
//!
//! What is read, and what it becomes:
//!
//! | Arrives | Trigger |
//! |---|---|
//! | a schedule of an EventBridge rule, or of EventBridge Scheduler | [`Trigger::Schedule`] |
//! | a CloudWatch alarm: over SNS, as a Lambda action, over EventBridge | [`Trigger::Alarm`] |
//! | an RDS event: over SNS or EventBridge | [`Trigger::InstanceEvent`] |
//! | `{"dry_run": true, "targets": ["orders-readers"]}`, either key alone too | [`Trigger::Person`] |
//!
//! # Schedules of EventBridge Scheduler
//!
//! **Leave `Input` out.** Scheduler then sends an envelope like that of a rule, with `"source": "aws.scheduler"` and
//! `"detail-type": "Scheduled Event"`, and these two keys are what is looked for. Where an `Input` must be given, give it both:
//!
//! ```json
//! {
//!   "source": "aws.scheduler",
//!   "detail-type": "Scheduled Event",
//!   "time": "<aws.scheduler.scheduled-time>",
//!   "resources": ["<aws.scheduler.schedule-arn>"]
//! }
//! ```
//!
//! A schedule whose `Input` is `{"dry_run": true}` reads as a person's order, and is one: somebody wrote it there.
//!
//! An **empty object is an error**, not a schedule. It is what a test in the console or a bare `aws lambda invoke` sends, by someone who
//! did not mean to change an account. A schedule that was made with it fails at its first tick, before anybody relies on it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use tidegate_policy::names::{InstanceId, TargetName};

mod alarm;
mod error;
mod excerpt;
mod foreign;
mod orders;
mod rds;
mod schedule;
mod sns;

pub use error::EventError;

/// What an event comes to: a reason to look now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WakeUp {
    /// Who or what woke the function; of several records, the first one's.
    pub trigger: Trigger,
    /// What the event names, each once, in order. Empty where it names nothing: then everything is looked at alike.
    pub resources: Vec<Resource>,
    /// What a person ordered; nobody else can.
    pub orders: Option<Orders>,
}

impl WakeUp {
    fn by(trigger: Trigger, resources: BTreeSet<Resource>) -> Self {
        Self { trigger, resources: resources.into_iter().collect(), orders: None }
    }
}

/// Who or what woke the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The clock.
    Schedule,
    /// A CloudWatch alarm changed its state, whichever way.
    Alarm,
    /// RDS told of one of its resources.
    InstanceEvent,
    /// Somebody invoked the function by hand.
    Person,
}

impl Trigger {
    /// Its name in logs and metrics: stable.
    pub fn name(self) -> &'static str {
        match self {
            Trigger::Schedule => "schedule",
            Trigger::Alarm => "alarm",
            Trigger::InstanceEvent => "instance_event",
            Trigger::Person => "person",
        }
    }
}

/// Something that an event names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// A DB instance, in lower case as RDS stores it.
    Instance(InstanceId),
}

impl Resource {
    /// The DB instance called `name`. `None` for what RDS would not take as a name: it would match no instance, and only soil a log.
    fn instance(name: &str) -> Option<Self> {
        let name = name.trim();
        let fits = (1..=63).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        fits.then(|| Resource::Instance(InstanceId::new(name.to_ascii_lowercase())))
    }
}

/// What a person orders by a manual event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orders {
    /// Plan and tell, but change nothing.
    pub dry_run: bool,
    /// Only these targets, each once, in the order given; empty means all.
    pub targets: Vec<TargetName>,
}

/// Reads the payload of an invocation.
///
/// # Errors
///
/// When it is none of the events above, or only nearly one: the error says what arrived and what to do about it.
pub fn parse(payload: &Value) -> Result<WakeUp, EventError> {
    let Value::Object(event) = payload else {
        return Err(foreign::not_an_object(payload));
    };
    // Before all else: an envelope to which somebody added `dry_run` must not be taken for a schedule, and acted upon.
    if orders::are_in(event) {
        return orders::read(event);
    }
    match event.get("Records") {
        Some(records) => sns::read(records),
        None => notice(event).ok_or_else(|| foreign::describe(event)),
    }
}

/// What AWS sends of itself, be it the payload or carried by SNS. `None` if it is none of ours.
fn notice(event: &Map<String, Value>) -> Option<WakeUp> {
    if schedule::is_one(event) {
        return Some(WakeUp::by(Trigger::Schedule, BTreeSet::new()));
    }
    if let Some(resources) = alarm::resources(event) {
        return Some(WakeUp::by(Trigger::Alarm, resources));
    }
    rds::resources(event).map(|resources| WakeUp::by(Trigger::InstanceEvent, resources))
}

/// The text under `key`, if there is one.
fn text<'e>(event: &'e Map<String, Value>, key: &str) -> Option<&'e str> {
    event.get(key).and_then(Value::as_str)
}
