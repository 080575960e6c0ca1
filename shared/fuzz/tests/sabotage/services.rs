//! Wrong in what it does with an ECS service, or in what it sees of it.

use jiff::Timestamp;
use tidegate_fuzz::tamper::Tamper;
use tidegate_policy::kind::Kind;
use tidegate_policy::observation::{
    CapacityBounds, EcsObservation, Look, Observation, Reading, Rollout, Service,
};
use tidegate_policy::plan::{Action, EcsServiceAction, SetBounds, SetDesiredCount};
use tidegate_policy::policy::{ServiceMetric, Target};
use tidegate_policy::units::Count;

use super::Variant;
use super::hooks::{Hooks, asks, asks_instead, with_values};

pub(crate) fn all() -> Vec<Variant> {
    let variant = |name, made| Variant { name, kind: Kind::EcsService, made };
    vec![
        variant("asks_for_more_tasks_than_the_maximum", || {
            desires(|target, set| if set.to > set.from { Count(target.scaling.max.0 + 1) } else { set.to })
        }),
        variant("asks_for_fewer_tasks_than_the_minimum", || {
            desires(
                |target, set| {
                    if set.to < set.from { Count(target.scaling.min.0.saturating_sub(1)) } else { set.to }
                },
            )
        }),
        variant("takes_one_task_more_away", || {
            desires(|_, set| if set.to < set.from { Count(set.to.0.saturating_sub(1)) } else { set.to })
        }),
        variant("takes_tasks_away_to_none", || {
            desires(|_, set| if set.to < set.from { Count(0) } else { set.to })
        }),
        variant("pulls_both_levers", pulls_both_levers),
        variant("registers_a_scalable_target", registers_a_scalable_target),
        variant("widens_the_bounds", || {
            bounds(|target, set| CapacityBounds { max: Count(target.scaling.max.0 + 3), ..set.to })
        }),
        variant("lowers_the_minimum_of_the_bounds", || {
            bounds(|_, set| CapacityBounds { min: Count(0), ..set.to })
        }),
        variant("does_not_see_rollouts", || {
            sees(|service| {
                service.deployments.retain(|deployment| deployment.primary);
                service.deployments.iter_mut().for_each(|one| one.rollout = Rollout::Completed);
            })
        }),
        variant("does_not_see_messages_in_flight", || metric(ServiceMetric::QueueInFlight, 0.0)),
        variant("takes_every_task_for_idle", || metric(ServiceMetric::Cpu, 1.0)),
    ]
}

fn desires(hook: fn(&Target, &SetDesiredCount) -> Count) -> Box<dyn Tamper> {
    asks_instead(move |target, action| {
        let Action::EcsService(EcsServiceAction::SetDesiredCount(set)) = action else { return None };
        let to = hook(target, set);
        Some(Action::EcsService(EcsServiceAction::SetDesiredCount(SetDesiredCount { to, ..set.clone() })))
    })
}

fn bounds(hook: fn(&Target, &SetBounds) -> CapacityBounds) -> Box<dyn Tamper> {
    asks_instead(move |target, action| {
        let Action::EcsService(EcsServiceAction::SetBounds(set)) = action else { return None };
        let to = hook(target, set);
        Some(Action::EcsService(EcsServiceAction::SetBounds(SetBounds { to, ..set.clone() })))
    })
}

fn pulls_both_levers() -> Box<dyn Tamper> {
    asks(|_, action| {
        let Action::EcsService(EcsServiceAction::SetBounds(set)) = action else {
            return vec![action.clone()];
        };
        let desired = SetDesiredCount {
            cluster: set.cluster.clone(),
            service: set.service.clone(),
            from: set.to.min,
            to: set.to.max,
        };
        vec![action.clone(), Action::EcsService(EcsServiceAction::SetDesiredCount(desired))]
    })
}

fn registers_a_scalable_target() -> Box<dyn Tamper> {
    asks_instead(|target, action| {
        let Action::EcsService(EcsServiceAction::SetDesiredCount(set)) = action else { return None };
        let bounds = CapacityBounds { min: target.scaling.min, max: target.scaling.max };
        Some(Action::EcsService(EcsServiceAction::SetBounds(SetBounds {
            cluster: set.cluster.clone(),
            service: set.service.clone(),
            from: bounds,
            to: bounds,
            pulls_down: false,
            by_command: false,
        })))
    })
}

fn sees(hook: fn(&mut Service)) -> Box<dyn Tamper> {
    let seen = move |_: &Target, seen: Observation, _: Timestamp| match seen {
        Observation::EcsService(mut seen) => {
            if let Some(service) = &mut seen.look.service {
                hook(service);
            }
            Observation::EcsService(seen)
        }
        other => other,
    };
    let looked = move |_: &Target, look: Look| match look {
        Look::EcsService(mut look) => {
            if let Some(service) = &mut look.service {
                hook(service);
            }
            Look::EcsService(look)
        }
        other => other,
    };
    Box::new(Hooks { seen: Some(Box::new(seen)), looked: Some(Box::new(looked)), ..Hooks::default() })
}

fn metric(metric: ServiceMetric, value: f64) -> Box<dyn Tamper> {
    let seen = move |_: &Target, seen: Observation, now: Timestamp| match seen {
        Observation::EcsService(mut seen) => {
            change(&mut seen, metric, value, now);
            Observation::EcsService(seen)
        }
        other => other,
    };
    Box::new(Hooks { seen: Some(Box::new(seen)), ..Hooks::default() })
}

fn change(seen: &mut EcsObservation, metric: ServiceMetric, value: f64, now: Timestamp) {
    if let Some(reading) = seen.signals.get_mut(&metric) {
        let changed: Reading = with_values(reading, value, now);
        *reading = changed;
    }
}
