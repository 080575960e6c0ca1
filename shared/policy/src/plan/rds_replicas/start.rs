//! A0 and R0: a decision becomes an intent. Nothing else begins a transition. One begins beside those under way.

use super::budget;
use super::ladder;
use super::naming;
use super::scene::{Draft, Scene, Step};
use super::victim;
use crate::decide::Direction;
use crate::evaluate::rds_replicas::saturation::Saturation;
use crate::history::{Addition, CapacityChange, History, Intent, Removal, Transition};
use crate::plan::action::{Action, RdsReplicasAction};
use crate::reason::{Explanation, Reason};
use crate::units::Count;

pub(super) fn start(scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let (from, to) = (draft.decision.current, draft.decision.desired);
    let Some(direction) = draft.decision.direction() else { return Step::Pass };
    let source = scene.observation.source.as_ref();
    let (Some(source), None) = (source, scene.conflict()) else { return Step::Pass };
    let now = scene.now;
    let decision = naming::decision(&scene.target.name, draft.history.decisions + 1, now);
    let (transition, explanation, actions) = match direction {
        Direction::Out => {
            let rung = match ladder::choose(scene, &draft.history, source) {
                Ok(rung) => rung,
                // The decision knows that already.
                Err(_) => return Step::Pass,
            };
            let additions: Vec<Addition> = (0..to.minus(from).0 as usize)
                .map(|index| Addition {
                    id: naming::replica(scene.rds, &decision, index),
                    class: rung.class.clone(),
                    zone: rung.zone.clone(),
                    resource_id: None,
                    progress_at: None,
                    missing_since: None,
                    refusals: 0,
                    retry_at: None,
                    given_up: false,
                    not_offered: false,
                    joined: false,
                    served: false,
                })
                .collect();
            let actions: Vec<Action> = additions
                .iter()
                .map(|addition| {
                    Action::RdsReplicas(RdsReplicasAction::CreateReplica(naming::creation(
                        scene, source, &decision, addition,
                    )))
                })
                .collect();
            // What comes on top of an addition under way says nothing of what that one did.
            if !intents_add(&draft.history) && scene.saturation(&draft.history) == Saturation::All {
                draft.history.rds_replicas.saturated += 1;
            }
            budget::charge(&mut draft.history, additions.len(), now);
            let names: Vec<_> = additions.iter().map(|addition| addition.id.as_str()).collect();
            let detail = format!("{from} to {to}: asks RDS for {}", names.join(", "));
            (Transition::Add(additions), Explanation::new(Reason::CreateReplicas, detail), actions)
        }
        Direction::In => {
            let Ok(victim) = victim::choose(scene, &draft.history) else { return Step::Pass };
            let detail = format!("{from} to {to}: {} is to go ({})", victim.id, victim.because);
            let removal = Removal {
                id: victim.id,
                resource_id: victim.resource_id,
                weight: victim.weight,
                draining_since: None,
                delete_requested: false,
                asked_at: None,
                asks: 0,
                retry_at: None,
            };
            // R0 only writes down who is to go: the next attempt knows the victim and looks at all that R1 asks.
            (Transition::Remove(removal), Explanation::new(Reason::ChooseVictim, detail), Vec::new())
        }
    };
    draft.history.decisions += 1;
    draft.history.rds_replicas.intents.push(Intent { decision, since: now, from, to, transition });
    remember_change(scene, &mut draft.history, from, to);
    match direction {
        Direction::Out => Step::Begin(explanation, actions),
        Direction::In => Step::Remember(explanation),
    }
}

fn intents_add(history: &History) -> bool {
    let mut additions = history.rds_replicas.intents.iter().flat_map(Intent::additions);
    additions.any(Addition::is_coming)
}

fn remember_change(scene: &Scene<'_>, history: &mut History, from: Count, to: Count) {
    let limits = &scene.target.scaling.rate_limit;
    let longest =
        [limits.out, limits.in_].into_iter().flatten().map(|limit| limit.period).max().unwrap_or_default();
    history.changes.retain(|change| scene.now.duration_since(change.at) < longest);
    let delta = i64::from(to.0) - i64::from(from.0);
    let delta = i32::try_from(delta).unwrap_or(i32::MAX);
    history.changes.push(CapacityChange { at: scene.now, delta });
}
