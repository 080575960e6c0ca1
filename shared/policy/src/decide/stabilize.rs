//! Stabilize: a recommendation must have stood for its window. In: the largest of the window; out: the smallest.

use jiff::Timestamp;

use super::course::Limit;
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
    if window.is_zero() {
        return None;
    }
    // Each entry stood until the next one; the last stands now.
    let remembered = &history.recommendations;
    let ends = remembered.iter().skip(1).map(|next| next.at).chain([now]);
    let stood = || remembered.iter().zip(ends.clone()).filter(|(_, end)| now.duration_since(*end) < window);
    let ahead = |said: Count| if desired < current { said > desired } else { said < desired };
    let decisive = stood().filter(|(said, _)| ahead(said.desired)).last();
    let covered = remembered.first().is_some_and(|first| now.duration_since(first.at) >= window);
    let (stabilized, detail, until) = match decisive {
        Some((said, end)) => {
            let extreme = if desired < current {
                stood().map(|(said, _)| said.desired).max().unwrap_or(current).min(current)
            } else {
                stood()
                    .map(|(said, _)| said.desired)
                    .min()
                    .unwrap_or(current)
                    .max(current)
                    .max(min)
                    .min(desired)
            };
            let ago = now.duration_since(end);
            let when =
                if ago.is_zero() { "until now".to_owned() } else { format!("until {} ago", friendly(ago)) };
            let needed = friendly(window);
            let detail = format!(
                "{desired} must have been enough for {needed} on the way {word}; {when} {} were",
                said.desired
            );
            (extreme, detail, end.checked_add(window).ok())
        }
        // What was not seen is not taken for agreement: a new ledger waits the window out.
        None if !covered && desired < current => {
            let since = remembered.first().map_or(now, |first| first.at);
            let detail = format!(
                "{desired} must have been enough for {} on the way {word}, and only {} are remembered",
                friendly(window),
                friendly(now.duration_since(since)),
            );
            (current, detail, since.checked_add(window).ok())
        }
        None => return None,
    };
    if stabilized == desired {
        return None;
    }
    Some(Limit {
        desired: stabilized,
        explanation: Explanation::new(Reason::Stabilizing, detail),
        until,
        instead: None,
    })
}
