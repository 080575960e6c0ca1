//! What a person sets for a stage is what the template takes: SAM says nothing of a name that it drops, and an address that is misspelt is
//! missed on the night when it is needed.

use std::path::Path;
use std::process::{Command, Output};

use tidegate_deployment::deploy::{deployer, root, said};

/// What is said of the settings of a stage in this file.
fn asked(samconfig: &Path, stage: &str) -> Output {
    let mut command = Command::new(deployer("python"));
    command.current_dir(root()).arg("infra/settings.py").arg(samconfig).args([stage, "infra/template.yaml"]);
    command.output().expect("python can be started")
}

#[test]
fn the_shipped_settings_are_what_the_template_takes() {
    for stage in ["production", "staging", "local"] {
        let output = asked(Path::new("infra/samconfig.toml"), stage);
        assert!(output.status.success() && said(&output).is_empty(), "{stage}: {}", said(&output));
    }
}

#[test]
fn settings_that_would_be_dropped_or_refused_are_told_with_their_mend() {
    let shipped = std::fs::read_to_string(root().join("infra/samconfig.toml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("samconfig.toml");
    for (setting, mend) in [
        ("CriticalMail=oncall@example.com", "did you mean CriticalEmail?"),
        ("Pager=yes", "it takes Name=value, of CriticalEmail, CriticalUrl, "),
        ("CriticalEmail", "sets nothing that the template has"),
        ("CriticalUrl=http://pager", "CriticalUrl is 'http://pager': write an https:// address, or nothing"),
        ("LogRetentionDays=8", "LogRetentionDays is '8': write one of 1, 3, 5, 7, "),
        ("ReservedConcurrency=0", "ReservedConcurrency is '0': write a number from 1, or nothing"),
    ] {
        let first = "  \"Stage=production\",\n";
        let changed = shipped.replace(first, &format!("{first}  \"{setting}\",\n"));
        assert_ne!(changed, shipped);
        std::fs::write(&path, changed).unwrap();
        let output = asked(&path, "production");
        let said = said(&output);
        assert!(
            !output.status.success() && said.contains("STOP  ") && said.contains(mend),
            "{setting}: {said}"
        );
        assert!(asked(&path, "staging").status.success(), "another stage's");
    }
}
