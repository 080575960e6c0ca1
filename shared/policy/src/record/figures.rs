//! The numbers that one look at a target gave: what the log tells of it, and what is published as metrics.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::decide::Decision;
use crate::evaluate::newest_lag;
use crate::evaluate::rds_replicas::roster::{Member, Roster};
use crate::history::History;
use crate::names::SetId;
use crate::observation::reading::{FRESH_FOR, STALE_FOR};
use crate::observation::{Availability, Group, MemberSignals, RdsObservation, Reading};
use crate::observed::{Observed, OfKind};
use crate::plan::Plan;
use crate::policy::{RdsReplicas, Target};
use crate::units::{Count, Weight};

/// What one look at a target found and decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Members there are, those on their way in and the one on its way out too.
    pub current: Count,
    /// Members there should be.
    pub desired: Count,
    /// The most members that the policy allows at any time.
    pub max: Count,
    /// Members that clients are sent to.
    pub serving: Count,
    /// How many members AWS has of each class or node type: what they cost follows from it. Empty of a service, whose tasks have no class.
    pub classes: BTreeMap<String, Count>,
    /// The largest newest lag of the members that clients are sent to, or were until they fell behind, seconds, by the engine's own rule;
    /// `None` when there is none. Where replication does not run, the least that it can be by now; where the lag of a member that clients are
    /// sent to is not known, for how long it has not been: what nobody measures is not good.
    pub lag_seconds: Option<f64>,
    /// Connections in percent of `max_connections`: the largest of the primary and of the replicas of ours; `None` when of none of them both
    /// are known and fresh.
    pub connections_percent: Option<f64>,
    /// How long a member on its way out has been draining, the longest.
    pub draining_for: Option<SignedDuration>,
    /// How long the oldest transition under way has lasted: replicas on their way in, one on its way out, tasks that were asked for and do not all
    /// run, a change of a replication group that is not there yet.
    pub in_transition_for: Option<SignedDuration>,
    /// The weighted records of the reader name as they were found, others' and the floor's too; empty where there is no such name.
    pub weights: Vec<(SetId, Weight)>,
}

/// The figures of a plan and what it was made from.
pub fn figures(observed: Observed<'_>, plan: &Plan, now: Timestamp) -> Figures {
    let Decision { current, desired, .. } = plan.decision;
    let figures = Figures {
        current,
        desired,
        max: observed.target().scaling.max,
        serving: Count::ZERO,
        classes: BTreeMap::new(),
        lag_seconds: None,
        connections_percent: None,
        draining_for: None,
        in_transition_for: in_transition_since(&plan.history).map(|since| now.duration_since(since)),
        weights: Vec::new(),
    };
    match observed.of() {
        OfKind::RdsReplicas(rds, seen) => {
            of_replicas(figures, observed.target(), rds, seen, &plan.history, now)
        }
        OfKind::EcsService(_, seen) => {
            let running = seen.look.service.as_ref().map(|service| service.running);
            Figures { serving: running.unwrap_or(Count::ZERO), ..figures }
        }
        OfKind::RedisNodes(_, seen) => {
            let nodes = seen.look.group().into_iter().flat_map(Group::nodes);
            let serving = nodes.filter(|node| node.status == Availability::Available).count();
            let of_type = |group: &Group| (group.node_type.to_string(), Count::of_len(group.nodes().count()));
            let classes = seen.look.group().map(of_type).into_iter().collect();
            Figures { serving: Count::of_len(serving), classes, ..figures }
        }
    }
}

fn of_replicas(
    figures: Figures,
    target: &Target,
    rds: &RdsReplicas,
    seen: &RdsObservation,
    history: &History,
    now: Timestamp,
) -> Figures {
    let roster = Roster::new(target, rds, seen, history);
    // One that lost its weight for its lag keeps its record: left out, the worst lag would be the one that nobody sees.
    let demoted =
        |member: &Member<'_>| member.stays() && member.record.is_some() && !member.leaving && !member.held;
    let lagging = roster.members.iter().filter(|member| member.answers() || demoted(member));
    let unknown_for = |member: &Member<'_>| lag_unknown_for(member, target, seen, history, now);
    let lags = lagging.filter_map(|member| newest_lag(member.replica, rds).or_else(|| unknown_for(member)));
    let ours = roster.members.iter().filter(|member| member.ours.is_ok());
    let members = seen.source.iter().map(|source| &source.signals);
    let members = members.chain(ours.map(|member| &member.replica.signals));
    let draining_since =
        history.rds_replicas.removals().filter_map(|(_, removal)| removal.draining_since).min();
    let records = seen.records.weighted.iter();
    Figures {
        serving: Count::of_len(roster.readers().count()),
        classes: classes(&roster),
        lag_seconds: lags.reduce(f64::max),
        connections_percent: members.filter_map(|signals| connections_percent(rds, signals)).reduce(f64::max),
        draining_for: draining_since.map(|since| now.duration_since(since)),
        weights: records.map(|record| (record.set_id.clone(), record.weight)).collect(),
        ..figures
    }
}

/// Of all replicas of ours, those on their way in or out too: AWS asks for them all.
fn classes(roster: &Roster<'_>) -> BTreeMap<String, Count> {
    let mut classes: BTreeMap<String, Count> = BTreeMap::new();
    for member in roster.members.iter().filter(|member| member.ours.is_ok()) {
        let count = classes.entry(member.replica.class.to_string()).or_default();
        *count = count.plus(Count::ONE);
    }
    classes
}

/// For how long nobody has been able to tell how far behind a member is that clients are sent to. Late points, and the minutes between two
/// evaluations, are no reason to say so.
fn lag_unknown_for(
    member: &Member<'_>,
    target: &Target,
    seen: &RdsObservation,
    history: &History,
    now: Timestamp,
) -> Option<f64> {
    if !member.answers() || !member.replica.status.serves() {
        return None;
    }
    let unknown_for = if seen.signals_read {
        match &member.replica.signals.lag {
            Reading::Fresh(_) => return None,
            Reading::Stale(series) => now.duration_since(series.newest().minute.end()?),
            Reading::Missing => STALE_FOR,
        }
    } else {
        let since_read = now.duration_since(history.evaluated_at?);
        Some(since_read).filter(|since| *since > target.scaling.evaluate_every + FRESH_FOR)?
    };
    Some(unknown_for.as_secs_f64())
}

/// The newest connections of one member, in percent of what it may have.
fn connections_percent(rds: &RdsReplicas, signals: &MemberSignals) -> Option<f64> {
    let most = rds.max_connections.or(signals.max_connections).filter(|most| *most > 0)?;
    Some(signals.connections.fresh()?.newest().value * 100.0 / f64::from(most))
}

/// When the oldest transition under way was begun. A group that others keep busy, or a backup, is no transition of the target's.
fn in_transition_since(history: &History) -> Option<Timestamp> {
    let replicas = history.rds_replicas.intents.iter().map(|intent| intent.since).min();
    let tasks = history.ecs_service.starting.as_ref().map(|starting| starting.since);
    let nodes = history.redis_nodes.changing.as_ref().map(|changing| changing.since);
    replicas.or(tasks).or(nodes)
}
