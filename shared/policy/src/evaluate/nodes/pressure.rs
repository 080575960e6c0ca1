//! Pressure: what is short where a rule of the way out holds. Replicas answer reads and nothing else, so that the cause decides on the lever.

use super::readings::Readings;
use crate::evaluate::threshold::{self, Verdict};
use crate::observation::{Node, Role};
use crate::policy::{Signal, ThresholdRule};
use crate::reason::Reason;

/// What is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pressure {
    /// Nodes that answer reads are busy: replicas help.
    Reads,
    /// A primary is busy and its replicas are not: more shards help.
    Writes,
    /// Memory runs out: more shards or a larger node type help, and replicas never do.
    Memory,
}

/// What a rule of the way out says.
pub(super) enum Said {
    /// It holds, for want of this.
    Holds(Pressure),
    /// It holds for one node of which nobody knows whether it is the primary.
    RoleUnknown,
    /// It holds for a primary, and whether for its replicas too is not told.
    Untold(Reason),
    /// It does not hold.
    Fails,
    /// Nothing may be concluded.
    Unknown(Reason),
}

/// Judges one rule of the way out, with the sentence of the node that settles it.
pub(super) fn judge<'a>(rule: &ThresholdRule, readings: &Readings<'a>) -> (Said, String) {
    if rule.signal != Signal::Cpu {
        let (verdict, detail) = threshold::judge(rule, &readings.series(rule.signal), None);
        return (said(verdict, Pressure::Memory), detail);
    }
    let (readers, primaries, strangers) = sorted(readings);
    let judge = |nodes: &[&'a Node]| {
        let series: Vec<_> = nodes.iter().map(|node| readings.one(node, Signal::Cpu)).collect();
        threshold::judge(rule, &series, None)
    };
    let (of_readers, sentence) = judge(&readers);
    if of_readers == Verdict::Holds {
        return (Said::Holds(Pressure::Reads), sentence);
    }
    // Of two busy nodes in a shard one at least answers reads.
    let mut lonely = None;
    for nodes in &strangers {
        let busy: Vec<_> =
            nodes.iter().map(|node| judge(&[*node])).filter(|(said, _)| *said == Verdict::Holds).collect();
        match busy.as_slice() {
            [] => {}
            [(_, one)] => lonely = Some(one.clone()),
            [(_, one), ..] => return (Said::Holds(Pressure::Reads), one.clone()),
        }
    }
    // What a primary's own replicas do not tell is not taken for idle: they may be as busy, and then replicas are what helps.
    let mut untold = None;
    for primary in &primaries {
        let (verdict, sentence) = judge(&[*primary]);
        if verdict != Verdict::Holds {
            continue;
        }
        match judge(&beside(primary, readings)).0 {
            Verdict::Unknown(why) => untold = untold.or(Some((why, sentence))),
            Verdict::Holds | Verdict::Fails => {
                return (Said::Holds(Pressure::Writes), format!("{sentence}, and its replicas are not"));
            }
        }
    }
    if let Some((why, sentence)) = untold {
        return (Said::Untold(why), format!("{sentence}, and whether its replicas are is not known"));
    }
    if let Some(sentence) = lonely {
        return (Said::RoleUnknown, sentence);
    }
    let everyone: Vec<&Node> =
        readers.into_iter().chain(primaries).chain(strangers.into_iter().flatten()).collect();
    let (verdict, sentence) = judge(&everyone);
    (said(verdict, Pressure::Reads), sentence)
}

/// So many of the newest points above a threshold are a pressure that begins.
const BEGINS: usize = 3;

/// Whether a rule that does not hold yet is about to: its newest points are all above, and nothing goes while they are.
pub(super) fn begins(rule: &ThresholdRule, readings: &Readings<'_>) -> Option<String> {
    let above = |node: &&Node| {
        let newest = readings.reading(node, rule.signal).fresh();
        newest
            .is_some_and(|series| series.points().iter().rev().take(BEGINS).all(|p| p.value > rule.threshold))
    };
    let node = readings.members(rule.signal).into_iter().find(above)?;
    let (name, threshold) = (rule.signal.name(), rule.signal.shown(rule.threshold));
    Some(format!("{name} of {} was above {threshold} in each of the last {BEGINS} minutes", node.id))
}

/// The other nodes of its shard.
fn beside<'a>(primary: &Node, readings: &Readings<'a>) -> Vec<&'a Node> {
    let shards = &readings.group.shards;
    let shard = shards.iter().find(|shard| shard.nodes.iter().any(|node| node.id == primary.id));
    shard.into_iter().flat_map(|shard| &shard.nodes).filter(|node| node.id != primary.id).collect()
}

fn said(verdict: Verdict, pressure: Pressure) -> Said {
    match verdict {
        Verdict::Holds => Said::Holds(pressure),
        Verdict::Fails => Said::Fails,
        Verdict::Unknown(why) => Said::Unknown(why),
    }
}

/// Who answers reads (the replicas, and a primary that has none), the primaries that have replicas, and by shard those whose role is not known.
fn sorted<'a>(readings: &Readings<'a>) -> (Vec<&'a Node>, Vec<&'a Node>, Vec<Vec<&'a Node>>) {
    let (mut readers, mut primaries, mut strangers) = (Vec::new(), Vec::new(), Vec::new());
    for shard in &readings.group.shards {
        let of = |role| shard.nodes.iter().filter(move |node| readings.role(node) == role);
        let unknown: Vec<&Node> = of(Role::Unknown).collect();
        readers.extend(of(Role::Replica));
        if shard.nodes.len() == 1 {
            readers.extend(of(Role::Primary));
        } else {
            primaries.extend(of(Role::Primary));
        }
        if !unknown.is_empty() {
            strangers.push(unknown);
        }
    }
    (readers, primaries, strangers)
}
