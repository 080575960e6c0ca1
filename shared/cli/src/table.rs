//! The summary: what a run cost and what it bought; of one target a row a measure, of an account a row a target.

use std::collections::BTreeMap;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use tidegate_simulator::document::{AccountDocument, Document, ScalerDocument};

/// A measure: its name, what it counts, and its value.
type Measure = (&'static str, &'static str, fn(&Document) -> String);

/// The measure that is split by cause.
const VIOLATIONS: &str = "violation minutes";

const MEASURES: [Measure; 7] = [
    (VIOLATIONS, "demand above 85% of capacity", |d| d.violation_minutes.to_string()),
    ("severe minutes", "demand above capacity", |d| d.severe_minutes.to_string()),
    ("unit-hours", "replicas, tasks or nodes billed", |d| format!("{:.1}", d.unit_hours)),
    ("actions", "changes of capacity decided", |d| d.actions.to_string()),
    ("reversals", "actions undone within 60 minutes", |d| d.reversals.to_string()),
    ("invariant breaches", "anything but 0 is a defect", |d| d.invariant_violations.to_string()),
    ("API calls", "all operations", |d| d.api_calls.values().sum::<u64>().to_string()),
];

/// The table of one target, without a newline at the end.
pub(crate) fn summary(document: &Document) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(["", &document.target, "what it counts"]);
    for (name, meaning, value) in MEASURES {
        table.add_row([name.to_owned(), value(document), meaning.to_owned()]);
        if name == VIOLATIONS {
            for (cause, minutes) in document.violation_causes.there() {
                table.add_row([
                    format!("- {}", cause.name()),
                    minutes.to_string(),
                    cause.meaning().to_owned(),
                ]);
            }
        }
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

/// The table of an account, without a newline at the end: a row a target, by scaler, and what all of them come to.
pub(crate) fn account(account: &AccountDocument, documents: &[&Document]) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header([
        "scaler and\nits targets",
        "viol.\nmin.",
        "severe\nmin.",
        "unit-\nhours",
        "actions",
        "re-\nversals",
        "breaches",
        "API\ncalls",
    ]);
    for scaler in &account.scalers {
        let mine = |document: &&&Document| scaler.targets.contains(&document.target);
        for (place, document) in documents.iter().filter(mine).enumerate() {
            // Targets of one kind share their calls.
            let first = place == 0;
            let name = format!("  {}", document.target);
            let name = if first { format!("{}\n{name}", scaler.kind) } else { name };
            let calls = if first { count(&scaler.api_calls) } else { "shared".to_owned() };
            let below = |value: String| if first { format!("\n{value}") } else { value };
            let row = [
                document.violation_minutes.to_string(),
                document.severe_minutes.to_string(),
                format!("{:.1}", document.unit_hours),
                document.actions.to_string(),
                document.reversals.to_string(),
                document.invariant_violations.to_string(),
                calls,
            ];
            table.add_row(std::iter::once(name).chain(row.map(below)));
        }
    }
    let sum = |value: fn(&ScalerDocument) -> u64| account.scalers.iter().map(value).sum::<u64>().to_string();
    table.add_row([
        format!("all {} targets", documents.len()),
        sum(|scaler| scaler.violation_minutes),
        sum(|scaler| scaler.severe_minutes),
        format!("{:.1}", account.scalers.iter().map(|scaler| scaler.unit_hours).sum::<f64>()),
        sum(|scaler| scaler.actions),
        sum(|scaler| scaler.reversals),
        sum(|scaler| scaler.invariant_violations),
        count(&account.api_calls),
    ]);
    for column in 1..8 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    format!(
        "{table}\nViolation: demand above 85% of capacity; severe: above all of it.\nUnit-hours are replicas, tasks and nodes billed; a breach of an invariant is a defect."
    )
}

fn count(api_calls: &BTreeMap<String, u64>) -> String {
    api_calls.values().sum::<u64>().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_a_target_and_one_for_all() {
        let mut simulations = crate::fixture::account::simulations();
        // Two targets of one kind share a scaler and its calls.
        let mut second = simulations.targets[1].document.clone();
        second.target = "workers".to_owned();
        let scaler = &mut simulations.account.scalers[1];
        scaler.targets.push(second.target.clone());
        scaler.unit_hours += second.unit_hours;
        scaler.violation_minutes += second.violation_minutes;
        scaler.severe_minutes += second.severe_minutes;
        scaler.actions += second.actions;
        let mut documents: Vec<&Document> = simulations.targets.iter().map(|one| &one.document).collect();
        documents.push(&second);
        insta::assert_snapshot!(account(&simulations.account, &documents), @"
        ┌──────────────────┬───────┬────────┬───────┬─────────┬─────────┬──────────┬────────┐
        │ scaler and       ┆ viol. ┆ severe ┆ unit- ┆ actions ┆     re- ┆ breaches ┆    API │
        │ its targets      ┆  min. ┆   min. ┆ hours ┆         ┆ versals ┆          ┆  calls │
        ╞══════════════════╪═══════╪════════╪═══════╪═════════╪═════════╪══════════╪════════╡
        │ rds-replicas     ┆       ┆        ┆       ┆         ┆         ┆          ┆        │
        │   orders-readers ┆   376 ┆    262 ┆  47.3 ┆       7 ┆       1 ┆        0 ┆   3751 │
        │ ecs-service      ┆       ┆        ┆       ┆         ┆         ┆          ┆        │
        │   api            ┆    12 ┆      4 ┆ 130.5 ┆      22 ┆       0 ┆        0 ┆    382 │
        │   workers        ┆    12 ┆      4 ┆ 130.5 ┆      22 ┆       0 ┆        0 ┆ shared │
        │ redis-nodes      ┆       ┆        ┆       ┆         ┆         ┆          ┆        │
        │   sessions       ┆    20 ┆      6 ┆  61.5 ┆       5 ┆       0 ┆        0 ┆    362 │
        │ all 4 targets    ┆   420 ┆    276 ┆ 369.8 ┆      56 ┆       1 ┆        0 ┆   4495 │
        └──────────────────┴───────┴────────┴───────┴─────────┴─────────┴──────────┴────────┘
        Violation: demand above 85% of capacity; severe: above all of it.
        Unit-hours are replicas, tasks and nodes billed; a breach of an invariant is a defect.
        ");
    }

    #[test]
    fn a_row_a_measure() {
        let simulation = crate::fixture::simulation();
        insta::assert_snapshot!(summary(&simulation.document), @r"
        ┌───────────────────────────┬────────────────┬──────────────────────────────────┐
        │                           ┆ orders-readers ┆ what it counts                   │
        ╞═══════════════════════════╪════════════════╪══════════════════════════════════╡
        │ violation minutes         ┆            376 ┆ demand above 85% of capacity     │
        │ - catching up and ramping ┆            226 ┆ enough are up, not at full share │
        │ - creating                ┆            150 ┆ enough ordered, being created    │
        │ severe minutes            ┆            262 ┆ demand above capacity            │
        │ unit-hours                ┆           47.3 ┆ replicas, tasks or nodes billed  │
        │ actions                   ┆              7 ┆ changes of capacity decided      │
        │ reversals                 ┆              1 ┆ actions undone within 60 minutes │
        │ invariant breaches        ┆              0 ┆ anything but 0 is a defect       │
        │ API calls                 ┆           3751 ┆ all operations                   │
        └───────────────────────────┴────────────────┴──────────────────────────────────┘
        ");
    }
}
