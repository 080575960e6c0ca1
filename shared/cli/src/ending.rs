//! How a command ends: what scripts see of it.

use std::process::ExitCode;

use tidegate_simulator::document::Document;

/// How a command ended, as scripts see it. 2 is clap's, for a command line that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// All is well.
    Sound,
    /// What was given cannot be used.
    BadInput,
    /// A standing invariant was broken: a defect of the product.
    InvariantBroken,
    /// It is worse than it was to be.
    Missed,
}

impl Ending {
    /// Of finished runs.
    pub(crate) fn of<'a>(documents: impl IntoIterator<Item = &'a Document>) -> Ending {
        if documents.into_iter().any(|document| document.invariant_violations > 0) {
            Ending::InvariantBroken
        } else {
            Ending::Sound
        }
    }
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> ExitCode {
        ExitCode::from(match ending {
            Ending::Sound => 0,
            Ending::BadInput => 1,
            Ending::InvariantBroken => 3,
            Ending::Missed => 4,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_broken_invariant_is_an_ending_of_its_own() {
        let mut document = fixture::simulation().document;
        assert_eq!(Ending::of([&document]), Ending::Sound);
        document.invariant_violations = 1;
        assert_eq!(Ending::of([&document]), Ending::InvariantBroken);
    }
}
