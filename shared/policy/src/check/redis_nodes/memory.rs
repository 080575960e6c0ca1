//! What the plan remembers: a change that is forgotten is asked for twice, and a shape that was never there is held against somebody.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::case::{Case, replicas};
use super::{scope, settled};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::history::{Changing, Goal, Lever, Shape};
use crate::observation::Group;
use crate::plan::{Action, RedisNodesAction, ShardReplicas};

/// ElastiCache may show a group at rest for a while after a call.
const UNSEEN: SignedDuration = SignedDuration::from_mins(1);

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    write_ahead(case, findings);
    decisions(case, findings);
    shape(case, findings);
    refused(case, findings);
    match case.plan.actions.first().and_then(|action| Some((action, goal(action)?))) {
        Some((action, goal)) => begins(case, action, goal, findings),
        None => goes_on(case, findings),
    }
    rest(case, findings);
}

/// An attempt that dies behind its call leaves nobody who knows of it.
fn write_ahead(case: &Case<'_>, findings: &mut Findings) {
    if let Some(action) = case.plan.actions.first().filter(|_| !case.plan.write_ahead) {
        findings.refuse(
            invariant::WRITE_AHEAD,
            format!("{action}, which the ledger would not know of before AWS does"),
        );
    }
}

/// The number of a decision is its name in activities and logs.
fn decisions(case: &Case<'_>, findings: &mut Findings) {
    let (before, after) = (case.history.decisions, case.plan.history.decisions);
    let made = u64::from(!case.plan.actions.is_empty());
    if after.checked_sub(before) != Some(made) {
        let calls = case.plan.actions.len();
        findings.refuse(
            invariant::GROUP_DECISIONS,
            format!("decisions would go from {before} to {after} with {calls} actions"),
        );
    }
}

/// As it is now, if it is at rest; whether or not it is ours to change.
pub(super) fn at_rest(case: &Case<'_>) -> Option<Shape> {
    case.seen.look.group().filter(|group| settled::unsettled(group).is_none()).map(observed)
}

fn observed(group: &Group) -> Shape {
    Shape {
        replicas: group.shards.iter().map(|shard| (shard.id.clone(), replicas(shard))).collect(),
        node_type: group.node_type.clone(),
    }
}

fn shape(case: &Case<'_>, findings: &mut Findings) {
    let (before, after) = (&case.before().shape, &case.after().shape);
    let gone = after.is_none() && case.seen.look.group().is_none();
    let seen = after.is_some() && *after == at_rest(case);
    if after != before && !gone && !seen {
        findings.refuse(
            invariant::SHAPE,
            format!("{} would be remembered, which was not seen at rest", sized(after.as_ref())),
        );
    }
}

fn sized(shape: Option<&Shape>) -> String {
    shape.map_or_else(
        || "no shape".to_owned(),
        |shape| format!("{} shards, {} nodes, {}", shape.replicas.len(), nodes(shape), shape.node_type),
    )
}

/// Each shard's primary, and its replicas.
fn nodes(shape: &Shape) -> u64 {
    shape.replicas.values().map(|replicas| 1 + u64::from(replicas.0)).sum()
}

/// What a call asks for, where it is one of a group.
fn goal(action: &Action) -> Option<Goal> {
    let of = |lines: &[ShardReplicas]| -> BTreeMap<_, _> {
        lines.iter().map(|line| (line.shard.clone(), line.to)).collect()
    };
    match action {
        Action::RedisNodes(RedisNodesAction::IncreaseReplicas(more)) => {
            Some(Goal::Replicas(of(&more.shards)))
        }
        Action::RedisNodes(RedisNodesAction::DecreaseReplicas(fewer)) => {
            Some(Goal::Replicas(of(&fewer.shards)))
        }
        Action::RedisNodes(RedisNodesAction::SetShards(set)) => Some(Goal::Shards(set.to)),
        Action::RedisNodes(RedisNodesAction::SetNodeType(set)) => Some(Goal::NodeType(set.to.clone())),
        _ => None,
    }
}

fn lever(goal: &Goal) -> Lever {
    match goal {
        Goal::Replicas(_) => Lever::Replicas,
        Goal::Shards(_) => Lever::Shards,
        Goal::NodeType(_) => Lever::NodeType,
    }
}

pub(super) fn reached(goal: &Goal, shape: &Shape) -> bool {
    match goal {
        Goal::Replicas(counts) => {
            counts.iter().all(|(shard, count)| shape.replicas.get(shard) == Some(count))
        }
        Goal::Shards(count) => usize::try_from(count.0).is_ok_and(|count| count == shape.replicas.len()),
        Goal::NodeType(node_type) => shape.node_type == *node_type,
    }
}

/// Whether a group of this shape would have more of something.
fn is_more(goal: &Goal, shape: &Shape) -> bool {
    match goal {
        Goal::Replicas(counts) => counts.iter().any(|(shard, count)| shape.replicas.get(shard) < Some(count)),
        Goal::Shards(count) => usize::try_from(count.0).is_ok_and(|count| count > shape.replicas.len()),
        Goal::NodeType(_) => true,
    }
}

/// With a call: exactly this change is on its way, and the one before is over.
fn begins(case: &Case<'_>, action: &Action, goal: Goal, findings: &mut Findings) {
    let mut refuse = |invariant, why: String| findings.refuse(invariant, format!("{action}, but {why}"));
    // What cannot be touched is refused already, and has no shape to start from.
    let Some(from) = scope::touchable(case).map(observed) else { return };
    let before = case.before();
    let refused = if is_more(&goal, &from) { &before.refused_out } else { &before.refused_in };
    if let Some(refused) = refused.get(&lever(&goal)).filter(|refused| case.now < refused.retry_at) {
        refuse(invariant::BACK_OFF, format!("AWS is to be asked again at {}", refused.retry_at));
    }
    if let Some(before) = &case.before().changing {
        let early = case.now.duration_since(before.since) < UNSEEN;
        let over = before.begun || reached(&before.to, &from) || before.to == goal || !early;
        if !over {
            refuse(invariant::CHANGING, format!("what was asked for at {} may still begin", before.since));
        }
    }
    let after = case.after().changing.as_ref();
    // What it says of memory is judged elsewhere.
    let before = after.and_then(|after| after.before);
    let begun = Changing { since: case.now, from, to: goal, begun: false, before };
    if after != Some(&begun) {
        refuse(invariant::CHANGING, "this change, from what was seen, would not be remembered".to_owned());
    }
}

/// Without one: what was on its way still is, or it is over.
fn goes_on(case: &Case<'_>, findings: &mut Findings) {
    let mut refuse = |why: String| findings.refuse(invariant::CHANGING, why);
    match (&case.before().changing, &case.after().changing) {
        (None, None) => {}
        (None, Some(after)) => refuse(format!("a change of {} is made up", after.since)),
        (Some(before), None) => {
            if let Some(why) = scope::touchable(case).and_then(settled::unsettled) {
                refuse(format!("the change of {} would be forgotten, although {why}", before.since));
            }
        }
        (Some(before), Some(after)) => {
            let same = (before.since, &before.from, &before.to, before.before)
                == (after.since, &after.from, &after.to, after.before);
            if !same {
                refuse(format!("the change of {} would become another", before.since));
            } else if before.begun && !after.begun {
                refuse(format!("that the change of {} began would be forgotten", before.since));
            } else if after.begun && !before.begun && at_rest(case).as_ref() == Some(&before.from) {
                refuse(format!("the change of {} did not begin", before.since));
            }
        }
    }
}

/// What AWS refused stays refused until its time is over, or a later change of the same sort came about after all.
fn refused(case: &Case<'_>, findings: &mut Findings) {
    let done = ended(case).filter(|ended| at_rest(case).is_some_and(|shape| reached(&ended.to, &shape)));
    let done = done.map(|done| (lever(&done.to), is_more(&done.to, &done.from)));
    let (before, after) = (case.before(), case.after());
    for (out, before, after) in
        [(true, &before.refused_out, &after.refused_out), (false, &before.refused_in, &after.refused_in)]
    {
        let standing = before.iter().filter(|(_, refused)| case.now < refused.retry_at);
        for (lever, before) in standing.filter(|(lever, _)| done != Some((**lever, out))) {
            let after = after.get(lever);
            if after.is_none_or(|after| after.retry_at < before.retry_at || after.times < before.times) {
                findings.refuse(
                    invariant::BACK_OFF,
                    format!(
                        "that {lever:?} are not to be asked for before {} would be forgotten",
                        before.retry_at
                    ),
                );
            }
        }
    }
}

/// What was on its way before, and no longer is.
pub(super) fn ended<'a>(case: &Case<'a>) -> Option<&'a Changing> {
    let goes_on = |since| case.after().changing.as_ref().is_some_and(|after| after.since == since);
    case.before().changing.as_ref().filter(|before| !goes_on(before.since))
}

/// The cooldown counts from what is remembered: it is not wound back while it lasts, and what came or went is remembered when it is there.
fn rest(case: &Case<'_>, findings: &mut Findings) {
    let (before, after) = (case.history, &case.plan.history);
    let removal = (before.scaled_in_at, after.scaled_in_at, "removal");
    let addition = (before.scaled_out.map(|out| out.at), after.scaled_out.map(|out| out.at), "addition");
    for (before, after, what) in [removal, addition] {
        let lasts = |at: &Timestamp| case.now.duration_since(*at) < case.scaling.cooldown.in_;
        if let Some(at) = before.filter(lasts).filter(|_| after < before) {
            findings.refuse(invariant::REST, format!("the {what} that ended at {at} would be forgotten"));
        }
    }
    let Some(ended) = ended(case) else { return };
    let Some(shape) = at_rest(case).filter(|shape| reached(&ended.to, shape)) else { return };
    // Either will do: both hold the next removal back.
    let told = removal.1.max(addition.1);
    if nodes(&shape) != nodes(&ended.from) && told.is_none_or(|at| at < ended.since) {
        findings.refuse(
            invariant::REST,
            format!("the change that was asked for at {} is there, and would not be remembered", ended.since),
        );
    }
}
