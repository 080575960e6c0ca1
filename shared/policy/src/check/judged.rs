//! What every judge is given of the plan and of the world that it was made in, whatever kind of target it is.

use jiff::Timestamp;

use super::pause::PausedNow;
use crate::history::History;
use crate::plan::Plan;
use crate::policy::Target;

/// The plan, and what it was made from beside the observation.
#[derive(Clone, Copy)]
pub(in crate::check) struct Judged<'a> {
    pub(in crate::check) target: &'a Target,
    /// The memory before the plan.
    pub(in crate::check) history: &'a History,
    pub(in crate::check) plan: &'a Plan,
    pub(in crate::check) paused: PausedNow,
    pub(in crate::check) now: Timestamp,
}
