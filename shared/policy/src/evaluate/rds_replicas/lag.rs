//! Lag by the engine's own rule. The number alone misleads: an idle PostgreSQL shows a saw-tooth of minutes, and -1 is not low.

use jiff::Timestamp;

use crate::evaluate::rds_replicas::roster::Member;
use crate::evaluate::saw_tooth;
use crate::evaluate::series::smallest_of;
use crate::observation::{Minute, Point, Reading, Replica, Replication};
use crate::policy::{Engine, RdsReplicas};

/// An idle PostgreSQL source writes a WAL record at least every 5 minutes, so the smallest lag of 6 minutes is the true one, as far as
/// looks a minute apart can tell.
const POSTGRES_WINDOW_MINUTES: u32 = 6;
/// For other engines a level counts when this many newest points agree.
const AGREEING_POINTS: usize = 3;

/// Who catches up gains so many seconds in a minute at least.
const CATCHING_UP_SECONDS: f64 = 60.0;
/// So many minutes are extrapolated at most.
const EXTENDED_AT_MOST: i64 = 2;

/// How a replica stands behind its source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum LagStanding {
    /// At or below the bound.
    Within,
    /// Above the bound, in seconds.
    Above(f64),
    /// Replication does not run, or cannot be determined by the engine (-1).
    NotReplicating,
    /// The newest points disagree, or there are too few fresh ones: nothing may be concluded.
    Unknown,
}

/// Judges the lag of `replica` against the policy's bound.
pub(crate) fn lag_standing(replica: &Replica, rds: &RdsReplicas) -> LagStanding {
    standing_of(&replica.replication, &replica.signals.lag, rds)
}

/// Judges what replicates, whatever it is: a source may be a replica itself.
pub(crate) fn standing_of(replication: &Replication, lag: &Reading, rds: &RdsReplicas) -> LagStanding {
    if let Replication::Broken(_) = replication {
        return LagStanding::NotReplicating;
    }
    let Reading::Fresh(series) = lag else {
        return LagStanding::Unknown;
    };
    let bound = rds.lag_bound.as_secs_f64();
    let Some(newest) = series.points().last_chunk::<AGREEING_POINTS>() else {
        return LagStanding::Unknown;
    };
    if newest.iter().all(|point| point.value < 0.0) {
        return LagStanding::NotReplicating;
    }
    if newest.iter().any(|point| point.value < 0.0) {
        return LagStanding::Unknown;
    }
    match rds.engine {
        Engine::Postgres => {
            // -1 is no lag at all, least of all a low one.
            let window = series.last_minutes(POSTGRES_WINDOW_MINUTES);
            match saw_tooth::smallest(window) {
                None => LagStanding::Unknown,
                Some(least) if least <= bound => LagStanding::Within,
                Some(least) if told(window).count() >= POSTGRES_WINDOW_MINUTES as usize - 1 => {
                    LagStanding::Above(least)
                }
                Some(_) => LagStanding::Unknown,
            }
        }
        Engine::MySql | Engine::MariaDb | Engine::Oracle | Engine::SqlServer | Engine::Db2 => {
            let highest = newest.iter().map(|point| point.value).fold(f64::MIN, f64::max);
            if highest <= bound {
                LagStanding::Within
            } else {
                let lowest = told(newest).fold(f64::MAX, f64::min);
                if lowest > bound { LagStanding::Above(lowest) } else { LagStanding::Unknown }
            }
        }
    }
}

/// Whether the replica is known to keep up: only such a one may be handed another's share.
pub(crate) fn keeps_up(member: &Member<'_>, rds: &RdsReplicas) -> bool {
    lag_standing(member.replica, rds) == LagStanding::Within
}

/// Whether the lag of who catches up is within the bound by now: two newest minutes in a row are extended to this one, by two at most.
///
/// CloudWatch shows a minute when the next one is over. Above the bound only a lag that falls by a minute each minute counts: such a replica
/// replays twice as fast as its source writes.
pub(crate) fn catches_up(lag: &Reading, rds: &RdsReplicas, now: Timestamp) -> bool {
    let Some([before, newest]) = two_in_a_row(lag) else { return false };
    let bound = rds.lag_bound.as_secs_f64();
    let falls_by = before.value - newest.value;
    let unseen = (Minute::containing(now).0 - newest.minute.0).clamp(1, EXTENDED_AT_MOST);
    // What rises is taken at its worst, what falls no further than to what no minute shows yet.
    let by_now = newest.value - falls_by * f64::from(i32::try_from(unseen).unwrap_or(1));
    (newest.value <= bound || falls_by >= CATCHING_UP_SECONDS) && by_now <= bound
}

/// Whether the newest minute was measured within the bound, and nothing says that this one is not.
pub(crate) fn has_caught_up(lag: &Reading, rds: &RdsReplicas, now: Timestamp) -> bool {
    let newest = two_in_a_row(lag).map(|[_, newest]| newest.value);
    newest.is_some_and(|newest| newest <= rds.lag_bound.as_secs_f64()) && catches_up(lag, rds, now)
}

/// The two newest points, where they are fresh, of two minutes in a row, and neither is -1.
fn two_in_a_row(lag: &Reading) -> Option<&[Point; 2]> {
    let Reading::Fresh(series) = lag else { return None };
    let two = series.points().last_chunk::<2>()?;
    let [before, newest] = two;
    (newest.minute.0 == before.minute.0 + 1 && before.value >= 0.0 && newest.value >= 0.0).then_some(two)
}

/// The newest lag in seconds by the engine's own rule: what a person is told is what rules decide on. `None` when no fresh point says.
///
/// A replica that is up and does not replicate falls behind by a second a second, and nobody measures it: it is at least as far behind as the
/// points have said so, and a minute where only RDS's status does.
pub(crate) fn newest_lag(replica: &Replica, rds: &RdsReplicas) -> Option<f64> {
    let measured = replica.signals.lag.fresh().and_then(|series| {
        let newest = smallest_of(series, 1, window(rds.engine)).last().map(|point| point.value);
        newest.filter(|lag| *lag >= 0.0 && series.newest().value >= 0.0)
    });
    measured.or_else(|| {
        // One that restarts does not replicate either, and is expected back.
        let stands = replica.status.serves() && lag_standing(replica, rds) == LagStanding::NotReplicating;
        stands.then(|| f64::from(minutes_without_replication(replica).max(1)) * 60.0)
    })
}

/// For how many minutes the newest points have been -1.
fn minutes_without_replication(replica: &Replica) -> u32 {
    let Some(series) = replica.signals.lag.fresh() else { return 0 };
    // A minute without a point says nothing.
    let said = series.points().iter().rev().zip(0_i64..);
    let said =
        said.take_while(|(point, ago)| point.value < 0.0 && point.minute.0 == series.newest().minute.0 - ago);
    u32::try_from(said.count()).unwrap_or(u32::MAX)
}

/// Over how many minutes the smallest lag is the true one; `None` where each minute's is.
pub(super) fn window(engine: Engine) -> Option<u32> {
    match engine {
        Engine::Postgres => Some(POSTGRES_WINDOW_MINUTES),
        Engine::MySql | Engine::MariaDb | Engine::Oracle | Engine::SqlServer | Engine::Db2 => None,
    }
}

/// The values that say something: -1 says that nothing can be said.
fn told(points: &[Point]) -> impl Iterator<Item = f64> {
    points.iter().map(|point| point.value).filter(|value| *value >= 0.0)
}
