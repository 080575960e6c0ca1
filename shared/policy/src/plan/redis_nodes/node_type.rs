//! A larger node type for a group whose memory runs out: opt-in, one step of the policy's ladder, in the group's own maintenance window.
//!
//! It replaces every node and fails over, so it waits for the window in which ElastiCache may do that by itself.

use super::scene::Scene;
use super::situation::refused;
use crate::history::{Goal, Lever};
use crate::plan::draft::Draft;
use crate::plan::step::Step;
use crate::plan::{Action, RedisNodesAction, SetNodeType};
use crate::reason::{Explanation, Reason};
use crate::units::friendly;

pub(super) fn grow(scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let Some(short) = &scene.larger_nodes else { return Step::Pass };
    // Another change was decided, and there is one at a time.
    if draft.decision.direction().is_some() {
        return Step::Pass;
    }
    // It replaces every node, whichever direction is paused.
    if let Some(held) = scene.pauses.any() {
        return Step::Wait(held.explain(&format!("{short}: larger nodes are wanted")));
    }
    let next = match scene.reach.larger_type() {
        Ok(next) => next,
        Err(why) => return Step::Wait(why),
    };
    if let Some((why, _)) = refused(&draft.history, Lever::NodeType, true, scene.now) {
        return Step::Wait(why);
    }
    let cooldown = scene.target.scaling.cooldown.out;
    let ended = draft.history.scaled_out.map(|last| scene.now.duration_since(last.at));
    if let Some(ago) = ended.filter(|ago| *ago < cooldown) {
        let detail = format!(
            "the scale-out cooldown of {} runs for {} more",
            friendly(cooldown),
            friendly(cooldown - ago)
        );
        return Step::Wait(Explanation::new(Reason::CooldownOut, detail));
    }
    if let Err(why) = scene.reach.in_maintenance(&next) {
        let said = short.clone().reworded(|short| format!("{short}; {}", why.detail));
        draft.alert("the larger node type that waits", why.reason, said);
        return Step::Wait(why);
    }
    let from = scene.group.node_type.clone();
    let detail = format!(
        "{short}: asks ElastiCache for {next} instead of {from}; every node is replaced, and the primary fails over"
    );
    draft.begin(scene, Goal::NodeType(next.clone()));
    let action = SetNodeType { group: scene.redis.group.clone(), from, to: next };
    Step::Act(
        Explanation::new(Reason::SetNodeType, detail),
        vec![Action::RedisNodes(RedisNodesAction::SetNodeType(action))],
    )
}
