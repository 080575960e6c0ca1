//! What linters say of the template: as it is written, as it is deployed for the shipped policies, and as SAM transforms it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tidegate_deployment::deploy::{deployer, root, said};
use tidegate_stack::fixed::{Architecture, TEMPLATE, settled};
use tidegate_stack::function::binaries;
use tidegate_stack::stack::{Store, template};

/// SAM wants a Region to validate in. Nothing is asked of it.
const REGION: [&str; 2] = ["--region", "eu-west-1"];

fn sam_validate(path: &Path) -> Output {
    let mut command = Command::new(deployer("sam"));
    command.args(["validate", "--lint"]).args(REGION).arg("--template-file").arg(path);
    command.env("SAM_CLI_TELEMETRY", "0").output().unwrap()
}

fn cfn_lint(path: &Path) -> Output {
    Command::new(deployer("cfn-lint")).args(["--regions", REGION[1], "--"]).arg(path).output().unwrap()
}

/// As the service transforms it, beside it.
fn transformed(path: &Path) -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("transform.py");
    let output = Command::new(deployer("python")).arg(script).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let beside = path.with_extension("json");
    std::fs::write(&beside, output.stdout).unwrap();
    beside
}

/// The template of a shipped policy, in a folder of its own.
fn rendered(folder: &Path, policy: &str) -> PathBuf {
    let document = std::fs::read_to_string(root().join("infra/policies").join(policy)).unwrap();
    let parsed = tidegate_policy::document::parse(&document).unwrap();
    let fixed = settled(Architecture::Arm64, Store::Advanced, Path::new("/code"));
    let path = folder.join(policy).with_extension("yaml");
    std::fs::write(&path, template(&fixed, &parsed, &document, Store::Advanced).unwrap()).unwrap();
    path
}

#[test]
fn the_template_is_clean_as_it_is_written() {
    let path = root().join("infra/template.yaml");
    for output in [sam_validate(&path), cfn_lint(&path)] {
        assert!(output.status.success(), "{}", said(&output));
    }
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("template.yaml");
    std::fs::write(&copy, TEMPLATE).unwrap();
    let output = cfn_lint(&transformed(&copy));
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn the_template_of_every_shipped_policy_is_clean_before_and_after_the_transformation() {
    let folder = tempfile::tempdir().unwrap();
    for policy in ["production.toml", "staging.toml", "staging-to-zero.toml"] {
        let path = rendered(folder.path(), policy);
        for output in [sam_validate(&path), cfn_lint(&path), cfn_lint(&transformed(&path))] {
            assert!(output.status.success(), "{policy}: {}", said(&output));
        }
    }
}

/// A linter that finds nothing may be one that looks at nothing.
#[test]
fn what_is_wrong_is_found_before_and_after_the_transformation() {
    let folder = tempfile::tempdir().unwrap();
    let path = rendered(folder.path(), "production.toml");
    let good = std::fs::read_to_string(&path).unwrap();
    for (right, wrong, rule) in [
        ("Runtime: provided.al2023", "Runtime: provided.al2099", "E3030"),
        ("KeyType: HASH", "KeyType: HUSH", "E3018"),
        ("!GetAtt FailedEvents.Arn", "!GetAtt FailedEvent.Arn", "E1010"),
    ] {
        assert!(good.contains(right), "{right}");
        std::fs::write(&path, good.replace(right, wrong)).unwrap();
        let output = cfn_lint(&path);
        assert!(!output.status.success() && said(&output).contains(rule), "{wrong}: {}", said(&output));
        let output = sam_validate(&path);
        assert!(!output.status.success(), "{wrong}: {}", said(&output));
        let output = cfn_lint(&transformed(&path));
        assert!(!output.status.success() && said(&output).contains(rule), "{wrong}: {}", said(&output));
    }
}

#[test]
fn everything_that_can_carry_a_tag_carries_the_stages() {
    let folder = tempfile::tempdir().unwrap();
    let path = transformed(&rendered(folder.path(), "production.toml"));
    let transformed: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    // What CloudFormation gives no tags.
    let bare = [
        "AWS::SNS::Subscription",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::Lambda::Permission",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Scheduler::Schedule",
        "AWS::CloudWatch::Dashboard",
        "AWS::IAM::ManagedPolicy",
        "AWS::Events::Rule",
    ];
    let resources = transformed["Resources"].as_object().unwrap();
    assert!(resources.len() > 40);
    // CloudFormation counts what SAM makes: as many more as `tidegate stack` reckons with.
    let written = std::fs::read_to_string(folder.path().join("production.yaml")).unwrap();
    let written = written.lines().filter(|line| line.starts_with("    Type: AWS::")).count();
    assert_eq!(resources.len(), written + binaries().len());
    for (name, resource) in resources {
        let kind = resource["Type"].as_str().unwrap();
        let tagged = resource["Properties"]["Tags"].to_string().contains("tidegate:stage");
        assert_eq!(tagged, !bare.contains(&kind), "{name} is a {kind}");
    }
}
