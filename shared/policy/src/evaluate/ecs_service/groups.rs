//! Which target groups a service is read from: the policy's, and those that the service alternates between one of them and.

use std::collections::BTreeSet;

use crate::observation::Service;
use crate::policy::EcsService;

/// The target groups that are read of the service, those of the policy first.
pub fn target_groups(ecs: &EcsService, service: &Service) -> Vec<String> {
    let named = ecs.load_balancer.iter().flat_map(|balancer| balancer.target_groups.iter().cloned());
    named.chain(unnamed_groups(ecs, service).into_iter().cloned()).collect()
}

/// Those of the service that the policy does not name. Whoever is behind one load balancer alone has moved to the group that it is behind
/// now; of several, only those that a named one alternates with.
pub(crate) fn unnamed_groups<'a>(ecs: &EcsService, service: &'a Service) -> BTreeSet<&'a String> {
    let Some(balancer) = &ecs.load_balancer else { return BTreeSet::new() };
    let named = |group: &String| balancer.target_groups.contains(group);
    let alternating = &service.target_groups;
    let alone = alternating.len() == 1;
    let ours = alternating.iter().filter(|groups| alone || groups.iter().any(named));
    ours.flatten().filter(|group| !named(group)).collect()
}
