//! Which members' series a signal of replicas means.

use super::lag;
use super::roster::{Member, Roster};
use super::weights;
use crate::evaluate::series::MemberSeries;
use crate::observation::{MemberSignals, RdsObservation, Reading};
use crate::policy::{Metric, RdsReplicas, Signal};

/// The members that signals are read from.
pub(super) struct Members<'a> {
    rds: &'a RdsReplicas,
    observation: &'a RdsObservation,
    roster: &'a Roster<'a>,
}

impl<'a> Members<'a> {
    pub(super) fn new(rds: &'a RdsReplicas, observation: &'a RdsObservation, roster: &'a Roster<'a>) -> Self {
        Self { rds, observation, roster }
    }

    /// How many replicas answer for the reader name.
    pub(super) fn readers(&self) -> usize {
        self.roster.readers().count()
    }

    /// The series that `signal` means.
    ///
    /// All but lag are those of members that answer for the reader name; lag is that of every replica of ours with a record,
    /// so that one whose weight was taken away for its lag still counts.
    pub(super) fn of(&self, signal: Signal) -> Vec<MemberSeries<'a>> {
        let primary = || self.observation.source.iter().map(|source| (source.id.as_str(), &source.signals));
        let readers = || self.roster.readers().map(|member| (member.id().as_str(), &member.replica.signals));
        match signal {
            Signal::PrimaryCpu
            | Signal::PrimaryConnections
            | Signal::PrimaryReadLatency
            | Signal::PrimaryDiskQueue => self.series(signal, primary()),
            Signal::ReplicaCpu
            | Signal::ReplicaConnections
            | Signal::ReplicaReadLatency
            | Signal::ReplicaDiskQueue => self.series(signal, readers()),
            Signal::Connections => self.series(signal, primary().chain(readers())),
            Signal::Lag => self.series(
                signal,
                self.roster
                    .members
                    .iter()
                    .filter(|member| lag_counts(member, self.rds))
                    .map(|member| (member.id().as_str(), &member.replica.signals)),
            ),
            // Of a service or of nodes: the document keeps them out of rules of replicas.
            Signal::Cpu
            | Signal::Memory
            | Signal::Evictions
            | Signal::NodeConnections
            | Signal::RequestsPerTarget
            | Signal::Latency
            | Signal::ErrorRate
            | Signal::QueueDepth
            | Signal::QueueAge
            | Signal::BacklogPerTask => Vec::new(),
        }
    }

    fn series(
        &self,
        signal: Signal,
        members: impl Iterator<Item = (&'a str, &'a MemberSignals)>,
    ) -> Vec<MemberSeries<'a>> {
        members
            .filter_map(|(member, signals)| Some((member, signals, signal.metric()?)))
            .map(|(member, signals, metric)| match metric {
                Metric::Cpu => as_it_is(member, &signals.cpu),
                Metric::ReadLatency => as_it_is(member, &signals.read_latency),
                Metric::DiskQueue => as_it_is(member, &signals.disk_queue),
                Metric::Lag => MemberSeries {
                    member,
                    scale: Some(1.0),
                    reading: &signals.lag,
                    smallest_of: lag::window(self.rds.engine),
                },
                Metric::Connections => MemberSeries {
                    member,
                    scale: self
                        .rds
                        .max_connections
                        .or(signals.max_connections)
                        .filter(|max| *max > 0)
                        .map(|max| 100.0 / f64::from(max)),
                    reading: &signals.connections,
                    smallest_of: None,
                },
            })
            .collect()
    }
}

fn as_it_is<'a>(member: &'a str, reading: &'a Reading) -> MemberSeries<'a> {
    MemberSeries { member, scale: Some(1.0), reading, smallest_of: None }
}

/// One that joined with a trickle while it catches up is no lag of the reader name yet; whose weight was taken away for its lag is.
fn lag_counts(member: &Member<'_>, rds: &RdsReplicas) -> bool {
    let joins_at = weights::first(member.full, rds.pool_lifetime);
    let joins =
        member.weight() == joins_at && member.weight() > weights::TRICKLE && member.weight() < member.full;
    member.ours.is_ok() && member.record.is_some() && !member.leaving && member.serves_the_name() && !joins
}
