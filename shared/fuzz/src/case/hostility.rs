//! What befalls attempts: wake-ups that are lost, late, doubled or at the same time, processes that are killed, clocks that are apart, and
//! descriptions that are old. Of each minute and function it depends on the seed alone, so that a shorter run has the same beginning.

use tidegate_simulator::random::{Draws, Key, Streams};

use crate::ports::Death;

use super::draw;

/// How often what happens; a random half of it never does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hostility {
    key: Key,
    lost: f64,
    late: f64,
    doubled: f64,
    beside: f64,
    killed: f64,
    skewed: f64,
    stale: f64,
}

/// What befalls the attempts of one function in one minute.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Strike {
    /// Nobody wakes it.
    pub(crate) lost: bool,
    /// It is woken so many seconds later than usual.
    pub(crate) late: i64,
    /// So many attempts run: 1, or more one after the other.
    pub(crate) in_turn: usize,
    /// So many run at the same time, in each of these turns.
    pub(crate) beside: usize,
    /// Before which of their calls the turn changes.
    pub(crate) changes: Vec<u32>,
    /// Which of those at the same time dies, and where.
    pub(crate) dies: Option<(usize, Death)>,
    /// By so many seconds the clock of each attempt is apart from the account's.
    pub(crate) skew: Vec<i64>,
    /// Whether descriptions are those of the look before.
    pub(crate) stale: bool,
}

impl Strike {
    /// In words; empty: nothing goes wrong.
    pub(crate) fn words(&self) -> String {
        let Self { lost, late, in_turn, beside, changes, dies, skew, stale } = self;
        let mut words = Vec::new();
        if *lost {
            return "the wake-up is lost".to_owned();
        }
        if *late > 0 {
            words.push(format!("{late}s late"));
        }
        if *in_turn > 1 || *beside > 1 {
            words.push(format!("{in_turn} times {beside} attempts, turns change before calls {changes:?}"));
        }
        if let Some((whom, Death { call, after })) = dies {
            let when = if *after { "after" } else { "before" };
            words.push(format!("attempt {whom} dies {when} its call {call}"));
        }
        if skew.iter().any(|skew| *skew != 0) {
            words.push(format!("clocks apart by {skew:?} seconds"));
        }
        if *stale {
            words.push("descriptions are of the look before".to_owned());
        }
        words.join(", ")
    }

    /// A minute on which nothing goes wrong.
    pub(crate) fn none() -> Self {
        Self { in_turn: 1, beside: 1, skew: vec![0], ..Self::default() }
    }
}

impl Hostility {
    pub(super) fn drawn(streams: &Streams) -> Self {
        let mut draws = streams.key("fuzz", "hostility").member(0);
        // Now and then much of it, most of the time little: much of everything leaves no minute in which anything gets done.
        let mut often = |most: f64| {
            let (on, share) = (draws.chance(0.5), draws.unit());
            if on { most * share * share } else { 0.0 }
        };
        Self {
            lost: often(0.5),
            late: often(0.5),
            doubled: often(0.3),
            beside: often(0.3),
            killed: often(0.3),
            skewed: often(0.5),
            stale: often(0.2),
            key: streams.key("fuzz", "strikes"),
        }
    }

    /// The same seed without any of it.
    pub(crate) fn none(&self) -> Self {
        Self {
            key: self.key,
            lost: 0.0,
            late: 0.0,
            doubled: 0.0,
            beside: 0.0,
            killed: 0.0,
            skewed: 0.0,
            stale: 0.0,
        }
    }

    /// Whether a description is ever that of the look before.
    pub(crate) fn is_ever_stale(&self) -> bool {
        self.stale > 0.0
    }

    /// What befalls the function in this place in this minute.
    pub(crate) fn strike(&self, function: usize, minute: usize) -> Strike {
        let mut draws = self.key.member((function as u64) << 32 | minute as u64);
        let lost = draws.chance(self.lost);
        let late = if draws.chance(self.late) { draw::whole(&mut draws, 1, 35) } else { 0 };
        let in_turn = if draws.chance(self.doubled) { draw::size(&mut draws, 2, 4) } else { 1 };
        let beside = if draws.chance(self.beside) { draw::size(&mut draws, 2, 4) } else { 1 };
        let changes = if beside > 1 { changes(&mut draws) } else { Vec::new() };
        let dies = draws.chance(self.killed).then(|| {
            let call = u32::try_from(draw::whole(&mut draws, 0, 11)).unwrap_or_default();
            (draw::size(&mut draws, 0, beside), Death { call, after: draws.chance(0.5) })
        });
        let skewed = draws.chance(self.skewed);
        let skew = (0..in_turn * beside).map(|_| if skewed { apart(&mut draws) } else { 0 }).collect();
        Strike { lost, late, in_turn, beside, changes, dies, skew, stale: draws.chance(self.stale) }
    }
}

/// At most three, within the calls that two attempts usually make.
fn changes(draws: &mut Draws) -> Vec<u32> {
    let many = draw::size(draws, 1, 4);
    (0..many).map(|_| u32::try_from(draw::whole(draws, 0, 24)).unwrap_or_default()).collect()
}

/// Clocks of Lambda are kept by the host's time service: seconds apart at most. Rarely one is corrected by more.
fn apart(draws: &mut Draws) -> i64 {
    if draws.chance(0.1) { draw::whole(draws, -20, 20) } else { draw::whole(draws, -3, 3) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_befalls_a_minute_does_not_depend_on_others() {
        let all = Hostility::drawn(&Streams::new(7));
        let alone = all.strike(1, 500);
        for minute in 0..500 {
            let _ = all.strike(0, minute);
        }
        assert_eq!(all.strike(1, 500), alone);
    }

    #[test]
    fn over_many_seeds_everything_happens_and_everything_is_off_somewhere() {
        let strikes = |pick: &dyn Fn(&Strike) -> bool| {
            let with = |seed: &u64| {
                let all = Hostility::drawn(&Streams::new(*seed));
                (0..300).any(|minute| pick(&all.strike(0, minute)))
            };
            (0..100).filter(with).count()
        };
        type Pick<'a> = &'a dyn Fn(&Strike) -> bool;
        let kinds: [(&str, Pick<'_>); 7] = [
            ("lost", &|strike| strike.lost),
            ("late", &|strike| strike.late > 0),
            ("doubled", &|strike| strike.in_turn > 1),
            ("beside", &|strike| strike.beside > 1 && !strike.changes.is_empty()),
            ("killed", &|strike| strike.dies.is_some()),
            ("skewed", &|strike| strike.skew.iter().any(|skew| *skew != 0)),
            ("stale", &|strike| strike.stale),
        ];
        for (name, pick) in kinds {
            let with = strikes(pick);
            assert!((20..80).contains(&with), "{name}: {with} of 100 seeds");
        }
    }
}
