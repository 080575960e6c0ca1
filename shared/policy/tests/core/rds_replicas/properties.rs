//! Properties over random accounts. Method: an account in any state that AWS can show, planned once, or stepped until it rests.

use jiff::SignedDuration;
use proptest::prelude::*;
use tidegate_policy::check::check;
use tidegate_policy::history::{Intent, NotServing, Removal, ScaledOut, Transition};
use tidegate_policy::names::{InstanceId, ResourceId};
use tidegate_policy::observation::{Reading, Replication};
use tidegate_policy::observed::Observed;
use tidegate_policy::ownership::HOLD_TAG;
use tidegate_policy::plan::{Action, RdsReplicasAction, RecordChange};
use tidegate_policy::units::Count;

use super::fixture::{Account, minutes, rds, reading, status};

/// How one replica looks.
#[derive(Clone, Debug)]
struct Look {
    status: &'static str,
    weight: Option<u8>,
    cpu: Option<f64>,
    connections: Option<f64>,
    lag: Option<f64>,
    replicates: bool,
    ours: bool,
    promoted: bool,
    protected: bool,
    child: bool,
    old_minutes: i64,
    silent_minutes: Option<i64>,
    held: bool,
}

fn look() -> impl Strategy<Value = Look> {
    let statuses = [
        "available",
        "available",
        "available",
        "storage-optimization",
        "modifying",
        "creating",
        "rebooting",
        "storage-full",
        "failed",
        "incompatible-network",
        "deleting",
    ];
    let weights = prop_oneof![1 => Just(None), 1 => Just(Some(0)), 1 => Just(Some(1)), 1 => Just(Some(4)), 1 => Just(Some(16)), 4 => Just(Some(64))];
    let value = |most: f64| prop::option::weighted(0.85, 0.0..most);
    (
        (
            prop::sample::select(statuses.to_vec()),
            weights,
            value(100.0),
            value(100.0),
            prop::option::weighted(0.85, -1.0_f64..120.0),
        ),
        (
            prop::bool::weighted(0.9),
            prop::bool::weighted(0.8),
            prop::bool::weighted(0.05),
            prop::bool::weighted(0.1),
            prop::bool::weighted(0.1),
            0..3_000_i64,
            prop::option::weighted(0.3, 0..120_i64),
            prop::bool::weighted(0.08),
        ),
    )
        .prop_map(
            |(
                (status, weight, cpu, connections, lag),
                (replicates, ours, promoted, protected, child, old_minutes, silent_minutes, held),
            )| Look {
                status,
                weight,
                cpu,
                connections,
                lag: lag.map(|lag| if lag < 60.0 { lag / 60.0 } else { lag }),
                replicates,
                ours,
                promoted,
                protected,
                child,
                old_minutes,
                silent_minutes,
                held,
            },
        )
}

pub(crate) fn account() -> impl Strategy<Value = Account> {
    let looks = prop::collection::vec(look(), 0..6);
    let loads = (0.0..100.0_f64, 0.0..100.0_f64, prop::option::weighted(0.9, 0.0..100.0_f64));
    let bounds = (0..3_u32, 1..6_u32, any::<bool>());
    let times = (
        prop::option::of(0..90_i64),
        prop::option::of(0..90_i64),
        prop::option::weighted(0.3, 0..6_usize),
        any::<bool>(),
    );
    (looks, loads, bounds, times).prop_map(
        |(looks, (_, _, primary), (min, more, floor), (out, in_, removing, insync))| {
            let mut account = Account::steady(0);
            account.target.scaling.min = Count(min);
            account.target.scaling.max = Count(min + more);
            rds(&mut account.target).floor = floor;
            for (index, look) in looks.iter().enumerate() {
                dress(&mut account, index, look);
            }
            let now = account.now;
            account.source().signals.cpu = primary.map_or(Reading::Missing, |cpu| reading(cpu, now));
            let from = Count::of_len(looks.len());
            account.history.scaled_out =
                out.map(|ago| ScaledOut { at: now - minutes(ago), from: from.minus(Count(1)), to: from });
            account.history.scaled_in_at = in_.map(|ago| now - minutes(ago));
            if !insync {
                for since in account.history.rds_replicas.weights.values_mut() {
                    since.insync_at = None;
                    since.since = now - SignedDuration::from_secs(30);
                }
            }
            if let Some(replica) = removing.and_then(|index| account.seen.replicas.get(index)) {
                let removal = Removal {
                    id: replica.id.clone(),
                    resource_id: replica.resource_id.clone(),
                    delete_requested: false,
                    weight: tidegate_policy::units::Weight(64),
                    draining_since: None,
                    asked_at: None,
                    asks: 0,
                    retry_at: None,
                };
                account.history.decisions = 1;
                account.history.rds_replicas.intents = vec![Intent {
                    decision: tidegate_policy::names::DecisionId::new("orders-1-0"),
                    since: now - minutes(20),
                    from,
                    to: from.minus(Count(1)),
                    transition: Transition::Remove(removal),
                }];
            }
            account
        },
    )
}

fn dress(account: &mut Account, index: usize, look: &Look) {
    let id = if look.ours { format!("tg-orders-{index}") } else { format!("reporting-{index}") };
    let now = account.now;
    let weight = if look.ours { look.weight } else { None };
    let replica = account.add_replica(&id, weight);
    let series = |value: Option<f64>| value.map_or(Reading::Missing, |value| reading(value, now));
    replica.status = status(look.status);
    replica.signals.cpu = series(look.cpu);
    replica.signals.connections = series(look.connections);
    replica.signals.lag = series(look.lag);
    replica.created_at = Some(now - minutes(look.old_minutes));
    replica.deletion_protection = look.protected;
    if look.child {
        replica.children = vec![InstanceId::new("child")];
    }
    if let Some(silent) = look.silent_minutes {
        let clock = NotServing {
            since: now - minutes(silent),
            making: look.status == "creating",
            seen: now - minutes(5),
        };
        account.history.rds_replicas.not_serving.insert(InstanceId::new(&id), clock);
    }
    let replica = account.replica(&id);
    if look.held {
        replica.tags.insert(HOLD_TAG.to_owned(), "a person".to_owned());
    }
    if !look.replicates {
        replica.replication = Replication::Broken("error".to_owned());
    }
    if !look.ours {
        replica.tags.clear();
    }
    if look.promoted {
        replica.source = None;
    }
}

fn deleted(action: &Action) -> Option<(&InstanceId, &ResourceId)> {
    match action {
        Action::RdsReplicas(RdsReplicasAction::DeleteReplica(delete)) => {
            Some((&delete.id, &delete.resource_id))
        }
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_passes_the_checker(account in account()) {
        let plan = account.plan();
        if let Err(violations) = check(Observed::new(&account.target, &account.observation()).unwrap(), &account.history, &plan, account.now) {
            prop_assert!(false, "{plan}\n{violations:#?}\n{account:#?}");
        }
    }

    #[test]
    fn bounds_are_kept(account in account()) {
        let plan = account.plan();
        let creations = plan.actions.iter().filter(|action| matches!(action, Action::RdsReplicas(RdsReplicasAction::CreateReplica(_)))).count();
        let there = account.seen.replicas.iter().filter(|replica| replica.source.is_some()).count();
        if creations > 0 {
            prop_assert!(Count::of_len(there + creations) <= account.target.scaling.max, "{plan}");
        }
        let decision = &plan.decision;
        if decision.desired > decision.current {
            prop_assert!(decision.desired <= account.target.scaling.max);
        }
        if decision.desired < decision.current {
            prop_assert!(decision.desired >= account.target.scaling.min);
        }
    }

    #[test]
    fn missing_or_stale_data_never_scales_in(mut account in account(), who in 0..7_usize, stale in any::<bool>()) {
        account.history.rds_replicas.intents.clear();
        let now = account.now;
        let spoilt = if stale {
            let Reading::Fresh(series) = reading(1.0, now - minutes(10)) else { return Ok(()) };
            Reading::Stale(series)
        } else {
            Reading::Missing
        };
        let readers: Vec<usize> = account.seen.replicas.iter().enumerate()
            .filter(|(_, replica)| replica.status.serves() && account.seen.records.record(replica.id.as_str()).is_some_and(|record| record.weight.is_positive()))
            .map(|(index, _)| index).collect();
        match readers.get(who) {
            Some(index) => account.seen.replicas[*index].signals.connections = spoilt,
            None => account.source().signals.connections = spoilt,
        }
        let plan = account.plan();
        prop_assert!(plan.decision.desired >= plan.decision.current, "{plan}");
    }

    #[test]
    fn what_is_not_ours_or_is_held_on_to_is_never_deleted(account in account()) {
        let plan = account.plan();
        for (id, resource_id) in plan.actions.iter().filter_map(deleted) {
            let replica = account.seen.replica(id);
            prop_assert!(replica.is_some(), "{plan}");
            let Some(replica) = replica else { return Ok(()) };
            prop_assert_eq!(&replica.resource_id, resource_id);
            prop_assert!(!replica.tags.is_empty() && replica.source.is_some(), "foreign or promoted: {plan}");
            prop_assert!(!replica.deletion_protection && replica.children.is_empty(), "protected or with children: {plan}");
            prop_assert!(!replica.tags.contains_key(HOLD_TAG), "held: {plan}");
            prop_assert!(account.seen.records.record(id.as_str()).is_none(), "with a record: {plan}");
        }
    }

    #[test]
    fn the_same_arguments_give_the_same_plan(account in account()) {
        prop_assert_eq!(account.plan(), account.plan());
    }

    #[test]
    fn at_most_one_mutation_and_never_of_a_foreign_record(account in account()) {
        let plan = account.plan();
        let creations = plan.actions.iter().filter(|action| matches!(action, Action::RdsReplicas(RdsReplicasAction::CreateReplica(_)))).count();
        prop_assert!(plan.actions.len() <= 1 || creations == plan.actions.len(), "{plan}");
        for action in &plan.actions {
            let Action::RdsReplicas(RdsReplicasAction::ChangeRecords(batch)) = action else { continue };
            for change in &batch.changes {
                let (RecordChange::Create(record) | RecordChange::Delete(record)) = change;
                let name = record.set_id.as_str();
                prop_assert!(name == "primary-floor" || name.starts_with("tg-orders-"), "{plan}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// A world that does what it is asked, and otherwise stays as it is, is brought to rest, and rest is a fixed point.
    #[test]
    fn planning_on_a_reached_state_plans_nothing(mut account in account()) {
        // What never gets better would be waited for, rightly, for ever.
        for replica in &mut account.seen.replicas {
            if replica.status.0 == "creating" || replica.status.0 == "rebooting" {
                replica.status = status("available");
            }
        }
        let mut quiet = 0;
        let mut steps = Vec::new();
        for _ in 0..600 {
            let plan = account.step();
            account.seen.replicas.retain(|replica| replica.status.0 != "deleting");
            // Clients follow the weights.
            let now = account.now;
            let answers = |records: &tidegate_policy::observation::RecordGroup, id: &InstanceId| {
                records.record(id.as_str()).is_some_and(|record| record.weight.is_positive())
            };
            for replica in account.seen.replicas.iter_mut().filter(|replica| !answers(&account.seen.records, &replica.id)) {
                if replica.signals.connections.fresh().is_some() {
                    replica.signals.connections = reading(0.0, now);
                }
            }
            for replica in account.seen.replicas.iter_mut().filter(|replica| replica.status.0 == "creating") {
                replica.status = status("available");
                replica.endpoint = Some(super::fixture::endpoint(replica.id.as_str()));
                replica.replication = Replication::Normal;
                replica.signals.cpu = reading(50.0, now);
                replica.signals.connections = reading(50.0, now);
                replica.signals.lag = reading(0.0, now);
            }
            steps.extend(plan.step.as_ref().filter(|_| !plan.actions.is_empty() || !plan.history.rds_replicas.intents.is_empty()).map(ToString::to_string));
            quiet = if plan.actions.is_empty() && plan.history.rds_replicas.intents.is_empty() { quiet + 1 } else { 0 };
            if quiet > 45 {
                return Ok(());
            }
        }
        // The load of this world does not react to replicas, so it may ask for more until the bounds or the day's budget say no;
        // with 600 attempts both have.
        let plan = account.plan();
        let last = steps.iter().rev().take(12).rev().cloned().collect::<Vec<_>>().join("\n");
        prop_assert!(false, "never at rest:\n{plan}\n{last}\n{:#?}", account.history);
    }
}
