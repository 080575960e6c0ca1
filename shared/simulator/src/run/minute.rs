//! One minute of one target as it ended: how it was served, and how its members stood.

use jiff::Timestamp;
use serde::Serialize;
use tidegate_policy::decide::Decision;

use crate::account::Served;
use crate::document::{Body, NodeRole, NodeSet, NodeState, ReplicaFrame, Stage};
use crate::split::{Cause, Standing};

/// What a look at a target came to: its decision, or why nothing changes. A log leaves out what it said lately; this does not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Said {
    /// When it looked.
    pub at: Timestamp,
    /// The reason code.
    pub reason: &'static str,
    /// One sentence with numbers.
    pub detail: String,
}

impl Said {
    pub(super) fn of(decision: &Decision, at: Timestamp) -> Said {
        let Decision { current, desired, explanation, .. } = decision;
        let change = if current == desired { String::new() } else { format!("{current} -> {desired}: ") };
        Said { at, reason: explanation.reason.code(), detail: format!("{change}{}", explanation.detail) }
    }
}

/// A minute of a target.
#[derive(Clone, Debug)]
pub struct TargetMinute {
    /// How it was served.
    pub served: Served,
    /// Why it violated the objective, if it did.
    pub cause: Option<Cause>,
    /// Hours of members billed since the start.
    pub unit_hours: f64,
    /// Additions decided since the minute before.
    pub outs: usize,
    /// Removals decided since the minute before.
    pub ins: usize,
    /// The members at its end.
    pub body: Body,
    /// What the last look said; `None` before the first.
    pub said: Option<Said>,
}

/// How members stand, in units that serve: of replicas the primary is one, of a replication group only nodes that take reads are.
pub(super) fn standing(body: &Body, most: u32, faulty: bool) -> Standing {
    match body {
        Body::Replicas(set) => {
            let count =
                |stages: &[Stage]| number(set.replicas.iter().filter(|one| is_in(one, stages)).count());
            let ramping = count(&[Stage::CatchingUp, Stage::Ramping, Stage::Demoted]);
            Standing {
                most: most + 1,
                up: 1 + ramping + count(&[Stage::Serving]),
                ramping,
                creating: count(&[Stage::Creating]),
                draining: count(&[Stage::Draining, Stage::Deleting]),
                faulty: faulty || count(&[Stage::Failed]) > 0,
            }
        }
        Body::Service(set) => Standing {
            // An event may allow more than the policy otherwise does.
            most: most.max(set.max),
            up: set.running,
            ramping: 0,
            creating: set.pending,
            draining: 0,
            faulty,
        },
        Body::Nodes(set) => of_nodes(set, most, faulty),
    }
}

fn of_nodes(set: &NodeSet, most: u32, faulty: bool) -> Standing {
    let count = |role: Option<NodeRole>, states: &[NodeState]| {
        let is =
            |state: NodeState, of: NodeRole| states.contains(&state) && role.is_none_or(|role| role == of);
        number(set.nodes.iter().filter(|node| is(node.state, node.role)).count())
    };
    let replicas = count(Some(NodeRole::Replica), &[NodeState::Serving]);
    let modifying = count(Some(NodeRole::Replica), &[NodeState::Modifying]);
    Standing {
        most: most.saturating_sub(set.shards).max(set.shards),
        // Without a replica the primary serves the reads.
        up: (replicas + modifying).max(set.shards),
        ramping: modifying,
        creating: count(None, &[NodeState::Creating]),
        draining: count(None, &[NodeState::Deleting]),
        faulty,
    }
}

fn is_in(replica: &ReplicaFrame, stages: &[Stage]) -> bool {
    stages.contains(&replica.stage)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{DiskFrame, ReplicaSet};

    fn replicas(stages: &[Stage]) -> Body {
        let replica = |stage: &Stage| ReplicaFrame {
            id: "one".to_owned(),
            stage: *stage,
            weight: None,
            cpu: 0.0,
            connections: 0.0,
            lag: 0.0,
            disk: DiskFrame::default(),
            serves: 0.0,
        };
        Body::Replicas(ReplicaSet {
            primary_cpu: 0.0,
            primary_connections: 0.0,
            primary_disk: DiskFrame::default(),
            floor_weight: None,
            replicas: stages.iter().map(replica).collect(),
        })
    }

    #[test]
    fn every_stage_of_a_replica_has_its_place() {
        let of = |stage: Stage| {
            let Standing { up, ramping, creating, draining, faulty, .. } =
                standing(&replicas(&[stage]), 5, false);
            (up, ramping, creating, draining, faulty)
        };
        let cases = [
            (Stage::Creating, (1, 0, 1, 0, false)),
            (Stage::CatchingUp, (2, 1, 0, 0, false)),
            (Stage::Ramping, (2, 1, 0, 0, false)),
            (Stage::Serving, (2, 0, 0, 0, false)),
            (Stage::Demoted, (2, 1, 0, 0, false)),
            (Stage::Draining, (1, 0, 0, 1, false)),
            (Stage::Deleting, (1, 0, 0, 1, false)),
            (Stage::Failed, (1, 0, 0, 0, true)),
            (Stage::Foreign, (1, 0, 0, 0, false)),
        ];
        assert_eq!(cases.len(), Stage::ALL.len());
        for (stage, expected) in cases {
            assert_eq!(of(stage), expected, "{stage:?}");
        }
        assert_eq!(standing(&replicas(&[]), 5, true).most, 6);
    }
}
