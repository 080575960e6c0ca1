//! The answer of an invocation: what was decided, done and told of each target.

use serde_json::{Map, Value, json};
use tidegate_policy::plan::{Action, Plan};
use tidegate_policy::reason::Reason;
use tidegate_policy::record::Outcome;
use tidegate_reconcile::report::{TargetReport, TargetResult};

use super::Attempted;

/// What the invocation answers.
pub fn answer(told: &Attempted<'_>) -> Value {
    let targets: Vec<_> = told.report.targets.iter().map(target_answer).collect();
    json!({
        "at": told.report.at,
        "dry_run": told.report.dry_run,
        "woken_by": told.woken_by,
        "targets": targets,
        "api_calls": told.calls,
    })
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

pub(super) fn planned(result: &TargetResult) -> Option<(&Plan, &[(Action, Outcome)])> {
    match result {
        TargetResult::Planned { plan, outcomes } | TargetResult::Unrecorded { plan, outcomes, .. } => {
            Some((plan, outcomes))
        }
        TargetResult::Skipped(_) | TargetResult::Failed(_) => None,
    }
}

/// What a plan is about: its step, or else why it holds.
pub(super) fn reason(plan: &Plan) -> (Reason, String) {
    let why = plan.step.as_ref().unwrap_or(&plan.decision.explanation);
    (why.reason, why.detail.clone())
}
