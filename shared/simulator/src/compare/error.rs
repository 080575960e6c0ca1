//! Why a trace cannot be compared.

/// A comparison that could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompareError {
    /// There would be less than a day to score.
    #[error(
        "{trace}: the trace is {has}, and its first {unscored} are not scored: take one of at least {least}"
    )]
    TooShort {
        /// Its name.
        trace: String,
        /// How long it is.
        has: String,
        /// How much of it is not scored.
        unscored: String,
        /// How long it must be.
        least: String,
    },
    /// The part that is played asks for nothing.
    #[error("{trace}: the last 60 days of the trace have no load that could be scaled: take another trace")]
    NoLoad {
        /// Its name.
        trace: String,
    },
}
