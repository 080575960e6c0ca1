//! A target, its account in rest, and its memory: what a test begins with and then changes.

use jiff::Timestamp;
use tidegate_aws::fleet::AwsFleet;
use tidegate_policy::document::parse;
use tidegate_policy::history::{History, Intent, RdsReplicasMemory, Removal, Transition, WeightSince};
use tidegate_policy::names::{ChangeId, DecisionId, InstanceId, ResourceId, SetId};
use tidegate_policy::observation::{Inspection, Look, Observation, RdsObservation, Replica};
use tidegate_policy::plan::{Action, DeleteReplica, Ending, RdsReplicasAction};
use tidegate_policy::policy::{RdsReplicas, Target, TargetKind};
use tidegate_policy::units::{Count, Weight};
use tidegate_reconcile::port::{Fleet, FleetError, ObserveRequest};

use super::account::{Account, Instance, Set, Zone, endpoint};
use super::wire::clients;

/// Half past a minute, so that rounding shows.
pub(crate) fn now() -> Timestamp {
    "2026-03-04T12:00:30Z".parse().unwrap()
}

/// The policy's text for a target of this name; `more` is appended.
pub(crate) fn document(name: &str, zone: &str, domain: &str, more: &str) -> String {
    format!(
        "[[target]]\nname = \"{name}\"\nkind = \"rds-replicas\"\nsource = \"{name}-primary\"\nengine = \"mysql\"\n\
         reader = {{ zone = \"{zone}\", name = \"{name}-ro.{domain}\", ttl = \"10s\" }}\nmin = 2\nmax = 4\n\
         scale_out = [\"primary cpu > 70% for 10m\"]\nscale_in = [\"replica cpu < 20% for 30m\"]\n{more}\n"
    )
}

pub(crate) fn target_of(text: &str) -> Target {
    let policy = parse(text).unwrap_or_else(|problems| panic!("{problems:?}"));
    policy.targets.into_iter().next().unwrap()
}

/// `name` in zone Z1, `example.com`; the policy says 100 connections.
pub(crate) fn target(name: &str) -> Target {
    target_of(&document(name, "Z1", "example.com", "max_connections = 100"))
}

pub(crate) fn kind(target: &mut Target) -> &mut RdsReplicas {
    match &mut target.kind {
        TargetKind::RdsReplicas(kind) => kind,
        _ => panic!("a target of replicas"),
    }
}

/// The target `orders` with a source, two replicas of ours and their records.
pub(crate) struct Scene {
    pub(crate) account: Account,
    pub(crate) fleet: AwsFleet,
    pub(crate) target: Target,
    pub(crate) history: History,
}

pub(crate) const READER: &str = "orders-ro.example.com";

/// The deletion of a replica that was drained.
pub(crate) fn deletion(id: &str) -> Action {
    let delete = DeleteReplica {
        id: InstanceId::new(id),
        resource_id: ResourceId::new(format!("db-{}", id.to_uppercase())),
        source: InstanceId::new("orders-primary"),
        ending: Ending::Drained,
    };
    RdsReplicasAction::DeleteReplica(delete).into()
}

impl Scene {
    /// The last look before this replica is deleted.
    pub(crate) async fn last_look(&self, id: &str) -> Result<Inspection, FleetError> {
        match self.fleet.look_again(&self.target, &deletion(id), now()).await? {
            Look::RdsReplicas(look) => Ok(look),
            Look::EcsService(_) | Look::RedisNodes(_) => panic!("a look at a replica"),
        }
    }

    pub(crate) fn new() -> Self {
        let account = Account::new();
        let mut zone = Zone::named("example.com");
        {
            let mut state = account.state();
            state.instances.push(Instance::named("orders-primary"));
            for id in ["tg-orders-1", "tg-orders-2"] {
                state.instances[0].children.push(id.to_owned());
                state.instances.push(Instance::replica(id, "orders"));
                zone.sets.push(Set::weighted(READER, id, 64, &endpoint(id)));
            }
            state.zones.insert("Z1".to_owned(), zone);
        }
        let fleet = AwsFleet::new(&clients(&account));
        Self { account, fleet, target: target("orders"), history: History::default() }
    }

    /// Changes an instance.
    pub(crate) fn instance(&self, id: &str, change: impl FnOnce(&mut Instance)) {
        let mut state = self.account.state();
        change(state.instances.iter_mut().find(|instance| instance.id == id).unwrap());
    }

    /// Puts a record set into zone Z1.
    pub(crate) fn put(&self, set: Set) {
        self.account.state().zones.get_mut("Z1").unwrap().sets.push(set);
    }

    /// Looks at the target alone.
    pub(crate) async fn observe(&self) -> Result<Result<RdsObservation, FleetError>, FleetError> {
        let mut all = observe(&self.fleet, &[(&self.target, &self.history)]).await?;
        Ok(all.remove(0))
    }

    /// Looks at the target alone, which must go well.
    pub(crate) async fn look(&self) -> RdsObservation {
        self.observe().await.expect("the fleet").expect("the target")
    }

    /// Looks at the target, which must fail alone.
    pub(crate) async fn fail(&self) -> FleetError {
        self.observe().await.expect("the fleet").expect_err("the target")
    }
}

/// Looks at these targets.
pub(crate) async fn observe(
    fleet: &AwsFleet,
    targets: &[(&Target, &History)],
) -> Result<Vec<Result<RdsObservation, FleetError>>, FleetError> {
    let requests: Vec<_> =
        targets.iter().map(|(target, history)| ObserveRequest::new(target, history)).collect();
    let seen = fleet.observe(&requests, now()).await?;
    assert_eq!(seen.len(), targets.len());
    let of_replicas = |seen| match seen {
        Observation::RdsReplicas(seen) => seen,
        _ => panic!("an observation of replicas"),
    };
    Ok(seen.into_iter().map(|seen| seen.map(of_replicas)).collect())
}

pub(crate) fn replica<'a>(seen: &'a RdsObservation, id: &str) -> &'a Replica {
    seen.replica(&InstanceId::new(id)).unwrap_or_else(|| panic!("{id} is not among {:?}", ids(seen)))
}

/// The replicas, in order.
pub(crate) fn ids(seen: &RdsObservation) -> Vec<&str> {
    seen.replicas.iter().map(|replica| replica.id.as_str()).collect()
}

/// The SetIdentifiers, in order.
pub(crate) fn set_ids(seen: &RdsObservation) -> Vec<&str> {
    seen.records.weighted.iter().map(|record| record.set_id.as_str()).collect()
}

/// A memory in which this replica is on its way out.
pub(crate) fn removing(id: &str) -> History {
    let removal = Removal {
        id: InstanceId::new(id),
        resource_id: ResourceId::new(format!("db-{}", id.to_ascii_uppercase())),
        weight: Weight(64),
        draining_since: None,
        delete_requested: false,
        asked_at: None,
        asks: 0,
        retry_at: None,
    };
    let intent = Intent {
        decision: DecisionId::new("orders-7"),
        since: now(),
        from: Count(2),
        to: Count(1),
        transition: Transition::Remove(removal),
    };
    History {
        rds_replicas: RdsReplicasMemory { intents: vec![intent], ..RdsReplicasMemory::default() },
        ..History::default()
    }
}

/// A memory in which this change is not known to be INSYNC.
pub(crate) fn pending(change: &str) -> History {
    let since = WeightSince {
        weight: Some(Weight(64)),
        since: now(),
        change: Some(ChangeId::new(change)),
        insync_at: None,
    };
    let mut history = History::default();
    history.rds_replicas.weights.insert(SetId::new("tg-orders-1"), since);
    history
}
