//! The summary: what a run cost and what it bought; of one target a row a measure, of an account the rules and the forecast of each target.

use std::collections::BTreeMap;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use tidegate_simulator::document::{Document, Simulations};

use crate::beside::{Beside, Both, Sum, percent};

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

/// The table of rules and forecast beside each other, without a newline at the end: two rows a target, and two for all of them.
pub(crate) fn beside(beside: &Beside<'_>) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(["target", "short", "severe", "changes", "unit-hours", "against"]);
    let each = || beside.each();
    for Both { rules, ahead } in each() {
        let of = |document| Sum::of(std::iter::once(document));
        table.add_row(rows(&rules.target, &of(rules), ahead.map(of).as_ref()));
    }
    let (all, all_ahead) = beside.totals();
    table.add_row(rows(&format!("all {} targets", each().count()), &all, Some(&all_ahead)));
    for column in 1..6 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let account = |simulations: &Simulations| {
        let account = &simulations.account;
        let breaches: u64 = account.scalers.iter().map(|scaler| scaler.invariant_violations).sum();
        format!("{} calls, {breaches} breaches of an invariant", count(&account.api_calls))
    };
    let mut lines = vec![
        table.to_string(),
        "Short: minutes with demand above 85% of capacity; severe: above all of it.".to_owned(),
        "Unit-hours: replicas, tasks and nodes billed. A breach is a defect.".to_owned(),
    ];
    lines.extend(beside.without());
    lines.push(format!("The rules alone: {}.", account(beside.rules)));
    lines.push(format!("With a forecast: {}.", account(beside.ahead)));
    lines.join("\n")
}

/// The rows of one name as one, so that no line parts them.
fn rows(name: &str, rules: &Sum, ahead: Option<&Sum>) -> [String; 6] {
    let sums = || std::iter::once(rules).chain(ahead);
    let below = |value: &dyn Fn(&Sum) -> String| {
        let values: Vec<String> = sums().map(value).collect();
        format!("\n{}", values.join("\n"))
    };
    let names = if ahead.is_some() { "  the rules alone\n  with a forecast" } else { "  the rules alone" };
    let against = ahead.and_then(|ahead| percent(ahead.unit_hours, rules.unit_hours));
    [
        format!("{name}\n{names}"),
        below(&|sum| format!("{}m", sum.short)),
        below(&|sum| format!("{}m", sum.severe)),
        below(&|sum| sum.changes.to_string()),
        below(&|sum| format!("{:.1}", sum.unit_hours)),
        against.map_or_else(String::new, |against| format!("\n\n{against}")),
    ]
}

fn count(api_calls: &BTreeMap<String, u64>) -> String {
    api_calls.values().sum::<u64>().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_rows_a_target_and_two_for_all() {
        let (rules, ahead, targets) = crate::beside::tests::days(20);
        let table = beside(&Beside { rules: &rules, ahead: &ahead, targets: &targets });
        assert!(table.lines().all(|line| line.chars().count() <= 80));
        insta::assert_snapshot!(table, @"
        ┌───────────────────┬───────┬────────┬─────────┬────────────┬─────────┐
        │ target            ┆ short ┆ severe ┆ changes ┆ unit-hours ┆ against │
        ╞═══════════════════╪═══════╪════════╪═════════╪════════════╪═════════╡
        │ orders-readers    ┆       ┆        ┆         ┆            ┆         │
        │   the rules alone ┆  376m ┆   262m ┆       7 ┆       47.3 ┆         │
        │   with a forecast ┆   20m ┆   262m ┆       7 ┆       49.1 ┆     +4% │
        │ api               ┆       ┆        ┆         ┆            ┆         │
        │   the rules alone ┆   12m ┆     4m ┆      22 ┆      130.5 ┆         │
        │   with a forecast ┆   12m ┆     4m ┆      22 ┆      130.5 ┆      0% │
        │ sessions          ┆       ┆        ┆         ┆            ┆         │
        │   the rules alone ┆   20m ┆     6m ┆       5 ┆       61.5 ┆         │
        │ all 3 targets     ┆       ┆        ┆         ┆            ┆         │
        │   the rules alone ┆  408m ┆   272m ┆      34 ┆      239.3 ┆         │
        │   with a forecast ┆   52m ┆   272m ┆      34 ┆      241.1 ┆     +1% │
        └───────────────────┴───────┴────────┴─────────┴────────────┴─────────┘
        Short: minutes with demand above 85% of capacity; severe: above all of it.
        Unit-hours: replicas, tasks and nodes billed. A breach is a defect.
        No forecast without a scale_out rule on cpu: sessions.
        The rules alone: 4495 calls, 0 breaches of an invariant.
        With a forecast: 4495 calls, 0 breaches of an invariant.
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
