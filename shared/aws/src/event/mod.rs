//! The events that wake a function. They say when to look and where first, never what to do.
//!
//! What is read, and what it becomes:
//!
//! | Arrives | Trigger |
//! |---|---|
//! | a schedule of an EventBridge rule, or of EventBridge Scheduler | [`Trigger::Schedule`] |
//! | a CloudWatch alarm: over SNS, as a Lambda action, over EventBridge; there a single contributor to one too | [`Trigger::Alarm`] |
//! | an RDS event: over SNS or EventBridge | [`Trigger::InstanceEvent`] |
//! | an ElastiCache event of nodes: over SNS; an API call about a group or a node, over EventBridge by way of CloudTrail | [`Trigger::NodeEvent`] |
//! | an ECS event of a service, its deployment or its tasks, or a scaling activity of Application Auto Scaling | [`Trigger::ServiceEvent`] |
//! | `{"dry_run": true, "targets": ["orders-readers"]}`, either key alone too | [`Trigger::Person`] |
//! | a direct command, as `{"target": "api", "min": 4}` | [`Trigger::Person`] |
//!
//! # Direct commands
//!
//! `{"target": "api", "count": 2}`, `{"target": "api", "min": 4, "until": "2026-11-27T20:00:00Z"}`, `{"target": "api", "max": 3, "for": "6h"}`,
//! `{"target": "api", "clear": true}`; `{"target": "api", "pause": "in"}` (or `"out"`, `"all"`), `{"target": "api", "resume": true}`. `dry_run`
//! may go with each. `count` is `min` and `max` in one; alone it goes to the only `ecs-service` of the policy. `targets` names several in a list;
//! as `"*"` it means all of the function's kind, and goes with `pause`, `resume` and `clear`. Without `until` or `for` a command lasts as long as
//! the policy's `override_for`, and none lasts longer than a week. A person sends it by invoking the function, a schedule as its `Input`, a program as the `detail` of an event of
//! detail type `Tidegate Command` on the stack's own bus; never SNS. The numbers are absolute: one that is delivered twice says the same twice.
//!
//! An event's `time` is when its command was sent. More than five minutes later it is refused, and so is one that was sent before another
//! that was taken. What brings no `time` was sent now.
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

use serde_json::Value;

mod alarm;
mod command;
mod ecs;
mod elasticache;
mod error;
mod excerpt;
mod foreign;
mod notice;
mod orders;
mod rds;
mod resource;
mod schedule;
mod sns;
mod text;
mod wake_up;

use notice::notice;

pub use error::EventError;
pub use resource::Resource;
pub use wake_up::{Addressee, Command, Orders, Trigger, WakeUp};

/// Reads the payload of an invocation.
///
/// # Errors
///
/// When it is none of the events above, or only nearly one: the error says what arrived and what to do about it.
pub fn parse(payload: &Value) -> Result<WakeUp, EventError> {
    let Value::Object(event) = payload else {
        return Err(foreign::not_an_object(payload));
    };
    if command::is_one(event) {
        return command::read(event);
    }
    // Before all else: an envelope to which somebody added `dry_run` must not be taken for a schedule, and acted upon.
    if orders::are_in(event) {
        return orders::read(event);
    }
    if command::is_envelope(event) {
        return command::read_envelope(event);
    }
    match event.get("Records") {
        Some(records) => sns::read(records),
        None => notice(event).ok_or_else(|| foreign::describe(event)),
    }
}
