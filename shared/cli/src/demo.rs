//! `tidegate demo`: a hard day for every target of a policy, with a table to look at and a page to read.

use std::path::PathBuf;

use serde::Serialize;
use tidegate_simulator::demand::shape::Shape;
use tidegate_simulator::document::{Document, Simulation};

use crate::load::{self, Failure, Output};
use crate::run::{self, Show, Speed};
use crate::{Ending, page, table, terminal};

/// `tidegate demo`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The policy file; all its targets are run.
    #[arg(long, value_name = "FILE", default_value = "infra/policies/production.toml")]
    policy: PathBuf,
    /// Where report.html and report.json go.
    #[arg(long, value_name = "DIR", default_value = "target/demo")]
    out: PathBuf,
    /// Reproduces a run.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// `report.json`.
#[derive(Serialize)]
struct Report<'a> {
    targets: Vec<&'a Document>,
}

/// Runs every target through the mission's day, on an account that has a bad day.
pub(crate) fn demo(arguments: &Arguments) -> Result<Ending, Failure> {
    let policy = load::policy(&arguments.policy)?;
    std::fs::create_dir_all(&arguments.out)
        .map_err(|reason| Failure::Unwritable { path: arguments.out.clone(), reason })?;
    let html = Output::open(&arguments.out.join("report.html"))?;
    let json = Output::open(&arguments.out.join("report.json"))?;

    let show = Show { speed: Speed::Max, live_log: false };
    let simulations: Vec<Simulation> = policy
        .targets
        .iter()
        .map(|target| {
            let peak = load::bearable_peak(target);
            let demand = load::shape(Shape::Mission.name(), None, arguments.seed, peak)?;
            Ok(run::run(target, &arguments.policy, &demand, arguments.seed, show)?)
        })
        .collect::<Result<_, Failure>>()?;

    let targets: Vec<&Document> = simulations.iter().map(|simulation| &simulation.document).collect();
    terminal::print(table::summary(&targets));
    let ending = Ending::of(targets.iter().copied());
    let report = serde_json::to_string_pretty(&Report { targets }).map_err(Failure::Json)?;
    terminal::print(html.write(&page::page(&simulations)?)?.display());
    terminal::print(json.write(&format!("{report}\n"))?.display());
    Ok(ending)
}
