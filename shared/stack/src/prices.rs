//! What AWS asks for each thing that Tidegate uses: one table, so that a person can hold it against AWS's own pages.
//!
//! List prices of us-east-1 in US dollars, as of November 2026, without tax. Other Regions ask up to half as much again. The free amounts are those
//! that AWS calls always free: they do not end after a year, and all that runs in the account shares them.

use std::fmt;
use std::ops::{Add, Sub};

/// US dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Usd(pub f64);

impl Add for Usd {
    type Output = Usd;

    fn add(self, other: Usd) -> Usd {
        Usd(self.0 + other.0)
    }
}

impl Sub for Usd {
    type Output = Usd;

    fn sub(self, other: Usd) -> Usd {
        Usd(self.0 - other.0)
    }
}

impl std::iter::Sum for Usd {
    fn sum<I: Iterator<Item = Usd>>(all: I) -> Usd {
        all.fold(Usd::default(), Usd::add)
    }
}

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Less than half a cent is not nothing.
        if self.0 > 0.0 && self.0 < 0.005 { f.write_str("<$0.01") } else { write!(f, "${:.2}", self.0) }
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Requests, invocations, alarms: whole things, by the word for many of them.
    Things(&'static str),
    /// Memory for a time.
    GigabyteSeconds,
    /// Data, of 10^9 bytes.
    Gigabytes,
    /// Data kept for a month.
    GigabyteMonths,
}

/// How many of a unit in a month.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Quantity(pub f64);

impl Quantity {
    /// So many things.
    pub fn of(count: usize) -> Quantity {
        // Exact up to 2^53.
        Quantity(count as f64)
    }

    /// Those above `free`.
    #[must_use]
    pub fn above(self, free: Quantity) -> Quantity {
        Quantity((self.0 - free.0).max(0.0))
    }

    /// With its thousands apart: whole things whole, data with three decimals.
    pub fn shown(self, unit: Unit) -> String {
        match unit {
            Unit::Gigabytes | Unit::GigabyteMonths => format!("{:.3}", self.0),
            Unit::Things(_) if self.0.fract() > 0.005 && self.0 < 1000.0 => format!("{:.2}", self.0),
            Unit::Things(_) | Unit::GigabyteSeconds => thousands(&format!("{:.0}", self.0)),
        }
    }
}

impl Unit {
    /// The word for one of it.
    pub fn singular(self) -> &'static str {
        self.name().strip_suffix('s').unwrap_or(self.name())
    }

    /// The word for many of it.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Things(name) => name,
            Unit::GigabyteSeconds => "GB-seconds",
            Unit::Gigabytes => "GB",
            Unit::GigabyteMonths => "GB-months",
        }
    }
}

/// Commas between the thousands of a whole number.
fn thousands(digits: &str) -> String {
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// The price of one thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// The service, as on its page of prices.
    pub service: &'static str,
    /// What is counted.
    pub unit: Unit,
    /// The price of `per` units.
    pub usd: Usd,
    /// See `usd`.
    pub per: Quantity,
    /// Always free, a month and account.
    pub free: Quantity,
    /// Whether the figure is beyond doubt; one that is not is shown with `(?)`.
    pub certain: bool,
}

impl Price {
    /// What so many cost.
    pub fn of(&self, quantity: Quantity) -> Usd {
        Usd(self.usd.0 * quantity.0 / self.per.0)
    }
}

impl fmt::Display for Price {
    /// As `$0.20 per 1,000,000 requests`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As many decimals as the price has, and two at least.
        let digits = format!("{:.10}", self.usd.0);
        let short = digits.trim_end_matches('0');
        let decimals = short.split('.').nth(1).map_or(0, str::len).max(2);
        let doubt = if self.certain { "" } else { " (?)" };
        write!(f, "${:.decimals$} per ", self.usd.0)?;
        if self.per.0 > 1.0 {
            write!(f, "{} ", thousands(&format!("{:.0}", self.per.0)))?;
        }
        let name = if self.per.0 > 1.0 { self.unit.name() } else { self.unit.singular() };
        write!(f, "{name}{doubt}")
    }
}

const fn price(service: &'static str, unit: Unit, usd: f64, per: f64, free: f64) -> Price {
    Price { service, unit, usd: Usd(usd), per: Quantity(per), free: Quantity(free), certain: true }
}

const fn doubtful(price: Price) -> Price {
    Price { certain: false, ..price }
}

/// "AWS Lambda Pricing".
pub const LAMBDA_REQUESTS: Price =
    price("Lambda requests", Unit::Things("requests"), 0.20, 1_000_000.0, 1_000_000.0);
/// "AWS Lambda Pricing", Arm.
pub const LAMBDA_TIME: Price = price("Lambda time", Unit::GigabyteSeconds, 0.000_013_333_4, 1.0, 400_000.0);
/// "Amazon EventBridge Pricing", Scheduler.
pub const SCHEDULER: Price =
    price("EventBridge Scheduler", Unit::Things("invocations"), 1.00, 1_000_000.0, 14_000_000.0);
/// "Amazon EventBridge Pricing", custom events of 64 KB.
pub const EVENTS: Price = price("EventBridge events", Unit::Things("events"), 1.00, 1_000_000.0, 0.0);
/// "Amazon CloudWatch Pricing", API requests.
pub const GET_METRIC_STATISTICS: Price =
    price("CloudWatch GetMetricStatistics", Unit::Things("requests"), 0.01, 1_000.0, 1_000_000.0);
/// "Amazon CloudWatch Pricing", API requests: each metric of a request counts, and none is free.
pub const GET_METRIC_DATA: Price =
    price("CloudWatch GetMetricData", Unit::Things("metrics"), 0.01, 1_000.0, 0.0);
/// "Amazon CloudWatch Pricing", the first 10,000; by the hour in which a metric is published.
pub const CUSTOM_METRICS: Price =
    price("CloudWatch custom metrics", Unit::Things("metrics"), 0.30, 1.0, 10.0);
/// "Amazon CloudWatch Pricing", standard resolution: an alarm on a calculation costs that of each of its metrics.
pub const ALARMS: Price = price("CloudWatch alarms", Unit::Things("alarm metrics"), 0.10, 1.0, 10.0);
/// "Amazon CloudWatch Pricing"; only one of up to [`FREE_METRICS`](crate::dashboards::FREE_METRICS) metrics is free.
pub const DASHBOARDS: Price = price("CloudWatch dashboards", Unit::Things("dashboards"), 3.00, 1.0, 3.0);
/// "Amazon CloudWatch Pricing", Logs, standard class. The free amount is shared with what is stored and what Logs Insights reads.
pub const LOGS_INGESTED: Price = price("CloudWatch Logs, taken in", Unit::Gigabytes, 0.50, 1.0, 5.0);
/// "Amazon CloudWatch Pricing", Logs; AWS counts what compression leaves, this counts all.
pub const LOGS_KEPT: Price = price("CloudWatch Logs, kept", Unit::GigabyteMonths, 0.03, 1.0, 0.0);
/// "Amazon CloudWatch Pricing", Logs Insights: what its queries read.
pub const LOGS_QUERIED: Price = price("CloudWatch Logs Insights", Unit::Gigabytes, 0.005, 1.0, 0.0);
/// "Amazon DynamoDB Pricing", on demand: 4 KB read consistently. The free capacity is of provisioned tables only.
pub const TABLE_READS: Price = price("DynamoDB reads", Unit::Things("read units"), 0.125, 1_000_000.0, 0.0);
/// "Amazon DynamoDB Pricing", on demand: 1 KB written, and two units a KB in a transaction.
pub const TABLE_WRITES: Price =
    price("DynamoDB writes", Unit::Things("write units"), 0.625, 1_000_000.0, 0.0);
/// "Amazon DynamoDB Pricing", standard table class.
pub const TABLE_KEPT: Price = price("DynamoDB storage", Unit::GigabyteMonths, 0.25, 1.0, 25.0);
/// "Amazon DynamoDB Pricing", continuous backups: point-in-time recovery.
pub const TABLE_BACKUP: Price =
    price("DynamoDB point-in-time recovery", Unit::GigabyteMonths, 0.20, 1.0, 0.0);
/// "AWS Systems Manager Pricing", Parameter Store. A standard parameter costs nothing.
pub const ADVANCED_PARAMETER: Price =
    price("SSM advanced parameter", Unit::Things("parameters"), 0.05, 1.0, 0.0);
/// "AWS Systems Manager Pricing", Parameter Store: reads of advanced parameters.
pub const ADVANCED_READS: Price =
    doubtful(price("SSM reads of it", Unit::Things("requests"), 0.05, 10_000.0, 0.0));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_read_as_aws_writes_them() {
        assert_eq!(LAMBDA_REQUESTS.to_string(), "$0.20 per 1,000,000 requests");
        assert_eq!(LAMBDA_TIME.to_string(), "$0.0000133334 per GB-second");
        assert_eq!(TABLE_READS.to_string(), "$0.125 per 1,000,000 read units");
        assert_eq!(ALARMS.to_string(), "$0.10 per alarm metric");
        assert_eq!(LOGS_INGESTED.to_string(), "$0.50 per GB");
        assert_eq!(ADVANCED_READS.to_string(), "$0.05 per 10,000 requests (?)");
    }

    #[test]
    fn amounts_and_quantities_are_told_apart_from_nothing() {
        let shown = [0.0, 0.004, 0.005, 5.256].map(|usd| Usd(usd).to_string());
        assert_eq!(shown, ["$0.00", "<$0.01", "$0.01", "$5.26"]);
        let requests = Unit::Things("requests");
        let shown =
            [0.0, 0.25, 999.0, 1_000.0, 525_600.0, 7_008_000.4].map(|it| Quantity(it).shown(requests));
        assert_eq!(shown, ["0", "0.25", "999", "1,000", "525,600", "7,008,000"]);
        assert_eq!(Quantity(0.0416).shown(Unit::Gigabytes), "0.042");
    }

    #[test]
    fn what_is_above_the_free_amount_is_paid() {
        let reads = GET_METRIC_STATISTICS;
        assert_eq!(reads.of(Quantity(1_168_000.0).above(reads.free)), Usd(1.68));
        assert_eq!(reads.of(Quantity(525_600.0).above(reads.free)), Usd(0.0));
    }
}
