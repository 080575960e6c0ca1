//! `tidegate validate`: is a policy sound? All problems of all files at once.

use std::path::{Path, PathBuf};

use tidegate_policy::document;

use crate::load::Failure;
use crate::{Ending, load, terminal};

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
    for file in &arguments.files {
        match verdict(file) {
            Ok(sound) => terminal::print(sound)?,
            Err(problems) => {
                terminal::complain(problems);
                ending = Ending::BadInput;
            }
        }
    }
    Ok(ending)
}

/// One line for a sound file; all its problems otherwise.
fn verdict(file: &Path) -> Result<String, String> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|reason| format!("{name}: cannot be read: {reason}"))?;
    let policy = document::parse(&text).map_err(|problems| load::listed(file, &problems))?;
    Ok(match policy.targets.len() {
        1 => format!("{name}: 1 target, sound"),
        targets => format!("{name}: {targets} targets, sound"),
    })
}
