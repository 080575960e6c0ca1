//! What Tidegate itself costs a month, line by line, each with its quantity and price, so that a person can reckon it again.
//!
//! What it scales (instances, tasks, nodes) is not in it.

pub mod month;
mod series;
mod standing;

use std::fmt;

use tidegate_policy::policy::Policy;
use tidegate_policy::units::Count;

use crate::dashboards::FREE_METRICS;
use crate::prices::{self, Price, Quantity, Usd};
use crate::stack::Store;
use month::{Month, OWN_ALARMS};
pub use standing::Standing;

/// `Metrics` of the template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Metrics {
    /// What is out of the ordinary.
    #[default]
    Sparse,
    /// Counts and lags of every target as well.
    All,
}

impl Metrics {
    /// As the template's parameter is written.
    pub fn name(self) -> &'static str {
        match self {
            Metrics::Sparse => "sparse",
            Metrics::All => "all",
        }
    }
}

/// What the bill depends on beside the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Read replicas a target; `None` for the `min` of each, and one at least.
    pub replicas: Option<Count>,
    /// What is published.
    pub metrics: Metrics,
    /// Where the policy is kept.
    pub store: Store,
    /// Alarms and dashboards of the targets.
    pub standing: Standing,
}

/// What AWS gives for nothing, and how much of it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowances {
    /// None of it: the account uses it up elsewhere.
    None,
    /// That of metric reads and of dashboards.
    ReadsAndDashboards,
    /// All of it: nothing else in the account uses any.
    All,
}

/// One line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// What of, and at which price.
    pub price: Price,
    /// How much.
    pub quantity: Quantity,
    /// How much of that is free, at most.
    pub free: Quantity,
}

impl Line {
    fn new(price: Price, quantity: Quantity) -> Line {
        Line { price, quantity, free: price.free }
    }

    /// What it costs with these allowances.
    pub fn usd(&self, allowances: Allowances) -> Usd {
        let counts = match allowances {
            Allowances::None => false,
            Allowances::ReadsAndDashboards => {
                [prices::GET_METRIC_STATISTICS, prices::DASHBOARDS].contains(&self.price)
            }
            Allowances::All => true,
        };
        self.price.of(if counts { self.quantity.above(self.free) } else { self.quantity })
    }
}

/// What asking for metrics one by one saves against GetMetricData for all of them, a month.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Saving {
    /// All of them by GetMetricData.
    pub together: Usd,
    /// As it is done.
    pub as_done: Usd,
}

impl Saving {
    /// The difference.
    pub fn usd(self) -> Usd {
        self.together - self.as_done
    }
}

impl fmt::Display for Saving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Saving { together, as_done } = self;
        write!(
            f,
            "GetMetricData for every read would be {together}; with GetMetricStatistics for small orders it is {as_done}: {} saved",
            self.usd()
        )
    }
}

/// A month's bill. No price is in two lines, so that nothing is free twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Bill {
    /// In the order of the table.
    pub lines: Vec<Line>,
    /// Series that one look at all targets asks for.
    pub series: usize,
}

impl Bill {
    /// Of this policy in this setting.
    pub fn new(policy: &Policy, setting: &Setting) -> Bill {
        let month = Month::new(policy, setting.replicas);
        let (one_by_one, together) = month.metric_reads();
        let metrics = match setting.metrics {
            Metrics::Sparse => month.passing_metrics(),
            Metrics::All => Quantity(month.passing_metrics().0 + month.standing_metrics().0),
        };
        let small = |metrics: &&usize| **metrics <= FREE_METRICS;
        let small = Quantity::of(setting.standing.dashboards.iter().filter(small).count());
        let dashboards = Line::new(prices::DASHBOARDS, Quantity::of(setting.standing.dashboards.len()));
        let mut lines = vec![
            Line::new(prices::LAMBDA_REQUESTS, month.invocations()),
            Line::new(prices::LAMBDA_TIME, month.lambda_time()),
            Line::new(prices::SCHEDULER, month.invocations()),
            Line::new(prices::EVENTS, Quantity(month.published())),
            Line::new(prices::GET_METRIC_STATISTICS, one_by_one),
            Line::new(prices::GET_METRIC_DATA, together),
            Line::new(prices::CUSTOM_METRICS, metrics),
            Line::new(prices::ALARMS, Quantity::of(OWN_ALARMS + setting.standing.alarm_metrics)),
            Line { free: Quantity(dashboards.free.0.min(small.0)), ..dashboards },
            Line::new(prices::LOGS_INGESTED, month.logs()),
            Line::new(prices::LOGS_KEPT, month.logs_kept()),
            Line::new(prices::LOGS_QUERIED, month.logs_queried(setting.standing.log_widgets)),
            Line::new(prices::TABLE_READS, month.table_reads()),
            Line::new(prices::TABLE_WRITES, month.table_writes()),
            Line::new(prices::TABLE_KEPT, month.table_kept()),
            Line::new(prices::TABLE_BACKUP, month.table_kept()),
        ];
        if setting.store == Store::Advanced {
            lines.push(Line::new(prices::ADVANCED_PARAMETER, Quantity(1.0)));
            lines.push(Line::new(prices::ADVANCED_READS, month.parameter_reads()));
        }
        Bill { lines, series: month.series() }
    }

    /// All lines.
    pub fn total(&self, allowances: Allowances) -> Usd {
        self.lines.iter().map(|line| line.usd(allowances)).sum()
    }

    /// The line of this price; zero of it if there is none.
    pub fn line(&self, price: Price) -> Line {
        let found = self.lines.iter().find(|line| line.price == price);
        found.copied().unwrap_or_else(|| Line::new(price, Quantity(0.0)))
    }

    /// What asking for metrics one by one saves, with the free million.
    pub fn saving(&self) -> Saving {
        let (one_by_one, together) =
            (self.line(prices::GET_METRIC_STATISTICS), self.line(prices::GET_METRIC_DATA));
        Saving {
            together: prices::GET_METRIC_DATA.of(Quantity(one_by_one.quantity.0 + together.quantity.0)),
            as_done: one_by_one.usd(Allowances::All) + together.usd(Allowances::All),
        }
    }
}

/// Where a policy of so many bytes is kept at the least price.
pub fn cheapest_store(bytes: usize) -> Store {
    let holds = |store: &Store| store.bytes().is_none_or(|limit| bytes <= limit);
    [Store::Standard, Store::Advanced].into_iter().find(holds).unwrap_or(Store::Package)
}

#[cfg(test)]
mod tests {
    use tidegate_policy::document;

    use super::*;

    fn policy() -> Policy {
        document::parse(include_str!("../../../../infra/policies/production.toml")).unwrap()
    }

    fn setting() -> Setting {
        Setting {
            replicas: Some(Count(2)),
            metrics: Metrics::Sparse,
            store: Store::Standard,
            standing: Standing { alarm_metrics: 12, dashboards: vec![20, 51], log_widgets: 6 },
        }
    }

    #[test]
    fn a_bill_is_its_quantities_times_its_prices() {
        let bill = Bill::new(&policy(), &setting());
        let alarms = bill.line(prices::ALARMS);
        assert_eq!(alarms.quantity, Quantity(27.0));
        assert_eq!(alarms.usd(Allowances::None).to_string(), "$2.70");
        assert_eq!(alarms.usd(Allowances::ReadsAndDashboards).to_string(), "$2.70");
        assert_eq!(alarms.usd(Allowances::All).to_string(), "$1.70");
        assert_eq!(bill.line(prices::LAMBDA_REQUESTS).quantity, Quantity(175_200.0));
        // 8 series of the replicas, 6 of the service, 4 of the workers, 4 of the nodes: every five minutes, and 1,460 times under way.
        assert_eq!(bill.series, 22);
        let reads = bill.line(prices::GET_METRIC_STATISTICS).quantity;
        assert!((reads.0 - 22.0 * (8_760.0 + 1_460.0)).abs() < 1.0, "{reads:?}");
        assert_eq!(bill.line(prices::GET_METRIC_DATA).quantity, Quantity(0.0));
        assert_eq!(
            bill.saving().to_string(),
            "GetMetricData for every read would be $2.25; with GetMetricStatistics for small orders it is $0.00: $2.25 saved"
        );
    }

    #[test]
    fn a_dashboard_that_is_too_large_is_not_free() {
        let bill = Bill::new(&policy(), &setting());
        let dashboards = bill.line(prices::DASHBOARDS);
        assert_eq!(dashboards.usd(Allowances::None).to_string(), "$6.00");
        assert_eq!(dashboards.usd(Allowances::ReadsAndDashboards).to_string(), "$3.00");
    }

    #[test]
    fn what_stands_costs_by_the_month_and_an_advanced_parameter_by_its_reads() {
        let sparse = Bill::new(&policy(), &setting()).line(prices::CUSTOM_METRICS).quantity;
        let all = Setting { metrics: Metrics::All, store: Store::Advanced, ..setting() };
        let bill = Bill::new(&policy(), &all);
        // Three of each function; six of the replicas, four of each other target.
        let more = bill.line(prices::CUSTOM_METRICS).quantity.0 - sparse.0;
        assert!((more - 27.0).abs() < 1e-9, "{more}");
        assert_eq!(bill.line(prices::ADVANCED_PARAMETER).usd(Allowances::All).to_string(), "$0.05");
        assert_eq!(bill.line(prices::ADVANCED_READS).quantity, Quantity(35_040.0));
        let stores = [4_096, 4_097, 8_193].map(cheapest_store);
        assert_eq!(stores, [Store::Standard, Store::Advanced, Store::Package]);
    }

    #[test]
    fn without_a_number_of_replicas_the_policy_says_it() {
        let series = |replicas| Bill::new(&policy(), &Setting { replicas, ..setting() }).series;
        // The least of the policy is one, and each replica has three series.
        assert_eq!((series(None), series(Some(Count(1))), series(Some(Count(3)))), (19, 19, 25));
    }

    #[test]
    fn no_price_is_in_two_lines() {
        let bill = Bill::new(&policy(), &Setting { store: Store::Advanced, ..setting() });
        for (nth, line) in bill.lines.iter().enumerate() {
            assert!(bill.lines[..nth].iter().all(|before| before.price != line.price), "{line:?}");
        }
    }
}
