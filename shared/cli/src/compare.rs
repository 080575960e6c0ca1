//! `tidegate compare`: the product beside its rivals on traces of real load, as a table, as JSON.

mod figures;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use tidegate_policy::policy::{Policy, Target};
use tidegate_simulator::compare::{Bench, Kind, LifeCycle, MOST, Played, RIVALS, Rival, Row};
use tidegate_simulator::demand::DEFAULT_PEAK_UNITS;

use crate::error::Failure;
use crate::load;
use crate::{Ending, terminal};

/// The policy that is compared where none is given, as it is shipped.
const SHIPPED: &str = include_str!("../../../infra/policies/production.toml");
const SHIPPED_NAME: &str = "infra/policies/production.toml";

/// `tidegate compare`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Real load, as `simulate --trace` reads it; the last 60 days are played, the first 7 of them unscored (3 of a trace of up to 9).
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    trace: Vec<PathBuf>,
    /// Whom to compare with: `all`, `none`, or names with commas between them.
    #[arg(long, value_name = "NAME,...", default_value = "all", value_parser = parse_rivals)]
    rivals: Rivals,
    /// Seeds of each policy on each trace.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    seeds: u64,
    /// The kind of capacity [default: the target's, else rds].
    #[arg(long, value_name = "KIND")]
    kind: Option<KindName>,
    /// Print one JSON document and nothing else.
    #[arg(long)]
    json: bool,
}

/// `--kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum KindName {
    /// Replicas: 13 minutes to create.
    Rds,
    /// Tasks: a minute and a half.
    Ecs,
    /// Nodes: ten minutes.
    Redis,
}

impl KindName {
    fn kind(self) -> Kind {
        match self {
            KindName::Rds => Kind::Rds,
            KindName::Ecs => Kind::Ecs,
            KindName::Redis => Kind::Redis,
        }
    }
}

/// `--rivals`.
#[derive(Clone, Debug, PartialEq)]
struct Rivals(Vec<Rival>);

fn parse_rivals(text: &str) -> Result<Rivals, String> {
    match text {
        "all" => return Ok(Rivals(RIVALS.to_vec())),
        "none" => return Ok(Rivals(Vec::new())),
        _ => {}
    }
    let unknown = |name: &str| {
        let known: Vec<&str> = RIVALS.iter().map(|rival| rival.name).collect();
        format!("there is no rival `{name}`; the rivals are: {}", known.join(", "))
    };
    let named = |name: &str| Rival::named(name).ok_or_else(|| unknown(name));
    // In the order of the table, each once.
    let asked = text.split(',').map(str::trim).map(named).collect::<Result<Vec<Rival>, String>>()?;
    Ok(Rivals(RIVALS.into_iter().filter(|rival| asked.contains(rival)).collect()))
}

/// Compares and tells.
pub(crate) fn compare(arguments: &Arguments) -> Result<Ending, Failure> {
    let shipped = load::parse(SHIPPED_NAME.as_ref(), SHIPPED)
        .map_err(|problems| Failure::UnsoundPolicy { path: SHIPPED_NAME.into(), problems })?;
    let kind = arguments.kind.unwrap_or(KindName::Rds).kind();
    let target = shipped_target(&shipped, kind)?;
    let traces = arguments.trace.iter().map(|path| read(path)).collect::<Result<Vec<Played>, Failure>>()?;
    let bench = Bench {
        kind,
        life_cycle: LifeCycle::of(target),
        rivals: arguments.rivals.0.clone(),
        seeds: arguments.seeds,
    };
    let bar = terminal::bar(bench.rows(traces.len()));
    bar.set_message("rivals");
    let rows = bench.rivals(&traces, &|done| bar.set_position(u64::try_from(done).unwrap_or(u64::MAX)));
    bar.finish_and_clear();
    tell(&traces, &rows, arguments.json)?;
    Ok(Ending::Sound)
}

/// The first target of this kind.
fn shipped_target(policy: &Policy, kind: Kind) -> Result<&Target, Failure> {
    policy
        .targets
        .iter()
        .find(|target| Kind::of(target) == kind)
        .ok_or_else(|| Failure::NoTargetOfKind { path: SHIPPED_NAME.into(), kind: kind.name() })
}

fn read(path: &Path) -> Result<Played, Failure> {
    let (demand, told) = load::trace(path, None, DEFAULT_PEAK_UNITS)?;
    if let Some(told) = told {
        terminal::complain(told);
    }
    Ok(Played::new(&demand)?)
}

fn tell(traces: &[Played], rows: &[Row], json: bool) -> Result<(), Failure> {
    for played in traces {
        match played.beyond(MOST) {
            0 => {}
            minutes => terminal::complain(format!(
                "{}: {minutes} scored minutes ask for more than {MOST} units carry: no policy avoids them",
                played.trace
            )),
        }
    }
    if json {
        return terminal::print(serde_json::to_string_pretty(rows).map_err(Failure::Json)?);
    }
    terminal::print(figures::tables(traces, rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rivals_are_all_none_or_those_that_are_named() {
        let names = |text: &str| {
            parse_rivals(text).map(|rivals| rivals.0.iter().map(|rival| rival.name).collect::<Vec<_>>())
        };
        assert_eq!(names("all").unwrap().len(), RIVALS.len());
        assert_eq!(names("none").unwrap(), Vec::<&str>::new());
        assert_eq!(names("hpa-70, step,hpa-70").unwrap(), ["step", "hpa-70"]);
        let error = names("hpa-70,keda").unwrap_err();
        assert!(error.starts_with("there is no rival `keda`; the rivals are: static, step, "), "{error}");
    }

    #[test]
    fn the_shipped_policy_has_a_target_of_each_kind() {
        let policy = load::parse(SHIPPED_NAME.as_ref(), SHIPPED).unwrap();
        for kind in [KindName::Rds, KindName::Ecs, KindName::Redis] {
            let target = shipped_target(&policy, kind.kind()).unwrap();
            assert_eq!(Kind::of(target), kind.kind());
        }
    }
}
