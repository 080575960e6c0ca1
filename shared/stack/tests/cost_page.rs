//! The table of costs in `docs/cost.md` and the sum in README are what is computed, and ten targets keep within what was promised.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::fmt::Write as _;

use tidegate_policy::document;
use tidegate_policy::policy::Policy;
use tidegate_policy::units::Count;
use tidegate_stack::bill::{Allowances, Bill, Metrics, Setting, Standing, cheapest_store};
use tidegate_stack::prices::{self, Price, Usd};

const BEGIN: &str = "<!-- cost table -->\n";
const END: &str = "<!-- /cost table -->";
/// Replicas of each target of the table.
const REPLICAS: Count = Count(2);
/// What ten targets may cost a month: $6 to scale them, and less than half a dollar to tell people by Slack and PagerDuty.
const PROMISED: Usd = Usd(6.49);

/// The rows, and the lines of the bill that each sums up.
const ROWS: [(&str, &[Price]); 8] = [
    ("Lambda, four functions", &[prices::LAMBDA_REQUESTS, prices::LAMBDA_TIME]),
    ("EventBridge, a schedule a function and events", &[prices::SCHEDULER, prices::EVENTS]),
    ("metric reads", &[prices::GET_METRIC_STATISTICS, prices::GET_METRIC_DATA]),
    ("custom metrics (`sparse`)", &[prices::CUSTOM_METRICS]),
    ("alarms", &[prices::ALARMS]),
    ("dashboards", &[prices::DASHBOARDS]),
    ("logs, 30 days", &[prices::LOGS_INGESTED, prices::LOGS_KEPT, prices::LOGS_QUERIED]),
    (
        "the table and its backup",
        &[prices::TABLE_READS, prices::TABLE_WRITES, prices::TABLE_KEPT, prices::TABLE_BACKUP],
    ),
];

/// Targets of read replicas that are looked at every five minutes and told of in Slack and by PagerDuty, with the rules of README's first example.
fn fleet_of(targets: usize) -> (Policy, usize) {
    let target = |nth: usize| {
        format!(
            "[[target]]\nname = \"orders-{nth}\"\nkind = \"rds-replicas\"\nsource = \"orders-{nth}\"\nengine = \"mysql\"\n\
             reader = {{ zone = \"Z08ORDERSPROD\", name = \"orders-{nth}-ro.db.example.com\", ttl = \"10s\" }}\nmin = 2\nmax = 5\n\
             scale_out = [\"primary cpu > 70% for 10m\", \"connections > 80% for 10m\", \"lag > 1s for 5m\"]\n\
             scale_in = [\"replica cpu < 40% for 30m\", \"connections < 40% for 30m\"]\n"
        )
    };
    let channel =
        |channel: &str| format!("[[notify]]\nchannel = {channel:?}\nsecret = \"ssm:/tidegate/{channel}\"\n");
    let channels = ["slack", "pagerduty"].into_iter().map(channel);
    let text = (0..targets).map(target).chain(channels).collect::<Vec<_>>().join("\n");
    (document::parse(&text).unwrap(), text.len())
}

fn bill_of(targets: usize) -> Bill {
    let (policy, bytes) = fleet_of(targets);
    let setting = Setting {
        replicas: Some(REPLICAS),
        metrics: Metrics::Sparse,
        store: cheapest_store(bytes),
        standing: Standing::of(&policy, REPLICAS),
    };
    Bill::new(&policy, &setting)
}

/// The table: its lines add up to its first total, in which metric reads and dashboards are free as far as AWS has them free.
fn table() -> String {
    let bills = [1, 10, 100].map(bill_of);
    let mut table =
        "| US dollars per month | 1 target | 10 targets | 100 targets |\n|---|---|---|---|\n".to_owned();
    let mut row = |name: &str, usd: &dyn Fn(&Bill) -> Usd| {
        let cells = bills.each_ref().map(|bill| usd(bill).to_string());
        writeln!(table, "| {name} | {} |", cells.join(" | ")).unwrap();
    };
    let counted = Allowances::ReadsAndDashboards;
    let sum =
        |bill: &Bill, of: &[Price]| -> Usd { of.iter().map(|price| bill.line(*price).usd(counted)).sum() };
    for (name, of) in ROWS {
        row(name, &|bill| sum(bill, of));
    }
    row("**all of it**", &|bill| bill.total(counted));
    row("the same, if GetMetricData read every metric", &|bill| bill.total(counted) + bill.saving().usd());
    row("the same, if nothing at all were free", &|bill| bill.total(Allowances::None));
    row("the same, if nothing else in the account used what is always free", &|bill| {
        bill.total(Allowances::All)
    });
    table
}

#[test]
fn the_page_has_the_table_that_is_computed() {
    let page = include_str!("../../../docs/cost.md");
    let computed = table();
    let there = page.split_once(BEGIN).and_then(|(_, after)| after.split_once(END));
    let there = there.map(|(table, _)| table);
    assert_eq!(there, Some(computed.as_str()), "put this between {BEGIN}and {END}:\n{computed}");
}

#[test]
fn the_readme_has_the_sum_of_ten_targets() {
    let readme = include_str!("../../../README.md");
    let total = bill_of(10).total(Allowances::ReadsAndDashboards);
    let sentence = format!("Ten targets of read replicas cost {total} per month");
    assert!(readme.contains(&sentence), "README does not say: {sentence}");
}

#[test]
fn every_line_of_the_bills_is_in_one_row() {
    for bill in [1, 10, 100].map(bill_of) {
        for line in &bill.lines {
            let rows = ROWS.iter().filter(|(_, of)| of.contains(&line.price)).count();
            assert_eq!(rows, 1, "{line:?}");
        }
    }
}

#[test]
fn ten_targets_keep_within_what_was_promised() {
    let bill = bill_of(10);
    let total = bill.total(Allowances::ReadsAndDashboards);
    let alarms = bill.line(prices::ALARMS).usd(Allowances::ReadsAndDashboards);
    let room = PROMISED - (total - alarms);
    assert!(
        total <= PROMISED,
        "{total}, of which {alarms} for {} alarm metrics; {PROMISED} leave room for {}",
        bill.line(prices::ALARMS).quantity.0,
        (room.0 / prices::ALARMS.usd.0).floor()
    );
}

#[test]
fn small_fleets_pay_nothing_for_metric_reads_and_large_ones_do() {
    let paid = |targets| {
        let bill = bill_of(targets);
        let of = |price| bill.line(price).usd(Allowances::ReadsAndDashboards);
        of(prices::GET_METRIC_STATISTICS) + of(prices::GET_METRIC_DATA)
    };
    assert_eq!((paid(1), paid(10), paid(12)), (Usd(0.0), Usd(0.0), Usd(0.0)));
    // 13 targets order 104 series, which is more than are asked for one by one.
    assert!(paid(13) > Usd(5.0));
}
