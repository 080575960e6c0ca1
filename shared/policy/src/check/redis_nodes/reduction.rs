//! When nodes may be taken away: all signals known, none of them high, and no change a short while ago. Down to the maximum is the clock's word.

use jiff::{SignedDuration, Timestamp};

use super::case::Step;
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::plan::{Action, RedisNodesAction};
use crate::policy::Signal;
use crate::units::friendly;

/// A wake-up is not on the second.
const EARLY: SignedDuration = SignedDuration::from_secs(30);

/// What can be read of nodes.
const SIGNALS: [Signal; 4] = [Signal::Cpu, Signal::Memory, Signal::Evictions, Signal::NodeConnections];

/// Whether the maximum in force asks for the removal. Replicas can stop at it; a shard leaves with all of its nodes.
pub(super) fn is_for_the_maximum(step: &Step<'_>) -> bool {
    let max = step.case.in_force.max;
    let stops = matches!(step.action, Action::RedisNodes(RedisNodesAction::SetShards(_)))
        || step.nodes_after() >= max;
    step.nodes() > max && stops
}

pub(super) fn judge(step: &Step<'_>, findings: &mut Findings) {
    if !step.takes_away() || is_for_the_maximum(step) {
        return;
    }
    cooldown(step, findings);
    if step.case.is_ruled() {
        signals(step, findings);
    }
}

fn cooldown(step: &Step<'_>, findings: &mut Findings) {
    let case = step.case;
    for (what, at) in last_changes(&case.history.scaled_in_at, case.history.scaled_out.map(|out| out.at)) {
        let left = case.scaling.cooldown.in_.saturating_sub(case.now.duration_since(at));
        if left > EARLY {
            findings.refuse(
                invariant::REST,
                format!("{}, although {what} ended at {at}, {} too early", step.action, friendly(left)),
            );
        }
    }
}

fn last_changes(
    removed: &Option<Timestamp>,
    added: Option<Timestamp>,
) -> impl Iterator<Item = (&'static str, Timestamp)> {
    let removed = removed.map(|at| ("a removal", at));
    removed.into_iter().chain(added.map(|at| ("an addition", at)))
}

fn signals(step: &Step<'_>, findings: &mut Findings) {
    let action = step.action;
    for signal in SIGNALS.into_iter().filter(|signal| step.is_read(*signal)) {
        for node in step.group.nodes().filter(|node| step.speaks(node, signal)) {
            match step.known(node, signal) {
                Err(why) => findings.refuse(invariant::NODE_DATA, format!("{action}, although {why}")),
                Ok(known) => {
                    if let Some(rule) = step.out_rules(signal).find(|rule| known.is_above(rule)) {
                        findings.refuse(
                            invariant::PRESSURE,
                            format!("{action}, although {} is above \"{}\" now", node.id, rule.text),
                        );
                    }
                }
            }
        }
    }
}
