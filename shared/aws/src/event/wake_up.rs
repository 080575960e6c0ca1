//! What every event comes to: a reason to look now, and what a person ordered.

use std::collections::BTreeSet;

use tidegate_policy::names::TargetName;
use tidegate_policy::order::Order;

use super::resource::Resource;

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
    pub(super) fn by(trigger: Trigger, resources: BTreeSet<Resource>) -> Self {
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
    /// RDS reported one of its resources.
    InstanceEvent,
    /// ECS or Application Auto Scaling reported a service.
    ServiceEvent,
    /// ElastiCache, or somebody who called it, reported a node or a replication group.
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

/// What a person orders by a manual event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orders {
    /// Plan and tell, but change nothing.
    pub dry_run: bool,
    /// Only these targets, each once, in the order given; empty means all.
    pub targets: Vec<TargetName>,
    /// A direct command to them.
    pub command: Option<Command>,
    /// Whether it came by the stack's bus, which brings it to every function: those that it is not for leave it alone.
    pub by_bus: bool,
}

/// A direct command, and to whom it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What is asked.
    pub order: Order,
    /// Of which targets.
    pub to: Addressee,
}

/// To whom a command is. Only the policy can say who that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressee {
    /// The targets that it names.
    Named,
    /// Every target of the function's kind.
    All,
    /// The only service of the policy: the command names none.
    OnlyService,
}
