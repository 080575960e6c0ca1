//! Logistic stacking: what the mixture is usually wrong about, learned for each horizon by AdaGrad.

use super::codec::{Reader, SnapshotError, Writer};
use super::experts::EXPERTS;
use super::odds::Odds;
use super::recent::{Glimpse, Streak};
use super::settings::MAX_LEVELS;
use super::thresholds::Thresholds;

/// Inputs beside the hours.
const DENSE: usize = EXPERTS + 13;
const HOURS: usize = 24;
/// Chances are told apart between this and its complement.
const LEAST_CHANCE: f64 = 2.5e-3;
/// Beyond this logit an opinion is settled.
const SETTLED: f64 = 5.5;
/// The largest logit there is, rounded up.
const LARGEST: f64 = 6.0;
/// AdaGrad's rate and floor, and what weights lose a bucket. Source: the specification, section 4. See also Duchi et al., JMLR 2011.
const RATE: f64 = 0.1;
const GROUND: f64 = 0.1;
const SHRINK: f64 = 1e-4;
/// Of the stacked chance in the result; the rest is the mixture's.
const SHARE: f64 = 0.6;

/// ln of the odds of a chance, within bounds.
pub(super) fn logit(chance: f64) -> f64 {
    let chance = chance.clamp(LEAST_CHANCE, 1.0 - LEAST_CHANCE);
    libm::log(chance / (1.0 - chance))
}

/// A logit in 256 steps, as a waiting forecast keeps it.
pub(super) fn coarse(logit: f64) -> u8 {
    let step = ((logit + LARGEST) * (255.0 / (2.0 * LARGEST)) + 0.5).clamp(0.0, 255.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of u8")]
    let step = step as u8;
    step
}

/// The logit of a step.
pub(super) fn fine(step: u8) -> f64 {
    f64::from(step) * (2.0 * LARGEST / 255.0) - LARGEST
}

/// Logits by level, of each expert and of the mixture.
#[derive(Clone, Debug)]
pub(super) struct Logits {
    pub(super) experts: [Odds; EXPERTS],
    pub(super) mixture: Odds,
}

impl Logits {
    pub(super) fn of(experts: &[Odds; EXPERTS], mixture: &Odds, levels: usize) -> Logits {
        let of = |odds: &Odds| {
            let mut logits = [0.0; MAX_LEVELS + 1];
            for (value, odds) in logits.iter_mut().zip(odds).take(levels + 1).skip(1) {
                *value = logit(*odds);
            }
            logits
        };
        Logits { experts: experts.each_ref().map(of), mixture: of(mixture) }
    }
}

/// What a forecast of one horizon was made in.
pub(super) struct Scene<'a> {
    pub(super) thresholds: &'a Thresholds,
    pub(super) logits: &'a Logits,
    /// Mean ln work of the last five minutes.
    pub(super) level: f64,
    /// Hour of the day of the bucket, UTC.
    pub(super) hour: usize,
    pub(super) habits: &'a Habits,
    /// Recent over usual volatility.
    pub(super) unrest: f64,
}

/// Inputs that follow from how often and how lately each level was exceeded.
pub(super) struct Habits([[f64; 6]; MAX_LEVELS + 1]);

impl Habits {
    pub(super) fn of(glimpse: &Glimpse, levels: usize) -> Habits {
        let mut habits = [[0.0; 6]; MAX_LEVELS + 1];
        for (habit, streak) in habits.iter_mut().zip(&glimpse.levels).take(levels + 1).skip(1) {
            *habit = Habits::of_level(glimpse.spans, streak);
        }
        Habits(habits)
    }

    fn of_level(spans: [u16; 4], streak: &Streak) -> [f64; 6] {
        let mut habit = [0.0; 6];
        for (value, (above, span)) in habit.iter_mut().zip(streak.above.iter().zip(spans)) {
            *value = logit((f64::from(*above) + 0.05) / (f64::from(span) + 1.0));
        }
        let ago = |minutes: u16| libm::log(1.0 + f64::from(minutes)) / 7.3;
        if streak.quiet == 0 {
            habit[5] = ago(streak.above_for);
        } else {
            habit[4] = ago(streak.quiet).min(1.0) - 0.5;
        }
        habit
    }
}

impl Scene<'_> {
    /// What the stack is given of one level; none where everybody is sure already.
    fn inputs(&self, level: usize) -> Option<[f64; DENSE]> {
        let mixture = self.logits.mixture[level];
        let open = |logit: f64| logit.abs() < SETTLED;
        if !open(mixture) && !self.logits.experts.iter().any(|expert| open(expert[level])) {
            return None;
        }
        let mut inputs = [0.0; DENSE];
        let (opinions, rest) = inputs.split_at_mut(EXPERTS);
        for (input, expert) in opinions.iter_mut().zip(&self.logits.experts) {
            *input = expert[level] - mixture;
        }
        let gap = self.thresholds.log(level) - self.level;
        let is_up = gap > 0.0;
        let restless = self.unrest - 1.0;
        let habit = &self.habits.0[level];
        rest.copy_from_slice(&[
            mixture,
            1.0,
            if is_up { 1.0 } else { 0.0 },
            gap.clamp(0.0, 0.6),
            (-gap).clamp(0.0, 0.6),
            restless,
            if is_up { restless } else { -restless },
            habit[0] - mixture,
            habit[1] - mixture,
            habit[2] - mixture,
            habit[3] - mixture,
            habit[4],
            habit[5],
        ]);
        Some(inputs)
    }
}

/// One weight, and the sum of its squared gradients.
#[derive(Clone, Copy, Debug, Default)]
struct Weight {
    value: f32,
    squares: f32,
}

impl Weight {
    fn descend(&mut self, gradient: f64) {
        let squares = f64::from(self.squares) + gradient * gradient;
        let value = f64::from(self.value) - RATE * gradient / (squares + GROUND).sqrt();
        #[expect(clippy::cast_possible_truncation, reason = "weights are kept in f32")]
        let kept = (value as f32, squares as f32);
        (self.value, self.squares) = kept;
    }
}

/// The weights of one horizon. At first they are 0, and the stack is the mixture.
#[derive(Clone, Debug)]
pub(super) struct Stack {
    dense: [Weight; DENSE],
    hours: [Weight; HOURS],
}

impl Stack {
    pub(super) fn new() -> Stack {
        Stack { dense: [Weight::default(); DENSE], hours: [Weight::default(); HOURS] }
    }

    fn logit(&self, mixture: f64, inputs: &[f64; DENSE], hour: usize) -> f64 {
        let dense: f64 =
            self.dense.iter().zip(inputs).map(|(weight, input)| f64::from(weight.value) * input).sum();
        mixture + dense + f64::from(self.hours[hour].value)
    }

    /// The bucket is known: `above` is the share of its minutes above each level.
    pub(super) fn learn(&mut self, scene: &Scene<'_>, above: &Odds) {
        for weight in self.dense.iter_mut().chain(&mut self.hours) {
            #[expect(clippy::cast_possible_truncation, reason = "weights are kept in f32")]
            let left = (1.0 - SHRINK) as f32;
            weight.value *= left;
        }
        for (level, above) in above.iter().enumerate().take(scene.thresholds.levels() + 1).skip(1) {
            let Some(inputs) = scene.inputs(level) else { continue };
            let error = sigmoid(self.logit(scene.logits.mixture[level], &inputs, scene.hour)) - above;
            for (weight, input) in self.dense.iter_mut().zip(&inputs) {
                weight.descend(error * input);
            }
            self.hours[scene.hour].descend(error);
        }
    }

    pub(super) fn encode(&self, to: &mut Writer) {
        for weight in self.dense.iter().chain(&self.hours) {
            to.f32(weight.value);
            to.f32(weight.squares);
        }
    }

    pub(super) fn decode(from: &mut Reader<'_>) -> Result<Stack, SnapshotError> {
        let mut stack = Stack::new();
        for weight in stack.dense.iter_mut().chain(&mut stack.hours) {
            *weight = Weight { value: from.f32("stack weight")?, squares: from.f32("stack gradient")? };
            if weight.squares < 0.0 {
                return Err(SnapshotError::Impossible("stack gradient"));
            }
        }
        Ok(stack)
    }
}

/// A stack between two learned horizons.
pub(super) struct Between<'a> {
    pub(super) before: &'a Stack,
    pub(super) after: &'a Stack,
    pub(super) share: f64,
}

impl Between<'_> {
    /// The result: mixture and stack together, never rising with the level.
    pub(super) fn correct(&self, scene: &Scene<'_>, mixture: &Odds) -> Odds {
        let mut odds = *mixture;
        for level in 1..=scene.thresholds.levels() {
            if let Some(inputs) = scene.inputs(level) {
                let of = |stack: &Stack| stack.logit(scene.logits.mixture[level], &inputs, scene.hour);
                let after = of(self.after);
                let logit = if self.share > 0.0 {
                    (1.0 - self.share) * of(self.before) + self.share * after
                } else {
                    of(self.before)
                };
                odds[level] = (1.0 - SHARE) * mixture[level] + SHARE * sigmoid(logit);
            }
            odds[level] = odds[level].min(odds[level - 1]);
        }
        odds
    }
}

fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-logit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::odds::NO_ODDS;
    use crate::forecast::settings::Shape;

    #[test]
    fn a_logit_survives_being_kept() {
        for chance in [0.0, 0.0025, 0.01, 0.2, 0.5, 0.77, 0.99, 1.0] {
            let exact = logit(chance);
            assert!((fine(coarse(exact)) - exact).abs() <= LARGEST / 255.0 + 1e-12, "{chance}");
        }
    }

    fn scene_with<T>(chance: f64, look: impl FnOnce(&Scene<'_>) -> T) -> T {
        let thresholds = Thresholds::of(Shape::default());
        let mut by_level = [logit(0.0); MAX_LEVELS + 1];
        by_level[1] = logit(chance);
        let logits = Logits { experts: [by_level; EXPERTS], mixture: by_level };
        let habits = Habits::of(&Glimpse::none(), 15);
        look(&Scene {
            thresholds: &thresholds,
            logits: &logits,
            level: 0.0,
            hour: 9,
            habits: &habits,
            unrest: 1.0,
        })
    }

    #[test]
    fn at_first_the_stack_is_the_mixture() {
        let mut mixture = NO_ODDS;
        mixture[1] = 0.3;
        let stack = Stack::new();
        let odds = scene_with(0.3, |scene| {
            Between { before: &stack, after: &stack, share: 0.5 }.correct(scene, &mixture)
        });
        assert!((odds[1] - 0.3).abs() < 1e-12);
        assert_eq!(odds[2..], mixture[2..]);
    }

    #[test]
    fn what_the_mixture_is_always_wrong_about_is_learned() {
        let mut mixture = NO_ODDS;
        mixture[1] = 0.3;
        let mut stack = Stack::new();
        let mut above = NO_ODDS;
        above[1] = 0.9;
        scene_with(0.3, |scene| (0..2000).for_each(|_| stack.learn(scene, &above)));
        let odds = scene_with(0.3, |scene| {
            Between { before: &stack, after: &stack, share: 0.0 }.correct(scene, &mixture)
        });
        assert!((odds[1] - (0.4 * 0.3 + 0.6 * 0.9)).abs() < 0.02, "{}", odds[1]);
    }
}
