//! Reproducible randomness: a number depends on the seed and on what it is for, never on what was drawn before it.
//!
//! Streams are keyed by (seed, resource, purpose, member), so that two policies on the same seed meet the same creation times,
//! the same noise and the same throttles, however differently they act.

use rand::{Rng, SeedableRng};
use rand_distr::{Distribution, LogNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

/// The source of all keys of one run.
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    seed: u64,
}

impl Streams {
    /// All streams of this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The key of one purpose at one resource. It is the same in every version and on every machine.
    pub fn key(&self, resource: &str, purpose: &str) -> Key {
        // FNV-1a over both texts with a separator, then a finaliser: stable, unlike the standard library's hasher.
        let mut hash = 0xcbf2_9ce4_8422_2325 ^ mixed(self.seed);
        for byte in resource.bytes().chain([0]).chain(purpose.bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Key(mixed(hash))
    }
}

/// What randomness is for.
#[derive(Clone, Copy, Debug)]
pub struct Key(u64);

impl Key {
    /// The numbers of one member: the how-many-th creation, the minute, the how-many-th call.
    pub fn member(self, member: u64) -> Draws {
        Draws(Xoshiro256PlusPlus::seed_from_u64(self.0 ^ mixed(member)))
    }
}

/// One stream of numbers.
#[derive(Clone, Debug)]
pub struct Draws(Xoshiro256PlusPlus);

impl Draws {
    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in [low, high).
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Lognormal around `median`, clipped to [0.5, 3] times the median.
    pub fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        // A sigma that is no number gives the median itself.
        let factor = LogNormal::new(0.0, sigma).map_or(1.0, |lognormal| lognormal.sample(&mut self.0));
        median * factor.clamp(0.5, 3.0)
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_draws_the_same_whatever_was_drawn_before() {
        let key = Streams::new(7).key("orders-primary", "creation");
        let alone = key.member(3).unit();
        let _ = (key.member(1).unit(), key.member(2).unit());
        assert_eq!(key.member(3).unit().to_bits(), alone.to_bits());
    }

    #[test]
    fn seed_resource_purpose_and_member_all_matter() {
        let draw = |seed, resource: &str, purpose: &str, member| {
            Streams::new(seed).key(resource, purpose).member(member).bits()
        };
        let base = draw(1, "a", "b", 0);
        for other in [draw(2, "a", "b", 0), draw(1, "c", "b", 0), draw(1, "a", "c", 0), draw(1, "a", "b", 1)]
        {
            assert_ne!(base, other);
        }
        // The separator keeps ("ab", "c") apart from ("a", "bc").
        assert_ne!(draw(1, "ab", "c", 0), draw(1, "a", "bc", 0));
    }

    #[test]
    fn creation_times_have_their_median_and_their_bounds() {
        let key = Streams::new(1).key("orders-primary", "creation");
        let mut times: Vec<_> = (0..4001).map(|nth| key.member(nth).lognormal(13.0, 0.25)).collect();
        times.sort_by(f64::total_cmp);
        assert!((times[2000] - 13.0).abs() < 0.3, "median {}", times[2000]);
        assert!(times[0] >= 6.5 && times[4000] <= 39.0);
    }
}
