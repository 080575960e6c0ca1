//! `make local`: the very template deployed on a stand-in, and a hard three quarters of an hour of it to watch, ten times as fast.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is watched")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use tidegate_deployment::account::{Demand, Stage};
use tidegate_deployment::deploy::{make, packages, said};
use tidegate_deployment::log::{Line, Logs};
use tidegate_deployment::policy;
use tidegate_wire::channels::Posted;

/// Minutes of the account's clock in one of ours.
const SPEED: u32 = 10;
/// How long each part of the story may take, of our time.
const PATIENCE: Duration = Duration::from_secs(300);

/// Holds the account open for a person with a shell of their own.
const SERVE: &str = "--serve";
/// What the shell of that person sources.
const ENVIRONMENT: &str = "target/local/environment";

fn main() -> ExitCode {
    let served = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [only] if only == SERVE => true,
        other => {
            eprintln!("{other:?}: the only argument is {SERVE}");
            return ExitCode::from(2);
        }
    };
    match if served { serve() } else { story() } {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// What is watched, and since when.
struct Watch {
    begun: Instant,
    logs: Logs,
    /// What each function told last: the reason, what there is, and what there should be.
    told: BTreeMap<&'static str, (String, u64, u64)>,
}

/// The account, with the policy for it and the functions' packages in target/local.
fn account() -> Result<Stage, String> {
    println!(
        "An account on stand-ins for AWS: a database, a reader name, a service and a cache, with an hour of calm behind them."
    );
    let stage = Stage::new();
    let folder = Path::new("target/local");
    std::fs::create_dir_all(folder).map_err(|reason| format!("{}: {reason}", folder.display()))?;
    write(&folder.join("policy.toml"), &policy::document(stage.account.zone(), "1m"))?;
    packages(&folder.join("lambda"));
    Ok(stage)
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|reason| format!("{}: {reason}", path.display()))
}

/// The account stays until it is interrupted, and whatever is deployed into it is woken, on a clock that runs ahead.
fn serve() -> Result<(), String> {
    let mut stage = account()?;
    stage.demand = Demand::HOT;
    let exports = stage.variables().into_iter().map(|(name, value)| format!("export {name}={value}\n"));
    write(Path::new(ENVIRONMENT), &exports.collect::<String>())?;
    println!("In another shell, at the same place:\n");
    println!("  . {ENVIRONMENT}");
    println!("  make deploy STAGE=local POLICY=target/local/policy.toml CODE=target/local/lambda\n");
    println!("Interrupt this one to end the account.");
    stage.run_until(SPEED, Duration::MAX, |_| false).map_err(str::to_owned)
}

fn story() -> Result<(), String> {
    let begun = Instant::now();
    let mut stage = account()?;
    println!("Deploying target/local/policy.toml with `make deploy`, as you would ...");
    let settings = [("POLICY", "target/local/policy.toml"), ("CODE", "target/local/lambda")];
    let deployed = make(&stage, "deploy", &settings);
    if !deployed.status.success() {
        return Err(said(&deployed));
    }
    println!("Deployed, after {} seconds.", begun.elapsed().as_secs());

    let mut watch = Watch { begun, logs: Logs::default(), told: BTreeMap::new() };
    println!(
        "The clock runs {SPEED} times as fast from here. The primary, the service and the cache become busy.\n\
         Each line: seconds since the start, the account's clock, the function, what there is of what should be, and why.\n"
    );
    stage.demand = Demand::HOT;
    watch.until(&mut stage, "a replica to serve", |stage| replicas_that_serve(stage) > 0)?;
    println!("\nThe first replica serves, {} seconds after `make local` began.\n", begun.elapsed().as_secs());
    watch.until(&mut stage, "every replica to serve with full weight", |stage| {
        stage.account.records().iter().any(|(id, record)| id != FLOOR && record.weight >= 64)
    })?;
    println!("\nThe load falls.\n");
    stage.demand = Demand::IDLE;
    watch.until(&mut stage, "the last replica to go", |stage| stage.account.replicas().is_empty())?;
    println!(
        "\nEverything that was added is gone again, {} seconds after `make local` began.",
        begun.elapsed().as_secs()
    );
    println!("Calls that the functions made on the way:");
    for (operation, times) in stage.shim.counted() {
        println!("  {times:>5}  {operation}");
    }
    let destroyed = make(&stage, "destroy", &settings);
    if !destroyed.status.success() {
        return Err(said(&destroyed));
    }
    println!("\n`make destroy` removed the stack.");
    Ok(())
}

const FLOOR: &str = tidegate_policy::ownership::FLOOR_SET_ID;

fn replicas_that_serve(stage: &Stage) -> usize {
    stage.account.records().iter().filter(|(id, record)| *id != FLOOR && record.weight > 0).count()
}

impl Watch {
    /// Lets the clock run, and tells what the functions log, until `done`.
    fn until(
        &mut self,
        stage: &mut Stage,
        what: &str,
        mut done: impl FnMut(&Stage) -> bool,
    ) -> Result<(), String> {
        let watched = stage.run_until(SPEED, PATIENCE, |stage| {
            for line in self.logs.new_lines(stage) {
                self.tell(stage, &line);
            }
            for posted in stage.channels.take() {
                self.show(stage, &posted);
            }
            done(stage)
        });
        watched.map_err(|why| format!("waiting for {what}: {why}; the last line: {:?}", self.told))
    }

    /// What a channel was sent, as its reader gets to see it.
    fn show(&self, stage: &Stage, posted: &Posted) {
        let Posted { host, body, .. } = posted;
        let what = match body["event_action"].as_str() {
            Some(action) => format!(
                "{action}: {}",
                body["payload"]["summary"].as_str().unwrap_or("what was opened before")
            ),
            None => body["text"].as_str().unwrap_or_default().replace('\n', " "),
        };
        let (own, at) = (self.begun.elapsed().as_secs(), stage.now().strftime("%H:%M"));
        println!("{own:>4}s {at} -> {host} {what}");
    }

    /// A line of a target: what it has, what it should have, and why. The same reason again is not told again.
    fn tell(&mut self, stage: &Stage, line: &Line) {
        let (Some(current), Some(desired)) = (line.value["Current"].as_u64(), line.value["Desired"].as_u64())
        else {
            if line.text("level") == "ERROR" {
                println!("        {} {}", line.function, line.text("message"));
            }
            return;
        };
        let now = (line.text("Reason").to_owned(), current, desired);
        if self.told.insert(line.function, now.clone()) == Some(now) {
            return;
        }
        let at = stage.now().strftime("%H:%M");
        let own = self.begun.elapsed().as_secs();
        println!("{own:>4}s {at} {:<13} {current} of {desired}  {}", line.function, line.text("message"));
    }
}
