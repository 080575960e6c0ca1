//! `tidegate-preflight`: what is asked of an account before a stack is made in it, and before one is removed. It only reads.
#![cfg_attr(
    test,
    expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say where")
)]

#[cfg(test)]
mod account;
mod aws;
mod channels;
mod deploy;
mod deployment;
mod destroy;
mod judgement;
mod made;
mod parameters;
mod policy_file;
mod region;
mod settings;
mod sheet;
mod stack;
mod subscribers;
mod taken;
mod words;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use tidegate_policy::names::Stage;
use tidegate_stack::fixed::TEMPLATE;
use tidegate_stack::stack::Store;

use crate::aws::Aws;
use crate::deployment::Deployment;
use crate::sheet::Sheet;
use crate::stack::Verb;

/// What is asked of an AWS account before Tidegate is deployed to it or removed from it. Nothing is changed.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Can this policy be deployed to this account and Region? Every problem at once.
    Deploy {
        #[command(flatten)]
        what: What,
        /// Where the policy will be: the files that it names stand beside it in a package only.
        #[arg(long, value_enum, default_value_t = StoreName::Standard)]
        store: StoreName,
        /// Deploy although replicas are left of targets that the policy does not have any more: they go on, serving, billed and unscaled.
        #[arg(long)]
        keep_replicas: bool,
    },
    /// May the stack be removed? Not while replicas that Tidegate made exist, which nobody would scale any more.
    Destroy {
        #[command(flatten)]
        what: What,
        /// Remove it all the same: the replicas go on, serving, billed and unscaled.
        #[arg(long)]
        keep_replicas: bool,
    },
}

#[derive(clap::Args)]
struct What {
    /// The policy file.
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// The stage, as production: one stack each.
    #[arg(long, value_parser = stage)]
    stage: Stage,
    /// The settings of the stages, as infra/samconfig.toml. Without it they are not looked at.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
}

/// Where the deployed policy is.
#[derive(Clone, Copy, ValueEnum)]
enum StoreName {
    /// A standard parameter of Systems Manager.
    Standard,
    /// An advanced one.
    Advanced,
    /// A file of each function's package.
    Package,
}

impl From<StoreName> for Store {
    fn from(name: StoreName) -> Store {
        match name {
            StoreName::Standard => Store::Standard,
            StoreName::Advanced => Store::Advanced,
            StoreName::Package => Store::Package,
        }
    }
}

/// The rule of the template's parameter.
fn stage(text: &str) -> Result<Stage, &'static str> {
    let begins = text.starts_with(|first: char| first.is_ascii_lowercase());
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if begins && text.len() <= 31 && text.chars().all(fits) {
        Ok(Stage::new(text))
    } else {
        Err("a stage has lower-case letters, digits and hyphens, a letter first, 31 at most")
    }
}

/// 0: go on. 1: something keeps it, or could not be found out. 2 is clap's, for a command line that makes no sense.
fn main() -> ExitCode {
    let command = Arguments::parse().command;
    // One thread: all that is done here is to wait for answers.
    let sheet = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(asked(&command)),
        Err(reason) => {
            let mut sheet = Sheet::new("nothing could be asked");
            sheet.stop("this machine", format!("no runtime: {reason}"));
            sheet
        }
    };
    // A reader that went away is no failure: the exit code says it too.
    let _ = writeln!(std::io::stdout().lock(), "{sheet}");
    if sheet.stops() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

async fn asked(command: &Command) -> Sheet {
    let (what, verb, keep) = match command {
        Command::Deploy { what, keep_replicas, .. } => (what, Verb::Deploy, *keep_replicas),
        Command::Destroy { what, keep_replicas } => (what, Verb::Destroy, *keep_replicas),
    };
    let policy = match policy_file::read(&what.policy, &what.stage) {
        Ok(policy) => policy,
        Err(problem) => return unread(what, verb, &problem),
    };
    let deployment =
        Deployment { policy: &policy, stage: &what.stage, settings: what.settings.as_deref(), keep };
    let aws = Aws::from_environment().await;
    match command {
        Command::Deploy { store, .. } => {
            deploy::deploy(&aws, &deployment, Store::from(*store), &region::resolves, Timestamp::now()).await
        }
        Command::Destroy { .. } => {
            destroy::destroy(&aws, &deployment, &region::resolves, Timestamp::now()).await
        }
    }
}

/// Without a policy nothing is asked, and the settings are looked at all the same.
fn unread(what: &What, verb: Verb, problem: &policy_file::PolicyFileError) -> Sheet {
    let mut sheet = Sheet::new(format!("{} {}", verb.name(), what.stage));
    if let Some(settings) = &what.settings {
        settings::judge(settings, verb, &what.stage, TEMPLATE, &mut sheet);
    }
    for line in problem.to_string().lines() {
        sheet.stop("the policy", line);
    }
    sheet.end("nothing was asked of AWS");
    sheet
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_stage_is_one_that_the_template_takes() {
        for good in ["production", "p", "eu-1"] {
            assert_eq!(stage(good), Ok(Stage::new(good)));
        }
        for bad in ["", "1st", "Production", "-p", "a_b", "a.b", &"a".repeat(32)] {
            assert!(stage(bad).is_err(), "{bad:?}");
        }
    }
}
