//! What a kind of target knows that the rules do not.

use jiff::Timestamp;

use crate::policy::{PerDirection, RateLimit};
use crate::reason::Explanation;
use crate::units::Count;

/// Filled in by the plan of the kind.
pub(crate) struct Situation {
    /// Members of ours that serve or are on their way in.
    pub(crate) current: Count,
    /// How many more could be made: what foreign, unfinished and leaving members and the engine leave free.
    pub(crate) room: Count,
    /// Why nothing may be added now, whatever the rules say.
    pub(crate) out_blocked: Option<(Explanation, Option<Timestamp>)>,
    /// Why nothing may be removed now, whatever the rules say: no victim, too high a projected load.
    pub(crate) in_blocked: Option<Explanation>,
    /// The transition under way, in words, that keeps another of this direction from being begun.
    pub(crate) in_progress: PerDirection<Option<String>>,
    /// How many may go in one decision.
    pub(crate) leaving_at_most: Count,
    /// How fast capacity may come down after a planned event, beside the policy's own rate limit.
    pub(crate) descent: Option<RateLimit>,
    /// The fewest that carry the load, and what says so.
    pub(crate) least: Option<(Count, Explanation)>,
    /// So many at most after an addition, whatever the rules say, and what says so.
    pub(crate) most: Option<(Count, Explanation)>,
    /// Whether what the clock takes away goes without waiting for a window or a cooldown: it has no noise to wait out.
    pub(crate) clock_at_once: bool,
}
