//! What an event names, by the rules that AWS has for names: anything else would match nothing, and only soil a log.

use tidegate_policy::names::{
    ClusterName, GroupName, InstanceId, NodeId, QueueName, ServiceName, TargetName,
};

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
    pub(super) fn instance(name: &str) -> Option<Self> {
        let name = name.trim();
        let fits = (1..=63).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        fits.then(|| Resource::Instance(InstanceId::new(name.to_ascii_lowercase())))
    }

    /// The replication group called `name`, by the rules of names of ElastiCache.
    pub(super) fn group(name: &str) -> Option<Self> {
        is_cache(name).then(|| Resource::Group(GroupName::new(name.trim().to_ascii_lowercase())))
    }

    /// The node called `name`.
    pub(super) fn node(name: &str) -> Option<Self> {
        is_cache(name).then(|| Resource::Node(NodeId::new(name.trim().to_ascii_lowercase())))
    }

    /// The target called `name`, as our own metrics name it.
    pub(super) fn target(name: &str) -> Option<Self> {
        is_name(name).then(|| Resource::Target(TargetName::new(name)))
    }

    pub(super) fn service(cluster: &str, service: &str) -> Option<Self> {
        (is_name(cluster) && is_name(service)).then(|| Resource::Service {
            cluster: ClusterName::new(cluster),
            service: ServiceName::new(service),
        })
    }

    pub(super) fn queue(name: &str) -> Option<Self> {
        is_name(name).then(|| Resource::Queue(QueueName::new(name)))
    }

    pub(super) fn target_group(dimension: &str) -> Option<Self> {
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
