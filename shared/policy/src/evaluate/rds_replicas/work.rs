//! The work of a source and its replicas, minute by minute: the forecast learns from it.

use jiff::Timestamp;

use super::roster::{Member, Roster};
use super::weights;
use crate::evaluate::ahead::{self, Took, Usual, Worker, Workforce, work};
use crate::forecast::delays::Delay;
use crate::history::History;
use crate::names::InstanceId;
use crate::observation::{Minute, PastMinutes, RdsObservation, Reading, Worked};
use crate::policy::{RdsReplicas, Scaling, Signal};

/// From an order until half of the share is carried, and from a decision until it is gone: measured with pools of five minutes, docs/compare.md. An
/// order is paid for all that time: priced for the 13 minutes of a creation alone, it orders and removes more often, for nothing.
const USUAL: Usual = Usual {
    half_share: Delay { median: 24.0, sigma: 0.2 },
    billed_before: 24.0,
    gone: Delay { median: 21.0, sigma: 0.2 },
};

/// Who works for the target, and what was worked since `since`, or as far back as is known.
pub(crate) fn workforce(
    scaling: &Scaling,
    rds: &RdsReplicas,
    observation: &RdsObservation,
    roster: &Roster<'_>,
    history: &History,
    since: Option<i64>,
    now: Timestamp,
) -> Workforce {
    let counts = primary_counts(scaling);
    let in_units = in_units(rds, observation);
    let points = |reading| match reading {
        &Reading::Fresh(ref series) | &Reading::Stale(ref series) => series.points(),
        &Reading::Missing => &[][..],
    };
    let primary = observation.source.iter().filter(|_| counts).map(|source| Worker {
        cpu: points(&source.signals.cpu),
        capacity: in_units(weights::capacity(&source.class)),
        answers: true,
        stays: true,
    });
    let replicas = roster.members.iter().filter(|member| works(member)).map(|member| Worker {
        cpu: points(&member.replica.signals.cpu),
        capacity: in_units(member.capacity),
        answers: member.answers(),
        stays: true,
    });
    let workers: Vec<Worker<'_>> = primary.chain(replicas).collect();
    let coming = history.rds_replicas.intents.iter().flat_map(|intent| {
        let ages = intent.additions().iter().filter(|addition| addition.is_coming());
        ages.map(|_| now.duration_since(intent.since).as_secs_f64() / 60.0)
    });
    let listed = |id: &InstanceId| observation.records.record(id.as_str()).is_some();
    let removals = history.rds_replicas.removals();
    let back = removals.filter(|(_, removal)| !removal.delete_requested && listed(&removal.id));
    let leaving = back.map(|(intent, _)| now.duration_since(intent.since).as_secs_f64() / 60.0);
    Workforce {
        work: work(&workers, since, now),
        reads_on: false,
        beside: i64::from(counts),
        coming: coming.collect(),
        leaving: leaving.collect(),
        usual: USUAL,
    }
}

/// What was worked in minutes that were read afterwards. Of who is gone the class is not known: it is taken for the policy's.
pub(crate) fn worked(
    scaling: &Scaling,
    rds: &RdsReplicas,
    observation: &RdsObservation,
    roster: &Roster<'_>,
    past: &PastMinutes,
) -> Vec<(Minute, Option<f64>)> {
    let Worked::Members(members) = &past.worked else { return Vec::new() };
    let in_units = in_units(rds, observation);
    let capacity = |name: &str| {
        if let Some(source) = observation.source.as_ref().filter(|source| source.id.as_str() == name) {
            return primary_counts(scaling).then(|| in_units(weights::capacity(&source.class)));
        }
        let member = roster.members.iter().find(|member| member.replica.id.as_str() == name);
        // One of ours that has no record now, as it is held or lags, had one.
        let worked = |member: &Member<'_>| works(member) || (member.follows && member.ours.is_ok());
        member.map_or(Some(1.0), |member| worked(member).then(|| in_units(member.capacity)))
    };
    let workers = members.iter().filter_map(|member| {
        let capacity = capacity(&member.name)?;
        Some(Worker { cpu: &member.cpu, capacity, answers: true, stays: false })
    });
    ahead::worked(&workers.collect::<Vec<_>>(), past)
}

/// A replica that clients find, or found until now.
fn works(member: &Member<'_>) -> bool {
    member.follows && (member.record.is_some() || member.leaving)
}

/// Capacity in units: a member of the policy's class, or else of the source's, has 1.
fn in_units(rds: &RdsReplicas, observation: &RdsObservation) -> impl Fn(f64) -> f64 {
    let of_source = || observation.source.as_ref().map(|source| weights::capacity(&source.class));
    let unit = rds.class.as_ref().map(weights::capacity).or_else(of_source).unwrap_or(1.0);
    move |capacity| if unit > 0.0 { capacity / unit } else { 1.0 }
}

/// What of the transitions of before is done now. Half of a share is carried half a pool's lifetime after all of the weight was given.
pub(crate) fn took(rds: &RdsReplicas, before: &History, after: &History, now: Timestamp) -> Vec<Took> {
    let half_share = before.rds_replicas.intents.iter().flat_map(|intent| {
        let came = intent.additions().iter().filter(|addition| addition.is_coming());
        // The last of a decision ends it.
        let ended = after.scaled_out.is_some_and(|last| last.at == now);
        let served = came.filter(move |addition| {
            let found = after.rds_replicas.additions().find(|after| after.id == addition.id);
            found.map_or(ended, |found| found.served)
        });
        let pools = rds.pool_lifetime.as_secs_f64() / 120.0;
        served.map(move |_| Took::HalfShare(Took::minutes(intent.since, now) + pools))
    });
    let ended = before.rds_replicas.removals().filter(|(intent, removal)| {
        let goes_on = after.rds_replicas.removals().any(|(now, _)| now.decision == intent.decision);
        removal.delete_requested && !goes_on
    });
    let gone = ended.map(|(intent, _)| Took::Gone(Took::minutes(intent.since, now)));
    half_share.chain(gone).collect()
}

/// A policy that adds replicas for the primary's sake says that they take work off it: it is one more that serves.
fn primary_counts(scaling: &Scaling) -> bool {
    scaling.scale_out.iter().any(|rule| rule.signal == Signal::PrimaryCpu)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::SignedDuration;

    use super::*;
    use crate::history::{Addition, Intent, RdsReplicasMemory, Removal, ScaledOut, Transition};
    use crate::names::{DecisionId, DnsName, InstanceClass, ResourceId, Stage, ZoneId};
    use crate::observation::{Minute, Point};
    use crate::policy::{Drain, Engine, OnDeadline, ReaderName};
    use crate::units::{Count, TtlSeconds, Weight};

    /// The minute that it is.
    const NOW: i64 = 20_000 * 1440 + 100;

    fn now() -> Timestamp {
        Minute(NOW).start().unwrap()
    }

    /// CPU of the minutes up to `newest`.
    fn points(newest: i64, values: &[f64]) -> Vec<Point> {
        let first = newest + 1 - i64::try_from(values.len()).unwrap();
        (first..).zip(values).map(|(minute, value)| Point { minute: Minute(minute), value: *value }).collect()
    }

    fn worker(cpu: &[Point]) -> Worker<'_> {
        Worker { cpu, capacity: 1.0, answers: true, stays: true }
    }

    /// What was worked, each with how many minutes ago it was, to a thousandth.
    fn worked(workers: &[Worker<'_>]) -> Vec<(i64, Option<f64>)> {
        let work = work(workers, None, now());
        let rounded = |work: f64| (work * 1000.0).round() / 1000.0;
        work.into_iter().map(|(minute, work)| (NOW - minute.0, work.map(rounded))).collect()
    }

    #[test]
    fn it_is_the_sum_over_all_in_units_of_the_policys_class() {
        let (one, two) = (points(NOW - 2, &[50.0, 60.0]), points(NOW - 2, &[20.0, 30.0]));
        assert_eq!(worked(&[worker(&one), worker(&two)]), [(3, Some(0.7)), (2, Some(0.9))]);
        let larger = Worker { capacity: 2.0, ..worker(&one) };
        assert_eq!(worked(&[larger, worker(&two)]), [(3, Some(1.2)), (2, Some(1.5))]);
        assert_eq!(worked(&[]), []);
        let since = work(&[worker(&one)], Some(NOW - 2), now());
        assert_eq!(since.len(), 1);
    }

    #[test]
    fn of_one_that_lacks_a_minute_as_much_as_the_others_do_once_it_was_waited_for() {
        let (one, late) = (points(NOW - 2, &[50.0; 6]), points(NOW - 7, &[50.0]));
        // Three minutes are waited for.
        let expected = [(7, Some(1.0)), (6, Some(1.0)), (5, Some(1.0)), (4, Some(1.0))];
        assert_eq!(worked(&[worker(&one), worker(&late)]), expected);
        // Of one that is new nothing is assumed, and of less than half nothing is known.
        let new = points(NOW - 2, &[10.0]);
        assert_eq!(worked(&[worker(&one), worker(&new)]).last(), Some(&(2, Some(0.6))));
        assert_eq!(worked(&[worker(&one), worker(&late), worker(&late)])[1], (6, None));
    }

    #[test]
    fn who_leaves_counts_as_it_is_and_is_not_waited_for() {
        let (one, leaves) = (points(NOW - 2, &[50.0; 6]), points(NOW - 5, &[20.0, 20.0]));
        let leaves = Worker { answers: false, ..worker(&leaves) };
        let work = worked(&[worker(&one), leaves]);
        assert_eq!(work[1..4], [(6, Some(0.7)), (5, Some(0.7)), (4, Some(0.5))]);
        assert_eq!(work.last(), Some(&(2, Some(0.5))));
    }

    #[test]
    fn above_97_percent_it_was_more_than_was_measured() {
        let (one, two) = (points(NOW - 2, &[97.0, 97.1]), points(NOW - 2, &[20.0, 20.0]));
        assert_eq!(worked(&[worker(&one), worker(&two)]), [(3, Some(1.17)), (2, Some(1.464))]);
        let leaves = Worker { answers: false, ..worker(&one) };
        assert_eq!(worked(&[worker(&two), leaves]).last(), Some(&(2, Some(1.171))));
    }

    /// Pools of ten minutes.
    fn policy() -> RdsReplicas {
        RdsReplicas {
            source: InstanceId::new("orders-primary"),
            engine: Engine::MySql,
            class: None,
            fallback_classes: Vec::new(),
            fallback_zones: Vec::new(),
            security_groups: Vec::new(),
            reader: ReaderName {
                zone: ZoneId::new("Z1"),
                name: DnsName::new("ro.example.com"),
                ttl: TtlSeconds(10),
            },
            prefix: "tg-".to_owned(),
            owner: "tidegate".to_owned(),
            tags: BTreeMap::new(),
            stage: Stage::new("production"),
            floor: true,
            lag_bound: SignedDuration::from_secs(30),
            max_connections: None,
            pool_lifetime: SignedDuration::from_mins(10),
            creations_per_day: Count(6),
            replace_after: SignedDuration::from_mins(60),
            drain: Drain {
                deadline: SignedDuration::from_mins(45),
                quiet_points: 4,
                idle_connections: 1,
                on_deadline: OnDeadline::Cancel,
            },
        }
    }

    /// Decided twenty minutes ago.
    fn under_way(transition: Transition) -> History {
        let intent = Intent {
            decision: DecisionId::new("d-1"),
            since: now() - SignedDuration::from_mins(20),
            from: Count(2),
            to: Count(1),
            transition,
        };
        let rds_replicas = RdsReplicasMemory { intents: vec![intent], ..RdsReplicasMemory::default() };
        History { rds_replicas, ..History::default() }
    }

    fn removing(delete_requested: bool) -> History {
        under_way(Transition::Remove(Removal {
            id: InstanceId::new("tg-1"),
            resource_id: ResourceId::new("db-1"),
            weight: Weight(64),
            draining_since: None,
            delete_requested,
            asked_at: None,
            asks: 0,
            retry_at: None,
        }))
    }

    fn adding(served: bool, given_up: bool) -> History {
        under_way(Transition::Add(vec![Addition {
            id: InstanceId::new("tg-1"),
            class: InstanceClass::new("db.t3.medium"),
            zone: None,
            resource_id: None,
            progress_at: None,
            missing_since: None,
            refusals: 0,
            retry_at: None,
            given_up,
            not_offered: false,
            joined: served,
            served,
        }]))
    }

    #[test]
    fn an_addition_took_until_half_a_pools_lifetime_after_all_of_its_weight() {
        let scaled = |at| Some(ScaledOut { at, from: Count(1), to: Count(2) });
        let ended = History { scaled_out: scaled(now()), ..History::default() };
        let long_ago = now() - SignedDuration::from_mins(1);
        let other = History { scaled_out: scaled(long_ago), ..History::default() };
        let one = [Took::HalfShare(25.0)];
        for (before, after, expected) in [
            (adding(false, false), &ended, &one[..]),
            (adding(false, false), &adding(true, false), &one),
            // It is still on its way, is given up with its decision, or was counted before.
            (adding(false, false), &adding(false, false), &[]),
            (adding(false, false), &other, &[]),
            (adding(false, true), &ended, &[]),
            (adding(true, false), &ended, &[]),
        ] {
            assert_eq!(took(&policy(), &before, after, now()), expected);
        }
    }

    #[test]
    fn a_removal_took_until_it_was_gone_and_one_that_was_cancelled_took_nothing() {
        let nothing = History::default();
        assert_eq!(took(&policy(), &removing(true), &nothing, now()), [Took::Gone(20.0)]);
        assert_eq!(took(&policy(), &removing(true), &removing(true), now()), []);
        assert_eq!(took(&policy(), &removing(false), &nothing, now()), []);
    }
}
