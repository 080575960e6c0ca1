//! The alarms that the stack makes of a policy's own levels: they wake the scaler before the next look is due.

use tidegate_policy::evaluate::levels_between_looks;
use tidegate_policy::observation::Point;
use tidegate_policy::policy::{Signal, Target};

/// How many minutes it reads: CloudWatch looks a little further back than the one period that counts.
pub(super) const READS_MINUTES: u32 = 3;

/// One alarm on one metric.
#[derive(Clone, Debug)]
pub(super) struct Alarm {
    /// What is watched.
    pub(super) signal: Signal,
    /// In the signal's unit.
    level: f64,
    above: bool,
}

impl Alarm {
    /// Those of a target.
    pub(super) fn all(target: &Target) -> Vec<Alarm> {
        let levels = levels_between_looks(target).into_iter();
        levels.map(|(signal, level)| Alarm { signal, level, above: false }).collect()
    }

    /// Whether it goes off now: an alarm that stays in its state sends nothing. No point says nothing.
    pub(super) fn goes_off(&mut self, points: &[Point]) -> bool {
        let Some(newest) = points.iter().max_by_key(|point| point.minute) else { return false };
        let before = std::mem::replace(&mut self.above, newest.value > self.level);
        self.above && !before
    }
}

#[cfg(test)]
mod tests {
    use tidegate_policy::observation::Minute;

    use super::*;

    #[test]
    fn it_goes_off_once_each_time_that_the_level_is_passed() {
        let mut alarm = Alarm { signal: Signal::PrimaryCpu, level: 75.0, above: false };
        let mut at = |minute: i64, value: f64| alarm.goes_off(&[Point { minute: Minute(minute), value }]);
        assert!(!at(1, 75.0));
        assert!(at(2, 76.0));
        assert!(!at(3, 90.0));
        assert!(!at(4, 60.0));
        assert!(at(5, 80.0));
        assert!(!alarm.goes_off(&[]));
    }
}
