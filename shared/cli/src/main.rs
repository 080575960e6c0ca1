//! `tidegate`, the command line: try a policy on a simulated account, check it, read its decisions.

mod cost;
mod demo;
#[cfg(test)]
mod fixture;
mod load;
mod page;
mod run;
mod simulate;
mod stack;
mod table;
mod terminal;
mod timeline;
mod validate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tidegate_simulator::document::Document;

/// A safe scaler of read replicas, ECS services and Redis nodes, and the account on which to try it.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a policy's target on a simulated account, through a trace or a shape of load.
    Simulate(simulate::Arguments),
    /// Check policy files; every problem is told with its line, column and mend.
    Validate(validate::Arguments),
    /// A hard day for every target of a policy, as a page to read.
    Demo(demo::Arguments),
    /// The template that is deployed: the fixed one, and what follows from a policy.
    Stack(stack::Arguments),
    /// What Tidegate itself costs a month with this policy, line by line.
    Cost(cost::Arguments),
}

/// How a command ended, as scripts see it. 2 is clap's, for a command line that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// All is well.
    Sound,
    /// What was given cannot be used.
    BadInput,
    /// A standing invariant was broken: a defect of the product.
    InvariantBroken,
}

impl Ending {
    /// Of finished runs.
    fn of<'a>(documents: impl IntoIterator<Item = &'a Document>) -> Ending {
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
        })
    }
}

fn main() -> ExitCode {
    let ending = match Arguments::parse().command {
        Command::Simulate(arguments) => simulate::simulate(&arguments),
        Command::Validate(arguments) => validate::validate(&arguments),
        Command::Demo(arguments) => demo::demo(&arguments),
        Command::Stack(arguments) => stack::stack(&arguments),
        Command::Cost(arguments) => cost::cost(&arguments),
    };
    ending
        .unwrap_or_else(|failure| {
            terminal::complain(failure);
            Ending::BadInput
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn a_broken_invariant_is_an_ending_of_its_own() {
        let mut document = fixture::simulation().document;
        assert_eq!(Ending::of([&document]), Ending::Sound);
        document.invariant_violations = 1;
        assert_eq!(Ending::of([&document]), Ending::InvariantBroken);
    }

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }
}
