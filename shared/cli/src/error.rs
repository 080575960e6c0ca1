//! What can go wrong with a command, in the words that a person reads.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use tidegate_policy::document::Problem;
use tidegate_simulator::compare::CompareError;
use tidegate_simulator::demand::shape::Shape;
use tidegate_simulator::demand::trace::TraceError;
use tidegate_simulator::run::SimulationError;
use tidegate_stack::error::StackError;

use crate::page::ChartError;

/// Why a command could not do its work. A message to a person: the thing, the place, the fix.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{}: cannot be read: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: io::Error },
    #[error("{}: cannot be written: {reason}", path.display())]
    Unwritable { path: PathBuf, reason: io::Error },
    #[error("{}: the page would be written over the input {}: name another file", path.display(), input.display())]
    OverInput { path: PathBuf, input: PathBuf },
    #[error("{}: this is where the results are printed, which would mix with the page: name a file", path.display())]
    OverResults { path: PathBuf },
    #[error("standard output cannot be written: {0}")]
    Unprintable(io::Error),
    #[error("{}", listed(path, problems))]
    UnsoundPolicy { path: PathBuf, problems: Vec<Problem> },
    #[error("{}: there is no target `{name}`; its targets are: {names}", path.display())]
    UnknownTarget { path: PathBuf, name: String, names: String },
    #[error("there is no shape `{name}`; the shapes are: {}", names(Shape::ALL.map(Shape::name)))]
    UnknownShape { name: String },
    #[error("{0}")]
    UnsoundTrace(TraceError),
    #[error("{}: the trace is {has}, less than the --days {asked} asked for: leave --days out or ask for less", path.display())]
    ShortTrace { path: PathBuf, has: String, asked: f64 },
    #[error("{}: the trace is {has}, and --history {asked} leaves nothing of it: leave --history out or ask for less", path.display())]
    ShortHistory { path: PathBuf, has: String, asked: String },
    #[error("{0}")]
    Chart(#[from] ChartError),
    #[error("{0}")]
    Compare(#[from] CompareError),
    #[error("target `{name}` is of kind {is}, and --kind asks for {asked}: leave --kind out")]
    OtherKind { name: String, is: &'static str, asked: &'static str },
    #[error("--rivals-only leaves the product out, and --rivals none the others: leave one of them out")]
    Nobody,
    #[error("{}: it has no target of kind {kind}: name a policy and a target", path.display())]
    NoTargetOfKind { path: PathBuf, kind: &'static str },
    #[error("{0}")]
    Run(#[from] RunError),
    #[error("{}: {reason}: build the functions with `make build`", path.display())]
    Unbuilt { path: PathBuf, reason: io::Error },
    #[error("{}: this is no binary for Lambda: build the functions with `make build`", path.display())]
    NoBinary { path: PathBuf },
    #[error("{} is for {architecture}, and {other}: build all functions alike, with `make build`", path.display())]
    MixedBinaries { path: PathBuf, architecture: &'static str, other: String },
    #[error("{}: it names the calendar file {file}, which cannot stand beside a parameter: put both into the functions' packages with STORE=package", path.display())]
    CalendarFile { path: PathBuf, file: String },
    #[error("{}: the calendar file {file} cannot go into the functions' packages by this name: put it beside the policy, and name it as \"spain.ics\"", path.display())]
    CalendarElsewhere { path: PathBuf, file: String },
    #[error("{}: {reason}", path.display())]
    Stack { path: PathBuf, reason: StackError },
    #[error("{}: it has {}: name one with --target: {names}", path.display(), if names.is_empty() { "no target" } else { "several targets" })]
    WhichTarget { path: PathBuf, names: String },
    #[error(
        "target `{name}`: no rule of scale_out looks at cpu, which a forecast learns from: add one, as \"{example}\""
    )]
    NoFloor { name: String, example: &'static str },
    /// As the operator's commands say it.
    #[error("error: {0}")]
    Told(Box<Failure>),
    #[error("the document cannot be written as JSON: {0}")]
    Json(serde_json::Error),
}

pub(crate) fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// One line a problem, as compilers write them.
pub(crate) fn listed(path: &Path, problems: &[Problem]) -> String {
    let mut text = String::new();
    for (index, problem) in problems.iter().enumerate() {
        let newline = if index > 0 { "\n" } else { "" };
        // Writing to a String cannot fail.
        let _ = write!(text, "{newline}{}:{problem}", path.display());
    }
    text
}

/// A run that could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the simulation of `{what}` failed: {source}")]
pub(crate) struct RunError {
    /// A target, or several.
    pub(crate) what: String,
    pub(crate) source: SimulationError,
}

impl RunError {
    /// Of this target.
    pub(crate) fn new(target: &str, source: SimulationError) -> Self {
        Self { what: target.to_owned(), source }
    }
}
