//! What a run is made of, read from files: the policy, its target, the load.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, Unit};
use tidegate_policy::document::{self, Problem};
use tidegate_policy::policy::{Policy, Target};
use tidegate_policy::units::{Count, Percent};
use tidegate_simulator::demand::shape::Shape;
use tidegate_simulator::demand::trace;
use tidegate_simulator::demand::{Demand, minutes_of_days};

use crate::error::{Failure, names};

/// Two weeks, in minutes.
const HISTORY_AT_MOST: f64 = 14.0 * 1_440.0;

/// The policy of a file.
pub(crate) fn policy(path: &Path) -> Result<Policy, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|reason| Failure::Unreadable { path: path.to_owned(), reason })?;
    parse(path, &text).map_err(|problems| Failure::UnsoundPolicy { path: path.to_owned(), problems })
}

/// The policy that the text of the file at `path` is; the calendars that it names stand beside it.
pub(crate) fn parse(path: &Path, text: &str) -> Result<Policy, Vec<Problem>> {
    parse_with_files(path, text).map(|(policy, _)| policy)
}

/// The same, with the names of those calendars in the order of the document.
pub(crate) fn parse_with_files(path: &Path, text: &str) -> Result<(Policy, Vec<String>), Vec<Problem>> {
    let named = RefCell::new(Vec::new());
    let policy = document::parse_with(text, &|name: &str| {
        named.borrow_mut().push(name.to_owned());
        let file = path.with_file_name(name);
        std::fs::read_to_string(&file)
            .map_err(|reason| format!("{reason}: write it as UTF-8 text to {}", file.display()))
    })?;
    Ok((policy, named.into_inner()))
}

/// The target of this name.
pub(crate) fn target<'a>(policy: &'a Policy, path: &Path, name: &str) -> Result<&'a Target, Failure> {
    policy.target(name).ok_or_else(|| Failure::UnknownTarget {
        path: path.to_owned(),
        name: name.to_owned(),
        names: names(policy.targets.iter().map(|target| target.name.as_str())),
    })
}

/// The peak that a target can just bear: all its replicas or tasks at 70%. More would only measure a policy's maximum.
pub(crate) fn bearable_peak(target: &Target) -> f64 {
    let Count(max) = target.scaling.max;
    Percent(70.0).of(f64::from(max.max(1)))
}

/// Load by the name of its shape, after so many minutes of history.
pub(crate) fn shape(
    name: &str,
    history: usize,
    days: Option<f64>,
    seed: u64,
    peak_units: f64,
) -> Result<Demand, Failure> {
    let unknown = || Failure::UnknownShape { name: name.to_owned() };
    let shape = Shape::named(name).ok_or_else(unknown)?;
    let minutes = minutes_of_days(days.unwrap_or_else(|| shape.usual_days())).unwrap_or(1);
    let before = shape.history(history, seed, peak_units);
    Ok(Demand { before, ..shape.demand(minutes, seed, peak_units) })
}

/// Load from a trace, whose first minutes are its history, and what a person should know of how it was read.
pub(crate) fn trace(
    path: &Path,
    history: usize,
    days: Option<f64>,
    peak_units: f64,
) -> Result<(Demand, Option<String>), Failure> {
    let file = path.display().to_string();
    let scenario = path.file_name().map_or_else(|| file.clone(), |name| name.to_string_lossy().into_owned());
    let bytes =
        std::fs::read(path).map_err(|reason| Failure::Unreadable { path: path.to_owned(), reason })?;
    let trace = trace::read(&file, &scenario, &bytes, peak_units).map_err(Failure::UnsoundTrace)?;
    let rows: i64 = trace.filled.iter().map(|gap| gap.rows).sum();
    let told = trace.filled.first().map(|first| {
        let plural = |count: i64, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        let gaps = i64::try_from(trace.filled.len()).unwrap_or(i64::MAX);
        format!(
            "{file}: {} missing in {}, filled with straight lines; the first gap ends at line {}",
            plural(rows, "row"),
            plural(gaps, "gap"),
            first.line
        )
    });
    let mut demand = trace.demand;
    demand.begin_after(history).map_err(|minutes| Failure::ShortHistory {
        path: path.to_owned(),
        has: friendly_minutes(minutes),
        asked: friendly_minutes(history),
    })?;
    if let Some(days) = days {
        let minutes = minutes_of_days(days).unwrap_or(1);
        if minutes > demand.units.len() {
            let has = friendly_minutes(demand.units.len());
            return Err(Failure::ShortTrace { path: path.to_owned(), has, asked: days });
        }
        demand.truncate(minutes);
    }
    Ok((demand, told))
}

fn friendly_minutes(minutes: usize) -> String {
    tidegate_policy::units::friendly(SignedDuration::from_mins(i64::try_from(minutes).unwrap_or(i64::MAX)))
}

/// Where a page or a report goes; known to be writable before the work that fills it begins.
pub(crate) struct Output {
    /// As it was named.
    path: PathBuf,
    place: Place,
}

enum Place {
    /// A regular file, there already or not: it is replaced as a whole.
    Whole { target: PathBuf, partial: PathBuf },
    /// A pipe or a device: nothing stands there that could be replaced.
    Stream(File),
}

impl Output {
    /// Changes nothing yet: what is there stays until there is something better. `inputs` are never written over.
    pub(crate) fn open(path: &Path, inputs: &[&Path]) -> Result<Output, Failure> {
        let unwritable = |reason| Failure::Unwritable { path: path.to_owned(), reason };
        let there = match path.metadata() {
            Ok(there) => Some(there),
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => None,
            Err(reason) => return Err(unwritable(reason)),
        };
        let Some(there) = there else {
            let (target, partial) = (path.to_owned(), partial(path).map_err(unwritable)?);
            // The folder may be missing or read-only.
            File::create_new(&partial).and_then(|_| std::fs::remove_file(&partial)).map_err(unwritable)?;
            return Ok(Output { path: path.to_owned(), place: Place::Whole { target, partial } });
        };
        if is_stdout(&there) {
            return Err(Failure::OverResults { path: path.to_owned() });
        }
        let file = File::options().write(true).open(path).map_err(unwritable)?;
        let place = if there.is_file() {
            // Through links to the file itself, so that a link stays one.
            let target = path.canonicalize().map_err(unwritable)?;
            if let Some(input) = inputs.iter().find(|input| input.canonicalize().is_ok_and(|it| it == target))
            {
                return Err(Failure::OverInput { path: path.to_owned(), input: (*input).to_owned() });
            }
            let partial = partial(&target).map_err(unwritable)?;
            File::create_new(&partial).and_then(|_| std::fs::remove_file(&partial)).map_err(unwritable)?;
            Place::Whole { target, partial }
        } else {
            Place::Stream(file)
        };
        Ok(Output { path: path.to_owned(), place })
    }

    /// Puts the content there: all of it or, of a file, nothing.
    pub(crate) fn write(self, content: &str) -> Result<PathBuf, Failure> {
        let written = match self.place {
            Place::Stream(mut file) => file.write_all(content.as_bytes()).and_then(|()| file.flush()),
            Place::Whole { target, partial } => {
                let replaced = replace(&target, &partial, content);
                if replaced.is_err() {
                    let _ = std::fs::remove_file(&partial);
                }
                replaced
            }
        };
        match written {
            Ok(()) => Ok(self.path),
            Err(reason) => Err(Failure::Unwritable { path: self.path, reason }),
        }
    }
}

fn replace(target: &Path, partial: &Path, content: &str) -> io::Result<()> {
    let mut file = File::create_new(partial)?;
    file.write_all(content.as_bytes())?;
    if let Ok(there) = target.metadata() {
        file.set_permissions(there.permissions())?;
    }
    drop(file);
    std::fs::rename(partial, target)
}

/// Beside the target, since only within one file system is a file renamed; hidden, and one for each process.
fn partial(target: &Path) -> io::Result<PathBuf> {
    let name = target.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    Ok(target.with_file_name(format!(".{}.{}.partial", name.to_string_lossy(), std::process::id())))
}

/// Whether this is where the log and the table go.
#[cfg(unix)]
fn is_stdout(there: &std::fs::Metadata) -> bool {
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::MetadataExt as _;
    let stdout = io::stdout().as_fd().try_clone_to_owned().and_then(|stdout| File::from(stdout).metadata());
    stdout.is_ok_and(|stdout| (stdout.dev(), stdout.ino()) == (there.dev(), there.ino()))
}

#[cfg(not(unix))]
fn is_stdout(_: &std::fs::Metadata) -> bool {
    false
}

/// `--days`: more than 0, at most 400.
pub(crate) fn parse_days(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(days) if minutes_of_days(days).is_some() => Ok(days),
        _ => Err("write a number of days above 0 and at most 400, such as 1 or 0.5".to_owned()),
    }
}

/// `--history`: whole minutes of two weeks at most; CloudWatch keeps minutes for 15 days.
pub(crate) fn parse_history(text: &str) -> Result<usize, String> {
    let minutes =
        text.parse::<Span>().and_then(|span| span.total((Unit::Minute, SpanRelativeTo::days_are_24_hours())));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole, and between 1 and two weeks by the guard"
    )]
    match minutes {
        Ok(minutes) if (1.0..=HISTORY_AT_MOST).contains(&minutes) && minutes.fract() == 0.0 => {
            Ok(minutes as usize)
        }
        _ => Err("write whole minutes, and 14 days at most, such as 14d or 36h".to_owned()),
    }
}

/// `--start`: a day.
pub(crate) fn parse_start(text: &str) -> Result<Timestamp, String> {
    let day = text.parse::<jiff::civil::Date>();
    let start =
        day.and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC)).map(|midnight| midnight.timestamp());
    start.map_err(|_| "write a day, such as 2026-03-29".to_owned())
}

/// `--seed`: any whole number that 64 bits hold.
pub(crate) fn parse_seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("write a whole number from 0 to {}, such as 7", u64::MAX))
}

/// `--peak-units`: more than 0, at most 1,000.
pub(crate) fn parse_units(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(units) if units > 0.0 && units <= 1000.0 => Ok(units),
        _ => Err("write a number of capacities above 0 and at most 1000, such as 3.5".to_owned()),
    }
}
