//! What is told of an attempt: what fails it, which values its lines carry, and which of them are published over which dimensions.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde_json::{Value, json};
use tidegate_policy::decide::Decision;
use tidegate_policy::forecast::shadow::{Cost, Scores};
use tidegate_policy::history::History;
use tidegate_policy::names::{ClusterName, ServiceName, SetId, TargetName};
use tidegate_policy::plan::{Action, EcsServiceAction, Plan, SetDesiredCount, WarmUp};
use tidegate_policy::reason::{Alert, Explanation, Reason};
use tidegate_policy::record::{FailureClass, Figures, Outcome};
use tidegate_policy::units::{Count, Weight};
use tidegate_reconcile::report::{TargetReport, TargetResult};

use super::*;

/// A service at rest.
const QUIET: Figures = Figures {
    current: Count(4),
    desired: Count(4),
    max: Count(6),
    serving: Count(3),
    classes: BTreeMap::new(),
    lag_seconds: None,
    connections_percent: None,
    draining_for: None,
    in_transition_for: None,
    weights: Vec::new(),
};

/// A service whose plan told this, and whose actions came to this.
fn report(alert: Option<Reason>, outcomes: Vec<(Action, Outcome)>) -> TargetReport {
    let explanation = Explanation::new(Reason::WithinThresholds, "nothing asks for a change");
    let plan = Plan {
        target: TargetName::new("api"),
        decision: Decision {
            current: Count(4),
            recommended: Count(4),
            desired: Count(4),
            explanation,
            limited_by: None,
            next_eligible: None,
            ahead: None,
            on_paper: None,
            expected: None,
            recommendations: Vec::new(),
        },
        step: None,
        actions: outcomes.iter().map(|(action, _)| action.clone()).collect(),
        history: History::default(),
        write_ahead: false,
        alerts: alert.into_iter().map(|reason| Alert::new(None, Explanation::new(reason, "told"))).collect(),
        unjudged: Vec::new(),
        read: std::collections::BTreeMap::new(),
        evaluate_every: jiff::SignedDuration::from_mins(1),
        notes: Vec::new(),
    };
    TargetReport {
        target: TargetName::new("api"),
        result: TargetResult::Planned { plan: Box::new(plan), outcomes },
        activities: Vec::new(),
        figures: Some(QUIET),
        standing: Vec::new(),
        unpublished: None,
    }
}

fn with(figures: Figures) -> TargetReport {
    TargetReport { figures: Some(figures), ..report(None, Vec::new()) }
}

/// A replica target whose step was this.
fn stepped(reason: Reason) -> TargetReport {
    let mut target = report(None, Vec::new());
    let TargetResult::Planned { plan, .. } = &mut target.result else { unreachable!("as it was made") };
    plan.step = Some(Explanation::new(reason, "told"));
    target
}

fn not_looked_at(result: TargetResult) -> TargetReport {
    TargetReport { result, figures: None, ..report(None, Vec::new()) }
}

fn at() -> Timestamp {
    Timestamp::from_second(1_772_000_000).unwrap()
}

fn teller(published: PublishedMetrics) -> Teller<'static> {
    Teller {
        stage: "production",
        function: "tidegate-ecs-capacity",
        request_id: "r-1",
        policy: Some("4f1c2a9be07d"),
        published,
    }
}

/// Everything that is told of an attempt, the attempt's own line first.
fn lines(told: &Attempted<'_>) -> Vec<Value> {
    let report = told.report;
    let of_target = |target| target_line(&told.teller, report.at, report.dry_run, target);
    let targets = report.targets.iter().filter_map(of_target);
    std::iter::once(attempt_line(told)).chain(targets).chain(alert_lines(told)).collect()
}

fn all_lines(targets: Vec<TargetReport>, dry_run: bool, published: PublishedMetrics) -> Vec<Value> {
    let report = RunReport { at: at(), dry_run, targets };
    let calls = BTreeMap::from([("ECS.DescribeServices".to_owned(), 2), ("SSM.GetParameter".to_owned(), 1)]);
    let took = Duration::from_micros(12_345);
    let told =
        Attempted { teller: teller(published), woken_by: "schedule", report: &report, calls: &calls, took };
    lines(&told)
}

/// The line of the attempt, and the first of a target.
fn told(target: TargetReport, published: PublishedMetrics) -> (Value, Value) {
    let mut lines = all_lines(vec![target], false, published);
    let target = if lines.len() > 1 { lines.remove(1) } else { Value::Null };
    (lines.remove(0), target)
}

/// The metrics that a line publishes, each with its dimensions and its unit; every one of them is in it.
fn published(line: &Value) -> BTreeSet<(String, String, String)> {
    let mut names = BTreeSet::new();
    let Some(aws) = line.get("_aws") else { return names };
    assert_eq!(aws["Timestamp"], json!(at().as_millisecond()));
    let directives = aws["CloudWatchMetrics"].as_array().unwrap();
    assert!(!directives.is_empty(), "an `_aws` that publishes nothing: {line}");
    for directive in directives {
        assert_eq!(directive["Namespace"], "Tidegate");
        assert_eq!(directive["Dimensions"].as_array().unwrap().len(), 1);
        let dimensions = directive["Dimensions"][0].as_array().unwrap();
        let dimensions: Vec<_> = dimensions.iter().map(|name| name.as_str().unwrap()).collect();
        assert!(dimensions.iter().all(|name| line[*name].is_string()), "{dimensions:?}: {line}");
        for metric in directive["Metrics"].as_array().unwrap() {
            let text = |field: &str| metric[field].as_str().unwrap().to_owned();
            assert!(line[text("Name")].is_number(), "{metric}: {line}");
            assert!(names.insert((text("Name"), dimensions.join(" "), text("Unit"))), "twice: {line}");
        }
    }
    names
}

fn names(line: &Value) -> Vec<String> {
    published(line).into_iter().map(|(name, ..)| name).collect()
}

fn failed(class: FailureClass) -> Outcome {
    Outcome::Failed { class, message: "as AWS says".to_owned() }
}

fn desired() -> Action {
    Action::EcsService(EcsServiceAction::SetDesiredCount(SetDesiredCount {
        cluster: ClusterName::new("prod"),
        service: ServiceName::new("api"),
        from: Count(4),
        to: Count(6),
    }))
}

#[test]
fn what_is_set_up_so_that_it_cannot_be_scaled_fails_the_invocation() {
    for (reason, fails) in [
        (Reason::ServiceMissing, true),
        (Reason::ExternalController, true),
        (Reason::DaemonService, true),
        (Reason::ForeignDimension, true),
        (Reason::ReplicaFailed, true),
        (Reason::ReplicaNotServing, true),
        (Reason::CreationSlow, false),
        // Somebody deletes it on purpose, and it ends by itself.
        (Reason::ServiceNotActive, false),
        (Reason::TasksNotStarting, false),
        (Reason::RolloutFailed, false),
        (Reason::WarmUpFailed, false),
        (Reason::ForeignWrite, false),
        (Reason::SourceChanged, true),
    ] {
        let failure = failure(&report(Some(reason), Vec::new()));
        assert_eq!(failure.map(|why| why.reason), fails.then_some(reason));
    }
}

#[test]
fn an_order_that_was_not_taken_fails_the_invocation() {
    for reason in [Reason::OrderRefused, Reason::LeaseHeld] {
        let why = Explanation::new(reason, "send it again");
        let target = TargetReport {
            result: TargetResult::Failed(why.clone()),
            figures: None,
            ..report(None, Vec::new())
        };
        assert_eq!(failure(&target), Some(why));
    }
    let skipped = TargetResult::Skipped(Explanation::new(Reason::LeaseHeld, "another attempt is at work"));
    assert_eq!(failure(&TargetReport { result: skipped.clone(), ..report(None, Vec::new()) }), None);
    // Nobody outside is told what happened to a target that rests.
    let untold = Some("2 notices wait: no answer".to_owned());
    let told = failure(&TargetReport { result: skipped, unpublished: untold, ..report(None, Vec::new()) });
    assert_eq!(told.map(|why| why.to_string()), Some("publish_failed: 2 notices wait: no answer".to_owned()));
}

#[test]
fn a_warm_up_that_nobody_answered_fails_no_invocation_and_a_denied_change_does() {
    let warm = WarmUp { event: "launch".to_owned(), url: "https://example.com/".to_owned(), requests: 9 };
    let unanswered =
        vec![(Action::EcsService(EcsServiceAction::Warm(warm)), failed(FailureClass::RetryNextWake))];
    assert_eq!(failure(&report(None, unanswered)), None);
    let denied = vec![(desired(), failed(FailureClass::PersonNeeded))];
    assert_eq!(failure(&report(None, denied)).map(|why| why.reason), Some(Reason::CallFailed));
}

#[test]
fn the_line_of_a_target_with_a_forecast_says_what_both_would_have_cost() {
    let mut report = with(QUIET);
    let line = |report: &TargetReport| {
        let line = target_line(&teller(PublishedMetrics::Sparse), at(), false, report);
        line.unwrap().get("forecast_shadow").cloned()
    };
    let cost = |unit_minutes, violations| Cost { unit_minutes, violations };
    let scores = |days| Scores { days, ahead: cost(4_000.4, 3.0), rules: cost(5_000.0, 12.0) };
    for (days, expected) in [
        (0, None),
        (
            2,
            Some(
                json!({"days": 2, "unit_minutes": 4000.0, "violations": 3.0, "rules_unit_minutes": 5000.0, "rules_violations": 12.0}),
            ),
        ),
    ] {
        let TargetResult::Planned { plan, .. } = &mut report.result else { panic!("a plan") };
        plan.decision.on_paper = Some(scores(days));
        assert_eq!(line(&report), expected, "{days}");
    }
}

#[test]
fn the_line_of_a_service_has_its_figures_and_none_of_a_replica() {
    let target = report(None, vec![(desired(), Outcome::Applied { change: None })]);
    let report = RunReport { at: at(), dry_run: false, targets: vec![target] };
    let calls = BTreeMap::new();
    let told = Attempted {
        teller: teller(PublishedMetrics::Sparse),
        woken_by: "service_event",
        report: &report,
        calls: &calls,
        took: Duration::from_millis(12),
    };
    let line = &lines(&told)[1];
    assert_eq!((&line["Current"], &line["Desired"], &line["Serving"]), (&json!(4), &json!(4), &json!(3)));
    assert_eq!((&line["Actions"], &line["FailedActions"]), (&json!(1), &json!(0)));
    for of_replicas in ["ReplicaLag", "DrainTime", "ConnectionsUsed", "weights", "Holds"] {
        assert!(line.get(of_replicas).is_none(), "{line}");
    }
    assert_eq!(answer(&told)["targets"][0]["actions"][0]["action"], "desired count of prod/api: 4 -> 6");
}

/// A replica target of which everything is known.
fn eventful() -> Figures {
    Figures {
        lag_seconds: Some(0.25),
        connections_percent: Some(100.0 / 3.0),
        draining_for: Some(SignedDuration::from_secs(90)),
        in_transition_for: Some(SignedDuration::from_mins(5)),
        weights: vec![(SetId::new("tg-a"), Weight(64)), (SetId::new("tg-b"), Weight(16))],
        ..QUIET
    }
}

#[test]
fn the_lines_carry_every_value_whatever_is_published() {
    for mode in [PublishedMetrics::Sparse, PublishedMetrics::All] {
        let (attempt, target) = told(with(eventful()), mode);
        for (field, value) in [
            ("Stage", json!("production")),
            ("Function", json!("tidegate-ecs-capacity")),
            ("Attempts", json!(1)),
            ("FailedAttempts", json!(0)),
            ("PolicyErrors", json!(0)),
            ("FailedTargets", json!(0)),
            ("LeaseContention", json!(0)),
            ("StuckTransitions", json!(0)),
            ("DrainsCancelled", json!(0)),
            ("ApiCalls", json!(3)),
            ("Duration", json!(12.35)),
            ("requestId", json!("r-1")),
            ("level", json!("INFO")),
            ("message", json!("1 of 1 targets looked at, 0 failed")),
        ] {
            assert_eq!(attempt[field], value, "{mode:?} {field}");
        }
        for (field, value) in [
            ("Stage", json!("production")),
            ("Function", json!("tidegate-ecs-capacity")),
            ("Target", json!("api")),
            ("Reason", json!("within_thresholds")),
            ("message", json!("api: within_thresholds: nothing asks for a change")),
            ("Current", json!(4)),
            ("Desired", json!(4)),
            ("Serving", json!(3)),
            ("ReplicaLag", json!(0.25)),
            ("ConnectionsUsed", json!(33.33)),
            ("DrainTime", json!(90)),
            ("Holds", json!(1)),
            ("weights", json!("tg-a 64, tg-b 16")),
            ("requestId", json!("r-1")),
        ] {
            assert_eq!(target[field], value, "{mode:?} {field}");
        }
    }
}

#[test]
fn a_quiet_attempt_publishes_nothing_unless_all_is_asked_for() {
    // Rests, holds, drains, and is on its way: nothing that anybody must see.
    for figures in [QUIET, eventful()] {
        let lines = all_lines(vec![with(figures)], false, PublishedMetrics::Sparse);
        assert_eq!(lines.len(), 2);
        for line in lines {
            assert!(line.get("_aws").is_none(), "{line}");
        }
    }
    let skipped = TargetResult::Skipped(Explanation::new(Reason::NotDue, "not yet"));
    let (attempt, target) = told(not_looked_at(skipped.clone()), PublishedMetrics::Sparse);
    assert!(attempt.get("_aws").is_none() && target.is_null());
    let (attempt, _) = told(not_looked_at(skipped), PublishedMetrics::All);
    assert!(names(&attempt).contains(&"Attempts".to_owned()));
}

#[test]
fn every_metric_is_published_over_exactly_its_dimensions() {
    let mut all = BTreeSet::new();
    let standing = TargetReport { standing: vec![Reason::WritersFight], ..with(QUIET) };
    for targets in [
        vec![with(eventful())],
        vec![report(None, vec![(desired(), Outcome::AlreadySatisfied)])],
        vec![standing],
    ] {
        for line in all_lines(targets, false, PublishedMetrics::All) {
            all.extend(published(&line));
        }
    }
    let (stage, function) = ("Stage", "Function");
    let (target, reason) = ("Stage Target", "Stage Target Reason");
    let promised = [
        ("Actions", reason, "Count"),
        ("Alerts", "Stage Severity", "Count"),
        ("ApiCalls", function, "Count"),
        ("Attempts", function, "Count"),
        ("ConnectionsUsed", target, "Percent"),
        ("Current", target, "Count"),
        ("Desired", target, "Count"),
        ("DrainTime", target, "Seconds"),
        ("DrainsCancelled", stage, "Count"),
        ("Duration", function, "Milliseconds"),
        ("FailedActions", reason, "Count"),
        ("FailedAttempts", stage, "Count"),
        ("FailedTargets", stage, "Count"),
        ("Holds", reason, "Count"),
        ("LeaseContention", stage, "Count"),
        ("PolicyErrors", stage, "Count"),
        ("ReplicaLag", target, "Seconds"),
        ("Serving", target, "Count"),
        ("StuckTransitions", stage, "Count"),
    ];
    let promised = promised.map(|(name, over, unit)| (name.to_owned(), over.to_owned(), unit.to_owned()));
    assert_eq!(all, promised.into());
    let known: BTreeSet<_> = metrics::ALL.iter().map(|metric| metric.name).collect();
    assert_eq!(known, all.iter().map(|(name, ..)| name.as_str()).collect());
}

#[test]
fn alerts_are_counted_by_severity_while_they_stand_and_not_in_a_dry_run() {
    let standing = |reasons: &[Reason]| TargetReport { standing: reasons.to_vec(), ..with(QUIET) };
    let targets = || {
        vec![
            standing(&[Reason::WritersFight, Reason::ReplicaFailed]),
            standing(&[Reason::SourceMissing]),
            standing(&[]),
        ]
    };
    let lines = |dry_run| all_lines(targets(), dry_run, PublishedMetrics::Sparse);
    let counted: Vec<_> = lines(false)
        .iter()
        .filter(|line| line["Alerts"].is_number())
        .map(|line| (line["Severity"].clone(), line["Alerts"].clone(), line["message"].clone(), names(line)))
        .collect();
    let alerts = || vec!["Alerts".to_owned()];
    assert_eq!(
        counted,
        [
            (
                json!("critical"),
                json!(2),
                json!("critical alerts stand: api writers_fight, api source_missing"),
                alerts()
            ),
            (json!("warning"), json!(1), json!("warning alerts stand: api replica_failed"), alerts()),
        ]
    );
    assert!(lines(true).iter().all(|line| line.get("Alerts").is_none()));
}

#[test]
fn lag_and_connections_are_published_from_their_thresholds_on() {
    let lag = |seconds| Figures { lag_seconds: Some(seconds), ..QUIET };
    let used = |percent| Figures { connections_percent: Some(percent), ..QUIET };
    for (figures, expected) in [
        (lag(0.0), vec![]),
        (lag(0.999), vec![]),
        (lag(1.0), vec!["ReplicaLag"]),
        (used(0.0), vec![]),
        (used(49.99), vec![]),
        (used(50.0), vec!["ConnectionsUsed"]),
        (Figures { lag_seconds: Some(7.0), ..used(90.0) }, vec!["ConnectionsUsed", "ReplicaLag"]),
    ] {
        let (attempt, target) = told(with(figures.clone()), PublishedMetrics::Sparse);
        assert_eq!(names(&target), expected, "{figures:?}");
        assert!(attempt.get("_aws").is_none(), "{figures:?}");
        let (_, target) = told(with(figures), PublishedMetrics::All);
        let names = names(&target);
        assert!(
            ["Current", "Desired", "Serving", "Holds"].iter().all(|name| names.contains(&(*name).to_owned()))
        );
        assert_eq!(names.contains(&"ReplicaLag".to_owned()), target.get("ReplicaLag").is_some());
        assert_eq!(names.contains(&"ConnectionsUsed".to_owned()), target.get("ConnectionsUsed").is_some());
    }
}

#[test]
fn a_transition_is_stuck_once_it_is_older_than_an_hour() {
    let hour = SignedDuration::from_hours(1);
    for (lasts, stuck) in [
        (None, 0),
        (Some(SignedDuration::ZERO), 0),
        (Some(hour), 0),
        (Some(hour + SignedDuration::from_secs(1)), 1),
        (Some(hour * 30), 1),
    ] {
        let (attempt, target) =
            told(with(Figures { in_transition_for: lasts, ..QUIET }), PublishedMetrics::Sparse);
        assert_eq!(attempt["StuckTransitions"], stuck, "{lasts:?}");
        let expected: &[&str] = if stuck == 0 { &[] } else { &["StuckTransitions"] };
        assert_eq!(names(&attempt), expected, "{lasts:?}");
        assert!(target.get("_aws").is_none());
    }
}

#[test]
fn a_drain_that_is_taken_back_is_counted_once_and_not_in_a_dry_run() {
    for (reason, counted) in [
        (Reason::DrainCancelledLoad, 1),
        (Reason::DrainCancelledDeadline, 1),
        (Reason::DrainCancelledGuard, 1),
        (Reason::DeletionRefused, 1),
        (Reason::DrainStart, 0),
        (Reason::Removed, 0),
    ] {
        let (attempt, _) = told(stepped(reason), PublishedMetrics::Sparse);
        assert_eq!(attempt["DrainsCancelled"], counted, "{reason}");
        assert_eq!(names(&attempt).len(), counted, "{reason}");
        let dry = &all_lines(vec![stepped(reason)], true, PublishedMetrics::Sparse)[0];
        assert_eq!(dry["DrainsCancelled"], 0, "{reason}");
    }
    // What was not recorded is taken back once more by the next attempt.
    let mut unrecorded = stepped(Reason::DrainCancelledLoad);
    let TargetResult::Planned { plan, outcomes } = unrecorded.result else { unreachable!("as it was made") };
    let why = Explanation::new(Reason::LedgerFailed, "it cannot be reached");
    unrecorded.result = TargetResult::Unrecorded { plan, outcomes, why };
    let (attempt, _) = told(unrecorded, PublishedMetrics::Sparse);
    assert_eq!(attempt["DrainsCancelled"], 0);
    assert_eq!(names(&attempt), ["FailedAttempts", "FailedTargets"]);
}

#[test]
fn a_lease_that_another_attempt_holds_is_contention_and_a_failure_only_for_an_order() {
    let held = || Explanation::new(Reason::LeaseHeld, "another attempt is at work");
    let (attempt, _) = told(not_looked_at(TargetResult::Skipped(held())), PublishedMetrics::Sparse);
    assert_eq!((&attempt["LeaseContention"], &attempt["FailedTargets"]), (&json!(1), &json!(0)));
    assert_eq!(names(&attempt), ["LeaseContention"]);
    let (attempt, _) = told(not_looked_at(TargetResult::Failed(held())), PublishedMetrics::Sparse);
    assert_eq!(names(&attempt), ["FailedTargets", "LeaseContention"]);
    let observe = Explanation::new(Reason::ObserveFailed, "no answer");
    let (attempt, _) = told(not_looked_at(TargetResult::Failed(observe)), PublishedMetrics::Sparse);
    assert_eq!(names(&attempt), ["FailedAttempts", "FailedTargets"]);
}

#[test]
fn actions_are_published_where_there_were_any() {
    let applied = || (desired(), Outcome::Applied { change: None });
    let broken = || (desired(), failed(FailureClass::RetryNextWake));
    for (outcomes, expected) in [
        (vec![], vec![]),
        (vec![applied()], vec!["Actions"]),
        (vec![broken()], vec!["FailedActions"]),
        (vec![applied(), broken(), broken()], vec!["Actions", "FailedActions"]),
    ] {
        let tried = outcomes.len();
        let (attempt, target) = told(report(None, outcomes.clone()), PublishedMetrics::Sparse);
        assert_eq!(names(&target), expected);
        assert!(attempt.get("_aws").is_none(), "{attempt}");
        if tried > 0 {
            let sum = target["Actions"].as_u64().unwrap() + target["FailedActions"].as_u64().unwrap();
            assert_eq!(usize::try_from(sum).unwrap(), tried);
        }
        let dry = all_lines(vec![report(None, outcomes)], true, PublishedMetrics::All);
        for metric in ["Actions", "FailedActions", "Holds"] {
            assert!(dry[1].get(metric).is_none(), "a dry run makes nothing: {}", dry[1]);
        }
    }
}

#[test]
fn an_invocation_without_an_attempt_is_a_failed_one_and_a_policy_error_only_for_its_policy() {
    let calls = BTreeMap::from([("SSM.GetParameter".to_owned(), 3)]);
    for (policy_unusable, mode, expected) in [
        (true, PublishedMetrics::Sparse, vec!["FailedAttempts", "PolicyErrors"]),
        (false, PublishedMetrics::Sparse, vec!["FailedAttempts"]),
        (
            false,
            PublishedMetrics::All,
            vec!["ApiCalls", "Attempts", "Duration", "FailedAttempts", "PolicyErrors"],
        ),
    ] {
        let line = failed_line(&Ended {
            teller: teller(mode),
            at: at(),
            kind: "PolicyUnusable",
            said: "the policy cannot be read",
            policy_unusable,
            calls: &calls,
            took: Duration::from_millis(4),
        });
        assert_eq!(names(&line), expected);
        assert_eq!(line["PolicyErrors"], u64::from(policy_unusable));
        assert_eq!(
            (&line["Attempts"], &line["FailedAttempts"], &line["ApiCalls"]),
            (&json!(1), &json!(1), &json!(3))
        );
        assert_eq!((&line["errorType"], &line["level"]), (&json!("PolicyUnusable"), &json!("ERROR")));
        assert_eq!(
            (&line["Stage"], &line["message"]),
            (&json!("production"), &json!("the policy cannot be read"))
        );
    }
}
