//! The very template on a stand-in: it is created, its clock and its alarms wake the functions, they act, and a second deployment changes
//! nothing.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;
use tidegate_deployment::account::{Demand, Stage};
use tidegate_deployment::deploy::{STACK, make, packages, said, status};
use tidegate_deployment::log::{Line, Logs};
use tidegate_deployment::policy;
use tidegate_stack::function::FUNCTIONS;
use tidegate_wire::account::{Point, READER};
use tidegate_wire::json;
use tidegate_wire::plant::Load;
use tidegate_wire::stand_ins::ministack;

/// Minutes of the account's clock in one of ours.
const SPEED: u32 = 10;
/// How long anything may take, of our time: minutes where it takes seconds on an idle machine.
const PATIENCE: Duration = Duration::from_secs(240);
/// The generated alarm that a hot primary sets off.
const ALARM: &str = "tidegate-local-orders-readers-primary-cpu-rule";
/// The alarm on critical alerts.
const CRITICAL: &str = "tidegate-local-critical-alerts";

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

    // What cannot be deployed stops before there is anything.
    let elsewhere =
        std::fs::read_to_string(&document).unwrap().replace(stage.account.zone(), "Z0ANOTHERACCOUNTS");
    let foreign = folder.path().join("foreign.toml");
    std::fs::write(&foreign, elsewhere).unwrap();
    let refused = make(&stage, "deploy", &[("POLICY", foreign.to_str().unwrap()), settings[1]]);
    assert!(!refused.status.success() && said(&refused).contains("Z0ANOTHERACCOUNTS"), "{}", said(&refused));
    assert_eq!(status(&stage), None);

    let refused = make(&stage, "destroy", &settings);
    assert!(!refused.status.success() && said(&refused).contains("nothing to remove"), "{}", said(&refused));

    let first = make(&stage, "deploy", &settings);
    assert!(first.status.success(), "{}", said(&first));
    assert_eq!(status(&stage).as_deref(), Some("CREATE_COMPLETE"));

    let second = make(&stage, "deploy", &settings);
    assert!(second.status.success(), "{}", said(&second));
    assert!(said(&second).contains("No changes to deploy"), "{}", said(&second));
    assert_eq!(status(&stage).as_deref(), Some("CREATE_COMPLETE"));

    // AWS makes no advanced parameter a standard one again, and would roll the whole update back.
    let tier = |tier: &str| {
        let value = std::fs::read_to_string(&document).unwrap();
        let wanted = json!({"Name": format!("/{STACK}/policy"), "Value": value, "Type": "String", "Tier": tier, "Overwrite": true});
        json::ask(ministack(), stage.account.key(), "SSM.PutParameter", &wanted).unwrap();
    };
    tier("Advanced");
    let refused = make(&stage, "deploy", &settings);
    let told = "/tidegate-local/policy is an advanced parameter";
    assert!(!refused.status.success() && said(&refused).contains(told), "{}", said(&refused));
    tier("Standard");

    // Another stage of the same policy would fight with this one over every target.
    let twin = make(&stage, "deploy", &[settings[0], settings[1], ("STAGE", "staging")]);
    let told = said(&twin).matches("the stack tidegate-local has tidegate:").count();
    assert!(!twin.status.success() && told == 3, "{}", said(&twin));

    // Another reader name makes no other source of it: all its replicas count against one limit.
    let renamed = folder.path().join("renamed.toml");
    let text = std::fs::read_to_string(&document).unwrap();
    std::fs::write(&renamed, text.replace(READER, "orders-reports.db.example.com")).unwrap();
    let other = [("POLICY", renamed.to_str().unwrap()), settings[1], ("STAGE", "staging")];
    let twin = make(&stage, "deploy", &other);
    let told = "the stack tidegate-local has tidegate:reader-name:orders-ro-db-";
    assert!(!twin.status.success() && said(&twin).contains(told), "{}", said(&twin));

    // The clock wakes all three, and none finds anything to do. The replicas' first attempt raises the floor, and they rest from the next one on:
    // what is near a threshold would be looked at by the clock before any alarm goes off.
    let mut logs = Logs::default();
    let mut lines: Vec<Line> = Vec::new();
    let run = stage.run_until(SPEED, PATIENCE, |stage| {
        lines.extend(logs.new_lines(stage));
        FUNCTIONS.iter().all(|function| woken(&lines, function.name(), "schedule").any(rested))
    });
    assert_eq!(run, Ok(()), "{lines:#?}");

    // The alarm on the rule's level wakes the one that can act, and from then on it looks every minute, until the rule's own minutes are there. The
    // clock alone would have waited for the hour.
    assert_eq!(stage.account.alarms()[ALARM], "OK");
    assert!(!stage.account.went_off(ALARM));
    stage.demand = Demand { database: Load::HOT, ..Demand::CALM };
    let run = stage.run_until(SPEED, PATIENCE, |stage| {
        lines.extend(logs.new_lines(stage));
        woken(&lines, "rds-replicas", "alarm").next().is_some()
    });
    assert_eq!(run, Ok(()), "{:#?} {:?} {lines:#?}", stage.account.alarms(), stage.shim.counted());
    assert!(stage.account.went_off(ALARM), "{:#?}", stage.account.alarms());
    let acts = |line: &&Line| {
        let decision = line.value["targets"][0]["decision"].as_str();
        line.function == "rds-replicas" && decision.is_some_and(|it| it.starts_with("scale_out_threshold: "))
    };
    let run = stage.run_until(SPEED, PATIENCE, |stage| {
        lines.extend(logs.new_lines(stage));
        lines.iter().any(|line| acts(&line))
    });
    assert_eq!(run, Ok(()), "{lines:#?}");
    let target = &lines.iter().find(acts).unwrap().value["targets"][0];
    assert_eq!(target["target"], "orders-readers");
    assert_eq!(target["actions"][0]["outcome"], "applied", "{target}");
    let before = lines.iter().take_while(|line| line.text("woken_by") != "alarm");
    let acted = before.filter(|line| line.value["targets"][0]["actions"][0]["outcome"] == "applied");
    assert_eq!(acted.count(), 0, "the clock had nothing to do before: {lines:#?}");
    let run = stage.run_until(SPEED, PATIENCE, |stage| {
        lines.extend(logs.new_lines(stage));
        !stage.account.replicas().is_empty()
    });
    assert_eq!(run, Ok(()), "{:#?}", stage.shim.counted());

    // All of it without one failure.
    let failed = lines.iter().filter(|line| line.text("level") == "ERROR");
    assert_eq!(failed.map(|line| line.text("message")).collect::<Vec<_>>(), Vec::<&str>::new());

    // What a function counts of its alerts sets off the stack's own alarm, which is the second way to a person. What the functions print is no
    // metric on the stand-in: the point is put there as their line has it.
    assert!(!stage.account.went_off(CRITICAL), "{:#?}", stage.account.alarms());
    let run = stage.run_until(SPEED, PATIENCE, |stage| {
        let of = vec![("Stage", "local".to_owned()), ("Severity", "critical".to_owned())];
        let at = stage.now() - SignedDuration::from_mins(1);
        stage.account.put_points(&[Point { namespace: "Tidegate", metric: "Alerts", of, at, value: 1.0 }]);
        stage.account.went_off(CRITICAL)
    });
    assert_eq!(run, Ok(()), "{:#?}", stage.account.alarms());

    // Nobody would look after the replica.
    let refused = make(&stage, "destroy", &settings);
    assert!(
        !refused.status.success() && said(&refused).contains(&stage.account.replicas()[0]),
        "{}",
        said(&refused)
    );
    assert_eq!(status(&stage).as_deref(), Some("CREATE_COMPLETE"));
    let settings = [settings[0], settings[1], ("KEEP_REPLICAS", "yes")];
    let destroyed = make(&stage, "destroy", &settings);
    assert!(destroyed.status.success(), "{}", said(&destroyed));
    assert_eq!(status(&stage), None);
    assert_eq!(stage.account.replicas().len(), 1);
}

/// Whether an attempt found that its target needs no look yet.
fn rested(line: &Line) -> bool {
    line.text("message").starts_with("0 of 1 targets looked at")
}

/// The attempts of a function that this woke.
fn woken<'a>(lines: &'a [Line], function: &'a str, by: &'a str) -> impl Iterator<Item = &'a Line> {
    lines.iter().filter(move |line| line.function == function && line.text("woken_by") == by)
}
