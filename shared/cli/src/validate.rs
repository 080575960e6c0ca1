//! `tidegate validate`: is a policy sound? All problems of all files at once.

mod held_up;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tidegate_policy::policy::{Engine, Policy, TargetKind};

use crate::ending::Ending;
use crate::error::{self, Failure};
use crate::{load, terminal};
use held_up::held_up;

/// `tidegate validate`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Policy files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Says of each file that it is sound, or what is not.
pub(crate) fn validate(arguments: &Arguments) -> Result<Ending, Failure> {
    let mut ending = Ending::Sound;
    let now = Timestamp::now();
    for file in &arguments.files {
        match verdict(file, now) {
            Ok(sound) => terminal::print(sound)?,
            Err(problems) => {
                terminal::complain(problems);
                ending = Ending::BadInput;
            }
        }
    }
    Ok(ending)
}

/// One line for a sound file, and one for each thing in it that is of no use any more; all its problems otherwise.
fn verdict(file: &Path, now: Timestamp) -> Result<String, String> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|reason| format!("{name}: cannot be read: {reason}"))?;
    let policy = load::parse(file, &text).map_err(|problems| error::listed(file, &problems))?;
    let mut said = match policy.targets.len() {
        1 => format!("{name}: 1 target, sound"),
        targets => format!("{name}: {targets} targets, sound"),
    };
    let notes = over(&policy, now).into_iter().chain(smaller_standbys(&policy)).chain(held_up(&policy));
    for note in notes {
        said.push_str(&format!("\n{name}: note: {note}"));
    }
    Ok(said)
}

/// The planned events that are over at `now`: a policy grows old without anybody's doing.
fn over(policy: &Policy, now: Timestamp) -> Vec<String> {
    let mut notes = Vec::new();
    for target in &policy.targets {
        let TargetKind::EcsService(service) = &target.kind else { continue };
        for event in service.events.iter().filter(|event| event.to <= now) {
            notes.push(format!(
                "event \"{}\" of target \"{}\" was over at {}: remove it, or write its next time",
                event.name, target.name, event.to
            ));
        }
    }
    notes
}

/// The classes that nobody here can compare with their sources': a preflight and every look of a function do.
fn smaller_standbys(policy: &Policy) -> Vec<String> {
    let mut notes = Vec::new();
    for target in &policy.targets {
        if let TargetKind::RdsReplicas(kind) = &target.kind
            && kind.engine == Engine::Postgres
            && let Some(class) = &kind.class
        {
            notes.push(format!(
                "class {class} of target \"{}\": a PostgreSQL replica of a smaller class than its source may not be able to replay: see that {} is not larger, or leave `class` out",
                target.name, kind.source
            ));
        }
    }
    notes
}

#[cfg(test)]
mod tests {
    use tidegate_policy::document;

    use super::*;

    #[test]
    fn a_class_of_postgres_is_told_with_what_to_compare() {
        let policy = |engine: &str, class: &str| {
            let text = format!(
                "[[target]]\nname = \"ledger-readers\"\nkind = \"rds-replicas\"\nsource = \"ledger-primary\"\nengine = {engine:?}\n{class}\n\
                 reader = {{ zone = \"Z0LEDGER\", name = \"ledger-ro.db.example.com\", ttl = \"10s\" }}\nmin = 1\nmax = 4\n\
                 scale_out = [\"primary cpu > 70% for 10m\"]\n"
            );
            smaller_standbys(&document::parse(&text).unwrap())
        };
        let class = "class = \"db.t4g.medium\"";
        assert_eq!(
            policy("postgres", class),
            [
                "class db.t4g.medium of target \"ledger-readers\": a PostgreSQL replica of a smaller class than its source may not be able to \
              replay: see that ledger-primary is not larger, or leave `class` out"
            ]
        );
        assert!(policy("postgres", "").is_empty() && policy("mysql", class).is_empty());
    }

    #[test]
    fn events_are_told_from_the_moment_they_are_over() {
        let policy = document::parse(
            r#"
[[target]]
name = "api"
kind = "ecs-service"
cluster = "prod"
service = "api"
min = 1
max = 10

[[event]]
name = "sale"
target = "api"
from = 2026-11-27T18:00:00Z
to = 2026-11-27T22:00:00Z
requests_per_minute = 500

[[event]]
name = "next sale"
target = "api"
from = 2027-11-26T18:00:00Z
to = 2027-11-26T22:00:00Z
requests_per_minute = 500
"#,
        )
        .unwrap();
        let told = |now: &str| over(&policy, now.parse().unwrap()).join("\n");
        assert_eq!(told("2026-11-27T21:59:59Z"), "");
        assert_eq!(
            told("2026-11-27T22:00:00Z"),
            "event \"sale\" of target \"api\" was over at 2026-11-27T22:00:00Z: remove it, or write its next time"
        );
        assert_eq!(told("2028-01-01T00:00:00Z").lines().count(), 2);
    }
}
