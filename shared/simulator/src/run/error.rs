//! Why a simulation could not be made.

/// A simulation that could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SimulationError {
    /// An account without targets has nothing to scale.
    #[error("there is no target to simulate")]
    NoTarget,
    /// There is no minute to simulate.
    #[error("demand \"{scenario}\" has no minutes")]
    NoDemand {
        /// Its name.
        scenario: String,
    },
    /// Two demands of one account do not begin together, or are not of one length.
    #[error(
        "demand \"{scenario}\" of target \"{target}\" begins or ends at another time than the first target's"
    )]
    Apart {
        /// Its name.
        scenario: String,
        /// Whose it is.
        target: String,
    },
    /// A minute lies beyond the range of time stamps.
    #[error("minute {minute} of the run cannot be told as a time")]
    Time {
        /// From 0.
        minute: usize,
    },
    /// A port waited for something, which nothing in virtual time can bring about.
    #[error(
        "the attempt of minute {minute} waits for something: a port of the simulated account is not ready at once"
    )]
    Waiting {
        /// From 0.
        minute: usize,
    },
}
