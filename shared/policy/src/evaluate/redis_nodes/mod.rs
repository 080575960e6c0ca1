//! What each rule says of a replication group.

mod cores;
mod larger;
mod pressure;
mod projection;
mod reach;
mod readings;
mod relief;
mod saturation;
mod tiering;
mod work;

pub use larger::larger_types_matter;
pub(crate) use projection::{carries_with_one_less, holds_without_shard};
pub(crate) use reach::{Reach, busy, shape};
pub(crate) use readings::Readings;
pub(crate) use relief::{memory_before, settle as settle_relief};
pub(crate) use work::{took, worked, workforce};

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::threshold::{self, Verdict};
use super::{Alerts, Bounds, Evaluation, Recommendation, Vote, levels_out};
use crate::history::{History, Lever, Read};
use crate::names::NodeId;
use crate::number::Sentence;
use crate::observation::{Group, Role};
use crate::policy::{ClusterMode, NodeMetric, Signal, Target, TargetKind, ThresholdRule};
use crate::reason::{Alert, Explanation, Reason};
use crate::units::Count;
use pressure::{Pressure, Said};
use relief::Relieved;

/// How the alert of a load begins that no lever takes.
const UNHELPED: &str = "what no lever helps";

/// What is said of memory where its metric does not count and the one that does is not there.
const UNMEASURED: &str = " of DatabaseCapacityUsagePercentage; the group has data tiering, where memory is full by design and says nothing: \
    nothing is added or taken away for it";

/// The metric that says how busy the one-threaded engine of this group's nodes is.
pub fn node_cpu_metric(group: &Group) -> NodeMetric {
    cores::cpu_metric(&group.node_type).0
}

/// What is bought of each node: what the target's rules need, and nothing of a node that cannot say it.
///
/// Memory and evictions are those of nodes that ElastiCache does not call replicas, which hold the same keys as their primary; with cluster mode
/// enabled it calls none so, and all are asked. Connections are those of all nodes where a rule compares them, else of replicas of which one may go.
pub fn node_metrics_needed(target: &Target, group: &Group) -> BTreeMap<NodeId, BTreeSet<NodeMetric>> {
    let TargetKind::RedisNodes(redis) = &target.kind else { return BTreeMap::new() };
    let scaling = &target.scaling;
    let rules = || scaling.scale_out.iter().chain(&scaling.scale_in).chain(&scaling.alert);
    let asked = |signal| rules().any(|rule| rule.signal == signal);
    let may_shrink = !scaling.scale_in.is_empty();
    let nodes = Count::of_len(group.nodes().count());
    // No shard goes whose memory is not known, whoever wants it gone: signals, a policy without any, or a lower maximum.
    let by_clock = scaling.scale_out.is_empty()
        || nodes > scaling.max
        || scaling.windows.iter().any(|window| window.max.is_some());
    let shards_may_go = redis.shards.is_some_and(|bounds| Count::of_len(group.shards.len()) > bounds.min)
        && (may_shrink || (by_clock && nodes > scaling.min));
    let memory = asked(Signal::Memory) || shards_may_go;
    let choice = group.cluster_mode == ClusterMode::Disabled && may_shrink && nodes > scaling.min;
    let mut needed = BTreeMap::new();
    for shard in &group.shards {
        for node in &shard.nodes {
            let mut metrics = BTreeSet::new();
            if asked(Signal::Cpu) {
                metrics.insert(cores::cpu_metric(&group.node_type).0);
                if group.cluster_mode == ClusterMode::Enabled && shard.nodes.len() > 1 {
                    metrics.insert(NodeMetric::IsPrimary);
                }
            }
            if asked(Signal::NodeConnections) {
                metrics.insert(NodeMetric::Connections);
            }
            let holds_keys = node.role != Role::Replica;
            if memory && holds_keys {
                metrics.insert(tiering::memory_metric(group));
            }
            if asked(Signal::Evictions) && holds_keys {
                metrics.insert(NodeMetric::Evictions);
            }
            if choice && node.role == Role::Replica && shard.nodes.len() > 2 {
                metrics.insert(NodeMetric::Connections);
            }
            needed.insert(node.id.clone(), metrics);
        }
    }
    needed
}

/// What the rules say of a group, and which lever they ask for.
pub(crate) struct NodesEvaluation {
    pub(crate) evaluation: Evaluation,
    /// What makes more nodes, where a rule asks for more.
    pub(crate) out: Option<Lever>,
    /// Memory is short, and nodes of a larger type are what helps: the sentence of the rule.
    pub(crate) larger_nodes: Option<Sentence>,
}

/// Evaluates every rule. Votes are absolute counts of nodes; `step_in` is how many go at once.
pub(crate) fn evaluate(
    target: &Target,
    readings: &Readings<'_>,
    reach: &Reach<'_>,
    bounds: Bounds,
    step_in: Count,
    history: &History,
    now: Timestamp,
) -> NodesEvaluation {
    let scaling = &target.scaling;
    let current = reach.nodes();
    let saturated = saturation::is_saturated(readings);
    // While the scale-out cooldown runs, a step counts from where the last addition began: only a larger step asks for more. What is seen to
    // have taken effect, and leaves every node saturated, is not waited for.
    let runs = |at| !saturated && now.duration_since(at) < scaling.cooldown.out;
    let cooling = history.scaled_out.filter(|last| runs(last.at));
    let base = cooling.map_or(current, |last| last.from.min(current));
    let mut alerts = Alerts::of(&scaling.alert, |rule| readings.series(rule.signal));
    let mut larger_nodes = None;
    let mut asked = Vec::new();
    let mut read: Option<Read> = None;
    for rule in &scaling.scale_out {
        let (said, mut detail) = pressure::judge(rule, readings);
        if matches!(said, Said::Fails) {
            let of_rule = threshold::read(rule, &readings.series(rule.signal));
            read = read.map_or(of_rule, |read| Some(of_rule.map_or(read, |of_rule| read.and(of_rule))));
        }
        let (vote, lever) = match said {
            Said::Fails => match pressure::begins(rule, readings) {
                Some(sentence) => {
                    detail = sentence.into();
                    (Vote::Keep { why: Reason::WithinThresholds }, None)
                }
                None => (Vote::Stay, None),
            },
            Said::Unknown(why) => {
                let stood = history.alerting.iter().filter(|key| key.starts_with(UNHELPED));
                alerts.unjudged.extend(stood.cloned());
                match readings.untold_by_tiering(rule.signal, why) {
                    Some(why) => {
                        detail.push_str(UNMEASURED);
                        (Vote::Keep { why }, None)
                    }
                    None => (Vote::Unknown { why }, None),
                }
            }
            Said::Untold(why) => (Vote::Keep { why }, None),
            Said::RoleUnknown => {
                detail.push_str("; whether it is the primary is not known, and replicas help no primary");
                (Vote::Keep { why: Reason::RolesUnknown }, None)
            }
            Said::Holds(pressure) => match relieved(pressure, rule, readings, history).unwrap_or_else(|| {
                help(pressure, saturation::step(rule.step, saturated, pressure), reach, bounds.max)
            }) {
                Help::Nodes(lever, nodes) => {
                    if saturated && pressure == Pressure::Reads {
                        detail.push_str(&format!(
                            ", and all nodes are saturated: {} more",
                            nodes.minus(current)
                        ));
                    }
                    (Vote::Out(base.plus(nodes.minus(current))), Some(lever))
                }
                Help::LargerNodes => {
                    larger_nodes = larger_nodes.or_else(|| Some(detail.clone()));
                    detail.push_str("; larger nodes are what helps");
                    (Vote::Keep { why: Reason::LargerNodesNeeded }, None)
                }
                Help::Awaited(awaited) => {
                    detail.push_str(&format!("; {awaited}"));
                    (Vote::Keep { why: Reason::AwaitRelief }, None)
                }
                Help::None(why) => {
                    detail.push_str(&format!("; {}", why.detail));
                    // Two rules that nothing helps for the same reason are one thing for a person to know.
                    if alerts.hold.iter().all(|alert| alert.explanation.reason != why.reason) {
                        let key = Some(format!("{UNHELPED} ({})", why.reason));
                        let mut said = detail.clone();
                        said.numbers.extend(why.numbers);
                        alerts.hold.push(Alert::new(key, Explanation::new(why.reason, said)));
                    }
                    (Vote::Keep { why: why.reason }, None)
                }
            },
        };
        if cooling.is_some() && matches!(vote, Vote::Out(_)) {
            detail.push_str(&format!(", counted from the {base} where the last addition began"));
        }
        asked.push((Recommendation::new(&rule.text, vote, detail), lever));
    }
    let stood = history.alerting.iter().filter(|key| key.starts_with(UNHELPED));
    alerts.read.extend(stood.filter_map(|key| Some((key.clone(), read?))));
    // A shard more has its own primary and replicas: it helps reads too, and one change is made at a time.
    let wants = |lever| asked.iter().any(|(_, asks)| *asks == Some(lever));
    let out = [Lever::Shards, Lever::Replicas].into_iter().find(|lever| wants(*lever));
    let out_said = asked.into_iter().map(|(mut said, lever)| {
        if lever.is_some() && lever != out {
            said.detail.push_str("; the shard that another rule asks for helps reads too");
            said.vote = Vote::Stay;
        }
        said
    });
    let in_said = scaling.scale_in.iter().map(|rule| {
        let (verdict, mut detail) = threshold::judge(rule, &readings.series(rule.signal));
        let vote = match verdict {
            Verdict::Holds => Vote::In(current.minus(step_in)),
            Verdict::Fails => Vote::Stay,
            Verdict::Unknown(why) => {
                let tiering = readings.untold_by_tiering(rule.signal, why);
                detail.push_str(tiering.map_or("", |_| UNMEASURED));
                Vote::Unknown { why: tiering.unwrap_or(why) }
            }
        };
        Recommendation::new(&rule.text, vote, detail)
    });
    let evaluation = Evaluation {
        out: out_said.collect(),
        in_: in_said.collect(),
        track: Vec::new(),
        ahead: None,
        bounds,
        alerts,
        cooling_until: cooling.and_then(|last| last.at.checked_add(scaling.cooldown.out).ok()),
        near: levels_out(scaling).any(|(signal, level)| threshold::is_near(level, &readings.series(signal))),
        coming: false,
        only_schedule: scaling.scale_out.is_empty() && scaling.scale_in.is_empty(),
    };
    NodesEvaluation { evaluation, out, larger_nodes }
}

/// That what was added for memory before did not help, or is not known yet to have helped.
fn relieved(
    pressure: Pressure,
    rule: &ThresholdRule,
    readings: &Readings<'_>,
    history: &History,
) -> Option<Help> {
    let last = history.redis_nodes.relief.as_ref().filter(|_| pressure == Pressure::Memory)?;
    match relief::judge(last, rule.signal, readings) {
        Relieved::Yes => None,
        Relieved::NotYetKnown(why) => Some(Help::Awaited(why)),
        Relieved::No(why) => Some(Help::None(Explanation::new(Reason::MemoryNotRelieved, why))),
    }
}

/// What helps against a pressure.
enum Help {
    /// This lever, and the nodes that there would then be.
    Nodes(Lever, Count),
    /// Every node of a larger type; when it is changed is not for a rule to say.
    LargerNodes,
    /// Nothing yet: what the last addition changed is not measured.
    Awaited(String),
    /// Nothing that may be changed: told to a person.
    None(Explanation),
}

/// `most`: the nodes of the moment's maximum.
fn help(pressure: Pressure, step: Count, reach: &Reach<'_>, most: Count) -> Help {
    let shards = || -> Result<Help, Explanation> {
        let shards = reach.more_shards(step)?;
        reach.room_for_a_shard(most)?;
        Ok(Help::Nodes(Lever::Shards, reach.nodes_with_shards(shards)))
    };
    match pressure {
        Pressure::Reads => reach
            .more_replicas(step)
            .map(|replicas| Help::Nodes(Lever::Replicas, reach.nodes_with_replicas(replicas)))
            .or_else(|limit| shards().map_err(|_| limit))
            .unwrap_or_else(Help::None),
        Pressure::Writes => shards().unwrap_or_else(|why| {
            let detail = format!("writes use up the primary, and replicas take none of them: {}", why.detail);
            Help::None(Explanation::new(Reason::WritesSaturate, detail))
        }),
        Pressure::Readers => reach.more_replicas(step).map_or_else(Help::None, |replicas| {
            Help::Nodes(Lever::Replicas, reach.nodes_with_replicas(replicas))
        }),
        Pressure::Writers => {
            let detail = "clients that write connect to the primary, and replicas take none of them";
            Help::None(Explanation::new(Reason::ConnectionsOfPrimary, detail))
        }
        Pressure::Memory => shards().unwrap_or_else(|shards| match reach.larger_type() {
            Ok(_) => Help::LargerNodes,
            Err(types) => {
                let detail = format!(
                    "replicas hold the same keys and do not help; {}; {}",
                    shards.detail, types.detail
                );
                Help::None(Explanation::new(types.reason, detail))
            }
        }),
    }
}
