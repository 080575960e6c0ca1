//! `tidegate cost`: what Tidegate itself costs a month, with every quantity and price, so that a person can reckon it again.

use std::path::PathBuf;

use clap::ValueEnum;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use serde_json::{Value, json};
use tidegate_policy::policy::{Policy, TargetKind};
use tidegate_policy::units::Count;
use tidegate_stack::bill::{Allowances, Bill, Metrics, Setting, Standing, cheapest_store, month};
use tidegate_stack::stack::Store;

use crate::ending::Ending;
use crate::error::Failure;
use crate::{load, terminal};

/// `tidegate cost`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The policy file.
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// Read replicas of each target; without it the target's `min`, and one at least.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=15))]
    replicas: Option<u32>,
    /// What the functions publish, as the template's parameter Metrics.
    #[arg(long, value_enum, default_value_t)]
    metrics: Published,
    /// As one JSON document.
    #[arg(long)]
    json: bool,
}

/// `--metrics`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Published {
    /// What is out of the ordinary.
    #[default]
    Sparse,
    /// Counts and lags of every target as well.
    All,
}

/// Prints the bill of a policy.
pub(crate) fn cost(arguments: &Arguments) -> Result<Ending, Failure> {
    let path = &arguments.policy;
    let unreadable = |reason| Failure::Unreadable { path: path.clone(), reason };
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let policy = load::parse(path, &text)
        .map_err(|problems| Failure::UnsoundPolicy { path: path.clone(), problems })?;
    let setting = Setting {
        replicas: arguments.replicas.map(Count),
        metrics: match arguments.metrics {
            Published::Sparse => Metrics::Sparse,
            Published::All => Metrics::All,
        },
        store: cheapest_store(text.len()),
        standing: Standing::of(&policy, arguments.replicas.map_or_else(|| usual(&policy), Count)),
    };
    let bill = Bill::new(&policy, &setting);
    let targets = policy.targets.len();
    let shown = if arguments.json {
        serde_json::to_string_pretty(&document(&bill, &setting, targets)).map_err(Failure::Json)?
    } else {
        page(&bill, &setting, targets)
    };
    terminal::print(shown)?;
    Ok(Ending::Sound)
}

/// The replicas that charts are counted with where nobody says how many: the largest `min` of a target of them, and one at least.
fn usual(policy: &Policy) -> Count {
    let of_replicas =
        policy.targets.iter().filter(|target| matches!(target.kind, TargetKind::RdsReplicas(_)));
    of_replicas.map(|target| target.scaling.min).max().unwrap_or(Count::ONE).max(Count::ONE)
}

/// The totals, each with what is counted in it.
const TOTALS: [(&str, Allowances); 3] = [
    ("all, at list prices", Allowances::None),
    ("all, metric reads and dashboards as far as free", Allowances::ReadsAndDashboards),
    ("all, if nothing else in the account uses what is always free", Allowances::All),
];

/// The table, and below it the totals, what GetMetricStatistics saves, and what the figures rest on.
fn page(bill: &Bill, setting: &Setting, targets: usize) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(["a month", "quantity", "price", "list", "always free", "above it"]);
    for line in &bill.lines {
        let unit = line.price.unit;
        let free = if line.free.0 > 0.0 { line.free.shown(unit) } else { String::new() };
        let quantity = line.quantity.shown(unit);
        let name = if quantity == "1" { unit.singular() } else { unit.name() };
        table.add_row([
            line.price.service.to_owned(),
            format!("{quantity} {name}"),
            line.price.to_string(),
            line.usd(Allowances::None).to_string(),
            free,
            line.usd(Allowances::All).to_string(),
        ]);
    }
    for column in [1, 3, 4, 5] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut said = vec![heading(bill, setting, targets), table.to_string()];
    said.extend(
        TOTALS.map(|(name, allowances)| format!("{:>8}  {name}", bill.total(allowances).to_string())),
    );
    said.push(String::new());
    said.push(format!("{}.", bill.saving()));
    said.push(
        "List prices of us-east-1 as of 2026-11, without tax and without what is scaled; (?) is not beyond doubt."
            .to_owned(),
    );
    said.extend(month::assumptions().into_iter().map(|assumption| format!("- {assumption}")));
    said.join("\n")
}

fn heading(bill: &Bill, setting: &Setting, targets: usize) -> String {
    let targets = if targets == 1 { "1 target".to_owned() } else { format!("{targets} targets") };
    let store = match setting.store {
        Store::Standard => "a standard parameter",
        Store::Advanced => "an advanced parameter",
        Store::Package => "a file of the package",
    };
    format!(
        "{targets}, {} series a look, metrics `{}`, the policy in {store}",
        bill.series,
        setting.metrics.name()
    )
}

/// The same as data.
fn document(bill: &Bill, setting: &Setting, targets: usize) -> Value {
    let line = |line: &tidegate_stack::bill::Line| {
        json!({
            "what": line.price.service,
            "quantity": line.quantity.0,
            "unit": line.price.unit.name(),
            "price_usd": line.price.usd.0,
            "price_per": line.price.per.0,
            "price_certain": line.price.certain,
            "free": line.free.0,
            "list_usd": line.usd(Allowances::None).0,
            "above_free_usd": line.usd(Allowances::All).0,
        })
    };
    let saving = bill.saving();
    json!({
        "targets": targets,
        "series_a_look": bill.series,
        "metrics": setting.metrics.name(),
        "lines": bill.lines.iter().map(line).collect::<Vec<_>>(),
        "total_list_usd": bill.total(Allowances::None).0,
        "total_reads_and_dashboards_free_usd": bill.total(Allowances::ReadsAndDashboards).0,
        "total_always_free_usd": bill.total(Allowances::All).0,
        "metric_reads_by_get_metric_data_usd": saving.together.0,
        "metric_reads_usd": saving.as_done.0,
        "region": "us-east-1",
        "prices_of": "2026-11",
        "assumptions": month::assumptions(),
    })
}

#[cfg(test)]
mod tests {
    use tidegate_policy::document as policy;

    use super::*;

    /// What keeps a target of any kind from being one that nothing would ever scale.
    const RULES: &str =
        "windows = [{ days = \"mon-fri\", from = \"08:00\", to = \"20:00\", zone = \"UTC\", max = 4 }]\n";

    #[test]
    fn charts_are_counted_with_the_replicas_that_a_target_always_has() {
        let of = |mins: &[u32]| {
            let target = |(nth, min): (usize, &u32)| {
                format!(
                    "[[target]]\nname = \"r{nth}\"\nkind = \"rds-replicas\"\nsource = \"p{nth}\"\nengine = \"mysql\"\nmin = {min}\nmax = 5\n\
                     reader = {{ zone = \"Z0123456789ABC\", name = \"r{nth}.example.com\", ttl = \"10s\" }}\n{RULES}"
                )
            };
            let service = format!(
                "[[target]]\nname = \"api\"\nkind = \"ecs-service\"\ncluster = \"c\"\nservice = \"api\"\nmin = 4\nmax = 9\n{RULES}"
            );
            let document: String = mins.iter().enumerate().map(target).chain([service]).collect();
            usual(&policy::parse(&document).unwrap())
        };
        assert_eq!([of(&[]), of(&[1]), of(&[1, 3, 2])], [Count(1), Count(1), Count(3)]);
    }

    fn setting() -> Setting {
        Setting {
            replicas: Some(Count(2)),
            metrics: Metrics::Sparse,
            store: Store::Advanced,
            standing: Standing { alarm_metrics: 14, dashboards: vec![9, 51], log_widgets: 6 },
        }
    }

    fn bill() -> Bill {
        let text = include_str!("../../../infra/policies/production.toml");
        Bill::new(&policy::parse(text).unwrap(), &setting())
    }

    #[test]
    fn every_line_has_its_quantity_and_its_price() {
        insta::assert_snapshot!(page(&bill(), &setting(), 4));
    }

    #[test]
    fn the_lines_of_the_document_add_up_to_its_totals() {
        let document = document(&bill(), &setting(), 4);
        for (line, total) in [("list_usd", "total_list_usd"), ("above_free_usd", "total_always_free_usd")] {
            let lines = document["lines"].as_array().unwrap();
            let sum: f64 = lines.iter().map(|each| each[line].as_f64().unwrap()).sum();
            let total = document[total].as_f64().unwrap();
            assert!(total > 0.0 && (sum - total).abs() < 1e-9, "{sum} and {total}");
        }
        let alarms =
            document["lines"].as_array().unwrap().iter().find(|it| it["what"] == "CloudWatch alarms");
        let alarms = alarms.unwrap();
        let reckoned = (alarms["quantity"].as_f64().unwrap() - alarms["free"].as_f64().unwrap())
            * alarms["price_usd"].as_f64().unwrap();
        assert!((alarms["above_free_usd"].as_f64().unwrap() - reckoned).abs() < 1e-9);
    }
}
