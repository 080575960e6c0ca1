//! `tidegate demo`: a hard day for every target of a policy, with a table to look at and a page to read.

use std::path::PathBuf;

use jiff::SignedDuration;
use serde::Serialize;
use tidegate_policy::policy::{Target, TargetKind};
use tidegate_simulator::demand::shape::Shape;
use tidegate_simulator::document::{Document, Simulation};
use tidegate_simulator::run::Setup;
use tidegate_simulator::world::{Rollout, ScriptedEvent, WorldEvent};

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
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true, value_parser = load::parse_seed)]
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
    let html = Output::open(&arguments.out.join("report.html"), &[&arguments.policy])?;
    let json = Output::open(&arguments.out.join("report.json"), &[&arguments.policy])?;

    let quiet = Setup::new(&arguments.policy.display().to_string(), arguments.seed);
    let show = Show { speed: Speed::Max, live_log: false };
    let simulations: Vec<Simulation> = policy
        .targets
        .iter()
        .map(|target| {
            let peak = load::bearable_peak(target);
            let demand = load::shape(Shape::Mission.name(), None, arguments.seed, peak)?;
            let setup = Setup { world: bad_day(target), ..quiet.clone() };
            Ok(run::run(target, &demand, &setup, show)?.simulation)
        })
        .collect::<Result<_, Failure>>()?;

    let targets: Vec<&Document> = simulations.iter().map(|simulation| &simulation.document).collect();
    let ending = Ending::of(targets.iter().copied());
    let summary = table::summary(&targets);
    // The files before the table: whoever closes standard output has the reports all the same.
    let report = serde_json::to_string_pretty(&Report { targets }).map_err(Failure::Json)?;
    let html = html.write(&page::page(&simulations)?)?;
    let json = json.write(&format!("{report}\n"))?;
    terminal::print(summary)?;
    terminal::print(html.display())?;
    terminal::print(json.display())?;
    Ok(ending)
}

/// What goes wrong in the demo, each where it hurts most.
fn bad_day(target: &Target) -> Vec<ScriptedEvent> {
    match &target.kind {
        TargetKind::RdsReplicas(_) => bad_day_of_replicas(),
        TargetKind::EcsService(service) => bad_day_of_a_service(service.spot.is_some()),
        TargetKind::RedisNodes(_) => Vec::new(),
    }
}

fn at(hour: i64, minute: i64, event: WorldEvent) -> ScriptedEvent {
    ScriptedEvent { after: SignedDuration::from_mins(60 * hour + minute), event }
}

fn bad_day_of_replicas() -> Vec<ScriptedEvent> {
    let minutes = SignedDuration::from_mins;
    vec![
        // While the morning's ramp asks for replicas.
        at(6, 55, WorldEvent::ThrottleBurst { probability: 0.5, lasting: minutes(20) }),
        // Just before the spike needs one.
        at(11, 25, WorldEvent::FailNextCreation),
        // In the middle of the two busy hours.
        at(14, 45, WorldEvent::LagSpike { replica: 0, seconds: 240.0, lasting: minutes(12) }),
    ]
}

fn bad_day_of_a_service(uses_spot: bool) -> Vec<ScriptedEvent> {
    let minutes = SignedDuration::from_mins;
    let mut day = vec![
        // While the morning's ramp asks for tasks.
        at(6, 55, WorldEvent::ThrottleBurst { probability: 0.5, lasting: minutes(20) }),
        // While the morning's tasks are being taken away.
        at(9, 50, WorldEvent::Deploy { lasting: minutes(12), rollout: Rollout::Completes }),
    ];
    if uses_spot {
        // In the middle of the two busy hours.
        day.push(at(14, 45, WorldEvent::SpotInterruption { tasks: 2 }));
    }
    day
}
