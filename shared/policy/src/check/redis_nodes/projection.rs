//! Whether those that stay can carry what leaves: reads for a replica; keys, writes and reads for a shard.

use super::case::Step;
use super::reduction::is_for_the_maximum;
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::names::ShardId;
use crate::observation::{Node, Shard};
use crate::plan::{Action, RedisNodesAction, SetShards};
use crate::policy::Signal;
use crate::units::Percent;

/// Where the policy has no out-rule on CPU: AWS asks for less than this while keys move (ElastiCache user guide, "Online cluster resizing").
const CPU_WITHOUT_RULE: f64 = 80.0;
/// Where it has none on memory.
const MEMORY_WITHOUT_RULE: f64 = 75.0;
/// So many times what leaves must be free where it goes (the same page).
const ROOM: f64 = 1.5;
/// Sums of binary fractions differ by the order in which they are made.
const ROUNDING: f64 = 1e-9;

pub(super) fn judge(step: &Step<'_>, findings: &mut Findings) {
    let concluded = step.case.is_ruled() && !is_for_the_maximum(step);
    let judged = match step.action {
        Action::RedisNodes(RedisNodesAction::DecreaseReplicas(fewer)) if concluded => {
            fewer.shards.iter().try_for_each(|line| without_a_replica(step, &line.shard, findings))
        }
        Action::RedisNodes(RedisNodesAction::SetShards(set)) if set.to < set.from => {
            without_shards(step, set, concluded, findings)
        }
        _ => Ok(()),
    };
    if let Err(why) = judged {
        findings.refuse(invariant::NODE_DATA, format!("{}, although {why}", step.action));
    }
}

/// The reads of all replicas on one fewer; with none left, on the primary.
fn without_a_replica(step: &Step<'_>, id: &ShardId, findings: &mut Findings) -> Result<(), String> {
    if !step.is_read(Signal::Cpu) {
        return Err("no rule reads the CPU, which alone says what replicas are for".to_owned());
    }
    let Some(shard) = step.group.shards.iter().find(|shard| shard.id == *id) else { return Ok(()) };
    let mut total = 0.0;
    let mut least = f64::INFINITY;
    for node in &shard.nodes {
        let cpu = step.known(node, Signal::Cpu)?.recent();
        total += cpu;
        least = least.min(cpu);
    }
    let (mut stay, mut each) = (0.0, total);
    if shard.nodes.len() > 2 {
        // Where nobody knows the primary it is taken for the idlest, so that the most is read from the others.
        let primary = match step.primary(shard) {
            Some(node) => step.known(node, Signal::Cpu)?.recent(),
            None => least,
        };
        stay = shard.nodes.iter().skip(2).map(|_| 1.0).sum();
        each = (total - primary) / stay;
    }
    let who = if stay > 0.0 { "each remaining replica" } else { "the primary" };
    below(step, Signal::Cpu, each, &format!("of {who} in the shard {id}"), findings);
    clients(step, shard, findings)
}

/// Where a rule adds for connections, those of the replicas have room on one fewer; on the primary with none left, beside its own.
fn clients(step: &Step<'_>, shard: &Shard, findings: &mut Findings) -> Result<(), String> {
    if step.out_rules(Signal::NodeConnections).next().is_none() {
        return Ok(());
    }
    let primary = step.primary(shard).map(|node| &node.id);
    let (mut readers, mut writers, mut stay) = (0.0, 0.0, -1.0);
    for node in &shard.nodes {
        let connected = step.known(node, Signal::NodeConnections)?.recent();
        if Some(&node.id) == primary {
            writers += connected;
        } else {
            readers += connected;
            stay += 1.0;
        }
    }
    let each = if stay > 0.0 { readers / stay } else { readers + writers };
    below(step, Signal::NodeConnections, each, &format!("of a node in the shard {}", shard.id), findings);
    Ok(())
}

/// The keys of the shards that go need room whoever wants them gone; unless by signals, no more than that.
fn without_shards(
    step: &Step<'_>,
    set: &SetShards,
    concluded: bool,
    findings: &mut Findings,
) -> Result<(), String> {
    let (mut fullest, mut leaves, mut free, mut stay) = (0.0_f64, 0.0, 0.0, 0.0);
    for shard in &step.group.shards {
        let memory = held(step, shard)?;
        if set.removed.contains(&shard.id) {
            leaves += memory;
        } else {
            // Slots are dealt out evenly, and keys are not spread so.
            fullest = fullest.max(memory);
            free += 100.0 - memory;
            stay += 1.0;
        }
    }
    if free + ROUNDING < ROOM * leaves {
        findings.refuse(
            invariant::PROJECTION,
            format!(
                "{}: {} of a node's memory leave, and {} are free, not {ROOM} times as much",
                step.action,
                Percent(leaves),
                Percent(free)
            ),
        );
    }
    if !concluded {
        return Ok(());
    }
    below(step, Signal::Memory, fullest + leaves / stay, "of the fullest shard that remains", findings);
    if step.is_read(Signal::Cpu) {
        let (mut busiest, mut leaves) = (0.0_f64, 0.0);
        for shard in &step.group.shards {
            // Reads move with the keys, so that replicas count as much as primaries.
            let cpu = most(step, &shard.nodes, Signal::Cpu)?;
            if set.removed.contains(&shard.id) {
                leaves += cpu;
            } else {
                busiest = busiest.max(cpu);
            }
        }
        below(step, Signal::Cpu, busiest + leaves / stay, "of the busiest node that remains", findings);
    }
    Ok(())
}

/// What a shard holds, as its primary says, or whoever says most where nobody knows the primary.
fn held(step: &Step<'_>, shard: &Shard) -> Result<f64, String> {
    match step.primary(shard) {
        Some(primary) => Ok(step.known(primary, Signal::Memory)?.recent()),
        None => most(step, &shard.nodes, Signal::Memory),
    }
}

/// The most that any node says that is to be judged by.
fn most(step: &Step<'_>, nodes: &[Node], signal: Signal) -> Result<f64, String> {
    nodes
        .iter()
        .filter(|node| step.speaks(node, signal))
        .try_fold(0.0, |most: f64, node| Ok(most.max(step.known(node, signal)?.recent())))
}

fn below(step: &Step<'_>, signal: Signal, projected: f64, whose: &str, findings: &mut Findings) {
    let without_rule = if signal == Signal::Cpu { CPU_WITHOUT_RULE } else { MEMORY_WITHOUT_RULE };
    let limit = step.out_rules(signal).map(|rule| rule.threshold).reduce(f64::min).unwrap_or(without_rule);
    let allowed = limit * (1.0 - step.case.scaling.margin.0 / 100.0);
    if projected.is_nan() || projected >= allowed + ROUNDING {
        findings.refuse(
            invariant::PROJECTION,
            format!(
                "{}: the {} {whose} would be {}, not below {}",
                step.action,
                signal.name(),
                signal.shown(projected),
                signal.shown(allowed)
            ),
        );
    }
}
