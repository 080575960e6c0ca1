//! `tidegate demo`: a hard day for every target of a policy on one account, by the rules alone and with a forecast, as a table and a page.

use std::path::PathBuf;

use jiff::SignedDuration;
use serde::Serialize;
use tidegate_policy::policy::{Target, TargetKind};
use tidegate_simulator::demand::Demand;
use tidegate_simulator::demand::shape::Shape;
use tidegate_simulator::document::{AccountDocument, Document, Simulations};
use tidegate_simulator::run::{Setup, Story};
use tidegate_simulator::world::{NodeShortage, Rollout, ScriptedEvent, WorldEvent};

use crate::beside::{Beside, by_rules, with_forecast};
use crate::ending::Ending;
use crate::error::Failure;
use crate::load::{self, Output};
use crate::{page, run, table, terminal};

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

/// The load of so many minutes before the day, which a forecast learns from: two weeks.
const HISTORY: usize = 14 * 1_440;

/// `report.json`.
#[derive(Serialize)]
struct Report<'a> {
    /// The day with a forecast.
    #[serde(flatten)]
    with_forecast: Day<'a>,
    rules_alone: Day<'a>,
}

/// One of the two days.
#[derive(Serialize)]
struct Day<'a> {
    account: &'a AccountDocument,
    targets: Vec<&'a Document>,
}

impl<'a> Day<'a> {
    fn of(simulations: &'a Simulations) -> Self {
        let targets = simulations.targets.iter().map(|simulation| &simulation.document).collect();
        Self { account: &simulations.account, targets }
    }
}

/// Runs every target through the mission's day, all on one account that has a bad day: by the rules alone, and with a forecast that acts.
pub(crate) fn demo(arguments: &Arguments) -> Result<Ending, Failure> {
    let policy = load::policy(&arguments.policy)?;
    std::fs::create_dir_all(&arguments.out)
        .map_err(|reason| Failure::Unwritable { path: arguments.out.clone(), reason })?;
    let html = Output::open(&arguments.out.join("report.html"), &[&arguments.policy])?;
    let json = Output::open(&arguments.out.join("report.json"), &[&arguments.policy])?;

    let setup = Setup {
        world: bad_day_of_all(),
        ..Setup::new(&arguments.policy.display().to_string(), arguments.seed)
    };
    let demands: Vec<Demand> = policy
        .targets
        .iter()
        .map(|target| {
            let peak = load::bearable_peak(target);
            load::shape(Shape::Mission.name(), HISTORY, None, arguments.seed, peak)
        })
        .collect::<Result<_, Failure>>()?;
    let day = |targets: &[Target]| {
        let story = |(target, demand)| Story { target, demand, world: bad_day(target) };
        let stories: Vec<Story<'_>> = targets.iter().zip(&demands).map(story).collect();
        run::run_account(&stories, &setup)
    };
    let targets = with_forecast(&policy).targets;
    let (rules, ahead) = (day(&by_rules(&policy).targets)?, day(&targets)?);
    let beside = Beside { rules: &rules, ahead: &ahead, targets: &targets };

    let report = Report { with_forecast: Day::of(&ahead), rules_alone: Day::of(&rules) };
    let (first, second) = (&report.with_forecast.targets, &report.rules_alone.targets);
    let ending = Ending::of(first.iter().chain(second).copied());
    // The files before the table: whoever closes standard output has the reports all the same.
    let json_text = serde_json::to_string_pretty(&report).map_err(Failure::Json)?;
    let html = html.write(&page::of_account(&beside)?)?;
    let json = json.write(&format!("{json_text}\n"))?;
    for sentence in beside.headline() {
        terminal::print(sentence)?;
    }
    terminal::print(table::beside(&beside))?;
    terminal::print(html.display())?;
    terminal::print(json.display())?;
    Ok(ending)
}

/// What goes wrong with the whole account.
fn bad_day_of_all() -> Vec<ScriptedEvent> {
    // While the morning's ramp asks for capacity.
    vec![at(6, 55, WorldEvent::ThrottleBurst { probability: 0.5, lasting: SignedDuration::from_mins(20) })]
}

/// What goes wrong with one target, each where it hurts most.
fn bad_day(target: &Target) -> Vec<ScriptedEvent> {
    match &target.kind {
        TargetKind::RdsReplicas(_) => bad_day_of_replicas(),
        TargetKind::EcsService(service) => bad_day_of_a_service(service.spot.is_some()),
        TargetKind::RedisNodes(_) => bad_day_of_nodes(),
    }
}

fn at(hour: i64, minute: i64, event: WorldEvent) -> ScriptedEvent {
    ScriptedEvent { after: SignedDuration::from_mins(60 * hour + minute), event }
}

fn bad_day_of_replicas() -> Vec<ScriptedEvent> {
    let minutes = SignedDuration::from_mins;
    vec![
        // Just before the spike needs one.
        at(11, 25, WorldEvent::FailNextCreation),
        // In the middle of the two busy hours.
        at(14, 45, WorldEvent::LagSpike { replica: 0, seconds: 240.0, lasting: minutes(12) }),
    ]
}

fn bad_day_of_a_service(uses_spot: bool) -> Vec<ScriptedEvent> {
    let minutes = SignedDuration::from_mins;
    let mut day = vec![
        // While the morning's tasks are being taken away.
        at(9, 50, WorldEvent::Deploy { lasting: minutes(12), rollout: Rollout::Completes }),
    ];
    if uses_spot {
        // In the middle of the two busy hours.
        day.push(at(14, 45, WorldEvent::SpotInterruption { tasks: 2 }));
    }
    day
}

fn bad_day_of_nodes() -> Vec<ScriptedEvent> {
    vec![
        // While the morning's second replica is being made.
        at(7, 24, WorldEvent::NodeFailover { shard: 0 }),
        // Just before the spike needs a replica.
        at(11, 25, WorldEvent::RefuseNextChange { why: NodeShortage::Capacity }),
        // In a quiet hour, so that it is seen what is done for memory, and what is not.
        at(16, 20, WorldEvent::MemorySurge { percent: 60.0, lasting: SignedDuration::from_mins(80) }),
    ]
}
