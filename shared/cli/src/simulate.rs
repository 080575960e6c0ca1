//! `tidegate simulate`: one target of a policy through a load, as a table and a log, as JSON, as a page.

use std::path::{Path, PathBuf};

use clap::ArgGroup;
use jiff::Timestamp;
use tidegate_simulator::demand::DEFAULT_PEAK_UNITS;
use tidegate_simulator::run::Setup;

use crate::ending::Ending;
use crate::error::Failure;
use crate::load::{self, Output};
use crate::run::{self, Ran, Show, Speed};
use crate::{page, table, terminal, timeline};

/// `tidegate simulate`.
#[derive(clap::Args)]
#[command(group(ArgGroup::new("load").required(true).args(["trace", "shape"])))]
pub(crate) struct Arguments {
    /// The policy file.
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// The target of the policy that is run.
    #[arg(long, value_name = "NAME")]
    target: String,
    /// Real load: CSV with the header `timestamp,value`, at a regular step; times are RFC 3339 with a zone (2026-01-01T00:00:00Z).
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Made load: steady, daily, ramp, spike, sustained, fall, step, growth or mission.
    #[arg(long, value_name = "NAME")]
    shape: Option<String>,
    /// How long; fractions are fine [default: all of a trace; 7 for daily and growth; 1 for other shapes].
    #[arg(long, value_name = "N", value_parser = load::parse_days)]
    days: Option<f64>,
    /// The day on which made load begins, at midnight of UTC: so that a window, a holiday or a planned event falls into it [default: 2026-03-02].
    #[arg(long, value_name = "DATE", value_parser = load::parse_start, conflicts_with = "trace")]
    start: Option<Timestamp>,
    /// The load before the run, which a forecast learns from: 14d at most. Of a shape it is made: ordinary days, without what the shape is to
    /// surprise with. Of a trace it is its beginning, and the run begins after it [default: none].
    #[arg(long, value_name = "14d", value_parser = load::parse_history)]
    history: Option<usize>,
    /// Reproduces a run.
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true, value_parser = load::parse_seed)]
    seed: u64,
    /// The peak in capacities of one replica, task or node: what 1,000 users of a shape ask for, or the 99.5th percentile of a trace
    /// [default: 5.6 for a trace, as every benchmark has it; for a shape 70% of the target's max, which it can just bear].
    #[arg(long, value_name = "X", value_parser = load::parse_units)]
    peak_units: Option<f64>,
    /// Simulated minutes a second, with the log live; or as fast as it goes.
    #[arg(long, value_name = "max|N", default_value = "max", value_parser = run::parse_speed)]
    speed: Speed,
    /// Print one JSON document and nothing else.
    #[arg(long)]
    json: bool,
    /// Write the page here.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Runs one target and tells how it went.
pub(crate) fn simulate(arguments: &Arguments) -> Result<Ending, Failure> {
    let policy = load::policy(&arguments.policy)?;
    let target = load::target(&policy, &arguments.policy, &arguments.target)?;
    let (demand, told) = match (&arguments.trace, &arguments.shape) {
        (Some(trace), _) => {
            let peak = arguments.peak_units.unwrap_or(DEFAULT_PEAK_UNITS);
            load::trace(trace, arguments.history.unwrap_or(0), arguments.days, peak)?
        }
        (None, shape) => {
            let peak = arguments.peak_units.unwrap_or_else(|| load::bearable_peak(target));
            let name = shape.as_deref().unwrap_or_default();
            let history = arguments.history.unwrap_or(0);
            let mut demand = load::shape(name, history, arguments.days, arguments.seed, peak)?;
            demand.start = arguments.start.unwrap_or(demand.start);
            (demand, None)
        }
    };
    let inputs: Vec<&Path> =
        std::iter::once(&arguments.policy).chain(&arguments.trace).map(PathBuf::as_path).collect();
    let html = arguments.html.as_deref().map(|page| Output::open(page, &inputs)).transpose()?;
    if let Some(told) = told {
        terminal::complain(told);
    }

    let live_log = arguments.speed != Speed::Max && !arguments.json;
    let show = Show { speed: arguments.speed, live_log };
    let setup = Setup::new(&arguments.policy.display().to_string(), arguments.seed);
    let Ran { simulation, printed } = run::run(target, &demand, &setup, show)?;
    let document = &simulation.document;

    let written = match html {
        Some(output) => Some(output.write(&page::of_target(&simulation)?)?),
        None => None,
    };
    printed?;
    if arguments.json {
        terminal::print(serde_json::to_string_pretty(document).map_err(Failure::Json)?)?;
    } else {
        if !live_log {
            timeline::print(&document.timeline, document.days)?;
        }
        terminal::print(table::summary(document))?;
        if let Some(path) = written {
            terminal::print(path.display())?;
        }
    }
    Ok(Ending::of([document]))
}
