//! On what nodes run: a person's list in its order, ElastiCache's own word, and the hours that a person set for disturbances.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::case::Step;
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::names::NodeType;
use crate::observation::MaintenanceWindow;
use crate::plan::{Action, RedisNodesAction, SetNodeType};

pub(super) fn judge(step: &Step<'_>, findings: &mut Findings) {
    let Action::RedisNodes(RedisNodesAction::SetNodeType(set)) = step.action else { return };
    let mut refuse =
        |why: String| findings.refuse(invariant::LARGER_TYPE, format!("{}, but {why}", step.action));
    if !is_next_in(&step.case.redis.node_types, set) {
        refuse("the policy has no such step".to_owned());
    }
    if !step.case.seen.look.larger_types.as_ref().is_some_and(|types| types.contains(&set.to)) {
        refuse("ElastiCache does not offer it".to_owned());
    }
    if let Some(global) = &step.group.global {
        refuse(format!("the Global Datastore {global} has the same type everywhere"));
    }
    match step.group.maintenance {
        None => refuse("nobody knows the maintenance window".to_owned()),
        Some(window) if !is_open(window, step.case.now) => {
            refuse(format!("the maintenance window is {window}"));
        }
        Some(_) => {}
    }
}

/// Upwards, from a type of the list to a later one.
fn is_next_in(types: &[NodeType], set: &SetNodeType) -> bool {
    let from = types.iter().position(|node_type| *node_type == set.from);
    let to = types.iter().position(|node_type| *node_type == set.to);
    matches!((from, to), (Some(from), Some(to)) if from < to)
}

/// By the calendar of UTC, in minutes since Monday.
fn is_open(window: MaintenanceWindow, now: Timestamp) -> bool {
    let now = now.to_zoned(TimeZone::UTC);
    let days = i64::from(now.weekday().to_monday_zero_offset());
    let minute = (days * 24 + i64::from(now.hour())) * 60 + i64::from(now.minute());
    let (from, to) = (i64::from(window.from), i64::from(window.to));
    // Counted from its beginning, whichever side of Sunday's end that is.
    let week = 7 * 24 * 60;
    (minute - from).rem_euclid(week) < (to - from).rem_euclid(week)
}
