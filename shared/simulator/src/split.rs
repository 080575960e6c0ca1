//! Where violating minutes go: why the capacity that a minute wanted was not there, each minute once.

use serde::Serialize;

use crate::account::OBJECTIVE;

/// Why a violating minute was one. A minute counts for the first of these that holds, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// All members that the policy allows could not carry it: no policy avoids it.
    AtMax,
    /// A fault that the scenario injects was in force.
    InjectedFault,
    /// Enough members are up, and do not take their full share yet: they catch up, climb, or clients' pools have not moved.
    Ramping,
    /// Enough members are ordered, and some of them are still being created.
    Creating,
    /// Those that leave would have been enough.
    Draining,
    /// An addition is under way, and is too small.
    TooSmall,
    /// Nothing is under way: not seen, not decided, held by a duration, a cooldown or a limit.
    NothingUnderWay,
}

impl Cause {
    /// All of them, in the order in which a minute is judged.
    pub const ALL: [Cause; 7] = [
        Cause::AtMax,
        Cause::InjectedFault,
        Cause::Ramping,
        Cause::Creating,
        Cause::Draining,
        Cause::TooSmall,
        Cause::NothingUnderWay,
    ];

    /// As a table says it.
    pub fn name(self) -> &'static str {
        match self {
            Cause::AtMax => "unavoidable at max",
            Cause::InjectedFault => "injected fault",
            Cause::Ramping => "catching up and ramping",
            Cause::Creating => "creating",
            Cause::Draining => "draining",
            Cause::TooSmall => "addition too small",
            Cause::NothingUnderWay => "nothing under way",
        }
    }
}

impl Cause {
    /// What it counts, in short.
    pub fn meaning(self) -> &'static str {
        match self {
            Cause::AtMax => "the policy's max carries less",
            Cause::InjectedFault => "a fault of the scenario in force",
            Cause::Ramping => "enough are up, not at full share",
            Cause::Creating => "enough ordered, being created",
            Cause::Draining => "enough with those that leave",
            Cause::TooSmall => "some are coming, not enough",
            Cause::NothingUnderWay => "not seen, not decided, or held",
        }
    }
}

/// How the members of a target stand at the end of a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Standing {
    /// What the most members that the policy allows can serve, in unit capacities.
    pub most: u32,
    /// Members that are up and stay, at whatever share; a primary that answers reads is one.
    pub up: u32,
    /// Of those, the ones that do not have their full weight yet.
    pub ramping: u32,
    /// Members that are being created.
    pub creating: u32,
    /// Members on their way out.
    pub draining: u32,
    /// Whether a fault that the scenario injects is in force.
    pub faulty: bool,
}

/// Minutes by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Split {
    /// See [`Cause::AtMax`].
    pub at_max: u64,
    /// See [`Cause::InjectedFault`].
    pub injected_fault: u64,
    /// See [`Cause::Ramping`].
    pub ramping: u64,
    /// See [`Cause::Creating`].
    pub creating: u64,
    /// See [`Cause::Draining`].
    pub draining: u64,
    /// See [`Cause::TooSmall`].
    pub too_small: u64,
    /// See [`Cause::NothingUnderWay`].
    pub nothing_under_way: u64,
}

impl Split {
    /// Counts a violating minute.
    pub fn count(&mut self, cause: Cause) {
        *self.of_mut(cause) += 1;
    }

    /// The minutes of one cause.
    pub fn of(&self, cause: Cause) -> u64 {
        match cause {
            Cause::AtMax => self.at_max,
            Cause::InjectedFault => self.injected_fault,
            Cause::Ramping => self.ramping,
            Cause::Creating => self.creating,
            Cause::Draining => self.draining,
            Cause::TooSmall => self.too_small,
            Cause::NothingUnderWay => self.nothing_under_way,
        }
    }

    /// Adds what another counted.
    pub fn add(&mut self, other: &Split) {
        for cause in Cause::ALL {
            *self.of_mut(cause) += other.of(cause);
        }
    }

    /// The causes that have minutes, in the order of [`Cause::ALL`].
    pub fn there(&self) -> impl Iterator<Item = (Cause, u64)> {
        Cause::ALL.map(|cause| (cause, self.of(cause))).into_iter().filter(|(_, minutes)| *minutes > 0)
    }

    /// The minutes of all causes.
    pub fn all(&self) -> u64 {
        Cause::ALL.iter().map(|cause| self.of(*cause)).sum()
    }

    fn of_mut(&mut self, cause: Cause) -> &mut u64 {
        match cause {
            Cause::AtMax => &mut self.at_max,
            Cause::InjectedFault => &mut self.injected_fault,
            Cause::Ramping => &mut self.ramping,
            Cause::Creating => &mut self.creating,
            Cause::Draining => &mut self.draining,
            Cause::TooSmall => &mut self.too_small,
            Cause::NothingUnderWay => &mut self.nothing_under_way,
        }
    }
}

/// How many whole members a demand wants, so that the minute does not violate the objective.
pub fn needed(demand: f64) -> f64 {
    // Demand at exactly the objective does not violate it.
    (demand / OBJECTIVE - 1e-9).ceil().max(0.0)
}

/// Why a minute with this demand violated the objective.
pub fn cause(demand: f64, standing: &Standing) -> Cause {
    let needed = needed(demand);
    let carry = |members: u32| f64::from(members) >= needed;
    let Standing { most, up, ramping, creating, draining, faulty } = *standing;
    if !carry(most) {
        Cause::AtMax
    } else if faulty {
        Cause::InjectedFault
    } else if carry(up) {
        Cause::Ramping
    } else if carry(up + creating) {
        Cause::Creating
    } else if carry(up + creating + draining) {
        Cause::Draining
    } else if creating + ramping > 0 {
        Cause::TooSmall
    } else {
        Cause::NothingUnderWay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_counts_for_the_first_cause_that_holds() {
        let standing = Standing { most: 15, up: 4, ..Standing::default() };
        // 4.0 units want 5 members.
        let cases = [
            (4.0, standing, Cause::NothingUnderWay),
            (4.0, Standing { creating: 1, ..standing }, Cause::Creating),
            (5.0, Standing { creating: 1, ..standing }, Cause::TooSmall),
            (5.0, Standing { ramping: 1, ..standing }, Cause::TooSmall),
            (4.0, Standing { up: 5, ramping: 1, ..standing }, Cause::Ramping),
            (4.0, Standing { up: 5, ramping: 1, creating: 2, ..standing }, Cause::Ramping),
            (4.0, Standing { draining: 1, ..standing }, Cause::Draining),
            (5.0, Standing { draining: 1, ..standing }, Cause::NothingUnderWay),
            (5.0, Standing { draining: 1, creating: 1, ..standing }, Cause::Draining),
            (4.0, Standing { up: 5, ramping: 1, faulty: true, ..standing }, Cause::InjectedFault),
            (4.0, Standing { most: 4, faulty: true, ..standing }, Cause::AtMax),
        ];
        for (demand, standing, expected) in cases {
            assert_eq!(cause(demand, &standing), expected, "{demand} {standing:?}");
        }
    }

    #[test]
    fn demand_at_the_objective_wants_no_further_member() {
        for (demand, members) in [(0.0, 0.0), (0.84, 1.0), (0.85, 1.0), (0.86, 2.0), (3.4, 4.0), (3.41, 5.0)]
        {
            assert!((needed(demand) - members).abs() < 0.5, "{demand}");
        }
    }

    #[test]
    fn each_cause_has_a_count_of_its_own_and_all_is_their_sum() {
        let mut split = Split::default();
        for (nth, cause) in Cause::ALL.into_iter().enumerate() {
            for _ in 0..=nth {
                split.count(cause);
            }
        }
        let counts: Vec<u64> = Cause::ALL.iter().map(|cause| split.of(*cause)).collect();
        assert_eq!(counts, [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(split.all(), 28);
        split.add(&split.clone());
        assert_eq!((split.of(Cause::AtMax), split.all()), (2, 56));
    }
}
