//! The tables of a comparison: a row per policy with both plants beside each other, a table per trace, and one of means.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use tidegate_simulator::compare::{On, Played, Row, geometric_mean};
use tidegate_simulator::demand::per_mille;
use tidegate_simulator::split::Cause;

const LEGEND: &str = "\
Plain: a unit serves once it is created. Life cycle: it joins, climbs and drains
as ours does; tidegate runs on its own account. Seeds: lowest and highest Q.
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
    text.push_str(&format!("violating minutes per day by cause, on our life cycle\n{}\n\n", causes(rows)));
    for line in changes(rows) {
        text.push_str(&line);
        text.push('\n');
    }
    text + LEGEND
}

/// How long the product's changes took: of several traces the median of their medians.
fn changes(rows: &[Row]) -> Vec<String> {
    let median = |of: fn(&Row) -> Option<f64>| {
        let values: Vec<f64> = rows.iter().filter_map(of).collect();
        per_mille(&values, 500)
    };
    let to_half = median(|row| row.order_to_half_minutes)
        .map(|minutes| format!("From an order to half of a replica's capacity: {minutes:.1} minutes."));
    let to_gone = median(|row| row.decision_to_gone_minutes)
        .map(|minutes| format!("From the decision to remove until a replica is gone: {minutes:.1} minutes."));
    to_half.into_iter().chain(to_gone).collect()
}

/// The mean over traces, a row per policy.
fn causes(rows: &[Row]) -> String {
    let header = Cause::ALL.map(|cause| match cause {
        Cause::AtMax => "at\nmax",
        Cause::InjectedFault => "fault",
        Cause::Ramping => "ramp-\ning",
        Cause::Creating => "creat-\ning",
        Cause::Draining => "drain-\ning",
        Cause::TooSmall => "too\nsmall",
        Cause::NothingUnderWay => "nothing\nunder\nway",
    });
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(std::iter::once("").chain(header));
    let ours = || rows.iter().filter(|row| row.plant != On::Plain);
    for name in policies(ours()) {
        let of: Vec<&Row> = ours().filter(|row| row.policy == name).collect();
        let mean = |cause| of.iter().map(|row| row.causes.of(cause)).sum::<f64>() / of.len() as f64;
        let minutes = Cause::ALL.map(|cause| format!("{:.1}", mean(cause)));
        table.add_row(std::iter::once(name.to_owned()).chain(minutes));
    }
    align(&mut table, 8);
    table.to_string()
}

fn align(table: &mut Table, columns: usize) {
    for column in 1..columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
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
    table.set_header(["", "plain\nQ", "seeds", "viol.", "life\ncycle Q", "seeds", "viol."]);
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
    align(&mut table, 7);
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_simulator::compare::{Bench, Kind, LifeCycle, Played, RIVALS};
    use tidegate_simulator::demand::shape::Shape;

    fn told(traces: usize) -> String {
        let one = Played::new(&Shape::Daily.demand(5 * 1440, 1, 5.6), 5.6).unwrap();
        let traces: Vec<Played> =
            (0..traces).map(|nth| Played { trace: format!("load-{nth}.csv"), ..one.clone() }).collect();
        let life_cycle = LifeCycle::plain(Kind::Rds);
        let bench = Bench { kind: Kind::Rds, life_cycle, rivals: RIVALS.to_vec(), seeds: 2 };
        let mut rows = bench.rivals(&traces, &|_| {});
        for row in &mut rows {
            // As wide as figures become.
            (row.q, row.q_low, row.q_high, row.violation_minutes_per_day) = (9.876, 9.1, 9.95, 1440.0);
            row.causes.nothing_under_way = 1440.0;
            (row.order_to_half_minutes, row.decision_to_gone_minutes) = (Some(38.0), Some(30.5));
        }
        tables(&traces, &rows)
    }

    #[test]
    fn everything_fits_into_eighty_columns() {
        for line in told(2).lines() {
            assert!(line.chars().count() <= 80, "{}: {line}", line.chars().count());
        }
    }

    #[test]
    fn means_are_told_of_several_traces_only() {
        let (one, two) = (told(1), told(2));
        assert!(!one.contains("geometric means"), "{one}");
        assert!(two.contains("geometric means of 2 traces"), "{two}");
        for text in [one, two] {
            assert!(text.contains("half of a replica's capacity: 38.0 minutes."), "{text}");
            assert!(text.contains("until a replica is gone: 30.5 minutes."), "{text}");
        }
    }
}
