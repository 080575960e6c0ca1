//! `tidegate compare`: the product beside its rivals on traces of real load, as a table, as JSON, as a page.

mod figures;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use tidegate_policy::policy::{Policy, Target};
use tidegate_simulator::compare::{Bench, Kind, LifeCycle, Played, RIVALS, Rival, bench_bounds, units};
use tidegate_simulator::compare::{FORECAST, variants};

use crate::ending::Ending;
use crate::error::{Failure, RunError};
use crate::load::{self, Output};
use crate::{page, terminal};

/// The policy that is compared where none is given, as it is shipped.
const SHIPPED: &str = include_str!("../../../infra/policies/production.toml");
const SHIPPED_NAME: &str = "infra/policies/production.toml";
/// The policy whose forecast is compared with it.
const AHEAD: &str = include_str!("../../../infra/policies/forecast.toml");
const AHEAD_NAME: &str = "infra/policies/forecast.toml";

/// `tidegate compare`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Real load, as `simulate --trace` reads it; the last 60 days are played, the first 7 of them unscored (3 of a trace of up to 9).
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    trace: Vec<PathBuf>,
    /// The policy file; of a target with a forecast both its rules and its forecast are played [default: the shipped policies
    /// production and forecast, with the bounds of the bench].
    #[arg(long, value_name = "FILE", requires = "target")]
    policy: Option<PathBuf>,
    /// The target of the policy that is compared.
    #[arg(long, value_name = "NAME", requires = "policy")]
    target: Option<String>,
    /// Give the policy's target the bounds of its rivals, and no windows: 1 to 15 units, of Redis 1 to 5.
    #[arg(long, requires = "policy")]
    bench_bounds: bool,
    /// The 99.5th percentile of the load, in capacities of one replica, task or node [default: 5.6, of Redis 2.1]. The bench has as many more tasks.
    #[arg(long, value_name = "X", value_parser = load::parse_units)]
    peak_units: Option<f64>,
    /// Leave the product's own row out.
    #[arg(long, conflicts_with_all = ["policy", "target", "bench_bounds"])]
    rivals_only: bool,
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
    /// Write the page here.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
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
    // In the order of the table, each once.
    let asked = text.split(',').map(str::trim).map(parse_rival).collect::<Result<Vec<Rival>, String>>()?;
    Ok(Rivals(RIVALS.into_iter().filter(|rival| asked.contains(rival)).collect()))
}

/// The rival of this name.
pub(crate) fn parse_rival(name: &str) -> Result<Rival, String> {
    Rival::named(name).ok_or_else(|| {
        let known: Vec<&str> = RIVALS.iter().map(|rival| rival.name).collect();
        format!("there is no rival `{name}`; the rivals are: {}", known.join(", "))
    })
}

/// Compares and tells.
pub(crate) fn compare(arguments: &Arguments) -> Result<Ending, Failure> {
    let parsed = |name: &'static str, text: &str| {
        let unsound = |problems| Failure::UnsoundPolicy { path: name.into(), problems };
        load::parse(name.as_ref(), text).map_err(unsound)
    };
    let (shipped, ahead) = (parsed(SHIPPED_NAME, SHIPPED)?, parsed(AHEAD_NAME, AHEAD)?);
    let asked = arguments.kind.map(KindName::kind);
    let peak_of = |target: &Target| arguments.peak_units.unwrap_or_else(|| Kind::of(target).peak_units());
    let bounded = |target: &Target| bench_bounds(target, peak_of(target));
    let target = match (&arguments.policy, &arguments.target) {
        (Some(path), Some(name)) => {
            let policy = load::policy(path)?;
            let target = load::target(&policy, path, name)?;
            if arguments.bench_bounds { bounded(target) } else { target.clone() }
        }
        _ => bounded(shipped_target(&shipped, asked.unwrap_or(Kind::Rds))?),
    };
    let kind = Kind::of(&target);
    if let Some(asked) = asked.filter(|asked| *asked != kind) {
        let (name, is, asked) = (target.name.to_string(), kind.name(), asked.name());
        return Err(Failure::OtherKind { name, is, asked });
    }
    if arguments.rivals_only && arguments.rivals.0.is_empty() {
        return Err(Failure::Nobody);
    }
    let peak_units = peak_of(&target);
    let traces = arguments
        .trace
        .iter()
        .map(|path| read(path, peak_units))
        .collect::<Result<Vec<Played>, Failure>>()?;
    let most = kind.most_at(peak_units);
    let bench = Bench {
        kind,
        life_cycle: LifeCycle { most, ..LifeCycle::of(&target) },
        rivals: arguments.rivals.0.clone(),
        seeds: arguments.seeds,
    };
    let inputs: Vec<&Path> = arguments.trace.iter().chain(&arguments.policy).map(PathBuf::as_path).collect();
    let html = arguments.html.as_deref().map(|page| Output::open(page, &inputs)).transpose()?;
    tell_what_nobody_carries(&traces, bench.life_cycle.most, "the bench");
    let mut rows = Vec::new();
    if !arguments.rivals_only {
        let most = units(&target, target.scaling.max);
        if most < bench.life_cycle.most {
            tell_what_nobody_carries(&traces, most, &format!("the policy's max of {}", target.scaling.max.0));
        }
        let seeds = usize::try_from(bench.seeds).unwrap_or(usize::MAX);
        let mut runs = variants(&target);
        if arguments.policy.is_none() {
            let acts = variants(&bounded(shipped_target(&ahead, kind)?));
            runs.extend(acts.into_iter().filter(|(name, _)| *name == FORECAST));
        }
        for (name, target) in &runs {
            let played = watched(name, traces.len().saturating_mul(seeds), |on_done| {
                bench.product((name, target), &traces, on_done)
            });
            rows.extend(played.map_err(|source| RunError::new(target.name.as_str(), source))?);
        }
    }
    rows.extend(watched("rivals", bench.rows(traces.len()), |on_done| bench.rivals(&traces, on_done)));
    let written = html.map(|output| output.write(&page::of_comparison(&traces, &rows))).transpose()?;
    if arguments.json {
        terminal::print(serde_json::to_string_pretty(&rows).map_err(Failure::Json)?)?;
    } else {
        terminal::print(figures::tables(&traces, &rows))?;
        if let Some(path) = written {
            terminal::print(path.display())?;
        }
    }
    let broken = rows.iter().any(|row| row.invariant_violations > 0);
    Ok(if broken { Ending::InvariantBroken } else { Ending::Sound })
}

/// The first target of this kind.
fn shipped_target(policy: &Policy, kind: Kind) -> Result<&Target, Failure> {
    policy
        .targets
        .iter()
        .find(|target| Kind::of(target) == kind)
        .ok_or_else(|| Failure::NoTargetOfKind { path: SHIPPED_NAME.into(), kind: kind.name() })
}

fn read(path: &Path, peak_units: f64) -> Result<Played, Failure> {
    let (demand, told) = load::trace(path, 0, None, peak_units)?;
    if let Some(told) = told {
        terminal::complain(told);
    }
    Ok(Played::new(&demand, peak_units)?)
}

/// Does it behind a bar that counts what is done.
pub(crate) fn watched<T>(what: &str, pieces: usize, work: impl FnOnce(&(dyn Fn(usize) + Sync)) -> T) -> T {
    let bar = terminal::bar(pieces);
    bar.set_message(what.to_owned());
    let done = work(&|done| bar.set_position(u64::try_from(done).unwrap_or(u64::MAX)));
    bar.finish_and_clear();
    done
}

/// Minutes that no policy within these bounds avoids.
fn tell_what_nobody_carries(traces: &[Played], most: u32, whose: &str) {
    for played in traces {
        match played.beyond(most) {
            0 => {}
            minutes => terminal::complain(format!(
                "{}: {minutes} of {} scored minutes violate whatever is decided: {most} units carry less ({whose})",
                played.trace,
                played.scored().len()
            )),
        }
    }
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
