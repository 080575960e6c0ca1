//! Work as a fixed-point logarithm, and the levels of need that it stands for: one comparison of integers decides.

use super::settings::{MAX_LEVELS, Shape};

/// Steps of a fixed-point logarithm in one unit of ln: a step is 0.05% of the work.
pub(super) const STEPS: f64 = 2048.0;
/// Work below this share of a level is noise of an idle fleet. Source: the specification, section 2.
const FLOOR: f64 = 0.3;

/// ln of work in fixed point, or none if it is no amount of work.
pub(super) fn fixed(work: f64) -> Option<i16> {
    if !(work.is_finite() && work >= 0.0) {
        return None;
    }
    let steps = (libm::log(work.max(1e-9)) * STEPS).round().clamp(f64::from(i16::MIN), f64::from(i16::MAX));
    #[expect(clippy::cast_possible_truncation, reason = "clamped to the range of i16")]
    Some(steps as i16)
}

/// The work at which each level is exhausted.
#[derive(Clone, Debug)]
pub(super) struct Thresholds {
    shape: Shape,
    /// ln(objective x step x n), at index n; index 0 is not used.
    log: [f64; MAX_LEVELS + 1],
    fixed: [i16; MAX_LEVELS + 1],
    floor: i16,
}

impl Thresholds {
    pub(super) fn of(shape: Shape) -> Thresholds {
        let mut log = [f64::NEG_INFINITY; MAX_LEVELS + 1];
        let mut steps = [i16::MIN; MAX_LEVELS + 1];
        for (level, (log, steps)) in (0_u8..).zip(log.iter_mut().zip(&mut steps)).skip(1) {
            let work = shape.objective() * shape.step() * f64::from(level);
            *log = libm::log(work);
            *steps = fixed(work).unwrap_or(i16::MAX);
        }
        let floor = fixed(FLOOR * shape.step()).unwrap_or(i16::MIN);
        Thresholds { shape, log, fixed: steps, floor }
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    pub(super) fn levels(&self) -> usize {
        self.shape.levels()
    }

    /// ln of the work that `level` just carries.
    pub(super) fn log(&self, level: usize) -> f64 {
        self.log[level]
    }

    /// Bounds that no point forecast leaves: a fifth of a level, twice all levels.
    pub(super) fn plausible(&self) -> (f64, f64) {
        let (step, most) = (self.shape.step(), f64::from(u32::try_from(self.levels()).unwrap_or(1)));
        (libm::log(0.2 * step), libm::log(2.0 * most * step))
    }

    /// Work in fixed point, raised to the floor.
    pub(super) fn admit(&self, work: f64) -> Option<i16> {
        fixed(work).map(|steps| steps.max(self.floor))
    }

    /// The level of need, 1 to `levels + 1`, where the last means more than all. Work that a level just carries does not need the next: both sides
    /// are rounded alike.
    pub(super) fn need(&self, steps: i16) -> u8 {
        let levels = self.levels();
        let above = self.fixed[1..=levels].partition_point(|threshold| *threshold < steps);
        u8::try_from(above + 1).unwrap_or(u8::MAX)
    }

    /// The same of a logarithm that is not rounded.
    pub(super) fn need_of_log(&self, log: f64) -> usize {
        self.log[1..=self.levels()].partition_point(|threshold| *threshold < log) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn need_is_the_ceiling_of_work_over_the_objective() {
        let thresholds = Thresholds::of(Shape::default());
        for (work, need) in [
            (0.0, 1),
            (0.85, 1),
            (0.86, 2),
            (1.7, 2),
            (1.702, 3),
            (2.55, 3),
            (12.75, 15),
            (12.8, 16),
            (1e30, 16),
        ] {
            assert_eq!(thresholds.need(thresholds.admit(work).unwrap()), need, "{work}");
        }
    }

    #[test]
    fn a_level_may_be_ten_units() {
        let thresholds = Thresholds::of(Shape::new(20, 10.0, 0.5).unwrap());
        for (work, need) in [(5.0, 1), (5.1, 2), (50.0, 10), (51.0, 11)] {
            assert_eq!(thresholds.need(thresholds.admit(work).unwrap()), need, "{work}");
        }
    }

    #[test]
    fn what_is_no_amount_of_work_is_not_admitted() {
        let thresholds = Thresholds::of(Shape::default());
        for work in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.1] {
            assert_eq!(thresholds.admit(work), None, "{work}");
        }
    }
}
