//! Wrong in what it does with replicas of a source, or in what it sees of them.

use std::cell::RefCell;
use std::rc::Rc;

use jiff::Timestamp;
use tidegate_fuzz::tamper::Tamper;
use tidegate_policy::kind::Kind;
use tidegate_policy::names::InstanceId;
use tidegate_policy::observation::{
    Inspection, InstanceStatus, Look, Observation, RdsObservation, Replica, Replication,
};
use tidegate_policy::plan::{Action, DeleteReplica, Ending, RdsReplicasAction, RecordChange};
use tidegate_policy::policy::{Target, TargetKind};
use tidegate_policy::units::Weight;

use super::Variant;
use super::hooks::{Hooks, asks, asks_instead, with_values};

pub(crate) fn all() -> Vec<Variant> {
    let variant = |name, made| Variant { name, kind: Kind::RdsReplicas, made };
    vec![
        variant("deletes_as_soon_as_the_weight_is_zero", deletes_as_soon_as_the_weight_is_zero),
        variant("deletes_another_than_was_planned", deletes_another_than_was_planned),
        variant("creates_two_for_one", creates_two_for_one),
        variant("creates_under_a_foreign_name", creates_under_a_foreign_name),
        variant("leaves_the_record_of_who_is_deleted", leaves_the_record),
        variant("takes_every_lag_for_none", || {
            sees_replicas(|one, now| one.signals.lag = with_values(&one.signals.lag, 0.0, now))
        }),
        variant("takes_every_status_for_available", || {
            sees_replicas(|one, _| one.status = InstanceStatus("available".to_owned()))
        }),
        variant("takes_a_promoted_one_for_a_replica", takes_a_promoted_one_for_a_replica),
        variant("takes_foreign_replicas_for_ours", takes_foreign_replicas_for_ours),
        variant("does_not_see_pins", || sees_replicas(|one, _| one.deletion_protection = false)),
        variant("does_not_see_blue_green", does_not_see_blue_green),
        variant("forgets_what_was_created", || {
            Box::new(Hooks {
                stored: Some(|mut history| {
                    history.rds_replicas.creations.clear();
                    history
                }),
                ..Hooks::default()
            })
        }),
        variant("forgets_transitions", || {
            Box::new(Hooks {
                stored: Some(|mut history| {
                    history.rds_replicas.intents.clear();
                    history
                }),
                ..Hooks::default()
            })
        }),
        variant("never_raises_the_floor", never_raises_the_floor),
        variant("never_sweeps", never_sweeps),
    ]
}

/// Every replica that is seen is changed so, at the first look and at the last.
fn sees_replicas(hook: fn(&mut Replica, Timestamp)) -> Box<dyn Tamper> {
    let seen = move |_: &Target, seen: Observation, now: Timestamp| match seen {
        Observation::RdsReplicas(mut seen) => {
            seen.replicas.iter_mut().for_each(|replica| hook(replica, now));
            Observation::RdsReplicas(seen)
        }
        other => other,
    };
    let looked = move |_: &Target, look: Look| match look {
        Look::RdsReplicas(mut look) => {
            if let Some(replica) = &mut look.replica {
                hook(replica, Timestamp::MAX);
            }
            Look::RdsReplicas(look)
        }
        other => other,
    };
    Box::new(Hooks { seen: Some(Box::new(seen)), looked: Some(Box::new(looked)), ..Hooks::default() })
}

/// What was last seen, for what is asked by it.
fn with_what_was_seen(asked: fn(&RdsObservation, &Action) -> Vec<Action>) -> Box<dyn Tamper> {
    let last: Rc<RefCell<Option<RdsObservation>>> = Rc::default();
    let kept = Rc::clone(&last);
    let seen = move |_: &Target, seen: Observation, _: Timestamp| {
        if let Observation::RdsReplicas(seen) = &seen {
            *kept.borrow_mut() = Some(seen.clone());
        }
        seen
    };
    let asked = move |_: &Target, action: &Action| match &*last.borrow() {
        Some(seen) => asked(seen, action),
        None => vec![action.clone()],
    };
    Box::new(Hooks { seen: Some(Box::new(seen)), asked: Some(Box::new(asked)), ..Hooks::default() })
}

fn deletion(replica: &Replica) -> Option<Action> {
    let delete = DeleteReplica {
        id: replica.id.clone(),
        resource_id: replica.resource_id.clone(),
        source: replica.source.clone()?,
        ending: Ending::Drained,
    };
    Some(Action::RdsReplicas(RdsReplicasAction::DeleteReplica(delete)))
}

fn deletes_as_soon_as_the_weight_is_zero() -> Box<dyn Tamper> {
    with_what_was_seen(|seen, action| {
        let mut asked = vec![action.clone()];
        if let Action::RdsReplicas(RdsReplicasAction::ChangeRecords(batch)) = action {
            let silent = batch.changes.iter().find_map(|change| match change {
                RecordChange::Create(record) if record.weight == Weight::ZERO => Some(record.set_id.as_str()),
                _ => None,
            });
            let replica =
                silent.and_then(|id| seen.replicas.iter().find(|replica| replica.id.as_str() == id));
            asked.extend(replica.and_then(deletion));
        }
        asked
    })
}

fn deletes_another_than_was_planned() -> Box<dyn Tamper> {
    with_what_was_seen(|seen, action| {
        let Action::RdsReplicas(RdsReplicasAction::DeleteReplica(delete)) = action else {
            return vec![action.clone()];
        };
        let other = seen.replicas.iter().find(|replica| replica.id != delete.id && replica.status.serves());
        other.and_then(deletion).map_or_else(|| vec![action.clone()], |other| vec![other])
    })
}

fn creates_two_for_one() -> Box<dyn Tamper> {
    asks(|_, action| {
        let Action::RdsReplicas(RdsReplicasAction::CreateReplica(create)) = action else {
            return vec![action.clone()];
        };
        let mut twin = create.clone();
        twin.id = InstanceId::new(format!("{}b", create.id));
        vec![action.clone(), Action::RdsReplicas(RdsReplicasAction::CreateReplica(twin))]
    })
}

fn creates_under_a_foreign_name() -> Box<dyn Tamper> {
    asks_instead(|_, action| {
        let Action::RdsReplicas(RdsReplicasAction::CreateReplica(create)) = action else { return None };
        let mut other = create.clone();
        other.id = InstanceId::new(format!("reports-{}", create.id));
        Some(Action::RdsReplicas(RdsReplicasAction::CreateReplica(other)))
    })
}

/// Changes the records that are made; `None`: one is left out.
fn changes_records(hook: fn(RecordChange) -> Option<RecordChange>) -> Box<dyn Tamper> {
    asks(move |_, action| {
        let Action::RdsReplicas(RdsReplicasAction::ChangeRecords(batch)) = action else {
            return vec![action.clone()];
        };
        let mut batch = batch.clone();
        batch.changes = batch.changes.into_iter().filter_map(hook).collect();
        if batch.changes.is_empty() {
            return Vec::new();
        }
        vec![Action::RdsReplicas(RdsReplicasAction::ChangeRecords(batch))]
    })
}

fn leaves_the_record() -> Box<dyn Tamper> {
    asks(|_, action| match action {
        Action::RdsReplicas(RdsReplicasAction::ChangeRecords(batch))
            if batch.changes.iter().all(|change| matches!(change, RecordChange::Delete(_))) =>
        {
            Vec::new()
        }
        other => vec![other.clone()],
    })
}

fn source_of(target: &Target) -> Option<InstanceId> {
    match &target.kind {
        TargetKind::RdsReplicas(kind) => Some(kind.source.clone()),
        TargetKind::EcsService(_) | TargetKind::RedisNodes(_) => None,
    }
}

fn takes_a_promoted_one_for_a_replica() -> Box<dyn Tamper> {
    let seen = |target: &Target, seen: Observation, _: Timestamp| match seen {
        Observation::RdsReplicas(mut seen) => {
            for replica in &mut seen.replicas {
                replica.source = source_of(target);
                replica.replication = Replication::Normal;
                replica.pending.clear();
            }
            Observation::RdsReplicas(seen)
        }
        other => other,
    };
    let looked = |target: &Target, look: Look| match look {
        Look::RdsReplicas(mut look) => {
            if let Some(replica) = &mut look.replica {
                replica.source = source_of(target);
                replica.replication = Replication::Normal;
                replica.pending.clear();
            }
            Look::RdsReplicas(look)
        }
        other => other,
    };
    Box::new(Hooks { seen: Some(Box::new(seen)), looked: Some(Box::new(looked)), ..Hooks::default() })
}

fn takes_foreign_replicas_for_ours() -> Box<dyn Tamper> {
    let seen = |_: &Target, seen: Observation, _: Timestamp| match seen {
        Observation::RdsReplicas(mut seen) => {
            let ours = seen.replicas.iter().find(|replica| replica.tags.contains_key("tidegate:target"));
            if let Some(tags) = ours.map(|ours| ours.tags.clone()) {
                seen.replicas.iter_mut().for_each(|replica| replica.tags.clone_from(&tags));
            }
            Observation::RdsReplicas(seen)
        }
        other => other,
    };
    Box::new(Hooks { seen: Some(Box::new(seen)), ..Hooks::default() })
}

fn does_not_see_blue_green() -> Box<dyn Tamper> {
    let seen = |_: &Target, seen: Observation, _: Timestamp| match seen {
        Observation::RdsReplicas(seen) => {
            Observation::RdsReplicas(RdsObservation { blue_green: Ok(Vec::new()), ..seen })
        }
        other => other,
    };
    let looked = |_: &Target, look: Look| match look {
        Look::RdsReplicas(look) => Look::RdsReplicas(Inspection { blue_green: Ok(Vec::new()), ..look }),
        other => other,
    };
    Box::new(Hooks { seen: Some(Box::new(seen)), looked: Some(Box::new(looked)), ..Hooks::default() })
}

fn never_raises_the_floor() -> Box<dyn Tamper> {
    changes_records(|change| match change {
        RecordChange::Create(record) if record.set_id.as_str() == "primary-floor" => None,
        other => Some(other),
    })
}

/// A record of who is gone or broken stays: only batches that create something are sent.
fn never_sweeps() -> Box<dyn Tamper> {
    asks(|_, action| match action {
        Action::RdsReplicas(RdsReplicasAction::ChangeRecords(batch)) => {
            let demotes = batch.changes.iter().any(
                |change| matches!(change, RecordChange::Create(record) if record.weight == Weight::ZERO),
            );
            if demotes { Vec::new() } else { vec![action.clone()] }
        }
        other => vec![other.clone()],
    })
}
