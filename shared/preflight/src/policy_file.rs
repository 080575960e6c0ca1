//! The policy as a person wrote it, and which files beside it it names: a parameter has nothing beside it.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};

use tidegate_policy::document::{self, Problem};
use tidegate_policy::names::Stage;
use tidegate_policy::policy::Policy;

/// A sound policy.
#[derive(Debug)]
pub(crate) struct PolicyFile {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// What it says.
    pub(crate) policy: Policy,
    /// The files that it names, in its order.
    pub(crate) files: Vec<String>,
}

/// Why there is no policy to ask about.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PolicyFileError {
    /// It cannot be read.
    #[error("{} cannot be read: {reason}: name the policy's file with POLICY=", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        reason: io::Error,
    },
    /// It is not sound: a line each, as `tidegate validate` writes them.
    #[error("{}", listed(path, problems))]
    Unsound { path: PathBuf, problems: Vec<Problem> },
}

fn listed(path: &Path, problems: &[Problem]) -> String {
    let lines: Vec<_> = problems.iter().map(|problem| format!("{}:{problem}", path.display())).collect();
    lines.join("\n")
}

/// Reads the policy as this stage follows it, and the files that it names.
///
/// # Errors
/// When it cannot be read, or is not sound.
pub(crate) fn read(path: &Path, stage: &Stage) -> Result<PolicyFile, PolicyFileError> {
    let text = std::fs::read_to_string(path)
        .map_err(|reason| PolicyFileError::Unreadable { path: path.to_owned(), reason })?;
    let named = RefCell::new(Vec::new());
    let beside = |name: &str| {
        named.borrow_mut().push(name.to_owned());
        let file = path.with_file_name(name);
        std::fs::read_to_string(&file)
            .map_err(|reason| format!("{reason}: write it as UTF-8 text to {}", file.display()))
    };
    let policy = document::parse_with(&text, &beside)
        .map(|policy| policy.in_stage(stage))
        .map_err(|problems| PolicyFileError::Unsound { path: path.to_owned(), problems })?;
    let mut files = named.into_inner();
    files.dedup();
    Ok(PolicyFile { path: path.to_owned(), policy, files })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_beside_a_policy_are_read_and_known_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let calendars = "[calendars]\nholidays = { files = [\"spain.ics\"] }\n";
        let path = folder.path().join("policy.toml");
        let window = "windows = [{ days = \"mon-fri\", except = \"holidays\", from = \"08:00\", to = \"20:00\", zone = \"UTC\", min = 3 }]";
        let target = format!(
            "[[target]]\nname = \"c\"\nkind = \"redis-nodes\"\ngroup = \"c\"\nmin = 2\nmax = 3\n{window}\n"
        );
        std::fs::write(&path, format!("{calendars}\n{target}")).unwrap();
        let missing = read(&path, &Stage::new("production")).unwrap_err().to_string();
        assert!(missing.contains("policy.toml:2:") && missing.contains("spain.ics"), "{missing}");

        let holiday = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        std::fs::write(folder.path().join("spain.ics"), holiday).unwrap();
        assert_eq!(read(&path, &Stage::new("production")).unwrap().files, ["spain.ics"]);
    }

    #[test]
    fn a_policy_that_is_not_there_is_told_with_its_path() {
        let said =
            read(Path::new("/nowhere/policy.toml"), &Stage::new("production")).unwrap_err().to_string();
        assert!(said.contains("/nowhere/policy.toml cannot be read: ") && said.contains("POLICY="), "{said}");
    }
}
