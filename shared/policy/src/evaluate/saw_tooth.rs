//! What an idle PostgreSQL source makes of its replicas' lag: a saw-tooth whose lowest point is up to a minute above the lag itself.
//!
//! The lag is the time since the last replayed record was written. A source that is idle writes one every five minutes. CloudWatch looks once a
//! minute, so that the first look at a new record finds it up to a minute old, by the second of the minute at which it looks. A database whose
//! looks come late would never be within a bound below a minute.

use crate::observation::Point;

/// How far apart CloudWatch's looks are.
const SECONDS_APART: f64 = 60.0;
/// One point of it may be missing, and no more: what fell meanwhile could have been anything.
const LOOKED_AT_LEAST_EVERY: f64 = 2.0 * SECONDS_APART;
/// How far from a minute a climb of one minute may be.
const TOLERANCE: f64 = 5.0;

/// The smallest lag that these points, which ascend by minute, show; `None` where none of them says anything (-1).
///
/// Where they are the saw-tooth of an idle source whose every record is followed, there is none: they say no more than when CloudWatch looked.
pub(super) fn smallest(points: &[Point]) -> Option<f64> {
    let told: Vec<&Point> = points.iter().filter(|point| point.value >= 0.0).collect();
    let least = told.iter().map(|point| point.value).reduce(f64::min)?;
    Some(if is_of_an_idle_source(&told) { 0.0 } else { least })
}

/// In a saw-tooth each point is older than the one before it by the time between them, or that of a record replayed since then. What stands still,
/// or falls step by step, is a lag. A record that was replayed in time proves that they are followed, whichever of the points it is.
fn is_of_an_idle_source(points: &[&Point]) -> bool {
    let Some(first) = points.first() else { return false };
    let (mut climbs, mut falls) = (0, 0);
    for pair in points.windows(2) {
        let [before, after] = pair else { continue };
        let apart = (after.minute.0 - before.minute.0) as f64 * SECONDS_APART;
        let rise = after.value - before.value;
        if (rise - apart).abs() <= TOLERANCE {
            climbs += 1;
        } else if rise < 0.0 && apart <= LOOKED_AT_LEAST_EVERY && after.value <= apart + TOLERANCE {
            falls += 1;
        } else {
            return false;
        }
    }
    let followed = falls > 0 || first.value <= SECONDS_APART + TOLERANCE;
    followed && climbs > 0 && climbs >= falls
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::Minute;

    fn points(values: &[f64]) -> Vec<Point> {
        let minutes = (100..).map(Minute).zip(values);
        // A minute without a point.
        let there = minutes.filter(|(_, value)| value.is_finite());
        there.map(|(minute, value)| Point { minute, value: *value }).collect()
    }

    #[test]
    fn a_saw_tooth_of_an_idle_source_is_no_lag() {
        const GAP: f64 = f64::NAN;
        for (values, smallest_is) in [
            // Whatever the second at which CloudWatch looks.
            (vec![0.1, 60.2, 120.0, 180.1, 240.0, 0.2], 0.0),
            (vec![120.0, 180.1, 240.0, 300.2, 60.1, 120.0], 0.0),
            (vec![45.0, 105.0, 165.0, 225.0, 285.0, 45.0], 0.0),
            // The lowest point is not there; nor is the fall.
            (vec![180.0, 240.0, 300.0, GAP, 120.0, 180.0], 0.0),
            (vec![60.0, 120.0, 180.0, 240.0, 300.0, GAP], 0.0),
            (vec![45.0, GAP, 165.0, 225.0, 285.0, 45.0], 0.0),
            // It fell while one was not there, to more than what is left of the record before.
            (vec![120.0, 180.0, 240.0, GAP, 123.0, 183.0], 0.0),
            // Too much is not there, or it fell to more than the time since the last look.
            (vec![180.0, 240.0, GAP, GAP, 120.0, 180.0], 120.0),
            (vec![180.0, 240.0, 300.0, 110.0, 170.0, 230.0], 110.0),
            // A record every other minute.
            (vec![50.0, 110.0, 50.0, 110.0, 50.0, 110.0], 0.0),
            // Behind by more than a look can hide.
            (vec![75.0, 135.0, 195.0, 255.0, 315.0, 75.0], 75.0),
            // Replication has stopped: the last record gets older and older.
            (vec![120.0, 180.0, 240.0, 300.0, 360.0, 420.0], 120.0),
            // A busy source: what stands still, rises slowly or falls step by step is a lag.
            (vec![45.0; 6], 45.0),
            (vec![40.0, 42.0, 44.0, 46.0, 48.0, 50.0], 40.0),
            (vec![59.0, 55.0, 51.0, 47.0, 43.0, 39.0], 39.0),
            (vec![300.0, 240.0, 180.0, 120.0, 60.0, 58.0], 58.0),
            (vec![50.0], 50.0),
            (vec![-1.0, 50.0, -1.0], 50.0),
        ] {
            let found = smallest(&points(&values)).unwrap();
            assert!((found - smallest_is).abs() < 0.2, "{values:?}: {found}");
        }
        assert_eq!(smallest(&points(&[-1.0, -1.0])), None);
        assert_eq!(smallest(&[]), None);
    }
}
