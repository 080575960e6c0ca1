//! The tables of a comparison: a row per policy with both plants beside each other, a table per trace, and one of means.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use tidegate_simulator::compare::{On, Played, Row, geometric_mean};

const LEGEND: &str = "\
Q: unit-minutes and 30 per violating minute, over the clairvoyant's unit-minutes
on the plain plant. Violating: demand above 85% of capacity, in minutes per day.";

/// A table per trace, and the means over several.
pub(super) fn tables(traces: &[Played], rows: &[Row]) -> String {
    let mut text = String::new();
    for played in traces {
        let of_trace: Vec<&Row> = rows.iter().filter(|row| row.trace == played.trace).collect();
        text.push_str(&format!(
            "{}, {:.0} days scored\n{}\n\n",
            played.trace,
            played.days(),
            of_one(&of_trace)
        ));
    }
    if traces.len() > 1 {
        text.push_str(&format!("geometric means of {} traces\n{}\n\n", traces.len(), means(rows)));
    }
    text + LEGEND
}

/// The policies of these rows, each once, in their order.
fn policies<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        if !names.contains(&row.policy.as_str()) {
            names.push(&row.policy);
        }
    }
    names
}

fn of_one(rows: &[&Row]) -> String {
    table(policies(rows.iter().copied()).into_iter().map(|name| {
        let on = |plain: bool| {
            let row = rows.iter().find(|row| row.policy == name && (row.plant == On::Plain) == plain)?;
            Some(Figures {
                q: row.q,
                low: row.q_low,
                high: row.q_high,
                violations: row.violation_minutes_per_day,
            })
        };
        (name, on(true), on(false))
    }))
}

fn means(rows: &[Row]) -> String {
    table(policies(rows).into_iter().map(|name| {
        let on = |plain: bool| {
            let of: Vec<&Row> =
                rows.iter().filter(|row| row.policy == name && (row.plant == On::Plain) == plain).collect();
            (!of.is_empty()).then(|| Figures {
                q: geometric_mean(of.iter().map(|row| row.q)),
                low: geometric_mean(of.iter().map(|row| row.q_low)),
                high: geometric_mean(of.iter().map(|row| row.q_high)),
                violations: of.iter().map(|row| row.violation_minutes_per_day).sum::<f64>() / of.len() as f64,
            })
        };
        (name, on(true), on(false))
    }))
}

struct Figures {
    q: f64,
    low: f64,
    high: f64,
    violations: f64,
}

fn table<'a>(rows: impl Iterator<Item = (&'a str, Option<Figures>, Option<Figures>)>) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header([
        "",
        "Q on the\nplain plant",
        "seeds",
        "viol.",
        "Q on our\nlife cycle",
        "seeds",
        "viol.",
    ]);
    for (name, plain, ours) in rows {
        let mut cells = vec![name.to_owned()];
        for figures in [plain, ours] {
            cells.extend(figures.map_or_else(
                || ["", "", ""].map(str::to_owned),
                |of| {
                    let spread = format!("{:.2}-{:.2}", of.low, of.high);
                    [format!("{:.3}", of.q), spread, format!("{:.1}", of.violations)]
                },
            ));
        }
        table.add_row(cells);
    }
    for column in 1..7 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}
