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
//! `{"target": "api", "count": 2}`, `{"target": "api", "min": 4, "until": "2026-11-27T20:00:00Z"}`, `{"target": "api", "max": 3}`,
//! `{"target": "api", "clear": true}`; `dry_run` may go with each. `count` is `min` and `max` in one. Without `until` it lasts as long as the
//! policy's `override_for`. A person sends it by invoking the function, a schedule as its `Input`, a program as the `detail` of an event of
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

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use tidegate_policy::names::{
    ClusterName, GroupName, InstanceId, NodeId, QueueName, ServiceName, TargetName,
};
use tidegate_policy::order::Order;

mod alarm;
mod command;
mod ecs;
mod elasticache;
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
    /// ECS or Application Auto Scaling told of a service.
    ServiceEvent,
    /// ElastiCache, or somebody who called it, told of a node or a replication group.
    NodeEvent,
    /// Somebody invoked the function by hand, or gave an order in another way.
    Person,
}

impl Trigger {
    /// Its name in logs and metrics: stable.
    pub fn name(self) -> &'static str {
        match self {
            Trigger::Schedule => "schedule",
            Trigger::Alarm => "alarm",
            Trigger::InstanceEvent => "instance_event",
            Trigger::ServiceEvent => "service_event",
            Trigger::NodeEvent => "node_event",
            Trigger::Person => "person",
        }
    }
}

/// Something that an event names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// A DB instance, in lower case as RDS stores it.
    Instance(InstanceId),
    /// An ECS service.
    Service {
        /// Its cluster's short name.
        cluster: ClusterName,
        /// Its short name.
        service: ServiceName,
    },
    /// An SQS queue.
    Queue(QueueName),
    /// A target group of a load balancer, as `targetgroup/NAME/ID`.
    TargetGroup(String),
    /// A replication group of ElastiCache, in lower case as ElastiCache stores it.
    Group(GroupName),
    /// A node of ElastiCache, in lower case; where an event does not say which it means, it may be a replication group too.
    Node(NodeId),
    /// A target itself: an alarm on a metric that the functions publish of it.
    Target(TargetName),
    /// What no target waits for, as a task that came up. Nothing is looked at sooner for it; naming nothing would mean everything.
    NoTarget,
}

impl Resource {
    /// The DB instance called `name`. `None` for what RDS would not take as a name: it would match no instance, and only soil a log.
    fn instance(name: &str) -> Option<Self> {
        let name = name.trim();
        let fits = (1..=63).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        fits.then(|| Resource::Instance(InstanceId::new(name.to_ascii_lowercase())))
    }

    /// The replication group called `name`, by the rules of names of ElastiCache.
    fn group(name: &str) -> Option<Self> {
        is_cache(name).then(|| Resource::Group(GroupName::new(name.trim().to_ascii_lowercase())))
    }

    /// The node called `name`.
    fn node(name: &str) -> Option<Self> {
        is_cache(name).then(|| Resource::Node(NodeId::new(name.trim().to_ascii_lowercase())))
    }

    /// The target called `name`, as our own metrics name it.
    fn target(name: &str) -> Option<Self> {
        is_name(name).then(|| Resource::Target(TargetName::new(name)))
    }

    fn service(cluster: &str, service: &str) -> Option<Self> {
        (is_name(cluster) && is_name(service)).then(|| Resource::Service {
            cluster: ClusterName::new(cluster),
            service: ServiceName::new(service),
        })
    }

    fn queue(name: &str) -> Option<Self> {
        is_name(name).then(|| Resource::Queue(QueueName::new(name)))
    }

    fn target_group(dimension: &str) -> Option<Self> {
        dimension.split('/').all(is_name).then(|| Resource::TargetGroup(dimension.to_owned()))
    }
}

/// What ElastiCache takes as an id: it would match no group otherwise, and only soil a log.
fn is_cache(name: &str) -> bool {
    let name = name.trim();
    (1..=50).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// What ECS, SQS and load balancers take as a name, and a log can bear.
fn is_name(name: &str) -> bool {
    (1..=255).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// What a person orders by a manual event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orders {
    /// Plan and tell, but change nothing.
    pub dry_run: bool,
    /// Only these targets, each once, in the order given; empty means all.
    pub targets: Vec<TargetName>,
    /// Direct commands, each for one of `targets`.
    pub commands: Vec<(TargetName, Order)>,
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

/// What AWS sends of itself, be it the payload or carried by SNS. `None` if it is none of ours.
fn notice(event: &Map<String, Value>) -> Option<WakeUp> {
    if schedule::is_one(event) {
        return Some(WakeUp::by(Trigger::Schedule, BTreeSet::new()));
    }
    if let Some(resources) = alarm::resources(event) {
        return Some(WakeUp::by(Trigger::Alarm, resources));
    }
    if let Some(resources) = ecs::resources(event) {
        return Some(WakeUp::by(Trigger::ServiceEvent, resources));
    }
    if let Some(resources) = elasticache::resources(event) {
        return Some(WakeUp::by(Trigger::NodeEvent, resources));
    }
    rds::resources(event).map(|resources| WakeUp::by(Trigger::InstanceEvent, resources))
}

/// The text under `key`, if there is one.
fn text<'e>(event: &'e Map<String, Value>, key: &str) -> Option<&'e str> {
    event.get(key).and_then(Value::as_str)
}
