//! The cheapest course of the fleet's size over the next hour: a backward dynamic programme.

use super::fleet::{Fleet, LifeTimes};
use super::horizons::AHEAD;
use super::need::NeedAhead;
use super::settings::{MAX_LEVELS, Settings, Shape};

/// What the plan is made from.
pub(super) struct Terms {
    pub(super) shape: Shape,
    pub(super) lead: usize,
    pub(super) buckets: usize,
    pub(super) least: usize,
    pub(super) most: usize,
    pub(super) up: f64,
    pub(super) down: f64,
    /// Of a violating minute, with its scale.
    pub(super) price: f64,
    /// Units on their way that will have arrived by each bucket.
    pub(super) arrived: [u32; AHEAD],
    /// Levels that arrive in each bucket.
    arrive: [usize; AHEAD],
}

impl Terms {
    pub(super) fn of(need: &NeedAhead, fleet: &Fleet<'_>, times: &LifeTimes, settings: &Settings) -> Terms {
        let (shape, lead) = (need.shape, times.lead());
        let cap = usize::from(settings.horizon) / 5;
        let buckets = (lead + 5).clamp(8, AHEAD).min(cap).max(lead + 1).min(AHEAD);
        let mut arrived = [0_u32; AHEAD];
        for age in fleet.coming {
            let bucket = times.arrival(*age);
            arrived.iter_mut().skip(bucket).for_each(|units| *units = units.saturating_add(1));
        }
        let level = |units: u32| shape.whole_levels(fleet.serving.saturating_add(units));
        let mut arrive = [0; AHEAD];
        for bucket in 1..AHEAD {
            arrive[bucket] = level(arrived[bucket]) - level(arrived[bucket - 1]);
        }
        let most = usize::from(settings.most).min(shape.levels());
        Terms {
            shape,
            lead,
            buckets,
            least: usize::from(settings.least).min(most),
            most,
            up: times.billed_before + settings.start_extra,
            down: times.billed_after + settings.stop_extra,
            price: settings.price * need.price_scale,
            arrived,
            arrive,
        }
    }

    /// Levels after the arrivals of a bucket.
    pub(super) fn joined(&self, level: usize, bucket: usize) -> usize {
        (level + self.arrive[bucket]).min(self.shape.levels())
    }

    /// Cost of a level in a bucket, in level-minutes.
    fn cost(&self, need: &NeedAhead, bucket: usize, level: usize) -> f64 {
        // Two minutes of the first bucket are over already.
        let minutes = if bucket == 0 { 3.0 } else { 5.0 };
        // What no allowed fleet can carry is not charged: all sizes would violate alike, and the smallest would be the cheapest.
        let odds = if level < self.most { need.odds(bucket, level) } else { 0.0 };
        minutes * (f64::from(small(level)) + self.price * odds)
    }
}

fn small(level: usize) -> u8 {
    u8::try_from(level).unwrap_or(u8::MAX)
}

/// The cheapest way on from every level in every bucket: backward dynamic programme over the fleet's size.
pub(super) struct Course {
    /// Cost from now on, in level-minutes, by level.
    pub(super) value: [f64; MAX_LEVELS + 1],
    /// The level of the next bucket, by bucket and level.
    pub(super) next: Vec<[usize; MAX_LEVELS + 1]>,
}

impl Course {
    pub(super) fn of(need: &NeedAhead, terms: &Terms) -> Course {
        let levels = terms.shape.levels();
        let last = terms.buckets - 1;
        let mut value = [0.0; MAX_LEVELS + 1];
        for (level, value) in value.iter_mut().enumerate().take(levels + 1) {
            *value = terms.cost(need, last, level);
        }
        let mut next = vec![[0; MAX_LEVELS + 1]; last];
        for bucket in (0..last).rev() {
            let mut earlier = [0.0; MAX_LEVELS + 1];
            for level in 0..=levels {
                let joined = terms.joined(level, bucket + 1);
                let (best, to) = cheapest(terms, &value, joined, bucket + 1 >= terms.lead);
                earlier[level] = best + terms.cost(need, bucket, level);
                next[bucket][level] = to;
            }
            value = earlier;
        }
        Course { value, next }
    }

    /// The level before the arrivals of `bucket`, from `level` now.
    pub(super) fn at(&self, level: usize, bucket: usize) -> usize {
        self.next[..bucket].iter().fold(level, |level, next| next[level])
    }
}

/// The level that is cheapest to go on with; of equals it does not change.
fn cheapest(terms: &Terms, value: &[f64; MAX_LEVELS + 1], from: usize, may_rise: bool) -> (f64, usize) {
    let mut best = (value[from], from);
    for to in (terms.least..from).rev() {
        let cost = value[to] + levels_between(to, from) * terms.down;
        if cost < best.0 {
            best = (cost, to);
        }
    }
    if may_rise {
        for (to, value) in value.iter().enumerate().take(terms.most + 1).skip(from + 1) {
            let cost = value + levels_between(from, to) * terms.up;
            if cost < best.0 {
                best = (cost, to);
            }
        }
    }
    best
}

pub(super) fn levels_between(low: usize, high: usize) -> f64 {
    f64::from(small(high.saturating_sub(low)))
}
