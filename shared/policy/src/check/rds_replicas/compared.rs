//! That fewer will do is concluded from every disk that a rule compares. Without a point of it nobody goes for the load's sake.

use super::case::Case;
use crate::check::clock;
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::names::InstanceId;
use crate::observation::{MemberSignals, Reading, Replica};
use crate::policy::Signal;
use crate::units::Count;

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    if case.removal_begun().is_none() || is_for_the_maximum(case) {
        return;
    }
    let rules = case.scaling.scale_out.iter().chain(&case.scaling.scale_in);
    for rule in rules {
        for (id, signals) in members(case, rule.signal) {
            let Some(reading) = of_disk(signals, rule.signal) else { continue };
            if reading.fresh().is_none() {
                let detail =
                    format!("a removal would begin although \"{}\" has no fresh point of {id}", rule.text);
                findings.refuse(invariant::MISSING_DATA, detail);
            }
        }
    }
}

/// Down to a maximum is the clock's or a person's word, whatever the disks say.
fn is_for_the_maximum(case: &Case<'_>) -> bool {
    let most = clock::in_force(case.scaling, &[], case.history.orders.bounds.as_ref(), case.now).max;
    let stays = |replica: &&Replica| {
        replica.source.as_ref() == Some(&case.rds.source) && case.removal_before(&replica.id).is_none()
    };
    Count::of_len(case.seen.replicas.iter().filter(stays).count()) > most
}

fn members<'a>(case: &Case<'a>, signal: Signal) -> Vec<(&'a InstanceId, &'a MemberSignals)> {
    let seen = case.seen;
    match signal {
        Signal::PrimaryReadLatency | Signal::PrimaryDiskQueue => {
            seen.source.iter().map(|source| (&source.id, &source.signals)).collect()
        }
        Signal::ReplicaReadLatency | Signal::ReplicaDiskQueue => {
            let answers = |replica: &&Replica| {
                let weight = seen.records.record(replica.id.as_str()).map_or(0, |record| record.weight.0);
                weight > 0 && replica.status.serves() && replica.source.as_ref() == Some(&case.rds.source)
            };
            let behind = seen.replicas.iter().filter(answers);
            behind.map(|replica| (&replica.id, &replica.signals)).collect()
        }
        _ => Vec::new(),
    }
}

fn of_disk(signals: &MemberSignals, signal: Signal) -> Option<&Reading> {
    match signal {
        Signal::PrimaryReadLatency | Signal::ReplicaReadLatency => Some(&signals.read_latency),
        Signal::PrimaryDiskQueue | Signal::ReplicaDiskQueue => Some(&signals.disk_queue),
        _ => None,
    }
}
