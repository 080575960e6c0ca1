//! Thresholds out of order: a target that is to grow and to shrink at the same load would flap for ever.

use super::measure;
use super::place::Placed;
use super::problems::Problems;
use super::rule::Role;
use crate::policy::{Signal, ThresholdRule, TrackingRule};

/// Tells each rule of `scale_in` that agrees at a load at which another adds.
pub(super) fn tell_overlaps(
    scale_out: &[Placed<ThresholdRule>],
    scale_in: &[Placed<ThresholdRule>],
    track: &[Placed<TrackingRule>],
    problems: &mut Problems<'_>,
) {
    for low in scale_in {
        let removes = format!("scale_in {:?} (line {})", low.value.text, problems.line(low.at));
        let outs = scale_out.iter().map(|high| {
            let line = problems.line(high.at);
            let adds = format!("{} {:?} (line {line})", Role::ScaleOut.key(), high.value.text);
            (high.value.signal, high.value.threshold, adds)
        });
        let tracked = track.iter().map(|high| {
            let adds = format!("track {:?} (line {})", high.value.text, problems.line(high.at));
            (high.value.signal, high.value.target, adds)
        });
        let met: Vec<_> = outs
            .chain(tracked)
            .filter(|(signal, threshold, _)| {
                overlap(low.value.signal, *signal) && low.value.threshold >= *threshold
            })
            .collect();
        for (signal, threshold, adds) in met {
            let threshold = measure::written(signal, threshold);
            problems.tell(
                low.at,
                format!(
                    "{removes} agrees to remove where {adds} adds: write a threshold well below {threshold}"
                ),
            );
        }
    }
}

/// Whether both read something of the same members.
fn overlap(one: Signal, other: Signal) -> bool {
    let part_of_connections = |part: Signal, whole: Signal| {
        whole == Signal::Connections
            && matches!(part, Signal::PrimaryConnections | Signal::ReplicaConnections)
    };
    one == other || part_of_connections(one, other) || part_of_connections(other, one)
}
