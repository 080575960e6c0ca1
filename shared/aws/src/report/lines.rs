//! The lines of the log: one a target that was looked at, as soon as it is done, one an attempt, or one that says why it did not end.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tidegate_policy::forecast::shadow::Scores;
use tidegate_policy::names::SetId;
use tidegate_policy::record::Activity;
use tidegate_policy::severity::Severity;
use tidegate_policy::units::Weight;
use tidegate_reconcile::report::TargetReport;

use super::answer::{answer, planned, reason};
use super::emf::embed;
use super::failed_target::failure;
use super::{Attempted, Ended, Teller, metrics};

/// The one line of an invocation that ended before its attempt did: with what it cost so far, since that is where the time went.
pub fn failed_line(ended: &Ended<'_>) -> Value {
    let mut line = Map::new();
    line.insert("at".to_owned(), json!(ended.at));
    line.insert("errorType".to_owned(), ended.kind.into());
    line.insert("api_calls".to_owned(), json!(ended.calls));
    begin(&mut line, &ended.teller, true, ended.said.to_owned());
    embed(line, ended.at, metrics::of_ended(ended), ended.teller.published)
}

/// The line of the attempt, once all its targets are done.
pub fn attempt_line(told: &Attempted<'_>) -> Value {
    let reports = &told.report.targets;
    let failed = reports.iter().filter(|target| failure(target).is_some()).count();
    let looked = reports.iter().filter(|target| target.figures.is_some()).count();
    let Value::Object(mut line) = answer(told) else { return Value::Null };
    let targets = line.get_mut("targets").and_then(Value::as_array_mut).into_iter().flatten();
    for (target, report) in targets.zip(reports) {
        if let Value::Object(target) = target {
            target.insert("activities".to_owned(), report.activities.iter().map(activity).collect());
        }
    }
    let message = format!("{looked} of {} targets looked at, {failed} failed", reports.len());
    begin(&mut line, &told.teller, failed > 0, message);
    embed(line, told.report.at, metrics::of_attempt(told), told.teller.published)
}

/// A line for critical alerts and one for warnings, where any stand; none of a dry run.
pub fn alert_lines(told: &Attempted<'_>) -> Vec<Value> {
    if told.report.dry_run {
        return Vec::new();
    }
    let of_severity = |severity: Severity| {
        let targets = told.report.targets.iter();
        let each =
            targets.flat_map(|target| target.standing.iter().map(move |reason| (&target.target, *reason)));
        let standing: Vec<_> = each.filter(|(_, reason)| reason.severity() == severity).collect();
        if standing.is_empty() {
            return None;
        }
        let named: Vec<_> = standing.iter().map(|(target, reason)| format!("{target} {reason}")).collect();
        let mut line = Map::new();
        let message = format!("{severity} alerts stand: {}", named.join(", "));
        begin(&mut line, &told.teller, true, message);
        // The attempt itself went well.
        line.insert("level".to_owned(), "WARN".into());
        line.insert("Severity".to_owned(), severity.name().into());
        Some(embed(line, told.report.at, metrics::of_alerts(standing.len()), told.teller.published))
    };
    [Severity::Critical, Severity::Warning].into_iter().filter_map(of_severity).collect()
}

/// The line of a target, as soon as it is done; `None` of one that was left alone.
pub fn target_line(
    teller: &Teller<'_>,
    at: Timestamp,
    dry_run: bool,
    target: &TargetReport,
) -> Option<Value> {
    let (Some(figures), Some((plan, outcomes))) = (target.figures.as_ref(), planned(&target.result)) else {
        return unplanned_line(teller, at, dry_run, target);
    };
    let (reason, detail) = reason(plan);
    let failed = failure(target);
    let sentence = failed.as_ref().map_or_else(|| format!("{reason}: {detail}"), ToString::to_string);
    let mut line = Map::new();
    begin(&mut line, teller, failed.is_some(), format!("{}: {sentence}", target.target));
    line.insert("dry_run".to_owned(), dry_run.into());
    line.insert("Target".to_owned(), json!(target.target));
    line.insert("Reason".to_owned(), reason.code().into());
    if let Some(scores) = plan.decision.on_paper.filter(|scores| scores.days > 0) {
        line.insert("forecast_shadow".to_owned(), on_paper(&scores));
    }
    if !figures.weights.is_empty() {
        line.insert("weights".to_owned(), weights(&figures.weights).into());
    }
    let measured = metrics::of_target(figures, (!dry_run).then_some(outcomes));
    Some(embed(line, at, measured, teller.published))
}

/// The line of a target that failed before there was a plan: the command of an alert finds lines by their target.
fn unplanned_line(teller: &Teller<'_>, at: Timestamp, dry_run: bool, target: &TargetReport) -> Option<Value> {
    let failed = failure(target)?;
    let mut line = Map::new();
    begin(&mut line, teller, true, format!("{}: {failed}", target.target));
    line.insert("dry_run".to_owned(), dry_run.into());
    line.insert("Target".to_owned(), json!(target.target));
    line.insert("Reason".to_owned(), failed.reason.code().into());
    Some(embed(line, at, Vec::new(), teller.published))
}

/// What every line has.
fn begin(line: &mut Map<String, Value>, teller: &Teller<'_>, failed: bool, message: String) {
    line.insert("level".to_owned(), if failed { "ERROR" } else { "INFO" }.into());
    line.insert("message".to_owned(), message.into());
    line.insert("requestId".to_owned(), teller.request_id.into());
    line.insert("Stage".to_owned(), teller.stage.into());
    line.insert("Function".to_owned(), teller.function.into());
    if let Some(policy) = teller.policy {
        line.insert("policy".to_owned(), policy.into());
    }
}

fn activity(activity: &Activity) -> Value {
    json!({"kind": activity.kind.name(), "reason": activity.reason.code(), "detail": activity.detail})
}

/// What the days before would have cost on paper: unit-minutes, and minutes of shortage.
fn on_paper(scores: &Scores) -> Value {
    json!({
        "days": scores.days,
        "unit_minutes": scores.ahead.unit_minutes.round(),
        "violations": scores.ahead.violations,
        "rules_unit_minutes": scores.rules.unit_minutes.round(),
        "rules_violations": scores.rules.violations,
    })
}

/// As `tg-a 64, tg-b 16`: text, so that a table of the log shows it in one column however many records there are.
fn weights(weights: &[(SetId, Weight)]) -> String {
    let each: Vec<_> = weights.iter().map(|(set_id, weight)| format!("{set_id} {weight}")).collect();
    each.join(", ")
}
