//! The way in, from `available` to the full weight: catch up, join at weight 1, climb 1, 4, 16, N. The next step follows from the weight found.

use jiff::SignedDuration;

use super::inheritance;
use super::routing::Batch;
use super::scene::{Draft, Scene};
use super::since::settled;
use super::source;
use crate::evaluate::rds_replicas::roster::Member;
use crate::evaluate::rds_replicas::weights;
use crate::evaluate::{LagStanding, lag_standing};
use crate::observation::{Reading, Replication, Standing};
use crate::reason::{Explanation, Reason};
use crate::units::{Percent, Weight, friendly};

/// RDS says of no creation how long it takes; past this a person should look.
const SLOW_CREATION: SignedDuration = SignedDuration::from_hours(1);
/// A climbing replica hotter than this, and hotter than every other, gets no more for now.
const HOT: Percent = Percent(85.0);
/// Metric periods that a weight must have stood, so that its effect is in the points that are looked at.
const DWELL_PERIODS: SignedDuration = SignedDuration::from_mins(2);

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
                draft.alert(format!("the slow creation of {id}"), Reason::CreationSlow, detail);
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
    if let Err(why) = fit(member, scene) {
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
    match member.record {
        None => {
            let record = batch.record(id.as_str(), Weight(1), endpoint);
            batch.create(record);
            let detail = format!("{id} has caught up and joins {} at weight 1", scene.rds.reader.name);
            Progress::Stepped(Explanation::new(Reason::JoinReader, detail))
        }
        Some(record) => {
            let dwell = scene.rds.reader.ttl.duration() * 3 + DWELL_PERIODS;
            let settled = settled(
                &draft.history,
                id.as_str(),
                Some(record.weight),
                dwell,
                Reason::AwaitDwell,
                scene.now,
            );
            if let Err(why) = settled {
                return Progress::Waiting(why);
            }
            if let Some(why) = too_hot(member, scene) {
                return Progress::Waiting(why);
            }
            let next = weights::next(record.weight, member.full);
            batch.swap(record, next);
            if next == member.full {
                batch.lower_floor();
            }
            let detail = format!("{id} from weight {} to {next} of {}", record.weight, member.full);
            Progress::Stepped(Explanation::new(Reason::RampUp, detail))
        }
    }
}

/// The gate of A3: replication runs, and the lag is within the bound by the engine's own rule.
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
