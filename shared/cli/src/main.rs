//! `tidegate`, the command line: try a policy on a simulated account, check it, read its decisions.

mod backtest;
mod beside;
mod compare;
mod cost;
mod demo;
mod ending;
mod error;
#[cfg(test)]
mod fixture;
mod fuzz;
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

use ending::Ending;

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
    /// The product beside its rivals on traces of real load.
    Compare(compare::Arguments),
    /// What a forecast would have been worth to a target, on its own load.
    Backtest(backtest::Arguments),
    /// Check policy files; every problem is told with its line, column and mend.
    Validate(validate::Arguments),
    /// A hard day for every target of a policy, as a page to read.
    Demo(demo::Arguments),
    /// Random policies on hostile accounts, seed by seed: is any law broken?
    Fuzz(fuzz::Arguments),
    /// The template that is deployed: the fixed one, and what follows from a policy.
    Stack(stack::Arguments),
    /// What Tidegate itself costs a month with this policy, line by line.
    Cost(cost::Arguments),
}

fn main() -> ExitCode {
    let ending = match Arguments::parse().command {
        Command::Simulate(arguments) => simulate::simulate(&arguments),
        Command::Compare(arguments) => compare::compare(&arguments),
        Command::Backtest(arguments) => backtest::backtest(&arguments),
        Command::Validate(arguments) => validate::validate(&arguments),
        Command::Demo(arguments) => demo::demo(&arguments),
        Command::Fuzz(arguments) => fuzz::fuzz(&arguments),
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
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }
}
