//! Pressure: what is short where a rule of the way out holds. Replicas take reads and readers and nothing else, so that the cause decides on the lever.

use super::readings::Readings;
use crate::evaluate::threshold::{self, Verdict};
use crate::number::Sentence;
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
    /// Nodes that answer reads have many clients: replicas help, and shards do not, since clients connect to each of them.
    Readers,
    /// A primary has many clients and its replicas have not: nothing that may be added helps.
    Writers,
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
pub(super) fn judge<'a>(rule: &ThresholdRule, readings: &Readings<'a>) -> (Said, Sentence) {
    let (of_reads, of_writes) = match rule.signal {
        Signal::Cpu => (Pressure::Reads, Pressure::Writes),
        Signal::NodeConnections => (Pressure::Readers, Pressure::Writers),
        _ => {
            let (verdict, detail) = threshold::judge(rule, &readings.series(rule.signal));
            return (said(verdict, Pressure::Memory), detail);
        }
    };
    let Sorted { readers, primaries, lately_alone, strangers } = sorted(rule, readings);
    let judge = |nodes: &[&'a Node]| {
        let series: Vec<_> = nodes.iter().map(|node| readings.one(node, rule.signal)).collect();
        threshold::judge(rule, &series)
    };
    let (of_readers, sentence) = judge(&readers);
    if of_readers == Verdict::Holds {
        return (Said::Holds(of_reads), sentence);
    }
    // Of two busy nodes in a shard one at least answers reads.
    let mut lonely = None;
    for nodes in &strangers {
        let busy: Vec<_> =
            nodes.iter().map(|node| judge(&[*node])).filter(|(said, _)| *said == Verdict::Holds).collect();
        match busy.as_slice() {
            [] => {}
            [(_, one)] => lonely = Some(one.clone()),
            [(_, one), ..] => return (Said::Holds(of_reads), one.clone()),
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
                let said = sentence.reworded(|words| format!("{words}, and its replicas are not"));
                return (Said::Holds(of_writes), said);
            }
        }
    }
    if let Some((why, sentence)) = untold {
        let said = sentence.reworded(|words| format!("{words}, and whether its replicas are is not known"));
        return (Said::Untold(why), said);
    }
    if let Some(sentence) = lonely {
        return (Said::RoleUnknown, sentence);
    }
    let (of_lately_alone, sentence) = judge(&lately_alone);
    if of_lately_alone == Verdict::Holds {
        let said =
            sentence.reworded(|words| format!("{words}, and its replicas were not measured in all of them"));
        return (Said::Untold(Reason::SignalMissing), said);
    }
    let known = readers.into_iter().chain(primaries).chain(lately_alone);
    let everyone: Vec<&Node> = known.chain(strangers.into_iter().flatten()).collect();
    let (verdict, sentence) = judge(&everyone);
    (said(verdict, of_reads), sentence)
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

/// The nodes by what CPU or connections of theirs tell.
struct Sorted<'a> {
    /// Who answers reads: the replicas, and a primary that has none.
    readers: Vec<&'a Node>,
    /// The primaries beside which a replica was measured in the rule's minutes.
    primaries: Vec<&'a Node>,
    /// The other primaries: they may have answered the reads themselves until a moment ago, when a replica came to take them.
    lately_alone: Vec<&'a Node>,
    /// By shard those whose role is not known.
    strangers: Vec<Vec<&'a Node>>,
}

fn sorted<'a>(rule: &ThresholdRule, readings: &Readings<'a>) -> Sorted<'a> {
    let minutes = rule.points.of();
    let needed = (minutes as usize).saturating_sub(threshold::missing_allowed(minutes));
    let measured = |node: &&Node| {
        let series = readings.reading(node, rule.signal).fresh();
        series.is_some_and(|series| series.last_minutes(minutes).len() >= needed)
    };
    let mut sorted = Sorted {
        readers: Vec::new(),
        primaries: Vec::new(),
        lately_alone: Vec::new(),
        strangers: Vec::new(),
    };
    for shard in &readings.group.shards {
        let of = |role| shard.nodes.iter().filter(move |node| readings.role(node) == role);
        let unknown: Vec<&Node> = of(Role::Unknown).collect();
        sorted.readers.extend(of(Role::Replica));
        let primaries = if shard.nodes.len() == 1 {
            &mut sorted.readers
        } else if of(Role::Replica).chain(of(Role::Unknown)).any(|node| measured(&node)) {
            &mut sorted.primaries
        } else {
            &mut sorted.lately_alone
        };
        primaries.extend(of(Role::Primary));
        if !unknown.is_empty() {
            sorted.strangers.push(unknown);
        }
    }
    sorted
}
