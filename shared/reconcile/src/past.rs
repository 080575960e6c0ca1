//! The minutes that a forecast lacks are read before anything is planned: two weeks at its beginning, and those of a pause later.

use futures_util::future::join_all;
use jiff::Timestamp;
use tidegate_policy::evaluate::lacking;
use tidegate_policy::observation::{Minute, Observation, Past};

use crate::due::Due;
use crate::port::{Fleet, FleetError};
use crate::time::{Clock, Limit};

/// So many targets learn of a day in one attempt; the others follow in the next. A day takes 50 ms of one core here (`simulate --history 14d` against none),
/// and a function of 256 MB has a seventh of one (Lambda developer guide, "Configure Lambda function memory"): it was not measured there.
const TARGETS_AT_ONCE: usize = 3;

/// Reads for those who lack something, for as long as `limit` says. What could not be read is read in the next attempt; a forecast never fails one.
pub(crate) async fn read_past<F: Fleet, C: Clock>(
    fleet: &F,
    seen: &mut [(Due<'_>, Result<Observation, FleetError>)],
    now: Timestamp,
    limit: &Limit<'_, C>,
) {
    let mut lack: Vec<_> = seen
        .iter_mut()
        .filter_map(|(due, seen)| Some((lacking(due.outlook.as_ref()?, now)?, due, seen.as_ref().ok()?)))
        .collect();
    lack.iter_mut().for_each(|(_, due, _)| due.past = Past::Unread);
    // Another one is the first each minute: whoever cannot be read for long keeps nobody waiting.
    let turn = usize::try_from(Minute::containing(now).0).unwrap_or(0) % lack.len().max(1);
    lack.rotate_left(turn);
    let reads: Vec<_> = lack
        .into_iter()
        .take(TARGETS_AT_ONCE)
        .map(|(lacking, due, seen)| async move {
            if let Ok(minutes) = fleet.past(due.target, seen, lacking).await {
                due.past = Past::Read(minutes);
            }
        })
        .collect();
    if !reads.is_empty() {
        // Whoever was too slow stays unread.
        let _ = limit.wait(join_all(reads)).await;
    }
}
