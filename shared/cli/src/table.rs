//! The summary: what a run cost and what it bought, one column a target.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use tidegate_simulator::document::Document;

/// A measure: its name, what it counts, and its value.
type Measure = (&'static str, &'static str, fn(&Document) -> String);

const MEASURES: [Measure; 7] = [
    ("violation minutes", "demand above 85% of capacity", |d| d.violation_minutes.to_string()),
    ("severe minutes", "demand above capacity", |d| d.severe_minutes.to_string()),
    ("unit-hours", "replicas or tasks billed, start to end", |d| format!("{:.1}", d.unit_hours)),
    ("actions", "changes of capacity decided", |d| d.actions.to_string()),
    ("reversals", "actions undone within 60 minutes", |d| d.reversals.to_string()),
    ("invariant breaches", "anything but 0 is a defect", |d| d.invariant_violations.to_string()),
    ("API calls", "all operations", |d| d.api_calls.values().sum::<u64>().to_string()),
];

/// The table, without a newline at the end.
pub(crate) fn summary(documents: &[&Document]) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    let mut header = vec![String::new()];
    header.extend(documents.iter().map(|document| document.target.clone()));
    header.push("what it counts".to_owned());
    table.set_header(header);
    for (name, meaning, value) in MEASURES {
        let mut row = vec![name.to_owned()];
        row.extend(documents.iter().map(|document| value(document)));
        row.push(meaning.to_owned());
        table.add_row(row);
    }
    for column in 1..=documents.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_a_target() {
        let simulation = crate::fixture::simulation();
        insta::assert_snapshot!(summary(&[&simulation.document]), @r"
        ┌────────────────────┬────────────────┬────────────────────────────────────────┐
        │                    ┆ orders-readers ┆ what it counts                         │
        ╞════════════════════╪════════════════╪════════════════════════════════════════╡
        │ violation minutes  ┆            376 ┆ demand above 85% of capacity           │
        │ severe minutes     ┆            262 ┆ demand above capacity                  │
        │ unit-hours         ┆           47.3 ┆ replicas or tasks billed, start to end │
        │ actions            ┆              7 ┆ changes of capacity decided            │
        │ reversals          ┆              1 ┆ actions undone within 60 minutes       │
        │ invariant breaches ┆              0 ┆ anything but 0 is a defect             │
        │ API calls          ┆           3751 ┆ all operations                         │
        └────────────────────┴────────────────┴────────────────────────────────────────┘
        ");
    }
}
