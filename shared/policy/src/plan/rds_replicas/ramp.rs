//! The way in, from `available` to the full weight: catch up, join with a sixteenth of it, prove fitness, take the rest. The next step follows from the weight found.

use jiff::SignedDuration;

use super::inheritance;
use super::routing::Batch;
use super::scene::{Draft, Scene};
use super::since;
use super::source;
use crate::evaluate::rds_replicas::roster::Member;
use crate::evaluate::rds_replicas::weights;
use crate::evaluate::{LagStanding, catches_up, has_caught_up, lag_standing};
use crate::number::{Number, Sentence};
use crate::observation::{Reading, Replication, Standing};
use crate::reason::{Explanation, Reason};
use crate::units::{Percent, friendly};

/// RDS says of no creation how long it takes; past this a person should look.
const SLOW_CREATION: SignedDuration = SignedDuration::from_hours(1);
/// A climbing replica hotter than this, and hotter than every other, gets no more for now.
const HOT: Percent = Percent(85.0);
/// Metric periods that a weight must have stood. Points come one to three minutes late, so the newest may be of a minute in which pools had handed
/// over little of it: a member that fails under a sixteenth of its share fails slowly, and pools give it no more than they renew.
const DWELL_PERIODS: SignedDuration = SignedDuration::from_mins(2);
/// One of them proves as much as must be proved while nobody else has anything left to give.
const DWELL_SATURATED: SignedDuration = SignedDuration::from_mins(1);
/// Above this a member has nothing left to give.
const SATURATED: Percent = Percent(95.0);

/// Where one replica stands on its way in.
pub(super) enum Progress {
    /// At its full weight.
    Serving,
    /// The batch was given its next step.
    Stepped(Explanation),
    /// Not yet.
    Waiting(Explanation),
}

/// Gives `member` its next step in `batch`, if it is fit for one.
pub(super) fn advance(
    member: &Member<'_>,
    scene: &Scene<'_>,
    draft: &mut Draft,
    batch: &mut Batch<'_, '_>,
) -> Progress {
    let replica = member.replica;
    let id = member.id();
    match (member.standing, member.record) {
        (Standing::Creating, _) => {
            // RDS does not say when it was made before it is.
            let clock = draft.history.rds_replicas.not_serving.get(id).filter(|clock| clock.making);
            let since = replica.created_at.into_iter().chain(clock.map(|clock| clock.since)).min();
            let age = since.map_or(SignedDuration::ZERO, |at| scene.now.duration_since(at));
            if age >= SLOW_CREATION {
                let detail = format!(
                    "{id} has been \"{}\" for {}; it is taken in whenever it comes up",
                    replica.status.0,
                    friendly(age)
                );
                let number = Number::lasting("creating", age).against_time(SLOW_CREATION);
                let said = Sentence::from(detail).with(number);
                draft.alert(format!("the slow creation of {id}"), Reason::CreationSlow, said);
            }
            return Progress::Waiting(Explanation::new(
                Reason::AwaitAvailable,
                format!("RDS is making {id}"),
            ));
        }
        (Standing::Operational, Some(record)) if record.weight == member.full => return Progress::Serving,
        // It serves while it changes; it is neither raised nor lowered for that.
        (Standing::Changing, Some(record)) if record.weight == member.full => return Progress::Serving,
        (Standing::Operational, _) => {}
        (Standing::Changing | Standing::Interrupted | Standing::Terminal | Standing::Deleting, _) => {
            let detail = format!("{id} is \"{}\"", replica.status.0);
            return Progress::Waiting(Explanation::new(Reason::AwaitAvailable, detail));
        }
    }
    if let Some(record) = member.record.filter(|record| record.weight > member.full) {
        batch.swap(record, member.full);
        let detail = format!(
            "{id} from {} to {}: its class is smaller than another's now",
            record.weight, member.full
        );
        return Progress::Stepped(Explanation::new(Reason::RebalanceWeight, detail));
    }
    // Who is answered with has proven itself since it joined; who lost its weight proves it anew.
    let lag = &replica.signals.lag;
    let may = match member.record {
        None => fit_or(catches_up(lag, scene.rds, scene.now), member, scene),
        Some(_) if member.weight().is_positive() => {
            fit_or(has_caught_up(lag, scene.rds, scene.now), member, scene)
        }
        Some(_) => fit(member, scene),
    };
    if let Err(why) = may {
        return Progress::Waiting(why);
    }
    if !member.weight().is_positive()
        && let Err(why) = inheritance::same_login(member, scene)
    {
        return Progress::Waiting(why);
    }
    let (Some(endpoint), None) = (&replica.endpoint, scene.conflict()) else {
        let detail =
            format!("{id} has no endpoint yet, or {} cannot hold weighted records", scene.rds.reader.name);
        return Progress::Waiting(Explanation::new(Reason::AwaitAvailable, detail));
    };
    let pools = scene.rds.pool_lifetime;
    match member.record {
        None => {
            let first = weights::first(member.full, pools);
            let record = batch.record(id.as_str(), first, endpoint);
            batch.create(record);
            let caught_up = match fit(member, scene) {
                Ok(()) => "has caught up",
                Err(_) => "has caught up by now, as its last two points of lag say,",
            };
            let detail = format!(
                "{id} {caught_up} and joins {} at weight {first} of {}",
                scene.rds.reader.name, member.full
            );
            Progress::Stepped(Explanation::new(Reason::JoinReader, detail))
        }
        Some(record) => {
            let periods = if others_saturated(member, scene) { DWELL_SATURATED } else { DWELL_PERIODS };
            let dwell = scene.rds.reader.ttl.duration() * 3 + periods;
            let stood = since::stood(
                &draft.history,
                id.as_str(),
                record.weight,
                dwell,
                Reason::AwaitDwell,
                scene.now,
            );
            if let Err(why) = stood {
                return Progress::Waiting(why);
            }
            if let Some(why) = too_hot(member, scene) {
                return Progress::Waiting(why);
            }
            let next = weights::next(record.weight, member.full, pools);
            batch.swap(record, next);
            if next == member.full {
                batch.lower_floor();
            }
            let detail = format!("{id} from weight {} to {next} of {}", record.weight, member.full);
            Progress::Stepped(Explanation::new(Reason::RampUp, detail))
        }
    }
}

/// The gates of A4 and A5: as [`fit`], or so near to it that two points tell.
fn fit_or(two_points_tell: bool, member: &Member<'_>, scene: &Scene<'_>) -> Result<(), Explanation> {
    let told = fit(member, scene);
    let near = two_points_tell
        && member.replica.replication == Replication::Normal
        && source::keeps_up(scene).is_ok();
    if near { Ok(()) } else { told }
}

/// Replication runs, and the lag is within the bound by the engine's own rule.
fn fit(member: &Member<'_>, scene: &Scene<'_>) -> Result<(), Explanation> {
    let id = member.id();
    let wait = |detail| Err(Explanation::new(Reason::AwaitReplication, detail));
    if member.replica.replication != Replication::Normal {
        return wait(format!("replication of {id} does not run yet"));
    }
    match lag_standing(member.replica, scene.rds) {
        LagStanding::Within => {
            source::keeps_up(scene).map_err(|detail| Explanation::new(Reason::AwaitSource, detail))
        }
        LagStanding::Above(seconds) => wait(format!(
            "{id} is {seconds:.0}s behind its source; {} is the bound",
            friendly(scene.rds.lag_bound)
        )),
        LagStanding::NotReplicating => wait(format!("{id} does not replicate")),
        LagStanding::Unknown => wait(format!("the lag of {id} cannot be told yet")),
    }
}

/// Whether others have their full weight, and none of them has anything left to give.
fn others_saturated(member: &Member<'_>, scene: &Scene<'_>) -> bool {
    // One that climbs beside it has not been asked for its share yet.
    let asked = |other: &&Member<'_>| other.id() != member.id() && other.weight() >= other.full;
    let mut others = scene.roster.readers().filter(asked).peekable();
    let full = |other: &Member<'_>| {
        other.replica.signals.cpu.fresh().is_some_and(|series| series.newest().value > SATURATED.0)
    };
    others.peek().is_some() && others.all(full)
}

/// A replica that already works harder than the others gets no more; one that merely shares their load does.
fn too_hot(member: &Member<'_>, scene: &Scene<'_>) -> Option<Explanation> {
    let newest = |reading: &Reading| reading.fresh().map(|series| series.newest().value);
    let Some(own) = newest(&member.replica.signals.cpu) else {
        let detail = format!("cpu of {} cannot be told, so it gets no more weight", member.id());
        return Some(Explanation::new(Reason::AwaitFitness, detail));
    };
    let others = scene.roster.readers().filter(|other| other.id() != member.id());
    let hottest = others.filter_map(|other| newest(&other.replica.signals.cpu)).fold(HOT.0, f64::max);
    (own > hottest).then(|| {
        let detail = format!(
            "cpu of {} is {}, above {} of the busiest other",
            member.id(),
            Percent(own),
            Percent(hottest)
        );
        Explanation::new(Reason::AwaitFitness, detail)
    })
}
