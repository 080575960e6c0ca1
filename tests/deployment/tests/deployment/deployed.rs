//! The very template on a stand-in: it is created, its clock and its alarms wake the functions, they act, and a second deployment changes
//! nothing.

use std::time::Duration;

use tidegate_deployment::account::{Demand, Stage};
use tidegate_deployment::deploy::{make, packages, said, status};
use tidegate_deployment::log::{Line, Logs};
use tidegate_deployment::policy;

/// Minutes of the account's clock in one of ours.
const SPEED: u32 = 10;

#[test]
fn the_template_is_deployed_and_its_clock_and_its_alarms_scale() {
    let mut stage = Stage::new();
    let folder = tempfile::tempdir().unwrap();
    let document = folder.path().join("local.toml");
    // Between two evaluations the clock wakes for nothing: what acts then was woken by an alarm.
    std::fs::write(&document, policy::document(stage.account.zone(), "1h")).unwrap();
    packages(folder.path());
    let settings =
        [("POLICY", document.display().to_string()), ("CODE", folder.path().display().to_string())];
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));

    let first = make(&stage, "deploy", &settings);
    assert!(first.status.success(), "{}", said(&first));
    assert_eq!(status(&stage).as_deref(), Some("CREATE_COMPLETE"));

    let second = make(&stage, "deploy", &settings);
    assert!(second.status.success(), "{}", said(&second));
    assert!(said(&second).contains("No changes to deploy"), "{}", said(&second));
    assert_eq!(status(&stage).as_deref(), Some("CREATE_COMPLETE"));

    // The clock.
    let mut logs = Logs::default();
    let mut lines: Vec<Line> = Vec::new();
    let woken = |lines: &[Line]| {
        ["rds-replicas", "ecs-capacity", "redis-nodes"].iter().all(|name| {
            lines.iter().any(|line| line.function == *name && line.text("woken_by") == "schedule")
        })
    };
    let run = stage.run_until(SPEED, Duration::from_secs(60), |stage| {
        lines.extend(logs.new_lines(stage));
        woken(&lines)
    });
    println!("{lines:#?}");
    assert_eq!(run, Ok(()), "{lines:#?}");
    let _ = Demand::HOT;
}
