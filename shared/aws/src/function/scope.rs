//! Which targets an invocation is for: those of the function's kind, those that a person names, those that an event is about.

use tidegate_policy::kind::Kind;
use tidegate_policy::names::{GroupName, NodeId, TargetName};
use tidegate_policy::order::Order;
use tidegate_policy::policy::{Policy, Target, TargetKind};

use super::FunctionError;
use crate::event::{Addressee, Command, Orders, Resource, WakeUp};

/// The kind whose function answers for a command that came by the bus and is for no target, or for one that is not there.
const ANSWERS: Kind = Kind::EcsService;

/// The targets of this kind, of which a person may have named some.
///
/// There may be none: every deployment has all functions, and one whose kind the policy does not have rests at every wake-up. A person who
/// asks it for something is told.
///
/// What came by the bus reached every function. Each takes what is its own, and one answers for what is nobody's: [`ANSWERS`].
pub(super) fn asked_for(
    kind: Kind,
    policy: &Policy,
    orders: Option<&Orders>,
) -> Result<Policy, FunctionError> {
    let mine: Vec<&Target> = policy.targets.iter().filter(|target| target.kind.kind() == kind).collect();
    let names = || match mine.as_slice() {
        [] => "none".to_owned(),
        mine => mine.iter().map(|target| target.name.as_str()).collect::<Vec<_>>().join(", "),
    };
    let named = orders.map_or(&[][..], |orders| &orders.targets);
    let by_bus = orders.is_some_and(|orders| orders.by_bus);
    let is_mine = |name: &TargetName| mine.iter().any(|target| target.name == *name);
    let anothers = |name: &TargetName| by_bus && (policy.target(name.as_str()).is_some() || kind != ANSWERS);
    if let Some(unknown) = named.iter().find(|name| !is_mine(name) && !anothers(name)) {
        let why = match policy.target(unknown.as_str()) {
            Some(target) => format!(
                "target \"{unknown}\" is of kind {}, which another function looks after; of kind {kind} the policy has {}",
                target.kind.name(),
                names()
            ),
            None => {
                format!("there is no target \"{unknown}\" of kind {kind} in the policy: it has {}", names())
            }
        };
        return Err(FunctionError::NoSuchTarget(why));
    }
    let chosen = mine.iter().filter(|target| named.is_empty() || named.contains(&target.name));
    let targets = chosen.map(|target| (*target).clone()).collect();
    Ok(Policy { targets, notify: policy.notify.clone() })
}

/// The command of each target that it is to, of those that were [`asked_for`].
///
/// # Errors
/// A command that names no target, where the policy has none or several that it could be for; the sentence lists them.
pub(super) fn commands(
    kind: Kind,
    policy: &Policy,
    orders: Option<&Orders>,
) -> Result<Vec<(TargetName, Order)>, FunctionError> {
    let Some((orders, Command { order, to })) =
        orders.and_then(|orders| orders.command.as_ref().map(|command| (orders, command)))
    else {
        return Ok(Vec::new());
    };
    let to_all = || policy.targets.iter().map(|target| (target.name.clone(), order.clone())).collect();
    match to {
        Addressee::Named | Addressee::All => Ok(to_all()),
        Addressee::OnlyService if orders.by_bus && kind != ANSWERS => Ok(Vec::new()),
        Addressee::OnlyService => {
            let services = policy.targets.iter().filter(|target| target.kind.kind() == Kind::EcsService);
            let names: Vec<&str> = services.map(|target| target.name.as_str()).collect();
            match names.as_slice() {
                [_] => Ok(to_all()),
                [] => Err(FunctionError::NoSuchTarget(
                    "the command names no target, and no service is looked after here: name one as `target`"
                        .to_owned(),
                )),
                several => Err(FunctionError::NoSuchTarget(format!(
                    "the command names no target, and could be for {}: name one of them as `target`",
                    several.join(", ")
                ))),
            }
        }
    }
}

/// The targets that the event is about; `None` when it names nothing.
pub(super) fn about(policy: &Policy, woken: &WakeUp) -> Option<Vec<TargetName>> {
    if woken.resources.is_empty() {
        return None;
    }
    let named = |target: &&Target| woken.resources.iter().any(|resource| is_about(target, resource));
    Some(policy.targets.iter().filter(named).map(|target| target.name.clone()).collect())
}

/// Whether a thing that an event names is the target's.
fn is_about(target: &Target, resource: &Resource) -> bool {
    match (&target.kind, resource) {
        (_, Resource::Target(name)) => *name == target.name,
        (TargetKind::RdsReplicas(kind), Resource::Instance(id)) => {
            *id == kind.source || id.as_str().starts_with(&kind.prefix)
        }
        (TargetKind::EcsService(kind), Resource::Service { cluster, service }) => {
            *cluster == kind.cluster && *service == kind.service
        }
        (TargetKind::EcsService(kind), Resource::Queue(queue)) => kind.queue.as_ref() == Some(queue),
        (TargetKind::EcsService(kind), Resource::TargetGroup(group)) => {
            kind.load_balancer.as_ref().is_some_and(|balancer| balancer.target_groups.contains(group))
        }
        (TargetKind::RedisNodes(kind), Resource::Group(group)) => *group == kind.group,
        (TargetKind::RedisNodes(kind), Resource::Node(node)) => is_of(&kind.group, node),
        (
            TargetKind::EcsService(_),
            Resource::Instance(_) | Resource::Group(_) | Resource::Node(_) | Resource::NoTarget,
        )
        | (
            TargetKind::RdsReplicas(_),
            Resource::Service { .. }
            | Resource::Queue(_)
            | Resource::TargetGroup(_)
            | Resource::Group(_)
            | Resource::Node(_)
            | Resource::NoTarget,
        )
        | (
            TargetKind::RedisNodes(_),
            Resource::Instance(_)
            | Resource::Service { .. }
            | Resource::Queue(_)
            | Resource::TargetGroup(_)
            | Resource::NoTarget,
        ) => false,
    }
}

/// Whether a node is the group's, by its name: `GROUP-NNN`, or `GROUP-NNNN-NNN` with cluster mode enabled. A node that was there before its
/// group has a name of its own, and waits for the clock.
fn is_of(group: &GroupName, node: &NodeId) -> bool {
    let number = |text: &str, digits| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(rest) = node.as_str().strip_prefix(group.as_str()) else { return false };
    match rest.strip_prefix('-').map(|rest| rest.split_once('-').ok_or(rest)) {
        Some(Ok((shard, node))) => number(shard, 4) && number(node, 3),
        Some(Err(node)) => number(node, 3),
        // An event that does not say what it means may name the group itself.
        None => rest.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use tidegate_policy::document::parse;
    use tidegate_policy::names::{ClusterName, InstanceId, QueueName, ServiceName};
    use tidegate_policy::observation::CapacityBounds;
    use tidegate_policy::pause::Paused;
    use tidegate_policy::policy::{ClusterMode, EcsService, LoadBalancer, RedisNodes};
    use tidegate_policy::units::Count;

    use super::*;
    use crate::event::Trigger;

    /// Replicas `orders-readers`; the services `api` and `worker`, of which one has a load balancer and the other a queue; the groups
    /// `sessions` and `sessions-eu`.
    fn policy() -> Policy {
        let text = "[[target]]\nname = \"orders-readers\"\nkind = \"rds-replicas\"\nsource = \"orders\"\nengine = \"mysql\"\n\
                    reader = { zone = \"Z1\", name = \"ro.example.com\", ttl = \"10s\" }\nmin = 1\nmax = 2\n\
                    scale_out = [\"primary cpu > 70% for 10m\"]\nscale_in = [\"replica cpu < 20% for 30m\"]\n";
        let mut policy = parse(text).unwrap_or_else(|problems| panic!("{problems:?}"));
        let scaling = policy.targets[0].scaling.clone();
        for name in ["api", "worker"] {
            let kind = EcsService {
                cluster: ClusterName::new("prod"),
                service: ServiceName::new(name),
                load_balancer: (name == "api").then(|| LoadBalancer {
                    load_balancer: "app/web/1".to_owned(),
                    target_groups: vec!["targetgroup/api/2".to_owned()],
                }),
                queue: (name == "worker").then(|| QueueName::new("jobs")),
                spot: None,
                events: Vec::new(),
                start_within: SignedDuration::from_mins(10),
            };
            let kind = TargetKind::EcsService(kind);
            policy.targets.push(Target { name: TargetName::new(name), kind, scaling: scaling.clone() });
        }
        for name in ["sessions", "sessions-eu"] {
            let kind = TargetKind::RedisNodes(RedisNodes {
                group: GroupName::new(name),
                cluster_mode: ClusterMode::Disabled,
                failover: true,
                replicas: CapacityBounds { min: Count(1), max: Count(5) },
                shards: None,
                node_types: Vec::new(),
                change_within: SignedDuration::from_mins(30),
            });
            policy.targets.push(Target { name: TargetName::new(name), kind, scaling: scaling.clone() });
        }
        policy
    }

    fn names(policy: &Policy) -> Vec<&str> {
        policy.targets.iter().map(|target| target.name.as_str()).collect()
    }

    fn command(target: &str) -> Orders {
        let target = TargetName::new(target);
        Orders {
            dry_run: false,
            targets: vec![target.clone()],
            command: Some(Command { order: Order::Clear { sent_at: None }, to: Addressee::Named }),
            by_bus: false,
        }
    }

    #[test]
    fn a_command_goes_to_those_that_it_names_to_all_or_to_the_only_service() {
        let order = Order::Pause { what: Paused::In, until: None, sent_at: None };
        let to = |kind, policy: &Policy, to, targets: &[&str]| {
            let targets = targets.iter().map(TargetName::new).collect();
            let command = Some(Command { order: order.clone(), to });
            let orders = Orders { dry_run: false, targets, command, by_bus: false };
            let asked = asked_for(kind, policy, Some(&orders)).unwrap();
            commands(kind, &asked, Some(&orders)).map(|commands| {
                assert!(commands.iter().all(|(_, sent)| *sent == order));
                commands.into_iter().map(|(name, _)| name.to_string()).collect::<Vec<_>>()
            })
        };
        let all = policy();
        assert_eq!(to(Kind::EcsService, &all, Addressee::Named, &["worker"]).unwrap(), ["worker"]);
        assert_eq!(to(Kind::EcsService, &all, Addressee::All, &[]).unwrap(), ["api", "worker"]);
        assert_eq!(to(Kind::RedisNodes, &all, Addressee::All, &[]).unwrap(), ["sessions", "sessions-eu"]);
        let told = |kind, policy: &Policy| {
            let refused = to(kind, policy, Addressee::OnlyService, &[]).err();
            refused.map(|error| (error.kind(), error.to_string()))
        };
        let several =
            "the command names no target, and could be for api, worker: name one of them as `target`";
        assert_eq!(told(Kind::EcsService, &all), Some(("NoSuchTarget", several.to_owned())));
        let none = "the command names no target, and no service is looked after here: name one as `target`";
        assert_eq!(told(Kind::RedisNodes, &all), Some(("NoSuchTarget", none.to_owned())));
        let mut one = policy();
        one.targets.retain(|target| target.name.as_str() != "worker");
        assert_eq!(to(Kind::EcsService, &one, Addressee::OnlyService, &[]).unwrap(), ["api"]);
        assert_eq!(commands(Kind::EcsService, &one, None).unwrap(), []);
    }

    #[test]
    fn what_came_by_the_bus_is_taken_by_whose_it_is_and_answered_for_once() {
        let policy = policy();
        let by_bus = |targets: &[&str], to| {
            let command = Some(Command { order: Order::Clear { sent_at: None }, to });
            let targets = targets.iter().map(TargetName::new).collect();
            Orders { dry_run: false, targets, command, by_bus: true }
        };
        let taken = |kind, orders: &Orders| {
            let asked = asked_for(kind, &policy, Some(orders)).map_err(|error| error.kind())?;
            let commands = commands(kind, &asked, Some(orders)).map_err(|error| error.kind())?;
            Ok::<_, &str>(commands.into_iter().map(|(name, _)| name.to_string()).collect::<Vec<_>>())
        };
        let each = |orders: &Orders| Kind::ALL.map(|kind| taken(kind, orders));
        let names = |names: &[&str]| Ok(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        let two = by_bus(&["orders-readers", "sessions"], Addressee::Named);
        assert_eq!(each(&two), [names(&["orders-readers"]), names(&[]), names(&["sessions"])]);
        let nobody = by_bus(&["apy"], Addressee::Named);
        assert_eq!(each(&nobody), [names(&[]), Err("NoSuchTarget"), names(&[])]);
        let unnamed = by_bus(&[], Addressee::OnlyService);
        assert_eq!(each(&unnamed), [names(&[]), Err("NoSuchTarget"), names(&[])]);
        let all = by_bus(&[], Addressee::All);
        let services = names(&["api", "worker"]);
        assert_eq!(each(&all), [names(&["orders-readers"]), services, names(&["sessions", "sessions-eu"])]);
    }

    #[test]
    fn a_function_looks_after_one_kind_and_a_command_after_one_target() {
        let policy = policy();
        let asked = |kind, orders: Option<Orders>| asked_for(kind, &policy, orders.as_ref()).unwrap();
        assert_eq!(names(&asked(Kind::EcsService, None)), ["api", "worker"]);
        assert_eq!(names(&asked(Kind::RdsReplicas, None)), ["orders-readers"]);
        assert_eq!(names(&asked(Kind::RedisNodes, None)), ["sessions", "sessions-eu"]);
        assert_eq!(names(&asked(Kind::EcsService, Some(command("worker")))), ["worker"]);
    }

    #[test]
    fn an_order_for_no_target_or_one_of_another_kind_names_those_there_are() {
        let policy = policy();
        let told = |target| {
            let refused = asked_for(Kind::EcsService, &policy, Some(&command(target)));
            refused.err().map(|error| (error.kind(), error.to_string()))
        };
        let unknown = "there is no target \"apy\" of kind ecs-service in the policy: it has api, worker";
        assert_eq!(told("apy"), Some(("NoSuchTarget", unknown.to_owned())));
        let another = "target \"orders-readers\" is of kind rds-replicas, which another function looks after; \
                       of kind ecs-service the policy has api, worker";
        assert_eq!(told("orders-readers"), Some(("NoSuchTarget", another.to_owned())));
    }

    #[test]
    fn a_function_whose_kind_the_policy_does_not_have_rests_and_tells_a_person() {
        let mut policy = policy();
        policy.targets.retain(|target| target.kind.kind() != Kind::RedisNodes);
        assert_eq!(asked_for(Kind::RedisNodes, &policy, None).unwrap().targets, []);
        let plan = Orders { dry_run: true, targets: Vec::new(), command: None, by_bus: false };
        assert_eq!(asked_for(Kind::RedisNodes, &policy, Some(&plan)).unwrap().targets, []);
        let refused =
            asked_for(Kind::RedisNodes, &policy, Some(&command("sessions"))).unwrap_err().to_string();
        assert_eq!(refused, "there is no target \"sessions\" of kind redis-nodes in the policy: it has none");
    }

    #[test]
    fn an_event_finds_its_targets() {
        let policy = policy();
        let service = |cluster, service| Resource::Service {
            cluster: ClusterName::new(cluster),
            service: ServiceName::new(service),
        };
        let queue = |name| Resource::Queue(QueueName::new(name));
        let instance = |id| Resource::Instance(InstanceId::new(id));
        let group = |name| Resource::Group(GroupName::new(name));
        let node = |id| Resource::Node(NodeId::new(id));
        for (resource, expected) in [
            (service("prod", "api"), &["api"][..]),
            (service("staging", "api"), &[]),
            (queue("jobs"), &["worker"]),
            (queue("other"), &[]),
            (Resource::TargetGroup("targetgroup/api/2".to_owned()), &["api"]),
            (Resource::TargetGroup("targetgroup/api/3".to_owned()), &[]),
            (instance("orders"), &["orders-readers"]),
            (instance("api"), &[]),
            (Resource::Target(TargetName::new("orders-readers")), &["orders-readers"]),
            (Resource::Target(TargetName::new("orders")), &[]),
            (group("sessions"), &["sessions"]),
            (group("sessions-001"), &[]),
            (node("sessions-001"), &["sessions"]),
            (node("sessions-0002-003"), &["sessions"]),
            (node("sessions-eu-001"), &["sessions-eu"]),
            (node("sessions-eu-0001-001"), &["sessions-eu"]),
            // An event that does not say which it means.
            (node("sessions"), &["sessions"]),
            // Those of groups called sessions-us, sessionsx and sessions-001; and no node's name.
            (node("sessions-us-001"), &[]),
            (node("sessionsx-001"), &[]),
            (node("sessions-001-001"), &[]),
            (node("sessions-1"), &[]),
            (node("sessions-0001-002-003"), &[]),
            (node("api"), &[]),
            // Not everything: what names nothing does that.
            (Resource::NoTarget, &[]),
        ] {
            let woken =
                WakeUp { trigger: Trigger::ServiceEvent, resources: vec![resource.clone()], orders: None };
            let found = about(&policy, &woken).unwrap();
            let found: Vec<_> = found.iter().map(TargetName::as_str).collect();
            assert_eq!(found, expected, "{resource:?}");
        }
        let woken = WakeUp { trigger: Trigger::Alarm, resources: Vec::new(), orders: None };
        assert_eq!(about(&policy, &woken), None);
    }
}
