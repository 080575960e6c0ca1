//! What an attempt tells: an answer for who invoked it, and structured lines that are its log and its metrics in one.
//!
//! The lines are in the embedded metric format (EMF): CloudWatch Logs makes metrics of what `_aws` names, without a call or a permission.
//! Written by hand: the format is one object, and a crate for it would bring more than it saves.
//!
//! | metric | dimensions | unit |
//! |---|---|---|
//! | `Attempts`, `FailedAttempts`, `FailedTargets`, `ApiCalls` | `Function` | Count |
//! | `Duration` | `Function` | Milliseconds |
//! | `Current`, `Desired`, `Serving` | `Function`, `Target` | Count |
//! | `ReplicaLag`, `DrainTime` | `Function`, `Target` | Seconds |
//! | `Actions`, `FailedActions`, `Holds` | `Function`, `Target`, `Reason` | Count |
//!
//! A target that was not looked at has no line: its metrics are as sparse as its evaluations.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tidegate_policy::plan::{Action, Plan};
use tidegate_policy::reason::{Explanation, Reason};
use tidegate_policy::record::{Activity, FailureClass, Outcome};
use tidegate_reconcile::report::{RunReport, TargetReport, TargetResult};

/// The CloudWatch namespace of all metrics.
pub const NAMESPACE: &str = "Tidegate";

/// One attempt, and what it took.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The function's name.
    pub function: &'a str,
    /// The invocation.
    pub request_id: &'a str,
    /// What woke it, as `schedule`.
    pub woken_by: &'a str,
    /// What it did.
    pub report: &'a RunReport,
    /// Calls by service and operation.
    pub calls: &'a BTreeMap<String, u64>,
    /// From the event to here.
    pub took: Duration,
}

/// What the invocation answers.
pub fn answer(told: &Told<'_>) -> Value {
    let targets: Vec<_> = told.report.targets.iter().map(target_answer).collect();
    json!({
        "at": told.report.at,
        "dry_run": told.report.dry_run,
        "woken_by": told.woken_by,
        "targets": targets,
        "api_calls": told.calls,
    })
}

/// Alerts that only a change of the policy or of the account's set-up ends. An invocation that meets one fails, so that it is found out
/// before capacity is needed.
///
/// `service_not_active` is not among them: somebody is deleting the service on purpose, or replaces it under its name, and it ends by itself.
/// Either the service is back, or ECS forgets it, and `service_missing` is.
const MISCONFIGURED: [Reason; 12] = [
    Reason::SourceMissing,
    Reason::SourceWithoutBackups,
    Reason::EngineMismatch,
    Reason::ReaderNameConflict,
    Reason::ServiceMissing,
    Reason::ExternalController,
    Reason::DaemonService,
    Reason::ForeignDimension,
    Reason::GroupMissing,
    Reason::NotAGroup,
    Reason::ClusterModeMismatch,
    Reason::NodeTypeUnreachable,
];

/// Why the target failed, if it did: it could not be looked at, changed or recorded, or is set up so that it cannot be scaled.
///
/// A call that only a person can help is a failure too: an attempt whose every change is denied must not look like one that rests.
pub fn failure(target: &TargetReport) -> Option<Explanation> {
    match &target.result {
        TargetResult::Failed(why) | TargetResult::Unrecorded { why, .. } => Some(why.clone()),
        TargetResult::Planned { plan, outcomes } => {
            let alerts = plan.alerts.iter().map(|alert| &alert.explanation);
            let mut misconfigured = alerts.filter(|why| MISCONFIGURED.contains(&why.reason));
            misconfigured.next().cloned().or_else(|| outcomes.iter().find_map(refused))
        }
        TargetResult::Skipped(_) => None,
    }
}

/// The call that was refused until a person acts.
fn refused((action, outcome): &(Action, Outcome)) -> Option<Explanation> {
    match outcome {
        Outcome::Failed { class: FailureClass::PersonNeeded, message } => {
            Some(Explanation::new(Reason::CallFailed, format!("{action}: {message}")))
        }
        _ => None,
    }
}

/// The one line of an invocation that ended before its attempt did: with what it cost so far, since that is where the time went.
pub fn failed_line(
    function: &str,
    request_id: &str,
    at: Timestamp,
    error: (&str, &str),
    calls: &BTreeMap<String, u64>,
    took: Duration,
) -> Value {
    let (kind, said) = error;
    let mut line = Map::new();
    line.insert("at".to_owned(), json!(at));
    line.insert("level".to_owned(), "ERROR".into());
    line.insert("message".to_owned(), said.into());
    line.insert("errorType".to_owned(), kind.into());
    line.insert("requestId".to_owned(), request_id.into());
    line.insert("api_calls".to_owned(), json!(calls));
    let metrics = [
        Metric::count("Attempts", 1),
        Metric::count("FailedAttempts", 1),
        Metric::count("ApiCalls", calls.values().sum()),
        Metric { name: "Duration", unit: "Milliseconds", value: json!(millis(took)) },
    ];
    emf(line, at, &[("Function", function.into())], vec![(&["Function"], metrics.into())])
}

/// One line for the attempt, then one for each target that was looked at.
pub fn lines(told: &Told<'_>) -> Vec<Value> {
    let mut lines = vec![attempt_line(told)];
    lines.extend(told.report.targets.iter().filter_map(|target| target_line(told, target)));
    lines
}

fn attempt_line(told: &Told<'_>) -> Value {
    let failed = told.report.targets.iter().filter(|target| failure(target).is_some()).count();
    let targets = told.report.targets.len();
    let looked = told.report.targets.iter().filter(|target| target.figures.is_some()).count();
    let Value::Object(mut line) = answer(told) else { return Value::Null };
    for (target, report) in
        line.get_mut("targets").and_then(Value::as_array_mut).into_iter().flatten().zip(&told.report.targets)
    {
        if let Value::Object(target) = target {
            target.insert("activities".to_owned(), report.activities.iter().map(activity).collect());
        }
    }
    line.insert("level".to_owned(), if failed == 0 { "INFO" } else { "ERROR" }.into());
    line.insert(
        "message".to_owned(),
        format!("{looked} of {targets} targets looked at, {failed} failed").into(),
    );
    line.insert("requestId".to_owned(), told.request_id.into());
    let metrics = [
        Metric::count("Attempts", 1),
        Metric::count("FailedTargets", failed as u64),
        Metric::count("ApiCalls", told.calls.values().sum()),
        Metric { name: "Duration", unit: "Milliseconds", value: json!(millis(told.took)) },
    ];
    emf(line, told.report.at, &[("Function", told.function.into())], vec![(&["Function"], metrics.into())])
}

fn target_line(told: &Told<'_>, target: &TargetReport) -> Option<Value> {
    let figures = target.figures?;
    let (plan, outcomes) = planned(&target.result)?;
    let mut about = vec![
        Metric::count("Current", figures.current.0.into()),
        Metric::count("Desired", figures.desired.0.into()),
        Metric::count("Serving", figures.serving.0.into()),
    ];
    if let Some(lag) = figures.lag_seconds {
        about.push(Metric { name: "ReplicaLag", unit: "Seconds", value: json!(lag) });
    }
    if let Some(draining) = figures.draining_for {
        about.push(Metric { name: "DrainTime", unit: "Seconds", value: json!(draining.as_secs()) });
    }
    let made = outcomes
        .iter()
        .filter(|(_, outcome)| matches!(outcome, Outcome::Applied { .. } | Outcome::AlreadySatisfied));
    let (made, tried) = (made.count() as u64, outcomes.len() as u64);
    let mut by_reason = Vec::new();
    if told.report.dry_run {
        // Nothing was to be made: neither an action nor a hold.
    } else if tried == 0 {
        by_reason.push(Metric::count("Holds", 1));
    } else {
        by_reason.push(Metric::count("Actions", made));
        by_reason.push(Metric::count("FailedActions", tried - made));
    }
    let reason = reason(plan).0;
    let dimensions = [
        ("Function", told.function.into()),
        ("Target", target.target.to_string()),
        ("Reason", reason.code().to_owned()),
    ];
    let mut line = Map::new();
    let failed = failure(target);
    line.insert("level".to_owned(), if failed.is_none() { "INFO" } else { "ERROR" }.into());
    let sentence = failed.map_or_else(|| reason_sentence(plan), |why| why.to_string());
    line.insert("message".to_owned(), format!("{}: {sentence}", target.target).into());
    line.insert("dry_run".to_owned(), told.report.dry_run.into());
    line.insert("requestId".to_owned(), told.request_id.into());
    let directives: Vec<(&[&str], _)> =
        vec![(&["Function", "Target"], about), (&["Function", "Target", "Reason"], by_reason)];
    Some(emf(line, told.report.at, &dimensions, directives))
}

/// One metric of a line.
struct Metric {
    name: &'static str,
    unit: &'static str,
    value: Value,
}

impl Metric {
    fn count(name: &'static str, value: u64) -> Self {
        Self { name, unit: "Count", value: json!(value) }
    }
}

/// Adds the dimensions, the metrics and the directives that name them.
fn emf(
    mut line: Map<String, Value>,
    at: Timestamp,
    dimensions: &[(&str, String)],
    directives: Vec<(&[&str], Vec<Metric>)>,
) -> Value {
    let mut named = Vec::new();
    for (over, metrics) in directives.into_iter().filter(|(_, metrics)| !metrics.is_empty()) {
        let names: Vec<_> =
            metrics.iter().map(|metric| json!({"Name": metric.name, "Unit": metric.unit})).collect();
        named.push(json!({"Namespace": NAMESPACE, "Dimensions": [over], "Metrics": names}));
        for metric in metrics {
            line.insert(metric.name.to_owned(), metric.value);
        }
    }
    for (name, value) in dimensions {
        line.insert((*name).to_owned(), Value::from(value.as_str()));
    }
    line.insert("timestamp".to_owned(), json!(at));
    let aws = json!({"Timestamp": at.as_millisecond(), "CloudWatchMetrics": named});
    line.insert("_aws".to_owned(), aws);
    Value::Object(line)
}

fn target_answer(target: &TargetReport) -> Value {
    let (result, why) = match &target.result {
        TargetResult::Skipped(why) => ("skipped", Some(why)),
        TargetResult::Planned { .. } => ("planned", None),
        TargetResult::Unrecorded { why, .. } => ("unrecorded", Some(why)),
        TargetResult::Failed(why) => ("failed", Some(why)),
    };
    let mut said = Map::new();
    said.insert("target".to_owned(), json!(target.target));
    said.insert("result".to_owned(), result.into());
    if let Some((plan, outcomes)) = planned(&target.result) {
        let decision = &plan.decision;
        said.insert("current".to_owned(), decision.current.0.into());
        said.insert("desired".to_owned(), decision.desired.0.into());
        said.insert("decision".to_owned(), decision.explanation.to_string().into());
        if let Some(step) = &plan.step {
            said.insert("step".to_owned(), step.to_string().into());
        }
        said.insert("actions".to_owned(), actions(plan, outcomes));
        let alerts: Vec<_> = plan.alerts.iter().map(|alert| alert.explanation.to_string()).collect();
        if !alerts.is_empty() {
            said.insert("alerts".to_owned(), json!(alerts));
        }
    }
    let (reason, detail) = match (why, planned(&target.result)) {
        (Some(why), _) => (why.reason, why.detail.clone()),
        (None, Some((plan, _))) => reason(plan),
        (None, None) => return Value::Object(said),
    };
    said.insert("reason".to_owned(), reason.code().into());
    said.insert("detail".to_owned(), detail.into());
    Value::Object(said)
}

/// Every action of the plan, with what became of it: nothing yet in a dry run, or after one that was stale.
fn actions(plan: &Plan, outcomes: &[(Action, Outcome)]) -> Value {
    let each = plan.actions.iter().enumerate().map(|(nth, action)| {
        let outcome =
            outcomes.get(nth).map_or_else(|| "not made".to_owned(), |(_, outcome)| outcome.to_string());
        json!({"action": action.to_string(), "outcome": outcome})
    });
    each.collect()
}

fn activity(activity: &Activity) -> Value {
    json!({"kind": activity.kind.name(), "reason": activity.reason.code(), "detail": activity.detail})
}

fn planned(result: &TargetResult) -> Option<(&Plan, &[(Action, Outcome)])> {
    match result {
        TargetResult::Planned { plan, outcomes } | TargetResult::Unrecorded { plan, outcomes, .. } => {
            Some((plan, outcomes))
        }
        TargetResult::Skipped(_) | TargetResult::Failed(_) => None,
    }
}

/// What a plan is about: its step, or else why it holds.
fn reason(plan: &Plan) -> (Reason, String) {
    let why = plan.step.as_ref().unwrap_or(&plan.decision.explanation);
    (why.reason, why.detail.clone())
}

fn reason_sentence(plan: &Plan) -> String {
    let (reason, detail) = reason(plan);
    format!("{reason}: {detail}")
}

/// Milliseconds with two decimals: what is measured is coarser than more.
fn millis(took: Duration) -> f64 {
    (took.as_secs_f64() * 100_000.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use tidegate_policy::decide::Decision;
    use tidegate_policy::history::History;
    use tidegate_policy::names::{ClusterName, ServiceName, TargetName};
    use tidegate_policy::plan::{SetDesiredCount, WarmUp};
    use tidegate_policy::reason::Alert;
    use tidegate_policy::record::Figures;
    use tidegate_policy::units::Count;

    use super::*;

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
                recommendations: Vec::new(),
            },
            step: None,
            actions: outcomes.iter().map(|(action, _)| action.clone()).collect(),
            history: History::default(),
            write_ahead: false,
            alerts: alert
                .into_iter()
                .map(|reason| Alert { key: None, explanation: Explanation::new(reason, "told") })
                .collect(),
            notes: Vec::new(),
        };
        let figures = Figures {
            current: Count(4),
            desired: Count(4),
            serving: Count(3),
            lag_seconds: None,
            draining_for: None,
        };
        TargetReport {
            target: TargetName::new("api"),
            result: TargetResult::Planned { plan: Box::new(plan), outcomes },
            activities: Vec::new(),
            figures: Some(figures),
        }
    }

    fn failed(class: FailureClass) -> Outcome {
        Outcome::Failed { class, message: "as AWS says".to_owned() }
    }

    fn desired() -> Action {
        Action::SetDesiredCount(SetDesiredCount {
            cluster: ClusterName::new("prod"),
            service: ServiceName::new("api"),
            from: Count(4),
            to: Count(6),
        })
    }

    #[test]
    fn what_is_set_up_so_that_it_cannot_be_scaled_fails_the_invocation() {
        for (reason, fails) in [
            (Reason::ServiceMissing, true),
            (Reason::ExternalController, true),
            (Reason::DaemonService, true),
            (Reason::ForeignDimension, true),
            // Somebody deletes it on purpose, and it ends by itself.
            (Reason::ServiceNotActive, false),
            (Reason::TasksNotStarting, false),
            (Reason::RolloutFailed, false),
            (Reason::WarmUpFailed, false),
            (Reason::ForeignWrite, false),
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
        let skipped =
            TargetResult::Skipped(Explanation::new(Reason::LeaseHeld, "another attempt is at work"));
        assert_eq!(failure(&TargetReport { result: skipped, ..report(None, Vec::new()) }), None);
    }

    #[test]
    fn a_warm_up_that_nobody_answered_fails_no_invocation_and_a_denied_change_does() {
        let warm = WarmUp { event: "launch".to_owned(), url: "https://example.com/".to_owned(), requests: 9 };
        let unanswered = vec![(Action::Warm(warm), failed(FailureClass::RetryNextWake))];
        assert_eq!(failure(&report(None, unanswered)), None);
        let denied = vec![(desired(), failed(FailureClass::PersonNeeded))];
        assert_eq!(failure(&report(None, denied)).map(|why| why.reason), Some(Reason::CallFailed));
    }

    #[test]
    fn the_line_of_a_service_has_its_figures_and_none_of_a_replica() {
        let target = report(None, vec![(desired(), Outcome::Applied { change: None })]);
        let at = Timestamp::from_second(1_772_000_000).unwrap();
        let run = RunReport { at, dry_run: false, targets: vec![target] };
        let calls = BTreeMap::new();
        let told = Told {
            function: "ecs-capacity",
            request_id: "r-1",
            woken_by: "service_event",
            report: &run,
            calls: &calls,
            took: Duration::from_millis(12),
        };
        let lines = lines(&told);
        let line = &lines[1];
        assert_eq!((&line["Current"], &line["Desired"], &line["Serving"]), (&json!(4), &json!(4), &json!(3)));
        assert_eq!((&line["Actions"], &line["FailedActions"]), (&json!(1), &json!(0)));
        assert!(line.get("ReplicaLag").is_none() && line.get("DrainTime").is_none());
        let action = &answer(&told)["targets"][0]["actions"][0];
        assert_eq!(action["action"], "desired count of prod/api: 4 -> 6");
    }
}
