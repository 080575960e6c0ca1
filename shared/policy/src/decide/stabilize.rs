//! Stabilize: a recommendation must have stood for its window. In: the largest of the window; out: the smallest.

use jiff::Timestamp;

use super::Limit;
use crate::history::History;
use crate::policy::Scaling;
use crate::reason::{Explanation, Reason};
use crate::units::{Count, friendly};

/// A window's minimum is never held back: the clock has no noise to wait out.
pub(super) fn stabilize(
    scaling: &Scaling,
    history: &History,
    current: Count,
    desired: Count,
    min: Count,
    now: Timestamp,
) -> Option<Limit> {
    let (window, word) = match desired.cmp(&current) {
        std::cmp::Ordering::Equal => return None,
        std::cmp::Ordering::Less => (scaling.stabilization.in_, "in"),
        std::cmp::Ordering::Greater => (scaling.stabilization.out, "out"),
    };
    let recent = || history.recommendations.iter().filter(|said| now.duration_since(said.at) < window);
    let (stabilized, decisive) = if desired < current {
        let most = recent().map(|said| said.desired).max()?.min(current);
        (desired.max(most), recent().rfind(|said| said.desired >= most))
    } else {
        let least = recent().map(|said| said.desired).min()?.max(current).max(min);
        (desired.min(least), recent().rfind(|said| said.desired <= least))
    };
    if stabilized == desired {
        return None;
    }
    let decisive = decisive?;
    let detail = format!(
        "{desired} must have been enough for {} on the way {word}; {} ago {} were",
        friendly(window),
        friendly(now.duration_since(decisive.at)),
        decisive.desired,
    );
    Some(Limit {
        desired: stabilized,
        explanation: Explanation::new(Reason::Stabilizing, detail),
        until: decisive.at.checked_add(window).ok(),
    })
}
