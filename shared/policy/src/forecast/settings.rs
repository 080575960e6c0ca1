//! What a forecast is shaped by, and what it is asked with: every default of the forecaster stands here, once.

use thiserror::Error;

/// Most levels of need that a forecast can tell apart.
pub const MAX_LEVELS: usize = 32;

/// A shape that no forecast can have.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum ShapeError {
    /// There is nothing to tell apart, or too much.
    #[error("{0} levels of need: 1 to {MAX_LEVELS} are possible")]
    Levels(u8),
    /// A level must be worth something, and its need must fit the fixed point of the minutes.
    #[error("a level of {0} units of capacity: more than 0.001 and at most 10000 are possible")]
    Step(f64),
    /// A share of capacity.
    #[error("an objective of {0}: a share of capacity above 0.01 and up to 1 is possible")]
    Objective(f64),
}

/// What the learned state depends on. A state of another shape says nothing about this one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    levels: u8,
    step: f64,
    objective: f64,
}

impl Shape {
    /// `levels` of need, each of `step` units of capacity, of which the share `objective` may be used.
    ///
    /// # Errors
    ///
    /// A number outside of its bounds, or none at all.
    pub fn new(levels: u8, step: f64, objective: f64) -> Result<Shape, ShapeError> {
        if levels == 0 || usize::from(levels) > MAX_LEVELS {
            return Err(ShapeError::Levels(levels));
        }
        if !(step > 0.001 && step <= 10_000.0) {
            return Err(ShapeError::Step(step));
        }
        if !(objective > 0.01 && objective <= 1.0) {
            return Err(ShapeError::Objective(objective));
        }
        Ok(Shape { levels, step, objective })
    }

    /// The levels that are told apart; a need above the last one is "more".
    pub fn levels(&self) -> usize {
        usize::from(self.levels)
    }

    /// Units of capacity of one level.
    pub fn step(&self) -> f64 {
        self.step
    }

    /// Units of capacity that make so many levels, rounded up.
    pub fn units(&self, levels: usize) -> u32 {
        let units = (f64::from(u32::try_from(levels).unwrap_or(u32::MAX)) * self.step - 1e-9).ceil();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and a cast saturates"
        )]
        let units = units as u32;
        units
    }

    /// Levels that so many units of capacity make, rounded down, and at most those that are told apart.
    pub fn whole_levels(&self, units: u32) -> usize {
        let levels = f64::from(units) / self.step + 1e-9;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and a cast saturates"
        )]
        let levels = levels as usize;
        levels.min(self.levels())
    }

    /// Share of capacity above which a minute violates the objective.
    pub fn objective(&self) -> f64 {
        self.objective
    }
}

impl Default for Shape {
    /// 15 levels of one unit (RDS allows 15 replicas a source), 85% (the specification's `objective`).
    fn default() -> Shape {
        Shape { levels: 15, step: 1.0, objective: 0.85 }
    }
}

/// What a prediction and a plan are asked with. It may change from one decision to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Unit-minutes that a violating minute is worth. Source: swept on the tuning traces, 25 to 30 are alike.
    pub price: f64,
    /// Unit-minutes that an order costs beyond the minutes that it is billed before it serves. Source: as above; 5 if decided each 5 minutes.
    pub start_extra: f64,
    /// Unit-minutes that a removal costs beyond the minutes that it is billed after it served. Source: as above.
    pub stop_extra: f64,
    /// Decisions in a row that must ask for a removal. Source: as above; 1 if decided each 5 minutes.
    pub confirm: u8,
    /// Minutes that are planned at most, 20 to 60. Source: the forecaster's farthest horizon is 60.
    pub horizon: u8,
    /// The fewest levels that the planner may ask for: the policy's minimum.
    pub least: u8,
    /// The most levels that the planner may ask for: the policy's maximum.
    pub most: u8,
}

impl Settings {
    /// The same with these units as the fewest and the most.
    pub fn within(self, shape: Shape, (least, most): (u32, u32)) -> Settings {
        let levels = |units: u32| {
            let levels = (f64::from(units) / shape.step() - 1e-9).ceil();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "at least 1, and a cast saturates"
            )]
            let levels = levels.max(1.0) as usize;
            u8::try_from(levels.min(shape.levels())).unwrap_or(u8::MAX)
        };
        Settings { least: levels(least), most: levels(most), ..self }
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            price: 27.0,
            start_extra: 8.0,
            stop_extra: 3.0,
            confirm: 3,
            horizon: 60,
            least: 1,
            most: 15,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_outside_of_its_bounds_is_refused_with_its_reason() {
        assert!(Shape::new(32, 10.0, 1.0).is_ok());
        assert_eq!(Shape::new(0, 1.0, 0.85), Err(ShapeError::Levels(0)));
        assert_eq!(Shape::new(33, 1.0, 0.85), Err(ShapeError::Levels(33)));
        assert_eq!(Shape::new(15, 0.0, 0.85), Err(ShapeError::Step(0.0)));
        assert!(matches!(Shape::new(15, f64::NAN, 0.85), Err(ShapeError::Step(_))));
        assert_eq!(Shape::new(15, 1.0, 1.1), Err(ShapeError::Objective(1.1)));
    }
}
