//! `tidegate stack`: the template that is deployed, for a policy and the binaries that were built. Nothing is asked of AWS.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use tidegate_stack::fixed::{Architecture, settled};
use tidegate_stack::function::binaries;
use tidegate_stack::stack::{Store, template};

use crate::ending::Ending;
use crate::error::Failure;
use crate::load::Output;
use crate::{load, terminal};

/// The policy's name in a function's package.
const PACKAGED: &str = "policy.toml";
/// What Lambda starts.
const BINARY: &str = "bootstrap";

/// `tidegate stack`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The policy file.
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// Where the functions were built: a folder for each, with its bootstrap.
    #[arg(long, value_name = "DIR", default_value = "target/lambda")]
    code: PathBuf,
    /// Where the deployed functions find the policy.
    #[arg(long, value_enum, default_value_t = StoreName::Standard)]
    store: StoreName,
    /// Where the template goes.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Where the deployed policy is.
#[derive(Clone, Copy, ValueEnum)]
enum StoreName {
    /// A parameter: 4,096 bytes, free.
    Standard,
    /// An advanced parameter: 8,192 bytes, $0.05 a month.
    Advanced,
    /// Each function's package: any length, and calendar files beside it.
    Package,
}

impl From<StoreName> for Store {
    fn from(name: StoreName) -> Store {
        match name {
            StoreName::Standard => Store::Standard,
            StoreName::Advanced => Store::Advanced,
            StoreName::Package => Store::Package,
        }
    }
}

/// Writes the template, and into the packages what belongs there.
pub(crate) fn stack(arguments: &Arguments) -> Result<Ending, Failure> {
    let store = Store::from(arguments.store);
    let path = &arguments.policy;
    let text =
        std::fs::read_to_string(path).map_err(|reason| Failure::Unreadable { path: path.clone(), reason })?;
    let (policy, files) = load::parse_with_files(path, &text)
        .map_err(|problems| Failure::UnsoundPolicy { path: path.clone(), problems })?;
    if store != Store::Package
        && let Some(file) = files.first()
    {
        return Err(Failure::CalendarFile { path: path.clone(), file: file.clone() });
    }
    if let Some(file) = files.iter().find(|file| !fits_a_package(file)) {
        return Err(Failure::CalendarElsewhere { path: path.clone(), file: file.clone() });
    }
    let architecture = built_for(&arguments.code)?;
    let code = arguments
        .code
        .canonicalize()
        .map_err(|reason| Failure::Unreadable { path: arguments.code.clone(), reason })?;
    let written = template(&settled(architecture, store, &code), &policy, &text, store)
        .map_err(|reason| Failure::Stack { path: path.clone(), reason })?;
    package(&code, path, &files, store)?;
    if let Some(folder) = arguments.out.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|reason| Failure::Unwritable { path: folder.to_owned(), reason })?;
    }
    let out = Output::open(&arguments.out, &[path])?.write(&written)?;
    let targets = policy.targets.len();
    let plural = if targets == 1 { "" } else { "s" };
    terminal::print(format!(
        "{}: {targets} target{plural}, {}, {} bytes of template",
        out.display(),
        architecture.name(),
        written.len()
    ))?;
    Ok(Ending::Sound)
}

/// What all binaries were built for.
fn built_for(code: &Path) -> Result<Architecture, Failure> {
    let mut seen: Option<(PathBuf, Architecture)> = None;
    for function in binaries() {
        let path = code.join(function).join(BINARY);
        let mut start = [0; 20];
        let read = File::open(&path).and_then(|mut file| file.read_exact(&mut start));
        read.map_err(|reason| Failure::Unbuilt { path: path.clone(), reason })?;
        let architecture =
            Architecture::of_binary(&start).ok_or_else(|| Failure::NoBinary { path: path.clone() })?;
        match &seen {
            Some((other, first)) if *first != architecture => {
                let other = format!("{} is for {}", other.display(), first.name());
                return Err(Failure::MixedBinaries { path, architecture: architecture.name(), other });
            }
            _ => seen = Some((path, architecture)),
        }
    }
    match seen {
        Some((_, architecture)) => Ok(architecture),
        None => Err(Failure::NoBinary { path: code.to_owned() }),
    }
}

/// Whether a calendar of this name stands beside the policy, and is neither the policy itself nor the binary.
fn fits_a_package(file: &str) -> bool {
    Path::new(file).file_name().is_some_and(|name| name == file) && ![BINARY, PACKAGED].contains(&file)
}

/// Puts the policy and the calendars that it names into each package, or takes out what an earlier deployment put there.
fn package(code: &Path, policy: &Path, files: &[String], store: Store) -> Result<(), Failure> {
    for function in binaries() {
        let folder = code.join(function);
        let packaged = folder.join(PACKAGED);
        emptied(&folder)?;
        if store != Store::Package {
            continue;
        }
        let own = (policy.to_owned(), packaged);
        let named = files.iter().map(|file| (policy.with_file_name(file), folder.join(file)));
        for (from, to) in std::iter::once(own).chain(named) {
            std::fs::copy(&from, &to).map_err(|reason| Failure::Unwritable { path: to, reason })?;
        }
    }
    Ok(())
}

/// Takes the policy and the calendars of an earlier deployment out of a package; what else a person put there stays.
fn emptied(folder: &Path) -> Result<(), Failure> {
    let unwritable = |reason| Failure::Unwritable { path: folder.to_owned(), reason };
    for entry in std::fs::read_dir(folder).map_err(unwritable)? {
        let entry = entry.map_err(unwritable)?;
        let is_calendar = entry.path().extension().is_some_and(|extension| extension == "ics");
        if entry.file_name() == PACKAGED || is_calendar {
            std::fs::remove_file(entry.path())
                .map_err(|reason| Failure::Unwritable { path: entry.path(), reason })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const POLICY: &str = "[[target]]\nname = \"api\"\nkind = \"ecs-service\"\ncluster = \"prod\"\nservice = \"api\"\nmin = 1\nmax = 3\nscale_out = [\"cpu > 70% for 5m\"]\nscale_in = [\"cpu < 40% for 15m\"]\n";

    /// A folder with a policy and binaries of these machines.
    fn built(machines: [u8; 4]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("stage.toml"), POLICY).unwrap();
        for (function, machine) in binaries().into_iter().zip(machines) {
            let package = folder.path().join("code").join(function);
            fs::create_dir_all(&package).unwrap();
            let mut binary = b"\x7fELF".to_vec();
            binary.resize(20, 0);
            binary[18] = machine;
            fs::write(package.join("bootstrap"), binary).unwrap();
        }
        folder
    }

    fn run(folder: &Path, store: StoreName) -> Result<Ending, Failure> {
        stack(&Arguments {
            policy: folder.join("stage.toml"),
            code: folder.join("code"),
            store,
            out: folder.join("out/template.yaml"),
        })
    }

    fn refusal(folder: &Path, store: StoreName) -> String {
        let said = run(folder, store).unwrap_err().to_string();
        assert!(!folder.join("out").exists(), "nothing is written when it cannot be deployed");
        said
    }

    #[test]
    fn the_template_is_for_the_binaries_that_are_there() {
        for (machine, name) in [(183, "arm64"), (62, "x86_64")] {
            let folder = built([machine; 4]);
            assert_eq!(run(folder.path(), StoreName::Standard).unwrap(), Ending::Sound);
            let written = fs::read_to_string(folder.path().join("out/template.yaml")).unwrap();
            assert!(written.contains(&format!("    Architectures: [{name}]\n")));
        }
    }

    #[test]
    fn what_was_not_built_or_built_for_two_machines_is_told() {
        let folder = built([183, 62, 183, 183]);
        let said = refusal(folder.path(), StoreName::Standard);
        assert!(said.contains("ecs-capacity/bootstrap") && said.contains("x86_64"), "{said}");
        assert!(said.contains("rds-replicas/bootstrap is for arm64"), "{said}");
        fs::write(folder.path().join("code/redis-nodes/bootstrap"), "#!/bin/sh\nexec something else\n")
            .unwrap();
        fs::remove_file(folder.path().join("code/rds-replicas/bootstrap")).unwrap();
        let said = refusal(folder.path(), StoreName::Standard);
        assert!(said.contains("rds-replicas/bootstrap") && said.contains("make build"), "{said}");
    }

    #[test]
    fn a_packaged_policy_takes_its_calendars_along_and_a_parameter_cannot() {
        let folder = built([183; 4]);
        let policy = POLICY.replace("max = 3", "max = 3\nwindows = [{ days = \"mon-fri\", except = \"off\", from = \"08:00\", to = \"20:00\", zone = \"UTC\", min = 2 }]");
        let policy = format!("{policy}[calendars]\noff = {{ files = [\"off.ics\"] }}\n");
        fs::write(folder.path().join("stage.toml"), &policy).unwrap();
        let calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20261225\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        fs::write(folder.path().join("off.ics"), calendar).unwrap();
        let said = refusal(folder.path(), StoreName::Standard);
        assert!(said.contains("off.ics") && said.contains("STORE=package"), "{said}");
        run(folder.path(), StoreName::Package).unwrap();
        for function in binaries() {
            let package = folder.path().join("code").join(function);
            assert_eq!(fs::read_to_string(package.join("policy.toml")).unwrap(), policy);
            assert_eq!(fs::read_to_string(package.join("off.ics")).unwrap(), calendar);
        }
    }

    #[test]
    fn a_calendar_that_no_package_can_hold_is_told() {
        for good in ["spain.ics", "holidays 2027.ics"] {
            assert!(fits_a_package(good), "{good}");
        }
        for bad in ["../spain.ics", "calendars/spain.ics", "/etc/spain.ics", "..", "bootstrap", "policy.toml"]
        {
            assert!(!fits_a_package(bad), "{bad}");
        }
        let folder = built([183; 4]);
        let policy = POLICY.replace("max = 3", "max = 3\nwindows = [{ days = \"mon-fri\", except = \"off\", from = \"08:00\", to = \"20:00\", zone = \"UTC\", min = 2 }]");
        let policy = format!("{policy}[calendars]\noff = {{ files = [\"calendars/off.ics\"] }}\n");
        fs::write(folder.path().join("stage.toml"), policy).unwrap();
        fs::create_dir(folder.path().join("calendars")).unwrap();
        let calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        fs::write(folder.path().join("calendars/off.ics"), calendar).unwrap();
        let said = refusal(folder.path(), StoreName::Package);
        assert!(said.contains("calendars/off.ics") && said.contains("beside the policy"), "{said}");
    }

    #[test]
    fn a_parameter_leaves_no_packaged_policy_behind() {
        let folder = built([183; 4]);
        run(folder.path(), StoreName::Package).unwrap();
        let packaged = folder.path().join("code/redis-nodes/policy.toml");
        assert!(packaged.exists());
        // A calendar that the policy named once, and what a person put beside the binary.
        let (calendar, own) = (packaged.with_file_name("spain.ics"), packaged.with_file_name("bundle.pem"));
        fs::write(&calendar, "").unwrap();
        fs::write(&own, "").unwrap();
        run(folder.path(), StoreName::Standard).unwrap();
        assert!(!packaged.exists() && !calendar.exists() && own.exists());
    }
}
